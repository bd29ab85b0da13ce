"""A run's context, and the terminal that it talks to: only cli reads or writes a stream."""

import io
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from reconciler.cli import signals
from reconciler.workflows.context import RunContext


def _folder() -> Path:
    """This folder; where it was deleted, one in which no project is."""
    try:
        return Path.cwd()
    except OSError:
        return Path(tempfile.gettempdir())


@dataclass
class Output:
    """Whether a run has written its result: ``shown`` in --format, ``kept`` in each --report.

    What stops the run later then takes the place of no result. ``kept`` is also true where a
    report cannot be written: it is tried once.
    """

    shown: bool = False
    kept: bool = False


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds until a run shows how far it is to a ``person``, and between two lines of a ``log``.

    A bar is drawn anew after ``drawn``.
    """

    person: float = 1.0
    drawn: float = 0.2
    log: float = 10.0


@dataclass(frozen=True, kw_only=True)
class World(RunContext):
    """What a command is given of the outside: a context for its workflow, and three streams."""

    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]
    told: set[str] = field(default_factory=set)
    """What is to be told once in a run, and was."""
    patience: Patience = Patience()
    """After how long a run shows how far it is."""
    output: Output = field(default_factory=Output)

    @classmethod
    def real(cls) -> "World":
        """This process's environment and streams; stdin as UTF-8, a closed one as empty."""
        stdin = sys.stdin or io.StringIO()
        if isinstance(stdin, io.TextIOWrapper):
            stdin.reconfigure(encoding="utf-8", errors="replace")
        return cls(env=os.environ, cwd=_folder(), stdin=stdin, stdout=sys.stdout, stderr=sys.stderr)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return self.stdin.isatty() and self.stderr.isatty()

    def answer(self) -> str:
        """The line that a person types; empty where the input ended, or the terminal is gone."""
        try:
            if isinstance(self.stdin, io.TextIOWrapper) and self.stdin.isatty():
                signals.until_readable(self.stdin.fileno())
            return self.stdin.readline()
        except OSError:
            return ""

    @property
    def unheard(self) -> bool:
        """Whether something that was printed on stdout has reached nobody."""
        self.stdout.flush()
        return getattr(self.stdout, "lost", None) is not None

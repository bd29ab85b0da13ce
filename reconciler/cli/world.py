"""A run's context and its terminal: only cli reads or writes streams."""

import io
import os
import sys
from dataclasses import field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from reconciler.cli import signals
from reconciler.late import dataclass
from reconciler.workflows.context import RunContext

if TYPE_CHECKING:
    from reconciler.cli.output import Report


def _folder() -> Path:
    """The current folder; if it was deleted, one without a project."""
    try:
        return Path.cwd()
    except OSError:
        import tempfile  # noqa: PLC0415 - few runs are nowhere

        return Path(tempfile.gettempdir())


@dataclass
class Output:
    """Whether a run has written its result: ``shown`` in --format, ``kept`` in each --report.

    A later error then does not replace the result. ``kept`` is also true if a report cannot be
    written: it is tried once. The results of a fleet's projects are ``collected``, not written.
    """

    shown: bool = False
    kept: bool = False
    collected: "list[Report] | None" = None


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds until a run shows its progress to a ``person``, and between two lines of a ``log``.

    A bar is redrawn after ``drawn``.
    """

    person: float = 1.0
    drawn: float = 0.2
    log: float = 10.0


@dataclass(frozen=True, kw_only=True)
class World(RunContext):
    """What a command gets from outside: a context for its workflow, and three streams."""

    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]
    told: set[str] = field(default_factory=set)
    """Messages that were shown and must be shown only once per run."""
    patience: Patience = Patience()
    """After how long a run shows its progress."""
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
        """Whether the user can be asked."""
        return self.stdin.isatty() and self.stderr.isatty()

    def answer(self) -> str:
        """The line that the user types; empty if the input ended, or the terminal is gone."""
        try:
            if isinstance(self.stdin, io.TextIOWrapper) and self.stdin.isatty():
                signals.until_readable(self.stdin.fileno())
            return self.stdin.readline()
        except OSError:
            return ""

    @property
    def unheard(self) -> bool:
        """Whether something printed on stdout was lost."""
        self.stdout.flush()
        return getattr(self.stdout, "lost", None) is not None

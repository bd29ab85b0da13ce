"""What a run is given of the outside: environment, clock, folder, streams."""

import io
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.transport.retry import Pace


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _salt() -> str:
    return secrets.token_hex(16)


def _folder() -> Path:
    """This folder; where it was deleted, one in which no project is."""
    try:
        return Path.cwd()
    except OSError:
        return Path(tempfile.gettempdir())


@dataclass(frozen=True, kw_only=True)
class World:
    """The edges of one run. ``now`` gives UTC as ISO text, ``salt`` 16 random bytes as hex."""

    env: Mapping[str, str]
    cwd: Path
    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]
    now: Callable[[], str] = _now
    salt: Callable[[], str] = _salt
    pace: "Pace | None" = None
    """How long is waited before a request is sent again; as the client does it if None."""
    told: set[str] = field(default_factory=set)
    """What is to be told once in a run, and was."""

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
            return self.stdin.readline()
        except OSError:
            return ""

    @property
    def unheard(self) -> bool:
        """Whether something that was printed on stdout has reached nobody."""
        self.stdout.flush()
        return getattr(self.stdout, "lost", None) is not None

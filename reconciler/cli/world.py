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
from typing import IO


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
    told: set[str] = field(default_factory=set)
    """What is to be told once in a run, and was."""

    @classmethod
    def real(cls) -> "World":
        """This process's environment and streams, the streams as UTF-8; a closed one as empty."""
        stdin = sys.stdin or io.StringIO()
        stdout, stderr = sys.stdout or io.StringIO(), sys.stderr or io.StringIO()
        for stream in (stdout, stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return cls(env=os.environ, cwd=_folder(), stdin=stdin, stdout=stdout, stderr=stderr)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return self.stdin.isatty() and self.stderr.isatty()

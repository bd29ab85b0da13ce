"""What a run is given of the outside: environment, clock, folder, streams."""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _salt() -> str:
    return secrets.token_hex(16)


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

    @classmethod
    def real(cls) -> "World":
        """This process's environment and streams, the streams as UTF-8."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return cls(
            env=os.environ, cwd=Path.cwd(), stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr
        )

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return self.stdin.isatty() and self.stderr.isatty()

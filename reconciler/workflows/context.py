"""What a run gets from outside: environment, clock, folder. No streams: those are the cli's."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.late import dataclass

if TYPE_CHECKING:
    from reconciler.config.fleet import Member
    from reconciler.state.backend import StateBackend
    from reconciler.transport.rate import Rates
    from reconciler.transport.retry import Pace


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _salt() -> str:
    import secrets  # noqa: PLC0415 - only for a new page of the state

    return secrets.token_hex(16)


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """The outside of one run. ``now`` returns UTC as ISO text, ``salt`` 16 random bytes as hex."""

    env: Mapping[str, str]
    cwd: Path
    now: Callable[[], str] = _now
    salt: Callable[[], str] = _salt
    cached: bool = True
    """Whether the results of reading files are kept, and reused for unchanged files."""
    pace: "Pace | None" = None
    """How long to wait before a request is repeated; the client's default if None."""
    backends: "dict[Path, StateBackend]" = field(default_factory=dict)
    """The state's backend of each project of this run: it knows which lock the run holds."""
    locking: bool = True
    """Whether the run locks a state that others share."""
    rates: "Rates | None" = None
    """How often each API key may be used; None for no limit."""
    member: "Member | None" = None
    """What the project gets from a fleet, if the run is over one."""
    ends: ExitStack = field(default_factory=ExitStack)
    """What to close at the end of the run, however it ends."""

    @property
    def today(self) -> str:
        """The day in UTC, such as ``2026-01-02``."""
        return self.now()[:10]

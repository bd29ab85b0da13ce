"""What a check-up found, and the judgements behind it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CLOCK_SECONDS = 60
"""How far two clocks may be apart: below that, days and windows end when people expect it."""

SHORTEST = 12
"""Characters of the shortest key that is looked for in files: a shorter one is a common word."""


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: what was looked at, what was seen, and what to do about it.

    ``environment`` is empty for what all of them share. No secret is in any of the texts.
    """

    name: str
    level: Level = Level.OK
    said: str
    remedy: tuple[str, ...] = ()
    environment: str = ""


def ok(name: str, said: str, *remedy: str, environment: str = "") -> Check:
    """All is well; ``remedy`` is then only a note."""
    return Check(name=name, said=said, remedy=remedy, environment=environment)


def warn(name: str, said: str, *remedy: str, environment: str = "") -> Check:
    """Something may go wrong."""
    return Check(name=name, level=Level.WARN, said=said, remedy=remedy, environment=environment)


def fail(name: str, said: str, *remedy: str, environment: str = "") -> Check:
    """Something does not work."""
    return Check(name=name, level=Level.FAIL, said=said, remedy=remedy, environment=environment)


def skipped(name: str, why: str, *, environment: str = "") -> Check:
    """It cannot be looked at."""
    said = f"skipped: {why}"
    return Check(name=name, level=Level.SKIPPED, said=said, environment=environment)


def absent(name: str, said: str, *remedy: str) -> Check:
    """There is nothing to look at, which is no fault; ``remedy`` makes it."""
    return Check(name=name, level=Level.SKIPPED, said=said, remedy=remedy)


def python(found: Sequence[int], needed: str) -> Check:
    """Whether this Python will do; ``needed`` is as in package metadata: ``>=3.11``."""
    least = tuple(int(part) for part in needed.strip("<>=~! ").split(".") if part.isdecimal())
    version = ".".join(map(str, found[:3]))
    if tuple(found[: len(least)]) < least:
        wanted = ".".join(map(str, least))
        return fail("python", f"{version}, and {wanted} is needed", f"install Python {wanted}")
    return ok("python", version)


def clock(ours: datetime, theirs: datetime, environment: str) -> Check:
    """Whether two clocks agree. The server tells whole seconds."""
    seconds = round((ours - theirs).total_seconds())
    if abs(seconds) <= CLOCK_SECONDS:
        return ok("clock", "agrees with the server's", environment=environment)
    way = "ahead of" if seconds > 0 else "behind"
    return warn(
        "clock",
        f"{_long(abs(seconds))} {way} the server's: windows and `until` end at the wrong time",
        "set this machine's clock, or let it follow a time server",
        environment=environment,
    )


def _long(seconds: int) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {name}"
    return f"{seconds} seconds"

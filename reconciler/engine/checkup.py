"""The results of a check-up, and the checks that need no IO. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from reconciler.late import dataclass

CLOCK_SECONDS = 60
"""How far two clocks may differ: less does not matter for days and windows."""

SHORTEST = 12
"""The shortest key to look for in files: shorter ones would match common words."""


class Level(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: what was checked, what was found, and what to do about it.

    ``environment`` is empty for checks that all environments share. The texts never contain
    secrets.
    """

    name: str
    level: Level = Level.OK
    said: str
    remedy: tuple[str, ...] = ()
    environment: str = ""


def ok(name: str, said: str, *remedy: str, environment: str = "") -> Check:
    """A passed check; ``remedy`` is then only a note."""
    return Check(name=name, said=said, remedy=remedy, environment=environment)


def warn(name: str, said: str, *remedy: str, environment: str = "") -> Check:
    """A check that found a possible problem."""
    return Check(name=name, level=Level.WARN, said=said, remedy=remedy, environment=environment)


def fail(name: str, said: str, *remedy: str, environment: str = "") -> Check:
    """A failed check."""
    return Check(name=name, level=Level.FAIL, said=said, remedy=remedy, environment=environment)


def skipped(name: str, why: str, *, environment: str = "") -> Check:
    """A check that could not be made."""
    said = f"skipped: {why}"
    return Check(name=name, level=Level.SKIPPED, said=said, environment=environment)


def absent(name: str, said: str, *remedy: str) -> Check:
    """A check that does not apply because the thing does not exist; ``remedy`` creates it."""
    return Check(name=name, level=Level.SKIPPED, said=said, remedy=remedy)


def python(found: Sequence[int], needed: str) -> Check:
    """Check the running Python against ``needed``, as in package metadata: ``>=3.11``."""
    least = tuple(int(part) for part in needed.strip("<>=~! ").split(".") if part.isdecimal())
    version = ".".join(map(str, found[:3]))
    if tuple(found[: len(least)]) < least:
        wanted = ".".join(map(str, least))
        return fail("python", f"{version}, and {wanted} is needed", f"install Python {wanted}")
    return ok("python", version)


def clock(ours: datetime, theirs: datetime, environment: str) -> Check:
    """Check that two clocks agree. The server reports whole seconds."""
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

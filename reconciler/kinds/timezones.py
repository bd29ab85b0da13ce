"""The time zone names that the calendar settings accept, and those that other names stand for.

The names are data: ``data/timezones.txt``. Nothing here depends on the system's time zones.
"""

import re
from functools import cache


@cache
def _written() -> dict[str, list[str]]:
    """The listed names, each with the alternatives that people write."""
    from importlib.resources import files  # noqa: PLC0415 - few files name a zone

    text = (files(__package__) / "data/timezones.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: written.split() for name, _, written in lines}


@cache
def listed() -> frozenset[str]:
    """The names in the list."""
    return frozenset(_written())


@cache
def _stand_ins() -> dict[str, str]:
    """The listed name with the same clock, by each folded alternative."""
    return {_folded(one): name for name, others in _written().items() for one in others}


@cache
def _cities() -> dict[str, str]:
    """The listed name of a city, by the folded last part of names; the first one counts."""
    names = [*((name, name) for name in sorted(listed())), *_stand_ins().items()]
    cities: dict[str, str] = {}
    for name, stands_for in names:
        cities.setdefault(_folded(name.rpartition("/")[2]), stands_for)
    return cities


def _folded(name: str) -> str:
    """A name without differences of case and of blanks for underscores."""
    return "_".join(name.lower().replace("_", " ").split())


def nearest(name: str) -> str:
    """The listed name that an unlisted one most likely stands for; empty if none is close.

    By meaning first: another spelling, the same clock, a city alone, an offset such as ``UTC+3``;
    then by letters. Offsets prefer the zones of the Gulf and its neighbours.

    >>> [nearest(name) for name in ("Asia/Kuwait", "asia/riyadh", "Kuwait", "UTC+3", "Asia/Riyad")]
    ['Asia/Riyadh', 'Asia/Riyadh', 'Asia/Riyadh', 'Asia/Riyadh', 'Asia/Riyadh']
    """
    import difflib  # noqa: PLC0415 - only where something was mistyped

    folded = _folded(name)
    spelt = {_folded(one): one for one in listed()}
    offset = re.fullmatch(r"(?:utc|gmt)?_?([+-])_?0?([0-9]{1,2})(?::?00)?", folded)
    if offset:  # the tz database counts westwards
        folded = f"etc/gmt{'-' if offset[1] == '+' else '+'}{offset[2]}"
    meant = spelt.get(folded) or _stand_ins().get(folded) or _cities().get(folded)
    return meant or next(iter(difflib.get_close_matches(name, listed(), 1, 0.6)), "")

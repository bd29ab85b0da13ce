"""A number and its noun, in the plural form that the number requires. Pure.

The categories are those of Unicode's CLDR: *one* and *other* in English, in Arabic also *two*,
*few* and *many*. Arabic's sixth, *zero*, has no form of its own here: it is written as *other*.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

Plural: TypeAlias = Callable[[int | float], str]
"""Formats a number with its noun: ``2 web tools``."""

_WHOLE: Mapping[float, str] = {1: "one", 2: "two"}
_LAST_TWO: Mapping[float, str] = {
    **dict.fromkeys(range(3, 11), "few"),
    **dict.fromkeys(range(11, 100), "many"),
}
"""Arabic, by the whole number or else by its last two digits."""


def always(form: str) -> Plural:
    """One form for every number."""
    return lambda n: form.format(n=n)


def english(one: str, other: str) -> Plural:
    """Two forms: 1, and all others."""
    return lambda n: (one if n == 1 else other).format(n=n)


def arabic(one: str, two: str, few: str, many: str, other: str = "") -> Plural:
    """Five forms: 1, 2, 3 to 10, 11 to 99, and all others; *many* by default.

    >>> seconds = arabic("ثانية", "ثانيتين", "{n} ثوانٍ", "{n} ثانية")
    >>> [seconds(n) for n in (2, 5, 15, 105)]
    ['ثانيتين', '5 ثوانٍ', '15 ثانية', '105 ثوانٍ']
    """
    forms = {"one": one, "two": two, "few": few, "many": many, "other": other or many}
    return lambda n: forms[category(n)].format(n=n)


def category(n: float) -> str:
    """The CLDR category of a number in Arabic, with *zero* as *other*."""
    return _WHOLE.get(n) or _LAST_TWO.get(n % 100, "other")

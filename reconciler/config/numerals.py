"""Numbers without quotes that would lose digits: `0123456789`, `1.10`, `0x1F`. Pure.

If the API accepts any value, a number is sent as its value, and a phone number, a price or a
version loses digits. Such a number is a mistake unless it is written as the shortest text of its
value, which is also how a server that stores numbers as doubles returns it. If the field is a
number itself, only those texts are mistakes that YAML parsers read as different numbers.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.config.references import is_reference
from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.text.wording import shortened
from reconciler.yamledit.document import Document, Path_

_DISPUTED = pattern(r"[-+]?0[0-9_]+(\.[0-9_]*)?|[-+]?0[xXoObB][0-9A-Fa-f_]+|[-+]?[0-9.]*_.*")
"""Texts that YAML 1.1 and 1.2 read as different numbers, or one of them as text."""

_SHOWN = 60
_EXPONENT = 1e16
"""From here on some programs write a whole number as `1e+16`, others with all its digits."""
_TYPED = frozenset({"type", "anyOf", "enum", "const"})

Schema = Mapping[str, Any]


def places(schema: Schema, value: Json, path: Path_ = ()) -> Iterator[tuple[Path_, bool]]:
    """Where a value has numbers, and whether its schema accepts any value there.

    Places that need something other than a number are left to the schema.
    """
    if is_reference(value) or isinstance(value, bool) or "$ref" in schema:
        return
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return
        if not schema.keys() & _TYPED or schema.get("type") in ("integer", "number"):
            yield path, not schema.keys() & _TYPED
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(schema.get("items", {}), item, (*path, index))
    elif isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, item in value.items():
            inner = known.get(name, {} if rest is True else rest or None)
            if inner is not None:
                yield from places(inner, item, (*path, name))


def problem(
    document: Document, place: Path_, *, free: bool, number: bool = False, hidden: bool = False
) -> Problem | None:
    """What is wrong with the way a number is written; None if nothing is.

    ``free``: any value is allowed, so that the text counts, not only the number. ``number``: it
    must be a number all the same.
    """
    written = document.bare(place)
    value = _value(document.data, place)
    if not written or (is_kept(written, value) if free else not _DISPUTED.fullmatch(written)):
        return None
    name = next(str(step) for step in reversed(place) if isinstance(step, str))
    short = _shortest(value)
    read = "" if hidden else f": it is read as {short}"
    message = f"`{name}` is written in a way that YAML parsers read as different numbers"
    if free:
        message = f"`{name}` is a number that is not read as it is written{read}"
    return document.problem(
        place,
        message,
        found="(sensitive)" if hidden else shortened(written, _SHOWN),
        hint=_hint(short, number=number or not free, hidden=hidden),
    )


def _hint(short: str, *, number: bool, hidden: bool) -> str:
    """The suggested form: a number if it must be one, a text if it may."""
    if not number:
        return "put it in quotes"
    return "" if hidden else f"write `{short}`"


def _value(data: Json, place: Path_) -> Json:
    for step in place:
        data = data[step]
    return data


def is_kept(text: str, value: Json) -> bool:
    """Whether a number's text survives a conversion to a number and back.

    >>> [is_kept(str(one), one) for one in (5, -3, 0.5, 9007199254740993)]
    [True, True, True, False]
    """
    exponent = repr(value) if isinstance(value, float) and abs(value) >= _EXPONENT else ""
    return text in (_shortest(value), exponent)


def _shortest(value: Json) -> str:
    """The shortest text of a number, as JSON writes it after it was a double."""
    try:
        number = float(value)
    except OverflowError:
        return "a number without bounds"
    if number.is_integer() and abs(number) < 1e21:
        digits, _, power = repr(number).partition("e")
        if not power:
            return str(int(number))
        whole, _, part = digits.partition(".")
        return whole + part.ljust(int(power), "0")
    return repr(number)

"""Suggest what to write in place of a value of the wrong type: a correct hint, or none. Pure.

Every hint with a value was checked against the field's own type and limits: a file that follows it
is valid there. If the intended value is not certain, an example is offered.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reconciler.jsonvalues import Json
from reconciler.late import pattern

Schema = Mapping[str, Any]

_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1", "نعم"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0", "لا"), False),
}
_WORDS = {
    1: "ms msec msecs millisecond milliseconds",
    1_000: "s sec secs second seconds ثانية ثوان ثواني",
    60_000: "m min mins minute minutes دقيقة دقائق",
    3_600_000: "h hr hrs hour hours ساعة ساعات",
}
_DIGITS = 16
"""Numbers with more digits before the point are not intended."""
_MILLISECONDS = {word: factor for factor, words in _WORDS.items() for word in words.split()}
"""Milliseconds per unit, by the names that people write."""

_UNITS = {"ms": "milliseconds", "s": "seconds", "minutes": "minutes"}
_SCALARS = ("string", "integer", "number", "boolean")
_GROUPED = pattern(r"[0-9]{1,3}(?:[,'’_\u00a0\u202f٬ ][0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL_COMMA = pattern(r"[0-9]+[,٫][0-9]+")
_DURATION = pattern(r"([0-9]+(?:\.[0-9]+)?)\s*([^\W\d_]+)\.?\s*")
_CLOCK = pattern(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(?::[0-9]{2})?\s*([ap]\.?m\.?)?", re.IGNORECASE)


def hint(value: Json, schema: Schema, unit: str = "", *, hidden: bool = False) -> str:
    """How to write a value so that it fits a JSON Schema; empty if that is not certain.

    ``unit`` is the field's: ``ms``, ``s`` or ``minutes``. A ``hidden`` value is neither shown nor
    guessed.
    """
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    if len(options) > 1 and any(one.get("type") not in _SCALARS for one in options):
        return ""
    said = {text: None for one in options if (text := _option(value, one, unit, hidden=hidden))}
    return next(iter(said)) if len(said) == 1 else ""


def _option(value: Json, schema: Schema, unit: str, *, hidden: bool) -> str:
    kind = schema.get("type")
    if kind == "string":
        return _text(value, schema, hidden=hidden)
    if (
        kind == "array"
        and isinstance(value, str)
        and schema.get("items", {}).get("type") == "string"
    ):
        return "write each text behind a `- ` on a line of its own"
    found = _flag(value) if kind == "boolean" else _number(value, schema, unit)
    if kind not in ("boolean", "integer", "number") or not isinstance(found, bool | int | float):
        return _example(value, schema, unit) if kind in ("integer", "number") else ""
    written = json.dumps(found)
    if value == written:
        return "write it without quotes"
    if hidden:
        return ""
    reason = _reason(value, unit) if kind != "boolean" else ""
    return f"{reason}write `{written}`"


def _flag(value: Json) -> bool | None:
    """The meaning of a word, or of 0 and 1, as a boolean."""
    if isinstance(value, bool | float):
        return None
    return _FLAGS.get(str(value).strip().lower())


def _text(value: Json, schema: Schema, *, hidden: bool) -> str:
    """The correct form of a text: in quotes, in the right case, or as a time of day."""
    if isinstance(value, str):
        alike = [one for one in schema.get("enum", ()) if one.lower() == value.strip().lower()]
        clock = _clock(value) if _is_clock(schema) else ""
        better = alike[0] if alike else json.dumps(clock) if clock else ""
        return f"write `{better}`" if better and not hidden else ""
    if not isinstance(value, bool | int | float) or "enum" in schema or "const" in schema:
        return ""
    if _is_clock(schema):
        clock = "" if isinstance(value, bool) else _clock(str(value))
        return f"write `{json.dumps(clock)}`" if clock and not hidden else ""
    fits = re.search(schema.get("pattern", ""), json.dumps(value))
    return "put it in quotes" if fits else ""


def _is_clock(schema: Schema) -> bool:
    """Whether a text is a time of day, judged by its pattern."""
    pattern = schema.get("pattern", "")
    return bool(pattern) and all(bool(re.search(pattern, one)) for one in ("09:00", "23:59"))


def _clock(text: str) -> str:
    """A time of day as ``hh:mm``; empty if it is none.

    >>> [_clock(text) for text in ("9:00", "9", "9 pm", "12am", "24:00")]
    ['09:00', '09:00', '21:00', '00:00', '']
    """
    found = _CLOCK.fullmatch(_western(text).strip())
    if not found:
        return ""
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return ""
        hour = hour % 12 + 12 * found[3].lower().startswith("p")
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _number(value: Json, schema: Schema, unit: str) -> int | float | None:
    """The only number that a value can mean and that fits, or None."""
    candidates = dict.fromkeys(_meant(value, schema, unit))
    sane = (number for number in candidates if number.adjusted() < _DIGITS)
    fitting = [number for number in sane if _fits(number, schema)]
    return _shortest(fitting[0]) if len(fitting) == 1 else None


def _meant(value: Json, schema: Schema, unit: str) -> Iterator[Decimal]:
    """The numbers that a value may mean."""
    if isinstance(value, float) and math.isfinite(value):
        number = Decimal(repr(value))
        whole = schema.get("type") == "integer" and not _is_whole(number)
        yield number * 1000 if whole and unit == "ms" else number
    if not isinstance(value, str):
        return
    text = _western(value).strip()
    yield from _plain(text)
    if text.endswith(("%", "٪")) and not unit and schema.get("maximum", 2) <= 1:
        yield from (number / 100 for number in _plain(text[:-1].strip()))
    if unit in _MILLISECONDS:
        total = _milliseconds(text)
        yield from [] if total is None else [total / _MILLISECONDS[unit]]


def _plain(text: str) -> Iterator[Decimal]:
    """A number as people write it: with separated thousands, or with a decimal comma."""
    if _GROUPED.fullmatch(text):
        yield Decimal(re.sub(r"[^0-9.]", "", text))
    elif _DECIMAL_COMMA.fullmatch(text):
        yield Decimal(re.sub("[,٫]", ".", text))
    elif re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?", text):
        yield Decimal(text)


def _milliseconds(text: str) -> Decimal | None:
    """A duration such as ``0.8s``, ``5 min`` or ``1h 30m``; None if it is none."""
    text = re.sub(r"(?<=[0-9])[,٬](?=[0-9]{3})", "", text.removeprefix("PT").lower())
    pieces = [*_DURATION.finditer(text)]
    if not pieces or "".join(piece.group() for piece in pieces) != text:
        return None
    if any(piece[2] not in _MILLISECONDS for piece in pieces):
        return None
    return sum((Decimal(piece[1]) * _MILLISECONDS[piece[2]] for piece in pieces), Decimal(0))


def _western(text: str) -> str:
    """A text with every digit as 0 to 9."""
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)


def _fits(number: Decimal, schema: Schema) -> bool:
    if schema.get("type") == "integer" and not _is_whole(number):
        return False
    low, high = schema.get("minimum"), schema.get("maximum")
    return (low is None or number >= low) and (high is None or number <= high)


def _shortest(number: Decimal) -> int | float:
    return int(number) if _is_whole(number) else float(number)


def _is_whole(number: Decimal) -> bool:
    """Whether a number has no fraction; a remainder fails beyond its digits."""
    return number == number.to_integral_value()


def _reason(value: Json, unit: str) -> str:
    """State the field's unit if the value has one of its own."""
    counted = isinstance(value, float) or any(char.isalpha() for char in str(value))
    return f"the unit is {_UNITS[unit]}: " if unit in _UNITS and counted else ""


def _example(value: Json, schema: Schema, unit: str) -> str:
    """Suggest an example number for a text with digits that is not a number."""
    if not isinstance(value, str) or not any(map(str.isdigit, value)) or next(_plain(value), None):
        return ""
    of = f" of {_UNITS[unit]}" if unit in _UNITS else ""
    fitting = _fitting((Decimal(one) for one in ("30", "500", "1", "0.5")), schema)
    return f"write a number{of}, such as `{fitting[0]}`" if fitting else ""


def _fitting(numbers: Iterator[Decimal], schema: Schema) -> Sequence[int | float]:
    return [_shortest(number) for number in numbers if _fits(number, schema)]

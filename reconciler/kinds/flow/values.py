"""The variables of a flow: filled into texts, and compared by equations. Pure.

Sources: `hamsa-api-v2.md` of the API's facts, on variables, templates and operators.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.jsonvalues import Json, Secret, map_leaves
from reconciler.late import pattern

Variables = Mapping[str, Json]

SYSTEM = frozenset(
    {
        *("current_time", "current_date", "current_datetime", "current_timestamp"),
        *("current_day", "current_month", "current_year", "current_weekday"),
        *("call_id", "call_type", "call_start_time", "direction"),
        *("user_number", "user_number_area_code", "agent_number", "agent_name", "agent_id"),
    }
)
"""Variables that the API fills in every call; their values are not known offline."""

LONGEST = 20_000
"""Characters of a filled text: variables that double each other would fill the memory."""
_LETTER = "[\\w\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed]"
_NAME = rf"[^\W\d]{_LETTER}*+(?:-[^\W\d]{_LETTER}*+)*+"
_PLACE = pattern(rf"\{{\{{[ \t]*({_NAME})[ \t]*(?:\|\|([^{{}}\n]*))?\}}\}}")
_NUMBER = pattern(r"[+-]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?")
_QUANTITY = pattern(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")


def has_value(name: str, variables: Variables) -> bool:
    """Whether a variable has a value: null and an empty text are none."""
    return variables.get(name) not in (None, "")


def filled(value: Json, variables: Variables) -> Json:
    """A value with the variables in its texts; a text of one ``{{name}}`` alone keeps its type.

    ``{{name || other}}`` gives the other text if there is no value. Variables without a value stay
    as they are written, and so do commands of Jinja.

    >>> filled("to {{name || you}} {{day}}{% if x %}", {"day": 3})
    'to you 3{% if x %}'
    """

    def leaf(text: Json) -> Json:
        if not isinstance(text, str) or "{{" not in text:
            return text
        alone = _PLACE.fullmatch(text)
        if alone and has_value(alone[1], variables):
            return variables[alone[1]]
        return _PLACE.sub(lambda found: _value(found, variables), text)[:LONGEST]

    return map_leaves(value, leaf)


def _value(found: re.Match[str], variables: Variables) -> str:
    if has_value(found[1], variables):
        return text_of(variables[found[1]])
    return found[0] if found[2] is None else found[2].strip().strip("\"'")


def text_of(value: Json) -> str:
    """A value as it is spoken or compared: ``true``, and never a secret."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return ""
        case Secret():
            return "(sensitive)"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def alike(one: Json, other: Json) -> bool:
    """Whether two values are equal for a flow: ``"1"`` equals 1, and ``"007"`` is no number."""
    first, second = text_of(one), text_of(other)
    if _NUMBER.fullmatch(first) and _NUMBER.fullmatch(second):
        return float(first) == float(second)
    return first == second


def verdict(logic: str, tests: Iterable[tuple[str, str, Json]], known: Variables) -> bool | None:
    """Whether an equation holds; None if that cannot be told offline.

    ``logic`` is ``all`` or ``any``; tests are variable, operator and value.
    """
    found = [compared(variable, operator, value, known) for variable, operator, value in tests]
    decisive = logic == "any"
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def compared(variable: str, operator: str, value: Json, known: Variables) -> bool | None:
    """Whether one comparison holds; None if that cannot be told offline.

    The value of a system variable that nobody gave is not known, nor is that of a secret.
    """
    if operator in _UNARY:
        if variable in SYSTEM and not has_value(variable, known):
            return operator in ("exists", "is_not_empty")
        return _UNARY[operator](known.get(variable))
    if operator not in _BINARY or isinstance(known.get(variable), Secret):
        return None
    if variable in SYSTEM and not has_value(variable, known):
        return None
    wanted = filled(value, known)
    return None if isinstance(wanted, Secret) else _BINARY[operator](known.get(variable), wanted)


def _empty(value: Json) -> bool:
    return value is None or value in ("", [], {})


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Json, Json], bool]:
    """A comparison of numbers, or of texts if neither is a number, such as dates."""

    def compare(found: Json, wanted: Json) -> bool:
        one, other = text_of(found), text_of(wanted)
        if _QUANTITY.fullmatch(one) and _QUANTITY.fullmatch(other):
            return test(float(one), float(other))
        plain = one and other and not _QUANTITY.fullmatch(one) and not _QUANTITY.fullmatch(other)
        return bool(plain) and test(one, other)

    return compare


def _contains(found: Json, wanted: Json) -> bool:
    if isinstance(found, list | dict):
        return any(alike(one, wanted) for one in found)
    return found is not None and text_of(wanted) in text_of(found)


def _matches(found: Json, pattern: Json) -> bool | None:
    """Whether a text matches; None for patterns that could take for ever.

    Those are repeated groups, many repetitions, and long patterns.
    """
    written = text_of(pattern)
    plain = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", written)
    endless = len(re.findall(r"[*+]|\{\d*,\}", plain))
    if len(written) > 200 or endless > 3 or len(re.findall(r"[*+?{|]", plain)) > 8:
        return None
    if re.search(r"\)[*+?{]", plain):
        return None
    try:
        return re.search(written, text_of(found)[:500]) is not None
    except (re.error, OverflowError):
        return None


_UNARY: Mapping[str, Callable[[Json], bool]] = {
    "exists": lambda found: found not in (None, ""),
    "not_exists": lambda found: found in (None, ""),
    "is_empty": _empty,
    "is_not_empty": lambda found: not _empty(found),
}
_BINARY: Mapping[str, Callable[[Json, Json], bool | None]] = {
    "equals": alike,
    "not_equals": lambda found, wanted: not alike(found, wanted),
    "greater_than": _ordered(lambda one, other: one > other),
    "less_than": _ordered(lambda one, other: one < other),
    "greater_than_or_equal": _ordered(lambda one, other: one >= other),
    "less_than_or_equal": _ordered(lambda one, other: one <= other),
    "contains": _contains,
    "not_contains": lambda found, wanted: not _contains(found, wanted),
    "regex": _matches,
}

"""What a server may make of the values that it is sent before it keeps them. No IO here.

strip     texts without white space at their end: a last line end goes
blanks    texts without blanks at the ends of their lines
crlf      line ends as CR LF
null      empty texts as null
text      numbers as texts
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

_MADE: dict[str, Callable[[Any], Any]] = {
    "strip": lambda value: value.rstrip() if isinstance(value, str) else value,
    "blanks": lambda value: (
        re.sub(r"[ \t]+(?=\n|\Z)", "", value) if isinstance(value, str) else value
    ),
    "crlf": lambda value: re.sub(r"\r?\n", "\r\n", value) if isinstance(value, str) else value,
    "null": lambda value: None if value == "" else value,
    "text": lambda value: (
        str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    ),
}
STORES = tuple(_MADE)


def stored(value: Any, ways: Iterable[str]) -> Any:
    """The value in its stored form, at every depth."""
    match value:
        case dict():
            return {name: stored(each, ways) for name, each in value.items()}
        case list():
            return [stored(each, ways) for each in value]
    for way in ways:
        value = _MADE[way](value)
    return value


def trimmed(value: Any) -> Any:
    """The value with every text in it trimmed and in lower case, as by a fault."""
    match value:
        case str():
            return value.strip().lower()
        case list():
            return [trimmed(each) for each in value]
        case dict():
            return {name: trimmed(each) for name, each in value.items()}
        case _:
            return value

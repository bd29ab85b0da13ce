"""Secrets in responses: in plain text, as in the published schemas, or masked. Pure."""

from collections.abc import Iterable
from typing import Any

JsonObject = dict[str, Any]

MASK = "********"

_SECRET = ("apiKey", "authSecret", "authToken")
_MAPS = ("httpHeaders", "headers")


def masked(shown: JsonObject, names: Iterable[str]) -> JsonObject:
    """Return a response with the secrets below these top-level `names` masked."""
    return {**shown, **{name: _masked(shown[name]) for name in names if name in shown}}


def _masked(value: object) -> object:
    match value:
        case dict():
            return {name: _member(name, each) for name, each in value.items()}
        case list():
            return [_masked(each) for each in value]
        case _:
            return value


def _member(name: str, value: object) -> object:
    if name in _SECRET and value is not None:
        return MASK
    if name in _MAPS and isinstance(value, dict):
        return dict.fromkeys(value, MASK)
    return _masked(value)

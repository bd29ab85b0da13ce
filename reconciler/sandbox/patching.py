"""The effect of a PATCH on nested objects: no page says whether they merge. Pure."""

from copy import deepcopy
from typing import Any

JsonObject = dict[str, Any]


def patched(stored: JsonObject, sent: JsonObject, *, deep: bool) -> JsonObject:
    """Return `stored` with the sent values; nested objects merged if `deep`, arrays never."""
    return {**stored, **{name: _over(stored.get(name), sent[name], deep=deep) for name in sent}}


def _over(stored: object, sent: object, *, deep: bool) -> object:
    match stored, sent:
        case dict(), dict() if deep:
            return patched(stored, sent, deep=True)
        case _:
            return deepcopy(sent)


def without_nulls(sent: JsonObject) -> JsonObject:
    """Return the sent values without nulls, at every depth of objects."""
    return {
        name: without_nulls(value) if isinstance(value, dict) else value
        for name, value in sent.items()
        if value is not None
    }

"""The web tools of a stored agent, as v2 lists them (`tools[]`) and as v1 does (ids). Pure.

Stored are v2's entries under `webTools` once v2 has written them, before that v1's `webToolsIds`
and `webToolsOverrides`. Sources: the v1 pages (G3); `tools[]` of the v2 reference.
"""

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

JsonObject = dict[str, Any]

_ENTRIES = "webTools"
_IDS, _OVERRIDES = "webToolsIds", "webToolsOverrides"


def entries(fields: JsonObject) -> list[JsonObject]:
    """Return the entries as v2 lists them."""
    if _ENTRIES in fields:
        listed: list[JsonObject] = fields[_ENTRIES]
        return listed
    overrides = fields.get(_OVERRIDES) or {}
    return [_entry(tool, overrides.get(tool, {})) for tool in fields.get(_IDS) or []]


def keep(stored: JsonObject, listed: list[JsonObject]) -> None:
    """Put v2's entries into the stored form."""
    stored.pop(_IDS, None)
    stored.pop(_OVERRIDES, None)
    stored[_ENTRIES] = [
        {"nodeId": None, "overrides": {}, "testResult": {}, **one} for one in listed
    ]


def flat(fields: JsonObject) -> JsonObject:
    """Return the stored form with its tools under v1's names."""
    if _ENTRIES not in fields:
        return fields
    listed = fields[_ENTRIES]
    wide = {one["toolId"]: one["overrides"] for one in listed if one["nodeId"] is None}
    return {
        **fields,
        _IDS: list(dict.fromkeys(one["toolId"] for one in listed)),
        _OVERRIDES: {tool: overrides for tool, overrides in wide.items() if overrides},
    }


def after_v1(stored: JsonObject, names: Iterable[str]) -> JsonObject:
    """Return the stored form after v1 wrote `names`: entries of tools that it omitted are gone."""
    if _ENTRIES not in stored or not {_IDS, _OVERRIDES} & {*names}:
        return stored
    known = {**flat(stored), **{name: stored[name] for name in names}}
    listed = [_overridden(one, known[_OVERRIDES]) for one in stored[_ENTRIES]]
    left = [one for one in listed if one["toolId"] in known[_IDS]]
    held = {one["toolId"] for one in left}
    new = [_entry(tool, known[_OVERRIDES].get(tool, {})) for tool in known[_IDS]]
    kept = {name: stored[name] for name in stored if name not in (_IDS, _OVERRIDES)}
    return {**kept, _ENTRIES: [*left, *(one for one in new if one["toolId"] not in held)]}


def _overridden(entry: JsonObject, overrides: JsonObject) -> JsonObject:
    wide = entry["nodeId"] is None
    return {**entry, "overrides": overrides.get(entry["toolId"], {})} if wide else entry


def _entry(tool: str, overrides: JsonObject) -> JsonObject:
    """Return v2's entry for a tool that v1 attached: version 1, for the whole agent."""
    return {
        "persistentId": str(uuid5(NAMESPACE_URL, f"{tool}/persistent")),
        "toolId": tool,
        "version": 1,
        "toolType": "FUNCTION",
        "nodeId": None,
        "overrides": overrides,
        "testResult": {},
    }

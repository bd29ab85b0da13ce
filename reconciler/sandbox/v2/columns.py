"""How a v2 agent is stored: under v1's flat names, so that both generations see one agent. Pure.

    v2, as a request says it           stored
    name                               agentName
    conversation.X, voice.X            X
    llm.model, llm.X                   llmConfig.modelName, llmConfig.X
    callSettings.X                     X
    callSettings.genderDetection, …    tools.genderDetection, …
    tools                              webTools: see `webtools`
    keys that only the dashboard has   dashboard.<object>.<key>; the agent's own under ""

Sources: the fields of the v1 pages (G3) and of the v2 reference, which name the same settings.
The two spellings of one value, `telephony-optimized` (v1) and `telephony_optimized` (v2), are
stored as v1 spells it.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from reconciler.sandbox import webtools
from reconciler.sandbox.v2.defaults import DASHBOARD, PUBLISHED

JsonObject = dict[str, Any]
Path = tuple[str, ...]

_FLAGS = ("genderDetection", "smartCallEnd")
_RENAMED = {"name": "agentName"}
_LLM = {"model": "modelName"}
_SPELT = {"telephony_optimized": "telephony-optimized"}
_READ = {stored: asked for asked, stored in _SPELT.items()}


def _path(place: str, member: str) -> Path:
    if place == "llm":
        return "llmConfig", _LLM.get(member, member)
    return ("tools", member) if member in _FLAGS else (member,)


_PLACES: dict[str, dict[str, Path]] = {
    place: {member: _path(place, member) for member in PUBLISHED[place]}
    for place in ("conversation", "voice", "llm", "callSettings")
}


def asked(fields: JsonObject, *, dashboard: bool) -> JsonObject:
    """Return the stored agent in full, as in a v2 request.

    With `dashboard`, an agent that was never written through v2 has the dashboard's own keys too.
    """
    extra = extras(fields, dashboard=dashboard)
    return {**{name: _value(name, fields, extra) for name in PUBLISHED}, **extra.get("", {})}


def extras(fields: JsonObject, *, dashboard: bool) -> dict[str, JsonObject]:
    """Return the agent's dashboard-only keys by their object; "" for the agent itself."""
    kept: dict[str, JsonObject] = fields.get("dashboard", {})
    return {**DASHBOARD, **kept} if dashboard else kept


def kept(
    fields: JsonObject, known: JsonObject, names: Iterable[str], *, dashboard: bool
) -> JsonObject:
    """Return the stored form with the top-level `names` taken from `known`."""
    stored = dict(fields)
    for name in names:
        if name in _PLACES:
            _keep_place(stored, name, known[name], dashboard=dashboard)
        elif name == "tools":
            webtools.keep(stored, known[name])
        elif name in PUBLISHED:
            stored[_RENAMED.get(name, name)] = _or_null(name, known[name])
        else:
            own = {**extras(stored, dashboard=dashboard).get("", {}), name: known[name]}
            stored["dashboard"] = {**stored.get("dashboard", {}), "": own}
    return stored


def _or_null(name: str, value: Any) -> Any:
    """Return the stored value: for these two, an empty value in v2 is null in v1."""
    return None if name in ("webhookAuth", "outcomeResponseShape") and value == {} else value


def _value(name: str, fields: JsonObject, extra: dict[str, JsonObject]) -> object:
    if name in _PLACES:
        return {**_members(name, fields), **extra.get(name, {})}
    if name == "tools":
        return webtools.entries(fields)
    found = fields.get(_RENAMED.get(name, name))
    return deepcopy(PUBLISHED[name]) if found is None else found


def _members(place: str, fields: JsonObject) -> JsonObject:
    return {
        member: _spelt(member, _at(fields, path, PUBLISHED[place][member]), _READ)
        for member, path in _PLACES[place].items()
    }


def _at(fields: JsonObject, path: Path, default: object) -> object:
    *outer, name = path
    inside = (fields.get(outer[0]) or {}) if outer else fields
    return inside.get(name, default)


def _spelt(member: str, value: Any, spelling: dict[str, str]) -> Any:
    if member != "noiseCancellation" or not isinstance(value, str):
        return value
    return spelling.get(value, value)


def _keep_place(stored: JsonObject, place: str, said: JsonObject, *, dashboard: bool) -> None:
    """Put one nested object in its flat places; members that it omits are removed."""
    for member, path in _PLACES[place].items():
        *outer, name = path
        inside = dict(stored.get(outer[0]) or {}) if outer else stored
        inside.pop(name, None)
        if member in said:
            inside[name] = _spelt(member, said[member], _SPELT)
        if outer:
            stored[outer[0]] = inside
    extra = {name: value for name, value in said.items() if name not in _PLACES[place]}
    if extra or dashboard or place in stored.get("dashboard", {}):
        stored["dashboard"] = {**stored.get("dashboard", {}), place: extra}

"""Equal forms of parts of a node: what means the same compares equal. Pure."""

from typing import Any

from reconciler.jsonvalues import Json
from reconciler.kinds.flow.exits import without
from reconciler.schema.codecs import Codec


def _routes(found: Json) -> Json:
    """Transitions with the values of equations as texts: live `"1"` and `1` are the same."""
    if not isinstance(found, list):
        return [] if found is None else found
    return [_route(one) if isinstance(one, dict) else one for one in found]


def _route(one: dict[str, Any]) -> Json:
    tests = {name: [*map(_test, one[name])] for name in ("all", "any") if _is_list(one.get(name))}
    plain = {name: value for name, value in one.items() if (name, value) != ("enabled", True)}
    return {**plain, **tests, "to": one.get("to")}


def _is_list(value: Json) -> bool:
    return isinstance(value, list)


def _test(one: Json) -> Json:
    if isinstance(one, dict) and "value" in one:
        return {**one, "value": _text(one["value"])}
    if isinstance(one, dict):
        return {
            name: {how: _text(value) for how, value in test.items()}
            if isinstance(test, dict)
            else test
            for name, test in one.items()
        }
    return one


def _text(value: Json) -> Json:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


ANY_VALUE = [("isEnumEnabled", False), ("enumValues", [])]
"""What the dashboard writes for an extracted variable without a list of values."""


def _variables(found: Json) -> Json:
    """Extracted variables by name, whether as the API has them or as people write them."""
    match found:
        case None:
            return {}
        case {"enabled": True, "variables": list(listed)} if len(found) == 2:
            named = all(
                isinstance(one, dict) and isinstance(one.get("name"), str) for one in listed
            )
            names = [one["name"] for one in listed] if named else []
            if named and len(set(names)) == len(names):
                return {one["name"]: _variable(without(one, "name")) for one in listed}
        case dict() if not isinstance(found.get("variables"), list):
            return {name: _variable(one) for name, one in found.items()}
    return found


def _variable(one: Json) -> Json:
    if not isinstance(one, dict):
        return one
    return {key: value for key, value in one.items() if (key, value) not in ANY_VALUE}


def _tool(found: Json) -> Json:
    """A tool's entry without the response of its last trial run in the dashboard."""
    return without(found, "testResult") if isinstance(found, dict) else found


_CANVAS = frozenset({"position", "metadata"})
"""Keys of a node that the canvas changes by itself."""


def still(value: Json) -> Json:
    """A part of a workflow without what the canvas changes by itself, at any depth."""
    if isinstance(value, list):
        return [still(item) for item in value]
    if isinstance(value, dict):
        return {name: still(item) for name, item in value.items() if name not in _CANVAS}
    return value


TOOL = Codec(canonical=_tool)
ROUTES = Codec(canonical=_routes)
VARIABLES = Codec(canonical=_variables)
VERBATIM = Codec(canonical=still)

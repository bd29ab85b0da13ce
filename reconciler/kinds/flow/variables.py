"""The variables that a flow itself gives a value. Pure."""

from collections.abc import Iterator

from reconciler.jsonvalues import Fields, Json

_LISTS = (".extractVariables", ".staticVariables", ".globalExtractVariables")


def set_by(fields: Fields) -> frozenset[str]:
    """The names of custom, extracted and set variables in an agent's leaves."""
    found = [*_names(fields.get("flow.customVariables"))]
    for path, value in fields.items():
        if path.startswith("flow.nodes[") and path.endswith(_LISTS):
            found += _names(value)
    return frozenset(found)


def _names(value: Json) -> Iterator[str]:
    """Names in a map by name, or in the API's list of variables."""
    listed = value.get("variables") if isinstance(value, dict) else value
    if isinstance(listed, list):
        named = (one.get("name") for one in listed if isinstance(one, dict))
        yield from (name for name in named if isinstance(name, str))
    elif isinstance(value, dict):
        yield from (str(name) for name in value)

"""Limits of single values that a type cannot express. Pure; messages are ready to print."""

from typing import Annotated, Any

from reconciler.kinds import timezones
from reconciler.schema.shape import Field, StringConstraints, refusal

Clock = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(description='a time as "hh:mm" on the 24-hour clock, in quotes'),
]


def timezone(name: str) -> str:
    """A time zone name of the API's own list; the error offers the nearest one."""
    if name in timezones.listed():
        return name
    close = timezones.nearest(name)
    offer = f"; the nearest that is: `{close}`" if close else ""
    raise refusal("time_zone", f"not in the API's list{offer}")


def show_timezones(schema: dict[str, Any]) -> None:
    """Add the API's own list to the JSON Schema of a time zone."""
    schema["enum"] = sorted(timezones.listed())


def outcome_shape(shape: dict[str, Any]) -> dict[str, Any]:
    """An outcome shape: ``{type: object, properties, required}``, every property described.

    Source: the vendor's page of OpenAPI instructions for outcome shapes.
    """
    fault = _fault(shape, "", root=True)
    if fault:
        raise refusal("outcome_shape", fault)
    return shape


def outcome_shape_or_none(shape: dict[str, Any]) -> dict[str, Any]:
    """An outcome shape, or an empty mapping, which is v2's value for none."""
    return outcome_shape(shape) if shape else shape


_TYPES = ("string", "number", "boolean", "object", "array")


def _fault(node: Any, where: str, *, root: bool = False, item: bool = False) -> str:
    """The first rule that a node of the shape breaks, as text; empty if it breaks none."""
    place = where or "the shape"
    if not isinstance(node, dict):
        return f"{place} must be a mapping"
    kind = node.get("type")
    if root and kind != "object":
        return "the root's `type` must be `object`"
    if kind not in _TYPES:
        return f"{place}: `type` must be one of {', '.join(_TYPES)}"
    if not root and not item and not node.get("description"):
        return f"{place} needs a `description`"
    if "enum" in node and kind != "string":
        return f"{place}: `enum` goes with `type: string`"
    if kind == "array":
        return _fault(node.get("items"), f"{place}.items", item=True)
    return _object_fault(node, where) if kind == "object" else ""


def _object_fault(node: dict[str, Any], where: str) -> str:
    properties = node.get("properties")
    if not isinstance(properties, dict) or not properties:
        return f"{where or 'the shape'} needs `properties`"
    required = node.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        return f"{where or 'the shape'}: `required` must be a list of texts"
    missing = [name for name in required if name not in properties]
    if missing:
        return f"{where or 'the shape'}: `required` names no property: {', '.join(missing)}"
    faults = (_fault(child, f"{where}.{name}".strip(".")) for name, child in properties.items())
    return next(filter(None, faults), "")

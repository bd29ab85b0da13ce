"""A JSON Schema in words, for messages and the field table. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.jsonvalues import Json


def describe(schema: Mapping[str, Any], unit: str = "") -> str:
    """A JSON Schema in words, for messages and the field table."""
    if "$ref" in schema or "properties" in schema:
        return "a mapping"
    if "examples" in schema and any(map(_is_list, (schema, *schema.get("anyOf", ())))):
        return f"a list, such as {_example(schema['examples'][0])}"
    if "description" in schema and schema.get("type") != "boolean":
        return str(schema["description"])
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        text = " or ".join(describe(option, unit) for option in options)
        return f"{text}, or `null` to clear it" if len(options) < len(schema["anyOf"]) else text
    if "enum" in schema:
        return _choice(schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "")
    if kind == "array":
        return _PLURALS.get(describe(schema.get("items", {})), "a list")
    return (
        _KINDS.get(kind, "any value")
        + (f" of {_UNITS.get(unit, unit)}" if unit else "")
        + _limits(schema)
    )


def _is_list(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "array"


def _example(items: Sequence[Json]) -> str:
    """A list as YAML on one line: mappings as its items, texts in brackets."""
    if any(isinstance(item, Mapping) for item in items):
        return " ".join(f"- {_flow(item)}" for item in items)
    return f"[{', '.join(map(_flow, items))}]"


def _flow(value: Json) -> str:
    """A value as written inside YAML brackets, quoted if it would be read as another value."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name}: {_flow(item)}' for name, item in value.items())} }}"
    plain = re.fullmatch(r"[^\W\d][\w *.-]*", str(value))
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "string": "text",
    "object": "a mapping",
}
_UNITS = {"ms": "milliseconds", "s": "seconds"}
_PLURALS = {"text": "a list of texts"}


def _choice(values: list[Json]) -> str:
    if len(values) > 12:
        return f"one of {len(values)} names"
    *most, last = [f"`{value}`" for value in values]
    return f"{', '.join(most)} or {last}" if most else last


def _limits(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    if low is not None:
        return f", {low:g} or more"
    return ", not empty" if schema.get("minLength") == 1 else ""

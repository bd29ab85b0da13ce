"""The rules of `outcomeResponseShape`, a small part of JSON Schema. Pure.

Source: the vendor's instructions next to its OpenAPI, and the newest guide for `enum` as a type.
"""

from collections.abc import Iterator
from typing import Any

TYPES = ("string", "number", "boolean", "object", "array", "enum")


def objections(shape: dict[str, Any]) -> list[str]:
    """Return the API's errors for a shape; `{}` means none, and is valid."""
    return [*_root("outcomeResponseShape", shape)] if shape else []


def _root(path: str, shape: dict[str, Any]) -> Iterator[str]:
    if shape.get("type") != "object":
        yield f"{path}.type: must be object"
        return
    yield from _schema(path, shape)


def _schema(path: str, schema: dict[str, Any]) -> Iterator[str]:
    kind = schema.get("type")
    if kind not in TYPES:
        yield f"{path}.type: must be one of {', '.join(TYPES)}"
    if "enum" in schema and kind not in ("string", "enum"):
        yield f"{path}.enum: only with the type string"
    if kind == "object":
        yield from _object(path, schema)
    if kind == "array":
        yield from _items(path, schema)


def _object(path: str, schema: dict[str, Any]) -> Iterator[str]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        yield f"{path}.properties: needed for an object"
        return
    required = schema.get("required", [])
    if not isinstance(required, list) or any(name not in [*properties] for name in required):
        yield f"{path}.required: must name existing properties"
    for name, each in properties.items():
        yield from _property(f"{path}.properties.{name}", each)


def _property(path: str, schema: object) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{path}: must be an object"
        return
    description = schema.get("description")
    if not isinstance(description, str) or not description.strip():
        yield f"{path}.description: needed, and not empty"
    yield from _schema(path, schema)


def _items(path: str, schema: dict[str, Any]) -> Iterator[str]:
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _schema(f"{path}.items", items)
    else:
        yield f"{path}.items: needed for an array"

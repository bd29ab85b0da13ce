"""What a field can say of itself, and how a table of fields is read. Pure.

A generation of the API is one pydantic model; each of its fields is one row::

    silenceThreshold: Annotated[int, Ge(1), Fact(shown=("silenceThreshold",), unit="ms", …)]

The type and its limits are pydantic's; everything else is a :class:`Fact`. A nested model is a
*group*: its rows are leaves (``tools.smartCallEnd``) and a request carries it whole.
"""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from reconciler.jsonvalues import Json
from reconciler.model import Impact
from reconciler.schema.codecs import PLAIN, Codec

UNSET: Any = None
"""The default of every row: absent means unmanaged. An explicit null is validated by type."""


UNKNOWN: Any = object()
"""No published value, as opposed to null."""


class Defaults(dict[str, Any]):
    """A create default that moved, by generation: ``Defaults(G1=False, G3=True)``."""


class Section(BaseModel):
    """A mapping of the request: strict types, no unknown keys, nothing required."""

    model_config = ConfigDict(
        strict=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What is known of one field beyond its type and limits.

    ``shown``: published response paths, in order of preference; none means that no page shows
    the field. An API that shows it at its request path is read there: see ``Field.response_paths``.
    ``empty_with``: a response path whose null says that this field holds nothing.
    ``since`` / ``until``: first and last generation that documents the field.
    ``usual``: the narrower range (two numbers), or the texts, that some generation documents;
    another value is told and sent. ``default``: what a new agent gets that lacks the field; a
    change never applies it. ``prose``: holds words that a caller hears or the model reads.
    ``source``: where the fact was published.
    """

    shown: tuple[str, ...] = ()
    impact: Impact
    source: str
    note: str = ""
    sensitive: bool = False
    empty_with: str = ""
    since: str = "G1"
    until: str = ""
    unit: str = ""
    usual: tuple[Any, ...] = ()
    create_only: bool = False
    prose: bool = False
    default: Any = dataclasses.field(default=UNKNOWN, hash=False)
    codec: Codec = PLAIN


@dataclass(frozen=True)
class Field:
    """One row of a table: its dotted request path, its fact, and where its type stands."""

    path: str
    fact: Fact
    model: type[Section]
    name: str

    @property
    def response_paths(self) -> tuple[str, ...]:
        """Where a response may show the field: as published, and at its own request path."""
        return tuple(dict.fromkeys((*self.fact.shown, self.path)))

    @property
    def top(self) -> str:
        """The top-level request key that carries this field."""
        return self.path.partition(".")[0]

    @property
    def grouped(self) -> bool:
        """Whether the field is part of an object that a request carries whole."""
        return "." in self.path

    @property
    def nullable(self) -> bool:
        """Whether the API documents null, which clears the field."""
        return type(None) in get_args(self.model.model_fields[self.name].annotation)

    def default(self, generation: str) -> Json:
        """What this generation gives a new agent that lacks the field, or ``UNKNOWN``."""
        default = self.fact.default
        return default.get(generation, UNKNOWN) if isinstance(default, Defaults) else default

    @property
    def schema(self) -> Mapping[str, Any]:
        """The row's JSON Schema: its type and limits, with enums in full."""
        schema: Mapping[str, Any] = _properties(self.model)[self.name]
        return schema

    @property
    def allowed(self) -> str:
        """What may stand there, in words: `a whole number of ms, 1 or more`."""
        return describe(self.schema, self.fact.unit)


@cache
def _properties(model: type[Section]) -> dict[str, Any]:
    properties: dict[str, Any] = model.model_json_schema()["properties"]
    return properties


class Table:
    """The rows of one generation's model, by path, and where its agents live.

    ``marks`` name, newest generation first, response paths that only it and later ones show.
    ``restless`` are response paths that the server sets by itself. ``params_path`` is the map
    that fills the ``{{name}}`` placeholders of prose, ``timezone_path`` the zone an agent lives in.
    """

    def __init__(  # noqa: PLR0913 - said once for each generation
        self,
        model: type[Section],
        *,
        name_path: str,
        params_path: str = "",
        timezone_path: str = "",
        marks: Mapping[str, tuple[str, ...]],
        restless: tuple[str, ...],
        list_key: str,
        route: str,
    ) -> None:
        self.model = model
        self.name_path = name_path
        self.params_path = params_path
        self.timezone_path = timezone_path
        self.marks = marks
        self.restless = restless
        self.list_key = list_key
        self.route = route
        self.fields: dict[str, Field] = {field.path: field for field in _rows(model, "")}

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def __getitem__(self, path: str) -> Field:
        return self.fields[path]

    def group(self, top: str) -> tuple[Field, ...]:
        """The rows that a request carries together under one top-level key."""
        return self._groups[top]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every field and every group of fields."""
        return frozenset({*self.fields, *self._groups})

    @cached_property
    def shown(self) -> frozenset[str]:
        """Every response path that some row reads."""
        return frozenset(path for field in self for path in field.response_paths)

    @cached_property
    def containers(self) -> frozenset[str]:
        """The top-level response objects in which rows are read."""
        return frozenset(path.partition(".")[0] for path in self.shown if "." in path)

    @cached_property
    def _groups(self) -> dict[str, tuple[Field, ...]]:
        groups: dict[str, tuple[Field, ...]] = {}
        for field in self:
            groups[field.top] = (*groups.get(field.top, ()), field)
        return groups

    def in_generation(self, field: Field, generation: str) -> bool:
        """Whether this generation documents the field."""
        return field.fact.since <= generation <= (field.fact.until or generation)


def facts(info: FieldInfo) -> list[Fact]:
    """The facts of a model's field: one for a leaf, none for a group."""
    return [item for item in info.metadata if isinstance(item, Fact)]


def group_model(info: FieldInfo) -> type[Section] | None:
    """The nested model of a group, None for a leaf."""
    kind = info.annotation
    if isinstance(kind, type) and issubclass(kind, Section) and not facts(info):
        return kind
    return None


def _rows(model: type[Section], prefix: str) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        nested = group_model(info)
        if nested is not None:
            yield from _rows(nested, f"{prefix}{name}.")
            continue
        fact = facts(info)
        if len(fact) != 1:
            raise TypeError(f"the row `{prefix}{name}` needs one Fact, has {len(fact)}")
        yield Field(f"{prefix}{name}", fact[0], model, name)


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
    """A value as it stands inside YAML's brackets: in quotes where it would be another one."""
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

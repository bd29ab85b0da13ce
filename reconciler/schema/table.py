"""The description of API fields: one row each. Pure.

A generation of the API is one shape (see ``shape``); each of its fields is one row::

    silenceThreshold: Annotated[int, Field(ge=1), Fact(shown=("silenceThreshold",), unit="ms", …)]

The type and its limits are pydantic's; everything else is a :class:`Fact`. A nested model is a
*group*: its rows are leaves (``tools.smartCallEnd``) and a request carries it whole.

A list of nested models is *keyed* if its fact names the identifying field::

    slots: Annotated[list[Slot], Fact(by="id", impact=…, source=…)]

Its rows are those of its items (``slots[*].label``; see :mod:`reconciler.schema.paths`), and two
more: ``slots[]`` for which items there are, and ``slots`` for the whole list, if its items have no
unique keys. A request carries it whole.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, get_args

from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.schema import paths
from reconciler.schema.codecs import PLAIN, UNORDERED, Codec
from reconciler.schema.describe import describe
from reconciler.schema.shape import Shape, bare, is_shape, kinds, notes


class Impact(StrEnum):
    """What a caller on the phone notices of a change."""

    SPOKEN = "spoken"
    BEHAVIOUR = "behaviour"
    REACH = "reach"
    SILENT = "silent"


UNSET: Any = None
"""The default of every row: absent means unmanaged. An explicit null is validated by type."""


UNKNOWN: Any = object()
"""No documented value, as opposed to null."""


class Defaults(dict[str, Any]):
    """A create default that differs by generation: ``Defaults(G1=False, G3=True)``."""


class Section(Shape):
    """A mapping of the request: strict types, no unknown keys, nothing required."""

    rules = MappingProxyType({**Shape.rules, "allow_inf_nan": False})


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What is known of one field beyond its type and limits.

    ``shown``: documented response paths, in order of preference; none if no page shows the field.
    If the API shows it at its request path, it is read there: see ``Field.response_paths``.
    ``guarded``: a map or an address that people may read, unless something in it looks like a
    secret.
    ``empty_with``: a response path; if it is null, this field is empty. With ``bare``, also if it
    is an empty object, which is the documented default. ``since`` / ``until``: first and last
    generation that documents the field. ``usual``: the narrower range (two numbers), or the texts,
    that some generation documents; other values are reported and sent. ``default``: what a new
    agent gets without the field; never used in updates. ``prose``: text that a caller hears or the
    model reads. ``by``: the field that identifies a list's items; ``per``: a second one, a text or
    null, that does so together with it. ``mapped``: the items are an object, by key, in no order,
    and ``by`` is only the word for its keys. Paths of an item's facts start at the item.
    ``complete``: an item shows the field unless it is null. ``raw``: the API's own form, in which
    a number is a number, however it is written. ``refers``: the kind of object whose id
    this, or each item of the list, is. ``source``: where the fact was published.
    """

    shown: tuple[str, ...] = ()
    impact: Impact
    source: str
    note: str = ""
    sensitive: bool = False
    guarded: bool = False
    empty_with: str = ""
    bare: bool = False
    since: str = "G1"
    until: str = ""
    unit: str = ""
    usual: tuple[Any, ...] = ()
    create_only: bool = False
    prose: bool = False
    by: str = ""
    per: str = ""
    mapped: bool = False
    complete: bool = False
    raw: bool = False
    refers: str = ""
    default: Any = dataclasses.field(default=UNKNOWN, hash=False)
    codec: Codec = PLAIN


@dataclass(frozen=True)
class Field:
    """One row of a table: its dotted request path, its fact, and the model and name of its type."""

    path: str
    fact: Fact
    model: type[Section]
    name: str

    @cached_property
    def response_paths(self) -> tuple[str, ...]:
        """Where a response may show the field: as documented, and at its own request path."""
        return tuple(dict.fromkeys((*self.fact.shown, self.own)))

    @cached_property
    def response_steps(self) -> tuple[tuple[str, ...], ...]:
        """The same paths, step by step."""
        return tuple(tuple(path.split(".")) for path in self.response_paths)

    @cached_property
    def own(self) -> str:
        """The dotted path within the field's item, or within the request."""
        return paths.own(self.path)

    @cached_property
    def top(self) -> str:
        """The top-level request key that contains this field."""
        return paths.top(self.path)

    @property
    def grouped(self) -> bool:
        """Whether the field is part of an object or list that is always sent whole."""
        return "." in self.path or "[" in self.path

    @property
    def is_order(self) -> bool:
        """Whether this is not a field but the order of a keyed list's items."""
        return self.path.endswith(paths.ORDER)

    @cached_property
    def nullable(self) -> bool:
        """Whether the API documents null, which clears the field."""
        return type(None) in get_args(bare(kinds(self.model)[self.name]))

    def default(self, generation: str) -> Json:
        """The value that a new agent of this generation gets without the field, or ``UNKNOWN``."""
        default = self.fact.default
        return default.get(generation, UNKNOWN) if isinstance(default, Defaults) else default

    @property
    def schema(self) -> Mapping[str, Any]:
        """The row's JSON Schema: its type and limits, with enums in full."""
        schema: Mapping[str, Any] = self.model.json_schema()["properties"][self.name]
        return schema

    @property
    def allowed(self) -> str:
        """The allowed values, in words: `a whole number of ms, 1 or more`."""
        return describe(self.schema, self.fact.unit)


def facts(kind: Any) -> list[Fact]:
    """The facts of the type of a model's field: one for a leaf, none for a group."""
    return [note for note in notes(kind) if isinstance(note, Fact)]


def group_model(kind: Any) -> type[Section] | None:
    """The nested model of a group, None for a leaf."""
    return kind if is_shape(kind) else None


def item_model(kind: Any) -> type[Section] | None:
    """The model of a list's items, None if they are not mappings of rows."""
    if is_shape(kind):
        model: type[Section] = kind
        return model
    return next(filter(None, map(item_model, get_args(kind))), None)


def rows(model: type[Section], prefix: str = "") -> Iterator[Field]:
    """The leaves of a model, in its order, by path."""
    for name, kind in kinds(model).items():
        nested = group_model(kind)
        if nested is not None:
            yield from rows(nested, f"{prefix}{name}.")
            continue
        fact = facts(kind)
        if len(fact) != 1:
            raise TypeError(f"the row `{prefix}{name}` needs one Fact, has {len(fact)}")
        row = Field(f"{prefix}{name}", fact[0], model, name)
        yield from _keyed(row, kind) if row.fact.by else (row,)


def _keyed(row: Field, kind: Any) -> Iterator[Field]:
    """The rows of a keyed list. The row of the whole list combines the facts of its items."""
    model = item_model(kind)
    needed = [name for name in (row.fact.by, row.fact.per) if name and not row.fact.mapped]
    known = kinds(model) if model else {}
    if model is None or not all(name in known for name in needed):
        names = " and ".join(f"`{name}`" for name in needed)
        raise TypeError(f"the items of `{row.path}` need rows, one of them {names}")
    inside = [*rows(model, f"{row.path}{paths.ANY}.")]
    sensitive, prose = (any(getattr(r.fact, n) for r in inside) for n in ("sensitive", "prose"))
    whole = dataclasses.replace(row.fact, sensitive=sensitive, prose=prose)
    codec = UNORDERED if row.fact.mapped else PLAIN
    order = dataclasses.replace(row.fact, by="", per="", codec=codec, default=UNKNOWN)
    yield dataclasses.replace(row, fact=whole)
    yield dataclasses.replace(row, path=row.path + paths.ORDER, fact=order)
    yield from inside

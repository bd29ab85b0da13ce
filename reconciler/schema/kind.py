"""A kind: everything known about one sort of API object in one generation of the API. Pure.

Objects carry their kind, and all other code asks it: which fields there are, what they are for,
where the object is read and written, and what the server manages by itself.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from reconciler.jsonvalues import Fields, Json
from reconciler.late import dataclass
from reconciler.schema import paths
from reconciler.schema.table import Field, Impact, Section, rows
from reconciler.schema.view import View

if TYPE_CHECKING:
    from pydantic_core import CoreSchema


class Role(StrEnum):
    """What a field is for, if that matters beyond its type and impact."""

    NAME = "name"
    """The display name, by which people and the planner recognise an object."""
    PROMPT = "prompt"
    GREETING = "greeting"
    GREETING_MODE = "greeting mode"
    """Whether the greeting is spoken as written, or is a prompt that generates one."""
    POKES = "pokes"
    """What the agent says when the caller is silent."""
    PARAMS = "params"
    """The map that fills the ``{{name}}`` placeholders of prose."""
    LANGUAGE = "language"
    VOICE = "voice"
    TIMEZONE = "time zone"
    """The object's time zone."""
    SLOTS = "slots"
    """The periods of a week that can be booked."""
    DURATION = "duration"
    """The length of a booking, in minutes."""
    PROVIDER = "model provider"
    MODEL = "model"
    TEMPERATURE = "temperature"
    GREETING_ALIGNMENT = "greeting alignment"
    PROMPT_ALIGNMENT = "prompt alignment"
    """The dashboard's text direction."""
    WEBHOOK = "webhook"
    WEBHOOK_SECRET = "webhook secret"  # noqa: S105 - a role, no password


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Where objects are listed, read and written, and the shape of a list response.

    A list responds ``{"data": {ITEMS: [...], "total": 7}}`` to ``skip``, the page number from 1,
    and ``take``, the page size. A single object is at the collection's path plus its id.
    """

    collection: str
    items: str

    def one(self, object_id: str) -> str:
        """The route of one object; ``object_id`` is a plain segment of a path."""
        return f"{self.collection}/{object_id}"


@dataclass(frozen=True, kw_only=True)
class Together:
    """Fields that a request must have if it contains any field of their top-level key.

    ``when`` limits it to objects that have this value in this field.
    """

    paths: tuple[str, ...]
    source: str
    when: tuple[str, Json] | None = None


class Kind:
    """One sort of object in one generation of the API; kinds are compared by identity.

    ``name`` and ``api`` identify it: objects of one name share their ids across generations.
    ``roles`` maps roles to fields. ``marks`` name, newest vintage first, response paths that only
    that vintage of the documents and later ones show; ``first_vintage`` is the vintage of an object
    that shows none. ``server_managed`` are response paths that the server sets by itself,
    ``housekeeping`` those that it shows and clients never set. ``prompted_greeting`` is the
    greeting mode in which the greeting is a prompt. ``type_path`` is the response path of the
    object's type; ``foreign_types`` say why some types cannot be managed as this kind.

    ``restless`` are rows' paths in responses that requests may carry, and whose changes mean
    nothing. ``secret_places`` are top-level response keys in which anything may be a secret by its
    name. ``models`` are those of each provider, empty if any text is allowed;
    ``fixed_temperatures`` those of model families. ``system_names`` are placeholders that the API
    fills by itself; ``templates``: its texts may contain Jinja2 commands. ``view`` is the form of a
    part of the object that people write. ``short_list``: the list
    may show only a few fields of an object, so that no field may be taken as complete.
    """

    def __init__(  # noqa: PLR0913 - said once for each kind
        self,
        *,
        name: str,
        api: str,
        model: type[Section],
        routes: Routes,
        roles: Mapping[Role, str],
        marks: Mapping[str, tuple[str, ...]] | None = None,
        first_vintage: str = "",
        server_managed: tuple[str, ...] = (),
        housekeeping: tuple[str, ...] = (),
        prompted_greeting: str = "",
        type_path: str = "",
        foreign_types: Mapping[str, str] | None = None,
        updated_path: str = "updatedAt",
        restless: tuple[str, ...] = (),
        secret_places: tuple[str, ...] = (),
        short_list: bool = False,
        together: tuple[Together, ...] = (),
        view: View | None = None,
        models: Mapping[str, tuple[str, ...]] | None = None,
        fixed_temperatures: Mapping[str, float] | None = None,
        system_names: frozenset[str] = frozenset(),
        templates: bool = False,
    ) -> None:
        self.name = name
        self.api = api
        self.model = model
        self.routes = routes
        self.roles = roles
        self.marks = marks or {}
        self.first_vintage = first_vintage
        self.server_managed = server_managed
        self.housekeeping = housekeeping
        self.prompted_greeting = prompted_greeting
        self.type_path = type_path
        self.foreign_types = foreign_types or {}
        self.updated_path = updated_path
        self.restless = restless
        self.secret_places = secret_places
        self.short_list = short_list
        self.together = together
        self.view = view
        self.models = models or {}
        self.fixed_temperatures = fixed_temperatures or {}
        self.system_names = system_names
        self.templates = templates
        self.fields: Mapping[str, Field] = {row.path: row for row in rows(model)}

    def __repr__(self) -> str:
        return f"<{self.name} {self.api}>"

    def __deepcopy__(self, _memo: object) -> "Kind":
        return self  # immutable, shared by every object of the kind

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> "CoreSchema":
        from pydantic_core import core_schema  # noqa: PLC0415 - only pydantic asks

        return core_schema.is_instance_schema(cls)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def __getitem__(self, path: str) -> Field:
        """The row of a leaf, with that leaf's path. Raises KeyError if there is none."""
        return self.fields.get(path) or _of_item(self, path)

    def __contains__(self, path: object) -> bool:
        return path in self.fields or paths.row(str(path)) in self.fields

    def find(self, path: str) -> Field | None:
        """The row of a leaf, None if there is none."""
        try:
            return self[path]
        except KeyError:
            return None

    def names_one(self, path: str) -> bool:
        """Whether a path names a field, a group, or either in an item of a keyed list."""
        return paths.row(path) in self.names

    def ordered(self, found: Collection[str]) -> list[str]:
        """These leaves in the table's order, leaves of list items item by item.

        Items are in the order in which they come, or by name if there is none.
        """
        if not self.keyed:
            known = {*found}
            return [path for path in self.fields if path in known] if known else []
        turn = found if isinstance(found, Sequence | Mapping) else sorted(found)
        there = [path for path in turn if path in self]
        items = {path: path.rpartition("].")[0] for path in there}
        place = {one: number for number, one in enumerate(dict.fromkeys(items.values()))}

        def order(path: str) -> tuple[int, int, int]:
            outer = self._numbers[path.partition("[")[0]]
            return (outer, place[items[path]], self._numbers[paths.row(path)] if "[" in path else 0)

        return sorted(there, key=order)

    def role(self, role: Role) -> str:
        """The path of the field with this role; empty if there is none."""
        return self.roles.get(role, "")

    @property
    def name_path(self) -> str:
        """The path of the display name."""
        return self.roles[Role.NAME]

    @property
    def tops(self) -> Collection[str]:
        """The top-level keys of a request, in the table's order; the rows of each are together."""
        return self._groups.keys()

    def group(self, top: str) -> tuple[Field, ...]:
        """The rows, outside of items, that a request includes under one top-level key."""
        return self._groups[top]

    def inside(self, listed: str) -> tuple[Field, ...]:
        """The rows of the items of a keyed list, nested lists as one row.

        Without the row of their key, unless the key consists of two fields.
        """
        return self._items.get(paths.row(listed), ())

    def among(self, listed: str, names: Collection[str]) -> tuple[Field, ...]:
        """The rows directly in the items of a keyed list that an item with these keys may show."""
        return _among(self, paths.row(listed), tuple(names))

    def shown_by(self, response: Iterable[str]) -> tuple[Field, ...]:
        """The rows outside of items that a response with these keys may show, or show as empty."""
        return _shown_by(self, tuple(response))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every field and every group of fields; for items ``[*]`` and everything in them."""
        found = {*self.fields, *self._groups}
        for path in (path for path in self.fields if "[" in path):
            known = paths.steps(path)
            found |= {paths.joined(known[:depth]) for depth in range(1, len(known))}
        return frozenset(found)

    @cached_property
    def outer(self) -> tuple[Field, ...]:
        """The rows outside of keyed lists' items; the lists themselves are among them."""
        return tuple(row for row in self if "[" not in row.path)

    @cached_property
    def hidden(self) -> tuple[Field, ...]:
        """The rows of ``outer`` that are sensitive."""
        return tuple(row for row in self.outer if row.fact.sensitive)

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """The rows whose values must not be shown."""
        return frozenset(row.path for row in self if row.fact.sensitive)

    @cached_property
    def prose(self) -> frozenset[str]:
        """The rows that a caller hears or a model reads."""
        return frozenset(row.path for row in self if row.fact.prose)

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The rows that a caller notices as words or a voice."""
        return frozenset(row.path for row in self if row.fact.impact is Impact.SPOKEN)

    @cached_property
    def narrowed(self) -> frozenset[str]:
        """The rows of which some document allows fewer values than another."""
        return frozenset(row.path for row in self if row.fact.usual)

    @cached_property
    def possibly_secret(self) -> frozenset[str]:
        """The rows that are secrets, or may have one in them."""
        return frozenset(row.path for row in self if row.fact.guarded or row.fact.sensitive)

    def leaves_of(self, rows: Collection[str], leaves: Collection[str]) -> list[str]:
        """Those of these leaves that are of one of these rows, in their order."""
        if not self.keyed:
            return [path for path in leaves if path in rows]
        return [path for path in leaves if paths.row(path) in rows]

    @cached_property
    def refers(self) -> bool:
        """Whether any field refers to other objects."""
        return any(row.fact.refers for row in self)

    @cached_property
    def keyed(self) -> tuple[Field, ...]:
        """The keyed lists that are not nested in another."""
        return tuple(row for row in self.outer if row.fact.by)

    @cached_property
    def mapped(self) -> frozenset[str]:
        """The keyed lists whose items are an object by key."""
        return frozenset(row.path for row in self if row.fact.by and row.fact.mapped)

    def place(self, path: str, fields: Fields) -> tuple[str | int, ...]:
        """The steps to a leaf in a file that declares these fields."""
        return paths.place(path, fields, self.mapped)

    @cached_property
    def shown(self) -> frozenset[str]:
        """Every response path that some row reads, outside of items."""
        return frozenset(path for row in self.outer for path in row.response_paths)

    @cached_property
    def containers(self) -> frozenset[str]:
        """The response objects in which rows are read, at every depth."""
        return frozenset(above for path in self.shown for above in _above(path))

    @cached_property
    def alike(self) -> frozenset[str]:
        """The objects, and items as ``tools[*]``, with the same shape in requests and responses.

        Each of their fields is shown at its own path, and nothing else is. Whatever else they hold
        live, a request can carry.
        """
        found = {above for row in self if row.own != row.path for above in _items_of(row.path)}
        for row in self:
            inside = row.path.removesuffix(row.own)
            found |= {inside + above for above in _above(row.own)}
        odd: set[str] = set()
        for row in self:
            inside = row.path.removesuffix(row.own)
            if row.fact.shown != (row.own,):
                elsewhere = (row.own, *row.fact.shown)
                odd |= {inside + above for path in elsewhere for above in _above(path)}
        return frozenset(found - odd)

    def takes(self, path: str) -> bool:
        """Whether a request can include an undescribed value at the path where it is shown."""
        outer, _, name = paths.row(path).rpartition(".")
        return outer in self.alike and paths.is_name(name)

    @cached_property
    def _groups(self) -> Mapping[str, tuple[Field, ...]]:
        groups: dict[str, tuple[Field, ...]] = {}
        for row in self.outer:
            groups[row.top] = (*groups.get(row.top, ()), row)
        return groups

    @cached_property
    def _items(self) -> Mapping[str, tuple[Field, ...]]:
        """By keyed list, the rows directly in its items."""
        found: dict[str, tuple[Field, ...]] = {}
        for listed in (row for row in self if row.fact.by):
            start = f"{listed.path}{paths.ANY}."
            inside = [row for row in self if row.path.startswith(start)]
            direct = [row for row in inside if "[" not in row.path.removeprefix(start)]
            found[listed.path] = tuple(
                row for row in direct if listed.fact.per or row.own != listed.fact.by
            )
        return found

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {path: number for number, path in enumerate(self.fields)}

    def in_generation(self, row: Field, generation: str) -> bool:
        """Whether this vintage of the documents has the field."""
        return row.fact.since <= generation <= (row.fact.until or generation)

    def is_server_managed(self, path: str) -> bool:
        """Whether the server sets a response path by itself."""
        path = paths.row(path)
        return path in self.server_managed or paths.top(path) in self.server_managed

    def is_restless(self, path: str) -> bool:
        """Whether changes of a response path mean nothing."""
        return paths.row(path) in self.restless

    def objection(self, object_type: str) -> str:
        """Why objects of this type cannot be managed as this kind; empty if they can."""
        return self.foreign_types.get(object_type, "")


def _above(path: str) -> Iterator[str]:
    """The objects that contain a dotted path: for ``a.b.c`` they are ``a`` and ``a.b``."""
    steps = path.split(".")
    yield from (".".join(steps[:depth]) for depth in range(1, len(steps)))


@lru_cache(maxsize=8192)  # the leaves of a file are looked up again and again
def _of_item(kind: Kind, path: str) -> Field:
    return replace(kind.fields[paths.row(path)], path=path)


@lru_cache(maxsize=256)  # most responses have the same keys
def _shown_by(kind: Kind, names: tuple[str, ...]) -> tuple[Field, ...]:
    def may_show(row: Field) -> bool:
        ways = (*row.response_steps, row.fact.empty_with.split("."))
        return any(steps[0] in names for steps in ways)

    return tuple(filter(may_show, kind.outer))


@lru_cache(maxsize=1024)  # many items of a list have the same keys
def _among(kind: Kind, listed: str, names: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(
        row
        for row in kind.inside(listed)
        if row.fact.empty_with or any(steps[0] in names for steps in row.response_steps)
    )


def _items_of(path: str) -> Iterator[str]:
    """The items that contain a row: ``nodes[*].exits[*].label`` is in two."""
    found = paths.steps(path)
    for place, step in enumerate(found):
        if step == paths.ANY:
            yield paths.joined(found[: place + 1])

"""A kind: all that is known of one sort of API object in one generation of the API. Pure.

Objects carry their kind, and everything else asks it: what its fields are, what they are for,
where it is read and written, and what the server does by itself.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from pydantic_core import CoreSchema, core_schema

from reconciler.jsonvalues import Json
from reconciler.schema import paths
from reconciler.schema.table import Field, Section, rows


class Role(StrEnum):
    """What a field is for, where more than its type and its impact decides what to do with it."""

    NAME = "name"
    """The display name, by which people and the planner recognise an object."""
    PROMPT = "prompt"
    GREETING = "greeting"
    GREETING_MODE = "greeting mode"
    """Whether the greeting is said as written, or is a prompt that makes one."""
    POKES = "pokes"
    """What is said when the caller is silent."""
    PARAMS = "params"
    """The map that fills the ``{{name}}`` placeholders of prose."""
    LANGUAGE = "language"
    VOICE = "voice"
    TIMEZONE = "time zone"
    """The zone that the object lives in."""
    SLOTS = "slots"
    """The stretches of a week in which something can be booked."""
    DURATION = "duration"
    """How long what is booked lasts, in minutes."""
    PROVIDER = "model provider"
    MODEL = "model"
    TEMPERATURE = "temperature"
    GREETING_ALIGNMENT = "greeting alignment"
    PROMPT_ALIGNMENT = "prompt alignment"
    """From which side the dashboard shows the text."""
    WEBHOOK = "webhook"
    WEBHOOK_SECRET = "webhook secret"  # noqa: S105 - a role, no password


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Where objects are listed, read and written, and how the answer to a list looks.

    A list answers ``{"data": {ITEMS: [...], "total": 7}}`` and is asked for with ``skip``, the
    number of the page from 1, and ``take``, its size. One object is below the collection, by id.
    """

    collection: str
    items: str

    def one(self, object_id: str) -> str:
        """The route of one object; ``object_id`` is a plain segment of a path."""
        return f"{self.collection}/{object_id}"


@dataclass(frozen=True, kw_only=True)
class Together:
    """Fields that a request has to have, as soon as it carries one of their top-level key.

    ``when`` narrows it to objects that have a value in a field.
    """

    paths: tuple[str, ...]
    source: str
    when: tuple[str, Json] | None = None


@dataclass(frozen=True, kw_only=True)
class LeftAlone:
    """A key of requests and answers that no file can declare, for objects of these types.

    ``said`` tells people of it. ``canonical`` brings its value into the form in which two are
    compared, to see whether somebody changed it.
    """

    types: tuple[str, ...]
    said: str
    canonical: Callable[[Json], Json]


class Kind:
    """One sort of object in one generation of the API; two kinds are equal if they are the same.

    ``name`` and ``api`` identify it: objects of one name share their ids in every generation.
    ``roles`` say which field is for what. ``marks`` name, newest vintage first, response paths
    that only that vintage of the documents and later ones show; ``first_vintage`` is the one of an
    object that shows none. ``server_managed`` are response paths that the server sets by itself,
    ``housekeeping`` those that it shows and nobody sets. ``prompted_greeting`` is the greeting mode
    in which the greeting is a prompt. ``type_path`` is where a response says
    which type of object it is; ``foreign_types`` say why some cannot be managed as this kind.

    ``restless`` are rows' paths in answers that requests may carry, and whose changes mean nothing.
    ``secret_places`` are top-level keys of answers in which anything may be a secret by its name.
    ``models`` are those of each provider, none where any text may be one; ``fixed_temperatures``
    those of families of models. ``system_names`` are placeholders that the API fills by itself,
    ``templates`` tells that its texts may hold commands of Jinja2.
    ``short_list``: the list may show a few fields of an object, in none of which it is complete.
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
        left_alone: Mapping[str, LeftAlone] | None = None,
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
        self.left_alone = left_alone or {}
        self.models = models or {}
        self.fixed_temperatures = fixed_temperatures or {}
        self.system_names = system_names
        self.templates = templates
        self.fields: Mapping[str, Field] = {row.path: row for row in rows(model)}

    def __repr__(self) -> str:
        return f"<{self.name} {self.api}>"

    def __deepcopy__(self, _memo: object) -> "Kind":
        return self  # a fact, shared by all that carry it

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def __getitem__(self, path: str) -> Field:
        """The row of a leaf, with that leaf's path. Raises KeyError where there is none."""
        try:
            return self.fields[path]
        except KeyError:
            return replace(self.fields[paths.row(path)], path=path)

    def __contains__(self, path: object) -> bool:
        return path in self.fields or paths.row(str(path)) in self.fields

    def find(self, path: str) -> Field | None:
        """The row of a leaf, None where there is none."""
        try:
            return self[path]
        except KeyError:
            return None

    def names_one(self, path: str) -> bool:
        """Whether a path names a field, a group of them, or either in an item of a keyed list."""
        return paths.row(path) in self.names

    def ordered(self, found: Collection[str]) -> list[str]:
        """These leaves in the table's order, those of a list's items item by item."""
        if not self.keyed:
            known = {*found}
            return [path for path in self.fields if path in known]
        there = [path for path in found if path in self]
        return sorted(there, key=lambda path: self._numbers[path.partition("[")[0]])

    def role(self, role: Role) -> str:
        """The path of the field that has a role; empty where none has it."""
        return self.roles.get(role, "")

    @property
    def name_path(self) -> str:
        """The path of the display name."""
        return self.roles[Role.NAME]

    def group(self, top: str) -> tuple[Field, ...]:
        """The rows outside of items that a request carries together under one top-level key."""
        return self._groups[top]

    def inside(self, listed: str) -> tuple[Field, ...]:
        """The rows of the items of a keyed list, nested lists as one row.

        Not that of their key, unless they have it together with another field.
        """
        return self._items.get(paths.row(listed), ())

    @cached_property
    def names(self) -> frozenset[str]:
        """Every field and every group of fields; of items ``[*]`` and what is in any."""
        found = {*self.fields, *self._groups}
        for path in (path for path in self.fields if "[" in path):
            known = paths.steps(path)
            found |= {paths.joined(known[:depth]) for depth in range(1, len(known))}
        return frozenset(found)

    @cached_property
    def outer(self) -> tuple[Field, ...]:
        """The rows that are in no item of a keyed list; such a list is one of them."""
        return tuple(row for row in self if "[" not in row.path)

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """The rows whose values may not be shown."""
        return frozenset(row.path for row in self if row.fact.sensitive)

    @cached_property
    def refers(self) -> bool:
        """Whether some field refers to other objects."""
        return any(row.fact.refers for row in self)

    @cached_property
    def keyed(self) -> tuple[Field, ...]:
        """The keyed lists that are in no item of another."""
        return tuple(row for row in self.outer if row.fact.by)

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
        """The objects, and items as ``tools[*]``, that a request has as an answer shows them.

        Each of their fields is shown at its own place, and nothing else is. What else they hold
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
        """Whether a request can carry what no row describes, at the path at which it is shown."""
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
        """Whether it means nothing that a response path has changed."""
        return paths.row(path) in self.restless

    def objection(self, object_type: str) -> str:
        """Why an object of this type cannot be managed through this kind; empty where it can."""
        return self.foreign_types.get(object_type, "")


def _above(path: str) -> Iterator[str]:
    """The objects that a dotted path is in: ``a.b.c`` is in ``a`` and in ``a.b``."""
    steps = path.split(".")
    yield from (".".join(steps[:depth]) for depth in range(1, len(steps)))


def _items_of(path: str) -> Iterator[str]:
    """The items that a row is in: ``nodes[*].exits[*].label`` is in two."""
    found = paths.steps(path)
    for place, step in enumerate(found):
        if step == paths.ANY:
            yield paths.joined(found[: place + 1])

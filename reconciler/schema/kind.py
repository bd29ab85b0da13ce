"""A kind: all that is known of one sort of API object in one generation of the API. Pure.

Objects carry their kind, and everything else asks it: what its fields are, what they are for,
where it is read and written, and what the server does by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from pydantic_core import CoreSchema, core_schema

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


class Kind:
    """One sort of object in one generation of the API; two kinds are equal if they are the same.

    ``name`` and ``api`` identify it: objects of one name share their ids in every generation.
    ``roles`` say which field is for what. ``marks`` name, newest vintage first, response paths
    that only that vintage of the documents and later ones show; ``first_vintage`` is the one of an
    object that shows none. ``server_managed`` are response paths that the server sets by itself,
    ``housekeeping`` those that it shows and nobody sets. ``prompted_greeting`` is the greeting mode
    in which the greeting is a prompt. ``type_path`` is where a response says
    which type of object it is; ``foreign_types`` say why some cannot be managed as this kind.
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
        return self.fields[path]

    def role(self, role: Role) -> str:
        """The path of the field that has a role; empty where none has it."""
        return self.roles.get(role, "")

    @property
    def name_path(self) -> str:
        """The path of the display name."""
        return self.roles[Role.NAME]

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
        return frozenset(path for row in self for path in row.response_paths)

    @cached_property
    def containers(self) -> frozenset[str]:
        """The top-level response objects in which rows are read."""
        return frozenset(path.partition(".")[0] for path in self.shown if "." in path)

    @cached_property
    def _groups(self) -> Mapping[str, tuple[Field, ...]]:
        groups: dict[str, tuple[Field, ...]] = {}
        for row in self:
            groups[row.top] = (*groups.get(row.top, ()), row)
        return groups

    def in_generation(self, row: Field, generation: str) -> bool:
        """Whether this vintage of the documents has the field."""
        return row.fact.since <= generation <= (row.fact.until or generation)

    def is_server_managed(self, path: str) -> bool:
        """Whether the server sets a response path by itself."""
        return path in self.server_managed or path.partition(".")[0] in self.server_managed

    def objection(self, object_type: str) -> str:
        """Why an object of this type cannot be managed through this kind; empty where it can."""
        return self.foreign_types.get(object_type, "")

"""Objects as declared, as live, and as last applied. Frozen.

Fields are addressed by dotted request paths (``googleCalendarSettings.timezone``). A *leaf* is what
one row of the field table describes; lists and free-form maps are leaves and compared whole, except
keyed lists, whose items have leaves of their own (see :mod:`reconciler.schema.paths`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import NamedTuple

from reconciler.jsonvalues import Fields, Json
from reconciler.late import dataclass, pattern
from reconciler.model.deferred import Deferred
from reconciler.schema import paths
from reconciler.schema.kind import Kind
from reconciler.schema.view import Names


class Address(NamedTuple):
    """The address of an object in a project: kind name and key. Agents are written bare.

    >>> [str(Address("agent", "front-desk")), str(Address("tool", "booking"))]
    ['front-desk', 'tool/booking']
    """

    kind: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Parse an address; a key alone is an agent's."""
        kind, slash, key = text.rpartition("/")
        return cls(kind, key) if slash else cls(_BARE, text)

    @property
    def full(self) -> str:
        """The address with its kind, even for an agent."""
        return f"{self.kind}/{self.key}"

    def __str__(self) -> str:
        return self.key if self.kind == _BARE else self.full


_BARE = "agent"
"""The kind of an address without one."""


@dataclass(frozen=True, kw_only=True)
class Ignore:
    """A leaf path, or a prefix, that is left to the dashboard: changes are listed, never written.

    In a path ``[*]`` matches every item of a keyed list. ``but`` are items that are not live yet:
    the dashboard cannot have set anything in them, so they are sent.
    """

    path: str
    reason: str = ""
    until: str = ""
    """The last day, ``YYYY-MM-DD``; empty for always."""
    but: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a leaf is ignored; leaves of new items are not, so that they are sent."""
        left = paths.covers(self.path, path)
        return left and not any(paths.covers(one, path) for one in self.but)

    def holds_on(self, day: str) -> bool:
        """Whether it applies on a day; always if the day is empty."""
        return not self.until or self.until >= day


@dataclass(frozen=True, kw_only=True)
class Desired(Deferred):
    """One object as its file declares it, for one environment.

    ``key`` is its address, bare for agents and with the kind for others. ``fields`` contains only
    what the file names; ``id`` is a pin. ``source`` is a digest of everything that it was made of,
    empty if that is not known: two with the same source are equal.
    """

    key: str
    file: str
    id: str | None = None
    kind: Kind
    fields: Fields
    ignore: tuple[Ignore, ...] = ()
    layout: Json = field(default=None, repr=False)
    """What the written form of a part leaves out, if the file has it."""
    source: str = field(default="", repr=False, compare=False)

    @cached_property
    def name(self) -> str:
        """The display name that the file declares; empty if it declares none in plain text."""
        name = self.fields.get(self.kind.name_path)
        return name if isinstance(name, str) else ""


def _nothing() -> None:
    """No value: unlike a plain default, it does not stand in for a field that is made later."""


@dataclass(frozen=True, kw_only=True)
class Live(Deferred):
    """One agent as the API currently returns it, in the request's shape.

    ``fields`` are the readable leaves of this payload. ``secrets`` says for each sensitive leaf in
    it whether it was set; values are dropped. ``rest`` are digests of values that no row describes,
    by dotted response path, and ``extra`` the values of those that a request can carry unchanged.
    ``source`` is a digest of the whole response, empty if it is not known.
    """

    id: str
    name: str
    kind: Kind
    generation: str
    type: str = ""
    updated_at: str = ""
    fields: Fields
    secrets: Mapping[str, bool]
    rest: Mapping[str, str]
    extra: Fields = field(default_factory=dict)
    response: Mapping[str, Json] | None = field(default=None, repr=False, compare=False)
    """The whole response, if a part of it has a written form."""
    layout: Json = field(default_factory=_nothing, repr=False, compare=False)
    """What the written form leaves out; None if the part is as the API has it."""
    names: Names | None = field(default_factory=_nothing, repr=False, compare=False)
    """The file's names in the written form."""
    source: str = field(default="", repr=False, compare=False)

    @property
    def carried(self) -> Fields:
        """Everything that a request can carry unchanged."""
        return {**self.fields, **self.extra} if self.extra else self.fields

    def reads(self, path: str) -> bool:
        """Whether the value of a leaf is known: it is shown, or its item shows all that it has."""
        if path in self.fields:
            return True
        if self.secrets.get(path):
            return False
        row = self.kind.find(path) if self.layout is not None else None
        return bool(row and row.fact.complete) and paths.is_there(path, self.fields)

    def shows(self, leaves: Iterable[str]) -> bool:
        """Whether this payload showed each of these leaves, or that a secret is set there."""
        return all(path in self.fields or path in self.secrets for path in leaves)


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """When something was applied (UTC, ISO), and the commit of the files."""

    at: str
    commit: str = ""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What the state remembers of one agent: its id and a digest of each applied leaf.

    ``since`` says when each leaf got its value. ``place`` is the key that its keyed digests were
    made with; empty if it is the current one. ``stored`` are digests of values that the API stored
    in another form than they were sent. ``undeclared`` are short digests of everything else that
    the agent showed, by path: leaves that no file names and keys that no row describes; None if an
    older version wrote the entry.
    """

    kind: Kind
    id: str
    digests: Mapping[str, str]
    applied_at: str = ""
    commit: str = ""
    since: Mapping[str, Stamp] = field(default_factory=dict)
    place: str = ""
    stored: Mapping[str, str] = field(default_factory=dict)
    undeclared: Mapping[str, str] | None = None

    def seen_as(self, kind: Kind) -> "Applied":
        """The entry as far as it applies to a kind: another generation has other fields."""
        if kind is self.kind:
            return self
        return replace(self, kind=kind, digests={}, since={}, stored={}, undeclared=None)

    def stamp(self, path: str) -> Stamp:
        """When a leaf got its value; the last apply if the time is unknown."""
        return self.since.get(path, Stamp(at=self.applied_at, commit=self.commit))


@dataclass(frozen=True, kw_only=True)
class EnvironmentState:
    """The state's page for one environment. ``salt`` keys the digests of unreadable fields."""

    salt: str
    agents: Mapping[str, Applied] = field(default_factory=dict)

    def key_of(self, key: str, agent_id: str | None) -> str:
        """The key under which an agent is remembered, empty if it is not.

        It belongs to the agent, not to its file: ``key`` only decides if a merge of two branches
        left the agent under two keys.
        """
        own = self.agents.get(key)
        return key if own and own.id == agent_id else self._keys.get(agent_id or "", "")

    def of(self, key: str, agent_id: str | None, kind: Kind | None = None) -> Applied | None:
        """The entry of an agent, whatever key its file has now; with its ``place``.

        With a ``kind``, only as far as it applies to that.
        """
        found = self.key_of(key, agent_id)
        if not found:
            return None
        return self._placed(found).seen_as(kind) if kind else self._placed(found)

    def entry(self, key: str, agent_id: str | None, kind: Kind | None = None) -> Applied | None:
        """The entry that a write of this agent replaces: the agent's, or else that of its key."""
        found = self.of(key, agent_id) or (self._placed(key) if key in self.agents else None)
        return found.seen_as(kind) if found and kind else found

    def _placed(self, key: str) -> Applied:
        if key not in self._known:
            entry = self.agents[key]
            self._known[key] = entry if entry.place else replace(entry, place=key)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[str, Applied]:
        """Entries with their ``place``, filled on demand."""
        return {}

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return {entry.id: key for key, entry in self.agents.items()}


_AGENT_ID = pattern(r"(?!\.+$)[A-Za-z0-9._~-]{1,200}")


def is_agent_id(text: str) -> bool:
    """Whether a text can be an agent's id: one plain segment of a path."""
    return bool(_AGENT_ID.fullmatch(text))

"""The nouns, frozen: what the files say, what is live, what was last applied, and the plan.

No IO here, no clock, no network, and no knowledge of the API's fields.

Fields are addressed by dotted request paths (``googleCalendarSettings.timezone``). A *leaf* is
what one row of the field table describes; lists and free-form maps are leaves, compared whole,
but for keyed lists, whose items have leaves of their own (see :mod:`reconciler.schema.paths`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, Literal, NamedTuple

from reconciler.errors import Problem
from reconciler.jsonvalues import Fields, Json
from reconciler.schema import paths
from reconciler.schema.kind import Kind
from reconciler.schema.table import Impact

ADDED: Final = "added"
REMOVED: Final = "removed"
"""What becomes of an item of a keyed list."""


class Address(NamedTuple):
    """Which object of a project: its kind's name and its key. Agents are written bare.

    >>> [str(Address("agent", "front-desk")), str(Address("tool", "booking"))]
    ['front-desk', 'tool/booking']
    """

    kind: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address that a text means; a key alone is an agent's."""
        kind, slash, key = text.rpartition("/")
        return cls(kind, key) if slash else cls(_BARE, text)

    @property
    def full(self) -> str:
        """The address with its kind, also for an agent."""
        return f"{self.kind}/{self.key}"

    def __str__(self) -> str:
        return self.key if self.kind == _BARE else self.full


_BARE = "agent"
"""The kind that an address without one means."""


class Cause(StrEnum):
    """Whose move made desired and live differ. For people; apply refuses only conflicts.

    The last two are those of a rollback, which no file is held against: live is what the apply
    left, or somebody edited it since.
    """

    EDIT = "edit"
    DRIFT = "drift"
    CONFLICT = "conflict"
    UNTRACKED = "untracked"
    ROLLBACK = "rollback"
    EDITED_SINCE = "edited-since"

    @property
    def is_conflict(self) -> bool:
        """Whether writing would undo what somebody did."""
        return self in (Cause.CONFLICT, Cause.EDITED_SINCE)


class Verb(StrEnum):
    """What a plan does with one object."""

    CREATE = "create"
    UPDATE = "update"
    RECORD = "record"
    IN_SYNC = "in-sync"
    UNMANAGED = "unmanaged"
    BLOCKED = "blocked"


class Status(StrEnum):
    """What became of one action."""

    DONE = "done"
    STALE = "stale"
    REFUSED = "refused"
    FAILED = "failed"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"
    NOT_STARTED = "not started"


@dataclass(frozen=True, kw_only=True)
class Ignore:
    """A leaf path, or a prefix of some, that is left to the dashboard: listed, never written.

    In a path ``[*]`` stands for every item of a keyed list. ``but`` are items that are not live
    yet: what is sent with them, nobody can have set in the dashboard.
    """

    path: str
    reason: str = ""
    until: str = ""
    """The last day, ``YYYY-MM-DD``; empty for always."""
    but: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a leaf is left; one of an item that is new is not, so that it is sent."""
        left = paths.covers(self.path, path)
        return left and not any(paths.covers(one, path) for one in self.but)

    def holds_on(self, day: str) -> bool:
        """Whether it still holds on a day; on every one where that is empty."""
        return not self.until or self.until >= day


@dataclass(frozen=True, kw_only=True)
class Desired:
    """One agent as its file declares it, for one environment.

    ``key`` is its address: of any kind but agents with the kind's name. ``fields`` holds only what
    the file names; ``id`` is a pin.
    """

    key: str
    file: str
    id: str | None = None
    kind: Kind
    fields: Fields
    ignore: tuple[Ignore, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Live:
    """One agent as the API answers now, in the request's shape.

    ``fields`` holds the readable leaves that this payload showed. ``secrets`` tells of each
    sensitive leaf that the payload showed whether it held anything; values are dropped on
    arrival. ``rest`` are digests of what no row describes, by dotted response path, and ``extra``
    the values of those that a request can carry as they are.
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

    @property
    def carried(self) -> Fields:
        """Everything that a request can carry as it is."""
        return {**self.fields, **self.extra} if self.extra else self.fields

    def shows(self, leaves: Iterable[str]) -> bool:
        """Whether this payload showed each of these leaves, or that it holds a secret there."""
        return all(path in self.fields or path in self.secrets for path in leaves)


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """When something was applied (UTC, ISO), and the commit that the files were at."""

    at: str
    commit: str = ""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What the state remembers of one agent: its id and a digest of each applied leaf.

    ``since`` tells of each leaf when its value was applied. ``place`` is the key that its keyed
    digests were made with; empty where that is the key it has now. ``stored`` are digests of what
    the API made of an applied leaf, where that was proven to be something else than was sent.
    ``undeclared`` are short digests of what else the agent showed then, by path: leaves that no
    file names and keys that no row describes; None where an older version wrote the entry.
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
        """What of it holds for a kind: digests of another generation tell of other fields."""
        if kind is self.kind:
            return self
        return replace(self, kind=kind, digests={}, since={}, stored={}, undeclared=None)

    def stamp(self, path: str) -> Stamp:
        """Since when a leaf has its value; at the latest since the last apply."""
        return self.since.get(path, Stamp(at=self.applied_at, commit=self.commit))


@dataclass(frozen=True, kw_only=True)
class EnvironmentState:
    """The state's page for one environment. ``salt`` keys the digests of unreadable fields."""

    salt: str
    agents: Mapping[str, Applied] = field(default_factory=dict)

    def key_of(self, key: str, agent_id: str | None) -> str:
        """The key under which an agent is remembered, empty where it is not.

        It belongs to the agent, not to its file: ``key`` only decides where a merge of two
        branches left the agent under two keys.
        """
        own = self.agents.get(key)
        return key if own and own.id == agent_id else self._keys.get(agent_id or "", "")

    def of(self, key: str, agent_id: str | None, kind: Kind | None = None) -> Applied | None:
        """What is remembered of an agent, whatever key its file has now; with its ``place``.

        With a ``kind`` as far as it holds for that.
        """
        found = self.key_of(key, agent_id)
        if not found:
            return None
        return self._placed(found).seen_as(kind) if kind else self._placed(found)

    def entry(self, key: str, agent_id: str | None, kind: Kind | None = None) -> Applied | None:
        """What is remembered of an agent, or else of its key: what a write of it replaces."""
        found = self.of(key, agent_id) or (self._placed(key) if key in self.agents else None)
        return found.seen_as(kind) if found and kind else found

    def _placed(self, key: str) -> Applied:
        if key not in self._known:
            entry = self.agents[key]
            self._known[key] = entry if entry.place else replace(entry, place=key)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[str, Applied]:
        """The entries with their ``place``, as they are asked for."""
        return {}

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        return {entry.id: key for key, entry in self.agents.items()}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One leaf that differs.

    ==============  =========================  =======================================
    readable        sensitive                  ``before`` / ``after``
    ==============  =========================  =======================================
    yes             no                         live value / desired value
    no              no                         None / desired value: shown as unknown
    either          yes                        None / None: values are never carried
    ==============  =========================  =======================================
    """

    path: str
    before: Json = None
    after: Json = None
    cause: Cause
    impact: Impact
    readable: bool = True
    sensitive: bool = False
    unit: str = ""
    applied: Json = None
    """What was last applied, where ``applied_known``."""
    applied_known: bool = False
    note: str = ""
    """Why the file expects this change, and until when."""
    prose: bool = False
    """Whether these are words that a caller hears or the model reads."""
    unset: tuple[str, ...] = ()
    """Names of its secrets that are not set here."""
    secret_only: bool = False
    """Whether only the value of a secret moved: seen where it is set, reviewed by nobody."""
    item: Literal["", "added", "removed"] = ""
    """``added`` or ``removed``: what becomes of the item of a keyed list that the leaf is in."""


@dataclass(frozen=True, kw_only=True)
class Uncompared:
    """A leaf that was not compared, because secrets of these names are not set here."""

    path: str
    impact: Impact
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a write changes for those who start calls: names of ``{{placeholders}}``, no values.

    ``added`` are used anew, ``filled`` those of them that the agent's own params fill;
    ``unfilled`` are used as before and its params fill them no longer. ``removed`` are used no
    more; ``renamed`` are pairs of a name and the one in its place, in none of the others. False
    where callers may go on as before.
    """

    added: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    unfilled: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.unfilled or self.removed or self.renamed)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One write, made at plan time: what was reviewed is what is sent.

    ``body`` may hold :class:`Secret` leaves, which only the client turns into values.
    """

    method: str
    path: str
    body: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class Action:
    """What the plan does with one agent.

    ``expects`` are the live leaves that this write replaces; apply refuses the agent if one of
    them has moved. ``digests`` is what the state keeps after success. ``notes`` are for
    people and are never decided by.
    """

    verb: Verb
    kind: Kind
    key: str
    name: str
    id: str | None = None
    changes: tuple[Change, ...] = ()
    ignored: tuple[Change, ...] = ()
    uncompared: tuple[Uncompared, ...] = ()
    contract: Contract = field(default_factory=Contract)
    request: Request | None = None
    expects: Fields = field(default_factory=dict)
    wants: Fields = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    known: str = ""
    """A mark of the state's entry that this was planned with; empty where there was none."""
    updated_at: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()
    timezone: str = ""
    """The time zone that the live agent names; empty where it names none, and for a new one."""
    formerly: str = ""
    """The key that the state has of this agent, where its file has another one now."""
    place: str = ""
    """The key that its keyed digests are made with, where it is not the one it has now."""
    declared: tuple[str, ...] = ()
    """Every leaf that the files name, also those that are left to the dashboard."""
    undeclared: tuple[Change, ...] = ()
    """What no file names and somebody changed live; left as it is."""
    otherwise: tuple[Change, ...] = ()
    """What the API stores otherwise than the files say, as it did when it was sent; left too.

    ``before`` is live, ``after`` what the files say, ``note`` how they differ.
    """

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key, and the one of before: a rule that is for either is for this agent."""
        return (self.key, self.formerly) if self.formerly else (self.key,)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The changes where the dashboard moved a field that this would write, too."""
        return tuple(change for change in self.changes if change.cause.is_conflict)


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A leaf that the files set otherwise for another environment.

    ``only`` is ``here`` or ``there`` where they set it for one of the two alone. ``hidden``: the
    values are, or hold, secrets; they are None then. ``ignored``: it is left to the dashboard
    there, so that it is not known what that was given.
    """

    key: str
    path: str
    here: Json
    there: Json
    only: str = ""
    hidden: bool = False
    ignored: bool = False


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What a plan asks of the environment that its own is promoted from.

    ``needs`` are the digests that the state must have of the source's leaves, by key and path;
    empty where any will do. ``apart`` is where the files differ between the two.
    """

    source: str
    needs: Mapping[str, Mapping[str, str]]
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All actions, sorted by key; pure data that can be saved, shown and applied.

    It is final when it is made. What is known besides travels next to it, in a :class:`Planned`.
    """

    environment: str
    url: str
    salt: str
    actions: tuple[Action, ...]
    agents: int
    """How many live agents the environment holds: what a share in ``max_changes`` counts."""
    known: int = 0
    """How many agents the state knows in this environment."""
    orphans: tuple[str, ...] = ()
    """Their keys that no file claims any more; none where the plan is narrowed to some agents."""

    def of(self, *verbs: Verb) -> tuple[Action, ...]:
        """The actions with these verbs, in the plan's order."""
        return tuple(action for action in self.actions if action.verb in verbs)

    @property
    def writes(self) -> tuple[Action, ...]:
        """The actions that send a request."""
        return self.of(Verb.CREATE, Verb.UPDATE)

    @property
    def pending(self) -> tuple[Action, ...]:
        """What an apply has to do: the writes, and agents whose id is yet to be remembered."""
        return self.of(Verb.CREATE, Verb.UPDATE, Verb.RECORD)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Why a rule of the project says no to a plan, before anything is written.

    ``rule`` is its name in the project file, such as ``max_changes``. ``message`` has the numbers
    and the limit, ``hint`` the way out, ``agents`` the keys that it is about. ``pending``: another
    hour, a person's word or an apply elsewhere lifts it, while the plan stays as it is; ``until``
    says which, such as ``Friday 20:00 in Asia/Riyadh``.
    """

    rule: str
    message: str
    hint: str
    agents: tuple[str, ...] = ()
    pending: bool = False
    until: str = ""

    @property
    def said(self) -> str:
        """The message where it stands alone, without a title over it."""
        return f"refused until {self.until}: {self.message}" if self.until else self.message


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What files, state and API said at one moment. ``wanted`` are the chosen keys, None for all.

    ``desired`` are all agents that have files, ``live`` all that the API lists; of a saved plan,
    which no file is read for, only what its rules ask for.
    """

    desired: Sequence[Desired] = ()
    wanted: frozenset[str] | None = None
    page: EnvironmentState = field(default_factory=lambda: EnvironmentState(salt=""))
    live: Sequence[Live] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Live]:
        """What is live, by id."""
        return {agent.id: agent for agent in self.live}

    @cached_property
    def files(self) -> Mapping[str, Desired]:
        """What the files say, by key."""
        return {item.key: item for item in self.desired}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan and what travels next to it: an apply carries out the plan alone.

    ``seen`` is what it was made of, ``promotion`` what the environment's source must have had.
    ``violations`` are what the project's rules had against it when it was made, ``warnings`` are
    about the files, ``untold`` about rules of which it is not known whether the plan keeps them.
    """

    plan: Plan
    seen: Snapshot = field(default_factory=Snapshot)
    promotion: Promotion | None = None
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Problem, ...] = ()
    untold: tuple[Problem, ...] = ()

    @property
    def findings(self) -> tuple[Problem, ...]:
        """Every warning."""
        return (*self.warnings, *self.untold)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A leaf that reads back other than it was sent (``expected``), or that moved unasked.

    ``sent`` is False for what the plan did not set; ``carried`` tells that the request held it all
    the same, as it was, because its object is sent whole.
    """

    path: str
    expected: Json
    found: Json
    sent: bool
    carried: bool = False
    answered: Json = None
    """What the write itself answered, where that tells more than ``found``; None otherwise."""
    hidden: bool = False
    """Whether the values are, or may be, secrets; they are None then."""
    form: str = ""
    """How the form alone of what was sent differs, and what to write to be equal."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one action."""

    status: Status
    action: Action
    id: str | None = None
    message: str = ""
    hint: str = ""
    differences: tuple[Difference, ...] = ()
    unchecked: tuple[str, ...] = ()
    """Leaves that were sent and cannot be read back."""
    before: Live | None = None
    """The agent as it was read right before the write; None where there was none, or no write."""
    after: Live | None = None
    """The agent as it was read back."""


_AGENT_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]{1,200}")


def is_agent_id(text: str) -> bool:
    """Whether a text can be an agent's id: one plain segment of a path."""
    return bool(_AGENT_ID.fullmatch(text))

"""What a plan does with one object: a closed union, one class for each verb. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal, TypeAlias, TypeVar

from reconciler.jsonvalues import Fields, Json
from reconciler.schema.kind import Kind
from reconciler.schema.table import Impact

ADDED: Final = "added"
REMOVED: Final = "removed"
"""What becomes of an item of a keyed list."""


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
class AnyAction:
    """What every action has, whatever its verb.

    ``digests`` is what the state keeps after success. ``notes`` are for people and are never
    decided by.
    """

    verb: ClassVar[Verb]

    kind: Kind
    key: str
    name: str
    id: str | None = None
    changes: tuple[Change, ...] = ()
    ignored: tuple[Change, ...] = ()
    uncompared: tuple[Uncompared, ...] = ()
    contract: Contract = field(default_factory=Contract)
    digests: Mapping[str, str] = field(default_factory=dict)
    known: str = ""
    """A mark of the state's entry that this was planned with; empty where there was none."""
    updated_at: str = ""
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

    @property
    def planned(self) -> tuple[str, ...]:
        """Every leaf that the plan compared or sets."""
        return tuple(dict.fromkeys((*self.digests, *(change.path for change in self.changes))))


@dataclass(frozen=True, kw_only=True)
class AnyWrite(AnyAction):
    """An action that sends a request; ``wants`` are the leaves that must be live afterwards."""

    request: Request
    wants: Fields = field(default_factory=dict)

    @property
    def planned(self) -> tuple[str, ...]:
        """Every leaf that the plan compared or sets."""
        return tuple(dict.fromkeys((*self.wants, *super().planned)))


@dataclass(frozen=True, kw_only=True)
class Create(AnyWrite):
    """Make an object that does not exist yet."""

    verb = Verb.CREATE


@dataclass(frozen=True, kw_only=True)
class Update(AnyWrite):
    """Change a live object.

    ``expects`` are the live leaves that the request replaces; apply refuses the object if one of
    them has moved.
    """

    verb = Verb.UPDATE
    id: str
    expects: Fields = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Record(AnyAction):
    """Write what is live already to the state, and nothing to the API."""

    verb = Verb.RECORD
    id: str


@dataclass(frozen=True, kw_only=True)
class InSync(AnyAction):
    """Nothing to do."""

    verb = Verb.IN_SYNC
    id: str


@dataclass(frozen=True, kw_only=True)
class Unmanaged(AnyAction):
    """Leave a live object alone that is in no file."""

    verb = Verb.UNMANAGED
    id: str


@dataclass(frozen=True, kw_only=True)
class Blocked(AnyAction):
    """Write nothing, and say why: it would be needed and is not possible."""

    verb = Verb.BLOCKED
    reason: str


Write: TypeAlias = Create | Update
Action: TypeAlias = Create | Update | Record | InSync | Unmanaged | Blocked
ACTIONS: Final[Mapping[Verb, type[Action]]] = {
    one.verb: one for one in (Create, Update, Record, InSync, Unmanaged, Blocked)
}

_A = TypeVar("_A", bound=AnyAction)


def turned(action: AnyAction, into: type[_A], **more: Any) -> _A:
    """An action with another verb: all that both have stays, ``more`` is what is new."""
    common = {one.name: getattr(action, one.name) for one in fields(AnyAction)}
    return into(**{**common, **more})

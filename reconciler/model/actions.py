"""What a plan does with one object: a closed union, one class per verb. Frozen."""

from collections.abc import Mapping
from dataclasses import field, fields
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal, TypeAlias, TypeVar

from reconciler.jsonvalues import Fields, Json
from reconciler.late import dataclass
from reconciler.schema.kind import Kind
from reconciler.schema.table import Impact
from reconciler.schema.view import Names

ADDED: Final = "added"
REMOVED: Final = "removed"
"""The change of an item of a keyed list."""


class Cause(StrEnum):
    """Who made desired and live differ. For people; apply refuses only conflicts.

    The last two are those of a rollback, in which files play no part: the live value is what the
    apply left, or was edited since.
    """

    EDIT = "edit"
    DRIFT = "drift"
    CONFLICT = "conflict"
    UNTRACKED = "untracked"
    ROLLBACK = "rollback"
    EDITED_SINCE = "edited-since"

    @property
    def is_conflict(self) -> bool:
        """Whether writing would undo someone's edit."""
        return self in (Cause.CONFLICT, Cause.EDITED_SINCE)


class Verb(StrEnum):
    """The verb of an action on one object."""

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
    """The last applied value, if ``applied_known``."""
    applied_known: bool = False
    note: str = ""
    """Why the file expects this change, and until when."""
    prose: bool = False
    """Whether callers hear this text or the model reads it."""
    unset: tuple[str, ...] = ()
    """Names of its secrets that have no value on this machine."""
    secret_only: bool = False
    """Whether only a secret's value changed: visible only where it is set, and never reviewed."""
    item: Literal["", "added", "removed"] = ""
    """``added`` or ``removed`` if the leaf's item of a keyed list is added or removed."""


@dataclass(frozen=True, kw_only=True)
class Uncompared:
    """A leaf that was not compared, because secrets of these names are not set here."""

    path: str
    impact: Impact
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a write changes for those who start calls: names of ``{{placeholders}}``, no values.

    ``added`` are newly used; ``filled`` are those of them that the agent's own params fill;
    ``unfilled`` were used before and are no longer filled by its params. ``removed`` are no longer
    used; ``renamed`` are pairs of an old and a new name, which are in none of the others. False if
    callers need not change anything.
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
    """One write, built at plan time: what was reviewed is what is sent.

    ``body`` may contain :class:`Secret` leaves, which only the client replaces by values.
    """

    method: str
    path: str
    body: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class AnyAction:
    """What every action has, whatever its verb.

    ``digests`` is what the state keeps after success. ``notes`` are for people; no decision depends
    on them.
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
    """Digest of the state entry that this was planned with; empty if there was none."""
    updated_at: str = ""
    notes: tuple[str, ...] = ()
    timezone: str = ""
    """The live agent's time zone; empty if it names none, and for a new agent."""
    formerly: str = ""
    """The agent's key in the state, if its file has a new one."""
    place: str = ""
    """The key that its keyed digests are made with, if not the current one."""
    declared: tuple[str, ...] = ()
    """Every leaf that the files name, ignored ones included."""
    undeclared: tuple[Change, ...] = ()
    """Live changes of fields that no file names; they are left as they are."""
    names: Names | None = None
    """The file's names in a part that has a written form; None if that is not declared."""
    otherwise: tuple[Change, ...] = ()
    """Leaves that the API stores in another form, as it did when they were sent; left as they are.

    ``before`` is live, ``after`` is in the files, ``note`` says how they differ.
    """

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key, and its former key: a rule for either applies to this agent."""
        return (self.key, self.formerly) if self.formerly else (self.key,)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The changes that would overwrite an edit in the dashboard."""
        return tuple(change for change in self.changes if change.cause.is_conflict)

    @property
    def planned(self) -> tuple[str, ...]:
        """Every leaf that the plan compared or sets."""
        return tuple(dict.fromkeys((*self.digests, *(change.path for change in self.changes))))


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """What a picture of a part with a written form needs besides the part. Never for an apply.

    ``places`` are those on the live canvas, or else in the file's layout, by the items' names;
    ``given`` are the placeholders that callers, the API or the rest of the object fill.
    """

    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    given: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AnyWrite(AnyAction):
    """An action that sends a request; ``wants`` are the leaves that must be live afterwards."""

    request: Request
    wants: Fields = field(default_factory=dict)
    layout: Json = None
    """What the written form in the request leaves out, for items that are not live yet."""
    backdrop: Backdrop | None = None
    """None if the request has no such part."""

    @property
    def planned(self) -> tuple[str, ...]:
        """Every leaf that the plan compared or sets."""
        return tuple(dict.fromkeys((*self.wants, *super().planned)))


@dataclass(frozen=True, kw_only=True)
class Create(AnyWrite):
    """Create an object that does not exist yet."""

    verb = Verb.CREATE


@dataclass(frozen=True, kw_only=True)
class Update(AnyWrite):
    """Change a live object.

    ``expects`` are the live leaves that the request replaces; apply refuses the object if one of
    them has changed.
    """

    verb = Verb.UPDATE
    id: str
    expects: Fields = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Record(AnyAction):
    """Write live values to the state, and nothing to the API."""

    verb = Verb.RECORD
    id: str


@dataclass(frozen=True, kw_only=True)
class InSync(AnyAction):
    """Nothing to do."""

    verb = Verb.IN_SYNC
    id: str


@dataclass(frozen=True, kw_only=True)
class Unmanaged(AnyAction):
    """Leave a live object unchanged that is in no file."""

    verb = Verb.UNMANAGED
    id: str


@dataclass(frozen=True, kw_only=True)
class Blocked(AnyAction):
    """Write nothing, and say why: a write is needed but not possible."""

    verb = Verb.BLOCKED
    reason: str


Write: TypeAlias = Create | Update
Action: TypeAlias = Create | Update | Record | InSync | Unmanaged | Blocked
ACTIONS: Final[Mapping[Verb, type[Action]]] = {
    one.verb: one for one in (Create, Update, Record, InSync, Unmanaged, Blocked)
}

_A = TypeVar("_A", bound=AnyAction)


def turned(action: AnyAction, into: type[_A], **more: Any) -> _A:
    """Turn an action into another verb: common fields are copied, ``more`` are the new ones."""
    common = {one.name: getattr(action, one.name) for one in fields(AnyAction)}
    return into(**{**common, **more})

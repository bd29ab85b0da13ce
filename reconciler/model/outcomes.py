"""What became of the actions of a plan. Frozen."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.jsonvalues import Json
from reconciler.model.actions import Action
from reconciler.model.objects import Live


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

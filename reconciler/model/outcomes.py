"""The outcomes of a plan's actions. Frozen."""

from enum import StrEnum

from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.model.actions import Action
from reconciler.model.objects import Live


class Status(StrEnum):
    """The outcome of one action."""

    DONE = "done"
    STALE = "stale"
    REFUSED = "refused"
    FAILED = "failed"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"
    NOT_STARTED = "not started"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A leaf that reads back different from what was sent (``expected``), or that changed unasked.

    ``sent`` is False if the plan did not set it; ``carried`` says that the request contained it
    unchanged all the same, because its object is sent whole.
    """

    path: str
    expected: Json
    found: Json
    sent: bool
    carried: bool = False
    answered: Json = None
    """The value in the write's own response, if it says more than ``found``; None if not."""
    hidden: bool = False
    """Whether the values are, or may be, secrets; if so, they are None."""
    form: str = ""
    """How the stored form differs from the sent one, and what to write to be equal."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one action."""

    status: Status
    action: Action
    id: str | None = None
    message: str = ""
    hint: str = ""
    differences: tuple[Difference, ...] = ()
    unchecked: tuple[str, ...] = ()
    """Leaves that were sent and cannot be read back."""
    before: Live | None = None
    """The agent as read right before the write; None if there was none, or no write."""
    after: Live | None = None
    """The agent as read back."""

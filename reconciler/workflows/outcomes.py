"""Outcomes of actions, and what they mean for the rest of a run."""

import asyncio
from collections.abc import Sequence
from dataclasses import field, replace

from reconciler.errors import ApiError, ReconcilerError
from reconciler.late import dataclass
from reconciler.model import Action, Cause, Outcome, Status

PLAN_AGAIN = "plan again"


@dataclass
class Brake:
    """Why no further agent is started: the user's interrupt, or what a write has shown."""

    interrupt: asyncio.Event
    cause: str = field(default="", init=False)
    """The danger that a write has shown; empty if none."""

    @property
    def reason(self) -> str:
        """Why an action is not started; empty if it may be."""
        return "the run was interrupted before it" if self.interrupt.is_set() else self.cause

    def pull(self, cause: str) -> None:
        """Start no further agents; the first cause is the one that is reported."""
        self.cause = self.cause or cause


def ended(
    status: Status, action: Action, message: str, *, hint: str = "", agent_id: str | None = None
) -> Outcome:
    """An outcome without a comparison."""
    return Outcome(
        status=status, action=action, id=agent_id or action.id, message=message, hint=hint
    )


def stale(action: Action, message: str) -> Outcome:
    """The live agent or the state has changed since the plan: nothing was sent."""
    return ended(Status.STALE, action, message, hint=PLAN_AGAIN)


REMEMBERED = (Status.DONE, Status.DIVERGED)
"""Outcomes that the state records."""


def forgotten(outcome: Outcome, error: ReconcilerError) -> Outcome:
    """Something that was done and could not be recorded in the state."""
    message = f"applied, but not remembered: {error.message}"
    return replace(outcome, status=Status.UNKNOWN, message=message, hint=error.hint)


def conflict(action: Action) -> Outcome:
    """Writing would overwrite someone's edit: nothing was sent."""
    paths = ", ".join(f"`{change.path}`" for change in action.conflicts)
    if any(change.cause is Cause.EDITED_SINCE for change in action.conflicts):
        message = f"somebody edited {paths} since the apply that is rolled back"
        hint = "--overwrite lets the old value win"
    else:
        message = f"both the files and the dashboard changed {paths} since the last apply"
        hint = "--overwrite lets the files win; reconciler pull takes the live value into them"
    return ended(Status.REFUSED, action, message, hint=hint)


def unknown(action: Action, error: ApiError) -> Outcome:
    """A write without a response whose effect could not be determined."""
    message = f"outcome unknown: {error.message}"
    return ended(
        Status.UNKNOWN, action, message, hint="run `plan` to see the current state before retrying"
    )


def twin(outcome: Outcome, others: Sequence[str]) -> Outcome:
    """A create after which other agents have the same name."""
    known = [outcome.id, *others] if outcome.id else [*others]
    message = (
        f"{len(known)} live agents have the name of this one now: {', '.join(map(str, known))}"
        + (f"; this run created {outcome.id}" if outcome.id else "")
    )
    pins = " or ".join(f"`id: {one}`" for one in known)
    hint = (
        "another run, or a person, created one at the same moment; remove all but one in the "
        f"dashboard, or write {pins} into the file; then plan again"
    )
    return replace(outcome, status=Status.UNKNOWN, message=message, hint=hint)


def moved_unasked(outcome: Outcome) -> bool:
    """Whether fields changed that the write did not set."""
    return any(not item.sent for item in outcome.differences)


def is_written(outcome: Outcome) -> bool:
    """Whether an object was written, even if parts of it are stored differently."""
    return outcome.status in (Status.DONE, Status.DIVERGED)


def proves(outcome: Outcome) -> bool:
    """Whether a write was answered, and changed only what it set: others may then run together."""
    return is_written(outcome) and not moved_unasked(outcome)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 all done, 1 nothing done, 3 done in part, 4 all refused."""
    statuses = {outcome.status for outcome in outcomes}
    if statuses <= {Status.DONE}:
        return 0
    if statuses <= {Status.STALE, Status.REFUSED}:
        return 4
    return 1 if statuses <= {Status.FAILED, Status.STALE, Status.REFUSED} else 3

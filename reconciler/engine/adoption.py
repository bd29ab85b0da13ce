"""What of a live edit may go into the files. Pure; what nobody can know is left to a person.

==========  =========================================  =====================================
cause       of a text, what was applied being known    otherwise
==========  =========================================  =====================================
drift       the live value                             the live value
conflict    merged by paragraph; clashes are marked    left, unless live is to win
unknown     left, unless live is to win                left, unless live is to win
edit        not asked: only the file moved             not asked
==========  =========================================  =====================================
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.engine.merge import Merged, merge
from reconciler.model import Action, Cause, Change, Json, Plan

OURS, THEIRS = "the file", "the dashboard"
"""How the two sides of a clash are named where it is marked in a file."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do with one live edit.

    ``value`` is to be written, unless there is a ``reason`` to leave it. ``how`` is ``live``,
    ``merged`` or ``marked``.
    """

    action: Action
    change: Change
    how: str = "live"
    value: Json = None
    reason: str = ""


def decisions(plan: Plan, *, overwrite: bool) -> Iterator[Decision]:
    """Every live edit of the plan's agents, in its order; ``overwrite`` lets the live value win."""
    for action in plan.actions:
        for change in action.changes:
            if action.id and change.readable and change.cause is not Cause.EDIT:
                yield decide(action, change, overwrite=overwrite)


def decide(action: Action, change: Change, *, overwrite: bool) -> Decision:
    """What to do with one edit."""
    live = Decision(action=action, change=change, value=change.before)
    if overwrite or change.cause is Cause.DRIFT:
        return live
    if change.cause is Cause.UNKNOWN:
        reason = "it is not known what was last applied, so it cannot be told who moved it"
        return Decision(action=action, change=change, reason=reason)
    texts = (change.last, change.after, change.before)
    if not all(isinstance(text, str) for text in texts):
        reason = "the file moved too"
        if not change.last_known:
            reason += ", and what was last applied is not kept here"
        return Decision(action=action, change=change, reason=reason)
    return _merged(action, change, merge(*texts))


def _merged(action: Action, change: Change, merged: Merged) -> Decision:
    if not merged.clashes:
        return Decision(action=action, change=change, how="merged", value=merged.text)
    if not any("\n" in str(text) for text in (change.before, change.after)):
        return Decision(action=action, change=change, reason="the file moved too")
    marked = merged.marked(OURS, THEIRS)
    return Decision(action=action, change=change, how="marked", value=marked)

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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.api.fields import Table
from reconciler.engine.guards.clauses import dropped, quoted
from reconciler.engine.guards.limits import Clause
from reconciler.engine.merge import Merged, merge
from reconciler.model import Action, Cause, Change, Desired, Fields, Json, Plan

OURS, THEIRS = "the file", "the dashboard"
"""How the two sides of a clash are named where it is marked in a file."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do with one live edit.

    ``value`` is to be written; where there is a ``reason`` to leave it, only if a person wants
    that. ``how`` is ``live``, ``merged`` or ``marked``.
    """

    action: Action
    change: Change
    how: str = "live"
    value: Json = None
    reason: str = ""
    refused: bool = False
    """Whether nobody may take it, whatever a person wants."""


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """What became of one live edit: ``files`` it went into, or the ``reason`` it was left.

    ``files`` are paths in the project; ``also`` are other environments that read the value from
    the same place.
    """

    decision: Decision
    files: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    reason: str = ""
    dropped: tuple[str, ...] = ()
    """References, as they were written, in whose place plain text stands now."""
    wanted: bool = True
    """Whether it was to be taken at all."""
    line: int = 0
    """Where the first file has its first marker."""

    @property
    def open(self) -> bool:
        """Whether a person has something to settle."""
        return self.wanted and (bool(self.reason) or self.decision.how == "marked")


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
        return replace(live, reason=reason)
    texts = (change.last, change.after, change.before)
    if all(isinstance(text, str) for text in texts):
        return _merged(live, merge(*texts))
    lost = "" if change.last_known else ", and what was last applied is not kept here"
    return replace(live, reason=f"the file moved too{lost}")


def pinned(
    decision: Decision, table: Table, desired: Desired, live: Fields, clauses: Sequence[Clause]
) -> Decision:
    """The decision, refused where the file would lose a clause that the project pins."""
    path, value = decision.change.path, decision.value
    lost = list(dropped(table, clauses, desired, live, path, value))
    if not lost:
        return decision
    said = ", ".join(map(quoted, lost))
    reason = f"it drops what `clauses` of the project pins: {said}"
    return replace(decision, reason=reason, refused=True)


def _merged(live: Decision, merged: Merged) -> Decision:
    if not merged.clashes:
        return replace(live, how="merged", value=merged.text)
    if not any("\n" in str(text) for text in (live.change.before, live.change.after)):
        return replace(live, reason="the file moved too")
    return replace(live, how="marked", value=merged.marked(OURS, THEIRS))

"""Which live edits may go into the files. Pure; undecidable cases are left to the user.

==========  =========================================  =====================================
cause       a text whose applied value is known        anything else
==========  =========================================  =====================================
drift       the live value                             the live value
conflict    merged by paragraph; clashes are marked    left, unless live is to win
untracked   left, unless live is to win                left, unless live is to win
edit        ignored: only the file changed             ignored
==========  =========================================  =====================================

What the API stores in another form is taken as stored, since no person changed it. Undeclared
fields are declared only on request: from then on the files own them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.engine import items
from reconciler.engine.policies.declared import RequiredText
from reconciler.engine.policies.required_text import dropped, quoted
from reconciler.jsonvalues import Fields, Json
from reconciler.late import dataclass
from reconciler.model import REMOVED, Action, Cause, Change, Desired, Plan
from reconciler.schema import paths
from reconciler.schema.kind import Kind
from reconciler.text.merge import Merged, merge

OURS, THEIRS = "the file", "the dashboard"
"""Names of the two sides in conflict markers."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do with one live edit.

    ``value`` is what to write; if there is a ``reason`` to leave it, only if the user asks for it.
    ``how`` is ``live``, ``merged``, ``marked``, ``declared`` or ``taken out``.
    """

    action: Action
    change: Change
    how: str = "live"
    value: Json = None
    reason: str = ""
    refused: bool = False
    """Whether it must not be taken, even if the user asks for it."""


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """The result for one live edit: the ``files`` it was written to, or the ``reason`` it was left.

    ``files`` are paths in the project; ``also`` are other environments that read the value from the
    same place.
    """

    decision: Decision
    files: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    reason: str = ""
    dropped: tuple[str, ...] = ()
    """References, as written, that plain text has replaced."""
    wanted: bool = True
    """Whether the user chose to take this edit."""
    line: int = 0
    """Line of the first conflict marker in the first file."""

    @property
    def open(self) -> bool:
        """Whether the user has something to resolve."""
        return self.wanted and (bool(self.reason) or self.decision.how == "marked")


def decisions(plan: Plan, *, overwrite: bool, undeclared: bool = False) -> Iterator[Decision]:
    """Decide every live edit of the plan's agents, in its order.

    ``overwrite`` lets the live value win; ``undeclared`` declares changes that no file names.
    """
    for action in plan.actions:
        for change in action.changes:
            moved = change.readable and (change.cause is not Cause.EDIT or _torn(action, change))
            if action.id and moved and not change.item:  # the change of the list covers its items
                yield decide(action, change, overwrite=overwrite)
        for change in action.otherwise:
            yield _as_stored(action, change)
        for change in action.undeclared:
            yield _declared(action, change, undeclared=undeclared)


def _as_stored(action: Action, change: Change) -> Decision:
    """Take the stored form of a value.

    An empty value that is stored as null is taken out of the file.
    """
    gone = change.before is None and not action.kind[change.path].nullable
    how = "taken out" if gone else "live"
    return Decision(action=action, change=change, how=how, value=change.before)


def _declared(action: Action, change: Change, *, undeclared: bool) -> Decision:
    """Declare a live value that no file names, if requested."""
    live = replace(change, before=change.after, after=None, applied_known=False)
    found = Decision(action=action, change=live, how="declared", value=live.before)
    reason = _undeclarable(action.kind, change)
    if reason:
        return replace(found, reason=reason, refused=True)
    return found if undeclared else replace(found, reason=_NOT_ASKED)


_UNREAD = "what is live may be a secret: write `{ $secret: NAME }`, or apply what the file says"
_NOT_ASKED = "no file names it; --undeclared declares it, drift --accept leaves it to the dashboard"


def _undeclarable(kind: Kind, change: Change) -> str:
    """Why a file cannot declare a live value; empty if it can."""
    if change.sensitive:
        return "it is a secret that no file names; declare it with $secret, or drift --accept"
    if not change.readable:
        return "it is unknown to this version, or not shown any more; drift --accept leaves it"
    if change.after is None and not kind[change.path].nullable:
        return "it is null now, which no file can say; drift --accept leaves it"
    return ""


def decide(action: Action, change: Change, *, overwrite: bool) -> Decision:
    """Decide one edit."""
    live = Decision(action=action, change=change, value=change.before)
    if change.sensitive:
        return replace(live, reason=_UNREAD, refused=True)
    if change.path.endswith(paths.ORDER) and isinstance(change.before, list):
        return _items(live, overwrite=overwrite)
    if overwrite or change.cause is Cause.DRIFT:
        return live
    if change.cause is Cause.UNTRACKED:
        return replace(live, reason=_UNTOLD)
    texts = (change.applied, change.after, change.before)
    if all(isinstance(text, str) for text in texts):
        return _merged(live, merge(*texts))
    lost = "" if change.applied_known else ", and what was last applied is not kept here"
    return replace(live, reason=f"the file moved too{lost}")


def _items(live: Decision, *, overwrite: bool) -> Decision:
    """Decide a keyed list that has other items live, or the same ones in another order."""
    change, listed = live.change, live.change.path.removesuffix(paths.ORDER)
    inside, torn = _inside(live.action, listed), _torn(live.action, change)
    secret = [one.path for one in inside if one.item == REMOVED and one.sensitive]
    if secret:
        reason = f"`{secret[0]}` is a secret that no file names: declare its item with $secret"
        return replace(live, reason=reason, refused=True)
    if overwrite and change.cause is Cause.EDIT:
        first = [key for key in change.before if not _is_in(paths.item(listed, key), torn)]
        return replace(live, value=items.merged(first, change.after, change.before))
    if overwrite or (change.cause is Cause.DRIFT and not torn):
        return live
    if torn:
        reason = f"one side took out the item of `{torn[0]}`, which the other changed"
        return replace(live, reason=reason)
    if change.cause is Cause.CONFLICT and isinstance(change.applied, list):
        value = items.merged(change.applied, change.after, change.before)
        return replace(live, how="merged", value=value)
    lost = change.cause is Cause.CONFLICT and not change.applied_known
    return replace(live, reason=_LOST if lost else _UNTOLD)


def _inside(action: Action, listed: str) -> list[Change]:
    """The changes of items of a list that only one side has."""
    return [one for one in action.changes if one.item and paths.covers(listed, one.path)]


def _torn(action: Action, change: Change) -> list[str]:
    """The leaves of items that one side took out of a list and the other changed."""
    if not change.path.endswith(paths.ORDER):
        return []
    inside = _inside(action, change.path.removesuffix(paths.ORDER))
    return [one.path for one in inside if one.cause.is_conflict]


def _is_in(item: str, leaves: Sequence[str]) -> bool:
    return any(paths.covers(item, one) for one in leaves)


_UNTOLD = "the last applied value is unknown, so it is unknown who changed it"
_LOST = "the file moved too, and what was last applied is not kept here"


def pinned(
    decision: Decision, desired: Desired, live: Fields, requirements: Sequence[RequiredText]
) -> Decision:
    """The decision, refused if the file would lose a required text of the project."""
    path, value = decision.change.path, decision.value
    if decision.refused:
        return decision
    lost = list(dropped(requirements, desired, live, path, value))
    if not lost:
        return decision
    said = ", ".join(map(quoted, lost))
    reason = f"it drops what `required_text` of the project pins: {said}"
    return replace(decision, reason=reason, refused=True)


def _merged(live: Decision, merged: Merged) -> Decision:
    if not merged.clashes:
        return replace(live, how="merged", value=merged.text)
    if not any("\n" in str(text) for text in (live.change.before, live.change.after)):
        return replace(live, reason="the file moved too")
    return replace(live, how="marked", value=merged.marked(OURS, THEIRS))

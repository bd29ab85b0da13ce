"""Live edits and their results, as redacted rows and as JSON data. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.engine.pull import Decision, Pulled
from reconciler.late import dataclass
from reconciler.model import Cause, Change
from reconciler.render.rows import row
from reconciler.render.sanitize import one_line
from reconciler.render.view import Row
from reconciler.schema import paths
from reconciler.text.wording import count


@dataclass(frozen=True, kw_only=True)
class PulledRow:
    """One edit's line: ``~`` taken, ``!`` left for the user, ``·`` not wanted.

    ``rows`` show both versions of what is left.
    """

    sign: str
    key: str
    path: str
    said: str
    rows: tuple[Row, ...] = ()


SIDES = ("your files", "live now")
"""The two sides of an edit in question."""

_HOW = {
    "live": "taken into",
    "merged": "merged with the file's own edits in",
    "declared": "declared in",
    "taken out": "kept as null by the API, so taken out of",
}


def row_of(item: Pulled) -> PulledRow:
    """One edit's line."""
    decision = item.decision
    bare = PulledRow(
        sign="~",
        key=one_line(decision.action.key),
        path=one_line(_told(decision.change)),
        said=f"left: {one_line(item.reason)}",
    )
    if not item.wanted:
        return replace(bare, sign="·", said=item.reason)
    if item.reason:
        return replace(bare, sign="!", rows=(_both(decision.change),))
    names = one_line(", ".join(item.files))
    if decision.how == "marked":
        said = f"both versions are in {names}, line {item.line}: settle them"
        return replace(bare, sign="!", said=f"{said}{_dropped(item)}")
    if not names:
        return replace(bare, said="taken with the file that it shares")
    return replace(bare, said=f"{_HOW[decision.how]} {names}{_dropped(item)}")


def _told(change: Change) -> str:
    """The path of an edit; in place of a list, its entries that come and go."""
    live, filed = change.before, change.after
    listed = change.path.removesuffix(paths.ORDER)
    if listed == change.path or not isinstance(live, list) or not isinstance(filed, list):
        return change.path
    come = [f"+ {paths.item(listed, key)}" for key in live if key not in filed]
    gone = [f"- {paths.item(listed, key)}" for key in filed if key not in live]
    return ", ".join((*come, *gone)) or change.path


def _dropped(item: Pulled) -> str:
    """A note that references are gone, which other environments and agents may have used."""
    names = ", ".join(map(one_line, item.dropped))
    return f"; this edit replaces {names} by plain text" if names else ""


def _both(change: Change) -> Row:
    """Both versions of an edit that was left, from the file's to the live one."""
    if change.cause is Cause.CONFLICT and change.applied_known:
        return replace(row(change), note="")
    turned = replace(change, before=change.after, after=change.before)
    return replace(row(turned), note="the file → live", sign="!")


def question(decision: Decision) -> Row:
    """An edit in question: the file's value now, and afterwards."""
    change = decision.change
    if decision.reason:
        return replace(_both(change), note=f"{one_line(decision.reason)}; yes takes the live value")
    shown = replace(change, before=change.after, after=decision.value, applied_known=False)
    told = {"merged": "merged by paragraph", "marked": "the clashes are marked for you to settle"}
    lost = "both moved: yes drops the file's edit" if change.cause is Cause.CONFLICT else ""
    note = told.get(decision.how) or lost or "edited live"
    return replace(row(shown), note=note, sign="~")


def summary(found: Sequence[Pulled], *, dry_run: bool) -> str:
    """The last line: how many edits went where."""
    if not found:
        return "Pull: there is no live edit to take."
    taken = sum(not item.reason and not item.open for item in found)
    would = "would be taken" if dry_run else "taken"
    edits = count(taken, "live edit")
    left = f", {len(found) - taken} left" if len(found) > taken else ""
    also = sorted({name for item in found if not item.reason for name in item.also})
    shared = f" These files also feed {one_line(' and '.join(also))}." if also else ""
    return f"Pull: {edits} {would} into the files{left}.{shared}"

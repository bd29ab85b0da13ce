"""Live edits and what became of them, as redacted rows and as JSON data. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from reconciler.engine.adoption import Decision
from reconciler.model import Cause, Change
from reconciler.render.rows import Row, row
from reconciler.render.safe import one_line


class Adopted(Protocol):
    """What became of one edit; see ``run.adopt``."""

    @property
    def decision(self) -> Decision:
        """What was decided."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it went into."""

    @property
    def also(self) -> tuple[str, ...]:
        """Other environments that read it there."""

    @property
    def reason(self) -> str:
        """Why it was left."""

    @property
    def line(self) -> int:
        """Where the first marker stands."""

    @property
    def wanted(self) -> bool:
        """Whether it was to be taken at all."""

    @property
    def open(self) -> bool:
        """Whether a person has something to settle."""


@dataclass(frozen=True, kw_only=True)
class AdoptedRow:
    """One edit's line: ``~`` taken, ``!`` left for a person, ``·`` not wanted.

    ``rows`` show both versions of what is left.
    """

    sign: str
    key: str
    path: str
    said: str
    rows: tuple[Row, ...] = ()


_HOW = {"live": "taken into", "merged": "merged with the file's own edits in"}


def row_of(item: Adopted, root: Path) -> AdoptedRow:
    """One edit's line."""
    decision = item.decision
    bare = AdoptedRow(
        sign="~",
        key=one_line(decision.action.key),
        path=one_line(decision.change.path),
        said=f"left: {one_line(item.reason)}",
    )
    if not item.wanted:
        return replace(bare, sign="·", said=item.reason)
    if item.reason:
        return replace(bare, sign="!", rows=(_both(decision.change),))
    names = ", ".join(_names(item, root))
    if decision.how == "marked":
        said = f"both versions are in {names}, line {item.line}: settle them"
        return replace(bare, sign="!", said=said)
    if not names:
        return replace(bare, said="taken with the file that it shares")
    return replace(bare, said=f"{_HOW[decision.how]} {names}")


def _both(change: Change) -> Row:
    """Both versions of what is left, from the file's to the live one."""
    if change.cause is Cause.CONFLICT and change.last_known:
        return replace(row(change), note="")
    turned = replace(change, before=change.after, after=change.before)
    return replace(row(turned), note="the file → live", sign="!")


def _names(item: Adopted, root: Path) -> list[str]:
    """The files' paths in the project."""
    places = ((path, root.resolve()) for path in item.files)
    return [
        one_line(path.relative_to(top).as_posix() if path.is_relative_to(top) else path.name)
        for path, top in places
    ]


def question(decision: Decision) -> Row:
    """An edit to be asked about: what the file says, and what it would say."""
    change = decision.change
    if decision.reason:
        return replace(_both(change), note=f"{one_line(decision.reason)}; yes takes what is live")
    shown = replace(change, before=change.after, after=decision.value, last_known=False)
    told = {"merged": "merged by paragraph", "marked": "the clashes are marked for you to settle"}
    lost = "both moved: yes drops the file's edit" if change.cause is Cause.CONFLICT else ""
    note = told.get(decision.how) or lost or "edited live"
    return replace(row(shown), note=note, sign="~")


def summary(found: Sequence[Adopted], *, dry_run: bool) -> str:
    """The last line: how many edits went where."""
    if not found:
        return "Adopt: there is no live edit to take."
    taken = sum(not item.reason and not item.open for item in found)
    would = "would be taken" if dry_run else "taken"
    edits = f"{taken} live edit{'s' * (taken != 1)}"
    left = f", {len(found) - taken} left" if len(found) > taken else ""
    also = sorted({name for item in found if not item.reason for name in item.also})
    shared = f" These files also feed {one_line(' and '.join(also))}." if also else ""
    return f"Adopt: {edits} {would} into the files{left}.{shared}"


def data(found: Sequence[Adopted], root: Path) -> dict[str, Any]:
    """The edits for machines."""
    return {
        "format_version": "1.0",
        "edits": [
            {
                "key": item.decision.action.key,
                "path": item.decision.change.path,
                "cause": item.decision.change.cause.value,
                "taken": not item.reason,
                "how": item.decision.how if not item.reason else "",
                "files": _names(item, root),
                "also": list(item.also),
                "reason": item.reason,
            }
            for item in found
        ],
    }

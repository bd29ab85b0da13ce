"""What became of each agent of an apply, as redacted rows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model import Action, Difference, Kind, Outcome, Status
from reconciler.render.rows import SENSITIVE, Row, brief, row
from reconciler.render.safe import one_line


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """What became of one agent, for the result table."""

    sign: str
    key: str
    status: str
    id: str
    did: str
    message: str
    hint: str
    details: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    """The fields for which it was refused, with their values."""


_RESULT_SIGNS = {Status.DONE: "✓", Status.DIFFERS: "≠", Status.UNKNOWN: "?"}


def result(outcome: Outcome) -> ResultRow:
    """One outcome's row; values of fields that differ are redacted like all others."""
    action = outcome.action
    return ResultRow(
        sign=_RESULT_SIGNS.get(outcome.status, "✗"),
        key=one_line(action.key),
        status=outcome.status.value,
        id=one_line(outcome.id or ""),
        did=_did(action, outcome),
        message=one_line(outcome.message),
        hint=one_line(outcome.hint),
        details=tuple(map(_detail, outcome.differences)),
        rows=tuple(map(row, action.conflicts)) if outcome.status is Status.REFUSED else (),
    )


def _detail(item: Difference) -> str:
    path = one_line(item.path)
    if item.hidden:
        return f"{path}: {SENSITIVE} {'is not what was sent' if item.sent else 'moved'}"
    if not item.sent and item.expected is None and item.found is None:
        return f"{path}: moved; its values are not shown"
    was = "sent" if item.sent else "was"
    return f"{path}: {was} {brief(item.expected, '')}, is {brief(item.found, '')}"


def _did(action: Action, outcome: Outcome) -> str:
    if action.kind is Kind.ADOPT:
        return "remembered in the ledger"
    count = len(action.changes)
    verb = "created" if action.kind is Kind.CREATE else "updated"
    hidden = len(outcome.unchecked)
    proven = count - hidden
    text = f"{verb}, {proven} field{'s' * (proven != 1)} proven"
    return text + (f", {hidden} cannot be read back" if hidden else "")


def tally(outcomes: Sequence[Outcome]) -> str:
    """The result's last line: how many agents ended how."""
    counts = {status: sum(o.status is status for o in outcomes) for status in Status}
    said = [f"{count} {status.value}" for status, count in counts.items() if count]
    return f"Apply: {', '.join(said) or 'nothing to do'}."

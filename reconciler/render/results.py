"""What became of each agent of an apply, as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.engine.wording import count
from reconciler.errors import Problem
from reconciler.model import Action, Difference, Kind, Outcome, Plan, Status
from reconciler.render.plans import breaking, told
from reconciler.render.rows import SENSITIVE, brief, counted, grouped, parts, row
from reconciler.render.safe import agent_name, label, one_line
from reconciler.render.sheet import Block, Sheet

_SIGNS = {Status.DONE: "✓", Status.DIFFERS: "≠", Status.UNKNOWN: "?"}


def sheet(
    plan: Plan,
    outcomes: Sequence[Outcome],
    findings: Sequence[Problem] = (),
    language: str = "en",
) -> Sheet:
    """What was done, agent by agent, with the fields that were to be written."""
    return Sheet(
        kind="apply",
        title=f"Apply to {one_line(plan.environment)}",
        environment=one_line(plan.environment),
        url=one_line(plan.url),
        summary=tally(outcomes),
        changes=any(outcome.action.request for outcome in outcomes),
        blocks=tuple(block(outcome, language) for outcome in outcomes),
        findings=tuple(findings),
        impacts=impacts(outcomes),
        language=language,
    )


def impacts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many fields that were written a caller notices how, by ``groups.GROUPS``."""
    done = (outcome.action for outcome in outcomes if outcome.status is Status.DONE)
    return counted(change for action in done for change in action.changes)


def block(outcome: Outcome, language: str = "en") -> Block:
    """One outcome; values of fields that differ are redacted like all others."""
    action = outcome.action
    done = outcome.status is Status.DONE
    creating = action.kind is Kind.CREATE
    return Block(
        sign=_SIGNS.get(outcome.status, "✗"),
        key=label(action.key),
        name=agent_name(action.name),
        id=label(outcome.id or ""),
        state=_did(action, outcome) if done else outcome.status.value,
        reason="" if done else label(outcome.message, 1000),
        hint=label(outcome.hint, 1000),
        notes=tuple(note for item in outcome.differences for note in _details(item)),
        told=told(action, language) if done else "",
        breaking=tuple(breaking(action.contract)) if done else (),
        groups=grouped(row(change, creating=creating) for change in action.changes),
    )


def _details(item: Difference) -> Iterator[str]:
    """What is stored otherwise: a line, or one for each part of a list or mapping."""
    path = label(item.path)
    expected, found = item.expected, item.found
    was = "sent" if item.sent else "was"
    also = (
        "" if item.answered is None else f"; the write's answer showed {brief(item.answered, '')}"
    )
    if item.hidden:
        yield f"{path}: {SENSITIVE} {'is not what was sent' if item.sent else 'moved'}"
    elif not item.sent and expected is None and found is None:
        yield f"{path}: moved; its values are not shown"
    elif isinstance(expected, dict | list) and type(expected) is type(found):
        for part in parts(expected, found):
            old, new = part.before or "nothing", part.after or "nothing"
            yield f"{path} {part.path}".rstrip() + f": {was} {old}, is {new}"
        if also:
            yield f"{path}{also}"
    else:
        yield f"{path}: {was} {brief(expected, '')}, is {brief(found, '')}{also}"


def _did(action: Action, outcome: Outcome) -> str:
    if action.kind is Kind.ADOPT:
        return "remembered in the ledger"
    verb = "created" if action.kind is Kind.CREATE else "updated"
    hidden = len(outcome.unchecked)
    proven = len(action.changes) - hidden
    text = f"{verb}, {count(proven, 'field')} proven"
    return text + (f", {hidden} cannot be read back" if hidden else "")


def tally(outcomes: Sequence[Outcome]) -> str:
    """The result's last line: how many agents ended how."""
    counts = {status: sum(o.status is status for o in outcomes) for status in Status}
    said = [f"{count} {status.value}" for status, count in counts.items() if count]
    return f"Apply: {', '.join(said) or 'nothing to do'}."

"""The outcome of each agent of an apply, as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.engine.plan_digest import plan_digest
from reconciler.errors import Problem
from reconciler.model import (
    Action,
    Create,
    Difference,
    Outcome,
    Plan,
    Record,
    Status,
    Write,
)
from reconciler.render.labels import ENGLISH, Phrases, of
from reconciler.render.node_rows import joined
from reconciler.render.plans import breaking, sides, told, written
from reconciler.render.rows import SENSITIVE, brief, counted, grouped, parts, row
from reconciler.render.sanitize import called, label, one_line
from reconciler.render.view import Block, Sheet

_SIGNS = {Status.DONE: "✓", Status.DIVERGED: "≠", Status.UNKNOWN: "?"}


def sheet(
    plan: Plan,
    outcomes: Sequence[Outcome],
    findings: Sequence[Problem] = (),
    language: str = "en",
    *,
    back: bool = False,
    rows: bool = True,
) -> Sheet:
    """What was done, agent by agent, with the fields that were to be written.

    ``back``: it was a rollback, so the values are not the files'. Without ``rows`` only refused
    agents have their fields, which say why.
    """
    say = of(language)
    return Sheet(
        kind="apply",
        title=say("Apply to {place}", place=one_line(plan.environment)),
        environment=one_line(plan.environment),
        url=one_line(plan.url),
        summary=tally(outcomes, say),
        changes=any(isinstance(outcome.action, Write) for outcome in outcomes),
        blocks=tuple(
            block(outcome, language, rows=rows or outcome.status is Status.REFUSED)
            for outcome in outcomes
        ),
        findings=tuple(findings),
        impacts=impacts(outcomes),
        language=language,
        digest=plan_digest(plan),
        sides=(say("live before"), sides(say, back=back)[1]),
    )


def impacts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Written fields by what a caller notices, in ``impact.GROUPS``."""
    done = (outcome.action for outcome in outcomes if outcome.status is Status.DONE)
    return counted(change for action in done for change in written(action))


def block(outcome: Outcome, language: str = "en", *, rows: bool = True) -> Block:
    """One outcome; values of fields that differ are redacted like all others."""
    say = of(language)
    action = outcome.action
    done = outcome.status is Status.DONE
    creating = isinstance(action, Create)
    return Block(
        sign=_SIGNS.get(outcome.status, "✗"),
        key=label(action.key),
        name=called(action.name, action.key),
        id=label(outcome.id or ""),
        status=outcome.status.value,
        state=_did(action, outcome, say) if done else say(outcome.status.value),
        reason="" if done else label(say.told(outcome.message), 1000),
        hint=label(say.told(outcome.hint), 1000),
        notes=tuple(note for item in outcome.differences for note in _details(item, say)),
        told=told(action, language) if done else "",
        breaking=tuple(breaking(action.contract, say)) if done else (),
        groups=grouped(
            joined(row(change, creating=creating, say=say) for change in action.changes if rows)
        ),
    )


def _details(item: Difference, say: Phrases) -> Iterator[str]:
    """The values stored differently: a line, or one for each part of a list or mapping."""
    path = label(item.path)
    expected, found = item.expected, item.found
    form = "{path}: sent {old}, is {new}" if item.sent else "{path}: was {old}, is {new}"
    also = ""
    if item.answered is not None:
        told = brief(item.answered, "", say)
        also = say.semicolon + say("the write's answer showed {value}", value=told)
    if item.hidden:
        told = "{path}: {hidden} is not what was sent" if item.sent else "{path}: {hidden} moved"
        yield say(told, path=path, hidden=say(SENSITIVE))
    elif not item.sent and expected is None and found is None:
        yield say("{path}: moved; its values are not shown", path=path)
    elif isinstance(expected, dict | list) and type(expected) is type(found):
        for part in parts(expected, found):
            old, new = part.before or say("nothing"), part.after or say("nothing")
            yield say(form, path=f"{path} {part.path}".rstrip(), old=old, new=new)
        if also:
            yield f"{path}{also}"
    else:
        old, new = brief(expected, "", say), brief(found, "", say)
        yield say(form, path=path, old=old, new=new) + also


def _did(action: Action, outcome: Outcome, say: Phrases) -> str:
    if isinstance(action, Record):
        return say("remembered in the state")
    hidden = len(outcome.unchecked)
    proven = say.count(max(len(written(action)) - hidden, 0), "field")
    return say.joined(
        [
            say("created") if isinstance(action, Create) else say("updated"),
            say("{fields} proven", fields=proven),
            say("{n} cannot be read back", n=hidden) if hidden else "",
        ]
    )


def tally(outcomes: Sequence[Outcome], say: Phrases = ENGLISH) -> str:
    """The result's last line: the number of agents by outcome."""
    counts = {status: sum(o.status is status for o in outcomes) for status in Status}
    told = say.joined(say.told(f"{n} {status.value}") for status, n in counts.items() if n)
    return say("Apply: {counts}.", counts=told or say("nothing to do"))

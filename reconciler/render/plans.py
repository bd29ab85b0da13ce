"""A plan as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.engine.review import plan_digest
from reconciler.engine.wording import count
from reconciler.errors import Problem
from reconciler.model import Action, Apart, Cause, Contract, Kind, Plan, Refusal
from reconciler.render.fleet import told_once
from reconciler.render.rows import (
    SENSITIVE,
    between,
    brief,
    counted,
    grouped,
    hidden,
    row,
    uncompared,
)
from reconciler.render.safe import agent_name, label, one_line
from reconciler.render.sentences import paragraph
from reconciler.render.sheet import Alert, Block, Listed, Sheet, Spans

SIGNS = {Kind.CREATE: "+", Kind.UPDATE: "~", Kind.BLOCKED: "!", Kind.ADOPT: "=", Kind.IN_SYNC: "="}
_SHORT = 30
_REMARK = 1000
"""Characters of a remark: enough for a list of every field."""


def sheet(
    plan: Plan,
    findings: Sequence[Problem] = (),
    language: str = "en",
    refusals: Sequence[Refusal] = (),
) -> Sheet:
    """The agents of a plan that have something to say, lists of the others, and who says no."""
    found = telling(plan)
    blocks, shared = told_once([block(action, language) for action in found])
    return Sheet(
        kind="plan",
        title=f"Plan for {one_line(plan.environment)}",
        environment=one_line(plan.environment),
        url=one_line(plan.url),
        summary=summary(plan),
        changes=bool(plan.writes),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in lists(plan, found) if items),
        findings=tuple(findings),
        alerts=tuple(map(alert, refusals)),
        impacts=impacts(plan),
        language=language,
        digest=plan_digest(plan),
    )


def alert(refusal: Refusal) -> Alert:
    """Why a rule says no to a plan, or not yet."""
    return Alert(
        head="Apply will refuse until" if refusal.waits else "Apply will refuse",
        rule=one_line(refusal.rule),
        said=label(": ".join(filter(None, [refusal.until, refusal.message])), _REMARK),
        hint=label(refusal.hint, _REMARK),
        waits=refusal.waits,
    )


def telling(plan: Plan) -> list[Action]:
    """The actions that have something to say."""
    kinds = (Kind.CREATE, Kind.UPDATE, Kind.BLOCKED, Kind.ADOPT, Kind.IN_SYNC)
    return [action for action in plan.of(*kinds) if action.changes or action.reason]


UNMANAGED = "Unmanaged, in no file"
TWINS = "Unmanaged, but with the name of an agent of the files"


def lists(plan: Plan, shown: Sequence[Action]) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """What stands below the agents: of those that are not shown, and of the environment."""
    quiet = [action for action in plan.actions if action not in shown]
    yield (
        "Ignored, left to the dashboard",
        tuple(
            Listed(
                who=one_line(action.key), field=one_line(change.path), said=one_line(change.note)
            )
            for action in quiet
            for change in action.ignored
        ),
    )
    yield (
        "Secrets",
        tuple(
            Listed(
                who=one_line(action.key),
                said=f"{', '.join(one_line(one.path) for one in action.uncompared)}: "
                f"{hidden(action.uncompared[0].secrets)}",
            )
            for action in quiet
            if action.uncompared
        ),
    )
    if plan.promotion:
        yield otherwise(plan.environment, plan.promotion.source, plan.promotion.apart)
    strangers = plan.of(Kind.UNMANAGED)
    yield TWINS, tuple(_unmanaged(action) for action in strangers if action.notes)
    yield UNMANAGED, tuple(_unmanaged(action) for action in strangers if not action.notes)
    yield (
        "In the ledger, in no file any more",
        tuple(Listed(who=label(key)) for key in plan.orphans),
    )
    yield (
        "In sync, but not in the ledger yet; apply remembers them",
        tuple(Listed(who=one_line(action.key)) for action in plan.of(Kind.ADOPT)),
    )


def otherwise(here: str, there: str, found: Sequence[Apart]) -> tuple[str, tuple[Listed, ...]]:
    """The list of what the files set otherwise for another environment, each with both values."""
    names = one_line(here), one_line(there)
    items = tuple(
        Listed(who=one_line(one.key), field=one_line(path), said=said)
        for one in found
        for path, said in _apart(one, *names)
    )
    return f"Set otherwise for {names[0]} and {names[1]}", items


def _apart(one: Apart, here: str, there: str) -> Iterator[tuple[str, str]]:
    """What differs in a field of two environments: paths, and the values for each in words."""
    if one.ignored:
        value = SENSITIVE if one.hidden else brief(one.here, "")
        yield one.path, f"{here}: {value}; not asked for {there}, where it is left to the dashboard"
        return
    if one.hidden:
        yield one.path, SENSITIVE
        return
    if one.only:
        name, value = (here, one.here) if one.only == "here" else (there, one.there)
        yield one.path, f"{name}: {brief(value, '')}; not set for the other"
        return
    shown = between(one.there, one.here, "")
    if "prose" in shown:
        for passage in shown["prose"].passages:
            if passage.kind != "same":
                yield one.path, _sides(here, _spans(passage.after), there, _spans(passage.before))
    elif "parts" in shown:
        for part in shown["parts"]:
            path = f"{one.path}{'' if part.path.startswith('[') else '.'}{part.path}"
            yield path, _sides(here, part.after, there, part.before)
    else:
        yield one.path, _sides(here, shown["after"], there, shown["before"])


def _sides(here: str, one: str | None, there: str, other: str | None) -> str:
    return f"{here}: {one or '(nothing)'}; {there}: {other or '(nothing)'}"


def _spans(spans: Spans) -> str:
    """A paragraph on one line, what differs in brackets."""
    text = "".join(f"⟦{span.text}⟧" if span.marked else span.text for span in spans)
    return f"«{text}»" if text else ""


def _unmanaged(action: Action) -> Listed:
    return Listed(
        who=stranger(action.name, action.id or ""), said="; ".join(map(label, action.notes))
    )


def stranger(called: str, agent_id: str) -> str:
    """A live agent of no file, by name and id."""
    return f"{agent_name(called) or '(no name)'} ({label(agent_id)})"


def summary(plan: Plan) -> str:
    """The plan's last line, with the numbers that matter."""
    in_sync = len(plan.of(Kind.IN_SYNC, Kind.ADOPT))
    unmanaged = len(plan.of(Kind.UNMANAGED))
    untold = sum(bool(action.uncompared) for action in plan.actions)
    tail = f"{in_sync} in sync" + (f", secrets of {untold} not compared" if untold else "")
    tail += f", {unmanaged} unmanaged" if unmanaged else ""
    blocked = len(plan.of(Kind.BLOCKED))
    if not plan.writes and not blocked:
        return f"No changes in {one_line(plan.environment)}: {tail}."
    counts = [
        f"{len(plan.of(Kind.CREATE))} to create",
        f"{len(plan.of(Kind.UPDATE))} to update{_whose(plan)}",
        *([f"{blocked} blocked"] if blocked else []),
    ]
    told = "; ".join(filter(None, (", ".join(counts), _noticed(plan), tail)))
    return f"Plan for {one_line(plan.environment)}: {told}."


def _whose(plan: Plan) -> str:
    """Whose moves the fields to be updated are: `` (2 edit, 1 drift)``."""
    counts = causes(plan)
    return f" ({', '.join(f'{n} {name}' for name, n in counts.items())})" if counts else ""


def _noticed(plan: Plan) -> str:
    """What callers notice of the fields to be written: ``3 fields: 2 spoken, 1 silent``."""
    counts = {name: count for name, count in impacts(plan).items() if count}
    fields = sum(counts.values())
    told = ", ".join(f"{n} {name}" for name, n in counts.items())
    return f"{count(fields, 'field')}: {told}" if counts else ""


def impacts(plan: Plan) -> dict[str, int]:
    """How many fields to be written a caller notices how, by ``groups.GROUPS``."""
    return counted(change for action in plan.writes for change in action.changes)


def causes(plan: Plan) -> dict[str, int]:
    """How many fields of the updates have which cause."""
    found = [change.cause for action in plan.of(Kind.UPDATE) for change in action.changes]
    return {cause.value: found.count(cause) for cause in Cause if cause in found}


def block(action: Action, language: str = "en") -> Block:
    """One agent."""
    creating = action.kind is Kind.CREATE
    rows = [row(change, creating=creating) for change in action.changes]
    rows += [row(change, ignored=True) for change in action.ignored]
    sent = action.request.body if action.request else ()
    rows += [uncompared(one, sent=one.path.partition(".")[0] in sent) for one in action.uncompared]
    fields = f", {count(len(action.changes), 'field')}" if action.changes else ""
    contract = action.contract
    return Block(
        sign=SIGNS.get(action.kind, " "),
        key=label(action.key),
        name=agent_name(action.name),
        id=label(action.id or ""),
        state=f"{action.kind.value}{fields}",
        facts=tuple(one_line(note) for note in action.notes if len(note) <= _SHORT),
        notes=tuple(
            label(note, _REMARK)
            for note in (*_refused(action), *action.notes)
            if len(note) > _SHORT
        ),
        reason=label(action.reason, _REMARK),
        told=told(action, language),
        breaking=tuple(breaking(contract)) if action.kind is Kind.UPDATE else (),
        groups=grouped(rows),
    )


def _refused(action: Action) -> Iterator[str]:
    """That an apply will not write this agent, where it will not."""
    fields = ", ".join(f"`{change.path}`" for change in action.conflicts)
    if fields and action.kind is Kind.UPDATE:
        yield (
            f"apply refuses this agent, for files and dashboard moved {fields}: "
            "take what is live with adopt, or let the files win with --overwrite"
        )


def told(action: Action, language: str) -> str:
    """The change as a sentence. ``breaking`` tells in English what callers must do otherwise."""
    contract = None if language == "en" else action.contract
    return paragraph(action.kind.value, action.name, action.changes, contract, language=language)


def breaking(contract: Contract) -> Iterator[str]:
    """What callers must do otherwise, a line for each placeholder."""
    for old, new in contract.renamed:
        yield f"{_braced(old)} is now {_braced(new)}: pass it under the new name"
    for name in contract.added:
        if name in contract.filled:
            yield f"{_braced(name)} is new: `params` fill it where a call does not"
        else:
            yield f"{_braced(name)} is new: a call that does not pass it speaks a blank"
    for name in contract.unfilled:
        told = "`params` fill it no longer: a call that does not pass it speaks a blank"
        yield f"{_braced(name)}: {told}"
    for name in contract.removed:
        yield f"{_braced(name)} is gone: what a call passes for it is not used"


def _braced(name: str) -> str:
    return f"{{{{{label(name, 60)}}}}}"

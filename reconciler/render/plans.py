"""A plan as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.engine.plan_digest import plan_digest
from reconciler.model import (
    Action,
    Apart,
    Blocked,
    Cause,
    Change,
    Contract,
    Create,
    InSync,
    Plan,
    Planned,
    Promotion,
    Record,
    Unmanaged,
    Update,
    Verb,
    Violation,
    Write,
)
from reconciler.render.dedupe import alike, told_once
from reconciler.render.labels import ENGLISH, Phrases, of
from reconciler.render.node_rows import joined, shown
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
from reconciler.render.sanitize import agent_name, called, label, one_line
from reconciler.render.view import Alert, Block, Ends, FlowView, Listed, Sheet, Spans
from reconciler.schema import paths

SIGNS = {Verb.CREATE: "+", Verb.UPDATE: "~", Verb.BLOCKED: "!", Verb.RECORD: "=", Verb.IN_SYNC: "="}
_SHORT = 30
_REMARK = 1000
"""Characters of a remark: enough for a list of every field."""


def sheet(
    planned: Planned,
    language: str = "en",
    *,
    back: bool = False,
    whole: bool = False,
    signed: bool = True,
) -> Sheet:
    """The agents of a plan with something to report, lists of the others, and the violations.

    ``back``: the plan is a rollback, not towards the files. ``whole``: what agents share stays
    with each of them. ``signed``: with the digest of the plan, which lines do not show.
    """
    say, plan = of(language), planned.plan
    found = telling(plan)
    below = lists(plan, found, say, planned.promotion)
    blocks, shared = told_once([block(action, language) for action in found], whole=whole)
    return Sheet(
        kind="plan",
        title=say("Plan for {place}", place=one_line(plan.environment)),
        environment=one_line(plan.environment),
        url=one_line(plan.url),
        summary=summary(plan, say),
        changes=bool(plan.writes),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in below if items),
        findings=planned.findings,
        alerts=tuple(alert(one, say) for one in planned.violations),
        impacts=impacts(plan),
        language=language,
        digest=plan_digest(plan) if signed else "",
        sides=sides(say, back=back),
    )


def sides(say: Phrases, *, back: bool = False) -> Ends:
    """The meaning of the two sides of each difference of a plan."""
    return say("live now"), say("as before that apply") if back else say("your files")


def alert(violation: Violation, say: Phrases = ENGLISH, place: str = "") -> Alert:
    """A violation or pending violation; ``place`` is named if there are several."""
    head = say("Apply to {place} will refuse", place=place) if place else say("Apply will refuse")
    return Alert(
        head=say("{head} until", head=head) if violation.pending else head,
        rule=one_line(violation.rule),
        said=label(": ".join(filter(None, [violation.until, violation.message])), _REMARK),
        hint=label(violation.hint, _REMARK),
        pending=violation.pending,
    )


def telling(plan: Plan) -> list[Action]:
    """The actions with something to report."""
    found = [action for action in plan.actions if not isinstance(action, Unmanaged)]
    return [action for action in found if action.changes or isinstance(action, Blocked)]


UNMANAGED = "Unmanaged, in no file"
TWINS = "Unmanaged, but with the name of an agent of the files"


def lists(
    plan: Plan,
    shown: Sequence[Action],
    say: Phrases = ENGLISH,
    promotion: Promotion | None = None,
) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """The lists below the agents: of those that are not shown, and of the environment."""
    told = {action.key for action in shown}
    quiet = [action for action in plan.actions if action.key not in told]
    yield (
        say("Ignored, left to the dashboard"),
        tuple(
            Listed(
                who=one_line(action.key),
                field=one_line(change.path),
                said=one_line(say.told(change.note)),
            )
            for action in quiet
            for change in action.ignored
        ),
    )
    yield (
        say("Secrets"),
        alike(((action.key, _not_compared(action, say)) for action in quiet), say),
    )
    if promotion:
        yield otherwise(plan.environment, promotion.source, promotion.apart, say)
    yield from _unclaimed(plan, say)
    yield from _moved_besides(plan, say)
    yield from _learned(plan, say)


def _not_compared(action: Action, say: Phrases) -> str:
    """The fields of an agent whose secrets are not set here; empty for none."""
    paths = ", ".join(one.path for one in action.uncompared)
    return f"{paths}: {hidden(action.uncompared[0].secrets, say)}" if paths else ""


def _unclaimed(plan: Plan, say: Phrases) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """Live agents without a file, and agents of the state that lost theirs."""
    strangers = plan.of(Unmanaged)
    twins = [action for action in strangers if action.notes]
    yield say(TWINS), tuple(_unmanaged(action, say) for action in twins)
    yield (
        say(UNMANAGED),
        tuple(_unmanaged(action, say) for action in strangers if not action.notes),
    )
    yield (
        say("In the state, in no file any more"),
        tuple(Listed(who=label(key)) for key in plan.orphans),
    )


def _moved_besides(plan: Plan, say: Phrases) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """Undeclared live changes, and what the API stores in another form."""
    moved = [len(action.undeclared) for action in plan.actions if action.undeclared]
    told = say(
        "{fields} of {agents}; reconciler drift shows them",
        fields=say.count(sum(moved), "field"),
        agents=say.count(len(moved), "agent"),
    )
    yield say("Changed live, declared in no file"), (Listed(who=told),) if moved else ()
    items = (one for a in plan.actions for one in otherwise_of(a.key, a.otherwise, say))
    yield say(OTHERWISE), tuple(items)


def _learned(plan: Plan, say: Phrases) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """Agents in sync for which an apply only writes the state."""
    learned = plan.of(Record)
    yield (
        say("In sync, but not in the state yet; apply remembers them"),
        tuple(Listed(who=one_line(action.key)) for action in learned if not action.known),
    )
    yield (
        say("In sync; apply brings the state up to date"),
        tuple(
            Listed(
                who=one_line(action.key),
                said=label(f"{action.formerly} in the state") if action.formerly else "",
            )
            for action in learned
            if action.known
        ),
    )


OTHERWISE = "Stored in another form by the API, so that live and files will not be equal"


def otherwise_of(key: str, changes: Sequence[Change], say: Phrases = ENGLISH) -> Iterator[Listed]:
    """The fields that the API stores in another form for an agent, how, and the equal value."""
    for change in changes:
        told = say("{how}, or let pull do that", how=_in_words(change.note, say))
        yield Listed(who=label(key), field=label(change.path), said=label(told, _REMARK))


def _in_words(note: str, say: Phrases) -> str:
    """``how; how: write this; write this``, each part in the report's language."""
    halves = (half.split("; ") for half in note.split(": "))
    return ": ".join(say.semicolon.join(map(say.told, half)) for half in halves)


def otherwise(
    here: str, there: str, found: Sequence[Apart], say: Phrases = ENGLISH
) -> tuple[str, tuple[Listed, ...]]:
    """The list of what the files set differently for another environment, with both values."""
    names = one_line(here), one_line(there)
    items = tuple(
        Listed(who=one_line(one.key), field=one_line(path), said=said)
        for one in found
        for path, said in _apart(one, *names, say)
    )
    return say("Set differently for {here} and {there}", here=names[0], there=names[1]), items


def _apart(one: Apart, here: str, there: str, say: Phrases) -> Iterator[tuple[str, str]]:
    """The differences of a field in two environments: paths, and both values in words."""
    if one.ignored:
        value = say(SENSITIVE) if one.hidden else brief(one.here, "", say)
        left = say(
            "not required of {place}, because it is left to the dashboard there", place=there
        )
        yield one.path, f"{here}: {value}{say.semicolon}{left}"
        return
    if one.hidden:
        yield one.path, say(SENSITIVE)
        return
    if one.only:
        name, value = (here, one.here) if one.only == "here" else (there, one.there)
        left = say("not set for the other")
        yield one.path, f"{name}: {brief(value, '', say)}{say.semicolon}{left}"
        return
    shown = between(one.there, one.here, "", say)
    if "prose" in shown:
        for passage in shown["prose"].passages:
            if passage.kind != "same":
                yield (
                    one.path,
                    _sides(here, _spans(passage.after), there, _spans(passage.before), say),
                )
    elif "parts" in shown:
        for part in shown["parts"]:
            path = f"{one.path}{'' if part.path.startswith('[') else '.'}{part.path}"
            yield path, _sides(here, part.after, there, part.before, say)
    else:
        yield one.path, _sides(here, shown["after"], there, shown["before"], say)


def _sides(here: str, one: str | None, there: str, other: str | None, say: Phrases) -> str:
    nothing = say("(nothing)")
    return f"{here}: {one or nothing}{say.semicolon}{there}: {other or nothing}"


def _spans(spans: Spans) -> str:
    """A paragraph on one line, differences in brackets."""
    text = "".join(f"⟦{span.text}⟧" if span.marked else span.text for span in spans)
    return f"«{text}»" if text else ""


def _unmanaged(action: Action, say: Phrases) -> Listed:
    said = say.semicolon.join(label(say.told(note)) for note in action.notes)
    return Listed(who=stranger(action.name, action.id or "", say), said=said)


def stranger(name: str, agent_id: str, say: Phrases = ENGLISH) -> str:
    """A live agent without a file, by name and id."""
    return f"{agent_name(name) or say('(no name)')} ({label(agent_id)})"


def summary(plan: Plan, say: Phrases = ENGLISH) -> str:
    """The plan's last line, with the important numbers."""
    in_sync = len(plan.of(InSync, Record))
    unmanaged = len(plan.of(Unmanaged))
    untold = sum(bool(action.uncompared) for action in plan.actions)
    tail = say.joined(
        [
            say("{n} in sync", n=in_sync),
            say("secrets of {n} not compared", n=untold) if untold else "",
            say("{n} unmanaged", n=unmanaged) if unmanaged else "",
        ]
    )
    place = one_line(plan.environment)
    blocked = len(plan.of(Blocked))
    if not plan.writes and not blocked:
        return f"{say('No changes in {place}', place=place)}: {tail}."
    counts = [
        say("{n} to create", n=len(plan.of(Create))),
        say("{n} to update", n=len(plan.of(Update))) + _whose(plan, say),
        say("{n} blocked", n=blocked) if blocked else "",
    ]
    told = say.semicolon.join(filter(None, (say.joined(counts), _noticed(plan, say), tail)))
    return f"{say('Plan for {place}', place=place)}: {told}."


def _whose(plan: Plan, say: Phrases) -> str:
    """The causes of the fields to update: `` (2 edit, 1 drift)``."""
    counts = causes(plan)
    told = say.joined(say.told(f"{n} {name}") for name, n in counts.items())
    return f" ({told})" if counts else ""


def _noticed(plan: Plan, say: Phrases) -> str:
    """The fields to be written by impact: ``3 fields: 2 spoken, 1 silent``."""
    counts = {name: count for name, count in impacts(plan).items() if count}
    fields = sum(counts.values())
    told = say.joined(say.told(f"{n} {name}") for name, n in counts.items())
    return f"{say.count(fields, 'field')}: {told}" if counts else ""


def impacts(plan: Plan) -> dict[str, int]:
    """Fields to be written by what a caller notices, in ``impact.GROUPS``."""
    return counted(change for action in plan.writes for change in written(action))


def written(action: Action) -> list[Change]:
    """The fields to be written as they are shown and counted: a node that is new is one."""
    return shown(action.changes, creating=isinstance(action, Create))


def causes(plan: Plan) -> dict[str, int]:
    """The number of fields of the updates by cause."""
    found = [change.cause for action in plan.of(Update) for change in written(action)]
    return {cause.value: found.count(cause) for cause in Cause if cause in found}


def block(action: Action, language: str = "en") -> Block:
    """One agent."""
    say = of(language)
    creating = isinstance(action, Create)
    rows = joined(row(change, creating=creating, say=say) for change in action.changes)
    rows += [row(change, ignored=True, say=say) for change in action.ignored]
    sent = action.request.body if isinstance(action, Write) else ()
    rows += [
        uncompared(one, sent=paths.top(one.path) in sent, say=say) for one in action.uncompared
    ]
    fields = say.count(len(written(action)), "field") if action.changes else ""
    contract = action.contract
    return Block(
        sign=SIGNS.get(action.verb, " "),
        key=label(action.key),
        name=called(action.name, action.key),
        id=label(action.id or ""),
        state=say.joined([say(action.verb.value), fields]),
        facts=tuple(say.told(one_line(note)) for note in action.notes if len(note) <= _SHORT),
        notes=tuple(
            label(say.told(note), _REMARK)
            for note in (*_refused(action, say), *action.notes)
            if len(note) > _SHORT
        ),
        reason=label(say.told(action.reason), _REMARK) if isinstance(action, Blocked) else "",
        told=told(action, language),
        breaking=tuple(breaking(contract, say)) if isinstance(action, Update) else (),
        groups=grouped(rows),
        flow=_flow(action, say),
    )


def _flow(action: Action, say: Phrases) -> FlowView | None:
    """What is written of a flow; None of an agent that has none."""
    if action.kind.view is None:
        return None
    from reconciler.render import flow_changes  # noqa: PLC0415 - most agents are prompts

    return flow_changes.drawn(action, say)


def _refused(action: Action, say: Phrases) -> Iterator[str]:
    """A note that an apply will not write this agent, if it will not."""
    fields = ", ".join(f"`{change.path}`" for change in action.conflicts)
    since = any(change.cause is Cause.EDITED_SINCE for change in action.conflicts)
    if since and isinstance(action, Update):
        yield say(
            "somebody edited {fields} since that apply: "
            "rollback writes this agent with --overwrite only, and the old value wins",
            fields=fields,
        )
    elif fields and isinstance(action, Update):
        yield say(
            "both the files and the dashboard changed {fields}: apply writes this agent "
            "with --overwrite only, and the files win; pull takes the live values",
            fields=fields,
        )


def told(action: Action, language: str) -> str:
    """The change as a sentence, without what callers must do; see ``breaking``."""
    from reconciler.render.sentences import paragraph  # noqa: PLC0415 - only of what changes

    return paragraph(action.kind, action.verb.value, action.name, action.changes, language=language)


def breaking(contract: Contract, say: Phrases = ENGLISH) -> Iterator[str]:
    """The new obligations of callers, a line for each placeholder."""
    for old, new in contract.renamed:
        told = {"old": _braced(old), "new": _braced(new)}
        yield say("{old} is now {new}: pass it under the new name", **told)
    for name in contract.added:
        if name in contract.filled:
            yield say("{name} is new: `params` fill it if a call does not", name=_braced(name))
        else:
            yield say(
                "{name} is new: a call that does not pass it speaks a blank", name=_braced(name)
            )
    for name in contract.unfilled:
        yield say(
            "{name}: `params` fill it no longer: a call that does not pass it speaks a blank",
            name=_braced(name),
        )
    for name in contract.removed:
        yield say("{name} is gone: what a call passes for it is not used", name=_braced(name))


def _braced(name: str) -> str:
    return f"{{{{{label(name, 60)}}}}}"

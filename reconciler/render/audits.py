"""An audit as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.engine.drift import Audit, Audited
from reconciler.engine.impact import group
from reconciler.engine.policies.required_text import Unkept, quoted
from reconciler.errors import Problem
from reconciler.model import Cause, Change
from reconciler.render import exit_rows
from reconciler.render.dedupe import alike, told_once
from reconciler.render.labels import ENGLISH, Phrases, of
from reconciler.render.node_rows import joined, shown
from reconciler.render.plans import OTHERWISE, TWINS, UNMANAGED, otherwise_of, stranger
from reconciler.render.rows import SENSITIVE, between, brief, counted, grouped, in_list, marks
from reconciler.render.sanitize import called, label, one_line, when
from reconciler.render.sentences import paragraph
from reconciler.render.view import Alert, Block, Ends, Listed, Row, Sheet
from reconciler.schema.paths import ORDER
from reconciler.text.wording import ticked

NEW = "not created yet"
_FEW = 5


def sheet(
    audit: Audit, findings: Sequence[Problem] = (), language: str = "en", *, whole: bool = False
) -> Sheet:
    """All agents of an audit, and lists of what was expected or could not be checked.

    ``whole``: what agents share stays with each of them.
    """
    say = of(language)
    blocks, shared = told_once([block(agent, language) for agent in audit.agents], whole=whole)
    return Sheet(
        kind="drift",
        title=say("Drift in {place}", place=one_line(audit.environment)),
        environment=one_line(audit.environment),
        url=one_line(audit.url),
        summary=summary(audit, say),
        changes=bool(audit.drifted),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in _lists(audit, say) if items),
        findings=tuple(findings),
        alerts=tuple(_missing(one, say) for one in audit.required_text if one.known),
        impacts=impacts(audit),
        language=language,
        sides=_sides(audit, say),
    )


def _sides(audit: Audit, say: Phrases) -> Ends:
    """The meaning of the two sides of each difference.

    The file's value if the applied is unknown.
    """
    found = [change for agent in audit.agents for change in agent.drift]
    unknown = [change.cause is Cause.UNTRACKED or not change.applied_known for change in found]
    if found and all(unknown):
        return say("your files"), say("live now")
    if any(unknown):
        return say("last applied (or your files, if that is unknown)"), say("live now")
    return say("last applied"), say("live now")


def _missing(one: Unkept, say: Phrases) -> Alert:
    """A required text that was removed from a live agent."""
    where = say("in `{field}`", field=one.field) if one.field else say("in any text")
    told = say(
        "{key} does not say {required} {where}",
        key=one.key,
        required=quoted(one.required),
        where=where,
    )
    return Alert(
        head=say("Required texts that are missing live"),
        rule="required_text",
        said=label(told, 1000),
        hint=say("put it back in the dashboard, or apply the file that has it"),
    )


def impacts(audit: Audit) -> dict[str, int]:
    """Changed fields by what a caller notices, in ``impact.GROUPS``."""
    return counted(change for agent in audit.agents for change in shown(agent.moved))


def _lists(audit: Audit, say: Phrases) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """The lists after the agents that drifted."""
    yield (
        say("Expected, left to the dashboard"),
        tuple(
            Listed(who=label(agent.key), field=label(c.path), said=label(say.told(c.note)))
            for agent in audit.agents
            for c in (*agent.expected, *agent.left)
        ),
    )
    waits = ((agent.key, _waits(agent, say)) for agent in audit.agents)
    yield say("Waiting for an apply"), alike(waits, say)
    unchecked = ((agent.key, ", ".join(agent.unchecked)) for agent in audit.agents)
    yield say("Cannot be checked: secret, or not shown by the API"), alike(unchecked, say)
    items = (one for a in audit.agents for one in otherwise_of(a.key, a.otherwise, say))
    yield say(OTHERWISE), tuple(items)
    unlearned = ((agent.key, _not_known(agent, say)) for agent in audit.agents)
    title = say("Not known yet, in no file; the next apply or drift --accept remembers it")
    yield title, alike(unlearned, say)
    unseen = ((one.key, quoted(one.required)) for one in audit.required_text if not one.known)
    yield say("Required texts that cannot be looked for"), alike(unseen, say)
    like = audit.namesakes
    twins = [agent for agent in audit.unmanaged if agent.id in like]
    yield (
        say(TWINS),
        tuple(
            Listed(
                who=stranger(agent.name, agent.id, say),
                said=label(
                    say("its name looks like that of {names}", names=ticked(like[agent.id]))
                ),
            )
            for agent in twins
        ),
    )
    others = [agent for agent in audit.unmanaged if agent.id not in like]
    yield say(UNMANAGED), tuple(Listed(who=stranger(one.name, one.id, say)) for one in others)


def _waits(agent: Audited, say: Phrases) -> str:
    """The changes that an apply would make without a live change; empty if none."""
    return ", ".join(agent.waiting) or (say(NEW) if agent.missing == NEW else "")


def _not_known(agent: Audited, say: Phrases) -> str:
    """The share of an agent that no apply has recorded; if small, the paths."""
    paths = agent.unlearned
    return ", ".join(paths) if len(paths) <= _FEW else say.count(len(paths), "field")


def block(agent: Audited, language: str = "en") -> Block:
    """One agent: what changed on it since the last apply."""
    say = of(language)
    drifted = agent.drifted and not agent.vanished
    return Block(
        sign="!" if agent.vanished else "~" if drifted else "=",
        key=label(agent.key),
        name=called(agent.name, agent.key),
        id=label(agent.id),
        state=_state(agent, say),
        facts=tuple(map(label, _facts(agent, say))),
        told=paragraph(agent.kind, "drift", agent.name, tellable(agent), language=language),
        groups=grouped(
            joined(
                (
                    *(_row(change, say) for change in agent.drift),
                    *(undeclared_row(change, say) for change in agent.undeclared),
                )
            )
        ),
    )


def _state(agent: Audited, say: Phrases) -> str:
    if agent.vanished:
        return label(say("vanished: {why}", why=say.told(agent.missing)))
    if agent.missing:
        return label(say.told(agent.missing))
    return say("drifted") if agent.drifted else say("as applied")


def _facts(agent: Audited, say: Phrases) -> Iterator[str]:
    if agent.updated_at and agent.moved and not agent.vanished:
        yield say("edited {moment}", moment=when(agent.updated_at))
    if not agent.applied_at:
        yield say("not in the state yet")
        return
    by = say(" from {commit}", commit=agent.commit[:7]) if agent.commit else ""
    yield say("last applied {moment}{by}", moment=when(agent.applied_at), by=by)


def _note(change: Change, say: Phrases) -> str:
    if change.cause is Cause.UNTRACKED:
        return say("file → live: the last applied value is unknown")
    if change.cause is not Cause.CONFLICT:
        return ""
    both = say("the file moved too")
    kept = (
        ""
        if change.applied_known
        else say("file → live, because the last applied value is unknown")
    )
    return say.semicolon.join(filter(None, (both, kept)))


def _row(change: Change, say: Phrases) -> Row:
    """One field: the applied value, and the live one."""
    bare = Row(
        sign="~",
        path=one_line(change.path),
        group=group(change),
        cause=change.cause.value,
        note=_note(change, say),
        marks=marks(change.before, change.after),
        node=exit_rows.node(change.path),
    )
    if change.sensitive:
        return replace(bare, after=say(SENSITIVE))
    exits = exit_rows.shown(change, say)
    if exits:
        return replace(bare, **exits)
    if change.item or change.path.endswith(ORDER):
        return replace(bare, **in_list(change, say))
    return replace(bare, **between(change.before, change.after, change.unit, say))


def undeclared_row(change: Change, say: Phrases = ENGLISH) -> Row:
    """One undeclared field: its live value, and the earlier one if it is known here."""
    bare = Row(
        sign="~",
        path=one_line(change.path),
        group=group(change),
        cause="undeclared",
        note=_undeclared(change, say),
        node=exit_rows.node(change.path),
    )
    if change.sensitive:
        return replace(bare, after=say(SENSITIVE))
    if not change.readable:
        return bare
    if change.applied_known and change.path.endswith(ORDER):
        return replace(bare, **in_list(change, say))
    if change.applied_known:
        shown = exit_rows.shown(change, say)
        shown = shown or between(change.before, change.after, change.unit, say)
        return replace(bare, marks=marks(change.before, change.after), **shown)
    after = brief(change.after, change.unit, say)
    return replace(bare, after=after, marks=marks(None, change.after))


def _undeclared(change: Change, say: Phrases) -> str:
    """A note on an undeclared change, and on its values that cannot be shown."""
    lacking = "" if change.applied_known else say("what it was is not kept here")
    if not change.sensitive and not change.readable:
        lacking = say("its value is not known here")
    return say.semicolon.join(filter(None, (say("changed live, declared in no file"), lacking)))


def tellable(agent: Audited) -> tuple[Change, ...]:
    """The changes that a sentence can describe: those with both values known."""
    return tuple(change for change in agent.moved if change in agent.drift or change.applied_known)


def summary(audit: Audit, say: Phrases = ENGLISH) -> str:
    """The audit's last line: how much changed, and how much could not be checked."""
    where = one_line(audit.environment)
    drifted, agents = audit.drifted, audit.agents
    same = sum(not agent.missing and not agent.moved for agent in agents)
    expected = sum(len(agent.expected) + len(agent.left) for agent in agents)
    unchecked = sum(len(agent.unchecked) for agent in agents)
    waiting = sum(bool(agent.waiting or agent.missing) for agent in agents if not agent.drifted)
    unlearned = sum(bool(agent.unlearned) for agent in agents)
    gone = sum(one.known for one in audit.required_text)
    tail = [
        say("{n} as applied", n=same),
        say("{n} expected", n=expected) if expected else "",
        say("{n} with edits that wait for an apply", n=waiting) if waiting else "",
        say("{fields} cannot be checked", fields=say.count(unchecked, "field"))
        if unchecked
        else "",
        say("{agents} with fields not known yet", agents=say.count(unlearned, "agent"))
        if unlearned
        else "",
        say("{agents} accepted", agents=say.count(len(audit.accepted), "agent"))
        if audit.accepted
        else "",
        say("{texts} missing live", texts=say.count(gone, "required text")) if gone else "",
        say("{n} unmanaged", n=len(audit.unmanaged)) if audit.unmanaged else "",
    ]
    if not drifted:
        return f"{say('No drift in {place}', place=where)}: {say.joined(tail)}."
    moved = say.joined(_moved(audit, say))
    return f"{say('Drift in {place}', place=where)}: {moved}{say.semicolon}{say.joined(tail)}."


def _moved(audit: Audit, say: Phrases) -> Iterator[str]:
    """A summary of the drift: the number of fields and agents, and the impact on callers."""
    drifted = audit.drifted
    fields = sum(len(shown(agent.moved)) for agent in drifted)
    others = sum(len(shown(agent.undeclared)) for agent in drifted)
    vanished = sum(agent.vanished for agent in drifted)
    agents = sum(bool(agent.moved) for agent in drifted)
    if fields:
        counted = {"fields": say.count(fields, "field"), "agents": say.count(agents, "agent")}
        noticed = say.joined(say.told(f"{n} {name}") for name, n in impacts(audit).items() if n)
        yield f"{say('{fields} of {agents}', **counted)} ({noticed})"
    if others:
        yield say("{n} of them declared in no file", n=others)
    if vanished:
        yield say("{agents} vanished", agents=say.count(vanished, "agent"))

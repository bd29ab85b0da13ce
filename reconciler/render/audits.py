"""An audit as a sheet for people. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.engine.audit import Audit, Audited
from reconciler.engine.groups import group
from reconciler.engine.guards.clauses import Unkept, quoted
from reconciler.engine.wording import count, ticked
from reconciler.errors import Problem
from reconciler.model import Cause, Change
from reconciler.render.fleet import told_once
from reconciler.render.plans import TWINS, UNMANAGED, stranger
from reconciler.render.rows import between, counted, grouped, marks
from reconciler.render.safe import agent_name, label, one_line, when
from reconciler.render.sentences import paragraph
from reconciler.render.sheet import Alert, Block, Listed, Row, Sheet

NEW = "not created yet"
_NOTES = {
    Cause.CONFLICT: "the file moved too",
    Cause.UNKNOWN: "file → live: what was applied is not known",
}


def sheet(audit: Audit, findings: Sequence[Problem] = (), language: str = "en") -> Sheet:
    """All agents of an audit, and lists of what was expected or could not be looked at."""
    blocks, shared = told_once([block(agent, language) for agent in audit.agents])
    return Sheet(
        kind="drift",
        title=f"Drift in {one_line(audit.environment)}",
        environment=one_line(audit.environment),
        url=one_line(audit.url),
        summary=summary(audit),
        changes=bool(audit.drifted),
        blocks=blocks,
        shared=shared,
        lists=tuple((title, items) for title, items in _lists(audit) if items),
        findings=tuple(findings),
        alerts=tuple(_missing(one) for one in audit.clauses if one.known),
        impacts=impacts(audit),
        language=language,
    )


def _missing(one: Unkept) -> Alert:
    """A clause that somebody took out of a live agent."""
    where = f"in `{one.field}`" if one.field else "in any text"
    return Alert(
        head="Pinned clauses that are missing live",
        rule="clauses",
        said=label(f"{one.key} does not say {quoted(one.clause)} {where}", 1000),
        hint="put it back in the dashboard, or apply the file that has it",
    )


def impacts(audit: Audit) -> dict[str, int]:
    """How many fields that moved a caller notices how, by ``groups.GROUPS``."""
    return counted(change for agent in audit.agents for change in agent.drift)


def _lists(audit: Audit) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """What is told after the agents that drifted."""
    yield (
        "Expected, left to the dashboard",
        tuple(
            Listed(who=label(agent.key), field=label(c.path), said=label(c.note))
            for agent in audit.agents
            for c in agent.expected
        ),
    )
    waits = ((agent.key, _waits(agent)) for agent in audit.agents)
    yield "Waiting for an apply", _told(waits)
    unchecked = ((agent.key, ", ".join(agent.unchecked)) for agent in audit.agents)
    yield "Cannot be checked: secret, or not shown by the API", _told(unchecked)
    unseen = ((one.key, quoted(one.clause)) for one in audit.clauses if not one.known)
    yield "Clauses that cannot be looked for", _told(unseen)
    like = audit.namesakes
    twins = [agent for agent in audit.unmanaged if agent.id in like]
    yield (
        TWINS,
        tuple(
            Listed(
                who=stranger(agent.name, agent.id),
                said=label(f"its name looks like that of {ticked(like[agent.id])}"),
            )
            for agent in twins
        ),
    )
    others = [agent for agent in audit.unmanaged if agent.id not in like]
    yield UNMANAGED, tuple(Listed(who=stranger(agent.name, agent.id)) for agent in others)


def _told(pairs: Iterator[tuple[str, str]]) -> tuple[Listed, ...]:
    return tuple(Listed(who=label(who), said=label(said, 1000)) for who, said in pairs if said)


def _waits(agent: Audited) -> str:
    """What an apply would do although nobody touched the live agent; empty for nothing."""
    return ", ".join(agent.waiting) or (NEW if _state(agent) == NEW else "")


def block(agent: Audited, language: str = "en") -> Block:
    """One agent: what moved on it since the last apply."""
    drifted = agent.drifted and not agent.vanished
    return Block(
        sign="!" if agent.vanished else "~" if drifted else "=",
        key=label(agent.key),
        name=agent_name(agent.name),
        id=label(agent.id),
        state=_state(agent),
        facts=tuple(map(label, _facts(agent))),
        told=paragraph("drift", agent.name, agent.drift, language=language),
        groups=grouped(_row(change) for change in agent.drift),
    )


def _state(agent: Audited) -> str:
    if agent.vanished:
        return label(f"vanished: {agent.missing}")
    if agent.missing:
        return label(agent.missing)
    return "drifted" if agent.drift else "as applied"


def _facts(agent: Audited) -> list[str]:
    edited = agent.updated_at and agent.drift and not agent.vanished
    moved = [f"edited {when(agent.updated_at)}"] if edited else []
    by = f" from {agent.commit[:7]}" if agent.commit else ""
    last = (
        [f"last applied {when(agent.applied_at)}{by}"]
        if agent.applied_at
        else ["not in the ledger yet"]
    )
    return [*moved, *last]


def _note(change: Change) -> str:
    note = _NOTES.get(change.cause, "")
    if change.cause is Cause.CONFLICT and not change.last_known:
        return f"{note}; file → live, for what was applied is not known"
    return note


def _row(change: Change) -> Row:
    """One field: what was applied, and what is live."""
    bare = Row(
        sign="~",
        path=one_line(change.path),
        group=group(change),
        cause=change.cause.value,
        note=_note(change),
        marks=marks(change.before, change.after),
    )
    return replace(bare, **between(change.before, change.after, change.unit))


def summary(audit: Audit) -> str:
    """The audit's last line: how much moved, and how much could not be looked at."""
    where = one_line(audit.environment)
    drifted, agents = audit.drifted, audit.agents
    tail = [f"{sum(not agent.missing and not agent.drift for agent in agents)} as applied"]
    expected = sum(len(agent.expected) for agent in agents)
    unchecked = sum(len(agent.unchecked) for agent in agents)
    waiting = sum(bool(agent.waiting or agent.missing) for agent in agents if not agent.drifted)
    tail += [f"{expected} expected"] if expected else []
    tail += [f"{waiting} with edits that wait for an apply"] if waiting else []
    tail += [f"{count(unchecked, 'field')} cannot be checked"] if unchecked else []
    gone = sum(one.known for one in audit.clauses)
    tail += [f"{count(gone, 'pinned clause')} missing live"] if gone else []
    tail += [f"{len(audit.unmanaged)} unmanaged"] if audit.unmanaged else []
    if not drifted:
        return f"No drift in {where}: {', '.join(tail)}."
    fields = sum(len(agent.drift) for agent in drifted)
    vanished = sum(agent.vanished for agent in drifted)
    of = count(sum(bool(agent.drift) for agent in drifted), "agent")
    noticed = ", ".join(f"{n} {name}" for name, n in impacts(audit).items() if n)
    moved = [f"{count(fields, 'field')} of {of} ({noticed})"] if fields else []
    moved += [f"{count(vanished, 'agent')} vanished"] if vanished else []
    return f"Drift in {where}: {', '.join(moved)}; {', '.join(tail)}."

"""An audit as redacted rows, once; every printer walks these. Pure."""

from dataclasses import dataclass, replace

from reconciler.engine.audit import Audit, Audited
from reconciler.model import Cause, Change
from reconciler.render.rows import Row, between
from reconciler.render.safe import one_line, when

NEW = "not created yet"
_NOTES = {
    Cause.CONFLICT: "the file moved too",
    Cause.UNKNOWN: "file → live: what was applied is not known",
}


@dataclass(frozen=True, kw_only=True)
class AuditBlock:
    """One agent of an audit that has something to say."""

    sign: str
    key: str
    name: str
    id: str
    state: str
    """``drifted``, ``vanished``, ``not created yet`` or ``as applied``."""
    facts: tuple[str, ...] = ()
    """When it moved live, and when it was last applied."""
    drift: tuple[Row, ...] = ()
    expected: tuple[Row, ...] = ()
    waiting: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def waits(self) -> str:
        """What an apply would do although nobody touched the live agent; empty for nothing."""
        return ", ".join(self.waiting) or (self.state if self.state == NEW else "")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An item of one of an audit's lists: an agent, and a field with a note, or some words."""

    who: str
    field: str = ""
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class AuditSheet:
    """A whole audit, ready to print."""

    environment: str
    url: str
    blocks: tuple[AuditBlock, ...]
    unmanaged: tuple[str, ...]
    summary: str
    drift: bool

    @property
    def lists(self) -> tuple[tuple[str, tuple[Listed, ...]], ...]:
        """What is told after the agents that drifted: titles and items, no list empty."""
        found = {
            "Expected, left to the dashboard": [
                Listed(who=block.key, field=row.path, said=row.note)
                for block in self.blocks
                for row in block.expected
            ],
            "Waiting for an apply": [
                Listed(who=block.key, said=block.waits) for block in self.blocks if block.waits
            ],
            "Cannot be checked: secret, or not shown by the API": [
                Listed(who=block.key, said=", ".join(block.unchecked))
                for block in self.blocks
                if block.unchecked
            ],
            "Unmanaged, in no file": [Listed(who=name) for name in self.unmanaged],
        }
        return tuple((title, tuple(items)) for title, items in found.items() if items)


def sheet(audit: Audit) -> AuditSheet:
    """The rows of an audit."""
    unmanaged = [f"{agent.name or '(no name)'} ({agent.id})" for agent in audit.unmanaged]
    return AuditSheet(
        environment=one_line(audit.environment),
        url=one_line(audit.url),
        blocks=tuple(map(block, audit.agents)),
        unmanaged=tuple(map(one_line, unmanaged)),
        summary=summary(audit),
        drift=bool(audit.drifted),
    )


def block(agent: Audited) -> AuditBlock:
    """One agent's rows."""
    drifted = agent.drifted and not agent.vanished
    return AuditBlock(
        sign="!" if agent.vanished else "~" if drifted else "=",
        key=one_line(agent.key),
        name=one_line(agent.name),
        id=one_line(agent.id),
        state=_state(agent),
        facts=tuple(map(one_line, _facts(agent))),
        drift=tuple(_row(change, _note(change)) for change in agent.drift),
        expected=tuple(_row(change, one_line(change.note)) for change in agent.expected),
        waiting=tuple(map(one_line, agent.waiting)),
        unchecked=tuple(map(one_line, agent.unchecked)),
    )


def _state(agent: Audited) -> str:
    if agent.vanished:
        return one_line(f"vanished: {agent.missing}")
    if agent.missing:
        return one_line(agent.missing)
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


def _row(change: Change, note: str) -> Row:
    """One field: what was applied, and what is live."""
    bare = Row(
        sign="~",
        path=one_line(change.path),
        impact=change.impact.value,
        cause=change.cause.value,
        note=note,
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
    tail += [f"{_count(unchecked, 'field')} cannot be checked"] if unchecked else []
    tail += [f"{len(audit.unmanaged)} unmanaged"] if audit.unmanaged else []
    if not drifted:
        return f"No drift in {where}: {', '.join(tail)}."
    fields = sum(len(agent.drift) for agent in drifted)
    gone = sum(agent.vanished for agent in drifted)
    of = _count(sum(bool(agent.drift) for agent in drifted), "agent")
    moved = [f"{_count(fields, 'field')} of {of}"] if fields else []
    moved += [f"{_count(gone, 'agent')} vanished"] if gone else []
    return f"Drift in {where}: {', '.join(moved)}; {', '.join(tail)}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"

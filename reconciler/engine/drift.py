"""Changes made in the dashboard since the last apply. Pure.

================  =============================================================
cause             in an audit
================  =============================================================
drift, conflict   drift: the live value is not the one that was last applied
untracked         drift: the live value differs from the file, nothing was applied
edit              waiting: only the file changed; an apply will send it
================  =============================================================

A field that the file has named only since the last apply is also waiting. A change of a field that
no file names is drift too, in a class of its own; see ``undeclared``.

Fields that cannot be read and secrets cannot be audited; they are listed as unchecked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Literal

from reconciler.engine import diff, graph, items, undeclared, views
from reconciler.engine.diff import AppliedValue, Reported, everything, forgotten
from reconciler.engine.identity import Match, match, namesakes, only
from reconciler.engine.plan import expected, is_ignored
from reconciler.engine.policies.declared import RequiredText
from reconciler.engine.policies.required_text import Unkept, missing_live
from reconciler.jsonvalues import MISSING, Json, Secret, map_leaves
from reconciler.late import dataclass
from reconciler.model import (
    ADDED,
    REMOVED,
    Applied,
    Cause,
    Change,
    Desired,
    EnvironmentState,
    Live,
)
from reconciler.schema import digest, paths
from reconciler.schema.kind import Kind


@dataclass(frozen=True, kw_only=True)
class Audited:
    """One agent of the files. ``missing`` says why there is no live agent for it.

    ``drift`` and ``expected`` start from the last apply: ``before`` is the applied value, or the
    file's if not ``applied_known``; ``after`` is the live value. ``waiting`` are paths that changed
    only in the file, ``unchecked`` are declared leaves that cannot be compared. ``undeclared``
    changed live and are in no file (``before`` is set only if ``applied_known``); ``left`` are the
    expected ones among them. ``unlearned`` are undeclared paths that no apply has recorded yet.
    """

    kind: Kind
    key: str
    name: str
    id: str = ""
    missing: str = ""
    vanished: bool = False
    updated_at: str = ""
    applied_at: str = ""
    commit: str = ""
    drift: tuple[Change, ...] = ()
    expected: tuple[Change, ...] = ()
    waiting: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    undeclared: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    unlearned: tuple[str, ...] = ()
    otherwise: tuple[Change, ...] = ()
    """Leaves that the API stores in another form than the files', as it did when they were sent."""

    @property
    def moved(self) -> tuple[Change, ...]:
        """Everything that changed live, whether or not a file names it."""
        return (*self.drift, *self.undeclared)

    @property
    def drifted(self) -> bool:
        """Whether the live agent differs from what was last applied."""
        return self.vanished or bool(self.moved)


@dataclass(frozen=True, kw_only=True)
class Audit:
    """All agents of the files by key, and the live agents that no file claims."""

    environment: str
    url: str
    agents: tuple[Audited, ...]
    unmanaged: tuple[Live, ...]
    required_text: tuple[Unkept, ...] = ()
    """Required texts that live agents do not contain, or that could not be checked."""
    namesakes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """For unmanaged agents, by id: the keys of managed agents whose names look the same."""
    accepted: tuple[str, ...] = ()
    """Keys of the agents whose undeclared live values this run recorded in the state."""

    @property
    def drifted(self) -> tuple[Audited, ...]:
        """The agents that were changed or removed outside of this tool."""
        return tuple(agent for agent in self.agents if agent.drifted)

    @property
    def unsettled(self) -> bool:
        """Whether drift is left after what was accepted, or a required text is missing."""
        left = (
            agent.vanished or agent.drift or (agent.undeclared and agent.key not in self.accepted)
            for agent in self.agents
        )
        return any(left) or any(one.known for one in self.required_text)


def audit(  # noqa: PLR0913 - each is an input of its own
    desired: Sequence[Desired],
    live: Sequence[Live],
    page: EnvironmentState,
    *,
    environment: str,
    url: str,
    wanted: frozenset[str] | None = None,
    applied_value: AppliedValue = forgotten,
    reported: Reported = everything,
    requirements: Sequence[RequiredText] = (),
) -> Audit:
    """Compare the live agents with what was last applied, in the fields that the files declare.

    Secrets are never compared, set or not, so the result is the same on every machine. ``wanted``
    limits the audit to these keys and leaves out unmanaged agents. ``applied_value`` looks up what
    was last applied if both sides changed, ``reported`` decides whether a change of an undeclared
    path is drift; ``requirements`` are checked in all texts, declared or not. Raises ConfigError if
    a file matches several agents.
    """
    bare = sorted(map(without_secrets, desired), key=lambda item: item.key)
    matches = graph.resolved(match(bare, live, page))
    chosen = [item for item in matches if wanted is None or item.desired.key in wanted]
    claimed = {(item.live.kind.name, item.live.id) for item in matches if item.live}
    strangers = [
        agent for agent in live if (agent.kind.name, agent.id) not in claimed and wanted is None
    ]
    known = {name: only(name, (), page)[1] for name in {item.desired.kind.name for item in chosen}}
    agents = [_audited(item, known[item.desired.kind.name]) for item in chosen]
    return Audit(
        environment=environment,
        url=url,
        agents=tuple(_recalled(_counted(one, reported), applied_value) for one in agents),
        required_text=tuple(_unkept(agents, live, requirements)),
        unmanaged=tuple(sorted(strangers, key=lambda agent: (agent.name, agent.id))),
        namesakes=namesakes(strangers, matches),
    )


def without_secrets(item: Desired) -> Desired:
    """Replace the secrets of an agent by their names alone."""

    def bare(leaf: Json) -> Json:
        return Secret(leaf.name) if isinstance(leaf, Secret) else leaf

    return replace(item, fields={p: map_leaves(value, bare) for p, value in item.fields.items()})


def _counted(agent: Audited, is_reported: Reported) -> Audited:
    """Keep only the undeclared changes that ``is_reported`` accepts."""
    reported = partial(is_reported, agent.kind)
    return replace(
        agent,
        undeclared=tuple(change for change in agent.undeclared if reported(change.path)),
        left=tuple(change for change in agent.left if reported(change.path)),
        unlearned=tuple(filter(reported, agent.unlearned)),
    )


def _unkept(
    found: Iterable[Audited], live: Sequence[Live], requirements: Sequence[RequiredText]
) -> Iterator[Unkept]:
    """Yield the required texts that the live agents do not contain."""
    agents = {agent.id: agent for agent in live}
    for one in found:
        if one.id in agents:
            yield from missing_live(requirements, one.key, agents[one.id])


def _recalled(agent: Audited, applied_value: AppliedValue) -> Audited:
    """Fill in the applied values of conflicts and of undeclared changes."""
    return replace(
        agent,
        drift=tuple(
            _as_applied(agent.id, one, applied_value) if one.cause.is_conflict else one
            for one in agent.drift
        ),
        undeclared=tuple(
            one if one.sensitive else _as_applied(agent.id, one, applied_value)
            for one in agent.undeclared
        ),
    )


def _as_applied(agent_id: str, change: Change, applied_value: AppliedValue) -> Change:
    """Let a change start from the last applied value, if it is known."""
    value = applied_value(agent_id, change.path) if change.readable else MISSING
    return change if value is MISSING else replace(change, before=value, applied_known=True)


def _audited(item: Match, page: EnvironmentState) -> Audited:
    if item.live is None:
        return _absent(item, page.entry(item.desired.key, item.lost))
    known = page.entry(item.desired.key, item.live.id)
    same = page.of(item.desired.key, item.live.id, item.desired.kind)
    same = views.remembered(same, item.desired, item.live)
    desired, live = items.aligned(views.comparable(item.desired, item.live, same), item.live)
    found = diff.differences(desired, live, same, page.salt)
    ignored = {change.path for change in expected(found, desired.ignore)}
    told = {change.path for change in found if change.readable}
    waiting = [c for c in found if c.path not in ignored and _waits(desired.kind, c, same)]
    readable = [c for c in found if c.readable and c.cause is not Cause.EDIT]
    moved = [change for change in readable if change not in waiting]
    seen = [_seen_from_last(desired, change) for change in moved]
    others = undeclared.compared(desired, live, same)
    left = tuple(expected(others.moved, desired.ignore))
    gone = f"the agent {item.lost} is not live any more; {live.id} has its name"
    return Audited(
        kind=desired.kind,
        key=desired.key,
        name=live.name,
        id=live.id,
        missing=gone if item.lost else "",
        vanished=bool(item.lost),
        updated_at=live.updated_at,
        applied_at=known.applied_at if known else "",
        commit=known.commit if known else "",
        drift=tuple(change for change in seen if change.path not in ignored),
        expected=tuple(expected(seen, desired.ignore)),
        waiting=tuple(change.path for change in waiting),
        unchecked=tuple(p for p in _unchecked(desired.kind, desired, live, same) if p not in told),
        undeclared=tuple(c for c in others.moved if not is_ignored(c.path, desired.ignore)),
        left=left,
        unlearned=others.unknown,
        otherwise=tuple(diff.otherwise(desired, live, same, page.salt)),
    )


def _absent(item: Match, known: Applied | None) -> Audited:
    """An agent that is not live: removed, or not created yet."""
    gone = item.missing_pin or item.lost
    return Audited(
        kind=item.desired.kind,
        key=item.desired.key,
        name=item.desired.name,
        id=gone,
        missing=f"the agent {gone} is not live any more" if gone else "not created yet",
        vanished=bool(gone),
        applied_at=known.applied_at if known else "",
        commit=known.commit if known else "",
    )


_TURNED: Mapping[str, Literal["", "added", "removed"]] = {"": "", ADDED: REMOVED, REMOVED: ADDED}


def _seen_from_last(desired: Desired, change: Change) -> Change:
    """Turn a difference into the change from the last applied to the live value.

    If only the dashboard changed the field, the file still has the applied value.
    """
    known = change.cause is Cause.DRIFT
    return replace(
        change,
        before=desired.fields.get(change.path),
        after=change.before,
        applied_known=known,
        item=_TURNED[change.item],
    )


def _waits(kind: Kind, change: Change, known: Applied | None) -> bool:
    """Whether only the file changed, or the leaf cannot be read and has to be sent."""
    applied = known is None or diff.last_digest_of(kind[change.path], known) is not None
    named_since = not applied and change.item != REMOVED
    return change.cause is Cause.EDIT or not change.readable or named_since


def _unchecked(kind: Kind, desired: Desired, live: Live, known: Applied | None) -> list[str]:
    digests = known.digests if known else {}
    return [
        path
        for path, value in desired.fields.items()
        if paths.is_there(path, live.fields)  # an item that was removed live is drift
        if path not in live.fields
        or diff.sensitive(kind[path], value)
        or digest.is_keyed(digests.get(path))
    ]

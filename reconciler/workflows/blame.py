"""Which apply and commit set each value of an agent, from start to end. Read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.engine import blame as engine
from reconciler.engine.blame import Blamed, BlamedLine
from reconciler.errors import UsageError, listed, meant
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import Applied, Live
from reconciler.schema.kind import Kind
from reconciler.state import git
from reconciler.workflows import chosen
from reconciler.workflows.baseline import Baseline
from reconciler.workflows.refresh import refresh
from reconciler.workflows.session import LOOSE, Session


@dataclass(frozen=True, kw_only=True)
class Blame:
    """The known facts of an agent's fields, or of the ``lines`` of one text field.

    ``authors`` are by commit.
    """

    live: Live
    fields: Sequence[Blamed]
    lines: Sequence[BlamedLine]
    authors: Mapping[str, str]


async def blame(session: Session, key: str, path: str | None) -> Blame:
    """Blame the fields of an agent; for one field that is a text, its lines.

    1. Read the files, the state, and the live agents.
    2. Find the agent with this key.
    3. Date each field by the state, or by the commit that added it.
    4. Date each line by the values that were applied before.
    5. Ask git for the authors.
    """
    desired, _ = session.agents()
    seen = await refresh(session, desired, session.page())
    item, live = chosen.live_agent(seen, key)
    known = seen.page.of(item.key, live.id, item.kind)
    found = engine.fields(item, live, known, seen.page.salt)
    if path is not None:
        found = [_named(item.kind, path, found)]
    found = [_dated(session, one, known) for one in found]
    lines = _lines(Baseline.of(session, seen.page), live.id, found[0]) if path else []
    authors = _authors(session, lines or found)
    return Blame(live=live, fields=found, lines=lines, authors=authors)


def _lines(baseline: Baseline, agent_id: str, one: Blamed) -> list[BlamedLine]:
    """The lines of a live text; empty if the applied text for comparison cannot be found."""
    if not isinstance(one.live, str) or one.since is None:
        return []
    applied = baseline.applied(agent_id, one.path) if one.outside else one.live
    if not isinstance(applied, str):
        return []
    earlier = [
        (stamp, text)
        for stamp, text in baseline.versions(agent_id, one.path)
        if isinstance(text, str) and stamp.at < one.since.at
    ]
    return engine.lines([*earlier, (one.since, applied)], one.live)


def _authors(session: Session, found: Sequence[Blamed] | Sequence[BlamedLine]) -> dict[str, str]:
    names = {item.since.commit for item in found if item.since and item.since.commit}
    return {name: git.author(session.project.root, name) for name in names}


def _dated(session: Session, item: Blamed, known: Applied | None) -> Blamed:
    """Add the commit that brought a field into the state, if no apply recorded one."""
    if known is None or item.since is None or item.since.commit or not item.readable:
        return item
    commits = session.state.backend.commits_with(known.digests[item.path])
    return replace(item, since=replace(item.since, commit=commits[-1])) if commits else item


def _named(kind: Kind, path: str, found: list[Blamed]) -> Blamed:
    """The requested field, by its name in any generation."""
    fields = {item.path: item for item in found}
    own = registry.own(kind, path)
    path = own[0] if len(own) == 1 else path
    if path not in fields:
        hint = meant(path, fields, f"fields: {listed(fields, path)}", LOOSE)
        raise UsageError(f"the agent's file and the state have no field `{path}`", hint=hint)
    return fields[path]

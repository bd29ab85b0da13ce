"""`reconciler blame`: since when an agent says what it says, and by whose commit."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from reconciler.cli import signals
from reconciler.cli.output import write_blame, write_blamed_lines
from reconciler.cli.session import LOOSE, Session, Sight, open_session
from reconciler.engine import blame, identity
from reconciler.engine.blame import Blamed
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.model import Desired, LastAgent, LiveAgent
from reconciler.state import git, ledger
from reconciler.workflows.context import World


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; reads only."""
    session = open_session(world, arguments)
    seen = signals.run(session.look())
    desired, live = _agent(session, seen)
    known = seen.last.of(desired.key, live.id)
    found = blame.fields(desired, live, known, seen.last.salt)
    if arguments.field is not None:
        found = [_named(arguments.field, found)]
    found = [_dated(session, item, known) for item in found]
    lines = _lines(session, seen, live.id, found[0]) if arguments.field else []
    if lines:
        write_blamed_lines(world, arguments, lines, _authors(session, lines))
    else:
        write_blame(world, arguments, live, found, _authors(session, found))
    return 0


def _agent(session: Session, seen: Sight) -> tuple[Desired, LiveAgent]:
    """The file and the live agent of the key that is asked for."""
    key = session.arguments.agent
    keys = [item.key for item in seen.desired]
    if key not in keys:
        hint = meant(key, keys, f"keys: {listed(keys, key)}", LOOSE)
        raise UsageError(f"there is no agent `{key}`", hint=hint)
    matches = identity.match(seen.desired, seen.live, seen.last)
    found = next(item for item in matches if item.desired.key == key)
    if found.live is None:
        raise ReconcilerError(f"{key} is not live", hint="reconciler plan tells more")
    return found.desired, found.live


def _lines(session: Session, seen: Sight, agent_id: str, one: Blamed) -> list[blame.BlamedLine]:
    """The lines of a live text; none where what was applied cannot be had to compare with."""
    if not isinstance(one.live, str) or one.since is None:
        return []
    past = session.past(seen.last)
    applied = past.applied(agent_id, one.path) if one.outside else one.live
    if not isinstance(applied, str):
        return []
    earlier = [
        (stamp, text)
        for stamp, text in past.versions(agent_id, one.path)
        if isinstance(text, str) and stamp.at < one.since.at
    ]
    return blame.lines([*earlier, (one.since, applied)], one.live)


def _authors(
    session: Session, found: Sequence[Blamed] | Sequence[blame.BlamedLine]
) -> dict[str, str]:
    names = {item.since.commit for item in found if item.since and item.since.commit}
    return {name: git.author(session.project.root, name) for name in names}


def _dated(session: Session, item: Blamed, known: LastAgent | None) -> Blamed:
    """The field with the commit that brought it into the ledger, where no apply noted one."""
    if known is None or item.since is None or item.since.commit or not item.readable:
        return item
    commits = git.having(session.project.root, ledger.FILE_NAME, known.digests[item.path])
    return replace(item, since=replace(item.since, commit=commits[-1])) if commits else item


def _named(path: str, found: list[Blamed]) -> Blamed:
    """The field that is asked for."""
    fields = {item.path: item for item in found}
    if path not in fields:
        hint = meant(path, fields, f"fields: {listed(fields, path)}", LOOSE)
        raise UsageError(f"the agent's file and the ledger have no field `{path}`", hint=hint)
    return fields[path]

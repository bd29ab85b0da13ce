"""`reconciler drift`: what the dashboard changed since the last apply.

Reads only; with ``--accept`` the ledger learns what no file names as it is live.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.cli import signals
from reconciler.cli.command_line import again
from reconciler.cli.output import show_warnings, write_audit
from reconciler.cli.session import LOOSE, Session, Sight, open_project, open_session
from reconciler.config.lifecycle import is_day
from reconciler.engine import memory, recall
from reconciler.engine.drift import Audit, audit, with_clauses, without_undeclared
from reconciler.errors import UsageError, listed, meant
from reconciler.model import Desired, Ignore
from reconciler.schema.kind import Kind
from reconciler.state import files
from reconciler.state.mutex import exclusive
from reconciler.workflows.context import World

_FIELD = re.compile(r"(?:(?P<key>[^:,=]+):)?(?P<path>[^:,=]+)")


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where nothing drifted, 2 where something did or a clause is gone; an error is 1."""
    if not arguments.accept:
        return _run(world, arguments)
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        return _run(world, arguments)


def _run(world: World, arguments: argparse.Namespace) -> int:
    session = open_session(world, arguments)
    ignored = [_ignore(text, session.kind) for text in arguments.ignore]
    seen = signals.run(session.look())
    for glob, _ in ignored:
        if not any(fnmatchcase(item.key, glob) for item in seen.desired):
            keys = [item.key for item in seen.desired]
            hint = meant(glob, keys, f"keys: {listed(keys, glob)}", LOOSE)
            raise UsageError(f"--ignore {glob} means no agent", hint=hint)
    today = world.now()[:10]
    found = audit(
        [_ignoring(item, ignored, today) for item in seen.desired],
        seen.live,
        seen.last,
        environment=session.environment.name,
        url=session.environment.url,
        wanted=seen.wanted,
    )
    found = _counted(session, found)
    found = with_clauses(found, seen.live, session.environment.limits.clauses)
    found = recall.in_audit(found, session.past(seen.last).applied)
    if arguments.accept:
        with files.unbroken():
            found = replace(found, accepted=_accepted(session, seen, found))
    show_warnings(world, arguments, seen.warnings, [one.key for one in found.agents if one.moved])
    write_audit(world, arguments, found, seen.warnings)
    told = world.interactive and not arguments.quiet
    if told and found.unsettled and any(agent.moved for agent in found.agents):
        world.stderr.write(
            f"Next: {again(arguments, 'adopt')} takes live edits into the files, "
            f"{again(arguments, 'apply')} puts the files back. "
            "If a colleague applied: git pull first.\n"
        )
    return 2 if found.unsettled else 0


def _accepted(session: Session, seen: Sight, found: Audit) -> tuple[str, ...]:
    """Remember as known what is live and no file names; the keys of the agents it is known of."""
    live = {agent.id: agent for agent in seen.live}
    declared = {item.key: item.fields for item in seen.desired}
    entries = {
        one.key: memory.accepted(known, live[one.id], declared[one.key])
        for one in found.agents
        if one.id in live and (known := seen.last.of(one.key, one.id))
    }
    session.ledger.record_all(session.environment.name, seen.last.salt, entries)
    return tuple(entries)


def _counted(session: Session, found: Audit) -> Audit:
    """The audit without what the project does not count as drift."""
    rules = session.project.entry.drift
    if rules.undeclared == "ignore":
        return without_undeclared(found)
    return without_undeclared(found, rules.ignore)


def _ignore(text: str, kind: Kind) -> tuple[str, Ignore]:
    """``[KEY:]FIELD[,until=DATE][,reason=TEXT]`` as a glob on keys and what it ignores."""
    field, *more = re.split(r",(?=until=|reason=)", text)
    found = _FIELD.fullmatch(field)
    said = dict(one.split("=", 1) for one in more)
    until = said.get("until", "")
    empty = not all(said.values()) or len(said) < len(more)
    if not found or empty or ("until" in said and not is_day(until)):
        hint = "such as pokeMessages, or clinic-*:params,until=2026-03-20,reason=Ramadan"
        raise UsageError(f"--ignore {text} is not understood", hint=hint)
    path = found["path"]
    if path not in kind.names:
        hint = meant(path, kind.names, f"fields: {listed(kind.names, path)}", LOOSE)
        raise UsageError(f"--ignore: `{path}` is not a field", hint=hint)
    return found["key"] or "*", Ignore(path=path, reason=said.get("reason", ""), until=until)


def _ignoring(item: Desired, more: Sequence[tuple[str, Ignore]], today: str) -> Desired:
    """The agent with what the command line ignores, too."""
    fits = (entry for glob, entry in more if fnmatchcase(item.key, glob) and entry.holds_on(today))
    return replace(item, ignore=(*item.ignore, *fits))

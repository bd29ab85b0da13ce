"""`reconciler drift`: what the dashboard changed since the last apply. Reads only."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.api.fields import Table
from reconciler.cli import signals
from reconciler.cli.session import LOOSE, open_session
from reconciler.cli.talk import show_warnings, write_audit
from reconciler.cli.ways import again
from reconciler.cli.world import World
from reconciler.config.lifecycle import is_day
from reconciler.engine import recall
from reconciler.engine.audit import audit, with_clauses
from reconciler.errors import UsageError, listed, meant
from reconciler.model import Desired, Ignore

_FIELD = re.compile(r"(?:(?P<key>[^:,=]+):)?(?P<path>[^:,=]+)")


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where nothing drifted, 2 where something did or a clause is gone; an error is 1."""
    session = open_session(world, arguments)
    ignored = [_ignore(text, session.table) for text in arguments.ignore]
    seen = signals.run(session.look())
    for glob, _ in ignored:
        if not any(fnmatchcase(item.key, glob) for item in seen.desired):
            keys = [item.key for item in seen.desired]
            hint = meant(glob, keys, f"keys: {listed(keys, glob)}", LOOSE)
            raise UsageError(f"--ignore {glob} means no agent", hint=hint)
    today = world.now()[:10]
    found = audit(
        session.table,
        [_ignoring(item, ignored, today) for item in seen.desired],
        seen.live,
        seen.last,
        environment=session.environment.name,
        url=session.environment.url,
        wanted=seen.wanted,
    )
    found = with_clauses(found, session.table, seen.live, session.environment.limits.clauses)
    found = recall.in_audit(found, session.past(seen.last).applied)
    show_warnings(world, arguments, seen.warnings, [one.key for one in found.agents if one.drift])
    write_audit(world, arguments, found, seen.warnings)
    told = world.interactive and not arguments.quiet
    if told and any(agent.drift for agent in found.agents):
        world.stderr.write(
            f"Next: {again(arguments, 'adopt')} takes live edits into the files, "
            f"{again(arguments, 'apply')} puts the files back. "
            "If a colleague applied: git pull first.\n"
        )
    return 2 if found.drifted or any(one.known for one in found.clauses) else 0


def _ignore(text: str, table: Table) -> tuple[str, Ignore]:
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
    if path not in table.names:
        hint = meant(path, table.names, f"fields: {listed(table.names, path)}", LOOSE)
        raise UsageError(f"--ignore: `{path}` is not a field", hint=hint)
    return found["key"] or "*", Ignore(path=path, reason=said.get("reason", ""), until=until)


def _ignoring(item: Desired, more: Sequence[tuple[str, Ignore]], today: str) -> Desired:
    """The agent with what the command line ignores, too."""
    fits = (entry for glob, entry in more if fnmatchcase(item.key, glob) and entry.holds_on(today))
    return replace(item, ignore=(*item.ignore, *fits))

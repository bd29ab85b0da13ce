"""`reconciler drift`: what the dashboard changed since the last apply. Reads only."""

import argparse
import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.api.fields import Table
from reconciler.cli.session import open_session
from reconciler.cli.talk import show_warnings, write_audit
from reconciler.cli.world import World
from reconciler.engine import recall
from reconciler.engine.audit import audit
from reconciler.errors import UsageError
from reconciler.model import Desired, Ignore

_IGNORE = re.compile(
    r"(?:(?P<key>[^:,=]+):)?(?P<path>[^:,=]+)(?:,until=(?P<until>\d{4}-\d\d-\d\d))?"
    r"(?:,reason=(?P<reason>.+))?"
)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where nothing drifted, 2 where something did; an error is always 1."""
    session = open_session(world, arguments)
    ignored = [_ignore(text, session.table) for text in arguments.ignore]
    seen = asyncio.run(session.look())
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
    found = recall.in_audit(found, session.past(seen.last).applied)
    show_warnings(world, arguments, seen.warnings)
    write_audit(world, arguments, found)
    return 2 if found.drifted else 0


def _ignore(text: str, table: Table) -> tuple[str, Ignore]:
    """``[KEY:]FIELD[,until=DATE][,reason=TEXT]`` as a glob on keys and what it ignores."""
    found = _IGNORE.fullmatch(text)
    if not found:
        hint = "such as pokeMessages, or clinic-*:params,until=2026-03-20,reason=Ramadan"
        raise UsageError(f"--ignore {text} is not understood", hint=hint)
    path = found["path"]
    if path not in {*table.fields, *(field.top for field in table)}:
        raise UsageError(f"--ignore: `{path}` is not a field")
    ignore = Ignore(path=path, reason=found["reason"] or "", until=found["until"] or "")
    return found["key"] or "*", ignore


def _ignoring(item: Desired, more: Sequence[tuple[str, Ignore]], today: str) -> Desired:
    """The agent with what the command line ignores, too."""
    fits = [entry for glob, entry in more if fnmatchcase(item.key, glob)]
    valid = [entry for entry in fits if not entry.until or entry.until >= today]
    return replace(item, ignore=(*item.ignore, *valid))

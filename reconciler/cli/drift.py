"""`reconciler drift`: show dashboard changes since the last apply.

Read-only; ``--accept`` records undeclared live values in the state.
"""

import argparse
import re

from reconciler.cli import signals
from reconciler.cli.command_line import again
from reconciler.cli.opening import locked, open_session, selection
from reconciler.cli.output import show_warnings, write_audit
from reconciler.cli.world import World
from reconciler.config.agentfile import is_day
from reconciler.errors import UsageError, listed, meant
from reconciler.kinds import registry
from reconciler.late import pattern
from reconciler.model import Ignore
from reconciler.schema.kind import Kind, Role
from reconciler.workflows.drift import DriftOptions, drift
from reconciler.workflows.session import LOOSE

_FIELD = pattern(r"(?:(?P<key>[^:,=]+):)?(?P<path>[^:,=]+)")


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 without drift, 2 with drift or if a required text is missing, 1 for an error."""
    if not arguments.accept:
        return _run(world, arguments)
    with locked(world, arguments):
        return _run(world, arguments)


def _run(world: World, arguments: argparse.Namespace) -> int:
    session = open_session(world, arguments)
    options = DriftOptions(
        selection=selection(arguments),
        ignore=tuple(_ignore(text, session.kind) for text in arguments.ignore),
        accept=arguments.accept,
    )
    found, warnings = signals.run(drift(session, options))
    show_warnings(world, arguments, warnings, [one.key for one in found.agents if one.moved])
    write_audit(world, arguments, found, warnings)
    told = world.interactive and not arguments.quiet
    if told and found.unsettled and any(agent.moved for agent in found.agents):
        world.stderr.write(
            f"Next: {again(arguments, 'pull')} takes live edits into the files, "
            f"{again(arguments, 'apply')} puts the files back. "
            "If a colleague applied: git pull first.\n"
        )
    return 2 if found.unsettled else 0


def _ignore(text: str, kind: Kind) -> tuple[str, Ignore]:
    """``[KEY:]FIELD[,until=DATE][,reason=TEXT]`` as a glob on keys and what it ignores."""
    field, *more = re.split(r",(?=until=|reason=)", text)
    found = _FIELD.fullmatch(field)
    said = dict(one.split("=", 1) for one in more)
    until = said.get("until", "")
    empty = not all(said.values()) or len(said) < len(more)
    if not found or empty or ("until" in said and not is_day(until)):
        pokes, params = kind.role(Role.POKES), kind.role(Role.PARAMS)
        hint = f"such as {pokes}, or clinic-*:{params},until=2026-03-20,reason=Ramadan"
        raise UsageError(f"--ignore {text} is not understood", hint=hint)
    path = found["path"]
    if not registry.names_one(path):
        known = registry.fields()
        hint = meant(path, known, f"fields: {listed(known, path)}", LOOSE)
        raise UsageError(f"--ignore: `{path}` is not a field", hint=hint)
    return found["key"] or "*", Ignore(path=path, reason=said.get("reason", ""), until=until)

"""`reconciler rollback`: a plan back to what was live before an apply, carried out like any."""

import argparse
import asyncio
from dataclasses import replace

from reconciler import __version__
from reconciler.cli.carry import carry_out
from reconciler.cli.session import Session, open_project, open_session, wanted_keys
from reconciler.cli.talk import show_plan, show_warnings, write_plan
from reconciler.cli.world import World
from reconciler.engine import recall
from reconciler.engine.history import Apply
from reconciler.engine.rollback import rollback
from reconciler.errors import ConfigError, Problem, ReconcilerError
from reconciler.model import Desired, Kind, Plan
from reconciler.store import history, planfile
from reconciler.store.lock import exclusive

_AFTERWARDS = (
    "The files still say what was rolled back, and the next apply writes it again: revert them "
    "in git.\n"
)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit codes are those of apply; with ``--out`` only a plan is saved: 0, or 1 if blocked."""
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = open_session(world, arguments)
        apply = _chosen(session)
        plan = _plan(session, apply)
        if arguments.out:
            path = world.cwd / arguments.out
            planfile.save(path, plan, created_at=world.now(), tool=__version__)
            world.stderr.write(f"Saved. To apply exactly this: reconciler apply {arguments.out}\n")
            return 1 if plan.of(Kind.BLOCKED) else 0
        code = carry_out(session, plan, f"rollback of {apply.number}")
    if plan.writes and code in (0, 3) and not arguments.quiet:
        world.stderr.write(_AFTERWARDS)
    return code


def _chosen(session: Session) -> Apply:
    """The apply that is asked for; the last one otherwise. Only the chosen agents of it."""
    number = session.arguments.apply
    if number:
        found = history.read(session.history_folder, number)
    else:
        written = (apply for apply in history.applies(session.history_folder) if apply.written)
        found = next(written, None)
    if found is None:
        what = f"apply {number}" if number else "apply"
        message = f"no {what} of {session.environment.name} is remembered on this machine"
        hint = "reconciler history lists the ones that are; or revert in git and apply"
        raise ReconcilerError(message, hint=hint)
    if all(one.kind is Kind.ADOPT for one in found.agents):
        raise ReconcilerError(f"#{found.number} wrote no live agent: it was `{found.what}`")
    wanted = wanted_keys([one.key for one in found.agents], session.arguments)
    agents = (one for one in found.agents if wanted is None or one.key in wanted)
    return replace(found, agents=tuple(agents))


def _files(session: Session) -> tuple[list[Desired], list[Problem]]:
    """What the files declare; where they have mistakes the way back is open all the same."""
    try:
        return session.agents()
    except ConfigError as error:
        told = [replace(problem, warning=True) for problem in error.problems]
        return [], told


def _ids(apply: Apply) -> frozenset[str]:
    return frozenset(one.id for one in apply.agents if one.id)


def _plan(session: Session, apply: Apply) -> Plan:
    seen = asyncio.run(session.live(*_files(session), None, _ids(apply)))
    made = rollback(
        session.table,
        apply,
        seen.desired,
        seen.live,
        seen.last,
        environment=session.environment.name,
        url=session.environment.url,
    )
    plan = recall.in_plan(made, session.past(seen.last).applied)
    show_warnings(session.world, session.arguments, seen.warnings)
    if session.arguments.out:
        write_plan(session.world, session.arguments, plan, seen.warnings)
    else:
        show_plan(session.world, session.arguments, plan)
    return plan

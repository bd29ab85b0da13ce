"""`reconciler rollback`: a plan back to what was live before an apply, carried out like any."""

import argparse
import asyncio
from dataclasses import replace

from reconciler import __version__
from reconciler.cli import guarding
from reconciler.cli.carry import carry_out
from reconciler.cli.session import Session, Sight, open_project, open_session, wanted_keys
from reconciler.cli.talk import show_plan, show_warnings, write_plan
from reconciler.cli.ways import made_with
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
    """Exit codes are those of apply; with ``--out`` only a plan is saved, and they are its own."""
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = open_session(world, arguments)
        apply = _chosen(session)
        plan, seen = _plan(session, apply)
        if arguments.out:
            return _saved(session, plan, seen)
        code = carry_out(session, plan, f"rollback of {apply.number}", seen)
    if plan.writes and code in (0, 3) and not arguments.quiet:
        world.stderr.write(_AFTERWARDS)
    return code


def _saved(session: Session, plan: Plan, seen: Sight) -> int:
    world, out = session.world, session.arguments.out
    refusals = guarding.refusals(session, plan, seen)
    kept = replace(plan, made_with=made_with(session.arguments, plan.environment))
    planfile.save(world.cwd / out, kept, refusals, created_at=world.now(), tool=__version__)
    guarding.saved(world, session.arguments, refusals)
    if guarding.firm(refusals):
        return 5
    return 1 if plan.of(Kind.BLOCKED) else 0


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


def _plan(session: Session, apply: Apply) -> tuple[Plan, Sight]:
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
    warnings = [*seen.warnings, *guarding.unread(session, plan, seen)]
    show_warnings(session.world, session.arguments, warnings)
    if session.arguments.out:
        refusals = guarding.refusals(session, plan, seen)
        write_plan(session.world, session.arguments, plan, warnings, refusals)
    else:
        show_plan(session.world, session.arguments, plan)
    return plan, seen

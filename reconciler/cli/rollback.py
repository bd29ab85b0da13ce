"""`reconciler rollback`: a plan back to what was live before an apply, carried out like any."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from reconciler import __version__
from reconciler.cli import guarding, signals
from reconciler.cli.carry import carry_out
from reconciler.cli.command_line import made_with
from reconciler.cli.output import show_plan, show_warnings, write_plan
from reconciler.cli.session import Session, Sight, open_project, open_session, wanted_keys
from reconciler.engine import recall
from reconciler.engine.entries import entries
from reconciler.engine.history import Apply
from reconciler.engine.rollback import rollback
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError
from reconciler.model import Desired, Plan, Verb
from reconciler.state import history, planfile
from reconciler.state.mutex import exclusive
from reconciler.workflows.context import World

_AFTERWARDS = (
    "The files still say what was rolled back, and the next apply writes it again: revert them "
    "in git.\n"
)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit codes are those of apply; with ``--dry-run`` or ``--out`` those of plan."""
    if arguments.detailed_exitcode and not _only_plans(arguments):
        raise UsageError("--detailed-exitcode goes with --dry-run or --out")
    if arguments.dry_run and arguments.out:
        raise UsageError("--dry-run writes nothing, and --out a file: give one of them")
    if _only_plans(arguments):
        session = open_session(world, arguments)
        _, plan, seen = _planned(session)
        return _shown(session, plan, seen)
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = open_session(world, arguments)
        apply, plan, seen = _planned(session)
        code = carry_out(session, plan, f"rollback of {apply.number}", seen)
    if plan.writes and code in (0, 3) and not arguments.quiet:
        world.stderr.write(_AFTERWARDS)
    return code


def _only_plans(arguments: argparse.Namespace) -> bool:
    return bool(arguments.out or arguments.dry_run)


def _planned(session: Session) -> tuple[Apply, Plan, Sight]:
    """The apply that is rolled back, the plan for that, and what was seen for it."""
    desired, warnings = _files(session)
    apply = _chosen(session, desired)
    return apply, *_plan(session, apply, desired, warnings)


def _shown(session: Session, plan: Plan, seen: Sight) -> int:
    """Save the plan where that is asked for; the exit code is as of ``plan``."""
    world, out = session.world, session.arguments.out
    refusals = guarding.refusals(session, plan, seen)
    if out:
        kept = replace(plan, made_with=made_with(session.arguments, plan.environment))
        planfile.save(world.cwd / out, kept, refusals, created_at=world.now(), tool=__version__)
        if not session.arguments.quiet:
            guarding.saved(world, session.arguments, refusals)
    if guarding.firm(refusals):
        return 5
    if plan.of(Verb.BLOCKED):
        return 1
    return 2 if session.arguments.detailed_exitcode and plan.writes else 0


def _chosen(session: Session, desired: Sequence[Desired]) -> Apply:
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
    if all(one.verb is Verb.ADOPT for one in found.agents):
        raise ReconcilerError(f"#{found.number} wrote no live agent: it was `{found.what}`")
    names = _names(session, found, desired)
    keys = sorted({key for names_of_one in names.values() for key in names_of_one})
    wanted = wanted_keys(keys, session.arguments)
    agents = (
        one for one in found.agents if wanted is None or not wanted.isdisjoint(names[one.key])
    )
    return replace(found, agents=tuple(agents))


def _names(session: Session, apply: Apply, desired: Sequence[Desired]) -> dict[str, set[str]]:
    """The keys of each agent of an apply, by the one it had then: its file may be renamed."""
    last = session.ledger.last(session.environment.name, session.world.salt())
    known = entries(desired, last)
    files = {last.agents[entry.key].id: key for key, entry in known.items() if entry.key}
    return {
        one.key: {files.get(one.id or "", last.key_of(one.key, one.id)) or one.key, one.key}
        for one in apply.agents
    }


def _files(session: Session) -> tuple[list[Desired], list[Problem]]:
    """What the files declare; where they have mistakes the way back is open all the same."""
    try:
        return session.agents()
    except ConfigError as error:
        told = [replace(problem, warning=True) for problem in error.problems]
        return [], told


def _ids(apply: Apply) -> frozenset[str]:
    return frozenset(one.id for one in apply.agents if one.id)


def _plan(
    session: Session, apply: Apply, desired: list[Desired], warnings: list[Problem]
) -> tuple[Plan, Sight]:
    seen = signals.run(session.live(desired, warnings, None, _ids(apply)))
    made = rollback(
        apply,
        seen.desired,
        seen.live,
        seen.last,
        environment=session.environment.name,
        url=session.environment.url,
    )
    plan = recall.in_plan(made, session.past(seen.last).applied)
    unread = guarding.unread(session, plan, seen)
    told = [*seen.warnings, *unread]
    show_warnings(session.world, session.arguments, unread)
    if _only_plans(session.arguments):
        refusals = guarding.refusals(session, plan, seen)
        write_plan(session.world, session.arguments, plan, told, refusals)
    else:
        show_plan(session.world, session.arguments, plan)
    return plan, seen

"""`reconciler rollback`: plan back to the values before an apply, and execute the plan."""

import argparse
from dataclasses import replace

from reconciler.cli import signals
from reconciler.cli.carry import carry_out
from reconciler.cli.opening import locked, open_session, policy_options, selection
from reconciler.cli.output import save_plan, show_plan, show_warnings, write_plan
from reconciler.cli.plan import exit_code
from reconciler.cli.world import World
from reconciler.engine.history import Apply
from reconciler.errors import UsageError
from reconciler.model import Planned
from reconciler.workflows.rollback import RollbackOptions, rollback
from reconciler.workflows.session import Session

_AFTERWARDS = (
    "The files still say what was rolled back, and the next apply writes it again: revert them "
    "in git.\n"
)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit codes are those of apply; with ``--dry-run`` or ``--out`` those of plan."""
    only_plans = bool(arguments.out or arguments.dry_run)
    if arguments.detailed_exitcode and not only_plans:
        raise UsageError("--detailed-exitcode goes with --dry-run or --out")
    if arguments.dry_run and arguments.out:
        raise UsageError("--dry-run writes nothing, and --out a file: give one of them")
    if only_plans:
        return _plan(world, arguments)
    with locked(world, arguments):
        session = open_session(world, arguments)
        apply, planned = _planned(world, arguments, session)
        show_plan(world, arguments, planned)
        bare = replace(planned, warnings=(), untold=())
        policy = policy_options(arguments, session.name)
        what = f"rollback of {apply.number}"
        code = carry_out(world, arguments, session, bare, policy, what)
    if planned.plan.writes and code in (0, 3) and not arguments.quiet:
        world.stderr.write(_AFTERWARDS)
    return code


def _plan(world: World, arguments: argparse.Namespace) -> int:
    """Show the plan, and save it if requested."""
    _, planned = _planned(world, arguments, open_session(world, arguments))
    write_plan(world, arguments, planned)
    if arguments.out:
        save_plan(world, arguments, planned)
    return exit_code(arguments, [planned])


def _planned(
    world: World, arguments: argparse.Namespace, session: Session
) -> tuple[Apply, Planned]:
    """The apply that is rolled back, and the plan for it."""
    options = RollbackOptions(
        apply=arguments.apply,
        selection=selection(arguments),
        policy=policy_options(arguments, session.name),
    )
    apply, planned = signals.run(rollback(session, options))
    show_warnings(world, arguments, planned.untold)
    return apply, planned

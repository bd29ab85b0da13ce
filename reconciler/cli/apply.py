"""`reconciler apply`: execute a plan, read back, verify, record.

Without a plan file a new plan is made, shown and confirmed; a saved plan was reviewed when it was
made, and is applied exactly and without confirmation.
"""

import argparse

from reconciler.cli import signals
from reconciler.cli.carry import carry_out
from reconciler.cli.opening import locked, open_session, plan_options, policy_options
from reconciler.cli.output import changed, show_plan, show_warnings
from reconciler.cli.world import World
from reconciler.errors import UsageError
from reconciler.model import Planned
from reconciler.workflows.execute import reviewed
from reconciler.workflows.plan import plan
from reconciler.workflows.policy import PolicyOptions
from reconciler.workflows.saved_plan import read, saved_plan
from reconciler.workflows.session import Session


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 done, 1 nothing done, 3 in part, 4 refused, 5 violates a policy, 130 interrupted."""
    if arguments.planfile:
        return _apply_saved(world, arguments)
    with locked(world, arguments):
        session = open_session(world, arguments)
        policy = policy_options(arguments, session.name)
        planned = _fresh(world, arguments, session, policy)
        return carry_out(world, arguments, session, planned, policy, "apply")


def _apply_saved(world: World, arguments: argparse.Namespace) -> int:
    """Apply a saved plan, in the environment that it was made for."""
    name = arguments.planfile
    if arguments.target or arguments.exclude or arguments.var:
        raise UsageError(
            "a saved plan is applied whole: --target, --exclude and --var go with `plan`"
        )
    saved = read(world.cwd / name, lambda _name: None)
    made_for = saved.planned.plan.environment
    if arguments.env not in (None, made_for):
        raise UsageError(f"{name} was made for {made_for}, not for {arguments.env}")
    with locked(world, arguments, [made_for]):
        session = open_session(world, arguments, made_for)
        policy = policy_options(arguments, made_for, saved.made_with)
        planned = signals.run(
            saved_plan(session, world.cwd / name, name, policy, arguments.plan_digest)
        )
        show_warnings(world, arguments, planned.untold)
        return carry_out(world, arguments, session, planned, policy, f"apply {name}")


def _fresh(
    world: World, arguments: argparse.Namespace, session: Session, policy: PolicyOptions
) -> Planned:
    """Make a new plan and show it."""
    planned = signals.run(plan(session, plan_options(arguments, policy)))
    show_warnings(world, arguments, planned.findings, changed(planned.plan))
    show_plan(world, arguments, planned)
    parts = getattr(arguments, "reviewed_agents", ())
    reviewed(planned.plan, arguments.plan_digest, parts)
    return planned

"""`reconciler show`: show a saved plan as it was reviewed, or the live flow of an agent."""

import argparse

from reconciler.cli import signals
from reconciler.cli.opening import open_session
from reconciler.cli.output import write_flow, write_plan
from reconciler.cli.world import World
from reconciler.workflows import saved_plan


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 if the file is a plan, or the agent has a flow; read-only.

    A plan needs no project, no key and no secret.
    """
    if arguments.flow:
        from reconciler.workflows.flow import live_flow  # noqa: PLC0415 - only a flow needs it

        session = open_session(world, arguments)
        write_flow(world, arguments, signals.run(live_flow(session, arguments.flow)))
        return 0
    saved = saved_plan.read(world.cwd / arguments.planfile, lambda _name: None)
    write_plan(world, arguments, saved.planned)
    return 0

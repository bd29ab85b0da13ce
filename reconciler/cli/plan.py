"""`reconciler plan`: read what is live and show what an apply would change."""

import argparse
import asyncio

from reconciler import __version__
from reconciler.cli.session import open_session
from reconciler.cli.talk import show_warnings, write_plan
from reconciler.cli.world import World
from reconciler.model import Kind, Plan
from reconciler.store import planfile


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 1 where an agent is blocked; 2 for changes under ``--detailed-exitcode``."""
    plan, warnings = asyncio.run(open_session(world, arguments).plan())
    show_warnings(world, arguments, warnings)
    write_plan(world, arguments, plan, warnings)
    if arguments.out:
        path = world.cwd / arguments.out
        planfile.save(path, plan, created_at=world.now(), tool=__version__)
    _tell_next(world, arguments, plan)
    if plan.of(Kind.BLOCKED):
        return 1
    return 2 if arguments.detailed_exitcode and plan.writes else 0


def _tell_next(world: World, arguments: argparse.Namespace, plan: Plan) -> None:
    if arguments.quiet:
        return
    if arguments.out:
        world.stderr.write(f"Saved. To apply exactly this: reconciler apply {arguments.out}\n")
    elif plan.pending and world.interactive:
        world.stderr.write("To apply: reconciler apply\n")

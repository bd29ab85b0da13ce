"""`reconciler show`: show a saved plan, as it was reviewed."""

import argparse

from reconciler.cli.output import write_plan
from reconciler.cli.world import World
from reconciler.workflows import saved_plan


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 if the file is a plan. Needs no project, no key and no secret."""
    saved = saved_plan.read(world.cwd / arguments.planfile, lambda _name: None)
    write_plan(world, arguments, saved.planned)
    return 0

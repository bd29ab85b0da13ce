"""`reconciler show`: a saved plan, as it was reviewed."""

import argparse

from reconciler.cli.talk import write_plan
from reconciler.cli.world import World
from reconciler.store import planfile


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where the file is a plan. Needs no project, no key and no secret."""
    write_plan(world, arguments, planfile.load(world.cwd / arguments.planfile, lambda _name: None))
    return 0

"""`reconciler show`: a saved plan, as it was reviewed."""

import argparse

from reconciler.cli.output import write_plan
from reconciler.state import planfile
from reconciler.workflows.context import World


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where the file is a plan. Needs no project, no key and no secret."""
    path = world.cwd / arguments.planfile
    plan, refusals = planfile.load(path, lambda _name: None), planfile.refusals(path)
    write_plan(world, arguments, plan, refusals=refusals)
    return 0

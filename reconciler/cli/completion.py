"""`reconciler completion`: the script that makes a shell complete commands, options and names."""

import argparse

from reconciler.cli import completing
from reconciler.cli.world import World


def run(world: World, arguments: argparse.Namespace) -> int:
    """Print the script; exit 0."""
    world.stdout.write(completing.script(arguments.shell))
    return 0

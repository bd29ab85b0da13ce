"""`reconciler version`."""

import argparse

from reconciler import __version__
from reconciler.cli.world import World


def run(world: World, _arguments: argparse.Namespace) -> int:
    """Print the version; exit 0."""
    world.stdout.write(f"reconciler {__version__}\n")
    return 0

"""`reconciler blame`: which apply and commit set each value of an agent."""

import argparse

from reconciler.cli import signals
from reconciler.cli.opening import open_session
from reconciler.cli.output import write_blame
from reconciler.cli.world import World
from reconciler.workflows.blame import blame


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; read-only."""
    session = open_session(world, arguments)
    found = signals.run(blame(session, arguments.agent, arguments.field))
    write_blame(world, arguments, found)
    return 0

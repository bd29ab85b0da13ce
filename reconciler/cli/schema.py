"""`reconciler schema`: the JSON Schema of an agent file or of the project file."""

import argparse

from reconciler.api.v1 import TABLE
from reconciler.cli.world import World
from reconciler.config import schema


def run(world: World, arguments: argparse.Namespace) -> int:
    """Print it; exit 0."""
    found = schema.agent(TABLE) if arguments.what == "agent" else schema.project()
    world.stdout.write(schema.dumps(found))
    return 0

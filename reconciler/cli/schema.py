"""`reconciler schema`: the JSON Schema of an agent file, the project file, or a JSON document."""

import argparse

from reconciler.cli.opening import usual_kind
from reconciler.cli.world import World
from reconciler.config import schema
from reconciler.kinds import registry
from reconciler.render.data import schemas


def run(world: World, arguments: argparse.Namespace) -> int:
    """Print it; exit 0."""
    match arguments.what:
        case "agent":
            named = arguments.api and registry.kind("agent", arguments.api)
            found = schema.agent(named or usual_kind(world, arguments))
        case "project":
            found = schema.project()
        case "fleet":
            found = schema.fleet()
        case document:
            found = schemas.schema(document)
    world.stdout.write(schema.dumps(found))
    return 0

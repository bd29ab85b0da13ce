"""`reconciler convert`: convert v1 agent files to v2 in place, together with the state."""

import argparse

from reconciler.cli.opening import locked, open_project
from reconciler.cli.output import write_converted
from reconciler.cli.world import World
from reconciler.errors import UsageError
from reconciler.render.conversions import ConvertedAgent, LeftField
from reconciler.workflows import session
from reconciler.workflows.convert import ConvertedFile, ConvertOptions, convert


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if a file cannot be converted without a loss, and then nothing is written."""
    if not (arguments.keys or arguments.all):
        raise UsageError("which agents?", hint="name them by their keys, or take --all")
    if arguments.keys and arguments.all:
        raise UsageError("--all takes every agent: name none with it")
    options = ConvertOptions(
        keys=tuple(arguments.keys), everything=arguments.all, dry_run=arguments.dry_run
    )
    project = open_project(world, arguments)
    with locked(world, arguments, project.environments):
        found = convert(world, project, session.backend(world, project), options)
    write_converted(world, arguments, [_told(one) for one in found.files], list(found.added))
    schemas = project.root / "schemas"
    lacks = (schemas / "agent.v1.json").exists() and not (schemas / "agent.v2.json").exists()
    if found.files and lacks and not (arguments.quiet or arguments.dry_run):
        made = "reconciler schema agent --api v2 > schemas/agent.v2.json"
        world.stderr.write(f"hint: editors have no schema of v2 here: {made}\n")
    return 0


def _told(one: ConvertedFile) -> ConvertedAgent:
    """A file in the form for display."""
    left = [
        LeftField(path=left.path, line=left.line, environment=left.environment, why=left.why)
        for left in one.result.left
    ]
    return ConvertedAgent(
        key=one.key,
        file=one.name,
        before=one.before,
        after=one.result.text,
        hidden=one.result.hidden,
        left=tuple(left),
        environments=one.environments,
    )

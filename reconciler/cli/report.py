"""`reconciler report merge`: the reports of a fleet's shards as one report, in every format."""

import argparse

from reconciler.cli import merging
from reconciler.cli.over_fleet import finish
from reconciler.cli.parsing import Arguments
from reconciler.cli.world import World
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError
from reconciler.render.fleet import SHEETS


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit as the command itself over the whole fleet; 1 if a shard is missing or damaged."""
    found, problems = {}, []
    for name in dict.fromkeys(arguments.files):
        try:
            found[name] = merging.one(world.cwd / name, name)
        except ReconcilerError as error:
            problems.append(Problem(file=name, message=error.message, hint=error.hint))
    if problems:
        raise ConfigError(problems, "the fleet cannot be reported: not every shard can be read")
    result = merging.merged(found, arguments.expect)
    if result.command not in SHEETS:
        known = ", ".join(SHEETS)
        raise UsageError(f"reports of {result.command} are not merged, only those of {known}")
    command = Arguments(**{**vars(arguments), "command": result.command})
    return finish(world, command, result)

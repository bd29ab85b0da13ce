"""`reconciler validate`: check every file, without network or credentials."""

import argparse

from reconciler.api.v1 import TABLE
from reconciler.cli.reports import Report, write
from reconciler.cli.session import open_project
from reconciler.cli.world import World
from reconciler.config import load
from reconciler.config.project import Project, choose, environment
from reconciler.errors import ConfigError, Problem
from reconciler.render import data, failures, terminal


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 where every file is right, for every environment or for the one of ``--env``."""
    project = open_project(world, arguments)
    asked = arguments.env or world.env.get("RECONCILER_ENV")
    names = (choose(project, asked),) if asked else project.environments
    checked = [_check(world, project, name) for name in names]
    problems = sorted({problem for _, found in checked for problem in found})
    if any(not problem.warning for problem in problems):
        raise ConfigError(problems)
    if arguments.format == "text":
        terminal.show_problems(terminal.console(world.stderr, arguments.color), problems)
    count = max(number for number, _ in checked)
    summary = f"Valid: {count} agent{'s' * (count != 1)} for {', '.join(names)}."
    report = Report(
        make_sheet=lambda: failures.valid(summary, problems),
        make_document=lambda: data.problems(problems),
        findings=problems,
    )
    write(world, arguments, report)
    return 0


def _check(world: World, project: Project, name: str) -> tuple[int, list[Problem]]:
    """How many agents an environment has, and all that is wrong or odd in them."""
    try:
        place = environment(project, name, world.env, offline=True)
        agents, warnings = load.agents(
            project, place, TABLE, world.env, today=world.now()[:10], offline=True
        )
    except ConfigError as error:
        return 0, list(error.problems)
    return len(agents), warnings

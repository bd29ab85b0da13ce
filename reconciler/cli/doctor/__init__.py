"""`reconciler doctor`: check everything that a run depends on, and suggest fixes."""

import argparse
from collections.abc import Callable, Iterable, Iterator

from reconciler.cli.doctor import environments, files, repository, state, tool
from reconciler.cli.doctor.context import Context
from reconciler.cli.output import write_checks
from reconciler.cli.world import World
from reconciler.config.project import choose, find, load_project
from reconciler.engine.checkup import Check, Level, fail
from reconciler.errors import ReconcilerError, UsageError

CHECKS: tuple[Callable[[Context], Iterable[Check]], ...] = (
    files.project,
    tool.tool,
    tool.packages,
    files.agents,
    files.schemas,
    files.permissions,
    files.lock,
    repository.repository,
    state.state,
    state.self_heal,
    repository.ci,
    environments.environments,
)


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0, also with warnings; 1 if a check failed."""
    context = _context(world, arguments)
    found = [one for check in CHECKS for one in _done(check, context)]
    write_checks(world, arguments, found)
    return int(any(one.level is Level.FAIL for one in found))


def _done(check: Callable[[Context], Iterable[Check]], context: Context) -> Iterator[Check]:
    """Run a check; one that breaks is reported, and does not stop the others."""
    name = check.__name__
    try:
        yield from check(context)
    except ReconcilerError as error:
        yield fail(name, error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others are done
        kind = type(error).__name__
        yield fail(name, f"this check broke with {kind}", "this is a bug; please report it")


def _context(world: World, arguments: argparse.Namespace) -> Context:
    """The project, if it can be read. Raises UsageError if it does not have the ``--env``."""
    named = arguments.config or world.env.get("RECONCILER_CONFIG")
    path = find(world.cwd, named)
    try:
        project = load_project(path, world.env, required=bool(named))
    except ReconcilerError as error:
        return Context(world=world, arguments=arguments, root=path.parent, stop=error)
    asked = arguments.env or world.env.get("RECONCILER_ENV")
    if project.implied and not world.env.get("HAMSA_API_KEY"):
        return Context(world=world, arguments=arguments, root=path.parent, project=project)
    try:
        chosen = choose(project, asked)
    except UsageError:
        if asked:
            raise
        chosen = ""
    names = (chosen,) if asked else project.environments
    return Context(
        world=world,
        arguments=arguments,
        root=path.parent,
        project=project,
        names=names,
        chosen=chosen,
    )

"""`reconciler plan`: read live agents and show what an apply would change."""

import argparse
from collections.abc import Mapping, Sequence

from reconciler.cli import signals
from reconciler.cli.command_line import again
from reconciler.cli.opening import open_session, plan_options, policy_options
from reconciler.cli.output import changed, save_plan, show_warnings, write_plan, write_plans
from reconciler.cli.world import World
from reconciler.engine.promotion import apart
from reconciler.errors import ApiError, Problem, UsageError, once
from reconciler.model import (
    Apart,
    Blocked,
    Planned,
)
from reconciler.workflows.plan import plan
from reconciler.workflows.policy import firm


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 5 if a policy rejects the plan, even if an agent is blocked, which is 1.

    2 for changes with ``--detailed-exitcode``. For several environments the worst counts.
    """
    if arguments.out and len(arguments.environments) > 1:
        raise UsageError("--out saves the plan of one environment, and here are several")
    if len(arguments.environments) > 1:
        found = [_one_of(world, arguments, name) for name in arguments.environments]
    else:
        found = [_planned(world, arguments)]
    warnings = _warnings(found)
    show_warnings(world, arguments, warnings, changed(*(one.plan for one in found)))
    if len(found) > 1:
        write_plans(world, arguments, found, _differing(found), warnings)
    else:
        write_plan(world, arguments, found[0])
        _tell_next(world, arguments, found[0])
    return exit_code(arguments, found)


def exit_code(arguments: argparse.Namespace, found: Sequence[Planned]) -> int:
    """The exit code of plans that were only shown or saved."""
    if any(firm(one.violations) for one in found):
        return 5
    if any(one.plan.of(Blocked) for one in found):
        return 1
    return 2 if arguments.detailed_exitcode and any(one.plan.writes for one in found) else 0


def _one_of(world: World, arguments: argparse.Namespace, name: str) -> Planned:
    """The plan for one of several environments, whose name is added to API errors."""
    try:
        return _planned(world, arguments, name)
    except ApiError as error:
        raise ApiError(f"{name}: {error.message}", hint=error.hint, status=error.status) from error


def _planned(world: World, arguments: argparse.Namespace, name: str | None = None) -> Planned:
    session = open_session(world, arguments, name)
    options = plan_options(arguments, policy_options(arguments, session.name))
    return signals.run(plan(session, options))


def _warnings(found: Sequence[Planned]) -> list[Problem]:
    """The warnings of all, each once."""
    told = [problem for one in found for problem in one.findings]
    return once(told) if len(found) > 1 else told


def _differing(found: Sequence[Planned]) -> Mapping[str, Sequence[Apart]]:
    """Differences in the files between the first environment and each other one."""
    first, *others = found
    return {one.plan.environment: apart(first.seen.desired, one.seen.desired) for one in others}


def _tell_next(world: World, arguments: argparse.Namespace, planned: Planned) -> None:
    ready = planned.plan.pending and not planned.violations
    if arguments.out:
        save_plan(world, arguments, planned)
    elif ready and world.interactive and not arguments.quiet:
        world.stderr.write(f"To apply: {again(arguments, 'apply')}\n")

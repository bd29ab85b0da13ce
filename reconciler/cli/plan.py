"""`reconciler plan`: read what is live and show what an apply would change."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler import __version__
from reconciler.cli import guarding, signals
from reconciler.cli.command_line import again, made_with
from reconciler.cli.output import changed, show_warnings, write_plan, write_plans
from reconciler.cli.session import Session, Sight, open_session
from reconciler.engine.promotion import apart
from reconciler.errors import ApiError, Problem, UsageError, once
from reconciler.model import Apart, Guarded, Plan, Refusal, Verb
from reconciler.state import planfile
from reconciler.workflows.context import World


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 5 where a rule refuses the plan, also where an agent is blocked, which is 1.

    2 for changes under ``--detailed-exitcode``. Of several environments the worst counts.
    """
    if arguments.out and len(arguments.environments) > 1:
        raise UsageError("--out saves the plan of one environment, and here are several")
    if len(arguments.environments) > 1:
        found = [_one_of(world, arguments, name) for name in arguments.environments]
    else:
        found = [_planned(open_session(world, arguments))]
    warnings = _warnings(found)
    show_warnings(world, arguments, warnings, changed(*(one.plan for one in found)))
    if len(found) > 1:
        write_plans(world, arguments, *_beside(found), warnings)
    else:
        _write(world, arguments, found[0])
    if any(guarding.firm(one.refusals) for one in found):
        return 5
    if any(one.plan.of(Verb.BLOCKED) for one in found):
        return 1
    return 2 if arguments.detailed_exitcode and any(one.plan.writes for one in found) else 0


@dataclass(frozen=True, kw_only=True)
class _Planned:
    """A plan, what was seen for it, and what the rules and the files have against it."""

    session: Session
    plan: Plan
    seen: Sight
    refusals: tuple[Refusal, ...]
    warnings: list[Problem]


def _one_of(world: World, arguments: argparse.Namespace, name: str) -> _Planned:
    """The plan for one of several environments; what the API refuses is told with its name."""
    try:
        return _planned(open_session(world, arguments, name))
    except ApiError as error:
        raise ApiError(f"{name}: {error.message}", hint=error.hint, status=error.status) from error


def _planned(session: Session) -> _Planned:
    plan, seen = signals.run(session.planned())
    return _Planned(
        session=session,
        plan=plan,
        seen=seen,
        refusals=guarding.refusals(session, plan, seen),
        warnings=[*seen.warnings, *guarding.unread(session, plan, seen)],
    )


def _warnings(found: Sequence[_Planned]) -> list[Problem]:
    """The warnings of all, each once."""
    told = [problem for one in found for problem in one.warnings]
    return once(told) if len(found) > 1 else told


def _write(world: World, arguments: argparse.Namespace, one: _Planned) -> None:
    """The plan of one environment, shown and kept."""
    write_plan(world, arguments, one.plan, one.warnings, one.refusals)
    if arguments.out:
        path = world.cwd / arguments.out
        plan = replace(one.plan, made_with=made_with(arguments, one.plan.environment))
        planfile.save(path, plan, one.refusals, created_at=world.now(), tool=__version__)
    _tell_next(world, arguments, one)


def _beside(
    found: Sequence[_Planned],
) -> tuple[list[Guarded], Mapping[str, Sequence[Apart]]]:
    """The plans of several environments, and where the files differ for them."""
    first, *others = found
    differing = {
        one.plan.environment: apart(first.seen.desired, one.seen.desired) for one in others
    }
    return [(one.plan, one.refusals) for one in found], differing


def _tell_next(world: World, arguments: argparse.Namespace, one: _Planned) -> None:
    if arguments.quiet:
        return
    if arguments.out:
        guarding.saved(world, arguments, one.refusals)
    elif one.plan.pending and world.interactive and not one.refusals:
        world.stderr.write(f"To apply: {again(arguments, 'apply')}\n")

"""The common part of apply and rollback: confirmation, progress, signals, the result."""

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from reconciler import progress
from reconciler.cli import signals
from reconciler.cli.command_line import again, rolling_back
from reconciler.cli.output import asked, write_results
from reconciler.cli.world import World
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model import Outcome, Plan, Planned
from reconciler.text.wording import count
from reconciler.workflows.execute import ApplyOptions, execute
from reconciler.workflows.outcomes import exit_code
from reconciler.workflows.policy import PolicyOptions
from reconciler.workflows.session import Session


def carry_out(
    world: World,
    arguments: argparse.Namespace,
    session: Session,
    planned: Planned,
    policy: PolicyOptions,
    what: str,
) -> int:
    """Apply a plan after policies and confirmation; ``what`` is its name in the history."""
    plan = planned.plan
    options = ApplyOptions(
        what=what,
        undo=rolling_back(arguments, plan.environment),
        planfile=getattr(arguments, "planfile", None) or "",
        overwrite=arguments.overwrite,
        policy=policy,
    )
    told = _Progress(world)
    outcomes = execute(
        session,
        planned,
        options,
        ask=lambda plan: _agreed(world, arguments, plan),
        progress=told,
        run=partial(signals.run, whole=True),
    )
    if outcomes is None:
        world.stderr.write("Nothing was applied.\n")
        return 1
    write_results(world, arguments, planned, outcomes)
    return signals.SIGNALLED + told.came[0] if told.came else exit_code(outcomes)


def _agreed(world: World, arguments: argparse.Namespace, plan: Plan) -> bool:
    """Whether the user confirms a plan that was shown; a saved one needs no confirmation."""
    if world.unheard:
        raise ReconcilerError("the plan could not be shown; nothing was applied")
    if arguments.auto_approve or getattr(arguments, "planfile", None):
        return True
    if not world.interactive:
        raise UsageError(
            f"{arguments.command} needs confirmation, and there is no terminal to ask on",
            hint=_unasked(arguments),
        )
    return asked(world, f"Write {count(len(plan.writes), 'agent')} of {plan.environment}?")


def _unasked(arguments: argparse.Namespace) -> str:
    number = getattr(arguments, "apply", None)
    more = [str(number)] if number else []
    way = again(arguments, arguments.command, *more, "--auto-approve")
    return f"review the plan, then: {way}, or apply a saved plan"


class _Progress:
    """The progress of writes. Signals let agents in flight finish; ``came`` lists the signals."""

    def __init__(self, world: World) -> None:
        self._stderr = world.stderr
        self._advance: Callable[[int], None] = lambda _more: None
        self.came: list[int] = []

    def note(self, text: str) -> None:
        """Write a line to stderr."""
        progress.hide()
        self._stderr.write(f"{text}\n")

    def finished(self, _outcome: Outcome) -> None:
        """Report that an action ended."""
        self._advance(1)

    @contextmanager
    def writing(self, total: int, stop: asyncio.Event) -> Iterator[None]:
        """Let Ctrl-C, SIGTERM and SIGHUP set ``stop``; a second one stops at once."""
        loop = asyncio.get_running_loop()

        def interrupted(number: int) -> None:
            self.came.append(number)
            loop.call_soon_threadsafe(finish)

        def finish() -> None:
            stop.set()
            self.note("\nFinishing what is in flight; once more stops at once.")

        applying = progress.of("Applying", total)
        with applying as self._advance, signals.Reacting(interrupted, once=True):
            yield

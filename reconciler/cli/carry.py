"""Carrying out a plan: limits, the question, the writes, ledger and history, the result."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from reconciler.cli import demands, guarding, signals
from reconciler.cli.command_line import again, rolling_back
from reconciler.cli.output import asked, progress, write_results
from reconciler.cli.session import Session, Sight
from reconciler.engine import entries, memory
from reconciler.engine.history import keepable
from reconciler.errors import Problem, ReconcilerError, UsageError, listed
from reconciler.model import Action, LiveAgent, Outcome, Plan, Stamp, Verb
from reconciler.render.sanitize import one_line
from reconciler.text.wording import count
from reconciler.workflows.apply import Applier, Hooks, exit_code
from reconciler.workflows.context import World


def carry_out(
    session: Session, plan: Plan, what: str, seen: Sight, warnings: Sequence[Problem] = ()
) -> int:
    """Apply a plan after rules and question; ``what`` is how the history calls it.

    ``seen`` is what is live behind it; ``warnings`` about the files are kept in the reports.
    """
    guarding.check(session, plan, guarding.refusals(session, plan, seen))
    demands.check(session, plan)
    if plan.writes and session.world.unheard:
        raise ReconcilerError("the plan could not be shown; nothing was applied")
    if plan.writes and not _approved(session, plan):
        session.world.stderr.write("Nothing was applied.\n")
        return 1
    guarding.check(session, plan, guarding.refusals(session, plan, seen))  # an answer takes time
    if session.arguments.allow_missing:
        _forget(session, plan)
    return signals.run(_apply(session, plan, what, warnings))


def _forget(session: Session, plan: Plan) -> None:
    """Let the ledger drop the agents that are in no file any more; live they stay as they are.

    Where a new agent waits for an answer, it may be one of them under another name.
    """
    if plan.orphans and any(action.id is None for action in plan.of(Verb.BLOCKED)):
        session.world.stderr.write("The ledger forgets no agent while a new one is blocked.\n")
        return
    session.ledger.drop(plan.environment, plan.orphans)
    if plan.orphans:
        names = listed(map(one_line, plan.orphans))
        session.world.stderr.write(f"The ledger forgets agents that no file has: {names}\n")


def _approved(session: Session, plan: Plan) -> bool:
    world, arguments = session.world, session.arguments
    if arguments.auto_approve or getattr(arguments, "planfile", None):
        return True
    if not world.interactive:
        raise UsageError(
            f"{arguments.command} asks before it writes, and here is nobody to ask",
            hint=_unasked(arguments),
        )
    return asked(world, f"Write {count(len(plan.writes), 'agent')} of {plan.environment}?")


def _unasked(arguments: argparse.Namespace) -> str:
    number = getattr(arguments, "apply", None)
    more = [str(number)] if number else []
    way = again(arguments, arguments.command, *more, "--auto-approve")
    return f"review the plan, then: {way}, or apply a saved plan"


async def _apply(session: Session, plan: Plan, what: str, warnings: Sequence[Problem]) -> int:
    world, arguments = session.world, session.arguments
    stop = asyncio.Event()
    _follow(session, plan)
    hooks = _hooks(session, plan, what)
    async with session.writer() as writer:
        total = len(plan.pending)
        with progress(world, arguments, hooks, total) as told, _interruptible(world, stop) as came:
            outcomes = await Applier(
                plan=plan,
                writer=writer,
                hooks=told,
                stop=stop,
                overwrite=arguments.overwrite,
                parallelism=arguments.parallelism,
                undo=rolling_back(arguments, plan.environment),
            ).run()
    write_results(world, arguments, plan, outcomes, warnings)
    return signals.SIGNALLED + came[0] if came else exit_code(outcomes)


def _follow(session: Session, plan: Plan) -> None:
    """Move the ledger's entries of renamed files to their keys, all at once and before any write.

    One by one, the first to be written would take the place of one that is not yet read.
    """
    agents = session.ledger.last(plan.environment, plan.salt).agents
    keys = {
        action.formerly: action.key
        for action in plan.actions
        if action.formerly and entries.mark(agents.get(action.formerly)) == action.known
    }
    session.ledger.rename(plan.environment, keys)


def _hooks(session: Session, plan: Plan, what: str) -> Hooks:
    """What keeps the ledger and the history while the agents are written."""
    page = session.ledger.last(plan.environment, plan.salt)
    stamp = Stamp(at=session.world.now(), commit=session.commit())
    recorder = session.recorder(stamp, what)

    def before(action: Action, live: LiveAgent | None) -> None:
        known = page.entry(action.key, live.id if live else None)
        recorder.before(action, keepable(live, action, known) if live else None)

    def record(outcome: Outcome) -> None:
        now = session.ledger.last(plan.environment, plan.salt)
        before = now.entry(outcome.action.key, outcome.id)
        entry = memory.remembered(outcome, before, stamp)
        session.ledger.record(plan.environment, plan.salt, outcome.action.key, entry)

    def forget(outcome: Outcome) -> None:
        session.ledger.drop(plan.environment, [outcome.action.key])

    def after(outcome: Outcome) -> None:
        with suppress(ReconcilerError):  # unknown to the history, it counts as perhaps written
            recorder.after(outcome)

    return Hooks(
        record=record,
        forget=forget,
        before=before,
        known=lambda action: entries.mark(page.entry(action.key, action.id)),
        after=after,
    )


@contextmanager
def _interruptible(world: World, stop: asyncio.Event) -> Iterator[list[int]]:
    """Ctrl-C, SIGTERM and SIGHUP let agents in flight finish; a second one stops at once.

    Gives the signal that came, if one did.
    """
    loop, came = asyncio.get_running_loop(), list[int]()

    def interrupted(number: int) -> None:
        came.append(number)
        loop.call_soon_threadsafe(finish)

    def finish() -> None:
        stop.set()
        world.stderr.write("\nFinishing what is in flight; once more stops at once.\n")

    with signals.Reacting(interrupted, once=True):
        yield came

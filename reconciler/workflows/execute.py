"""Carrying out a plan from start to end: rules, secrets, the question, the writes, what is kept."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.engine import entries
from reconciler.engine.plan_digest import plan_digest
from reconciler.errors import ReconcilerError, RefusedError, listed
from reconciler.model import (
    Blocked,
    Outcome,
    Plan,
    Planned,
)
from reconciler.render.sanitize import one_line
from reconciler.workflows import outcomes, policy, secrets
from reconciler.workflows.apply import Applier
from reconciler.workflows.journal import Journal, StateJournal
from reconciler.workflows.policy import PolicyOptions
from reconciler.workflows.session import Session


@dataclass(frozen=True, kw_only=True)
class ApplyOptions:
    """How a plan is carried out.

    ``what`` is how the history calls it, ``undo`` the command that rolls it back. ``planfile`` is
    the file that the plan is from; empty for one that was made anew. ``overwrite``: agents that
    both sides moved are written too.
    """

    what: str
    undo: str
    planfile: str = ""
    overwrite: bool = False
    policy: PolicyOptions = field(default_factory=PolicyOptions)


class Progress(Protocol):
    """What a person sees of an apply while it runs; nothing is decided by it."""

    def note(self, text: str) -> None:
        """Report something that was done besides."""

    def writing(self, total: int, stop: asyncio.Event) -> AbstractContextManager[None]:
        """For the time of the writes: show how far they are, and set ``stop`` to start no more."""

    def finished(self, outcome: Outcome) -> None:
        """Report that an action ended."""


Run = Callable[[Coroutine[Any, Any, list[Outcome]]], list[Outcome]]
"""How something asynchronous is run, as ``asyncio.run`` does."""


def execute(
    session: Session,
    planned: Planned,
    options: ApplyOptions,
    *,
    ask: Callable[[Plan], bool],
    progress: Progress,
    run: Run,
) -> list[Outcome] | None:
    """Carry out a plan; the outcome of each action, None if a person did not agree.

    1. Ask the rules of the environment, by the clock of now.
    2. Look whether every secret that is sent is set.
    3. Ask a person, who may have said yes already.
    4. Ask the rules again: an answer takes time.
    5. Let the state forget agents that no file has any more, if that is asked for.
    6. Let the state follow files that were renamed.
    7. Write: each agent is read again, written, read back and proven. The journal keeps it before
       it is sent and after it is done.

    Raises PolicyError, ConfigError or UsageError before anything is written.
    """
    plan = planned.plan
    policy.check(session, planned, options.policy)
    secrets.check(session, plan, overwrite=options.overwrite, planfile=options.planfile)
    if plan.writes and not ask(plan):
        return None
    policy.check(session, planned, options.policy)
    if options.policy.allow_missing:
        _forget_orphans(session, plan, progress)
    return run(_write(session, plan, options, progress))


async def _write(
    session: Session, plan: Plan, options: ApplyOptions, progress: Progress
) -> list[Outcome]:
    """Every write of a plan, with what is kept of it."""
    _follow_renames(session, plan)
    journal, stop = StateJournal(session, plan, options.what), asyncio.Event()
    async with session.writer() as writer:
        with progress.writing(len(plan.pending), stop):
            found = await Applier(
                plan=plan,
                writer=writer,
                journal=journal,
                finished=progress.finished,
                stop=stop,
                overwrite=options.overwrite,
                parallelism=session.access.parallelism,
                undo=options.undo,
            ).run()
    return _closed(journal, found)


def _closed(journal: Journal, found: list[Outcome]) -> list[Outcome]:
    """The outcomes, with the journal closed; what others cannot see of them is not done."""
    try:
        journal.close()
    except ReconcilerError as error:
        done = [one for one in found if one.status in outcomes.REMEMBERED]
        lost = {one.action.key: outcomes.forgotten(one, error) for one in done}
        return [lost.get(one.action.key, one) for one in found]
    return found


def _forget_orphans(session: Session, plan: Plan, progress: Progress) -> None:
    """Let the state drop the agents that are in no file any more; live they stay as they are.

    If a new agent waits for an answer, it may be one of them under another name.
    """
    if plan.orphans and any(action.id is None for action in plan.of(Blocked)):
        progress.note("The state forgets no agent while a new one is blocked.")
        return
    session.state.drop(plan.environment, plan.orphans)
    if plan.orphans:
        names = listed(map(one_line, plan.orphans))
        progress.note(f"The state forgets agents that no file has: {names}")


def _follow_renames(session: Session, plan: Plan) -> None:
    """Move the state's entries of renamed files to their keys, all at once and before any write.

    One by one, the first to be written would take the place of one that is not yet read.
    """
    agents = session.state.page(plan.environment, plan.salt).agents
    keys = {
        action.formerly: action.key
        for action in plan.actions
        if action.formerly and entries.mark(agents.get(action.formerly)) == action.known
    }
    session.state.rename(plan.environment, keys)


def reviewed(plan: Plan, wanted: str | None) -> None:
    """Raise RefusedError unless a plan is the one that was reviewed, or none had to be."""
    found = plan_digest(plan)
    if wanted is not None and wanted != found:
        raise RefusedError(
            f"this is not the plan that was reviewed: its digest is {found}, not {wanted}",
            hint="files, state or live agents moved since; review a new plan",
        )

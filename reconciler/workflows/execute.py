"""Execute a plan from start to end: policies, secrets, confirmation, writes, records."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Any, Protocol

from reconciler.engine import entries
from reconciler.engine.plan_digest import part_digests, plan_digest
from reconciler.errors import ReconcilerError, RefusedError, listed
from reconciler.late import dataclass
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
from reconciler.workflows.session import Session, observed


@dataclass(frozen=True, kw_only=True)
class ApplyOptions:
    """How to execute a plan.

    ``what`` is its name in the history, ``undo`` the command that rolls it back. ``planfile`` is
    the file that the plan is from; empty for a new plan. ``overwrite`` also writes agents that both
    sides changed.
    """

    what: str
    undo: str
    planfile: str = ""
    overwrite: bool = False
    policy: PolicyOptions = field(default_factory=PolicyOptions)


class Progress(Protocol):
    """Shows an apply to the user while it runs; no decision depends on it."""

    def note(self, text: str) -> None:
        """Report something that was done in addition."""

    def writing(self, total: int, stop: asyncio.Event) -> AbstractContextManager[None]:
        """Show progress during the writes, and set ``stop`` to start no more."""

    def finished(self, outcome: Outcome) -> None:
        """Report that an action ended."""


Run = Callable[[Coroutine[Any, Any, list[Outcome]]], list[Outcome]]
"""Runs a coroutine, as ``asyncio.run`` does."""


def execute(
    session: Session,
    planned: Planned,
    options: ApplyOptions,
    *,
    ask: Callable[[Plan], bool],
    progress: Progress,
    run: Run,
) -> list[Outcome] | None:
    """Execute a plan; returns the outcome of each action, None if the user did not confirm.

    1. Check the policies of the environment at the current time.
    2. Check that every secret to send is set.
    3. Ask for confirmation, unless it was given already.
    4. Check the policies again: the answer may have taken time.
    5. Drop agents without a file from the state, if requested.
    6. Rename the state's entries of renamed files.
    7. Write: each agent is read again, written, read back and verified. The journal records it
       before it is sent and after it is done.

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


@observed("write")
async def _write(
    session: Session, plan: Plan, options: ApplyOptions, progress: Progress
) -> list[Outcome]:
    """Run all writes of a plan, and record them."""
    session.state.begin(plan.environment, plan.salt)
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
    """Close the journal; if that fails, writes that it has not saved are not reported as done."""
    try:
        journal.close()
    except ReconcilerError as error:
        done = [one for one in found if one.status in outcomes.REMEMBERED]
        lost = {one.action.key: outcomes.forgotten(one, error) for one in done}
        return [lost.get(one.action.key, one) for one in found]
    return found


def _forget_orphans(session: Session, plan: Plan, progress: Progress) -> None:
    """Drop agents without a file from the state; live agents are not touched.

    Not while a new agent is blocked, since it may be one of them under another name.
    """
    if plan.orphans and any(action.id is None for action in plan.of(Blocked)):
        progress.note("The state forgets no agent while a new one is blocked.")
        return
    session.state.drop(plan.environment, plan.orphans)
    if plan.orphans:
        names = listed(map(one_line, plan.orphans))
        progress.note(f"The state forgets agents that no file has: {names}")


def _follow_renames(session: Session, plan: Plan) -> None:
    """Move the state's entries of renamed files to their keys, all at once before any write.

    One by one, the first write would overwrite an entry that was not read yet.
    """
    agents = session.state.page(plan.environment, plan.salt).agents
    keys = {
        action.formerly: action.key
        for action in plan.actions
        if action.formerly and entries.mark(agents.get(action.formerly)) == action.known
    }
    session.state.rename(plan.environment, keys)


def reviewed(plan: Plan, wanted: str | None, parts: Collection[str] = ()) -> None:
    """Raise RefusedError unless a plan is the one that was reviewed, or no review was required.

    ``parts`` are the digests of the agents of the reviewed plan, if a run may have applied some
    already: then what is left of it is accepted.
    """
    found = plan_digest(plan)
    resumed = parts and {*part_digests(plan)} <= {*parts}
    if wanted not in (None, found) and not resumed:
        raise RefusedError(
            f"this is not the plan that was reviewed: its digest is {found}, not {wanted}",
            hint="files, state or live agents moved since; review a new plan",
        )

"""What is kept of an apply while it runs: the state, agent by agent, and the history."""

from contextlib import suppress
from typing import Protocol

from reconciler.engine import entries, memory
from reconciler.engine.history import keepable
from reconciler.errors import ReconcilerError
from reconciler.model import Action, Live, Outcome, Plan, Stamp
from reconciler.workflows.session import Session


class Journal(Protocol):
    """What an apply writes down. What this refuses is not done, or counts as unknown."""

    def known(self, action: Action) -> str:
        """The mark of the entry that there is now of an action's agent; see ``entries.mark``."""

    def before(self, action: Action, live: Live | None) -> None:
        """Keep the agent that is about to be written. If this raises, nothing is sent."""

    def commit(self, outcome: Outcome) -> None:
        """Keep at once what was done. If this raises, it counts as perhaps done."""

    def close(self) -> None:
        """Write what is kept where others see it, at the end of a run; may raise."""

    def abort(self, outcome: Outcome) -> None:
        """Take back what was kept: later it turned out that this was not done."""

    def after(self, outcome: Outcome) -> None:
        """Keep how an action ended; never raises."""


class StateJournal:
    """The journal of a project: its state, and the history on this machine."""

    def __init__(self, session: Session, plan: Plan, what: str) -> None:
        self._session, self._plan = session, plan
        self._page = session.state.page(plan.environment, plan.salt)
        self._stamp = Stamp(at=session.context.now(), commit=session.commit())
        self._recorder = session.recorder(self._stamp, what)

    def known(self, action: Action) -> str:
        """The mark of the state's entry when the apply began."""
        return entries.mark(self._page.entry(action.key, action.id))

    def before(self, action: Action, live: Live | None) -> None:
        """Keep what a rollback needs in the history."""
        known = self._page.entry(action.key, live.id if live else None, action.kind)
        self._recorder.before(action, keepable(live, action, known) if live else None)

    def commit(self, outcome: Outcome) -> None:
        """Keep the agent's entry; the state may be written later."""
        session, plan, key = self._session, self._plan, outcome.action.key
        entry = session.state.entry(plan.environment, key, outcome.id)
        before = entry.seen_as(outcome.action.kind) if entry else None
        entry = memory.remembered(outcome, before, self._stamp)
        session.state.record(plan.environment, plan.salt, key, entry)

    def close(self) -> None:
        """Write the state."""
        self._session.state.write()

    def abort(self, outcome: Outcome) -> None:
        """Drop the agent's entry from the state."""
        self._session.state.drop(self._plan.environment, [outcome.action.key])

    def after(self, outcome: Outcome) -> None:
        """Write the outcome into the history; unknown to that, it counts as perhaps written."""
        with suppress(ReconcilerError):
            self._recorder.after(outcome)

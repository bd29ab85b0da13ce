"""Records of a running apply: the state, agent by agent, and the history."""

from contextlib import suppress
from typing import Protocol

from reconciler.engine import entries, memory
from reconciler.engine.history import keepable
from reconciler.errors import ReconcilerError
from reconciler.model import Action, Live, Outcome, Plan, Stamp
from reconciler.workflows.session import Session


class Journal(Protocol):
    """Records an apply. An action that it refuses is not done, or its outcome is unknown."""

    def known(self, action: Action) -> str:
        """The digest of the current entry of an action's agent; see ``entries.mark``."""

    def before(self, action: Action, live: Live | None) -> None:
        """Record an agent before its write. If this raises, nothing is sent."""

    def commit(self, outcome: Outcome) -> None:
        """Record a completed write at once. If this raises, the outcome is unknown."""

    def close(self) -> None:
        """Save the records where others see them, at the end of a run; may raise."""

    def abort(self, outcome: Outcome) -> None:
        """Remove the record of an outcome that turned out not to be done."""

    def after(self, outcome: Outcome) -> None:
        """Record how an action ended; never raises."""


class StateJournal:
    """The journal of a project: its state, and the history on this machine."""

    def __init__(self, session: Session, plan: Plan, what: str) -> None:
        self._session, self._plan = session, plan
        self._page = session.state.page(plan.environment, plan.salt)
        self._stamp = Stamp(at=session.context.now(), commit=session.commit())
        self._recorder = session.recorder(self._stamp, what)

    def known(self, action: Action) -> str:
        """The digest of the state's entry when the apply began."""
        return entries.mark(self._page.entry(action.key, action.id))

    def before(self, action: Action, live: Live | None) -> None:
        """Record what a rollback needs in the history, if this run may still write."""
        self._session.state.check()
        known = self._page.entry(action.key, live.id if live else None, action.kind)
        self._recorder.before(action, keepable(live, action, known) if live else None)

    def commit(self, outcome: Outcome) -> None:
        """Record the agent's entry; the state may be written later."""
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
        """Write the outcome to the history; without it, the action counts as perhaps written."""
        with suppress(ReconcilerError):
            self._recorder.after(outcome)

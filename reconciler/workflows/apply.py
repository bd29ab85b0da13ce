"""Apply a plan: the order of writes, what stops them, and what is recorded.

A failure of one agent does not stop others, with one exception: a write that changed what it did
not set.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import partial
from typing import TypeVar

from reconciler import telemetry
from reconciler.engine import graph, verify
from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.model import (
    Action,
    Blocked,
    Create,
    Live,
    Outcome,
    Plan,
    Record,
    Status,
    Update,
    Write,
)
from reconciler.schema.kind import Kind
from reconciler.transport.client import Writer
from reconciler.transport.workers import each
from reconciler.workflows import outcomes
from reconciler.workflows.creates import Creates
from reconciler.workflows.journal import Journal
from reconciler.workflows.outcomes import Brake, exit_code
from reconciler.workflows.writes import Writes

__all__ = ["Applier", "exit_code"]

_A = TypeVar("_A", bound=Action)


@dataclass(frozen=True, kw_only=True)
class Applier:
    """One run of one plan. ``stop`` lets agents in flight finish and starts no others.

    The first PATCH is sent alone, and so is the first POST: after one agent, not after all of them,
    it is known what the API does with fields that a write leaves out. ``finished`` is for display.
    ``undo`` is the command that rolls this run back.
    """

    plan: Plan
    writer: Writer
    journal: Journal
    stop: asyncio.Event
    finished: Callable[[Outcome], None] = lambda _outcome: None
    overwrite: bool = False
    parallelism: int = 10
    undo: str = "reconciler rollback"
    _brake: Brake = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_brake", Brake(self.stop))

    async def run(self) -> list[Outcome]:
        """Run every action that has something to do; outcomes in the plan's order."""
        quiet = self.plan.of(Record, Blocked)
        listed = await self._listed(self.plan.of(Record))
        found = await each(quiet, partial(self._quiet, listed), self.parallelism)
        for layer in graph.layers(self.plan.writes):
            ready = list(self._ready(layer, found))
            found += [one for one in ready if isinstance(one, Outcome)]
            actions = [one for one in ready if isinstance(one, Write)]
            found += await self._updates([a for a in actions if isinstance(a, Update)], found)
            found += await self._creates([a for a in actions if isinstance(a, Create)])
        order = {action.key: place for place, action in enumerate(self.plan.actions)}
        return sorted(found, key=lambda outcome: order[outcome.action.key])

    def _ready(self, layer: Sequence[Write], ended: Sequence[Outcome]) -> Iterator[Write | Outcome]:
        """The actions of a layer with the ids of what they refer to, or why they cannot be done."""
        ids = {one.action.key: one.id for one in ended if one.id and outcomes.is_written(one)}
        for action in layer:
            lost = [key for key in graph.waits_for(action) if key not in ids]
            if lost:
                message = f"it refers to `{lost[0]}`, which was not created"
                yield self._end(outcomes.ended(Status.NOT_STARTED, action, message))
            else:
                yield graph.filled(action, ids, self.plan.salt)

    async def _updates(self, actions: Sequence[Update], ended: Sequence[Outcome]) -> list[Outcome]:
        """Write one by one until a write has changed only what it set; then the others together."""
        waiting, found = list(actions), list[Outcome]()
        before = [one for one in ended if isinstance(one.action, Update)]
        while waiting and not any(map(outcomes.proves, (*before, *found))):
            found.append(await self._update(waiting.pop(0)))
        return found + await each(waiting, self._update, self.parallelism)

    async def _creates(self, planned: Sequence[Create]) -> list[Outcome]:
        """Create the objects of one kind after those of another: each kind has a list to check."""
        found: list[Outcome] = []
        for kind in dict.fromkeys(action.kind for action in planned):
            found += await self._created(kind, [one for one in planned if one.kind is kind])
        return found

    async def _created(self, kind: Kind, actions: Sequence[Create]) -> list[Outcome]:
        creates = Creates(
            look=partial(self._writes.names, kind),
            count=partial(self._writes.count, kind),
            refuse=self._refusal,
            create=self._create,
            end=self._end,
            revise=self._revise,
            brake=self._brake,
            parallelism=self.parallelism,
        )
        return await creates.run(actions)

    async def _listed(self, actions: Sequence[Record]) -> Mapping[str, Live]:
        """Read many agents with few requests.

        If the list cannot be read, each is read on its own.
        """
        try:
            return await self._writes.listed(actions)
        except ReconcilerError:
            return {}

    async def _quiet(self, listed: Mapping[str, Live], action: Record | Blocked) -> Outcome:
        """Handle an action that sends nothing: record it, or refuse it."""
        refused = self._refusal(action)
        if isinstance(action, Blocked):
            return self._end(refused or outcomes.ended(Status.REFUSED, action, action.reason))
        refused = refused or self._writes.outdated(action)
        record = partial(self._writes.record, listed=listed)
        return self._end(refused or await self._tried(record, action))

    async def _update(self, action: Update) -> Outcome:
        return self._end(self._refusal(action) or await self._tried(self._writes.update, action))

    async def _create(self, action: Create) -> Outcome:
        return await self._tried(self._writes.create, action)

    async def _tried(self, write: Callable[[_A], Awaitable[Outcome]], action: _A) -> Outcome:
        """The outcome of one write, also after an unexpected error: other writes continue."""
        with telemetry.agent(action.verb.value, action.kind.name, action.key) as span:
            outcome = await self._settled(write, action)
            span.learn(outcome=outcome.status.value)
            return outcome

    @staticmethod
    async def _settled(write: Callable[[_A], Awaitable[Outcome]], action: _A) -> Outcome:
        try:
            return await write(action)
        except ReconcilerError as error:
            return outcomes.ended(Status.FAILED, action, error.message, hint=error.hint)
        except Exception as error:  # noqa: BLE001 - the others in flight must be settled
            message = f"unexpected {type(error).__name__}: whether this was done is not known"
            return outcomes.ended(Status.UNKNOWN, action, message, hint="plan again; this is a bug")

    def _refusal(self, action: Action) -> Outcome | None:
        """Why an action is not even tried."""
        if self._brake.reason:
            return outcomes.ended(Status.NOT_STARTED, action, self._brake.reason)
        if isinstance(action, Blocked):
            return None
        if action.conflicts and not self.overwrite:
            return outcomes.conflict(action)
        changed = verify.changed_secrets(action, self.plan.salt)
        if changed:
            return outcomes.stale(
                action, f"not the secret that was planned with: {', '.join(changed)}"
            )
        return None

    def _end(self, outcome: Outcome) -> Outcome:
        """Record and report the end of an action, and stop the run if it shows a danger."""
        if outcomes.moved_unasked(outcome):
            self._brake.pull(
                f"the write of `{outcome.action.key}` moved fields that it did not set: "
                "no further agent is written"
            )
        outcome = self._remembered(outcome)
        self.journal.after(outcome)
        with suppress(OSError, ValueError):  # a closed stream does not stop a write
            self.finished(outcome)
        return outcome

    def _revise(self, outcome: Outcome) -> None:
        """Correct the record of an agent whose outcome turned out to be different."""
        with suppress(ReconcilerError):  # the outcome is reported either way
            self.journal.abort(outcome)
        self.journal.after(outcome)

    def _remembered(self, outcome: Outcome) -> Outcome:
        if outcome.status not in outcomes.REMEMBERED:
            return outcome
        try:
            self.journal.commit(outcome)
        except ReconcilerError as error:
            return outcomes.forgotten(outcome, error)
        return outcome

    @property
    def _writes(self) -> Writes:
        return Writes(
            writer=self.writer,
            journal=self.journal,
            brake=self._brake,
            undo=self.undo,
            parallelism=self.parallelism,
        )

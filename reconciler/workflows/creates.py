"""Create agents while another machine may create the same ones: in rounds, with checks in between.

A POST has no idempotency key and the API allows duplicate names, so two runs can create two agents
with one name. Between two rounds the whole list is read once: it is the check after one round and
before the next. A round is as large as all earlier ones together, so N creates cost about log N
list reads. Within a round only the number of agents is requested, after every few creates: if it is
not what this run expects, the round ends with a check.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from reconciler.errors import ApiError
from reconciler.late import dataclass
from reconciler.model import Create, Outcome, Status
from reconciler.transport.workers import each
from reconciler.workflows import outcomes
from reconciler.workflows.outcomes import Brake

COUNTED = 4
"""Creates per worker between two counts of the agents."""

SETTLE = 1.0
"""Seconds that the requests of another creating run get before the last check."""


@dataclass(frozen=True)
class Names:
    """One reading of the list: the name of each live agent by id, and the number of agents."""

    by_id: Mapping[str, str]
    total: int

    def of(self, name: str) -> tuple[str, ...]:
        """The ids of the live agents with this name."""
        return self._by_name.get(name, ())

    def besides(self, outcome: Outcome) -> list[str]:
        """The ids of other agents with the name of a created one, as sent or as stored."""
        sent = outcome.action.name
        stored = self.by_id.get(outcome.id or "", sent)
        found = dict.fromkeys((*self.of(sent), *self.of(stored)))
        return [one for one in found if one != outcome.id]

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        ids: dict[str, tuple[str, ...]] = {}
        for agent_id, name in self.by_id.items():
            ids[name] = (*ids.get(name, ()), agent_id)
        return ids


@dataclass(kw_only=True)
class Creates:
    """The creates of one run.

    ``look`` reads the list, ``count`` requests its length, ``refuse`` says why an action is not
    tried, ``create`` sends one and reads it back, ``end`` records and reports an outcome,
    ``revise`` replaces one that was already recorded. Creates run one by one until one is verified,
    and again as soon as an agent of this plan has been created elsewhere.
    """

    look: Callable[[], Awaitable[Names]]
    count: Callable[[], Awaitable[int]]
    refuse: Callable[[Create], Outcome | None]
    create: Callable[[Create], Awaitable[Outcome]]
    end: Callable[[Outcome], Outcome]
    revise: Callable[[Outcome], None]
    brake: Brake
    parallelism: int
    _ended: dict[str, Outcome] = field(default_factory=dict, init=False)
    _held: list[Outcome] = field(default_factory=list, init=False)
    """Created; their outcomes are final after the next check, or if the count is as expected."""
    _first: Names | None = field(default=None, init=False)
    _proven: bool = field(default=False, init=False)
    _contended: bool = field(default=False, init=False)

    async def run(self, actions: Sequence[Create]) -> list[Outcome]:
        """Run the creates; returns the outcome of each action."""
        waiting = [action for action in actions if not self._refused(action)]
        while waiting and not self._stopped():
            names = await self._look()
            waiting = [action for action in waiting if not self._appeared(action, names)]
            if isinstance(names, Names) and waiting:
                waiting = await self._round(waiting, names.total)
        await self._last_look()
        for action in waiting:
            self._refused(action)
        return [*self._ended.values()]

    async def _round(self, waiting: list[Create], total: int) -> list[Create]:
        """Create as many agents as before, with ``total`` live; returns the actions that are left.

        The round ends early if the number of agents is not the one expected from this run.
        """
        alone = self._contended or not self._proven
        room = 1 if alone else max(len(self._ended), self.parallelism)
        step = 1 if alone else self.parallelism * COUNTED
        made = 0
        while room > 0 and waiting and not self._stopped():
            batch, waiting = waiting[: min(step, room)], waiting[min(step, room) :]
            self._held = await each(batch, self.create, self.parallelism)
            made, room = made + len(batch), room - len(batch)
            surely = all(outcomes.proves(one) for one in self._held)
            if not (room > 0 and waiting and surely and await self._counts(total + made)):
                break
            self._unheld()
        return waiting

    async def _counts(self, expected: int) -> bool:
        """Whether the expected number of agents is live; False if it cannot be read."""
        try:
            return await self.count() == expected
        except ApiError:
            return False

    def _stopped(self) -> bool:
        return bool(self.brake.reason)

    def _refused(self, action: Create) -> bool:
        refusal = self.refuse(action)
        if refusal:
            self._ended[action.key] = self.end(refusal)
        return refusal is not None

    async def _look(self) -> Names | ApiError:
        """Read the list, and check the last round's creates against it."""
        try:
            names = await self.look()
        except ApiError as error:
            self._unlooked(error)
            return error
        self._first = self._first or names
        for outcome in [*self._ended.values(), *self._held]:
            self._settle(outcome, names)
        self._held = []
        return names

    def _settle(self, outcome: Outcome, names: Names) -> None:
        """Finish a create, or correct an earlier outcome, by the live agents with its name."""
        earlier = outcome.action.key in self._ended
        others = names.besides(outcome) if outcome.id else []
        if others and not (earlier and outcome.status is Status.UNKNOWN):
            outcome = outcomes.twin(outcome, others)
            self.brake.pull("another run is creating the same agents: this one creates no more")
        elif earlier:
            return
        if earlier:
            self.revise(outcome)
            self._ended[outcome.action.key] = outcome
        else:
            self._ended[outcome.action.key] = self.end(outcome)
            self._proven = self._proven or outcomes.proves(outcome)

    def _unlooked(self, error: ApiError) -> None:
        """Finish creates that cannot be checked: a duplicate would not be seen."""
        for outcome in self._held:
            if outcome.id:
                message = (
                    f"created as {outcome.id}; it is not known whether another agent has its "
                    f"name: {error.message}"
                )
                lost = outcomes.ended(
                    Status.UNKNOWN,
                    outcome.action,
                    message,
                    hint="run `plan` to see the current state before retrying",
                    agent_id=outcome.id,
                )
                self._ended[outcome.action.key] = self.end(lost)
            else:
                self._ended[outcome.action.key] = self.end(outcome)
        self._held = []

    def _appeared(self, action: Create, names: Names | ApiError) -> bool:
        """Whether a create is not sent: its name is live, or that is unknown."""
        if isinstance(names, ApiError):
            outcome = outcomes.ended(Status.FAILED, action, names.message, hint=names.hint)
        elif found := names.of(action.name):
            self._contended = True
            message = f"an agent of this name appeared since the plan: {', '.join(found)}"
            outcome = outcomes.stale(action, message)
        else:
            return False
        self._ended[action.key] = self.end(outcome)
        return True

    async def _last_look(self) -> None:
        """Check once more; twice if another run creates agents at the same time."""
        if not any(outcome.id for outcome in [*self._held, *self._ended.values()]):
            return self._unheld()
        names = await self._look()
        if isinstance(names, Names) and self._strangers(names):
            await asyncio.sleep(SETTLE)
            await self._look()
        return None

    def _unheld(self) -> None:
        for outcome in self._held:
            self._ended[outcome.action.key] = self.end(outcome)
        self._held = []

    def _strangers(self, names: Names) -> bool:
        """Whether agents that this run did not create have appeared since the first check."""
        first = self._first.by_id.keys() if self._first else set()
        ours = {outcome.id for outcome in self._ended.values()}
        return bool(names.by_id.keys() - first - ours)

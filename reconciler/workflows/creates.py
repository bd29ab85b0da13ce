"""Creating agents where another machine may create the same ones: in rounds, looking in between.

A POST has no idempotency key and the API lets names repeat, so that two runs can make two agents
of one name. Between two rounds the list is read once, whole: it is the look after the one round,
and the look right before the next. A round is as large as all before it, so that N creates cost
about log N readings. Within a round only the number of agents is asked for, after every few
creates: if it is not what this run made of it, the round ends with a look.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reconciler.errors import ApiError
from reconciler.model import Create, Outcome, Status
from reconciler.transport.workers import each
from reconciler.workflows import outcomes
from reconciler.workflows.outcomes import Brake

COUNTED = 4
"""Creates of each worker between two times that the agents are counted."""

SETTLE = 1.0
"""Seconds that the requests of another run, which is creating too, get before the last look."""


@dataclass(frozen=True)
class Names:
    """One reading of the list: the name of each live agent by id, and how many there are."""

    by_id: Mapping[str, str]
    total: int

    def of(self, name: str) -> tuple[str, ...]:
        """The ids of the live agents of this name."""
        return self._by_name.get(name, ())

    def besides(self, outcome: Outcome) -> list[str]:
        """The ids of other agents that have the name of a created one, as sent or as stored."""
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

    ``look`` reads the list, ``count`` asks how many are in it, ``refuse`` says why an action is
    not tried, ``create`` sends one and reads it back, ``end`` remembers and reports an outcome,
    ``revise`` replaces one that was remembered already. Creates go one by one until one is proven,
    and from when an agent of this plan has been created elsewhere.
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
    """They end with the look after them, or when there are as many agents as there should be."""
    _first: Names | None = field(default=None, init=False)
    _proven: bool = field(default=False, init=False)
    _contended: bool = field(default=False, init=False)

    async def run(self, actions: Sequence[Create]) -> list[Outcome]:
        """The outcome of each action."""
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
        """Create as many as were created before, where ``total`` were live; what is left of them.

        The round ends early where the agents are not as many as this run has made them.
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
        """Whether as many agents are live as there should be; False where nobody can say."""
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
        """What is live now, after the last round has been held against it."""
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
        """End a create, or correct the end of an earlier one, by what is live of its name."""
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
        """End what was created and cannot be looked for: a twin of it would not be seen."""
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
                    hint="plan again before anything else",
                    agent_id=outcome.id,
                )
                self._ended[outcome.action.key] = self.end(lost)
            else:
                self._ended[outcome.action.key] = self.end(outcome)
        self._held = []

    def _appeared(self, action: Create, names: Names | ApiError) -> bool:
        """Whether a create is not sent: its name is live, or whether it is cannot be known."""
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
        """Look once more; twice where another run creates agents at the same time."""
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
        """Whether agents have appeared, since the first look, that this run did not create."""
        first = self._first.by_id.keys() if self._first else set()
        ours = {outcome.id for outcome in self._ended.values()}
        return bool(names.by_id.keys() - first - ours)

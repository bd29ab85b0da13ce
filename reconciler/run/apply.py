"""Applying a plan: read again, write, read back, prove, remember. One agent stops no other."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from reconciler.api import wire
from reconciler.api.client import Payload, Writer
from reconciler.api.fields import Table
from reconciler.engine import proof
from reconciler.errors import ApiError, ReconcilerError
from reconciler.model import (
    Action,
    Kind,
    LiveAgent,
    Outcome,
    Plan,
    Request,
    Status,
)
from reconciler.run.observe import every_payload
from reconciler.run.workers import each


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What an apply tells the outside.

    ``record`` keeps an outcome in the ledger at once. ``before`` is told of each write that is
    about to go out, with the live agent that it changes; where it raises, nothing is sent.
    ``after`` is told how each action ended, ``started`` and ``finished`` are for people.
    """

    record: Callable[[Outcome], None]
    before: Callable[[Action, LiveAgent | None], None] = lambda action, live: None
    after: Callable[[Outcome], None] = lambda outcome: None
    known: Callable[[Action], str] | None = None
    """The mark of the entry that the ledger has of an action's agent now; see ``digest.mark``."""
    started: Callable[[Action], None] = lambda action: None
    finished: Callable[[Outcome], None] = lambda outcome: None


@dataclass(frozen=True, kw_only=True)
class Applier:
    """One run of one plan. ``stop`` lets agents in flight finish and starts no other."""

    plan: Plan
    writer: Writer
    table: Table
    hooks: Hooks
    stop: asyncio.Event
    overwrite: bool = False
    parallelism: int = 10

    async def run(self) -> list[Outcome]:
        """The outcome of every action that had something to do, in the plan's order."""
        names = await self._live_names() if self.plan.of(Kind.CREATE) else {}
        todo = self.plan.of(Kind.CREATE, Kind.UPDATE, Kind.ADOPT, Kind.BLOCKED)
        return await each(todo, lambda action: self._one(action, names), self.parallelism)

    async def _live_names(self) -> dict[str, list[Payload]]:
        names: dict[str, list[Payload]] = {}
        for payload in (await every_payload(self.writer, self.parallelism)).values():
            names.setdefault(wire.decode(self.table, payload).name, []).append(payload)
        return names

    async def _one(self, action: Action, names: dict[str, list[Payload]]) -> Outcome:
        outcome = self._refusal(action)
        if outcome is None:
            with suppress(OSError, ValueError):  # a closed stream stops no write
                self.hooks.started(action)
            outcome = await self._tried(action, names)
        outcome = self._remembered(outcome)
        self.hooks.after(outcome)
        with suppress(OSError, ValueError):
            self.hooks.finished(outcome)
        return outcome

    async def _tried(self, action: Action, names: dict[str, list[Payload]]) -> Outcome:
        """The outcome of one write, whatever goes wrong in it: it stops no other."""
        try:
            return await self._write(action, names)
        except ReconcilerError as error:
            return _outcome(Status.FAILED, action, error.message, hint=error.hint)
        except Exception as error:  # noqa: BLE001 - the others in flight must be settled
            message = f"unexpected {type(error).__name__}: whether this was done is not known"
            return _outcome(Status.UNKNOWN, action, message, hint="plan again; this is a bug")

    def _refusal(self, action: Action) -> Outcome | None:
        """Why an action is not even tried."""
        if self.stop.is_set():
            return _outcome(Status.NOT_STARTED, action, "the run was interrupted before it")
        if action.kind is Kind.BLOCKED:
            return _outcome(Status.REFUSED, action, action.reason)
        if action.conflicts and not self.overwrite:
            paths = ", ".join(f"`{change.path}`" for change in action.conflicts)
            message = f"both the files and the dashboard moved {paths} since the last apply"
            hint = "--overwrite lets the files win; reconciler adopt takes what is live into them"
            return _outcome(Status.REFUSED, action, message, hint=hint)
        changed = proof.changed_secrets(action, self.plan.salt)
        if changed:
            return _outcome(
                Status.STALE,
                action,
                f"not the secret that was planned with: {', '.join(changed)}",
                hint="plan again",
            )
        return None

    async def _write(self, action: Action, names: dict[str, list[Payload]]) -> Outcome:
        match action.kind:
            case Kind.ADOPT:
                return self._outdated(action) or _outcome(Status.DONE, action, "remembered")
            case Kind.CREATE if action.request:
                return await self._create(action, action.request, names.get(action.name, []))
            case _ if action.request and action.id:
                return await self._update(action, action.request, action.id)
        raise ReconcilerError(f"the plan has no request for {action.key}")

    async def _update(self, action: Action, request: Request, agent_id: str) -> Outcome:
        before = await self._read(agent_id)
        if before is None:
            message = "the agent is not live any more"
            return _outcome(Status.STALE, action, message, hint="plan again")
        moved = proof.moved_since(self.table, action, request, before)
        if moved:
            message = f"changed since the plan: {', '.join(f'`{path}`' for path in moved)}"
            return _outcome(Status.STALE, action, message, hint="plan again")
        if outdated := self._outdated(action):
            return outdated
        self.hooks.before(action, before)
        lost: ApiError | None = None
        try:
            await self.writer.update(agent_id, request)
        except ApiError as error:
            if not error.ambiguous:
                raise
            lost = error
        return await self._proven(action, agent_id, before, lost)

    async def _create(
        self, action: Action, request: Request, namesakes: Sequence[Payload]
    ) -> Outcome:
        if namesakes:
            message = f"an agent of this name appeared since the plan: {namesakes[0]['id']}"
            return _outcome(Status.STALE, action, message, hint="plan again")
        if outdated := self._outdated(action):
            return outdated
        self.hooks.before(action, None)
        lost: ApiError | None = None
        try:
            created = await self.writer.create(request)
        except ApiError as error:
            if not error.ambiguous:
                raise
            lost = error
            twins = (await self._live_names()).get(action.name, [])
            if len(twins) != 1:
                return _unknown(action, error)
            created = twins[0]
        return await self._proven(action, str(created["id"]), None, lost)

    def _outdated(self, action: Action) -> Outcome | None:
        """A refusal where the ledger has moved since the plan: another apply came between."""
        if self.hooks.known is None or self.hooks.known(action) == action.known:
            return None
        message = "another apply came between the plan and this one"
        return _outcome(Status.STALE, action, message, hint="plan again")

    async def _proven(
        self, action: Action, agent_id: str, before: LiveAgent | None, lost: ApiError | None
    ) -> Outcome:
        """The outcome of a write by what is live after it; ``lost`` is why its answer was not."""
        try:
            after = await self._read(agent_id)
        except ApiError as error:
            return replace(_unknown(action, lost or error), id=agent_id)
        if after is None:
            message = "written, but the agent cannot be found afterwards"
            return _outcome(Status.UNKNOWN, action, message, agent_id=agent_id)
        found = tuple(proof.differences(self.table, action, before, after))
        if lost and any(item.sent for item in found):
            return _outcome(Status.FAILED, action, lost.message, hint=lost.hint, agent_id=agent_id)
        if lost and proof.unchecked(action, after):
            return replace(_unknown(action, lost), id=agent_id)
        return Outcome(
            status=Status.DIFFERS if found else Status.DONE,
            action=action,
            id=agent_id,
            message=proof.stored_otherwise(found),
            differences=found,
            unchecked=proof.unchecked(action, after),
        )

    async def _read(self, agent_id: str) -> LiveAgent | None:
        payload = await self.writer.agent(agent_id)
        return wire.decode(self.table, payload) if payload else None

    def _remembered(self, outcome: Outcome) -> Outcome:
        if outcome.status not in (Status.DONE, Status.DIFFERS):
            return outcome
        try:
            self.hooks.record(outcome)
        except ReconcilerError as error:
            message = f"applied, but not remembered: {error.message}"
            return replace(outcome, status=Status.UNKNOWN, message=message, hint=error.hint)
        return outcome


def exit_code(outcomes: Sequence[Outcome], *, interrupted: bool = False) -> int:
    """0 all done, 1 nothing done, 3 done in part, 4 all refused, 130 interrupted."""
    statuses = {outcome.status for outcome in outcomes}
    if interrupted:
        return 130
    if statuses <= {Status.DONE}:
        return 0
    if statuses <= {Status.STALE, Status.REFUSED}:
        return 4
    return 1 if statuses <= {Status.FAILED, Status.STALE, Status.REFUSED} else 3


def _outcome(
    status: Status, action: Action, message: str, *, hint: str = "", agent_id: str | None = None
) -> Outcome:
    return Outcome(
        status=status, action=action, id=agent_id or action.id, message=message, hint=hint
    )


def _unknown(action: Action, error: ApiError) -> Outcome:
    message = f"it is not known whether this was done: {error.message}"
    return _outcome(Status.UNKNOWN, action, message, hint="plan again before anything else")

"""Write one agent: read again, write, read back, verify."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.engine import decoding, verify, views
from reconciler.errors import ApiError, MovedError
from reconciler.late import dataclass
from reconciler.model import (
    Action,
    Create,
    Live,
    Outcome,
    Record,
    Status,
    Update,
    Write,
)
from reconciler.schema import wire
from reconciler.schema.kind import Kind
from reconciler.transport.client import Writer
from reconciler.workflows import outcomes
from reconciler.workflows.creates import Names
from reconciler.workflows.journal import Journal
from reconciler.workflows.outcomes import Brake
from reconciler.workflows.refresh import every_payload

_FEW = 20
"""Up to this many agents are read one by one; for more, the list is read."""

NOTHING: Mapping[str, Live] = {}


@dataclass(frozen=True, kw_only=True)
class Writes:
    """The requests of one agent's write.

    ``journal`` records the agent before it is written; if it raises, nothing is sent. ``undo`` is
    the command that rolls the run back.
    """

    writer: Writer
    journal: Journal
    brake: Brake
    undo: str
    parallelism: int

    async def names(self, kind: Kind) -> Names:
        """The current name of every live object of a kind."""
        field = kind[kind.name_path]
        payloads = await every_payload(self.writer, kind, self.parallelism)
        shown = {one: wire.shown(field, payload) for one, payload in payloads.items()}
        names = {one: name for one, name in shown.items() if isinstance(name, str)}
        return Names(names, total=len(payloads))

    async def count(self, kind: Kind) -> int:
        """The current number of live objects of a kind, as the list reports it."""
        return (await self.writer.page(kind, 1, 1)).total

    async def listed(self, actions: Sequence[Record]) -> Mapping[str, Live]:
        """The live agents of many actions by id, as the list shows them; for few actions, none."""
        kinds = [action.kind for action in actions if not action.kind.short_list]
        found: dict[str, Live] = {}
        for kind in dict.fromkeys(one for one in kinds if kinds.count(one) > _FEW):
            payloads = await every_payload(self.writer, kind, self.parallelism)
            found |= {one: decoding.decode(kind, payload) for one, payload in payloads.items()}
        return found

    async def record(self, action: Record, listed: Mapping[str, Live] = NOTHING) -> Outcome:
        """Read an agent in sync again: the state records what it shows, undeclared fields too.

        It is read by its id, unless ``listed`` shows each field that its file names.
        """
        live = listed.get(action.id)
        if live is None or action.kind.short_list or not live.shows(action.declared):
            live = await self._read(action, action.id)
        if live is None:
            return await self._gone(action)
        moved = verify.not_as_planned(action, live)
        if moved:
            return outcomes.stale(action, _changed(moved))
        return replace(outcomes.ended(Status.DONE, action, "remembered"), after=live)

    async def update(self, action: Update) -> Outcome:
        """Send a PATCH, unless the live agent or the state has changed since the plan."""
        before = await self._read(action, action.id)
        if before is None:
            return await self._gone(action)
        moved = verify.moved_since(action, before)
        if moved:
            return outcomes.stale(action, _changed(moved))
        if outdated := self.outdated(action):
            return outdated
        if self.brake.cause:  # another write has shown a danger since this one started to read
            return outcomes.ended(Status.NOT_STARTED, action, self.brake.cause)
        self.journal.before(action, before)
        answer, lost = None, None
        try:
            answer = await self.writer.update(
                action.kind,
                action.id,
                views.outgoing(action, before),
                lambda: self._still(action),
            )
        except ApiError as error:
            if isinstance(error, MovedError) and not error.ambiguous:
                return outcomes.stale(action, error.message)
            if not error.ambiguous:
                raise
            lost = error
        shown = decoding.decode(action.kind, answer, action.names) if answer else None
        return await self._proven(action, action.id, before, shown, lost)

    async def _gone(self, action: Action) -> Outcome:
        """The outcome of an agent that answers 404; ApiError if no agent of its kind is there."""
        await self.count(action.kind)
        return outcomes.stale(action, "the agent is not live any more")

    async def create(self, action: Create) -> Outcome:
        """Send a POST. The name was checked right before."""
        if outdated := self.outdated(action):
            return outdated
        self.journal.before(action, None)
        lost: ApiError | None = None
        try:
            created = str(
                (await self.writer.create(action.kind, views.outgoing(action, None)))["id"]
            )
        except ApiError as error:
            if not error.ambiguous:
                raise
            lost = error
            found = (await self.names(action.kind)).of(action.name)
            if len(found) > 1:
                return outcomes.twin(outcomes.unknown(action, error), found)
            if not found:
                return outcomes.unknown(action, error)
            created = found[0]
        return await self._proven(action, created, None, None, lost)

    def outdated(self, action: Action) -> Outcome | None:
        """The outcome if the state has changed since the plan: another apply came first."""
        if self.journal.known(action) == action.known:
            return None
        return outcomes.stale(action, "another apply ran between the plan and this one")

    async def _still(self, action: Update) -> None:
        """Raise MovedError if a PATCH may not be repeated: time passes between two attempts."""
        now = await self._read(action, action.id)
        if now is None:
            raise MovedError("the agent is not live any more")
        moved = verify.moved_between(action, now)
        if moved:
            raise MovedError(_changed(moved))

    async def _proven(
        self,
        action: Write,
        agent_id: str,
        before: Live | None,
        answer: Live | None,
        lost: ApiError | None,
    ) -> Outcome:
        """The outcome of a write, from the live agent after it.

        ``lost`` is why it has no response.
        """
        try:
            after = await self._read(action, agent_id)
        except ApiError as error:
            return replace(outcomes.unknown(action, lost or error), id=agent_id)
        if after is None:
            message = "written, but the agent cannot be found afterwards"
            return outcomes.ended(Status.UNKNOWN, action, message, agent_id=agent_id)
        found = tuple(verify.differences(action, before, answer, after))
        unchecked = verify.unchecked(action, after)
        settled = Outcome(
            status=Status.DIVERGED if found else Status.DONE,
            action=action,
            id=agent_id,
            message=verify.stored_otherwise(found),
            hint=verify.remedy(found, f"{self.undo} --target {action.key}"),
            differences=found,
            unchecked=unchecked,
            before=before,
            after=after,
        )
        if lost and (found or unchecked):
            settled = _unanswered(settled, lost)
        return self._signed(settled, before, after)

    @staticmethod
    def _signed(settled: Outcome, before: Live | None, after: Live) -> Outcome:
        """The outcome, unless nothing that was sent can be read and `updatedAt` did not change."""
        if not before or not verify.unmoved(settled.action, before, after):
            return settled
        message = "; ".join(filter(None, (verify.UNMOVED, settled.message)))
        hint = settled.hint or verify.UNMOVED_REMEDY
        return replace(settled, status=Status.UNKNOWN, message=message, hint=hint)

    async def _read(self, action: Action, agent_id: str) -> Live | None:
        payload = await self.writer.agent(action.kind, agent_id)
        return decoding.decode(action.kind, payload, action.names) if payload else None


def _unanswered(settled: Outcome, lost: ApiError) -> Outcome:
    """The outcome of a write without a response, derived from what it would be with one."""
    action, agent_id = settled.action, settled.id
    absent = any(item.sent for item in settled.differences)
    if absent and isinstance(lost, MovedError):
        return replace(outcomes.stale(action, lost.message), id=agent_id)
    if not outcomes.moved_unasked(settled):
        if absent:
            return outcomes.ended(
                Status.FAILED, action, lost.message, hint=lost.hint, agent_id=agent_id
            )
        return replace(outcomes.unknown(action, lost), id=agent_id)
    message = f"{lost.message}; {settled.message}"
    return replace(settled, status=Status.UNKNOWN, message=message) if absent else settled


def _changed(paths: list[str]) -> str:
    return f"changed since the plan: {', '.join(f'`{path}`' for path in paths)}"

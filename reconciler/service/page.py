"""The workflow of one page: look, ask for an approval, wait for days, apply what was approved.

Temporal replays this code: it decides from its input, its signals and what activities answered.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from reconciler.service.references import (
        MEMO,
        SELF_HEAL,
        Applied,
        Approval,
        Asked,
        Found,
        Notice,
        Order,
        Page,
        Patience,
        State,
        Status,
    )

RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=3,
    maximum_interval=timedelta(minutes=5),
    maximum_attempts=12,
)
"""For what may pass: the network, a lock, a worker that died. Refusals are answers, not errors."""


_ENDS = {0: State.APPLIED, 3: State.PART, 4: State.REFUSED, 5: State.REFUSED}
"""How an apply ended, by its exit code."""


async def look(page: Page, patience: Patience) -> Found:
    """Compare files, state and live agents of a page; nothing is written."""
    found: Found = await workflow.execute_activity(
        "look",
        page,
        result_type=Found,
        start_to_close_timeout=timedelta(hours=1),
        heartbeat_timeout=timedelta(seconds=patience.heartbeat),
        retry_policy=RETRIES,
    )
    return found


@workflow.defn
class PageWorkflow:
    """A page that is looked at, up to the moment when nothing about it waits for anybody."""

    @workflow.init
    def __init__(self, asked: Asked) -> None:
        self._page, self._patience = asked.page, asked.patience
        self._shown, self._until, self._again = asked.asked, asked.until, asked.again
        self._rejected = Approval(digest=asked.rejected, who="")
        self._withdrawn = ""
        self._preset = asked.approval
        self._approvals: list[Approval] = []
        self._stale = self._left = False
        self._status = Status()

    @workflow.run
    async def run(self, asked: Asked) -> Status:
        """Look and wait in turn, until it is in sync, applied, expired, or left to a rollout."""
        while True:
            self._stale = False
            found = await self._looked()
            if not found.subject:
                return await self._ended(State.IN_SYNC)
            if self._preset:
                return await self._apply(found, self._preset)
            if found.heals:
                return await self._apply(found, Approval(digest=found.digest, who=SELF_HEAL))
            await self._ask(found)
            answer = await self._answer(found)
            if isinstance(answer, Approval):
                return await self._apply(found, answer)
            if answer:
                return await self._ended(answer)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._going_on(asked))

    @workflow.signal
    def approve(self, approval: Approval) -> None:
        """Allow the plan with this digest to be applied."""
        self._approvals.append(approval)

    @workflow.signal
    def reject(self, approval: Approval) -> None:
        """Do not ask about the plan with this digest any more."""
        self._rejected = approval
        self._stale = True

    @workflow.signal
    def look_again(self) -> None:
        """Look whether there still is what is waited for: the schedule has come round."""
        self._stale = True

    @workflow.signal
    def leave(self) -> None:
        """Leave the page to a rollout, unless it is being applied."""
        self._left = True

    @workflow.query
    def status(self) -> Status:
        """What the workflow is doing."""
        return self._status

    async def _looked(self) -> Found:
        if not self._shown:
            self._tell(state=State.LOOKING)
        found = await look(self._page, self._patience)
        digest = found.digest if found.writes else ""
        self._tell(digest=digest, writes=found.writes, drifted=found.drifted)
        return found

    async def _ask(self, found: Found) -> None:
        """Publish what was not published yet, and begin to wait for somebody."""
        if found.subject != self._shown:
            self._until = workflow.time() + self._patience.expires
            self._again = workflow.time() + self._patience.reminder
            await self._publish(digest=found.digest)
            self._shown = found.subject

    async def _answer(self, found: Found) -> Approval | State | None:
        """Wait for an approval, or for the end of the wait; None if it is to be looked at again."""
        state = self._waiting_as(found)
        who = self._rejected.who if state is State.REJECTED else ""
        self._tell(state=state, until=self._until, who=who)
        if state is State.REJECTED and self._withdrawn != found.digest:
            self._withdrawn = found.digest
            await self._publish(closed=True)
        while True:
            approved, left = self._approved(found), self._until - workflow.time()
            if approved:
                return approved
            if self._left or left <= 0:
                return State.YIELDED if self._left else State.EXPIRED
            if self._stale:
                return None
            if workflow.time() >= self._again and state is not State.REJECTED:
                self._again = workflow.time() + self._patience.reminder
                await self._publish(digest=found.digest, reminder=True)
            asks = left if state is State.REJECTED else self._again - workflow.time()
            await self._came(found, min(left, asks))

    def _waiting_as(self, found: Found) -> State:
        if found.refused:
            return State.REFUSED
        if not found.writes:
            return State.DRIFTED
        return State.REJECTED if found.digest == self._rejected.digest else State.WAITING

    def _approved(self, found: Found) -> Approval | None:
        """The last approval of this very plan; those of another one do not count."""
        if found.refused or not found.writes:
            return None
        return next((one for one in reversed(self._approvals) if one.digest == found.digest), None)

    async def _came(self, found: Found, seconds: float) -> None:
        """Wait until something happens, at most so many seconds."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: bool(self._approved(found) or self._stale or self._left),
                timeout=timedelta(seconds=seconds),
            )

    async def _apply(self, found: Found, approval: Approval) -> Status:
        """Apply an approved plan; while a policy holds it, again and again until that expires."""
        until = self._until or workflow.time() + self._patience.expires
        while True:
            self._tell(state=State.APPLYING, who=approval.who, until=0.0)
            applied = await self._carried_out(found, approval)
            if not applied.pending or workflow.time() >= until:
                break
            self._tell(state=State.HELD, until=until)
            await self._held()
            approval = self._approved(found) or approval
            if self._rejected.digest == found.digest:
                return await self._ended(State.REJECTED, who=self._rejected.who)
        return await self._ended(
            _ENDS.get(applied.exit_code, State.FAILED),
            exit_code=applied.exit_code,
            done=applied.done,
            failed=applied.left,
            total=applied.done + applied.left,
        )

    async def _held(self) -> None:
        """Wait for another hour, a further approval, or a rejection."""
        rejected, heard = self._rejected, len(self._approvals)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: len(self._approvals) > heard or self._rejected is not rejected,
                timeout=timedelta(seconds=self._patience.again),
            )

    async def _carried_out(self, found: Found, approval: Approval) -> Applied:
        order = Order(page=self._page, approval=approval, parts=found.parts)
        applied: Applied = await workflow.execute_activity(
            "apply",
            order,
            result_type=Applied,
            start_to_close_timeout=timedelta(hours=6),
            heartbeat_timeout=timedelta(seconds=self._patience.heartbeat),
            retry_policy=RETRIES,
        )
        return applied

    async def _ended(self, state: State, **more: object) -> Status:
        """Close what was published, unless somebody still has to look at it."""
        published = self._shown or self._preset
        if published and state is not State.YIELDED and not more.get("exit_code"):
            await self._publish(closed=True)
        return self._tell(state=state, until=0.0, **more)

    async def _publish(
        self, *, digest: str = "", closed: bool = False, reminder: bool = False
    ) -> None:
        """Publish what is waited for; a forge that does not answer stops nothing."""
        notice = Notice(
            page=self._page, digest=digest, closed=closed, reminder=reminder, until=self._until
        )
        with suppress(ActivityError):
            await workflow.execute_activity(
                "publish",
                notice,
                start_to_close_timeout=timedelta(minutes=30),
                heartbeat_timeout=timedelta(seconds=self._patience.heartbeat),
                retry_policy=replace(RETRIES, maximum_attempts=5),
            )

    def _going_on(self, asked: Asked) -> Asked:
        """The input of the next run, whose history begins anew."""
        return replace(
            asked,
            asked=self._shown,
            until=self._until,
            again=self._again,
            rejected=self._rejected.digest,
        )

    def _tell(self, **changes: object) -> Status:
        """Change the status, also in the memo, which lists of workflows show."""
        self._status = replace(self._status, **changes)  # type: ignore[arg-type]
        workflow.upsert_memo({MEMO: self._status})
        return self._status


@workflow.defn
class CheckWorkflow:
    """What a schedule starts: a page's workflow, or a new look by the one that is running.

    A schedule cannot do it itself: it adds the time to the id of what it starts, and a page's id
    is its lock.
    """

    @workflow.run
    async def run(self, asked: Asked) -> None:
        """Start it and end; it goes on by itself."""
        page = asked.page
        try:
            await workflow.start_child_workflow(
                PageWorkflow.run,
                asked,
                id=page.id,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            )
        except WorkflowAlreadyStartedError:
            running = workflow.get_external_workflow_handle_for(PageWorkflow.run, page.id)
            with suppress(FailureError):  # it has just ended
                await running.signal(PageWorkflow.look_again)

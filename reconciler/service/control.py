"""What people do with the service: schedules, status, approvals. No worker need run for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleUpdate,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from reconciler.errors import ReconcilerError, RefusedError
from reconciler.late import dataclass
from reconciler.service.page import CheckWorkflow, PageWorkflow
from reconciler.service.references import (
    MEMO,
    Approval,
    Asked,
    Page,
    Patience,
    Rollout,
    Row,
    State,
    Status,
)
from reconciler.service.rollout import FleetWorkflow

_SORTS = "WorkflowType IN ('PageWorkflow', 'FleetWorkflow')"
_RUNNING = f"{_SORTS} AND ExecutionStatus = 'Running'"
_FAILED = f"{_SORTS} AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')"
_MOST = 1_000
"""Runs that a list looks at."""
_FLEET = "fleet:"
_ANSWERABLE = (State.WAITING, State.REJECTED, State.HELD)


@dataclass(frozen=True, kw_only=True)
class Control:
    """The service as one client sees it."""

    client: Client
    queue: str
    patience: Patience

    async def schedule(self, page: Page, every: timedelta, jitter: timedelta) -> str:
        """Look at a page again and again; returns ``created`` or ``updated``."""
        wanted = Schedule(
            action=ScheduleActionStartWorkflow(
                CheckWorkflow.run,
                Asked(page=page, patience=self.patience),
                id=f"check:{page.name}",
                task_queue=self.queue,
            ),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)], jitter=jitter),
        )
        try:
            await self.client.create_schedule(page.id, wanted)
        except ScheduleAlreadyRunningError:
            handle = self.client.get_schedule_handle(page.id)
            await handle.update(lambda _found: ScheduleUpdate(schedule=wanted))
            return "updated"
        return "created"

    async def unschedule(self, page: Page) -> str:
        """Look at a page no more by itself; returns ``removed``, or ``not scheduled``."""
        try:
            await self.client.get_schedule_handle(page.id).delete()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return "not scheduled"
        return "removed"

    async def check(self, page: Page) -> None:
        """Look at a page now. Raises RefusedError if its workflow runs."""
        asked = Asked(page=page, patience=self.patience)
        await self._start(PageWorkflow.__name__, asked, page.id)

    async def roll_out(self, name: str, rollout: Rollout) -> None:
        """Plan all pages of a fleet. Raises RefusedError if a rollout of it runs."""
        await self._start(FleetWorkflow.__name__, rollout, _FLEET + name)

    async def _start(self, workflow: str, asked: object, workflow_id: str) -> None:
        try:
            await self.client.start_workflow(workflow, asked, id=workflow_id, task_queue=self.queue)
        except WorkflowAlreadyStartedError as error:
            raise RefusedError(
                f"{workflow_id.removeprefix('page:')} is at work already",
                hint="reconciler service status shows what it waits for",
            ) from error

    async def rows(self, *, ended: bool = False) -> list[Row]:
        """What runs, and what failed and did not run since, by name.

        With ``ended`` also what else does not run any more and is among the last runs.
        """
        found: dict[str, Row] = {}
        for query in (_RUNNING, _SORTS if ended else _FAILED):  # the newest first
            async for one in self.client.list_workflows(query, limit=_MOST):
                if one.id not in found and (ended or await self._is_last(one)):
                    found[one.id] = _row(one, await one.memo())
        return [found[name] for name in sorted(found)]

    async def _is_last(self, found: WorkflowExecution) -> bool:
        """Whether a run that failed is the last one of its workflow."""
        if found.status is WorkflowExecutionStatus.RUNNING:
            return True
        last = await self.client.get_workflow_handle(found.id).describe()
        return last.run_id == found.run_id

    async def answer(self, name: str, approval: Approval, *, yes: bool) -> None:
        """Approve or reject what a page or a rollout waits for.

        Raises RefusedError if it does not wait, or waits for an answer about another plan.
        """
        handle = self.client.get_workflow_handle(
            name if name.startswith(_FLEET) else f"page:{name}"
        )
        stops = not yes and name.startswith(_FLEET)  # it may have begun
        status = await self._waiting(handle, name, (State.APPLYING,) if stops else ())
        if status.digest != approval.digest:
            raise RefusedError(
                f"{name} waits for an answer about {status.digest or 'no plan'}, "
                f"not about {approval.digest}",
                hint="files or live agents moved since; read the new plan",
            )
        await handle.signal("approve" if yes else "reject", approval)

    async def _waiting(
        self, handle: "WorkflowHandle[object, object]", name: str, more: Sequence[State]
    ) -> Status:
        try:
            found = await handle.describe()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            hint = "reconciler service status lists what runs"
            raise ReconcilerError(f"nothing is known of {name}", hint=hint) from error
        status = Status.of((await found.memo()).get(MEMO, {}))
        runs = found.status is WorkflowExecutionStatus.RUNNING
        if not runs or status.state not in (*_ANSWERABLE, *more):
            raise RefusedError(f"{name} waits for no answer: it is {status.state}")
        return status


def _row(found: WorkflowExecution, memo: Mapping[str, object]) -> Row:
    status = memo.get(MEMO)
    return Row(
        name=found.id.removeprefix("page:"),
        status=Status.of(status) if isinstance(status, Mapping) else Status(),
        ended=found.status is not WorkflowExecutionStatus.RUNNING,
        failed=found.status
        not in (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED),
    )

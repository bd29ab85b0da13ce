"""The workflow of a fleet: one plan and one approval for all pages, applied in waves."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ChildWorkflowError,
    FailureError,
    WorkflowAlreadyStartedError,
)

with workflow.unsafe.imports_passed_through():
    from reconciler.engine.fleet import fleet_digest, over
    from reconciler.engine.shards import waves
    from reconciler.service.page import PageWorkflow, look
    from reconciler.service.references import (
        MEMO,
        Approval,
        Asked,
        Found,
        Page,
        Rollout,
        State,
        Status,
    )
    from reconciler.text.amounts import share

_YIELDING = 1.0
"""Seconds until a page that waits, or is being applied, is asked again to leave."""


@workflow.defn
class FleetWorkflow:
    """Pages with changes, one wave after the other; too many failures in a wave end it."""

    @workflow.init
    def __init__(self, asked: Rollout) -> None:
        self._asked = asked
        self._approvals: list[Approval] = []
        self._rejected: list[Approval] = []
        self._status = Status(total=len(asked.pages))

    @workflow.run
    async def run(self, asked: Rollout) -> Status:
        """Look at every page, wait for an approval of all plans together, apply in waves."""
        self._tell(state=State.LOOKING)
        found = await self._looked(asked.pages)
        changed = {page: one for page, one in found.items() if one.writes}
        digest = fleet_digest((p.project, p.environment, one.digest) for p, one in found.items())
        writes = sum(one.writes for one in changed.values())
        self._tell(digest=digest, writes=writes, total=len(changed))
        if not changed or self._status.failed:
            return self._tell(state=State.STOPPED if self._status.failed else State.IN_SYNC)
        if self._refused(found):
            return self._tell(state=State.REFUSED, exit_code=5)
        approval = await self._answer(digest)
        if isinstance(approval, State):
            return self._tell(state=approval, until=0.0)
        self._tell(who=approval.who, until=0.0)
        return await self._in_waves(changed, approval)

    @workflow.signal
    def approve(self, approval: Approval) -> None:
        """Allow the plans with this digest to be applied."""
        self._approvals.append(approval)

    @workflow.signal
    def reject(self, approval: Approval) -> None:
        """End without applying the plans with this digest, or before the next wave."""
        self._rejected.append(approval)

    @workflow.query
    def status(self) -> Status:
        """How far the rollout is."""
        return self._status

    async def _looked(self, pages: Sequence[Page]) -> dict[Page, Found]:
        """What every page would change; a page that cannot be read fails, and stops the rollout."""

        async def one(page: Page) -> Found:
            try:
                return await look(page, self._asked.patience)
            except ActivityError:
                self._tell(failed=self._status.failed + 1)
                return Found()

        found = await asyncio.gather(*map(one, pages))
        return dict(zip(pages, found, strict=True))

    def _refused(self, found: Mapping[Page, Found]) -> bool:
        """Whether a policy of the fleet rejects the whole; a project's own stops its page only."""
        limit = _size(self._asked.most_changes) if self._asked.most_changes else None
        writes = [one.writes for one in found.values() if one.writes]
        agents = sum(one.agents for one in found.values())
        return any(one.fleet_refuses for one in found.values()) or any(
            over(limit, sum(writes), agents, len(writes))
        )

    async def _answer(self, digest: str) -> Approval | State:
        """The approval of this digest, or why there is none."""
        expires = self._asked.patience.expires
        self._tell(state=State.WAITING, until=workflow.time() + expires)

        def approvals() -> list[Approval]:
            return [one for one in self._approvals if one.digest == digest]

        try:
            await workflow.wait_condition(
                lambda: bool(approvals() or self._rejects(digest)),
                timeout=timedelta(seconds=expires),
            )
        except TimeoutError:
            return State.EXPIRED
        return State.REJECTED if self._rejects(digest) else approvals()[0]

    async def _in_waves(self, changed: dict[Page, Found], approval: Approval) -> Status:
        """Apply the pages of each wave together; stop after one with too many failures."""
        planned = waves(tuple(changed), [_size(one) for one in self._asked.waves])
        self._tell(state=State.APPLYING, waves=len(planned))
        for number, pages in enumerate(planned, start=1):
            if number > 1 and await self._paused(approval.digest):
                return self._tell(state=State.STOPPED, exit_code=3)
            self._tell(wave=number)
            before = self._status.failed
            own = (replace(approval, digest=changed[page].digest) for page in pages)
            await asyncio.gather(*map(self._one, pages, own))
            failed = self._status.failed - before
            if failed > share(_size(self._asked.most_failures), len(pages)):
                return self._tell(state=State.STOPPED, exit_code=3)
        return self._tell(state=State.APPLIED, exit_code=3 if self._status.failed else 0)

    async def _paused(self, digest: str) -> bool:
        """Pause between two waves; whether somebody stopped the rollout."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._rejects(digest), timeout=timedelta(seconds=self._asked.pause)
            )
        return self._rejects(digest)

    def _rejects(self, digest: str) -> bool:
        return any(one.digest == digest for one in self._rejected)

    async def _one(self, page: Page, approval: Approval) -> None:
        """Apply one page by its own workflow, and count how it ended."""
        try:
            ended = await self._page(page, approval)
            failed = ended.exit_code != 0
        except ChildWorkflowError:
            failed = True
        status = self._status
        self._tell(done=status.done + (not failed), failed=status.failed + failed)

    async def _page(self, page: Page, approval: Approval) -> Status:
        """Run a page's workflow; one that waits for the same approval leaves its id to it."""
        asked = Asked(page=page, patience=self._asked.patience, approval=approval)
        while True:
            try:
                return await workflow.execute_child_workflow(PageWorkflow.run, asked, id=page.id)
            except WorkflowAlreadyStartedError:
                await self._leave(page)
                await workflow.sleep(timedelta(seconds=_YIELDING))

    async def _leave(self, page: Page) -> None:
        running = workflow.get_external_workflow_handle_for(PageWorkflow.run, page.id)
        with suppress(FailureError):  # it has just ended
            await running.signal(PageWorkflow.leave)

    def _tell(self, **changes: object) -> Status:
        """Change the status, also in the memo, which lists of workflows show."""
        self._status = replace(self._status, **changes)  # type: ignore[arg-type]
        workflow.upsert_memo({MEMO: self._status})
        return self._status


def _size(text: str) -> int | str:
    """A count, a share or ``rest``, as it was before it was sent as a text."""
    return int(text) if text.isdecimal() else text

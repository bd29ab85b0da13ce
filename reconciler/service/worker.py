"""A worker: it asks Temporal for work until it is stopped."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from reconciler.service.activities import Activities
from reconciler.service.connection import Lines
from reconciler.service.ground import Ground
from reconciler.service.page import CheckWorkflow, PageWorkflow
from reconciler.service.rollout import FleetWorkflow

WORKFLOWS = (PageWorkflow, CheckWorkflow, FleetWorkflow)
_LEAVING = timedelta(minutes=5)
"""How long agents in flight may take when the worker is stopped."""
_MISSED = timedelta(seconds=2)
"""How long a workflow waits for the worker that had it before, which may be gone."""


async def work(
    client: Client, ground: Ground, queue: str, stop: asyncio.Event, *, at_once: int = 4
) -> None:
    """Do what Temporal has to do, for ``at_once`` pages at a time, until ``stop``.

    A workflow that this version cannot go on with fails, and the schedule starts it anew: what was
    done is in the state and the live agents, so that only an approval is lost.
    """
    log, lines = logging.getLogger("temporalio"), Lines(ground.tell)
    log.addHandler(lines)
    log.propagate = False
    own = Activities(ground)
    try:
        with ThreadPoolExecutor(at_once) as pool:
            worker = Worker(
                client,
                task_queue=queue,
                workflows=WORKFLOWS,
                activities=[own.look, own.publish, own.apply],
                activity_executor=pool,
                max_concurrent_activities=at_once,
                graceful_shutdown_timeout=_LEAVING,
                workflow_failure_exception_types=[Exception],
                sticky_queue_schedule_to_start_timeout=_MISSED,
            )
            async with worker:
                await stop.wait()
    finally:
        log.removeHandler(lines)

"""What a worker does for a page: look, publish, apply. Each calls the library as a command does.

They may be repeated: they read again before they write, and write only what was approved. Their
answers hold digests and counts; what went wrong is told in the worker's log, not to Temporal.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field

from temporalio import activity
from temporalio.exceptions import ApplicationError

from reconciler.engine.fleet import RULE
from reconciler.engine.plan_digest import part_digests, plan_digest
from reconciler.engine.policies.healing import heals
from reconciler.errors import (
    ApiError,
    ConfigError,
    PolicyError,
    ReconcilerError,
    RefusedError,
    UsageError,
)
from reconciler.late import dataclass
from reconciler.model import Blocked, Outcome, Planned, Status
from reconciler.render.sanitize import one_line
from reconciler.schema import digest
from reconciler.service import publishing
from reconciler.service.ground import Ground
from reconciler.service.references import Applied, Approval, Found, Notice, Order, Page
from reconciler.text import tokens
from reconciler.text.wording import count
from reconciler.workflows.drift import audited
from reconciler.workflows.execute import ApplyOptions, execute, reviewed
from reconciler.workflows.outcomes import exit_code
from reconciler.workflows.plan import PlanOptions, plan
from reconciler.workflows.policy import PolicyOptions, firm
from reconciler.workflows.session import Session

_PASSING = (0, 408, 425, 429, 500, 502, 503, 504)
"""Statuses of the API after which the same may work later; 0 is no answer."""
_FIRST = 1
"""The number of the first attempt."""
_FEW = 3
"""Attempts of a write that failed: each has been repeated by the client, and may be refused."""
_NAME = 100
"""Characters of a name in the history: who sends a signal may write anything."""
_BEAT = 5.0
"""Seconds between two signs of life, at most."""


@dataclass(frozen=True)
class Activities:
    """The activities of one worker."""

    ground: Ground

    @activity.defn(no_thread_cancel_exception=True)
    def look(self, page: Page) -> Found:
        """Compare files, state and live agents, with clients that can only read."""
        with self._running("look", page), self.ground.opened(page) as session:
            planned = asyncio.run(plan(session, PlanOptions()))
            audit, made = audited(session, planned.seen), planned.plan
            drifted = {agent.key: agent.moved for agent in audit.agents if agent.drifted}
            seen = [
                [key, [[change.path, digest.content(change.after)] for change in moved]]
                for key, moved in drifted.items()
            ]
            outside = digest.content([session.page().salt, seen]) if audit.unsettled else ""
            whole = plan_digest(made)
            found = Found(
                digest=whole,
                subject=whole if made.writes else outside,
                parts=part_digests(made),
                agents=sum(action.id is not None for action in made.actions),
                writes=len(made.writes),
                drifted=len(drifted),
                blocked=len(made.of(Blocked)),
                heals=self._heals(session, planned),
                refused=firm(planned.violations),
                fleet_refuses=any(one.rule.startswith(RULE) for one in planned.violations),
            )
            self.ground.tell(f"look {page.name}: {_said(found)}")
            return found

    def _heals(self, session: Session, planned: Planned) -> bool:
        """Whether a plan may be applied without an approval.

        With the state in a file of a checkout, what another machine applied since the last pull
        looks like drift: then nothing heals by itself.
        """
        found = heals(planned.plan, session.environment.policies) and not planned.violations
        if found and not session.state.backend.is_shared:
            self.ground.tell(f"{session.name}: self_heal needs a state that all machines share")
            return False
        return found

    @activity.defn(no_thread_cancel_exception=True)
    def publish(self, notice: Notice) -> None:
        """Write the issue of a page, or close it, if this worker publishes."""
        if not self.ground.on:
            return
        with self._running("publish", notice.page), self.ground.opened(notice.page) as session:
            asyncio.run(publishing.publish(session, self.ground.on, notice))

    @activity.defn(no_thread_cancel_exception=True)
    def apply(self, order: Order) -> Applied:
        """Apply the approved plan, and no other; after an attempt that was cut off, its rest."""
        locked = self.ground.opened(order.page, order.approval.digest)
        with self._running("apply", order.page) as life, locked as session:
            policy = PolicyOptions(approved=frozenset(order.approval.groups))
            planned = asyncio.run(plan(session, PlanOptions(policy=policy)))
            try:
                again = activity.info().attempt > _FIRST  # one that was cut off may have written
                reviewed(planned.plan, order.approval.digest, order.parts if again else ())
                found = _executed(session, planned, order.approval, policy, life)
            except RefusedError as error:
                self._tell("apply", order.page, error)
                return Applied(exit_code=error.exit_code, left=len(planned.plan.writes))
            except PolicyError as error:
                self._tell("apply", order.page, error)
                waits = not firm(planned.violations)
                return Applied(exit_code=5, left=len(planned.plan.writes), pending=waits)
            return self._result(order.page, found)

    def _result(self, page: Page, found: list[Outcome]) -> Applied:
        """How an apply ended. Raises what may pass if that is all that is left of it."""
        left = [one for one in found if one.status is not Status.DONE]
        for one in left:
            self.ground.tell(f"apply {page.name}: {one.action.key}: {one.status}, {one.message}")
        stopped = any(one.status is Status.NOT_STARTED for one in left)
        passing = all(one.status in (Status.FAILED, Status.NOT_STARTED) for one in left)
        if left and passing and (stopped or activity.info().attempt < _FEW):
            raise ApplicationError(f"{len(left)} of {len(found)} not done", type="Unfinished")
        done = len(found) - len(left)
        self.ground.tell(f"apply {page.name}: {count(done, 'agent')} done, {len(left)} not")
        return Applied(exit_code=exit_code(found), done=done, left=len(left))

    @contextmanager
    def _running(self, what: str, page: Page) -> Iterator["Life"]:
        """Give signs of life, and turn errors into what Temporal may know of them."""
        life = Life()
        try:
            with life.signs():
                yield life
        except ApplicationError:
            raise
        except ReconcilerError as error:
            self._tell(what, page, error)
            raise _known(error) from None
        except Exception as error:  # noqa: BLE001 - its message may quote anything
            name = type(error).__name__
            self.ground.tell(f"{what} {page.name}: unexpected {name}: this is a bug")
            raise ApplicationError(f"unexpected {name}", type="Unexpected") from None

    def _tell(self, what: str, page: Page, error: ReconcilerError) -> None:
        problems = getattr(error, "problems", ())
        for one in (*problems, error):
            self.ground.tell(tokens.struck(f"{what} {page.name}: {one.message}"))


def _said(found: Found) -> str:
    """What a look has found, as a line of the log."""
    told = [f"{found.writes} to write, plan {found.digest}"] if found.writes else []
    counts = ((found.drifted, "drifted"), (found.blocked, "blocked"))
    told += [f"{number} {what}" for number, what in counts if number]
    return ", ".join(told) or f"in sync, {count(found.agents, 'agent')}"


def _known(error: ReconcilerError) -> ApplicationError:
    """What Temporal learns of an error: its class and its exit code, and whether to try again."""
    final = isinstance(error, ConfigError | UsageError | RefusedError | PolicyError)
    if isinstance(error, ApiError):
        final = error.status not in _PASSING
    name = type(error).__name__
    return ApplicationError(f"{name}, exit {error.exit_code}", type=name, non_retryable=final)


def _executed(
    session: Session, planned: Planned, approval: Approval, policy: PolicyOptions, life: "Life"
) -> list[Outcome]:
    options = ApplyOptions(
        what=f"service, approved by {one_line(approval.who)[:_NAME]}",
        undo=f"reconciler rollback -e {session.name}",
        overwrite=approval.overwrite,
        policy=policy,
    )
    run = asyncio.run
    return execute(session, planned, options, ask=lambda _plan: True, progress=life, run=run) or []


@dataclass
class Life:
    """Signs of life of an activity; it ends early, between two agents, if the worker does."""

    _ended: threading.Event = field(default_factory=threading.Event)
    _stop: Callable[[], object] = lambda: None

    @contextmanager
    def signs(self) -> Iterator[None]:
        """Give signs of life for the duration of the block, which may compute for long."""
        context = contextvars.copy_context()
        beating = threading.Thread(target=context.run, args=(self._beat,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._ended.set()
            beating.join()

    def _beat(self) -> None:
        limit = activity.info().heartbeat_timeout
        pause = min(_BEAT, limit.total_seconds() / 4) if limit else _BEAT
        while not self._ended.wait(pause):
            with suppress(TimeoutError, RuntimeError):  # the next sign may come through
                activity.heartbeat()
            if activity.is_cancelled() or activity.is_worker_shutdown():
                self._stop()

    def note(self, text: str) -> None:
        """See ``execute.Progress``."""

    def finished(self, outcome: Outcome) -> None:
        """See ``execute.Progress``."""

    @contextmanager
    def writing(self, _total: int, stop: asyncio.Event) -> Iterator[None]:
        """Let agents in flight finish, and start no more, if the worker is to end."""
        loop = asyncio.get_running_loop()

        def finish() -> None:
            loop.call_soon_threadsafe(stop.set)

        self._stop = finish
        try:
            yield
        finally:
            self._stop = lambda: None

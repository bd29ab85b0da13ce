"""When a request is sent again, and after how long. Only this module imports tenacity.

GET and PATCH of absolute values may be repeated; POST never is, because it has no idempotency key.
"""

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from reconciler import telemetry
from reconciler.errors import ApiError
from reconciler.late import dataclass

if TYPE_CHECKING:
    import tenacity

LIMITED = 429
RETRIED_STATUSES = frozenset({LIMITED, 502, 503, 504})
REREAD_STATUSES = RETRIED_STATUSES | {408, 500}
"""A read may be repeated after these too, since it changes nothing."""

_LIMITED_TIMES = 4
"""A request rejected by a rate limit is tried this many times as often, within ``longest``."""
_STALLS = 2
"""Tries of a request whose response stalls: each of them takes as long as allowed."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Backoff in seconds: doubling from ``first``, never above ``most``, with jitter."""

    attempts: int = 5
    first: float = 0.5
    most: float = 20.0
    longest: float = 120.0
    """How long a request rejected by a rate limit is retried, beyond ``attempts``."""


class AgainError(Exception):
    """This try failed, but another may not; ``error`` is raised when no tries are left."""

    def __init__(
        self, error: ApiError, *, after: float | None = None, stalled: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after
        self.stalled = stalled


class Throttle:
    """How many requests of a run may be in flight at once, shared by all its workers.

    A rate limit halves that, and nothing is sent before the time that it asks for; each response
    lets it grow again, by one per as many responses as are in flight (as in TCP).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._width = float(most)
        self._flying = 0
        self._until = 0.0
        self._slowed = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Wait until one more request may be in flight. Yields the value to pass to ``slow``."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._flying < int(self._width))
            self._flying += 1
        try:
            await self._pause()
            yield self._slowed
        finally:
            self._flying -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _pause(self) -> None:
        """Wait until the time that the last rate limit asked for; another may arrive meanwhile."""
        wait = self._until - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
            await self._pause()

    def slow(self, seconds: float, began: int) -> None:
        """Handle a rate limit; several in one burst count once."""
        self._until = max(self._until, time.monotonic() + seconds)
        if began == self._slowed:
            self._slowed += 1
            self._width = max(1.0, self._width / 2)

    def grow(self) -> None:
        """Handle a successful response."""
        self._width = min(float(self._most), self._width + 1 / self._width)


def seconds_to_wait(header: str) -> float | None:
    """A ``Retry-After`` header in seconds: a number, or a date; None if it is neither."""
    if header.isdecimal():
        return float(header)
    then = http_date(header)
    return None if then is None else max(0.0, then.timestamp() - time.time())


def http_date(header: str) -> datetime | None:
    """The time in a header; None if it is not a date."""
    try:
        found = email.utils.parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def repeated(
    send: Callable[[], Awaitable[T]], pace: Pace, throttle: Throttle | None = None
) -> T:
    """The result of ``send``, tried again while it raises AgainError and tries are left."""
    try:
        return await (paced(send, pace, throttle) if throttle else send())
    except AgainError as first:
        failed = [first]

    async def again() -> T:
        """The next try; the first one was above."""
        if failed:
            raise failed.pop()
        telemetry.repeated()
        return await (paced(send, pace, throttle) if throttle else send())

    try:
        return await _tried(again, pace, patient=throttle is not None)
    except AgainError as last:
        raise last.error from last


async def _tried(send: Callable[[], Awaitable[T]], pace: Pace, *, patient: bool) -> T:
    """The result of ``send``; raises its last AgainError when no tries are left."""
    import tenacity  # noqa: PLC0415 - only where something went wrong

    backoff = tenacity.wait_random_exponential(multiplier=pace.first, max=pace.most)

    def wait(state: "tenacity.RetryCallState") -> float:
        after = _again(state).after
        if after is None:
            return backoff(state)
        jitter = tenacity.wait_random(0, 0.1 + min(after, pace.most) / 4)
        return min(after, pace.most) + jitter(state)

    tries = tenacity.AsyncRetrying(
        stop=lambda state: _is_enough(state, pace, patient=patient),
        retry=tenacity.retry_if_exception_type(AgainError),
        wait=wait,
        reraise=True,
    )
    async for attempt in tries:
        with attempt:
            return await send()
    raise AssertionError("tenacity neither returned nor raised")


async def paced(send: Callable[[], Awaitable[T]], pace: Pace, throttle: Throttle) -> T:
    """One try, when the throttle allows it; a rate limit then applies to all requests."""
    async with throttle.turn() as began:
        try:
            found = await send()
        except AgainError as again:
            if again.error.status == LIMITED:
                throttle.slow(
                    min(pace.first if again.after is None else again.after, pace.most), began
                )
            raise
        throttle.grow()
        return found


def _again(state: "tenacity.RetryCallState") -> AgainError:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, AgainError) else AgainError(ApiError(""))


def _is_enough(state: "tenacity.RetryCallState", pace: Pace, *, patient: bool) -> bool:
    """Whether a try was the last: stalls count more, rejections by a rate limit less."""
    again, done = _again(state), state.attempt_number
    if (
        patient
        and again.error.status == LIMITED
        and pace.attempts > 1
        and done < _LIMITED_TIMES * pace.attempts
    ):
        return done >= pace.attempts and (state.seconds_since_start or 0.0) >= pace.longest
    return done >= (min(_STALLS, pace.attempts) if again.stalled else pace.attempts)

"""When a request is sent again, and after how long. tenacity lives here.

GET and PATCH of absolute values may be repeated; POST never is, for it has no idempotency key.
"""

import email.utils
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from reconciler.errors import ApiError

RETRIED_STATUSES = frozenset({429, 502, 503, 504})

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Backoff in seconds: doubling from ``first``, never above ``most``, with jitter."""

    attempts: int = 5
    first: float = 0.5
    most: float = 20.0


class AgainError(Exception):
    """This try failed in a way that another may not; ``error`` is raised when tries run out."""

    def __init__(self, error: ApiError, *, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


def seconds_to_wait(header: str) -> float | None:
    """A ``Retry-After`` header in seconds: a number, or a date; None where it is neither."""
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


async def repeated(send: Callable[[], Awaitable[T]], pace: Pace) -> T:
    """The result of ``send``, tried again while it raises AgainError and tries are left."""
    backoff = tenacity.wait_random_exponential(multiplier=pace.first, max=pace.most)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        after = error.after if isinstance(error, AgainError) else None
        return backoff(state) if after is None else min(after, pace.most)

    tries = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(pace.attempts),
        retry=tenacity.retry_if_exception_type(AgainError),
        wait=wait,
        reraise=True,
    )
    try:
        async for attempt in tries:
            with attempt:
                return await send()
    except AgainError as again:
        raise again.error from again
    raise AssertionError("tenacity neither returned nor raised")

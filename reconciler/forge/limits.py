"""Rate limits of the two forges: whether a response is one, and how long to wait. Pure.

Source: docs.github.com, «Rate limits for the REST API» and «Best practices»: a 403 or a 429, with
``retry-after``, or with ``x-ratelimit-remaining: 0`` and ``x-ratelimit-reset`` in seconds since
1970; for a secondary limit without either, wait at least a minute. docs.gitlab.com, «Rate limits»:
a 429 with ``Retry-After`` and ``RateLimit-Reset``, the same.
"""

from collections.abc import Mapping

from reconciler.transport.retry import seconds_to_wait

_MINUTE = 60.0
_WORDS = ("rate limit", "abuse detection")
_LONGEST_NUMBER = 15


def is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    """Whether a request was rejected for the number of requests, not for its content."""
    if status != 403:
        return status == 429
    return "retry-after" in headers or _is_used_up(headers) or _speaks_of_one(said)


def seconds(headers: Mapping[str, str], said: str, now: float) -> float | None:
    """How long to wait from ``now``, in seconds since 1970; None if the response does not say."""
    after = seconds_to_wait(headers.get("retry-after", ""))
    if after is not None:
        return after
    for name in ("x-ratelimit-reset", "ratelimit-reset"):
        reset = headers.get(name, "")
        if _is_used_up(headers) and reset.isdecimal() and len(reset) <= _LONGEST_NUMBER:
            return max(0.0, float(reset) - now) + 1.0  # it is rounded down
    return _MINUTE if _speaks_of_one(said) else None


def _is_used_up(headers: Mapping[str, str]) -> bool:
    return "0" in (headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining"))


def _speaks_of_one(said: str) -> bool:
    return any(word in said.lower() for word in _WORDS)

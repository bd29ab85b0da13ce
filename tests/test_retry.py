"""When a request is sent again, and after how long."""

import asyncio
import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ApiError
from reconciler.transport.retry import (
    REREAD_STATUSES,
    RETRIED_STATUSES,
    AgainError,
    Pace,
    repeated,
    seconds_to_wait,
)

PACE = Pace(attempts=4, first=1.0, most=3.0)


@pytest.fixture
def waits(monkeypatch):
    """The seconds that are waited, in place of waiting them."""
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


def tries(*outcomes):
    """A request that fails with each error in turn and then returns the last value."""
    left = list(outcomes)

    async def send():
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return send, left


def again(text="busy", after=None):
    return AgainError(ApiError(text), after=after)


def test_the_first_success_ends_it(waits):
    send, left = tries("done", "never")
    assert asyncio.run(repeated(send, PACE)) == "done"
    assert (left, waits) == (["never"], [])


def test_a_passing_failure_is_got_over(waits):
    send, left = tries(again(), again(), "done")
    assert asyncio.run(repeated(send, PACE)) == "done"
    assert (left, len(waits)) == ([], 2)


def test_the_last_failure_is_raised_when_tries_run_out(waits):
    send, left = tries(*(again(str(n)) for n in range(5)))
    with pytest.raises(ApiError, match=r"^3$"):
        asyncio.run(repeated(send, PACE))
    assert (len(left), len(waits)) == (1, 3)


@pytest.mark.parametrize("failure", [ApiError("no"), ValueError("no")])
def test_another_failure_is_raised_at_once(waits, failure):
    send, left = tries(failure, "never")
    with pytest.raises(type(failure), match=r"^no$"):
        asyncio.run(repeated(send, PACE))
    assert (left, waits) == (["never"], [])


def test_the_wait_doubles_at_most_and_never_passes_the_most(waits):
    for _ in range(50):
        send, _ = tries(again(), again(), again(), "done")
        asyncio.run(repeated(send, PACE))
    for number, most in enumerate([1.0, 2.0, 3.0]):
        waited = waits[number::3]
        assert 0 <= min(waited) < max(waited) <= most
        assert len(set(waited)) > 25


@pytest.mark.parametrize(("after", "expected"), [(0.0, 0.0), (2.5, 2.5), (60.0, 3.0)])
def test_what_the_api_asks_for_is_waited_up_to_the_most_and_a_little_more(waits, after, expected):
    send, _ = tries(again(after=after), "done")
    asyncio.run(repeated(send, PACE))
    assert expected <= waits[0] <= expected * 1.25 + 0.1


def test_one_attempt_is_no_repetition(waits):
    send, left = tries(again(), "never")
    with pytest.raises(ApiError, match=r"^busy$"):
        asyncio.run(repeated(send, Pace(attempts=1)))
    assert (left, waits) == (["never"], [])


def test_only_statuses_that_pass_are_repeated():
    assert sorted(RETRIED_STATUSES) == [429, 502, 503, 504]
    assert sorted(REREAD_STATUSES - RETRIED_STATUSES) == [408, 500]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("120", 120.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Wed, 32 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999999999999999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999999999999999999", None),
    ],
)
def test_a_retry_after_header_is_seconds_or_a_date(header, expected):
    assert seconds_to_wait(header) == expected


def test_a_date_to_come_is_counted_from_now():
    header = email.utils.format_datetime(email.utils.localtime().replace(year=2999))
    assert seconds_to_wait(header) > 365 * 24 * 3600


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w+"))
def test_any_header_is_a_wait_or_none(header):
    found = seconds_to_wait(header)
    assert found is None or found >= 0

"""Locks: who gets them, when they end by themselves, and who is fenced off. On moto."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from reconciler.errors import ReconcilerError
from reconciler.state.backend import MovedError, Run
from reconciler.state.lease import Lease, Lock, described
from reconciler.state.object_store import Bucket
from tests.stores.conftest import Shop

NORA, OMAR = Run(who="nora", what="apply"), Run(who="omar", what="apply")


@pytest.fixture
def store(s3: Shop, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    return Bucket(s3.url())


def lease(store: Bucket, seconds: float | None = 60.0, least: int = 0) -> Lease:
    return Lease(store, "production", seconds, least=lambda: least)


@contextmanager
def dead(store: Bucket, run: Run, seconds: float) -> Iterator[Lease]:
    """The lock of a run that died: it is not renewed, nor freed."""
    holder = lease(store, seconds)
    holder.take(run)
    yield holder


def test_each_holder_has_a_higher_generation_and_frees_the_lock(store: Bucket) -> None:
    for number in (1, 2, 3):
        mine = lease(store)
        with mine.holding(NORA, 0):
            assert (mine.generation, mine.seen().lock.run) == (number, NORA)
            with pytest.raises(ReconcilerError, match=r"production is locked in .*: nora holds it"):
                lease(store).take(OMAR)
        assert not mine.seen().lock.is_held


def test_the_lock_of_a_dead_run_is_over_by_the_clock_of_the_store(store: Bucket) -> None:
    with dead(store, NORA, 1.0):
        taken = lease(store).take(OMAR, wait=30)
    assert (taken.lock.generation, taken.lock.run) == (2, OMAR)


def test_a_lock_is_renewed_while_it_is_held(store: Bucket) -> None:
    with lease(store, 0.3).holding(NORA, 0):
        first = lease(store).seen().lock
        assert until(lambda: lease(store).seen().lock.nonce != first.nonce)
        assert lease(store).seen().lock.since == first.since
    assert lease(store).take(OMAR).lock.run == OMAR


def test_a_retried_job_takes_over_the_lock_of_its_former_try(store: Bucket) -> None:
    first = Run(who="bot", what="apply", job="run 7 apply", attempt="1")
    again = Run(who="bot", what="apply", job="run 7 apply", attempt="2")
    with dead(store, first, 600.0):
        with pytest.raises(ReconcilerError, match="is locked"):
            lease(store).take(Run(who="bot", what="apply", job="run 8 apply"))
        with pytest.raises(ReconcilerError, match="is locked"):
            lease(store).take(Run(who="bot", what="pull", job="run 7 apply"))
        with pytest.raises(ReconcilerError, match="is locked"):
            lease(store).take(first)  # another job of its matrix, which runs at the same time
        assert lease(store).take(again).lock.generation == 2


def test_a_holder_that_lost_its_lock_notices_and_does_not_free_another_ones(store: Bucket) -> None:
    mine = lease(store, 0.3)
    with mine.holding(NORA, 0):
        mine.check()
        other = lease(store)
        assert until(lambda: freed(other))
        other.take(OMAR)
        assert until(lambda: is_lost(mine))
        with pytest.raises(ReconcilerError, match="production was taken from this run by omar"):
            mine.check()
    assert lease(store).seen().lock.run == OMAR


def freed(other: Lease) -> bool:
    """Whether somebody freed it: the holder may renew it in between."""
    try:
        other.free(other.seen())
    except MovedError:
        return False
    return True


def is_lost(mine: Lease) -> bool:
    try:
        mine.check()
    except ReconcilerError:
        return True
    return False


def until(happened: Callable[[], bool]) -> bool:
    """Whether something happens in time."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.05)
    return False


def locked(**keys: object) -> str:
    """The text of a lock that somebody has edited."""
    row = {**json.loads(Lock(generation=7, run=NORA, seconds=60.0).text), **keys}
    return json.dumps(row)


ODD = {
    "deleted": None,
    "damaged": "not a lock",
    "nested": "[" * 100_000,
    "an older copy": Lock(generation=3).text,
    "no number": locked(generation=float("inf")),
    "a number of a thousand digits": locked(generation=10**999),
    "negative": locked(generation=-1),
    "a word": locked(generation="7"),
    "no time": locked(seconds=float("nan")),
    "a negative time": locked(seconds=-1),
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_a_lock_that_is_not_as_it_was_does_not_go_back_in_generations(
    store: Bucket, text: str | None
) -> None:
    if text:
        store.put("locks/production.json", text, None)
        there = lease(store, least=41)
        there.free(there.seen())
    assert lease(store, least=41).take(NORA).lock.generation == 42


def test_what_a_stranger_wrote_into_a_lock_is_short_and_on_one_line(store: Bucket) -> None:
    text = locked(
        since="s\n" * 10_000, run={"who": "w\n" * 10_000, "what": "x", "url": "u" * 10_000}
    )
    store.put("locks/production.json", text, None)
    said = described(lease(store).seen().lock)
    assert (len(said) < 1000, "\n" in said) == (True, False)


def test_a_process_that_slept_asks_for_its_lock_before_it_goes_on(
    store: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other clock goes on, and no thread of this process has run yet."""
    mine = lease(store, 60.0)
    with mine.holding(NORA, 0):
        freed(lease(store))
        lease(store).take(OMAR)
        mine.check()  # nothing tells it
        late = time.time() + 100
        monkeypatch.setattr("reconciler.state.lease.time.time", lambda: late)
        with pytest.raises(ReconcilerError, match="was taken from this run by omar"):
            mine.check()


def test_a_store_that_refuses_every_write_of_a_free_lock_ends_the_run(store: Bucket) -> None:
    class Refusing(Bucket):
        def put(self, _key: str, _text: str, _tag: str | None) -> str:
            raise MovedError

    with pytest.raises(ReconcilerError, match="refuses every write of its lock"):
        lease(Refusing(store.name)).take(NORA)


def test_a_lock_of_a_newer_format_is_refused(store: Bucket) -> None:
    store.put("locks/production.json", json.dumps({"format_version": "2.0"}), None)
    with pytest.raises(ReconcilerError, match=r"has format 2\.0, and this version reads"):
        lease(store).take(NORA)

"""What every store must do: texts that are only replaced as they were read."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from reconciler.state import probe
from reconciler.state.backend import MovedError
from reconciler.state.object_store import Bucket
from reconciler.state.store import StoreError
from tests.stores.conftest import Shop

SHOPS = pytest.mark.parametrize(
    "shop",
    ["s3", *(pytest.param(one, marks=pytest.mark.nightly) for one in ("azure", "weed"))],
    indirect=True,
)


def swapped(store: Bucket, tag: str | None, text: str = "mine") -> str:
    """What became of a write: its new tag, or ``moved``."""
    try:
        return store.put("pages/production.json", text, tag)
    except MovedError:
        return "moved"


@SHOPS
def test_a_text_is_created_once_and_replaced_only_as_it_was_read(shop: Shop) -> None:
    store = Bucket(shop.url())
    key = "pages/production.json"
    assert store.get(key) is None
    assert store.keys("pages") == []
    first = swapped(store, None, "كلام")
    assert swapped(store, None) == "moved"
    found = store.get(key)
    assert (found.text, found.tag) == ("كلام", first)
    second = swapped(store, first, "newer")
    assert second != first
    assert swapped(store, first) == "moved"
    assert store.get(key).text == "newer"
    assert swapped(store, second, "newest") not in (first, second, "moved")
    store.put("pages/staging.json", "other", None)
    store.put("pages-of-others/x.json", "other", None)
    assert store.keys("pages") == [key, "pages/staging.json"]
    assert abs(store.now() - found.at) < 60
    probe.prove(store)
    probe.prove(store)


@pytest.mark.parametrize(
    "shop", ["s3", pytest.param("azure", marks=pytest.mark.nightly)], indirect=True
)
def test_a_bucket_that_is_not_there_is_no_empty_state(shop: Shop) -> None:
    """SeaweedFS is left out: it makes a bucket at the first write."""
    store = Bucket(shop.url().replace("team-bucket", "no-such-bucket"))
    for call in (
        lambda: store.get("pages/live.json"),
        lambda: store.put("pages/live.json", "mine", None),
        lambda: probe.prove(store),
    ):
        with pytest.raises(StoreError, match="there is no such bucket"):
            call()


@SHOPS
def test_a_write_to_a_text_that_is_gone_is_refused(shop: Shop) -> None:
    import obstore  # noqa: PLC0415 - only to delete

    store = Bucket(shop.url())
    tag = swapped(store, None)
    obstore.delete(store._store, "pages/production.json")
    assert swapped(store, tag) == "moved"


RACER = """
import sys
from reconciler.state.backend import MovedError
from reconciler.state.object_store import Bucket
store, me, rounds = Bucket(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store.now()
print("ready", flush=True)
sys.stdin.readline()
for number in range(rounds):
    found = store.get(f"{number}.json")
    try:
        if found is None or found.text == "start":
            store.put(f"{number}.json", me, found and found.tag)
            print("won", number, flush=True)
    except MovedError:
        pass
"""


@pytest.mark.process
@pytest.mark.parametrize("start", [None, "start"], ids=["create", "replace"])
@SHOPS
def test_of_several_processes_one_wins_each_text(shop: Shop, start: str | None) -> None:
    url, rounds = shop.url(), 15
    store = Bucket(url)
    for number in range(rounds) if start else ():
        store.put(f"{number}.json", start, None)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, url, str(one), str(rounds)],
            env={**os.environ, **shop.env, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for one in range(4)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=120)[0] for racer in racers]
    winners = {
        line.removeprefix("won "): str(one)
        for one, text in enumerate(told)
        for line in text.splitlines()
    }
    won = Counter(line for text in told for line in text.splitlines())
    assert won == {f"won {number}": 1 for number in range(rounds)}
    assert {n: store.get(f"{n}.json").text for n in map(str, range(rounds))} == winners

"""Several processes on one page of a bucket, some of them killed: judged from the server's log."""

import signal
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Applied
from reconciler.sandbox.server import RunningServer
from reconciler.state.object_store import Bucket
from reconciler.state.remote import Remote
from tests import races
from tests.conftest import Serve
from tests.projects import Project
from tests.stores.conftest import Shop

SHOPS = ("s3", "azure", "weed")
WAYS = ("locked", "no lock", "locked, new machine", "new machine")
"""How runs are killed: whether they lock, and whether what they kept on their machine is lost."""
EACH = 3


def nightly(*values: Any) -> Any:
    """Values of a race that takes long, or that differs little from a quick one."""
    return pytest.param(*values, marks=pytest.mark.nightly)


def shops(usual: str, few: int) -> pytest.MarkDecorator:
    """A race of a few processes on one kind of store, and each night of eight on every kind."""
    found = [(usual, few), *(nightly(shop, 8) for shop in SHOPS)]
    return pytest.mark.parametrize(("shop", "count"), found, indirect=["shop"])


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("latency=15")


def prepared(
    root: Path, server: RunningServer, shop: Shop, programs: Path, count: int, *, locked: bool
) -> tuple[str, list[Project]]:
    """Clones with agents of their own: half of them are live and edited, half of them are new."""
    url = shop.url()
    state = {"url": url, "lock": "4s" if locked else "off"}
    project = races.project_on(root / "project", server, state, programs / "reconciler")
    project.env |= shop.env
    keys = races.own_keys(count, EACH)
    races.declare(project, [key for key in keys if not key.endswith("-0")])
    done = project.apply()
    assert done.code == 0, done.err
    races.declare(project, keys, silence=600)
    server.app.state.requests.clear()
    return url, races.clones(project, root, count)


def page(root: Path, url: str) -> dict[str, Applied]:
    (root / "reader").mkdir()
    found, _ = Remote(root=root / "reader", store=Bucket(url)).read()
    return dict(found[races.ENVIRONMENT].agents)


@pytest.mark.process
@shops("s3", 2)
def test_of_runs_that_want_the_same_one_writes(
    tmp_path: Path, server: RunningServer, shop: Shop, programs: Path, count: int
) -> None:
    url, clones = prepared(tmp_path, server, shop, programs, count, locked=True)
    ends = races.raced(clones, server)
    assert [one.code for ended in ends for one in ended] == [0] * count, ends
    races.nothing_twice(server)
    races.page_has(server, page(tmp_path, url), races.own_keys(count, EACH))
    races.all_in_sync(clones)


@pytest.mark.process
@shops("s3", 4)
def test_runs_without_a_lock_keep_each_others_entries(
    tmp_path: Path, server: RunningServer, shop: Shop, programs: Path, count: int
) -> None:
    """Each writes agents of its own, all of them the same page."""
    url, clones = prepared(tmp_path, server, shop, programs, count, locked=False)
    ends = races.raced(clones, server, argv=races.own)
    assert [one.code for ended in ends for one in ended] == [0] * count, ends
    races.nothing_twice(server)
    races.page_has(server, page(tmp_path, url), races.own_keys(count, EACH))
    races.all_in_sync(clones)


KILLED = [
    ("s3", "locked, new machine", (3, 6, 1)),
    ("s3", "no lock", (3, 6, 1)),
    *(nightly(shop, way, (8, 30, seed)) for shop in SHOPS for way in WAYS for seed in (2, 3, 4)),
]
"""On which store, in which way, and how many clones and kills, with the seed of their moments."""


@pytest.mark.process
@pytest.mark.parametrize(("shop", "way", "kills"), KILLED, indirect=["shop"])
def test_runs_that_are_killed_and_run_again_lose_nothing(
    tmp_path: Path,
    server: RunningServer,
    shop: Shop,
    programs: Path,
    kills: tuple[int, int, int],
    way: str,
) -> None:
    """What a killed run left is found by the next one: on its own machine, or live."""
    count, many, seed = kills
    url, clones = prepared(tmp_path, server, shop, programs, count, locked="locked" in way)
    ends = races.raced(
        clones, server, argv=races.own, kills=many, seed=seed, fresh="machine" in way
    )
    assert {ended[-1].code for ended in ends} == {0}, ends
    assert any(one.code == -signal.SIGKILL for ended in ends for one in ended)
    races.nothing_twice(server)
    races.page_has(server, page(tmp_path, url), races.own_keys(count, EACH))
    races.all_in_sync(clones)

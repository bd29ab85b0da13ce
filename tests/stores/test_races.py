"""Several processes on one page of a bucket, some of them killed: judged from the server's log."""

import signal
from pathlib import Path

import pytest

from reconciler.model import Applied
from reconciler.sandbox.server import RunningServer
from reconciler.state.object_store import Bucket
from reconciler.state.remote import Remote
from tests import races
from tests.conftest import Serve
from tests.projects import Project
from tests.stores.conftest import Shop

SHOPS = pytest.mark.parametrize(
    "shop", ["s3", "azure", pytest.param("weed", marks=pytest.mark.nightly)], indirect=True
)
EACH = 3


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
@pytest.mark.parametrize("count", [2, pytest.param(8, marks=pytest.mark.nightly)])
@SHOPS
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
@pytest.mark.parametrize("count", [4, pytest.param(8, marks=pytest.mark.nightly)])
@SHOPS
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


KILLS = [
    (3, 6, 1),
    *(pytest.param((8, 30, seed), marks=pytest.mark.nightly) for seed in range(2, 8)),
]
"""How many clones, how many kills, and the seed of their moments."""


@pytest.mark.process
@pytest.mark.parametrize("way", ["locked", "no lock", "locked, new machine", "new machine"])
@pytest.mark.parametrize("kills", KILLS)
@SHOPS
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

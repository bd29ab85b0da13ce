"""Several machines write one page at once, and are killed: nothing is lost, nothing is sent twice.

The state is in a git ref, or behind Terraform's protocol. What holds is judged from the API's log.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model import Applied
from reconciler.sandbox.server import RunningServer
from reconciler.state import backends
from tests import races, terraform
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.process


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("latency=30")


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty state: in refs of ``remote.git``, or behind Terraform's protocol."""
    if request.param == "git:":
        races.git(tmp_path, "init", "-q", "--bare", "remote.git")
        yield request.param
        return
    with terraform.served(gitlab=request.param == "gitlab") as found:
        yield found.url


@dataclass(frozen=True)
class Ground:
    """A project with its state at a place, and the API that it is applied to."""

    folder: Path
    server: RunningServer
    project: Project
    place: str

    @property
    def page(self) -> dict[str, Applied]:
        """The entries of the environment, as another machine reads them."""
        found, _ = backends.opened(self.project.root, self.place).read()
        return dict(found[races.ENVIRONMENT].agents)

    def race(self, size: "Size", argv: Callable[[int], Sequence[str]] = races.whole) -> None:
        """All clones at once; what holds after every race. Odd seeds: on new machines again."""
        clones = races.clones(self.project, self.folder, size.machines)
        ends = races.raced(
            clones,
            self.server,
            argv=argv,
            kills=size.kills,
            seed=size.seed,
            fresh=bool(size.seed % 2),
        )
        assert [one[-1].code for one in ends] == [0] * size.machines, ends
        races.nothing_twice(self.server)
        races.page_has(self.server, self.page, races.names(self.server))
        races.all_in_sync(clones)


@dataclass(frozen=True)
class Size:
    """How many machines, agents and kills."""

    machines: int
    agents: int
    kills: int
    seed: int


@pytest.fixture
def ground(tmp_path: Path, server: RunningServer, programs: Path, place: str) -> Ground:
    root = tmp_path / "template"
    made = races.project_on(root, server, {"url": place}, programs / "reconciler")
    races.git(root, "init", "-q")
    races.git(root, "remote", "add", "origin", f"file://{tmp_path}/remote.git")
    return Ground(tmp_path, server, made, place)


def unlocked(clone: int) -> Sequence[str]:
    return (*races.own(clone), "--no-lock")


PLACES = pytest.mark.parametrize("place", ["git:", "http", "gitlab"], indirect=True)


def own_agents(ground: Ground, size: Size, argv: Callable[[int], Sequence[str]]) -> None:
    """Each machine writes agents of its own: the page has all of them at the end."""
    keys = races.own_keys(size.machines, size.agents)
    races.declare(ground.project, keys)
    assert ground.project.apply("--target", "own-*-0").code == 0  # the page's beginning
    ground.race(size, argv)
    assert races.names(ground.server) == sorted(keys)


def same_agents(ground: Ground, size: Size) -> None:
    """All machines have the same edits: each is sent once."""
    keys = races.own_keys(1, size.agents)
    races.declare(ground.project, keys)
    assert ground.project.apply().code == 0
    races.declare(ground.project, [*keys, "new"], silence=600)
    ground.server.app.state.requests.clear()
    ground.race(size)
    sent = races.writes(ground.server)
    assert Counter(one.method for one in sent) == {"PATCH": len(keys), "POST": 1}, sent


@pytest.mark.parametrize("place", ["gitlab"], indirect=True)
def test_machines_that_do_not_lock_lose_no_entry_of_each_other(ground: Ground) -> None:
    own_agents(ground, Size(3, 3, kills=3, seed=6), unlocked)


@pytest.mark.parametrize("place", ["git:"], indirect=True)
def test_machines_that_lock_send_each_change_once(ground: Ground) -> None:
    same_agents(ground, Size(3, 5, kills=3, seed=3))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("argv", [races.own, unlocked])
@PLACES
def test_many_machines_with_agents_of_their_own(
    ground: Ground, argv: Callable[[int], Sequence[str]], seed: int
) -> None:
    own_agents(ground, Size(8, 4, kills=12, seed=seed), argv)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4))
@PLACES
def test_many_machines_with_the_same_agents(ground: Ground, seed: int) -> None:
    same_agents(ground, Size(8, 12, kills=12, seed=seed))

"""Several machines write one page at once, and are killed: nothing is lost, nothing is sent twice.

The state is in a git ref, or behind Terraform's protocol. What holds is judged from the API's log.
"""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from reconciler.model import Applied
from reconciler.sandbox.server import RunningServer
from reconciler.state import backends
from tests import races, terraform
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.process


def git(root: Path, *argv: str) -> str:
    command = ["git", *argv]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("latency=30")


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty state: in refs of ``remote.git``, or behind Terraform's protocol."""
    if request.param == "git:":
        git(tmp_path, "init", "-q", "--bare", "remote.git")
        yield request.param
        return
    with terraform.served(gitlab=request.param == "gitlab") as found:
        yield found.url


@pytest.fixture
def project(tmp_path: Path, server: RunningServer, programs: Path, place: str) -> Project:
    """A project with its state there."""
    root = tmp_path / "template"
    made = races.project_on(root, server, {"url": place}, programs / "reconciler")
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", f"file://{tmp_path}/remote.git")
    return made


def page(project: Project, place: str) -> dict[str, Applied]:
    """The entries of the environment, as another machine reads them."""
    found, _ = backends.opened(project.root, place).read()
    return dict(found[races.ENVIRONMENT].agents)


def unlocked(clone: int) -> Sequence[str]:
    return (*races.own(clone), "--no-lock")


PLACES = pytest.mark.parametrize("place", ["git:", "http", "gitlab"], indirect=True)


def own_agents(
    tmp_path: Path,
    server: RunningServer,
    project: Project,
    place: str,
    *,
    argv: Callable[[int], Sequence[str]],
    machines: int,
    each: int,
    kills: int,
    seed: int,
) -> None:
    """Each machine writes agents of its own: the page has all of them at the end."""
    keys = races.own_keys(machines, each)
    races.declare(project, keys)
    assert project.apply("--target", "own-*-0").code == 0  # so that the page has one beginning
    clones = races.clones(project, tmp_path, machines)
    ends = races.raced(clones, server, argv=argv, kills=kills, seed=seed)
    assert [one[-1].code for one in ends] == [0] * machines, ends
    races.nothing_twice(server)
    races.page_has(server, page(project, place), keys)
    races.all_in_sync(clones)


def same_agents(
    tmp_path: Path,
    server: RunningServer,
    project: Project,
    place: str,
    *,
    machines: int,
    agents: int,
    kills: int,
    seed: int,
) -> None:
    """All machines have the same edits: each is sent once."""
    keys = races.own_keys(1, agents)
    races.declare(project, keys)
    assert project.apply().code == 0
    keys.append("own-0-new")
    races.declare(project, keys, silence=600)
    server.app.state.requests.clear()
    clones = races.clones(project, tmp_path, machines)
    ends = races.raced(clones, server, kills=kills, seed=seed)
    assert [one[-1].code for one in ends] == [0] * machines, ends
    races.nothing_twice(server)
    assert len(races.writes(server)) == len(keys)
    races.page_has(server, page(project, place), keys)
    races.all_in_sync(clones)


@PLACES
def test_machines_that_do_not_lock_lose_no_entry_of_each_other(
    tmp_path: Path, server: RunningServer, project: Project, place: str
) -> None:
    own_agents(tmp_path, server, project, place, argv=unlocked, machines=3, each=3, kills=3, seed=5)


@PLACES
def test_machines_that_lock_send_each_change_once(
    tmp_path: Path, server: RunningServer, project: Project, place: str
) -> None:
    same_agents(tmp_path, server, project, place, machines=3, agents=5, kills=3, seed=3)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("argv", [races.own, unlocked])
@PLACES
def test_many_machines_with_agents_of_their_own(
    tmp_path: Path,
    server: RunningServer,
    project: Project,
    place: str,
    argv: Callable[[int], Sequence[str]],
    seed: int,
) -> None:
    own_agents(tmp_path, server, project, place, argv=argv, machines=8, each=4, kills=12, seed=seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(4))
@PLACES
def test_many_machines_with_the_same_agents(
    tmp_path: Path, server: RunningServer, project: Project, place: str, seed: int
) -> None:
    same_agents(tmp_path, server, project, place, machines=8, agents=12, kills=12, seed=seed)

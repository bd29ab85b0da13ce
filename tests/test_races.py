"""Several machines write one page at once, and are killed: nothing is lost, nothing is sent twice.

The state is in a git ref, or behind Terraform's protocol. What holds is judged from the API's log.
"""

import subprocess
from pathlib import Path

import pytest

from reconciler.model import Applied
from reconciler.sandbox.server import RunningServer
from reconciler.state import backends
from tests import races
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
def lock() -> str:
    return "2m"


@pytest.fixture
def in_git(tmp_path: Path, server: RunningServer, programs: Path, lock: str) -> Project:
    """A project whose state is in refs of its repository's remote."""
    root, state = tmp_path / "template", {"url": "git:", "lock": lock}
    project = races.project_on(root, server, state, programs / "reconciler")
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", f"file://{tmp_path}/remote.git")
    return project


def page(project: Project) -> dict[str, Applied]:
    """The entries of the environment, as another machine reads them."""
    found, _ = backends.opened(project.root, "git:").read()
    return dict(found[races.ENVIRONMENT].agents)


SEEDS = range(2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lock", ["2m", "off"])
def test_machines_with_agents_of_their_own_lose_no_entry_of_each_other(
    tmp_path: Path, server: RunningServer, in_git: Project, lock: str, seed: int
) -> None:
    races.declare(in_git, races.own_keys(4, 3))
    assert in_git.apply("--target", "own-*-0").code == 0  # so that the page has one beginning
    clones = races.clones(in_git, tmp_path, 4)
    ends = races.raced(clones, server, argv=races.own, kills=4, seed=seed)
    assert [each[-1].code for each in ends] == [0] * 4, ends
    races.nothing_twice(server)
    races.page_has(server, page(in_git), races.own_keys(4, 3))
    races.all_in_sync(clones)


def test_machines_with_the_same_agents_send_each_change_once(
    tmp_path: Path, server: RunningServer, in_git: Project
) -> None:
    keys = races.own_keys(1, 6)
    races.declare(in_git, keys)
    assert in_git.apply().code == 0
    races.declare(in_git, [*keys, "own-0-new"], silence=600)
    server.app.state.requests.clear()
    clones = races.clones(in_git, tmp_path, 3)
    ends = races.raced(clones, server, kills=4, seed=3)
    assert [each[-1].code for each in ends] == [0] * 3, ends
    races.nothing_twice(server)
    races.page_has(server, page(in_git), [*keys, "own-0-new"])
    races.all_in_sync(clones)

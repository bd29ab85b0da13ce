"""The commands of the state where it is in git refs, or behind Terraform's protocol."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import terraform
from tests.projects import Project
from tests.races import git

pytestmark = pytest.mark.process

FILE = "reconciler.state.json"
BEFORE = "environments:\n  production: { url: sandbox }\n  sandbox: { url: sandbox }\n"
AFTER = """\
state: { url: "%s" }
environments:
  production: { url: "http://127.0.0.1:9", api_key: { $secret: HAMSA_API_KEY } }
  sandbox: { url: sandbox }
"""
WHERE = ("--env", "production")


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path, project: Project) -> Iterator[str]:
    if request.param == "git:":
        git(tmp_path, "init", "-q", "--bare", "remote.git")
        git(project.root, "init", "-q")
        git(project.root, "remote", "add", "origin", "../remote.git")
        yield request.param
        return
    with terraform.served(gitlab=request.param == "gitlab") as found:
        yield found.url


@pytest.mark.parametrize("url", ["git:", "http", "gitlab"], indirect=True)
def test_the_state_moves_there_is_worked_with_and_moves_back(project: Project, url: str) -> None:
    """The sandbox's page stays on this machine all the time."""
    project.env["HAMSA_API_KEY"] = "sandbox"
    project.write("reconciler.yaml", BEFORE)
    project.agent("desk", {"agentName": "Desk", "greetingMessage": "Hello"})
    for name in ("production", "sandbox"):
        assert project.apply("--env", name).code == 0
    before = (project.root / FILE).read_text("utf-8")

    project.write("reconciler.yaml", AFTER % url)
    assert f"and there is also {FILE}" in project.run("plan", *WHERE).err
    moved = project.run("state", "migrate", "--yes")
    assert (moved.code, (project.root / FILE).exists()) == (0, False), moved.err
    assert project.run("state", "pull").out == before
    assert project.run("plan", "--env", "sandbox", "--detailed-exitcode").code == 0

    assert project.run("state", "mv", "desk", "front", *WHERE, "--yes").code == 0
    assert project.run("state", "list", *WHERE).out.startswith("agent/front  v1  ")
    project.write("copy.json", before)
    pushed = project.run("state", "push", "copy.json", "--yes")
    assert (pushed.code, "The backup is " in pushed.err) == (0, True), pushed.err
    assert project.run("state", "pull").out == before

    locked = project.run("state", "lock", "--reason", "freeze", *WHERE)
    assert (locked.code, "freeze" in locked.err) == (0, True), locked.err
    assert "is locked" in project.run("state", "rm", "desk", *WHERE, "--yes").err
    checks = project.run("doctor", "--format", "json").json["checks"]
    found = [(one["name"], one["status"]) for one in checks if one["name"] in ("state", "lock")]
    assert {("state", "ok"), ("lock", "warn")} <= {*found}
    assert project.run("state", "unlock", *WHERE, "--yes").code == 0

    project.write("reconciler.yaml", BEFORE)
    back = project.run("state", "migrate", "--from", url, "--yes")
    assert back.code == 0, back.err
    assert json.loads((project.root / FILE).read_text("utf-8")) == json.loads(before)

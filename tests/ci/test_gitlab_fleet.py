"""A fleet on GitLab: the jobs of `init --fleet`, executed, and merged also where one is missing."""

import pytest

from reconciler.scaffold import starter_ci
from tests import fleets
from tests.ci import linters
from tests.ci.repository import git
from tests.ci.test_gitlab import Pipelines, ask, gitlab, tool  # noqa: F401 - fixtures
from tests.fleets import Tenants


@pytest.fixture
def agency(tmp_path, gitlab, tool):  # noqa: F811 - a fixture
    """A repository with a fleet of two clients, and the API behind their keys."""
    server, tenants = fleets.served()
    secrets = {f"KEY_c0{number}": f"key-c0{number}" for number in range(2)}
    found = Pipelines(tmp_path, gitlab, tool, secrets)
    with server:
        fleets.made(found.work, server.url, 2, 1, 'state: { url: "git:" }\n')
        for name, text in starter_ci.fleet_files("gitlab", linters.VALUES, linters.FLEET).items():
            (found.work / name).parent.mkdir(exist_ok=True)
            (found.work / name).write_text(text, encoding="utf-8")
        found.push("main")
        yield found, tenants


def test_a_fleet_is_planned_and_applied_in_shards_and_told_as_one(
    agency: tuple[Pipelines, Tenants],
) -> None:
    pipelines, tenants = agency
    (pipelines.work / "clients/c01/agents/a00.yaml").unlink()
    fleets.agent(fleets.Project(pipelines.work), "c01", 0, greeting="Welcome")
    base = git(pipelines.origin, "rev-parse", "main")
    request, jobs = ask(pipelines, "edit", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert {name: one.code for name, one in jobs.items()} == {
        "reconciler plan": 0,
        "reconciler plan fleet": 0,
    }, [one.log for one in jobs.values()]
    (note,) = pipelines.gitlab.notes[request["iid"]]
    assert "clients/c01" in note["body"]
    assert "clients/c00" not in note["body"]

    git(pipelines.work, "push", "--quiet", "origin", "HEAD:main")
    pipelines.dead = {2}
    jobs = pipelines.run("push", "main")
    assert {name: one.code for name, one in jobs.items()} == {
        "reconciler plan merged": 1,
        "reconciler plan merged fleet": 1,
    }, "nothing goes live without all shards"
    assert "missing: 2" in jobs["reconciler plan merged fleet"].log

    jobs = pipelines.run("push", "main")
    assert {one.code for one in jobs.values()} == {0}, [one.log for one in jobs.values()]
    assert [*jobs][-2:] == ["reconciler apply", "reconciler apply fleet"]
    assert tenants.requests("POST") == 2
    refs = git(pipelines.origin, "for-each-ref", "--format=%(refname)", "refs/reconciler/")
    assert refs.count("/pages/") == 2

    jobs = pipelines.run("schedule", "main")
    assert {one.code for one in jobs.values()} == {0}, [one.log for one in jobs.values()]
    assert pipelines.gitlab.issues == []

"""Two environments, one fed by the other: the files of `init`, executed from merge to both live."""

import json
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.ci.events import Event
from tests.ci.repository import KEY, Repository
from tests.ci.runner import Job
from tests.conftest import Serve
from tests.projects import Project

PROJECT = """\
agents: agents/
environments:
  staging: {{ url: "{staging}", api_key: {{ $secret: STAGING_KEY }} }}
  production:
    url: {production}
    api_key: {{ $secret: HAMSA_API_KEY }}
    promote_from: staging
    policies: {{ approvals: [spoken, reach] }}
"""
DESK = "spec:\n  agentName: Desk\n  greetingMessage: Hello\n  silenceThreshold: 800\n"
OTHER = "hk-planted-staging-71"
SOURCE = "acme/reconciler@0123456789abcdef0123456789abcdef01234567"
JOBS = ["plan-staging", "apply-staging", "plan-production", "apply-production"]
Places = dict[str, RunningServer]


@pytest.fixture
def places(serve: Serve, hamsa: RunningServer) -> Places:
    return {"staging": serve(f"shape=G3&api_key={OTHER}"), "production": hamsa}


@pytest.fixture
def repo(repository: Repository, places: Places) -> Repository:
    """What `init` writes for such a project; one agent in main that is live nowhere."""
    urls = {name: place.url for name, place in places.items()}
    repository.write("reconciler.yaml", PROJECT.format(**urls))
    repository.write("agents/desk.yaml", DESK)
    words = ("--github", "--source", SOURCE, "--branch", "main", "--yes")
    made = Project(repository.work).run("init", "--api", "v1", *words)
    assert made.code == 0, made.err
    repository.push("main", "Agents")
    repository.host.secrets |= {"STAGING_KEY": OTHER, "HAMSA_API_KEY": KEY}
    return repository


def live(place: RunningServer) -> list[Any]:
    return [record.fields["silenceThreshold"] for record in place.app.state.store.records()]


def edit_live(place: RunningServer, value: int) -> None:
    store = place.app.state.store
    (record,) = store.records()
    store.update(record.id, {**record.fields, "silenceThreshold": value})


def conclusions(jobs: dict[str, Job]) -> list[str]:
    assert list(jobs) == JOBS
    return [job.conclusion for job in jobs.values()]


def test_a_merge_goes_to_staging_and_then_to_production(repo: Repository, places: Places) -> None:
    repo.start("edit")
    repo.edit("agents/desk.yaml", "800", "700")
    repo.push("edit")
    pull = repo.open("edit")
    jobs = repo.run("reconciler-plan", repo.asked(pull))
    assert [job.conclusion for job in jobs.values()] == ["success", "success"], "green meanwhile"
    comments = [one["body"] for one in repo.api.on(pull["number"])]
    assert [body.splitlines()[0] for body in comments] == [
        "<!-- reconciler:plan:staging -->",
        "<!-- reconciler:plan:production -->",
    ]
    assert "staging has not had 1 of the 1 agents" in comments[1]

    jobs = repo.run("reconciler-apply", repo.merge(pull))
    assert conclusions(jobs) == ["success"] * 4, [job.log for job in jobs.values()]
    assert repo.host.asked == ["staging", "production"]
    assert [live(places[name]) for name in ("staging", "production")] == [[700], [700]]
    known = json.loads(repo.show("reconciler.state.json"))["environments"]
    assert {name: list(page["objects"]) for name, page in known.items()} == {
        "production": ["agent/desk"],
        "staging": ["agent/desk"],
    }
    assert KEY not in "".join(jobs["apply-staging"].seen.values()), "a key of another environment"

    # Production continues if staging has no changes, and not if it failed.
    event = Event(name="workflow_dispatch", sha=repo.sha("main"))
    edit_live(places["production"], 900)
    jobs = repo.run("reconciler-apply", event)
    assert conclusions(jobs) == ["success", "skipped", "success", "success"], "it is put back"
    assert live(places["production"]) == [700]
    edit_live(places["staging"], 600)
    repo.host.waiting = lambda: edit_live(places["staging"], 650)
    jobs = repo.run("reconciler-apply", event)
    assert conclusions(jobs) == ["success", "failure", "skipped", "skipped"]
    assert jobs["apply-staging"].step("Apply").outputs["exit-code"] == "4", "moved meanwhile"
    assert live(places["staging"]) == [650]

"""Two clones, two edits in the dashboard, no lock: nothing is overwritten unseen."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project
from tests.stores.conftest import Shop

HEADERS = {"Authorization": "Token sandbox"}
SPEC = {"greetingMessage": "Hello", "silenceThreshold": 800, "preamble": "Be brief."}


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve()


@pytest.fixture
def clones(
    tmp_path: Path,
    project: Project,
    server: RunningServer,
    s3: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Project, Project]:
    """Two folders with the same files, in which nobody locks, after a first apply."""
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    project.env["HAMSA_API_KEY"] = "sandbox"
    project.write(
        "reconciler.yaml",
        f"state: {{ url: {s3.url()}, lock: off }}\n"
        "environments:\n"
        f"  production: {{ url: '{server.url}', api_key: {{ $secret: HAMSA_API_KEY }} }}\n",
    )
    for key in ("desk", "pharmacy"):
        project.agent(key, {"agentName": key, **SPEC})
    assert project.apply().code == 0
    shutil.copytree(project.root, tmp_path / "other", ignore=shutil.ignore_patterns(".reconciler"))
    return project, Project(tmp_path / "other", project.env)


def live(server: RunningServer) -> dict[str, dict[str, Any]]:
    found = httpx.get(f"{server.url}/v1/voice-agents", headers=HEADERS, params={"take": 100})
    items = found.json()["data"]["voiceAgents"]
    return {item["agentName"]: item for item in items if item["agentName"] in ("desk", "pharmacy")}


def edit(server: RunningServer, name: str, **fields: Any) -> None:
    """Somebody edits an agent in the dashboard."""
    one = live(server)[name]["id"]
    done = httpx.patch(f"{server.url}/v1/voice-agents/{one}", headers=HEADERS, json=fields)
    assert done.status_code == 200, done.text


def test_two_saved_plans_and_two_edits_in_between(
    clones: tuple[Project, Project], server: RunningServer
) -> None:
    first, second = clones
    first.agent("desk", {"agentName": "desk", **SPEC, "greetingMessage": "Welcome"})
    second.agent("desk", {"agentName": "desk", **SPEC, "silenceThreshold": 600})
    second.agent("pharmacy", {"agentName": "pharmacy", **SPEC, "silenceThreshold": 600})
    for clone in clones:
        assert clone.run("plan", "--out", "saved.plan.json").code == 0
    edit(server, "desk", greetingMessage="Edited by Nora")
    edit(server, "pharmacy", silenceThreshold=700)
    server.app.state.requests.clear()

    done = [clone.run("apply", "saved.plan.json") for clone in clones]
    assert [one.code for one in done] == [4, 3], done
    assert "desk" in done[0].out
    assert "pharmacy" in done[1].out
    sent = [one.body for one in server.app.state.requests if one.method == "PATCH"]
    assert sent == [{"silenceThreshold": 600}], "the one field that nobody edited"
    now = live(server)
    assert now["desk"]["greetingMessage"] == "Edited by Nora"
    assert now["desk"]["silenceThreshold"] == 600
    assert now["pharmacy"]["silenceThreshold"] == 700


def test_two_clones_that_want_different_values_see_each_other(
    clones: tuple[Project, Project], server: RunningServer
) -> None:
    """The second one's plan says what the first one wrote; a fresh plan shows it as drift."""
    first, second = clones
    for clone, text in zip(clones, ("Welcome", "Good morning"), strict=True):
        clone.agent("desk", {"agentName": "desk", **SPEC, "greetingMessage": text})
    assert second.run("plan", "--out", "saved.plan.json").code == 0
    assert first.apply().code == 0
    refused = second.run("apply", "saved.plan.json")
    assert refused.code == 4, refused.out
    assert live(server)["desk"]["greetingMessage"] == "Welcome"
    (change,) = second.changes()
    assert 'greetingMessage "Welcome" -> "Good morning"' in change
    assert second.apply().code == 0
    assert live(server)["desk"]["greetingMessage"] == "Good morning"

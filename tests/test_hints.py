"""Hints: the next command uses the same project and environment, and lists stay short."""

import httpx
import pytest

from reconciler.errors import listed
from tests.conftest import Serve
from tests.projects import Project

MANY = [f"clinic-{number:03}" for number in range(400)]


@pytest.mark.parametrize(
    ("names", "near", "said"),
    [
        ([], "x", "none"),
        (["a", "b"], "x", "a, b"),
        (list("abcdefgh"), "x", "a, b, c, d, e, f, g, h"),
        (MANY, "", "clinic-000, clinic-001, clinic-002, clinic-003 and 396 more"),
        (["n" * 100], "", f"{'n' * 60}…"),
    ],
)
def test_a_list_is_whole_if_it_is_short(names: list[str], near: str, said: str) -> None:
    assert listed(names, near) == said


def test_of_many_names_the_nearest_are_listed() -> None:
    found = listed([*MANY, "front-desk"], "frontdsk")
    assert found.startswith("front-desk, ")
    assert found.endswith(" and 397 more")


@pytest.fixture
def large(project: Project, serve: Serve) -> Project:
    """A dozen agents, and as many environments and variables."""
    server = serve()
    places = "".join(f"  place-{n:02}: {{ url: sandbox }}\n" for n in range(12))
    values = ", ".join(f"var_{n:02}: x" for n in range(12))
    away = f"  away:\n    url: {server.url}\n    api_key: {{ $secret: KEY }}\n"
    away += f"    vars: {{ {values} }}\n"
    text = f"default_environment: away\nenvironments:\n{away}{places}"
    project.write("reconciler.yaml", text)
    for key in MANY[:12]:
        project.agent(key, {"agentName": key})
        server.app.state.store.add({"agentName": f"{key} live"})
    project.env["KEY"] = "sandbox"
    return project


WRONG = [
    "plan --target zzz",
    "apply --yes --exclude zzz",
    "drift --ignore zzz:preamble",
    "drift --ignore zzz",
    "pull --field zzz",
    "blame zzz",
    "blame clinic-001 zzz",
    "plan -e zzz",
    "validate -e zzz",
    "plan --var zzz=1",
    "import --name zzz",
    "init --github -e zzz",
]


def test_no_hint_is_longer_than_a_few_lines(large: Project) -> None:
    (large.root / "agents/clinic-011.yaml").write_text("environments: { zzz: {} }\nspec: {}\n")
    assert max(map(len, large.run("validate").err.splitlines())) < 300
    large.agent("clinic-011", {"agentName": "${var.zzz}"})
    assert max(map(len, large.run("validate").err.splitlines())) < 300
    large.agent("clinic-011", {"agentName": "a"})
    for argv in WRONG:
        done = large.run(*argv.split())
        assert done.code in (1, 64), (argv, done.err)
        assert len(done.err) < 700, (argv, done.err)


@pytest.fixture
def abroad(project: Project, serve: Serve) -> Project:
    """A project with a sandbox as its default environment, and production on a socket."""
    server = serve()
    server.app.state.store.add({"agentName": "Desk"})
    away = f"  production: {{ url: '{server.url}', api_key: {{ $secret: KEY }} }}\n"
    text = f"default_environment: sandbox\nenvironments:\n  sandbox: {{ url: sandbox }}\n{away}"
    project.write("reconciler.yaml", text)
    project.env["KEY"] = "sandbox"
    return project


def test_after_an_import_the_next_step_is_in_the_same_environment(abroad: Project) -> None:
    done = abroad.run("import", "--all", "-e", "production", "--config", "reconciler.yaml")
    assert "Next: reconciler plan --config reconciler.yaml -e production\n" in done.err
    abroad.agent("desk", {"agentName": "Desk", "lang": "en"})
    shown = abroad.run("plan", "-e", "production", "--target", "desk", answer="")
    assert shown.err.endswith("To apply: reconciler apply -e production --target desk\n")
    saved = abroad.run("plan", "-e", "production", "--config", ".", "--out", "my plan.json")
    assert saved.err.endswith("reconciler apply 'my plan.json' --config .\n")
    asked = abroad.run("apply", "-e", "production")
    assert "then: reconciler apply --auto-approve -e production, or" in asked.err


def test_drift_names_the_commands_for_its_environment(abroad: Project) -> None:
    assert abroad.run("import", "--all", "-e", "production", "-q").err == ""
    path = next((abroad.root / "agents").glob("*.yaml"))
    agent_id = abroad.run("plan", "-e", "production", "--format", "json").json["actions"][0]["id"]
    body = {"greetingMessage": "Edited in the dashboard"}
    abroad.agent(path.stem, {"agentName": "Desk", "greetingMessage": "Hello"})
    assert abroad.apply("-e", "production", "-q").code == 0
    url = abroad.run("plan", "-e", "production", "--format", "json").json["url"]
    headers = {"Authorization": "Token sandbox"}
    httpx.patch(f"{url}/v1/voice-agents/{agent_id}", json=body, headers=headers).raise_for_status()
    told = abroad.run("drift", "-e", "production", answer="").err
    assert "Next: reconciler pull -e production takes live edits" in told
    assert "reconciler apply -e production puts the files back" in told


def test_a_new_project_of_live_agents_is_planned_where_they_are(
    project: Project, serve: Serve
) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "Desk"})
    (project.root / "agents").rmdir()
    project.env["HAMSA_API_KEY"] = "sandbox"
    done = project.run("init", "--import", "Desk", "--url", server.url)
    assert done.code == 0, done.err
    after = done.err.partition("Next\n")[2]
    assert "reconciler plan -e production\n" in after
    assert "sandbox" not in after
    assert "reconciler apply\n" not in after

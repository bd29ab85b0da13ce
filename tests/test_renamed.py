"""Applied values belong to the live agent: renaming its file loses none of them."""

import json
from copy import deepcopy
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project, Run

pytestmark = pytest.mark.cli

SPEC = {
    "agentName": "Desk",
    "greetingMessage": "Hello",
    "silenceThreshold": 800,
    "outcome": {"$secret": "TOK"},
    "webhookUrl": "https://hook.example/calls",
    "webhookAuth": {"authKey": "bearer", "authSecret": {"$secret": "HOOK"}},
}
TOKEN, HOOK = "tok-5f1c", "hook-77ab"


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("shape=G3")


@pytest.fixture
def desk(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    """`desk.yaml` is applied, and its agent is live."""
    project.on(server.url)
    project.env |= {"TOK": TOKEN, "HOOK": HOOK}
    project.agent("desk", SPEC)
    return shelf("desk", project, server, project.apply)


def renamed(project: Project, old: str = "desk", new: str = "front") -> None:
    """`mv old.yaml new.yaml`."""
    (project.root / f"agents/{old}.yaml").rename(project.root / f"agents/{new}.yaml")


def edit_live(server: RunningServer, name: str = "Desk", **fields: Any) -> None:
    store = server.app.state.store
    (record,) = (one for one in store.records() if one.fields["agentName"] == name)
    store.update(record.id, {**record.fields, **fields})


def live(server: RunningServer) -> dict[str, dict[str, Any]]:
    return {one.id: deepcopy(one.fields) for one in server.app.state.store.records()}


def named(server: RunningServer) -> dict[str, str]:
    return {fields["agentName"]: agent_id for agent_id, fields in live(server).items()}


def writes(server: RunningServer) -> list[str]:
    return [r.method for r in server.app.state.requests if r.method != "GET"]


def state(project: Project, environment: str = "default") -> dict[str, Any]:
    text = (project.root / "reconciler.state.json").read_text()
    found = json.loads(text)["environments"][environment]["objects"]
    return {one.removeprefix("agent/"): entry for one, entry in found.items()}


def action(run: Run, key: str) -> Any:
    return next(one for one in run.json["actions"] if one["key"] == key)


# Every command finds the agent


def test_a_conflict_stays_a_conflict(desk: Project, server: RunningServer) -> None:
    edit_live(server, greetingMessage="Live")
    desk.agent("desk", {**SPEC, "greetingMessage": "Git"})
    renamed(desk)
    assert desk.changes() == ['front: greetingMessage "Live" -> "Git" (conflict)']
    done = desk.apply()
    assert (done.code, writes(server)) == (4, [])
    assert desk.apply("--overwrite").code == 0
    assert [*state(desk)] == ["front"]
    assert desk.changes() == []


def test_a_refused_apply_forgets_nothing(desk: Project, server: RunningServer) -> None:
    edit_live(server, greetingMessage="Live")
    desk.agent("desk", {**SPEC, "greetingMessage": "Git"})
    renamed(desk)
    for _ in range(2):
        assert desk.apply().code == 4
    renamed(desk, "front", "third")
    assert desk.changes() == ['third: greetingMessage "Live" -> "Git" (conflict)']


def test_a_saved_plan_knows_it_too(desk: Project, server: RunningServer) -> None:
    desk.agent("desk", {**SPEC, "greetingMessage": "Git", "webhookAuth": {"authKey": "bearer"}})
    desk.agent("desk", {**SPEC, "greetingMessage": "Git"})
    renamed(desk)
    assert desk.run("plan", "--out", "saved.json").code == 0
    assert desk.apply("saved.json").code == 0
    assert next(iter(live(server).values()))["greetingMessage"] == "Git"
    assert desk.changes() == []


def test_drift_pull_blame_and_rollback_know_it(desk: Project, server: RunningServer) -> None:
    desk.agent("desk", {**SPEC, "greetingMessage": "Second"})
    assert desk.apply().code == 0
    edit_live(server, greetingMessage="Live", silenceThreshold=900)
    renamed(desk)
    drift = desk.run("drift", "--format", "json")
    assert drift.code == 2
    (found,) = drift.json["agents"]
    moved = {one["path"]: (one["applied"], one["live"]) for one in found["drift"]}
    assert moved == {"greetingMessage": ("Second", "Live"), "silenceThreshold": (800, 900)}
    blamed = desk.run("blame", "front", "--format", "json").json
    assert {one["path"] for one in blamed["fields"] if one["applied_at"]} >= {"greetingMessage"}
    edit_live(server, greetingMessage="Second", silenceThreshold=800)
    assert desk.run("rollback", "--auto-approve", "--target", "front").code == 0
    assert next(iter(live(server).values()))["greetingMessage"] == "Hello"
    edit_live(server, silenceThreshold=900)
    pulled = desk.run("pull", "--auto-approve", "--field", "silenceThreshold")
    assert (pulled.code, "silenceThreshold: 900" in desk_text(desk)) == (0, True)


def desk_text(project: Project, key: str = "front") -> str:
    return (project.root / f"agents/{key}.yaml").read_text()


# A former secret


@pytest.mark.parametrize("way", ["file renamed", "file renamed twice", "renamed and applied"])
def test_a_former_secret_is_never_shown(desk: Project, server: RunningServer, way: str) -> None:
    renamed(desk)
    if way == "renamed and applied":
        assert desk.apply().code == 0
    if way == "file renamed twice":
        assert desk.apply().code == 0
        renamed(desk, "front", "back")
        renamed(desk, "back", "front")
    desk.agent("front", {**SPEC, "outcome": "typed"})
    desk.env.pop("TOK")
    plan = desk.run("plan", "--out", "saved.json")
    assert "outcome: (sensitive)" in plan.out
    for kind in ("json", "markdown", "html"):
        assert TOKEN not in desk.run("plan", "--format", kind).out
    assert desk.apply().code == 0
    kept = [path for path in desk.root.rglob("*") if path.is_file()]
    assert [path.name for path in kept if TOKEN in path.read_text(errors="replace")] == []
    assert any("history" in path.parts for path in kept)


def test_a_secret_that_stays_is_in_sync_whatever_the_file_is_called(
    desk: Project, server: RunningServer
) -> None:
    for old, new in (("desk", "front"), ("front", "third"), ("third", "desk")):
        renamed(desk, old, new)
        assert desk.changes() == []
        assert desk.run("drift").code == 0
        assert desk.apply().code == 0
        assert desk.changes() == []
    assert writes(server) == []


def test_a_secret_inside_a_nested_object_is_guarded(desk: Project, server: RunningServer) -> None:
    tools = {"googleCalendarSettings": {"calendarName": {"$secret": "TOK"}, "eventTitle": "Visit"}}
    desk.agent("desk", {**SPEC, **tools})
    assert desk.apply().code == 0
    server.app.state.requests.clear()
    desk.agent("desk", {**SPEC, "googleCalendarSettings": {"eventTitle": "Call"}})
    renamed(desk)
    plan = desk.run("plan", "--format", "json")
    assert action(plan, "front")["action"] == "blocked"
    assert TOKEN not in plan.out
    assert desk.apply().code == 4
    assert writes(server) == []


# Whose agent it is


def test_an_agent_that_the_dashboard_renamed_is_found_by_its_id(
    desk: Project, server: RunningServer
) -> None:
    edit_live(server, agentName="Desk of Riyadh")
    renamed(desk)
    assert desk.changes() == ['front: agentName "Desk of Riyadh" -> "Desk" (drift)']
    assert desk.apply().code == 0
    assert (len(live(server)), writes(server)) == (1, ["PATCH"])


def three(project: Project, server: RunningServer) -> dict[str, str]:
    """Three more agents, applied; their ids by name."""
    for key in ("a", "b", "c"):
        project.agent(key, {"agentName": key.upper(), "greetingMessage": key})
    assert project.apply().code == 0
    server.app.state.requests.clear()
    return named(server)


def move(project: Project, moves: dict[str, str]) -> None:
    """Rename several files at once."""
    texts = {new: (project.root / f"agents/{old}.yaml").read_text() for old, new in moves.items()}
    for old in moves:
        (project.root / f"agents/{old}.yaml").unlink()
    for new, text in texts.items():
        project.write(f"agents/{new}.yaml", text)


CONSISTENT = [
    pytest.param({"a": "b", "b": "a"}, id="two files change names"),
    pytest.param({"a": "b", "b": "c", "c": "a"}, id="three files change names"),
    pytest.param({"a": "b", "b": "n"}, id="a name is handed on"),
    pytest.param({"a": "b", "b": "c", "c": "n"}, id="names are handed on twice"),
]


@pytest.mark.parametrize("moves", CONSISTENT)
def test_files_that_change_names_keep_their_agents(
    desk: Project, server: RunningServer, moves: dict[str, str]
) -> None:
    ids = three(desk, server)
    edit_live(server, name="A", greetingMessage="Live")
    move(desk, moves)
    path = desk.root / f"agents/{moves['a']}.yaml"
    path.write_text(path.read_text().replace("greetingMessage: a", "greetingMessage: git"))
    assert desk.changes() == [f'{moves["a"]}: greetingMessage "Live" -> "git" (conflict)']
    assert (desk.apply().code, writes(server)) == (3, [])
    expected = {moves.get(key, key): ids[key.upper()] for key in ("a", "b", "c")}
    known = state(desk)
    assert {key: known[key]["id"] for key in expected} == expected
    assert desk.changes() == [f'{moves["a"]}: greetingMessage "Live" -> "git" (conflict)']


def test_a_file_with_the_key_of_one_agent_and_the_name_of_another_is_asked_about(
    desk: Project, server: RunningServer
) -> None:
    ids = three(desk, server)
    (desk.root / "agents/b.yaml").unlink()
    move(desk, {"a": "b"})
    done = desk.apply()
    assert (done.code, writes(server)) == (1, [])
    assert all(one in done.err for one in ("agents/b.yaml", ids["A"], ids["B"], "id:"))
    assert desk.run("drift").code == 1
    spec = {"agentName": "A", "greetingMessage": "a"}
    desk.agent("b", spec, id=ids["A"])
    assert desk.changes() == []
    desk.agent("b", spec, id=ids["B"])
    assert desk.changes() == [
        'b: agentName "B" -> "A" (edit)',
        'b: greetingMessage "b" -> "a" (edit)',
    ]


def test_a_new_file_with_the_name_that_another_file_gives_up_is_asked_about(
    desk: Project, server: RunningServer
) -> None:
    ids = three(desk, server)
    move(desk, {"a": "n"})
    desk.agent("a", {"agentName": "Other"})
    done = desk.apply()
    assert (done.code, writes(server)) == (1, [])
    assert "agents/n.yaml" in done.err
    desk.agent("n", {"agentName": "A", "greetingMessage": "a"}, id=ids["A"])
    (made,) = (one for one in desk.plan()["actions"] if one["action"] == "create")
    assert made["key"] == "a"
    assert desk.apply().code == 0
    assert state(desk)["n"]["id"] == ids["A"]


def test_a_renamed_file_whose_name_another_live_agent_took_is_asked_about(
    desk: Project, server: RunningServer
) -> None:
    edit_live(server, agentName="Former desk")
    server.app.state.store.add({"agentName": "Desk"})
    renamed(desk)
    done = desk.apply()
    assert (done.code, writes(server)) == (1, [])
    assert all(agent_id in done.err for agent_id in live(server))


# Imported again


HELD = {
    "params": {"token": {"$secret": "TOK"}, "open": "yes"},
    "pokeMessages": [{"$secret": "TOK"}],
    "webhookUrl": {"$secret": "URL"},
}
URL = "https://hook.example/3f9d"


@pytest.mark.parametrize("argv", [("--name", "Desk"), ("--all", "--full"), ("--key", "again")])
def test_an_import_writes_no_secret_of_an_agent_whose_file_was_deleted(
    desk: Project, server: RunningServer, argv: tuple[str, ...]
) -> None:
    desk.env["URL"] = URL
    desk.agent("desk", {**SPEC, **HELD})
    assert desk.apply().code == 0
    (desk.root / "agents/desk.yaml").unlink()
    server.app.state.requests.clear()
    named_by = argv if argv[0] != "--key" else (*argv, "--name", "Desk")
    done = desk.run("import", *named_by)
    assert done.code == 0, done.err
    kept = [path for path in desk.root.rglob("*") if path.is_file()]
    texts = [path.read_text(errors="replace") for path in kept]
    assert not any(
        one in text for one in (TOKEN, HOOK, URL) for text in (*texts, done.out, done.err)
    )
    (path,) = (desk.root / "agents").glob("*.yaml")
    assert "$secret: " in path.read_text()
    assert all(path_of in done.out for path_of in ("params", "pokeMessages"))
    values = {"_OUTCOME": TOKEN, "_WEBHOOK_URL": URL, "_AUTH_SECRET": HOOK}
    words = path.read_text().split()
    for end, value in values.items():
        desk.env |= {word: value for word in words if word.endswith(end)}
    assert desk.changes() == []
    key = path.stem
    with path.open("a") as file:
        file.write("  params: {token: typed}\n")
    found = desk.run("plan")
    assert (TOKEN in found.out, "(sensitive)" in found.out) == (False, True)
    assert [*state(desk)] == [key]


def test_without_secrets_a_former_secret_is_left_out_and_reported(desk: Project) -> None:
    (desk.root / "agents/desk.yaml").unlink()
    done = desk.run("import", "--name", "Desk", "--no-secrets")
    (path,) = (desk.root / "agents").glob("*.yaml")
    assert (done.code, TOKEN in path.read_text(), "outcome" in done.out) == (0, False, True)
    desk.agent(path.stem, {"agentName": "Desk", "outcome": "typed"})
    assert TOKEN not in desk.run("plan").out

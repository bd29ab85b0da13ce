"""No duplicate without consent: new names, names that look the same, agents that are missing."""

import json
from copy import deepcopy
from typing import Any

import pytest

from reconciler.engine.names import look, shown
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project

SPEC = {"agentName": "Desk", "greetingMessage": "Hello", "silenceThreshold": 800}


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("shape=G3")


@pytest.fixture
def desk(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    """`desk.yaml` is applied."""
    project.on(server.url)
    project.agent("desk", SPEC)
    return shelf("desk", project, server, project.apply)


def live(server: RunningServer) -> dict[str, dict[str, Any]]:
    return {one.id: deepcopy(one.fields) for one in server.app.state.store.records()}


def writes(server: RunningServer) -> list[str]:
    return [r.method for r in server.app.state.requests if r.method != "GET"]


def only_id(server: RunningServer) -> str:
    (agent_id,) = live(server)
    return agent_id


def state(project: Project) -> dict[str, Any]:
    text = (project.root / "reconciler.state.json").read_text()
    found = json.loads(text)["environments"]["default"]["objects"]
    return {one.removeprefix("agent/"): entry for one, entry in found.items()}


def reasons(project: Project, *argv: str) -> dict[str, str]:
    """What a plan blocks, and why."""
    run = project.run("plan", "--format", "json", *argv)
    assert run.code in (0, 1), run.err
    return {one["key"]: one["reason"] for one in run.json["actions"] if one["action"] == "blocked"}


# File and name changed in one commit


def both_renamed(project: Project, frame: str = "") -> None:
    (project.root / "agents/desk.yaml").unlink()
    path = project.agent("front", {**SPEC, "agentName": "Front"})
    path.write_text(f"{frame}{path.read_text()}")


def test_a_create_and_a_lost_file_are_connected_and_nothing_is_written(
    desk: Project, server: RunningServer
) -> None:
    both_renamed(desk)
    agent_id = only_id(server)
    assert reasons(desk) == {
        "front": f"it would be created, while `desk` (“Desk”, {agent_id}) lost its file: if this "
        f"is the same agent, renamed, write `key: desk` or `id: {agent_id}`; if not, "
        "--create-anyway makes a new one"
    }
    for argv in ((), ("--target", "front"), ("--allow-missing",)):
        assert (desk.apply(*argv).code, writes(server)) == (4, [])
        assert [*state(desk)] == ["desk"]
    plan = desk.run("plan")
    assert (plan.code, "lost its file" in plan.out) == (1, True)


@pytest.mark.parametrize("answer", ["id", "key"])
def test_a_pin_says_that_it_is_the_same_agent(
    desk: Project, server: RunningServer, answer: str
) -> None:
    both_renamed(desk, f"{answer}: {only_id(server) if answer == 'id' else 'desk'}\n")
    assert desk.apply().code == 0
    assert [one["agentName"] for one in live(server).values()] == ["Front"]
    assert desk.changes() == []


def test_an_option_says_that_it_is_another_agent(desk: Project, server: RunningServer) -> None:
    both_renamed(desk)
    assert desk.apply("--create-anyway").code == 0
    assert sorted(one["agentName"] for one in live(server).values()) == ["Desk", "Front"]
    assert desk.run("plan").code == 0


def test_the_lost_file_that_is_most_alike_is_named_first(
    desk: Project, server: RunningServer
) -> None:
    for key, text in (("a", "One"), ("z", "Two"), ("b", "Three"), ("c", "Four")):
        desk.agent(key, {"agentName": key, "greetingMessage": text})
    assert desk.apply().code == 0
    for key in ("a", "z"):
        (desk.root / f"agents/{key}.yaml").unlink()
    desk.agent("new", {"agentName": "New", "greetingMessage": "Two"})
    assert "while `z` (“z”, " in reasons(desk)["new"]
    assert "`key: z`" in reasons(desk)["new"]


def test_a_lost_file_alone_and_a_new_agent_alone_are_no_question(
    desk: Project, server: RunningServer
) -> None:
    desk.agent("other", {"agentName": "Other"})
    assert desk.apply().code == 0
    (desk.root / "agents/desk.yaml").unlink()
    assert reasons(desk) == {}
    (agent_id,) = (i for i, fields in live(server).items() if fields["agentName"] == "Desk")
    server.app.state.store.remove(agent_id)
    desk.agent("third", {"agentName": "Third"})
    assert desk.apply().code == 0


# Names that look the same


ALIKE = [
    pytest.param("Cafe\u0301", "Café", "decomposed", id="in pieces"),
    pytest.param("Café", "Cafe\u0301", "composed", id="in one piece"),
    pytest.param("Desk 1 ", "Desk 1", "⟨space⟩", id="a trailing space"),
    pytest.param("Desk  1", "Desk 1", "⟨space⟩", id="two spaces"),
    pytest.param("DESK 1", "Desk 1", "capitals", id="capitals"),
    pytest.param("Desk\u00a01", "Desk 1", "⟨NBSP⟩", id="a no-break space"),
    pytest.param("Desk 1\u200f", "Desk 1", "⟨RLM⟩", id="a right-to-left mark"),
    pytest.param("De\u200bsk 1", "Desk 1", "⟨ZWSP⟩", id="a space of no width"),
    pytest.param("Desk\u30001", "Desk 1", "⟨U+3000⟩", id="a wide space"),
    pytest.param("عيـادة", "عيادة", "tatweel", id="a stretched word"),
    pytest.param("\ufecb\ufef4\ufe8e\ufea9\ufe93", "عيادة", "presentation", id="Arabic forms"),
    pytest.param("Dеsk 1", "Desk 1", "characters", id="a Cyrillic letter"),
    pytest.param("Desk\u20111", "Desk-1", "characters", id="a dash of another kind"),
    pytest.param("STRASSE", "Straße", "capitals", id="a sharp s"),
]


@pytest.mark.parametrize(("there", "declared", "told"), ALIKE)
def test_a_name_that_looks_the_same_is_named_before_a_twin_is_made(
    project: Project, server: RunningServer, there: str, declared: str, told: str
) -> None:
    project.on(server.url)
    agent_id = server.app.state.store.add({"agentName": there}).id
    project.agent("new", {"agentName": declared})
    (reason,) = reasons(project).values()
    assert (agent_id in reason, told in reason) == (True, True)
    assert (project.apply().code, writes(server)) == (4, [])
    unmanaged = project.run("drift").out
    assert agent_id in unmanaged.split("with the name of an agent of the files")[1]
    assert project.apply("--create-anyway").code == 0
    assert len(live(server)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("Desk 1", "Desk 2"), ("Front desk", "Frontdesk"), ("عيادة", "عبادة"), ("Café", "Cafe")],
)
def test_names_that_differ_for_everybody_to_see_are_no_question(one: str, other: str) -> None:
    assert look(one) != look(other)


def test_the_very_name_of_another_file_s_agent_is_no_answer_for_an_option(
    desk: Project, server: RunningServer
) -> None:
    server.app.state.store.update(only_id(server), {**SPEC, "agentName": "Front"})
    desk.agent("front", {**SPEC, "agentName": "Front"})
    for argv in ((), ("--create-anyway",)):
        assert "has this very name" in reasons(desk, *argv)["front"]
        assert desk.apply("--target", "front", *argv).code == 4
    assert writes(server) == []


# Unmanaged live agents


def test_an_unmanaged_namesake_is_reported_by_plan_and_drift(
    desk: Project, server: RunningServer
) -> None:
    twin = server.app.state.store.add({"agentName": "Desk\u00a0"}).id
    other = server.app.state.store.add({"agentName": "Other"}).id
    for command in ("plan", "drift"):
        for kind in ("text", "markdown"):
            out = desk.run(command, "--format", kind).out
            assert "with the name of an agent of the files" in out
            assert "Desk⟨NBSP⟩" in out
    (found,) = (one for one in desk.plan()["actions"] if one["id"] == twin)
    assert found["notes"] == ["its name looks like that of `desk`"]
    unmanaged = desk.run("drift", "--format", "json").json["unmanaged"]
    assert {one["id"]: one["looks_like"] for one in unmanaged} == {twin: ["desk"], other: []}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Café\u00a0", "Café⟨NBSP⟩"),
        ("\u200fمكتب", "⟨RLM⟩مكتب"),
        (" Desk ", "⟨space⟩Desk⟨space⟩"),
        ("a\u200bb\u2003c", "a⟨ZWSP⟩b⟨U+2003⟩c"),
        ("Front desk", "Front desk"),
        ("👩\u200d⚕️ Doctor", "👩\u200d⚕️ Doctor"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_in_a_name_is_shown_by_its_name(name: str, text: str) -> None:
    assert shown(name) == text


def test_every_list_shows_what_cannot_be_seen(project: Project, server: RunningServer) -> None:
    project.on(server.url)
    for name in ("Café\u00a0", "Bank\u200f"):
        server.app.state.store.add({"agentName": name})
    assert "Café⟨NBSP⟩" in project.run("import", "--all", "--dry-run").out
    assert "Café⟨NBSP⟩" in project.run("import", "--name", "nobody").err
    project.agent("cafe", {"agentName": "Café\u00a0", "greetingMessage": "Hi"})
    assert "Café⟨NBSP⟩" in project.run("plan").out
    assert "Bank⟨RLM⟩" in project.run("plan").out
    assert "Café⟨NBSP⟩" in project.apply().out
    assert "Café⟨NBSP⟩" in project.run("history", "1").out


# Agents that are gone


def test_an_agent_that_was_removed_is_created_again_only_on_request(
    desk: Project, server: RunningServer
) -> None:
    gone = only_id(server)
    server.app.state.store.remove(gone)
    (reason,) = reasons(desk).values()
    assert (gone in reason, "--recreate" in reason) == (True, True)
    assert (desk.apply().code, writes(server)) == (4, [])
    assert desk.run("drift").code == 2
    (desk.root / "agents/desk.yaml").rename(desk.root / "agents/front.yaml")
    assert gone in reasons(desk)["front"]
    assert desk.run("plan", "--recreate", "--out", "saved.json").code == 0
    assert desk.apply("saved.json").code == 0
    assert [*state(desk)] == ["front"]
    assert only_id(server) != gone
    assert desk.changes() == []


def test_one_that_is_gone_stops_no_other(desk: Project, server: RunningServer) -> None:
    gone = only_id(server)
    desk.agent("other", {"agentName": "Other"})
    server.app.state.store.remove(gone)
    assert desk.apply().code == 3
    assert [one["agentName"] for one in live(server).values()] == ["Other"]

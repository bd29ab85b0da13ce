"""Applying on real HTTP: what is refused, verified and recorded."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project

pytestmark = pytest.mark.cli

SPEC = {"agentName": "Front desk", "greetingMessage": "Hello", "silenceThreshold": 800}


def live(server: RunningServer, name: str = "Front desk") -> Any:
    return next(r for r in server.app.state.store.records() if r.fields["agentName"] == name)


def edit_live(server: RunningServer, **fields: Any) -> None:
    """What the dashboard does."""
    record = live(server)
    server.app.state.store.update(record.id, {**record.fields, **fields})


def writes(server: RunningServer) -> list[str]:
    return [r.method for r in server.app.state.requests if r.method != "GET"]


def state(project: Project) -> Any:
    return json.loads((project.root / "reconciler.state.json").read_text(encoding="utf-8"))


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve()


@pytest.fixture
def applied(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    project.on(server.url).agent("front-desk", SPEC)
    return shelf("applied", project, server, project.apply)


def test_an_unchanged_agent_causes_no_write_and_no_output(
    applied: Project, server: RunningServer
) -> None:
    done = applied.apply()
    assert (done.code, done.out) == (0, "No changes in default: 1 in sync.\n")
    assert writes(server) == []


def test_the_cause_follows_from_what_was_last_applied(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, greetingMessage="Hey")
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    assert applied.changes() == [
        'front-desk: greetingMessage "Hey" -> "Hello" (drift)',
        "front-desk: silenceThreshold 800 -> 600 (edit)",
    ]


def test_without_a_state_the_cause_is_unknown_and_the_name_finds_the_agent(
    applied: Project, server: RunningServer
) -> None:
    (applied.root / "reconciler.state.json").unlink()
    edit_live(server, greetingMessage="Hey")
    assert applied.changes() == ['front-desk: greetingMessage "Hey" -> "Hello" (untracked)']
    assert applied.apply().code == 0
    assert [len(server.app.state.store.records()), *writes(server)] == [1, "PATCH"]


def test_a_conflict_is_refused_unless_overwritten(applied: Project, server: RunningServer) -> None:
    edit_live(server, greetingMessage="Hey")
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Welcome"})
    refused = applied.apply()
    assert refused.code == 4
    assert "both the files and the dashboard changed `greetingMessage`" in refused.out
    assert writes(server) == []
    assert applied.apply("--overwrite").code == 0
    assert live(server).fields["greetingMessage"] == "Welcome"


def test_a_renamed_file_and_a_renamed_agent_stay_the_same_agent(
    applied: Project, server: RunningServer
) -> None:
    agent_id = live(server).id
    (applied.root / "agents/front-desk.yaml").rename(applied.root / "agents/desk.yaml")
    assert applied.apply().code == 0
    applied.agent("desk", {**SPEC, "agentName": "Reception"})
    assert applied.apply().code == 0
    assert live(server, "Reception").id == agent_id
    assert list(state(applied)["environments"]["default"]["objects"]) == ["agent/desk"]


def test_a_saved_plan_is_applied_exactly_even_if_the_files_changed(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    assert applied.run("plan", "--out", "p.plan.json").code == 0
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 100})
    assert applied.run("apply", "p.plan.json").code == 0
    assert live(server).fields["silenceThreshold"] == 600
    again = applied.run("apply", "p.plan.json")
    assert (again.code, "changed since the plan: `silenceThreshold`" in again.out) == (4, True)


def test_a_stale_plan_is_refused_with_the_field_and_an_unrelated_edit_is_not_in_the_way(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    applied.run("plan", "--out", "p.plan.json")
    edit_live(server, interrupt=True)
    assert applied.run("apply", "p.plan.json").code == 0
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 700})
    applied.run("plan", "--out", "q.plan.json")
    edit_live(server, silenceThreshold=650)
    stale = applied.run("apply", "q.plan.json")
    assert stale.code == 4
    assert stale.out.splitlines()[1:4] == [
        "    changed since the plan: `silenceThreshold`",
        "    hint: plan again",
        "Apply: 1 stale.",
    ]


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("GET:vanish:1:/v1/voice-agents/*", 3, "the agent is not live any more"),
        ("PATCH:404", 3, "answered 404"),
        ("PATCH:500", 3, "answered 500"),
        ("PATCH:400", 3, "answered 400"),
        ("PATCH:trim", 3, "accepted, but stored differently: greetingMessage"),
        ("PATCH:ignore", 3, "accepted, but stored differently: greetingMessage"),
    ],
)
def test_a_failure_of_one_agent_is_reported_and_stops_no_other(
    project: Project, server: RunningServer, fault: str, code: int, told: str
) -> None:
    project.on(server.url)
    names = ("First", "Second")
    for name in names:
        project.agent(name.lower(), {"agentName": name, "greetingMessage": "Hello"})
    project.apply()
    for name in names:
        project.agent(name.lower(), {"agentName": name, "greetingMessage": f"Hello from {name} "})
    server.app.state.faults.add(fault)
    done = project.apply("--parallelism", "1")
    assert (done.code, told in done.out) == (code, True)
    assert live(server, "Second").fields["greetingMessage"] == "Hello from Second "


@pytest.mark.parametrize(
    "fault",
    [
        "PATCH:429",
        "PATCH:503",
        "PATCH:502-html",
        "PATCH:drop",
        "PATCH:drop-after",
        "PATCH:truncate",
    ],
)
def test_a_passing_fault_of_a_patch_is_got_over(
    applied: Project, server: RunningServer, fault: str
) -> None:
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    server.app.state.faults.add(fault)
    done = applied.apply()
    assert (done.code, live(server).fields["silenceThreshold"]) == (0, 600), done.out
    assert applied.changes() == []


@pytest.mark.parametrize("fault", ["PATCH:not-json", "PATCH:empty"])
def test_an_unreadable_answer_is_settled_by_reading_back(
    applied: Project, server: RunningServer, fault: str
) -> None:
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    server.app.state.faults.add(fault)
    assert applied.apply().code == 0
    assert writes(server) == ["PATCH"]


@pytest.mark.parametrize(
    ("fault", "code", "agents", "told"),
    [
        ("POST:drop-after", 0, 1, "created, 3 fields proven"),
        ("POST:truncate", 0, 1, "created, 3 fields proven"),
        ("POST:not-json", 0, 1, "created, 3 fields proven"),
        ("POST:drop", 3, 0, "outcome unknown"),
        ("POST:504", 3, 0, "outcome unknown"),
        ("POST:429", 1, 0, "answered 429"),
        ("POST:400", 1, 0, "answered 400"),
        ("POST:success-false", 3, 0, "outcome unknown"),
        ("POST:ignore", 3, 0, "cannot be found afterwards"),
    ],
)
def test_a_create_is_sent_once_and_never_makes_a_twin(
    project: Project, server: RunningServer, fault: str, code: int, agents: int, told: str
) -> None:
    project.on(server.url).agent("front-desk", SPEC)
    server.app.state.faults.add(fault)
    done = project.apply()
    assert (done.code, told in done.out) == (code, True), done.out
    assert (writes(server), len(server.app.state.store.records())) == (["POST"], agents)
    assert project.apply().code == 0
    assert len(server.app.state.store.records()) == 1


def test_a_create_looks_again_for_the_name_before_it_writes(
    project: Project, server: RunningServer
) -> None:
    project.on(server.url).agent("front-desk", SPEC)
    project.run("plan", "--out", "p.plan.json")
    server.app.state.store.add({"agentName": "Front desk"})
    done = project.run("apply", "p.plan.json")
    assert (done.code, "an agent of this name appeared" in done.out) == (4, True)
    assert writes(server) == []


def test_two_live_agents_of_the_declared_name_are_refused_with_the_list(
    project: Project, server: RunningServer
) -> None:
    ids = sorted(server.app.state.store.add({"agentName": "Front desk"}).id for _ in range(2))
    project.on(server.url).agent("front-desk", SPEC)
    done = project.run("plan")
    assert (done.code, "2 live agents have this name" in done.err) == (1, True)
    assert f"found: {', '.join(ids)}" in done.err
    project.agent("front-desk", SPEC, id=ids[1])
    assert project.apply().code == 0


def test_an_agent_that_vanished_is_created_again_on_request_and_a_pinned_one_is_blocked(
    applied: Project, server: RunningServer
) -> None:
    agent_id = live(server).id
    server.app.state.store.remove(agent_id)
    assert applied.run("plan").code == 1
    plan = applied.plan("--recreate")["actions"][0]
    assert plan["action"] == "create"
    assert plan["notes"] == [f"the agent that the state knows, {agent_id}, is not live any more"]
    applied.agent("front-desk", SPEC, id=agent_id)
    blocked = applied.run("plan")
    assert blocked.code == 1
    assert f"the pinned id {agent_id} is not live" in blocked.out


def test_a_write_only_group_declared_in_part_is_refused_with_the_reason(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**SPEC, "tools": {"smartCallEnd": True}})
    done = applied.run("plan")
    assert done.code == 1
    assert (
        "blocked: `tools` is sent whole, and `tools.googleCalendar`, `tools.genderDetection` "
        "cannot be read back" in done.out
    )
    assert applied.apply().code == 4
    assert writes(server) == []


def test_a_part_of_a_group_may_be_declared_if_the_api_shows_its_flags(
    project: Project, serve: Serve
) -> None:
    project.on(serve("shape=G3").url).agent("front-desk", SPEC)
    project.apply()
    project.agent("front-desk", {**SPEC, "tools": {"smartCallEnd": True}})
    assert project.changes() == ["front-desk: tools.smartCallEnd false -> true (edit)"]
    assert project.apply().code == 0
    assert project.changes() == []


def test_a_value_stored_differently_is_reported_and_sent_once(
    applied: Project, server: RunningServer
) -> None:
    server.app.state.faults.add("PATCH:trim:*")
    applied.agent("front-desk", {**SPEC, "greetingMessage": " Hello "})
    done = applied.apply()
    assert done.code == 3
    assert '    diverged: greetingMessage: sent " Hello ", is "hello"' in done.out
    server.app.state.requests.clear()
    again = applied.apply()
    assert (again.code, writes(server)) == (0, [])
    assert "Stored in another form by the API" in again.out


def test_an_ignored_field_is_listed_and_never_written(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, greetingMessage="Hey")
    applied.agent("front-desk", SPEC, lifecycle={"ignore": ["greetingMessage"]})
    done = applied.apply()
    assert (done.code, writes(server)) == (0, [])
    assert "Ignored, left to the dashboard: front-desk greetingMessage" in done.out


def test_the_question_takes_yes_alone(applied: Project, server: RunningServer) -> None:
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    for answer in ("y\n", "\n", ""):
        declined = applied.run("apply", answer=answer)
        assert (declined.code, "Nothing was applied." in declined.err) == (1, True)
    assert writes(server) == []
    assert applied.run("apply", answer="yes\n").code == 0


def test_limits_count_before_anything_is_sent(project: Project, server: RunningServer) -> None:
    project.on(server.url)
    for name in ("One", "Two", "Three"):
        project.agent(name.lower(), {"agentName": name})
    done = project.apply("--max-changes", "2")
    assert (done.code, writes(server)) == (5, [])
    assert "this plan writes 3 agents of default; `max_changes: 2` allows 2  [" in done.err
    assert project.apply("--max-changes", "2", "--force").code == 0


def test_targets_and_excludes_narrow_a_run(project: Project, server: RunningServer) -> None:
    project.on(server.url)
    for name in ("One", "Two", "Three"):
        project.agent(name.lower(), {"agentName": name})
    assert project.apply("--target", "t*", "--exclude", "three").code == 0
    assert [r.fields["agentName"] for r in server.app.state.store.records()] == ["Two"]


def test_the_state_is_written_after_each_agent(project: Project, server: RunningServer) -> None:
    project.on(server.url)
    project.agent("a", {"agentName": "A"})
    project.agent("b", {"agentName": "B"})
    server.app.state.faults.add("POST:400")
    assert project.apply("--parallelism", "1").code == 3
    assert list(state(project)["environments"]["default"]["objects"]) == ["agent/b"]


def test_a_secret_that_changed_since_the_plan_is_refused(
    project: Project, serve: Serve, tmp_path: Path
) -> None:
    server = serve("shape=G3")
    project.on(server.url).env["HOOK"] = "first-secret"
    auth = {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}
    project.agent("front-desk", {**SPEC, "webhookAuth": auth})
    project.run("plan", "--out", "p.plan.json")
    project.env["HOOK"] = "second-secret"
    done = project.run("apply", "p.plan.json")
    assert (done.code, "not the secret that was planned with" in done.out) == (4, True)
    project.env.pop("HOOK")
    unset = project.run("apply", "p.plan.json")
    assert (unset.code, "needs secrets that are not set: HOOK" in unset.err) == (64, True)
    assert writes(server) == []

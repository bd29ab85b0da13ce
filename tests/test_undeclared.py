"""Undeclared fields: recorded at every write of the state, and drift if they change.

On real HTTP; the "dashboard" writes straight into the sandbox's store.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.engine import decoding
from reconciler.engine import undeclared as undeclared_
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Applied, Desired, Live
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project

SPEC = {"agentName": "Front desk", "greetingMessage": "Hello", "silenceThreshold": 800}
CALENDAR = {
    "calendarId": "c-1",
    "calendarName": "Visits",
    "accessToken": "planted-access",
    "refreshToken": "planted-refresh",
    "eventTitle": "Visit",
    "meetingDuration": 30,
    "timezone": "Asia/Riyadh",
    "freeSlots": {"Monday": [{"from": "09:00", "to": "12:00"}]},
}


def edit_live(server: RunningServer, name: str = "Front desk", **fields: Any) -> None:
    store = server.app.state.store
    for record in store.records():
        if record.fields["agentName"] == name:
            store.update(record.id, {**record.fields, **fields})


def state(project: Project, key: str = "front-desk") -> dict[str, Any]:
    text = (project.root / "reconciler.state.json").read_text(encoding="utf-8")
    (page,) = json.loads(text)["environments"].values()
    found: dict[str, Any] = page["objects"][f"agent/{key}"]
    return found


def undeclared(project: Project, *options: str) -> tuple[int, dict[str, list[str]]]:
    """The exit code of drift, and what moved of each agent that no file names."""
    done = project.run("drift", "--format", "json", *options)
    agents = done.json["agents"]
    found = {a["key"]: [one["path"] for one in a["undeclared"]] for a in agents if a["undeclared"]}
    return done.code, found


def as_of_before(project: Project) -> None:
    """The state as a version wrote it that did not remember what no file names."""
    path = project.root / "reconciler.state.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["format_version"] = "1.0"
    for page in content["environments"].values():
        for entry in page["objects"].values():
            entry.pop("undeclared", None)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("shape=G3")


@pytest.fixture
def applied(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    project.on(server.url).agent("front-desk", SPEC)
    return shelf("applied", project, server, project.apply)


EDITS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a switch and a language": ({"lang": "en", "realTime": True}, ["lang", "realTime"]),
    "a leaf of an object": ({"tools": {"smartCallEnd": True}}, ["tools.smartCallEnd"]),
    "a list": ({"pokeMessages": ["Hm?"]}, ["pokeMessages"]),
    "a map": ({"params": {"caller": "you"}}, ["params"]),
    "null to a text": ({"outcome": "Summarise."}, ["outcome"]),
    "a number": ({"maxCallDuration": 301}, ["maxCallDuration"]),
    "a text to empty": ({"preamble": ""}, ["preamble"]),
    "another spelling": ({"noiseCancellation": "telephony_optimized"}, []),
    "the same number": ({"maxCallDuration": 300.0}, []),
}


@pytest.mark.parametrize("edit", EDITS)
def test_every_undeclared_field_that_changed_is_drift(
    applied: Project, server: RunningServer, edit: str
) -> None:
    fields, paths = EDITS[edit]
    assert undeclared(applied) == (0, {})
    edit_live(server, **fields)
    assert undeclared(applied) == (2 if paths else 0, {"front-desk": paths} if paths else {})


def test_declared_and_undeclared_drift_are_reported_apart(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, greetingMessage="Hey", lang="en")
    (agent,) = applied.run("drift", "--format", "json").json["agents"]
    assert [one["path"] for one in agent["drift"]] == ["greetingMessage"]
    assert [one["path"] for one in agent["undeclared"]] == ["lang"]
    assert agent["undeclared"][0]["live"] == "en"


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit"])
def test_the_class_has_a_name_in_every_format(
    applied: Project, server: RunningServer, name: str
) -> None:
    edit_live(server, lang="en")
    kept = applied.root / "report"
    done = applied.run("drift", "--report", f"{name}={kept}") if name != "text" else None
    told = kept.read_text("utf-8") if done else applied.run("drift").out
    assert "changed live, declared in no file" in told


def test_the_value_before_comes_from_the_history_if_it_has_it(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    applied.apply()  # the history keeps the former values of the agent
    edit_live(server, lang="en")
    (agent,) = applied.run("drift", "--format", "json").json["agents"]
    assert (agent["undeclared"][0]["applied"], agent["undeclared"][0]["live"]) == ("ar", "en")
    assert '~ lang: "ar" → "en"  [undeclared]' in applied.run("drift").out


def test_an_apply_of_another_field_hides_no_drift(applied: Project, server: RunningServer) -> None:
    edit_live(server, lang="en")
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    assert applied.apply().code == 0
    assert undeclared(applied) == (2, {"front-desk": ["lang"]})


def test_a_plan_mentions_undeclared_changes_in_a_line_and_keeps_its_exit_code(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, lang="en", realTime=True)
    done = applied.run("plan", "--detailed-exitcode")
    line = "Changed live, declared in no file: 2 fields of 1 agent; reconciler drift shows them\n"
    assert (done.code, line in done.out) == (0, True), done.out


def test_a_field_that_a_file_dropped_is_still_compared(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {"agentName": "Front desk", "greetingMessage": "Hello"})
    edit_live(server, silenceThreshold=500)
    assert undeclared(applied) == (2, {"front-desk": ["silenceThreshold"]})
    assert applied.apply().code == 0
    assert undeclared(applied) == (2, {"front-desk": ["silenceThreshold"]})


# Secrets


def test_an_undeclared_secret_drifts_only_if_set_or_unset(project: Project, serve: Serve) -> None:
    server = serve("shape=G1")
    project.on(server.url).agent("front-desk", SPEC)
    project.apply()
    edit_live(server, googleCalendarSettings=CALENDAR)
    done = project.run("drift", "--format", "json")
    (agent,) = done.json["agents"]
    found = {one["path"]: one for one in agent["undeclared"]}
    token = found["googleCalendarSettings.accessToken"]
    assert (token["sensitive"], token["live"]) == (True, None)
    assert found["googleCalendarSettings.calendarName"]["live"] == "Visits"
    assert "planted" not in done.out + project.run("drift").out
    assert project.run("drift", "--accept").code == 0
    text = state(project)["undeclared"]
    assert "googleCalendarSettings.accessToken=+" in text.split()
    edit_live(server, googleCalendarSettings={**CALENDAR, "accessToken": "planted-refreshed"})
    assert undeclared(project) == (0, {})


def test_a_sent_leaf_that_is_never_shown_is_no_drift(project: Project, serve: Serve) -> None:
    flags = {"googleCalendar": True, "genderDetection": True, "smartCallEnd": True}
    project.on(serve("shape=G1").url).agent("front-desk", {**SPEC, "tools": flags})
    assert project.apply().code == 0
    project.agent("front-desk", SPEC)
    for _ in range(2):
        assert undeclared(project) == (0, {})
        assert project.apply().code == 0
    assert project.run("plan").out.startswith("No changes")


def test_what_was_a_secret_leaves_no_digest_that_could_be_guessed(
    project: Project, server: RunningServer
) -> None:
    project.env["TOK"] = "planted-pin-1234"
    project.on(server.url).agent("front-desk", {**SPEC, "outcome": {"$secret": "TOK"}})
    assert project.apply().code == 0
    assert "outcome=" not in state(project)["undeclared"]
    project.agent("front-desk", SPEC)
    assert project.apply().code == 0
    assert project.run("drift", "--accept").code == 0
    assert "outcome=" not in state(project)["undeclared"]


@pytest.mark.parametrize("ignore", [["outcome"], [{"field": "outcome", "reason": "A/B"}]])
def test_a_secret_that_is_left_to_the_dashboard_is_not_digested_either(
    project: Project, server: RunningServer, ignore: list[Any]
) -> None:
    project.env["TOK"] = "planted-pin-1234"
    spec = {**SPEC, "outcome": {"$secret": "TOK"}}
    project.on(server.url).agent("front-desk", spec, lifecycle={"ignore": ignore})
    assert project.apply().code == 0
    assert "outcome=" not in state(project)["undeclared"]


# What is expected, and what does not count


@pytest.mark.parametrize("how", ["lifecycle", "option", "project", "project's list"])
def test_ignored_fields_do_not_drift(applied: Project, server: RunningServer, how: str) -> None:
    options: tuple[str, ...] = ()
    if how == "lifecycle":
        applied.agent("front-desk", SPEC, lifecycle={"ignore": ["lang"]})
    elif how == "option":
        options = ("--ignore", "lang")
    else:
        rule = "undeclared: ignore" if how == "project" else "ignore: [lang]"
        applied.write("reconciler.yaml", f"drift: {{ {rule} }}\n")
    edit_live(server, lang="en")
    assert undeclared(applied, *options) == (0, {})
    assert ("declared in no file" in applied.run("plan").out) is (how == "option")


def test_a_mistake_in_the_projects_rule_is_reported(applied: Project) -> None:
    applied.write("reconciler.yaml", "drift: { undeclared: off, others: 1 }\n")
    done = applied.run("drift")
    assert done.code == 1
    assert "drift.undeclared" in done.err
    assert "drift.others" in done.err


def seen(**payload: Any) -> Live:
    return decoding.decode(AGENT_V1, {"id": "1", "projectId": "p", "agentName": "Desk", **payload})


@pytest.mark.parametrize(
    ("then", "now", "moved", "unknown"),
    [
        ({"maxTurns": 5}, {"maxTurns": 6}, ["maxTurns"], []),
        ({"maxTurns": 5}, {}, ["maxTurns"], []),
        ({"maxTurns": None}, {}, [], []),
        ({"tools": {"new": 1}}, {"tools": {"new": 2}}, ["tools.new"], []),
        ({"projectId": "p"}, {"projectId": "q", "updatedAt": "later"}, [], []),
        ({}, {"maxTurns": 5}, [], ["maxTurns"]),
        ({}, {"lang": "ar"}, [], ["lang"]),
        ({"lang": "ar"}, {}, ["lang"], []),
        ({"lang": "ar"}, {"lang": None}, ["lang"], []),
        ({"lang": None}, {}, [], []),
    ],
)
def test_a_leaf_newly_shown_is_unknown_and_one_no_longer_shown_changed(
    then: dict[str, Any], now: dict[str, Any], moved: list[str], unknown: list[str]
) -> None:
    remembered = undeclared_.learned((), seen(**then), None)
    known = Applied(kind=AGENT_V1, id="1", digests={}, undeclared=remembered)
    desired = Desired(kind=AGENT_V1, key="desk", file="desk.yaml", fields={})
    found = undeclared_.compared(desired, seen(**now), known)
    assert [change.path for change in found.moved] == moved
    assert list(found.unknown) == unknown


# A state file from before, and accepting


def test_a_state_from_before_says_not_known_yet_until_the_next_apply(
    applied: Project, server: RunningServer
) -> None:
    as_of_before(applied)
    edit_live(server, lang="en")
    done = applied.run("drift", "--format", "json")
    (agent,) = done.json["agents"]
    assert (done.code, agent["undeclared"]) == (0, [])
    assert {"lang", "interrupt", "params"} <= {*agent["not_known_yet"]}
    assert "with fields not known yet" in done.json["summary"]
    assert "In sync; apply brings the state up to date: front-desk" in applied.run("plan").out
    assert applied.apply().code == 0
    assert undeclared(applied) == (0, {})
    edit_live(server, lang="ar")
    assert undeclared(applied) == (2, {"front-desk": ["lang"]})


def test_a_state_from_before_is_learned_by_accepting(
    applied: Project, server: RunningServer
) -> None:
    as_of_before(applied)
    before = state(applied)
    done = applied.run("drift", "--accept")
    assert (done.code, "1 agent accepted" in done.out) == (0, True)
    after = state(applied)
    assert {**after, "undeclared": None} == {**before, "undeclared": None}
    assert undeclared(applied) == (0, {})
    assert applied.run("plan").out.startswith("No changes")


def test_accepting_never_hides_what_the_files_name(applied: Project, server: RunningServer) -> None:
    edit_live(server, lang="en", greetingMessage="Hey")
    done = applied.run("drift", "--accept")
    assert done.code == 2
    assert undeclared(applied) == (2, {})
    assert "greetingMessage" in applied.run("drift").out


def test_accepting_takes_what_is_chosen_alone(applied: Project, server: RunningServer) -> None:
    applied.agent("two", {"agentName": "Two"})
    assert applied.apply().code == 0
    for name in ("Front desk", "Two"):
        edit_live(server, name, lang="en")
    assert applied.run("drift", "--accept", "--target", "two").code == 0
    assert undeclared(applied) == (2, {"front-desk": ["lang"]})


def test_a_newly_declared_field_is_a_conflict_if_it_changed_live(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**SPEC, "lang": "en", "realTime": True})
    edit_live(server, realTime=False, maxCallDuration=100)
    assert applied.changes() == [
        'front-desk: lang "ar" -> "en" (edit)',
        "front-desk: realTime false -> true (edit)",
    ]
    edit_live(server, preamble="Live.")
    applied.agent("front-desk", {**SPEC, "preamble": "File."})
    assert applied.changes() == ['front-desk: preamble "Live." -> "File." (conflict)']
    assert applied.apply().code == 4


# Every way into the state

Way = Callable[[Project, RunningServer], object]


def imported(project: Project, server: RunningServer) -> None:
    server.app.state.store.add(SPEC)
    assert project.run("import", "--all", "--key", "front-desk").code == 0


def found(project: Project, server: RunningServer) -> None:
    """By its name: nothing to write, only to remember."""
    server.app.state.store.add(SPEC)
    project.agent("front-desk", SPEC)
    assert project.apply().code == 0


def saved_plan(project: Project, server: RunningServer) -> None:
    """The live values at the time of the apply count, not those at the time of the plan."""
    server.app.state.store.add({**SPEC, "lang": "en"})
    project.agent("front-desk", SPEC)
    assert project.run("plan", "--out", "p.json").code == 0
    edit_live(server, lang="ar")
    assert project.run("apply", "p.json").code == 0


def pulled(project: Project, server: RunningServer) -> None:
    project.agent("front-desk", SPEC)
    assert project.apply().code == 0
    as_of_before(project)
    edit_live(server, greetingMessage="Hey")
    assert project.run("pull", "--yes").code == 0


def rolled_back(project: Project, server: RunningServer) -> None:
    project.agent("front-desk", SPEC)
    assert project.apply().code == 0
    project.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    assert project.apply().code == 0
    as_of_before(project)
    assert project.run("rollback", "--auto-approve").code == 0
    project.agent("front-desk", SPEC)


WAYS: dict[str, Way] = {
    "import": imported,
    "an agent in sync": found,
    "a saved plan": saved_plan,
    "pull": pulled,
    "rollback": rolled_back,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_entry_remembers_what_no_file_names(
    project: Project, server: RunningServer, way: str
) -> None:
    WAYS[way](project.on(server.url), server)
    assert undeclared(project) == (0, {})
    if way == "import":  # its file names nearly everything
        project.agent("front-desk", SPEC)
    edit_live(server, lang="en", voiceId="v-2")
    code, moved = undeclared(project)
    assert (code, set(moved["front-desk"])) == (2, {"lang", "voiceId"})


# Declaring it


def test_pull_leaves_undeclared_fields_and_shows_both_remedies(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, lang="en")
    before = (applied.root / "agents/front-desk.yaml").read_text("utf-8")
    done = applied.run("pull", "--yes")
    assert (done.code, "--undeclared declares it, drift --accept" in done.out) == (4, True)
    assert (applied.root / "agents/front-desk.yaml").read_text("utf-8") == before


@pytest.mark.parametrize("how", ["option", "terminal"])
def test_pull_can_declare_it_in_place(applied: Project, server: RunningServer, how: str) -> None:
    path = applied.write(
        "agents/front-desk.yaml",
        "# the desk\nspec:\n  agentName: Front desk # its name\n  greetingMessage: Hello\n"
        "  silenceThreshold: 800\n",
    )
    edit_live(server, lang="en", tools={"smartCallEnd": True, "genderDetection": False})
    if how == "option":
        done = applied.run("pull", "--yes", "--undeclared")
    else:
        done = applied.run("pull", answer="y\ny\n")
    assert done.code == 0, done.out + done.err
    assert path.read_text("utf-8") == (
        "# the desk\nspec:\n  agentName: Front desk # its name\n  greetingMessage: Hello\n"
        "  silenceThreshold: 800\n  lang: en\n  tools:\n    smartCallEnd: true\n"
    )
    assert applied.changes() == []
    assert undeclared(applied) == (0, {})
    edit_live(server, lang="ar")
    assert applied.changes() == ['front-desk: lang "ar" -> "en" (drift)']


def test_if_there_are_several_environments_it_is_declared_for_one(
    project: Project, server: RunningServer
) -> None:
    key = "api_key: { $secret: KEY }"
    project.env["KEY"] = "sandbox"
    places = f"  here: {{ url: '{server.url}', {key} }}\n  there: {{ url: sandbox }}\n"
    project.write("reconciler.yaml", f"default_environment: here\nenvironments:\n{places}")
    path = project.agent("front-desk", SPEC)
    assert project.apply().code == 0
    edit_live(server, lang="en")
    assert project.run("pull", "--yes", "--undeclared").code == 0
    assert path.read_text("utf-8").endswith("environments:\n  here:\n    lang: en\n")
    assert project.changes() == []


def test_values_that_no_file_can_declare_are_left_with_the_reason(
    project: Project, serve: Serve
) -> None:
    server = serve("shape=G1")
    project.on(server.url).agent("front-desk", SPEC)
    project.apply()
    edit_live(server, googleCalendarSettings=CALENDAR)
    done = project.run("pull", "--yes", "--undeclared", "--format", "json")
    left = {one["path"]: one["reason"] for one in done.json["edits"] if not one["taken"]}
    assert done.code == 4
    assert set(left) == {f"googleCalendarSettings.{n}" for n in ("accessToken", "refreshToken")}
    assert "planted" not in done.out
    assert undeclared(project)[1] == {"front-desk": sorted(left)}

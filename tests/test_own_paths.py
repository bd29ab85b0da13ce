"""A field of the table is readable if an API shows it, whatever the page says."""

from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.store import Record
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.cli

WEEK = {"Monday": [{"from": "09:00", "to": "12:00"}]}
FLAGS = {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True}
CALENDAR = {
    "calendarId": "c-1",
    "calendarName": "Clinic",
    "eventTitle": "Visit",
    "meetingDuration": 30,
    "timezone": "Asia/Riyadh",
    "freeSlots": WEEK,
}
TOKENS = {"accessToken": {"$secret": "ACCESS"}, "refreshToken": {"$secret": "REFRESH"}}
SPEC = {
    "agentName": "Desk",
    "tools": FLAGS,
    "googleCalendarSettings": {**CALENDAR, **TOKENS},
}
ELSEWHERE: dict[str, Any] = {
    "tools.googleCalendar": False,
    "tools.genderDetection": True,
    "tools.smartCallEnd": False,
    "googleCalendarSettings.calendarId": "c-2",
    "googleCalendarSettings.calendarName": "Ward",
    "googleCalendarSettings.eventTitle": "Call",
    "googleCalendarSettings.meetingDuration": 45,
    "googleCalendarSettings.timezone": "Asia/Dubai",
    "googleCalendarSettings.freeSlots": {"Tuesday": WEEK["Monday"]},
}
"""Every row that some generation hides, with the value that the dashboard sets."""


@pytest.fixture(params=["G1", "G3"])
def server(request: pytest.FixtureRequest, serve: Serve) -> RunningServer:
    return serve(f"own_paths=yes&shape={request.param}")


@pytest.fixture
def applied(project: Project, server: RunningServer) -> Project:
    project.on(server.url).env |= {"ACCESS": "planted-access", "REFRESH": "planted-refresh"}
    project.agent("desk", SPEC)
    done = project.apply()
    assert done.code == 0, done.out + done.err
    return project


def named(server: RunningServer, name: str) -> Record:
    (found,) = [one for one in server.app.state.store.records() if one.fields["agentName"] == name]
    return found


def edit(server: RunningServer, path: str, value: Any, name: str = "Desk") -> None:
    """What the dashboard does."""
    record = named(server, name)
    top, leaf = path.split(".")
    inner = {**record.fields[top], leaf: value}
    server.app.state.store.update(record.id, {**record.fields, top: inner})


def live(server: RunningServer, path: str, name: str = "Desk") -> Any:
    record = named(server, name)
    top, leaf = path.split(".")
    return record.fields[top][leaf]


@pytest.fixture
def moved(project: Project, server: RunningServer) -> Project:
    """An agent for each row, all of them applied; then the dashboard set its row."""
    project.on(server.url).env |= {"ACCESS": "planted-access", "REFRESH": "planted-refresh"}
    for path in ELSEWHERE:
        project.agent(key_of(path), {**SPEC, "agentName": path})
    done = project.apply()
    assert done.code == 0, done.out + done.err
    for path, value in ELSEWHERE.items():
        edit(server, path, value, path)
    return project


def key_of(path: str) -> str:
    return path.lower().replace(".", "-")


def test_a_row_that_is_shown_at_its_own_path_is_compared_like_any_other(
    moved: Project, server: RunningServer
) -> None:
    planned = {
        action["key"]: [(one["path"], one["readable"], one["cause"]) for one in action["changes"]]
        for action in moved.plan()["actions"]
    }
    assert planned == {key_of(path): [(path, True, "drift")] for path in ELSEWHERE}
    drifted = moved.run("drift", "--format", "json")
    agents = {one["key"]: [d["path"] for d in one["drift"]] for one in drifted.json["agents"]}
    assert (drifted.code, agents) == (2, {key_of(path): [path] for path in ELSEWHERE})
    done = moved.apply()
    assert (done.code, "cannot be read back" in done.out) == (0, False), done.out
    week = {**WEEK, "Tuesday": []}
    wanted = {f"tools.{name}": flag for name, flag in FLAGS.items()}
    wanted |= {f"googleCalendarSettings.{name}": value for name, value in CALENDAR.items()}
    wanted["googleCalendarSettings.freeSlots"] = week
    assert {path: live(server, path, path) for path in ELSEWHERE} == wanted
    assert moved.run("plan", "--detailed-exitcode").code == 0


def test_what_the_dashboard_set_there_can_be_pulled(moved: Project) -> None:
    done = moved.run("pull", "--auto-approve", "--format", "json")
    taken = {(one["key"], one["path"]) for one in done.json["edits"] if one["taken"]}
    assert (done.code, taken) == (0, {(key_of(path), path) for path in ELSEWHERE})
    kinds = {action["action"] for action in moved.plan()["actions"]}
    assert (kinds, moved.run("drift").code) == ({"in-sync"}, 0)


@pytest.mark.parametrize("flag", FLAGS)
def test_one_flag_alone_can_be_declared_if_the_others_are_shown(
    project: Project, server: RunningServer, flag: str
) -> None:
    server.app.state.store.add({"agentName": "Desk", "tools": FLAGS})
    project.on(server.url).agent("desk", {"agentName": "Desk", "tools": {flag: not FLAGS[flag]}})
    done = project.apply()
    assert done.code == 0, done.out
    (record,) = server.app.state.store.records()
    assert record.fields["tools"] == {**FLAGS, flag: not FLAGS[flag]}


def test_tokens_that_are_shown_there_are_secrets_as_ever(
    applied: Project, server: RunningServer
) -> None:
    edit(server, "googleCalendarSettings.accessToken", "planted-live-token")
    runs = [
        applied.run(*argv)
        for argv in [("plan",), ("drift", "--format", "json"), ("import", "--all", "-q")]
    ]
    applied.agent("desk", {**SPEC, "greetingMessage": "Hi"})
    runs.append(applied.apply("--format", "json"))
    files = [path.read_text() for path in applied.root.rglob("*") if path.is_file()]
    assert "planted" not in "\n".join([*files, *(run.out + run.err for run in runs)])


def test_a_state_from_an_api_that_hid_the_flag_shows_drift_of_it(
    project: Project, serve: Serve
) -> None:
    hiding = serve()
    project.on(hiding.url).agent("desk", {"agentName": "Desk", "tools": FLAGS})
    assert project.apply().code == 0
    (record,) = hiding.app.state.store.records()
    showing = serve("own_paths=yes")
    showing.app.state.store.seed([record])
    project.on(showing.url)
    assert project.changes() == []
    edit(showing, "tools.googleCalendar", value=False)
    assert project.changes() == ["desk: tools.googleCalendar false -> true (drift)"]

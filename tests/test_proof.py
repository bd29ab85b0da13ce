"""What a write proves, and fields that it changed without setting them. Real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project, Run
from tests.rivals import Deed, Rival, edits, running

pytestmark = pytest.mark.cli

FLAGS = {"googleCalendar": False, "genderDetection": False, "smartCallEnd": False}
OTHER_FLAGS = {"googleCalendar": True, "genderDetection": True, "smartCallEnd": True}
KEYS = [f"agent-{number:02}" for number in range(13)]


def statuses(done: Run) -> list[str]:
    return [one["status"] for one in done.json["outcomes"]]


def digests(project: Project, key: str = "desk") -> dict[str, str]:
    text = (project.root / "reconciler.state.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)["environments"]["default"]["objects"][f"agent/{key}"][
        "digests"
    ]
    return found


def patched(server: RunningServer) -> int:
    return sum(request.method == "PATCH" for request in server.app.state.requests)


# A write that changes fields that it did not set stops the run


def fleet(project: Project, server: RunningServer, keys: list[str] = KEYS) -> Project:
    """Applied agents with a voice that no file names, and an edit of each file."""
    project.on(server.url)
    for key in keys:
        project.agent(key, {"agentName": key, "greetingMessage": "Hello"})
    assert project.apply().code == 0
    for one in server.app.state.store.records():
        server.app.state.store.update(one.id, {**one.fields, "silenceThreshold": 650, "lang": "en"})
    for key in keys:
        project.agent(key, {"agentName": key, "greetingMessage": "Welcome"})
    server.app.state.requests.clear()
    return project


def test_an_api_that_clears_what_is_left_out_costs_one_agent(
    project: Project, serve: Serve
) -> None:
    server = serve("patch=wipe")
    fleet(project, server)
    done = project.apply("--format", "json")
    assert (done.code, patched(server)) == (3, 1)
    assert statuses(done) == ["diverged", *["not started"] * 12]
    first, second = done.json["outcomes"][:2]
    assert {(d["path"], d["expected"], d["found"]) for d in first["differences"]} == {
        ("lang", "en", "ar"),
        ("silenceThreshold", 650, 800),
    }
    assert "either this API clears what a write leaves out, or somebody edited" in first["hint"]
    assert "`reconciler rollback -e default --target agent-00`" in first["hint"]
    assert "the write of `agent-00` moved fields that it did not set" in second["message"]


def test_the_undo_that_is_shown_restores_what_was_cleared(project: Project, serve: Serve) -> None:
    server = serve("patch=wipe")
    fleet(project, server)
    before = {one.id: one.fields for one in server.app.state.store.records()}
    assert project.apply().code == 3
    project.run("rollback", "-e", "default", "--target", "agent-00", "--auto-approve")
    after = {one.id: one.fields for one in server.app.state.store.records()}
    assert after == before


@pytest.mark.parametrize(
    ("nth", "parallelism", "started"),
    [(1, 10, 1), (3, 1, 3), (13, 10, 13), (2, 4, 5)],
    ids=["the first", "a later one", "the last", "with others in flight"],
)
def test_whichever_write_shows_it_no_further_agent_is_started(
    project: Project, nth: int, parallelism: int, started: int
) -> None:
    with running("latency=20") as (server, _):
        fleet(project, server)
        faults = server.app.state.faults
        agent_id = server.app.state.store.records()[nth - 1].id
        faults.add(f"PATCH:touch:1:*/{agent_id}")
        done = project.apply("--format", "json", "--parallelism", str(parallelism))
        found = statuses(done)
        assert (done.code, found.count("diverged")) == (3, 1)
        assert patched(server) <= started
        assert found.count("not started") == len(KEYS) - patched(server)


def test_creates_wait_for_the_updates_and_are_not_started_after_such_a_write(
    project: Project, serve: Serve
) -> None:
    server = serve("patch=wipe")
    fleet(project, server, KEYS[:1])
    project.agent("a-new-one", {"agentName": "New"})
    project.agent("z-new-one", {"agentName": "Newer"})
    done = project.apply("--format", "json")
    assert (done.code, statuses(done)) == (3, ["not started", "diverged", "not started"])
    assert len(server.app.state.store.records()) == 1


@pytest.mark.parametrize("fault", ["PATCH:400", "PATCH:trim", "PATCH:404"])
def test_another_failure_of_the_first_write_stops_no_other(
    project: Project, serve: Serve, fault: str
) -> None:
    server = serve()
    project.on(server.url)
    for key in KEYS[:4]:
        project.agent(key, {"agentName": key, "greetingMessage": "Hello"})
    assert project.apply().code == 0
    for key in KEYS[:4]:
        project.agent(key, {"agentName": key, "greetingMessage": "Welcome "})
    server.app.state.faults.add(fault)
    done = project.apply("--format", "json")
    assert (done.code, statuses(done)[1:]) == (3, ["done"] * 3)


# A write that nothing proves is not remembered


@pytest.fixture
def desk(project: Project, request: pytest.FixtureRequest, serve: Serve) -> Project:
    project.on(serve(getattr(request, "param", "")).url).env["WORD"] = "the first word"
    return project


SECRET = {"$secret": "WORD"}
UNREADABLE = [
    pytest.param("", {"tools": FLAGS}, {"tools": OTHER_FLAGS}, id="flags that no page shows"),
    pytest.param("", {"outcome": SECRET}, {"outcome": SECRET}, id="a text by $secret"),
    pytest.param(
        "shape=G3",
        {"webhookAuth": {"authKey": "Token", "authSecret": SECRET}},
        {"webhookAuth": {"authKey": "Token", "authSecret": SECRET}},
        id="a field that is a secret",
    ),
]


def edited(project: Project, before: dict[str, Any], after: dict[str, Any], **more: Any) -> None:
    """Apply the first value, then write the second into the file and the environment."""
    spec = {"agentName": "Desk", "greetingMessage": "Hello"}
    project.agent("desk", {**spec, **before})
    assert project.apply().code == 0
    project.env["WORD"] = "the second word"
    project.agent("desk", {**spec, **after, **more})


@pytest.mark.parametrize(("switches", "before", "after"), UNREADABLE)
@pytest.mark.parametrize("more", [{}, {"greetingMessage": "Welcome"}], ids=["alone", "with others"])
def test_what_an_ignored_write_sent_is_not_remembered_as_applied(
    project: Project,
    serve: Serve,
    switches: str,
    before: dict[str, Any],
    after: dict[str, Any],
    more: dict[str, Any],
) -> None:
    server = serve(switches)
    project.on(server.url).env["WORD"] = "the first word"
    edited(project, before, after, **more)
    planned = project.changes()
    server.app.state.faults.add("PATCH:ignore")
    done = project.apply("--format", "json")
    assert (done.code, statuses(done)) == (3, ["diverged" if more else "unknown"])
    if not more:
        assert "`updatedAt` did not move" in done.json["outcomes"][0]["message"]
    assert [line.split()[1] for line in project.changes()] == [one.split()[1] for one in planned]
    assert project.apply().code == 0
    assert project.changes() == []


@pytest.mark.parametrize(("switches", "before", "after"), UNREADABLE)
def test_an_api_without_updated_at_gives_no_sign(
    project: Project, serve: Serve, switches: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    server = serve(f"{switches}&updated_at=no")
    project.on(server.url).env["WORD"] = "the first word"
    edited(project, before, after)
    server.app.state.faults.add("PATCH:ignore")
    done = project.apply()
    assert (done.code, "cannot be read back" in done.out) == (0, True)


@pytest.mark.parametrize("switches", ["", "updated_at=no"])
def test_a_secret_that_was_not_proven_is_sent_again_also_after_the_file_went_back(
    project: Project, serve: Serve, switches: str
) -> None:
    server = serve(switches)
    project.on(server.url).env["WORD"] = "the first word"
    edited(project, {"outcome": SECRET}, {"outcome": SECRET}, greetingMessage="Welcome ")
    server.app.state.faults.add("PATCH:trim")
    assert project.apply().code == 3
    project.env["WORD"] = "the first word"
    assert "desk: outcome (sensitive) (edit)" in project.changes()
    project.agent("desk", {"agentName": "Desk", "greetingMessage": "Hello", "outcome": "typed"})
    assert "desk: outcome (sensitive) (edit)" in project.changes()  # a secret may still be live


# The gap between the look and the write, and after it


@pytest.fixture
def gap() -> Iterator[tuple[RunningServer, Rival]]:
    with running() as started:
        yield started


CALENDAR = {
    "accessToken": {"$secret": "ACCESS"},
    "refreshToken": {"$secret": "REFRESH"},
    "timezone": "Asia/Riyadh",
}


def in_gap(
    project: Project, gap: tuple[RunningServer, Rival], moment: int, deed: Deed, *faults: str
) -> Run:
    """Apply another time zone while somebody acts; no file has a title."""
    server, rival = gap
    project.on(server.url).env |= {"ACCESS": "planted-a", "REFRESH": "planted-b"}
    project.agent("desk", {"agentName": "Desk", "googleCalendarSettings": CALENDAR})
    assert project.apply().code == 0
    moved = {**CALENDAR, "timezone": "Asia/Dubai"}
    project.agent("desk", {"agentName": "Desk", "googleCalendarSettings": moved})
    project.run("plan", "--out", "p.plan.json")
    rival.start({("read", moment): deed})
    for fault in faults:
        server.app.state.faults.add(fault)
    return project.run("apply", "p.plan.json", "--format", "json")


def title(text: str) -> Deed:
    def deed(rival: Rival) -> None:
        (record,) = rival.everything()
        settings = {**record.fields["googleCalendarSettings"], "eventTitle": text}
        rival.edit("Desk", googleCalendarSettings=settings)

    return deed


LOOK, PATCHED, BACK = 1, 2, 4  # a PATCH of the sandbox reads twice
DEFAULT = "New meeting by {agentName}"


def test_a_field_that_no_file_names_and_that_changes_around_a_write_is_shown_with_both_values(
    project: Project, gap: tuple[RunningServer, Rival]
) -> None:
    done = in_gap(project, gap, PATCHED, edits("Desk", interrupt=True))
    (found,) = done.json["outcomes"]
    assert (done.code, found["status"]) == (3, "diverged")
    (difference,) = found["differences"]
    assert (difference["path"], difference["expected"], difference["found"]) == (
        "interrupt",
        False,
        True,
    )
    assert found["message"] == "moved although it was not sent: interrupt"


def test_a_sibling_that_changes_right_after_the_write_is_shown_as_sent_along(
    project: Project, gap: tuple[RunningServer, Rival]
) -> None:
    done = in_gap(project, gap, BACK, title("Visit"))
    (found,) = done.json["outcomes"]
    path = "googleCalendarSettings.eventTitle"
    assert found["message"] == f"moved although it was sent as it was: {path}"
    (difference,) = found["differences"]
    assert (difference["expected"], difference["found"]) == (DEFAULT, "Visit")
    assert (difference["sent"], difference["answered"]) == (False, DEFAULT)


def test_a_sibling_that_changes_before_the_read_makes_the_plan_stale(
    project: Project, gap: tuple[RunningServer, Rival]
) -> None:
    done = in_gap(project, gap, LOOK, title("Visit"))
    assert (done.code, statuses(done)) == (4, ["stale"])


@pytest.mark.parametrize("fault", ["PATCH:429", "PATCH:503", "PATCH:504", "PATCH:drop"])
def test_a_write_is_read_back_before_it_is_repeated(
    project: Project, gap: tuple[RunningServer, Rival], fault: str
) -> None:
    # Such a fault reads nothing: the second read is the look before the second try.
    done = in_gap(project, gap, 2, title("Visit"), fault)
    (record,) = gap[1].everything()
    assert record.fields["googleCalendarSettings"]["eventTitle"] == "Visit"
    assert (done.code, statuses(done)) == (4, ["stale"])
    assert "changed since the plan: `googleCalendarSettings.eventTitle`" in done.out


def test_an_edit_within_the_gap_of_one_request_is_not_seen(
    project: Project, gap: tuple[RunningServer, Rival]
) -> None:
    """No API call shows it: see docs/security.md."""
    done = in_gap(project, gap, PATCHED, title("Visit"))
    (record,) = gap[1].everything()
    assert (done.code, statuses(done)) == (0, ["done"])
    assert record.fields["googleCalendarSettings"]["eventTitle"] == DEFAULT


def test_a_write_that_was_done_though_its_answer_was_lost_is_repeated_and_proven(
    project: Project, gap: tuple[RunningServer, Rival]
) -> None:
    done = in_gap(project, gap, 99, title("never"), "PATCH:drop-after")
    assert (done.code, statuses(done)) == (0, ["done"])

"""Two machines that create the same agents: a twin is never called done. Real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project, Run
from tests.rivals import Rival, creates, running

pytestmark = pytest.mark.cli

KEYS = ["a", "b", "c", "d"]


@pytest.fixture
def rival() -> Iterator[tuple[RunningServer, Rival]]:
    with running() as started:
        yield started


@pytest.fixture
def project(project: Project, rival: tuple[RunningServer, Rival]) -> Project:
    project.on(rival[0].url)
    for key in KEYS:
        project.agent(key, {"agentName": key.upper(), "greetingMessage": "ours"})
    return project


def statuses(done: Run) -> dict[str, str]:
    return {one["key"]: one["status"] for one in done.json["outcomes"]}


def outcome(done: Run, key: str) -> Any:
    return next(one for one in done.json["outcomes"] if one["key"] == key)


def remembered(project: Project) -> list[str]:
    path = project.root / "reconciler.state.json"
    if not path.exists():
        return []
    pages = json.loads(path.read_text(encoding="utf-8"))["environments"]
    found = pages.get("default", {"objects": {}})["objects"]
    return sorted(one.removeprefix("agent/") for one in found)


# The plan reads the list once; the apply reads it before each round, and once at the end.
FREE, STOP = "done", "not started"
TIMES = [
    pytest.param(
        ("list", 2), "A", ("stale", FREE, FREE, FREE), 3, id="before the first look: no twin"
    ),
    pytest.param(
        ("list", 3), "C", (FREE, FREE, "stale", FREE), 3, id="before a later look: no twin"
    ),
    pytest.param(("create", 1), "A", ("unknown", STOP, STOP, STOP), 3, id="between look and POST"),
    pytest.param(("create", 2), "B", (FREE, "unknown", STOP, STOP), 3, id="in a later round"),
    pytest.param(("create", 2), "A", ("unknown", FREE, STOP, STOP), 3, id="after its own look"),
    pytest.param(("create", 4), "A", ("unknown", FREE, FREE, FREE), 3, id="at the very end"),
]


@pytest.mark.parametrize(("moment", "name", "expected", "code"), TIMES)
def test_two_of_a_name_are_unknown_whenever_the_other_one_appears(
    project: Project,
    rival: tuple[RunningServer, Rival],
    moment: tuple[str, int],
    name: str,
    expected: tuple[str, ...],
    code: int,
) -> None:
    _, store = rival
    store.start({moment: creates(name)})
    done = project.apply("--format", "json", "--parallelism", "1")
    assert (done.code, statuses(done)) == (code, dict(zip(KEYS, expected, strict=True)))
    ids = [one.id for one in store.named(name)]
    found = outcome(done, name.lower())
    twins = [len(store.named(key.upper())) for key in KEYS]
    assert max(twins) == (2 if "unknown" in expected else 1)
    if "unknown" in expected:
        assert all(one in found["message"] and f"`id: {one}`" in found["hint"] for one in ids)
    kept = [key for key, status in zip(KEYS, expected, strict=True) if status == FREE]
    assert remembered(project) == kept


def test_after_a_twin_the_next_plan_asks_which_one_is_meant(
    project: Project, rival: tuple[RunningServer, Rival]
) -> None:
    _, store = rival
    store.start({("create", 1): creates("A")})
    assert project.apply().code == 3
    asked = project.run("plan")
    assert (asked.code, "2 live agents have this name" in asked.err) == (1, True)
    project.agent("a", {"agentName": "A", "greetingMessage": "ours"}, id=store.named("A")[1].id)
    assert project.apply().code == 0
    assert remembered(project) == KEYS


@pytest.mark.parametrize(
    ("fault", "expected", "sent"),
    [
        ("GET:500:5:/v1/voice-agents", ("failed", "failed", "failed", "failed"), 0),
        ("GET:401:1:/v1/voice-agents", ("failed", "failed", "failed", "failed"), 0),
    ],
)
def test_if_the_list_cannot_be_read_before_a_create_nothing_is_sent(
    project: Project,
    rival: tuple[RunningServer, Rival],
    fault: str,
    expected: tuple[str, ...],
    sent: int,
) -> None:
    server, store = rival
    project.run("plan", "--out", "p.plan.json")
    server.app.state.faults.add(fault)
    done = project.run("apply", "p.plan.json", "--format", "json")
    assert (done.code, tuple(statuses(done).values()), len(store)) == (1, expected, sent)


def test_if_the_list_cannot_be_read_after_a_create_it_is_unknown_with_its_id(
    project: Project, rival: tuple[RunningServer, Rival]
) -> None:
    server, store = rival
    faults = server.app.state.faults
    store.start({("create", 1): lambda _: faults.add("GET:500:5:/v1/voice-agents")})
    done = project.apply("--format", "json")
    assert (done.code, outcome(done, "a")["status"]) == (3, "unknown")
    assert outcome(done, "a")["message"].startswith(f"created as {store.named('A')[0].id}; ")
    assert remembered(project) == []
    assert project.apply().code == 0
    assert [len(store.named(key.upper())) for key in KEYS] == [1, 1, 1, 1]


def test_a_lost_answer_and_two_of_the_name_afterwards_name_both(
    project: Project, rival: tuple[RunningServer, Rival]
) -> None:
    server, store = rival
    server.app.state.faults.add("POST:drop-after")
    store.start({("create", 1): creates("A")})
    found = outcome(project.apply("--format", "json"), "a")
    assert found["status"] == "unknown"
    assert all(one.id in found["message"] for one in store.named("A"))


@pytest.mark.parametrize(
    ("agents", "parallelism", "looks"), [(1, 10, 2), (21, 10, 4), (6, 1, 5), (90, 10, 8)]
)
def test_the_list_is_read_once_a_round_and_not_once_an_agent(
    project: Project, serve: Serve, agents: int, parallelism: int, looks: int
) -> None:
    server = serve()
    for key in KEYS:
        (project.root / f"agents/{key}.yaml").unlink()
    for number in range(agents):
        project.agent(f"n{number:02}", {"agentName": f"N{number}"})
    project.on(server.url).run("plan", "--out", "p.plan.json")
    server.app.state.requests.clear()
    done = project.run("apply", "p.plan.json", "--parallelism", str(parallelism))
    assert done.code == 0, done.out
    paths = [request.path for request in server.app.state.requests if request.method == "GET"]
    assert paths.count("/v1/voice-agents") == looks, "one of 90 is a count within a round"

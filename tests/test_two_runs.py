"""Two runs at once: on one machine one writes, the other fails or waits; nothing is lost.

On two machines, here two clones, both write: agents that both created are reported.
"""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project

KEYS = [f"agent-{number}" for number in range(6)]
BUSY = "another run of this project is writing on this machine"
LIMIT = 120
"""Seconds after which a run that does not end is a failure, however busy the machine."""


SLOW = 60
"""Milliseconds before each answer while two runs are to meet."""


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve()


@pytest.fixture
def project(project: Project, programs: Path, server: RunningServer, shelf: Shelf) -> Project:
    """Six agents that are applied, then edited in the files, and a plan of that."""
    project.on(server.url).program = programs / "reconciler"
    for key in KEYS:
        project.agent(key, declared(key, 800))
    shelf("applied", project, server, project.apply)
    for key in KEYS:
        project.agent(key, declared(key, 600))
    assert project.run("plan", "--out", "saved.plan.json").code == 0
    server.app.state.requests.clear()
    return project


def declared(key: str, silence: int) -> dict[str, Any]:
    return {"agentName": key, "greetingMessage": "Hello", "silenceThreshold": silence}


def started(project: Project, *argv: str, **env: str) -> "subprocess.Popen[str]":
    """A run, of a tool that is warm."""
    return subprocess.Popen(
        [project.program, *argv],
        cwd=project.root,
        env={"PATH": os.environ["PATH"], **project.env, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=LIMIT)
    return process.returncode, out, err


@dataclass
class First:
    """An apply that is stopped between two agents, so that the second run does meet it."""

    client: "subprocess.Popen[str]"
    pid: int

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def finished(self) -> None:
        """Let it go on to its end."""
        self.send(signal.SIGCONT)
        code, out, err = ended(self.client)
        assert (code, out.splitlines()[-1]) == (0, "Apply: 6 done."), err


def pid_of(file: Path) -> int:
    """0: nothing is in it yet."""
    return int((file.exists() and file.read_text()) or 0)


@pytest.fixture
def first(project: Project, server: RunningServer, tmp_path: Path) -> Iterator[First]:
    name = tmp_path / "pid"
    argv = ("apply", "--auto-approve", "--parallelism", "1")
    server.app.state.latency = SLOW
    client = started(project, *argv, WARM_PID=str(name))
    end = time.monotonic() + LIMIT
    while (
        not (writes(server) and pid_of(name)) and client.poll() is None and time.monotonic() < end
    ):
        time.sleep(0.01)
    run = First(client, pid_of(name))
    run.send(signal.SIGSTOP)
    server.app.state.latency = 0
    assert 0 < len(writes(server)) < len(KEYS)
    yield run
    with suppress(ProcessLookupError):
        run.send(signal.SIGKILL)
    client.communicate()


def after(first: First, project: Project, *argv: str) -> tuple[int, str, str]:
    """The result of a second run that waits for the first one."""
    second = started(project, *argv, "--lock-timeout", str(LIMIT))
    with suppress(subprocess.TimeoutExpired):
        second.wait(timeout=0.3)
    assert second.poll() is None, ended(second)
    first.finished()
    return ended(second)


def writes(server: RunningServer) -> list[str]:
    return [r.path for r in server.app.state.requests if r.method != "GET"]


def live(server: RunningServer) -> dict[str, dict[str, Any]]:
    return {one.fields["agentName"]: one.fields for one in server.app.state.store.records()}


def remembered(project: Project) -> list[str]:
    text = (project.root / "reconciler.state.json").read_text(encoding="utf-8")
    found = json.loads(text)["environments"]["default"]["objects"]
    return sorted(one.removeprefix("agent/") for one in found)


def settled(project: Project, server: RunningServer, *more: str) -> None:
    """Every agent is there once and in the state, and there is nothing left to do."""
    names = [one.fields["agentName"] for one in server.app.state.store.records()]
    assert sorted(names) == sorted([*KEYS, *more])
    assert remembered(project) == sorted([*KEYS, *more])
    plan = project.run("plan", "--detailed-exitcode", "--format", "json")
    kinds = {action["action"] for action in plan.json["actions"]}
    assert (plan.code, kinds) == (0, {"in-sync"}), plan.out


WRITERS = [
    ("apply", "--auto-approve"),
    ("apply", "saved.plan.json"),
    ("rollback", "--auto-approve"),
    ("import", "--all"),
    ("pull", "--auto-approve"),
    ("apply", "--auto-approve", "--lock-timeout", "0.1"),
]
READERS = [("plan",), ("drift",), ("validate",), ("history",)]


def test_during_a_running_apply_writers_are_refused_and_readers_go_on(
    project: Project, server: RunningServer, first: First
) -> None:
    """Writers at once, or after a wait that is too short; before they ask the API for anything."""
    seen = len(server.app.state.requests)
    runs = {argv: started(project, *argv) for argv in WRITERS}
    for argv, run in runs.items():
        code, out, err = ended(run)
        assert (code, out, BUSY in err) == (1, "", True), (argv, err)
    asked = [request.path for request in server.app.state.requests[seen:]]
    assert "/v1/voice-agents" not in asked
    runs = {argv: started(project, *argv) for argv in READERS}
    assert {argv: ended(run)[0] for argv, run in runs.items()} == dict.fromkeys(READERS, 0)
    first.finished()
    assert len(writes(server)) == len(KEYS)
    settled(project, server)


def test_an_apply_that_waits_has_nothing_left_to_do(
    project: Project, server: RunningServer, first: First
) -> None:
    second = after(first, project, "apply", "--auto-approve")
    assert second == (0, "No changes in default: 6 in sync.\n", "")
    assert len(writes(server)) == len(KEYS)
    settled(project, server)


def test_an_apply_that_waits_plans_afterwards_and_writes_what_is_its_own(
    project: Project, server: RunningServer, first: First
) -> None:
    project.agent(KEYS[0], declared(KEYS[0], 700))
    project.agent("new", declared("new", 800))
    second = after(first, project, "apply", "--auto-approve")
    assert second[0] == 0, second
    assert second[1].splitlines()[-1] == "Apply: 2 done."
    assert live(server)[KEYS[0]]["silenceThreshold"] == 700
    settled(project, server, "new")


def test_a_saved_plan_that_waits_is_refused_if_the_first_run_wrote(
    project: Project, server: RunningServer, first: First
) -> None:
    code, out, _ = after(first, project, "apply", "saved.plan.json")
    assert (code, out.splitlines()[-1]) == (4, "Apply: 6 stale.")
    assert len(writes(server)) == len(KEYS)
    settled(project, server)


def test_a_rollback_that_waits_rolls_back_the_apply_that_it_waited_for(
    project: Project, server: RunningServer, first: First
) -> None:
    second = after(first, project, "rollback", "--auto-approve")
    assert second[0] == 0, second
    assert {one["silenceThreshold"] for one in live(server).values()} == {800}
    assert remembered(project) == KEYS
    for key in KEYS:
        project.agent(key, declared(key, 800))
    settled(project, server)


def test_a_waiting_import_writes_only_agents_without_files(
    project: Project, server: RunningServer, first: First
) -> None:
    server.app.state.store.add(declared("stranger", 500))
    second = after(first, project, "import", "--all")
    assert second[0] == 0, second
    assert "silenceThreshold: 500" in (project.root / "agents/stranger.yaml").read_text()
    settled(project, server, "stranger")


def test_a_pull_that_waits_takes_the_live_edits_and_none_of_the_applys(
    project: Project, server: RunningServer, first: First
) -> None:
    for one in server.app.state.store.records():
        if one.fields["agentName"] == KEYS[-1]:
            server.app.state.store.update(one.id, {**one.fields, "greetingMessage": "Welcome"})
    second = after(first, project, "pull", "--auto-approve")
    assert second[0] == 0, second
    texts = {key: (project.root / f"agents/{key}.yaml").read_text() for key in KEYS}
    assert [key for key, text in texts.items() if "Welcome" in text] == [KEYS[-1]]
    assert all("silenceThreshold: 600" in text for text in texts.values())
    settled(project, server)


@pytest.mark.parametrize(
    "end", [signal.SIGCONT, signal.SIGKILL], ids=["the first ends", "the first is killed"]
)
def test_many_that_wait_go_one_after_the_other(
    project: Project, server: RunningServer, first: First, end: signal.Signals
) -> None:
    waiting = [
        started(project, "apply", "--auto-approve", "--lock-timeout", str(LIMIT)) for _ in range(3)
    ]
    first.send(end)
    assert [ended(one)[0] for one in waiting] == [0, 0, 0]
    ended(first.client)
    assert {one["silenceThreshold"] for one in live(server).values()} == {600}
    settled(project, server)


@pytest.mark.parametrize("between", [0.0, 0.2], ids=lambda seconds: f"{seconds} s apart")
def test_two_clones_that_create_the_same_agents_report_every_twin(
    tmp_path: Path, serve: Serve, programs: Path, between: float
) -> None:
    server = serve("latency=20")
    clones = [Project(tmp_path / name).on(server.url) for name in ("one", "other")]
    names = [f"New {number:02}" for number in range(12)]
    for clone in clones:
        clone.program = programs / "reconciler"
        for name in names:
            clone.agent(name.lower().replace(" ", "-"), {"agentName": name})
    runs = []
    for clone in clones:
        runs.append(started(clone, "apply", "--auto-approve", "--format", "json"))
        time.sleep(between)
    ends = [ended(run) for run in runs]
    found = [json.loads(out)["outcomes"] for _, out, _ in ends]
    live = Counter(one.fields["agentName"] for one in server.app.state.store.records())
    twins = {name for name, count in live.items() if count > 1}
    said = [{o["status"]: set() for o in outcomes} for outcomes in found]
    for statuses, outcomes in zip(said, found, strict=True):
        for one in outcomes:
            statuses[one["status"]].add(one["key"].replace("new-", "New "))
    assert twins <= set.union(*(statuses.get("unknown", set()) for statuses in said)), said
    assert not twins or 3 in {code for code, _, _ in ends}
    assert len(twins) < len(names)

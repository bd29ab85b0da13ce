"""A run that is killed with SIGKILL at any of its writes: the next run finishes it.

Run as a program, this file is a fork server: it imports the tool once, and for each point to die
at forks a process that dies there, and another that runs the tool again. Nothing in the tool
helps: what writes is replaced in the process that is to die.
"""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.state.appended import Appended
from reconciler.transport.sender import Http
from tests.projects import NOW, Project

ROOT = Path(__file__).parent.parent
STATE = "reconciler.state.json"

SENT, ANSWERED = "before a request is sent", "before the answer to a request is read"
WRITTEN, RENAMED = "before the state is replaced", "after the state is replaced"
LINE, HALF = "before a line of the history", "within a line of the history"
ENTRY, CUT = "before an entry is kept", "within an entry that is kept"


@dataclass(frozen=True)
class Fleet:
    """Agents to create, agents to update, and one that the state has forgotten."""

    created: int
    updated: int

    @property
    def keys(self) -> list[str]:
        return [f"agent-{number:04}" for number in range(self.created + self.updated + 1)]

    @property
    def new(self) -> list[str]:
        return self.keys[: self.created]

    @property
    def old(self) -> list[str]:
        return self.keys[self.created : -1]

    @property
    def points(self) -> dict[str, int]:
        """How often a run reaches each kind of point; a long one writes the state more often."""
        writes = self.created + self.updated
        lines = 2 * writes + 1  # one before each write, one after it, and the first one of the file
        written = {SENT: writes, ANSWERED: writes, WRITTEN: 1, RENAMED: 1}
        return written | {ENTRY: writes + 1, CUT: writes + 1, LINE: lines, HALF: lines}


FEW, MANY = Fleet(1, 2), Fleet(400, 599)


def prepared(root: Path, fleet: Fleet) -> Project:
    """A project with the agents of a fleet."""
    project = Project(root, {"WORD": "the secret word"})
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    forgotten = fleet.keys[-1]
    for key in [*fleet.old, forgotten]:
        project.agent(key, declared(fleet, key, 800))
    done = project.apply("--quiet")
    assert done.code == 0, f"{done.out}{done.err}"
    state = json.loads((root / STATE).read_text(encoding="utf-8"))
    del state["environments"]["sandbox"]["objects"][f"agent/{forgotten}"]
    project.write(STATE, json.dumps(state))
    for key in [*fleet.new, *fleet.old]:
        project.agent(key, declared(fleet, key, 600))
    return project


def declared(fleet: Fleet, key: str, silence: int) -> dict[str, Any]:
    """An agent; some hold values that no API shows, or secret ones."""
    spec: dict[str, Any] = {"agentName": key, "silenceThreshold": silence}
    if key in (fleet.new[-1], fleet.old[0]):
        flags = {"googleCalendar": False, "genderDetection": False, "smartCallEnd": silence < 800}
        spec["tools"] = flags
    if key in (fleet.new[0], fleet.old[-1]):
        spec["outcome"] = {"$secret": "WORD"}
    return spec


@dataclass
class Death:
    """Counts the points of a run, and ends the process at the ``nth`` of a kind."""

    kind: str
    nth: int
    counts: Counter[str] = field(default_factory=Counter)

    def due(self, kind: str) -> bool:
        self.counts[kind] += 1
        return kind == self.kind and self.counts[kind] == self.nth

    def at(self, kind: str) -> None:
        if self.due(kind):
            die()

    def waits(self) -> None:
        """Replace what writes by what counts first."""
        send, replace, add = Http.send, Path.replace, Appended.add

        async def counted(client: Any, request: httpx.Request, **options: Any) -> Any:
            if request.method == "GET":
                return await send(client, request, **options)
            self.at(SENT)
            response = await send(client, request, **options)
            self.at(ANSWERED)
            return response

        def replaced(path: Path, target: Path) -> Path:
            if not path.name.endswith(f".{STATE}"):
                return replace(path, target)
            self.at(WRITTEN)
            done = replace(path, target)
            self.at(RENAMED)
            return done

        def added(file: Appended, line: str, **more: Any) -> None:
            whole, half = (ENTRY, CUT) if file.path.name == "state.jsonl" else (LINE, HALF)
            self.at(whole)
            if self.due(half):
                with file.path.open("a") as opened:
                    opened.write(line[: len(line) // 2])
                die()
            add(file, line, **more)

        Http.send, Path.replace, Appended.add = counted, replaced, added


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def forked(work: Callable[[], Any]) -> int:
    """How a process of its own ended that did this work."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - nothing may get into the parent's code
            sys.stderr.write(f"{error!r}\n")
            os._exit(99)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def tried(template: Path, root: Path, kind: str, nth: int, *options: str) -> dict[str, Any]:
    """Die at a point of an apply; then apply, plan and look at the history."""
    shutil.copytree(template, root)
    project, said = Project(root, {"WORD": "the secret word"}), root.with_suffix(".json")

    def first() -> None:
        death = Death(kind, nth)
        death.waits()
        project.apply(*options)
        said.write_text(json.dumps(death.counts))

    def second() -> None:
        runs = {
            "apply": project.apply(*options),
            "plan": project.run("plan", "--detailed-exitcode", "--format", "json"),
            "history": project.run("history", "--format", "json"),
        }
        said.write_text(json.dumps({n: [r.code, r.out, r.err] for n, r in runs.items()}))

    ended = forked(first)
    counts = json.loads(said.read_text()) if ended == 0 else {}
    assert forked(second) == 0
    return {"ended": ended, "counts": counts, "runs": json.loads(said.read_text())}


Point = tuple[str, int, list[str]]
"""The kind, which one of its kind, and options of the apply."""


def serve(root: Path, fleet: Fleet, points: list[Point]) -> None:
    """Try all points; what became of each is written below ``root``."""
    project = prepared(root / "template", fleet)
    for command in ("plan", "history"):  # whatever is imported late is imported now
        assert project.run(command, "--format", "json").code == 0
    os.fsync = lambda handle: None  # the machine does not die, only a process
    gc.collect()
    gc.freeze()  # so that the forks do not copy what they only read
    for index, (kind, nth, options) in enumerate(points):
        found = tried(root / "template", root / f"{index}", kind, nth, *options)
        (root / f"{index}.json").write_text(json.dumps(found), encoding="utf-8")


def killed(
    root: Path, fleet: Fleet, points: list[Point], timeout: int = 300
) -> list[dict[str, Any]]:
    """What became of these points."""
    sizes = (str(fleet.created), str(fleet.updated))
    command = [sys.executable, "-m", "tests.test_killed", str(root), *sizes, json.dumps(points)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads((root / f"{n}.json").read_text()) for n in range(len(points))]


def whole(project: Path, fleet: Fleet) -> None:
    """Nothing is lost or left over: every agent once, the state complete, no rubbish."""
    live: dict[str, list[str]] = {}
    for path in (project / ".reconciler/sandbox/sandbox").glob("[0-9]*.json"):
        agent = json.loads(path.read_text(encoding="utf-8"))
        live.setdefault(agent["fields"]["agentName"], []).append(agent["id"])
    page = json.loads((project / STATE).read_text(encoding="utf-8"))["environments"]["sandbox"]
    assert {key: [entry["id"]] for key, entry in page["objects"].items()} == {
        f"agent/{key}": live[key] for key in fleet.keys
    }
    assert sorted(path.name for path in project.iterdir()) == [
        *(".reconciler", "agents", STATE, "reconciler.yaml")
    ]
    assert sorted(path.name for path in (project / ".reconciler").iterdir()) == [
        *(".gitignore", "cache", "history", "lock", "sandbox")
    ]


def finished(found: dict[str, Any], fleet: Fleet) -> None:
    """It died, and the run after it did the rest."""
    assert found["ended"] == -signal.SIGKILL
    (applied, _, told), (planned, plan, _), (listed, past, _) = found["runs"].values()
    assert (applied, planned, listed) == (0, 0, 0), told
    actions = {action["key"]: action["action"] for action in json.loads(plan)["actions"]}
    assert {key: actions[key] for key in fleet.keys} == dict.fromkeys(fleet.keys, "in-sync")
    assert all(apply["at"] == NOW for apply in json.loads(past)["applies"])


@pytest.mark.process
def test_a_run_killed_at_any_write_is_finished_by_the_next_one(tmp_path: Path) -> None:
    """One write after the other, and with many in flight; the points are all that a run writes."""
    one = ["--parallelism", "1"]
    points: list[Point] = [
        *((kind, nth, one) for kind, most in FEW.points.items() for nth in range(1, most + 1)),
        *((kind, min(2, most), []) for kind, most in FEW.points.items()),
    ]
    *died, ran = killed(tmp_path, FEW, [*points, ("nowhere", 0, one)])
    assert (ran["ended"], ran["counts"]) == (0, FEW.points)
    all_finished(tmp_path, FEW, points, died)
    whole(tmp_path / f"{len(points)}", FEW)


@pytest.mark.nightly
def test_a_run_of_a_thousand_agents_that_is_killed_is_finished_by_the_next_one(
    tmp_path: Path,
) -> None:
    """Half way through its writes, with many in flight; the state was written in between."""
    points: list[Point] = [(kind, most // 2 or 1, []) for kind, most in MANY.points.items()]
    all_finished(tmp_path, MANY, points, killed(tmp_path, MANY, points, timeout=3600))


def all_finished(root: Path, fleet: Fleet, points: list[Point], died: list[dict[str, Any]]) -> None:
    """What died at these points is whole after the next run."""
    for index, (point, found) in enumerate(zip(points, died, strict=True)):
        try:
            finished(found, fleet)
            whole(root / f"{index}", fleet)
        except AssertionError as error:
            raise AssertionError(point) from error


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Fleet(int(sys.argv[2]), int(sys.argv[3])), json.loads(sys.argv[4]))

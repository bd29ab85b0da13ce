"""Several machines on one state: clones of a project that apply at once, and are killed.

A clone is a folder with a copy of the project, and a CI job of its own, so that the run after a
killed one is another try of the same job. What became of a race is judged from the log of the
server and from the page, never from exit codes alone.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.model import Applied
from reconciler.sandbox.server import RunningServer
from tests.projects import Project

ENVIRONMENT = "production"
LIMIT = 120
"""Seconds after which a run that does not end is a failure, however busy the machine."""
APPLY = ("apply", "--auto-approve", "--format", "json", "--lock-timeout", str(LIMIT))


def whole(_clone: int) -> Sequence[str]:
    """The arguments of an apply of everything."""
    return APPLY


def own(clone: int) -> Sequence[str]:
    """The arguments of an apply of a clone's own agents; see ``own_keys``."""
    return (*APPLY, "--target", f"own-{clone}-*")


def own_keys(clones: int, each: int) -> list[str]:
    """Keys of agents, some for each clone."""
    return [f"own-{clone}-{number}" for clone in range(clones) for number in range(each)]


def project_on(
    root: Path, server: RunningServer, state: Mapping[str, Any], program: Path
) -> Project:
    """A project with one environment, whose state is where ``state`` of the project file says."""
    project = Project(root, {"HAMSA_API_KEY": "sandbox"}, program=program)
    place = {"url": server.url, "api_key": {"$secret": "HAMSA_API_KEY"}}
    content = {"state": dict(state), "environments": {ENVIRONMENT: place}}
    project.write("reconciler.yaml", json.dumps(content, indent=2))
    return project


def declare(project: Project, keys: Sequence[str], silence: int = 800) -> None:
    """Agents' files; another ``silence`` is an edit."""
    for key in keys:
        spec = {"agentName": key, "greetingMessage": "Hello", "silenceThreshold": silence}
        project.agent(key, spec)


def git(root: Path, *argv: str) -> str:
    """The output of a git command, which must not fail."""
    who = {
        f"GIT_{one}_{what}": "x" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    command, env = ["git", *argv], {**os.environ, **who}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def clones(project: Project, folder: Path, count: int) -> list[Project]:
    """Copies of a project, each with a CI job of its own."""
    made = []
    for number in range(count):
        root = folder / f"clone-{number}"
        shutil.copytree(project.root, root, symlinks=True)
        job = {"GITHUB_RUN_ID": f"{number}", "GITHUB_JOB": "apply", "GITHUB_ACTOR": f"bot-{number}"}
        made.append(Project(root, {**project.env, **job}, program=project.program))
    return made


def started(project: Project, *argv: str, **env: str) -> "subprocess.Popen[str]":
    """A run in a process of its own, of a tool that is warm."""
    return subprocess.Popen(
        [project.program, *argv],
        cwd=project.root,
        env={
            "PATH": os.environ["PATH"],
            "TMPDIR": str(project.root.parent),  # a killed run leaves what it has there
            **project.env,
            **env,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """The exit code of a run, and what it said."""
    out, err = process.communicate(timeout=LIMIT)
    return process.returncode, out, err


@dataclass(frozen=True)
class Ended:
    """How a run ended; ``code`` is negative if a signal killed it."""

    clone: int
    code: int
    out: str
    err: str

    @property
    def statuses(self) -> dict[str, str]:
        """What became of each agent, as the run said."""
        return {one["key"]: one["status"] for one in json.loads(self.out)["outcomes"]}


@dataclass
class Runner:
    """A clone's run, started again after each time that it was killed."""

    number: int
    project: Project
    argv: Sequence[str]
    ends: list[Ended] = field(default_factory=list)
    _process: "subprocess.Popen[str] | None" = None

    @property
    def _pid_file(self) -> Path:
        return self.project.root.with_suffix(".pid")

    def start(self) -> None:
        self._pid_file.unlink(missing_ok=True)
        attempt = {"GITHUB_RUN_ATTEMPT": str(len(self.ends) + 1)}
        self._process = started(self.project, *self.argv, WARM_PID=str(self._pid_file), **attempt)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> bool:
        """Kill it with SIGKILL, if it has begun and not ended."""
        pid = self._pid_file.read_text() if self._pid_file.exists() else ""
        if not (pid and self.is_running()):
            return False
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
        return True

    def wait(self) -> Ended:
        assert self._process
        found = Ended(self.number, *ended(self._process))
        self.ends.append(found)
        return found


def raced(
    projects: Sequence[Project],
    server: RunningServer,
    *,
    argv: Callable[[int], Sequence[str]] = whole,
    kills: int = 0,
    seed: int = 0,
    again: bool = True,
    fresh: bool = False,
) -> list[list[Ended]]:
    """Run a command in all clones at once, and kill some of them at random; how each run ended.

    A kill comes a random moment after the server has answered a few more writes: before, in or
    after a write of an agent, of the page, of the lock. A killed run is started again, at once; if
    ``fresh`` on a machine that has nothing of what the run before it kept.
    """
    chance = random.Random(seed)
    runners = [Runner(number, project, argv(number)) for number, project in enumerate(projects)]
    for one in runners:
        one.start()
    end = time.monotonic() + LIMIT
    for _ in range(kills):
        until = len(writes(server)) + chance.randint(1, 3)
        while len(writes(server)) < until and time.monotonic() < end:
            if not any(one.is_running() for one in runners):
                break
            time.sleep(0.005)
        time.sleep(chance.random() * 0.25)
        running = [one for one in runners if one.is_running()]
        if not (running and (victim := chance.choice(running)).kill()):
            continue
        if victim.wait().code == -signal.SIGKILL and again:
            if fresh:
                shutil.rmtree(victim.project.root / ".reconciler", ignore_errors=True)
            victim.start()
    for one in runners:
        if not one.ends or (again and one.ends[-1].code == -signal.SIGKILL):
            one.wait()
    return [one.ends for one in runners]


def writes(server: RunningServer) -> list[Any]:
    """The requests that were to change something, in their order.

    A kill can cut a request short before its body: such a one changes nothing, and is left out.
    """
    seen = server.app.state.requests
    return [one for one in seen if one.method != "GET" and one.body is not None]


def names(server: RunningServer) -> list[str]:
    return sorted(one.fields["agentName"] for one in server.app.state.store.records())


def nothing_twice(server: RunningServer) -> None:
    """No change was sent twice, no agent was created twice."""
    sent = Counter(
        (one.method, one.path, json.dumps(one.body, sort_keys=True)) for one in writes(server)
    )
    assert {request: count for request, count in sent.items() if count > 1} == {}
    twins = {name: count for name, count in Counter(names(server)).items() if count > 1}
    assert twins == {}


def page_has(server: RunningServer, page: Mapping[str, Applied], keys: Sequence[str]) -> None:
    """The page has these agents, each with the id of the live one: no entry was lost."""
    live = {one.fields["agentName"]: one.id for one in server.app.state.store.records()}
    assert {key: entry.id for key, entry in page.items()} == {key: live[key] for key in keys}


def all_in_sync(projects: Sequence[Project]) -> None:
    """Nothing is left to do in any clone."""
    for project in projects:
        done = project.run("plan", "--detailed-exitcode", "--format", "json")
        kinds = {action["action"] for action in done.json["actions"]} if done.out else set()
        assert (done.code, kinds - {"unmanaged"}) == (0, {"in-sync"}), done.out + done.err

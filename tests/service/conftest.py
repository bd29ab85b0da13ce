"""A Temporal server and workers on this machine, which tests may kill and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project, Run

LIMIT = 60
"""Seconds after which something that does not happen is a failure, however busy the machine."""
LONG = 40
"""Events after which a history is to begin anew: few, so that waiting pages do."""
SERVER = Path(sys.executable).with_name("temporal")


def until(what: Callable[[], Any], about: Callable[[], object] = lambda: "") -> Any:
    """What is true at last."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(about())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Temporal:
    """The development server, with its state in a file, so that it survives a kill."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> "Temporal":
        words = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "never"]
        words += ["--port", f"{self.port}", "--db-filename", f"{self._folder / 'temporal.db'}"]
        words += ["--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={LONG}"]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([SERVER, *words], stdout=log, stderr=log)
        until(self._listens, (self._folder / "server.log").read_text)
        return self

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Temporal]:
    server = Temporal(tmp_path_factory.mktemp("temporal"))
    yield server.start()
    server.kill()


@dataclass
class Worker:
    """A `reconciler worker` in a process of its own."""

    project: Project
    options: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    _client: "subprocess.Popen[bytes] | None" = None
    _starts: int = 0

    @property
    def log(self) -> str:
        return self._path("log").read_text(encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self.project.root.parent / f"worker.{name}"

    def start(self) -> "Worker":
        self._path("pid").unlink(missing_ok=True)
        env = {"PATH": os.environ["PATH"], **self.project.env, **self.env}
        env["WARM_PID"] = str(self._path("pid"))
        words = [self.project.program, "worker", *self.options]
        with self._path("log").open("ab") as log:
            self._client = subprocess.Popen(
                words, cwd=self.project.root, env=env, stdout=log, stderr=log
            )
        self._starts += 1
        until(lambda: self.log.count("Ctrl-C stops it") == self._starts, lambda: self.log)
        return self

    def kill(self) -> None:
        """As a machine that goes away would."""
        os.kill(int(self._path("pid").read_text()), signal.SIGKILL)
        assert self._client
        self._client.wait(LIMIT)
        self._client = None

    def stop(self) -> int:
        """Its exit code after a SIGTERM."""
        if not self._client:
            return 0
        self._client.terminate()
        code, self._client = self._client.wait(LIMIT), None
        return code


@dataclass
class Standing:
    """A project and the service around it; pages and queues of tests are apart by the folder."""

    project: Project
    server: RunningServer
    temporal: Temporal
    workers: list[Worker] = field(default_factory=list)

    @property
    def page(self) -> str:
        return f"{self.project.root.name}:live"

    def worker(self, *options: str, **env: str) -> Worker:
        words = ("--task-queue", self.project.root.name, *options)
        self.workers.append(Worker(self.project, words, env))
        return self.workers[-1].start()

    def service(self, verb: str, *words: str) -> Run:
        works = verb in ("schedule", "check", "rollout")
        more = ("--task-queue", self.project.root.name) if works else ()
        return self.project.run("service", verb, *words, *more)

    def done(self, verb: str, *words: str) -> str:
        run = self.service(verb, *words)
        assert run.code == 0, run.err
        return run.out

    def check_alone(self, **env: str) -> None:
        """Look at the page, by a process of its own with these variables."""
        words = [self.project.program, "service", "check", "--task-queue", self.project.root.name]
        env = {"PATH": os.environ["PATH"], **self.project.env, **env}
        subprocess.run(words, cwd=self.project.root, env=env, check=True)

    def row(self, name: str = "") -> dict[str, Any]:
        """What the service says of a page; empty if it knows nothing of it."""
        rows = self.project.run("service", "status", "--all", "--format", "json").json["pages"]
        return next((one for one in rows if one["name"] == (name or self.page)), {})

    def reaches(self, state: str, name: str = "") -> dict[str, Any]:
        """The row of a page when it has this state."""
        seen: list[object] = []

        def there() -> dict[str, Any] | None:
            found = self.row(name)
            seen[:] = [found]
            return found if found.get("state") == state else None

        found: dict[str, Any] = until(there, lambda: (seen, [one.log for one in self.workers]))
        return found

    def writes(self) -> list[str]:
        return [r.path for r in self.server.app.state.requests if r.method != "GET"]

    def live(self, key: str) -> dict[str, Any]:
        (found,) = [one for one in self._records() if one.fields["agentName"].endswith(key)]
        return dict(found.fields)

    def edit_live(self, key: str, **fields: Any) -> None:
        """What the dashboard does."""
        (found,) = [one for one in self._records() if one.fields["agentName"].endswith(key)]
        self.server.app.state.store.update(found.id, {**found.fields, **fields})

    def _records(self) -> list[Any]:
        return list(self.server.app.state.store.records())


Stand = Callable[..., Standing]


@pytest.fixture
def stand(
    tmp_path: Path, temporal: Temporal, serve: Serve, programs: Path, request: pytest.FixtureRequest
) -> Iterator[Stand]:
    """Projects with agents that are applied: ``stand(["desk"], "self_heal: [silent]")``."""
    made: list[Standing] = []

    def one(
        keys: Sequence[str], policies: str = "", switches: str = "", *, shared: bool = False
    ) -> Standing:
        server = serve(switches)
        name = f"{request.node.name[5:45]}-{temporal.port}"
        project = Project(tmp_path / name, program=programs / "reconciler")
        project.env |= {
            "HAMSA_API_KEY": "sandbox",
            "TEMPORAL_ADDRESS": temporal.address,
            "TEMPORAL_NAMESPACE": "default",
            "USER": "amal",
        }
        project.write("reconciler.yaml", configured(server.url, policies, shared=shared))
        if shared:
            remote = tmp_path / "remote.git"
            git(tmp_path, "init", "-q", "--bare", remote.name)
            git(project.root, "init", "-q")
            git(project.root, "remote", "add", "origin", f"file://{remote}")
        for key in keys:
            project.agent(key, declared(key))
        done = project.apply("--quiet", "--approve", "all")
        assert done.code == 0, done.err
        server.app.state.requests.clear()
        made.append(Standing(project, server, temporal))
        return made[-1]

    yield one
    for standing in made:
        for worker in standing.workers:
            worker.stop()


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S607


def configured(url: str, policies: str = "", *, shared: bool = False) -> str:
    state = "state: { url: 'git:', lock: 10s }\n" if shared else ""
    rules = f"    policies: {{ {policies} }}\n" if policies else ""
    return (
        f"api: v1\n{state}environments:\n  live:\n"
        f"    url: {url}\n    api_key: {{ $secret: HAMSA_API_KEY }}\n{rules}"
    )


def declared(key: str, **fields: Any) -> dict[str, Any]:
    return {"agentName": key, "greetingMessage": "Hello", "silenceThreshold": 800, **fields}

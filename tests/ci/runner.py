"""A runner in miniature: it executes the steps of our workflows and of our composite action.

Jobs run in order, each in its own workspace; each step runs in bash with the files that GitHub
provides (output, summary, event). Expressions are evaluated, conditions decide, and a skipped step
is recorded as skipped. Only actions of others are simulated (:mod:`tests.ci.actions`); ours comes
from this checkout. Anything that this reader does not know raises, so that nothing is ignored.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.ci import actions
from tests.ci.events import Event
from tests.ci.expressions import Scope, UnknownError

SECONDS = 120
TOOL = "acme/reconciler"
REPOSITORY = "acme/agents"
_COMMAND = re.compile(r"^::(error|warning|notice)((?: [a-zA-Z]+=[^:]*)?)::(.*)$", re.MULTILINE)
_MASK = re.compile(r"^::add-mask::(.*)$", re.MULTILINE)
_JOB_KEYS = {
    *("name", "runs-on", "timeout-minutes", "permissions", "outputs", "steps", "needs", "if"),
    *("environment", "concurrency", "strategy"),
}
_STEP_KEYS = {"name", "id", "if", "uses", "with", "env", "run", "shell", "working-directory"}


def load(path: Path) -> dict[str, Any]:
    """A workflow, or an action."""
    return dict(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


@dataclass
class Step:
    """The outcome of one step; ``log`` is what it printed."""

    name: str
    conclusion: str
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    inner: list["Step"] = field(default_factory=list)


@dataclass
class Job:
    """The outcome of one job; ``environment`` is the one whose rules were checked."""

    name: str
    conclusion: str = "success"
    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    environment: str = ""
    summary: str = ""
    seen: dict[str, str] = field(default_factory=dict)
    """Variables that some step could read, with their values."""
    parts: dict[str, "Job"] = field(default_factory=dict)
    """The jobs of a matrix, by their shards."""

    def every(self) -> Iterator[Step]:
        for step in self.steps:
            yield step
            yield from step.inner

    def step(self, name: str) -> Step:
        (found,) = [step for step in self.every() if step.name == name]
        return found

    def ran(self) -> list[str]:
        return [step.name for step in self.every() if step.conclusion != "skipped"]

    @property
    def log(self) -> str:
        """What its steps printed, or those of the jobs of its matrix."""
        return "".join([step.log for step in self.every()] + [j.log for j in self.parts.values()])

    @property
    def annotations(self) -> list[str]:
        """``LEVEL PROPERTIES: MESSAGE`` of each workflow command that marks something."""
        return [f"{a}{b}: {c}" for a, b, c in _COMMAND.findall(self.log)]

    @property
    def masks(self) -> set[str]:
        return set(_MASK.findall(self.log))


@dataclass
class Host:
    """What is outside of the runs: the repository, the API, secrets, artifacts, the tool."""

    folder: Path
    temp: Path
    """The runner's folder for a job: emptied for each, except of the installed tool."""
    origin: Path
    tool: Path
    api: Any
    secrets: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    waiting: Callable[[], None] | None = None
    """What happens once while a job waits for the approval of its environment."""
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    """Artifacts that a dying runner does not store."""
    runs: int = 0
    attempts: int = 0
    may_push: bool = False

    def allow(self, permissions: Mapping[str, str]) -> None:
        """Give the token the job's permissions; git and the API check them."""
        self.may_push = permissions.get("contents") == "write"
        flag = self.origin / "may-push"
        flag.write_text("") if self.may_push else flag.unlink(missing_ok=True)
        self.api.may = {
            "issues": permissions.get("issues", "none"),
            "pull_requests": permissions.get("pull-requests", "none"),
        }


def run(
    host: Host, path: Path, event: Event, again: Mapping[str, Job] | None = None
) -> dict[str, Job]:
    """Run a workflow for an event: its jobs by id.

    ``again`` are the jobs of the attempt before: those that failed are run again, as is what needs
    them, and artifacts are still there.
    """
    host.attempts += 1
    if again is None:
        host.runs += 1
        host.artifacts.clear()
    secrets = {} if event.fork else dict(host.secrets)
    return _Run(host, load(path), event, secrets, again or {}).jobs()


@dataclass
class _Run:
    """One workflow of a run."""

    host: Host
    workflow: dict[str, Any]
    event: Event
    secrets: dict[str, str]
    again: Mapping[str, Job] = field(default_factory=dict)

    def jobs(self) -> dict[str, Job]:
        """Every job in its order."""
        done: dict[str, Job] = {}
        ancestors: dict[str, set[str]] = {}
        assert self.workflow["permissions"] == {}, "every workflow starts without permissions"
        for name, job in self.workflow["jobs"].items():
            assert not set(job) - _JOB_KEYS, set(job) - _JOB_KEYS
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            assert set(needs) <= set(done), f"{name} needs a job below it"
            contexts = {
                "github": self._github(),
                "secrets": self.secrets,
                "needs": {one: vars(done[one]) | {"result": done[one].conclusion} for one in needs},
                "env": {},
                "runner": {"temp": str(self.host.temp)},
            }
            ancestors[name] = {*needs}.union(*(ancestors[one] for one in needs))
            before = {done[one].conclusion for one in ancestors[name]}
            former = self.again.get(name)
            if former and former.conclusion == "success" and not self._renewed(ancestors[name]):
                done[name] = former
                continue
            scope = Scope(contexts, _functions(before))
            runs = scope.condition(job.get("if"))
            done[name] = self._jobs(name, job, scope) if runs else Job(name, "skipped")
        return done

    def _renewed(self, names: Collection[str]) -> bool:
        """Whether one of these jobs is run again."""
        return any(self.again[one].conclusion == "failure" for one in names)

    def _jobs(self, name: str, job: Mapping[str, Any], scope: Scope) -> Job:
        """A job, or all of its matrix, of which none stops another."""
        if "strategy" not in job:
            return self._job(name, job, scope)
        assert job["strategy"]["fail-fast"] is False
        matrix = scope.value(job["strategy"]["matrix"])
        assert list(matrix) == ["include"], matrix
        assert matrix["include"], "GitHub refuses a matrix without jobs"
        known = self.again[name].parts if name in self.again else {}
        parts = {}
        for one in matrix["include"]:
            former = known.get(one["shard"])
            if former and former.conclusion == "success":
                parts[one["shard"]] = former
                continue
            inner = Scope({**scope.contexts, "matrix": one}, scope.functions)
            part = self._job(f"{name}-{one['shard'].replace('/', '-')}", job, inner, name)
            parts[one["shard"]] = part
        failed = any(part.conclusion == "failure" for part in parts.values())
        return Job(name, "failure" if failed else "success", parts=parts)

    def _job(self, name: str, job: Mapping[str, Any], scope: Scope, key: str = "") -> Job:
        permissions = dict(job["permissions"])
        if self.event.fork:
            permissions = dict.fromkeys(permissions, "read")
        self.host.allow(permissions)
        done = Job(name, environment=scope.text(job.get("environment", "")))
        if done.environment:
            self.host.asked.append(done.environment)
            waiting, self.host.waiting = self.host.waiting, None
            if waiting:
                waiting()
        machine = Machine(self.host, self.event, self._github(), done)
        machine.variables["GITHUB_JOB"] = key or name
        machine.variables["GITHUB_RUN_ATTEMPT"] = str(self.host.attempts)
        steps = _Steps(machine, scope.contexts, {}, None)
        done.steps = steps.run(job["steps"])
        done.conclusion = "failure" if steps.failed else "success"
        after = Scope({**scope.contexts, "steps": steps.outputs})
        done.outputs = {key: after.text(value) for key, value in job.get("outputs", {}).items()}
        done.summary = machine.summary.read_text(encoding="utf-8")
        return done

    def _github(self) -> dict[str, Any]:
        event = self.event
        return {
            "event": event.payload,
            "event_name": event.name,
            "ref": event.ref,
            "ref_name": event.ref_name,
            "ref_type": "branch",
            "repository": REPOSITORY,
            "sha": event.sha,
            "token": self.host.api.token,
        }


class Machine:
    """The machine of one job: a workspace, the runner's folder, variables."""

    def __init__(self, host: Host, event: Event, github: Mapping[str, Any], job: Job) -> None:
        self.host, self.event, self.github, self.job = host, event, github, job
        self.workspace = host.folder / f"work-{host.attempts}-{job.name}"
        self.workspace.mkdir()
        host.temp.mkdir(exist_ok=True)
        for old in host.temp.iterdir():
            if not old.name.startswith("reconciler-tool-"):  # installed once: it takes a while
                actions.remove(old)
        self.summary = host.temp / "summary.md"
        self.summary.write_text("")
        payload = host.temp / "event.json"
        payload.write_text(json.dumps(event.payload), encoding="utf-8")
        kept = {key: os.environ[key] for key in os.environ if key.startswith("LC_")}
        self.variables = {
            **kept,
            "PATH": os.environ["PATH"],
            "HOME": str(host.folder),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": host.api.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_REF": event.ref,
            "GITHUB_REF_NAME": event.ref_name,
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_SHA": event.sha,
            "GITHUB_RUN_ID": str(host.runs),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(host.temp),
        }

    def bash(self, script: str, folder: Path, variables: Mapping[str, str]) -> tuple[int, str]:
        """Run a script as GitHub does: exit code and output."""
        file = self.host.temp / "step.sh"
        file.write_text(script, encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)]
        env = {**self.variables, **variables}
        self.job.seen.update(env)
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8")


@dataclass
class _Steps:
    """The steps of a job, or of a composite action in it."""

    machine: Machine
    contexts: Mapping[str, Any]
    env: dict[str, str]
    action: Path | None
    outputs: dict[str, Any] = field(default_factory=dict)
    failed: bool = False

    def run(self, steps: list[dict[str, Any]]) -> list[Step]:
        return [self._step(step) for step in steps]

    def _step(self, step: Mapping[str, Any]) -> Step:
        assert not set(step) - _STEP_KEYS, set(step) - _STEP_KEYS
        scope = self._scope()
        name = scope.text(step["name"])
        if not scope.condition(step.get("if")):
            done = Step(name, "skipped")
        else:
            env = {k: scope.text(v) for k, v in (step.get("env") or {}).items()}
            scope = self._scope(env)
            done = self._bash(name, step, scope, env) if "run" in step else None
            done = done or self._uses(name, step, scope, env)
        self.failed = self.failed or done.conclusion == "failure"
        if "id" in step:
            self.outputs[step["id"]] = {"outputs": done.outputs, "outcome": done.conclusion}
        return done

    def _scope(self, env: Mapping[str, str] | None = None) -> Scope:
        contexts = {**self.contexts, "steps": self.outputs, "env": {**self.env, **(env or {})}}
        return Scope(contexts, _functions({"failure"} if self.failed else set()))

    def _bash(self, name: str, step: Mapping[str, Any], scope: Scope, env: dict[str, str]) -> Step:
        assert "${{" not in step["run"], f"{name} builds a script out of values"
        assert step.get("shell", "bash") == "bash"
        assert self.action is None or "shell" in step, "a step of an action names its shell"
        folder = self.machine.workspace / scope.text(step.get("working-directory", "."))
        output = self.machine.host.temp / "output"
        output.write_text("")
        files = {"GITHUB_OUTPUT": str(output)}
        if self.action:
            files["GITHUB_ACTION_PATH"] = str(self.action)
        code, log = self.machine.bash(step["run"], folder, {**self.env, **env, **files})
        lines = output.read_text(encoding="utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        return Step(name, "failure" if code else "success", log, outputs)

    def _uses(self, name: str, step: Mapping[str, Any], scope: Scope, env: dict[str, str]) -> Step:
        given = {key: scope.text(value) for key, value in (step.get("with") or {}).items()}
        place = self._own(step["uses"])
        if place is None:
            return self._foreign(name, step["uses"], given)
        action = load(place / "action.yml")
        assert set(given) <= set(action["inputs"]), f"{step['uses']} has no such input: {given}"
        assert all(key in given for key, one in action["inputs"].items() if one.get("required"))
        outer = Scope({"github": self.contexts["github"]})
        inputs = {
            key: given[key] if key in given else outer.text(one.get("default", ""))
            for key, one in action["inputs"].items()
        }
        assert action["runs"]["using"] == "composite"
        contexts = {"inputs": inputs, "github": self.contexts["github"], "runner": {}}
        steps = _Steps(self.machine, contexts, {**self.env, **env}, place)
        inner = steps.run(action["runs"]["steps"])
        after = Scope({"steps": steps.outputs})
        outputs = {key: after.text(one["value"]) for key, one in action["outputs"].items()}
        return Step(name, "failure" if steps.failed else "success", "", outputs, inner)

    def _own(self, uses: str) -> Path | None:
        """The folder of our action; None: it is another's."""
        path, _, ref = uses.partition("@")
        if path.startswith(f"{TOOL}/"):
            assert re.fullmatch("[0-9a-f]{40}", ref), f"{uses} is not pinned"
            return self.machine.host.tool / path.removeprefix(f"{TOOL}/")
        return None

    def _foreign(self, name: str, uses: str, given: dict[str, str]) -> Step:
        path, _, ref = uses.partition("@")
        assert re.fullmatch("[0-9a-f]{40}", ref), f"{uses} is not pinned"
        if path not in actions.KNOWN:
            raise UnknownError(f"the action {path}")
        return Step(name, "success", "", actions.KNOWN[path](self.machine, given))


def _functions(before: Collection[str]) -> dict[str, Callable[..., Any]]:
    """The functions of expressions, after steps or jobs with these conclusions.

    ``success()`` and ``failure()`` of a job look at all jobs that it depends on, directly or not:
    one that was skipped long before is no success either.
    """
    return {
        "always": lambda: True,
        "success": lambda: set(before) <= {"success"},
        "failure": lambda: "failure" in before,
        "cancelled": lambda: False,
        "fromJSON": json.loads,
    }


def install_ours(folder: Path, source: Path, programs: Path) -> None:
    """Do as if `install.sh` of a checkout had run in a runner's folder, with these programs."""
    told = subprocess.run(["cksum"], input=str(source), capture_output=True, text=True, check=True)  # noqa: S607
    tool = folder / f"reconciler-tool-{told.stdout.split()[0]}"
    tool.mkdir()
    (tool / "bin").symlink_to(programs)
    (tool / "ready").touch()

"""The jobs of the GitLab template, executed: their scripts in bash, against a small GitLab."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.sandbox.server import RunningServer
from reconciler.scaffold.starter_ci import Stage
from tests.ci import linters
from tests.ci.repository import HOOK, KEY, git
from tests.ci.runner import install_ours
from tests.conftest import Serve
from tests.forge.gitlab import FakeGitLab

PROJECT = """\
agents: agents/
environments:
  production: {{ url: "{url}", api_key: {{ $secret: HAMSA_API_KEY }} }}
"""
DESK = "spec:\n  agentName: Desk\n  greetingMessage: Hello\n  silenceThreshold: 800\n"
AGENT, STATE = "agents/desk.yaml", "reconciler.state.json"
_JOB_KEYS = {
    *("image", "interruptible", "variables", "before_script", "artifacts", "extends", "rules"),
    *("script", "needs", "resource_group", "environment", "after_script", "parallel"),
}


@dataclass
class Pipelines:
    """A project on GitLab in miniature; ``run`` is one pipeline."""

    folder: Path
    gitlab: FakeGitLab
    tool: Path
    secrets: dict[str, str] = field(default_factory=dict)
    between: Callable[[], None] = lambda: None
    """What happens before a job that needs another."""
    unstarted: set[str] = field(default_factory=set)
    """Manual jobs that are not started: the jobs that need them wait, too."""
    dead: set[int] = field(default_factory=set)
    """Which of the next parallel jobs have a runner that dies."""

    def __post_init__(self) -> None:
        self.origin, self.work = self.folder / "origin.git", self.folder / "person"
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        hook = self.origin / "hooks/pre-receive"
        hook.write_text(HOOK, encoding="utf-8")
        hook.chmod(0o755)
        (self.origin / "may-push").touch()
        git(self.folder, "clone", "--quiet", str(self.origin), str(self.work))

    def push(self, branch: str) -> None:
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "-m", "An edit")
        git(self.work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def run(self, source: str, branch: str, **more: str) -> dict[str, "Done"]:
        """Every job that the pipeline has, in its order."""
        text = git(self.origin, "show", f"{branch}:.gitlab/reconciler.yml")
        jobs = YAML(typ="safe").load(text)
        variables = {
            **self.gitlab.env(),
            **self.secrets,
            "CI_PIPELINE_SOURCE": source,
            "CI_SERVER_URL": self.gitlab.url.removesuffix("/api/v4"),
            "CI_SERVER_HOST": "gitlab.example.com",
            **({"CI_COMMIT_BRANCH": branch} if source != "merge_request_event" else {}),
            **more,
        }
        done: dict[str, Done] = {}
        for name, job in jobs.items():
            if not name.startswith(".") and applies(job["rules"], variables):
                whole = extended(jobs, job)
                handed = [done[one] for one in whole.get("needs", []) if one in done]
                ready = len(handed) == len(whole.get("needs", []))
                when = {rule.get("when") for rule in job["rules"]}
                if "manual" in when and name in self.unstarted:
                    continue
                if ready and ("always" in when or all(one.code == 0 for one in handed)):
                    if handed:
                        self.between()
                    given = {k: v for one in handed for k, v in one.handed.items()}
                    done[name] = self._jobs(whole, branch, {**variables, **given}, handed)
        return done

    def _jobs(
        self,
        job: Mapping[str, Any],
        branch: str,
        variables: dict[str, str],
        handed: "list[Done]",
    ) -> "Done":
        """A job, or all those of `parallel`, of which the first that failed is told."""
        files = {name: body for one in handed for name, body in one.files.items()}
        total = job.get("parallel", 1)
        parts = []
        for index in range(1, total + 1):
            own = {"CI_NODE_INDEX": str(index), "CI_NODE_TOTAL": str(total)} if total > 1 else {}
            if index not in self.dead:
                parts.append(self._job(job, branch, {**variables, **own}, files))
        self.dead = set()
        told = next((one for one in parts if one.code), parts[0])
        every = {name: body for one in parts for name, body in one.files.items()}
        lost = 1 if len(parts) < total else told.code
        return replace(told, code=lost, files=every, log="".join(one.log for one in parts))

    def _job(
        self,
        job: Mapping[str, Any],
        branch: str,
        variables: dict[str, str],
        files: Mapping[str, bytes],
    ) -> "Done":
        assert not set(job) - _JOB_KEYS, set(job) - _JOB_KEYS
        work = self.folder / f"job-{len(list(self.folder.glob('job-*')))}"
        git(self.folder, "clone", "--quiet", "--branch", branch, str(self.origin), str(work))
        for name, body in files.items():
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_bytes(body)
        own = {**job.get("variables", {}), "TOOL_URL": str(self.tool) + ".git"}
        variables = {"RUNNER_TEMP": str(self.tool.parent), **variables}
        own["TOOL_COMMIT"] = git(Path(own["TOOL_URL"]), "rev-parse", "HEAD")
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("LC_", "PATH"))}
        env = {**kept, "HOME": str(self.folder), **variables}
        env |= {name: re.sub(r"\$(\w+)", lambda m: env[m[1]], text) for name, text in own.items()}
        script = "\n".join(flat([job.get("before_script", []), job["script"]]))
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],  # noqa: S607
            cwd=work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        paths = [
            path for name in job.get("artifacts", {}).get("paths", ()) for path in walk(work, name)
        ]
        kept = {str(path.relative_to(work)): path.read_bytes() for path in paths}
        return Done(done.returncode, done.stdout + done.stderr, work, job, kept)


@dataclass
class Done:
    """What became of one job."""

    code: int
    log: str
    work: Path
    job: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Its artifacts, which jobs that need it get."""

    @property
    def handed(self) -> dict[str, str]:
        """The variables of the dotenv artifact."""
        names = self.job.get("artifacts", {}).get("reports", {}).get("dotenv")
        lines = (self.work / names).read_text(encoding="utf-8").splitlines() if names else []
        return dict(line.split("=", 1) for line in lines)


def applies(rules: list[Mapping[str, str]], variables: Mapping[str, str]) -> bool:
    """Whether a rule holds, of the kind that we use."""

    def holds(condition: str) -> bool:
        found = re.fullmatch(r'\$(\w+) == "([^"]*)"', condition)
        assert found, f"teach the interpreter: {condition}"
        return variables.get(found[1]) == found[2]

    return any(all(holds(one) for one in rule["if"].split(" && ")) for rule in rules)


def walk(work: Path, name: str) -> list[Path]:
    """The files of an artifact's path: a file, or a folder."""
    path = work / name
    return [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())


def extended(jobs: Mapping[str, Any], job: Mapping[str, Any]) -> Any:
    """A job with everything that it extends."""
    own = {key: value for key, value in job.items() if key != "extends"}
    return merged(extended(jobs, jobs[job["extends"]]), own) if "extends" in job else own


def flat(script: Any) -> list[str]:
    """The lines of a script; a list in it, from an anchor, is a part of it."""
    if isinstance(script, str):
        return [script]
    return [line for part in script for line in flat(part)]


def merged(base: Any, over: Any) -> Any:
    """`extends`: mappings are merged, everything else replaces."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    keys = {**base, **over}
    return {k: merged(base[k], over[k]) if k in base and k in over else keys[k] for k in keys}


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    fake = FakeGitLab()
    with fake.serve():
        yield fake


@pytest.fixture
def tool(tmp_path: Path, programs: Path) -> Path:
    """Where jobs check out the tool, from a repository of it; installed by an earlier job."""
    origin = tmp_path / "reconciler.git"
    git(tmp_path, "init", "--quiet", str(origin))
    names = [".github", ".ci"]
    git(linters.ROOT, f"--git-dir={origin}/.git", f"--work-tree={linters.ROOT}", "add", *names)
    git(origin, "commit", "--quiet", "-m", "The tool")
    tool = tmp_path / "reconciler"
    install_ours(tmp_path, tool, programs)
    return tool


@pytest.fixture
def pipelines(tmp_path: Path, gitlab: FakeGitLab, tool: Path, hamsa: RunningServer) -> Pipelines:
    """A project with one agent in main that is not live yet."""
    found = Pipelines(tmp_path, gitlab, tool, {"HAMSA_API_KEY": KEY})
    linters.written(found.work)
    (found.work / "reconciler.yaml").write_text(PROJECT.format(url=hamsa.url), encoding="utf-8")
    (found.work / "agents").mkdir()
    (found.work / AGENT).write_text(DESK, encoding="utf-8")
    (found.work / ".gitignore").write_text(".reconciler/\n", encoding="utf-8")
    found.push("main")
    return found


CHAIN = (
    Stage(environment="staging", secrets=("HAMSA_API_KEY",)),
    Stage(
        environment="production",
        after="staging",
        secrets=("HAMSA_API_KEY",),
        approvals=("spoken", "reach"),
    ),
)


def test_production_follows_staging_when_started_manually(
    pipelines: Pipelines, hamsa: RunningServer, serve: Serve
) -> None:
    """With the approvals that production wants, and the state in refs, which no job commits."""
    staging = serve(f"shape=G3&api_key={KEY}")
    project = PROJECT.format(url=hamsa.url).replace(" }\n", ", policies: %s, promote_from: %s }\n")
    project %= ("{ approvals: [spoken, reach] }", "staging")
    project += PROJECT.format(url=staging.url).splitlines()[2].replace("production", "staging")
    project += '\nstate: { url: "git:" }\n'
    (pipelines.work / "reconciler.yaml").write_text(project, encoding="utf-8")
    linters.written(pipelines.work, CHAIN, committed=False)
    _, jobs = ask(pipelines, "chain")
    assert [one.code for one in jobs.values()] == [0, 0], "a plan for each, which waits"

    git(pipelines.work, "push", "--quiet", "origin", "HEAD:main")
    pipelines.unstarted.add("reconciler apply staging")
    jobs = pipelines.run("push", "main")
    assert list(jobs) == ["reconciler plan merged staging"], "the rest waits"
    pipelines.unstarted.clear()
    jobs = pipelines.run("push", "main")
    assert [(name, one.code) for name, one in jobs.items()] == [
        ("reconciler plan merged staging", 0),
        ("reconciler apply staging", 0),
        ("reconciler plan merged production", 0),
        ("reconciler apply production", 0),
    ], [one.log for one in jobs.values()]
    assert [len(place.app.state.store) for place in (staging, hamsa)] == [1, 1]
    for name in ("staging", "production"):
        page = f"refs/reconciler/@/pages/{name}.json:state.json"
        assert '"agent/desk": {' in git(pipelines.origin, "show", page)
    assert git(pipelines.origin, "rev-parse", "main") == git(pipelines.work, "rev-parse", "HEAD")


def edit_live(hamsa: RunningServer, **fields: Any) -> None:
    store = hamsa.app.state.store
    (record,) = store.records()
    store.update(record.id, {**record.fields, **fields})


def ask(pipelines: Pipelines, branch: str, **more: str) -> tuple[Any, dict[str, Done]]:
    """A merge request of the user's clone, and its pipeline."""
    pipelines.push(branch)
    request = pipelines.gitlab.merge_request(branch)
    given = pipelines.gitlab.env(request) | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42"} | more
    return request, pipelines.run("merge_request_event", branch, **given)


def test_from_a_merge_request_to_live_agents_and_their_drift(
    pipelines: Pipelines, hamsa: RunningServer
) -> None:
    """In a project that takes edits of the dashboard into its files."""
    gitlab, text = pipelines.gitlab, (pipelines.work / ".gitlab/reconciler.yml").read_text("utf-8")
    pulling = text.replace('PULL: "false"', 'PULL: "true"')
    (pipelines.work / ".gitlab/reconciler.yml").write_text(pulling, encoding="utf-8")
    (pipelines.work / AGENT).write_text(DESK.replace("800", "700"), encoding="utf-8")
    request, jobs = ask(pipelines, "edit")
    assert list(jobs) == ["reconciler plan production"]
    assert jobs["reconciler plan production"].code == 0, jobs["reconciler plan production"].log
    (note,) = gitlab.notes[request["iid"]]
    assert "700" in note["body"]
    assert len(hamsa.app.state.store) == 0

    git(pipelines.work, "push", "--quiet", "origin", "HEAD:main")
    jobs = pipelines.run("push", "main")
    assert [(name, one.code) for name, one in jobs.items()] == [
        ("reconciler plan merged production", 0),
        ("reconciler apply production", 0),
    ], jobs
    assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == 700
    known = json.loads(git(pipelines.origin, "show", f"main:{STATE}"))
    assert list(known["environments"]["production"]["objects"]) == ["agent/desk"]
    last = git(pipelines.origin, "log", "-1", "--format=%s, by %an", "main")
    assert last == "State of production [skip ci], by reconciler"

    edit_live(hamsa, silenceThreshold=900)
    branch = "reconciler/pull-production"
    gitlab.branches.add(branch)
    drift = pipelines.run("schedule", "main")
    assert drift["reconciler drift production"].code == 0, drift["reconciler drift production"].log
    (issue,) = gitlab.issues
    assert (issue["title"], issue["state"]) == ("Drift in production", "opened")
    pulled = gitlab.merge_requests[-1]
    assert pulled["source_branch"] == branch
    changed = git(pipelines.origin, "diff", "--name-only", "main", branch)
    assert changed.splitlines() == [AGENT, STATE], "the reports lie in the checkout, too"
    assert "silenceThreshold: 900" in git(pipelines.origin, "show", f"{branch}:{AGENT}")
    edit_live(hamsa, silenceThreshold=700)
    assert pipelines.run("schedule", "main")["reconciler drift production"].code == 0
    assert issue["state"] == "closed"
    assert all(KEY not in one.log for one in (*jobs.values(), *drift.values()))
    moves_between_the_jobs(pipelines, hamsa)


def moves_between_the_jobs(pipelines: Pipelines, hamsa: RunningServer) -> None:
    """Which the apply refuses."""
    git(pipelines.work, "pull", "--quiet", "--rebase", "origin", "main")
    (pipelines.work / AGENT).write_text(DESK.replace("800", "600"), encoding="utf-8")
    pipelines.push("main")
    pipelines.between = lambda: edit_live(hamsa, silenceThreshold=900)
    jobs = pipelines.run("push", "main")
    assert [one.code for one in jobs.values()] == [0, 4], jobs["reconciler apply production"].log
    assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == 900


def test_without_secrets_the_files_are_validated(pipelines: Pipelines) -> None:
    """As of a branch that is not protected; a fork's is tried in test_gitlab_jobs.py."""
    pipelines.secrets.clear()
    (pipelines.work / AGENT).write_text(DESK.replace("800", "0.8"), encoding="utf-8")
    request, jobs = ask(pipelines, "edit")
    assert jobs["reconciler plan production"].code == 1
    assert "the files are validated, and no plan is made" in jobs["reconciler plan production"].log
    assert "silenceThreshold" in jobs["reconciler plan production"].log
    assert pipelines.gitlab.notes[request["iid"]] == []


def test_a_job_works_in_a_folder_that_could_not_be_prepared(pipelines: Pipelines) -> None:
    """On a shell executor all projects share one /tmp, and the next job the checkout."""
    jobs = YAML(typ="safe").load(pipelines.work / ".gitlab/reconciler.yml")
    _, first, second, *_ = jobs[".reconciler"]["before_script"]
    folder = pipelines.work / ".git/reconciler-job"
    (folder / "reconciler").mkdir(parents=True)
    (folder / "reconciler/prepared.sh").touch()
    told = subprocess.run(
        ["bash", "-ec", f'{first}\n{second}\necho "$TOOL"'],  # noqa: S607
        cwd=pipelines.work,
        env={name: os.environ[name] for name in os.environ if name != "RUNNER_TEMP"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"{folder}/reconciler\n"
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

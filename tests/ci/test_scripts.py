"""The action's scripts one by one: details that a whole workflow does not show."""

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.ci.linters import ROOT
from tests.ci.repository import KEY, Repository, git, with_leave
from tests.conftest import Serve
from tests.listening import Handler, address, listening, local

SCRIPTS = ROOT / ".github" / "actions" / "reconciler"
TOOL = Path(sys.executable).parent / "reconciler"
STATE = "reconciler.state.json"


def bash(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "RECONCILER": str(TOOL), **variables}
    return subprocess.run(
        ["bash", "-c", script],  # noqa: S607
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


# secrets.sh

READ = f'source "{SCRIPTS}/secrets.sh"; env'


def test_secrets_are_masked_and_none_becomes_a_variable_of_its_own(tmp_path: Path) -> None:
    lines = "A=one\r\n\n  \nB=x=y 100% \nEMPTY=\n"
    done = bash(READ, tmp_path, SECRETS=lines)
    shown = done.stdout.splitlines()
    assert [line for line in shown if line.startswith("::")] == [
        "::add-mask::one",
        "::add-mask::x=y 100%25 ",
    ]
    assert "RECONCILER_SECRETS=" + lines.replace("\r\n", "\n") in done.stdout
    assert not any(line.startswith("SECRETS=") for line in shown)
    assert "RECONCILER_SECRETS" not in bash(READ, tmp_path, SECRETS="").stdout


@pytest.mark.parametrize("line", ["value alone", "1A=x", "A B=x", "=x"])
def test_a_line_that_is_no_secret_stops_without_being_shown(tmp_path: Path, line: str) -> None:
    done = bash(f"set -e; {READ}", tmp_path, SECRETS=line)
    assert (done.returncode, done.stderr) == (64, "")
    assert done.stdout == (
        "::error title=reconciler::a line of the input `secrets` is not NAME=value\n"
    )


# git.sh


class Server(Handler):
    """Records the `Authorization` headers of each request, and has no repository."""

    def do_GET(self) -> None:
        self.server.seen.append(self.headers.get_all("Authorization") or [])  # type: ignore[attr-defined]
        self.send_error(404)


@pytest.mark.parametrize("persisted", ["", "Authorization: Basic b2xk"])
def test_git_sends_the_token_once_and_keeps_it_in_no_file(tmp_path: Path, persisted: str) -> None:
    """Also if the checkout left credentials behind: two headers would be refused."""
    server = local(Server)
    server.seen = []  # type: ignore[attr-defined]
    with listening(server):
        url = address(server)
        git(tmp_path, "init", "--quiet")
        if persisted:
            git(tmp_path, "config", f"http.{url}/.extraheader", persisted)
        script = f'source "{SCRIPTS}/git.sh"; git ls-remote {url}/acme/agents || true'
        done = bash(script, tmp_path, GITHUB_TOKEN="planted", GITHUB_SERVER_URL=url)
    basic = "eC1hY2Nlc3MtdG9rZW46cGxhbnRlZA=="
    assert server.seen[0] == [f"Basic {basic}"], done.stderr  # type: ignore[attr-defined]
    assert basic not in (tmp_path / ".git/config").read_text(encoding="utf-8")
    assert "add-mask" not in done.stdout, "a mask of GitHub would show the token elsewhere"


def test_the_tool_sends_the_token_of_the_step_and_not_what_the_checkout_kept(
    tmp_path: Path, programs: Path
) -> None:
    """For a state in a ref: of two headers a server takes none."""
    server = local(Server)
    server.seen = []  # type: ignore[attr-defined]
    project = "environments: { live: { url: https://api.tryhamsa.com, api_key: { $secret: K } } }\n"
    (tmp_path / "reconciler.yaml").write_text(f'{project}state: {{ url: "git:" }}\n', "utf-8")
    with listening(server):
        url = address(server)
        git(tmp_path, "init", "--quiet")
        git(tmp_path, "remote", "add", "origin", f"{url}/acme/agents")
        git(tmp_path, "config", f"http.{url}/.extraheader", "Authorization: Basic b2xk")
        script = f'source "{SCRIPTS}/git.sh"; unset GITHUB_TOKEN; "$RECONCILER" state pull'
        more = {"GITHUB_TOKEN": "planted", "GITHUB_SERVER_URL": url}
        done = bash(script, tmp_path, RECONCILER=str(programs / "reconciler"), **more)
    assert done.returncode == 1
    assert server.seen[0] == ["Basic eC1hY2Nlc3MtdG9rZW46cGxhbnRlZA=="], done.stderr  # type: ignore[attr-defined]


# state.sh


def state(**agents: Mapping[str, str]) -> str:
    """A state file: an environment, its agents, and the last applied values of each."""
    pages = {
        name: {
            "salt": f"5a{len(name):02}",
            "objects": {f"agent/{key}": {"id": v} for key, v in page.items()},
        }
        for name, page in agents.items()
    }
    return json.dumps({"format_version": "1.0", "environments": pages}, indent=2) + "\n"


def agents(text: str) -> dict[str, dict[str, str]]:
    pages = json.loads(text)["environments"]
    return {
        name: {one.removeprefix("agent/"): entry["id"] for one, entry in page["objects"].items()}
        for name, page in pages.items()
    }


BASE = {"production": {"desk": "1", "gone": "1", "kept": "1"}, "staging": {"desk": "1"}}
OURS = {"production": {"desk": "2", "kept": "1", "new": "2"}, "staging": {"desk": "1"}}
THEIRS = {
    "production": {"desk": "1", "gone": "1", "kept": "3", "more": "3"},
    "staging": {"desk": "3"},
    "test": {"desk": "3"},
}
MERGED = {
    "production": {"desk": "2", "kept": "3", "new": "2", "more": "3"},
    "staging": {"desk": "3"},
    "test": {"desk": "3"},
}


def test_states_are_merged_agent_by_agent_when_the_branch_changed(repository: Repository) -> None:
    repository.write(STATE, state(**BASE))
    repository.push("main")
    job = repository.host.folder / "job"
    git(repository.host.folder, "clone", "--quiet", str(repository.origin), str(job))
    repository.write(STATE, state(**THEIRS))
    repository.write("other.txt", "also moved\n")
    theirs = repository.push("main")
    (job / STATE).write_text(state(**OURS), encoding="utf-8")
    with_leave(repository.host)
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="production")
    assert done.returncode == 0, done.stderr
    assert agents(repository.show(STATE)) == MERGED
    assert repository.show("other.txt") == "also moved"
    assert git(repository.origin, "rev-parse", "main^") == theirs
    assert git(job, "status", "--porcelain") == f"M {STATE}", "the checkout is as it was"
    message = git(repository.origin, "log", "-1", "--format=%s", "main")
    assert message == "State of production [skip ci]"
    (job / STATE).write_text(state(production={"desk": "5"}), encoding="utf-8")
    repository.host.allow({"contents": "read"})
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="production")
    assert done.returncode == 1
    assert "could not be pushed to main: let the token push there, or commit" in done.stdout
    assert agents(repository.show(STATE)) == MERGED


def test_a_race_is_lost_once_and_tried_again(repository: Repository) -> None:
    """A push that arrives between our fetch and our push: the next attempt builds on it."""
    repository.write(STATE, state(**BASE))
    repository.push("main")
    job = repository.host.folder / "job"
    git(repository.host.folder, "clone", "--quiet", str(repository.origin), str(job))
    (job / STATE).write_text(state(**OURS), encoding="utf-8")
    repository.write(STATE, state(**THEIRS))
    git(repository.work, "commit", "--quiet", "--all", "-m", "Theirs")
    real, before = shutil.which("git"), job.parent / "before"
    before.mkdir()
    first = (
        f'{{ touch "{before}/done"; "{real}" -C "{repository.work}" push -q origin HEAD:main; }}'
    )
    text = f'case " $* " in *" push "*) test -f "{before}/done" || {first};; esac'
    (before / "git").write_text(f'#!/bin/sh\n{text}\nexec "{real}" "$@"\n', encoding="utf-8")
    (before / "git").chmod(0o755)
    with_leave(repository.host)
    path = f"{before}:{os.environ['PATH']}"
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="", PATH=path)
    assert done.returncode == 0, done.stderr
    assert "rejected" in done.stderr
    assert agents(repository.show(STATE)) == MERGED


@pytest.fixture
def job(repository: Repository) -> Path:
    """A job's checkout of main with the state BASE; the token may push."""
    repository.write(STATE, state(**BASE))
    repository.push("main")
    job = repository.host.folder / "job"
    git(repository.host.folder, "clone", "--quiet", str(repository.origin), str(job))
    with_leave(repository.host)
    return job


def newest(job: Path, **more: str) -> subprocess.CompletedProcess[str]:
    given = {"BRANCH": "main", "COMMAND": "apply", "ENVIRONMENT": "production", **more}
    return bash(f'bash "{SCRIPTS}/newest.sh"', job, **given)


@pytest.mark.parametrize(
    ("kind", "in_clone"),
    [([], False), (["-a", "-m", "Mine"], True)],
    ids=["plain", "annotated, and in the clone"],
)
def test_a_tag_of_the_branch_s_name_is_not_taken_for_the_branch(
    repository: Repository, job: Path, kind: list[str], *, in_clone: bool
) -> None:
    """Who may push a tag would have its commits put onto a protected branch."""
    before = repository.sha("main")
    repository.write(STATE, state(production={"desk": "666"}))
    repository.write("agents/evil.yaml", "spec: {}\n")
    git(repository.work, "add", "--all")
    git(repository.work, "commit", "--quiet", "-m", "Not reviewed")
    git(repository.work, "tag", *kind, "main")
    git(repository.work, "push", "--quiet", "origin", "refs/tags/main")
    if in_clone:
        git(job, "fetch", "--quiet", "--tags", "origin")
    done = newest(job)
    assert done.returncode == 0, done.stderr
    assert agents((job / STATE).read_text(encoding="utf-8")) == BASE
    (job / STATE).write_text(state(**OURS), encoding="utf-8")
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="production")
    assert done.returncode == 0, done.stdout + done.stderr
    assert git(repository.origin, "rev-parse", "refs/heads/main^") == before
    assert git(repository.origin, "diff", "--name-only", before, "refs/heads/main") == STATE
    assert agents(repository.show(STATE)) == {**BASE, "production": OURS["production"]}


def test_a_branch_that_went_elsewhere_gets_no_state(repository: Repository, job: Path) -> None:
    repository.write("other.txt", "moved\n")
    began = repository.push("main")
    assert newest(job).returncode == 0
    git(repository.work, "commit", "--quiet", "--amend", "-m", "Another history")
    with_leave(repository.host)
    git(repository.work, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/main")
    moved = repository.sha("main")
    (job / STATE).write_text(state(**OURS), encoding="utf-8")
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="production")
    assert done.returncode == 1
    assert f"it is now at {moved[:12]}, which does not come after {began[:12]}" in done.stdout
    assert repository.sha("main") == moved


def went_live(repository: Repository, **pages: str) -> str:
    """A later commit of main, and the state's after it, which names commits as live."""
    later = repository.push("main", "Later")
    commits = {name: commit or later for name, commit in pages.items()}
    text = json.dumps(
        {
            "environments": {
                n: {"objects": {"agent/desk": {"commit": c}}} for n, c in commits.items()
            }
        }
    )
    repository.write(STATE, text)
    repository.push("main")
    return later


def test_a_commit_older_than_the_applied_one_is_not_applied(
    repository: Repository, job: Path, tmp_path: Path
) -> None:
    later = went_live(repository, production="", staging=repository.sha("main"))
    before = (job / STATE).read_text(encoding="utf-8")
    told = f" title=reconciler::this run is older than what is live ({later[:12]}): run it for"
    for environment in ("production", ""):
        done = newest(job, ENVIRONMENT=environment)
        assert (done.returncode, done.stdout[: len(told) + 7]) == (4, f"::error{told}")
        assert (job / STATE).read_text(encoding="utf-8") == before
    for given in ({"ENVIRONMENT": "staging"}, {"BRANCH": "other"}):
        git(repository.work, "push", "--quiet", "origin", f"{later}:refs/heads/other")
        done = newest(job, **given)
        assert (done.returncode, done.stdout) == (0, ""), "another environment, another branch"
    done = newest(job, COMMAND="plan")
    assert (done.returncode, done.stdout[: len(told) + 9]) == (0, f"::warning{told}")
    shallow = tmp_path / "shallow"
    words = ("--quiet", "--depth=1", "--branch=other", f"file://{repository.origin}", str(shallow))
    git(tmp_path, "clone", *words)
    assert newest(shallow).returncode == 0, "without the history nothing is known"


def test_applies_from_elsewhere_do_not_count(repository: Repository, job: Path) -> None:
    """From a branch that was never merged, from files with edits, or from an older state format."""
    for commit in ("0" * 40, "0" * 40 + "+"):
        went_live(repository, production=commit)
        done = newest(job)
        assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.mark.parametrize("temp", [True, False], ids=["GitHub", "elsewhere"])
def test_a_page_that_another_job_wrote_meanwhile_is_kept(
    repository: Repository, job: Path, tmp_path: Path, *, temp: bool
) -> None:
    """The job began with the branch's state, not with its own commit's."""
    where = {"RUNNER_TEMP": str(tmp_path) if temp else ""}
    one = {"production": {"desk": "1"}, "staging": {"desk": "2"}}
    two = {"production": {"desk": "1"}, "staging": {"desk": "3"}}
    repository.write(STATE, state(**one))
    repository.push("main")
    assert newest(job, **where).returncode == 0
    repository.write(STATE, state(**two))
    repository.push("main")
    (job / STATE).write_text(state(**{**one, "production": {"desk": "9"}}), encoding="utf-8")
    with_leave(repository.host)
    given = {"BRANCH": "main", "ENVIRONMENT": "", **where}
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, **given)
    assert done.returncode == 0, done.stderr
    assert agents(repository.show(STATE)) == {
        "production": {"desk": "9"},
        "staging": {"desk": "3"},
    }


def test_the_page_of_the_applied_environment_alone_is_taken_over(
    repository: Repository, job: Path
) -> None:
    touched = {"production": {"desk": "2"}, "staging": {"desk": "666"}, "test": {"desk": "666"}}
    assert newest(job).returncode == 0
    (job / STATE).write_text(state(**touched), encoding="utf-8")
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="production")
    assert done.returncode == 0, done.stderr
    assert agents(repository.show(STATE)) == {
        "production": {"desk": "2"},
        "staging": {"desk": "1"},
    }


def test_without_a_branch_a_changed_state_is_an_error(repository: Repository) -> None:
    repository.push("main")
    assert bash(f'bash "{SCRIPTS}/state.sh"', repository.work, BRANCH="").returncode == 0
    repository.write(STATE, state(**BASE))
    done = bash(f'bash "{SCRIPTS}/state.sh"', repository.work, BRANCH="")
    assert done.returncode == 1
    assert "this run is on no branch to commit it to" in done.stdout


def states() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("state files", SCRIPTS / "states.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_another_salt_takes_the_whole_environment() -> None:
    """Digests depend on it: entries of two salts side by side would mean nothing."""
    base, ours, theirs = (
        {"environments": {"p": {"salt": salt, "objects": {key: {"id": salt}}}}}
        for salt, key in (("a", "x"), ("b", "y"), ("a", "z"))
    )
    merge = states().merge
    assert merge(base, ours, theirs) == ours
    assert merge({}, ours, {}) == ours
    assert merge(base, base, theirs) == theirs


NAMES = st.sampled_from(
    ["salt", "agents", "objects", "environments", "id", "format_version", "a", "b", ""]
)
ENTRIES = st.dictionaries(st.sampled_from(["id", "salt", "digests"]), st.sampled_from("xy"))
PAGES = st.dictionaries(NAMES, st.dictionaries(NAMES, ENTRIES, max_size=4), max_size=3)


def of_pages(pages: dict[str, Any]) -> dict[str, Any]:
    found = {name: {"salt": "s", "objects": agents} for name, agents in pages.items()}
    return {"format_version": "1.1", "environments": found}


@hypothesis.given(PAGES, PAGES, PAGES)
def test_every_entry_is_that_of_the_side_that_changed_it(base: Any, ours: Any, theirs: Any) -> None:
    """Also if an agent or an environment has the name of a key of the format."""
    merge = states().merge
    merged = merge(of_pages(base), of_pages(ours), of_pages(theirs))["environments"]
    assert merge(of_pages(base), of_pages(ours), of_pages(ours)) == of_pages(ours)
    assert merge(of_pages(base), of_pages(ours), of_pages(base)) == of_pages(ours)
    for name in {*base, *ours, *theirs}:
        for key in {key for side in (base, ours, theirs) for key in side.get(name, {})}:
            was, here, there = (side.get(name, {}).get(key) for side in (base, ours, theirs))
            kept = merged.get(name, {"objects": {}})["objects"].get(key)
            if (name in ours) == (name in theirs):  # else a whole page was added or removed
                assert kept == (there if here == was else here), (name, key)


DAMAGED = ["<<<<<<< ours\n{}\n", "[]", "null", "{", "7", "\ufeff{}", '{"environments": [1]}']
DAMAGED += ['{"environments": {"p": {"salt": "s", "agents": {"a": 1}}}}']


def test_a_damaged_state_on_the_branch_is_named(tmp_path: Path) -> None:
    (tmp_path / STATE).write_text(state(production={"desk": "2"}), encoding="utf-8")
    other = tmp_path / "damaged"
    for number, damaged in enumerate(DAMAGED):
        other.write_text(damaged, encoding="utf-8")
        merge = ["merge", str(tmp_path / STATE), str(tmp_path / STATE), str(other), ""]
        argv = ["commits", str(other), ""] if number % 2 else merge
        asked = [sys.executable, "-I", str(SCRIPTS / "states.py"), *argv]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, ""), damaged
        assert done.stderr == "::error title=reconciler::damaged is not what reconciler writes\n"


def test_a_state_that_git_ignores_is_pushed_and_that_is_reported(
    job: Path, repository: Repository
) -> None:
    assert newest(job).returncode == 0
    (job / ".git/info/exclude").write_text(f"{STATE}\n")
    (job / STATE).write_text(state(production={"desk": "2"}), encoding="utf-8")
    done = bash(f'bash "{SCRIPTS}/state.sh"', job, BRANCH="main", ENVIRONMENT="production")
    assert done.returncode == 0, done.stderr
    assert f"{STATE} is ignored by git, and is committed all the same" in done.stdout
    assert agents(repository.show(STATE))["production"] == {"desk": "2"}


def test_a_state_that_a_commit_made_a_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    target = tmp_path / "target"
    target.write_text("{}")
    (tmp_path / STATE).symlink_to(target)
    given = {"BRANCH": "main", "ENVIRONMENT": "production", "SECRETS": "", "REPORT": ""}
    for script in ("newest.sh", "state.sh", "pull.sh"):
        done = bash(f'bash "{SCRIPTS}/{script}"', tmp_path, **given, BASE="main")
        assert done.returncode == 1
        assert f"{STATE} is no plain file" in done.stdout
        assert (target.read_text(), (tmp_path / STATE).is_symlink()) == ("{}", True)


def test_a_folder_of_plain_files_is_no_repository_of_the_scripts(job: Path, tmp_path: Path) -> None:
    """Whoever may commit can commit one, and its config names programs."""
    ran = tmp_path / "ran"
    voice = job / "voice"
    for name in ("objects", "refs"):
        (voice / name).mkdir(parents=True)
    (voice / "HEAD").write_text("ref: refs/heads/main\n")
    evil = f"touch {ran}"
    (voice / "config").write_text(
        "[core]\nrepositoryformatversion = 0\nbare = true\n"
        f'fsmonitor = "{evil}"\nsshCommand = "{evil}"\n'
        '[remote "origin"]\nurl = ssh://127.0.0.1/x\n'
    )
    for script in ("newest.sh", "state.sh"):
        done = bash(f'bash "{SCRIPTS}/{script}"', voice, BRANCH="main", ENVIRONMENT="")
        assert not ran.exists(), done


def test_what_the_job_has_set_for_git_stays_set(tmp_path: Path) -> None:
    asked = ("a.b", "core.hooksPath", "--get-all http.https://h/.extraheader")
    script = "; ".join([f'source "{SCRIPTS}/git.sh"', *(f"git config {one}" for one in asked)])
    told = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "mine"}
    told |= {"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://h"}
    done = bash(script, tmp_path, **told)
    assert done.stdout.splitlines() == [
        "mine",
        "/dev/null",
        "",
        "Authorization: Basic eC1hY2Nlc3MtdG9rZW46dA==",
    ]


# allowed.sh

OWN, FORK = "acme/agents", "mallory/agents"
PULL = "https://api.github.com/repos/acme/agents/pulls/7"


def allowed(folder: Path, event: str, command: str, head: str = "", on: str = "") -> str:
    """The command that may run, else the message of the error."""
    output = folder / "output"
    given = {"COMMAND": command, "HEAD_REPOSITORY": head, "COMMENTED_ON": on}
    given |= {"GITHUB_EVENT_NAME": event, "GITHUB_REPOSITORY": OWN, "GITHUB_OUTPUT": str(output)}
    done = bash(f'bash "{SCRIPTS}/allowed.sh"', folder, **given)
    if done.returncode:
        assert (done.returncode, output.exists(), done.stderr) == (64, False, "")
        return done.stdout.removeprefix("::error title=reconciler::").removesuffix("\n")
    return output.read_text(encoding="utf-8").removeprefix("command=").removesuffix("\n")


@pytest.mark.parametrize(
    ("event", "command", "head", "on", "runs"),
    [
        ("push", "apply", "", "", "apply"),
        ("schedule", "drift", "", "", "drift"),
        ("workflow_dispatch", "plan", "", "", "plan"),
        ("pull_request", "plan", OWN, "", "plan"),
        ("pull_request", "apply", OWN, "", "apply"),
        ("pull_request", "plan", FORK, "", "validate"),
        ("pull_request", "plan", "", "", "validate"),  # the fork is gone
        ("pull_request", "validate", FORK, "", "validate"),
        ("pull_request_target", "plan", OWN, "", "plan"),
        ("workflow_run", "apply", OWN, "", "apply"),
        ("issue_comment", "drift", "", "", "drift"),
    ],
)
def test_what_may_run_does(
    tmp_path: Path, event: str, command: str, head: str, on: str, runs: str
) -> None:
    assert allowed(tmp_path, event, command, head, on) == runs


@pytest.mark.parametrize(
    ("event", "command", "head", "on", "told"),
    [
        (
            "push",
            "rollback",
            "",
            "",
            "`command` is `rollback`: it must be validate, plan, apply,",
        ),
        ("pull_request", "apply", FORK, "", "`apply` does not run for a pull request from a fork"),
        ("pull_request_review", "drift", FORK, "", "`drift` does not run for a pull request from"),
        ("pull_request_target", "plan", FORK, "", "pull_request_target hands secrets to the files"),
        ("pull_request_target", "validate", FORK, "", "pull_request_target hands secrets to the"),
        ("workflow_run", "plan", FORK, "", "workflow_run hands secrets to the files of a fork"),
        ("workflow_run", "apply", FORK, "", "workflow_run hands secrets to the files of a fork"),
        (
            "issue_comment",
            "apply",
            "",
            PULL,
            "issue_comment hands secrets to whatever pull request",
        ),
    ],
)
def test_what_may_not_run_does_not(
    tmp_path: Path, event: str, command: str, head: str, on: str, told: str
) -> None:
    assert allowed(tmp_path, event, command, head, on).startswith(told)


# Python of the scripts


def test_no_python_starts_where_the_checkout_is_looked_into_first() -> None:
    for path in SCRIPTS.glob("*.sh"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"python3?}?\"", line) and not line.startswith("#"):
                assert " -I " in line, f"{path.name}: {line}"


# run.sh


def variables(temp: Path, command: str, **more: str) -> dict[str, str]:
    """The environment that the action passes to run.sh."""
    return {
        "COMMAND": command,
        "ENVIRONMENT": "",
        "ARGUMENTS": "",
        "PLAN_FILE": "",
        "PLAN_DIGEST": "any",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REPOSITORY": "acme/agents",
        "GITHUB_OUTPUT": str(temp / "output"),
        "RUNNER_TEMP": str(temp),
        **more,
    }


def test_arguments_are_one_a_line_and_are_taken_as_they_are(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text("environments: { here: { url: sandbox } }\n")
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents/desk.yaml").write_text("spec: { agentName: Desk }\n")
    words = "--target\nnone such $(touch hit)\n"
    given = variables(tmp_path, "plan", ARGUMENTS=words, ENVIRONMENT="here")
    given["RECONCILER"] = str(programs / "reconciler")
    done = bash(f'bash "{SCRIPTS}/run.sh"', tmp_path, **given)
    assert done.returncode == 0
    assert "none such $(touch hit)" in done.stderr
    assert not (tmp_path / "hit").exists()
    outputs = (tmp_path / "output").read_text(encoding="utf-8").splitlines()
    assert {"command=plan", "exit-code=64", "artifact=reconciler-plan-here"} <= set(outputs)


def test_a_cancelled_apply_finishes_the_agent_in_flight_and_keeps_its_code(
    tmp_path: Path, serve: Serve, programs: Path
) -> None:
    """The runner sends SIGINT to the script alone; the tool gets it too."""
    served = serve(f"shape=G3&api_key={KEY}&latency=300")
    (tmp_path / "agents").mkdir()
    for key in "abcdef":
        text = f"spec: {{ agentName: Agent {key}, greetingMessage: Hello }}\n"
        (tmp_path / "agents" / f"{key}.yaml").write_text(text, encoding="utf-8")
    given = variables(tmp_path, "apply", ARGUMENTS="--parallelism=1\n")
    given |= {"HAMSA_BASE_URL": served.url, "HAMSA_API_KEY": KEY}
    given["RECONCILER"] = str(programs / "reconciler")
    run = subprocess.Popen(
        ["bash", str(SCRIPTS / "run.sh")],  # noqa: S607
        cwd=tmp_path,
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    while not len(served.app.state.store):
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGINT)
    told, _ = run.communicate(timeout=60)
    outputs = (tmp_path / "output").read_text(encoding="utf-8")
    assert "exit-code=130" in outputs, told
    live = {record.id for record in served.app.state.store.records()}
    assert 0 < len(live) < 6
    known = agents((tmp_path / STATE).read_text(encoding="utf-8"))["default"]
    assert set(known.values()) == live


def test_an_apply_without_a_digest_or_a_plan_is_refused_before_anything_runs(
    tmp_path: Path,
) -> None:
    """GitHub drops an output that holds a masked value: then the digest arrives empty."""
    (tmp_path / "tool").write_text("#!/bin/sh\necho ran >>ran\n", encoding="utf-8")
    (tmp_path / "tool").chmod(0o755)
    given = {"RECONCILER": str(tmp_path / "tool")}
    for more, code in (
        ({"PLAN_DIGEST": ""}, 64),
        ({"PLAN_DIGEST": "any"}, 0),
        ({"PLAN_DIGEST": "sha256:0"}, 0),
        ({"PLAN_DIGEST": "", "PLAN_FILE": "saved.plan.json"}, 0),
    ):
        (tmp_path / "ran").unlink(missing_ok=True)
        done = bash(
            f'bash "{SCRIPTS}/run.sh"', tmp_path, **given, **variables(tmp_path, "apply", **more)
        )
        assert (done.returncode, (tmp_path / "ran").exists()) == (code, code == 0), done.stdout
    assert (
        "nobody reviewed"
        in bash(
            f'bash "{SCRIPTS}/run.sh"', tmp_path, **variables(tmp_path, "apply", PLAN_DIGEST="")
        ).stdout
    )

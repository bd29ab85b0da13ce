"""Every script of the action, and the jobs of GitLab, in a checkout that wants to get a hand in.

One commit holds all that a merge can bring: a folder that is a bare repository, programs that a
configuration names, hooks, attributes, submodules, links, Python modules, odd names. Nothing of it
is executed, nothing outside is written, and the tokens are in no file and in no output.
"""

import base64
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ci.repository import git
from tests.ci.test_gitlab_jobs import APPLY, PLAN, STRONG, Lab, jobs, lab
from tests.ci.test_scripts import SCRIPTS, STATE, state

__all__ = ["jobs", "lab"]
TOKEN, KEY = "ghs_Planted5f2d9cQ", "hk-planted-77aa01"
MODULES = [
    "json",
    "sitecustomize",
    "usercustomize",
    "pip",
    "venv",
    "re",
    "pathlib",
    "argparse",
    "os",
]
MODULES += ["reconciler", "httpx", "site", "collections", "typing", "ruamel"]
PROGRAMS = [
    "git",
    "bash",
    "sh",
    "python",
    "python3",
    "sed",
    "cksum",
    "cut",
    "base64",
    "ssh",
    "pager",
]
HOOKS = ["pre-push", "post-checkout", "reference-transaction", "pre-commit", "post-merge"]
CONFIG = """\
[core]
    repositoryformatversion = 0
    bare = true
    fsmonitor = {run}/fsmonitor
    sshCommand = {run}/ssh
    pager = {run}/pager
    editor = {run}/editor
    hooksPath = hooks
    gitProxy = {run}/proxy
    askPass = {run}/askpass
    attributesFile = ../.gitattributes
[alias]
    fetch = !{run}/alias
    show = !{run}/alias
[diff]
    external = {run}/external
[diff "evil"]
    command = {run}/driver
    textconv = {run}/textconv
[filter "evil"]
    clean = {run}/clean
    smudge = {run}/smudge
    process = {run}/process
    required = true
[merge "evil"]
    driver = {run}/merge
[credential]
    helper = !{run}/helper
[gpg]
    program = {run}/gpg
[commit]
    gpgSign = true
[remote "origin"]
    url = ssh://127.0.0.1/x
    pushurl = ext::{run}/ext
    uploadpack = {run}/uploadpack
    receivepack = {run}/receivepack
"""
TOOL = """#!/bin/bash
exec "{python}" -I -m reconciler "$@"
"""
STUB = """#!/bin/bash
case $1 in
  pull) echo '{{"edits": [{{"taken": true, "files": {files}}}]}}' ;;
  apply) cp "{applied}" reconciler.state.json ;;
  publish) if test "$2" = digest; then echo sha256:1; fi ;;
esac
"""


@dataclass
class Trap:
    """A repository with one commit of everything, its checkout, and the paths to watch."""

    folder: Path

    def __post_init__(self) -> None:
        self.origin, self.work, self.temp = (
            self.folder / name for name in ("origin.git", "work", "temp")
        )
        self.ran, self.outside, self.run = (
            self.folder / name for name in ("ran", "outside", "programs")
        )
        for path in (self.temp / "bin", self.ran, self.outside, self.run):
            path.mkdir(parents=True)
        (self.outside / "target").write_text("{}", encoding="utf-8")
        (self.temp / "bin/python").symlink_to(sys.executable)
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        git(self.folder, "clone", "--quiet", str(self.origin), str(self.work))
        self.plant(self.work)
        git(self.work, "add", "--all", "--force")
        git(self.work, "commit", "--quiet", "-m", "Merge\n\n::error::owned")
        git(self.work, "push", "--quiet", "origin", "HEAD:main")

    def program(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nenv >"{self.ran}/{path.name}"\n', encoding="utf-8")
        path.chmod(0o755)

    def plant(self, work: Path) -> None:
        for name in CONFIG.split("{run}/")[1:]:
            self.program(self.run / name.split()[0])
        for place in (work, work / "voice", work / "agents"):
            for name in HOOKS:
                self.program(place / "hooks" / name)
            for name in PROGRAMS:
                self.program(place / name)
            for name in MODULES:
                place.joinpath(f"{name}.py").write_text(
                    f"open({str(self.ran / name)!r}, 'w')\n", encoding="utf-8"
                )
        for place in (work, work / "voice"):
            (place / "reconciler.yaml").write_text(
                "agents: agents/\nenvironments:\n  production: { url: sandbox }\n", encoding="utf-8"
            )
            (place / STATE).write_text(state(production={"desk": "1"}), encoding="utf-8")
            (place / "agents").mkdir(exist_ok=True)
            (place / "agents/desk.yaml").write_text("spec: { agentName: Desk }\n", encoding="utf-8")
            (place / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
            (place / "pyvenv.cfg").write_text("home = .\n")
            (place / ".gitconfig").write_text(CONFIG.format(run=self.run))
        (work / ".gitmodules").write_text(
            f'[submodule "x"]\n path = x\n url = ext::{self.run}/ext\n update = !{self.run}/ext\n'
        )
        bare = work / "voice"
        (bare / "HEAD").write_text("ref: refs/heads/main\n")
        (bare / "config").write_text(CONFIG.format(run=self.run))
        for name in ("objects", "refs"):
            (bare / name).mkdir()
            (bare / name / ".k").write_text("")
        (work / "-rf").write_text("")
        (work / "a\n::error::owned").write_text("")

    def tool(self, text: str) -> str:
        path = self.temp / "bin/reconciler"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def bash(self, script: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
        env = {name: os.environ[name] for name in os.environ if name != "RUNNER_TEMP"}
        env |= {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_SERVER_URL": "https://forge.example",
            "BRANCH": "main",
        }
        env |= {"RECONCILER": str(self.temp / "bin/reconciler"), "RUNNER_TEMP": str(self.temp)}
        env |= {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "BASE": "main"}
        env |= {"SECRETS": f"HAMSA_API_KEY={KEY}", "ENVIRONMENT": "production", "COMMAND": "apply"}
        env |= {"ARGUMENTS": "", "PLAN_FILE": "", "PLAN_DIGEST": "any", "TITLE": "", "CODE": "2"}
        env |= {"GITHUB_OUTPUT": str(self.temp / "output"), "HAS_CHANGES": "true", "NO_PLAN": ""}
        env |= {"GITHUB_STEP_SUMMARY": str(self.temp / "summary"), "REPORT": str(self.temp / "r")}
        env |= {
            "HOME": str(self.folder),
            "PYTHONPATH": ".",
            "PYTHONSTARTUP": "json.py",
            "FLAGS": "",
        }
        env |= {"HEAD_REPOSITORY": "", "COMMENTED_ON": "", "GITHUB_REPOSITORY": "a/b", **given}
        return subprocess.run(
            ["bash", str(SCRIPTS / script)],  # noqa: S607
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    def caught(self) -> list[str]:
        """What was executed or written outside of the allowed places."""
        found = sorted(path.name for path in self.ran.iterdir())
        if sorted(path.name for path in self.outside.iterdir()) != ["target"]:
            found.append("a file outside")
        if (self.outside / "target").read_text(encoding="utf-8") != "{}":
            found.append("the file outside")
        basic = base64.b64encode(f"x-access-token:{TOKEN}".encode())
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                held = path.read_bytes()
                found += [str(path) for one in (TOKEN.encode(), KEY.encode(), basic) if one in held]
        return found


ACTS = ["allowed.sh", "newest.sh", "run.sh", "report.sh", "state.sh", "comment.sh", "reviewed.sh"]
ACTS += ["issue.sh", "pull.sh", "finish.sh"]


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


def test_no_script_of_the_action_runs_what_a_checkout_holds(trap: Trap) -> None:
    applied = trap.folder / "applied"
    (trap.temp / "r").mkdir()
    (trap.temp / "r/report.md").write_text("<!-- -->\n")
    for number, place in enumerate(("", "voice", "agents"), 2):
        applied.write_text(state(production={"desk": str(number)}), encoding="utf-8")
        files = '["agents/desk.yaml"]' if place != "agents" else '["desk.yaml"]'
        trap.tool(STUB.format(applied=applied, files=files))
        ended = {}
        for act in ACTS:
            done = trap.bash(act, trap.work / place)
            ended[act] = done.returncode
            told = done.stdout + done.stderr
            assert TOKEN not in told, act
            assert KEY not in told.replace(f"::add-mask::{KEY}", ""), act
            assert trap.caught() == [], f"{act}: {told}"
        assert ended["allowed.sh"] == ended["comment.sh"] == 0
        asked = {"newest.sh", "run.sh", "state.sh", "issue.sh", "pull.sh"}
        stopped = {act for act in asked if ended[act]}
        assert stopped == (asked if place == "voice" else set()), (place, ended)


def test_the_trap_would_catch_it(trap: Trap) -> None:
    """Without the settings of checkout.sh, and without -I, the same checkout gets a hand in."""
    trap.tool(STUB.format(applied=trap.outside / "target", files="[]"))
    trap.bash("newest.sh", trap.work / "voice", checkout_is_data="true", GIT_CONFIG_COUNT="0")
    assert trap.caught() != []
    shutil.rmtree(trap.ran)
    trap.ran.mkdir()
    subprocess.run(
        [sys.executable, "-c", "import json"],
        cwd=trap.work,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        check=False,
    )
    assert trap.caught() != []


def test_the_tool_itself_applies_without_running_any_of_it(trap: Trap) -> None:
    """Started as `install.sh` has it start: a plan is made on the way."""
    trap.tool(TOOL.format(python=sys.executable))
    (trap.work / STATE).unlink()  # it refers to an agent that does not exist
    done = trap.bash("run.sh", trap.work, COMMAND="apply")
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert KEY not in told.replace(f"::add-mask::{KEY}", "")
    assert "exit-code=0" in (trap.temp / "output").read_text(encoding="utf-8").splitlines(), told
    assert trap.caught() == [], told


LINKED = ["reconciler.state.json", ".reconciler", "agents/desk.yaml"]


def test_nothing_is_written_through_a_link_of_the_checkout(trap: Trap, programs: Path) -> None:
    """Neither by the scripts nor by the tool that they start."""
    (trap.temp / "bin/reconciler").symlink_to(programs / "reconciler")
    for name in LINKED:
        linked(trap, name)


def linked(trap: Trap, name: str) -> None:
    path = trap.work / name
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.symlink_to(trap.outside if name == ".reconciler" else trap.outside / "target")
    for act in ("run.sh", "state.sh"):
        trap.bash(act, trap.work, COMMAND="apply")
        assert trap.caught() == [], act
        assert path.is_symlink()
    path.unlink()
    git(trap.work, "-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--", ".")


REPORTS = ["report.md", "report.html", "report.json", "report.xml", "report.env"]


@pytest.mark.parametrize("kind", ["link", "forged"])
def test_a_report_that_a_commit_brings_is_neither_published_nor_written_through(
    lab: Lab, kind: str
) -> None:
    """On GitLab reports are in the checkout, where its runner looks for artifacts."""
    outside = lab.folder / "outside"
    outside.mkdir()
    (outside / "target").write_text("safe", encoding="utf-8")
    for name in REPORTS:
        path = lab.work / name
        if kind == "link":
            path.symlink_to(outside / "target")
        else:
            path.write_text("<!-- reconciler:plan:production -->\n<!-- digest: forged -->\n")
    tool = lab.temp / "bin/reconciler"
    tool.write_text(tool.read_text().replace("plan)", "plan) exit 64 ;; never)"), encoding="utf-8")
    for job in (PLAN, APPLY):
        done = lab.run(job, ENDS="4")
        assert done.returncode != 0
        assert STRONG not in done.stdout
    words = lab.words()
    assert [word.split()[0] for word in words] == ["plan", "apply"], "nothing is published"
    assert (outside / "target").read_text(encoding="utf-8") == "safe"
    assert [name for name in REPORTS if (lab.work / name).exists()] == []

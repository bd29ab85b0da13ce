"""`doctor`: each check passes if all is well, and gives a remedy if something is not."""

import argparse
import io
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import installed, main
from reconciler.cli.doctor import CHECKS, _done, tool
from reconciler.cli.doctor.context import Context
from reconciler.cli.world import World
from reconciler.engine import checkup
from reconciler.engine.checkup import Check
from reconciler.errors import ReconcilerError
from reconciler.render import doctor, terminal
from reconciler.state.mutex import exclusive
from tests import confined
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.cli

KEY = "a-key-of-a-test-0001"
OTHER = "another-key-of-a-test"


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `init` makes, applied and committed."""
    project = Project(tmp_path_factory.mktemp("new") / "project")
    (project.root / "agents").rmdir()
    assert project.run("init", "--api", "v1").code == 0
    assert project.apply().code == 0
    git(project, "init", "--quiet")
    commit(project)
    return project.root


@pytest.fixture
def healthy(project: Project, new: Path) -> Project:
    """A new project in git, everything committed, its key set."""
    shutil.copytree(new, project.root, dirs_exist_ok=True)
    project.env["HAMSA_API_KEY"] = KEY
    return project


def git(project: Project, *argv: str, code: int = 0) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run(
        ["git", "-C", str(project.root), *who, *argv],  # noqa: S607
        check=False,
        capture_output=True,
    )
    assert done.returncode == code, done.stderr


def commit(project: Project, message: str = "x") -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", message)


def found(project: Project, *argv: str) -> dict[str, Any]:
    """The checks by name, with their environment; no secret is in any of them."""
    done = project.run("doctor", "--format", "json", *argv)
    assert done.code == int(any(one["status"] == "fail" for one in done.json["checks"]))
    assert KEY not in done.out + done.err
    return {f"{c['environment']} {c['name']}".strip(): c for c in done.json["checks"]}


def lines(project: Project, *argv: str) -> str:
    """The visible text, with one space between columns."""
    return re.sub(" +", " ", project.run("doctor", *argv).out)


def about(project: Project, name: str, *argv: str) -> tuple[str, str, list[str]]:
    one = found(project, "--offline", *argv)[name]
    return one["status"], one["said"], one["remedy"]


def test_a_healthy_project_is_reported_line_by_line(healthy: Project) -> None:
    done = healthy.run("doctor", "--offline")
    assert done.code == 0, done.out
    project = "reconciler.yaml has the environments sandbox, production; sandbox is meant without"
    assert f"✓ project             {project} --env\n" in done.out
    secrets = "the value of HAMSA_API_KEY is in no file that git keeps"
    assert f"✓ secrets             {secrets}\n" in done.out
    assert "– ci                  no CI file runs reconciler\n" in done.out
    assert done.out.startswith("✓ project ")
    assert f"\n{' ' * 22}→ reconciler init --github, or --gitlab\n" in done.out
    assert "✓ sandbox secrets     none needed: the sandbox has stand-ins\n" in done.out
    assert "✓ sandbox plan        No changes in sandbox: 1 in sync" in done.out
    assert "✓ sandbox apply       nothing blocks it\n" in done.out
    assert "– production reach    skipped: --offline\n" in done.out
    assert done.out.endswith("Doctor: 0 failed, 0 warnings, 18 fine, 6 skipped.\n")
    names = [name for name, one in found(healthy, "--offline").items() if one["status"] != "ok"]
    skipped = ("reach", "access", "clock", "plan", "apply")
    assert names == ["ci", *(f"production {name}" for name in skipped)]


def test_without_a_project_it_says_how_to_make_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    done = project.run("doctor")
    assert done.code == project.run("plan").code == 1
    assert done.out.startswith(
        "✗ project      there is no reconciler.yaml here or above\n"
        "               → cd into the project, or make one: reconciler init\n"
    )
    assert "– permissions  skipped: there is no project\n" in done.out
    assert "– lock         skipped: there is no project\n" in done.out
    assert "state can be written" not in done.out
    assert "– agents       skipped: there is no project\n" in done.out
    assert "– key          skipped: there is no environment\n" in done.out


def test_a_key_alone_is_a_project(project: Project, serve: Serve) -> None:
    doctor = found(project.on(serve(f"api_key={KEY}").url, KEY))
    assert doctor["permissions"]["status"] == "ok"
    assert doctor["default key"]["said"] == "HAMSA_API_KEY is set"


USUAL = "reconciler.yaml has the environments sandbox, production"


@pytest.mark.parametrize(
    ("argv", "env", "said"),
    [
        ((), {}, "; sandbox is meant without --env"),
        (("-e", "sandbox"), {}, "; sandbox is meant without --env"),
        (("-e", "production"), {}, "; sandbox is meant without --env; production was asked for"),
        ((), {"RECONCILER_ENV": "production"}, "; production is meant without --env"),
    ],
)
def test_the_environment_that_is_meant(
    healthy: Project, argv: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    healthy.env |= env
    assert about(healthy, "project", *argv)[1] == USUAL + said


def test_lines_fit_a_terminal() -> None:
    class Narrow(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Narrow()
    console = terminal.console(out, "never")
    console.width = 80
    long = checkup.fail("reach", "word " * 40, "do this " * 20, environment="production")
    terminal.show_checks(console, [doctor.row(long), doctor.row(checkup.ok("git", "fine"))])
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("✗ production reach  word")
    assert lines[1].startswith(" " * 20 + "word")
    assert lines[-1] == "✓ git               fine"


def test_hostile_text_does_not_act() -> None:
    sign, _, said, remedy = doctor.row(checkup.warn("x", "a\x1b[2Jb", "c\u202ed"))
    assert (sign, said, remedy) == ("!", "a␛[2Jb", ("c⟨RLO⟩d",))


@pytest.mark.parametrize(
    ("version", "status", "said"),
    [
        ((3, 11, 0), "ok", "3.11.0"),
        ((3, 14, 1), "ok", "3.14.1"),
        ((4, 0, 0), "ok", "4.0.0"),
        ((3, 10, 9), "fail", "3.10.9, and 3.11 is needed"),
    ],
)
def test_python(version: tuple[int, ...], status: str, said: str) -> None:
    one = checkup.python(version, ">=3.11")
    assert (one.level, one.said) == (status, said)


def test_packages(healthy: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said, _ = about(healthy, "packages")
    assert (status, said.endswith("are there; YAML is read by the C parser")) == ("ok", True)
    info = tmp_path / "lib/hamsa_reconciler-9.dist-info"
    info.mkdir(parents=True)
    text = "Metadata-Version: 2.1\nName: hamsa-reconciler\nVersion: 9\nRequires-Python: >=3.11\n"
    (info / "METADATA").write_text(text + "Requires-Dist: no-such-package>=1; python_version>'3'\n")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    status, said, _ = about(healthy, "packages")
    assert (status, said) == ("fail", "not installed: no-such-package")


def test_a_run_from_a_folder_is_reported(healthy: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "DISTRIBUTION", "hamsa-reconciler-of-nobody")
    status, said, remedy = about(healthy, "packages")
    assert (status, said.startswith("runs from a folder: ")) == ("warn", True)
    assert remedy == [
        "install hamsa-reconciler again from its repository, with its dependencies",
    ]
    assert about(healthy, "python")[0] == "ok"


@pytest.mark.parametrize(
    ("scripts", "level"),
    [
        ("", "warn"),
        ("[console_scripts]\nframes = frames.run:main\n", "warn"),
        ("[console_scripts]\nreconciler = reconciler.__main__:main\n", "ok"),  # ours, older
    ],
)
def test_another_package_in_the_same_folder_is_reported(
    healthy: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripts: str, level: str
) -> None:
    info = tmp_path / "lib/reconciler.dist-info"
    info.mkdir(parents=True)
    metadata = {"Metadata-Version": "2.1", "Name": "reconciler", "Version": "9"}
    (info / "METADATA").write_text("".join(f"{k}: {v}\n" for k, v in metadata.items()))
    (info / "entry_points.txt").write_text(scripts)
    monkeypatch.syspath_prepend(tmp_path / "lib")
    status, said, remedy = about(healthy, "packages")
    assert status == level
    if level == "warn":
        assert said.startswith("the package `reconciler`, of another project, is installed here")
        assert remedy == ["install hamsa-reconciler in a virtual environment of its own"]


def test_the_slow_parser_is_reported(healthy: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "parser_name", lambda: "Parser")
    status, said, remedy = about(healthy, "packages")
    assert (status, said) == ("warn", "YAML is read by the slow parser")
    assert remedy == ["pip install ruamel.yaml.clib"]


def test_project_file(healthy: Project) -> None:
    assert about(healthy, "project")[:2] == (
        "ok",
        "reconciler.yaml has the environments sandbox, production; sandbox is meant without --env",
    )
    healthy.write("reconciler.yaml", "agent: x\nlimits: 3\n")
    status, said, remedy = about(healthy, "project")
    assert (status, remedy) == ("fail", ["reconciler validate"])
    assert said.startswith("reconciler.yaml:1 ")
    assert said.endswith(" and 1 more")
    assert about(healthy, "agents")[:2] == ("skipped", "skipped: the project cannot be read")
    status, said, _ = about(healthy, "project", "--config", "nowhere")
    assert (status, "nowhere" in said or "reconciler.yaml" in said) == ("fail", True)


def test_an_environment_that_does_not_exist_is_a_usage_error(healthy: Project) -> None:
    done = healthy.run("doctor", "-e", "nowhere")
    assert done.code == 64
    assert "there is no environment `nowhere`" in done.err


def test_agents(healthy: Project) -> None:
    assert about(healthy, "agents")[:2] == ("ok", "1 file, no mistake, no warning")
    healthy.agent(
        "desk", {"agentName": "Desk", "greetingMessage": "مرحبا {{caller}}", "params": {}}
    )
    status, said, remedy = about(healthy, "agents")
    assert (status, said) == ("warn", "2 files, no mistake, 1 warning")
    assert remedy == ["reconciler validate"]
    healthy.agent("desk", {"agentName": "Desk", "lang": "fr"})
    assert about(healthy, "agents")[1] == "2 files, 1 mistake, 0 warnings"
    healthy.agent("desk", {"agentName": "Desk", "lang": "fr", "interupt": True})
    status, said, remedy = about(healthy, "agents")
    assert (status, said) == ("fail", "2 files, 2 mistakes, 0 warnings")
    for path in (healthy.root / "agents").glob("*.yaml"):
        path.unlink()
    assert about(healthy, "agents")[:2] == ("warn", "no agent file in agents/")


def test_schemas(healthy: Project) -> None:
    assert about(healthy, "schemas")[:2] == ("ok", "those of this version")
    path = healthy.write("schemas/agent.v1.json", "{}")
    assert about(healthy, "schemas") == (
        "warn",
        "not of this version: schemas/agent.v1.json",
        ["reconciler schema agent --api v1 > schemas/agent.v1.json"],
    )
    path.unlink()
    status, said, remedy = about(healthy, "schemas")
    assert (status, said) == ("warn", "editors have none: schemas/agent.v1.json")
    assert remedy == ["reconciler init"]
    assert healthy.run("init").code == 0
    assert about(healthy, "schemas")[0] == "ok"


def test_permissions(healthy: Project) -> None:
    assert about(healthy, "permissions")[0] == "ok"
    assert healthy.run("plan", "--out", "next.plan.json").code == 0
    assert about(healthy, "permissions")[0] == "ok"
    (healthy.root / "next.plan.json").chmod(0o644)
    assert about(healthy, "permissions") == (
        "warn",
        "others may read next.plan.json, which holds prompts",
        ["chmod 600 *.plan.json"],
    )
    (healthy.root / "reconciler.state.json").unlink()
    (healthy.root / "reconciler.state.json").mkdir()
    status, said, _ = about(healthy, "permissions")
    assert (status, said) == ("fail", "reconciler.state.json is no file")


def test_a_folder_that_may_not_be_written(healthy: Project, programs: Path) -> None:
    (healthy.root / ".reconciler").chmod(0o500)
    done = confined.tool(programs, healthy, "doctor", "--offline", "--format", "json")
    (healthy.root / ".reconciler").chmod(0o700)
    (one,) = [one for one in done.json["checks"] if one["name"] == "permissions"]
    assert (one["status"], one["said"]) == ("fail", ".reconciler/ may not be written")


def test_lock(healthy: Project) -> None:
    assert about(healthy, "lock")[:2] == ("ok", "no other run is writing")
    with exclusive(healthy.root):
        status, said, remedy = about(healthy, "lock")
    assert (status, said) == ("warn", "another run of this project is writing on this machine")
    assert remedy == ["wait for it with --lock-timeout 5m, or run this again later"]
    (healthy.root / ".reconciler/lock").unlink()
    assert about(healthy, "lock")[:2] == ("ok", "no run has written here yet")


def test_git(project: Project) -> None:
    assert about(project, "git") == (
        "warn",
        "this is no git repository, so that nothing is reviewed",
        ["git init"],
    )
    git(project, "init", "--quiet", "--initial-branch", "main")
    assert about(project, "git")[:2] == ("ok", "a repository, with nothing unfinished")
    project.write("x.txt", "a")
    commit(project)
    git(project, "checkout", "--quiet", "-b", "other")
    project.write("x.txt", "b")
    commit(project)
    git(project, "checkout", "--quiet", "main")
    project.write("x.txt", "c")
    commit(project)
    git(project, "merge", "other", code=1)
    assert about(project, "git")[:2] == ("warn", "a merge is not finished")
    git(project, "merge", "--abort")
    git(project, "rebase", "other", code=1)
    assert about(project, "git")[:2] == ("warn", "a rebase is not finished")


def test_state(healthy: Project) -> None:
    path = healthy.root / "reconciler.state.json"
    text = path.read_text(encoding="utf-8")
    assert about(healthy, "state")[:2] == ("ok", "reconciler.state.json is committed")
    path.write_text(text.replace("sandbox", "other"), encoding="utf-8")
    said = "reconciler.state.json has changes that are not committed"
    commands = ["git add reconciler.state.json && git commit"]
    assert about(healthy, "state") == ("warn", said, commands)
    path.write_text(f"<<<<<<< a\n{text}", encoding="utf-8")
    status, said, _ = about(healthy, "state")
    assert (status, said) == (
        "fail",
        "reconciler.state.json holds the markers of an unfinished merge",
    )
    path.write_text("[]", encoding="utf-8")
    assert about(healthy, "state")[0] == "fail"
    path.write_text(text, encoding="utf-8")
    git(healthy, "rm", "--cached", "--quiet", "reconciler.state.json")
    assert about(healthy, "state") == ("warn", "reconciler.state.json is not in git", commands)
    healthy.write(".git/info/exclude", "*.state.json\n")
    status, said, _ = about(healthy, "state")
    assert (status, said.partition(":")[0]) == ("fail", "git ignores reconciler.state.json")
    healthy.write(".git/info/exclude", "")
    path.unlink()
    assert about(healthy, "state")[:2] == ("ok", "none yet: the first apply writes it")


def test_ignored_files(healthy: Project) -> None:
    said = "git ignores .reconciler/, *.plan.json, .env"
    assert about(healthy, "ignored")[:2] == ("ok", said)
    healthy.write("old.plan.json", "{}")
    git(healthy, "add", "--force", "old.plan.json")
    status, said, remedy = about(healthy, "ignored")
    assert (status, said) == ("fail", "git keeps old.plan.json")
    assert remedy == ["git rm -r --cached --ignore-unmatch old.plan.json, then reconciler init"]
    for number in range(6):
        healthy.write(f"{number} .plan.json", "{}")
    git(healthy, "add", "--force", ".")
    (remedy,) = about(healthy, "ignored")[2]
    command, _, _ = remedy.partition(", then")
    subprocess.run(shlex.split(command), cwd=healthy.root, check=True, capture_output=True)
    assert about(healthy, "ignored")[0] == "ok"
    healthy.write(".gitignore", ".reconciler/\n")
    status, said, _ = about(healthy, "ignored")
    assert (status, said) == ("warn", "git does not ignore *.plan.json, .env")
    assert healthy.run("init").code == 0
    assert about(healthy, "ignored")[0] == "ok"


def test_a_key_in_a_tracked_file_is_reported_by_the_file_alone(healthy: Project) -> None:
    assert about(healthy, "secrets")[0] == "ok"
    healthy.write("notes.md", f"the key is {KEY}, keep it\n")
    assert about(healthy, "secrets")[0] == "ok", "git does not keep it yet"
    git(healthy, "add", "notes.md")
    status, said, remedy = about(healthy, "secrets")
    assert (status, said) == ("fail", "a key is in notes.md")
    assert "revoke this one" in remedy[0]
    healthy.env["HAMSA_API_KEY"] = "sandbox"
    said = "skipped: the key has fewer than 12 characters"
    assert about(healthy, "secrets")[:2] == ("skipped", said)
    healthy.env["HAMSA_API_KEY"] = "sand box"
    said = "skipped: HAMSA_API_KEY holds a character that no key has"
    assert about(healthy, "secrets")[:2] == ("skipped", said)
    del healthy.env["HAMSA_API_KEY"]
    assert about(healthy, "secrets")[:2] == ("skipped", "skipped: no key is set")


def test_ci(healthy: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert about(healthy, "ci")[:2] == ("skipped", "no CI file runs reconciler")
    pinned = "0123456789abcdef" * 2 + "01234567"
    done = healthy.run("init", "--github", "--source", f"example/reconciler@{pinned}")
    assert done.code == 0, done.err
    assert about(healthy, "ci") == ("ok", "CI runs 0123456789ab of reconciler", [])
    healthy.write(".gitlab-ci.yml", f"# reconciler\nvariables: {{ TOOL_COMMIT: {'e' * 40} }}\n")
    assert about(healthy, "ci")[1] == "CI runs 0123456789ab, eeeeeeeeeeee of reconciler"
    healthy.write(".gitlab-ci.yml", "stages: []\n")
    info = tmp_path / "lib/hamsa_reconciler-9.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hamsa-reconciler\nVersion: 9\n")
    url = '{"url": "https://github.com/o/r", "vcs_info": {"vcs": "git", "commit_id": "%s"}}'
    (info / "direct_url.json").write_text(url % ("f" * 40))
    monkeypatch.syspath_prepend(tmp_path / "lib")
    status, said, remedy = about(healthy, "ci")
    assert (status, said) == ("ok", "CI runs 0123456789ab, and this is ffffffffffff")
    assert remedy == ["move the pin when you are ready"]


CHAIN = """\
environments:
  staging: { url: "https://api.tryhamsa.com", api_key: { $secret: STAGING_KEY } }
  production:
    url: https://api.tryhamsa.com
    api_key: { $secret: HAMSA_API_KEY }
"""
PROMOTED = "    promote_from: staging\n"
APPROVED = "    policies: { approvals: [spoken, reach] }\n"
LACKS_STAGING = "production takes only what staging had first, and no job applies to staging"
LACKS_APPROVAL = (
    "production needs approvals (spoken, reach), and no job applies to it with --approve"
)
SOURCE = "example/reconciler@" + "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize("host", ["--github", "--gitlab"])
@pytest.mark.parametrize(
    ("rule", "said"), [(PROMOTED, LACKS_STAGING), (APPROVED, LACKS_APPROVAL)], ids=["from", "word"]
)
def test_rules_that_came_after_the_ci_files_are_reported(
    healthy: Project, host: str, rule: str, said: str
) -> None:
    healthy.write("reconciler.yaml", CHAIN)
    assert healthy.run("init", host, "--source", SOURCE).code == 0
    assert about(healthy, "ci")[0] == "ok"
    healthy.write("reconciler.yaml", CHAIN + rule)
    assert about(healthy, "ci") == ("warn", said, ["docs/ci.md, Several environments"])
    for path in (*healthy.root.glob(".github/workflows/*"), *healthy.root.glob(".gitlab/*.yml")):
        path.unlink()
    assert healthy.run("init", host, "--source", SOURCE).code == 0
    assert about(healthy, "ci")[0] == "ok"


def test_what_the_jobs_of_ci_need_besides_is_told(healthy: Project) -> None:
    """The names in their list of secrets, and the right to push the state's ref."""
    hook = {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}
    healthy.write("reconciler.yaml", CHAIN + 'state: { url: "git:" }\n')
    healthy.agent("desk", {"agentName": "Desk", "webhookAuth": hook})
    assert healthy.run("init", "--github", "--source", SOURCE).code == 0
    listed = "the job that applies to production needs in RECONCILER_SECRETS: HOOK\n"
    told = lines(healthy, "--offline")
    assert f"✓ ci {listed}" in told
    assert "may not push" not in told
    path = healthy.root / ".github/workflows/reconciler-apply.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("contents: write", "contents: read"), encoding="utf-8")
    refused = "! ci the job that applies to production may not push the state, which is in a ref\n"
    assert refused in lines(healthy, "--offline")
    each = text.replace("secrets: ${{ secrets.RECONCILER_SECRETS }}", "pull: false")
    path.write_text(each, encoding="utf-8")
    lacks = "! ci the job that applies to production is not given HOOK\n"
    assert lacks in lines(healthy, "--offline")


OTHER_WAYS = [
    ("uses: o/reconciler/.github/workflows/apply.yml@main", "with: { environment: production }"),
    ("run: reconciler apply -e production --auto-approve", "# --approve=all for staging"),
    ("- run: |", "    reconciler apply --env=production --yes"),
]


@pytest.mark.parametrize("way", OTHER_WAYS, ids=["reusable", "run", "script"])
def test_jobs_of_ones_own_are_read_too(healthy: Project, way: tuple[str, str]) -> None:
    healthy.write("reconciler.yaml", CHAIN + PROMOTED + APPROVED)
    jobs = ["jobs:", "  plan:", "    run: reconciler plan -e staging", "  live:"]
    text = "\n".join([*jobs, *(f"    {line}" for line in way)]) + "\n"
    healthy.write(".github/workflows/own.yml", text)
    told = lines(healthy, "--offline")
    assert f"! ci {LACKS_STAGING}\n" in told
    assert f"! ci {LACKS_APPROVAL}\n" in told
    assert "! ci the job that applies to production is not given HAMSA_API_KEY\n" in told
    more = "  try:\n    run: reconciler apply -e staging\n"
    keys = "env:\n  HAMSA_API_KEY: x\n  STAGING_KEY: x\n"
    healthy.write(".github/workflows/own.yml", f"{keys}{text}    x: --approve=all\n{more}")
    assert about(healthy, "ci")[0] == "ok"


def test_keys(healthy: Project) -> None:
    keys = found(healthy, "--offline")
    assert keys["sandbox key"]["said"] == "none needed: the API is inside the tool"
    assert keys["production key"]["said"] == "HAMSA_API_KEY is set"
    healthy.env["HAMSA_API_KEY"] = "two words-of-a-key"
    status, said, _ = about(healthy, "production key")
    assert (status, said) == ("fail", "HAMSA_API_KEY holds a character that no key has")
    for name in ("reach", "access", "clock"):
        one = found(healthy)[f"production {name}"]
        assert (one["status"], one["said"]) == ("skipped", "skipped: the key is needed first")
    del healthy.env["HAMSA_API_KEY"]
    status, said, remedy = about(healthy, "production key")
    assert (status, said) == ("warn", "HAMSA_API_KEY is not set"), "the sandbox is what is used"
    assert "export HAMSA_API_KEY=…" in remedy[0]
    assert about(healthy, "production key", "-e", "production")[0] == "fail"
    assert found(healthy)["production reach"]["said"] == "skipped: the key is needed first"


def test_an_address_in_clear_is_no_fault_of_the_key(healthy: Project) -> None:
    text = (healthy.root / "reconciler.yaml").read_text(encoding="utf-8")
    healthy.write("reconciler.yaml", re.sub("https://[^ \n}]+", "http://hamsa.example", text))
    doctor = found(healthy)
    url, key = doctor["production url"], doctor["production key"]
    assert (url["status"], url["said"]) == (
        "fail",
        "`url` must be https: the key would travel in clear",
    )
    assert url["remedy"] == ["write https://; only this machine may be asked by http"]
    assert (key["status"], key["said"]) == ("ok", "HAMSA_API_KEY is set")
    assert doctor["production reach"]["said"] == "skipped: the url is needed first"
    del healthy.env["HAMSA_API_KEY"]
    doctor = found(healthy)
    assert doctor["production url"]["status"] == "fail"
    assert doctor["production key"]["said"] == "HAMSA_API_KEY is not set"


def test_a_key_that_is_no_reference_is_reported_without_it(healthy: Project) -> None:
    healthy.write(
        "reconciler.yaml", "environments: { live: { url: 'https://api.tryhamsa.com' } }\n"
    )
    status, said, remedy = about(healthy, "live key")
    assert (status, said) == ("fail", "the environment live has no API key")
    assert remedy == ["add `api_key: { $secret: HAMSA_API_KEY }` to it"]


def test_an_api_that_answers(project: Project, serve: Serve) -> None:
    seen = found(project.on(serve(f"shape=G3&api_key={KEY}").url, KEY))
    assert seen["default reach"]["status"] == "ok"
    assert " answered 200 in " in seen["default reach"]["said"]
    said = "0 live agents of the project “Sandbox”; no agent shows the generation"
    assert (seen["default access"]["status"], seen["default access"]["said"]) == ("ok", said)


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_the_generation_is_the_one_that_agents_show(
    project: Project, serve: Serve, shape: str
) -> None:
    project.on(serve(f"shape={shape}").url)
    project.agent("desk", {"agentName": "Desk"})
    assert project.apply().code == 0
    said = found(project)["default access"]["said"]
    assert said == f"1 live agent of the project “Sandbox”; answers as generation {shape}"


@pytest.mark.parametrize(
    ("switches", "status", "said", "remedy"),
    [
        (f"api_key={OTHER}", "fail", "answered 401", "the key is wrong, expired or revoked"),
        ("fault=GET:403:9", "fail", "answered 403", "the key is known and may not do this"),
        ("fault=GET:404:9", "fail", "answered 404", "The API's own address has no path"),
        ("fault=GET:503:9", "fail", "answered 503", "the API has trouble"),
        ("fault=GET:429:9", "fail", "answered 429", "the API has trouble or asks to slow down"),
        ("fault=GET:not-json:9", "fail", "not with a JSON object", ""),
        (f"api_key={KEY}", "ok", "of the project “Sandbox”", ""),
    ],
)
def test_access(
    project: Project, serve: Serve, switches: str, status: str, said: str, remedy: str
) -> None:
    one = found(project.on(serve(switches).url, KEY if "api_key" in switches else "sandbox"))
    assert one["default access"]["status"] == status
    assert said in one["default access"]["said"]
    assert remedy in "".join(one["default access"]["remedy"])
    assert one["default reach"]["status"] == "ok"


def test_a_project_that_the_api_does_not_show_is_no_fault(project: Project, serve: Serve) -> None:
    project.on(serve("fault=GET:404:9:/v1/projects/*").url)
    seen = found(project)["default access"]
    assert (seen["status"], seen["said"]) == ("ok", "0 live agents; no agent shows the generation")


def reached(project: Project, url: str) -> tuple[str, str, str]:
    seen = found(project.on(url, KEY))
    assert seen["default access"]["status"] == seen["default clock"]["status"] == "skipped"
    one = seen["default reach"]
    return one["status"], one["said"], "".join(one["remedy"])


@contextmanager
def listening(answer: bytes, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port that answers with these bytes and closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            try:
                connection, _ = server.accept()
                with tls.wrap_socket(connection, server_side=True) if tls else connection as one:
                    one.recv(65_536)
                    one.sendall(answer)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


def test_no_server_is_listening(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    status, said, remedy = reached(project, f"http://127.0.0.1:{port}")
    assert (status, said.rpartition(",")[0]) == (
        "fail",
        f"http://127.0.0.1:{port}: no connection (Connection refused)",
    )
    assert "a firewall may be in the way" in remedy


def test_no_such_host(project: Project) -> None:
    status, said, remedy = reached(project, "https://nowhere.invalid")
    assert (status, "the name of the host is not known" in said) == ("fail", True)
    assert "DNS" in remedy


def test_no_encryption(project: Project) -> None:
    with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        status, said, remedy = reached(project, f"https://127.0.0.1:{port}")
    assert (status, "the encryption failed" in said) == ("fail", True)
    assert "SSL_CERT_FILE" in remedy


def test_an_answer_that_is_none(project: Project) -> None:
    with listening(b"") as port:
        status, said, remedy = reached(project, f"http://127.0.0.1:{port}")
    assert (status, "the answer broke off" in said) == ("fail", True)
    assert "something else than the API" in remedy


def test_a_proxy_that_refuses(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret-of-proxy@127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        status, said, remedy = reached(project, "https://api.example.com")
    assert (status, "the proxy did not help" in said) == ("fail", True)
    assert said.endswith("through the proxy 127.0.0.1")
    assert "secret-of-proxy" not in said
    assert "HTTPS_PROXY" in remedy


@pytest.mark.parametrize(
    ("ahead", "status", "said"),
    [
        (0, "ok", "agrees with the server's"),
        (60, "ok", "agrees with the server's"),
        (-60, "ok", "agrees with the server's"),
        (61, "warn", "61 seconds ahead of the server's"),
        (-600, "warn", "10 minutes behind the server's"),
        (3 * 86_400, "warn", "3 days ahead of the server's"),
    ],
)
def test_clock(ahead: int, status: str, said: str) -> None:
    theirs = datetime(2026, 1, 2, tzinfo=UTC)
    one = checkup.clock(theirs + timedelta(seconds=ahead), theirs, "production")
    assert (one.level, one.said.partition(":")[0]) == (status, said)
    assert bool(one.remedy) == (status == "warn")


def test_the_servers_clock_is_looked_at(project: Project, serve: Serve) -> None:
    project.on(serve().url)
    assert found(project)["default clock"]["status"] == "warn", "the tests' clock stands still"
    out = io.StringIO()
    world = World(env=project.env, cwd=project.root, stdin=out, stdout=out, stderr=out)
    main(["doctor"], world)
    assert "✓ default clock   agrees with the server's\n" in out.getvalue()


def test_a_check_that_breaks_stops_no_other(tmp_path: Path) -> None:
    def broken(_context: Context) -> Iterator[Check]:
        yield checkup.ok("first", "fine")
        raise ZeroDivisionError("a secret")

    def refused(_context: Context) -> Iterator[Check]:
        raise ReconcilerError("no", hint="do this")
        yield

    nothing = io.StringIO()
    world = World(env={}, cwd=tmp_path, stdin=nothing, stdout=nothing, stderr=nothing)
    context = Context(world=world, arguments=argparse.Namespace(), root=tmp_path)
    seen = [one for check in (broken, refused) for one in _done(check, context)]
    assert [(one.name, one.level, one.said) for one in seen] == [
        ("first", "ok", "fine"),
        ("broken", "fail", "this check broke with ZeroDivisionError"),
        ("refused", "fail", "no"),
    ]
    assert len(CHECKS) == len(set(CHECKS))

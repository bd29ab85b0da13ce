"""Untrusted checkouts: only plain files of the project are read or replaced."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import plain
from tests.conftest import Shelf
from tests.projects import Project

PLANTED = "planted-line-of-another-file"
READING = ("validate", "plan", "drift", "fmt --check", "doctor --offline", "pull --dry-run")


def pipe(path: Path, _outside: Path) -> None:
    os.mkfifo(path)


def device(path: Path, _outside: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path, _outside: Path) -> None:
    path.mkdir()


def linked(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


Odd = Callable[[Path, Path], None]
ODD: dict[str, tuple[Odd, str]] = {
    "a named pipe": (pipe, "named pipe"),
    "a device": (device, "out of the project"),
    "a folder": (folder, "directory"),
    "a link out of the project": (linked, "out of the project"),
}
odd_files = pytest.mark.parametrize(("make", "said"), ODD.values(), ids=ODD)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside.txt"
    path.write_text(f"{PLANTED}: [\n", encoding="utf-8")
    return path


@pytest.fixture
def desk(project: Project, shelf: Shelf) -> Project:
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    project.agent("desk", {"agentName": "Desk", "lang": "en"})
    return shelf("desk", project, None, project.apply)


@odd_files
@pytest.mark.parametrize("name", ["agents/night.yaml", "agents/team/night.yml"])
def test_an_agent_file(desk: Project, outside: Path, name: str, make: Odd, said: str) -> None:
    (desk.root / name).parent.mkdir(exist_ok=True)
    make(desk.root / name, outside)
    for argv in READING:
        done = desk.run(*argv.split())
        assert done.code != 0, argv
        assert name in done.out + done.err
        assert said in done.out + done.err or argv.startswith("doctor")
        assert PLANTED not in done.out + done.err


@odd_files
def test_a_prompt_file(desk: Project, outside: Path, make: Odd, said: str) -> None:
    make(desk.root / "agents/p.md", outside)
    desk.agent("desk", {"agentName": "Desk", "preamble": {"$file": "p.md"}})
    done = desk.run("plan")
    assert (done.code, PLANTED in done.out + done.err) == (1, False)
    assert said in done.err or "leaves the project" in done.err


@odd_files
def test_the_state(desk: Project, outside: Path, make: Odd, said: str) -> None:
    state = desk.root / "reconciler.state.json"
    state.unlink()
    make(state, outside)
    for argv in ("plan", "apply --yes"):
        done = desk.run(*argv.split())
        assert done.code != 0
        assert PLANTED not in done.out + done.err
    assert outside.read_text(encoding="utf-8") == f"{PLANTED}: [\n"


def test_a_state_that_is_a_link_is_never_replaced_or_followed(desk: Project, outside: Path) -> None:
    shutil.copy(desk.root / "reconciler.state.json", outside)
    (desk.root / "reconciler.state.json").unlink()
    (desk.root / "reconciler.state.json").symlink_to(outside)
    before = outside.read_bytes()
    desk.agent("desk", {"agentName": "Desk", "lang": "ar"})
    done = desk.apply()
    assert done.code != 0
    assert "is a link" in done.err + done.out
    assert outside.read_bytes() == before
    assert (desk.root / "reconciler.state.json").is_symlink()


@pytest.mark.parametrize("name", ["lock", "history", "history/sandbox", "sandbox", ".gitignore"])
def test_a_link_in_the_tools_own_folder(desk: Project, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = desk.root / ".reconciler" / name
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    target = elsewhere if "." not in name and name != "lock" else elsewhere / "file"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target)
    desk.agent("desk", {"agentName": "Desk", "lang": "ar"})
    done = desk.apply()
    assert done.code != 0
    assert "a link" in done.err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("form", ["night.YAML", "night.Yml"])
def test_a_file_whose_name_ends_in_capitals_is_named(desk: Project, form: str) -> None:
    desk.write(f"agents/{form}", "spec: { agentName: Night }\n")
    done = desk.run("validate")
    assert (done.code, f"agents/{form}" in done.err) == (1, True)
    assert "a name ends in .yaml or .yml" in done.err


OUTS = {
    "a device": (device, "is a link"),
    "a named pipe": (pipe, "is a named pipe"),
    "a folder": (folder, "is a directory"),
    "a link": (linked, "is a link"),
}


@pytest.mark.parametrize(("make", "said"), OUTS.values(), ids=OUTS)
def test_a_plan_is_saved_in_place_of_a_plain_file_alone(
    desk: Project, outside: Path, make: Odd, said: str
) -> None:
    make(desk.root / "x.plan.json", outside)
    done = desk.run("plan", "--out", "x.plan.json")
    assert (done.code, done.out) == (64, "")
    assert f"--out: x.plan.json {said}, and only a plain file is replaced" in done.err
    assert outside.read_text(encoding="utf-8") == f"{PLANTED}: [\n"


def test_a_device_is_not_replaced(desk: Project) -> None:
    done = desk.run("plan", "--out", "/dev/null")
    assert (done.code, "is a device" in done.err) == (64, True)
    assert not Path("/dev/null").is_file()


def test_a_missing_folder_is_a_mistake_before_anything_is_asked(desk: Project) -> None:
    done = desk.run("plan", "--out", "none/x.plan.json")
    assert done.code == 64
    assert "--out: none/x.plan.json is in a folder that does not exist" in done.err


@pytest.mark.parametrize("argv", ["show x.plan.json", "apply x.plan.json"])
def test_a_plan_file_that_is_a_pipe(desk: Project, argv: str) -> None:
    os.mkfifo(desk.root / "x.plan.json")
    done = desk.run(*argv.split())
    assert (done.code, "is a named pipe" in done.err) == (1, True)


def test_a_report_goes_into_a_device_that_was_typed_and_through_no_link(desk: Project) -> None:
    desk.root.joinpath("r.md").symlink_to("/dev/full")
    done = desk.run("plan", "--report", "markdown=r.md")
    assert (done.code, done.out) == (64, "")
    assert "--report: r.md is a link, and only a plain file is replaced" in done.err
    assert desk.run("plan", "--report", "markdown=/dev/null").code == 0


WRITING = {
    "plan --report json=x": "--report: x",
    "apply --yes --report html=x": "--report: x",
    "validate --report sarif=x": "--report: x",
    "drift --report text=ok.txt --report junit=x": "--report: x",
    "rollback --out x": "--out: x",
    "plan --out x": "--out: x",
    "demo --folder x": "x exists already",
    "init x": "x",
}


def dangling(path: Path, _outside: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [folder, linked, dangling])
def test_every_file_to_write_is_checked_before_anything_is_done(
    desk: Project, outside: Path, make: Odd
) -> None:
    """A folder, a link to a file and a link to nothing, for each option that names a file."""
    make(desk.root / "x", outside)
    before = outside.read_bytes()
    desk.agent("desk", {"agentName": "Desk", "lang": "ar"})
    state = (desk.root / "reconciler.state.json").read_bytes()
    for argv, said in WRITING.items():
        if argv.startswith("init") and make is folder:
            continue
        done = desk.run(*argv.split())
        assert done.code == (1 if argv.startswith("init") and make is dangling else 64), argv
        assert (said in done.err, "bug" in done.err) == (True, False), (argv, done.err)
    assert (desk.root / "reconciler.state.json").read_bytes() == state
    assert (outside.read_bytes(), (desk.root / "ok.txt").exists()) == (before, False)


@odd_files
def test_the_project_file(desk: Project, outside: Path, make: Odd, said: str) -> None:
    """The message names the file type, not a missing file.

    Nor is a file of a parent folder used.
    """
    (desk.root / "reconciler.yaml").rename(outside)
    make(desk.root / "reconciler.yaml", outside)
    for argv in (*READING, "apply --yes", "--config reconciler.yaml plan", "--config . validate"):
        done = desk.run(*argv.split())
        assert done.code == 1, argv
        assert said in done.err + done.out, argv
        assert "there is no reconciler.yaml" not in done.err + done.out


@pytest.mark.parametrize("name", ["reconciler.yml", "reconciler.YAML", "Reconciler.yaml"])
def test_a_project_file_of_another_name_is_named(desk: Project, name: str) -> None:
    (desk.root / "reconciler.yaml").rename(desk.root / name)
    for argv in ("plan", "validate", "doctor --offline"):
        done = desk.run(*argv.split())
        assert (done.code, name in done.err + done.out) == (1, True), argv


def test_a_project_file_may_be_a_link_within_the_project(desk: Project) -> None:
    (desk.root / "reconciler.yaml").rename(desk.root / "settings.yaml")
    (desk.root / "reconciler.yaml").symlink_to("settings.yaml")
    assert desk.run("plan").code == 0


@pytest.mark.parametrize("make", [pipe, folder, linked, device])
def test_an_agent_of_the_embedded_sandbox(desk: Project, outside: Path, make: Odd) -> None:
    kept = max((desk.root / ".reconciler/sandbox/sandbox").glob("*.json"))
    kept.rename(outside)
    make(kept, outside)
    done = desk.run("plan")
    assert (done.code, "bug" in done.err) == (1, False)
    assert "cannot be read" in done.err


def test_what_git_keeps_is_no_part_of_the_project(desk: Project) -> None:
    """It may contain a job's token."""
    desk.write(".git/config", f"[http]\n\textraheader = {PLANTED}\n")
    for name in ("../.git/config", "../.GIT/config"):
        desk.agent("desk", {"agentName": "Desk", "preamble": {"$file": name}})
        done = desk.run("plan")
        assert (done.code, PLANTED in done.out + done.err) == (1, False)
    (desk.root / "agents/p.md").symlink_to("../.git/config")
    desk.agent("desk", {"agentName": "Desk", "preamble": {"$file": "p.md"}})
    assert "leaves the project" in desk.run("plan").err


@pytest.mark.parametrize("name", [".reconciler", ".reconciler/sandbox"])
def test_a_plan_of_the_sandbox_writes_through_no_link(
    desk: Project, tmp_path: Path, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(desk.root / name)
    (desk.root / name).symlink_to(elsewhere)
    done = desk.run("plan")
    assert (done.code, list(elsewhere.iterdir())) == (1, [])
    assert "link" in done.err


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 2_000_000)
    with pytest.raises(OSError, match=r"is too large: 2\.0 MB"):
        plain.read(tmp_path / "large", 1_000_000)
    assert len(plain.read(tmp_path / "large")) == 2_000_000


def git(folder: Path, *argv: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *argv], cwd=folder, check=True, capture_output=True)  # noqa: S607


def test_a_folder_of_plain_files_that_looks_like_a_repository_starts_no_program(
    desk: Project,
) -> None:
    """Six files that anyone can commit: their config names programs that git would start."""
    ran = desk.root / "ran"
    evil = f"sh -c 'touch {ran}'"
    config = f"[core]\nrepositoryformatversion = 0\nbare = false\nworktree = {desk.root}\n"
    config += f'fsmonitor = "{evil}"\npager = "{evil}"\nhooksPath = {desk.root}/hooks\n'
    config += f'[diff]\nexternal = "{evil}"\n'
    top = desk.root.parent / "top"
    desk.root.rename(top)
    desk.root.mkdir()
    for path in top.iterdir():
        path.rename(desk.root / path.name)
    for name, text in {"HEAD": "ref: refs/heads/main\n", "config": config}.items():
        desk.write(name, text)
    for name in ("objects/.k", "refs/.k"):
        (desk.root / name).parent.mkdir(exist_ok=True)
        desk.write(name, "")
    git(desk.root.parent, "init", "--quiet")
    for argv in ("doctor --offline", "plan", "apply --yes", "history", "blame desk", "drift"):
        desk.run(*argv.split())
        assert not ran.exists(), argv


def test_a_program_of_the_repositorys_own_config_is_not_started_either(desk: Project) -> None:
    git(desk.root, "init", "--quiet")
    git(desk.root, "add", "-A")
    git(desk.root, "commit", "--quiet", "-m", "all")
    ran = desk.root / "ran"
    for name in ("core.fsmonitor", "core.pager", "diff.external", "diff.x.textconv"):
        git(desk.root, "config", name, f"touch {ran}; true")
    desk.write(".gitattributes", "* diff=x\n")
    desk.agent("desk", {"agentName": "Desk", "lang": "ar"})
    for argv in ("plan", "apply --yes", "history", "blame desk", "drift", "doctor --offline"):
        desk.run(*argv.split())
        assert not ran.exists(), argv

"""The hooks, as pre-commit runs them: from a commit of this repository.

That a commit of it can be installed is tried in `test_install.py`: here the tool is warm.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

from tests.ci.linters import ROOT
from tests.ci.repository import git
from tests.projects import Project

HOOKS = ROOT / ".pre-commit-hooks.yaml"
CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: reconciler-validate
      - id: reconciler-fmt
"""


def committed(folder: Path) -> str:
    """Everything in a folder as one commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "All")
    return git(folder, "rev-parse", "HEAD")


def test_pre_commit_installs_the_program_that_the_hooks_start() -> None:
    programs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    found = YAML(typ="safe").load(HOOKS)
    assert [(one["language"], one["entry"].split()[0] in programs) for one in found] == [
        ("python", True)
    ] * 2


def test_the_hooks_pass_what_is_right_and_stop_what_is_not(
    tmp_path: Path, project: Project, programs: Path
) -> None:
    tool = tmp_path / "tool"
    tool.mkdir()
    text = HOOKS.read_text(encoding="utf-8")
    (tool / HOOKS.name).write_text(text.replace("language: python", "language: system"))
    project.write(".pre-commit-config.yaml", CONFIG.format(repo=tool, rev=committed(tool)))
    project.write("reconciler.yaml", "environments: { here: { url: sandbox } }\n")
    project.write("agents/desk.yaml", "spec:\n  agentName: Desk\n")
    committed(project.root)

    assert hooks(project.root, programs) == {
        "reconciler validate": "Passed",
        "reconciler fmt": "Passed",
    }
    untidy = project.write("agents/desk.yaml", "spec:\n  agentNam: Desk   \n\n\n")
    assert hooks(project.root, programs) == {
        "reconciler validate": "Failed",
        "reconciler fmt": "Failed",
    }
    assert untidy.read_text(encoding="utf-8") == "spec:\n  agentNam: Desk\n"
    project.write("agents/desk.yaml", "spec:\n  agentName: Desk\n")
    project.write("notes.txt", "neither YAML nor Markdown\n")
    git(project.root, "add", "--all")
    assert hooks(project.root, programs, "--files", "notes.txt") == {
        "reconciler validate": "Skipped",
        "reconciler fmt": "Skipped",
    }


def hooks(folder: Path, programs: Path, *words: str) -> dict[str, str]:
    """What became of each hook."""
    git(folder, "add", "--all")
    done = subprocess.run(
        [Path(sys.executable).parent / "pre-commit", "run", *(words or ("--all-files",))],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("reconciler ")]
    assert lines, done.stdout + done.stderr
    return {line.partition(".")[0]: line.rpartition(".")[2].rpartition(")")[2] for line in lines}

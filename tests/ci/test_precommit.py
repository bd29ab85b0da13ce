"""The hooks, as pre-commit runs them: installed from a commit of this repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.ci.linters import ROOT
from tests.ci.repository import git
from tests.projects import Project

NEEDED = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "reconciler.yaml")
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


def test_the_hooks_pass_what_is_right_and_stop_what_is_not(
    tmp_path: Path, project: Project
) -> None:
    tool = tmp_path / "tool"
    tool.mkdir()
    for name in NEEDED:
        shutil.copy(ROOT / name, tool)
    for name in ("reconciler", "agents"):
        shutil.copytree(ROOT / name, tool / name, ignore=shutil.ignore_patterns("__pycache__"))
    project.write(".pre-commit-config.yaml", CONFIG.format(repo=tool, rev=committed(tool)))
    project.write("reconciler.yaml", "environments: { here: { url: sandbox } }\n")
    project.write("agents/desk.yaml", "spec:\n  agentName: Desk\n")
    committed(project.root)

    assert hooks(project.root, tmp_path) == {
        "reconciler validate": "Passed",
        "reconciler fmt": "Passed",
    }
    untidy = project.write("agents/desk.yaml", "spec:\n  agentName: Desk   \n\n\n")
    assert hooks(project.root, tmp_path)["reconciler fmt"] == "Failed"
    assert untidy.read_text(encoding="utf-8") == "spec:\n  agentName: Desk\n"
    project.write("agents/desk.yaml", "spec:\n  agentNam: Desk\n")
    assert hooks(project.root, tmp_path)["reconciler validate"] == "Failed"
    project.write("agents/desk.yaml", "spec:\n  agentName: Desk\n")
    project.write("notes.txt", "neither YAML nor Markdown\n")
    git(project.root, "add", "--all")
    assert hooks(project.root, tmp_path, "--files", "notes.txt") == {
        "reconciler validate": "Skipped",
        "reconciler fmt": "Skipped",
    }


def hooks(folder: Path, home: Path, *words: str) -> dict[str, str]:
    """What became of each hook."""
    git(folder, "add", "--all")
    done = subprocess.run(
        [Path(sys.executable).parent / "pre-commit", "run", *(words or ("--all-files",))],
        cwd=folder,
        env={
            **os.environ,
            "PRE_COMMIT_HOME": str(home / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("reconciler ")]
    assert lines, done.stdout + done.stderr
    return {line.partition(".")[0]: line.rpartition(".")[2].rpartition(")")[2] for line in lines}

"""`install.sh`, for real: from a checkout of the tool, next to a checkout that wants to get in."""

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ci.linters import ROOT
from tests.ci.test_scripts import SCRIPTS, bash

NEEDED = ("pyproject.toml", "README.md", "LICENSE", "reconciler.yaml", "reconciler", "agents")
BUILDS = ("editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove")
ODD = ("venv", "pip", "ensurepip", "json", "sitecustomize", "argparse", "reconciler", "hatchling")


def pins() -> dict[str, str]:
    """Each package that the action installs: its paragraph of the file, with version and hashes."""
    text = (ROOT / ".ci/requirements.txt").read_text(encoding="utf-8")
    found = re.findall(r"^[a-z].+(?:\n +.+)*", text, re.MULTILINE)
    return {canonicalize_name(re.split("[=<;[ ]", one)[0]): one for one in found}


def test_what_is_pinned_is_all_that_the_tool_needs() -> None:
    """With `--no-deps` nothing else is installed, and each version fits its dependents."""
    pinned = pins()
    todo = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    seen = set()
    while todo:
        wanted = Requirement(todo.pop())
        name = canonicalize_name(wanted.name)
        version = re.match(r"\S+==(\S+)", pinned[name])
        assert version, name
        assert wanted.specifier.contains(version[1]), wanted
        if name not in seen:
            seen.add(name)
            more = [Requirement(one) for one in requires(name) or ()]
            todo += [str(one) for one in more if not one.marker or one.marker.evaluate()]
    assert len(seen) > 15
    assert all("--hash=sha256:" in one for one in pinned.values())
    assert "--require-hashes" in (SCRIPTS / "install.sh").read_text(encoding="utf-8")


def test_the_tool_is_installed_once_and_nothing_of_the_checkout_runs(tmp_path: Path) -> None:
    """A module of the checkout would run with the secrets of the step.

    Of the packages those that build the tool: its version needs no other.
    """
    tool, checkout = tmp_path / "tool", tmp_path / "checkout"
    shutil.copytree(SCRIPTS, tool / ".github/actions/reconciler")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tool / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, tool)
    (tool / ".ci").mkdir()
    build = [one for name, one in pins().items() if name.startswith(BUILDS)]
    (tool / ".ci/requirements.txt").write_text("\n".join(build), encoding="utf-8")
    checkout.mkdir()
    for name in ODD:
        (checkout / f"{name}.py").write_text(f"open({str(tmp_path / 'hit')!r}, 'w')\n")
    script = f'bash "{tool}/.github/actions/reconciler/install.sh"'
    given = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": "output", "PYTHONPATH": "."}
    given |= {"PIP_NO_COMPILE": "1"}  # the installed program runs once
    first = bash(script, checkout, **given)
    assert first.returncode == 0, first.stderr
    assert re.search(r"^reconciler \d", first.stdout, re.MULTILINE)
    program = (checkout / "output").read_text("utf-8").removeprefix("reconciler=").strip()
    told = subprocess.run([program, "version"], cwd=checkout, capture_output=True, check=True)
    assert told.stdout.decode() in first.stdout
    again = bash(script, checkout, **given)
    assert (again.returncode, again.stdout) == (0, "")
    assert (checkout / "output").read_text("utf-8") == f"reconciler={program}\n" * 2
    assert not (tmp_path / "hit").exists()

"""Which Python ``make demo`` and ``make test`` use, and their message if there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci/find-python"
FINE = "exit 0"
OLD = 'echo "Python 3.9.2 is too old"; exit 1'
SHIM = 'echo "pyenv: $0: command not found" >&2; exit 127'


def found(folder: Path, pythons: dict[str, str], *named: str) -> subprocess.CompletedProcess[str]:
    """The script's answer on a PATH that holds these programs, and nothing else of this machine."""
    (folder / "head").symlink_to(shutil.which("head") or "")
    for name, body in pythons.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["/bin/sh", SCRIPT, *named],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("pythons", "named", "taken"),
    [
        ({"python3.11": FINE, "python3": FINE}, (), "python3.11"),
        ({"python3": FINE}, (), "python3"),
        ({"python": FINE}, (), "python"),
        ({"python3.11": SHIM, "python3.12": OLD, "python3.13": FINE}, (), "python3.13"),
        ({"python3.11": FINE, "python3.14": FINE}, ("python3.14",), "python3.14"),
    ],
)
def test_the_first_python_that_will_do_is_taken(tmp_path, pythons, named, taken):
    done = found(tmp_path, pythons, *named)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path}/{taken}\n", "")


@pytest.mark.parametrize(
    ("pythons", "named", "reason"),
    [
        ({}, (), "python3: not found"),
        ({"python3": OLD}, (), "python3: Python 3.9.2 is too old"),
        ({"python3.11": SHIM}, (), "python3.11: command not found"),
        ({"python3.11": FINE}, ("python3.12",), "python3.12: not found"),
    ],
)
def test_what_is_missing_is_reported_for_each_that_was_tried(tmp_path, pythons, named, reason):
    done = found(tmp_path, pythons, *named)
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr
    assert done.stderr.startswith("reconciler needs Python 3.11 or newer with the venv module.")
    assert done.stderr.endswith("make PYTHON=/path/to/python3 demo\n")


def test_the_check_holds_for_the_python_that_runs_this(tmp_path):
    done = found(tmp_path, {"python3": f'exec {sys.executable} "$@"'})
    assert done.stdout == f"{tmp_path}/python3\n", done.stderr

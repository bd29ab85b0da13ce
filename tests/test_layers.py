"""The house stands as drawn: the import contracts hold, and each breaks when it is violated."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

VIOLATIONS = [
    ("Layers: imports point down only", "model.py", "import reconciler.engine.plan"),
    ("The core is pure", "engine/plan.py", "import pathlib"),
    (
        "The client is used by run alone",
        "render/phrases/__init__.py",
        "import reconciler.transport.client",
    ),
    ("The sandbox is an independent witness", "sandbox/app.py", "import reconciler.model"),
    (
        "Printers do not import each other",
        "render/markdown/escaping.py",
        "import reconciler.render.terminal",
    ),
    ("httpx only in the clients", "run/apply.py", "import httpx"),
    ("Each third-party package in one place", "render/rows.py", "import rich"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    command += ["--config", str(folder / "pyproject.toml"), "--no-cache", "--no-logo"]
    env = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=[v[0] for v in VIOLATIONS])
def test_a_violation_breaks_its_contract(
    tmp_path: Path, contract: str, file: str, line: str
) -> None:
    shutil.copytree(ROOT / "reconciler", tmp_path / "reconciler")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    broken = tmp_path / "reconciler" / file
    broken.write_text(f"{broken.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(contract in row and "BROKEN" in row for row in done.stdout.splitlines()), done.stdout


def test_every_contract_has_a_violation_above() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count("[[tool.importlinter.contracts]]") == len(VIOLATIONS)

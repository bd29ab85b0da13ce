"""The layers are as documented: the import contracts hold, and each breaks when violated."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

VIOLATIONS = {
    "Layers: imports point down only": ("model/actions.py", "import reconciler.engine.plan"),
    "The core is pure": ("engine/plan.py", "import pathlib"),
    "Requests are sent by workflows alone": (
        "render/rows.py",
        "import reconciler.transport.client",
    ),
    "The command line is read by cli alone": ("authoring/writer.py", "import argparse"),
    "Workflows know no command line and no terminal": (
        "workflows/plan.py",
        "import reconciler.render.terminal",
    ),
    "The sandbox is an independent witness": ("sandbox/app.py", "import reconciler.model"),
    "Printers do not import each other": (
        "render/markdown/escaping.py",
        "import reconciler.render.terminal",
    ),
    "httpx only in the clients": ("workflows/apply.py", "import httpx"),
    "Each third-party package in one place": ("render/rows.py", "import rich"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    command += ["--config", str(folder / "pyproject.toml"), "--no-cache", "--no-logo"]
    env = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.process
def test_each_contract_breaks_when_it_is_violated(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "reconciler", tmp_path / "reconciler")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in VIOLATIONS.values():
        broken = tmp_path / "reconciler" / file
        broken.write_text(f"{broken.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    broken_ones = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    for contract in VIOLATIONS:
        assert any(contract in row for row in broken_ones), done.stdout


def test_every_contract_has_a_violation_above() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count("[[tool.importlinter.contracts]]") == len(VIOLATIONS)


def test_no_equality_is_decided_by_python_s_hash() -> None:
    """It has 64 bits and differs by process: equality is that of ``digest.content``."""
    for path in (ROOT / "reconciler").rglob("*.py"):
        assert not re.search(r"(?<![\w.])hash\(", path.read_text(encoding="utf-8")), path


def test_what_the_http_client_looks_for_in_each_request_is_there() -> None:
    """Where `sniffio` is missing, httpcore searches for it in vain, four times a request."""
    assert importlib.util.find_spec("sniffio") is not None

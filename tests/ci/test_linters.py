"""Our CI files pass their linters; each linter fails where a fault is planted."""

import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from tests.ci import linters

ROOT = linters.ROOT
WORKFLOW = ".github/workflows/reconciler-apply.yml"
ACTION = ".github/actions/reconciler/action.yml"
GITLAB = ".gitlab/reconciler.yml"

FAULTS = [
    ("an action is not pinned", "zizmor", WORKFLOW, r"checkout@\w{40} # v\S+", "checkout@v6"),
    ("a token stays on disk", "zizmor", WORKFLOW, "persist-credentials: false.*", "lfs: true"),
    ("a job may write everything", "zizmor", WORKFLOW, "permissions: {}", "permissions: write-all"),
    (
        "a script is built out of a title",
        "zizmor",
        ACTION,
        r'run: bash "\$GITHUB_ACTION_PATH/finish.sh"',
        "run: echo '${{ github.event.pull_request.title }}'",
    ),
    (
        "a job's output is misspelt",
        "actionlint",
        WORKFLOW,
        r"needs.plan-production\.outputs\.has-c",
        "needs.plan-production.outputs.c",
    ),
    (
        "a script of a step is careless",
        "actionlint",
        WORKFLOW,
        "uses: acme/(.*)",
        "run: rm -r $HOME/$1",
    ),
    ("a workflow has an unknown key", "check-jsonschema", WORKFLOW, "needs: plan-", "need: plan-"),
    ("an action has an unknown key", "check-jsonschema", ACTION, "required: true", "requird: true"),
    ("a GitLab job has an unknown key", "check-jsonschema", GITLAB, "extends:", "extend:"),
    (
        "a script is careless",
        "shellcheck",
        ".github/actions/reconciler/report.sh",
        r'cat "\$REPORT/annotations.txt"',
        "cat $REPORT/annotations.txt",
    ),
    ("a hook has no entry", "pre-commit", ".pre-commit-hooks.yaml", "entry:", "entri:"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with our action, our hooks, and what `init` writes."""
    folder = tmp_path_factory.mktemp("files")
    shutil.copytree(ROOT / ".github/actions", folder / ".github/actions")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    linters.written(folder)
    return folder


def test_our_files_and_those_that_init_writes_have_no_findings() -> None:
    assert linters.main() == 0


@pytest.mark.parametrize(
    ("linter", "name", "pattern", "planted"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_a_planted_fault_is_found(
    files: Path, tmp_path: Path, linter: str, name: str, pattern: str, planted: str
) -> None:
    text = (files / name).read_text(encoding="utf-8")
    assert re.search(pattern, text), "the fault would not be planted"
    faulty = tmp_path / name
    faulty.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(files / name, faulty)
    assert linters.findings(tmp_path, linter) == []
    faulty.write_text(re.sub(pattern, lambda _: planted, text), encoding="utf-8")
    (found,) = linters.findings(tmp_path, linter)
    assert Path(name).name in found.told


def test_no_ci_file_is_passed_over() -> None:
    checked = {
        word
        for words in linters._commands(ROOT)
        for word in words
        if word.startswith(".") and (ROOT / word).is_file()
    }
    there = {
        str(path.relative_to(ROOT))
        for path in [*(ROOT / ".github").rglob("*"), *ROOT.glob(".pre-commit-hooks.yaml")]
        if path.suffix in {".yml", ".yaml", ".sh"}
    }
    assert there == checked


def test_every_action_of_others_has_one_pin_with_its_version() -> None:
    paths = [*(ROOT / ".github").rglob("*.yml"), *linters.TEMPLATES.rglob("*.yml")]
    pins = defaultdict(set)
    for path in paths:
        for line in re.findall(r"uses: (actions/.+)", path.read_text(encoding="utf-8")):
            pinned = re.fullmatch(r"(actions/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line)
            assert pinned, f"{path.name}: {line}"
            pins[pinned[1]].add(pinned[2])
    assert len(pins) == 4
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}

"""Each linter fails on a planted fault. `make workflows` checks that our files pass them."""

import re
import shutil
from collections import defaultdict
from pathlib import Path

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


def test_planted_faults_are_found_and_nothing_else(tmp_path: Path) -> None:
    """Each fault in a copy of its file, in one repository; next to copies without any."""
    shutil.copytree(ROOT / ".github/actions/reconciler", tmp_path / ".github/actions/reconciler")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", tmp_path)
    linters.written(tmp_path)
    wanted = defaultdict(set)
    for number, (what, linter, name, pattern, planted) in enumerate(FAULTS):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert re.search(pattern, text), f"not planted: {what}"
        faulty = tmp_path / name
        if "/actions/" in name:
            faulty = tmp_path / f".github/actions/fault-{number}" / faulty.name
        elif linter != "pre-commit":
            faulty = faulty.with_stem(f"fault-{number}")
        faulty.parent.mkdir(exist_ok=True)
        faulty.write_text(re.sub(pattern, lambda _, new=planted: new, text), encoding="utf-8")
        wanted[linter].add("hooks" if linter == "pre-commit" else f"fault-{number}")
    told = defaultdict(str)
    for one in linters.findings(tmp_path):
        told[one.linter] += one.told
    for linter, names in wanted.items():
        assert names <= set(re.findall(r"fault-\d+|hooks", told[linter])), (linter, told[linter])
    assert "reconciler-apply.yml" not in "".join(told.values())
    assert "actions/reconciler/" not in "".join(told.values())


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

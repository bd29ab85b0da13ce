"""The behaviour of jobs if a name, an output, a title or an input is not as expected."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.scaffold import starter_ci
from tests.ci import linters
from tests.ci.expressions import Scope
from tests.ci.linters import CHAIN, ROOT, VALUES
from tests.ci.runner import load
from tests.ci.test_scripts import SCRIPTS, bash, of_pages, states

ACTION = load(SCRIPTS / "action.yml")

# Names of artifacts, branches and reports

ENVIRONMENTS = ["", "production", "Production", "PRODUCTION", "production-voice", "production-file"]
ENVIRONMENTS += ["file", "voice", "production.voice", "production..voice", "plan"]
ENVIRONMENTS += [
    "production.lock",
    "a" * 60,
    "a" * 61,
    "a" * 62,
    "production@voice",
    "v1.0",
    "v1-0",
]
FOLDERS = ["", "voice", "Voice", "file", "x-file", "x", "voice-x", "voice/x", "voice x", "voice.x"]
FOLDERS += ["-voice", "--x", "voice\nx", "voice\n", "voice\u2028x", "صوت", "قوت", "a/" * 90 + "x"]
FOLDERS += ["a b", "a-b", "a/b", "a/-b", "production-voice", "v1.0", "عيادة", "a\nb"]
FOLDERS += ["a/" * 90 + "y", "production", "voice@x", "voice+x", "${x}", "%0A::error::", "`x`", "*"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[str, str]]:
    """The suffix and the words for titles, of each environment in each folder."""
    top = tmp_path_factory.mktemp("top")
    subprocess.run(["git", "init", "--quiet", str(top)], check=True)  # noqa: S607
    each = f'source "{SCRIPTS}/place.sh"; printf "%s\\0%s\\0" "$suffix" "$of"'
    found = {}
    for folder in FOLDERS:
        (top / folder).mkdir(parents=True, exist_ok=True)
        names = ["production", *([""] if re.fullmatch("[a-z./-]+", folder) else [])]
        names = ENVIRONMENTS if folder in ("", "voice") else names
        every = "; ".join(f"ENVIRONMENT={one}; {each}" for one in names)
        done = bash(f"set -eu; {every}", top / folder, LC_ALL="C.UTF-8")
        assert done.returncode == 0, done.stderr
        parts = iter(done.stdout.split("\0")[:-1])
        found |= {(one, folder): (next(parts), next(parts)) for one in names}
    return found


def test_no_two_places_of_a_repository_share_a_name(
    places: dict[tuple[str, str], tuple[str, str]],
) -> None:
    """Nor if case is ignored, nor if the saved plan's `-file` follows."""
    suffixes = [suffix.lower() for suffix, _ in places.values()]
    assert len(set(suffixes)) == len(places)
    names = [f"reconciler-{what}{one}" for what in ("plan", "apply", "drift") for one in suffixes]
    names += [f"reconciler-plan{one}-file" for one in suffixes]
    assert len(set(names)) == len(names)
    assert places["production", ""] == ("-production", " of production")
    assert places["production", "voice"] == ("-production@voice", " of production (voice)")


def test_every_name_can_be_that_of_a_branch_an_artifact_and_a_folder(
    places: dict[tuple[str, str], tuple[str, str]], tmp_path: Path
) -> None:
    names = [f"reconciler/pull{suffix}" for suffix, _ in places.values()]
    check = "while IFS= read -r one; do git check-ref-format --branch $one; done"
    done = bash(f"set -e; {check} <<<'{chr(10).join(names[::3])}'", tmp_path)
    assert done.returncode == 0, done.stderr
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/@+-")
    assert all(set(one) <= allowed and len(one) < 200 for one in names)
    assert not any("\n" in of for _, of in places.values())


def test_no_two_workflows_wait_in_one_line_for_another_thing() -> None:
    """One that is cancelled by its successor must not be an apply."""
    written = [load(path) for path in (ROOT / ".github/workflows").glob("*.yml")]
    groups = [one["concurrency"]["group"] for one in written]
    filled = [
        Scope(
            {
                "inputs": {"environment": environment, "working-directory": folder},
                "github": {"event": {"pull_request": {"number": 7}}, "ref": "refs/heads/main"},
            }
        ).text(group)
        for group in groups
        for environment in ("a", "a-b", "plan-a", "drift-a", "plan-7", "apply-a", "b")
        for folder in (".", "b", "c", "b-c")
        if "inputs" in group
    ]
    assert len(set(filled)) == 4 * 7 * 4
    texts = starter_ci.files("github", VALUES, CHAIN).values()
    lines = [
        line.split(": ")[1] for text in texts for line in text.splitlines() if " group:" in line
    ]
    assert sorted(line.split("-")[1] for line in lines) == ["apply", "drift", "plan"]


# Outputs that GitHub dropped


def conditions() -> Iterator[tuple[str, str, str]]:
    """The condition of each job that applies, with the job that planned for it."""
    fleet = linters.fleet_files(linters.FLEET)[".github/workflows/reconciler-apply.yml"]
    for text in (ROOT / ".github/workflows/apply.yml").read_text("utf-8"), written(), fleet:
        path = text.splitlines()
        for at, line in enumerate(path):
            if line.strip().startswith("if:") and "has-changes" in line:
                (needs,) = [one for one in path[at - 4 : at] if "needs:" in one]
                planned = re.findall(r"[\w-]+", needs.split(": ")[1])[-1]
                yield planned, line.split("if: ", 1)[1], "\n".join(path[at - 4 : at])


def written() -> str:
    """The workflow that `init` writes."""
    return starter_ci.files("github", VALUES, CHAIN)[".github/workflows/reconciler-apply.yml"]


PLANNED = [
    # result, has-changes, uncompared, event, runs
    ("success", "true", "0", "push", True),
    ("success", "false", "0", "push", False),
    ("success", "false", "2", "push", False),
    ("success", "", "0", "push", True),
    ("success", "", "", "push", True),
    ("success", "false", "", "push", False),
    ("success", "false", "2", "workflow_dispatch", True),
    ("success", "false", "", "workflow_dispatch", True),
    ("success", "false", "0", "workflow_dispatch", False),
    ("skipped", "", "", "push", False),
    ("skipped", "", "", "workflow_dispatch", False),
    ("failure", "true", "0", "push", False),
    ("cancelled", "", "", "push", False),
]


@pytest.mark.parametrize(("result", "changes", "uncompared", "event", "runs"), PLANNED)
def test_an_apply_is_passed_over_only_if_a_plan_says_that_nothing_is_to_do(
    result: str, changes: str, uncompared: str, event: str, *, runs: bool
) -> None:
    found = list(conditions())
    assert len(found) == 4, "the reusable workflow, two environments of init, and a fleet"
    for planned, condition, _ in found:
        outputs = {"has-changes": changes, "uncompared": uncompared}
        needs = {planned: {"result": result, "outputs": outputs}}
        status = {
            "success": lambda: result == "success",
            "failure": lambda: result == "failure",
            "cancelled": lambda: result == "cancelled",
        }
        scope = Scope({"needs": needs, "github": {"event_name": event}}, status)
        assert scope.condition(condition) is runs, condition


def test_every_condition_on_an_output_is_known_here() -> None:
    """Check every new condition: what does it do if the output is empty?"""
    paths = [
        *(ROOT / ".github").rglob("*.yml"),
        *(ROOT / "reconciler/scaffold/templates/ci").rglob("*.yml"),
    ]
    lines = [
        line.strip()
        for path in sorted(paths)
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith("if: ") and "outputs" in line
    ]
    known = """
if: always() && steps.run.outputs.report != ''
if: always() && steps.run.outputs.report != ''
if: inputs.upload-plan == 'true' && steps.run.outputs.plan-file != ''
if: inputs.comment == 'true' && inputs.shard == '' && (steps.run.outputs.command == 'plan'
 || steps.run.outputs.no-plan != '') && github.event_name == 'pull_request'
if: inputs.require-reviewed != 'false' && inputs.shard == '' && steps.run.outputs.command == 'plan'
 && (steps.run.outputs.exit-code == '0' || steps.run.outputs.exit-code == '2')
 && steps.report.outputs.has-changes != 'false'
if: inputs.issue == 'true' && inputs.shard == '' && steps.run.outputs.command == 'drift'
if: inputs.pull == 'true' && inputs.fleet == '' && steps.run.outputs.command == 'drift'
 && steps.run.outputs.exit-code == '2'
"""
    known = [f"if:{one.replace(chr(10), '')}" for one in known.split("\nif:")[1:]]
    assert [line for line in lines if "has-changes" not in line or "reviewed" in line] == known
    assert len(lines) == len(known) + 3


def test_a_job_whose_outcome_got_lost_fails(tmp_path: Path) -> None:
    for command, code, ends in (
        ("plan", "0", 0),
        ("plan", "2", 0),
        ("drift", "2", 0),
        ("apply", "2", 2),
        ("plan", "4", 4),
        ("plan", "", 1),
        ("", "0", 1),
        ("", "2", 1),
        ("", "", 1),
    ):
        done = bash(f'bash "{SCRIPTS}/finish.sh"', tmp_path, COMMAND=command, CODE=code)
        assert (done.returncode, done.stderr) == (ends, ""), (command, code)
        assert (done.returncode == 0) is (done.stdout == "")


def test_what_was_reviewed_is_compared_unless_a_plan_has_no_changes() -> None:
    (step,) = [one for one in ACTION["runs"]["steps"] if one["name"] == "Was it reviewed?"]
    for code, changes, wanted, runs in (
        ("2", "true", "true", True),
        ("2", "", "true", True),
        ("0", "true", "true", True),
        ("0", "", "true", True),
        ("0", "false", "true", False),
        ("1", "", "true", False),  # the job fails for that
        ("2", "true", "false", False),
        ("2", "true", "", True),
    ):
        steps = {
            "run": {"outputs": {"command": "plan", "exit-code": code}},
            "report": {"outputs": {"has-changes": changes}},
        }
        contexts = {"inputs": {"require-reviewed": wanted, "shard": ""}, "steps": steps}
        assert Scope(contexts, {"success": lambda: True}).condition(step["if"]) is runs


# Inputs


def allowed(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    own = {"GITHUB_EVENT_NAME": "push", "GITHUB_OUTPUT": str(folder / "out")}
    own |= {"COMMAND": "plan", "HEAD_REPOSITORY": "", "COMMENTED_ON": ""}
    return bash(f'bash "{SCRIPTS}/allowed.sh"', folder, **{**own, **given})


def test_an_input_that_is_neither_true_nor_false_stops_the_job(tmp_path: Path) -> None:
    (step,) = [one for one in ACTION["runs"]["steps"] if one.get("id") == "allowed"]
    defaults = {key: one.get("default", "") for key, one in ACTION["inputs"].items()}
    switches = [key for key, one in defaults.items() if one in ("true", "false")]
    for changed in ("", "yes", "1", "true\n", " false", "True", "any"):
        for name in switches if changed == "" else ["require-reviewed"]:
            flags = Scope({"inputs": {**defaults, name: changed}}).text(step["env"]["FLAGS"])
            done = allowed(tmp_path, FLAGS=flags)
            fine = changed == "true\n"  # a block of YAML
            assert done.returncode == (0 if fine else 64), (name, changed)
            assert fine or done.stdout.endswith("it must be true or false\n"), done.stdout
    whole = Scope({"inputs": defaults}).text(step["env"]["FLAGS"])
    assert allowed(tmp_path, FLAGS=whole).returncode == 0
    late = whole.replace("require-reviewed=false", "require-reviewed=true")
    for command in ("apply", "drift", "validate"):
        done = allowed(tmp_path, FLAGS=late, COMMAND=command)
        assert done.returncode == 64, command


@pytest.mark.parametrize(
    "command", ["x\n::add-mask::a", "--help", "plan\r\n", "apply%0A", "", "\n"]
)
def test_a_command_of_several_lines_makes_one_message(tmp_path: Path, command: str) -> None:
    done = allowed(tmp_path, COMMAND=command)
    assert done.returncode == 64
    assert (done.stdout.count("\n"), done.stdout.count("::")) == (1, 2 + command.count("::"))
    assert "\r" not in done.stdout


STUB = """#!/usr/bin/env bash
printf '<%s>\\n' "$@" >>"$TOLD"
"""


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", "Drift in production (-voice x)"),
        (" \n\n", "Drift in production (-voice x)"),
        ("\r", "Drift in production (-voice x)"),
        ("--close", "--close"),
        ("- a list\n", "- a list "),
        ("Two\r\nlines", "Two  lines"),
        ("-", "-"),
        ("تغيير\tفي", "تغيير في"),
    ],
)
def test_a_title_is_one_line_and_no_option(tmp_path: Path, title: str, expected: str) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)  # noqa: S607
    folder = tmp_path / "-voice\nx"
    folder.mkdir()
    stub, told = tmp_path / "stub", tmp_path / "told"
    stub.write_text(STUB, encoding="utf-8")
    stub.chmod(0o755)
    given = {"RECONCILER": str(stub), "TOLD": str(told), "CODE": "2", "REPORT": str(tmp_path)}
    given |= {"ENVIRONMENT": "production", "TITLE": title, "LC_ALL": "C.UTF-8"}
    done = bash(f'bash "{SCRIPTS}/issue.sh"', folder, **given)
    assert done.returncode == 0, done.stderr
    words = told.read_text(encoding="utf-8").splitlines()
    assert words == ["<publish>", "<issue>", f"<{tmp_path}/report.md>", f"<--title={expected}>"]


def test_no_script_gives_a_foreign_text_as_a_word_of_its_own() -> None:
    """A title, a branch or an environment that begins with a dash would be an option."""
    options = ("env", "title", "branch", "base", "plan-digest")
    for path in SCRIPTS.glob("*.sh"):
        text = path.read_text(encoding="utf-8")
        assert not any(f'--{one} "$' in text or f"--{one} $" in text for one in options), path.name
        if path.name != "say.sh":
            assert "title=reconciler::" not in text, f"{path.name}: say.sh keeps it on one line"


# State files


def test_of_two_changed_entries_the_one_applied_last_is_kept() -> None:
    """The state of a cancelled job may arrive after that of the next job."""

    def one(identifier: str, at: str | None) -> dict[str, Any]:
        entry = {"id": identifier, **({"applied_at": at} if at else {})}
        return of_pages({"production": {"desk": entry}})

    merge = states().merge
    base = one("1", "2026-01-01T00:00:00Z")
    for ours, theirs, kept in (
        (one("2", "2026-01-02T00:00:00Z"), one("3", "2026-01-03T00:00:00Z"), "3"),
        (one("2", "2026-01-03T00:00:00Z"), one("3", "2026-01-02T00:00:00Z"), "2"),
        (one("2", "2026-01-02T00:00:00Z"), one("3", "2026-01-02T00:00:00Z"), "2"),
        (one("2", "2026-01-02T00:00:00Z"), one("3", None), "2"),
        (one("2", None), one("3", "2026-01-03T00:00:00Z"), "2"),
        (base, one("3", "2025-01-01T00:00:00Z"), "3"),
        (one("2", "2025-01-01T00:00:00Z"), base, "2"),
    ):
        merged = merge(base, ours, theirs)["environments"]["production"]["objects"]["desk"]
        assert merged["id"] == kept, (ours, theirs)

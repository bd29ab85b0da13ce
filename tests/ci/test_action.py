"""The action: which steps run when, their inputs to the tool, and who starts it with what.

The handling of repositories and hostile texts by the scripts is tested in test_scripts.py,
test_fail_closed.py and test_hostile_checkouts.py; a whole pull request in test_story.py.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from reconciler.scaffold import starter_ci
from tests.ci.expressions import Scope
from tests.ci.linters import PRODUCTION, ROOT, VALUES
from tests.ci.repository import KEY, Repository, git
from tests.ci.runner import load
from tests.ci.test_scripts import SCRIPTS, bash, variables

ACTION = load(SCRIPTS / "action.yml")
AGENT, STATE = "agents/desk.yaml", "reconciler.state.json"
PROJECT = (
    "environments: {{ production: {{ url: '{url}', api_key: {{ $secret: HAMSA_API_KEY }} }} }}"
)
DESK = "spec:\n  agentName: Desk\n  greetingMessage: Hello\n  silenceThreshold: 800\n"

# Which steps run

Outcomes = Mapping[str, Mapping[str, str] | None]
"""Outputs of the steps that have some, by their id; None: the step failed."""


def ran(event: str, outcomes: Outcomes, failed: Sequence[str] = (), **inputs: str) -> list[str]:
    """The steps that run, of a job on a branch; ``failed`` are those of them that fail."""
    given = {key: one.get("default", "") for key, one in ACTION["inputs"].items()} | inputs
    github = {"event_name": event, "ref_type": "branch", "event": {}}
    steps: dict[str, Any] = {}
    found: list[str] = []
    bad = False
    for step in ACTION["runs"]["steps"]:
        status = {"always": lambda: True, "success": lambda bad=bad: not bad}
        scope = Scope({"inputs": given, "github": github, "steps": steps}, status)
        runs = scope.condition(step.get("if"))
        name, outputs = step["name"], outcomes.get(step.get("id"), {})
        fails = runs and (name in failed or outputs is None)
        outcome = ("failure" if fails else "success") if runs else "skipped"
        if "id" in step:
            steps[step["id"]] = {"outputs": (runs and outputs) or {}, "outcome": outcome}
        found += [name] if runs else []
        bad = bad or fails
    return found


def ended(command: str, code: str, changes: str = "true", **more: str) -> Outcomes:
    """The steps of a run that ended with this exit code."""
    run = {"command": command, "exit-code": code, "report": "r", "plan-file": "p", **more}
    return {"run": run, "report": {"has-changes": changes}}


BEGUN = ["May it run?", "Python", "Install"]
KNOWN = ["Where is the state?", "Newest state"]
SHOWN = ["Run", "Report", "Keep the report"]


@pytest.mark.parametrize(
    ("command", "event", "outcomes", "inputs", "steps"),
    [
        # A pull request: a comment, also of mistakes and where none could be made.
        ("plan", "pull_request", ended("plan", "2"), {}, [KNOWN[0], *SHOWN, "Comment", "Finish"]),
        (
            "plan",
            "pull_request",
            ended("plan", "1", ""),
            {},
            [KNOWN[0], *SHOWN, "Comment", "Finish"],
        ),
        (
            "plan",
            "pull_request",
            ended("validate", "0", "", **{"no-plan": "n"}),
            {},
            [KNOWN[0], *SHOWN, "Comment", "Finish"],
        ),
        ("plan", "pull_request", ended("validate", "1", ""), {}, [KNOWN[0], *SHOWN, "Finish"]),
        (
            "plan",
            "pull_request",
            ended("plan", "2"),
            {"comment": "false"},
            [KNOWN[0], *SHOWN, "Finish"],
        ),
        ("validate", "pull_request", ended("validate", "0", ""), {}, [*SHOWN, "Finish"]),
        # After the merge: on the newest state, and only the reviewed plan.
        ("plan", "push", ended("plan", "2"), {}, [*KNOWN, *SHOWN, "Finish"]),
        (
            "plan",
            "push",
            ended("plan", "2"),
            {"require-reviewed": "true", "upload-plan": "true"},
            [*KNOWN, *SHOWN, "Keep the plan", "Was it reviewed?", "Finish"],
        ),
        *(
            (
                "apply",
                "push",
                ended("apply", code),
                {},
                [
                    *KNOWN,
                    "Run",
                    "Report",
                    "Commit the state",
                    "Keep the report",
                    "Finish",
                ],
            )
            for code in ("0", "3", "4", "130")
        ),
        (
            "apply",
            "push",
            ended("apply", "0"),
            {"commit-state": "false"},
            [*KNOWN, *SHOWN, "Finish"],
        ),
        ("apply", "push", {"run": None}, {}, [*KNOWN, "Run", "Commit the state"]),
        # Drift: one issue; a branch only if there is something to pull.
        (
            "drift",
            "schedule",
            ended("drift", "2"),
            {},
            [*KNOWN, *SHOWN, "Issue", "Finish"],
        ),
        (
            "drift",
            "schedule",
            ended("drift", "2"),
            {"pull": "true"},
            [*KNOWN, *SHOWN, "Issue", "Pull", "Finish"],
        ),
        (
            "drift",
            "schedule",
            ended("drift", "1"),
            {"pull": "true", "issue": "false"},
            [*KNOWN, *SHOWN, "Finish"],
        ),
    ],
)
def test_a_step_runs_if_it_has_something_to_do(
    command: str, event: str, outcomes: Outcomes, inputs: dict[str, str], steps: list[str]
) -> None:
    found = ran(event, outcomes, command=command, **inputs)
    order = [step["name"] for step in ACTION["runs"]["steps"]]
    assert found == [*BEGUN, *sorted(steps, key=order.index)]


def test_after_a_failure_only_what_reports_it_runs() -> None:
    """A refused fork gets nothing, a stale run applies nothing; an apply is pushed."""
    assert ran("pull_request", {"allowed": None}, command="apply") == ["May it run?"]
    assert ran("push", {"install": None}, command="apply") == BEGUN
    stale = ran("push", {}, ["Newest state"], command="apply")
    assert stale == [*BEGUN, *KNOWN]
    lost = ran("push", ended("apply", "0"), ["Report"], command="apply")
    assert lost == [
        *BEGUN,
        *KNOWN,
        "Run",
        "Report",
        "Commit the state",
        "Keep the report",
    ]
    for failed in ("Comment", "Commit the state", "Was it reviewed?", "Issue"):
        command = {"Comment": "plan", "Issue": "drift", "Was it reviewed?": "plan"}.get(failed)
        event = "pull_request" if failed == "Comment" else "push"
        outcomes = ended(command or "apply", "2")
        flags = {"require-reviewed": "true"} if command == "plan" else {}
        found = ran(event, outcomes, [failed], command=command or "apply", **flags)
        assert failed in found
        assert "Finish" not in found
        assert "Pull" not in found
    assert not [step for step in ACTION["runs"]["steps"] if "continue-on-error" in step]


def test_every_step_of_a_project_runs_in_its_folder() -> None:
    """The other steps do not read it."""
    within = "${{ inputs.working-directory }}"
    others = {"May it run?", "Python", "Install", "Report", "Comment", "Finish"}
    for step in ACTION["runs"]["steps"]:
        elsewhere = step["name"] in others or "upload-artifact" in step.get("uses", "")
        assert (step.get("working-directory") == within) is not elsewhere, step["name"]
    kept = next(step for step in ACTION["runs"]["steps"] if step["name"] == "Keep the report")
    assert "/reconciler.state.json" in kept["with"]["path"], "of an apply that could not push it"


# What a step passes to the tool

STUB = """#!/bin/bash
printf '%s\\n' "$*" >>"$NOTES"
test -z "$SAYS" || echo "$SAYS"
exit "${ENDS:-0}"
"""


@dataclass
class Bench:
    """A folder, and a tool that notes how it is started."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "bin").mkdir()
        (self.folder / "bin/python").symlink_to(sys.executable)
        self.tool, self.notes = self.folder / "bin/reconciler", self.folder / "notes"
        self.tool.write_text(STUB, encoding="utf-8")
        self.tool.chmod(0o755)

    def run(self, script: str, **given: str) -> tuple[int, list[str], str]:
        """Exit code, arguments and environment of the tool, and output."""
        self.notes.write_text("")
        own = {"RECONCILER": str(self.tool), "NOTES": str(self.notes), "SAYS": ""}
        own |= {"ENVIRONMENT": "production", "REPORT": "r", "LC_ALL": "C.UTF-8"}
        done = bash(f'bash "{SCRIPTS}/{script}"', self.folder, **{**own, **given})
        assert done.stderr == ""
        return done.returncode, self.notes.read_text("utf-8").splitlines(), done.stdout


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_plan_makes_or_updates_one_comment(bench: Bench) -> None:
    """It makes no empty plan; without a plan, an older one is removed."""
    (bench.folder / "r").mkdir()
    given = {"CODE": "2", "HAS_CHANGES": "true", "NO_PLAN": ""}
    assert bench.run("comment.sh", **given) == (0, [], ""), "no report, no comment"
    (bench.folder / "r/report.md").touch()
    usual = "publish comment r/report.md"
    for more, words in (
        ({}, usual),
        ({"CODE": "1", "HAS_CHANGES": ""}, usual),
        ({"CODE": "0", "HAS_CHANGES": ""}, usual),
        ({"CODE": "0", "HAS_CHANGES": "true"}, usual),
        ({"CODE": "0", "HAS_CHANGES": "false"}, f"{usual} --if-exists"),
        ({"NO_PLAN": "no.md"}, "publish comment no.md --if-exists"),
    ):
        assert bench.run("comment.sh", **{**given, **more}) == (0, [words], ""), more
    assert bench.run("comment.sh", **given, ENDS="1")[0] == 1
    code, _, said = bench.run("comment.sh", **{**given, "NO_PLAN": "no.md"}, ENDS="1")
    assert (code, "an older plan, if there is one, could not be updated" in said) == (0, True)


def test_another_plan_than_the_reviewed_one_stops_the_job(bench: Bench) -> None:
    words = ["publish digest --env=production"]
    for digest, says, ends, code, told in (
        ("sha256:1", "sha256:1", "0", 0, "The plan is the one that was reviewed: sha256:1"),
        ("sha256:2", "sha256:1", "0", 5, "the plan is another one than the pull request showed"),
        ("", "", "0", 5, "the plan is another one than the pull request showed"),
        ("sha256:1", "sha256:1", "5", 5, "no reviewed plan was found for this commit"),
    ):
        found = bench.run("reviewed.sh", PLAN_DIGEST=digest, SAYS=says, ENDS=ends)
        assert found[:2] == (code, words)
        assert told in found[2]
    _, words, _ = bench.run("reviewed.sh", PLAN_DIGEST="sha256:1", ENVIRONMENT="")
    assert words == ["publish digest"]


def test_an_issue_is_opened_closed_or_left_as_it_is(bench: Bench) -> None:
    words = "publish issue r/report.md --title=Drift in production"
    for code, expected in (("0", [f"{words} --close"]), ("2", [words]), ("1", []), ("4", [])):
        assert bench.run("issue.sh", CODE=code, TITLE="") == (0, expected, "")


def test_an_apply_is_given_what_was_reviewed_and_its_state_is_kept(bench: Bench) -> None:
    """Whatever its end, the next steps run: its exit code is an output."""
    (bench.folder / STATE).write_text("{}", encoding="utf-8")
    for more, ends in (
        ({"PLAN_DIGEST": "sha256:1", "PLAN_FILE": ""}, "--auto-approve --plan-digest=sha256:1"),
        ({"PLAN_DIGEST": "", "PLAN_FILE": "a b"}, "--auto-approve -- a b"),
        ({"PLAN_DIGEST": "any", "PLAN_FILE": ""}, "--auto-approve"),
    ):
        given = variables(bench.folder, "apply", ENVIRONMENT="production", **more)
        code, (words,), _ = bench.run("run.sh", **given, ENDS="3")
        assert (code, words.startswith("apply --report ")) == (0, True)
        assert words.endswith(f" --env=production {ends}")
    outputs = (bench.folder / "output").read_text("utf-8").splitlines()
    assert "exit-code=3" in outputs
    assert (bench.folder / "reconciler-apply-production" / STATE).exists()


def test_mistakes_are_at_their_lines_and_a_missing_key_is_reported(
    tmp_path: Path, programs: Path, hamsa: RunningServer
) -> None:
    """Without the key a pull request is validated; nothing else runs."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "reconciler.yaml").write_text(PROJECT.format(url=hamsa.url), encoding="utf-8")
    (tmp_path / AGENT).write_text(DESK.replace("800", "0.8"), encoding="utf-8")
    summary = tmp_path / "summary"
    usual = {"RECONCILER": str(programs / "reconciler"), "ENVIRONMENT": "production"}
    usual |= {"GITHUB_STEP_SUMMARY": str(summary), "HAMSA_API_KEY": KEY}

    def run(command: str, **more: str) -> tuple[dict[str, str], str]:
        (tmp_path / "output").unlink(missing_ok=True)
        given = usual | variables(tmp_path, command) | usual | more
        done = bash(f'bash "{SCRIPTS}/run.sh"', tmp_path, **given)
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / "output").read_text("utf-8").splitlines()
        found = dict(line.split("=", 1) for line in lines)
        shown = bash(f'bash "{SCRIPTS}/report.sh"', tmp_path, **given, REPORT=found["report"])
        return found, done.stdout + shown.stdout

    pull = {"GITHUB_EVENT_NAME": "pull_request"}
    outputs, said = run("plan", **pull)
    assert (outputs["command"], outputs["exit-code"]) == ("plan", "1")
    assert said.startswith(f"::error file={AGENT},line=4,title=config::")
    assert "silenceThreshold" in summary.read_text("utf-8")
    (tmp_path / AGENT).write_text(DESK, encoding="utf-8")
    outputs, said = run("plan", **pull, HAMSA_API_KEY="")
    assert (outputs["command"], outputs["exit-code"]) == ("validate", "0")
    assert "not set here: HAMSA_API_KEY. So the files are validated" in said
    text = Path(outputs["no-plan"]).read_text("utf-8")
    assert text.startswith("<!-- reconciler:plan:production -->\n\n## plan stopped")
    assert "HAMSA\\_API\\_KEY is not set" in text
    outputs, said = run("plan", HAMSA_API_KEY="")
    assert (outputs["command"], outputs["exit-code"]) == ("plan", "1")
    assert "HAMSA_API_KEY is not set" in said


# Live edits

PULLS = """#!/bin/bash
printf '%s\\n' "$*" >>"$NOTES"
if test "$1" = pull; then
  sed -i "s/silenceThreshold: .*/silenceThreshold: $LIVE/" agents/desk.yaml
  echo "{\\"at\\": \\"$RANDOM\\"}" >reconciler.state.json
  echo "{\\"edits\\": [{\\"taken\\": $TAKEN, \\"files\\": [\\"agents/desk.yaml\\"]}]}"
  exit "${ENDS:-0}"
fi
"""
BRANCH = "reconciler/pull-production"


@dataclass
class Pulling:
    """A job's checkout of a repository with an agent, and a tool that takes a live edit."""

    repository: Repository
    bench: Bench

    def __post_init__(self) -> None:
        self.bench.tool.write_text(PULLS, encoding="utf-8")
        self.repository.write(AGENT, DESK)
        self.repository.write("filled.txt", "empty\n")
        self.repository.push("main", "Agents")

    def run(self, live: int, **more: str) -> tuple[int, list[str], str]:
        """A new job, in a checkout in which other steps left things."""
        job = self.bench.folder / f"job-{live}-{len(more)}"
        git(self.bench.folder, "clone", "--quiet", str(self.repository.origin), str(job))
        for name in ("gha-creds.json", "agents/more.txt", "filled.txt"):
            (job / name).write_text("key", encoding="utf-8")
        given = {"TAKEN": "true", "LIVE": str(live), "BASE": "main", "SECRETS": "", **more}
        given |= {"NOTES": str(self.bench.notes), "RECONCILER": str(self.bench.tool)}
        given |= {"ENVIRONMENT": "production", "REPORT": "r"}
        self.bench.notes.write_text("")
        done = bash(f'bash "{SCRIPTS}/pull.sh"', job, **given)
        words = self.bench.notes.read_text("utf-8").splitlines()
        assert words[0].startswith("pull --auto-approve --undeclared")
        return done.returncode, words[1:], done.stdout + done.stderr

    def files(self) -> list[str]:
        """What a merge of the branch would change."""
        names = git(self.repository.origin, "diff", "--name-only", "main", f"refs/heads/{BRANCH}")
        return names.splitlines()


def test_live_edits_are_put_on_one_branch_and_nothing_else_is(
    repository: Repository, bench: Bench
) -> None:
    pulling = Pulling(repository, bench)
    repository.host.allow({"contents": "write"})
    # A branch that ends like ours, and a tag of its name, are not ours.
    git(repository.work, "push", "--quiet", "origin", f"HEAD:refs/heads/x/refs/heads/{BRANCH}")
    git(repository.work, "push", "--quiet", "origin", f"HEAD:refs/tags/{BRANCH}")
    code, words, said = pulling.run(900)
    assert code == 0, said
    title = "--title=Live edits of production"
    assert words == [f"publish pull-request r/report.md --branch={BRANCH} {title} --base=main"]
    assert pulling.files() == [AGENT, STATE]
    assert "silenceThreshold: 900" in repository.show(AGENT, BRANCH)
    tip = repository.sha(BRANCH)
    assert pulling.run(900, AGAIN="yes")[0] == 0
    assert repository.sha(BRANCH) == tip, "the state alone differs"
    pulling.run(950)
    assert "silenceThreshold: 950" in repository.show(AGENT, BRANCH)
    assert git(repository.origin, "rev-parse", f"refs/heads/{BRANCH}^") == repository.sha("main")

    repository.start("mine", f"origin/{BRANCH}")
    repository.edit(AGENT, "Hello", "Good day")
    mine = repository.push(BRANCH, "A word of mine")
    code, words, said = pulling.run(960)
    assert (code, words, repository.sha(BRANCH)) == (0, [], mine)
    assert f"{BRANCH} holds work of a person" in said


def test_if_no_live_edit_can_be_taken_there_is_no_branch(
    repository: Repository, bench: Bench
) -> None:
    pulling = Pulling(repository, bench)
    repository.host.allow({"contents": "write"})
    code, words, said = pulling.run(900, TAKEN="false", ENDS="4")
    assert (code, words) == (0, [])
    assert "some live edits are left for a person" in said
    assert "No live edit could be taken into the files." in said
    assert pulling.run(901, TAKEN="false", ENDS="1")[:2] == (1, [])
    assert list(repository.api.branches) == ["main"]


# What the workflows pass to the action


def given(workflow: Mapping[str, Any], **inputs: Any) -> dict[str, list[tuple[str, Any]]]:
    """What each job passes to each action that it starts, without defaults.

    Secrets are not included: which job has which is in test_pages.py.
    """
    usual = {key: one.get("default", "") for key, one in ACTION["inputs"].items()}
    declared = (workflow["on"].get("workflow_call") or {}).get("inputs", {})
    outputs = {"plan-digest": "sha256:1", "artifact": "A"}
    contexts = {
        "inputs": {key: one.get("default") for key, one in declared.items()} | inputs,
        "needs": {one: {"outputs": outputs} for one in ("plan", "plan-production")},
        "secrets": {},
        "github": {"token": usual["token"]},
        "runner": {"temp": "/temp"},
    }
    functions = {"success": lambda: True, "format": lambda text, one: text.replace("{0}", one)}
    scope = Scope(contexts, functions)
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            place = step["uses"].partition("@")[0].rpartition("/")[2]
            if place == "checkout" or not scope.condition(step.get("if")):
                continue
            words = {key: scope.text(one).strip() for key, one in step["with"].items()}
            words = {k: one for k, one in words.items() if k != "secrets" and one != usual.get(k)}
            found.setdefault(name.removesuffix("-production"), []).append((place, words))
    return found


def reusable(name: str) -> dict[str, Any]:
    return load(ROOT / f".github/workflows/{name}.yml")


@pytest.fixture(scope="module")
def starting(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The workflows that `init` writes."""
    folder, found = tmp_path_factory.mktemp("written"), {}
    for name, text in starter_ci.files("github", VALUES, [PRODUCTION]).items():
        path = folder / Path(name).name
        path.write_text(text, encoding="utf-8")
        found[path.stem.removeprefix("reconciler-")] = load(path)
    return found


def test_the_reusable_workflows_do_what_those_of_init_do(
    starting: dict[str, dict[str, Any]],
) -> None:
    """They pass the same to the action, with the same permissions, behind the same environment."""
    for name in ("plan", "apply", "drift"):
        assert given(reusable(name), environment="production") == given(starting[name])
        ours, theirs = reusable(name)["jobs"], starting[name]["jobs"]
        for key, job in ours.items():
            twin = theirs[f"{key}-production"]
            assert job["permissions"] == twin["permissions"], (name, key)
            assert ("environment" in job) is ("environment" in twin) is (key == "apply")
            assert set(job.get("outputs", {})) >= set(twin.get("outputs", {}))


def test_what_a_caller_asks_for_reaches_the_action() -> None:
    place = {"environment": "production", "working-directory": "voice", "arguments": "--target=a"}
    own = ("reconciler", {"command": "plan", **place, "comment": "false"})
    assert given(reusable("plan"), **place, comment=False) == {"plan": [own]}
    own = ("reconciler", {"command": "drift", **place, "issue-title": "T"})
    assert given(reusable("drift"), **place, **{"issue-title": "T"}) == {"drift": [own]}
    own = ("reconciler", {"command": "drift", **place, "issue": "false", "pull": "true"})
    assert given(reusable("pull"), **place) == {"pull": [own]}
    found = given(reusable("apply"), **place, **{"require-reviewed": True})
    assert found["plan"] == [
        ("reconciler", {"command": "plan", **place, "require-reviewed": "true"})
    ]
    assert found["apply"] == [
        ("reconciler", {"command": "apply", **place, "plan-digest": "sha256:1"})
    ]


def test_a_saved_plan_is_handed_over_as_an_artifact() -> None:
    """And no digest: the file is applied unchanged, with the arguments that it was made with."""
    inputs = {"environment": "production", "arguments": "--target=a", "saved-plan": True}
    found = given(reusable("apply"), **inputs, **{"apply-arguments": "--approve=all"})
    assert found["plan"][0][1]["upload-plan"] == "true"
    assert found["apply"] == [
        ("download-artifact", {"name": "A-file", "path": "/temp/reviewed"}),
        (
            "reconciler",
            {
                "command": "apply",
                "environment": "production",
                "arguments": "--approve=all",
                "plan-file": "/temp/reviewed/saved.plan.json",
                "plan-digest": "",
            },
        ),
    ]


def test_what_a_job_hands_on_is_an_output_of_the_action() -> None:
    for name in ("plan", "apply"):
        for job in reusable(name)["jobs"].values():
            for key, value in job.get("outputs", {}).items():
                assert value == f"${{{{ steps.plan.outputs.{key} }}}}"
                assert key in ACTION["outputs"]

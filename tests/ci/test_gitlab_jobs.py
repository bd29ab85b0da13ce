"""The scripts of the GitLab template line by line, with a tool that only records its calls.

Whole pipelines are tested in test_gitlab.py; here are the ways in which a job ends early, and what
each of its programs gets.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reconciler.scaffold import starter_ci
from tests.ci.linters import PRODUCTION, ROOT, VALUES
from tests.ci.repository import HOOK, git
from tests.ci.test_gitlab import flat, merged

STATE = "reconciler.state.json"
STRONG, LOW = "glpat-strong-5f2d9c", "glpat-low-77aa01"
TOOL = """#!/bin/bash
printf '%s\\n' "$*" >>"$NOTES/words"
env >>"$NOTES/env"
case $1 in
  apply)
    echo "$WRITES" >reconciler.state.json
    if test "$ENDS" = killed; then kill -KILL $PPID; fi
    exit "${ENDS:-0}"
    ;;
  plan) touch report.md && echo HAS_CHANGES=true >report.env && exit "${ENDS:-0}" ;;
esac
"""


def page(**agents: tuple[str, str]) -> str:
    """A state file of production: each agent with an id, and when it was applied."""
    entries = {f"agent/{key}": {"id": one, "applied_at": at} for key, (one, at) in agents.items()}
    environments = {"production": {"salt": "5a", "objects": entries}}
    content = {"environments": environments, "format_version": "2.0"}
    return json.dumps(content, indent=2, sort_keys=True)


OLD = page(desk=("1", "2026-01-01T00:00:00Z"))
NEW = page(desk=("2", "2026-01-02T00:00:00Z"))
MINE = page(desk=("3", "2026-01-03T00:00:00Z"))
LATER = page(desk=("4", "2026-01-04T00:00:00Z"))


@dataclass
class Lab:
    """A repository, and a job's checkout and folder; ``a b`` is in every path."""

    folder: Path
    jobs: Mapping[str, Mapping[str, object]]
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.origin, self.work, self.temp, self.notes = (
            self.folder / name for name in ("origin.git", "work", "temp", "notes")
        )
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        (self.origin / "hooks/pre-receive").write_text(HOOK + f'env >"{self.notes}/push"\n')
        (self.origin / "hooks/pre-receive").chmod(0o755)
        (self.origin / "may-push").touch()
        (self.temp / "bin").mkdir(parents=True)
        self.notes.mkdir()
        (self.temp / "bin/python").symlink_to(sys.executable)
        (self.temp / "bin/reconciler").write_text(TOOL, encoding="utf-8")
        (self.temp / "bin/reconciler").chmod(0o755)
        (self.temp / "reconciler").symlink_to(ROOT)
        (self.temp / "tool.env").write_text(f"reconciler={self.temp}/bin/reconciler\n")
        git(self.folder, "clone", "--quiet", str(self.origin), str(self.work))
        self.commit(OLD)

    def commit(self, state: str) -> None:
        """Another state on main, which the checkout does not have."""
        other = self.folder / "other"
        if not other.exists():
            git(self.folder, "clone", "--quiet", str(self.origin), str(other))
        else:
            git(other, "pull", "--quiet", "origin", "main")
        (other / STATE).write_text(state, encoding="utf-8")
        git(other, "add", "--all")
        git(other, "commit", "--quiet", "-m", "State")
        git(other, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        if not (self.work / STATE).exists():
            git(self.work, "pull", "--quiet", "origin", "main")
        (self.notes / "push").unlink()

    def run(self, job: str, *, until: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """A job without its installing; it is killed before the line that begins with ``until``."""
        whole = merged(self.jobs[".reconciler"], self.jobs[job])
        first = [
            line
            for line in whole["before_script"]
            if "push_token" in line or "rm -rf report" in line
        ]
        lines = [*first, f'TOOL="{self.temp}/reconciler"', *flat(whole["script"])]
        if until:
            (at,) = [i for i, line in enumerate(lines) if line.startswith(until)]
            lines[at:] = ["kill -KILL $$"]
        done = self.shell(lines, whole, more)
        status = {0: "success", -9: "canceled"}.get(done.returncode, "failed")
        after = self.shell(flat(whole.get("after_script", [])), whole, {**more, "STATUS": status})
        done.stdout += after.stdout + after.stderr + done.stderr
        return done

    def shell(
        self, lines: Sequence[str], job: Mapping[str, object], more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        own = {**job["variables"], **self.variables, **more}  # type: ignore[dict-item]
        env = {name: os.environ[name] for name in os.environ if not name.startswith("GITHUB_")}
        env |= {"HOME": str(self.folder), "NOTES": str(self.notes), "RUNNER_TEMP": str(self.temp)}
        env |= {"RECONCILER": str(self.temp / "bin/reconciler"), "CI_COMMIT_BRANCH": "main"}
        env |= {
            "CI_JOB_ID": "7",
            "CI_JOB_NAME": "reconciler apply production",
            "CI_PROJECT_ID": "42",
        }
        env |= {"CI_SERVER_URL": "https://gitlab.example", "CI_JOB_STATUS": more.get("STATUS", "")}
        env |= {"GITLAB_TOKEN": LOW, "RECONCILER_PUSH_TOKEN": STRONG, "PLAN_DIGEST": "sha256:1"}
        env |= {"HAMSA_API_KEY": "hk", "VISIT_HOOK_SECRET": "v", "WRITES": MINE, **own}
        env |= {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": more.get("FROM", "42")}
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(lines)],  # noqa: S607
            cwd=self.work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    def words(self) -> list[str]:
        """The calls of the tool since the last query."""
        path = self.notes / "words"
        found = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [" ".join(line.split()[:2]) for line in found]

    def state(self) -> str:
        return json.dumps(json.loads(git(self.origin, "show", f"main:{STATE}")), indent=2)


@pytest.fixture(scope="module")
def jobs() -> Mapping[str, Mapping[str, object]]:
    """What `init` writes."""
    files = starter_ci.files("gitlab", VALUES, [PRODUCTION], committed=True)
    return YAML(typ="safe").load(files[".gitlab/reconciler.yml"])


@pytest.fixture
def lab(tmp_path: Path, jobs: Mapping[str, Mapping[str, object]]) -> Lab:
    folder = tmp_path / "a b"
    folder.mkdir()
    return Lab(folder, jobs)


APPLY, PLAN = "reconciler apply production", "reconciler plan production"


def test_a_merge_request_is_planned_as_far_as_its_secrets_allow(lab: Lab) -> None:
    for more, code, words in (
        ({}, 0, ["plan --report", "publish comment"]),
        ({"ENDS": "2"}, 2, ["plan --report", "publish comment"]),
        ({"GITLAB_TOKEN": ""}, 0, ["plan --report"]),
        ({"GITLAB_TOKEN": "", "ENDS": "1"}, 1, ["plan --report"]),
        ({"HAMSA_API_KEY": ""}, 0, ["validate --report"]),
        ({"HAMSA_API_KEY": "", "VISIT_HOOK_SECRET": ""}, 0, ["validate --report"]),
        ({"VISIT_HOOK_SECRET": ""}, 0, ["plan --report", "publish comment"]),
        ({"FROM": "7"}, 0, ["validate --report"]),
        ({"FROM": ""}, 0, ["validate --report"]),
        ({"unread": "yes"}, 0, ["plan --report", "publish comment"]),
    ):
        done = lab.run(PLAN, **more)
        assert (done.returncode, lab.words()) == (code, words), (more, done.stdout)
        assert not (lab.notes / "push").exists()


@pytest.mark.parametrize(
    ("ends", "code"), [("0", 0), ("4", 4), ("killed", -9)], ids=["done", "refused", "cancelled"]
)
def test_what_an_apply_has_written_is_on_the_branch_however_it_ends(
    lab: Lab, ends: str, code: int
) -> None:
    lab.commit(NEW)
    done = lab.run(APPLY, ENDS=ends)
    assert done.returncode == code, done.stdout
    assert lab.state() == json.dumps(json.loads(MINE), indent=2)
    assert done.stdout.count("The state is on main") == 1, done.stdout


@pytest.mark.parametrize("until", ["COMMAND=apply", "code=0", "applying="])
def test_a_job_that_ends_before_it_applies_pushes_no_state(lab: Lab, until: str) -> None:
    """Its checkout has an older one than the branch."""
    lab.commit(NEW)
    done = lab.run(APPLY, until=until)
    assert (done.returncode, lab.words()) == (-9, [])
    assert (lab.state(), (lab.notes / "applying-7").exists()) == (
        json.dumps(json.loads(NEW), indent=2),
        False,
    )


def test_a_cancelled_apply_writes_over_nothing_that_was_applied_later(lab: Lab) -> None:
    """Its state comes late: meanwhile another job applied and pushed."""
    lab.commit(NEW)
    script = f'cd "{lab.folder}/other" && printf %s "$LATER" >{STATE} && git commit -qam x'
    tool = lab.temp / "bin/reconciler"
    late = f"({script} && git push -q origin HEAD:main)\n    if test"
    tool.write_text(TOOL.replace("if test", late, 1), encoding="utf-8")
    names = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    done = lab.run(APPLY, ENDS="killed", LATER=LATER, **names)
    assert done.returncode == -9
    assert lab.state() == json.dumps(json.loads(LATER), indent=2), done.stdout


def test_a_refused_push_leaves_the_state_in_what_the_message_names(lab: Lab) -> None:
    (lab.origin / "may-push").unlink()
    artifacts = lab.jobs[APPLY]["artifacts"]
    for ends, code in (("0", 1), ("4", 4), ("killed", -9)):
        done = lab.run(APPLY, ENDS=ends)
        assert done.returncode == code, done.stdout
        told = (
            "or commit reconciler.state.json of the artifact of the job reconciler apply production"
        )
        assert told in done.stdout
        assert STATE in artifacts["paths"]  # type: ignore[index]
        assert (lab.work / STATE).read_text(encoding="utf-8") == f"{MINE}\n"
    assert f"{MINE}\n" in done.stdout, "a cancelled job keeps no artifact"
    assert lab.state() == json.dumps(json.loads(OLD), indent=2)


def test_the_token_that_may_push_is_given_to_the_push_alone(lab: Lab) -> None:
    basic = base64.b64encode(f"x-access-token:{STRONG}".encode()).decode()
    done = lab.run(APPLY, push_token="from outside")
    assert done.returncode == 0, done.stdout
    assert basic in (lab.notes / "push").read_text(encoding="utf-8")
    assert lab.run(PLAN).returncode == 0
    seen = (lab.notes / "env").read_text(encoding="utf-8")
    assert LOW in seen
    for text in (seen, done.stdout):
        assert STRONG not in text
        assert basic not in text
    lab.commit(NEW)
    assert lab.run(APPLY, RECONCILER_PUSH_TOKEN="").returncode == 0
    low = base64.b64encode(f"x-access-token:{LOW}".encode()).decode()
    assert low in (lab.notes / "push").read_text(encoding="utf-8")


def test_a_digest_that_got_lost_is_handed_on_as_an_empty_one(lab: Lab) -> None:
    """Which the tool refuses; without the option it would apply any plan."""
    lab.run(APPLY, PLAN_DIGEST="")
    words = (lab.notes / "words").read_text(encoding="utf-8")
    assert "apply --auto-approve --plan-digest= --report" in words

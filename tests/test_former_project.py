"""A project that an earlier version made (`f012b60`): commands continue where it ended."""

import json
import shutil
from pathlib import Path

import pytest

from reconciler.model import Contract
from reconciler.state.former import renamed
from reconciler.workflows.saved_plan import decoded
from tests.projects import Project

pytestmark = pytest.mark.cli
FORMER = Path(__file__).parent / "former_project"
SECRETS = {"GOOGLE_ACCESS_TOKEN": "a", "GOOGLE_REFRESH_TOKEN": "b"}
STATE, BEFORE = "reconciler.state.json", "reconciler.lock.json"


@pytest.fixture
def former(tmp_path: Path) -> Project:
    """The project in that state: two agents applied twice, and one pending edit."""
    root = tmp_path / "project"
    shutil.copytree(FORMER, root)
    (root / "dot-reconciler").rename(root / ".reconciler")
    (root / "next.saved.json").rename(root / "next.plan.json")
    project = Project(root)
    project.env.update(SECRETS)
    return project


def changes(project: Project, *options: str) -> list[tuple[str, str, str, str]]:
    plan = project.run("plan", "--format", "json", *options).json
    return [
        (one["action"], one["key"], change["path"], change["cause"])
        for one in plan["actions"]
        for change in one["changes"]
    ]


def test_a_plan_shows_the_edit_that_waits_and_nothing_else(former: Project) -> None:
    assert changes(former) == [("update", "night", "interrupt", "edit")]
    assert not (former.root / STATE).exists()
    text = (former.root / BEFORE).read_text(encoding="utf-8")
    assert json.loads(text)["format_version"] == "1.0", "a plan writes nothing"


def test_drift_history_blame_and_rollback_know_what_was_applied(former: Project) -> None:
    drift = former.run("drift")
    assert drift.code == 0, drift.out
    assert "apply" in former.run("history").out
    assert "greetingMessage" in former.run("blame", "night").out
    back = former.run("rollback", "--dry-run")
    assert back.code == 0, back.err
    assert "silenceThreshold" in back.out
    assert "600" in back.out
    assert "800" in back.out


@pytest.mark.parametrize("words", [("apply", "--yes"), ("apply", "next.plan.json")])
def test_the_first_write_moves_the_state_to_this_format(
    former: Project, words: tuple[str, ...]
) -> None:
    before = json.loads((former.root / BEFORE).read_text(encoding="utf-8"))["environments"]
    done = former.run(*words)
    assert done.code == 0, done.err
    assert not (former.root / BEFORE).exists()
    after = json.loads((former.root / STATE).read_text(encoding="utf-8"))
    assert after["format_version"] == "2.0"
    objects = after["environments"]["sandbox"]["objects"]
    ids = {f"agent/{key}": one["id"] for key, one in before["sandbox"]["agents"].items()}
    assert {address: one["id"] for address, one in objects.items()} == ids
    assert {one["api"] for one in objects.values()} == {"v1"}
    assert changes(former) == []
    assert former.run("plan", "--detailed-exitcode").code == 0


def test_its_policies_still_hold(former: Project) -> None:
    path = former.root / "agents" / "front-desk.yaml"
    text = path.read_text(encoding="utf-8").replace(" هذه المكالمة مسجلة.", "")
    path.write_text(text, encoding="utf-8")
    done = former.run("plan")
    assert done.code == 5
    assert "required_text" in done.out + done.err


def test_former_words_are_read_and_reported(former: Project) -> None:
    done = former.run("adopt", "--dry-run")
    assert done.code == 0, done.err
    assert done.err.splitlines()[0] == "note: `adopt` is called `pull` now"
    assert [line for line in done.err.splitlines() if "is called" in line][1:] == [
        "warning: `limits` is called `policies` now",
        "warning: `clauses` is called `required_text` now",
    ]
    assert "  reconciler.yaml:9  environments.sandbox.limits\n" in done.err
    assert former.run("-e", "sandbox", "adopt", "--dry-run").code == 0
    assert former.run("apply", "--yes").code == 0
    path = former.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("limits:", "limits: {}\n    policies:"))
    twice = former.run("plan")
    assert (twice.code, "`limits` and `policies` are the same key" in twice.err) == (1, True)


def test_a_mistake_below_a_former_name_has_its_line(former: Project) -> None:
    path = former.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("max_changes:", "most_changes:"))
    done = former.run("validate")
    assert done.code == 1
    assert "reconciler.yaml:10  environments.sandbox.policies.most_changes" in done.err


def test_two_state_files_are_an_error(former: Project) -> None:
    (former.root / STATE).write_text('{"format_version": "2.0", "environments": {}}\n')
    done = former.run("plan")
    assert (done.code, "there are two state files" in done.err) == (1, True)
    assert (former.root / BEFORE).exists()


def test_words_of_a_former_format_are_no_keys_of_agents() -> None:
    content = {
        "refusals": [{"waits": True}],
        "promotion": {"needs": {"last": {"waits": "sha256:a"}}},
        "changes": [{"cause": "unknown", "last": {"last": "unknown"}, "before": {"waits": 1}}],
    }
    assert renamed(content) == {
        "violations": [{"pending": True}],
        "promotion": {"needs": {"last": {"waits": "sha256:a"}}},
        "changes": [{"cause": "untracked", "applied": {"last": "unknown"}, "before": {"waits": 1}}],
    }


def test_a_plan_file_of_the_first_format_may_miss_what_came_later() -> None:
    content = json.loads((FORMER / "next.saved.json").read_text(encoding="utf-8"))
    whole = decoded(content, "x", {}.get).planned.plan
    assert [one.verb for one in whole.writes] == ["update"]
    del content["refusals"], content["plan"]["known"], content["plan"]["orphans"]
    for one in content["plan"]["actions"]:
        for later in ("contract", "timezone", "formerly", "wants", "ignored", "reason"):
            one.pop(later, None)
    found = decoded(content, "x", {}.get).planned.plan
    assert [one.request for one in found.writes] == [one.request for one in whole.writes]
    assert {one.contract for one in found.actions} == {Contract()}

"""The example project is what a newcomer is told it is, and the demo tells its story."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.sandbox.seed import load_seed
from tests.projects import Project

pytestmark = pytest.mark.cli

ROOT = Path(__file__).parent.parent
KEYS = [
    "bank-branch-info",
    "bank-card-support",
    "clinic-front-desk",
    "clinic-reminders",
    "delivery-reschedule",
    "delivery-tracking",
]


@pytest.fixture
def example(tmp_path: Path) -> Project:
    shutil.copytree(ROOT / "agents", tmp_path / "agents")
    shutil.copy(ROOT / "reconciler.yaml", tmp_path)
    return Project(tmp_path)


def test_every_example_is_valid_for_every_environment_without_any_credential(
    example: Project,
) -> None:
    done = example.run("validate")
    assert (done.code, done.out) == (
        0,
        "Valid: 6 agents for sandbox, staging, production. 2 warnings in 1 file.\n",
    )
    assert done.err.count("warning: the environment variable") == 2


def test_the_first_plan_shows_a_create_updates_of_every_kind_and_a_prompt_edit(
    example: Project,
) -> None:
    actions = {a["key"] or a["name"]: a for a in example.plan()["actions"]}
    assert {key: action["action"] for key, action in actions.items()} == {
        "bank-branch-info": "record",
        "bank-card-support": "update",
        "clinic-front-desk": "update",
        "clinic-reminders": "update",
        "delivery-reschedule": "create",
        "delivery-tracking": "update",
        "Ramadan campaign (old)": "unmanaged",
    }
    changed = {c["path"] for a in actions.values() if a["action"] == "update" for c in a["changes"]}
    assert changed == {
        "greetingMessage",
        "googleCalendarSettings.accessToken",
        "googleCalendarSettings.eventTitle",
        "googleCalendarSettings.freeSlots",
        "googleCalendarSettings.refreshToken",
        "interrupt",
        "outcome",
        "params",
        "pokeMessages",
        "preamble",
        "silenceThreshold",
        "tools.genderDetection",
        "tools.googleCalendar",
        "tools.smartCallEnd",
        "voiceId",
    }


def test_an_override_counts_in_its_environment_alone(example: Project) -> None:
    text = (example.root / "reconciler.yaml").read_text(encoding="utf-8")
    text = text.replace("https://api.tryhamsa.com", "sandbox").replace("max_changes: 30%", "")
    project = example.write("reconciler.yaml", text)
    assert "tryhamsa" not in project.read_text(encoding="utf-8")
    change = "clinic-front-desk: silenceThreshold 1200 -> {} (untracked)"
    keys = {"HAMSA_API_KEY": "sandbox", "HAMSA_STAGING_KEY": "sandbox"}
    example.env |= keys
    assert change.format(600) in example.changes("--env", "production")
    assert change.format(800) in example.changes("--env", "staging")


def test_a_second_plan_is_empty_and_a_reset_brings_the_first_back(example: Project) -> None:
    first = example.changes()
    assert example.apply().code == 0
    assert example.changes() == []
    assert example.run("sandbox", "reset").out == "The sandbox of sandbox is as it was at first.\n"
    assert example.changes() == first


@pytest.mark.parametrize("key", KEYS)
def test_each_example_can_be_handled_alone(example: Project, key: str) -> None:
    assert example.apply("--target", key).code == 0
    assert example.changes("--target", key) == []


def test_every_example_opens_in_an_editor_that_knows_its_schema() -> None:
    for path in sorted((ROOT / "agents").glob("*.yaml")):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../schemas/agent.v1.json"
        assert (path.parent / first.partition("=")[2]).is_file()


def test_prompts_are_as_long_as_real_ones() -> None:
    prompts = sorted((ROOT / "agents" / "prompts").glob("*.md"))
    words = {path.stem: len(path.read_text(encoding="utf-8").split()) for path in prompts}
    assert len(words) == 6
    assert all(300 <= count <= 900 for count in words.values()), words


def test_the_sandbox_starts_with_five_twins_and_a_stranger() -> None:
    assert [record.fields["agentName"] for record in load_seed()] == [
        "Clinic front desk",
        "Clinic reminders",
        "Delivery tracking",
        "Bank card support",
        "Bank branch info",
        "Ramadan campaign (old)",
    ]


def test_the_demo_plans_applies_finds_nothing_and_then_the_drift(tmp_path: Path) -> None:
    done = Project(tmp_path).run("demo")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert [line for line in lines if line.startswith(("Plan for", "Apply:", "No changes"))] == [
        (
            "Plan for sandbox: 1 to create, 4 to update (20 untracked); "
            "33 fields: 9 spoken, 14 behaviour, 6 reach, 4 silent; 1 in sync, 1 unmanaged."
        ),
        "Apply: 6 done.",
        "No changes in sandbox: 6 in sync, 1 unmanaged.",
        "No changes in sandbox: 6 in sync, 1 unmanaged.",
    ]
    assert "Drift in sandbox: 1 field of 1 agent (1 spoken); 5 as applied, 1 expected," in done.out
    assert "clinic-reminders  greetingMessage  taken into agents/clinic-reminders.yaml" in done.out
    assert "What to try next" in lines
    assert [path.name for path in tmp_path.iterdir()] == ["agents"]


def test_the_demo_keeps_its_project_where_it_is_told_to(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert project.run("demo", "--folder", "try").code == 0
    assert (tmp_path / "try" / "reconciler.state.json").is_file()
    assert project.run("demo", "--folder", "try").code == 64


def test_the_served_sandbox_answers_a_project_without_environments(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0"]
    env = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        project = Project(tmp_path).on(server.stdout.readline().strip())
        project.agent("info", {"agentName": "Bank branch info", "silenceThreshold": 1})
        (change,) = project.changes()
        assert change.startswith("info: silenceThreshold ")
        assert project.apply().code == 0
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert server.returncode == 0

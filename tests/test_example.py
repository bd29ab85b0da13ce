"""The example project is as documented for new users, and the demo runs as documented."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import demo
from reconciler.sandbox.seed import load_seed
from reconciler.schema import paths
from tests.projects import Project

pytestmark = pytest.mark.cli

ROOT = Path(__file__).parent.parent
KEYS = [
    "bank-branch-info",
    "bank-card-support",
    "clinic-booking",
    "clinic-front-desk",
    "clinic-lab-results",
    "clinic-pharmacy",
    "clinic-reminders",
    "delivery-reschedule",
    "delivery-tracking",
]
V2 = ["clinic-booking", "clinic-lab-results", "clinic-pharmacy"]


@pytest.fixture
def example(tmp_path: Path) -> Project:
    shutil.copytree(ROOT / "agents", tmp_path / "agents")
    shutil.copy(ROOT / "reconciler.yaml", tmp_path)
    return Project(tmp_path)


def test_every_example_is_valid_for_every_environment_without_any_credential(
    example: Project,
) -> None:
    done = example.run("validate")
    assert done.code == 0, done.out
    assert done.out.split(". ") == [
        "Valid: 9 agents for sandbox, staging, production",
        "2 flow tests passed",
        "2 warnings in 1 file.\n",
    ]
    assert done.err.count("warning: the environment variable") == 2


def test_the_first_plan_shows_a_create_updates_of_every_kind_and_a_prompt_edit(
    example: Project,
) -> None:
    actions = {a["key"] or a["name"]: a for a in example.plan()["actions"]}
    assert {key: action["action"] for key, action in actions.items()} == {
        "bank-branch-info": "record",
        "bank-card-support": "update",
        "clinic-booking": "update",
        "clinic-front-desk": "update",
        "clinic-lab-results": "update",
        "clinic-pharmacy": "update",
        "clinic-reminders": "update",
        "delivery-reschedule": "create",
        "delivery-tracking": "update",
        "Ramadan campaign (old)": "unmanaged",
    }
    changed = {c["path"] for a in actions.values() if a["action"] == "update" for c in a["changes"]}
    in_flow = {paths.row(path) for path in changed if path.startswith("flow.")}
    node = {f"flow.nodes[*].{name}" for name in ("type", "label", "messageType")}
    assert in_flow == {*node, "flow.nodes[]", "flow.nodes[*].message", "flow.nodes[*].transitions"}
    assert {path for path in changed if not path.startswith("flow.")} == {
        "callSettings.maxCallDuration",
        "callSettings.silenceThreshold",
        "conversation.greetingMessage",
        "conversation.preamble",
        "llm.model",
        "llm.temperature",
        "outcomeResponseShape",
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
    text = text.replace("https://api.tryhamsa.com", "sandbox?seed=both").replace(
        "max_changes: 30%", ""
    )
    project = example.write("reconciler.yaml", text)
    assert "tryhamsa" not in project.read_text(encoding="utf-8")
    flat = "clinic-front-desk: silenceThreshold 1200 -> {} (untracked)"
    nested = "clinic-pharmacy: callSettings.silenceThreshold 800 -> {} (untracked)"
    keys = {"HAMSA_API_KEY": "sandbox", "HAMSA_STAGING_KEY": "sandbox"}
    example.env |= keys
    production, staging = (example.changes("--env", name) for name in ("production", "staging"))
    assert flat.format(600) in production
    assert nested.format(1000) in staging
    assert flat.format(800) in staging
    assert not [line for line in production if line.startswith(nested.partition(" 800")[0])]


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
        api = "v2" if path.stem in V2 else "v1"
        assert first == f"# yaml-language-server: $schema=../schemas/agent.{api}.json"
        assert (path.parent / first.partition("=")[2]).is_file()


def test_prompts_are_as_long_as_real_ones() -> None:
    prompts = sorted((ROOT / "agents" / "prompts").glob("*.md"))
    words = {path.stem: len(path.read_text(encoding="utf-8").split()) for path in prompts}
    assert len(words) == len(KEYS)
    shared = words.pop("clinic-booking")
    assert 100 <= shared <= 300, "what the nodes of a flow share; their own prompts come on top"
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
            "Plan for sandbox: 1 to create, 7 to update (34 untracked); "
            "47 fields: 13 spoken, 23 behaviour, 6 reach, 5 silent; 1 in sync, 1 unmanaged."
        ),
        "Apply: 9 done.",
        "No changes in sandbox: 9 in sync, 1 unmanaged.",
        "No changes in sandbox: 9 in sync, 1 unmanaged.",
    ]
    assert (
        "Drift in sandbox: 2 fields of 2 agents (1 spoken, 1 behaviour); 7 as applied" in done.out
    )
    for edit in ("clinic-reminders  greetingMessage", "clinic-pharmacy  llm.temperature"):
        key = edit.partition(" ")[0]
        assert f"{edit}  taken into agents/{key}.yaml" in done.out
    ours = [line for line in lines if line in demo._NEXT.splitlines() or line[:1].isdigit()]
    assert max(map(len, ours)) <= 80, "what the demo itself says fits a narrow terminal"
    assert "What to try next" in lines
    assert [path.name for path in tmp_path.iterdir()] == ["agents"]


def test_the_demo_keeps_its_project_where_configured(tmp_path: Path) -> None:
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

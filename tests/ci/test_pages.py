"""The description of the action and the workflows in docs/ci.md is true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ci.linters import ROOT
from tests.ci.runner import load
from tests.projects import Project

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = load(ROOT / ".github/actions/reconciler/action.yml")
WORKFLOWS = {path.name: load(path) for path in (ROOT / ".github/workflows").glob("*.yml")}
REUSABLE = {name: one for name, one in WORKFLOWS.items() if "workflow_call" in one["on"]}


def default(given: dict[str, Any]) -> str:
    if given.get("required"):
        return "needed"
    return f"`{given['default']}`" if given["default"] else ""


@pytest.mark.parametrize("name", ACTION["inputs"])
def test_every_input_of_the_action_is_on_the_page(name: str) -> None:
    given = ACTION["inputs"][name]
    assert f"\n| `{name}` | {given['description']} | {default(given)} |\n" in PAGE


@pytest.mark.parametrize("name", ACTION["outputs"])
def test_every_output_of_the_action_is_on_the_page(name: str) -> None:
    assert f"\n| `{name}` | {ACTION['outputs'][name]['description']} |\n" in PAGE


@pytest.mark.parametrize("name", sorted(REUSABLE))
def test_every_reusable_workflow_is_on_the_page_with_all_that_it_takes(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|(.+)\|(.+)\|(.+)\|$", PAGE, re.MULTILINE)
    inputs, secrets, permissions = ([*re.findall(r"`([^`]+)`", cell)] for cell in row)
    call = REUSABLE[name]["on"]["workflow_call"]
    assert (inputs, secrets) == ([*call["inputs"]], [*call["secrets"]])
    assert permissions == [f"{what}: {level}" for what, level in sorted(most(name).items())]


def most(name: str) -> dict[str, str]:
    """The permissions of all jobs of a workflow together."""
    found: dict[str, str] = {}
    for job in REUSABLE[name]["jobs"].values():
        for what, level in job["permissions"].items():
            found[what] = max(level, found.get(what, ""))
    return found


@pytest.mark.parametrize("name", sorted(REUSABLE))
def test_the_example_at_the_top_of_a_workflow_gives_what_it_needs(name: str) -> None:
    text = (ROOT / ".github/workflows" / name).read_text(encoding="utf-8")
    (given,) = re.findall(r"^# +permissions: \{ (.+) \}$", text, re.MULTILINE)
    assert dict(one.split(": ") for one in given.split(", ")) == most(name)


def steps(jobs: Path | dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The steps that run the action, in a folder's workflows or in one: its command, the step."""
    if isinstance(jobs, Path):
        for path in sorted((jobs / ".github/workflows").glob("*.yml")):
            yield from steps(load(path))
        return
    for job in jobs["jobs"].values():
        for step in job["steps"]:
            if "command" in step.get("with", {}):
                yield step["with"]["command"], step


ENVIRONMENTS = """
environments:
  staging: { url: https://s.example, api_key: { $secret: STAGING_KEY } }
  production:
    { url: https://h.example, api_key: { $secret: HAMSA_API_KEY }, promote_from: staging }
"""


def test_only_the_job_that_applies_is_given_the_secrets_of_agents(project: Project) -> None:
    project.write("reconciler.yaml", ENVIRONMENTS)
    hook = {"authKey": "Token", "authSecret": {"$secret": "HOOK"}}
    own = {"production": {"googleCalendarSettings": {"accessToken": {"$secret": "CAL"}}}}
    project.agent("desk", {"agentName": "Desk", "webhookAuth": hook}, environments=own)
    source = ["--source", f"o/r@{'0' * 40}", "--branch", "main"]
    made = project.run("init", "--github", "--gitlab", "--env", "production", *source)
    assert made.code == 0, made.err
    found = [
        (command, *sorted(step["env"]), step["with"].get("secrets", ""))
        for command, step in steps(project.root)
    ]
    bundle = "${{ secrets.RECONCILER_SECRETS }}"
    assert sorted(found) == [
        ("apply", "HAMSA_API_KEY", bundle),
        ("apply", "STAGING_KEY", bundle),
        ("drift", "HAMSA_API_KEY", ""),
        ("drift", "STAGING_KEY", ""),
        ("plan", "HAMSA_API_KEY", ""),
        ("plan", "HAMSA_API_KEY", ""),
        ("plan", "STAGING_KEY", ""),
        ("plan", "STAGING_KEY", ""),
    ]
    told = "also RECONCILER_SECRETS, with lines NAME=value: HOOK, CAL\n"
    assert told in made.err
    for path in (project.root / ".github").rglob("*.yml"):
        assert "HOOK" not in path.read_text("utf-8"), "another one needs no edit"
    gitlab = (project.root / ".gitlab/reconciler.yml").read_text("utf-8")
    assert "#   each `$secret` of an agent, by its name" in gitlab
    assert "#   STAGING_KEY\n#   HAMSA_API_KEY\n" in gitlab


def test_the_reusable_workflows_hand_the_secrets_of_agents_to_apply_alone() -> None:
    given = {command: step["with"]["secrets"] for command, step in steps(WORKFLOWS["apply.yml"])}
    assert given["plan"] == "${{ secrets.RECONCILER_KEY || secrets.RECONCILER_SECRETS }}"
    both = "${{ secrets.RECONCILER_KEY }}\n${{ secrets.RECONCILER_SECRETS }}\n"
    assert given["apply"] == both

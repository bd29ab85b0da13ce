"""What docs/ci.md says of the action and the workflows is what they are."""

import re
from typing import Any

import pytest

from tests.ci.linters import ROOT
from tests.ci.runner import load

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

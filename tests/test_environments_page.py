"""What docs/environments.md says: its project works, and its outputs are printed."""

import re
from pathlib import Path

import pytest

from tests.projects import Project
from tests.test_docs import blocks

pytestmark = pytest.mark.cli

PAGE = (Path(__file__).parent.parent / "docs/environments.md").read_text(encoding="utf-8")
DESK = {
    "name": "Desk",
    "conversation": {
        "greetingMessage": "This is ${var.clinic}.",
        "params": {"dialect": "${var.dialect}"},
    },
    "callSettings": {"silenceThreshold": {"$var": "wait"}},
}


@pytest.fixture
def clinic(project: Project, serve) -> Project:
    """The project of the page, on two servers."""
    variables, promotion = blocks(PAGE, "yaml")
    for key in ("HAMSA_STAGING_KEY", "HAMSA_API_KEY"):
        variables = variables.replace("https://api.tryhamsa.com", serve().url, 1)
        project.env[key] = "sandbox"
    source = re.search("promote_from: .*\n", promotion)
    assert source
    before = "  production:\n"
    text = variables.replace(before, f"{before}    {source[0]}")
    project.write("reconciler.yaml", f"api: v2\n{text}")
    project.agent("desk", DESK)
    project.agent("night", {"name": "Night", "voice": {"lang": "ar"}})
    return project


def test_its_project_gives_the_values_that_it_says(clinic):
    for name, wait in (("staging", 800), ("production", 600)):
        made = clinic.run("plan", "-e", name, "--target", "desk", "--format", "json").json
        body = made["actions"][0]["request"]["body"]
        assert body["callSettings"] == {"silenceThreshold": wait}
        assert body["conversation"]["params"] == {"dialect": "gulf"}


def test_its_outputs_are_printed(clinic):
    assert clinic.run("apply", "-e", "staging", "--yes").code == 0
    done = clinic.run("apply", "-e", "production", "--yes", "--target", "desk")
    assert done.code == 0, done.err
    clinic.agent("desk", {**DESK, "voice": {"lang": "ar"}})
    out = clinic.run("plan", "-e", "staging", "-e", "production").out
    printed = [line.rstrip() for line in out.splitlines()]
    for shown in blocks(PAGE, "text"):
        lines = shown.splitlines()
        starts = [i for i, line in enumerate(printed) if line == lines[0]]
        assert lines in [printed[i : i + len(lines)] for i in starts], shown


def test_the_reviewed_plan_is_applied_as_it_says(clinic):
    digest = clinic.plan("-e", "staging")["digest"]
    assert clinic.apply("-e", "staging", "--plan-digest", digest).code == 0
    assert clinic.apply("-e", "staging", "--plan-digest", digest).code == 4

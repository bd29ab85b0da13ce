"""Warnings: by rule, of the agents that a plan changes, and only if somebody can act on them."""

import json

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

UNFILLED = "أهلاً {{caller}}"


@pytest.fixture
def many(project: Project) -> Project:
    """Twenty-two agents that are applied, each with the same finding and one with another."""
    project.write("reconciler.yaml", "environments:\n  sandbox: { url: sandbox }\n")
    for number in range(22):
        spec = {"agentName": f"A{number:02}", "greetingMessage": UNFILLED, "params": {"x": "y"}}
        project.agent(f"a{number:02}", spec)
    return project


def heads(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith(("warning: ", "error: "))]


def test_findings_of_a_plan_are_reported_by_rule_with_their_number(many: Project) -> None:
    done = many.run("plan")
    groups = [one for one in done.err.split("\n\n") if "[undefined-placeholder]" in one]
    assert len(groups) == 1
    first, *lines = groups[0].splitlines()
    assert first.startswith("warning: 22 times: ")
    assert [line.split()[0] for line in lines[:3]] == [f"agents/a0{n}.yaml:3" for n in range(3)]
    assert lines[3] == "  and 19 more: reconciler validate lists them all"
    assert len(done.err.splitlines()) < 30


def test_only_agents_that_the_plan_changes_are_warned_about(many: Project) -> None:
    assert many.apply("-q").code == 0
    assert heads(many.run("plan").err) == []
    assert heads(many.run("drift").err) == []
    many.agent("a03", {"agentName": "A03", "greetingMessage": f"{UNFILLED}!", "params": {"x": "y"}})
    for argv in (["plan"], ["apply", "--yes"]):
        err = many.run(*argv).err
        assert "agents/a03.yaml" in err
        assert not [key for key in range(22) if f"agents/a{key:02}.yaml" in err and key != 3]


def test_a_shared_prompt_is_warned_about_with_any_agent_that_has_it(many: Project) -> None:
    many.write("agents/shared.md", "Call {{nobody}} back.")
    for key in ("a01", "a02"):
        many.agent(
            key, {"agentName": key, "preamble": {"$file": "shared.md"}, "params": {"x": "y"}}
        )
    assert many.apply("-q").code == 0
    many.agent(
        "a02",
        {
            "agentName": "a02",
            "preamble": {"$file": "shared.md"},
            "params": {"x": "y"},
            "lang": "en",
        },
    )
    assert "agents/shared.md" in many.run("plan").err


def test_none_before_a_rollback_and_a_saved_plan(many: Project) -> None:
    many.run("plan", "-q", "--out", "p.plan.json")
    assert heads(many.run("apply", "p.plan.json").err) == []
    many.agent("a03", {"agentName": "A03", "greetingMessage": "Hello {{caller}}"})
    assert many.apply("-q").code == 0
    done = many.run("rollback", "--yes")
    assert (done.code, heads(done.err)) == (0, [])


@pytest.mark.parametrize("argv", ["plan", "validate", "drift", "apply --yes", "pull --yes"])
def test_quiet_is_silent(many: Project, argv: str) -> None:
    done = many.run(*argv.split(), "-q")
    assert done.err == ""


@pytest.mark.parametrize("argv", ["plan --format json", "validate --format json"])
def test_documents_keep_every_finding(many: Project, argv: str) -> None:
    assert many.apply("-q").code == 0
    found = json.loads(many.run(*argv.split(), "-q").out)
    found = found.get("problems") or found["findings"]
    assert sum(one["rule"] == "undefined-placeholder" for one in found) == 22
    assert "agents" not in found[0]


def test_validate_lists_all_and_ends_with_the_count(many: Project) -> None:
    done = many.run("validate")
    assert done.err.count("[undefined-placeholder]") == 22
    assert done.out.splitlines()[-1].endswith(" warnings in 22 files.")
    many.agent("a05", {"agentName": 5, "lang": "fr", "greetingMessage": UNFILLED})
    done = many.run("validate")
    warnings = done.err.count("warning: ")
    assert done.code == 1
    assert done.err.splitlines()[-1] == f"error: 2 errors, {warnings} warnings in 22 files"
    kinds = [line.partition(":")[0] for line in heads(done.err)]
    assert kinds == sorted(kinds, reverse=True)


def test_a_plan_that_mistakes_stop_reports_only_them(many: Project) -> None:
    many.agent("a05", {"agentName": "A05", "lang": "fr"})
    done = many.run("plan")
    assert [line.partition(":")[0] for line in heads(done.err)] == ["error", "error"]
    assert " as well: reconciler validate lists them all" in done.err.splitlines()[-1]

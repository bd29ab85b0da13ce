"""Promotion: production gets the values that staging has applied; differences are reported."""

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

PROJECT = """\
default_environment: staging
environments:
  staging:
    url: {staging}
    api_key: {{ $secret: KEY }}
    vars: {{ clinic: Test Clinic }}
  production:
    url: {production}
    api_key: {{ $secret: KEY }}
    promote_from: staging
    vars: {{ clinic: Nour Clinic }}
"""
DESK = {
    "agentName": "Desk",
    "greetingMessage": "This is ${var.clinic}.",
    "silenceThreshold": 800,
    "webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "HOOK"}},
}
OVER = {"environments": {"production": {"silenceThreshold": 600}}}


@pytest.fixture
def clinic(project, serve) -> Project:
    """Two environments on two servers, one fed by the other, and one agent."""
    places = [serve("shape=G3"), serve("shape=G3")]
    urls = {"staging": places[0].url, "production": places[1].url}
    project.write("reconciler.yaml", PROJECT.format(**urls))
    project.env |= {"KEY": "sandbox", "HOOK": "planted-staging"}
    project.agent("desk", DESK, **OVER)
    return project


def promote(clinic, *argv):
    clinic.env["HOOK"] = "planted-production"
    return clinic.run("apply", "-e", "production", "--yes", *argv)


def stage(clinic):
    clinic.env["HOOK"] = "planted-staging"
    done = clinic.run("apply", "-e", "staging", "--yes")
    assert done.code == 0, done.err


def test_what_staging_has_not_had_is_refused(clinic):
    run = promote(clinic)
    assert run.code == 5
    assert "staging has not had 1 of the 1 agents that this plan writes: desk" in run.err
    assert "apply to staging first: reconciler apply -e staging --target desk" in run.err


def test_what_changed_since_staging_had_it_is_refused(clinic):
    stage(clinic)
    clinic.agent("desk", {**DESK, "greetingMessage": "Welcome to ${var.clinic}."}, **OVER)
    run = promote(clinic)
    assert run.code == 5
    assert (
        "staging had another version of desk: `greetingMessage` changed since its last "
        "apply there (2026-01-02 03:04)"
    ) in run.err
    assert "reconciler apply -e staging --target desk" in run.err


def test_what_staging_has_had_is_applied(clinic):
    stage(clinic)
    run = promote(clinic)
    assert run.code == 0, run.err
    assert clinic.run("plan", "-e", "production", "--detailed-exitcode").code == 0
    clinic.agent("desk", {**DESK, "silenceThreshold": 700}, **OVER)
    assert clinic.run("plan", "-e", "production", "--detailed-exitcode").code == 0
    stage(clinic)


def test_a_field_that_only_staging_misses_is_no_reason_to_wait(clinic):
    stage(clinic)
    over = {"environments": {"production": {"silenceThreshold": 500, "lang": "en"}}}
    clinic.agent("desk", DESK, **over)
    assert promote(clinic).code == 0


def test_a_dashboard_edit_in_production_is_put_back_without_staging_again(clinic):
    stage(clinic)
    assert promote(clinic).code == 0
    clinic.agent("more", {"agentName": "More"})
    run = promote(clinic)
    assert (run.code, "writes: more" in run.err) == (5, True)
    assert promote(clinic, "--target", "desk").code == 0


def test_a_saved_plan_waits_for_staging_too(clinic):
    plan = clinic.run("plan", "-e", "production", "--out", "next.plan.json")
    assert (plan.code, "Apply will refuse until:" in plan.out) == (0, True), (
        "a pull request stays green"
    )
    run = clinic.run("apply", "next.plan.json")
    assert (run.code, "staging has not had 1 of the 1" in run.err) == (5, True)
    stage(clinic)
    clinic.env["HOOK"] = "planted-staging"
    clinic.run("plan", "-e", "production", "--out", "next.plan.json")
    clinic.agent("desk", {**DESK, "greetingMessage": "Later edit"}, **OVER)
    assert clinic.run("apply", "next.plan.json").code == 0


def test_a_rule_that_does_not_wait_is_reported_before_the_promotion(clinic):
    text = (clinic.root / "reconciler.yaml").read_text()
    limited = text.replace(
        "from: staging\n", "from: staging\n    policies: { allow_create: false }\n"
    )
    clinic.write("reconciler.yaml", limited)
    run = clinic.run("plan", "-e", "production")
    assert run.code == 5
    assert run.out.index("Apply will refuse:") < run.out.index("Apply will refuse until:")


def test_the_plan_shows_what_differs_between_the_two(clinic):
    stage(clinic)
    clinic.env["HOOK"] = "planted-production"
    run = clinic.run("plan", "-e", "production")
    assert run.code == 0, run.err
    at = run.out.index("Set differently")
    assert run.out[at:].split("\n\n")[0].splitlines() == [
        "Set differently for production and staging:",
        (
            '  │ desk greetingMessage (production: "This is Nour Clinic."; '
            'staging: "This is Test Clinic.")'
        ),
        "  │ desk silenceThreshold (production: 600; staging: 800)",
    ]
    told = clinic.run("plan", "-e", "production", "--format", "json").json["promotion"]
    assert told["source"] == "staging"
    paths = [(one["path"], one["here"], one["there"]) for one in told["apart"]]
    assert paths == [
        ("greetingMessage", "This is Nour Clinic.", "This is Test Clinic."),
        ("silenceThreshold", 600, 800),
    ]
    assert clinic.run("plan", "--format", "json").json["promotion"] is None
    for form in ("text", "json", "markdown", "html"):
        assert "planted" not in clinic.run("plan", "-e", "production", "--format", form).out


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("stagin", "`promote_from` names no other environment: `stagin`"),
        ("production", "`promote_from` names no other environment: `production`"),
        ("qa", "`promote_from` names no other environment: `qa`"),
    ],
)
def test_a_source_must_be_another_environment(clinic, source, message):
    text = (clinic.root / "reconciler.yaml").read_text()
    clinic.write(
        "reconciler.yaml", text.replace("promote_from: staging", f"promote_from: {source}")
    )
    run = clinic.run("plan", "-e", "staging")
    assert (run.code, message in run.err) == (1, True)
    assert ("did you mean `staging`?" in run.err) == (source == "stagin")


def test_a_ring_is_refused(clinic):
    text = (clinic.root / "reconciler.yaml").read_text()
    ring = text.replace(
        "    vars: { clinic: Test", "    promote_from: production\n    vars: { clinic: Test"
    )
    clinic.write("reconciler.yaml", ring)
    run = clinic.run("validate")
    assert run.code == 1
    assert "`promote_from` runs in a ring: staging waits for itself" in run.err


def test_a_plan_made_without_the_rule_does_not_pass_it(clinic):
    text = (clinic.root / "reconciler.yaml").read_text()
    clinic.write("reconciler.yaml", text.replace("    promote_from: staging\n", ""))
    assert clinic.run("plan", "-e", "production", "--out", "next.plan.json").code == 0
    clinic.write("reconciler.yaml", text)
    run = clinic.run("apply", "next.plan.json")
    assert (run.code, "was not planned for a promotion from staging" in run.err) == (5, True)
    assert "plan again" in run.err


def test_what_the_source_ignores_is_not_asked_for_and_reported(clinic):
    ignoring = {**OVER, "lifecycle": {"ignore": ["greetingMessage"]}}
    clinic.agent("desk", DESK, **ignoring)
    stage(clinic)
    clinic.agent("desk", {**DESK, "greetingMessage": "Never tried"}, **ignoring)
    run = clinic.run("plan", "-e", "production")
    assert run.code == 0
    assert (
        'desk greetingMessage (production: "Never tried"; not required of staging, because it is '
        "left to the dashboard there)"
    ) in run.out
    told = clinic.run("plan", "-e", "production", "--format", "json").json["promotion"]["apart"]
    assert [one["path"] for one in told if one["ignored"]] == ["greetingMessage"]


def test_a_rollback_waits_for_no_promotion(clinic):
    stage(clinic)
    assert promote(clinic).code == 0
    clinic.agent("desk", {**DESK, "silenceThreshold": 700})
    stage(clinic)
    assert promote(clinic).code == 0
    run = clinic.run("rollback", "-e", "production", "--yes")
    assert run.code == 0, run.err


def test_a_secret_for_staging_alone_lets_no_other_text_through(clinic):
    over = {"staging": {"outcome": {"$secret": "HOOK"}}, **OVER["environments"]}
    clinic.agent("desk", {**DESK, "outcome": "Sum up."}, environments=over)
    stage(clinic)
    run = promote(clinic)
    assert run.code == 5
    assert "`outcome`" in run.err


def test_a_value_for_one_run_counts_for_the_source_too(clinic):
    clinic.env["HOOK"] = "planted"
    assert clinic.run("apply", "-e", "staging", "--yes", "--var", "clinic=Eid").code == 0
    run = clinic.run("apply", "-e", "production", "--yes", "--var", "clinic=Eid")
    assert run.code == 0, run.err
    run = clinic.run("apply", "-e", "production", "--yes", "--var", "clinic=Other")
    assert run.code == 5


def test_a_file_that_was_renamed_since_is_the_same_agent(clinic):
    stage(clinic)
    assert promote(clinic).code == 0
    clinic.agent("desk", {**DESK, "greetingMessage": "Welcome to ${var.clinic}."}, **OVER)
    stage(clinic)
    (clinic.root / "agents/desk.yaml").rename(clinic.root / "agents/front.yaml")
    assert promote(clinic).code == 0

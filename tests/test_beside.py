"""Plans for several environments, side by side."""

import json
from pathlib import Path

import pytest

from tests.conftest import Shelf
from tests.projects import Project, Run

pytestmark = pytest.mark.cli

ROOT = Path(__file__).parent.parent
PROJECT = """\
default_environment: staging
environments:
  staging: { url: sandbox, vars: { clinic: Test } }
  production: { url: sandbox, vars: { clinic: Nour } }
"""
DESK = {"agentName": "Desk", "greetingMessage": "This is ${var.clinic}.", "silenceThreshold": 800}


@pytest.fixture
def clinic(project: Project, shelf: Shelf) -> Project:
    project.write("reconciler.yaml", PROJECT)
    project.env["KEY"] = "sandbox"
    project.agent("desk", DESK)
    project.agent("night", {"agentName": "Night", "lang": "ar"})

    for name in ("staging", "production"):  # without the samples of a new sandbox
        (project.root / f".reconciler/sandbox/{name}").mkdir(parents=True)

    def applied() -> Run:
        assert project.run("apply", "-e", "staging", "--yes").code == 0
        return project.run("apply", "-e", "production", "--yes", "--target", "desk")

    shelf("clinic", project, None, applied)
    project.agent("desk", {**DESK, "silenceThreshold": 700})
    return project


SUMMARY = (
    "Plans for staging, production: staging 1 to update, 1 in sync; "
    "production 1 to create, 1 to update."
)
BOTH = ("plan", "-e", "staging", "-e", "production")


def test_all_environments_are_in_one_table_and_share_what_they_share(clinic):
    run = clinic.run(*BOTH)
    assert run.code == 0, run.err
    lines = [line.rstrip() for line in run.out.splitlines()]
    assert lines == [
        "agent   staging             production",
        "night   = in sync           + create, 2 fields",
        "desk    ~ update, 1 field   ~ update, 1 field",
        "",
        "Legend: - live now → + your files",
        "",
        "+ night · production  Night  create, 2 fields",
        "    “Night” is new: it speaks Arabic.",
        "  spoken at once",
        '    + lang: "ar"',
        "  silent",
        '    + agentName: "Night"',
        "",
        "The same in all of these environments (1)",
        "",
        "~ desk · staging, production  Desk  update, 1 field",
        "    “Desk” waits for 700 milliseconds of silence instead of 800 before it answers.",
        "  behaviour",
        "    ~ silenceThreshold: 800 → 700 ms  [edit]",
        "",
        "Set differently for staging and production:",
        '  │ desk greetingMessage (staging: "This is Test."; production: "This is Nour.")',
        "",
        SUMMARY,
    ]


def test_programs_get_a_plan_for_each(clinic):
    told = clinic.run(*BOTH, "--format", "json").json
    assert [plan["environment"] for plan in told["plans"]] == ["staging", "production"]
    alone = clinic.run("plan", "-e", "production", "--format", "json").json
    assert told["plans"][1] == alone
    (other,) = told["others"]
    assert other["environment"] == "production"
    assert [(one["path"], one["there"]) for one in other["apart"]] == [
        ("greetingMessage", "This is Nour.")
    ]


def test_the_document_fits_its_schema(clinic):
    import jsonschema  # noqa: PLC0415 - only here

    schema = json.loads((ROOT / "schemas/plans.json").read_text())
    told = clinic.run(*BOTH, "--format", "json").json
    jsonschema.validate(told, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**told, "plans": [{}]}, schema)


def test_a_comment_is_found_again_by_all_its_environments(clinic):
    text = clinic.run(*BOTH, "--format", "markdown").out
    assert text.startswith("<!-- reconciler:plan:staging+production -->\n\n## Plans for staging")
    assert "| `night` | `= in sync` | `+ create, 2 fields` |" in text


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (BOTH, 0),
        ((*BOTH, "--detailed-exitcode"), 2),
        (("-e", "staging", "plan", "-e", "production", "--detailed-exitcode"), 2),
        ((*BOTH, "--target", "night", "--detailed-exitcode"), 2),
        (("plan", "-e", "staging", "-e", "staging", "--target", "night"), 0),
        (("validate", "-e", "staging", "-e", "production"), 0),
    ],
)
def test_exit_codes_are_those_of_the_worst(clinic, argv, code):
    assert clinic.run(*argv).code == code


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ("apply", "-e", "staging", "-e", "production"),
            "error: apply takes one --env, and here are 2\n",
        ),
        (("-e", "staging", "drift", "-e", "production"), "drift takes one --env"),
        ((*BOTH, "--out", "x.plan.json"), "--out saves the plan of one environment"),
        ((*BOTH, "-e", "prod"), "there is no environment `prod`"),
    ],
)
def test_several_are_for_reading_alone(clinic, argv, message):
    run = clinic.run(*argv)
    assert (run.code, message in run.err) == (64, True)
    assert not (clinic.root / "x.plan.json").exists()


def test_a_long_key_and_a_hostile_name_stay_in_the_table(clinic):
    clinic.agent("a" * 60, {"agentName": "\x1b[31m|::error::"})
    for form in ("text", "markdown", "html", "json"):
        run = clinic.run(*BOTH, "--format", form)
        assert run.code == 0
        assert "\x1b" not in run.out
        assert not any(line.startswith("::") for line in run.out.splitlines())


def test_a_shell_learns_the_sums(clinic):
    clinic.run(*BOTH, "--report", "dotenv=x.env")
    told = dict(line.split("=", 1) for line in (clinic.root / "x.env").read_text().splitlines())
    assert (told["CHANGES"], told["CREATES"], told["UPDATES"]) == ("3", "1", "2")
    assert told["PLAN_DIGEST"] == ""


def test_policies_that_reject_are_reported_for_each_environment(clinic):
    text = (clinic.root / "reconciler.yaml").read_text()
    limit = "policies: { allow_create: false }, vars: { clinic: Nour }"
    clinic.write("reconciler.yaml", text.replace("vars: { clinic: Nour }", limit))
    run = clinic.run(*BOTH)
    assert run.code == 5
    assert "Apply to production will refuse:\n" in run.out
    told = clinic.run(*BOTH, "--format", "json").json
    assert [len(plan["violations"]) for plan in told["plans"]] == [0, 1]


def test_what_only_one_environment_gets_is_separate(clinic):
    over = {"environments": {"production": {"pokeMessages": ["Hello?"]}}}
    clinic.agent("desk", {**DESK, "silenceThreshold": 700}, **over)
    lines = clinic.run(*BOTH).out.splitlines()
    assert [line for line in lines if line.startswith("~ ")] == [
        "~ desk · production  Desk  update, 2 fields, 1 of its own",
        "~ desk · staging, production  Desk  in all of them, 1 field",
    ]
    assert [line for line in lines if line.startswith("    ~")] == [
        "    ~ pokeMessages  [edit]",
        "    ~ silenceThreshold: 800 → 700 ms  [edit]",
    ]


def test_an_environment_that_cannot_be_reached_is_named(clinic):
    text = (clinic.root / "reconciler.yaml").read_text()
    more = "url: http://127.0.0.1:9, api_key: { $secret: KEY }, vars: { clinic: x }"
    clinic.write("reconciler.yaml", f"{text}  nowhere: {{ {more} }}\n")
    run = clinic.run("plan", "-e", "staging", "-e", "nowhere")
    assert (run.code, run.err.startswith("error: nowhere: ")) == (1, True)


def test_its_comment_can_be_published(clinic):
    clinic.run(*BOTH, "--report", "markdown=plan.md")
    clinic.env |= {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/agents"}
    run = clinic.run("publish", "comment", "plan.md", "--number", "7", "--dry-run")
    assert run.code == 0, run.err
    assert "<!-- reconciler:plan:staging+production -->" in run.out

"""Secrets typed into files: reported at their places, and shown nowhere."""

import re

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

KEY = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"
RANDOM = "8fK2mQx7Lp4RtW9zBv3N"
SANDBOX = "environments: { sandbox: { url: 'sandbox?shape=G3' } }\n"
DESK = "agents/desk.yaml"

PLACES = [
    # files, the reported places of the key
    ({DESK: f"# {KEY}\nspec: {{ lang: ar }}\n"}, ["agents/desk.yaml:1"]),
    (
        {DESK: f"spec:\n  lang: ar\n  greetingMessage: x {KEY}\n"},
        ["agents/desk.yaml:3  spec.greetingMessage"],
    ),
    (
        {DESK: f"spec:\n  preamble: |\n    one\n    two {KEY}\n"},
        ["agents/desk.yaml:4  spec.preamble"],
    ),
    (
        {
            DESK: "spec:\n  params: { a: x }\nenvironments:\n  sandbox:\n"
            f"    params: {{ b: {KEY} }}"
        },
        ["agents/desk.yaml:5  environments.sandbox.params.b"],
    ),
    (
        {DESK: "spec: { preamble: { $file: p.md } }", "agents/p.md": f"one\n\n{KEY}\n"},
        ["agents/p.md:3  spec.preamble"],
    ),
    (
        {
            DESK: "spec: { preamble: { $file: [p.md, q.md] } }",
            "agents/p.md": "one\n",
            "agents/q.md": f"two\n{KEY}\n",
        },
        ["agents/q.md:2  spec.preamble"],
    ),
    (
        {DESK: f"spec: {{ webhookAuth: {{ authKey: {{ $secret: {KEY} }} }} }}"},
        ["agents/desk.yaml:1  spec.webhookAuth.authKey"],
    ),
    (
        {DESK: f"spec: {{ webhookAuth: {{ authKey: Token, authSecret: {KEY} }} }}"},
        ["agents/desk.yaml:1  spec.webhookAuth.authSecret"],
    ),
    ({DESK: f"spec: {{ voiceId: {{ $env: {KEY} }} }}"}, ["agents/desk.yaml:1  spec.voiceId"]),
    (
        {
            DESK: "spec: { greetingMessage: 'x ${var.key}', preamble: { $var: key } }",
            "reconciler.yaml": "environments:\n  sandbox:\n    url: sandbox\n"
            f"    vars: {{ key: {KEY} }}\n",
        },
        ["reconciler.yaml:4  environments.sandbox.vars.key"],
    ),
]


@pytest.mark.parametrize(("files", "expected"), PLACES)
@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_a_key_is_reported_once_where_it_was_typed_and_never_shown(
    project, command, files, expected
):
    for name, text in ({"reconciler.yaml": SANDBOX} | files).items():
        project.write(name, text)
    done = project.run(command)
    assert done.code == 1
    errors = re.findall(r"^error: .*\n  (\S.*)$", done.err, re.MULTILINE)
    assert errors == expected, done.err
    assert KEY not in done.out + done.err


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "sarif", "junit"])
def test_no_report_shows_a_key_or_the_text_around_it(project, form):
    project.write("reconciler.yaml", SANDBOX)
    project.write(
        DESK,
        f"spec:\n  lang: ar\n  voiceId: {KEY}\n  webhookUrl: http://u:{RANDOM}@x.example\n"
        f"  greetingMessage: '**{KEY}** https://u:{RANDOM}@x.example/920001234 😊'\n",
    )
    assert project.run("validate", "--report", f"{form}=report").code == 1
    report = (project.root / "report").read_text(encoding="utf-8")
    assert "typed-secret" in report or form == "junit"
    assert KEY not in report
    assert RANDOM not in report


def test_a_key_from_the_environment_was_not_typed(project):
    project.env["GREETING"] = f"hello {KEY}"
    project.write("reconciler.yaml", SANDBOX)
    project.write(DESK, "spec: { preamble: { $env: GREETING } }")
    done = project.run("validate")
    assert (done.code, done.err) == (0, "")


def test_a_random_token_is_a_warning_that_a_file_can_switch_off(project):
    project.write("reconciler.yaml", SANDBOX)
    text = f"spec:\n  preamble: |\n    the api key is {RANDOM}\n"
    project.write(DESK, text)
    done = project.run("validate")
    assert (done.code, "[random-token]" in done.err, RANDOM in done.err) == (0, True, False)
    project.write(DESK, f"lint: {{ random-token: {{ level: off, reason: it is public }} }}\n{text}")
    assert project.run("validate").err == ""


def test_the_project_file_s_own_level_counts_for_it(tmp_path):
    project = Project(tmp_path)
    project.write("reconciler.yaml", f"{SANDBOX}# {KEY}\n")
    project.write(DESK, "spec: { lang: ar }")
    assert project.run("validate").code == 1
    project.write("reconciler.yaml", f"{SANDBOX}lint: {{ secrets: warn }} # {KEY}\n")
    done = project.run("validate")
    assert (done.code, "reconciler.yaml:2" in done.err, KEY in done.err) == (0, True, False)


@pytest.mark.parametrize(
    ("password", "real"),
    [
        *[
            (one, False)
            for one in (
                "[password]",
                "[YOUR-PASSWORD]",
                "<password>",
                "<secret>",
                "PASSWORD",
                "password",
                "your_password",
                "YOUR-DB-PASSWORD",
                "db_password",
                "changeme",
                "change_me",
                "****",
                "xxxxx",
                "%PASS%",
                "{{password}}",
                "${PASSWORD}",
                "secret",
                "api-key-here",
                "redacted",
            )
        ],
        *[
            (one, True)
            for one in (
                "hunter2",
                "s3cret",
                "password1",
                "kD93mfJw",
                "passport99",
                "monkey",
                "S3cr3t-2024",
                "yourpass1x",
                "postgres",
            )
        ],
    ],
)
def test_a_placeholder_in_an_address_is_no_password(tmp_path, password, real):
    project = Project(tmp_path)
    project.write("reconciler.yaml", SANDBOX)
    text = f"spec:\n  preamble: 'Connect to postgresql://postgres:{password}@db.example.com/x'\n"
    project.write(DESK, text)
    assert ("[typed-secret]" in project.run("validate").err) is real

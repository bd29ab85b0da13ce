"""Variables: declared with types and defaults, set per environment, set for one run."""

from pathlib import Path

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

HEAD = "agents: agents/\ndefault_environment: sandbox\n"
SANDBOX = "environments:\n  sandbox:\n    url: sandbox?shape=G3\n"


def project(tmp_path: Path, declared: str, written: str = "", more: str = "") -> Project:
    found = Project(tmp_path)
    lines = f"    vars: {{ {written} }}\n" if written else ""
    found.write("reconciler.yaml", f"{HEAD}{declared}{SANDBOX}{lines}{more}")
    spec = {"agentName": "Desk", "greetingMessage": "This is ${var.clinic}."}
    found.agent("desk", {**spec, "silenceThreshold": {"$var": "wait"}})
    return found


DECLARED = """\
vars:
  clinic: { default: Nour Clinic, description: what callers hear }
  wait: { type: integer, default: 700 }
"""


@pytest.mark.parametrize(
    ("written", "argv", "expected"),
    [
        ("", (), ("This is Nour Clinic.", 700)),
        ("clinic: Olaya", (), ("This is Olaya.", 700)),
        ("wait: 900", (), ("This is Nour Clinic.", 900)),
        ("wait: 900", ("--var", "wait=400"), ("This is Nour Clinic.", 400)),
        ("", ("--var", "clinic=a=b", "--var", "wait=1"), ("This is a=b.", 1)),
        ("wait: { $env: WAIT }", (), ("This is Nour Clinic.", 650)),
    ],
)
def test_a_value_is_the_runs_else_the_environments_else_the_default(
    tmp_path: Path, written: str, argv: tuple[str, ...], expected: tuple[str, int]
) -> None:
    found = project(tmp_path, DECLARED, written)
    found.env["WAIT"] = " 650 "
    body = found.plan(*argv)["actions"][0]["request"]["body"]
    assert (body["greetingMessage"], body["silenceThreshold"]) == expected


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "pull", "validate"])
def test_every_command_that_reads_the_files_takes_a_value(tmp_path: Path, command: str) -> None:
    found = project(tmp_path, DECLARED)
    more = ("--auto-approve",) if command in ("apply", "pull") else ()
    run = found.run(command, "--var", "wait=x", *more)
    assert (run.code, run.err) == (64, 'error: --var: wait is a whole number, not "x"\n')
    assert found.run(command, "--var", "wait=800", *more).code in (0, 2)


def test_what_was_applied_with_another_value_is_a_change_without_it(tmp_path: Path) -> None:
    found = project(tmp_path, DECLARED)
    assert found.apply("--var", "wait=800").code == 0
    assert found.changes("--var", "wait=800") == []
    assert found.changes() == ["desk: silenceThreshold 800 -> 700 (edit)"]


@pytest.mark.parametrize(
    ("declared", "written", "message"),
    [
        (
            "vars: { clinic: { default: 7 }, wait: { type: integer, default: 1 } }\n",
            "",
            "the variable `clinic` is a text\n  reconciler.yaml:3  vars.clinic\n  found: 7\n",
        ),
        (
            "vars: { clinic: { allowed: [a, b], default: c }, wait: { type: integer } }\n",
            "",
            "the default of `clinic` is none of its allowed values\n  reconciler.yaml:3",
        ),
        (
            "vars: { clinic: { typ: string } }\n",
            "",
            "`typ` is not a known key",
        ),
        (DECLARED, "wait: soon", "the variable `wait` is a whole number"),
        (DECLARED, "wait: true", "the variable `wait` is a whole number"),
        (DECLARED, "wait: { $env: WORD }", "the variable `wait` is a whole number"),
        (DECLARED, "wiat: 3", "the project declares no variable `wiat`"),
        (DECLARED, "wiat: 3", "did you mean `wait`?"),
        (
            "vars: { clinic: {}, wait: { type: integer, default: 1 } }\n",
            "",
            "the variable `clinic` has no value in sandbox",
        ),
        (
            "vars: { clinic: { allowed: [a, b] }, wait: { type: integer, default: 1 } }\n",
            "clinic: c",
            "the variable `clinic` has a value that is not allowed",
        ),
    ],
)
def test_mistakes_are_reported_at_their_place(
    tmp_path: Path, declared: str, written: str, message: str
) -> None:
    found = project(tmp_path, declared, written)
    found.env["WORD"] = "soon"
    for command in ("plan", "validate"):
        run = found.run(command)
        assert run.code == 1
        assert message in run.err


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("7", "integer", 7),
        ("-7", "number", -7),
        ("1.5", "number", 1.5),
        ("true", "boolean", True),
        ("1.5", "integer", None),
        ("1e3", "number", None),
        ("yes", "boolean", None),
        ("٧", "integer", None),
        ("", "integer", None),
        ("9" * 40, "integer", None),
    ],
)
def test_a_text_is_read_as_the_type_that_is_declared(
    tmp_path: Path, text: str, kind: str, value: object
) -> None:
    found = Project(tmp_path)
    found.write(
        "reconciler.yaml", f"{HEAD}vars: {{ v: {{ type: {kind}, default: 1 }} }}\n{SANDBOX}"
    )
    if kind == "boolean":
        declared = "vars: { v: { type: boolean, default: false } }\n"
        found.write("reconciler.yaml", f"{HEAD}{declared}{SANDBOX}")
    found.agent("desk", {"agentName": "Desk", "params": {"said": {"$var": "v"}}})
    run = found.run("plan", "--format", "json", "--var", f"v={text}")
    if value is None:
        assert run.code == 64
    else:
        assert run.json["actions"][0]["request"]["body"]["params"] == {"said": value}


def test_without_a_declaration_a_value_keeps_the_type_that_is_there(tmp_path: Path) -> None:
    found = project(tmp_path, "", "clinic: Nour, wait: 700")
    assert found.run("plan", "--var", "wait=x").code == 64
    body = found.plan("--var", "wait=800")["actions"][0]["request"]["body"]
    assert body["silenceThreshold"] == 800
    run = found.run("plan", "--var", "wiat=800")
    assert "hint: did you mean `wait`?" in run.err


@pytest.mark.parametrize(
    ("text", "hint"),
    [("nrth", "did you mean `north`?"), ("egypt", 'allowed: "north", "south"')],
)
def test_a_value_of_the_command_line_is_blamed_on_it(tmp_path: Path, text: str, hint: str) -> None:
    declared = "vars: { clinic: { allowed: [north, south], default: north }, wait: {} }\n"
    run = project(tmp_path, declared, "wait: '1'").run("validate", "--var", f"clinic={text}")
    assert run.code == 64
    assert run.err == f'error: --var: clinic may not be "{text}"\nhint: {hint}\n'


def test_a_project_without_environments_has_no_variables(tmp_path: Path) -> None:
    found = Project(tmp_path).on("http://127.0.0.1:9")
    found.agent("desk", {"agentName": "Desk"})
    run = found.run("plan", "--var", "clinic=Nour")
    assert (run.code, run.err) == (64, "error: --var: there is no variable `clinic`\n")


@pytest.mark.parametrize("text", ["clinic", "=Nour", ""])
def test_an_option_without_a_name_or_a_value_is_none(tmp_path: Path, text: str) -> None:
    run = project(tmp_path, DECLARED).run("plan", "--var", text)
    assert run.code == 64
    assert "NAME=VALUE is needed" in run.err

"""The place of a mistake in a text: its own file and line, not the key that refers to it."""

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

DESK = "agents/desk.yaml"


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.write("reconciler.yaml", "environments: { dev: { url: sandbox, vars: { a: b } } }\n")
    return made


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (
            {
                DESK: "spec:\n  preamble: { $file: p.md }\n",
                "agents/p.md": "one\n\ntwo ${amount} x\n",
            },
            "agents/p.md:3  spec.preamble",
        ),
        (
            {
                DESK: "spec:\n  preamble: { $file: [p.md, q.md] }\n",
                "agents/p.md": "one ${var.a}\n${var.a}\n\n",
                "agents/q.md": "two\n${var.nobody}\n",
            },
            "agents/q.md:2  spec.preamble",
        ),
        (
            {DESK: "spec:\n  preamble: |\n    one\n    ${var.a} two\n    three ${amount}\n"},
            "agents/desk.yaml:5  spec.preamble",
        ),
        (
            {DESK: "spec:\n  preamble: >\n    one\n    two\n\n    three ${var.nobody}\n"},
            "agents/desk.yaml:6  spec.preamble",
        ),
        (
            {DESK: "spec:\n  pokeMessages:\n    - one\n    - |\n      two\n      ${x}\n"},
            "agents/desk.yaml:6  spec.pokeMessages.1",
        ),
        (
            {DESK: "spec: {}\nenvironments:\n  dev:\n    outcome: |\n      a\n      ${x}\n"},
            "agents/desk.yaml:6  environments.dev.outcome",
        ),
        (
            {
                "reconciler.yaml": "environments:\n  dev:\n    url: sandbox\n    vars:\n"
                "      a: { $file: v.txt }\n",
                "v.txt": "one\n${amount}\n",
                DESK: "spec: {}\n",
            },
            "v.txt:2  environments.dev.vars.a",
        ),
    ],
)
def test_an_invalid_variable_is_reported_at_its_place(project, files, place):
    for name, text in files.items():
        project.write(name, text)
    for command in ("validate", "plan"):
        done = project.run(command)
        assert done.code == 1
        assert place in done.err


def test_two_of_one_text_are_reported_each_at_its_line(project):
    project.write(DESK, "spec:\n  preamble: { $file: p.md }\n")
    project.write("agents/p.md", "a ${x}\nb\nc ${y}\n")
    said = project.run("validate").err
    assert "agents/p.md:1  spec.preamble" in said
    assert "agents/p.md:3  spec.preamble" in said


def test_a_reference_that_pull_drops_is_named(project):
    project.write(
        DESK, "spec:\n  agentName: D\n  lang: en\n  greetingMessage: Hello from ${var.a}!\n"
    )
    assert project.apply().code == 0
    for path in (project.root / ".reconciler/sandbox").rglob("*.json"):
        path.write_text(path.read_text().replace("Hello from b!", "Good day from us."))
    done = project.run("pull")
    assert done.code == 0
    assert "this edit replaces ${var.a} by plain text" in " ".join(done.out.split())


def test_one_in_a_prompt_file_is_named_and_one_that_stays_is_not(project):
    project.write(DESK, "spec:\n  agentName: D\n  lang: en\n  preamble: { $file: p.md }\n")
    project.write("agents/p.md", "You are ${var.a}.\n\nAsk for ${var.a} twice.\n")
    assert project.apply().code == 0
    for path in (project.root / ".reconciler/sandbox").rglob("*.json"):
        path.write_text(path.read_text().replace("Ask for b twice.", "Ask for the day twice."))
    assert "replaces ${var.a} by plain text" in " ".join(
        project.run("pull", "--dry-run").out.split()
    )
    for path in (project.root / ".reconciler/sandbox").rglob("*.json"):
        path.write_text(path.read_text().replace("Ask for the day twice.", "Ask for b once."))
    assert "replaces" not in project.run("pull").out

"""Unquoted numbers whose text is not their value: phone numbers, versions, prices."""

import pytest

from tests.projects import Project

pytestmark = pytest.mark.cli

LOST = [
    "0123456789",
    "+966501234567",
    "0755",
    "1.10",
    "1.0",
    "100.00",
    "1_000",
    "0x1F",
    "0o17",
    "0b11",
    "1e3",
    "1E3",
    ".5",
    "5.",
    "+5",
    "-0",
    "00",
    "-007",
    "1.0e16",
    "9007199254740993",
    "12345678901234567890123",
    "0.10000000000000000001",
    "3.0e5",
    "966_50",
]
KEPT = [
    "0",
    "5",
    "-3",
    "1.5",
    "0.5",
    "-0.25",
    "123456789",
    "9007199254740992",
    "1e+16",
    "12345678901234567000",
    "3.14159",
    "NO",
    "on",
    "yes",
    "12:30:45",
    "5/6",
    "1,000",
]


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.write(
        "reconciler.yaml",
        "default_environment: dev\n"
        "environments:\n  dev: { url: sandbox }\n  live: { url: sandbox }\n",
    )
    return made


def told(project, spec):
    project.write("agents/desk.yaml", f"spec:\n  agentName: Desk\n  lang: en\n{spec}")
    return project.run("validate").err


@pytest.mark.parametrize("number", LOST)
def test_a_number_that_is_not_read_as_it_is_written_is_a_mistake(project, number):
    said = told(project, f"  params:\n    phone: {number}\n")
    assert "agents/desk.yaml:5  spec.params.phone" in said
    assert f"found: {number}" in said
    assert "put it in quotes" in said


@pytest.mark.parametrize("number", [*LOST, *KEPT])
def test_in_quotes_it_is_none(project, number):
    assert "not read as it is written" not in told(project, f'  params: {{ phone: "{number}" }}\n')


@pytest.mark.parametrize("number", KEPT)
def test_a_number_that_is_read_as_it_is_written_is_fine(project, number):
    assert "not read as it is written" not in told(project, f"  params:\n    phone: {number}\n")


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ("  params: { phones: [5, 0501] }\n", "5  spec.params.phones.1"),
        ("  params: { a: { b: [{ c: 1.10 }] } }\n", "5  spec.params.a.b.0.c"),
        ("  outcomeResponseShape: { type: object, x: 0755 }\n", "5  spec.outcomeResponseShape.x"),
        ("  params: &p { phone: 007 }\n", "5  spec.params.phone"),
        ("  params:\n    <<: { phone: 007 }\n    x: y\n", "5  spec.params.phone"),
    ],
)
def test_wherever_any_value_is_allowed(project, spec, place):
    said = told(project, f"  greetingMessage: Hi {{{{phone}}}}\n{spec}")
    assert f"agents/desk.yaml:{place}" in said
    assert "put it in quotes" in said


def test_an_override_is_looked_at_too(project):
    said = told(project, "environments:\n  live:\n    params: { phone: 0123 }\n")
    assert "agents/desk.yaml:6  environments.live.params.phone" in said


def test_what_may_hold_tokens_is_not_shown(project):
    said = told(project, "  webToolsOverrides: { pin: 004711 }\n")
    assert "put it in quotes" in said
    assert "4711" not in said


@pytest.mark.parametrize("number", ["0800", "1_000", "0x320", "0o1440"])
def test_if_a_number_is_wanted_only_a_disputed_one_is_a_mistake(project, number):
    said = told(project, f"  silenceThreshold: {number}\n")
    value = {"0800": 800, "1_000": 1000, "0x320": 800, "0o1440": 800}[number]
    assert f"write `{value}`" in said
    for fine in ("+800", "800"):
        assert told(project, f"  silenceThreshold: {fine}\n") == told(project, "")


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("vars: { phone: {} }\n", "environments.dev.vars.phone", "put it in quotes"),
        ("", "environments.dev.vars.phone", "put it in quotes"),
        ("vars: { phone: { type: number } }\n", "environments.dev.vars.phone", "write `501`"),
    ],
)
def test_a_variable_is_looked_at_because_it_goes_into_texts(project, text, place, hint):
    project.write(
        "reconciler.yaml",
        f"{text}environments:\n  dev: {{ url: sandbox, vars: {{ phone: 0501 }} }}\n",
    )
    said = told(project, "")
    assert f"reconciler.yaml:{text.count(chr(10)) + 2}  {place}" in said
    assert hint in said


def test_what_is_imported_passes(tmp_path):
    """A live number is written so that the file has no mistake."""
    project = Project(tmp_path)
    project.write("reconciler.yaml", "environments:\n  dev: { url: sandbox }\n")
    project.agent("desk", {"agentName": "Desk", "lang": "en", "params": {"a": 1, "b": 0.5}})
    assert project.apply().code == 0
    stored = next((tmp_path / ".reconciler").rglob("*.json"), None)
    assert stored
    stored.write_text(stored.read_text().replace('"a": 1', '"a": 1.0'), encoding="utf-8")
    (tmp_path / "agents/desk.yaml").unlink()
    project.agent("other", {"agentName": "Other", "lang": "en"})
    assert project.run("import", "--all").code == 0, project.run("import", "--all").err
    assert project.run("validate").code == 0, project.run("validate").err

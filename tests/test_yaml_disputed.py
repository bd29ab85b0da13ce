"""What YAML parsers read differently is refused, with the line and with what to write."""

import pytest

from reconciler.yamledit import edits
from reconciler.yamledit.document import YamlFileError
from reconciler.yamledit.reading import loads
from tests.projects import Project

REFUSED = [
    ("g: x\nh: &greet:en Hello there.\n", 2, "an anchor (`&name`) with a `:` in its name"),
    ("params: {?who: Sam}\n", 1, "a text in brackets that begins with `?`"),
    ("a: 1\nb: [x, ?y]\n", 2, "a text in brackets that begins with `?`"),
    ("a:\n- ! 12\n", 2, "a `!` without a name"),
    ("a: ! true\n", 1, "a `!` without a name"),
    ("a: !!omap [a: 1]\n", 1, "the tag `!!omap`"),
    ("a: |\n  x\n   ", 3, "a last line of blanks alone"),
]


@pytest.mark.parametrize(("text", "line", "said"), REFUSED)
def test_what_is_read_differently_is_refused(text, line, said):
    with pytest.raises(YamlFileError) as raised:
        loads(text, "a.yaml")
    problem = raised.value.problem
    assert problem.message == f"YAML parsers do not agree on {said}"
    assert problem.line == line
    assert problem.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x 1\nb: *x\n", {"a": 1, "b": 1}),
        ("a: &x [1]\nb: {c: *x}\n", {"a": [1], "b": {"c": [1]}}),
        ("a: R&D:x and *bold*, text!\n", {"a": "R&D:x and *bold*, text!"}),
        ("a: |\n  &greet:en\n  *bold*\n  [?x]\n  ! no\n", {"a": "&greet:en\n*bold*\n[?x]\n! no\n"}),
        ('a: ["?x", "a ?", who?]\n', {"a": ["?x", "a ?", "who?"]}),
        ("a: {? x: 1}\n", {"a": {"x": 1}}),
        ("a: ! plain\n", {"a": "plain"}),
        ("a: x\n   ", {"a": "x"}),
        ("a: |-\n  x\n  ", {"a": "x"}),
    ],
)
def test_what_all_read_alike_is_read(text, value):
    assert loads(text, "a.yaml").data == value


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("a: &تحية x\n", "a name that no anchor", "a-z, A-Z, 0-9, - and _ only"),
        ("a: [Hello, :) there]\n", "a text in brackets that begins with `:`", "in quotes"),
        ("a: x\nb:\n-\ty\n", "a tab, where only spaces are allowed", "write spaces"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text, said, hint):
    with pytest.raises(YamlFileError) as raised:
        loads(text, "a.yaml")
    assert said in raised.value.problem.message
    assert hint in raised.value.problem.hint


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: >\n  x\n \n  y\n", "a", "\nz\n", 'a: "\\nz\\n"\n'),
        ("a: |\n  x\n \n  y\n", "a", "\n\nz\n", 'a: "\\n\\nz\\n"\n'),
        ("a: x\n \t\nb: y\n", "b", "z", "a: x\n \t\nb: z\n"),
        ("a: x\n    \tand\nb: 1\n", "b", 2, "a: x\n    \tand\nb: 2\n"),
        ("a: x\n    \tand\nb: 1\n", "a", "new", "a: new\nb: 1\n"),
    ],
)
def test_a_form_that_cannot_be_proven_gives_way_to_the_next(text, path, value, expected):
    assert edits.changed(text, (path,), value) == expected


def test_values_that_no_form_can_hold_are_refused():
    with pytest.raises(edits.NotEditableError):
        edits.changed("l:\n  - |+\n \n", ("l",), ["\n", "b"])


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.write("reconciler.yaml", "environments: { dev: { url: sandbox } }\n")
    return made


def live(project, old, new):
    for path in (project.root / ".reconciler/sandbox").rglob("*.json"):
        path.write_text(path.read_text().replace(old, new))


HEAD = "spec:\n  agentName: C\n  lang: en\n"
BAND = f"{HEAD}  greetingMessage: >\n     Hello there.\n \n     How are you?\n"


def test_a_text_that_one_form_cannot_hold_stops_no_agent(project):
    project.write("agents/a.yaml", BAND)
    project.write("agents/b.yaml", BAND.replace("C\n", "D\n"))
    project.write(
        "agents/c.yaml", "spec:\n  agentName: E\n  lang: en\n  greetingMessage: Good day\n"
    )
    assert project.apply().code == 0
    live(project, "Hello there.\\nHow are you?\\n", "\\nHello\\n")
    live(project, "Good day", "Good night")
    done = project.run("pull")
    assert done.code == 0, done.err
    assert 'greetingMessage: "\\nHello\\n"' in (project.root / "agents/a.yaml").read_text()
    assert "Good night" in (project.root / "agents/c.yaml").read_text()
    assert project.run("plan", "--detailed-exitcode").code == 0


def test_a_tab_in_a_line_is_no_reason_to_leave_an_edit(project):
    text = f"key: c\n \t\n{HEAD}  greetingMessage: Hello there\n    \tand welcome\n"
    project.write("agents/a.yaml", text)
    assert project.apply().code == 0
    assert project.run("fmt", "--check").code == 1
    live(project, "Hello there and welcome", "Good day")
    assert project.run("pull").code == 0
    assert (project.root / "agents/a.yaml").read_text() == text.replace(
        "Hello there\n    \tand welcome", "Good day"
    )

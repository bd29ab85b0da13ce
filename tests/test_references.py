"""References: the value of each kind, and the message if there is none."""

import pytest

from reconciler.config.references import Scope, is_reference
from reconciler.jsonvalues import Secret

ENV = {"TOKEN": "sk-planted", "REGION": "riyadh", "EMPTY": ""}
VARIABLES = {"clinic": "عيادة النور", "beds": 12, "rate": 0.5, "open": True, "closed": False}


@pytest.fixture
def scope(tmp_path):
    """Scopes of files in the project's folder `agents`."""
    root = tmp_path / "project"
    (root / "agents" / "prompts").mkdir(parents=True)
    (tmp_path / "outside.md").write_text("outside\n")
    (root / "shared.md").write_text("shared\n")
    for name, text in (
        ("a", "A\n"),
        ("b", "\nB\n\n"),
        ("none", ""),
        ("var", "${var.clinic} $${x}\n"),
    ):
        (root / "agents" / "prompts" / f"{name}.md").write_text(text, encoding="utf-8")

    def make(**more):
        usual = {"root": root, "folder": root / "agents", "variables": VARIABLES}
        usual |= {"environment": "staging", "env": ENV, "secret": ENV.get}
        return Scope(**{**usual, **more})

    return make


def told(scope):
    """The troubles of a scope, a line each."""
    return "\n".join(
        " | ".join(
            filter(
                None,
                (
                    f"{'.'.join(map(str, t.path))}{' (warning)' * t.warning}: {t.message}",
                    t.found,
                    t.allowed,
                    t.hint,
                ),
            )
        )
        for t in scope.troubles
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"$file": "prompts/a.md"}, "A"),
        ({"$file": "prompts/b.md"}, "\nB\n"),
        ({"$file": "../shared.md"}, "shared"),
        ({"$file": "prompts/../prompts/a.md"}, "A"),
        ({"$file": ["prompts/a.md"]}, "A"),
        ({"$file": ["prompts/a.md", "prompts/b.md", "prompts/a.md"]}, "A\n\n\nB\n\nA"),
        ({"$file": "prompts/var.md"}, "عيادة النور ${x}"),
        ({"$secret": "TOKEN"}, Secret("TOKEN", "sk-planted")),
        ({"$env": "REGION"}, "riyadh"),
        ({"$env": "EMPTY"}, ""),
        ({"$var": "clinic"}, "عيادة النور"),
        ({"$var": "beds"}, 12),
        ({"$var": "open"}, True),
        ("${var.clinic}", "عيادة النور"),
        ("a ${var.beds} b ${var.rate}", "a 12 b 0.5"),
        ("${var.open}/${var.closed}", "true/false"),
        ("$${var.clinic}", "${var.clinic}"),
        ("$$${var.beds}", "$${var.beds}"),
        ("a $ b $$ {{caller}} {x}", "a $ b $$ {{caller}} {x}"),
        ({"a": [{"$env": "REGION"}, {"b": "${var.beds}"}]}, {"a": ["riyadh", {"b": "12"}]}),
        ([1, None, True, 0.5], [1, None, True, 0.5]),
    ],
    ids=repr,
)
def test_a_reference_has_a_value(scope, value, expected):
    here = scope()
    assert here.resolve(value) == expected
    assert told(here) == ""


def test_a_secret_shows_its_name_only(scope):
    secret = scope().resolve({"$secret": "TOKEN"})
    assert repr(secret) == "Secret(name='TOKEN')"
    assert secret.value == "sk-planted"


@pytest.mark.parametrize(
    "value",
    [
        {"$file": "prompts/a.md", "x": 1},
        {"$secret": "TOKEN", "$env": "REGION"},
        {"$unknown": "x"},
        {"file": "prompts/a.md"},
        {},
        "$file",
        ["$env", "REGION"],
    ],
    ids=repr,
)
def test_a_reference_has_one_key_and_that_names_its_kind(scope, value):
    assert not is_reference(value)
    assert scope().resolve(value) == value


def test_keys_are_never_filled_in(scope):
    assert scope().resolve({"${var.clinic}": {"$${x}": 1}}) == {"${var.clinic}": {"$${x}": 1}}


COMPARED = "set it before a plan, which compares it"
NAME = "write the name of an environment variable, never its value"
STARTS = "`${` starts a variable, and this is none"
LITERAL = "`${var.name}` | write `$${` for a literal `${`"
ADD = "add it to `vars` in the project file"
KNOWN = "beds, clinic, closed, open, rate"
TROUBLES = {
    "a variable misspelt": (
        {"$var": "clinik"},
        f"the environment staging has no variable `clinik` | {KNOWN} | did you mean `clinic`?",
    ),
    "a variable unlike any": (
        {"$var": "zzz"},
        f"the environment staging has no variable `zzz` | {KNOWN} | {ADD}",
    ),
    "a variable misspelt in a text": (
        "to ${var.bed}",
        f"the environment staging has no variable `bed` | {KNOWN} | did you mean `beds`?",
    ),
    "a variable without var": ("${clinic}", f"{STARTS} | ${{clinic}} | {LITERAL}"),
    "a variable that does not end": ("${var.clinic x", f"{STARTS} | ${{var.clinic x | {LITERAL}"),
    "an expression": ("${1 + 1}", f"{STARTS} | ${{1 + 1}} | {LITERAL}"),
    "a missing file": (
        {"$file": "prompts/nope.md"},
        "`$file` cannot be read: no such file or directory | prompts/nope.md",
    ),
    "a folder": ({"$file": "prompts"}, "`$file` cannot be read: is a directory | prompts"),
    "out by dots": ({"$file": "../../outside.md"}, "`$file` leaves the project | ../../outside.md"),
    "out by dots that come back": (
        {"$file": "../../project/../outside.md"},
        "`$file` leaves the project | ../../project/../outside.md",
    ),
    "an absolute path": ({"$file": "/etc/passwd"}, "`$file` leaves the project | /etc/passwd"),
    "a path with a NUL": ({"$file": "a\0b"}, "`$file` leaves the project | a\0b"),
    "a path without end": (
        {"$file": "x" * 300},
        f"`$file` cannot be read: file name too long | {'x' * 300}",
    ),
    "an empty path": ({"$file": ""}, "`$file` takes a path or a list of paths"),
    "no path": ({"$file": []}, "`$file` takes a path or a list of paths"),
    "a number for a path": ({"$file": ["a", 1]}, "`$file` takes a path or a list of paths"),
    "a name of nothing": ({"$var": None}, "`$var` takes a name | nothing"),
    "a name in a list": ({"$env": ["A"]}, "`$env` takes a name | something else than text"),
    "an unset name": (
        {"$env": "NOPE"},
        f"the environment variable NOPE is not set | {COMPARED}: export NOPE=…",
    ),
    "an unset secret": (
        {"$secret": "NOPE"},
        "the environment variable NOPE is not set | set it before a plan: export NOPE=…",
    ),
    "an empty secret": (
        {"$secret": "EMPTY"},
        "the environment variable EMPTY is not set | set it before a plan: export EMPTY=…",
    ),
    "a secret's value": (
        {"$secret": "sk-planted-1"},
        f"`$secret` takes the name of an environment variable | {NAME}",
    ),
    "a name and a line end": (
        {"$secret": "TOKEN\n"},
        f"`$secret` takes the name of an environment variable | {NAME}",
    ),
    "a secret's value as a number": (
        {"$secret": 4711},
        "`$secret` takes a name | something else than text",
    ),
    "an expression for a name": (
        {"$env": "${REGION}"},
        f"`$env` takes the name of an environment variable | {NAME}",
    ),
}


@pytest.mark.parametrize(("value", "expected"), TROUBLES.values(), ids=TROUBLES)
def test_a_reference_without_a_value_is_reported_with_its_place(scope, value, expected):
    here = scope()
    here.resolve({"x": [0, value]})
    assert told(here) == f"x.1: {expected}"
    assert "planted" not in told(here)


def test_every_mistake_is_reported_at_once(scope):
    here = scope()
    here.resolve({"a": {"$file": ["nope", "prompts/a.md", "never"]}, "b": "${var.p} ${var.q}"})
    assert [(t.path, t.found or t.message[-4:]) for t in here.troubles] == [
        (("a",), "nope"),
        (("a",), "never"),
        (("b",), " `p`"),
        (("b",), " `q`"),
    ]


@pytest.mark.parametrize("text", ["caf\xe9".encode("latin-1"), b"\xff\xfea"])
def test_a_prompt_that_is_no_utf_8_is_reported_without_its_text(scope, text):
    here = scope()
    (here.folder / "odd.md").write_bytes(b"one\n" + text)
    here.resolve({"$file": "odd.md"})
    assert told(here) == ": `$file` is not UTF-8 text | odd.md | save it as UTF-8"


def test_line_ends_of_windows_and_a_byte_order_mark_are_left_out(scope):
    here = scope()
    (here.folder / "dos.md").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert here.resolve({"$file": "dos.md"}) == "one\ntwo"


def test_a_link_may_stay_in_the_project_and_not_leave_it(scope):
    here = scope()
    (here.folder / "in.md").symlink_to(here.root / "shared.md")
    (here.folder / "out.md").symlink_to(here.root.parent / "outside.md")
    (here.folder / "away").symlink_to(here.root.parent)
    (here.folder / "round.md").symlink_to(here.folder / "round.md")
    names = ["in.md", "out.md", "away/outside.md", "round.md"]
    assert [here.resolve({"$file": name}) for name in names] == ["shared", "", "", ""]
    assert told(here) == (
        ": `$file` leaves the project | out.md\n"
        ": `$file` leaves the project | away/outside.md\n"
        ": `$file` leaves the project | round.md"
    )


def test_a_project_behind_a_link_is_one_project(scope, tmp_path):
    here = scope()
    (tmp_path / "link").symlink_to(here.root)
    linked = scope(root=tmp_path / "link", folder=tmp_path / "link" / "agents")
    assert linked.resolve({"$file": "prompts/a.md"}) == "A"


def test_a_file_s_text_is_filled_in_once(scope):
    here = scope(variables={"a": "${var.b}", "b": "never"})
    (here.folder / "twice.md").write_text("${var.a} $$${var.a}")
    assert here.resolve({"$file": "twice.md"}) == "${var.b} $${var.a}"


def test_offline_an_unset_name_is_a_warning_and_a_wrong_one_is_not(scope):
    here = scope(offline=True, env={}, secret={}.get)
    found = here.resolve([{"$secret": "A"}, {"$env": "B"}, {"$var": "c"}])
    assert found == [Secret("A"), "", ""]
    assert told(here) == (
        "0 (warning): the environment variable A is not set | set it before a plan: export A=…\n"
        f"1 (warning): the environment variable B is not set | {COMPARED}: export B=…\n"
        f"2: the environment staging has no variable `c` | {KNOWN} | {ADD}"
    )


def test_an_environment_without_variables_says_so(scope):
    here = scope(variables={})
    here.resolve("${var.x}")
    assert told(here) == f": the environment staging has no variable `x` | none | {ADD}"


@pytest.mark.parametrize("where", ["agent", "variable"])
def test_an_api_key_is_never_a_value_in_the_open(project, where):
    keys = "environments: { dev: { url: sandbox, api_key: { $secret: DEV_KEY }%s } }\n"
    more = ", vars: { said: { $env: DEV_KEY } }" if where == "variable" else ""
    project.write("reconciler.yaml", keys % more)
    said = {"$env": "DEV_KEY"} if where == "agent" else "${var.said}"
    project.agent("desk", {"agentName": "Desk", "greetingMessage": said})
    project.env["DEV_KEY"] = "planted-key"
    for command in ("plan", "validate"):
        run = project.run(command)
        assert run.code == 1
        assert "`$env` would show DEV_KEY, which is an API key" in run.err
        assert "planted-key" not in run.out + run.err

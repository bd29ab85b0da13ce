"""`flow_tests` in an agent's file: what people write, and the mistakes and failures in it."""

import io
import json
import re
import textwrap
from pathlib import Path

import pytest

from reconciler.config import agentfile, flow_tests, steps
from reconciler.config.flow_tests import Declared
from reconciler.config.references import Scope
from reconciler.errors import Problem, ReconcilerError
from reconciler.kinds.flow.steps import Step
from tests.projects import Project
from tests.test_flow_form import small
from tests.test_walk import DESK

FLOW = Declared(DESK, {"branch": "Olaya"})


def scope() -> Scope:
    return Scope(
        root=Path("/p"),
        folder=Path("/p/agents"),
        variables={"clinic": "Nour"},
        environment="live",
        env={},
        secret=lambda _name: None,
        keys=frozenset(),
        secrets=frozenset(),
        offline=True,
        demands_secrets=False,
        secrets_for="",
    )


def found(tests: str, flow: Declared | None = FLOW, *more: Problem) -> list[Problem]:
    text = f"spec: {{}}\nflow_tests:\n{textwrap.indent(textwrap.dedent(tests).strip(), '  ')}\n"
    file, mistakes = agentfile.read(
        Path("/p/agents/desk.yaml"), "agents/desk.yaml", ("live",), "v2", lambda *_: text
    )
    assert file is not None
    assert mistakes == []
    return [*flow_tests.problems(file, flow, scope(), more)]


def lines(tests: str) -> list[str]:
    """The problems of tests whose first line is 1."""
    return [f"{one.line - 2} {one.message}" for one in found(tests)]


GOOD = """
- name: books by telephone
  start: { user_number: "0501234567", clinic: { $var: clinic } }
  take:
    - { expect: { node: greet, says: "${var.clinic} here" } }
    - caller wants to book
    - { on_success: , set: { count: 1 } }
  expect: { node: bye, says: [Found you, Bye], vars: { mobile: "0501234567", branch: Olaya } }
- name: by key
  take: [ { dtmf: 0 }, on_failure ]
- name: by key as a text
  take: [ dtmf 0, on_failure ]
- name: with a result
  take: [ caller wants to book, { on_success: { count: 1 }, set: { name: Sara } } ]
  expect: { node: bye, vars: { count: "1", name: Sara } }
- name: by key again
  take: [ '9' ]
  expect:
    node: bye
- name: asks first
  take: [ "opening hours", { natural_language: to book, to: init }, { to: ask }, { set: { a: b } } ]
  expect: { prompt: Ask, vars: { a: b, count: null } }
"""


def test_tests_that_pass() -> None:
    assert found(GOOD) == []


def test_tests_without_a_flow_and_with_other_mistakes() -> None:
    (one,) = found("- name: a", None)
    assert (one.line, one.field) == (2, "flow_tests")
    assert "this agent declares none" in one.message
    bad = "- { name: a, expect: { node: ask } }"
    assert len(found(bad)) == 1
    assert found(bad, FLOW, Problem(file="agents/desk.yaml", message="x")) == []
    assert len(found(bad, FLOW, Problem(file="x", message="x", warning=True))) == 1


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ("- take: [a]", ["1 `name` is missing"]),
        ("- name: ''", ["1 `name` must be a name for the walk"]),
        ("- name: a\n  tke: []", ["2 `tke` is not a known key"]),
        ("- name: a\n  take: book", ["2 `take` must be a list of steps"]),
        ("- name: a\n  take:\n  - 7", ["3 `take.0` must be"]),
        ("- name: a\n  take:\n  - { dtfm: '1' }", ["3 `dtfm` is not a known key"]),
        ("- name: a\n  take:\n  - { dtmf: '12' }", ["3 `dtmf` is no key of a telephone"]),
        ("- name: a\n  take:\n  - { on_success: yes }", ["3 `on_success` must be"]),
        (
            "- name: a\n  take:\n  - { dtmf: '1', natural_language: x }",
            ["3 a step takes one exit"],
        ),
        ("- name: a\n  take:\n  - {}\n  - ' '", ["3 a step is empty", "4 a step is empty"]),
        ("- name: a\n  start: { mobile: 0501234567 }", ["2 `mobile` is a number that is not read"]),
        ("- name: a\n- name: a", ["2 two flow tests have the name `a`"]),
        ("- name: a\n  expect: { nod: x }", ["2 `nod` is not a known key"]),
        ("- name: ${var.clinc}", ["1 the environment live has no variable `clinc`"]),
        (
            "- name: sings\n  take:\n  - to book\n  - sing",
            ["4 flow test `sings`: step 2, `sing`, names no exit of `find`"],
        ),
        (
            "- name: a\n  expect:\n    node: bye\n    says: Bye\n    vars:\n      x: 1",
            [
                "3 flow test `a`: too few steps: the walk waits at `greet`",
                '4 flow test `a`: the walk does not say "Bye"',
                "6 flow test `a`: variable `x` has no value at `greet`",
            ],
        ),
        (
            "- name: a\n  take:\n  - to book\n  - expect:\n      says:\n      - One\n      - Two",
            ['7 flow test `a`: the walk does not say "Two"'],
        ),
    ],
)
def test_each_mistake_has_its_line(tests: str, expected: list[str]) -> None:
    told = lines(tests)
    assert [one[: len(want)] for one, want in zip(told, expected, strict=True)] == expected, told


def test_what_was_possible_and_the_variables_there() -> None:
    (one,) = found("- name: a\n  start: { caller: Sara }\n  take: [book a tabel]")
    assert one.field == "flow_tests.0.take.0"
    assert one.found == "at `greet`, with caller = Sara, branch = Olaya"
    assert one.allowed.startswith('"the caller wants to book" → init; ')
    (key,) = found("- name: a\n  take: [{ dtmf: '8' }]")
    assert "names no exit" in key.message


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("wants to book", Step(words="wants to book")),
        (" on_success\n", Step(words="on_success")),
        ("key 0", Step(words="key 0")),
        ("{ on_success: { n: 1 } }", Step(when="on_success", sets={"n": 1})),
        ("count=1=2", Step(sets={"count": "1=2"})),
        ("عدد=٢", Step(sets={"عدد": "٢"})),
        ('{ dtmf: "0", to: bye }', Step(when="dtmf", detail="0", to="bye")),
        ("{ on_success: , set: { n: 1 } }", Step(when="on_success", sets={"n": 1})),
        ("{ return: }", Step(when="return")),
    ],
)
def test_steps_as_people_type_them(text: str, step: Step) -> None:
    assert steps.typed(text) == step


@pytest.mark.parametrize(
    "text", ["", "{", "{ dtfm: 1 }", "{ dtmf: 77 }", "{ a: 2020-01-01 }", "{}"]
)
def test_what_is_no_step(text: str) -> None:
    with pytest.raises(ReconcilerError) as raised:
        steps.typed(text)
    assert raised.value.hint


# The command line

AGENT = """\
spec:
  name: Desk
  type: Flow Agent
  flow:
    customVariables: { branch: Olaya, token: "" }
    nodes:
      greet:
        type: start
        messageType: static
        message: "Hello, {{caller || you}}. ${var.clinic} here"
        transitions:
          - { natural_language: the caller wants to book, to: find }
          - { natural_language: the caller wants to cancel, to: bye }
          - { natural_language: the caller sings, to: bye, enabled: false }
          - { dtmf: "9", to: round }
      find:
        type: tool
        extractVariables: { count: { extractionPrompt: result.count } }
        on_success: route
        on_failure: ~
      route:
        type: router
        transitions: [ { all: [ { count: { equals: "1" } } ], to: found } ]
        else: bye
      found:
        type: conversation
        message: Confirm the file of {{caller}}
        transitions: [ { natural_language: it is the right file, to: bye } ]
      round: { type: router, else: again }
      again: { type: router, else: round }
      bye: { type: end_call, messageType: static, finalMessage: { $file: bye.md } }
"""
FAILING = """\
flow_tests:
  - name: good
    start: { unknown: x }
    take: [wants to book, { on_success: , set: { count: 1 } }, right file]
    expect: { node: bye, says: Good bye, vars: { count: "1" } }
  - name: no exit
    take: [wants to bok]
  - name: two exits
    take: [the caller wants]
  - name: disabled
    take: [the caller sings]
  - name: too early
    take: [wants to cancel, wants to book]
  - name: wrong node
    take: [wants to book, on_success]
    expect: { node: found }
  - name: not said
    take: [wants to cancel]
    expect: { says: See you }
  - name: only a prompt
    take: [wants to book, { on_success: , set: { count: 1 } }]
    expect: { says: Confirm the file }
  - name: another value
    expect: { vars: { branch: Nakheel } }
  - name: a ring
    take: [{ dtmf: "9" }]
  - name: too few steps
    take: [wants to book]
    expect: { node: found }
  - name: no node
    expect: { node: fond }
"""


def write(project: Project, tests: str, agent: str = AGENT) -> None:
    project.write(
        "reconciler.yaml",
        "api: v2\nenvironments:\n  a: { url: sandbox, vars: { clinic: Nour } }\n"
        "  b: { url: sandbox, vars: { clinic: Amal } }\n",
    )
    project.write("agents/bye.md", "Good bye, {{caller || you}}.\n")
    project.write("agents/desk.yaml", agent + tests)


_START = re.compile(r"^flow test |, up to .*|, `wants to book`$")


@pytest.mark.cli
def test_validate_plays_the_tests(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write(project, FAILING)
    done = project.run("validate", "--format", "json")
    assert done.code == 1
    first = len(AGENT.splitlines())
    told = [
        (one["line"] - first, _START.sub("", one["message"]))
        for one in done.json["problems"]
        if "flow test" in one["message"]
    ]
    assert told == [
        (7, "`no exit`: step 1, `wants to bok`, names no exit of `greet`"),
        (9, "`two exits`: step 1, `the caller wants`, fits 2 exits of `greet`"),
        (11, "`disabled`: step 1, `the caller sings`, names a disabled exit of `greet`"),
        (13, "`too early`: the walk has ended at `bye` (the call ends there) before step 2"),
        (16, "`wrong node`: the walk ends at `bye`, not at `found` (the call ends there)"),
        (19, '`not said`: the walk does not say "See you" after the last step'),
        (22, '`only a prompt`: the walk does not say "Confirm the file" after the last step'),
        (24, "`another value`: variable `branch` has another value at `greet`"),
        (26, "`a ring`: the walk from `round` runs in a ring in which no exit needs a choice"),
        (
            29,
            "`too few steps`: too few steps: the walk waits at `find` and has not reached `found`",
        ),
        (31, "`no node`: the flow has no node `fond`"),
    ], "each once, for both environments"
    text = project.run("validate").err
    head = "error: flow test `no exit`: step 1, `wants to bok`, names no exit of `greet`"
    assert f"{head}  [flow_tests]" in text
    assert f"agents/desk.yaml:{first + 7}  flow_tests.1.take.0" in text
    assert 'allowed: "the caller wants to book" → find; "the caller wants to cancel" → bye' in text
    assert "hint: did you mean `the caller wants to book`?" in text
    write(project, FAILING.partition("  - name: no exit")[0])
    again = [project.run("validate", "--quiet").out for _ in ("read", "remembered")]
    assert again == ["Valid: 1 agent for a, b. 1 flow test passed. 2 warnings in 1 file.\n"] * 2
    each = "flow_tests:\n  - { name: hi, expect: { says: Nour here } }\n"
    write(project, each)
    assert project.run("validate", "--env", "a").code == 0
    assert project.run("validate", "--env", "b").code == 1
    assert project.run("plan", "--env", "b").code == 0, "only validate plays them"


@pytest.mark.cli
def test_a_walk_on_the_command_line(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write(project, FAILING)
    done = project.run("walk", "desk", "-e", "a", "--set", "caller=Sara", "--take", "to book")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        """\
greet  start
  says Hello, Sara. Nour here
  → when “the caller wants to book”: find

find  tool
  extracts count
  1 on success: route
  2 on failure: nowhere

Variables
  · caller = Sara
  · branch = Olaya
"""
    )
    arabic = project.run("walk", "desk", "-e", "a", "--language", "ar", "--take", "wants to cancel")
    assert "تنتهي المكالمة" in arabic.out
    found = project.run("walk", "desk", "-e", "b", "--format", "json", "--take", "9").json["walk"]
    assert (found["end"], found["node"], found["ring"]) == ("loop", "round", ["round", "again"])
    for words, code, said in (
        (("desk", "-e", "a", "--take", "to bok"), 64, "did you mean `the caller wants to book`?"),
        (("desk", "-e", "a", "--take", "{ dtfm: 0 }"), 64, "`dtfm` is not a known key"),
        (("desk", "-e", "a", "--take", "key 9"), 1, "runs in a ring"),
        (("desk", "-e", "a", "--test", "no exit"), 64, "names no exit of `greet`"),
        (("desk", "-e", "a", "--test", "goood"), 64, "did you mean `good`?"),
        (("dsk", "-e", "a"), 64, "did you mean `desk`?"),
        (("desk",), 64, "which environment?"),
        ((), 64, "required: KEY"),
    ):
        refused = project.run("walk", *words)
        assert (refused.code, said in refused.err) == (code, True), refused.err
    good = project.run("walk", "desk", "-e", "a", "--test", "good", "--set", "caller=Sara")
    assert (good.code, good.out.count("unknown = x"), "Good bye, Sara." in good.out) == (0, 1, True)
    typed = "x\n?\n1\nb\n1\ncount=1\n7\n1\nq\n"
    talk = project.run("walk", "desk", "-e", "a", answer=typed)
    assert talk.code == 0
    assert [line for line in talk.out.splitlines() if line[:1].strip()] == [
        *("greet  start", "Variables", "find  tool", "greet  start", "find  tool"),
        *("route  router", "found  conversation", "Variables"),
    ]
    assert "there is no choice 7" in talk.err
    assert "names no exit of `greet`" in talk.err
    piped = project.run(
        "walk", "desk", "-e", "a", answer=io.StringIO("to book\n\ncount=1\non_success\n")
    )
    assert (piped.code, piped.err) == (0, "")
    assert "found  conversation\n  prompt Confirm the file of {{caller}}\n" in piped.out
    workflow = json.dumps(small())
    write(project, "", f"spec: {{ name: Desk, type: Flow Agent, workflow: {workflow} }}\n")
    verbatim = project.run("walk", "desk", "-e", "a", "--take", "book", "--set", "count=1")
    assert (verbatim.code, "yes  end_call" in verbatim.out) == (0, True), verbatim.err
    write(project, "", "spec: { name: Desk }\n")
    assert "desk declares no flow in agents/desk.yaml" in project.run("walk", "desk", "-e", "a").err
    write(project, FAILING, AGENT.replace("to: find", "to: fnd"))
    wrong = project.run("walk", "desk", "-e", "a")
    assert (wrong.code, "did you mean `find`?" in wrong.err) == (1, True)
    assert "flow test" not in project.run("validate").err, "the flow is not known"


HOSTILE = "\\e[31m\\u202e::error::"


@pytest.mark.cli
def test_nothing_in_a_walk_acts_on_a_terminal(tmp_path: Path) -> None:
    project = Project(tmp_path)
    agent = AGENT.replace("message: Confirm the file of {{caller}}", f'message: "{HOSTILE}"')
    agent = agent.replace("natural_language: it is", f'natural_language: "{HOSTILE}it is')
    agent = agent.replace("the right file,", 'the right file",').replace("Olaya", f'"{HOSTILE}"')
    write(project, f'flow_tests:\n  - name: "{HOSTILE}"\n    take: ["{HOSTILE}"]\n', agent)
    steps_ = ("--take", "to book", "--take", "{ on_success: , set: { count: 1 } }")
    shown = project.run("walk", "desk", "-e", "a", *steps_)
    assert (shown.code, shown.err) == (0, "")
    failed = project.run("validate")
    assert failed.code == 1
    for text in (shown.out, failed.err):
        assert "error::" in text
        assert not {"\x1b", "\u202e"} & {*text}

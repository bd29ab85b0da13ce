"""`flow_tests` in an agent's file: what people write, and the mistakes and failures in it."""

import textwrap
from pathlib import Path

import pytest

from reconciler.config import agentfile, flow_tests, steps
from reconciler.config.flow_tests import Declared
from reconciler.config.references import Scope
from reconciler.errors import Problem, ReconcilerError
from reconciler.kinds.flow.steps import Step
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
    assert one.found == "caller = Sara, branch = Olaya"
    assert one.allowed.startswith('"the caller wants to book" → init; ')
    (key,) = found("- name: a\n  take: [{ dtmf: '8' }]")
    assert "names no exit" in key.message


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("wants to book", Step(words="wants to book")),
        (" on_success\n", Step(words="on_success")),
        ("key 0", Step(when="dtmf", detail="0")),
        ("#", Step(when="dtmf", detail="#")),
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

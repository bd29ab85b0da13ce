"""The reader of expressions returns what GitHub would, and raises on what it does not know."""

import pytest

from tests.ci.events import Event, reasons_not_to_start
from tests.ci.expressions import Scope, UnknownError

CONTEXTS = {
    "inputs": {"text": "Yes", "empty": "", "on": True, "off": False},
    "github": {"event": {"pull_request": {"number": 7}}, "ref_name": "main"},
    "needs": {"a": {"result": "success"}, "b": {"result": "failure"}},
    "secrets": {},
}


def scope(*, failed: bool = False) -> Scope:
    functions = {
        "always": lambda: True,
        "success": lambda: not failed,
        "failure": lambda: failed,
    }
    return Scope(CONTEXTS, functions)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("inputs.text == 'yes'", True),
        ("inputs.text != 'yes'", False),
        ("inputs.empty == null", True),
        ("inputs.on && 'x' || 'y'", "x"),
        ("inputs.off && 'x' || 'y'", "y"),
        ("!inputs.off && inputs.text || ''", "Yes"),
        ("secrets.NONE || 'spare'", "spare"),
        ("github.event.pull_request.number", 7),
        ("github.event.issue.number", None),
        ("inputs.off || (inputs.on && 'it''s')", "it's"),
        ("needs.a.result == needs.b.result || !failure()", True),
        ("true == 'true'", False),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(source: str, value: object) -> None:
    assert scope().evaluate(source) == value


@pytest.mark.parametrize(
    "source",
    [
        "inputs.other",
        "github.actor",
        "env.X",
        "toJSON(github)",
        "inputs.text > 1",
        "1 +",
        "'a' 'b'",
    ],
)
def test_unknown_expressions_raise(source: str) -> None:
    with pytest.raises(UnknownError):
        scope().evaluate(source)


@pytest.mark.parametrize(
    ("written", "healthy_and_broken"),
    [
        (None, [True, False]),
        ("inputs.on", [True, False]),
        ("${{ inputs.on }}", [True, False]),
        ("always() && inputs.on", [True, True]),
        ("failure()", [False, True]),
        ("inputs.off", [False, False]),
    ],
)
def test_a_condition_without_a_status_function_means_success_too(
    written: str | None, healthy_and_broken: list[bool]
) -> None:
    scopes = (scope(), scope(failed=True))
    assert [one.condition(written) for one in scopes] == healthy_and_broken


@pytest.mark.parametrize(
    ("event", "reasons"),
    [
        (Event(name="push", sha="", files=["agents/a.yaml"]), []),
        (Event(name="push", sha="", files=["a/reconciler.state.json", "b.md"]), []),
        (Event(name="push", sha="", files=["a/reconciler.state.json"]), ["every file is ignored"]),
        (Event(name="push", sha="", files=["reconciler.state.json"]), ["every file is ignored"]),
        (Event(name="push", sha="", files=["x"], branch="other"), ["not of other"]),
        (
            Event(name="push", sha="", files=["x"], message="State [skip ci]"),
            ["the commit says to skip"],
        ),
        (Event(name="schedule", sha=""), ["not on schedule"]),
    ],
)
def test_an_event_starts_a_workflow_or_the_reason_is_given(
    event: Event, reasons: list[str]
) -> None:
    ignored = {"branches": ["main"], "paths-ignore": ["**/reconciler.state.json"]}
    assert reasons_not_to_start({"on": {"push": ignored}}, event) == reasons

"""Annotations: what GitHub's runner reads from the log, parsed as the runner parses it."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Problem, ReconcilerError
from reconciler.render import error_report
from reconciler.render.annotations import MOST, annotations
from reconciler.render.sanitize import one_line

VALID = error_report.valid("Valid: 1 agent.", ())
WRONG = Problem(file="agents/desk.yaml", line=7, field="spec.lang", message="`lang` is odd")
ODD = Problem(file="agents/desk.yaml", message="unused", warning=True, rule="unused-param")


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understands it."""

    name: str
    about: dict[str, str]
    text: str


def commands(printed: str) -> list[Command]:
    """Every line of a log that the runner takes for a command of either kind.

    Source: github.com/actions/runner, ``src/Runner.Common/ActionCommand.cs``: a line that begins
    with ``::``, behind white space, or that holds ``##[`` anywhere.
    """
    found = []
    for line in re.split("\r\n|\r|\n", printed):
        assert "##[" not in line
        if line.lstrip().startswith("::"):
            head, _, text = line.lstrip()[2:].partition("::")
            name, _, about = head.partition(" ")
            pairs = dict(one.split("=", 1) for one in about.split(",") if one)
            plain = {key: unquote(value, errors="strict") for key, value in pairs.items()}
            found.append(Command(name, plain, unquote(text)))
    return found


def told(*problems: Problem, folder: str = "") -> list[Command]:
    return commands(annotations(VALID, problems, folder))


def test_a_mistake_is_at_its_line_with_all_that_is_known() -> None:
    full = Problem(
        file="agents/desk.yaml",
        line=7,
        field="spec.lang",
        message="`lang` must be one of them",
        found="fr",
        allowed="ar, en",
        hint="did you mean `ar`?",
    )
    assert annotations(VALID, [full]) == (
        "::error file=agents/desk.yaml,line=7,title=config::spec.lang: `lang` must be one of them. "
        "Found: fr. Allowed: ar, en. Hint: did you mean `ar`?\n"
    )


def test_a_finding_is_a_warning_with_its_rule_and_no_line_if_none_is_known() -> None:
    assert annotations(VALID, [ODD]) == (
        "::warning file=agents/desk.yaml,title=unused-param::unused\n"
    )


def test_paths_are_those_of_the_repository() -> None:
    (found,) = told(WRONG, folder="voice, agents: 100%/")
    assert found.about["file"] == "voice, agents: 100%/agents/desk.yaml"


def test_no_findings_are_an_empty_file() -> None:
    assert annotations(VALID, []) == ""


@pytest.mark.parametrize(
    ("errors", "warnings", "more"),
    [
        (10, 10, None),
        (11, 0, "1 error more"),
        (0, 12, "2 warnings more"),
        (13, 11, "3 errors and 1 warning more"),
    ],
)
def test_what_github_would_drop_is_counted(errors: int, warnings: int, more: str | None) -> None:
    found = told(*[ODD] * warnings, *[WRONG] * errors)
    names = [one.name for one in found]
    shown = ["error"] * min(errors, MOST) + ["warning"] * min(warnings, MOST)
    assert names == [*shown, *(["notice"] if more else [])]
    assert more is None or found[-1].text.startswith(more)


def test_a_run_that_stopped_elsewhere_says_why() -> None:
    error = ReconcilerError("GET /x answered 401", hint="set the key")
    sheet = error_report.sheet("plan", "production", error, ())
    (found,) = commands(annotations(sheet, []))
    assert (found.name, found.about) == ("error", {"title": "reconciler plan"})
    assert found.text == "GET /x answered 401 (set the key)"
    assert [one.name for one in commands(annotations(sheet, [ODD]))] == ["error", "warning"]
    assert [one.text for one in commands(annotations(sheet, [WRONG]))] == [
        "spec.lang: `lang` is odd"
    ]


HOSTILE = [
    "x\n::set-output name=a::b",
    "x\r::error::forged",
    "a,line=1,title=forged::owned",
    "%0A::error::forged",
    "::stop-commands::token",
    "##[error]forged",
    "\x1b[2J\u202e\u2028::error::forged",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_foreign_text_begins_no_command_and_ends_no_property(text: str) -> None:
    names = ("file", "field", "message", "found", "allowed", "hint", "rule")
    problem = Problem(line=3, **dict.fromkeys(names, text))
    (found,) = told(problem, folder=f"{text}/")
    assert (found.name, sorted(found.about)) == ("error", ["file", "line", "title"])
    assert found.about["line"] == "3"
    assert found.about["file"] == f"{one_line(text)}/{one_line(text)}"
    assert one_line(text) in found.text
    assert "\n" not in found.text
    annotations(VALID, [problem]).encode("utf-8")


@given(st.lists(st.text(), min_size=4, max_size=4), st.booleans())
def test_whatever_is_found_is_one_command(texts: list[str], warning: bool) -> None:  # noqa: FBT001
    file, field, message, rule = texts
    problem = Problem(file=file, line=2, field=field, message=message, rule=rule, warning=warning)
    printed = annotations(VALID, [problem])
    (found,) = commands(printed)
    assert found.name == ("warning" if warning else "error")
    assert printed.count("\n") == 1
    assert len(printed) < 20_000 + 9 * len(file + rule)


def test_a_giant_message_is_cut() -> None:
    (found,) = told(Problem(file="a.yaml", message="x" * 100_000))
    assert (len(found.text) < 3000, "more characters" in found.text) == (True, True)

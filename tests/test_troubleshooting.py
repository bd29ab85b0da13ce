"""The page of messages: each is one of the code's, and no stop of the code is without an entry."""

import re
import textwrap
from functools import cache
from pathlib import Path

import pytest

from tests.messages import GAP, normal, said, stops

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
_, _, LISTED = PAGE.partition("\n## In one line\n")

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ENTRY = re.compile(r"^### (.+)\n\n- Why: .+\n- Do: .+\n", re.MULTILINE)
LEAST = 12
"""Letters of an entry that is a part of a message; a shorter one must be the whole."""


def code(text: str) -> list[str]:
    """The texts in code of a line, as they are printed."""
    return [normal(found[2].strip()) for found in _CODE.finditer(text)]


TITLES = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
LINES = [line.partition("`: ")[0] + "`" for line in LISTED.splitlines() if line.startswith("- `")]
ENTRIES = [text for line in (*TITLES, *LINES) for text in code(line)]
STOPS = cache(lambda: stops(ROOT / "reconciler"))


def covers(entry: str, text: str) -> bool:
    """Whether a user with this message finds the entry by it."""
    return entry == text or (len(entry.replace(GAP, "")) >= LEAST and entry in text)


SOURCES = {
    "a text": ("raise ApiError('the list is empty')", ["the list is empty"]),
    "a text with gaps": (
        "raise ReconcilerError(f'{name} is not live: {why}{more}')",
        ["is not live:"],
    ),
    "a name": ("message = 'too many'\nraise PolicyError(message, hint=hint)", ["too many"]),
    "a name of several texts": (
        "text = f'{what} answered'\nerror = ApiError(text + (' twice' if two else ' once'))",
        ["answered once", "answered twice"],
    ),
    "a refusal": ("yield Refusal(rule=RULE, message=f'{count} agents', hint='')", ["agents"]),
    "an outcome": ("return ended(Status.FAILED, action, 'it moved')", ["it moved"]),
    "a stale one": ("return outcomes.stale(action, 'it moved')", ["it moved"]),
    "an outcome that is no failure": ("return ended(Status.DONE, action, 'remembered')", []),
    "what became unknown": (
        "return replace(outcome, status=Status.UNKNOWN, message=f'applied, but {error}')",
        ["applied, but"],
    ),
    "a reason": ("reason = 'it is a flow'\nreturn Blocked(reason=reason)", ["it is a flow"]),
    "a reason of another function": (
        "reason = objection(live) or ''\ndef objection(live):\n    return f'`{live}` is odd'",
        ["`…` is odd"],
    ),
    "what is handed on": ("raise ApiError(error.message)", []),
    "the command line": ("raise UsageError('no such agent')", []),
    "mistakes of files": ("raise ConfigError(problems)", []),
}


@pytest.mark.parametrize("what", SOURCES)
def test_the_stops_are_found_in_the_code(tmp_path: Path, what: str) -> None:
    source, expected = SOURCES[what]
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine/one.py").write_text(f"def f():\n{textwrap.indent(source, '    ')}\n")
    assert sorted({message.text for message in stops(tmp_path)}) == expected


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("the list of agents", "the list of agents stays incomplete", True),
        ("answered", "answered", True),
        ("answered", "answered with another agent", False),
        ("is not live", "the agent is not live any more", False),
    ],
)
def test_an_entry_is_a_telling_part_of_a_message_or_all_of_it(
    entry: str, text: str, found: object
) -> None:
    assert covers(entry, text) is found


def test_the_page_has_entries_for_what_people_meet() -> None:
    assert len(TITLES) >= 40


def test_every_entry_is_a_message_of_the_code() -> None:
    texts = said(ROOT / "reconciler") | {message.text for message in STOPS()}
    unknown = [entry for entry in ENTRIES if not any(covers(entry, text) for text in texts)]
    assert unknown == [], "no run prints these any more"


def test_every_stop_has_an_entry() -> None:
    """To add one: a heading with the message, `…` for values, `Why` and `Do`.

    If the hint says the rest, a line under "In one line" is enough.
    """
    missing = [
        f"{message.where}: {message.text}"
        for message in STOPS()
        if not any(covers(entry, message.text) for entry in ENTRIES)
    ]
    assert missing == [], "these need an entry in docs/troubleshooting.md"


def test_every_entry_says_why_and_what_to_do_and_occurs_once() -> None:
    assert _ENTRY.findall(PAGE) == TITLES
    assert sorted({*ENTRIES}) == sorted(ENTRIES)

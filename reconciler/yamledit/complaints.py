"""A parser's error in words, at the place of the mistake rather than of its symptom.

A parser fails lines below a quote or bracket that was never closed, or next to the marker of an
unfinished merge. This module knows ruamel's errors and events. Text is never quoted, since it may
contain a secret.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from ruamel.yaml.constructor import ConstructorError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent

from reconciler.late import dataclass, pattern
from reconciler.text.merge import SETTLE
from reconciler.yamledit import disputed

BREAKS = pattern("\r\n|[\r\n\x85\u2028\u2029]")
"""Line ends for the parser; an editor ends a line only at the first three of them."""

ODD_BREAKS = "\r\x85\u2028\u2029"
"""Line ends for only one of the two, or possibly so."""

_KEY = pattern(r"""("[^"\n]*"|'[^'\n]*'|[^\s"'{}\[\],:][^"'{}\[\],:\n]*):""")
_UNCLOSED = "this file is not YAML: a quote or bracket is opened here and never closed"
_EXPECTED = pattern("did not find expected|expected ',' or")
_HALF = pattern("^=======$", re.MULTILINE)
_WITHIN = {
    "'": "write `''` for an apostrophe in it, or put the text in double quotes",
    '"': 'write `\\"` for a quote in it, or put the text in single quotes',
}

Events = Callable[[MarkedYAMLError], Iterable[Event]]
"""The events of a text up to a mistake, from the parser that found it."""


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a text, on which line as the parser counts them, and how to fix it."""

    message: str
    line: int
    hint: str = ""


def unmerged(line: int) -> Complaint:
    """The complaint about the marker of an unfinished merge."""
    return Complaint("holds the markers of an unfinished merge", line, SETTLE)


def complaint(text: str, error: MarkedYAMLError, events: Events) -> Complaint:
    """What is wrong with a text that a parser rejected."""
    half = _HALF.search(text)
    line = line_at(text, half.start()) if half else 0
    if half and line <= _marked(error) + 1:
        return unmerged(line)
    if not is_question(text, error):
        stricter = error.__cause__  # the other parser reads further, and shows the open bracket
        for one in (stricter, error):
            broken = isinstance(one, MarkedYAMLError) and _broken(text, one, events)
            if broken:
                return broken
    return Complaint(*_worded(text, error))


def twice(text: str, error: MarkedYAMLError) -> Complaint:
    """The complaint about a duplicate key; only a certain key is quoted."""
    column = error.problem_mark.column if error.problem_mark else 0
    found = _KEY.match(_mark_line(text, error), column)
    name = found.group(1).strip("\"' ") if found else ""
    return Complaint(
        f"the key `{name}` is repeated" if name else "a key is repeated", _marked(error)
    )


def _marked(error: MarkedYAMLError) -> int:
    """The line that an error names, from 1; 0 if it names none."""
    mark = error.problem_mark or error.context_mark
    return int(mark.line) + 1 if mark else 0


def line_at(text: str, at: int) -> int:
    """The line of a character, from 1, as the parser counts them."""
    return len(BREAKS.findall(text, 0, at)) + 1


def _mark_line(text: str, error: MarkedYAMLError) -> str:
    """The source line of a mistake: to inspect, never to quote, since it may contain a secret."""
    lines = BREAKS.split(text)
    mark = error.problem_mark
    return lines[mark.line] if mark and mark.line < len(lines) else ""


def _broken(text: str, error: MarkedYAMLError, events: Events) -> Complaint | None:
    """An unclosed quote or bracket; None if the mistake is another one."""
    ended = "end of stream" in str(error.problem)  # within a quote
    mark = error.context_mark if ended else error.problem_mark
    if mark is None or not (ended or _EXPECTED.match(str(error.problem))):
        return None
    quoted, opened = _so_far(events(error))
    if quoted and _goes_on(text, quoted, mark):
        if quoted.start_mark.line < quoted.end_mark.line:
            return Complaint(_UNCLOSED, quoted.start_mark.line + 1)
        message = "this file is not YAML: a text goes on after the quote that closes it"
        return Complaint(message, quoted.end_mark.line + 1, _WITHIN[quoted.style])
    if ended:
        return Complaint(_UNCLOSED, mark.line + 1)
    if opened and _ends(text, opened[-1].start_mark, mark):
        line = opened[-1].start_mark.line
        return Complaint(_UNCLOSED, line + 1, _cut_off(text.split("\n")[line]))
    if not opened and text[mark.index : mark.index + 1] in ("]", "}"):
        message = (
            f"this file is not YAML: a `{text[mark.index]}` closes a bracket that was never opened"
        )
        return Complaint(message, mark.line + 1, "take it out, or put the text in quotes")
    return None


def _so_far(events: Iterable[Event]) -> tuple[ScalarEvent | None, list[CollectionStartEvent]]:
    """The last quoted text before a mistake, and the brackets that are open there."""
    quoted: ScalarEvent | None = None
    opened: list[CollectionStartEvent] = []
    for event in events:
        if isinstance(event, CollectionStartEvent):
            opened.append(event)
        elif isinstance(event, CollectionEndEvent):
            opened.pop()
        elif isinstance(event, ScalarEvent) and event.style in _WITHIN:
            quoted = event
    return quoted, [one for one in opened if one.flow_style]


def _goes_on(text: str, quoted: ScalarEvent, mark: Any) -> bool:
    """Whether a mistake directly follows the closing quote of a text on its line."""
    start, end = quoted.start_mark, quoted.end_mark
    if end.line != mark.line or end.index > mark.index:
        return False
    between = text[end.index : mark.index]
    return not between.strip() and (not between or start.line < end.line)


def _ends(text: str, opened: Any, mark: Any) -> bool:
    """Whether a bracket's contents end before a mistake: at the text's end, or less indented."""
    if mark.index >= len(text.rstrip()) or text[mark.index] in "]}":
        return True
    lines = BREAKS.split(text)
    outer, here = lines[opened.line], lines[mark.line]
    return mark.line > opened.line and _indent(here) <= _indent(outer)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _worded(text: str, error: MarkedYAMLError) -> tuple[str, int, str]:
    """A parser's error in words, its line, and a hint; tags and values are never quoted."""
    problem = str(error.problem or "it cannot be parsed").removeprefix("but ")
    message, hint = _words(text, error, problem)
    return message, _marked(error), hint


def _words(text: str, error: MarkedYAMLError, problem: str) -> tuple[str, str]:
    character = _mark_character(text, error)
    if _mark_line(text, error).lstrip(" ").startswith("\t"):
        return "this file is not YAML: a tab, where only spaces may indent", "write spaces"
    if "cannot start any token" in problem and character == "\t":
        return "this file is not YAML: a tab, where only spaces are allowed", "write spaces"
    if "alphabetic or numeric" in problem:
        return "this file is not YAML: a name that no anchor (`&name`) can have", disputed.ANCHORS
    if problem.startswith("did not find expected node content") and character in (*":,&*!|>%@",):
        return (
            f"this file is not YAML: a text in brackets that begins with `{character}`",
            "put the text in quotes",
        )
    if isinstance(error, ConstructorError) and not problem.startswith(("expected", "found")):
        hint = "put a text that begins with `!` in quotes"
        return (
            "this file is not YAML: a tag (`!name`) that is not known here, or does not fit",
            hint,
        )
    if problem == "found unexpected ':'":
        return (
            "this file is not YAML: a `:` in a text inside braces or brackets",
            "put the text in quotes",
        )
    if is_question(text, error):
        column = error.problem_mark.column + 1 if error.problem_mark else 0
        hint = 'put texts inside [ ] in quotes: ["Are you there?"]'
        return f"this file is not YAML: {problem} at column {column}", hint
    if problem == "second occurrence":
        return "this file is not YAML: an anchor (`&name`) is repeated", ""
    if problem.startswith("did not find expected ',' or"):
        return (
            f"this file is not YAML: {problem}",
            "is a comma missing before this, or a bracket not closed?",
        )
    return f"this file is not YAML: {problem}", ""


def _cut_off(line: str) -> str:
    """The hint that a comment hides the end of a line, if one may."""
    return "put `#` in quotes: behind a blank it begins a comment" if " #" in line else ""


def _mark_character(text: str, error: MarkedYAMLError) -> str:
    """The character at which a parser failed; empty at the end of a line."""
    column = error.problem_mark.column if error.problem_mark else 0
    return _mark_line(text, error)[column : column + 1]


def is_question(text: str, error: MarkedYAMLError) -> bool:
    """Whether the parser failed at a question mark in braces or brackets."""
    stumbled = str(error.problem).startswith("did not find expected ',' or")
    return stumbled and _mark_character(text, error) == "?"

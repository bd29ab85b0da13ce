"""How texts of a sheet are taken apart for the page. Pure; escapes nothing, Jinja does.

A placeholder or the name of an unseen character gets an element of its own, so that it keeps its
place in a line of Arabic.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.errors import Problem
from reconciler.render.sanitize import one_line

SIGN_NAMES = {
    "+": "added",
    "~": "changed",
    "!": "stopped",
    "=": "same",
    "✓": "done",
    "≠": "diverged",
    "?": "unknown",
    "✗": "failed",
    "·": "ignored",
    "-": "stopped",
}
"""The class of what has a sign."""

SIGN_WORDS = {
    "+": "set",
    "~": "changed",
    "?": "cannot be read back",
    "!": "conflict",
    "·": "ignored",
    "-": "taken out",
}
"""What the sign of a row says, for those who hear it."""

_PIECES = r"(?P<placeholder>\{\{[^{}]*\}\})|(?P<named>⟨[^⟨⟩]{1,60}⟩|[\u2400-\u2426])"
_CONTENT = re.compile(_PIECES)
_SAID = re.compile(r"`(?P<code>[^`]+)`|" + _PIECES)


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A finding as the page shows it."""

    place: str
    field: str
    level: str
    rule: str
    message: str
    more: tuple[tuple[str, str], ...]


def noted(problem: Problem) -> Noted:
    """A finding, every text of it on one line in which nothing acts."""
    said = {"found": problem.found, "allowed": problem.allowed, "hint": problem.hint}
    return Noted(
        place=one_line(problem.file) + (f":{problem.line}" if problem.line else ""),
        field=one_line(problem.field),
        level="warning" if problem.warning else "error",
        rule=one_line(problem.rule),
        message=one_line(problem.message),
        more=tuple((name, one_line(text)) for name, text in said.items() if text),
    )


def pieces(text: str, said: bool = False) -> Iterator[tuple[str, str]]:  # noqa: FBT001, FBT002
    """A text in order, as ``(kind, piece)``: ``placeholder``, ``named``, ``code`` or no kind.

    Only what this tool has ``said`` has code in backticks; in content they are content.

    >>> list(pieces("Hi {{caller}}!"))
    [('', 'Hi '), ('placeholder', '{{caller}}'), ('', '!')]
    """
    end = 0
    for found in (_SAID if said else _CONTENT).finditer(text):
        if found.start() > end:
            yield "", text[end : found.start()]
        kind = found.lastgroup or ""
        yield kind, found[kind]
        end = found.end()
    if end < len(text):
        yield "", text[end:]

"""Make foreign text harmless to look at: active characters are shown by name instead. Pure.

Live prompts are written by others. In a terminal or a CI log an escape sequence, a carriage return
or a bidi override could hide or forge what a plan says.
"""

import re

from reconciler.engine.names import shown
from reconciler.late import pattern
from reconciler.text.characters import abbreviation

_ACTS = pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

# CI runners look for these anywhere in a line: GitHub's runner `##[`, Azure Pipelines `##vso[`.
_ISO = pattern(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z")

_COMMANDS = pattern(r"##(?=\[|vso\[)")


def visible(text: str) -> str:
    r"""Replace active characters: controls by their pictures, others by names such as ``⟨RLO⟩``.

    Newlines and tabs stay; after a newline, a printer must start the line with text of its own.

    >>> visible("a\x1b[2Jb\u202ec")
    'a␛[2Jb⟨RLO⟩c'
    """
    return _COMMANDS.sub("#·#", _ACTS.sub(_name, text))


def _name(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨{abbreviation(found.group())}⟩"


def one_line(text: str) -> str:
    """A text on one line, with newlines and tabs as pictures too."""
    if text.isprintable() and "##" not in text:  # active characters are not printable
        return text
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def label(text: str, most: int = 200) -> str:
    """A name or remark on one line; a huge one is cut, with a note."""
    if len(text) <= most:
        return one_line(text)
    return f"{one_line(text[:most])}⟨… {len(text) - most:,} more characters⟩"


def agent_name(text: str) -> str:
    """An agent's name on one line, with invisible characters shown."""
    return label(shown(text))


def called(name: str, key: str) -> str:
    """A name as a label for a key; empty if it is the same text as the key."""
    return "" if name == key else agent_name(name)


def when(moment: str) -> str:
    """A time for people: ``2026-01-02 03:04`` in UTC."""
    found = _ISO.fullmatch(moment)
    return f"{found[1]} {found[2]}" if found else one_line(moment)

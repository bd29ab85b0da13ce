"""Making foreign text harmless to look at: what would act is shown by name instead. Pure.

Live prompts are written by others. In a terminal or a CI log an escape sequence, a carriage
return or a bidi override could hide or forge what a plan says.
"""

import re

from reconciler.engine.names import shown
from reconciler.text.characters import abbreviation

_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

# CI runners look for these anywhere in a line: GitHub's runner `##[`, Azure Pipelines `##vso[`.
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z")

_COMMANDS = re.compile(r"##(?=\[|vso\[)")


def visible(text: str) -> str:
    r"""A text in which nothing acts: controls as their pictures, the rest as ``⟨RLO⟩``.

    Line feeds and tabs stay; who prints a line feed must begin the next line with something of
    its own.

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
    """A text for a line of its own: line ends and tabs as pictures too."""
    if text.isprintable() and "##" not in text:  # nothing that acts is printable
        return text
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def label(text: str, most: int = 200) -> str:
    """A name or remark for a line of its own; a giant one is cut, and says so."""
    if len(text) <= most:
        return one_line(text)
    return f"{one_line(text[:most])}⟨… {len(text) - most:,} more characters⟩"


def agent_name(text: str) -> str:
    """An agent's name for a line of its own, in which unseen characters are seen."""
    return label(shown(text))


def called(name: str, key: str) -> str:
    """The name of what has a key, as a label; empty where it is the same text as the key."""
    return "" if name == key else agent_name(name)


def when(moment: str) -> str:
    """A moment for people: ``2026-01-02 03:04`` in UTC."""
    found = _ISO.fullmatch(moment)
    return f"{found[1]} {found[2]}" if found else one_line(moment)

"""Impact of a change on callers: the groups of plans and approvals. Pure."""

import re
from functools import lru_cache

from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.model import Change
from reconciler.schema.table import Impact
from reconciler.text import characters
from reconciler.text.layout import is_fence, without_layout
from reconciler.text.windows import GIANT

_MARKED = pattern(r"(\s*)(#{1,6}|[-*+>|]|\w{1,3}[.)])(?=\s)")


def is_cosmetic(change: Change) -> bool:
    """Whether prose differs only in white space or in characters that look or sound the same.

    White space that has a meaning in Markdown, such as the level of an item, is not cosmetic. Lists
    and maps need the same shape, and each text in them that differs must be cosmetic. Secrets and
    values that cannot be read never are.
    """
    if not change.prose or change.sensitive or not change.readable:
        return False
    return change.before != change.after and _alike(change.before, change.after)


def _alike(before: Json, after: Json) -> bool:
    """Whether two values are equal except for cosmetic differences of their texts."""
    match before, after:
        case str(), str() if max(len(before), len(after)) > GIANT:
            return before == after  # too long to have been read in full
        case str(), str():
            return before == after or _sound_alike(before, after)
        case dict(), dict():
            same = before.keys() == after.keys()
            return same and all(_alike(value, after[name]) for name, value in before.items())
        case list(), list():
            same = len(before) == len(after)
            return same and all(_alike(old, new) for old, new in zip(before, after, strict=False))
        case _:
            return type(before) is type(after) and bool(before == after)


@lru_cache(maxsize=4096)
def _sound_alike(before: str, after: str) -> bool:
    """Cached: rows, counts and sentences all ask this for each change of a plan."""
    old, new = _laid_out(before), _laid_out(after)
    same = old == new or characters.cosmetic(old, new)
    return same and _outline(old) == _outline(new)


def _laid_out(text: str) -> str:
    """The text with rules and tables outside of code blocks reduced to their least width."""
    if "|" not in text and not re.search(r"([^\w\s])\1\1", text):
        return text
    found, fenced = [], False
    for line in text.split("\n"):
        fenced = fenced != is_fence(line)
        found.append(line if fenced else without_layout(line))
    return "\n".join(found)


def _outline(text: str) -> list[str]:
    """What Markdown makes of white space: levels of items and headings, and code verbatim.

    Blank lines do not count, not even in code.
    """
    found, fenced = [], False
    for line in text.split("\n"):
        marked = _MARKED.match(line)
        fenced = fenced != is_fence(line)
        if fenced:
            found += [line.rstrip()] if line.strip() else []
        elif marked:
            heading = marked[2].startswith("#")
            said = characters.fold(line if heading else marked[2])
            found.append(f"{len(marked[1].expandtabs())} {said}")
    return found


_COSMETIC = "cosmetic"
GROUPS = (*(impact.value for impact in Impact), _COSMETIC)
"""Strongest first.

A *cosmetic* change keeps every word and changes only white space or characters that look or sound
the same.
"""


def group(change: Change) -> str:
    """The impact of a change on callers: one of ``GROUPS``."""
    return _COSMETIC if is_cosmetic(change) else change.impact.value

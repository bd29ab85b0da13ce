"""What a caller notices of a change, as plans group it and approvals name it. Pure."""

import re
from functools import lru_cache

from reconciler.jsonvalues import Json
from reconciler.model import Change
from reconciler.schema.table import Impact
from reconciler.text import characters
from reconciler.text.layout import is_fence, without_layout
from reconciler.text.windows import GIANT

_MARKED = re.compile(r"(\s*)(#{1,6}|[-*+>|]|\w{1,3}[.)])(?=\s)")


def is_cosmetic(change: Change) -> bool:
    """Whether prose differs, and only in characters that look or sound the same, or white space.

    White space that Markdown gives a meaning, such as the level of an item, is none of that.
    Lists and maps need the same shape, and each text in them that differs must be cosmetic.
    Never so of a secret, and of a value that cannot be read.
    """
    if not change.prose or change.sensitive or not change.readable:
        return False
    return change.before != change.after and _alike(change.before, change.after)


def _alike(before: Json, after: Json) -> bool:
    """Whether two values are equal but for cosmetic differences of their texts."""
    match before, after:
        case str(), str() if max(len(before), len(after)) > GIANT:
            return before == after  # nobody has read all of it
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
    """Kept for a while: rows, counts and sentences all ask it of each change of a plan."""
    old, new = _laid_out(before), _laid_out(after)
    same = old == new or characters.cosmetic(old, new)
    return same and _outline(old) == _outline(new)


def _laid_out(text: str) -> str:
    """A text outside of whose code no rule and no table is wider than it must be."""
    if "|" not in text and not re.search(r"([^\w\s])\1\1", text):
        return text
    found, fenced = [], False
    for line in text.split("\n"):
        fenced = fenced != is_fence(line)
        found.append(line if fenced else without_layout(line))
    return "\n".join(found)


def _outline(text: str) -> list[str]:
    """What Markdown makes of white space: levels of items and headings, and code as it stands.

    A blank line more or less means nothing, in code neither.
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
"""Most first. A *cosmetic* change keeps every word as it is and changes only characters that look
or sound the same, or white space."""


def group(change: Change) -> str:
    """What a caller notices of a change: one of ``GROUPS``."""
    return _COSMETIC if is_cosmetic(change) else change.impact.value

"""The part of two huge texts that is compared: no more than a person would read. Pure.

No file has a text of that size, but a live agent may: anyone who can edit it can paste a book.
"""

from reconciler.late import dataclass

GIANT = 300_000
"""Texts from this length on are compared in part. The longest prompts have a tenth of that."""
_STRETCH = 50_000
_LINES = 1_000
"""Characters and lines of each side that are then compared."""
_AROUND = 200
"""Characters of an overlong line that are shown on either side of a difference."""
_CUT = "…"


@dataclass(frozen=True)
class Window:
    """``above``: number of equal lines above. ``left``: lines below that were not compared."""

    before: str
    after: str
    above: int
    left: int


def window(before: str, after: str) -> Window:
    r"""The part from the first different line to the last one, or as much as can be read.

    >>> window("a\nb\nc\nd", "a\nb\nC\nd")
    Window(before='c', after='C', above=2, left=0)
    """
    same = _shared(before, after)
    line = before.rfind("\n", 0, same) + 1
    start = max(line, same - _AROUND)
    tail = _shared(before[start:][::-1], after[start:][::-1])
    cut = [_cut(text, start, len(text) - tail) for text in (before, after)]
    sign = _CUT if start > line else ""
    above = before.count("\n", 0, start)
    return Window(sign + cut[0][0], sign + cut[1][0], above, cut[0][1] + cut[1][1])


def _cut(text: str, start: int, end: int) -> tuple[str, int]:
    """A range up to the end of its last line, and how many of its lines did not fit."""
    line = text.find("\n", end)
    whole = len(text) if line < 0 else line
    end = min(whole, end + _AROUND)
    most = _after(text, start, min(end, start + _STRETCH))
    left = text.count("\n", most, end) + 1 if most < end else 0
    return text[start:most] + (_CUT if most < whole and not left else ""), left


def _after(text: str, start: int, most: int) -> int:
    """The end of the range, at most ``_LINES`` lines."""
    lines = text[start:most].split("\n", _LINES)
    return most - len(lines[_LINES]) if len(lines) > _LINES else most


def _shared(one: str, other: str) -> int:
    """The length of the common start of two texts."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low

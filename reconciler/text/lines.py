"""How a line of a prompt starts, and whether the next line continues it. Pure."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from reconciler.late import dataclass, pattern
from reconciler.text.layout import TABLE_ROW, is_fence, is_rule

_HEADING = pattern(r"[ ]{0,3}#{1,6}\s+(.*\S)")
_ITEM = pattern(r"\s*([-*+•–—]|(\d{1,3}|\w)[.)])\s+\S")
NUMBER = pattern(r"(\s*)(\d{1,3})[.)](?=\s)")
"""The number of an item, at the start of a paragraph."""
_SIMPLE = pattern(r"\s*(?P<mark>[-*+•–—]\s+)?[^\W\d_]")
"""A line that begins with a word, perhaps as an item: no rule, table, drawing, tag or code."""
_QUOTE = pattern(r"\s*(>|<<)")
_TAG = pattern(r"\s*</?[^\W\d][^<>]{0,200}>|\s*\{[%#{][^{}]{1,200}[%}]\}\s*$|\s*\[[^\]]+\]\s*$")
_TAGS_ALONE = pattern(r"\s*(</?[^\W\d][^<>]*>\s*)+|\s*\[[^\]]+\]\s*|\s*\{[%#{][^{}]+[%}]\}\s*")
_CLOSED = pattern(r"</[^<>]+>\s*$")
_NAME = r"[^\s:：.,;!?،؛؟|()\[\]{}<>]{1,24}"
_SPEAKER = pattern(
    rf"\s*(\[?{_NAME}(?: {_NAME}){{0,2}}(?: ?\([^()]{{1,24}}\))?\]?)[:：]\W{{0,3}}(?=\s|$)"
)
_SYMBOLS = {"So", "Sm", "Sk"}
_MARKS = "•·‣※†‡§¶"
_KEYCAP = pattern(r"[0-9#*]\ufe0f?\u20e3")
_BOX = pattern(r"\s*[─-╿]|\s*\+[-=+]{2,}")
_ENDED = pattern(r"[.!?؟。…:：][*_»\"”’')\]`]*\s*$")
_BARE = pattern(r"^\W+|\W+$")
_STEP = pattern(r"^\W*(?:\w+\s+)?\d{1,3}\W{0,4}[:.)]\W*(?=\w)")
_UNSPACED = pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_DIGIT = pattern("[0-9]")
_SAYS = pattern(r"[^\W_]")
_SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~،؛؟«»“”‘’…–—•·→←✅❌✓✔✗│├└─"
_EARLY = 40
"""A step's number is within the first so many characters."""
_UNWRAPPED = 120
"""No one wraps wider: a text with longer lines has one paragraph per line."""
_USUAL = 64
"""No one wraps narrower."""
_RAGGED = 0.9
"""A wrapped line, with the word after it, has at least this share of the longest line's length."""


PARAGRAPH, ROW, LINE = "paragraph", "row", "line"


@dataclass(frozen=True, slots=True)
class Line:
    """What a line is, whatever is around it.

    ``starts``: it is no continuation of the line above. ``alone``: it is a paragraph by itself.
    ``ends``: the next line does not continue it. ``fence``: it starts or ends code. ``unit`` names
    what it is a piece of, ``title`` is a heading's text. ``numbered``: it may be an item of a list
    whose numbers count up.
    """

    blank: bool = False
    starts: bool = False
    alone: bool = False
    ends: bool = False
    fence: bool = False
    unit: str = PARAGRAPH
    title: str = ""
    numbered: bool = False


@lru_cache(maxsize=8192)
def seen(line: str) -> Line:
    """What a line is. Cached: both texts of a change have most lines in common."""
    simple = _SIMPLE.match(line)
    if simple:
        return Line(
            starts=bool(simple["mark"] or _ITEM.match(line)) or _is_spoken(line), ends=_ends(line)
        )
    drawn, alone = is_drawn(line), is_alone(line)
    heading = _HEADING.match(line)
    return Line(
        blank=not line.strip(),
        starts=drawn or begins(line),
        alone=alone,
        ends=alone or _ends(line),
        fence=is_fence(line),
        unit=LINE if drawn else ROW if is_row(line) else PARAGRAPH,
        title=heading[1].rstrip("# ") if heading else "",
        numbered=bool(NUMBER.match(f"{line}\n")),
    )


def _ends(line: str) -> bool:
    """Whether a sentence or an element ends with a line."""
    return bool(_ENDED.search(line) or ("<" in line and _CLOSED.search(line)))


def begins(line: str) -> bool:
    """Whether a line starts a paragraph, whatever is above it.

    >>> [begins(one) for one in ("User: hi", "✅ Yes", "> quote", "<rules>", "of the day")]
    [True, True, True, True, False]
    """
    found = (_HEADING, _ITEM, TABLE_ROW, _QUOTE, _TAG)
    return (
        any(one.match(line) for one in found)
        or _is_spoken(line)
        or _is_marked(line)
        or is_rule(line)
    )


def _is_spoken(line: str) -> bool:
    """Whether it starts with a speaker or another label; its capital rules out wrapped words."""
    found = _SPEAKER.match(line)
    if not found:
        return False
    name = found[1].lstrip("*_[")
    return " " not in name or not name[:1].islower()


def _is_marked(line: str) -> bool:
    first = line.lstrip()[:1]
    if not first or first in "<>=~^`":
        return False
    if first in _MARKS or _KEYCAP.match(line.lstrip()):
        return True
    return not first.isascii() and unicodedata.category(first) in _SYMBOLS


def is_alone(line: str) -> bool:
    """Whether a line is a paragraph by itself: a row, a rule, a drawing or only tags."""
    if _HEADING.match(line) or is_row(line) or is_drawn(line) or is_rule(line):
        return True
    return bool(_TAGS_ALONE.fullmatch(line)) or line.strip() in ("<<", ">>")


def is_row(line: str) -> bool:
    """Whether a line is a row of a table."""
    return bool(TABLE_ROW.match(line))


def is_drawn(line: str) -> bool:
    """Whether a line is part of a drawing: a box, or a tree."""
    return bool(_BOX.match(line)) and not is_rule(line)


def width(found: Sequence[str]) -> int:
    """The width at which a text is wrapped; 0 if each line is a paragraph."""
    lengths = [len(line.rstrip()) for line in found if not seen(line).alone]
    if sum(length > _UNWRAPPED for length in lengths) * 20 > len(lengths):
        return 0
    return max((length for length in lengths if length <= _UNWRAPPED), default=0)


def wrapped(group: Sequence[str], most: int) -> list[int]:
    """How many lines each paragraph has, for lines that only wrapping can join.

    Wrapped lines are full: the next word had no room. If lines are not full, or most start with a
    capital, each is a paragraph.
    """
    if not most or len(group) == 1:
        return [1] * len(group)
    room = max(_USUAL, _RAGGED * most)
    full = [
        len(line.rstrip()) + 1 + len(following.split(None, 1)[0]) > room
        for line, following in pairwise(group)
    ]
    capitals = sum(line.lstrip()[:1].isupper() for line in group[1:])
    if not all(full) or 2 * capitals > len(full):
        return [1] * len(group)
    return [len(group)]


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """The words of a text without punctuation and without the number of a step.

    >>> words("- **Step 3:** Ask for the *name*, please."), words("**Step 3:**"), words("```")
    (('ask', 'for', 'the', 'name', 'please'), ('step', '3'), ())
    """
    rest = _STEP.sub("", text, count=1) if _DIGIT.search(text, 0, _EARLY) else text
    found = (word.strip(_SIGNS) for word in rest.casefold().split())
    spoken = (word for word in found if word and (word[0].isalnum() or _SAYS.search(word)))
    if rest.isascii() or not _UNSPACED.search(rest):
        return tuple(spoken)
    return tuple(piece for word in spoken for piece in _pieces(word))


def _pieces(word: str) -> Sequence[str]:
    """A word, or its letters in scripts without blanks."""
    return list(word) if _UNSPACED.search(word) else (word,)


def label(text: str) -> str:
    """The subject of a row or a line, empty if it names none.

    >>> label("| a | b |"), label("- **Hours:** 9 to 5"), label("Step 3: Ask."), label("Ask.")
    ('a', 'hours', '', '')
    """
    if is_row(text):
        cells = text.split("|")
        found = cells[1] if len(cells) > 2 else ""
    else:
        spoken = _SPEAKER.match(text.lstrip("-*+•– "))
        found = spoken[1] if spoken else ""
    name = _BARE.sub("", found.casefold())
    return "" if any(one.isdigit() for one in name) and not is_row(text) else name

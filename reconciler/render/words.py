"""The words of two paragraphs that differ, and the sentences around them. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from reconciler.late import pattern
from reconciler.render.sanitize import one_line
from reconciler.render.view import Span, Spans
from reconciler.text import align
from reconciler.text.characters import named

Range = tuple[int, int]
"""A range of a text; empty if only the other side has something."""

_PIECES = pattern(r"\s+|\S+")
_SENTENCE_END = pattern(r"[.!?؟…][»”’\"'`)\]*_]*\s+|\n\s*")
_QUOTED = pattern(
    r"`[^`\n]+`|“[^“”\n]+”|«[^«»\n]+»|\"[^\"\n]+\"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))+'(?!\w)"
)
"""Code and quotations: the end of a sentence in them does not end the one around them."""
_LONG = 140
"""In longer paragraphs, sentences without a change are left out."""
_WORD = 60
"""A longer word is compared by its characters too."""
_MOST = 4000
"""Characters shown of a changed part."""
_MOST_WHOLE = 20_000
"""Characters shown of an added or removed paragraph."""
_AROUND = 800
"""Characters shown of an unchanged part next to a changed one."""
_WRAPS = pattern(r"[ \t\r]*\n[ \t]*")
_ENDS = " \t\r"


def marked(before: str, after: str) -> tuple[Spans, Spans]:
    """Both paragraphs, with the words marked that the other does not have.

    Distant sentences are left out. Words are runs without white space, so that no placeholder is
    split; a combining mark stays with its letter.
    """
    old, new = _unwrapped(before), _unwrapped(after)
    left, right = _ranges(old, new)
    long = max(len(old), len(new)) > _LONG
    return _side(old, left, new, long=long), _side(new, right, old, long=long)


def whole(text: str) -> Spans:
    """A paragraph that only one side has: not marked, and cut if long."""
    return (Span(_visible(_unwrapped(text), "", _MOST_WHOLE)),)


def _unwrapped(text: str) -> str:
    return _WRAPS.sub(" ", text).rstrip(_ENDS)


def _ranges(old: str, new: str) -> tuple[list[Range], list[Range]]:
    left: list[Range] = []
    right: list[Range] = []
    old_words, new_words = _PIECES.findall(old), _PIECES.findall(new)
    old_places, new_places = _places(old_words), _places(new_words)
    for run in align.steps(old_words, new_words):
        if not run.equal:
            ours = old_places[run.old_start], old_places[run.old_end]
            theirs = new_places[run.new_start], new_places[run.new_end]
            ours, theirs = _narrowed(old, ours, new, theirs)
            left.append(ours)
            right.append(theirs)
    return _joined(old, left), _joined(new, right)


def _places(words: Sequence[str]) -> list[int]:
    return list(accumulate(map(len, words), initial=0))


def _narrowed(old: str, ours: Range, new: str, theirs: Range) -> tuple[Range, Range]:
    """For two huge words, the characters that differ, extended to the next boundary."""
    before, after = old[slice(*ours)], new[slice(*theirs)]
    if min(len(before), len(after)) <= _WORD or " " in before or " " in after:
        return ours, theirs
    head, tail = align.shared_ends(before, after)
    head -= _to_boundary(before, after, head, 1)
    tail -= _to_boundary(before[::-1], after[::-1], tail, -1)
    return (ours[0] + head, ours[1] - tail), (theirs[0] + head, theirs[1] - tail)


def _to_boundary(before: str, after: str, place: int, way: int) -> int:
    """How far back a cut must go so that on neither side it is inside a word or number.

    In an endless run of letters only so far that no mark is separated from its letter.
    """
    for parts in (_parts_a_word, _parts_a_letter):
        for back in range(min(place, _WORD) + 1):
            if not any(parts(text, place - back, way) for text in (before, after)):
                return back
    return 0


def _parts_a_word(text: str, cut: int, way: int) -> bool:
    left, right = text[cut - 1 : cut], text[cut : cut + 1]
    kind = _kind(left) if left and right else ""
    return (kind != "" and kind == _kind(right)) or _parts_a_letter(text, cut, way)


def _parts_a_letter(text: str, cut: int, way: int) -> bool:
    mark = text[cut : cut + 1] if way > 0 else text[cut - 1 : cut]
    return bool(mark) and 0 < cut < len(text) and unicodedata.combining(mark) > 0


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    return "letter" if character.isalpha() or unicodedata.combining(character) else ""


def _joined(text: str, ranges: Sequence[Range]) -> list[Range]:
    """Ranges in order, without blanks at their ends; joined if only a blank separates them."""
    joined: list[Range] = []
    for start, end in (_bare(text, one) for one in ranges):
        first, last = joined[-1] if joined else (0, 0)
        if first < last and start < end and not text[last:start].strip():
            joined[-1] = first, end
        else:
            joined.append((start, end))
    return joined


def _bare(text: str, place: Range) -> Range:
    """A range without the blanks around its words; unchanged if it has only blanks."""
    start, end = place
    inside = text[start:end]
    if not inside.strip():
        return place
    return start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())


def _side(text: str, ranges: Sequence[Range], other: str, *, long: bool) -> Spans:
    """One side with its words marked; if ``long``, only the sentences that a change touches."""
    spans: list[Span] = []
    end = 0
    for start, stop in _kept(text, ranges) if long else [(0, len(text))]:
        if start > end:
            spans.append(Span("… "))
        spans += _cut(text, start, stop, ranges, other)
        end = stop
    if end < len(text):
        spans.append(Span("…" if text[end - 1 : end].isspace() else " …"))
    return tuple(_together(spans))


def _kept(text: str, ranges: Sequence[Range]) -> list[Range]:
    kept: list[Range] = []
    for start, stop in _sentences(text):
        touched = any(start <= first < stop or first < start < last for first, last in ranges)
        if touched or (stop == len(text) and any(first == stop for first, _ in ranges)):
            if kept and kept[-1][1] == start:
                kept[-1] = kept[-1][0], stop
            else:
                kept.append((start, stop))
    return kept


def _sentences(text: str) -> Iterator[Range]:
    """The sentences of a text, with the white space after them: together the whole text."""
    quoted = [found.span() for found in _QUOTED.finditer(text)]
    start = 0
    for end in _SENTENCE_END.finditer(text):
        while quoted and quoted[0][1] < end.end():
            quoted.pop(0)
        if not (quoted and quoted[0][0] < end.start()):
            yield start, end.end()
            start = end.end()
    if start < len(text):
        yield start, len(text)


def _cut(text: str, start: int, stop: int, ranges: Sequence[Range], other: str) -> Iterator[Span]:
    place = start
    for first, last in ranges:
        first, last = max(first, start), min(last, stop)  # noqa: PLW2901 - clipped to what is kept
        if first < last:
            if first > place:
                yield Span(_visible(text[place:first], None))
            yield Span(_visible(text[first:last], other), marked=True)
            place = last
    if place < stop:
        yield Span(_visible(text[place:stop], None))


def _visible(text: str, other: str | None, most: int = 0) -> str:
    """A part as it is shown; in a marked one, invisible characters by name."""
    most = most or (_AROUND if other is None else _MOST)
    if len(text) > most:
        first = text.rfind(" ", most // 2, most * 2 // 3) + 1 or most * 2 // 3
        last = text.find(" ", len(text) - most // 3, len(text) - most // 6)
        last = last if last > 0 else len(text) - most // 3
        head, tail = _visible(text[:first], other, most), _visible(text[last:], other, most)
        return f"{head}⟨… {last - first:,} more characters …⟩{tail}"
    return one_line(text if other is None else named(text, other))


def _together(spans: Sequence[Span]) -> Iterator[Span]:
    """Join neighbours of one kind."""
    return align.joined(spans, _both)


def _both(one: Span, other: Span) -> Span | None:
    return Span(one.text + other.text, one.marked) if one.marked == other.marked else None

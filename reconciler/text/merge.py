"""Merge three texts: what each side changed since the base, paragraph by paragraph. Pure.

A line merge treats neighbouring lines as one place, but prompts are written in paragraphs. Here the
blank lines between two paragraphs are not a place of their own: they go with the side that changed
them, so that an addition next to a changed paragraph does not clash.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TypeAlias

from reconciler.late import dataclass, pattern
from reconciler.text import align

MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ")
"""How the lines around a clash start: before ours, before theirs, after theirs."""

SETTLE = "settle it: keep one side or both, and take the marker lines out"
"""What to do about conflict markers in a file."""

_MARKER = pattern(r"^(?:<{7}|>{7}|\|{7})(?: \S|\r?$)", re.MULTILINE)
"""A marker line that only git writes; a row of `=` could also underline a title."""
_SIGNS = "<>|"
"""Seven of one begin every such line; single characters are found much faster."""

_BETWEEN = pattern(r"(\n(?:[^\S\n]*\n)+)")
_LINES = pattern(r"[^\n]*\n")


@dataclass(frozen=True)
class Clash:
    """A place that both sides changed differently; without its last newline."""

    base: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """A merge in order: merged text, and clashes, each of which starts on a new line."""

    pieces: tuple[str | Clash, ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The places that the user has to resolve."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Clash))

    @property
    def text(self) -> str:
        """The merged text.

        Raises:
            ValueError: there are clashes, and so there is no text.
        """
        if self.clashes:
            raise ValueError(f"clashes to settle: {len(self.clashes)}")
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    def marked(self, ours: str, theirs: str) -> str:
        """The text with both sides of each clash between marker lines, which have their names."""
        before, between, after = MARKERS
        return "".join(
            piece
            if isinstance(piece, str)
            else f"{before}{ours}\n{_ended(piece.ours)}{between}\n"
            f"{_ended(piece.theirs)}{after}{theirs}"
            for piece in self.pieces
        )


def has_markers(text: str) -> int:
    """The line number of the first complete marked clash, from 1; 0 if there is none."""
    found: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        marker = MARKERS[len(found)]
        if line.startswith(marker) if marker.endswith(" ") else line.rstrip("\r") == marker:
            found.append(number)
        if len(found) == len(MARKERS):
            return found[0]
    return 0


def marker_at(text: str) -> int | None:
    """The offset of the first conflict marker, complete or not; None if there is none."""
    for one in _SIGNS:
        if one in text and one * 7 in text and (found := _MARKER.search(text)):
            return found.start()
    return None


def merge(base: str, ours: str, theirs: str) -> Merged:
    """Merge the changes of both sides since the base.

    A change of one side is taken, and a change of both if it is the same. Two changes clash if they
    touch the same paragraph, or if both may have added one at the same place. Within such
    paragraphs, lines are merged if an unchanged line separates them.
    """
    texts = (_Text.of(base), _Text.of(ours), _Text.of(theirs))
    base_end, ours_end, theirs_end = (_single(len(text.paragraphs)) for text in texts)
    end = _Part((), (base_end, ours_end, theirs_end))
    pieces: list[str | Clash] = []
    for left, right in pairwise([_START, *_parts(texts), end]):
        pieces += [_gap(texts, left, right), *right.pieces]
    return Merged(_compact(pieces))


_Places: TypeAlias = tuple[range, range, range]
"""The same place in the base, in ours and in theirs, as ranges of units."""


@dataclass(frozen=True)
class _Part:
    """A part of the result, and its range in each text; empty if the text does not have it.

    The two ends of the text are parts without pieces.
    """

    pieces: tuple[str | Clash, ...]
    places: _Places


def _single(index: int) -> range:
    return range(index, index + 1)


_START = _Part((), (_single(-1), _single(-1), _single(-1)))


@dataclass(frozen=True)
class _Text:
    """A text as paragraphs and the gaps around them: one more gap than paragraphs."""

    paragraphs: list[str]
    gaps: list[str]

    @classmethod
    def of(cls, text: str) -> "_Text":
        if not text.strip():
            return cls([], [text])
        start = text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1
        end = text.find("\n", len(text.rstrip()))
        end = len(text) if end < 0 else end
        pieces = _BETWEEN.split(text[start:end])
        return cls(pieces[::2], [text[:start], *pieces[1::2], text[end:]])

    def slice(self, place: range) -> str:
        """Some paragraphs, with the gaps between them."""
        pieces = [self.gaps[i] + self.paragraphs[i] for i in place]
        return "".join(pieces).removeprefix(self.gaps[place.start]) if place else ""

    def edges(self, index: int) -> tuple[bool, bool]:
        """Whether a gap is the one at the start of the text, and the one at its end."""
        return index == 0, index == len(self.paragraphs)


_Texts: TypeAlias = tuple[_Text, _Text, _Text]


def _parts(texts: _Texts) -> Iterator[_Part]:
    base, ours, theirs = (text.paragraphs for text in texts)
    for places in _regions(base, ours, theirs, apart=False):
        pieces = _settled(texts, places)
        if any(pieces):
            yield _Part(pieces, places)


def _settled(texts: _Texts, places: _Places) -> tuple[str | Clash, ...]:
    """Merge one place: take the side that changed it, or merge both by lines."""
    units = [text.paragraphs[at.start : at.stop] for text, at in zip(texts, places, strict=True)]
    base, ours, theirs = (text.slice(at) for text, at in zip(texts, places, strict=True))
    if units[2] == units[0]:
        return (ours,)
    if units[1] == units[0]:
        return (theirs,)
    if units[1] == units[2]:
        return (_wider(ours, theirs),)
    if not (base and ours and theirs):
        return (Clash(base, ours, theirs),)
    return _by_lines(base, ours, theirs)


def _by_lines(*texts: str) -> tuple[str | Clash, ...]:
    """Merge paragraphs that both sides changed, line by line."""
    base, ours, theirs = (_LINES.findall(text + "\n") for text in texts)
    pieces: list[str | Clash] = []
    for at, left, right in _regions(base, ours, theirs, apart=True):
        was, mine, other = (
            base[at.start : at.stop],
            ours[left.start : left.stop],
            theirs[right.start : right.stop],
        )
        if mine != other and was not in (mine, other):
            pieces += [Clash(*("".join(side)[:-1] for side in (was, mine, other))), "\n"]
        else:
            pieces += mine if other == was else other
    # Each line and each clash ends with a newline here, but the last one had none.
    return (*pieces[:-1], str(pieces[-1])[:-1])


def _gap(texts: _Texts, left: _Part, right: _Part) -> str:
    """The gap between two parts, from the texts in which they are neighbours."""
    base, ours, theirs = (
        text.gaps[after.start] if before and after and before.stop == after.start else None
        for text, before, after in zip(texts, left.places, right.places, strict=True)
    )
    if ours is None and theirs is None:
        return _new_gap(texts, left, right)
    if ours is None or theirs is None:
        return ours or theirs or ""
    if base in (ours, theirs):
        return theirs if base == ours else ours
    return _wider(ours, theirs)


def _new_gap(texts: _Texts, left: _Part, right: _Part) -> str:
    """The widest gap after the first or before the second part, if they are new neighbours."""
    ends = [len(text.paragraphs) for text in texts]
    edges = (
        left is _START,
        all(at.start == end for at, end in zip(right.places, ends, strict=True)),
    )
    near = [
        text.gaps[index]
        for text, before, after in zip(texts, left.places, right.places, strict=True)
        for index in ([before.stop] if before else []) + ([after.start] if after else [])
        if text.edges(index) == edges
    ]
    return max(near, key=_width, default="")


def _wider(one: str, other: str) -> str:
    """Of two texts that differ in white space, the one with more lines, in either order."""
    return max(one, other, key=_width)


def _width(text: str) -> tuple[int, str]:
    return text.count("\n"), text


@dataclass(frozen=True)
class _Change:
    """A range of the base that one side changed, and by how many units it grew."""

    start: int
    stop: int
    gain: int
    side: int

    def meets(self, other: "_Change", *, apart: bool) -> bool:
        """Whether two changes of different sides, of which the other is later, are one place.

        Adjacent changes are two places, unless both added something there: then their order is
        unknown. Lines must be ``apart``.
        """
        if self.side == other.side or self.stop != other.start:
            return other.start < self.stop
        return apart or (self.gain > 0 and other.gain > 0)


def _regions(
    base: list[str], ours: list[str], theirs: list[str], *, apart: bool
) -> Iterator[_Places]:
    """Yield all places in order: unchanged units one by one, and overlapping changes as one."""
    changes = [*_changes(base, ours, 0, apart=apart), *_changes(base, theirs, 1, apart=apart)]
    changes.sort(key=lambda change: (change.start, change.stop))
    at, gains = 0, [0, 0]
    end = [_Change(len(base), len(base), 0, 0)]
    for group in (*_groups(changes, apart=apart), end):
        start, stop = group[0].start, max(change.stop for change in group)
        for same in range(at, start):
            yield _places(same, same + 1, gains, gains)
        before = gains.copy()
        for change in group:
            gains[change.side] += change.gain
        yield _places(start, stop, before, gains)
        at = stop


def _places(start: int, stop: int, before: Sequence[int], after: Sequence[int]) -> _Places:
    ours, theirs = (
        range(start + first, stop + last) for first, last in zip(before, after, strict=True)
    )
    return range(start, stop), ours, theirs


def _groups(changes: Sequence[_Change], *, apart: bool) -> list[list[_Change]]:
    groups: list[list[_Change]] = []
    for change in changes:
        if groups and any(earlier.meets(change, apart=apart) for earlier in groups[-1]):
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _changes(base: list[str], side: list[str], number: int, *, apart: bool) -> Iterator[_Change]:
    """Yield a side's changes. Replaced paragraphs of equal number are paired one by one."""

    def kept(run: align.Run) -> bool:
        # Blank lines are all equal and do not identify a place.
        return run.equal and any(map(str.strip, base[run.old_start : run.old_end]))

    for same, group in groupby(align.runs(base, side), key=kept):
        if same:
            continue
        stretch = list(group)
        start, stop = stretch[0].old_start, stretch[-1].old_end
        gain = stretch[-1].new_end - stretch[0].new_start - (stop - start)
        if gain or apart:
            yield _Change(start, stop, gain, number)
        else:
            yield from (_Change(i, i + 1, 0, number) for i in range(start, stop))


def _ended(text: str) -> str:
    return f"{text}\n" if text else ""


def _compact(pieces: Sequence[str | Clash]) -> tuple[str | Clash, ...]:
    """Join neighbouring texts and drop empty ones."""
    joined: list[str | Clash] = []
    for clash, group in groupby(pieces, key=lambda piece: isinstance(piece, Clash)):
        stretch = list(group)
        joined += stretch if clash else ["".join(map(str, stretch))]
    return tuple(piece for piece in joined if piece)

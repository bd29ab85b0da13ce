"""Three texts as one: what each side changed since the base, paragraph by paragraph. Pure.

A line merge takes neighbouring lines for one place, and a prompt is written in paragraphs. Here
the blank lines between two paragraphs are no place of their own: they go with the side that
changed them, so that what is added next to a changed paragraph meets nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from reconciler.text import align

MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ")
"""How the lines around a clash begin: before ours, before theirs, after theirs."""

SETTLE = "settle it: keep one side or both, and take the marker lines out"
"""What to do about a clash that stands in a file."""

_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: \S|\r?$)", re.MULTILINE)
"""A line that git writes into a file and nobody else does; a row of `=` can underline a title."""

_BETWEEN = re.compile(r"(\n(?:[^\S\n]*\n)+)")
_LINES = re.compile(r"[^\n]*\n")


@dataclass(frozen=True)
class Clash:
    """A place where both sides changed the same, differently; without its last line end."""

    base: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """A merge in order: what is settled, and the clashes, each beginning a line of its own."""

    pieces: tuple[str | Clash, ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The places that a person has to settle."""
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
        """The text with both sides of each clash between marker lines; the sides are named."""
        before, between, after = MARKERS
        return "".join(
            piece
            if isinstance(piece, str)
            else f"{before}{ours}\n{_ended(piece.ours)}{between}\n"
            f"{_ended(piece.theirs)}{after}{theirs}"
            for piece in self.pieces
        )


def has_markers(text: str) -> int:
    """The line, from 1, where the first whole marked clash begins; 0 where there is none."""
    found: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        marker = MARKERS[len(found)]
        if line.startswith(marker) if marker.endswith(" ") else line.rstrip("\r") == marker:
            found.append(number)
        if len(found) == len(MARKERS):
            return found[0]
    return 0


def marker_at(text: str) -> int | None:
    """Where the first marker of a clash stands, be it whole or not; None where there is none."""
    found = _MARKER.search(text)
    return found.start() if found else None


def merge(base: str, ours: str, theirs: str) -> Merged:
    """What both sides made of the base.

    A change of one side is taken, and a change of both if it is the same. Two changes meet where
    they touch the same paragraph, or where both may have added one at the same place. Inside
    paragraphs that meet, lines are merged that have an unchanged one between them.
    """
    texts = (_Text.of(base), _Text.of(ours), _Text.of(theirs))
    base_end, ours_end, theirs_end = (_single(len(text.paragraphs)) for text in texts)
    end = _Part((), (base_end, ours_end, theirs_end))
    pieces: list[str | Clash] = []
    for left, right in pairwise([_START, *_parts(texts), end]):
        pieces += [_gap(texts, left, right), *right.pieces]
    return Merged(_compact(pieces))


_Places: TypeAlias = tuple[range, range, range]
"""The same place in the base, in ours and in theirs, as positions of units."""


@dataclass(frozen=True)
class _Part:
    """A stretch of the result, and where each text has it; an empty range where it does not.

    The two edges of the text are the parts without pieces.
    """

    pieces: tuple[str | Clash, ...]
    places: _Places


def _single(index: int) -> range:
    return range(index, index + 1)


_START = _Part((), (_single(-1), _single(-1), _single(-1)))


@dataclass(frozen=True)
class _Text:
    """A text as paragraphs and the gaps around them: one gap more than paragraphs."""

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
    """One place of the result: the side that changed it, or both by lines."""
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
    """Paragraphs that both sides changed, line by line."""
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
    # Each line and each clash is followed by a line end by now, and the last one had none.
    return (*pieces[:-1], str(pieces[-1])[:-1])


def _gap(texts: _Texts, left: _Part, right: _Part) -> str:
    """What stands between two parts: asked of the texts in which they are neighbours."""
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
    """The widest gap that follows the one part or precedes the other, if they meet anew."""
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
    """Of two texts that differ in white space, the one with more lines, whoever asks."""
    return max(one, other, key=_width)


def _width(text: str) -> tuple[int, str]:
    return text.count("\n"), text


@dataclass(frozen=True)
class _Change:
    """A stretch of the base that one side has otherwise, and how many units longer."""

    start: int
    stop: int
    gain: int
    side: int

    def meets(self, other: "_Change", *, apart: bool) -> bool:
        """Whether two changes of different sides, the other one later, are one place.

        Changes that touch are two places, unless both added something there: then nothing
        tells which comes first. Lines have to stand ``apart``.
        """
        if self.side == other.side or self.stop != other.start:
            return other.start < self.stop
        return apart or (self.gain > 0 and other.gain > 0)


def _regions(
    base: list[str], ours: list[str], theirs: list[str], *, apart: bool
) -> Iterator[_Places]:
    """All places in order: units that nobody changed one by one, and changes that meet as one."""
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
    """What a side changed. As many paragraphs for as many are taken one by one."""

    def kept(run: align.Run) -> bool:
        # A blank line is the same everywhere, and so tells nothing about the place.
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
    """Neighbouring texts as one, and no empty ones."""
    joined: list[str | Clash] = []
    for clash, group in groupby(pieces, key=lambda piece: isinstance(piece, Clash)):
        stretch = list(group)
        joined += stretch if clash else ["".join(map(str, stretch))]
    return tuple(piece for piece in joined if piece)

"""Write a text back into its sources: files, references, escapes.

A file's text differs from the agent's: ``${var.name}`` is replaced by a variable, ``$${`` by
``${``, and several files are joined. If the text was changed elsewhere, the change goes to the file
it belongs to, and every reference whose words are still there is kept.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from reconciler.config.references import literal
from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern
from reconciler.text import align

SEAM = "\n\n"
"""The text between two files."""

_INSIDE = pattern(r"\$\$\{|\$\{(?:var\.([^}\n]*)\})?")
_TELLING = 4
"""Values with at least so many characters are searched for on their own."""
_BREAK = pattern(r"\n\n+")
# Blanks are everywhere and do not identify a place.
_LINE = pattern(r"[^\n]*\S[^\n]*")
_WORD = pattern(r"\d+(?:[.,:]\d+)+|\w+|[^\w\s]")
_CHARACTER = pattern(r".", re.DOTALL)


class NotWritableError(Exception):
    """A text that no change of its sources produces; the message says why."""


def rewritten(sources: Sequence[str], variables: Mapping[str, Json], new: str) -> list[str]:
    """Change the sources as little as possible, so that filled and joined they give ``new``.

    Args:
        sources: The texts without the newlines that reading removes.
        variables: The values of the references.
        new: The text to write.

    Raises:
        NotWritableError: no change of the sources gives this text.
    """
    parts = _parts([filled(source, variables) for source in sources], new)
    written = [
        _rewritten(source, variables, part) for source, part in zip(sources, parts, strict=True)
    ]
    if len(written) > 1:
        for number, text in enumerate(written, 1):
            if text.endswith("\n"):
                raise NotWritableError(f"the text of file {number} would end in a blank line")
    if filled(joined(written), variables) != new:
        raise NotWritableError("the text cannot be written with the references that its files have")
    return written


def joined(sources: Sequence[str]) -> str:
    """Join the texts of several files, as references to files do."""
    if len(sources) == 1:
        return sources[0]
    return SEAM.join(source.rstrip("\n") for source in sources)


def filled(text: str, variables: Mapping[str, Json]) -> str:
    """A text with its variables and escapes replaced.

    Raises:
        NotWritableError: a reference has no value.
    """
    pieces: list[str] = []
    at = 0
    for atom in _atoms(text, variables):
        pieces += [text[at : atom.start], atom.text]
        at = atom.start + len(atom.raw)
    return "".join([*pieces, text[at:]])


@dataclass(frozen=True)
class _Atom:
    """A reference or an escape: its offset in the source, and its value."""

    start: int
    raw: str
    text: str

    @property
    def variable(self) -> bool:
        return self.raw != "$${"


def _atoms(source: str, variables: Mapping[str, Json]) -> Iterator[_Atom]:
    for found in _INSIDE.finditer(source):
        name = found.group(1)
        if found.group() == "$${":
            yield _Atom(found.start(), "$${", "${")
        elif name in variables:
            value = variables[name]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            yield _Atom(found.start(), found.group(), text)
        else:
            raise NotWritableError(f"`{found.group()}` is no variable")


# One source.


def _rewritten(source: str, variables: Mapping[str, Json], new: str) -> str:
    """Rewrite one source for its part of the new text."""
    if filled(source, variables) == new:
        return source
    pieces: list[str] = []
    at = 0
    for start, stop, raw in _kept(source, variables, new):
        if at < start and new[start - 1] == "$":
            continue  # `$` before a reference would read as an escape
        pieces += [literal(new[at:start]), raw]
        at = stop
    return "".join([*pieces, literal(new[at:])])


def _kept(source: str, variables: Mapping[str, Json], new: str) -> Iterator[tuple[int, int, str]]:
    """The references that survive, and the range of the new text that each stands for."""
    atoms = list(_atoms(source, variables))
    old = filled(source, variables)
    places = _Places(old, new, _levels({atom.text for atom in atoms if atom.variable}))
    shift = 0
    for atom in atoms:
        start = atom.start + shift
        shift += len(atom.text) - len(atom.raw)
        place = places.of(start, start + len(atom.text)) if atom.variable else None
        if place is not None:
            yield place, place + len(atom.text), atom.raw


def _levels(values: AbstractSet[str]) -> Iterator[re.Pattern[str]]:
    """The units of comparison, one after the other: lines, values, words, characters.

    Values come before words, which would outweigh them. Short values occur in many places and are
    identified by the words next to them.
    """
    whole = [
        rf"(?:\b|(?=\W)){re.escape(value)}(?:\b|(?<=\W))"
        for value in sorted(values - {""}, key=lambda value: (-len(value), value))
    ]
    yield _LINE
    if long := "|".join(whole[: sum(len(value) >= _TELLING for value in values)]):
        yield re.compile(long)
    yield re.compile("|".join([*whole, _WORD.pattern]))
    yield _CHARACTER


class _Places:
    """The place of each character of an old text in the new one."""

    def __init__(self, old: str, new: str, levels: Iterable[re.Pattern[str]]) -> None:
        self._old, self._new = old, new
        self._places: list[int | None] = [None] * len(old)
        for start, place, length in _same(old, new, tuple(levels)):
            self._places[start : start + length] = range(place, place + length)
        self._old_edges, self._new_edges = _edges(old), _edges(new)

    def of(self, start: int, stop: int) -> int | None:
        """The start of a range in the new text, if it is unchanged there.

        A range that ended a word must still end one: `1` is not in `10`, nor in `1.5`.
        """
        if start == stop:
            return self._between(start)
        first = self._places[start]
        if first is None:
            return None
        end = first + stop - start
        if self._places[start:stop] != list(range(first, end)):
            return None
        for before, after in ((start, first), (stop, end)):
            if before in self._old_edges and after not in self._new_edges:
                return None
        return first

    def _between(self, at: int) -> int | None:
        """The place of an empty range: next to the neighbour that is left."""
        if not self._old:
            return 0
        before = self._places[at - 1] if at else None
        if before is not None:
            return before + 1
        return self._places[at] if at < len(self._old) else None


def _edges(text: str) -> set[int]:
    """The start and end of each word and sign."""
    return {edge for found in _WORD.finditer(text) for edge in found.span()}


def _same(old: str, new: str, levels: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int, int]]:
    """Ranges that both texts share: the place in each, and the length.

    What differs on one level is compared on the next: lines, then words, then characters.
    """
    left, right = (list(levels[0].finditer(side)) for side in (old, new))
    at = place = 0
    for piece, twin in [*_twins(left, right), (None, None)]:
        stop, end = (piece.start(), twin.start()) if piece and twin else (len(old), len(new))
        if levels[1:] and at < stop and place < end:
            for start, other, length in _same(old[at:stop], new[place:end], levels[1:]):
                yield at + start, place + other, length
        if piece and twin:
            yield stop, end, len(piece.group())
            at, place = piece.end(), twin.end()


def _twins(
    old: Sequence[re.Match[str]], new: Sequence[re.Match[str]]
) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """The pieces that both sides have, in order."""
    for run in align.runs([piece.group() for piece in old], [piece.group() for piece in new]):
        if run.equal:
            yield from zip(
                old[run.old_start : run.old_end], new[run.new_start : run.new_end], strict=True
            )


# Several sources.


def _parts(olds: Sequence[str], new: str) -> list[str]:
    """The part of the new text that belongs to each source."""
    if len(olds) == 1:
        return [new]
    old = SEAM.join(olds)
    if old == new:
        return list(olds)
    words = [
        (start + found.start(), place + found.start())
        for start, place, length in _same(old, new, (_LINE, _WORD))
        for found in _WORD.finditer(old[start : start + length])
    ]
    parts: list[str] = []
    seam = at = 0
    for number, part in enumerate(olds[:-1], 1):
        seam += len(part)
        place = _Seam(old, new, words, seam).place(at, len(part) - len(part.rstrip("\n")))
        if place is None:
            raise NotWritableError(
                f"the seam between file {number} and file {number + 1} was edited away"
            )
        parts.append(new[at:place])
        seam, at = seam + len(SEAM), place + len(SEAM)
    return [*parts, new[at:]]


@dataclass(frozen=True)
class _Seam:
    """The end of a file in the old text; ``words`` are the places of words that both texts have."""

    old: str
    new: str
    words: Sequence[tuple[int, int]]
    at: int

    def place(self, start: int, line_ends: int) -> int | None:
        """The end of the file in the new text, chosen so that the fewest words change files.

        Args:
            start: Where the file starts in the new text.
            line_ends: The number of newlines at the end of the file's own text.
        """
        places = [
            found.start() + line_ends
            for found in _BREAK.finditer(self.new, start)
            if len(found.group()) >= len(SEAM) + line_ends
        ]
        if not places:
            return None
        before = bisect_left(self.words, (self.at, 0))
        counts = [abs(bisect_left(self.words, place, key=_new_place) - before) for place in places]
        best = [place for place, count in zip(places, counts, strict=True) if count == min(counts)]
        return None if self._astray(best[0], before) else self._likeliest(best)

    def _astray(self, place: int, before: int) -> bool:
        """Whether most words between the old place and the new one moved along."""
        found = bisect_left(self.words, place, key=_new_place)
        moved = self.words[min(found, before) : max(found, before)]
        if not moved:
            return False
        stretch = self.old[min(self.at, moved[0][0]) : max(self.at, moved[-1][0] + 1)]
        return 2 * len(moved) > len(_WORD.findall(stretch))

    def _likeliest(self, places: Sequence[int]) -> int:
        """Of equally good places, the one that keeps the paragraph counts on both sides.

        Or the last.
        """
        first = bisect_left(self.words, places[0], key=_new_place)
        last = bisect_left(self.words, places[-1], key=_new_place)
        start = self.words[first - 1][0] if first else 0
        stop = self.words[last][0] if last < len(self.words) else len(self.old)
        above = len(_BREAK.findall(self.old, start, self.at))
        below = len(_BREAK.findall(self.old, self.at + len(SEAM), stop))

        def moved(index: int) -> tuple[int, int]:
            return abs(index - above) + abs(len(places) - 1 - index - below), -index

        return places[min(range(len(places)), key=moved)]


def _new_place(word: tuple[int, int]) -> int:
    return word[1]

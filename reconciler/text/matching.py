"""Which paragraphs of two texts are the same, changed, moved, removed or added. Pure.

Paragraphs match by their words: white space, numbers of counting lists and invisible characters do
not matter. Paragraphs with enough words are matched first, the others (fences, rules, repeated
labels) only between them. A distinctive paragraph that is gone in one place and appears in another
was moved; of the rest, the most similar pairs are edits.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from reconciler.late import dataclass
from reconciler.text import align
from reconciler.text.in_place import SURE, is_edited_in_place
from reconciler.text.pairing import Alike, best_in_order, best_of_all
from reconciler.text.paragraphs import Paragraph
from reconciler.text.rewrapping import rewrapped

TELLING = 4
"""Words that a paragraph, or a run of neighbours, needs to be recognised elsewhere."""
_MOVED = 0.75
"""How similar two paragraphs at different places must be to count as one that moved."""
_REWRITTEN = 3
"""Removed and added paragraphs that make a section a rewritten one."""


class Step(NamedTuple):
    """One place of the result: a paragraph of the old text, of the new one, or of both.

    ``length``: so many neighbours from there on, which are the same objects in both texts.
    """

    old: int | None
    new: int | None
    moved: bool = False
    length: int = 1


@dataclass(frozen=True)
class _Texts:
    """Both texts, and pairs of same or changed paragraphs as a map of old to new indexes."""

    old: Sequence[Paragraph]
    new: Sequence[Paragraph]

    def gaps(self, pairs: Mapping[int, int]) -> Iterator[tuple[range, range]]:
        """The ranges of both texts between pairs that are in order."""
        ends = [(-1, -1), *sorted(pairs.items()), (len(self.old), len(self.new))]
        for (old, new), (after, other) in pairwise(ends):
            yield range(old + 1, after), range(new + 1, other)


def matched(
    before: list[Paragraph], after: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph], list[Step]]:
    """Both texts, rewrapped paragraphs joined alike, and the steps from one to the other."""
    if _is_one_line(before) and _is_one_line(after):
        return before, after, [Step(0, 0)]
    if is_edited_in_place(before, after):
        return before, after, list(_in_place(before, after))
    old, new = rewrapped(before, after)
    if len(old) == len(new) == 1:
        return old, new, [Step(0, 0)]  # a rewritten greeting is still the greeting
    texts = _Texts(old, new)
    same = _same(texts)
    moves = _moved(texts, same)
    alike = Alike(old, new)
    changed = _changed(texts, same, moves, alike)
    pairs = _settled(texts, same | changed, changed, alike)
    moves |= _moved_and_edited(texts, pairs, moves, alike)
    return old, new, list(_steps(texts, pairs, moves))


def _is_one_line(found: Sequence[Paragraph]) -> bool:
    return len(found) == 1 and "\n" not in found[0].text


def _in_place(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[Step]:
    """Steps from each paragraph to that of the same place, one for each run of those untouched."""
    start = 0
    touched = (
        place for place, (one, other) in enumerate(zip(old, new, strict=True)) if one is not other
    )
    for place in (*touched, len(new)):
        if place > start:
            yield Step(start, start, length=place - start)
        if place < len(new):
            yield Step(place, place)
        start = place + 1


def _same(texts: _Texts) -> dict[int, int]:
    """Pairs of equal paragraphs in the same order: distinctive ones first, then the rest.

    A common start and end are matched directly, because most edits are small.
    """
    keys = [one.key for one in texts.old], [one.key for one in texts.new]
    head, tail = align.shared_ends(*keys)
    ours, theirs = len(keys[0]) - tail, len(keys[1]) - tail
    pairs = dict(zip(range(head), range(head), strict=True))
    pairs |= _equal(
        keys, _known(texts.old, head, ours, keys), _known(texts.new, head, theirs, keys)
    )
    pairs |= {ours + place: theirs + place for place in range(tail)}
    for left, right in list(texts.gaps(pairs)):
        if left and right:
            pairs |= _equal(keys, left, right)
    return pairs


def _known(
    side: Sequence[Paragraph], start: int, end: int, keys: Sequence[Sequence[str]]
) -> list[int]:
    """The indexes in a range whose paragraphs have enough words, or are unique."""
    counts = [Counter(one) for one in keys]
    return [i for i in range(start, end) if _tells(side[i]) or _is_one_of_its_kind(side[i], counts)]


def _tells(one: Paragraph) -> bool:
    return len(one.words) >= TELLING


def _is_one_of_its_kind(one: Paragraph, counts: Sequence[Counter[str]]) -> bool:
    return bool(one.words) and all(side[one.key] == 1 for side in counts)


def _equal(
    keys: tuple[list[str], list[str]], ours: Sequence[int], theirs: Sequence[int]
) -> dict[int, int]:
    left, right = [keys[0][i] for i in ours], [keys[1][i] for i in theirs]
    return {
        ours[run.old_start + i]: theirs[run.new_start + i]
        for run in align.runs(left, right)
        if run.equal
        for i in range(run.old_end - run.old_start)
    }


def _moved(texts: _Texts, same: Mapping[int, int]) -> dict[int, int]:
    """Map new indexes to old ones for paragraphs, or runs of them, that are equal elsewhere."""
    origins: dict[str, list[int]] = {}
    for place, one in enumerate(texts.old):
        if place not in same:
            origins.setdefault(one.key, []).append(place)
    taken = set(same.values())
    moves: dict[int, int] = {}
    for place, one in enumerate(texts.new):
        left = origins.get(one.key)
        if left and place not in taken:
            follows = moves.get(place - 1, -2) + 1
            moves[place] = left.pop(left.index(follows) if follows in left else 0)
    return {
        place: origin
        for run in _runs(moves)
        if _told(texts.new, run)
        for place, origin in ((place, moves[place]) for place in run)
    }


def _runs(moves: Mapping[int, int]) -> Iterator[list[int]]:
    """Runs of new indexes whose paragraphs were also neighbours before."""
    run: list[int] = []
    for place in sorted(moves):
        if run and not (run[-1] == place - 1 and moves[run[-1]] == moves[place] - 1):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _changed(
    texts: _Texts, same: Mapping[int, int], moves: Mapping[int, int], alike: Alike
) -> dict[int, int]:
    """The most similar pairs between equal paragraphs, in order."""
    gone = set(moves.values())
    pairs: dict[int, int] = {}
    for ours, theirs in texts.gaps(same):
        left = [place for place in ours if place not in gone]
        right = [place for place in theirs if place not in moves]
        if left and right:
            pairs |= best_in_order(alike.scores(left, right))
    return pairs


def _settled(
    texts: _Texts, pairs: Mapping[int, int], changed: Mapping[int, int], alike: Alike
) -> dict[int, int]:
    """Drop pairs that only break up a rewritten section: a fence, a label, a poor match.

    With them the section would show as removed, added, removed, added; without as one removal and
    one addition.
    """
    sure = {old: new for old, new in changed.items() if alike.of(old, new) >= SURE}
    firm = sure | _telling_runs(texts, {o: n for o, n in pairs.items() if o not in changed})
    kept = dict(firm)
    for ours, theirs in texts.gaps(firm):
        loose = {old: pairs[old] for old in ours if old in pairs}
        gone = [old for old in ours if old not in loose]
        come = [new for new in theirs if new not in loose.values()]
        rewritten = min(len(gone), len(come)) >= _REWRITTEN
        kept |= {
            old: new
            for old, new in loose.items()
            if not (rewritten and _amid(old, gone, new, come))
        }
    return kept


def _telling_runs(texts: _Texts, same: Mapping[int, int]) -> dict[int, int]:
    """Pairs that keep their place: headings, and runs of neighbours with enough words."""
    origins = {new: old for old, new in same.items()}
    told = [run for run in _runs(origins) if _told(texts.new, run)]
    found = {origins[new]: new for run in told for new in run}
    return found | {old: new for old, new in same.items() if texts.old[old].title}


def _told(side: Sequence[Paragraph], run: Sequence[int]) -> bool:
    """Whether neighbours have enough words together; stops counting once they have."""
    return any(number >= TELLING for number in accumulate(len(side[i].words) for i in run))


def _amid(old: int, gone: Sequence[int], new: int, come: Sequence[int]) -> bool:
    """Whether paragraphs were removed or added on both sides of a pair."""
    return (gone[0] < old or come[0] < new) and (gone[-1] > old or come[-1] > new)


def _moved_and_edited(
    texts: _Texts, pairs: Mapping[int, int], moves: Mapping[int, int], alike: Alike
) -> dict[int, int]:
    """Map new indexes to old ones for paragraphs that are similar elsewhere."""
    gone, come = {*pairs, *moves.values()}, {*pairs.values(), *moves}
    left = [i for i, one in enumerate(texts.old) if i not in gone and _tells(one) and not one.title]
    right = [
        i for i, one in enumerate(texts.new) if i not in come and _tells(one) and not one.title
    ]
    return {new: old for old, new in best_of_all(alike.scores(left, right, at_least=_MOVED))}


def _steps(texts: _Texts, pairs: Mapping[int, int], moves: Mapping[int, int]) -> Iterator[Step]:
    """The result in the new text's order; between two pairs, removals before additions."""
    elsewhere = set(moves.values())
    for ours, theirs in texts.gaps(pairs):
        yield from (Step(old, None) for old in ours if old not in elsewhere)
        yield from (Step(moves.get(new), new, moved=new in moves) for new in theirs)
        if ours.stop in pairs:
            yield Step(ours.stop, theirs.stop)

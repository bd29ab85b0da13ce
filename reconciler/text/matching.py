"""Which paragraphs of two texts are the same, changed, moved, gone or new. Pure.

Paragraphs are matched by what they say: white space, numbers of lists that count on, and
characters that nobody sees part none of them. Those that say something are matched first, the
others (fences, rules, labels that recur) only between them. What is gone in one place and stands
in another was moved, if it tells something; of the rest the pairs that are most alike are edits.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from reconciler.text import align
from reconciler.text.pairing import Alike, best_in_order, best_of_all
from reconciler.text.paragraphs import Paragraph
from reconciler.text.rewrapping import rewrapped

TELLING = 4
"""Words that a paragraph, or a run of neighbours, needs to be known again elsewhere."""
_MOVED = 0.75
"""How much two paragraphs at different places must share to be one that moved."""
_SURE = 0.5
"""How much a pair must share to stand in the middle of a section that was rewritten."""
_REWRITTEN = 3
"""Paragraphs that went and came where a section was rewritten."""


@dataclass(frozen=True)
class Step:
    """A place in the result: a paragraph of the old text, of the new one, or of both."""

    old: int | None
    new: int | None
    moved: bool = False


@dataclass(frozen=True)
class _Texts:
    """Both texts; and which paragraphs are the same or changed, from old places to new ones."""

    old: Sequence[Paragraph]
    new: Sequence[Paragraph]

    def gaps(self, pairs: Mapping[int, int]) -> Iterator[tuple[range, range]]:
        """The stretches of both texts between pairs that are in order."""
        ends = [(-1, -1), *sorted(pairs.items()), (len(self.old), len(self.new))]
        for (old, new), (after, other) in pairwise(ends):
            yield range(old + 1, after), range(new + 1, other)


def matched(
    before: list[Paragraph], after: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph], list[Step]]:
    """Both texts, paragraphs joined where they are only broken into other lines; and the steps."""
    old, new = rewrapped(before, after)
    if len(old) == len(new) == 1:
        return old, new, [Step(0, 0)]  # a greeting that was rewritten is still the greeting
    texts = _Texts(old, new)
    same = _same(texts)
    moves = _moved(texts, same)
    alike = Alike(old, new)
    changed = _changed(texts, same, moves, alike)
    pairs = _settled(texts, same | changed, changed, alike)
    moves |= _moved_and_edited(texts, pairs, moves, alike)
    return old, new, list(_steps(texts, pairs, moves))


def _same(texts: _Texts) -> dict[int, int]:
    """Paragraphs that say the same in the same order: first those that are known, then the rest.

    What both texts begin and end with is taken as it is: most edits are small.
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
    """The places of a stretch where a paragraph tells something, or is one of its kind."""
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
    """From new places to old ones: paragraphs, or runs of them, that say the same elsewhere."""
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
    """New places of neighbours that were neighbours before."""
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
    """Between those that are the same, the pairs that are most alike, in order."""
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
    """The pairs without those that only part a rewritten section: a fence, a label, a poor match.

    With them it would read as removed, added, removed, added; without as what went and what came.
    """
    sure = {old: new for old, new in changed.items() if alike.of(old, new) >= _SURE}
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
    """Pairs that hold their place: headings, and runs of neighbours that tell something."""
    origins = {new: old for old, new in same.items()}
    told = [run for run in _runs(origins) if _told(texts.new, run)]
    found = {origins[new]: new for run in told for new in run}
    return found | {old: new for old, new in same.items() if texts.old[old].title}


def _told(side: Sequence[Paragraph], run: Sequence[int]) -> bool:
    """Whether neighbours say enough together; no more of them are read than it takes."""
    return any(number >= TELLING for number in accumulate(len(side[i].words) for i in run))


def _amid(old: int, gone: Sequence[int], new: int, come: Sequence[int]) -> bool:
    """Whether something came or went on both sides of a pair."""
    return (gone[0] < old or come[0] < new) and (gone[-1] > old or come[-1] > new)


def _moved_and_edited(
    texts: _Texts, pairs: Mapping[int, int], moves: Mapping[int, int], alike: Alike
) -> dict[int, int]:
    """From new places to old ones: paragraphs that say almost the same elsewhere."""
    gone, come = {*pairs, *moves.values()}, {*pairs.values(), *moves}
    left = [i for i, one in enumerate(texts.old) if i not in gone and _tells(one) and not one.title]
    right = [
        i for i, one in enumerate(texts.new) if i not in come and _tells(one) and not one.title
    ]
    return {new: old for old, new in best_of_all(alike.scores(left, right, at_least=_MOVED))}


def _steps(texts: _Texts, pairs: Mapping[int, int], moves: Mapping[int, int]) -> Iterator[Step]:
    """The result in the new text's order; between two pairs first what went, then what came."""
    elsewhere = set(moves.values())
    for ours, theirs in texts.gaps(pairs):
        yield from (Step(old, None) for old in ours if old not in elsewhere)
        yield from (Step(moves.get(new), new, moved=new in moves) for new in theirs)
        if ours.stop in pairs:
            yield Step(ours.stop, theirs.stop)

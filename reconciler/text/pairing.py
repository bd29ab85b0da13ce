"""Find which removed and added paragraphs are edits of each other: the best pairs. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from heapq import nlargest

from reconciler.text import align
from reconciler.text.paragraphs import Paragraph

_ALIKE = 0.4
"""How similar two paragraphs at one place must be to count as one that changed."""
_NEARLY = 0.75
"""How many letters two must share, if one of them has only a few words."""
_GOES_ON = 0.5
"""The similarity if one is the start of the other."""
FEW = 4
"""Paragraphs with fewer words are compared by their letters."""
_SAME_LABEL = 0.25
"""Extra similarity of two with the same label, such as two rows of one key."""
_SAME_START = 0.15
"""Extra similarity of two with the same start: ``If the parcel is late, …``."""
_COMMON = 2
"""A word in more paragraphs of the new text than this counts as common."""
_MOST_PAIRS = 2_500
"""With more pairs of paragraphs than this, only likely ones are compared."""
_NEAR = 4
"""How many places on each side are then compared."""
_RARE = 20
"""A word in at most so many places is rare."""

Pair = tuple[int, int]
"""An index in the old text and one in the new."""
Scores = Mapping[Pair, float]


class Alike:
    """The similarity of the paragraphs of two texts, from 0 to 1; each pair is computed once."""

    def __init__(self, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> None:
        self._old, self._new = old, new
        self._known: dict[Pair, float] = {}
        self._words = _Counted(old)
        self._others = _Counted(new)

    def of(self, old: int, new: int) -> float:
        """The similarity of two paragraphs."""
        if (old, new) not in self._known:
            self._known[old, new] = self._score(old, new)
        return self._known[old, new]

    def scores(
        self, ours: Sequence[int], theirs: Sequence[int], at_least: float = _ALIKE
    ) -> Scores:
        """The sufficiently similar pairs among places of both texts."""
        few = len(ours) * len(theirs) <= _MOST_PAIRS
        pairs = self._worthwhile(ours, theirs, at_least) if few else self._likely(ours, theirs)
        found: dict[Pair, float] = {}
        for old, new in pairs:
            one, other = self._old[old], self._new[new]
            if bool(one.title) == bool(other.title) and one.unit == other.unit:
                score = self.of(old, new)
                if score >= at_least:
                    found[old, new] = score
        return found

    def _worthwhile(
        self, ours: Sequence[int], theirs: Sequence[int], at_least: float
    ) -> Iterator[Pair]:
        """Pairs that share enough words, in any order, to be sufficiently similar."""
        places = self._by_word(theirs)
        for old in ours:
            shared: Counter[int] = Counter()
            for word, times in self._words[old].items():
                for new, others in places.get(word, ()):
                    shared[new] += min(times, others)
            size = len(self._old[old].words)
            for new, count in shared.items():
                most = 2 * count / (size + len(self._new[new].words)) + _SAME_LABEL + _SAME_START
                if most >= at_least:
                    yield old, new

    def _likely(self, ours: Sequence[int], theirs: Sequence[int]) -> Iterator[Pair]:
        """Of many pairs, those with most rare words in common, and those at the same place."""
        places = self._by_word(theirs)
        for number, old in enumerate(ours):
            shared: Counter[int] = Counter()
            for word in self._words[old]:
                same = places.get(word, ())
                if len(same) <= _RARE:
                    shared.update(new for new, _ in same)
            middle = number * len(theirs) // len(ours)
            near = theirs[max(0, middle - _NEAR) : middle + _NEAR + 1]
            best = nlargest(2 * _NEAR, shared, key=lambda new: shared[new])
            yield from ((old, new) for new in dict.fromkeys((*best, *near)))

    def _by_word(self, theirs: Sequence[int]) -> Mapping[str, list[tuple[int, int]]]:
        """The places of each word, and its count there."""
        places: dict[str, list[tuple[int, int]]] = {}
        for new in theirs:
            for word, times in self._others[new].items():
                places.setdefault(word, []).append((new, times))
        return places

    def _score(self, place: int, other: int) -> float:
        old, new = self._old[place], self._new[other]
        shared = self._weight(self._words[place], self._others[other])
        if not shared:
            return 0.0
        if min(len(old.words), len(new.words)) < FEW:
            score = _of_few_words(old.words, new.words)
            is_row = old.unit == "row" and self._same_label(old, new)  # few cells, but the same key
            return max(score, _GOES_ON) if is_row else score
        size = self._weight(self._words[place]) + self._weight(self._others[other])
        in_order = align.similarity(old.words, new.words)
        bonus = _SAME_LABEL if self._same_label(old, new) else 0.0
        bonus += _SAME_START if old.words[:FEW] == new.words[:FEW] else 0.0
        return min(1.0, (in_order + 2 * shared / size) / 2 + bonus)

    def _weight(self, one: Counter[str], other: Counter[str] | None = None) -> float:
        """The number of words, or of those that two share in any order; common words count half."""
        common, found = self._common, 0.0
        for word, times in one.items():
            if other is None or word in other:
                number = times if other is None else min(times, other[word])
                found += number / 2 if word in common else number
        return found

    def _same_label(self, old: Paragraph, new: Paragraph) -> bool:
        """Whether both have a label that no other paragraph of either text has."""
        return bool(old.label) and old.label == new.label and self._labels[old.label] == 2

    @cached_property
    def _labels(self) -> Counter[str]:
        return Counter(one.label for one in (*self._old, *self._new))

    @cached_property
    def _common(self) -> AbstractSet[str]:
        """The words that are in many paragraphs, split at blanks."""
        counts = Counter(word for one in self._new for word in {*one.key.casefold().split()})
        usual = max(_COMMON, len(self._new) // 10)
        return {word for word, count in counts.items() if count > usual}


class _Counted(dict[int, Counter[str]]):
    """Word counts of each paragraph; computed on first use."""

    def __init__(self, side: Sequence[Paragraph]) -> None:
        super().__init__()
        self._side = side

    def __missing__(self, place: int) -> Counter[str]:
        self[place] = Counter(self._side[place].words)
        return self[place]


def _of_few_words(old: Sequence[str], new: Sequence[str]) -> float:
    """The similarity of two paragraphs, one of few words: nearly equal, or one starts the other."""
    short, long = sorted((old, new), key=len)
    goes_on = len(short) > 1 and list(long[: len(short)]) == list(short)
    near = align.similarity(" ".join(old), " ".join(new))
    return max(near if near >= _NEARLY else 0.0, _GOES_ON if goes_on else 0.0)


def best_of_all(scores: Scores) -> Iterator[Pair]:
    """Pairs anywhere, the most similar first, each place once."""
    taken: set[int] = set()
    used: set[int] = set()
    for old, new in sorted(scores, key=lambda pair: (-scores[pair], pair)):
        if old not in taken and new not in used:
            taken.add(old)
            used.add(new)
            yield old, new


def best_in_order(scores: Scores) -> dict[int, int]:
    """The set of pairs without crossings that has most in common.

    Squares of scores are added: one good pair is worth more than two poor ones. For each place of
    the new text the best chain that ends there is kept in a tree of prefix maxima.
    """
    ends = sorted({new for _, new in scores})
    tree: list[tuple[float, Pair | None]] = [(0.0, None)] * (len(ends) + 1)
    before: dict[Pair, Pair | None] = {}
    for old, new in sorted(scores, key=lambda pair: (pair[0], -pair[1])):
        place = bisect_left(ends, new)
        worth, previous = _best(tree, place)
        before[old, new] = previous
        _keep(tree, place + 1, (worth + scores[old, new] ** 2, (old, new)))
    _, last = _best(tree, len(ends))
    chain = {}
    while last:
        chain[last[0]] = last[1]
        last = before[last]
    return chain


def _best(tree: Sequence[tuple[float, Pair | None]], place: int) -> tuple[float, Pair | None]:
    best: tuple[float, Pair | None] = (0.0, None)
    while place > 0:
        if tree[place][0] > best[0]:
            best = tree[place]
        place -= place & -place
    return best


def _keep(
    tree: list[tuple[float, Pair | None]], place: int, found: tuple[float, Pair | None]
) -> None:
    while place < len(tree):
        if found[0] > tree[place][0]:
            tree[place] = found
        place += place & -place

"""Find passages that the texts of several agents share, in whole runs of neighbours. Pure.

Only a passage with enough words is shared on its own: never a fence, a rule or a heading. Those go
along with a shared neighbour if all agents have them next to it. A replacement that is the same on
several agents is one unit, with the removed and the added text.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby

from reconciler.late import dataclass
from reconciler.render.view import Passage
from reconciler.text.lines import words
from reconciler.text.matching import TELLING

_AGENTS = 2
"""A passage is shared from this many agents on: reading two equal diffs is one too many."""

_Place = tuple[str, int]
"""An agent's key, and the index of a passage in its text."""
_Starts = Mapping[str, int]
"""The index of a passage for each agent."""


@dataclass(frozen=True)
class Text:
    """The passages of one field of an agent; only texts with equal ``about`` can share any."""

    key: str
    path: str
    about: Hashable
    passages: Sequence[Passage]


@dataclass(frozen=True)
class Common:
    """Passages that some agents share: for each agent their indexes, in order."""

    path: str
    places: Mapping[str, tuple[int, ...]]


def common(texts: Sequence[Text]) -> Iterator[Common]:
    """Yield what some texts share, grouped by the agents that share it."""
    fields: dict[tuple[str, Hashable], dict[str, Sequence[Passage]]] = {}
    for text in texts:
        fields.setdefault((text.path, text.about), {})[text.key] = text.passages
    for (path, _), found in fields.items():
        if len(found) >= _AGENTS:
            yield from (Common(path, places) for places in _Found(found).shared())


def identity(one: Passage) -> Hashable:
    """Equal for passages with the same text, wherever they are."""
    return one.kind, one.count, one.marks


def _tells(one: Passage) -> bool:
    """Whether a passage has enough words to be shared on its own."""
    if one.inside and one.count == 1:
        return False
    sides = ("".join(span.text for span in side) for side in (one.before, one.after))
    return one.count > 1 or any(len(words(side)) >= TELLING for side in sides)


class _Found:
    """The passages of one field on some agents, and who shares which of them."""

    def __init__(self, texts: Mapping[str, Sequence[Passage]]) -> None:
        self._texts = texts
        self._sharing: dict[_Place, frozenset[str]] = {}
        self._tell = {
            (key, place): _tells(one)
            for key, found in texts.items()
            for place, one in enumerate(found)
            if one.kind != "same"
        }

    def shared(self) -> Iterator[Mapping[str, tuple[int, ...]]]:
        """For each set of agents that share something, its indexes in each text."""
        for units in (self._replacements(), self._passages()):
            for starts, size in list(units):
                self._share(starts, range(size))
        for starts in self._firsts():
            self._take_along(starts)
        found: dict[frozenset[str], dict[str, list[int]]] = {}
        for (key, place), keys in self._sharing.items():
            found.setdefault(keys, {}).setdefault(key, []).append(place)
        for keys, places in found.items():
            yield {key: tuple(sorted(places[key])) for key in self._texts if key in keys}

    def _share(self, starts: _Starts, places: Sequence[int]) -> None:
        keys = frozenset(starts)
        for key, start in starts.items():
            self._sharing |= {(key, start + place): keys for place in places}

    def _hunks(self) -> Iterator[tuple[str, list[int]]]:
        """The ranges of each text in which everything differs."""
        for key, found in self._texts.items():
            numbered = groupby(enumerate(found), key=lambda pair: pair[1].kind == "same")
            yield from (
                (key, [place for place, _ in group]) for same, group in numbered if not same
            )

    def _replacements(self) -> Iterator[tuple[_Starts, int]]:
        """Equal replacements: their starts, and their length."""
        found: dict[tuple[Sequence[Hashable], int], dict[str, int]] = {}
        seen: Counter[Hashable] = Counter()
        for key, hunk in self._hunks():
            for start, end in _replaced([self._texts[key][place].kind for place in hunk]):
                places = hunk[start:end]
                if any(self._tell[key, place] for place in places):
                    said = tuple(identity(self._texts[key][place]) for place in places)
                    found.setdefault((said, seen[key, said]), {})[key] = places[0]
                    seen[key, said] += 1
        yield from ((starts, len(said)) for (said, _), starts in found.items() if _many(starts))

    def _passages(self) -> Iterator[tuple[_Starts, int]]:
        """The places of single passages with enough words that are not part of a replacement."""
        found: dict[Hashable, dict[str, int]] = {}
        for key, hunk in self._hunks():
            seen: Counter[Hashable] = Counter()
            for place in hunk:
                if self._tell[key, place] and (key, place) not in self._sharing:
                    said = identity(self._texts[key][place])
                    found.setdefault((said, seen[said]), {})[key] = place
                    seen[said] += 1
        yield from ((starts, 1) for starts in found.values() if _many(starts))

    def _firsts(self) -> list[_Starts]:
        """For each shared thing, its start in each text."""
        found: dict[Hashable, dict[str, int]] = {}
        seen: Counter[Hashable] = Counter()
        for (key, place), keys in self._sharing.items():
            name = (keys, identity(self._texts[key][place]))
            found.setdefault((*name, seen[key, name]), {})[key] = place
            seen[key, name] += 1
        return list(found.values())

    def _take_along(self, starts: _Starts) -> None:
        """Include neighbours with few words if all agents have the same ones."""
        for way in (-1, 1):
            step = way
            while self._all_have(starts, step):
                self._share(starts, [step])
                step += way

    def _all_have(self, starts: _Starts, step: int) -> bool:
        places = [(key, start + step) for key, start in starts.items()]
        if any(self._tell.get(place, True) or place in self._sharing for place in places):
            return False
        return len({identity(self._texts[key][place]) for key, place in places}) == 1


def _many(starts: _Starts) -> bool:
    return len(starts) >= _AGENTS


def _replaced(kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges in which a removal is followed by an addition; half-open."""
    start = 0
    runs = [(kind, len(list(group))) for kind, group in groupby(kinds)]
    for (kind, size), (following, more) in zip(runs, [*runs[1:], ("", 0)], strict=True):
        if (kind, following) == ("removed", "added"):
            yield start, start + size + more
        start += size

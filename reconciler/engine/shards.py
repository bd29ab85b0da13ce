"""How the pages of a fleet are split into shards and waves: the same on every machine. Pure.

A shard is chosen by rendezvous hashing with a bound on its load: of the shards with room, each
group of pages takes the one whose hash with its name is highest. So a new project moves few others.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

from reconciler.late import dataclass
from reconciler.text.amounts import share

Page = TypeVar("Page", bound=Hashable)


@dataclass(frozen=True)
class Load:
    """What a page weighs, and what pages must have in common to be in one shard."""

    name: str
    weight: int
    together: str


def split(
    pages: Iterable[Page], count: int, load: Callable[[Page], Load]
) -> tuple[tuple[Page, ...], ...]:
    """The pages of each of ``count`` shards, some of which may be empty; in the order given."""
    loads = {page: load(page) for page in pages}
    chosen = _chosen(loads.values(), count)
    shards: list[list[Page]] = [[] for _ in range(count)]
    for page, one in loads.items():
        shards[chosen[one.together]].append(page)
    return tuple(map(tuple, shards))


def _chosen(loads: Iterable[Load], count: int) -> Mapping[str, int]:
    """The shard of each group, heavy groups first."""
    weights: dict[str, int] = {}
    for one in loads:
        weights[one.together] = weights.get(one.together, 0) + one.weight
    room = max(-(-sum(weights.values()) // count), *weights.values(), 0) if weights else 0
    taken, found = [0] * count, {}
    for group, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        fitting = [shard for shard in range(count) if taken[shard] + weight <= room]
        least = min(taken)
        fitting = fitting or [shard for shard in range(count) if taken[shard] == least]
        found[group] = max(fitting, key=lambda shard: _score(group, shard))
        taken[found[group]] += weight
    return found


def _score(group: str, shard: int) -> bytes:
    return sha256(f"{shard}\0{group}".encode()).digest()


def waves(pages: Sequence[Page], sizes: Sequence[int | str]) -> tuple[tuple[Page, ...], ...]:
    """The pages in waves of these sizes; what is left after the last one is one more wave.

    Percentages are of all pages. Without sizes there is one wave.

    >>> waves("abcdefghij", [1, "20%", "rest"])
    (('a',), ('b', 'c'), ('d', 'e', 'f', 'g', 'h', 'i', 'j'))
    """
    left, found = list(pages), []
    for size in (*sizes, "rest"):
        number = len(left) if size == "rest" else share(size, len(pages))
        found.append(tuple(left[:number]))
        left = left[number:]
    return tuple(filter(None, found))

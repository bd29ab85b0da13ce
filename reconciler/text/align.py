"""Equal and different pieces of two sequences: the basis of diffs and merges. Pure.

Only this module imports rapidfuzz: difflib takes seconds for the words of a rewritten 20 KB prompt.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import NamedTuple, TypeVar

_T = TypeVar("_T")

_MOST_CELLS = 50_000_000


class Run(NamedTuple):
    """A run of pieces in both sides: equal, or replaced. Half-open index ranges."""

    equal: bool
    old_start: int
    old_end: int
    new_start: int
    new_end: int


def runs(old: list[str], new: list[str]) -> Iterator[Run]:
    """Yield runs of pieces that both sides share and runs that differ, in order.

    A common start and end are taken off first, because most edits are small. The alignment's memory
    grows with the product of the remaining lengths; beyond a bound the rest counts as replaced, so
    that no hostile text can exhaust the machine.
    """
    head, tail = shared_ends(old, new)
    old_end, new_end = len(old) - tail, len(new) - tail
    if head:
        yield Run(equal=True, old_start=0, old_end=head, new_start=0, new_end=head)
    if (old_end - head) * (new_end - head) > _MOST_CELLS:
        yield Run(equal=False, old_start=head, old_end=old_end, new_start=head, new_end=new_end)
    else:
        for step in _indel().opcodes(old[head:old_end], new[head:new_end]):
            yield Run(
                step.tag == "equal",
                head + step.src_start,
                head + step.src_end,
                head + step.dest_start,
                head + step.dest_end,
            )
    if tail:
        yield Run(
            equal=True, old_start=old_end, old_end=len(old), new_start=new_end, new_end=len(new)
        )


def steps(old: list[str], new: list[str]) -> Iterator[Run]:
    """Merge adjacent runs, so that equal and replaced runs alternate."""
    return joined(runs(old, new), _both)


def _both(one: Run, other: Run) -> Run | None:
    if one.equal != other.equal:
        return None
    return Run(one.equal, one.old_start, other.old_end, one.new_start, other.new_end)


def joined(found: Iterable[_T], join: Callable[[_T, _T], _T | None]) -> Iterator[_T]:
    """Neighbours as one, as far as ``join`` makes one of two; ``groupby`` takes twice as long."""
    held: _T | None = None
    for one in found:
        both = None if held is None else join(held, one)
        if held is not None and both is None:
            yield held
        held = one if both is None else both
    if held is not None:
        yield held


def shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many pieces, or characters, both sides share at the start, and then at the end."""
    head = shared_start(old, new)
    room = min(len(old), len(new)) - head
    return head, next((i for i in range(room) if old[-1 - i] != new[-1 - i]), room)


def shared_start(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces, or characters, both sides share at the start."""
    shorter = min(len(old), len(new))
    return next((i for i in range(shorter) if old[i] != new[i]), shorter)


def similarity(old: Sequence[str], new: Sequence[str]) -> float:
    """The share of both sides that is equal, from 0 to 1; for huge ones, that of start and end."""
    if len(old) * len(new) <= _MOST_CELLS:
        return float(_indel().normalized_similarity(old, new))
    head, tail = shared_ends(old, new)
    return 2 * (head + tail) / (len(old) + len(new))


@cache
def _indel() -> ModuleType:
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where a text changed

    return Indel

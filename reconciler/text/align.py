"""Which pieces of two sequences are the same: the ground of diffs and merges. Pure.

rapidfuzz lives here: difflib takes seconds over the words of a rewritten 20 KB prompt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

_MOST_CELLS = 50_000_000


@dataclass(frozen=True)
class Run:
    """A stretch of both sides, in order: equal, or replaced. Half-open ranges of positions."""

    equal: bool
    old_start: int
    old_end: int
    new_start: int
    new_end: int


def runs(old: list[str], new: list[str]) -> Iterator[Run]:
    """Runs of pieces that both sides have, and runs that they do not, in order.

    What both begin and end with is taken off first: most edits are small. The alignment's
    memory grows with the product of what is left; beyond a bound all of that is taken as
    replaced, so that no hostile text can exhaust the machine.
    """
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where a text changed

    head, tail = shared_ends(old, new)
    old_end, new_end = len(old) - tail, len(new) - tail
    if head:
        yield Run(equal=True, old_start=0, old_end=head, new_start=0, new_end=head)
    if (old_end - head) * (new_end - head) > _MOST_CELLS:
        yield Run(equal=False, old_start=head, old_end=old_end, new_start=head, new_end=new_end)
    else:
        for step in Indel.opcodes(old[head:old_end], new[head:new_end]):
            places = (step.src_start, step.src_end, step.dest_start, step.dest_end)
            yield Run(step.tag == "equal", *(place + head for place in places))
    if tail:
        yield Run(
            equal=True, old_start=old_end, old_end=len(old), new_start=new_end, new_end=len(new)
        )


def steps(old: list[str], new: list[str]) -> Iterator[Run]:
    """The runs of :func:`runs`, in turn equal and replaced."""
    for equal, group in groupby(runs(old, new), key=lambda run: run.equal):
        first, *rest = group
        last = rest[-1] if rest else first
        yield replace(first, equal=equal, old_end=last.old_end, new_end=last.new_end)


def shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many pieces, or characters, both sides begin with, and end with after those."""
    head = shared_start(old, new)
    return head, shared_start(old[head:][::-1], new[head:][::-1])


def shared_start(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces, or characters, both sides begin with."""
    shorter = min(len(old), len(new))
    return next((i for i in range(shorter) if old[i] != new[i]), shorter)


def similarity(old: Sequence[str], new: Sequence[str]) -> float:
    """How much of both sides is the same, from 0 to 1; of giant ones how much of both ends."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where a text changed

    if len(old) * len(new) <= _MOST_CELLS:
        return float(Indel.normalized_similarity(old, new))
    head, tail = shared_ends(old, new)
    return 2 * (head + tail) / (len(old) + len(new))

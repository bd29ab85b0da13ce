"""Which pieces of two sequences are the same: the ground of diffs and merges. Pure.

rapidfuzz lives here: difflib takes seconds over the words of a rewritten 20 KB prompt.
"""

from collections.abc import Iterator
from dataclasses import dataclass

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

    The alignment's memory grows with the product of the lengths; beyond a bound all is taken as
    replaced, so that no hostile text can exhaust the machine.
    """
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where a text changed

    if len(old) * len(new) > _MOST_CELLS:
        yield Run(equal=False, old_start=0, old_end=len(old), new_start=0, new_end=len(new))
        return
    for step in Indel.opcodes(old, new):
        places = (step.src_start, step.src_end, step.dest_start, step.dest_end)
        yield Run(step.tag == "equal", *places)


def similarity(old: list[str], new: list[str]) -> float:
    """How much of both sides is the same, from 0 to 1; 0 where they are too long to tell."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - only where a text changed

    if len(old) * len(new) > _MOST_CELLS:
        return 0.0
    return float(Indel.normalized_similarity(old, new))

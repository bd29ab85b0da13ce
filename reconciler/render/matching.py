"""Which paragraphs of two texts are the same, changed, moved, gone or new. Pure.

Paragraphs are matched by what they say: white space, numbers of lists that count on, and
characters that nobody sees part none of them. What is gone in one place and stands in another
was moved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.engine import align
from reconciler.render.paragraphs import Paragraph

_ALIKE = 0.35
"""How much two paragraphs at one place must share to be one that changed."""
_MOVED = 0.75
"""How much two paragraphs at different places must share to be one that moved."""
_NEAR = 20
"""How many paragraphs of one side are looked at as the other side of one."""
_TELLING = 4
"""Words that a changed paragraph needs to be known again elsewhere."""
_MOST_PAIRS = 100_000
"""Pairs of paragraphs beyond which those that moved and were edited too are not looked for."""

_Places: TypeAlias = Mapping[int, Paragraph]


@dataclass(frozen=True)
class Step:
    """A place in the result: a paragraph of the old text, of the new one, or of both."""

    old: int | None
    new: int | None
    moved: bool = False


def matched(
    before: list[Paragraph], after: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph], list[Step]]:
    """Both texts, paragraphs joined where they are only broken into other lines; and the steps."""
    old, new = _wrapped_alike(before, after)
    return old, new, _with_moves(list(_steps(old, new)), old, new)


def _wrapped_alike(
    old: list[Paragraph], new: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Both texts, plain paragraphs joined that say the same on both sides in other lines."""
    left: list[Paragraph] = []
    right: list[Paragraph] = []
    for run in align.steps([one.key for one in old], [one.key for one in new]):
        ours, theirs = old[run.old_start : run.old_end], new[run.new_start : run.new_end]
        if not run.equal:
            ours, theirs = _joined_alike(ours, theirs)
        left += ours
        right += theirs
    return left, right


def _joined_alike(
    ours: list[Paragraph], theirs: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Two stretches, paragraphs joined where they begin and end with the same words."""
    left: list[Paragraph] = []
    right: list[Paragraph] = []
    place = other = 0
    while place < len(ours) and other < len(theirs):
        first, second = _same_words(ours[place : place + _NEAR], theirs[other : other + _NEAR])
        if first:
            left.append(_joined(ours[place : place + first]))
            right.append(_joined(theirs[other : other + second]))
        elif len(ours) - place > len(theirs) - other:
            left.append(ours[place])
            first = 1
        else:
            right.append(theirs[other])
            second = 1
        place, other = place + first, other + second
    return [*left, *ours[place:]], [*right, *theirs[other:]]


def _same_words(ours: Sequence[Paragraph], theirs: Sequence[Paragraph]) -> tuple[int, int]:
    """How many paragraphs of both sides hold the same words from here on; zeros for none."""
    first, second = 1, 1
    while first <= len(ours) and second <= len(theirs):
        if not (ours[first - 1].plain and theirs[second - 1].plain):
            break
        left = " ".join(one.key for one in ours[:first])
        right = " ".join(one.key for one in theirs[:second])
        if left == right:
            return first, second
        if left.startswith(f"{right} "):
            second += 1
        elif right.startswith(f"{left} "):
            first += 1
        else:
            break
    return 0, 0


def _joined(found: Sequence[Paragraph]) -> Paragraph:
    return replace(found[0], text="\n".join(one.text for one in found))


def _steps(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[Step]:
    if len(old) == len(new) == 1:
        yield Step(0, 0)  # a greeting that was rewritten is still the greeting
        return
    keys = [one.key for one in old], [one.key for one in new]
    for run in align.steps(*keys):
        ours, theirs = range(run.old_start, run.old_end), range(run.new_start, run.new_end)
        if run.equal:
            yield from map(Step, ours, theirs)
        else:
            yield from _replaced(old, ours, new, theirs)


def _replaced(
    old: Sequence[Paragraph], ours: range, new: Sequence[Paragraph], theirs: range
) -> Iterator[Step]:
    """Of a place where all differs, paragraphs that are alike as one that changed."""
    start = theirs.start
    for place in ours:
        near = range(start, min(start + _NEAR, theirs.stop))
        match = _first_alike(old[place], [new[i] for i in near])
        if match is None:
            yield Step(place, None)
            continue
        yield from (Step(None, i) for i in range(start, start + match))
        yield Step(place, start + match)
        start += match + 1
    yield from (Step(None, i) for i in range(start, theirs.stop))


def _first_alike(one: Paragraph, others: Sequence[Paragraph]) -> int | None:
    return next((place for place, other in enumerate(others) if _alike(one, other)), None)


def _alike(old: Paragraph, new: Paragraph) -> bool:
    """Whether enough words are the same; of two or three words, enough characters."""
    if bool(old.title) != bool(new.title):
        return False
    pieces = (old.words, new.words) if len(old.words) >= _TELLING else (old.text, new.text)
    return align.similarity(*pieces) >= _ALIKE


def _with_moves(
    steps: Sequence[Step], old: Sequence[Paragraph], new: Sequence[Paragraph]
) -> list[Step]:
    """The steps, what is gone here and stands there as one that moved."""
    gone = {step.old: old[step.old] for step in steps if step.new is None and step.old is not None}
    come = {step.new: new[step.new] for step in steps if step.old is None and step.new is not None}
    moves = _unchanged(gone, come)
    moves |= _edited(
        {place: one for place, one in gone.items() if place not in moves.values()},
        {place: one for place, one in come.items() if place not in moves},
    )
    taken = set(moves.values())
    return [
        Step(moves[step.new], step.new, moved=True)
        if step.old is None and step.new in moves
        else step
        for step in steps
        if step.new is not None or step.old not in taken
    ]


def _unchanged(gone: _Places, come: _Places) -> dict[int, int]:
    """From new places to old ones: paragraphs that say the same."""
    origins: dict[str, list[int]] = {}
    for place, one in gone.items():
        origins.setdefault(one.key, []).append(place)
    moves = {}
    for place, one in come.items():
        telling = any(character.isalnum() for character in one.key)
        if telling and origins.get(one.key):
            moves[place] = origins[one.key].pop(0)
    return moves


def _edited(gone: _Places, come: _Places) -> dict[int, int]:
    """From new places to old ones: paragraphs that say almost the same."""
    moves: dict[int, int] = {}
    left = {place: one for place, one in gone.items() if not one.title}
    if len(left) * len(come) > _MOST_PAIRS:
        return moves
    for place, one in come.items():
        if len(one.words) < _TELLING or one.title or not left:
            continue
        match = align.nearest(one.words, [other.words for other in left.values()], _MOVED)
        if match is not None:
            moves[place] = list(left)[match]
            del left[moves[place]]
    return moves

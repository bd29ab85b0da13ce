"""Join or split paragraphs that only wrap differently until both texts agree. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.text import align
from reconciler.text.paragraphs import Paragraph, split

_NEAR = 20
"""How many paragraphs of one side are compared as a rewrapped one."""


def rewrapped(
    old: list[Paragraph], new: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Both texts, with paragraphs that differ only in line breaks divided in the same way."""
    old, new = _split_alike(old, new), _split_alike(new, old)
    left: list[Paragraph] = []
    right: list[Paragraph] = []
    for run in align.steps([one.key for one in old], [one.key for one in new]):
        ours, theirs = old[run.old_start : run.old_end], new[run.new_start : run.new_end]
        if not run.equal:
            ours, theirs = _joined_alike(ours, theirs)
        left += ours
        right += theirs
    return left, right


def _split_alike(ours: list[Paragraph], theirs: list[Paragraph]) -> list[Paragraph]:
    """One side, with the end of a paragraph split off if the other side has it as a paragraph."""
    if not any("\n" in one.text for one in ours):
        return ours
    others = {one.key for one in theirs}
    return [piece for one in ours for piece in _split_off(one, others)]


def _split_off(one: Paragraph, others: set[str]) -> Iterator[Paragraph]:
    if "\n" in one.text and one.key not in others:
        for place in range(1, one.text.count("\n") + 1):
            head, tail = split(one, place)
            if tail.key in others:
                yield from (head, tail)
                return
    yield one


def _joined_alike(
    ours: list[Paragraph], theirs: list[Paragraph]
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Two ranges, with paragraphs joined if they start and end with the same words."""
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
    """How many paragraphs of both sides have the same words from here on; zeros for none."""
    first, second = 1, 1
    while first <= len(ours) and second <= len(theirs):
        if not (_joins(ours[:first]) and _joins(theirs[:second])):
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


def _joins(found: Sequence[Paragraph]) -> bool:
    """Whether paragraphs can be one: an item, a speaker or a tag only as the first of them."""
    return not found[0].alone and (len(found) == 1 or found[-1].plain)


def _joined(found: Sequence[Paragraph]) -> Paragraph:
    return found[0] if len(found) == 1 else found[0]._replace(text=_text(found))


def _text(found: Sequence[Paragraph]) -> str:
    return "\n".join(one.text for one in found)

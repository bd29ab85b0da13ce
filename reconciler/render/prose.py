"""The diff of a text, made for reading: what became of each paragraph. Pure.

Paragraphs are matched by what they say: white space, list numbers and characters that nobody
sees part none of them. What is gone in one place and stands in another was moved.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TypeAlias

from reconciler.engine import align
from reconciler.engine.characters import cosmetic, differences
from reconciler.render.paragraphs import Paragraph, paragraphs
from reconciler.render.safe import one_line
from reconciler.render.sheet import Passage, Prose
from reconciler.render.words import marked, whole

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
_SPACE = re.compile(r"[ \t\r\n]+")
_ENDS = " \t\r"


_Places: TypeAlias = Mapping[int, Paragraph]


@dataclass(frozen=True)
class _Step:
    """A place in the result: a paragraph of the old text, of the new one, or of both."""

    old: int | None
    new: int | None
    moved: bool = False


def prose(before: str, after: str) -> Prose:
    """What became of each paragraph of a text, in the new text's order."""
    old, new = _wrapped_alike(paragraphs(before), paragraphs(after))
    steps = _with_moves(list(_steps(old, new)), old, new)
    found = list(_moved_along(steps, [_passage(step, old, new) for step in steps]))
    spaces = _spaces(steps, old, new)
    if before != after and not spaces and all(one.kind == "same" for one in found):
        spaces = ["blank lines"]
    return Prose(passages=tuple(folded(found)), size=size(found), space=_space(spaces))


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


def _steps(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[_Step]:
    if len(old) == len(new) == 1:
        yield _Step(0, 0)  # a greeting that was rewritten is still the greeting
        return
    keys = [one.key for one in old], [one.key for one in new]
    for run in align.steps(*keys):
        ours, theirs = range(run.old_start, run.old_end), range(run.new_start, run.new_end)
        if run.equal:
            yield from map(_Step, ours, theirs)
        else:
            yield from _replaced(old, ours, new, theirs)


def _replaced(
    old: Sequence[Paragraph], ours: range, new: Sequence[Paragraph], theirs: range
) -> Iterator[_Step]:
    """Of a place where all differs, paragraphs that are alike as one that changed."""
    start = theirs.start
    for place in ours:
        near = range(start, min(start + _NEAR, theirs.stop))
        match = _first_alike(old[place], [new[i] for i in near])
        if match is None:
            yield _Step(place, None)
            continue
        yield from (_Step(None, i) for i in range(start, start + match))
        yield _Step(place, start + match)
        start += match + 1
    yield from (_Step(None, i) for i in range(start, theirs.stop))


def _first_alike(one: Paragraph, others: Sequence[Paragraph]) -> int | None:
    return next((place for place, other in enumerate(others) if _alike(one, other)), None)


def _alike(old: Paragraph, new: Paragraph) -> bool:
    """Whether enough words are the same; of two or three words, enough characters."""
    if bool(old.title) != bool(new.title):
        return False
    pieces = (old.words, new.words) if len(old.words) >= _TELLING else (old.text, new.text)
    return align.similarity(*pieces) >= _ALIKE


def _with_moves(
    steps: Sequence[_Step], old: Sequence[Paragraph], new: Sequence[Paragraph]
) -> list[_Step]:
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
        _Step(moves[step.new], step.new, moved=True)
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


def _passage(step: _Step, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Passage:
    if step.new is None or step.old is None:
        return _one_sided(step, old, new)
    ours, theirs = old[step.old], new[step.new]
    bare = Passage(
        kind="moved" if step.moved else "same",
        heading=one_line(theirs.heading),
        old_line=ours.line,
        new_line=theirs.line,
        moved_from=one_line(ours.heading) if step.moved else "",
        inside=_title(theirs),
        marks=(_mark(ours), _mark(theirs)),
    )
    if _says_the_same(ours, theirs):
        return replace(bare, after=whole(theirs.text)) if step.moved else bare
    before, after = marked(ours.text, theirs.text)
    return replace(
        bare,
        kind="moved" if step.moved else "changed",
        before=before,
        after=after,
        cosmetic=cosmetic(ours.text, theirs.text),
        odd=tuple(map(one_line, differences(ours.text, theirs.text))),
    )


def _one_sided(step: _Step, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Passage:
    if step.new is not None:
        one = new[step.new]
        heading = one_line(one.heading)
        bare = Passage(kind="added", heading=heading, inside=_title(one), marks=(0, _mark(one)))
        return replace(bare, after=whole(one.text), new_line=one.line)
    one = old[step.old or 0]
    marks, heading = (_mark(one), 0), one_line(one.heading)
    bare = Passage(kind="removed", heading=heading, inside=_title(one), marks=marks)
    return replace(bare, before=whole(one.text), old_line=one.line)


def _mark(one: Paragraph) -> int:
    return hash(one.unnumbered)


def _title(one: Paragraph) -> tuple[str, ...]:
    return (one_line(one.title),) if one.title else ()


def _says_the_same(ours: Paragraph, theirs: Paragraph) -> bool:
    """Whether only white space and the number of a list item differ."""
    return _squeezed(ours.unnumbered) == _squeezed(theirs.unnumbered)


def _squeezed(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def folded(found: Sequence[Passage]) -> Iterator[Passage]:
    """Runs of unchanged passages as one."""
    for same, group in groupby(found, key=lambda one: one.kind == "same"):
        first, *rest = group
        if same:
            count = sum(one.count for one in (first, *rest))
            inside = tuple(name for one in (first, *rest) for name in one.inside)
            yield replace(first, count=count, inside=inside)
        else:
            yield from (first, *rest)


def _moved_along(steps: Sequence[_Step], found: Sequence[Passage]) -> Iterator[Passage]:
    """The passages; unchanged ones that moved from one place to one place together as one."""
    held: Passage | None = None
    after: int | None = None
    for step, one in zip(steps, found, strict=True):
        moved = one.kind == "moved" and not one.before
        if held and moved and step.old == after:
            mark = hash((held.marks, one.marks))
            names = (*held.inside, *one.inside)
            held = replace(held, count=held.count + 1, inside=names, marks=(mark, mark))
        else:
            yield from (held,) if held else ()
            held = one if moved else None
            yield from () if moved else (one,)
        after = step.old + 1 if step.old is not None else None
    yield from (held,) if held else ()


def size(found: Sequence[Passage]) -> str:
    """What became of how many paragraphs: ``1 changed, 2 added, 28 unchanged``."""
    counts = {
        "changed": sum(one.kind == "changed" for one in found),
        "moved": sum(one.count for one in found if one.kind == "moved" and not one.before),
        "moved and changed": sum(one.kind == "moved" and bool(one.before) for one in found),
        "added": sum(one.kind == "added" for one in found),
        "removed": sum(one.kind == "removed" for one in found),
        "unchanged": sum(one.count for one in found if one.kind == "same"),
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _spaces(
    steps: Sequence[_Step], old: Sequence[Paragraph], new: Sequence[Paragraph]
) -> list[str]:
    """What changed in white space and list numbers, a word for each place."""
    found = []
    pairs = [(s.old, s.new) for s in steps if s.old is not None and s.new is not None]
    for ours, theirs in pairs:
        if old[ours].text != new[theirs].text:
            found += _how(old[ours], new[theirs])
    for (before, after), (ours, theirs) in pairwise(pairs):
        neighbours = ours == before + 1 and theirs == after + 1
        if neighbours and _gap(old, before) != _gap(new, after):
            found.append("blank lines")
    return found


def _how(ours: Paragraph, theirs: Paragraph) -> list[str]:
    """What of white space and number differs; of an edited paragraph only what ends it."""
    if not _says_the_same(ours, theirs):
        ends = [one.text[len(one.text.rstrip(_ENDS)) :] for one in (ours, theirs)]
        return ["trailing spaces"] if ends[0] != ends[1] else []
    if _squeezed(ours.text) != _squeezed(theirs.text):
        return ["list numbers"]
    before, after = ours.text.split("\n"), theirs.text.split("\n")
    if [line.removesuffix("\r") for line in before] == [line.removesuffix("\r") for line in after]:
        return ["line ends"]
    if [line.rstrip(_ENDS) for line in before] == [line.rstrip(_ENDS) for line in after]:
        return ["trailing spaces"]
    if [line.split() for line in before] != [line.split() for line in after]:
        return ["line breaks"]
    starts = [[len(line) - len(line.lstrip()) for line in lines] for lines in (before, after)]
    return ["spacing" if starts[0] == starts[1] else "indentation"]


def _gap(found: Sequence[Paragraph], place: int) -> int:
    """How many blank lines follow a paragraph."""
    one, following = found[place], found[place + 1]
    return following.line - one.line - one.text.count("\n") - 1


def _space(found: Sequence[str]) -> str:
    counts = {name: found.count(name) for name in dict.fromkeys(found)}
    return ", ".join(f"{name} at {n} place{'s' * (n != 1)}" for name, n in counts.items())

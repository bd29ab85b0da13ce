"""The diff of a text, made for reading: what happened to each paragraph. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple, TypedDict

from reconciler.late import changed, pattern
from reconciler.render.sanitize import one_line
from reconciler.render.view import Marks, Passage, Prose, Spans
from reconciler.render.words import marked, whole
from reconciler.schema import digest
from reconciler.text.characters import cosmetic, differences
from reconciler.text.layout import without_layout
from reconciler.text.matching import Step, matched
from reconciler.text.paragraphs import Paragraph, of_both, paragraphs
from reconciler.text.windows import GIANT, Window, window
from reconciler.text.wording import count

_SPACE = pattern(r"[ \t\r\n]+")
_ENDS = " \t\r"


class _Place(TypedDict):
    heading: str
    old_line: int
    new_line: int
    marks: Marks


@lru_cache(maxsize=1024)
def prose(before: str, after: str) -> Prose:
    """What happened to each paragraph of a text, in the new text's order.

    Cached: rows and sentences ask for the same change, and so do agents that have it in common. For
    huge texts it covers a part, and says how many lines are left.
    """
    if max(len(before), len(after)) > GIANT:
        return _in_part(window(before, after))
    return _whole(before, after)


def _in_part(seen: Window) -> Prose:
    found = _whole(seen.before, seen.after)
    passages = [
        changed(
            one,
            old_line=one.old_line and one.old_line + seen.above,
            new_line=one.new_line and one.new_line + seen.above,
        )
        for one in found.passages
    ]
    if not seen.left:
        return changed(found, passages=tuple(passages))
    passages.append(Passage(kind="left", count=seen.left, lines=seen.left))
    size = ", ".join(filter(None, [found.size, f"{count(seen.left, 'line')} not compared"]))
    return changed(found, passages=tuple(passages), size=size)


def _whole(before: str, after: str) -> Prose:
    if not before or not after:
        return _of_one_text(before, after)
    old, new, steps = matched(*of_both(before, after))
    kept = [_is_kept(step, old, new) for step in steps]
    found = list(_passages(steps, kept, old, new))
    spaces = _spaces(steps, kept, old, new)
    if before != after and not spaces and all(one.kind == "same" for one in found):
        spaces = ["blank lines"]
    return Prose(passages=tuple(found), size=size(found), space=_space(spaces))


def _passages(
    steps: Sequence[Step],
    kept: Sequence[bool],
    old: Sequence[Paragraph],
    new: Sequence[Paragraph],
) -> Iterator[Passage]:
    """One passage for each run of unchanged paragraphs, and for each of the others.

    Most of a prompt is unchanged: nothing is made for each paragraph of it.
    """
    gone = any(step.new is None for step in steps)
    names = _names(steps, old, new) if gone else {}
    for same, group in groupby(zip(kept, steps, strict=True), key=itemgetter(0)):
        run = [step for _, step in group]
        if same:
            yield _unchanged(run, old, new)
        else:
            yield from _moved_along([(step, _passage(step, old, new, names)) for step in run])


def _is_kept(step: Step, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> bool:
    """Whether a paragraph is unchanged, at its place."""
    if step.moved or step.old is None or step.new is None:
        return False
    ours, theirs = old[step.old], new[step.new]
    if ours is theirs or (ours.text == theirs.text and ours.counted == theirs.counted):
        return True
    return _says_the_same(ours, theirs)


def _of_one_text(before: str, after: str) -> Prose:
    """A text that is new or removed: there is nothing to compare it with."""
    found = paragraphs(after or before)
    if before:
        passages = [_removed(one, one.heading) for one in found]
    else:
        passages = [_added(one) for one in found]
    space = "" if passages or before == after else _space(["blank lines"])
    return Prose(passages=tuple(passages), size=size(passages), space=space)


def _names(
    steps: Sequence[Step], old: Sequence[Paragraph], new: Sequence[Paragraph]
) -> Mapping[str, str]:
    """The current names of the old text's sections: where most of their kept parts are.

    Text removed from a renamed section is shown below its new name with the rest of it.
    """
    votes: dict[str, Counter[str]] = {}
    kept = [
        (s.old, s.new) for s in steps if not s.moved and s.old is not None and s.new is not None
    ]
    for ours, theirs in kept:
        if not new[theirs].title:
            votes.setdefault(old[ours].heading, Counter())[new[theirs].heading] += 1
    there = {one.title for one in new}
    return {
        name: name if name in there else found.most_common(1)[0][0] for name, found in votes.items()
    }


def _unchanged(run: Sequence[Step], old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Passage:
    """A run of unchanged paragraphs, at the place of the first."""
    starts = ((step.new, step.length) for step in run if step.new is not None)
    found = [one for start, length in starts for one in new[start : start + length]]
    units = [one.unit for one in found]
    return Passage(
        kind="same",
        count=len(found),
        rows=units.count("row"),
        lines=units.count("line"),
        inside=tuple(one_line(one.title) for one in found if one.title),
        **_place(old[run[0].old or 0], found[0]),
    )


def _passage(
    step: Step, old: Sequence[Paragraph], new: Sequence[Paragraph], names: Mapping[str, str]
) -> Passage:
    if step.new is None or step.old is None:
        return _one_sided(step, old, new, names)
    ours, theirs = old[step.old], new[step.new]
    alike = step.moved and _says_the_same(ours, theirs)  # else it would be unchanged
    edit = _Edit((), whole(theirs.text)) if alike else _edit(ours.text, theirs.text)
    return Passage(
        kind="moved" if step.moved else "changed",
        before=edit.before,
        after=edit.after,
        moved_from=one_line(ours.heading) if step.moved else "",
        inside=_title(theirs),
        rows=int(theirs.unit == "row"),
        lines=int(theirs.unit == "line"),
        cosmetic=edit.cosmetic,
        odd=edit.odd,
        **_place(ours, theirs),
    )


class _Edit(NamedTuple):
    """What a paragraph was and is, and the characters that differ."""

    before: Spans
    after: Spans
    cosmetic: bool = False
    odd: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def _edit(before: str, after: str) -> _Edit:
    """Cached: of a plan of many agents, many have a paragraph that was edited in the same way."""
    odd = tuple(map(one_line, differences(before, after)))
    return _Edit(*marked(before, after), cosmetic(before, after), odd)


def _place(ours: Paragraph, theirs: Paragraph) -> _Place:
    """Where a paragraph of both sides is, and the digests of both."""
    return {
        "heading": one_line(theirs.heading),
        "old_line": ours.line,
        "new_line": theirs.line,
        "marks": (_mark(ours.unnumbered), _mark(theirs.unnumbered)),
    }


def _one_sided(
    step: Step, old: Sequence[Paragraph], new: Sequence[Paragraph], names: Mapping[str, str]
) -> Passage:
    if step.new is not None:
        return _added(new[step.new])
    one = old[step.old or 0]
    return _removed(one, names.get(one.heading, one.heading))


def _added(one: Paragraph) -> Passage:
    return Passage(
        kind="added",
        heading=one_line(one.heading),
        inside=_title(one),
        rows=int(one.unit == "row"),
        lines=int(one.unit == "line"),
        after=whole(one.text),
        new_line=one.line,
        marks=("", _mark(one.unnumbered)),
    )


def _removed(one: Paragraph, heading: str) -> Passage:
    return Passage(
        kind="removed",
        heading=one_line(heading),
        inside=_title(one),
        rows=int(one.unit == "row"),
        lines=int(one.unit == "line"),
        before=whole(one.text),
        old_line=one.line,
        marks=(_mark(one.unnumbered), ""),
    )


@lru_cache(maxsize=4096)
def _mark(text: str) -> str:
    return digest.source(text)


def _title(one: Paragraph) -> tuple[str, ...]:
    return (one_line(one.title),) if one.title else ()


def _says_the_same(ours: Paragraph, theirs: Paragraph) -> bool:
    """Whether only white space and the number of a list item differ."""
    return _differ_in_space(ours.unnumbered, theirs.unnumbered)


@lru_cache(maxsize=1024)
def _differ_in_space(one: str, other: str) -> bool:
    """Cached like an edit."""
    return one == other or _squeezed(one) == _squeezed(other)


def _squeezed(text: str) -> str:
    plain = without_layout(text)
    if plain.isprintable():  # then its only white space are blanks
        return " ".join(plain.split())
    return _SPACE.sub(" ", plain).strip()


def folded(found: Sequence[Passage]) -> Iterator[Passage]:
    """Join runs of unchanged passages, and runs of those in one shared change."""
    for (kind, _), group in groupby(found, key=lambda one: (one.kind, one.shared)):
        if kind in ("same", "shared"):
            yield together(list(group))
        else:
            yield from group


def together(found: Sequence[Passage]) -> Passage:
    """Join neighbours of one kind."""
    if len(found) == 1:
        return found[0]
    return changed(
        found[0],
        count=sum(one.count for one in found),
        rows=sum(one.rows for one in found),
        lines=sum(one.lines for one in found),
        inside=tuple(name for one in found for name in one.inside),
    )


def _moved_along(found: Sequence[tuple[Step, Passage]]) -> Iterator[Passage]:
    """Neighbours that are not the same; unchanged ones that moved together are joined."""
    held: Passage | None = None
    after: int | None = None
    for step, one in found:
        moved = one.kind == "moved" and not one.before
        if held and moved and step.old == after:
            mark = digest.content([*held.marks, *one.marks])
            held = changed(together((held, one)), marks=(mark, mark))
        else:
            yield from (held,) if held else ()
            held = one if moved else None
            yield from () if moved else (one,)
        after = step.old + 1 if step.old is not None else None
    yield from (held,) if held else ()


def size(found: Sequence[Passage]) -> str:
    """What happened to how many paragraphs: ``1 changed, 2 added, 28 unchanged``.

    If rows of tables or lines of code are among them, each number names what it counts.
    """
    kinds: dict[str, list[Passage]] = {
        "changed": [one for one in found if one.kind == "changed"],
        "moved": [one for one in found if one.kind == "moved" and not one.before],
        "moved and changed": [one for one in found if one.kind == "moved" and one.before],
        "added": [one for one in found if one.kind == "added"],
        "removed": [one for one in found if one.kind == "removed"],
        "unchanged": [one for one in found if one.kind == "same"],
    }
    counted = _things if any(one.rows or one.lines for one in found) else _number
    return ", ".join(f"{counted(group)} {name}" for name, group in kinds.items() if group)


def _number(found: Sequence[Passage]) -> int:
    return sum(one.count for one in found)


def _things(found: Sequence[Passage]) -> str:
    """Counted paragraphs: ``3 paragraphs``, ``2 rows and 40 lines``."""
    rows, lines = sum(one.rows for one in found), sum(one.lines for one in found)
    counts = {"paragraph": _number(found) - rows - lines, "row": rows, "line": lines}
    return " and ".join(count(number, name) for name, number in counts.items() if number)


def _spaces(
    steps: Sequence[Step],
    kept: Sequence[bool],
    old: Sequence[Paragraph],
    new: Sequence[Paragraph],
) -> list[str]:
    """Changes of white space and list numbers, a word for each place."""
    found = []
    pairs = [(s.old, s.new, s.length) for s in steps if s.old is not None and s.new is not None]
    for step, same in zip(steps, kept, strict=True):
        if step.old is not None and step.new is not None:
            one, other = old[step.old], new[step.new]
            if one is not other and one.text != other.text:
                alike = same or (step.moved and _says_the_same(one, other))
                found += _spaced(one, other) if alike else _ended(one, other)
    for (before, after, length), (ours, theirs, _) in pairwise(pairs):
        neighbours = ours == before + length and theirs == after + length
        if neighbours and _gap(old[ours - 1], old[ours]) != _gap(new[theirs - 1], new[theirs]):
            found.append("blank lines")
    return found


def _ended(ours: Paragraph, theirs: Paragraph) -> list[str]:
    """The difference of white space at the end of an edited paragraph."""
    ends = [one.text[len(one.text.rstrip(_ENDS)) :] for one in (ours, theirs)]
    return ["trailing spaces"] if ends[0] != ends[1] else []


def _spaced(ours: Paragraph, theirs: Paragraph) -> list[str]:
    """The differences of white space and number of a paragraph with the same words."""
    if _squeezed(ours.text) != _squeezed(theirs.text):
        return ["list numbers"]
    before, after = ours.text.split("\n"), theirs.text.split("\n")
    if [line.split() for line in before] != [line.split() for line in after] and _drawn_alike(
        ours.text, theirs.text
    ):
        return ["spacing"]
    if [line.removesuffix("\r") for line in before] == [line.removesuffix("\r") for line in after]:
        return ["line ends"]
    if [line.rstrip(_ENDS) for line in before] == [line.rstrip(_ENDS) for line in after]:
        return ["trailing spaces"]
    if [line.split() for line in before] != [line.split() for line in after]:
        return ["line breaks"]
    starts = [[len(line) - len(line.lstrip()) for line in lines] for lines in (before, after)]
    return ["spacing" if starts[0] == starts[1] else "indentation"]


def _drawn_alike(before: str, after: str) -> bool:
    """Whether rows or rules differ only in width."""
    plain = without_layout(before), without_layout(after)
    return plain != (before, after) and _squeezed(before) == _squeezed(after)


def _gap(one: Paragraph, following: Paragraph) -> int:
    """The number of blank lines between neighbours."""
    return following.line - one.line - one.text.count("\n") - 1


def _space(found: Sequence[str]) -> str:
    counts = {name: found.count(name) for name in dict.fromkeys(found)}
    return ", ".join(f"{name} at {count(n, 'place')}" for name, n in counts.items())

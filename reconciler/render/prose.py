"""The diff of a text, made for reading: what became of each paragraph. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from reconciler.engine.characters import cosmetic, differences
from reconciler.engine.wording import count
from reconciler.render.matching import Step, matched
from reconciler.render.paragraphs import Paragraph, paragraphs
from reconciler.render.safe import one_line
from reconciler.render.sheet import Passage, Prose
from reconciler.render.words import marked, whole

_SPACE = re.compile(r"[ \t\r\n]+")
_ENDS = " \t\r"


def prose(before: str, after: str) -> Prose:
    """What became of each paragraph of a text, in the new text's order."""
    old, new, steps = matched(paragraphs(before), paragraphs(after))
    found = list(_moved_along(steps, [_passage(step, old, new) for step in steps]))
    spaces = _spaces(steps, old, new)
    if before != after and not spaces and all(one.kind == "same" for one in found):
        spaces = ["blank lines"]
    return Prose(passages=tuple(folded(found)), size=size(found), space=_space(spaces))


def _passage(step: Step, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Passage:
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


def _one_sided(step: Step, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Passage:
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


def _moved_along(steps: Sequence[Step], found: Sequence[Passage]) -> Iterator[Passage]:
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


def _spaces(steps: Sequence[Step], old: Sequence[Paragraph], new: Sequence[Paragraph]) -> list[str]:
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
    return ", ".join(f"{name} at {count(n, 'place')}" for name, n in counts.items())

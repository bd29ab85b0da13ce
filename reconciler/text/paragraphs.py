"""A prompt split as people read it: headings, paragraphs, list items, table rows. Pure.

The start of a line usually decides: a speaker, a tag, a quote mark or a symbol starts a paragraph
(see ``lines``). Plain lines form one paragraph if an editor has wrapped them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reconciler.text import lines
from reconciler.text.characters import fold
from reconciler.text.layout import without_layout


class Paragraph(NamedTuple):
    """A piece of a text: its lines, the line number of its start, and the heading above it.

    ``title`` is a heading's text. ``plain``: it may continue the paragraph above. ``alone``:
    nothing can continue it. ``counted``: it is an item of a list whose numbers count up. ``unit``
    is its name for people: ``paragraph``, ``row`` of a table, ``line`` of code or of a drawing.
    A tuple: hundreds are made for each change of a prompt.
    """

    text: str
    line: int
    heading: str = ""
    title: str = ""
    plain: bool = False
    alone: bool = False
    counted: bool = False
    unit: str = lines.PARAGRAPH

    @property
    def key(self) -> str:
        """Equal for paragraphs that sound the same, even with different list numbers."""
        return _key(self.unnumbered)

    @property
    def unnumbered(self) -> str:
        """The text with `№` for its number, so that an added item does not renumber all others."""
        if not self.counted:
            return self.text
        found = lines.NUMBER.match(self.text)
        return f"{found[1]}№{self.text[found.end() :]}" if found else self.text

    @property
    def words(self) -> tuple[str, ...]:
        """Its words without punctuation, list marks and numbers of steps."""
        return lines.words(self.key.replace("|", " | ") if self.unit == lines.ROW else self.key)

    @property
    def label(self) -> str:
        """Its subject: the first cell of a row, or the text before a colon."""
        return lines.label(self.key)


def keys(found: Iterable[Paragraph]) -> set[str]:
    """The keys of paragraphs."""
    return {_key(one.unnumbered if one.counted else one.text) for one in found}


@lru_cache(maxsize=8192)
def _key(text: str) -> str:
    return fold(without_layout(text))


def paragraphs(text: str) -> list[Paragraph]:
    r"""Split a text into pieces, in order, without blank lines.

    >>> [(one.line, one.heading, one.text) for one in paragraphs("# Role\n\n- a\n- b")]
    [(1, '', '# Role'), (3, 'Role', '- a'), (4, 'Role', '- b')]
    """
    found = text.split("\n")
    return _made(found, _grouped(found, _stretches(found)))


def of_both(before: str, after: str) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs of two texts.

    Most edits leave every line what it was, such as an item of a list. Then the second text is
    divided like the first one, and what was not edited is the same object in both.
    """
    ours, theirs = before.split("\n"), after.split("\n")
    stretches = _stretches(ours)
    groups = _grouped(ours, stretches)
    old = _made(ours, groups)
    edited = _edited(ours, theirs)
    if edited is not None and _grouped(theirs, stretches) == groups:
        new = _with_lines(old, groups, theirs, edited)
        if new is not None:
            return old, new
    return old, paragraphs(after)


def _edited(ours: Sequence[str], theirs: Sequence[str]) -> list[int] | None:
    """Where the words of lines were edited; None if a line became another sort of line."""
    if len(ours) != len(theirs):
        return None
    pairs = enumerate(zip(ours, theirs, strict=True))
    edited = [place for place, (one, other) in pairs if one != other]
    if any(lines.seen(ours[place]) != lines.seen(theirs[place]) for place in edited):
        return None
    return [place for place in edited if not lines.seen(ours[place]).blank]


def _with_lines(
    old: list[Paragraph], groups: Sequence["_Group"], found: Sequence[str], edited: Sequence[int]
) -> list[Paragraph] | None:
    """Paragraphs with other lines in these places; None if an item has another number."""
    starts, new = [start for start, _, _ in groups], [*old]
    for place in dict.fromkeys(bisect_right(starts, line) - 1 for line in edited):
        start, size, _ = groups[place]
        new[place] = one = old[place]._replace(text="\n".join(found[start : start + size]))
        if _number(one) != _number(old[place]):
            return None
    return new


def split(one: Paragraph, place: int) -> tuple[Paragraph, Paragraph]:
    """Split a paragraph of several lines in two, the second from line ``place`` on."""
    found = one.text.split("\n")
    head, tail = "\n".join(found[:place]), "\n".join(found[place:])
    rest = one._replace(text=tail, line=one.line + place, plain=True, counted=False)
    return one._replace(text=head), rest


def _made(found: Sequence[str], groups: Sequence["_Group"]) -> list[Paragraph]:
    heading, made, numbered = "", list[Paragraph](), False
    for start, size, fenced in groups:
        first = lines.seen(found[start])
        text = found[start] if size == 1 else "\n".join(found[start : start + size])
        title = "" if fenced else first.title
        alone = fenced or first.alone
        plain = not (alone or first.starts)
        unit = lines.LINE if fenced else first.unit
        made.append(Paragraph(text, start + 1, heading, title, plain, alone, unit=unit))
        heading = title or heading
        numbered = numbered or first.numbered
    return _counted(made) if numbered else made


def _counted(found: list[Paragraph]) -> list[Paragraph]:
    """Mark items of lists whose numbers count up from the one before, or to the one after."""
    values = [*map(_number, found)]
    follows = [
        mine is not None and other is not None and mine == other + 1
        for other, mine in zip([None, *values], values, strict=False)
    ]
    counts = [one or after for one, after in zip(follows, [*follows[1:], False], strict=False)]
    return [
        one._replace(counted=yes) if yes else one for one, yes in zip(found, counts, strict=True)
    ]


def _number(one: Paragraph) -> int | None:
    """The number of an item of a list."""
    found = lines.NUMBER.match(one.text)
    return int(found[2]) if found else None


_Group: TypeAlias = tuple[int, int, bool]
"""Lines that belong together: the index of the first, how many they are, whether they are code."""


def _grouped(found: Sequence[str], stretches: Sequence[_Group]) -> list[_Group]:
    """The paragraphs of a text: stretches, divided where a line break is more than wrapping."""
    width = -1
    groups = list[_Group]()
    for stretch in stretches:
        start, size, fenced = stretch
        if size == 1:
            groups.append(stretch)
            continue
        width = lines.width(found) if width < 0 else width
        for wrapped in lines.wrapped(found[start : start + size], width):
            groups.append((start, wrapped, fenced))
            start += wrapped
    return groups


def _stretches(found: Sequence[str]) -> list[_Group]:
    """Lines that only a line break can separate into paragraphs; or one line of code."""
    stretches = list[_Group]()
    start = size = 0
    fenced = ended = False
    for place, here in enumerate(map(lines.seen, found)):
        code = fenced or here.fence
        if size and (code or here.blank or here.starts or ended):
            stretches.append((start, size, False))
            size = 0
        if code and not here.blank:
            stretches.append((place, 1, True))
        elif not here.blank:
            start = start if size else place
            size += 1
        fenced, ended = fenced != here.fence, here.ends
    if size:
        stretches.append((start, size, False))
    return stretches

"""A prompt split as people read it: headings, paragraphs, list items, table rows. Pure.

The start of a line usually decides: a speaker, a tag, a quote mark or a symbol starts a paragraph
(see ``lines``). Plain lines form one paragraph if an editor has wrapped them.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from reconciler.late import pattern
from reconciler.text import lines
from reconciler.text.characters import fold
from reconciler.text.layout import without_layout

_NUMBER = pattern(r"(\s*)(\d{1,3})[.)](?=\s)")


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
        found = _NUMBER.match(self.text)
        return f"{found[1]}№{self.text[found.end() :]}" if found else self.text

    @property
    def words(self) -> tuple[str, ...]:
        """Its words without punctuation, list marks and numbers of steps."""
        return lines.words(self.key.replace("|", " | ") if self.unit == lines.ROW else self.key)

    @property
    def label(self) -> str:
        """Its subject: the first cell of a row, or the text before a colon."""
        return lines.label(self.key)


@lru_cache(maxsize=8192)
def _key(text: str) -> str:
    return fold(without_layout(text))


def paragraphs(text: str) -> list[Paragraph]:
    r"""Split a text into pieces, in order, without blank lines.

    >>> [(one.line, one.heading, one.text) for one in paragraphs("# Role\n\n- a\n- b")]
    [(1, '', '# Role'), (3, 'Role', '- a'), (4, 'Role', '- b')]
    """
    heading, found = "", []
    for line, group, fenced in _grouped(text):
        first = lines.seen(group[0])
        title = "" if fenced else first.title
        alone = fenced or first.alone
        plain = not (alone or first.starts)
        unit = lines.LINE if fenced else first.unit
        found.append(Paragraph("\n".join(group), line, heading, title, plain, alone, unit=unit))
        heading = title or heading
    return _counted(found)


def split(one: Paragraph, place: int) -> tuple[Paragraph, Paragraph]:
    """Split a paragraph of several lines in two, the second from line ``place`` on."""
    found = one.text.split("\n")
    head, tail = "\n".join(found[:place]), "\n".join(found[place:])
    rest = one._replace(text=tail, line=one.line + place, plain=True, counted=False)
    return one._replace(text=head), rest


def _counted(found: list[Paragraph]) -> list[Paragraph]:
    """Mark items of lists whose numbers count up from the one before, or to the one after."""
    numbers = [_NUMBER.match(one.text) for one in found]
    if not any(numbers):
        return found
    values = [int(number[2]) if number else None for number in numbers]
    follows = [
        mine is not None and other is not None and mine == other + 1
        for other, mine in zip([None, *values], values, strict=False)
    ]
    counts = [one or after for one, after in zip(follows, [*follows[1:], False], strict=False)]
    return [
        one._replace(counted=yes) if yes else one for one, yes in zip(found, counts, strict=True)
    ]


def _grouped(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """Lines that belong together, with the number of the first one, and whether they are code."""
    found = text.split("\n")
    width = -1
    for number, group, fenced in _stretches(found):
        if len(group) == 1:
            yield number, group, fenced
            continue
        width = lines.width(found) if width < 0 else width
        place = 0
        for size in lines.wrapped(group, width):
            yield number + place, group[place : place + size], fenced
            place += size


def _stretches(found: Sequence[str]) -> Iterator[tuple[int, list[str], bool]]:
    """Lines that only a line break can separate into paragraphs; or one line of code."""
    group: list[str] = []
    fenced = ended = False
    for number, line in enumerate(found, 1):
        here, blank = lines.seen(line), not line.strip()
        code = fenced or here.fence
        if group and (code or blank or here.starts or ended):
            yield number - len(group), group, False
            group = []
        if code and not blank:
            yield number, [line], True
        elif not blank:
            group = [*group, line]
        fenced, ended = fenced != here.fence, here.ends
    if group:
        yield len(found) + 1 - len(group), group, False

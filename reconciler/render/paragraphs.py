"""A prompt taken apart as people read it: headings, paragraphs, list items, table rows. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from reconciler.engine.characters import fold

_HEADING = re.compile(r"[ ]{0,3}#{1,6}\s+(.*\S)")
_ITEM = re.compile(r"\s*([-*+•–]|(\d{1,3}|\w)[.)])\s+\S")
_NUMBER = re.compile(r"(\s*)(\d{1,3})[.)](?=\s)")
_ALONE = re.compile(r"\s*(\||[-*_=]{3,}\s*$|<<|>>)")
_FENCE = re.compile(r"\s*(```|~~~)")
_ENDED = re.compile(r"[.!?؟。…][»\")\]]*\s*$")
_STARTS = (_HEADING, _ITEM, _ALONE, _FENCE)
_WRAPPED = 30
"""A line that is shorter, or ends a sentence, was not wrapped: the next one is another thought."""


@dataclass(frozen=True)
class Paragraph:
    """A piece of a text: its lines joined, where it begins, and the heading above it.

    ``title`` is a heading's text. ``plain``: it is neither heading nor item nor code nor a row of
    a table. ``counted``: it is an item of a list that counts on from one item to the next.
    """

    text: str
    line: int
    heading: str = ""
    title: str = ""
    plain: bool = False
    counted: bool = False

    @cached_property
    def key(self) -> str:
        """What two paragraphs share that read aloud the same, whatever their number in a list."""
        return fold(self.unnumbered)

    @cached_property
    def unnumbered(self) -> str:
        """The text; `№` for its number where one more item renumbers all others."""
        found = _NUMBER.match(self.text) if self.counted else None
        return f"{found[1]}№{self.text[found.end() :]}" if found else self.text

    @cached_property
    def words(self) -> list[str]:
        """The words, as they stand."""
        return self.text.split()


def paragraphs(text: str) -> list[Paragraph]:
    r"""The pieces of a text in order, without its blank lines.

    >>> [(one.line, one.heading, one.text) for one in paragraphs("# Role\n\n- a\n- b")]
    [(1, '', '# Role'), (3, 'Role', '- a'), (4, 'Role', '- b')]
    """
    heading, found = "", []
    for line, lines, fenced in _grouped(text):
        title = None if fenced else _HEADING.match(lines[0])
        name = title[1].rstrip("# ") if title else ""
        special = fenced or any(one.match(lines[0]) for one in _STARTS)
        found.append(Paragraph("\n".join(lines), line, heading, name, not special))
        heading = name or heading
    return _counted(found)


def _counted(found: list[Paragraph]) -> list[Paragraph]:
    """The same, items of lists marked that count on from the one before, or to the one after."""
    numbers = [_NUMBER.match(one.text) for one in found]
    values = [int(number[2]) if number else None for number in numbers]
    follows = [
        mine is not None and other is not None and mine == other + 1
        for other, mine in zip([None, *values], values, strict=False)
    ]
    counts = [one or after for one, after in zip(follows, [*follows[1:], False], strict=False)]
    return [replace(one, counted=yes) for one, yes in zip(found, counts, strict=True)]


def _grouped(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """Lines that belong together: the number of the first one, and whether they are code."""
    group: list[str] = []
    fenced = inside = False
    for number, line in enumerate(text.split("\n"), 1):
        joins = not fenced and _continues(group, line)
        if group and not joins:
            yield number - len(group), group, inside
            group = []
        inside = fenced or bool(_FENCE.match(line))
        if _FENCE.match(line):
            fenced = not fenced
        if line.strip():
            group = [*group, line]
    if group:
        yield text.count("\n") + 2 - len(group), group, inside


def _continues(group: list[str], line: str) -> bool:
    """Whether a line is the wrapped rest of the lines above it."""
    if not group or not line.strip():
        return False
    last = group[-1]
    if any(one.match(line) for one in _STARTS) or _HEADING.match(last) or _ALONE.match(last):
        return False
    return len(last) >= _WRAPPED and not _ENDED.search(last)

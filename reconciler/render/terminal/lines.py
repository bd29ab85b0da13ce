"""One line on a stream: wrapped, indented, each foreign text isolated in its direction."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.late import pattern
from reconciler.render import bidi
from reconciler.render.terminal.stream import NARROWEST, Pieces, write


def _print(out: Console, line: Text) -> None:
    """Print a line that is already wrapped, or never is."""
    pieces = _pieces(line)
    if pieces is None:
        out.print(line)
    else:
        write(out, pieces)


def _pieces(line: Text) -> Pieces | None:
    """The pieces of a line; None if a piece has several styles."""
    if not line.spans:
        return [(line.plain, str(line.style))]
    if line.style:
        return None
    found, end, plain = [], 0, line.plain
    for span in line.spans:
        if span.start < end:
            return None
        found += [(plain[end : span.start], ""), (plain[span.start : span.end], str(span.style))]
        end = span.end
    return [*found, (plain[end:], "")]


def show_own(out: Console, text: str, style: str, columns: int, *, gutter: int) -> None:
    """Print one of many lines of ours between foreign ones, after an empty gutter."""
    if out.soft_wrap:
        write(out, [(" " * columns, ""), ("│ ", "dim"), (" " * gutter, ""), (text, style)])
    else:
        show(out, Text(text, style), columns, gutter=Text(" " * gutter))


def show(out: Console, line: Text, columns: int, *, gutter: Text | None = None) -> None:
    """Print an indented line; on a terminal its wrapped rest is below it.

    ``gutter`` is in fixed columns before a line of foreign text, after a bar of ours that the
    wrapped rest keeps.
    """
    if out.soft_wrap:
        bar = [("│ ", "dim")] if gutter is not None else []
        pieces = [_pieces(one) for one in (gutter, line) if one is not None]
        if None not in pieces:
            found = [piece for part in pieces for piece in part or ()]
            write(out, [(" " * columns, ""), *bar, *found])
            return
    first = Text(" " * columns)
    more = first.copy().append("  ")
    if gutter is not None:
        first.append("│ ", "dim").append_text(gutter)
        more = Text(" " * columns).append("│ ", "dim").append(" " * gutter.cell_len)
    if out.soft_wrap:
        _print(out, first.append_text(line))
        return
    width = max(out.width - more.cell_len, NARROWEST)
    for piece in _balanced(line.wrap(out, width) or [line]):
        _print(out, first.append_text(piece))
        first = more.copy()


def show_foreign(out: Console, line: Pieces, columns: int, *, gutter: Pieces) -> None:
    """Print one of many lines of foreign text after a gutter, isolated."""
    bar = [(" " * columns, ""), ("│ ", "dim")]
    line = _isolated(line)
    if out.soft_wrap:
        write(out, [*bar, *gutter, *line])
        return
    room = cell_len("".join(text for text, _ in gutter))
    width = max(out.width - columns - 2 - room, NARROWEST)
    wrapped = _wrapped(out, line, width)
    if wrapped is None:
        show(out, Text.assemble(*line), columns, gutter=Text.assemble(*gutter))
        return
    head, held = [*bar, *gutter], ""
    for piece in wrapped:
        whole = "".join([held, *(text for text, _ in piece)])
        still = bidi.left_open(whole)
        write(out, [*head, (held, ""), *piece, (bidi.END * len(still), "")])
        head, held = [*bar, (" " * room, "")], still


def _wrapped(out: Console, line: Pieces, width: int) -> list[Pieces] | None:
    """Wrap a line to so many cells, at the places where rich wraps the bare text.

    None if rich changed the text, such as a tab to blanks.
    """
    plain = "".join(text for text, _ in line)
    found, place = [], 0
    parted = _parted(plain, width) or [one.plain for one in Text(plain).wrap(out, width)]
    for one in parted:
        start = plain.find(one, place)
        if start < 0 or plain[place:start].strip():
            return None
        place = start + len(one)
        found.append(_between(line, start, place))
    return None if plain[place:].strip() else found


def _parted(text: str, width: int) -> list[str]:
    """The lines of a text as rich wraps it; empty if that is not simple.

    Simple texts have single blanks between words, only characters of one cell, and no word longer
    than a line. Isolates around all of it take no room.
    """
    inside = text.strip(bidi.ALL)
    if not _OF_ONE_CELL.fullmatch(inside) or " ".join(inside.split()) != inside:
        return []
    head, _, tail = text.partition(inside)
    found, start, opened = [], 0, head
    while len(inside) - start > width:
        blank = inside.rfind(" ", start, start + width + 1)
        if blank < 0:
            return []
        line = opened + inside[start : blank + 1]
        found.append(line if len(line) <= width else line[:-1])  # rich counts isolates here
        start, opened = blank + 1, ""
    return [*found, opened + inside[start:] + tail]


_OF_ONE_CELL = pattern("[ -~«»À-ÖØ-öø-ſ،؛؟\u0621-\u063a\u0641-\u064a\u0660-\u0669–—‘’“”•…]+")
"""Most of what people write: each of these takes one cell."""


def _between(line: Pieces, start: int, end: int) -> Pieces:
    """The part of a line between two offsets."""
    found, place = [], 0
    for text, style in line:
        first, last = max(start - place, 0), end - place
        if last > first and first < len(text):
            found.append((text[first:last], style))
        place += len(text)
    return found


def _isolated(line: Pieces) -> Pieces:
    """A line between isolates, each piece with its style."""
    plain = "".join(text for text, _ in line)
    found = bidi.isolated(plain)
    if found == plain:
        return line
    if len(line) > 1:
        return _pieces(isolated(Text.assemble(*line))) or line
    start, end = found.index(plain[0]), found.rindex(plain[-1]) + 1
    return [(found[:start], ""), (found[start:end], line[0][1]), (found[end:], "")]


def _balanced(pieces: Iterable[Text]) -> Iterator[Text]:
    """The pieces of a wrapped line; an isolate that is cut in two is closed and reopened."""
    held = ""
    for piece in pieces:
        whole = Text(held).append_text(piece)
        held = bidi.left_open(whole.plain)
        yield whole.append(bidi.END * len(held))


def isolated(text: Text) -> Text:
    """A styled foreign text between isolates, with its styles in place."""
    found = bidi.isolated(text.plain)
    if found == text.plain:
        return text
    places, place = [], 0
    for character in text.plain:
        place = found.index(character, place)
        places.append(place)
        place += 1
    made = Text(found)
    for span in text.spans:
        made.stylize(span.style, places[span.start], places[span.end - 1] + 1)
    return made

"""One line on a stream: wrapped, indented, each foreign text isolated in its direction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import IO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.render import bidi

STYLES = {
    "+": "green",
    "~": "yellow",
    "-": "red",
    "!": "bold red",
    "?": "magenta",
    "·": "dim",
    "✓": "green",
    "≠": "yellow",
    "✗": "red",
    ">": "cyan",
    "=": "dim",
}
"""The style of a sign. Colours repeat what signs say."""

_NARROWEST, _USUAL = 20, 80

Pieces = Sequence[tuple[str, str]]
"""What a line is made of: texts in which nothing acts, each with its style."""


def console(file: IO[str], color: str = "auto", env: Mapping[str, str] | None = None) -> Console:
    """A console for a stream; ``color`` is ``auto``, ``always`` or ``never``.

    ``env`` may say more of the terminal: ``COLUMNS``, ``TERM``, ``NO_COLOR``, ``FORCE_COLOR``.
    """
    forced = {"always": True, "never": False}.get(color)
    out = Console(
        _environ=env or {},
        file=file,
        force_terminal=forced,
        no_color=None if forced is None else not forced,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not file.isatty(),
    )
    if out.width < _NARROWEST:  # rich prints nothing at all in no columns
        out.width = _NARROWEST if out.width > 0 else _USUAL
    return out


def put(out: Console, lines: Iterable[Pieces]) -> None:
    """Lines that may be thousands: where nothing is wrapped, rich has little to do."""
    for pieces in lines:
        if _fits(out, pieces):
            out.file.write(_coloured(out, pieces))
        else:
            out.print(Text.assemble(*pieces))
    out.file.flush()


def _fits(out: Console, pieces: Pieces) -> bool:
    """Whether a line is printed as it is; tabs and line ends would make more of it."""
    whole = "".join(text for text, _ in pieces)
    if not whole.isprintable() and ("\t" in whole or "\n" in whole):
        return False
    return out.soft_wrap or cell_len(whole) <= out.width


def _coloured(out: Console, pieces: Pieces) -> str:
    """A line with its end, each piece in its style."""
    if not out.color_system:
        return "".join(text for text, _ in pieces) + "\n"
    codes = ((text, _codes(out, style)) for text, style in pieces if text)
    return "".join(f"{begin}{text}{end}" for text, (begin, end) in codes) + "\n"


@lru_cache(maxsize=128)
def _codes(out: Console, style: str) -> tuple[str, str]:
    """What begins and ends a style on a console: found out once, for it costs more than a line."""
    with out.capture() as found:
        out.print(Text("x", style), end="")
    begin, _, end = found.get().partition("x")
    return begin, end


def _print(out: Console, line: Text) -> None:
    """A line that is not wrapped any more, or never."""
    pieces = _pieces(line)
    if pieces is not None and _fits(out, pieces):
        out.file.write(_coloured(out, pieces))
    else:
        out.print(line)


def _pieces(line: Text) -> Pieces | None:
    """The pieces of a line; None where one has several styles."""
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


def show(out: Console, line: Text, columns: int, *, gutter: Text | None = None) -> None:
    """A line, indented; on a terminal its wrapped rest stands under it.

    ``gutter`` is what stands in fixed columns before a line of foreign text, behind a bar of
    ours that the wrapped rest keeps.
    """
    first = Text(" " * columns)
    more = first.copy().append("  ")
    if gutter is not None:
        first.append("│ ", "dim").append_text(gutter)
        more = Text(" " * columns).append("│ ", "dim").append(" " * gutter.cell_len)
    if out.soft_wrap:
        _print(out, first.append_text(line))
        return
    width = max(out.width - more.cell_len, _NARROWEST)
    for piece in _balanced(line.wrap(out, width) or [line]):
        _print(out, first.append_text(piece))
        first = more.copy()


def show_foreign(out: Console, line: Pieces, columns: int, *, gutter: Pieces) -> None:
    """A line of foreign text behind a gutter, isolated; one of thousands."""
    head = [(" " * columns, ""), ("│ ", "dim"), *gutter]
    apart = _isolated(line)
    if apart is not None and _fits(out, whole := [*head, *apart]):
        out.file.write(_coloured(out, whole))
    else:
        text = isolated(Text.assemble(*line))
        show(out, text, columns, gutter=Text.assemble(*gutter))


def _isolated(line: Pieces) -> Pieces | None:
    """A line between isolates; None for one of several pieces, whose places must be counted."""
    plain = "".join(text for text, _ in line)
    found = bidi.isolated(plain)
    if found == plain:
        return line
    if len(line) > 1:
        return None
    start, end = found.index(plain[0]), found.rindex(plain[-1]) + 1
    return [(found[:start], ""), (found[start:end], line[0][1]), (found[end:], "")]


def _balanced(pieces: Iterable[Text]) -> Iterator[Text]:
    """The pieces of a wrapped line; an isolate that is cut in two is closed and opened again."""
    held = ""
    for piece in pieces:
        whole = Text(held).append_text(piece)
        held = bidi.left_open(whole.plain)
        yield whole.append(bidi.END * len(held))


def isolated(text: Text) -> Text:
    """A styled foreign text between isolates, its styles where they were."""
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

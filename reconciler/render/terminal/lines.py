"""One line on a stream: wrapped, indented, each foreign text isolated in its direction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

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
    """Lines that may be thousands: where nothing is wrapped or coloured, rich has nothing to do."""
    if not out.soft_wrap or out.color_system:
        for pieces in lines:
            out.print(Text.assemble(*pieces))
        return
    for pieces in lines:
        out.file.write("".join(text for text, _ in pieces) + "\n")
    out.file.flush()


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
        out.print(first.append_text(line))
        return
    width = max(out.width - more.cell_len, _NARROWEST)
    for piece in _balanced(line.wrap(out, width) or [line]):
        out.print(first.append_text(piece))
        first = more.copy()


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

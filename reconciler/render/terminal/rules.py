"""Lint rules on a stream."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.render.terminal.lines import show
from reconciler.render.terminal.stream import blank

if TYPE_CHECKING:
    from reconciler.render.rules import Explained, Listed

_LEVELS = {"error": "bold red", "warn": "yellow", "off": "dim"}
_INDENT = 2


def show_rule(out: Console, rule: "Explained") -> None:
    """Print one rule: what it finds, why, how to fix it, examples, and how to switch it off."""
    out.print(Text.assemble((rule.name, "bold"), (f"  {rule.about}", "dim")))
    width = max(cell_len(word) for word, _ in rule.sentences)
    for word, sentence in rule.sentences:
        _hanging(out, word, sentence, width)
    for example in rule.examples:
        blank(out)
        show(out, Text(f"{example.title}:", "cyan"), _INDENT)
        for line in example.text.splitlines():
            out.print(Text(f"{' ' * 2 * _INDENT}{line}".rstrip()), soft_wrap=True)


def _hanging(out: Console, word: str, sentence: str, width: int) -> None:
    """Print a sentence after its label; its wrapped rest is below its start."""
    left = _INDENT + width + 2
    pieces = [Text(sentence)]
    if not out.soft_wrap:
        pieces = list(Text(sentence).wrap(out, max(out.width - left, 20)))
    for index, piece in enumerate(pieces):
        head = f"{' ' * _INDENT}{word:{width}}  " if not index else " " * left
        out.print(Text.assemble((head, "cyan"), piece))


def show_rules(out: Console, sets: Iterable["Listed"]) -> None:
    """Print a line for each rule, under its set."""
    sets = list(sets)
    width = max(cell_len(name) for one in sets for name, _, _ in one.rows)
    for index, one in enumerate(sets):
        if index:
            blank(out)
        out.print(Text.assemble((one.name, "bold"), (f"  {one.description}", "dim")))
        for name, level, description in one.rows:
            _row(out, (name, level, description), width)


def _row(out: Console, row: tuple[str, str, str], width: int) -> None:
    name, level, description = row
    left = _INDENT + width + 2 + len("error") + 2
    pieces = [Text(description)]
    if not out.soft_wrap:
        pieces = list(Text(description).wrap(out, max(out.width - left, 20)))
    head = Text.assemble(
        " " * _INDENT, (f"{name:{width}}  ", "cyan"), (f"{level:7}", _LEVELS[level])
    )
    for index, piece in enumerate(pieces):
        out.print(Text(" " * left).append_text(piece) if index else head.append_text(piece))

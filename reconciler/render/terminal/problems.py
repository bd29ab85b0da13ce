"""Mistakes and warnings, line by line; a result with nothing but its summary."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reconciler.errors import Problem
from reconciler.render import warnings
from reconciler.render.bidi import sentence
from reconciler.render.sanitize import one_line
from reconciler.render.terminal import stream
from reconciler.render.view import Sheet

if TYPE_CHECKING:
    from rich.console import Console


def show_sheet(out: "Console", sheet: Sheet, *, rows: bool = True) -> None:
    """Print a plan, an audit or an apply; see ``sheets``."""
    more = (sheet.beside, sheet.legend, sheet.shared, sheet.blocks, sheet.lists, sheet.alarms)
    if out.soft_wrap and not any(more):
        stream.put(out, [[(sentence(sheet.summary, sheet.language), "bold")]])
        return
    from reconciler.render.terminal import sheets  # noqa: PLC0415 - rich

    sheets.show_sheet(out, sheet, rows=rows)


def show_problems(out: "Console", problems: Iterable[Problem]) -> None:
    """Print mistakes, each with place, found, allowed, and what to do; errors last."""
    stream.put(out, (line for one in warnings.errors_last(problems) for line in _problem(one)))


def _problem(problem: Problem) -> Iterator[stream.Pieces]:
    yield _titled(problem.message, problem.rule, warning=problem.warning)
    place = f"  {one_line(warnings.place(problem))}  {one_line(problem.field)}"
    yield [(place.rstrip(), "cyan")]
    for name in ("found", "allowed", "hint"):
        value = getattr(problem, name)
        if value:
            yield [(f"  {name}: {one_line(value)}", "")]
    yield []


def show_warnings(out: "Console", problems: Iterable[Problem]) -> None:
    """Print warnings of a plan: those of one rule together, with a few of their places."""
    for one in warnings.groups(problems):
        if isinstance(one, Problem):
            show_problems(out, [one])
            continue
        places: list[stream.Pieces] = [[(f"  {one_line(line)}", "cyan")] for line in one.lines]
        hint: list[stream.Pieces] = [[(f"  hint: {one_line(one.hint)}", "")]] if one.hint else []
        stream.put(out, [_titled(one.head, one.rule, warning=True), *places, *hint, []])


def _titled(message: str, rule: str, *, warning: bool) -> stream.Pieces:
    label, style = ("warning", "yellow") if warning else ("error", "bold red")
    pieces = [(f"{label}: ", style), (one_line(message), "")]
    return [*pieces, (f"  [{rule}]", "dim")] if rule else pieces

"""Everything else on a stream: edits, imports, past applies, mistakes."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.errors import Problem
from reconciler.render import warnings
from reconciler.render.adoptions import AdoptedRow
from reconciler.render.bidi import isolated
from reconciler.render.sanitize import one_line
from reconciler.render.terminal.lines import STYLES, show
from reconciler.render.terminal.sheets import show_row
from reconciler.render.view import Row


def show_lines(out: Console, lines: Sequence[str]) -> None:
    """A line with its sign first, and lines below it."""
    for index, line in enumerate(lines):
        if index:
            show(out, Text(line.strip(), "dim"), 4)
        else:
            out.print(Text(line[:1], STYLES.get(line[:1], "")).append(line[1:], "default"))


def show_adopted(out: Console, rows: Iterable[AdoptedRow]) -> None:
    """What became of each live edit."""
    for row in rows:
        line = Text.assemble(
            (f"{row.sign} ", STYLES[row.sign]), (row.key, "bold"), f"  {isolated(row.path)}"
        )
        line.append(f"  {isolated(row.said)}", "dim" if row.sign == "~" else STYLES[row.sign])
        out.print(line)
        for one in row.rows:
            show_row(out, one)


def show_table(out: Console, rows: Sequence[Sequence[str]], *, bar: bool = False) -> None:
    """Rows of short texts in columns; the last one behind a bar where it is foreign text."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = Text()
        *most, last = zip(row, widths, strict=True)
        for index, (cell, width) in enumerate(most):
            line.append(isolated(cell), "bold" if not index else "dim").append(
                " " * (width - cell_len(cell) + 2)
            )
        line.append("│ " if bar else "", "dim").append(isolated(last[0]))
        line.rstrip()
        out.print(line)


_LEVELS = {"✓": "green", "!": "yellow", "✗": "bold red", "–": "dim"}
_SMALLEST = 20


def show_checks(out: Console, rows: Iterable[tuple[str, str, str, tuple[str, ...]]]) -> None:
    """Checks: sign, name and what was seen in columns; what to do on lines of its own."""
    found = list(rows)
    width = max((cell_len(name) for _, name, _, _ in found), default=0)
    for sign, name, said, remedies in found:
        head = Text.assemble((f"{sign} ", _LEVELS[sign]), (name, "bold"))
        head.append(" " * (width - cell_len(name) + 2))
        _show_beside(out, head, Text(isolated(said), "dim" if sign == "–" else ""))
        for remedy in remedies:
            _show_beside(out, Text(" " * (width + 4)).append("→ ", "cyan"), Text(isolated(remedy)))


def _show_beside(out: Console, head: Text, line: Text) -> None:
    """A line behind its head; on a terminal its wrapped rest stands below its beginning."""
    if out.soft_wrap:
        out.print(head.append_text(line))
        return
    for piece in line.wrap(out, max(out.width - head.cell_len, _SMALLEST)) or [line]:
        out.print(head.copy().append_text(piece))
        head = Text(" " * head.cell_len)


def show_written(out: Console, head: str, rows: Iterable[Row]) -> None:
    """One agent of a past apply."""
    out.print(Text(head, "bold"))
    for row in rows:
        show_row(out, row)
    out.print()


def show_problems(out: Console, problems: Iterable[Problem]) -> None:
    """Mistakes, each with its place, what was found and allowed, and what to do; errors last."""
    for problem in warnings.errors_last(problems):
        _show_head(out, problem.message, problem.rule, warning=problem.warning)
        place = f"  {one_line(warnings.place(problem))}  {one_line(problem.field)}"
        out.print(Text(place.rstrip(), "cyan"))
        for name in ("found", "allowed", "hint"):
            value = getattr(problem, name)
            if value:
                out.print(Text(f"  {name}: {one_line(value)}"))
        out.print()


def show_warnings(out: Console, problems: Iterable[Problem]) -> None:
    """Warnings beside a plan: those of one rule together, with a few of their places."""
    for one in warnings.groups(problems):
        if isinstance(one, Problem):
            show_problems(out, [one])
            continue
        _show_head(out, one.head, one.rule, warning=True)
        for line in one.lines:
            out.print(Text(f"  {one_line(line)}", "cyan"))
        if one.hint:
            out.print(Text(f"  hint: {one_line(one.hint)}"))
        out.print()


def _show_head(out: Console, message: str, rule: str, *, warning: bool) -> None:
    label, style = ("warning", "yellow") if warning else ("error", "bold red")
    head = Text.assemble((f"{label}: ", style), one_line(message))
    out.print(head.append(f"  [{rule}]" if rule else "", "dim"))


def show_error(out: Console, message: str, hint: str) -> None:
    """One mistake without a place."""
    out.print(Text.assemble(("error: ", "bold red"), one_line(message)))
    if hint:
        out.print(Text(f"hint: {one_line(hint)}"))

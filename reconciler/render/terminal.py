"""Plans, results and mistakes as text for people. rich lives here.

Signs say what colours say; on a pipe, with ``NO_COLOR`` or ``TERM=dumb`` only signs are left.
Lines of foreign text begin with a bar of ours, so that a CI runner takes none for a command.
"""

from collections.abc import Iterable, Sequence
from typing import IO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.errors import Problem
from reconciler.render.adoptions import AdoptedRow
from reconciler.render.audits import AuditBlock, AuditSheet, Listed
from reconciler.render.results import ResultRow
from reconciler.render.rows import Block, Part, Row, Sheet, Side
from reconciler.render.safe import one_line
from reconciler.render.words import Fold, Line

_LISTED = 5
_SHORT = 30
_STYLES = {"+": "green", "~": "yellow", "-": "red", "!": "bold red", "?": "magenta", "·": "dim"}
_MARKS = {"-": "bold red reverse", "+": "bold green reverse"}


def console(file: IO[str], color: str = "auto") -> Console:
    """A console for a stream; ``color`` is ``auto``, ``always`` or ``never``."""
    forced = {"always": True, "never": False}.get(color)
    return Console(
        file=file,
        force_terminal=forced,
        no_color=None if forced is None else not forced,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not file.isatty(),
    )


def show_plan(out: Console, sheet: Sheet) -> None:
    """A plan: a block per agent, a line per field, the summary last."""
    for block in sheet.blocks:
        _show_block(out, block)
    if sheet.ignored:
        out.print(Text(f"Ignored, left to the dashboard: {', '.join(sheet.ignored)}", "dim"))
    if sheet.unmanaged:
        names = [f"{block.name or '(no name)'} ({block.id})" for block in sheet.unmanaged]
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        out.print(Text(f"Unmanaged, in no file: {', '.join(names[:_LISTED])}{more}", "dim"))
    if sheet.unrecorded:
        count = sheet.unrecorded
        they = "agent is" if count == 1 else "agents are"
        out.print(
            Text(f"{count} {they} in sync and not in the ledger yet; apply remembers.", "dim")
        )
    if sheet.ignored or sheet.unmanaged or sheet.unrecorded:
        out.print()
    _print(out, Text(sheet.summary, "bold"), 0)


def _show_block(out: Console, block: Block) -> None:
    head = Text.assemble(
        (f"{block.sign} ", _STYLES.get(block.sign, "dim")), (block.key, "bold"), f"  {block.name}"
    )
    head.append(f"  {_headline(block)}", "dim")
    out.print(head)
    for note in block.notes:
        if len(note) > _SHORT:
            _print(out, Text(f"note: {one_line(note)}", "dim"), 4)
    if block.reason:
        _print(out, Text(f"blocked: {block.reason}", "red"), 4)
    for row in block.rows:
        _show_row(out, row)
    out.print()


def _headline(block: Block) -> str:
    count = sum(row.sign != "·" for row in block.rows)
    parts = [block.kind]
    parts += [f"{count} field{'s' * (count != 1)}"] if count else []
    return ", ".join([*parts, *(note for note in block.notes if len(note) <= _SHORT)])


def _show_row(out: Console, row: Row) -> None:
    line = Text.assemble((f"{row.sign} ", _STYLES.get(row.sign, "")), (row.path, "cyan"))
    if row.before is not None:
        line.append(": ").append(row.before, "red").append(" → ").append(row.after or "", "green")
    elif row.after is not None:
        line.append(": ").append(row.after, "green")
    if row.text:
        line.append(f"  {_size(row.text)}", "dim")
    tags = [row.impact] if row.sign == "·" or not row.cause else [row.impact, row.cause]
    line.append(f"  [{', '.join(tags)}]", "dim")
    if row.note:
        line.append(f"  {row.note}", _STYLES.get(row.sign) if row.sign in "!?" else "dim italic")
    _print(out, line, 4)
    _show_inside(out, row)
    for side in row.sides:
        head = Text(f"{side.label}:", "bold").append(f" {side.value or ''}".rstrip(), "not bold")
        _print(out, head, 8, bar=True)
        _show_inside(out, side)


def _show_inside(out: Console, found: Row | Side) -> None:
    """The lines of a text, or the parts of a value, that differ."""
    plain = out.color_system is None
    for piece in found.text:
        _print(out, _fold(piece) if isinstance(piece, Fold) else _line(piece, plain), 8, bar=True)
    for part in found.parts:
        _print(out, _part(part), 8, bar=True)


def _print(out: Console, line: Text, columns: int, *, bar: bool = False) -> None:
    """A line, indented; on a terminal its wrapped rest stands under it, behind the same bar."""
    indent, gutter = " " * columns, Text("│ ", "dim") if bar else Text()
    if out.soft_wrap:
        out.print(Text(indent).append_text(gutter).append_text(line))
        return
    hang = Text(indent).append_text(gutter).append("  ")
    first, *rest = line.wrap(out, max(out.width - len(hang), 20)) or [line]
    out.print(Text(indent).append_text(gutter).append_text(first))
    for more in rest:
        out.print(hang.copy().append_text(more))


def _size(text: Sequence[Line | Fold]) -> str:
    removed = sum(isinstance(item, Line) and item.sign == "-" for item in text)
    added = sum(isinstance(item, Line) and item.sign == "+" for item in text)
    return f"−{removed} +{added} lines"


def _line(line: Line, plain: bool) -> Text:  # noqa: FBT001
    """A line of a diff; where there are no styles, changed words stand in brackets."""
    if not any(span.text for span in line.spans):
        return Text(line.sign.rstrip(), "dim")
    text = Text(f"{line.sign} ", _STYLES.get(line.sign, "dim"))
    base = _STYLES.get(line.sign, "dim")
    for span in line.spans:
        words = one_line(span.text)
        marked = span.marked and len(line.spans) > 1
        text.append(
            f"⟦{words}⟧" if marked and plain else words, _MARKS[line.sign] if marked else base
        )
    return text


def _fold(fold: Fold) -> Text:
    under = f", in «{one_line(fold.heading)}»" if fold.heading else ""
    return Text(f"  … {fold.count} unchanged lines{under}", "dim")


def _part(part: Part) -> Text:
    text = Text.assemble((part.path or "(all)", "cyan"), ": ")
    if part.before is None:
        return text.append("+ ", "green").append(part.after or "", "green")
    if part.after is None:
        return text.append("- ", "red").append(part.before, "red")
    return text.append(part.before, "red").append(" → ").append(part.after, "green")


def show_audit(out: Console, sheet: AuditSheet) -> None:
    """An audit: what moved, agent by agent; then what was expected or could not be checked."""
    for block in sheet.blocks:
        if block.sign != "=":
            _show_audited(out, block)
    for title, items in sheet.lists:
        out.print(Text(f"{title}:", "dim"))
        for item in items:
            _print(out, Text(_listed(item), "dim"), 2, bar=True)
    if sheet.lists:
        out.print()
    _print(out, Text(sheet.summary, "bold"), 0)


def _listed(item: Listed) -> str:
    if item.field:
        return f"{item.who} {item.field}" + (f" ({item.said})" if item.said else "")
    return f"{item.who}: {item.said}" if item.said else item.who


def _show_audited(out: Console, block: AuditBlock) -> None:
    head = Text.assemble((f"{block.sign} ", _STYLES[block.sign]), (block.key, "bold"))
    head.append(f"  {block.name}  ").append(", ".join((block.state, *block.facts)), "dim")
    out.print(head)
    for row in block.drift:
        _show_row(out, row)
    out.print()


def show_results(out: Console, rows: Iterable[ResultRow], tally: str) -> None:
    """What became of each agent, and the count."""
    styles = {"✓": "green", "≠": "yellow", "?": "magenta"}
    for row in rows:
        style = styles.get(row.sign, "red")
        line = Text.assemble((f"{row.sign} ", style), (row.key, "bold"), f"  {row.id}  ")
        line.append(row.did if row.sign == "✓" else row.status, style)
        out.print(line)
        for text in (row.message if row.sign != "✓" else "", *row.details):
            if text:
                _print(out, Text(text), 4)
        for one in row.rows:
            _show_row(out, one)
        if row.hint:
            _print(out, Text(f"hint: {row.hint}", "dim"), 4)
    out.print(Text(tally, "bold"))


def show_lines(out: Console, lines: Sequence[str]) -> None:
    """A line with its sign first, and lines below it."""
    for index, line in enumerate(lines):
        if index:
            _print(out, Text(line.strip(), "dim"), 4)
        else:
            out.print(Text(line[:1], _STYLES.get(line[:1], "")).append(line[1:], "default"))


def show_adopted(out: Console, rows: Iterable[AdoptedRow]) -> None:
    """What became of each live edit."""
    for row in rows:
        line = Text.assemble(
            (f"{row.sign} ", _STYLES[row.sign]), (row.key, "bold"), f"  {row.path}"
        )
        line.append(f"  {row.said}", "dim" if row.sign == "~" else _STYLES[row.sign])
        out.print(line)
        for one in row.rows:
            _show_row(out, one)


def show_table(out: Console, rows: Sequence[Sequence[str]], *, bar: bool = False) -> None:
    """Rows of short texts in columns; the last one behind a bar where it is foreign text."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = Text()
        *most, last = zip(row, widths, strict=True)
        for index, (cell, width) in enumerate(most):
            line.append(cell, "bold" if not index else "dim").append(
                " " * (width - cell_len(cell) + 2)
            )
        line.append("│ " if bar else "", "dim").append(last[0])
        line.rstrip()
        out.print(line)


def show_written(out: Console, head: str, rows: Iterable[Row]) -> None:
    """One agent of a past apply."""
    out.print(Text(head, "bold"))
    for row in rows:
        _show_row(out, row)
    out.print()


def show_problems(out: Console, problems: Iterable[Problem]) -> None:
    """Mistakes, each with its place, what was found, what is allowed and what to do."""
    for problem in problems:
        label, style = ("warning", "yellow") if problem.warning else ("error", "bold red")
        out.print(Text.assemble((f"{label}: ", style), one_line(problem.message)))
        place = problem.file + (f":{problem.line}" if problem.line else "")
        out.print(Text(f"  {one_line(place)}  {one_line(problem.field)}".rstrip(), "cyan"))
        for name in ("found", "allowed", "hint"):
            value = getattr(problem, name)
            if value:
                out.print(Text(f"  {name}: {one_line(value)}"))
        out.print()


def show_error(out: Console, message: str, hint: str) -> None:
    """One mistake without a place."""
    out.print(Text.assemble(("error: ", "bold red"), one_line(message)))
    if hint:
        out.print(Text(f"hint: {one_line(hint)}"))

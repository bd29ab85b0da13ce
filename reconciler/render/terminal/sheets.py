"""Sheets on a stream: a block per agent, a line per field, the summary last; tables."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reconciler.model import Status
from reconciler.render import labels
from reconciler.render.bidi import apart, directed, isolated, sentence
from reconciler.render.labels import ENGLISH, Phrases, listed, numbers, shared_by
from reconciler.render.node_rows import briefly
from reconciler.render.sanitize import one_line
from reconciler.render.terminal import lines
from reconciler.render.terminal.lines import show
from reconciler.render.terminal.prose import show_prose
from reconciler.render.terminal.stream import STYLES, blank
from reconciler.render.view import (
    Alert,
    Beside,
    Block,
    Ends,
    FlowView,
    Listed,
    Part,
    Prose,
    Row,
    Shared,
    Sheet,
    Side,
)

if TYPE_CHECKING:
    from reconciler.render.pulls import PulledRow

_LISTED = 5


def show_sheet(out: Console, sheet: Sheet, *, rows: bool = True) -> None:
    """Print a plan, an audit or an apply: shared changes, agents, lists, the summary last.

    Without ``rows`` an agent is one line: its fields were shown in the plan.
    """
    say = labels.of(sheet.language)
    out.size = out.size  # ask the terminal once, not for each line
    if sheet.beside:
        _show_beside(out, sheet.beside, say)
    legend = sheet.legend if rows else None
    if legend:
        show_legend(out, legend, say)
        blank(out)
    for one in sheet.shared:
        _show_shared(out, one, say)
    _show_blocks(out, sheet, say, rows=rows)
    for title, items in sheet.lists:
        _show_list(out, title, items, say)
    if sheet.lists:
        blank(out)
    for head, alerts in sheet.alarms.items():
        _show_alerts(out, head, alerts, say)
    lines.show(out, Text(sentence(sheet.summary, sheet.language), "bold"), 0)
    out.file.flush()


def show_legend(out: Console, sides: Ends, say: Phrases = ENGLISH) -> None:
    """Print the meaning of the signs in the differences below."""
    before, after = map(say.line, sides)
    head = (f"{say.line(say('Legend'))}: ", "dim")
    lines.show(out, Text.assemble(head, ("- ", "red"), before, " → ", ("+ ", "green"), after), 0)
    out.file.flush()


def _show_blocks(out: Console, sheet: Sheet, say: Phrases, *, rows: bool) -> None:
    told = [block for block in sheet.blocks if not block.quiet and not block.covered]
    same = len([block for block in told if block.everywhere])
    for place, block in enumerate(told):
        if same and place == len(told) - same:
            lines.show(out, Text(say.line(labels.everywhere(same, say)), "bold"), 0)
            blank(out)
        if rows:
            _show_block(out, block, say)
            blank(out)
        else:
            _show_briefly(out, block, say)
    if told and not rows and sheet.alerts:
        blank(out)


def _show_beside(out: Console, beside: Beside, say: Phrases) -> None:
    """Print several environments side by side: a line for each agent."""
    head = [Text(name, "bold") for name in (beside.first or say("agent"), *beside.columns)]
    rows = [[Text(isolated(key), "bold"), *_cells(cells)] for key, cells in beside.rows]
    table = [head, *rows] if rows else []
    widths = [max(row[i].cell_len for row in table or [head]) + 3 for i in range(len(head))]
    for row in table:
        line = Text()
        for cell, width in zip(row, widths, strict=True):
            line.append(cell).append(" " * (width - cell.cell_len))
        line.rstrip()
        lines.show(out, line, 0)
    if beside.quiet:
        names = _named([isolated(key) for key in beside.quiet], say)
        told = f"{labels.rest(beside, say)}: {names}"
        lines.show(out, Text(say.line(told), "dim"), 0)
    blank(out)


def _cells(cells: Sequence[str]) -> list[Text]:
    return [Text(isolated(cell), STYLES.get(cell[:1], "dim")) for cell in cells]


def _show_alerts(out: Console, head: str, alerts: Sequence[Alert], say: Phrases) -> None:
    style = "bold yellow" if alerts[0].pending else "bold red"
    lines.show(out, Text(f"{say.line(head)}:", style), 0)
    for one in alerts:
        sign = "?" if one.pending else "!"
        text = Text.assemble((f"{sign} ", style)).append(sentence(one.said, "en"))
        lines.show(out, text, 2)
        if one.hint:
            lines.show(out, _labelled("hint", one.hint, say, "dim"), 6)
    blank(out)


def _show_shared(out: Console, one: Shared, say: Phrases) -> None:
    lines.show(out, Text(shared_by(one, say), "bold"), 0)
    lines.show(out, Text(say.line(labels.title(one.row.group, say)), "bold"), 2)
    show_row(out, one.row, say, grouped=True)
    blank(out)


def _show_block(out: Console, block: Block, say: Phrases) -> None:
    head = _head(block).append(f"  {isolated(block.name)}" if block.name else "").append("  ")
    state = say.line(say.comma.join((block.state, *block.facts)))
    lines.show(out, head.append(state, "dim"), 0)
    if block.told:
        lines.show(out, Text(sentence(block.told, say.language), "italic"), 4)
    for text in _remarks(block, say):
        lines.show(out, text, 4)
    if block.elsewhere:
        told = say("see {changes}", changes=numbers(block.elsewhere, say))
        lines.show(out, Text(say.line(told), "dim"), 4)
    if block.flow:
        _show_flow(out, block.flow, say)
    for group in briefly(block):
        lines.show(out, Text(say.line(labels.title(group.name, say)), "bold"), 2)
        for row in group.rows:
            show_row(out, row, say, grouped=True)


def _show_flow(out: Console, flow: FlowView, say: Phrases) -> None:
    """Print what changed about a flow, and what follows from it."""
    if flow.told or flow.warned or flow.listed:
        lines.show(out, Text(say.line(say("Flow")), "bold"), 2)
    for one in (*flow.told, *flow.listed):
        lines.show(out, Text(directed(apart(one), say.language)), 4)
    for one in flow.warned:
        told = Text.assemble(("! ", "bold yellow"), directed(apart(one), say.language))
        lines.show(out, told, 4)


def _show_briefly(out: Console, block: Block, say: Phrases) -> None:
    """Print one agent without its fields, except those it was refused for."""
    head = _head(block).append(f"  {block.id}  ")
    lines.show(out, head.append(say.line(block.state), STYLES.get(block.sign, "")), 0)
    for text in _remarks(block, say):
        lines.show(out, text, 4)
    for row in block.rows if block.status == Status.REFUSED else ():
        if row.sign == "!":
            show_row(out, row, say)


def _head(block: Block) -> Text:
    style = STYLES.get(block.sign, "dim")
    return Text.assemble((f"{block.sign} ", style), (isolated(block.key), "bold"))


def _remarks(block: Block, say: Phrases) -> Iterator[Text]:
    """Remarks about an agent as a whole."""
    planned = block.sign in "+~!="
    if block.reason and planned:
        yield _labelled("blocked", block.reason, say, "", "red")
    elif block.reason:
        yield Text(isolated(block.reason))
    for note in block.notes:
        yield _labelled("note" if planned else "diverged", note, say)
    for text in block.breaking:
        yield _labelled("breaking", text, say, "", "bold yellow")
    if block.hint:
        yield _labelled("hint", block.hint, say, "dim")


def _labelled(word: str, text: str, say: Phrases, style: str = "", head: str = "dim") -> Text:
    """A remark after its label."""
    return Text.assemble((f"{say.line(say(word))}: ", head), (isolated(text), style))


def show_row(out: Console, row: Row, say: Phrases = ENGLISH, *, grouped: bool = False) -> None:
    """Print one field, and below it the differences inside. ``grouped``: its group is above."""
    line = Text.assemble((f"{row.sign} ", STYLES.get(row.sign, "")), (row.path, "cyan"))
    if row.before is not None:
        line.append(": ").append(isolated(row.before), "red").append(" → ")
        line.append(isolated(row.after or ""), "green")
    elif row.after is not None:
        line.append(": ").append(isolated(row.after), "green")
    if row.prose and _told(row.prose, say):
        line.append(f"  {say.line(_told(row.prose, say))}", "dim")
    tags = ("" if grouped else row.group, row.cause if row.sign != "·" else "")
    told = say.joined(map(say, filter(None, tags)))
    if told:
        line.append(f"  [{say.line(told)}]", "dim")
    if row.note:
        noted = say.line(row.note)
        line.append(f"  {noted}", STYLES[row.sign] if row.sign in "!?" else "dim italic")
    if row.odd:
        line.append(f"  ({say.line(say.joined(map(say.told, row.odd)))})", "dim")
    lines.show(out, line, 4)
    _show_inside(out, row, say)
    for side in row.sides:
        head = Text(f"{say.line(side.label)}:", "bold")
        head.append(f" {isolated(side.value or '')}".rstrip(), "not bold")
        lines.show(out, head, 8, gutter=Text())
        _show_inside(out, side, say)


def _told(prose: Prose, say: Phrases) -> str:
    """The number of paragraphs by outcome, and which are shown elsewhere."""
    told = [_sized(prose, say)] if "," in prose.size else []
    told += [say("also {changes}", changes=numbers(prose.shared, say))] if prose.shared else []
    return say.semicolon.join(told)


def _sized(prose: Prose, say: Phrases) -> str:
    """The counts by outcome, preceded by ``paragraphs`` unless they name what they count."""
    counts = say.counts(prose.size)
    return counts if prose.counted == prose.size else say("paragraphs: {counts}", counts=counts)


def _show_inside(out: Console, found: Row | Side, say: Phrases) -> None:
    """Print the paragraphs of a text, or the parts of a value, that differ."""
    for one in found.told:
        lines.show(out, Text(directed(apart(one), say.language)), 8, gutter=Text())
    if found.prose:
        show_prose(out, found.prose, say)
    if isinstance(found, Row) and found.whole:
        show_prose(out, found.whole, say)
    for part in found.parts:
        if part.prose:
            lines.show(out, Text(f"{isolated(part.path)}:", "cyan"), 8, gutter=Text())
            show_prose(out, part.prose, say)
        else:
            lines.show(out, _part(part, say), 8, gutter=Text())


def _part(part: Part, say: Phrases) -> Text:
    text = Text.assemble((isolated(part.path) or say.line(say("(all)")), "cyan"), ": ")
    before, after = isolated(part.before or ""), isolated(part.after or "")
    if part.before is None:
        return text.append("+ ", "green").append(after, "green")
    if part.after is None:
        return text.append("- ", "red").append(before, "red")
    return text.append(before, "red").append(" → ").append(after, "green")


def _show_list(out: Console, title: str, items: Sequence[Listed], say: Phrases) -> None:
    """Print a list below the agents: names on one line, or items with notes line by line."""
    if not any(item.said for item in items):
        told = f"{title}: {_named(list(map(listed, items)), say)}"
        lines.show(out, Text(say.line(told), "dim"), 0)
        return
    out.print(Text(f"{say.line(title)}:", "dim"))
    for item in items:
        lines.show(out, Text(listed(item), "dim"), 2, gutter=Text())


def _named(names: Sequence[str], say: Phrases) -> str:
    """Some names, and how many more."""
    left = len(names) - _LISTED
    more = say(" and {n} more", n=left) if left > 0 else ""
    return say.comma.join(names[:_LISTED]) + more


def show_lines(out: Console, lines: Sequence[str]) -> None:
    """Print a line with its sign first, and lines below it."""
    for index, line in enumerate(lines):
        if index:
            show(out, Text(line.strip(), "dim"), 4)
        else:
            out.print(Text(line[:1], STYLES.get(line[:1], "")).append(line[1:], "default"))
    out.file.flush()


def show_verbatim(out: Console, lines: Iterable[str]) -> None:
    """Print lines with their own indentation, below what they belong to."""
    for line in lines:
        out.print(Text(f"    {line}", "dim"), soft_wrap=True)


def show_pulled(out: Console, rows: Iterable["PulledRow"]) -> None:
    """Print the result for each live edit."""
    for row in rows:
        line = Text.assemble(
            (f"{row.sign} ", STYLES[row.sign]), (row.key, "bold"), f"  {isolated(row.path)}"
        )
        line.append(f"  {isolated(row.said)}", "dim" if row.sign == "~" else STYLES[row.sign])
        out.print(line)
        for one in row.rows:
            show_row(out, one)
    out.file.flush()


def show_table(out: Console, rows: Sequence[Sequence[str]], *, bar: bool = False) -> None:
    """Print rows of short texts in columns; the last after a ``bar`` if it is foreign text."""
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


def show_flow(out: Console, lines: Iterable[tuple[str, str]]) -> None:
    """Print a flow: headings without a mark, and the marked lines below each, hanging."""
    for number, (mark, text) in enumerate(lines):
        if mark:
            head = Text("  ").append(f"{mark} ", "cyan" if mark == "→" else "dim")
            _show_hanging(out, head, Text(isolated(text)))
        else:
            out.print(Text("\n" if number else "").append(isolated(text), "bold"))


_LEVELS = {"✓": "green", "!": "yellow", "✗": "bold red", "–": "dim"}
_SMALLEST = 20


def show_checks(out: Console, rows: Iterable[tuple[str, str, str, tuple[str, ...]]]) -> None:
    """Print checks: sign, name and result in columns; what to do on lines of their own."""
    found = list(rows)
    width = max((cell_len(name) for _, name, _, _ in found), default=0)
    for sign, name, said, remedies in found:
        head = Text.assemble((f"{sign} ", _LEVELS[sign]), (name, "bold"))
        head.append(" " * (width - cell_len(name) + 2))
        _show_hanging(out, head, Text(isolated(said), "dim" if sign == "–" else ""))
        for remedy in remedies:
            _show_hanging(out, Text(" " * (width + 4)).append("→ ", "cyan"), Text(isolated(remedy)))


def _show_hanging(out: Console, head: Text, line: Text) -> None:
    """Print a line after its head; on a terminal its wrapped rest is below its start."""
    if out.soft_wrap:
        out.print(head.append_text(line))
        return
    for piece in line.wrap(out, max(out.width - head.cell_len, _SMALLEST)) or [line]:
        out.print(head.copy().append_text(piece))
        head = Text(" " * head.cell_len)


def show_heading(out: Console, text: str) -> None:
    """Print the name of what follows."""
    out.print(Text(one_line(text), "bold"))
    out.file.flush()


def show_written(out: Console, head: str, rows: Iterable[Row]) -> None:
    """Print one agent of a past apply."""
    out.print(Text(head, "bold"))
    for row in rows:
        show_row(out, row)
    blank(out)


def show_error(out: Console, message: str, hint: str) -> None:
    """Print one mistake without a place."""
    out.print(Text.assemble(("error: ", "bold red"), one_line(message)))
    if hint:
        out.print(Text(f"hint: {one_line(hint)}"))

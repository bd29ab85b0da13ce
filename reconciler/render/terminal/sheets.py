"""Sheets on a stream: a block per agent, a line per field, the summary last."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from reconciler.model import Status
from reconciler.render.bidi import isolated, sentence
from reconciler.render.phrases import GROUP_TITLES, listed, numbers, shared_by
from reconciler.render.sheet import (
    Alert,
    Beside,
    Block,
    Listed,
    Part,
    Prose,
    Row,
    Shared,
    Sheet,
    Side,
)
from reconciler.render.terminal import lines
from reconciler.render.terminal.prose import show_prose

_LISTED = 5


def show_sheet(out: Console, sheet: Sheet, *, rows: bool = True) -> None:
    """A plan, an audit or an apply: shared changes, a block per agent, lists, the summary last.

    Without ``rows`` an agent is a line: its fields were seen in the plan.
    """
    if sheet.beside:
        _show_beside(out, sheet.beside)
    for one in sheet.shared:
        _show_shared(out, one)
    told = [block for block in sheet.blocks if not block.quiet and not block.covered]
    for block in told:
        if rows:
            _show_block(out, block, sheet.language)
            out.print()
        else:
            _show_briefly(out, block)
    for title, items in sheet.lists:
        _show_list(out, title, items)
    if sheet.lists:
        out.print()
    for head, alerts in sheet.alarms.items():
        _show_alerts(out, head, alerts)
    lines.show(out, Text(sheet.summary, "bold"), 0)


def _show_beside(out: Console, beside: Beside) -> None:
    """Several environments side by side: a line for each agent."""
    head = [Text(name, "bold") for name in ("agent", *beside.columns)]
    table = [head, *([Text(isolated(key), "bold"), *_cells(cells)] for key, cells in beside.rows)]
    widths = [max(row[i].cell_len for row in table) + 3 for i in range(len(head))]
    for row in table:
        line = Text()
        for cell, width in zip(row, widths, strict=True):
            line.append(cell).append(" " * (width - cell.cell_len))
        line.rstrip()
        lines.show(out, line, 0)
    out.print()


def _cells(cells: Sequence[str]) -> list[Text]:
    return [Text(cell, lines.STYLES.get(cell[:1], "dim")) for cell in cells]


def _show_alerts(out: Console, head: str, alerts: Sequence[Alert]) -> None:
    style = "bold yellow" if alerts[0].waits else "bold red"
    lines.show(out, Text(f"{head}:", style), 0)
    for one in alerts:
        sign = "?" if one.waits else "!"
        text = Text.assemble((f"{sign} ", style)).append(sentence(one.said, "en"))
        lines.show(out, text, 2)
        if one.hint:
            lines.show(out, Text("hint: ", "dim").append(isolated(one.hint), "dim"), 6)
    out.print()


def _show_shared(out: Console, one: Shared) -> None:
    lines.show(out, Text(shared_by(one), "bold"), 0)
    lines.show(out, Text(GROUP_TITLES[one.row.group], "bold"), 2)
    show_row(out, one.row, grouped=True)
    out.print()


def _show_block(out: Console, block: Block, language: str) -> None:
    head = _head(block).append(f"  {isolated(block.name)}  ")
    lines.show(out, head.append(", ".join((block.state, *block.facts)), "dim"), 0)
    if block.told:
        lines.show(out, Text(sentence(block.told, language), "italic"), 4)
    for text in _remarks(block):
        lines.show(out, text, 4)
    if block.elsewhere:
        lines.show(out, Text(f"see {numbers(block.elsewhere)}", "dim"), 4)
    for group in block.groups:
        lines.show(out, Text(GROUP_TITLES[group.name], "bold"), 2)
        for row in group.rows:
            show_row(out, row, grouped=True)


def _show_briefly(out: Console, block: Block) -> None:
    """One agent without its fields, but for those that it was refused for."""
    head = _head(block).append(f"  {block.id}  ")
    lines.show(out, head.append(block.state, lines.STYLES.get(block.sign, "")), 0)
    for text in _remarks(block):
        lines.show(out, text, 4)
    for row in block.rows if block.state == Status.REFUSED else ():
        if row.sign == "!":
            show_row(out, row)


def _head(block: Block) -> Text:
    style = lines.STYLES.get(block.sign, "dim")
    return Text.assemble((f"{block.sign} ", style), (isolated(block.key), "bold"))


def _remarks(block: Block) -> Iterator[Text]:
    """What is to be said of an agent as a whole."""
    planned = block.sign in "+~!="
    if block.reason:
        yield Text("blocked: " if planned else "", "red").append(isolated(block.reason))
    for note in block.notes:
        yield Text("note: " if planned else "differs: ", "dim").append(isolated(note))
    for text in block.breaking:
        yield Text("breaking: ", "bold yellow").append(isolated(text))
    if block.hint:
        yield Text("hint: ", "dim").append(isolated(block.hint), "dim")


def show_row(out: Console, row: Row, *, grouped: bool = False) -> None:
    """One field: its line, and below it what differs inside. ``grouped``: its group is told."""
    line = Text.assemble((f"{row.sign} ", lines.STYLES.get(row.sign, "")), (row.path, "cyan"))
    if row.before is not None:
        line.append(": ").append(isolated(row.before), "red").append(" → ")
        line.append(isolated(row.after or ""), "green")
    elif row.after is not None:
        line.append(": ").append(isolated(row.after), "green")
    if row.prose and _told(row.prose):
        line.append(f"  {_told(row.prose)}", "dim")
    told = ("" if grouped else row.group, row.cause if row.sign != "·" else "")
    if any(told):
        line.append(f"  [{', '.join(filter(None, told))}]", "dim")
    if row.note:
        noted = isolated(row.note)
        line.append(f"  {noted}", lines.STYLES[row.sign] if row.sign in "!?" else "dim italic")
    if row.odd:
        line.append(f"  ({', '.join(row.odd)})", "dim")
    lines.show(out, line, 4)
    _show_inside(out, row)
    for side in row.sides:
        head = Text(f"{side.label}:", "bold")
        head.append(f" {isolated(side.value or '')}".rstrip(), "not bold")
        lines.show(out, head, 8, gutter=Text())
        _show_inside(out, side)


def _told(prose: Prose) -> str:
    """What became of how many paragraphs, and what of them is told elsewhere."""
    told = [prose.counted] if "," in prose.size else []
    told += [f"also {numbers(prose.shared)}"] if prose.shared else []
    return "; ".join(told)


def _show_inside(out: Console, found: Row | Side) -> None:
    """The paragraphs of a text, or the parts of a value, that differ."""
    if found.prose:
        show_prose(out, found.prose)
    if isinstance(found, Row) and found.whole:
        show_prose(out, found.whole)
    for part in found.parts:
        if part.prose:
            lines.show(out, Text(f"{isolated(part.path)}:", "cyan"), 8, gutter=Text())
            show_prose(out, part.prose)
        else:
            lines.show(out, _part(part), 8, gutter=Text())


def _part(part: Part) -> Text:
    text = Text.assemble((isolated(part.path) or "(all)", "cyan"), ": ")
    before, after = isolated(part.before or ""), isolated(part.after or "")
    if part.before is None:
        return text.append("+ ", "green").append(after, "green")
    if part.after is None:
        return text.append("- ", "red").append(before, "red")
    return text.append(before, "red").append(" → ").append(after, "green")


def _show_list(out: Console, title: str, items: Sequence[Listed]) -> None:
    """A list below the agents: names on one line, what is said of each on lines of their own."""
    if not any(item.said for item in items):
        named = ", ".join(map(listed, items[:_LISTED]))
        more = f" and {len(items) - _LISTED} more" if len(items) > _LISTED else ""
        lines.show(out, Text(f"{title}: {named}{more}", "dim"), 0)
        return
    out.print(Text(f"{title}:", "dim"))
    for item in items:
        lines.show(out, Text(listed(item), "dim"), 2, gutter=Text())

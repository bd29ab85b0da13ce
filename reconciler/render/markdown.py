"""An audit as Markdown, for an issue or a job's summary.

Foreign text stands in code alone, where nothing of it acts: no link, image, mention or HTML.
"""

from collections.abc import Sequence

from reconciler.render.audits import AuditBlock, AuditSheet, Listed
from reconciler.render.rows import Part, Row
from reconciler.render.safe import one_line
from reconciler.render.words import Fold, Line

MOST = 60_000
"""Characters: a comment of GitHub's holds 65,536."""


def audit(sheet: AuditSheet) -> str:
    """The audit; what does not fit is left out whole, and the text says so."""
    lists = (_folded(title, items) for title, items in sheet.lists)
    pieces = [f"## {_plain(sheet.summary)}", *map(_block, sheet.blocks), *lists]
    kept: list[str] = []
    for index, piece in enumerate(filter(None, pieces)):
        if sum(map(len, kept)) + len(piece) > MOST:
            left = sum(bool(one) for one in pieces) - index
            kept.append(f"_{left} more parts do not fit here; the whole: `reconciler drift`._")
            break
        kept.append(piece)
    return "\n\n".join(kept) + "\n"


def _block(block: AuditBlock) -> str:
    if block.sign == "=":
        return ""
    lines = [f"### {code(block.key)} {code(block.name)}", f"{_plain(block.state)}, {_facts(block)}"]
    lines += [_row(row) for row in block.drift]
    return "\n\n".join(lines)


def _facts(block: AuditBlock) -> str:
    return ", ".join(map(_plain, block.facts))


def _row(row: Row) -> str:
    note = f" ({_plain(row.note)})" if row.note else ""
    head = f"- {code(row.path)}, {row.impact}, {row.cause}{note}"
    if row.before is not None:
        return f"{head}: {code(row.before)} → {code(row.after or '')}"
    if row.after is not None:
        return f"{head}: now {code(row.after)}"
    lines = [*map(_line, row.text)]
    lines += map(_part, row.parts)
    return f"{head}\n\n{_fenced(lines)}"


def _part(part: Part) -> str:
    path = part.path or "(all)"
    if part.before is None:
        return f"+ {path}: {part.after}"
    return f"! {path}: {part.before} → {part.after}" if part.after else f"- {path}: {part.before}"


def _line(line: Line | Fold) -> str:
    if isinstance(line, Fold):
        return f"  … {line.count} unchanged lines"
    return f"{line.sign} {one_line(''.join(span.text for span in line.spans))}"


def _folded(title: str, items: Sequence[Listed]) -> str:
    inside = "\n".join(map(_listed, items))
    return f"<details><summary>{title} ({len(items)})</summary>\n\n{inside}\n\n</details>"


def _listed(item: Listed) -> str:
    more = f"{item.field} {item.said}".strip()
    return f"- {code(item.who)}" + (f": {code(more)}" if more else "")


def code(text: str) -> str:
    """A text as one line of code, whatever backticks it holds; nothing for an empty one."""
    if not text:
        return ""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fenced(lines: Sequence[str]) -> str:
    body = "\n".join(lines)
    fence = "`" * max(3, _longest_run(body) + 1)
    return "\n".join(f"  {line}" for line in f"{fence}diff\n{body}\n{fence}".split("\n"))


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _plain(text: str) -> str:
    """A text in which no character of Markdown or HTML acts."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+!|~@$&" else c for c in text)

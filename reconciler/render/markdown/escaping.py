"""Foreign text in Markdown: in code, or escaped so that it has no effect. Pure."""

import re
from collections.abc import Sequence

from reconciler.late import pattern
from reconciler.render.bidi import isolated


def code(text: str) -> str:
    """A text as one line of code, whatever backticks it contains; empty for an empty one."""
    if not text:
        return ""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{isolated(text)}{pad}{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


_FOREIGN = pattern(r"“([^“”]*)”|«([^«»]*)»|(\{\{[^{}]*\}\})|`([^`]*)`")


def said(text: str) -> str:
    """A sentence of ours; quotes, names and braces in it are foreign and shown as code."""
    made, place = "", 0
    for found in _FOREIGN.finditer(text):
        made += plain(text[place : found.start()]) + code(next(filter(None, found.groups()), ""))
        place = found.end()
    return made + plain(text[place:])


_LEADING = pattern(r"^(\s*\d*)([-=:.])")
_ACTS = pattern(r"@(?=\w)|#(?=\d)|:(?=//)|:(?=[\w+-]+:)|www(?=\.)|\bGH(?=-\d)", re.IGNORECASE)


def plain(text: str) -> str:
    """A text in which no Markdown or HTML has an effect, and no mention, number or address."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+!|~$&" else c for c in text)
    return _ACTS.sub("\\g<0>\u2060", _LEADING.sub(r"\1\\\2", escaped))


def fenced(lines: Sequence[str]) -> str:
    """Lines of a diff as code inside a list item; empty for none."""
    if not lines:
        return ""
    body = "\n".join(lines)
    fence = "`" * max(3, _longest_run(body) + 1)
    return "\n".join(f"  {line}" for line in f"{fence}diff\n{body}\n{fence}".split("\n"))

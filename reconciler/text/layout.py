"""Pure layout in a text: lengths of rules and table rulers, blanks around bars. Pure.

Two lines that differ only in these say the same to a caller and to a language model.
"""

from reconciler.late import pattern

_BARS = r"\-=_*+|:#•·‐-―⎯─-╿▀-▟■-◿"
_DRAWN = pattern(rf"[{_BARS}\s]*[{_BARS}][{_BARS}\s]*")
_BARRED = pattern(r"[|\-=_*─━═+#]")
"""A text without any of these is searched no further."""
_REPEATED = pattern(r"(\S)\1+")
_ALIGNED = pattern(r":?-+:?")
TABLE_ROW = pattern(r"\s*\|")
"""In such a row blanks mean nothing, but inside a placeholder they are part of its name."""
_BESIDE_BARS = pattern(r"[ \t]*\|[ \t]*")
_REPEATS = pattern(r"\s*(\S)(?:\s*\1){2,}\s*")
_FENCE = pattern(r"\s*(```|~~~)")


def is_rule(line: str) -> bool:
    """Whether a line repeats one character: ``---``, ``────``, ``* * *``.

    >>> is_rule("────"), is_rule("= = ="), is_rule("..."), is_rule("aaa"), is_rule("---a")
    (True, True, True, False, False)
    """
    found = _REPEATS.fullmatch(line)
    return found is not None and not found[1].isalnum() and not is_fence(line)


def is_fence(line: str) -> bool:
    """Whether a line starts or ends a code block."""
    return bool(_FENCE.match(line))


def without_layout(text: str) -> str:
    """A text whose table rulers, rules and rows are equal whatever their width.

    >>> without_layout("| a  |b |"), without_layout("|-----|:--|"), without_layout("======")
    ('|a|b|', '|---|---|', '===')
    """
    if not _BARRED.search(text):
        return text
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    if TABLE_ROW.match(line) and "{{" not in line:
        line = _BESIDE_BARS.sub("|", line)
    drawn = len(line.strip()) > 2 and _DRAWN.fullmatch(line)
    if not drawn:
        return line
    return _REPEATED.sub(r"\1\1\1", _ALIGNED.sub("---", line) if TABLE_ROW.match(line) else line)

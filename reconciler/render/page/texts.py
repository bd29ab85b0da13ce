"""How texts of a sheet are split and escaped for the page. Pure.

A placeholder or the name of an invisible character gets its own element, so that it keeps its place
in a line of Arabic. There are hundreds of thousands: macros of Jinja would be five times slower.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from reconciler.errors import Problem
from reconciler.late import dataclass, pattern
from reconciler.render.sanitize import one_line
from reconciler.render.view import Span

SIGN_NAMES = {
    "+": "added",
    "~": "changed",
    "!": "stopped",
    "=": "same",
    "✓": "done",
    "≠": "diverged",
    "?": "unknown",
    "✗": "failed",
    "·": "ignored",
    "-": "stopped",
}
"""The CSS class for a sign."""

SIGN_WORDS = {
    "+": "set",
    "~": "changed",
    "?": "cannot be read back",
    "!": "conflict",
    "·": "ignored",
    "-": "taken out",
}
"""The meaning of a row's sign, for screen readers."""

_PIECES = r"(?P<placeholder>\{\{[^{}]*\}\})|(?P<named>⟨[^⟨⟩]{1,60}⟩|[\u2400-\u2426])"
_CONTENT = pattern(_PIECES)
_ENCLOSED = pattern(r"`(?P<code>[^`]+)`|(?P<quote>“[^“”]*”|«[^«»]*»)")
_SAID = pattern(r"`(?P<code>[^`]+)`|" + _PIECES)


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A finding as the page shows it, escaped: there are thousands."""

    place: "Html"
    field: "Html"
    level: str
    rule: "Html"
    message: "Html"
    more: tuple[tuple[str, "Html"], ...]


def noted(problem: Problem) -> Noted:
    """A finding, each of its texts on one line and harmless."""
    said = {"found": problem.found, "allowed": problem.allowed, "hint": problem.hint}
    return Noted(
        place=text(one_line(problem.file) + (f":{problem.line}" if problem.line else "")),
        field=text(one_line(problem.field)),
        level="warning" if problem.warning else "error",
        rule=Html(escaped(one_line(problem.rule))),
        message=text(one_line(problem.message), said=True),
        more=tuple((name, text(one_line(one), said=True)) for name, one in said.items() if one),
    )


class Html(str):
    """Text that is HTML already: Jinja recognises it by this method, and escapes all else."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return itself."""
        return self


@lru_cache(maxsize=1024)
def text(value: str, said: bool = False) -> Html:  # noqa: FBT001, FBT002 - as templates call it
    """Escape a text, with an element for each piece that has a kind.

    >>> text("Hi {{caller}} <b>")
    'Hi <bdi class="placeholder">{{caller}}</bdi> &lt;b&gt;'
    """
    if not (_SAID if said else _CONTENT).search(value):
        return Html(escaped(value))
    return Html("".join(_ELEMENTS[kind].format(escaped(one)) for kind, one in pieces(value, said)))


def quoted(value: str) -> Html:
    """A sentence of ours, with an element for each name and quotation, which run their own way."""
    made, end = "", 0
    for found in _ENCLOSED.finditer(value):
        made += escaped(value[end : found.start()])
        whole = found["quote"]
        if whole:
            made += f"{whole[0]}<bdi>{text(whole[1:-1])}</bdi>{whole[-1]}"
        else:
            made += f"<code><bdi>{escaped(found['code'])}</bdi></code>"
        end = found.end()
    return Html(made + escaped(value[end:]))


def items(names: Iterable[str]) -> Html:
    """Items of a list of names: those of what many agents share may be hundreds of thousands."""
    return Html("".join(map(_item, names)))


@lru_cache(maxsize=4096)
def _item(name: str) -> str:
    return f"<li><bdi>{escaped(name)}</bdi></li>"


def spans(found: Iterable[Span], tag: str) -> Html:
    """The spans of a line, marked ones in an element of this name."""
    shown = ((text(one.text), one.marked) for one in found)
    return Html("".join(f"<{tag}>{one}</{tag}>" if marked else one for one, marked in shown))


_ELEMENTS = {
    "": "{}",
    "placeholder": '<bdi class="placeholder">{}</bdi>',
    "code": "<code><bdi>{}</bdi></code>",
    "named": '<span class="named">{}</span>',
}


def escaped(text: str) -> str:
    """A text as Jinja escapes it; five replacements are faster than one pass."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


def pieces(text: str, said: bool = False) -> Iterator[tuple[str, str]]:  # noqa: FBT001, FBT002
    """A text in order, as ``(kind, piece)``: ``placeholder``, ``named``, ``code`` or no kind.

    Backticks are code only in this tool's own texts (``said``); in content they are content.

    >>> list(pieces("Hi {{caller}}!"))
    [('', 'Hi '), ('placeholder', '{{caller}}'), ('', '!')]
    """
    end = 0
    for found in (_SAID if said else _CONTENT).finditer(text):
        if found.start() > end:
            yield "", text[end : found.start()]
        kind = found.lastgroup or ""
        yield kind, found[kind]
        end = found.end()
    if end < len(text):
        yield "", text[end:]

"""Fields on the page, and what differs in them. Pure.

Signs and line numbers stand in columns of their own, where the page's lines begin (left, right in
Arabic); each foreign text is in an element of its own with its own direction. Written without
Jinja, as ``passages`` are.
"""

from collections.abc import Iterable

from reconciler.render.labels import Phrases
from reconciler.render.page.passages import heard, prose, shown_sign, unseen
from reconciler.render.page.texts import SIGN_NAMES, SIGN_WORDS, Html, escaped, quoted, text
from reconciler.render.view import Part, Row, Side

_LONG = 60
"""Values with more characters stand on lines of their own."""


def field(one: Row, say: Phrases, anchor: str = "") -> Html:
    """A field, what happened to it and why, and its values; ``anchor`` is its id."""
    place = f' id="{anchor}"' if anchor else ""
    whole = _folded(one.path, one.after, prose(one.whole, say)) if one.whole else ""
    sides = "".join(_side(side, say) for side in one.sides)
    odd = unseen(one.odd, say) if one.odd else ""
    return Html(
        f'<div class="row"{place}>\n{_head(one, say)}'
        f"{whole or _values(one.before, one.after, say)}\n"
        f"{_inside(one, say)}\n{sides}{odd}\n</div>\n"
    )


def _head(one: Row, say: Phrases) -> str:
    cause = f'<span class="tag">{escaped(say(one.cause))}</span>' if one.cause else ""
    counts = say.counts(one.prose.size) if one.prose and one.prose.size else ""
    size = f'<span class="size">{escaped(counts)}</span>' if counts else ""
    note = f'<bdi class="note">{text(one.note)}</bdi>' if one.note else ""
    return (
        f'<p class="row-head">\n<span class="sign {SIGN_NAMES[one.sign]}" aria-hidden="true">'
        f"{escaped(one.sign)}</span>{heard(SIGN_WORDS[one.sign], say)}\n"
        f'<code class="path"><bdi>{text(one.path)}</bdi></code>\n{cause}{size}{note}</p>\n'
    )


def _side(one: Side, say: Phrases) -> str:
    """One of the values of a conflict, or what one side changed."""
    label = f'<p class="label"><bdi>{escaped(one.label)}</bdi></p>'
    shown = one.value is not None
    value = f'<p class="value" dir="auto">{text(one.value or "")}</p>' if shown else ""
    return f'<div class="side">\n{label}\n{value}{_inside(one, say)}\n</div>\n'


def _inside(found: Row | Side, say: Phrases) -> str:
    """What changed, in sentences, passages or parts."""
    items = "".join(f"<li>{quoted(one)}</li>" for one in found.told)
    told = f'<ul class="told-of">\n{items}</ul>\n' if items else ""
    passages = prose(found.prose, say) if found.prose else ""
    return f"{told}{passages}{_parts(found.parts, say)}\n"


def _parts(found: Iterable[Part], say: Phrases) -> str:
    items = "".join(_part(one, say) for one in found)
    return f'<ul class="parts">\n{items}</ul>\n' if items else ""


def _part(one: Part, say: Phrases) -> str:
    if one.prose and one.before is None:
        return f"<li>{_folded(one.path, one.after, prose(one.prose, say))}</li>\n"
    path = text(one.path) or escaped(say("(all)"))
    shown = prose(one.prose, say) if one.prose else _values(one.before, one.after, say)
    return f"<li><code><bdi>{path}</bdi></code>\n{shown}</li>\n"


def _folded(path: str, size: str | None, inside: str) -> str:
    """All of a new text, behind its size."""
    summary = f"<code><bdi>{text(path)}</bdi></code> <bdi>{text(size or '')}</bdi>"
    return f'<details class="whole"><summary>{summary}</summary>{inside}</details>'


def _values(before: str | None, after: str | None, say: Phrases) -> str:
    """Both values, of which one may be missing; short ones on one line."""
    if before is None and after is None:
        return ""
    if len(before or "") + len(after or "") > _LONG:
        old = _bare("old", "−", "before", before, say)
        return f'<div class="sides">\n{old}{_bare("new", "+", "now", after, say)}</div>\n'
    old, new = _value("del", "before", before, say), _value("ins", "now", after, say)
    if before is None or after is None:
        return (
            f'<div class="values">\n{shown_sign("+" if before is None else "−")}{old}{new}</div>\n'
        )
    return f'<div class="values">\n{old} {shown_sign(escaped(say("→")))}{new}</div>\n'


def _bare(look: str, sign: str, word: str, value: str | None, say: Phrases) -> str:
    if value is None:
        return ""
    told = f'{heard(word, say)}<p class="text" dir="auto">{text(value)}</p>'
    return f'<div class="line {look} bare">{shown_sign(sign)}{told}</div>'


def _value(tag: str, word: str, value: str | None, say: Phrases) -> str:
    if value is None:
        return ""
    return f'{heard(word, say)}<{tag} class="value" dir="auto">{text(value)}</{tag}>'

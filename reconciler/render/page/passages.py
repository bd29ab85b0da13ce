"""The passages of a text on the page. Pure.

Tens of thousands: macros of Jinja would take three times as long. Every text goes through ``texts``
here.
"""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.render.labels import Phrases, things
from reconciler.render.page.choices import MEANINGS, Choices
from reconciler.render.page.texts import Html, escaped, spans, text
from reconciler.render.view import Passage, Prose, Spans

_NAMED = 3
"""Headings that are named of those in unchanged passages."""
_LINES = {
    "removed": ("old", "−", "del"),
    "added": ("new", "+", "ins"),
    "moved": ("moved", "↕", "ins"),
}
"""The class of a line, its sign, and the element of marked words, by what became of it."""


def prose(found: Prose, say: Phrases) -> Html:
    """What happened to each passage of a text, and what else changed."""
    passages = "".join(_passages(found.passages, say))
    space = _aside(say("not shown"), say.counts(found.space)) if found.space else ""
    above = escaped(say("Changed here too, shown above:"))
    shared = "".join(
        f'<p class="aside">{above} {_reference(number, say)}</p>\n' for number in found.shared
    )
    return Html(f'<div class="prose">\n{passages}{space}{shared}</div>\n')


def also(numbers: Iterable[int], choices: Choices, say: Phrases) -> Html:
    """Items of a list: the shared changes that an agent has too."""
    return Html("".join(_also(number, choices, say) for number in numbers))


def _also(number: int, choices: Choices, say: Phrases) -> str:
    row, name = choices.shared[number], escaped(say("Shared change {number}", number=number))
    path = f"<code><bdi>{text(row.path)}</bdi></code>"
    shown = choices.of_groups([row.group])
    return f'<li class="{shown}"><a href="#shared-{number}">{name}</a> {path}</li>\n'


def unseen(names: Sequence[str], say: Phrases) -> Html:
    """The invisible characters that only one side has."""
    told = escaped(say.comma).join(
        f'<bdi class="named">{escaped(say.told(name))}</bdi>' for name in names
    )
    return Html(f'<p class="aside">{escaped(say("Characters"))}: {told}</p>\n')


def _passages(found: Iterable[Passage], say: Phrases) -> Iterator[str]:
    heading = ""
    for one in found:
        if one.kind == "same":
            yield _fold(escaped(things(one, "unchanged ", say)) + _under(one.inside, say))
            heading = one.inside[-1] if 0 < len(one.inside) <= _NAMED else heading
        elif one.kind == "shared":
            told = f"{escaped(things(one, '', say))} {escaped(say('in'))}"
            yield _fold(f"{told} {_reference(one.shared, say)}")
        else:
            if one.heading and one.heading != heading:
                yield f'<p class="heading">{_quoted(one.heading)}</p>\n'
            heading = one.inside[-1] if one.inside else one.heading
            yield f"{_passage(one, say)}\n"


def _fold(told: str) -> str:
    return f'<p class="fold">{shown_sign("⋯")} <span>{told}</span></p>\n'


def _under(names: Sequence[str], say: Phrases) -> str:
    """The headings among unchanged passages."""
    if not names:
        return ""
    told = escaped(say.comma).join(map(_quoted, names[:_NAMED]))
    left = len(names) - _NAMED
    more = escaped(say(" and {n} more", n=left)) if left > 0 else ""
    return f" {escaped(say('under'))} {told}{more}"


def _quoted(heading: str) -> str:
    return f"«<bdi>{text(heading)}</bdi>»"


def _reference(number: int, say: Phrases) -> str:
    name = escaped(say("shared change {numbers}", numbers=number))
    return f'<a href="#shared-{number}">{name}</a>'


def _passage(one: Passage, say: Phrases) -> str:
    """A passage that is not the same: where it was, its lines, and its characters."""
    moved = one.kind == "moved"
    origin = f"{_origin(one, say)}\n" if moved else ""
    old = _line("removed", one.before, one.old_line, say) if one.before else ""
    word = "moved" if moved and not one.before else "added"
    new = f"{_line(word, one.after, one.new_line, say)}\n" if one.after else ""
    cosmetic = _aside(say("cosmetic"), say(MEANINGS["cosmetic"])) if one.cosmetic else ""
    odd = unseen(one.odd, say) if one.odd else ""
    sides = f'<div class="sides">\n{old}{new}</div>\n'
    return f'<div class="passage">\n{origin}{sides}{cosmetic}{odd}\n</div>\n'


def _origin(one: Passage, say: Phrases) -> str:
    """Where a passage was before."""
    line = say("from line {line}", line=one.old_line) if one.old_line else say("from elsewhere")
    told = escaped(line)
    if one.moved_from:
        told += f"{escaped(say.comma)}{escaped(say('under'))} {_quoted(one.moved_from)}"
    if one.count > 1:
        left = one.count - 1
        named = say("{n} more", n=left) if one.rows or one.lines else say.count(left, "paragraph")
        told += escaped(say.comma + say("with {paragraphs} after it", paragraphs=named))
    return f'<p class="aside"><span class="tag">{escaped(say("moved"))}</span> {told}</p>'


def _line(word: str, found: Spans, number: int, say: Phrases) -> str:
    """One side of a passage, with its line number in a column of its own."""
    look, sign, tag = _LINES[word]
    place = f'<span class="heard">{escaped(say("line"))} </span>{number}' if number else ""
    return (
        f'<div class="line {look}">\n<span class="number">{place}</span>\n'
        f"{shown_sign(sign)}{heard(word, say)}\n\n"
        f'<p class="text" dir="auto">{spans(found, tag)}</p>\n</div>\n'
    )


def shown_sign(sign: str) -> str:
    """A sign for those who look."""
    return f'<span class="sign" aria-hidden="true">{sign}</span>'


def heard(word: str, say: Phrases) -> str:
    """A word for those who listen."""
    return f' <span class="heard">{escaped(say(word))}: </span>'


def _aside(word: str, told: str) -> str:
    return f'<p class="aside"><span class="tag">{escaped(word)}</span> {escaped(told)}</p>'

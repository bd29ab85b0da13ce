"""No text of a sheet is markup on the page: a page of hostile texts has the elements, attributes
and words of the same page with other signs in the place of what acts.
"""

from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import product
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from reconciler.render.page import page
from reconciler.render.page.texts import SIGN_NAMES, SIGN_WORDS
from reconciler.render.view import Block, Box, Group, Link, Passage, Prose, Row, Shared, Sheet, Span

SIGNS = str.maketrans("<>\"'&/!=", "¬¦°±¶¸¤¨")
"""What acts in HTML, each with a sign that does not."""

MARKUP = "<img src=x onerror=alert(1)>\"' a='b' &lt;&#60; </p></style></title></script><!--]]>"
TEXTS = {
    "short": "<b>\"'&lt;",  # short enough to stand beside another value
    "each piece": f"{MARKUP} {{{{{MARKUP}}}}} `{MARKUP}` “{MARKUP}” «{MARKUP}» ⟨<b>\"'&lt;⟩",
}
"""Each is put into every text that a sheet can hold."""

CHOSEN: dict[tuple[type, str], tuple[Any, ...]] = {
    (Sheet, "kind"): ("plan",),
    (Sheet, "language"): ("en",),
    (Sheet, "impacts"): ({"spoken": 2},),
    (Block, "sign"): tuple(SIGN_NAMES),
    (Group, "name"): ("spoken",),
    (Row, "group"): ("spoken",),
    (Row, "sign"): tuple(SIGN_WORDS),
    (Passage, "kind"): ("added", "removed", "changed", "moved", "shared", "left", "same"),
    (Box, "status"): ("added", "same"),
    (Box, "x"): (1, 300),
    (Link, "status"): ("added", "same"),
    (Link, "start"): (0,),
    (Link, "end"): (1,),
    (Shared, "number"): (1,),
    (Block, "shared"): ((1,), ()),
    (Passage, "shared"): (1,),
    (Prose, "shared"): ((1,), ()),
}
"""Values of fields that hold no text of anybody, and choose what is shown."""


def values(owner: type, name: str, kind: Any, text: str) -> tuple[Any, ...]:
    """Values of a field, with this text in each text."""
    if (owner, name) in CHOSEN:
        return CHOSEN[owner, name]
    inside = get_args(kind)
    if kind is str:
        return (text,)
    if kind in (bool, int):
        return (kind(1), kind(0))
    if is_dataclass(kind):
        return made(kind, text)
    if get_origin(kind) is tuple and inside[-1] is ...:
        return (values(owner, "", inside[0], text),)
    if get_origin(kind) is tuple:
        return (tuple(values(owner, "", one, text)[0] for one in inside),)
    assert NoneType in inside, (owner, name, kind)
    return (*values(owner, name, inside[0], text), None)


def made(owner: type, text: str) -> tuple[Any, ...]:
    """Objects of a class: one with all that it may hold, and for each value a small one with it."""
    hints = get_type_hints(owner)
    found = {one.name: values(owner, one.name, hints[one.name], text) for one in fields(owner)}
    full = owner(**{name: options[0] for name, options in found.items()})
    empty = {name: empty_of(options) for name, options in found.items() if holds(options[0])}
    small = replace(full, **empty)
    more = [replace(small, **{name: found[name][0]}) for name in empty]
    more += [
        replace(small, **{name: option})
        for name, options in found.items()
        for option in options[1:]
    ]
    return (full, *more)


def holds(value: Any) -> bool:
    """Whether a value is an object of the view that has more inside, or several of them."""
    if isinstance(value, tuple):
        return any(map(holds, value))
    return is_dataclass(value) and not isinstance(value, Span)


def empty_of(options: tuple[Any, ...]) -> Any:
    return () if isinstance(options[0], tuple) else options[-1]


def sheets(text: str, language: str, *, many: bool) -> list[Sheet]:
    """Sheets with a text in each place; ``many``: of agents with one change that all have."""
    found = [one for one in made(Sheet, text) if one.stopped != many]
    names = (text, *(f"{text}{number}" for number in range(20))) if many else (text,)
    shared = [replace(one, agents=names, odd=names) for one in made(Shared, text)]
    return [replace(one, language=language, shared=(shared[0],)) for one in found]


class Events(HTMLParser):
    """What a browser finds: elements with their attributes, words, and comments."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        shown = [(name, value and value.translate(SIGNS)) for name, value in attrs]
        self.found.append((tag, shown))

    def handle_endtag(self, tag):
        self.found.append(f"end of {tag}")

    def handle_data(self, data):
        said = data.translate(SIGNS)
        if self.found and isinstance(self.found[-1], list):
            self.found[-1][0] += said
        else:
            self.found.append([said])

    def handle_comment(self, data):
        self.found.append(("comment", data))

    handle_decl = handle_pi = unknown_decl = handle_comment


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_of_a_sheet_is_markup(text):
    """This compares elements, so that it fails wherever an escape is left out."""
    for language, many in product(("en", "ar"), (False, True)):
        hostile, harmless = (
            [page(one) for one in sheets(shown, language, many=many)]
            for shown in (text, text.translate(SIGNS))
        )
        for one, other in zip(hostile, harmless, strict=True):
            assert Events(one).found == Events(other).found

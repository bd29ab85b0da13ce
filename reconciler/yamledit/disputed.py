"""What YAML parsers read differently, or what only some of them know: refused with what to write.

libyaml reads ``&greet:en Hello`` as the text ``:en Hello`` and ``{?who: x}`` as the key ``who``;
the specification says otherwise. Only texts in which such a thing may be are looked at. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.jsonvalues import Json

_FRONT = r"(?<![^\s\[{,])"
_NAMED = re.compile(_FRONT + r"[&*][A-Za-z0-9_-]+[^A-Za-z0-9_\-\s,\]}]")
_ASKED = re.compile(r"[\[{,]\s*(\?)[^\s,\]}]")
_TAG = re.compile(_FRONT + "!")
_BLANKS = re.compile(r"\n[ \t]+\Z")

_ORDERED = ("tag:yaml.org,2002:omap", "tag:yaml.org,2002:pairs")

ANCHORS = "the name of an anchor may hold a-z, A-Z, 0-9, - and _ only"

Event = Any
Events = Callable[[str], Iterable[Event]]


@dataclass(frozen=True)
class Disputed:
    """Something that is read differently: the character where it stands, why, what to write."""

    at: int
    message: str
    hint: str


def found(
    text: str, events: Events, data: Callable[[str], Json], *, usual: bool = False
) -> Disputed | None:
    """The first thing of a text that parsers do not agree on; None where there is none.

    ``events`` and ``data`` are the parser's, which takes the text. A ``usual`` text is known to
    have neither anchors nor tags, whatever its prose looks like.
    """
    if not any(one.search(text) for one in (_ASKED, _BLANKS, *(() if usual else (_NAMED, _TAG)))):
        return None
    seen = [*events(text)]
    return next(_all(text, seen, data), None)


def _all(text: str, events: list[Event], data: Callable[[str], Json]) -> Iterator[Disputed]:
    for event in events:
        yield from _name(text, event)
        yield from _tag(event, data)
    yield from _asked(text, events)
    yield from _blanks(text, events, data)


def _name(text: str, event: Event) -> Iterator[Disputed]:
    """An anchor or alias whose name goes on after what libyaml takes for it."""
    anchor, at = getattr(event, "anchor", None), event.start_mark.index
    if anchor and text[at : at + 1] in ("&", "*"):
        after = text[at + 1 + len(anchor) : at + 2 + len(anchor)]
        if after.strip() and after not in ",]}":
            kind = "an anchor (`&name`)" if text[at] == "&" else "an alias (`*name`)"
            yield Disputed(at, f"{kind} with a `{after}` in its name", ANCHORS)


def _tag(event: Event, data: Callable[[str], Json]) -> Iterator[Disputed]:
    """A `!` that makes a text of a number, which libyaml passes over; tags of ordered lists."""
    tag, at = getattr(event, "tag", None), event.start_mark.index
    if tag == "!" and not getattr(event, "style", "!") and not isinstance(data(event.value), str):
        yield Disputed(at, "a `!` without a name", "take the `!` off, and put a text in quotes")
    elif tag in _ORDERED:
        hint = "write a mapping or a list, as JSON has them"
        yield Disputed(at, f"the tag `!!{tag.rpartition(':')[2]}`", hint)


def _asked(text: str, events: list[Event]) -> Iterator[Disputed]:
    """A question mark in brackets that begins a text, and that libyaml takes for a key's mark."""
    scalars = [(e.start_mark.index, e.end_mark.index) for e in events if hasattr(e, "style")]
    for one in _ASKED.finditer(text):
        at = one.start(1)
        if not any(start <= at < end for start, end in scalars):
            hint = 'put texts inside [ ] and { } in quotes: ["?who"]'
            yield Disputed(at, "a text in brackets that begins with `?`", hint)


def _blanks(text: str, events: list[Event], data: Callable[[str], Json]) -> Iterator[Disputed]:
    """A last line of blanks alone, without a line end, in a text that it belongs to."""
    last = _BLANKS.search(text)
    styles = [event.style for event in events if hasattr(event, "style")]
    if last and styles and styles[-1] in ("|", ">") and data(text) != data(f"{text}\n"):
        hint = "take the blanks off, or end the line"
        yield Disputed(last.start() + 1, "a last line of blanks alone", hint)

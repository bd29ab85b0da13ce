"""Syntax that YAML parsers read differently, or only some know: refused with a fix.

libyaml reads ``&greet:en Hello`` as the text ``:en Hello`` and ``{?who: x}`` as the key ``who``,
against the specification. Only texts that may contain such syntax are examined. Pure.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern

_FRONT = r"(?<![^\s\[{,])"
_NAMED = pattern(_FRONT + r"[&*][A-Za-z0-9_-]+[^A-Za-z0-9_\-\s,\]}]")
_ASKED = pattern(r"[\[{,]\s*(\?)[^\s,\]}]")
_BEGUN = pattern(r"\?(?<=[\[{,\s]\?)[^\s,\]}]")
"""A part of each of the former; a pattern that begins with a character is found much faster."""
_TAG = pattern(_FRONT + "!")
_BLANKS = pattern(r"\n[ \t]+\Z")

_ORDERED = ("tag:yaml.org,2002:omap", "tag:yaml.org,2002:pairs")

ANCHORS = (
    "put a text that begins with `*` or `&` in quotes; "
    "the name of an anchor may hold a-z, A-Z, 0-9, - and _ only"
)

Event = Any
Events = Callable[[str], Iterable[Event]]


@dataclass(frozen=True)
class Disputed:
    """Disputed syntax: the offset, why it is disputed, and what to write."""

    at: int
    message: str
    hint: str


def found(
    text: str, events: Events, data: Callable[[str], Json], *, usual: bool = False
) -> Disputed | None:
    """The first part of a text that parsers disagree on; None if there is none.

    ``events`` and ``data`` are functions of the parser, called with the text. A ``usual`` text is
    known to have neither anchors nor tags, whatever its prose looks like.
    """
    if not _is_suspicious(text) and (usual or not (_NAMED.search(text) or _TAG.search(text))):
        return None
    seen = [*events(text)]
    return next(_all(text, seen, data), None)


def _is_suspicious(text: str) -> bool:
    """Whether a text may have what neither anchors nor tags are needed for."""
    if _BEGUN.search(text) and _ASKED.search(text):
        return True
    return text.endswith((" ", "\t")) and bool(_BLANKS.search(text))


def _all(text: str, events: list[Event], data: Callable[[str], Json]) -> Iterator[Disputed]:
    for event in events:
        yield from _name(text, event)
        yield from _tag(event, data)
    yield from _asked(text, events)
    yield from _blanks(text, events, data)


def _name(text: str, event: Event) -> Iterator[Disputed]:
    """An anchor or alias whose name continues after the part that libyaml reads."""
    anchor, at = getattr(event, "anchor", None), event.start_mark.index
    if anchor and text[at : at + 1] in ("&", "*"):
        after = text[at + 1 + len(anchor) : at + 2 + len(anchor)]
        if after.strip() and after not in ",]}":
            kind = "an anchor (`&name`)" if text[at] == "&" else "an alias (`*name`)"
            yield Disputed(at, f"{kind} with a `{after}` in its name", ANCHORS)


def _tag(event: Event, data: Callable[[str], Json]) -> Iterator[Disputed]:
    """A `!` that makes a number a text, which libyaml ignores; tags of ordered lists."""
    tag, at = getattr(event, "tag", None), event.start_mark.index
    if tag == "!" and not getattr(event, "style", "!") and not isinstance(data(event.value), str):
        yield Disputed(at, "a `!` without a name", "take the `!` off, and put a text in quotes")
    elif tag in _ORDERED:
        hint = "write a mapping or a list, as JSON has them"
        yield Disputed(at, f"the tag `!!{tag.rpartition(':')[2]}`", hint)


def _asked(text: str, events: list[Event]) -> Iterator[Disputed]:
    """A question mark that starts a text in brackets, which libyaml takes for a key's mark."""
    scalars = [(e.start_mark.index, e.end_mark.index) for e in events if hasattr(e, "style")]
    for one in _ASKED.finditer(text):
        at = one.start(1)
        if not any(start <= at < end for start, end in scalars):
            hint = 'put texts inside [ ] and { } in quotes: ["?who"]'
            yield Disputed(at, "a text in brackets that begins with `?`", hint)


def _blanks(text: str, events: list[Event], data: Callable[[str], Json]) -> Iterator[Disputed]:
    """A last line of only blanks, without a newline, in a text that includes it."""
    last = _BLANKS.search(text)
    styles = [event.style for event in events if hasattr(event, "style")]
    if last and styles and styles[-1] in ("|", ">") and data(text) != data(f"{text}\n"):
        hint = "take the blanks off, or end the line"
        yield Disputed(last.start() + 1, "a last line of blanks alone", hint)

"""Aliases (`*name`) and merge keys (`<<`) that loop or multiply, found before anything is made.

A parser's events say each anchor once, however often it is used: what a text would become is
counted in one pass, while making it can take for ever.
"""

import re
from collections.abc import Callable, Iterable

from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    ScalarEvent,
)

from reconciler.yamledit.complaints import Complaint

_ALIAS = re.compile(r"(?<![^\s\[{,])\*[^\s*]")
_HINT = "aliases (`*name`) may not multiply or loop"


def endless(text: str, most: int, events: Callable[[str], Iterable[Event]]) -> Complaint | None:
    """The first alias that loops, or with which a text holds more than ``most`` values."""
    if "&" not in text or not _ALIAS.search(text):
        return None
    try:
        return _counted(events(text), most)
    except YAMLError:  # whoever parses it says what is wrong
        return None


def _counted(events: Iterable[Event], most: int) -> Complaint | None:
    sizes: dict[str, int] = {}
    above: list[tuple[str | None, int]] = [(None, 0)]
    """The collections around an event: the anchor of each, and how many values it has so far."""
    for event in events:
        size = 0
        if isinstance(event, CollectionStartEvent):
            above.append((event.anchor, 1))
        elif isinstance(event, CollectionEndEvent):
            anchor, size = above.pop()
            if anchor:
                sizes[anchor] = size
        elif isinstance(event, ScalarEvent):
            size = 1
            if event.anchor:
                sizes[event.anchor] = size
        elif isinstance(event, AliasEvent):
            if any(event.anchor == anchor for anchor, _ in above):
                line = event.start_mark.line + 1
                return Complaint("an anchor (`&name`) holds an alias of itself", line, _HINT)
            size = sizes.get(event.anchor, 1)
        anchor, before = above[-1]
        above[-1] = anchor, before + size
        if before + size > most and isinstance(event, AliasEvent):
            line = event.start_mark.line + 1
            return Complaint("holds more values than an agent can have", line, _HINT)
    return None

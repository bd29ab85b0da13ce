"""Reads YAML files, with ruamel.yaml.

Files are read with ruamel's C parser (the pure one is eight times slower), ordinary ones in one
pass that also keeps each value's place (see ``quick``); for others, places are looked up later in
the text's node graph, and only for mistakes.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    ScalarEvent,
)
from ruamel.yaml.nodes import Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.text.merge import marker_at
from reconciler.yamledit import complaints, disputed, quick
from reconciler.yamledit.complaints import Complaint
from reconciler.yamledit.document import Document, YamlFileError, read_text, unusable
from reconciler.yamledit.graph import UNREADABLE, row, with_either
from reconciler.yamledit.quick import safe

_MOST_NODES = 100_000
_DEEPEST = 50
_UNSUSPICIOUS = 1000


def parser_name() -> str:
    """The class that parses: the C one, unless its package is missing."""
    return str(safe().Parser.__name__)


def load(path: Path, name: str) -> Document:
    """A file's only document. Raises YamlFileError with place and reason, never with content."""
    return loads(read_text(path, name), name)


def loads(text: str, name: str) -> Document:
    """A text's only document. Raises YamlFileError as ``load`` does."""
    unmerged = marker_at(text)
    if unmerged is not None:
        raise _complained(name, text, complaints.unmerged(complaints.line_at(text, unmerged)))
    usual = quick.read(text)
    if usual:
        _undisputed(text, name, usual=True)
        return Document(name, text, *usual)
    return Document(name, text, _unusual(text, name))


def _unusual(text: str, name: str) -> Json:
    """The data of a text that ``quick`` does not read, and that may be invalid."""
    try:
        if _too_deep(text):
            raise _nested(name)
        looped = endless(text, _MOST_NODES, _all_events)
        if looped:
            raise _complained(name, text, looped)
        data = with_either(text, lambda yaml: yaml.load(text))
    except DuplicateKeyError as error:
        raise _complained(name, text, complaints.twice(text, error)) from error
    except MarkedYAMLError as error:
        found = complaints.complaint(text, error, lambda error: _events(text, error))
        raise _complained(name, text, found) from error
    except ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        message = "this file is not YAML: a character that YAML does not allow"
        raise unusable(name, message, line=line) from error
    except (YAMLError, *UNREADABLE) as error:
        message = (
            "this file is not YAML: a value that cannot be read, such as a date that does not exist"
        )
        line = _unreadable_line(text)
        raise unusable(name, message, line=line, hint="put it in quotes") from error
    except RecursionError as error:
        raise _nested(name) from error
    _undisputed(text, name)
    fault = _fault(data, 0, [_MOST_NODES])
    if fault:
        raise unusable(name, fault, hint="aliases (`*name`) may not multiply or loop")
    return data


def _undisputed(text: str, name: str, *, usual: bool = False) -> None:
    """Raise YamlFileError if parsers disagree on a text.

    A ``usual`` text has neither anchors nor tags.
    """
    try:
        parse, load = (lambda text: safe().parse(text)), (lambda text: safe().load(text))
        found = disputed.found(text, parse, load, usual=usual)
    except YAMLError:  # valid only for the pure parser
        return
    if found:
        line = text.count("\n", 0, found.at) + 1
        message = f"YAML parsers do not agree on {found.message}"
        raise unusable(name, message, line=line, hint=found.hint)


def _all_events(text: str) -> list[Event]:
    """Every event of a text. Raises YAMLError as parsing does."""
    return list(with_either(text, lambda yaml: list(yaml.parse(text))))


def _too_deep(text: str) -> bool:
    """Whether the parser, whose recursion is unlimited, could run out of stack.

    At about 20,000 levels it crashes the process. Each level needs one of these characters, so that
    the events, which are read without recursion, are examined only in odd files.
    """
    if sum(map(text.count, "[{-?:")) < _UNSUSPICIOUS:
        return False
    depth = 0
    for event in safe().parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST:
            return True
    return False


def _complained(name: str, text: str, one: Complaint) -> YamlFileError:
    return unusable(name, one.message, line=row(text, one.line), hint=one.hint)


def _events(text: str, error: MarkedYAMLError) -> Iterator[Event]:
    """The events of a text up to a mistake, from the parser that found it."""
    strict = safe().parse(text)
    loose = safe(pure=True).parse(text)
    with suppress(YAMLError):
        yield from loose if str(error.problem).startswith("expected") else strict


def _unreadable_line(text: str) -> int:
    """The line of the first value that cannot be constructed; 0 if all can."""
    yaml = safe()
    for node in _scalars(yaml.compose(text), set()):
        try:
            yaml.constructor.construct_object(node)
        except UNREADABLE:
            return row(text, int(node.start_mark.line) + 1)
    return 0


def _scalars(node: Node | None, seen: set[int]) -> Iterator[ScalarNode]:
    """The scalars of a node graph in reading order, each once: graphs can have cycles."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        yield node
        return
    for child in node.value:
        for inner in child if isinstance(child, tuple) else (child,):
            yield from _scalars(inner, seen)


def _nested(name: str) -> YamlFileError:
    return unusable(name, "is nested too deep", allowed=f"at most {_DEEPEST} levels")


def _fault(value: Json, depth: int, left: list[int]) -> str:
    """Why a parsed value cannot be JSON of reasonable size; empty if it can."""
    left[0] -= 1
    if left[0] < 0:
        return "holds more values than an agent can have"
    if depth > _DEEPEST:
        return f"is nested deeper than {_DEEPEST} levels"
    children: list[Json] = []
    if isinstance(value, dict):
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    return next(filter(None, (_fault(child, depth + 1, left) for child in children)), "")


# Aliases (`*name`) and merge keys (`<<`) that loop or multiply are found before any data is made. A
# parser's events have each anchor once, however often it is used: the size of the data is counted
# in one pass, while making it can take forever.
_ALIAS = pattern(r"(?<![^\s\[{,])\*[^\s*]")
_HINT = "aliases (`*name`) may not multiply or loop"


def endless(text: str, most: int, events: Callable[[str], Iterable[Event]]) -> Complaint | None:
    """The first alias that loops, or with which a text has more than ``most`` values."""
    if "&" not in text or not _ALIAS.search(text):
        return None
    try:
        return _counted(events(text), most)
    except YAMLError:  # the actual parse reports it
        return None


def _counted(events: Iterable[Event], most: int) -> Complaint | None:
    sizes: dict[str, int] = {}
    above: list[tuple[str | None, int]] = [(None, 0)]
    """The collections around an event: the anchor of each, and its number of values so far."""
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

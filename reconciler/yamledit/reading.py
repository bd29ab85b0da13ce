"""Reads YAML files, with ruamel.yaml.

Files are read with ruamel's C parser (the pure one is eight times slower), ordinary ones in one
pass that also keeps each value's place (see ``quick``); for others, places are looked up later in
the text's node graph, and only for mistakes.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from reconciler import plain
from reconciler.errors import Problem, why
from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern
from reconciler.text.merge import marker_at
from reconciler.yamledit import complaints, disputed, pointers, quick
from reconciler.yamledit.complaints import Complaint
from reconciler.yamledit.quick import Spot, safe

MOST_BYTES = 1_000_000
"""The largest file that is read: an agent with its prompt is about 10 KB."""

_MOST_NODES = 100_000
_DEEPEST = 50
_UNSUSPICIOUS = 1000

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What ruamel's constructors raise for a value such as ``2025-02-30`` or ``!!bool maybe``."""

Path_ = tuple[str | int, ...]

Read = Callable[[Path, str], str]
"""Returns a file's text, given its path and its name for people; see ``read_text``."""


class YamlFileError(Exception):
    """A file that is not usable YAML; has the problem to show."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class Document:
    """A parsed file: its name for people, its text and its data."""

    name: str
    text: str
    data: Json
    places: Spot | None = field(default=None, repr=False, compare=False)
    """The places of values, if the parse kept them."""

    @cached_property
    def _graph(self) -> Node | None:
        """The text's node graph; None if there is none."""
        try:
            graph: Node | None = _with_either(self.text, lambda yaml: yaml.compose(self.text))
        except YAMLError:
            return None
        return graph

    @cached_property
    def _has_odd_breaks(self) -> bool:
        """Whether the parser and an editor count lines differently."""
        return any(one in self.text for one in complaints.ODD_BREAKS)

    def line(self, path: Path_) -> int:
        """The line of a key or item, or of the nearest existing one above it; from 1."""
        line = self.places.nearest(path).line if self.places else _line(self._graph, path)
        return _row(self.text, line) if self._has_odd_breaks else line

    def bare(self, path: Path_) -> str:
        """A value without quotes as written; empty if there is none."""
        if self.places:
            spot = self._spot(path)
            return spot.text if spot else ""
        node = self._scalar(path)
        return str(node.value) if node and not node.style else ""

    def is_quoted(self, path: Path_) -> bool:
        """Whether a value is a quoted text."""
        if self.places:
            spot = self._spot(path)
            return bool(spot and spot.quoted)
        node = self._scalar(path)
        return bool(node and node.style in ("'", '"'))

    def _spot(self, path: Path_) -> Spot | None:
        spot = self.places
        for step in path:
            spot = spot and spot.child(step)
        return spot

    def _scalar(self, path: Path_) -> ScalarNode | None:
        node = self._graph
        for step in path:
            node = node and _valued(node, step)
        return node if isinstance(node, ScalarNode) else None

    def problem(self, path: Path_, message: str, **more: Any) -> Problem:
        """A mistake at a place in this file."""
        field = ".".join(map(str, path))
        return Problem(file=self.name, line=self.line(path), field=field, message=message, **more)


def _with_either(text: str, work: Callable[[YAML], Json]) -> Json:
    """The C parser's result for a text, or the pure parser's if the C one is too strict.

    libyaml rejects a plain ``https://…`` or ``who?`` inside braces and brackets, which YAML 1.2
    allows.
    """
    try:
        return work(safe())
    except MarkedYAMLError as error:
        if "unexpected ':'" not in str(error.problem) and not complaints.is_question(text, error):
            raise
        try:
            return work(safe(pure=True))
        except (YAMLError, RecursionError, *_UNREADABLE) as other:
            raise error from other


def parser_name() -> str:
    """The class that parses: the C one, unless its package is missing."""
    return str(safe().Parser.__name__)


def read_text(path: Path, name: str) -> str:
    """Read a text file as UTF-8 with LF line ends and without a byte order mark."""
    try:
        data = plain.read(path, MOST_BYTES)
    except plain.TooLargeError as error:
        raise _too_large(name, error.size) from error
    except OSError as error:
        raise _unusable(name, f"cannot be read: {why(error)}") from error
    text = text_of(data, name)
    if pointers.is_path(text, path.parent):
        hint = "check it out with symbolic links (git config core.symlinks true), or copy the file"
        message = "holds only the path of another file, as git writes a link that it cannot make"
        raise _unusable(name, message, hint=hint)
    return text


def _too_large(name: str, size: int) -> YamlFileError:
    found = f"{size / 1e6:.1f} MB"
    return _unusable(name, "is too large", found=found, allowed="at most 1 MB")


def text_of(data: bytes, name: str) -> str:
    """Decode a file's bytes, as ``read_text`` does."""
    if len(data) > MOST_BYTES:
        raise _too_large(name, len(data))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _unusable(name, "is not UTF-8 text", line=line, hint="save it as UTF-8") from error
    elsewhere = pointers.stored_elsewhere(text)
    if elsewhere:
        hint = "fetch it: git lfs pull; in CI, check out with LFS"
        raise _unusable(name, elsewhere, hint=hint)
    return text


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
        data = _with_either(text, lambda yaml: yaml.load(text))
    except DuplicateKeyError as error:
        raise _complained(name, text, complaints.twice(text, error)) from error
    except MarkedYAMLError as error:
        found = complaints.complaint(text, error, lambda error: _events(text, error))
        raise _complained(name, text, found) from error
    except ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        message = "this file is not YAML: a character that YAML does not allow"
        raise _unusable(name, message, line=line) from error
    except (YAMLError, *_UNREADABLE) as error:
        message = (
            "this file is not YAML: a value that cannot be read, such as a date that does not exist"
        )
        line = _unreadable_line(text)
        raise _unusable(name, message, line=line, hint="put it in quotes") from error
    except RecursionError as error:
        raise _nested(name) from error
    _undisputed(text, name)
    fault = _fault(data, 0, [_MOST_NODES])
    if fault:
        raise _unusable(name, fault, hint="aliases (`*name`) may not multiply or loop")
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
        raise _unusable(name, message, line=line, hint=found.hint)


def _all_events(text: str) -> list[Event]:
    """Every event of a text. Raises YAMLError as parsing does."""
    return list(_with_either(text, lambda yaml: list(yaml.parse(text))))


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
    return _unusable(name, one.message, line=_row(text, one.line), hint=one.hint)


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
        except _UNREADABLE:
            return _row(text, int(node.start_mark.line) + 1)
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


def _row(text: str, line: int) -> int:
    """Convert the parser's line number, from 1, to an editor's; 0 stays 0."""
    breaks = islice(complaints.BREAKS.finditer(text), max(0, line - 1))
    return line and 1 + sum(found.group() in ("\r\n", "\n", "\r") for found in breaks)


def _nested(name: str) -> YamlFileError:
    return _unusable(name, "is nested too deep", allowed=f"at most {_DEEPEST} levels")


def _unusable(name: str, message: str, **more: Any) -> YamlFileError:
    return YamlFileError(Problem(file=name, message=message, **more))


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


def not_json(value: Json, path: Path_ = ()) -> list[tuple[Path_, str]]:
    """Places of values that YAML has and JSON does not: dates, sets, keys that are not text."""
    if isinstance(value, dict):
        odd = [
            ((*path, str(key)), f"the key `{key}` is not text")
            for key in value
            if not isinstance(key, str)
        ]
        return odd + [found for key, v in value.items() for found in not_json(v, (*path, key))]
    if isinstance(value, list):
        return [found for i, v in enumerate(value) for found in not_json(v, (*path, i))]
    if isinstance(value, float) and not math.isfinite(value):
        return [(path, "this value is not a finite number")]
    if value is None or isinstance(value, str | bool | int | float):
        return []
    return [(path, f"this value is read as a {type(value).__name__}, not as text")]


def _line(node: Node | None, path: Path_) -> int:
    """The line of a path in a node graph, from 1; 0 for an empty document."""
    if node is None:
        return 0
    line = int(node.start_mark.line) + 1
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        mark, node = found
        line = int(mark.start_mark.line) + 1
    return line


def _valued(node: Node, step: str | int) -> Node | None:
    """The value of a child, even if it comes from a merge key (`<<`)."""
    found = _child(node, step)
    if found or not isinstance(node, MappingNode):
        return found[1] if found else None
    lent = [value for key, value in node.value if key.tag.endswith(":merge")]
    sources = [one for value in lent for one in (value.value if _is_list(value) else [value])]
    return next(filter(None, (_valued(one, step) for one in sources)), None)


def _is_list(node: Node) -> bool:
    return isinstance(node, SequenceNode)


def _child(node: Node, step: str | int) -> tuple[Node, Node] | None:
    """The node whose line names a child, and the child itself."""
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


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

"""A YAML text as a tree with the offsets of each value. Pure.

Only this module, ``quick`` and ``reading`` import ruamel.yaml. The tree is built from the events of
the pure parser, whose marks count characters; the *data* comes from the parser that reads agent
files. Texts are as ``reading`` parses them: without a byte order mark, with LF line ends.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, Literal

from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern
from reconciler.yamledit import blocks
from reconciler.yamledit.document import YamlFileError
from reconciler.yamledit.quick import safe
from reconciler.yamledit.reading import loads

_DEEPEST = 60
_BLANK = pattern(r"(?:[ \t\n]|(?<![^ \t\n])#[^\n]*)*")
_COMMENT = pattern(r"(?<![^ \t\n])#[^\n]*")
_TABS = pattern(r"(?<=\S)[ \t]*\t[ \t]*")
_PROPERTY = pattern(r"&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*")

Kind = Literal["scalar", "sequence", "mapping", "alias"]
Style = Literal["", "'", '"', "|", ">", "block", "flow", "pair"]
"""How a scalar is quoted, or a collection laid out; a pair is a mapping in `[key: value]`."""


class NotYamlError(Exception):
    """A text that cannot be read as YAML."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A value: the offsets of its start (``outer`` includes anchor or tag) and end.

    ``said`` is the text of a scalar, or the anchor that an alias names; ``named`` is the end of
    anchor and tag, or ``outer`` if there are none. A block collection starts at its first entry.
    """

    kind: Kind
    style: Style = ""
    outer: int
    named: int
    start: int
    end: int
    anchor: str = ""
    tag: str = ""
    said: str = ""
    block: blocks.Block | None = None
    entries: tuple["Entry", ...] = ()

    @property
    def flow(self) -> bool:
        """Whether its contents are in brackets or braces."""
        return self.style in ("flow", "pair")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item of a sequence, or a key with its value.

    ``mark`` is the end of the `-` or `:`, or of the key if it has none; ``explicit``: the key has a
    `?`.
    """

    start: int
    mark: int
    key: Node | None
    value: Node
    explicit: bool = False

    @property
    def end(self) -> int:
        """The end of the value, or of the mark of an empty one."""
        return max(self.mark, self.value.end)


@dataclass(frozen=True)
class Tree:
    """A text, its first document's root, and the lines and comments around."""

    text: str
    root: Node | None

    def line_start(self, at: int) -> int:
        """The start of an offset's line."""
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """The end of an offset's line, before its newline."""
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def column(self, at: int) -> int:
        """The column of an offset, from 0."""
        return at - self.line_start(at)

    def leads(self, at: int) -> bool:
        """Whether only white space precedes an offset on its line."""
        return not self.text[self.line_start(at) : at].strip(" \t")

    def skip(self, at: int) -> int:
        """The next offset that is neither white space nor comment."""
        return _skip(self.text, at)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every value and key, in the text's order."""
        return tuple(_nodes(self.root)) if self.root else ()

    @cached_property
    def comments(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each comment: outside of scalars and starting with `#`."""
        found: list[tuple[int, int]] = []
        at = 0
        for start, end in (*self._scalars(), (len(self.text), len(self.text))):
            found += [match.span() for match in _COMMENT.finditer(self.text, at, start)]
            at = max(at, end)
        return tuple(found)

    def _scalars(self) -> Iterator[tuple[int, int]]:
        for node in self.nodes:
            if node.block:
                yield min(self.line_end(node.start), node.end), node.end
            elif node.kind == "scalar":
                yield node.start, node.end

    @cached_property
    def comment_lines(self) -> frozenset[int]:
        """The starts of lines that contain only a comment."""
        return frozenset(self.line_start(at) for at, _ in self.comments if self.leads(at))


def data(text: str) -> Json:
    """The data that the project reads from a text."""
    try:
        return loads(text, "").data
    except YamlFileError as error:
        raise NotYamlError(str(error)) from error


def tree(text: str) -> Tree:
    """The tree of a text's values."""
    try:
        return Tree(text, _root(text))
    except NotYamlError:
        if "\t" not in text:
            raise
    # The pure parser rejects a tab before a comment, in an empty line, or in a continued text;
    # replacing it by a space moves nothing.
    with suppress(NotYamlError):
        return Tree(text, _root(_TABS.sub(lambda found: " " * len(found.group()), text)))
    return Tree(text, _root(text.replace("\t", " ")))


def _root(text: str) -> Node | None:
    try:
        return _Reader(text, safe(pure=True).parse(text)).root()
    except (YAMLError, ValueError, StopIteration) as error:
        raise NotYamlError(str(error)) from error


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for entry in node.entries:
        if entry.key:
            yield from _nodes(entry.key)
        yield from _nodes(entry.value)


class _Reader:
    """Turns events into nodes; the only part of this file that keeps a position."""

    def __init__(self, text: str, events: Iterator[Event]) -> None:
        self.text = text
        self.events = events

    def root(self) -> Node | None:
        for event in self.events:
            if isinstance(event, NodeEvent):
                return self.node(event, -1, event.start_mark.index, 0)
        return None

    def node(self, event: Any, column: int, empty: int, depth: int) -> Node:
        """The node of an event; ``empty`` is its offset if it has no text at all."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, AliasEvent):
            return Node(
                kind="alias", outer=start, named=start, start=start, end=end, said=event.anchor
            )
        names = self._names(start) if event.anchor or event.tag else (start, "")
        if isinstance(event, ScalarEvent):
            return self._scalar(event, column, empty, names)
        if depth > _DEEPEST:
            raise ValueError(depth)
        return self._collection(event, names, depth)

    def _names(self, at: int) -> tuple[int, str]:
        """The end of the anchor and tag from an offset on, and the tag."""
        tag, end = "", at
        while found := _PROPERTY.match(self.text, _skip(self.text, end)):
            tag = found.group() if found.group().startswith("!") else tag
            end = found.end()
        return end, tag

    def _scalar(self, event: Any, column: int, empty: int, names: tuple[int, str]) -> Node:
        outer, end = event.start_mark.index, event.end_mark.index
        named, tag = names
        said = str(event.value)
        style: Style = event.style or ""
        block = None
        if named == outer and outer == end:
            outer = named = start = end = empty
        else:
            start = min(_skip(self.text, named), end) if named > outer else outer
            if not said and not style:
                start = end = named
        if style in ("|", ">"):
            block = blocks.read(self.text, start, column)
            end = block.blanks if block.chomp == "+" else block.end
        return Node(
            kind="scalar",
            style=style,
            outer=outer,
            named=named,
            start=start,
            end=end,
            anchor=event.anchor or "",
            tag=tag,
            said=said,
            block=block,
        )

    def _collection(self, event: Any, names: tuple[int, str], depth: int) -> Node:
        outer = event.start_mark.index
        named, tag = names
        start = _skip(self.text, named) if named > outer else outer
        style: Style = "block"
        if event.flow_style:
            style = "flow" if self.text[start] in "[{" else "pair"
        mapping = isinstance(event, MappingStartEvent)
        inside = start + 1 if style == "flow" else start
        entries, last = self._entries(inside, style, mapping=mapping, depth=depth + 1)
        return Node(
            kind="mapping" if mapping else "sequence",
            style=style,
            outer=outer,
            named=named,
            start=start,
            end=last.end_mark.index if style == "flow" else entries[-1].end,
            anchor=event.anchor or "",
            tag=tag,
            entries=entries,
        )

    def _entries(
        self, at: int, style: Style, *, mapping: bool, depth: int
    ) -> tuple[tuple[Entry, ...], Any]:
        found: list[Entry] = []
        column = at - self.text.rfind("\n", 0, at) - 1
        while not isinstance(event := next(self.events), CollectionEndEvent):
            start = _skip(self.text, at)
            if found and style == "flow" and self.text[start] == ",":
                start = _skip(self.text, start + 1)
            if mapping:
                found.append(self._pair(event, start, column, depth))
            else:
                mark = start + 1 if style == "block" else start
                value = self.node(event, column, mark, depth)
                found.append(Entry(start=start, mark=mark, key=None, value=value))
            at = found[-1].end
        return tuple(found), event

    def _pair(self, event: Any, start: int, column: int, depth: int) -> Entry:
        explicit = self.text[start] == "?" and self.text[start + 1 : start + 2].isspace()
        key = self.node(event, column, start + explicit, depth)
        colon = _skip(self.text, key.end)
        mark = colon + 1 if self.text[colon : colon + 1] == ":" else key.end
        value = self.node(next(self.events), column, mark, depth)
        return Entry(start=start, mark=mark, key=key, value=value, explicit=explicit)

"""Rewrite one value of a text in place. Pure.

Its surroundings stay: the anchor, the tag if it still fits, and the comments.
"""

import re
from collections.abc import Iterator

from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern
from reconciler.yamledit import blocks, scalars
from reconciler.yamledit.places import Entry, Node, Tree
from reconciler.yamledit.styles import Dump, Lines, alike, kind


class NotEditableError(Exception):
    """A value that cannot be changed in place; says why in one sentence."""


@dataclass(frozen=True)
class Edit:
    """Characters to replace; ``removes``: an entry goes, with the comment on its line."""

    start: int
    end: int
    text: str = ""
    removes: bool = False


@dataclass(frozen=True)
class _Slot:
    """The place of a value: its first line, the lines below, and further removals."""

    head: tuple[int, int]
    tail: tuple[int, int]
    cuts: tuple[Edit, ...] = ()


_BLANK_LINES = pattern(r"(?:\n *(?=\n))*")


@dataclass(frozen=True)
class Values:
    """Makes the edits that write whole values."""

    tree: Tree
    dump: Dump

    def replaced(self, entry: Entry, home: Node, old: Json, new: Json) -> Iterator[Edit]:
        """Write a new value in place of another."""
        node = entry.value
        like = self._like(entry, home, new)
        item, column = entry.key is None, self.tree.column(home.start)
        if home.flow:
            written = Lines(self.dump.flow(new, like))
            if isinstance(new, str | int | float | None):
                written = Lines(self._scalar(node, new, flow=True))
        elif isinstance(new, dict | list):
            block = node.style == "block" and not self._same_line(entry, node)
            own = self.tree.column(node.start) if block else -1
            own = own if own > column or node.kind == kind(new) else -1
            written = self.dump.block(new, like, column, item=item and not block, own=own)
            if item and written.rest and node.named > node.outer:
                written = Lines("", self.dump.entries(new, like, column + 2))
        else:
            written = self._block_scalar(node, old, new, column)
        yield from self._written(entry, new, written)

    def _like(self, entry: Entry, home: Node, new: Json) -> Node | None:
        node = entry.value
        if node.entries or not isinstance(new, dict | list):
            return node if node.flow or node.kind == kind(new) else alike(home, new)
        return alike(home, new)

    def _same_line(self, entry: Entry, node: Node) -> bool:
        return self.tree.line_start(node.start) == self.tree.line_start(entry.mark)

    def _scalar(self, node: Node, new: Json, *, flow: bool) -> str:
        style = node.style if node.kind == "scalar" else ""
        spelled = node.said if style == "" else ""
        return scalars.one_line(new, style, spelled, flow=flow)

    def _block_scalar(self, node: Node, old: Json, new: Json, column: int) -> Lines:
        """A scalar in block context: as a block, if it was one or has several lines now."""
        if self.dump.blocks and isinstance(new, str) and (node.block or "\n" in new):
            written = self._as_block(node, old, new, column)
            if written:
                return Lines(written.header, written.lines)
        return Lines(self._scalar(node, new, flow=False))

    def _as_block(self, node: Node, old: Json, new: str, column: int) -> blocks.Written | None:
        block = node.block
        before = old if isinstance(old, str) else ""
        known = before if block else ""
        if not blocks.holds(new, known) or (node.style == '"' and "\n" in before):
            return None
        if block and block.style == ">" and block.lines:
            written = blocks.folded(new, column, block)
            if written:
                return written
        indent = block.indent if block else 0
        indent = indent or max(column, 0) + self.dump.habits.step
        return blocks.literal(new, indent, column, block)

    def _written(self, entry: Entry, new: Json, written: Lines) -> Iterator[Edit]:
        """Put the lines of a new value in place of the old one."""
        text, node = self.tree.text, entry.value
        slot = self._slot(entry)
        (start, end), first = slot.head, written.first
        if node.tag and not _fits(node.tag, new):
            names = text[node.outer : node.named].replace(node.tag, "").strip()
            start, first = node.outer, f"{names} {first}".strip()
        if not first:
            start = len(text[:start].rstrip(" \t"))
        elif entry.key and entry.mark == entry.key.end:
            first = ": " + first
        elif not text[start:end].strip() and not text[start - 1 : start].isspace():
            first = " " + first
        below = "".join(f"\n{line}" for line in written.rest)
        yield Edit(start, end, first, removes=self._items_go(node))
        yield Edit(slot.tail[0], self._below(slot.tail[1], written), below)
        yield from slot.cuts

    def _below(self, end: int, written: Lines) -> int:
        """The end of the lines below a value: blank ones belong to a block that keeps them."""
        blank = _BLANK_LINES.match(self.tree.text, end)
        return blank.end() if blank and re.match(r"[|>]\d?\+", written.first) else end

    def _items_go(self, node: Node) -> bool:
        """Whether all comments inside a collection are on the lines of its entries."""
        first = node.entries[0].start if node.entries else node.end
        return bool(node.entries) and "#" not in self.tree.text[node.start : first]

    def _slot(self, entry: Entry) -> _Slot:
        node, ends = entry.value, self.tree.line_end
        if node.block:
            below = ends(node.start), max(ends(node.start), node.block.end)
            return _Slot((node.start, node.block.head), below)
        if node.style != "block":
            return _Slot((node.start, node.end), (ends(node.end),) * 2)
        at = node.named if node.named > node.outer else entry.mark
        stop = node.start if self.tree.line_start(node.start) == self.tree.line_start(at) else at
        return _Slot((at, stop), (ends(at),) * 2, tuple(self.cut(node.start, node.end)))

    def cut(self, start: int, end: int) -> Iterator[Edit]:
        """Remove the lines of a range, except comments.

        A line is removed with the newline before it, so that others can be inserted at its own.
        """
        at = self.tree.line_start(start) if self.tree.leads(start) else start
        while at <= end:
            stop = self.tree.line_end(at)
            if at not in self.tree.comment_lines:
                whole = at == self.tree.line_start(at)
                yield Edit(max(at - whole, 0), stop + (at == 0), removes=True)
            at = stop + 1


_TAGS: dict[str, type | tuple[type, ...]] = {
    "!!str": str,
    "!!int": int,
    "!!float": (int, float),
    "!!bool": bool,
    "!!null": type(None),
    "!!map": dict,
    "!!seq": list,
    "!": str,
}


def _fits(tag: str, value: Json) -> bool:
    """Whether a value may keep its tag."""
    if isinstance(value, bool) and tag != "!!bool":
        return False
    return isinstance(value, _TAGS.get(tag, ()))

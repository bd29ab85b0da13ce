"""Edits of a text that turn one of its values into another. Pure.

Collections are changed entry by entry: unchanged entries keep their characters, removed ones take
their own lines with them but not the comments above, new ones are laid out like their neighbours.
"""

import json
import re
from collections.abc import Iterable, Iterator

from reconciler.jsonvalues import Json, equal
from reconciler.late import dataclass
from reconciler.text.align import similarity
from reconciler.yamledit.blocks import aligned
from reconciler.yamledit.places import Entry, Node, Tree
from reconciler.yamledit.styles import Dump, alike, comma, kind
from reconciler.yamledit.values import Edit, NotEditableError, Values

_MOST_PAIRS = 400


@dataclass(frozen=True)
class Patch:
    """Makes the edits of one text."""

    values: Values

    @property
    def tree(self) -> Tree:
        """The text that is edited."""
        return self.values.tree

    @property
    def dump(self) -> Dump:
        """What writes new values."""
        return self.values.dump

    def change(self, entry: Entry, home: Node, old: Json, new: Json) -> Iterator[Edit]:
        """Give an entry of ``home`` another value."""
        if equal(old, new):
            return
        yield from self.collection(entry.value, old, new) or self.values.replaced(
            entry, home, old, new
        )

    def collection(self, node: Node, old: Json, new: Json) -> list[Edit]:
        """The edits inside a collection that stays one; empty if it must be rewritten."""
        if node.kind == "mapping" and isinstance(old, dict) and isinstance(new, dict):
            return self._mapping(node, old, new)
        if node.kind == "sequence" and isinstance(old, list) and isinstance(new, list):
            return self._sequence(node, old, new)
        return []

    # Collections, entry by entry.

    def _mapping(self, node: Node, old: dict[str, Json], new: dict[str, Json]) -> list[Edit]:
        place = own_keys(node)
        gone = [key for key in old if key not in new]
        if absent := [key for key in gone if key not in place]:
            raise NotEditableError(f"the key `{absent[0]}` is not in the mapping itself")
        removed = {place[key] for key in gone}
        added = {
            key: value
            for key, value in new.items()
            if key not in old or (key not in place and not equal(old[key], value))
        }
        edits: list[Edit] = []
        for key in old.keys() & new.keys() & place.keys():
            edits += self.change(node.entries[place[key]], node, old[key], new[key])
        if not (removed or added):
            return edits
        if len(removed) == len(node.entries) and not self._can_empty(node, added):
            return []
        last = max(set(range(len(node.entries))) - removed, default=len(node.entries) - 1)
        homes: dict[int, list[tuple[str, Json]]] = {}
        own = node.style == "block" and len(place) == len(node.entries)  # no merge keys
        for key, after in _homes(old, new, place if own else {}, last).items():
            if key in added:
                homes.setdefault(after, []).append((key, added[key]))
        return [*edits, *self._entries(node, removed, homes)]

    def _can_empty(self, node: Node, added: dict[str, Json]) -> bool:
        """Whether all entries can be removed without rewriting the collection."""
        if node.style != "flow" or not node.entries:
            return False
        return bool(added) or all(map(self._own_line, node.entries))

    def _sequence(self, node: Node, old: list[Json], new: list[Json]) -> list[Edit]:
        if not old or len(old) != len(node.entries) or not (new or self._can_empty(node, {})):
            return []
        pairs = dict(_pairs(old, new))
        edits: list[Edit] = []
        for i, j in pairs.items():
            edits += self.change(node.entries[i], node, old[i], new[j])
        added: dict[int, list[tuple[str, Json]]] = {}
        home, source = -1, {j: i for i, j in pairs.items()}
        for j, value in enumerate(new):
            home = source.get(j, home)
            if j not in source:
                added.setdefault(home, []).append(("", value))
        return [*edits, *self._entries(node, set(range(len(old))) - pairs.keys(), added)]

    def _entries(
        self, node: Node, removed: set[int], added: dict[int, list[tuple[str, Json]]]
    ) -> Iterator[Edit]:
        """Remove entries, and add others after these; -1 is before the first."""
        added = {after: values for after, values in added.items() if values}
        if (removed or added) and any(entry.explicit for entry in node.entries):
            raise NotEditableError("the mapping has keys with a question mark (`? key`)")
        if node.style == "block":
            yield from self._block_removed(node, removed)
            for after, values in added.items():
                yield self._block_added(node, after, values)
        elif node.style == "flow":
            yield from self._flow_entries(node, removed, added)
        else:
            raise NotEditableError("the mapping has no braces around it")

    # Block collections.

    def _block_removed(self, node: Node, removed: set[int]) -> Iterator[Edit]:
        first = node.entries[0].start
        shared = 0
        if not self.tree.leads(first):
            while shared in removed:
                shared += 1
        if shared:
            last = self.tree.line_end(node.entries[shared - 1].end)
            rest = re.compile(r"[ \t\n]*").match(self.tree.text, last)
            yield Edit(first, rest.end() if rest else last, removes=True)
        for i in sorted(removed):
            if i >= shared:
                yield from self.values.cut(node.entries[i].start, node.entries[i].end)

    def _block_added(self, node: Node, after: int, values: list[tuple[str, Json]]) -> Edit:
        column = self.tree.column(node.start)
        near = node.entries[max(after, 0)]
        lines: list[str] = []
        for key, value in values:
            if near.key:
                lines += self.dump.pair(key, value, node, column)
            else:
                like = near.value if kind(value) == near.value.kind else alike(node, value)
                lines += self.dump.item(value, like, column, self._dash(near))
        if after >= 0:
            return _insert(self.tree.line_end(near.end), "\n" + "\n".join(lines))
        if self.tree.leads(near.start):
            return _insert(self._above(near.start), "\n".join(lines) + "\n")
        return _insert(near.start, "\n".join(lines).lstrip(" ") + "\n" + " " * column)

    def _dash(self, near: Entry) -> str:
        between = self.tree.text[near.mark : near.value.outer]
        return "-" + between if between and not between.strip(" ") else "- "

    def _above(self, start: int) -> int:
        """The line of an entry, or of the first comment directly above it."""
        at = self.tree.line_start(start)
        while at and self.tree.line_start(at - 1) in self.tree.comment_lines:
            at = self.tree.line_start(at - 1)
        return at

    # Flow collections.

    def _flow_entries(
        self, node: Node, removed: set[int], added: dict[int, list[tuple[str, Json]]]
    ) -> Iterator[Edit]:
        for after, values in added.items():
            texts = [self._flow_text(node, after, key, value) for key, value in values]
            while removed and texts and node.kind == "mapping":
                entry = node.entries[swapped := min(removed)]
                removed = removed - {swapped}
                yield Edit(entry.start, entry.end, texts.pop(0))
            if texts:
                yield from self._flow_added(node, after, texts)
        for start, stop in _stretches(removed):
            yield from self._flow_removed(node, start, stop)

    def _flow_text(self, node: Node, after: int, key: str, value: Json) -> str:
        near = node.entries[max(after, 0)]
        if near.key:
            return self.dump.flow_entry(key, value, node)
        like = near.value if kind(value) == near.value.kind else alike(node, value)
        return self.dump.flow(value, like)

    def _flow_added(self, node: Node, after: int, texts: list[str]) -> Iterator[Edit]:
        near = node.entries[max(after, 0)]
        if not self._own_line(near):
            between = comma(self.tree, node)
            joined = between.join(texts)
            at = near.start if after < 0 else near.end
            yield _insert(at, joined + between if after < 0 else between + joined)
            return
        indent = self.tree.text[self.tree.line_start(near.start) : near.start]
        if after < 0:
            lines = "".join(f"{indent}{text},\n" for text in texts)
            yield _insert(self._above(near.start), lines)
            return
        follows = self._comma(near)
        if not follows:
            yield _insert(near.end, ",")
        lines = ",".join(f"\n{indent}{text}" for text in texts) + "," * bool(follows)
        yield _insert(self.tree.line_end(follows or near.end), lines)

    def _flow_removed(self, node: Node, start: int, stop: int) -> Iterator[Edit]:
        """Remove the entries from ``start`` up to ``stop``."""
        entries = node.entries
        last = stop == len(entries)
        if all(map(self._own_line, entries[start:stop])):
            for entry in entries[start:stop]:
                yield from self.values.cut(entry.start, self._comma(entry) or entry.end)
            if last and start and not self._comma(entries[-1]):
                yield Edit(at := self._comma(entries[start - 1]) - 1, at + 1)
        elif last:
            yield Edit(entries[start - 1].end, entries[-1].end, removes=True)
        else:
            yield Edit(entries[start].start, entries[stop].start, removes=True)

    def _comma(self, entry: Entry) -> int:
        """The end of the comma after an entry; 0 if there is none."""
        at = self.tree.skip(entry.end)
        return at + 1 if self.tree.text[at : at + 1] == "," else 0

    def _own_line(self, entry: Entry) -> bool:
        """Whether an entry's lines have nothing else but its comma and a comment."""
        end = self._comma(entry) or entry.end
        rest = self.tree.text[end : self.tree.line_end(end)]
        return self.tree.leads(entry.start) and re.match(r"[ \t]*(#|$)", rest) is not None


def own_keys(node: Node) -> dict[str, int]:
    """The mapping's own keys with their indexes, without those from merge keys."""
    keys = [(entry.key, i) for i, entry in enumerate(node.entries)]
    merge = [key for key, _ in keys if key and key.said == "<<" and not key.style]
    return {key.said: i for key, i in keys if key and key.kind == "scalar" and key not in merge}


def _homes(
    old: dict[str, Json], new: dict[str, Json], place: dict[str, int], last: int
) -> dict[str, int]:
    """The entry after which each new key goes: its neighbour's, if the other keys keep their order.

    A new key without a neighbour goes to the end, after ``last``.
    """
    kept = [key for key in old if key in new and key in place]
    if kept != [key for key in new if key in kept] or not kept:
        return dict.fromkeys(new, last)
    found, home = {}, last
    for key in new:
        home = place[key] if key in kept else home
        found[key] = last if key == [*new][-1] and home == place[kept[-1]] else home
    return found


def _pairs(old: list[Json], new: list[Json]) -> Iterator[tuple[int, int]]:
    """Pairs of indexes: equal items, and between those the most similar ones."""
    before, after = (
        [json.dumps(item, ensure_ascii=False, sort_keys=True, default=str) for item in side]
        for side in (old, new)
    )
    for run in aligned(before, after):
        ours = range(run.old_start, run.old_end)
        theirs = range(run.new_start, run.new_end)
        if run.equal or len(ours) * len(theirs) > _MOST_PAIRS or len(ours) == len(theirs):
            yield from zip(ours, theirs, strict=False)
        else:
            yield from _best(before, after, ours, theirs)


def _best(old: list[str], new: list[str], ours: range, theirs: range) -> list[tuple[int, int]]:
    """As many pairs as possible, in order, whose texts have most in common."""
    rows: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])] * (len(theirs) + 1)
    for i in ours:
        line = [rows[0]]
        for n, j in enumerate(theirs):
            score, pairs = rows[n]
            score += 1 + similarity(list(old[i]), list(new[j]))
            best = max(rows[n + 1], line[n], key=lambda found: found[0])
            line.append((score, [*pairs, (i, j)]) if score > best[0] else best)
        rows = line
    return rows[-1][1]


def _stretches(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Adjacent indexes as half-open ranges."""
    start = stop = -1
    for place in sorted(places):
        if place != stop:
            if stop > start:
                yield start, stop
            start = place
        stop = place + 1
    if stop > start:
        yield start, stop


def _insert(at: int, text: str) -> Edit:
    return Edit(at, at, text)

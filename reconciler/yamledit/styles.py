"""New values in the style of their surroundings. Pure."""

from itertools import pairwise

from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.yamledit import blocks, scalars
from reconciler.yamledit.places import Entry, Node, Tree


@dataclass(frozen=True, kw_only=True)
class Habits:
    """A file's layout, for values that have no neighbour of their type."""

    step: int = 2
    dash: int = 2
    brace: str = " "
    bracket: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Lines:
    """A value to write: the rest of the line after the `:` or `-`, and the lines below."""

    first: str
    rest: tuple[str, ...] = ()


def habits(tree: Tree) -> Habits:
    """Derive the layout from the first indentation, list and braces of a file."""
    step, dash, brace, bracket = 0, -1, None, None
    for node in tree.nodes:
        if node.flow and node.entries:
            pad = _pad(tree, node)
            brace = pad if brace is None and node.kind == "mapping" else brace
            bracket = pad if bracket is None and node.kind == "sequence" else bracket
        for entry in node.entries if node.kind == "mapping" else ():
            if entry.value.style == "block":
                deeper = tree.column(entry.value.start) - tree.column(node.start)
                if entry.value.kind == "sequence":
                    dash = deeper if dash < 0 else dash
                else:
                    step = step or deeper
    step = step or max(dash, 0) or 2
    return Habits(
        step=step,
        dash=dash if dash >= 0 else step,
        brace=" " if brace is None else brace,
        bracket=bracket or "",
        quote='"' if _is_json(tree) else "",
    )


def _is_json(tree: Tree) -> bool:
    keys = [entry.key for node in tree.nodes for entry in node.entries if entry.key]
    return bool(keys) and all(key.style == '"' for key in keys)


def _pad(tree: Tree, node: Node) -> str:
    """The blanks after an opening brace or bracket, if the first entry is on its line."""
    between = tree.text[node.start + 1 : node.entries[0].start]
    return between if node.style == "flow" and not between.strip(" ") else ""


def comma(tree: Tree, node: Node) -> str:
    """The text between the entries of a one-line flow collection."""
    gaps = [tree.text[one.end : two.start] for one, two in pairwise(node.entries)]
    return next((gap for gap in gaps if not gap.strip(" ,")), ", ")


def colon(tree: Tree, entry: Entry) -> str:
    """The `:` of an entry with the blanks around it, up to a value on its line."""
    if entry.key is None or entry.mark == entry.key.end:
        return ": "
    between = tree.text[entry.key.end : entry.value.outer]
    return between if not between.strip(" :") and entry.value.end > entry.value.outer else ": "


@dataclass(frozen=True)
class Dump:
    """Writes values into a file; ``like`` is always a neighbour whose style to use."""

    tree: Tree
    habits: Habits
    blocks: bool = True
    """Whether a text may become a block scalar, which would swallow comments below it."""

    def flow(self, value: Json, like: Node | None = None) -> str:
        """A value on one line, as written in brackets and braces."""
        if isinstance(value, dict):
            near = like if like and like.kind == "mapping" and like.entries else None
            parts = [self.flow_entry(key, item, near) for key, item in value.items()]
            return self._enclosed("{}", self.habits.brace, parts, near)
        if isinstance(value, list):
            near = like if like and like.kind == "sequence" and like.entries else None
            parts = [self.flow(item, alike(near, item)) for item in value]
            return self._enclosed("[]", self.habits.bracket, parts, near)
        style = like.style if like and like.kind == "scalar" else self.habits.quote
        return scalars.one_line(value, style, flow=True)

    def flow_entry(self, key: str, value: Json, near: Node | None) -> str:
        """A key with its value inside braces."""
        like = near.entries[-1] if near else None
        style = like.key.style if like and like.key else self.habits.quote
        sign = colon(self.tree, like) if like and not like.explicit else ": "
        sign = sign if style or sign.endswith(" ") else ": "
        written = scalars.key(key, style, flow=True)
        return f"{written}{sign}{self.flow(value, alike(near, value, key))}"

    def _enclosed(self, signs: str, pad: str, parts: list[str], near: Node | None) -> str:
        if not parts:
            return signs
        if near and near.style == "flow":
            pad = _pad(self.tree, near)
        between = comma(self.tree, near) if near else ", "
        return signs[0] + pad + between.join(parts) + pad + signs[1]

    def block(
        self, value: Json, like: Node | None, column: int, *, item: bool, own: int = -1
    ) -> Lines:
        """A value after a `:` or, as an ``item``, a `-` in a block collection at ``column``.

        ``own`` is the column for the entries of a collection, if known.
        """
        if not isinstance(value, dict | list):
            return self.scalar(value, like, column)
        flows = like is not None and like.flow and like.entries
        if not value or (flows and like and like.kind == kind(value)):
            return Lines(self.flow(value, like))
        deeper = self.habits.dash if isinstance(value, list) else self.habits.step
        at = own if own >= 0 else column + (2 if item else deeper)
        lines = self.entries(value, like, at)
        if item and at > column + 1:
            return Lines(lines[0].lstrip(" "), lines[1:])
        return Lines("", lines)

    def scalar(self, value: Json, like: Node | None, column: int) -> Lines:
        """A text of several lines as a literal block, everything else on one line."""
        style = like.style if like and like.kind == "scalar" else self.habits.quote
        if self.blocks and isinstance(value, str) and "\n" in value and blocks.holds(value):
            written = blocks.literal(value, max(column, 0) + self.habits.step, column)
            if written:
                return Lines(written.header, written.lines)
        return Lines(scalars.one_line(value, style if style in ("'", '"') else ""))

    def entries(self, value: Json, like: Node | None, at: int) -> tuple[str, ...]:
        """The lines of a block collection whose entries start at a column."""
        near = like if like and like.kind == kind(value) and like.entries else None
        if isinstance(value, dict):
            lines = [self.pair(key, item, near, at) for key, item in value.items()]
        else:
            lines = [self.item(item, alike(near, item), at) for item in value]
        return tuple(line for entry in lines for line in entry)

    def item(self, value: Json, like: Node | None, at: int, dash: str = "- ") -> tuple[str, ...]:
        """The lines of an item whose `-` is at a column."""
        own = at + len(dash) if isinstance(value, dict | list) else -1
        lines = self.block(value, like, at, item=True, own=own)
        head = " " * at + (dash + lines.first if lines.first else "-")
        return (head, *lines.rest)

    def pair(self, key: str, value: Json, near: Node | None, at: int) -> tuple[str, ...]:
        """The lines of a key and its value at a column, aligned with its neighbours' values."""
        last = near.entries[-1].key if near else None
        style = last.style if last else self.habits.quote
        lines = self.block(value, alike(near, value, key), at, item=False)
        head = " " * at + scalars.key(key, style, flow=False) + ":"
        if lines.first:
            head = f"{head} ".ljust(self._aligned(near)) + lines.first
        return (head, *lines.rest)

    def _aligned(self, near: Node | None) -> int:
        """The column at which all values start although their keys differ in length, or 0."""
        entries = near.entries if near and near.style == "block" else ()
        keys = {self.tree.column(entry.mark) for entry in entries}
        values = {self.tree.column(entry.value.outer) for entry in entries}
        return values.pop() if len(values) == 1 and len(keys) > 1 else 0


def kind(value: Json) -> str:
    """The kind of node that a value has in a tree."""
    if isinstance(value, dict):
        return "mapping"
    return "sequence" if isinstance(value, list) else "scalar"


def alike(near: Node | None, value: Json, key: str = "") -> Node | None:
    """The neighbour whose style fits a value: of the same key, or the last of its type."""
    if near is None:
        return None
    found = [entry for entry in near.entries if _alike(entry.value, value)]
    same = [entry.value for entry in found if entry.key and entry.key.said == key]
    return same[0] if same else found[-1].value if found else None


def _alike(node: Node, value: Json) -> bool:
    if node.kind != kind(value):
        return False
    return node.kind == "scalar" or bool(node.entries) or not value

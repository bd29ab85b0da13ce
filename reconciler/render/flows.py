"""A flow as text for a terminal: one paragraph for each node, in reading order. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.flow.outline import Node
from reconciler.render.conditions import plain, when
from reconciler.render.sanitize import called, one_line
from reconciler.text.wording import count

_LONG = 10_000
"""Characters of a condition: all of it."""
Line = tuple[str, str]
"""A mark and a text; a heading has no mark."""


def lines(key: str, name: str, nodes: Sequence[Node]) -> Iterator[Line]:
    """The flow: a heading for it and for each node, whose lines have marks such as `→`."""
    head = (one_line(key), called(name, key), count(len(nodes), "node"))
    yield "", "  ".join(filter(None, head))
    for node in nodes:
        yield "", _head(node)
        yield from _body(node)


def _head(node: Node) -> str:
    """The slug, with label and type if they are not clear from it."""
    shown = [one_line(node.slug)]
    if node.label and _words(node.label) != _words(node.slug):
        shown.append(one_line(node.label))
    if not node.slug.startswith(node.type):
        shown.append(one_line(node.type))
    if not node.reached:
        shown.append("nothing leads here")
    return "  ".join(shown)


def _words(name: str) -> list[str]:
    return name.casefold().replace("_", " ").split()


def _body(node: Node) -> Iterator[Line]:
    text = node.says.strip()
    if text:
        first, *more = text.split("\n")
        rest = f" … {count(len(more) + 1, 'line')}" if more else ""
        yield "says" if node.static else "prompt", f"{one_line(first)}{rest}"
    if node.sets:
        yield "sets", ", ".join(map(one_line, node.sets))
    if node.anywhere:
        yield "global", plain(when(node.anywhere, most=_LONG))
    for one in node.exits:
        off = "" if one.enabled else ", switched off"
        told = plain(when(one, most=_LONG))
        yield "→", f"{told}{off}: {one_line(one.to) if one.to else 'nowhere'}"

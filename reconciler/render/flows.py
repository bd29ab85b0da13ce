"""A flow as text for a terminal: one paragraph for each node, in reading order. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.flow.outline import Exit, Node
from reconciler.render.sanitize import called, one_line
from reconciler.text.wording import count

_WORDS = {
    "natural_language": "if",
    "dtmf": "on key",
    "auto": "then",
    "always": "otherwise",
    "after_user_reply": "after the caller's reply",
    "all": "if",
    "any": "if",
    "on_success": "on success",
    "on_failure": "on failure",
    "next": "then",
    "else": "otherwise",
    "condition": "on a condition of an unknown form",
}


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
    words = node.slug.split("_")
    shown = [one_line(node.slug)]
    if [*map(str.casefold, node.label.split())] != words and node.label:
        shown.append(one_line(node.label))
    if not node.slug.startswith(node.type):
        shown.append(one_line(node.type))
    if not node.reached:
        shown.append("nothing leads here")
    return "  ".join(shown)


def _body(node: Node) -> Iterator[Line]:
    text = node.says.strip()
    if text:
        first, *more = text.split("\n")
        rest = f" … {count(len(more) + 1, 'line')}" if more else ""
        yield "says" if node.static else "prompt", f"{one_line(first)}{rest}"
    if node.sets:
        yield "sets", ", ".join(map(one_line, node.sets))
    if node.anywhere:
        yield "global", when(node.anywhere)
    for one in node.exits:
        yield "→", f"{when(one)}: {one_line(one.to) if one.to else 'nowhere'}"


def when(one: Exit) -> str:
    """The condition of an exit in words."""
    word = _WORDS.get(one.when, one_line(one.when))
    if one.tests:
        joined = " and " if one.when == "all" else " or "
        told = (
            f"{name} {sort.replace('_', ' ')} {value}".rstrip() for name, sort, value in one.tests
        )
        return f"{word} {one_line(joined.join(told))}"
    if one.when == "natural_language" and not one.detail.strip():
        return "without a condition"
    if one.when == "natural_language":
        return f"{word} “{one_line(one.detail)}”"
    return f"{word} {one_line(one.detail)}".rstrip()

"""A flow as Markdown with a Mermaid flowchart, which GitHub and GitLab draw. Pure.

Every text is in quotes with Mermaid's entities for whatever acts in it, so that no prompt or label
can add a node, a link or a directive.
"""

import re
from collections.abc import Iterator, Sequence

from reconciler.kinds.flow.outline import Exit, Node
from reconciler.render.flows import when
from reconciler.render.markdown.escaping import code, plain
from reconciler.render.sanitize import called, one_line
from reconciler.text.wording import count

_LONGEST = 48
"""How many characters of a label are shown: a hundred nodes have to fit on a page."""

_SHAPES = {
    "start": ("([", "])"),
    "end_call": ("([", "])"),
    "router": ("{", "}"),
    "tool": ("[[", "]]"),
    "web_tool": ("[[", "]]"),
    "transfer_call": ("[/", "/]"),
    "transfer_agent": ("[/", "/]"),
}
"""What encloses a node's text, by its type; a box for all others."""

_ACTS = re.compile(r"[^\w \u0600-\u06ff.,:…“”→'()/+-]")


def markdown(key: str, name: str, nodes: Sequence[Node]) -> str:
    """A heading, what the shapes mean, and the chart."""
    title = " ".join(filter(None, (code(one_line(key)), plain(called(name, key)))))
    unreached = [code(one_line(one.slug)) for one in nodes if not one.reached]
    lost = f"Nothing leads to: {', '.join(unreached)}.\n\n" if unreached else ""
    return (
        f"# {title}\n\n{count(len(nodes), 'node')}. Round: start and end; diamond: router; "
        "double sides: tool; slanted: transfer; dashed: nothing leads there, or from everywhere."
        f"\n\n{lost}```mermaid\n" + "\n".join(_chart(nodes)) + "\n```\n"
    )


def _chart(nodes: Sequence[Node]) -> Iterator[str]:
    yield "flowchart TD"
    ids = {node.slug: f"n{number}" for number, node in enumerate(nodes)}
    for node in nodes:
        opened, closed = _SHAPES.get(node.type, ("[", "]"))
        yield f'  {ids[node.slug]}{opened}"{_text(node.label or node.slug)}"{closed}'
    if any(node.anywhere for node in nodes):
        yield '  anywhere(("anywhere"))'
    for node in nodes:
        if node.anywhere:
            yield f"  anywhere -. {_label(node.anywhere)} .-> {ids[node.slug]}"
        for one in node.exits:
            if one.to in ids:
                yield f"  {ids[node.slug]} -- {_label(one)} --> {ids[one.to]}"
    lost = [ids[node.slug] for node in nodes if not node.reached]
    if lost:
        yield "  classDef lost stroke-dasharray: 4 3"
        yield f"  class {','.join(lost)} lost"


def _label(one: Exit) -> str:
    return f'"{_text(when(one))}"'


def _text(text: str) -> str:
    """A text that only shows in a chart: cut, on one line, and with entities for its signs."""
    line = one_line(text)
    cut = line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
    return _ACTS.sub(lambda found: f"#{ord(found.group())};", cut) or "#32;"

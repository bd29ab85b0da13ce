"""A flow as Markdown with a Mermaid flowchart, which GitHub and GitLab draw. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.kinds.flow.outline import Exit, Node
from reconciler.render.conditions import plain, when
from reconciler.render.markdown import escaping
from reconciler.render.markdown.escaping import code
from reconciler.render.mermaid import node, text
from reconciler.render.sanitize import called, one_line
from reconciler.text.wording import count


def markdown(key: str, name: str, nodes: Sequence[Node]) -> str:
    """A heading, what the shapes mean, and the chart."""
    title = " ".join(filter(None, (code(one_line(key)), escaping.plain(called(name, key)))))
    unreached = [code(one_line(one.slug)) for one in nodes if not one.reached]
    lost = f"Nothing leads to: {', '.join(unreached)}.\n\n" if unreached else ""
    return (
        f"# {title}\n\n{count(len(nodes), 'node')}. Round: start and end; diamond: router; "
        "double sides: tool; slanted: transfer; dashed: nothing leads there, or from everywhere."
        f"\n\n{lost}```mermaid\n" + "\n".join(_chart(nodes)) + "\n```\n"
    )


def _chart(nodes: Sequence[Node]) -> Iterator[str]:
    yield "flowchart TD"
    ids = {one.slug: f"n{number}" for number, one in enumerate(nodes)}
    for one in nodes:
        yield node(ids[one.slug], one.type, text(one.label or one.slug))
    if any(one.anywhere for one in nodes):
        yield '  anywhere(("anywhere"))'
    for one in nodes:
        if one.anywhere:
            yield f"  anywhere -. {_label(one.anywhere)} .-> {ids[one.slug]}"
        for way in one.exits:
            if way.to in ids:
                yield f"  {ids[one.slug]} -- {_label(way)} --> {ids[way.to]}"
    lost = [ids[one.slug] for one in nodes if not one.reached]
    if lost:
        yield "  classDef lost stroke-dasharray: 4 3"
        yield f"  class {','.join(lost)} lost"


def _label(one: Exit) -> str:
    return f'"{text(plain(when(one)))}"'

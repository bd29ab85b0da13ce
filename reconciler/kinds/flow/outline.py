"""A flow in brief: each node with its text, the variables that it sets and its targets. Pure."""

from collections.abc import Iterator
from typing import Any

from reconciler.kinds.flow.exits import Shape
from reconciler.kinds.flow.form import Flow
from reconciler.kinds.flow.graph import Graph, Way
from reconciler.late import dataclass

_TEXTS = ("message", "finalMessage", "transferMessage")


@dataclass(frozen=True, kw_only=True)
class Exit:
    """A target of a node, and its condition.

    ``when`` is the kind of condition as people write it (``natural_language``, ``dtmf``, ``all``,
    ``on_success``, …), ``detail`` its words or key; ``tests`` are those of an equation. ``to`` is
    None if there is no target.
    """

    when: str
    detail: str = ""
    tests: tuple[tuple[str, str, str], ...] = ()
    to: str | None = None
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node. ``says`` is its text, which is spoken literally only if it is ``static``.

    ``sets`` are the variables that it sets. ``anywhere`` is the condition that leads here from
    every node, if there is one. ``reached``: whether a call can reach it.
    """

    slug: str
    type: str
    label: str
    says: str
    static: bool
    sets: tuple[str, ...]
    anywhere: Exit | None
    exits: tuple[Exit, ...]
    reached: bool


def outline(flow: Flow) -> tuple[Node, ...]:
    """The nodes of a flow in reading order: from the start along the transitions."""
    graph = Graph(nodes=flow.written["nodes"])
    return tuple(node_of(slug, graph) for slug in graph.nodes)


def exit_of(way: Way) -> Exit:
    """An exit in brief."""
    words = way.detail if isinstance(way.detail, str) else ""
    tests = tuple(_tests(way.detail)) if way.when in ("all", "any") else ()
    return Exit(when=way.when, detail=words, tests=tests, to=way.to, enabled=way.enabled)


def node_of(slug: str, graph: Graph) -> Node:
    """One node of a flow in brief."""
    view = graph.views[slug]
    text = next((view[name] for name in _TEXTS if isinstance(view.get(name), str)), "")
    kind = view.get("messageType") or view.get("transferMessageType")
    return Node(
        slug=slug,
        type=str(view.get("type", "")),
        label=view["label"] if isinstance(view.get("label"), str) else "",
        says=text,
        static=kind == "static",
        sets=graph.sets[slug],
        anywhere=_anywhere(view) if slug in graph.anywhere else None,
        exits=tuple(map(exit_of, graph.ways[slug])),
        reached=slug in graph.reached,
    )


def _anywhere(view: Shape) -> Exit:
    if view.get("globalConditionType") == "dtmf":
        return Exit(when="dtmf", detail=str(view.get("globalDtmfKey", "")))
    words = view.get("globalCondition") or view.get("description") or view.get("label") or ""
    return Exit(when="natural_language", detail=str(words))


def _tests(found: Any) -> Iterator[tuple[str, str, str]]:
    """The variable, the operator and the value of each comparison, in either form."""
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("variable"), str):
            yield one["variable"], str(one.get("operator", "")), str(one.get("value", ""))
        elif isinstance(one, dict):
            for variable, test in one.items():
                for operator, value in test.items() if isinstance(test, dict) else ():
                    yield str(variable), str(operator), str(value)

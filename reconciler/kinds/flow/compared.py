"""Two written forms of one flow, compared by node: what changed, and what follows from it. Pure.

No words are made here. What people do not write (ids, positions) is no part of the comparison.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from reconciler.jsonvalues import equal
from reconciler.kinds.flow import dataflow
from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.kinds.flow.graph import Graph
from reconciler.kinds.flow.outline import Node, node_of
from reconciler.kinds.flow.turns import Turn, turns
from reconciler.late import dataclass

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"

_EXITS = ("transitions", *EXITS)


@dataclass(frozen=True, kw_only=True)
class NodeChange:
    """A node on both sides. ``status`` is ``same``, ``added``, ``removed`` or ``changed``.

    ``node`` is the node now, or before if it is removed. ``was`` is its former label if that
    changed, else None. ``keys`` are the changed keys of its form that are neither its label nor
    an exit; ``turns`` its exits on both sides.
    """

    status: str
    node: Node
    was: str | None = None
    keys: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FlowChange:
    """The nodes of both sides in reading order, and what follows from their changes.

    ``unreached``: nodes that a call could reach before or that are new, and that none can reach.
    ``stuck``: nodes that led somewhere before and lead nowhere now. ``added`` and ``removed`` are
    variables, ``defaults`` those whose default value changed. ``unset``: variables that are used
    and that nothing sets, with a node that uses them, if that was not so before.
    """

    nodes: tuple[NodeChange, ...] = ()
    unreached: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    unset: tuple[tuple[str, str], ...] = ()

    def slugs(self, status: str) -> tuple[str, ...]:
        """The slugs of the nodes with this status."""
        return tuple(one.node.slug for one in self.nodes if one.status == status)


def compared(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, known: Collection[str] = ()
) -> FlowChange:
    """Compare two flows, each ``{"nodes": views by slug, "customVariables": ...}`` or None.

    ``known`` are variables that a flow need not set: those of the system and of callers.
    """
    old, new = _graph(before, known), _graph(after, known)
    unset = dataflow.unset(old), dataflow.unset(new)
    sets = _sets(old), _sets(new)
    values = _defaults(old), _defaults(new)
    return FlowChange(
        nodes=tuple(_changes(old, new)),
        unreached=tuple(_unreached(old, new)),
        stuck=tuple(slug for slug in new.nodes if old.leads.get(slug) and not new.leads[slug]),
        added=tuple(name for name in sets[1] if name not in sets[0]),
        removed=tuple(name for name in sets[0] if name not in sets[1]),
        defaults=tuple(n for n, one in values[1].items() if not equal(values[0].get(n, one), one)),
        unset=tuple((name, slug) for name, slug in unset[1].items() if name not in unset[0]),
    )


def _graph(flow: Mapping[str, Any] | None, known: Collection[str]) -> Graph:
    found = flow or {}
    nodes = found.get("nodes")
    return Graph(
        nodes=nodes if isinstance(nodes, dict) else {},
        variables=found.get("customVariables"),
        given=frozenset(known),
    )


def _sets(graph: Graph) -> dict[str, None]:
    """The variables that a flow declares or that one of its nodes sets."""
    named = (name for names in graph.sets.values() for name in names)
    return dict.fromkeys([*sorted(graph.custom), *named])


def _defaults(graph: Graph) -> dict[str, Any]:
    """The default values of custom variables, if their form is readable."""
    return graph.variables if isinstance(graph.variables, dict) else {}


def _changes(old: Graph, new: Graph) -> Iterator[NodeChange]:
    for slug in _order(old.nodes, new.nodes):
        node = node_of(slug, new if slug in new.nodes else old)
        yield _change(node, old.nodes.get(slug), new.nodes.get(slug))


def _order(old: Mapping[str, Shape], new: Mapping[str, Shape]) -> list[str]:
    """The new order, with each removed node behind the one that was before it."""
    behind: dict[str | None, list[str]] = {}
    last: str | None = None
    for slug in old:
        if slug in new:
            last = slug
        else:
            behind.setdefault(last, []).append(slug)
    found = [*behind.get(None, ())]
    for slug in new:
        found += [slug, *behind.get(slug, ())]
    return found


def _change(node: Node, before: Shape | None, after: Shape | None) -> NodeChange:
    if before is not None and after is not None and equal(before, after):
        kept = tuple(Turn(before=one, after=one) for one in node.exits)
        return NodeChange(status=SAME, node=node, turns=kept)
    found = turns(_shown(before), _shown(after))
    if before is None or after is None:
        return NodeChange(status=ADDED if before is None else REMOVED, node=node, turns=found)
    names = [name for name in {**before, **after} if not equal(before.get(name), after.get(name))]
    keys = tuple(name for name in names if name not in (*_EXITS, "label"))
    was = _called(node.slug, before) if "label" in names else None
    changed = keys or was is not None or any(one.how for one in found)
    status = CHANGED if changed else SAME
    return NodeChange(status=status, node=node, was=was, keys=keys, turns=found)


def _shown(view: Shape | None) -> Shape:
    """A view whose exits are readable; else one without any."""
    return {} if view is None or "verbatim" in view else view


def _called(slug: str, view: Shape) -> str:
    found = view.get("label")
    return found if isinstance(found, str) else slug


def _unreached(old: Graph, new: Graph) -> Iterator[str]:
    lost = (slug for slug in new.nodes if slug not in new.reached)
    yield from (slug for slug in lost if slug in old.reached or slug not in old.nodes)

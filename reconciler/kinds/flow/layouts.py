"""Layouts of flows: checked, and combined. Pure.

A layout is what the written form of a flow leaves out: ids, positions, edges, priorities, generated
texts. It is data for the compiler, and a file that people can damage.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from reconciler.jsonvalues import Json
from reconciler.kinds.flow.exits import Shape, without
from reconciler.schema import secrecy


def combined(live: Json, filed: Json) -> Shape:
    """The live layout, and for nodes that it does not have, that of the file."""
    first: Shape = live or {}
    second: Shape = filed or {}
    known: Shape = first.get("nodes", {})
    new = {slug: one for slug, one in second.get("nodes", {}).items() if slug not in known}
    taken = {one["id"] for one in known.values()}
    new = {slug: one for slug, one in new.items() if one["id"] not in taken}
    ids = {slug: one["id"] for slug, one in {**new, **known}.items()}
    drawn = {(edge.get("node"), edge.get("transition")) for edge in second.get("edges", ())}
    new = {slug: _linked(slug, one, ids, drawn) for slug, one in new.items()}
    edges = [edge for edge in second.get("edges", ()) if edge.get("node") in new or not first]
    return {
        **(first or second),
        "nodes": {**known, **new},
        "edges": [*first.get("edges", ()), *edges],
    }


def _linked(slug: str, node: Shape, ids: Mapping[str, str], drawn: Collection[Any]) -> Shape:
    """A node of a file's layout with the targets that its slugs have in this layout.

    Merges and deletions in git leave ids that no node has any more. A link of an edge alone stays
    one.
    """
    if not node.get("transitions"):
        return node
    ways = [way for way in node["transitions"] if way["to"] is None or way["to"] in ids]
    return {
        **node,
        "transitions": [_led(way, ids, is_drawn=(slug, way["id"]) in drawn) for way in ways],
    }


def _led(way: Shape, ids: Mapping[str, str], *, is_drawn: bool) -> Shape:
    held = way.get("targetNodeId")
    if held or (way["to"] and not is_drawn):
        return {**way, "targetNodeId": ids.get(way["to"], "")}
    return way


def filed(layout: Json) -> Shape:
    """A layout for a file: without what trial runs of tools left, which may be personal."""
    nodes = {slug: without(one, "tool") for slug, one in layout["nodes"].items()}
    return {**layout, "nodes": nodes}


def laid(known: Json, live: Json, slugs: Collection[str]) -> Shape:
    """A file's layout of these nodes: as it was, new ones as they are live."""
    both = combined(known, filed(live))
    nodes = {slug: one for slug, one in both["nodes"].items() if slug in slugs}
    edges = [edge for edge in both["edges"] if "verbatim" in edge or edge["node"] in nodes]
    return {**both, "nodes": nodes, "edges": edges}


_USUAL = frozenset({"priority", "isEnabled", "name", "id", "defaultValue"})


def may_hold_secret(layout: Json) -> bool:
    """Whether a layout has what may be a secret: in keys that no row describes, or a condition."""
    nodes = layout["nodes"].values()
    ways = [way for node in nodes for way in node.get("transitions", ())]
    known = [*(way["rest"] for way in ways), *(node.get("metadata") for node in nodes)]
    known += [edge.get("rest", edge) for edge in layout["edges"]]
    known += layout.get("customVariables", {}).get("items", {}).values()
    odd = (one for one in known if not isinstance(one, dict) or one.keys() - _USUAL)
    conditions = [way["when"].get("condition", way.get("condition")) for way in ways]
    return any(secrecy.may_hold(one, "") for one in (*odd, *conditions, layout["rest"]))


def faults(layout: Json) -> Iterator[str]:
    """Why a layout cannot be used; nothing if it can."""
    if not isinstance(layout, Mapping):
        yield "it is no object with `nodes`"
        return
    known = layout.get("nodes", {})
    if not isinstance(known, Mapping):
        yield "`nodes` is no object of nodes by key"
        return
    for slug, one in known.items():
        if not _is_node(one):
            yield f"`nodes.{slug}` has no usable `id` and `transitions`"
    ids = [one["id"] for one in known.values() if _is_node(one)]
    if len({*ids}) < len(ids):
        yield "two nodes have the same `id`"
    edges = layout.get("edges", [])
    if not isinstance(edges, list) or not all(map(_is_edge, edges)):
        yield "`edges` is no list of edges"
    if not isinstance(layout.get("rest", {}), Mapping):
        yield "`rest` is no object"
    tools = layout.get("tools", [])
    if not isinstance(tools, list) or not all(isinstance(one, str | None) for one in tools):
        yield "`tools` is no list of keys"
    if not _is_variables(layout.get("customVariables", {})):
        yield "`customVariables` is not as it was written"


def _is_node(one: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(one.get("id"), str) or not one["id"]:
        return False
    named = (one.get(name, {}) for name in ("extractVariables", "staticVariables"))
    if not all(map(_is_by_name, named)):
        return False
    found = one.get("transitions", [])
    return isinstance(found, list) and all(map(_is_transition, found))


def _is_by_name(one: Any) -> bool:
    return isinstance(one, Mapping) and all(isinstance(x, Mapping) for x in one.values())


def _is_transition(one: Any) -> bool:
    return (
        isinstance(one, Mapping)
        and isinstance(one.get("id"), str)
        and isinstance(one.get("when"), Mapping)
        and isinstance(one.get("rest"), Mapping)
        and isinstance(one.get("to", 0), str | None)
        and isinstance(one.get("condition", {}), Mapping)
    )


def _is_edge(one: Any) -> bool:
    if not isinstance(one, Mapping):
        return False
    if "verbatim" in one:
        return isinstance(one["verbatim"], Mapping)
    texts = (one.get(name) for name in ("node", "transition", "to"))
    return all(isinstance(text, str) for text in texts) and isinstance(one.get("rest"), Mapping)


def _is_variables(one: Any) -> bool:
    if not isinstance(one, Mapping):
        return False
    return _is_by_name(one.get("items", {})) and one.get("style") in (None, *range(4))

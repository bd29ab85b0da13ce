"""The two forms of a flow: ``flow`` with its layout, and ``workflow`` with its tools. Pure.

No data are lost: ``compiled(read(x)) == x`` as JSON values, key order aside. A part without a
readable form (a dangling edge, a node of an unknown shape) is kept unchanged.
"""

import hashlib
import json
import operator
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from types import MappingProxyType
from typing import Any

from reconciler.jsonvalues import equal
from reconciler.kinds.flow import exits, nodes
from reconciler.kinds.flow.exits import NewId, Shape, without
from reconciler.kinds.flow.slugs import slugs
from reconciler.late import dataclass

_ID = 21
"""The length of ids of nodes and transitions, as the dashboard makes them."""
_HANDLE = "transition-"
_NOISE = "testResult"
"""The response of the tool's last trial run in the dashboard: not for files."""
_STEP = 380.0
"""How far to the right of its predecessor a new node is drawn."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow in its written form. ``tools`` are the agent's entries that belong to no node."""

    written: Shape
    layout: Shape = field(default_factory=dict)
    tools: tuple[Any, ...] = ()


def new_ids(seed: str) -> NewId:
    """A function for ids that are equal in each run, so that an apply sends the planned ones."""

    def new_id(about: str) -> str:
        digest = hashlib.sha256(f"{seed}\0{about}".encode()).digest()
        return urlsafe_b64encode(digest).decode()[:_ID]

    return new_id


def read(
    workflow: Shape,
    tools: Sequence[Any] = (),
    known: Mapping[str, str] | None = None,
    verbatim: Collection[str] = (),
    titles: Mapping[str, str] = MappingProxyType({}),
) -> Flow | None:
    """Convert a live flow to its written form; ``known`` are slugs by node id, live or not yet.

    ``titles`` are names of tools by node id, from which nodes without a label get theirs.

    None if the flow cannot be restored exactly, for example if nodes share an id: such a flow is
    written as ``workflow``, verbatim. Nodes with the slugs of ``verbatim`` are, in any case.
    """
    try:
        flow = _read(workflow, tools, slugs(workflow["nodes"], known or {}, titles), verbatim)
        proven = dict(zip(flow.layout["nodes"], workflow["nodes"], strict=True))
        back, entries = _assembled(flow, _ids(flow, _no_id), proven, _no_id)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        return None
    same = equal(without(back, "nodes"), without(workflow, "nodes"))
    whole = all(map(operator.is_, back["nodes"], workflow["nodes"]))
    return flow if same and whole and equal(entries, list(tools)) else None


def _no_id(_about: str) -> str:
    raise KeyError("a flow as it was read has no new part")


def _read(
    workflow: Shape, tools: Sequence[Any], slug_of: Mapping[str, str], verbatim: Collection[str]
) -> Flow:
    found: list[Shape] = workflow["nodes"]
    if not all(isinstance(one["id"], str) and one["id"] for one in found):
        raise TypeError("a node has no id that a layout could keep")
    if len({one["id"] for one in found}) < len(found):
        raise ValueError("two nodes have one id")
    edges, leads = _edges(workflow["edges"], found, slug_of)
    own = _by_node(tools, slug_of)
    views: dict[str, Shape] = {}
    kept: dict[str, Shape] = {}
    for node in found:
        slug = slug_of[node["id"]]
        targets = _targets(node, leads, slug_of)
        views[slug], kept[slug] = nodes.read(node, slug, targets, verbatim=slug in verbatim)
        if slug in own:
            views[slug]["tool"] = without(own[slug], _NOISE)
            kept[slug] |= {"tool": {_NOISE: own[slug][_NOISE]}} if _NOISE in own[slug] else {}
    rest = without(workflow, "nodes", "edges", "customVariables")
    owners = [
        slug_of.get(one.get("nodeId") or "") if isinstance(one, dict) else None for one in tools
    ]
    attached = [slug if slug in own else None for slug in owners]
    layout: Shape = {"nodes": kept, "edges": edges, "rest": rest, "tools": attached}
    written: Shape = {
        "nodes": {slug: views[slug] for slug in _in_reading_order(found, views, slug_of)}
    }
    if "customVariables" in workflow:
        written = {**_variables(workflow["customVariables"], layout), **written}
    free = tuple(one for one, slug in zip(tools, attached, strict=True) if slug is None)
    return Flow(written=written, layout=layout, tools=free)


def _by_node(tools: Sequence[Any], slug_of: Mapping[str, str]) -> dict[str, Shape]:
    """The tool entry of each node that has exactly one, by slug, without the node's id."""
    ids = [one.get("nodeId") for one in tools if isinstance(one, dict)]
    return {
        slug_of[one["nodeId"]]: without(one, "nodeId")
        for one in tools
        if isinstance(one, dict) and one.get("nodeId") in slug_of and ids.count(one["nodeId"]) == 1
    }


def _edges(
    edges: Sequence[Shape], found: Sequence[Shape], slug_of: Mapping[str, str]
) -> tuple[list[Shape], dict[tuple[str, str], str]]:
    """The layout's edges in their order, and the target of each transition that has an edge."""
    transitions = {(node["id"], one["id"]) for node in found for one in _transitions(node)}
    leads: dict[tuple[str, str], str] = {}
    kept: list[Shape] = []
    for edge in edges:
        handle = edge.get("sourceHandle")
        name = handle.removeprefix(_HANDLE) if isinstance(handle, str) else ""
        key = (str(edge.get("source")), name)
        known = key in transitions and key not in leads and edge.get("target") in slug_of
        if not known or handle != _HANDLE + name:
            kept.append({"verbatim": edge})
            continue
        leads[key] = slug_of[edge["target"]]
        rest = without(edge, "source", "target", "sourceHandle")
        ends = {"node": slug_of[edge["source"]], "transition": name, "to": leads[key]}
        kept.append({**ends, "rest": rest})
    return kept, leads


def _targets(
    node: Shape, leads: Mapping[tuple[str, str], str], slug_of: Mapping[str, str]
) -> dict[str, str]:
    """The target of each transition: of its edge, else its own."""
    found: dict[str, str] = {}
    for one in _transitions(node):
        to = leads.get((node["id"], one["id"])) or slug_of.get(str(one.get("targetNodeId")))
        if to:
            found[one["id"]] = to
    return found


def _transitions(node: Shape) -> list[Shape]:
    """The transitions of a node that have an id."""
    found = node.get("transitions")
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)]


def _in_reading_order(
    found: Sequence[Shape], views: Mapping[str, Shape], slug_of: Mapping[str, str]
) -> list[str]:
    """Slugs in order from the start along the transitions, then the unreachable ones."""
    starts = [slug_of[node["id"]] for node in found if node.get("type") == "start"]
    order: dict[str, None] = {}
    waiting = deque([*starts, *views])
    while waiting:
        slug = waiting.popleft()
        if slug not in order:
            order[slug] = None
            waiting.extendleft(reversed([to for to in leads_to(views[slug]) if to not in order]))
    return list(order)


def leads_to(view: Shape) -> Iterator[str]:
    """The slugs of a node's targets, in the order of evaluation."""
    exits = [view.get(name) for name in ("on_success", "next", "on_failure", "else")]
    listed = [one.get("to") for one in view.get("transitions", ())]
    yield from (to for to in (*listed, *exits) if isinstance(to, str))


_STYLES: tuple[dict[str, Any], ...] = tuple(
    {"separators": separators, "ensure_ascii": ascii_}
    for separators in ((",", ":"), (", ", ": "))
    for ascii_ in (False, True)
)
"""The spellings of JSON as a text."""


def _variables(value: Any, layout: Shape) -> Shape:
    """Custom variables as names with default values; unchanged if they have another shape."""
    items, style = value, None
    if isinstance(value, str):
        items = _parsed(value) if value[:1] == "[" else None
        spelled = (n for n, how in enumerate(_STYLES) if json.dumps(items, **how) == value)
        style = next(spelled, None)
        if style is None:
            items = None
    plain = isinstance(items, list) and all(
        isinstance(one, dict) and isinstance(one.get("name"), str) and "defaultValue" in one
        for one in items
    )
    if not plain or len({one["name"] for one in items}) < len(items):
        layout["customVariables"] = {"verbatim": True}
        return {"customVariables": value}
    layout["customVariables"] = {
        "style": style,
        "items": {one["name"]: {**one, "defaultValue": None} for one in items},
    }
    return {"customVariables": {one["name"]: one["defaultValue"] for one in items}}


def _parsed(text: str) -> Any:
    """The value of a text; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def compiled(flow: Flow, new_id: NewId) -> tuple[Shape, list[Any]]:
    """``workflow`` and ``tools`` of a flow; ``new_id`` makes ids for new parts.

    Raises KeyError if a transition's target is a slug that no node has.
    """
    views, kept = flow.written["nodes"], flow.layout.get("nodes", {})
    ids = _ids(flow, new_id)
    order = [*(slug for slug in kept if slug in views), *(s for s in views if s not in kept)]
    made = {
        slug: nodes.compiled(
            without(views[slug], "tool"), kept.get(slug, {}), slug, ids, _below(new_id, slug)
        )
        for slug in order
    }
    return _assembled(flow, ids, made, new_id)


def _ids(flow: Flow, new_id: NewId) -> dict[str, str]:
    """The id of each node, by slug."""
    kept = flow.layout.get("nodes", {})
    return {
        slug: kept[slug]["id"] if slug in kept else new_id(f"node {slug}")
        for slug in flow.written["nodes"]
    }


def _assembled(
    flow: Flow, ids: Mapping[str, str], made: Mapping[str, Shape], new_id: NewId
) -> tuple[Shape, list[Any]]:
    """``workflow`` and ``tools``; ``made`` are the nodes in the API's form, in their order."""
    written, layout = flow.written, flow.layout
    views, kept = written["nodes"], layout.get("nodes", {})
    workflow: Shape = {
        "nodes": [_drawn(slug, made, kept, views) for slug in made],
        "edges": [*_compiled_edges(layout, made, views, ids, new_id)],
        **layout.get("rest", {}),
    }
    if "customVariables" in written:
        workflow["customVariables"] = _compiled_variables(
            written["customVariables"], layout, new_id
        )
    return workflow, [*_compiled_tools(flow, ids)]


def _below(new_id: NewId, slug: str) -> NewId:
    return lambda about: new_id(f"{slug} {about}")


def _drawn(
    slug: str, made: Mapping[str, Shape], kept: Mapping[str, Shape], views: Mapping[str, Shape]
) -> Shape:
    """A node with a position: a new one to the right of its predecessor."""
    node = made[slug]
    if slug in kept or "position" in node:
        return node
    before = (kept[one] for one in views if one in kept and slug in leads_to(views[one]))
    at = next((one["position"] for one in before if _is_place(one.get("position"))), None)
    at = at or {"x": 0.0, "y": 0.0}
    return {**node, "position": {"x": at["x"] + _STEP, "y": at["y"]}}


def _is_place(position: Any) -> bool:
    if not isinstance(position, dict):
        return False
    return all(isinstance(position.get(axis), int | float) for axis in "xy")


def _compiled_edges(
    layout: Shape,
    made: Mapping[str, Shape],
    views: Mapping[str, Shape],
    ids: Mapping[str, str],
    new_id: NewId,
) -> Iterator[Shape]:
    """The layout's edges whose transitions have a target, then those of new links."""
    kept = _by_transition(layout.get("nodes", {}))
    links = _links(made, views, layout.get("nodes", {}), ids)
    leads = {**_verbatim_links(layout, views, ids), **links}
    gone = [one["id"] for slug, one in layout.get("nodes", {}).items() if slug not in made]
    drawn: set[tuple[str, str]] = set()
    for edge in layout.get("edges", ()):
        if "verbatim" in edge:
            ends = (edge["verbatim"].get(end) for end in ("source", "target"))
            if not any(end in gone for end in ends):
                yield edge["verbatim"]
            continue
        key = (edge["node"], edge["transition"])
        to = leads.get(key)
        if to is not None:
            drawn.add(key)
            yield {**edge["rest"], **_ends(*key, to, ids)}
    for key, to in leads.items():
        unlinked = key in kept and kept[key]["to"] == to  # it had this target without an edge
        if to is not None and key not in drawn and not unlinked:
            yield {"id": new_id(f"edge {key[1]}"), **_ends(*key, to, ids)}


def _by_transition(nodes_: Mapping[str, Shape]) -> dict[tuple[str, str], Shape]:
    """The layout's transitions by the slug of their node and their id."""
    return {
        (slug, one["id"]): one
        for slug, node in nodes_.items()
        for one in node.get("transitions", ())
    }


def _ends(slug: str, transition: str, to: str, ids: Mapping[str, str]) -> Shape:
    return {"source": ids[slug], "target": ids[to], "sourceHandle": _HANDLE + transition}


def _verbatim_links(
    layout: Shape, views: Mapping[str, Shape], ids: Mapping[str, str]
) -> dict[tuple[str, str], str | None]:
    """The targets of the transitions of verbatim nodes, by their edges."""
    return {
        (edge["node"], edge["transition"]): edge["to"]
        for edge in layout.get("edges", ())
        if "verbatim" in views.get(edge.get("node"), ()) and edge["to"] in ids
    }


def _links(
    made: Mapping[str, Shape],
    views: Mapping[str, Shape],
    layout: Mapping[str, Shape],
    ids: Mapping[str, str],
) -> dict[tuple[str, str], str | None]:
    """The slug of each transition's target, by slug and id, of nodes with a written form."""
    slug_of = {one: name for name, one in ids.items()}
    kept = _by_transition(layout)
    found: dict[tuple[str, str], str | None] = {}
    for slug in made:
        for one in made[slug]["transitions"] if "verbatim" not in views[slug] else ():
            old = kept.get((slug, one["id"]))
            target = one.get("targetNodeId")
            if old is None or target != old.get("targetNodeId"):
                found[slug, one["id"]] = slug_of.get(target or "")
            elif target or not old["to"]:
                found[slug, one["id"]] = old["to"]
            else:  # linked by its edge alone, so the target does not say what is written
                led = exits.led(views[slug], layout[slug]["transitions"])
                found[slug, one["id"]] = led.get(one["id"])
    return found


def _compiled_variables(value: Any, layout: Shape, new_id: NewId) -> Any:
    kept = layout.get("customVariables", {})
    if kept.get("verbatim") or not isinstance(value, dict):
        return value
    known: Shape = kept.get("items", {})
    numbered = any("id" in one for one in known.values())
    items = []
    for name, default in value.items():
        fresh = {"id": new_id(f"variable {name}")} if numbered and name not in known else {}
        items.append({**known.get(name, fresh), "name": name, "defaultValue": default})
    return items if kept.get("style") is None else json.dumps(items, **_STYLES[kept["style"]])


def _compiled_tools(flow: Flow, ids: Mapping[str, str]) -> Iterator[Any]:
    """The agent's entries in the layout's order, then those of new nodes."""
    views = flow.written["nodes"].items()
    own = {slug: view["tool"] for slug, view in views if view.get("tool") is not None}
    free = iter(flow.tools)
    for slug in flow.layout.get("tools", ()):
        if slug is None:
            yield from islice(free, 1)
        elif slug in own:
            noise = flow.layout["nodes"].get(slug, {}).get("tool", {})
            yield {**noise, **own.pop(slug), "nodeId": ids[slug]}
    yield from free
    yield from ({**entry, "nodeId": ids[slug]} for slug, entry in own.items())

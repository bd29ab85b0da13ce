"""Flows as a view of v2 agents: `flow` in files, `workflow` and its `tools` in the API. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.jsonvalues import Fields, Json, equal
from reconciler.kinds.flow import canvas, declared, form, layouts, mistakes, naming, nodes
from reconciler.kinds.flow.exits import Shape, without
from reconciler.kinds.flow.form import Flow
from reconciler.kinds.flow.forms import still
from reconciler.schema.codecs import PARSED, Codec
from reconciler.schema.view import Names, View

_EMPTY: Shape = {"nodes": [], "edges": []}


def _opened(response: Mapping[str, Json], names: Names) -> tuple[dict[str, Json], Json] | None:
    workflow = response.get("workflow") or _EMPTY
    tools = _tools(response)
    flow = form.read(workflow, tools or (), names.by_id, names.verbatim, naming.titles(response))
    if flow is None or layouts.may_hold_secret(flow.layout):
        return None  # a layout is not shown, and stored in a file
    found = {**without(dict(response), "workflow"), "flow": flow.written}
    if tools is not None:
        found["tools"] = [*flow.tools]
    return found, flow.layout


def _unreadable(response: Mapping[str, Json]) -> str:
    """Why a workflow has no written form."""
    workflow = response.get("workflow") or _EMPTY
    flow = form.read(workflow, _tools(response) or ()) if isinstance(workflow, dict) else None
    if flow is None:
        return "nodes share an id or have none, or a part of it has a shape that no flow has"
    return "a part of it that no field describes may hold a secret"


def _belongings(fields: Fields) -> Iterator[str]:
    """The entries of `tools` that belong to nodes."""
    owners = ((path, path.removesuffix("].nodeId")) for path in fields if path[:6] == "tools[")
    yield from (f"{item}]" for path, item in owners if item != path and fields[path])


def _tools(response: Mapping[str, Json]) -> list[Any] | None:
    found = PARSED.read(response.get("tools"))
    return found if isinstance(found, list) else None


def _closed(
    body: Mapping[str, Json],
    response: Mapping[str, Json] | None,
    known: tuple[Json, Json],
    seed: str,
) -> dict[str, Json]:
    """The request with `workflow` and `tools`, each if it differs from the response."""
    live = dict(response or {})
    before = live.get("workflow") or (_EMPTY if response is None else {})
    opened = _opened(live, _names_of(known[0])) if response is not None else None
    found = opened[0] if opened else {}
    written = body.get("flow", found.get("flow"))
    tools = body.get("tools", found.get("tools", ()))
    flow = Flow(written=_settled(written), layout=layouts.combined(*known), tools=tuple(tools))
    workflow, entries = form.compiled(flow, form.new_ids(seed))
    sent = without(dict(body), "flow", "tools")
    if "flow" in body and not equal(workflow, before):
        sent["workflow"] = workflow
    if entries != (_tools(live) or []) or ("tools" in body and response is None):
        sent["tools"] = entries
    return sent


def _names_of(layout: Json) -> Names:
    known = (layout or {}).get("nodes", {})
    return Names(by_id={one["id"]: slug for slug, one in known.items()})


def _settled(written: Shape) -> Shape:
    """The written form with each node in one form: a readable one replaces a verbatim one."""
    views = {
        slug: without(view, "verbatim")
        if "verbatim" in view and (len(view) > 1 or view["verbatim"] is None)
        else view
        for slug, view in written.get("nodes", {}).items()
    }
    return {**written, "nodes": views}


def _brief(written: Mapping[str, Json]) -> dict[str, Json]:
    views = {slug: nodes.brief(view, slug) for slug, view in written.get("nodes", {}).items()}
    return {**written, **({"nodes": views} if "nodes" in written else {})}


def _canonical(workflow: Json) -> Json:
    """A workflow without what the canvas changes by itself: positions, dates, ids of edges.

    The variables were seen both as a list and as its JSON text.
    """
    if not isinstance(workflow, dict):
        return workflow
    edges = workflow.get("edges")
    links = [_linked(edge) for edge in edges] if isinstance(edges, list) else edges
    more = {"customVariables": PARSED.read(workflow.get("customVariables")), "edges": links}
    return {**workflow, "nodes": still(workflow.get("nodes")), **more}


def _linked(edge: Json) -> Json:
    return without(edge, "id") if isinstance(edge, dict) else edge


WORKFLOW = Codec(canonical=_canonical)

FLOW = View(
    types=("Flow Agent",),
    whole="workflow",
    top="flow",
    said="its flow is left as it is live: no file declares it; `pull --undeclared` declares "
    "`workflow`, and `import` `flow`, if there is no file yet",
    opened=_opened,
    closed=_closed,
    named=naming.named,
    mistakes=mistakes.mistakes,
    faults=layouts.faults,
    brief=_brief,
    filed=layouts.filed,
    laid=layouts.laid,
    sets=declared.names,
    places=canvas.positions,
    unreadable=_unreadable,
    belongings=_belongings,
)

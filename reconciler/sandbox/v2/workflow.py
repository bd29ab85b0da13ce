"""The `workflow` of a flow agent: what the canvas and the server do to it. Pure.

Shapes: `workflow` of the v2 reference and of live agents as LLM-test and callcenter-ai read them.
Nothing is known for certain of what a server does here, so each way is a switch of `Settings`.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from reconciler.sandbox.settings import Settings

JsonObject = dict[str, Any]

_ID_LENGTH = 21
_RIGHT, _DOWN = 12.5, -7.25


def patched(known: JsonObject, sent: JsonObject, *, keep: bool) -> JsonObject:
    """Return the workflow after a PATCH; lists are replaced whole in any case."""
    return {**known, **sent} if keep else sent


def saved(workflow: JsonObject, settings: Settings) -> JsonObject:
    """Return a workflow that was sent, as it is kept."""
    if settings.edges == "renamed" and "edges" in workflow:
        edges = [{**edge, "id": _other_id(edge["id"])} for edge in workflow["edges"]]
        return {**workflow, "edges": edges}
    return workflow


def moved(workflow: JsonObject) -> JsonObject:
    """Return the workflow with everything moved that a canvas moves by itself."""
    return {**workflow, "nodes": [_moved_node(node) for node in workflow.get("nodes", [])]}


def shown(workflow: JsonObject, settings: Settings) -> JsonObject:
    """Return the workflow as answers show it."""
    if not workflow:
        return workflow
    linked = _LINKED[settings.links](workflow)
    if "customVariables" not in linked or settings.custom_variables == "sent":
        return linked
    return {
        **linked,
        "customVariables": _variables(linked, text=settings.custom_variables == "text"),
    }


def objections(workflow: JsonObject, preamble: str) -> list[str]:
    """Return what a server that checks flows has against one (a guess at it, from the guides)."""
    return [*_objections(workflow, preamble)]


def _objections(workflow: JsonObject, preamble: str) -> Iterator[str]:
    nodes = workflow.get("nodes", [])
    ids = {node["id"] for node in nodes}
    if not preamble.strip():
        yield "conversation.preamble: needed for a flow"
    if [node["type"] for node in nodes].count("start") != 1:
        yield "workflow.nodes: must have exactly one start node"
    for edge in workflow.get("edges", []):
        for end in ("source", "target"):
            if edge[end] not in ids:
                yield f"workflow.edges.{edge['id']}.{end}: is no node"
    for node in nodes:
        for transition in node.get("transitions", []):
            target = transition.get("targetNodeId")
            if target and target not in ids:
                yield f"workflow.nodes.{node['id']}.transitions.{transition['id']}: is no node"


def _other_id(old: str) -> str:
    """Return an id in the form of a nanoid, the same each time for the same old one."""
    digest = hashlib.sha256(old.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_ID_LENGTH]


def _moved_node(node: JsonObject) -> JsonObject:
    here, metadata = node.get("position", {}), node.get("metadata", {})
    version = metadata.get("version")
    moved = {
        **node,
        "position": {**here, "x": here.get("x", 0) + _RIGHT, "y": here.get("y", 0) + _DOWN},
        "metadata": {**metadata, "version": version + 1 if isinstance(version, int) else 1},
    }
    if "transitions" in node:
        moved["transitions"] = [_dated(transition) for transition in node["transitions"]]
    return moved


def _dated(transition: JsonObject) -> JsonObject:
    """Return the transition with a later `metadata.updatedAt`, if it is dated at all."""
    dates = transition.get("metadata", {})
    try:
        before = datetime.fromisoformat(dates.get("updatedAt", ""))
    except (TypeError, ValueError):
        return transition
    later = (before + timedelta(minutes=1)).isoformat(timespec="milliseconds")
    return {**transition, "metadata": {**dates, "updatedAt": later.replace("+00:00", "Z")}}


def _on_edges(workflow: JsonObject) -> JsonObject:
    """Return the workflow with each link that has an edge on the edge alone."""
    handles = {edge.get("sourceHandle") for edge in workflow.get("edges", [])}

    def alone(transition: JsonObject) -> JsonObject:
        linked = f"transition-{transition['id']}" in handles
        return {**transition, "targetNodeId": ""} if linked else transition

    return _transitions(workflow, alone)


def _on_targets(workflow: JsonObject) -> JsonObject:
    """Return the workflow without the edges of transitions that name their target."""
    named = {
        f"transition-{transition['id']}"
        for node in workflow.get("nodes", [])
        for transition in node.get("transitions", [])
        if transition.get("targetNodeId")
    }
    edges = [edge for edge in workflow.get("edges", []) if edge.get("sourceHandle") not in named]
    return {**workflow, "edges": edges}


_LINKED: dict[str, Callable[[JsonObject], JsonObject]] = {
    "sent": lambda workflow: workflow,
    "edges": _on_edges,
    "targets": _on_targets,
}


def _transitions(workflow: JsonObject, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    nodes = [
        {**node, "transitions": [change(each) for each in node["transitions"]]}
        if "transitions" in node
        else node
        for node in workflow.get("nodes", [])
    ]
    return {**workflow, "nodes": nodes}


def _variables(workflow: JsonObject, *, text: bool) -> object:
    variables = workflow["customVariables"]
    if isinstance(variables, str) and not text:
        return json.loads(variables)
    if isinstance(variables, list) and text:
        return json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    return variables

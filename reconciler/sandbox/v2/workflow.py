"""The `workflow` of a flow agent: changes by the canvas and the server. Pure.

Shapes: `workflow` of the v2 reference and of live agents as LLM-test and callcenter-ai read them.
What a server does here is not known for certain, so each possibility is a switch of `Settings`.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from reconciler.sandbox.settings import Settings
from reconciler.sandbox.v2.links import LINKED, other_id, transitions

JsonObject = dict[str, Any]

# By the condition's type and its other identifying key (LLM-test, from a flow of 80 nodes).
_DESCRIBED: dict[tuple[object, str], str] = {
    ("natural_language", "On Success"): "When the tool completes successfully",
    ("natural_language", "On Failure"): "When the tool fails to execute",
    ("structured_equation", "all"): "ALL conditions must be met",
    ("always", ""): "Default fallback when no other conditions match",
    ("auto", ""): "Auto-advance",
}
_RIGHT, _DOWN = 12.5, -7.25


def patched(known: JsonObject, sent: JsonObject, *, keep: bool) -> JsonObject:
    """Return the workflow after a PATCH; lists are always replaced whole."""
    return {**known, **sent} if keep else sent


def saved(workflow: JsonObject, settings: Settings) -> JsonObject:
    """Return a sent workflow in its stored form."""
    if settings.descriptions == "generated":
        workflow = transitions(workflow, _described)
    if settings.edges == "renamed" and "edges" in workflow:
        edges = [{**edge, "id": other_id(edge["id"])} for edge in workflow["edges"]]
        return {**workflow, "edges": edges}
    return workflow


def moved(workflow: JsonObject) -> JsonObject:
    """Return the workflow with everything changed that a canvas changes by itself."""
    return {**workflow, "nodes": [_moved_node(node) for node in workflow.get("nodes", [])]}


def shown(workflow: JsonObject, settings: Settings) -> JsonObject:
    """Return the workflow as responses show it."""
    if not workflow:
        return workflow
    linked = LINKED[settings.links](workflow)
    if "customVariables" not in linked or settings.custom_variables == "sent":
        return linked
    return {
        **linked,
        "customVariables": _variables(linked, text=settings.custom_variables == "text"),
    }


def objections(workflow: JsonObject, preamble: str) -> list[str]:
    """Return the errors by a server that checks flows (a guess, from the guides)."""
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


def _described(transition: JsonObject) -> JsonObject:
    """Return the transition with the canvas's description for its kind of exit."""
    condition = transition.get("condition", {})
    text = _DESCRIBED.get((condition.get("type"), str(_told_by(condition))))
    if text is None:
        return transition
    return {**transition, "condition": {**condition, "description": text}}


def _told_by(condition: JsonObject) -> object:
    """Return what distinguishes conditions of one type, for the canvas's own descriptions."""
    match condition.get("type"):
        case "natural_language":
            return condition.get("prompt")
        case "structured_equation":
            return condition.get("logic")
        case _:
            return ""


def _moved_node(node: JsonObject) -> JsonObject:
    here, metadata = node.get("position", {}), node.get("metadata", {})
    version = metadata.get("version")
    moved = {
        **node,
        "position": {**here, "x": _by(here.get("x", 0), _RIGHT), "y": _by(here.get("y", 0), _DOWN)},
        "metadata": {**metadata, "version": version + 1 if isinstance(version, int) else 1},
    }
    if "transitions" in node:
        moved["transitions"] = [_dated(transition) for transition in node["transitions"]]
    return moved


def _by(place: Any, distance: float) -> float:
    return float(place) + distance  # a number may be stored as its text


def _dated(transition: JsonObject) -> JsonObject:
    """Return the transition with a later `metadata.updatedAt`, if it has one."""
    dates = transition.get("metadata", {})
    try:
        before = datetime.fromisoformat(dates.get("updatedAt", ""))
    except (TypeError, ValueError):
        return transition
    later = (before + timedelta(minutes=1)).isoformat(timespec="milliseconds")
    return {**transition, "metadata": {**dates, "updatedAt": later.replace("+00:00", "Z")}}


def _variables(workflow: JsonObject, *, text: bool) -> object:
    variables = workflow["customVariables"]
    if isinstance(variables, str) and not text:
        return json.loads(variables)
    if isinstance(variables, list) and text:
        return json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    return variables

"""The links of a flow, each of which may be in two places: an edge, and a transition. Pure.

Live flows have links in both, in either, and in neither (LLM-test, callcenter-ai).
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]

_ID_LENGTH = 21


def transitions(workflow: JsonObject, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """Return the workflow with each transition changed."""
    nodes = [
        {**node, "transitions": [change(each) for each in node["transitions"]]}
        if "transitions" in node
        else node
        for node in workflow.get("nodes", [])
    ]
    return {**workflow, "nodes": nodes}


def other_id(old: str) -> str:
    """Return an id in the form of a nanoid, always the same one for the same old one."""
    digest = hashlib.sha256(old.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_ID_LENGTH]


def _handle(transition: JsonObject) -> str:
    return f"transition-{transition['id']}"


def _on_edges(workflow: JsonObject) -> JsonObject:
    """Return the workflow with each link that has an edge only on the edge."""
    handles = {edge.get("sourceHandle") for edge in workflow.get("edges", [])}

    def alone(transition: JsonObject) -> JsonObject:
        linked = _handle(transition) in handles
        return {**transition, "targetNodeId": ""} if linked else transition

    return transitions(workflow, alone)


def _on_targets(workflow: JsonObject) -> JsonObject:
    """Return the workflow without the edges of transitions that name their target."""
    named = {_handle(transition) for _, transition in _aimed(workflow)}
    edges = [edge for edge in workflow.get("edges", []) if edge.get("sourceHandle") not in named]
    return {**workflow, "edges": edges}


def _synced(workflow: JsonObject) -> JsonObject:
    """Return the workflow with each link in both places; an edge takes precedence over a target."""
    ends = {edge.get("sourceHandle"): edge["target"] for edge in workflow.get("edges", [])}

    def aimed(transition: JsonObject) -> JsonObject:
        target = ends.get(_handle(transition))
        return {**transition, "targetNodeId": target} if target else transition

    lacking = [
        {
            "id": other_id(_handle(transition)),
            "source": node["id"],
            "target": transition["targetNodeId"],
            "sourceHandle": _handle(transition),
        }
        for node, transition in _aimed(workflow)
        if _handle(transition) not in ends
    ]
    edges = [*workflow.get("edges", []), *lacking]
    return {**transitions(workflow, aimed), "edges": edges}


def _aimed(workflow: JsonObject) -> list[tuple[JsonObject, JsonObject]]:
    """Return the transitions that name a target, each with its node."""
    return [
        (node, transition)
        for node in workflow.get("nodes", [])
        for transition in node.get("transitions", [])
        if transition.get("targetNodeId")
    ]


LINKED: dict[str, Callable[[JsonObject], JsonObject]] = {
    "sent": lambda workflow: workflow,
    "edges": _on_edges,
    "targets": _on_targets,
    "synced": _synced,
}

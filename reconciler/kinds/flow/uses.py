"""The variables of a flow: which of them it sets, and which its texts and conditions use. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kinds.flow.outline import Node, nodes_of

_LONGEST = 100_000
"""Characters of a text that are searched."""
_NAME = r"[^\W\d]\w*"
_PLACEHOLDER = re.compile(rf"\{{\{{-?\s*({_NAME})")
_OWN = re.compile(rf"\{{%-?\s*(?:for|set)\s+({_NAME})(?:\s*,\s*({_NAME}))?")
"""Names that a template sets for itself."""


def defaults(flow: Mapping[str, Any] | None) -> dict[str, Any]:
    """The custom variables of a flow with their default values, if their form is readable."""
    found = (flow or {}).get("customVariables")
    return dict(found) if isinstance(found, dict) else {}


def settable(flow: Mapping[str, Any] | None) -> dict[str, None]:
    """The variables that a flow declares or that one of its nodes sets, in order."""
    nodes = nodes_of((flow or {}).get("nodes") or {})
    return dict.fromkeys([*defaults(flow), *(name for node in nodes for name in node.sets)])


def used(flow: Mapping[str, Any] | None) -> dict[str, str]:
    """The variables that texts and conditions use, with the slug of the first node that does."""
    views: Mapping[str, dict[str, Any]] = (flow or {}).get("nodes") or {}
    found: dict[str, str] = {}
    for node in nodes_of(views):
        for name in (*_tested(node), *_in_texts(views[node.slug])):
            found.setdefault(name, node.slug)
    return found


def _tested(node: Node) -> Iterator[str]:
    yield from (name for one in node.exits for name, _, _ in one.tests if name.isidentifier())


def _in_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        text = value[:_LONGEST]
        own = {name for pair in _OWN.findall(text) for name in (*pair, "loop")}
        yield from (name for name in _PLACEHOLDER.findall(text) if name not in own)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _in_texts(one)

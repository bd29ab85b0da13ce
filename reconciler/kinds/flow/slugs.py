"""Readable, unique names for the nodes of a flow, in any script. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from reconciler.late import pattern

_LONGEST = 40
_WORDS = 4
"""The number of words of a node's text that become its name."""
_NAMES = 2
"""The number of variables that do, if it has no text."""

MARKS = pattern("[\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
"""Tatweel and diacritics: a word reads the same without them."""


def slugs(
    nodes: Sequence[Mapping[str, Any]],
    known: Mapping[str, str],
    tools: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """A slug for each node, by the node's id; ``known`` are slugs that are taken, by id.

    It comes from the label if no other node has that label, else from the type and the first
    words of the text, the name of its tool (``tools``, by node id) or its first variables.

    >>> slugs([{"id": "a", "type": "start", "label": "Greet caller"}], {})
    {'a': 'greet_caller'}
    """
    labels = Counter(_plain(node.get("label")) for node in nodes)
    found = {node["id"]: known[node["id"]] for node in nodes if node["id"] in known}
    taken = {*known.values()}
    for node in nodes:
        if node["id"] in found:
            continue
        label = _plain(node.get("label"))
        name = label if label and labels[label] == 1 else _described(node, tools)
        slug = _free(name, taken)
        taken.add(slug)
        found[node["id"]] = slug
    return found


def _described(node: Mapping[str, Any], tools: Mapping[str, str]) -> str:
    """A name from the type and the first words of the text, or of what the node is about."""
    sort = _plain(node.get("type")) or "node"
    texts = (node.get(name) for name in ("message", "finalMessage", "transferMessage"))
    text = next((one for one in texts if isinstance(one, str) and one.strip()), "")
    words = _plain(" ".join(re.sub(r"{{.*?}}|{%.*?%}", " ", text[:400]).split()[:_WORDS]))
    if not words:
        words = _plain(tools.get(node["id"])) or _plain(" ".join(_about(node)))
        sort = _SHORT.get(sort, sort)
    return f"{sort}_{words}"[:_LONGEST].strip("_") if words else sort


_SHORT = {"set_local_variables": "set", "change_agent_settings": "settings"}


def _about(node: Mapping[str, Any]) -> list[str]:
    """The first variables that a node without a text sets, extracts or asks for."""
    found = [*_named(node.get("staticVariables"))]
    extracted = node.get("extractVariables")
    found += _named(extracted.get("variables") if isinstance(extracted, dict) else None)
    for way in _listed(node.get("transitions")):
        condition = way.get("condition")
        if isinstance(condition, dict):
            found += _named(condition.get("conditions"), "variable")
    return [*dict.fromkeys(found)][:_NAMES]


def _named(found: object, key: str = "name") -> list[str]:
    return [one[key] for one in _listed(found) if isinstance(one.get(key), str)]


def _listed(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _plain(text: object) -> str:
    """A text as a slug: letters and digits of any script, joined by low lines."""
    if not isinstance(text, str):
        return ""
    words = re.findall(r"[^\W_]+", MARKS.sub("", text).casefold())
    slug = "_".join(words)[:_LONGEST].strip("_")
    return f"n_{slug}" if slug[:1].isdigit() else slug


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"

"""Every kind that is known, by name and generation of the API. The only reader of their modules."""

from collections.abc import Mapping

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.schema.kind import Kind

KINDS: Mapping[tuple[str, str], Kind] = {(kind.name, kind.api): kind for kind in (AGENT_V1,)}
"""By name and generation: ``KINDS["agent", "v1"]``."""

APIS = tuple(dict.fromkeys(api for _, api in KINDS))
"""The generations of which something is known."""

COMING = {"v2": "agents of the v2 API cannot be declared yet"}
"""Generations that are known by name alone, and what to say of them."""


def kind(name: str, api: str) -> Kind:
    """The kind of this name in a generation. Raises KeyError where there is none."""
    return KINDS[name, api]

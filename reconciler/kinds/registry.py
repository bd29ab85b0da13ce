"""Every kind that is known, by name and generation of the API. The only reader of their modules."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.schema.kind import Kind

if TYPE_CHECKING:
    from reconciler.schema.phrases import Phrase

KINDS: Mapping[tuple[str, str], Kind] = {(kind.name, kind.api): kind for kind in (AGENT_V1,)}
"""By name and generation: ``KINDS["agent", "v1"]``."""

COMING = {"v2": "agents of the v2 API cannot be declared yet"}
"""Generations that are known by name alone, and what to say of them."""


@cache
def phrases(one: Kind, language: str) -> "Mapping[str, Phrase]":
    """What a language says of a kind's fields, by path; a field may be missing there.

    Their modules are imported only when a sentence is written. A kind without one has none.
    """
    try:
        module = import_module(f"reconciler.kinds.phrases.{one.name}_{one.api}_{language}")
    except ModuleNotFoundError:
        return {}
    found: Mapping[str, Phrase] = module.PHRASES
    return found


def kind(name: str, api: str) -> Kind:
    """The kind of this name in a generation. Raises KeyError where there is none."""
    return KINDS[name, api]

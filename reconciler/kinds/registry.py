"""Every kind that is known, by name and generation of the API. The only reader of their modules."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.schema.kind import Kind

if TYPE_CHECKING:
    from reconciler.schema.phrases import Phrase

KINDS: Mapping[tuple[str, str], Kind] = {
    (kind.name, kind.api): kind for kind in (AGENT_V1, AGENT_V2)
}
"""By name and generation: ``KINDS["agent", "v1"]``."""


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


def fields(name: str = "agent") -> list[str]:
    """The paths of every row of this sort of object, in any generation."""
    known = [one for one in KINDS.values() if one.name == name]
    return list(dict.fromkeys(path for one in known for path in one.fields))


def names_one(path: str) -> bool:
    """Whether a path names a field, or a group of them, of any kind."""
    return any(one.names_one(path) for one in KINDS.values())


def kind(name: str, api: str) -> Kind:
    """The kind of this name in a generation. Raises KeyError where there is none."""
    return KINDS[name, api]

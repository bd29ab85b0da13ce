"""Every known kind, by name and API generation. Only this module imports theirs."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2, FROM_V1
from reconciler.schema import paths
from reconciler.schema.kind import Kind

if TYPE_CHECKING:
    from reconciler.schema.phrases import Phrase

KINDS: Mapping[tuple[str, str], Kind] = {
    (kind.name, kind.api): kind for kind in (AGENT_V1, AGENT_V2)
}
"""By name and generation: ``KINDS["agent", "v1"]``."""

_ELSEWHERE: Mapping[Kind, Mapping[str, str]] = {
    AGENT_V1: {new: old for old, new in FROM_V1.items()},
    AGENT_V2: FROM_V1,
}
"""For each kind, its rows by their names in the other generation."""


@cache
def phrases(one: Kind, language: str) -> "Mapping[str, Phrase]":
    """A language's phrases for a kind's fields, by path; some fields may have none.

    The modules are imported only when a sentence is written. A kind without one has no phrases.
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


def own(one: Kind, path: str) -> tuple[str, ...]:
    """The kind's own paths for a field or group name; empty if it has no such field.

    The name itself, or that of the same field in this generation. So a policy that names a field
    applies to agents of every generation, and to an agent whose file is converted.

    >>> own(AGENT_V2, "voiceId"), own(AGENT_V2, "tools"), own(AGENT_V1, "llm.model")
    (('voice.voiceId',), ('tools',), ('llmConfig.modelName',))
    """
    if one.names_one(path):
        return (path,)
    others = _ELSEWHERE.get(one, {}).items()
    return tuple(dict.fromkeys(here for there, here in others if paths.covers(path, there)))


def newest(name: str) -> Kind:
    """The kind of this name in the newest API generation, in which new files are written."""
    return max((one for one in KINDS.values() if one.name == name), key=lambda one: one.api)


def kind(name: str, api: str) -> Kind:
    """The kind of this name in a generation. Raises KeyError if there is none."""
    return KINDS[name, api]

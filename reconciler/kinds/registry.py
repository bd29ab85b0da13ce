"""Every known kind, by name and API generation. Only this module imports theirs.

A kind is imported when it is asked for: most projects have agents of one generation.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.schema import paths
from reconciler.schema.kind import Kind

if TYPE_CHECKING:
    from reconciler.schema.phrases import Phrase


@cache
def _agent_v1() -> Kind:
    from reconciler.kinds.agent_v1 import AGENT_V1  # noqa: PLC0415 - see above

    return AGENT_V1


@cache
def _agent_v2() -> Kind:
    from reconciler.kinds.agent_v2 import AGENT_V2  # noqa: PLC0415 - see above

    return AGENT_V2


KINDS: dict[tuple[str, str], Callable[[], Kind]] = {
    ("agent", "v1"): _agent_v1,
    ("agent", "v2"): _agent_v2,
}
"""By name and generation, what imports it."""


@cache
def _elsewhere(one: Kind) -> Mapping[str, str]:
    """The rows of a kind by their names in the other generation."""
    from reconciler.kinds.agent_v2 import FROM_V1  # noqa: PLC0415 - see above

    names = {"v1": {new: old for old, new in FROM_V1.items()}, "v2": FROM_V1}
    return names.get(one.api, {}) if one.name == "agent" else {}


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


def kinds(name: str = "agent") -> list[Kind]:
    """Every generation of this sort of object, the oldest first."""
    return [make() for (sort, _), make in sorted(KINDS.items()) if sort == name]


def fields(name: str = "agent") -> list[str]:
    """The paths of every row of this sort of object, in any generation."""
    return list(dict.fromkeys(path for one in kinds(name) for path in one.fields))


def names_one(path: str) -> bool:
    """Whether a path names a field, or a group of them, of any kind."""
    return any(make().names_one(path) for make in KINDS.values())


def own(one: Kind, path: str) -> tuple[str, ...]:
    """The kind's own paths for a field or group name; empty if it has no such field.

    The name itself, or that of the same field in this generation. So a policy that names a field
    applies to agents of every generation, and to an agent whose file is converted.

    >>> old, new = kinds("agent")
    >>> own(new, "voiceId"), own(new, "tools"), own(old, "llm.model")
    (('voice.voiceId',), ('tools',), ('llmConfig.modelName',))
    """
    if one.names_one(path):
        return (path,)
    others = _elsewhere(one).items()
    return tuple(dict.fromkeys(here for there, here in others if paths.covers(path, there)))


def newest(name: str) -> Kind:
    """The kind of this name in the newest API generation, in which new files are written."""
    return kinds(name)[-1]


def kind(name: str, api: str) -> Kind:
    """The kind of this name in a generation. Raises KeyError if there is none."""
    return KINDS[name, api]()

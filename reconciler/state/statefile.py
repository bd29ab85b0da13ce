"""The format of ``reconciler.state.json``: applied ids and digests, per environment.

Without content or secrets, so that it can be committed; losing it only loses knowledge: identity
falls back to names, causes become *untracked*.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import cache, lru_cache
from os.path import lexists
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from reconciler.errors import ReconcilerError
from reconciler.kinds import registry
from reconciler.late import pattern
from reconciler.model import Address, Applied, EnvironmentState, Stamp
from reconciler.schema.kind import Kind
from reconciler.state import files

FILE_NAME = "reconciler.state.json"
FORMER_NAME = "reconciler.lock.json"
"""The name of the file up to 1.x of this tool."""
FORMAT = "2.0"
"""Since 2.0 objects are stored by address and generation; 1.x had only agents."""

_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""The name of an environment, as the project file takes it."""
_ODD = "it is not what this tool writes"
_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")


class DamagedError(ReconcilerError):
    """A state that no version of this tool can read."""


def dumps(environments: Mapping[str, EnvironmentState]) -> str:
    """The state's text, sorted so that a change of one agent changes only its lines."""
    return text_of(content(environments))


def text_of(content: Mapping[str, Any]) -> str:
    """A state's content as text, sorted."""
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def content(environments: Mapping[str, EnvironmentState]) -> dict[str, Any]:
    """The state as JSON."""
    pages = {
        name: {
            "salt": page.salt,
            "objects": {Address.parse(key).full: stored(a) for key, a in page.agents.items()},
        }
        for name, page in environments.items()
    }
    return {"format_version": FORMAT, "environments": pages}


def stored(agent: Applied) -> dict[str, Any]:
    """An object's entry as JSON; rare parts are left out if empty."""
    found: dict[str, Any] = {
        "api": agent.kind.api,
        "id": agent.id,
        "digests": dict(agent.digests),
        "applied_at": agent.applied_at,
        "commit": agent.commit,
        "since": {p: f"{s.at} {s.commit}".strip() for p, s in agent.since.items()},
    }
    if agent.place:
        found["place"] = agent.place
    if agent.undeclared is not None:
        found["undeclared"] = _one_line(agent.undeclared)
    if agent.stored:
        found["stored"] = dict(agent.stored)
    return found


def _one_line(found: Mapping[str, str]) -> str:
    """Short digests by path as one text, so that an agent's are one line of a review."""
    return " ".join(f"{quote(path, safe='.')}={found[path]}" for path in sorted(found))


def _by_path(text: str) -> dict[str, str]:
    """The reverse of :func:`_one_line`."""
    pairs = (word.split("=", 1) for word in text.split())
    return {unquote(path): found for path, found in pairs}


def loads(text: str, name: str, restore: str = "") -> dict[str, EnvironmentState]:
    """Parse a text; ``name`` and ``restore``, how to get an older one, are used in messages.

    Raises ReconcilerError if it is damaged, half merged or of a newer format.
    """
    return pages(decoded(text, name, restore), name, restore)


def decoded(text: str, name: str, restore: str = "") -> Any:
    """The JSON of a text, for :func:`pages`. Raises ReconcilerError if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if any(line.startswith(_MARKERS) for line in text.splitlines()):
            raise ReconcilerError(
                f"{name} holds the markers of an unfinished merge",
                hint=f"take either side (git checkout --theirs {name}): the next apply mends it",
            ) from error
        raise damaged(name, _ODD, restore) from error


def pages(content: Any, name: str, restore: str = "") -> dict[str, EnvironmentState]:
    """The state of each environment in a content; as ``loads``."""
    try:
        if files.newer(content.get("format_version"), FORMAT):
            version = content["format_version"]
            raise ReconcilerError(
                f"{name} has format {version}, and this version reads up to {FORMAT}",
                hint="update reconciler",
            )
        return {_named(name): _page(page) for name, page in content["environments"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise damaged(name, _ODD, restore) from error


def _named(name: str) -> str:
    """The name of an environment, which is a part of a path in a store."""
    if not _NAME.fullmatch(name):
        raise ValueError
    return name


def _page(page: Mapping[str, Any]) -> EnvironmentState:
    bytes.fromhex(page["salt"])
    if "objects" not in page:  # format 1.x
        entries = {
            key: entry(one, registry.kind("agent", "v1")) for key, one in page["agents"].items()
        }
        return EnvironmentState(salt=page["salt"], agents=entries)
    found = {Address.parse(text): one for text, one in page["objects"].items()}
    entries = {str(at): entry(one, kind_of(at, one)) for at, one in found.items()}
    return EnvironmentState(salt=page["salt"], agents=entries)


def kind_of(address: Address, stored: Mapping[str, Any]) -> Kind:
    """The kind of an object's entry."""
    return registry.kind(address.kind, stored["api"])


def entry(stored: Mapping[str, Any], kind: Kind) -> Applied:
    """Parse an object's entry; additions of a later minor version are ignored."""
    known = {name: stored[name] for name in _parts() if name in stored}
    since, stored_as = known.pop("since", {}), known.pop("stored", {})
    texts = [value for name, value in known.items() if name != "digests"]
    texts += [*known["digests"].values(), *stored_as.values()]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("an entry holds something else than texts")
    undeclared = known.pop("undeclared", None)
    return Applied(
        **known,
        kind=kind,
        since={path: _stamp(text) for path, text in since.items()},
        stored=stored_as,
        undeclared=None if undeclared is None else _by_path(undeclared),
    )


@cache
def _parts() -> tuple[str, ...]:
    """The names under which an entry's parts are stored, as far as they are stored as they are."""
    return tuple(one.name for one in fields(Applied) if one.name != "kind")


@lru_cache(maxsize=4096)
def _stamp(text: str) -> Stamp:
    """The time and the commit in a text: one apply has the same for all that it wrote."""
    at, _, commit = text.partition(" ")
    return Stamp(at=at, commit=commit)


def damaged(name: str, why: str, restore: str = "") -> DamagedError:
    """The error for a state that cannot be used."""
    restore = restore or f"git checkout {name}"
    return DamagedError(
        f"{name} is damaged: {why}",
        hint=f"restore it ({restore}), or delete it: agents are then found by name",
    )


def parsed(text: str, name: str) -> dict[str, EnvironmentState]:
    """Parse a text that a person names; an error says what it must be."""
    try:
        return loads(text, name)
    except ReconcilerError as error:
        hint = "name a file that `reconciler state pull` has written"
        raise ReconcilerError(error.message, hint=hint) from error


def refuse_left(root: Path, name: str) -> None:
    """Raise if a project has its state in a file, too: a run would take every agent for new."""
    left = [one for one in (FILE_NAME, FORMER_NAME) if lexists(root / one)]
    if left:
        message = f"the state is in {name}, and there is also {left[0]}"
        hint = f"reconciler state migrate moves it there; if it is there already, delete {left[0]}"
        raise ReconcilerError(message, hint=hint)

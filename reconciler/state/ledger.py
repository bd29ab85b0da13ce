"""``reconciler.lock.json``: ids and digests of what was applied, per environment.

Holds no content and no secret, so that it can be committed; losing it loses nothing but
knowledge: identity falls back to names, causes become *unknown*.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from reconciler import plain
from reconciler.errors import ReconcilerError
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Last, LastAgent, Stamp
from reconciler.schema.kind import Kind
from reconciler.state import files

FILE_NAME = "reconciler.lock.json"
FORMAT = "2.0"
"""Since 2.0 objects are kept by their addresses and generations; 1.x knew agents alone."""

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")


@dataclass
class Ledger:
    """The ledger of a project, read once and written after each agent."""

    path: Path
    environments: dict[str, Last] = field(default_factory=dict)

    def last(self, environment: str, new_salt: str) -> Last:
        """What was last applied to an environment; an empty page with this salt if nothing was."""
        return self.environments.get(environment) or Last(salt=new_salt)

    def record(self, environment: str, salt: str, key: str, agent: LastAgent) -> None:
        """Remember an agent and write the file, under this key alone.

        What the key held of another agent goes to the key that this one had: two files changed
        names, and until the other one is remembered too, nothing is known of it but this.
        """
        self.record_all(environment, salt, {key: agent})

    def record_all(self, environment: str, salt: str, agents: Mapping[str, LastAgent]) -> None:
        """Remember several agents with one write."""
        if not agents:
            return
        known = dict(self.last(environment, salt).agents)
        for key, agent in agents.items():
            _put(known, key, agent)
        self.environments[environment] = Last(salt=salt, agents=known)
        files.write(self.path, dumps(self.environments))

    def rename(self, environment: str, keys: Mapping[str, str]) -> None:
        """Give entries the keys that their files have now, by the former ones."""
        page = self.environments.get(environment)
        if page and not page.agents.keys().isdisjoint(keys):
            known = dict(page.agents)
            for former, key in keys.items():
                if former in page.agents:
                    entry = page.agents[former]
                    _put(known, key, replace(entry, place=entry.place or former))
            self.environments[environment] = Last(salt=page.salt, agents=known)
            files.write(self.path, dumps(self.environments))

    def drop(self, environment: str, keys: Collection[str]) -> None:
        """Forget some agents of an environment."""
        page = self.environments.get(environment)
        if page and not page.agents.keys().isdisjoint(keys):
            kept = {key: agent for key, agent in page.agents.items() if key not in keys}
            self.environments[environment] = Last(salt=page.salt, agents=kept)
            files.write(self.path, dumps(self.environments))

    def restore(self, environment: str, page: Last | None) -> None:
        """Put back what was known of an environment."""
        if page is None:
            self.forget(environment)
        else:
            self.environments[environment] = page
            files.write(self.path, dumps(self.environments))

    def forget(self, environment: str) -> None:
        """Drop an environment's page; a ledger without pages is removed."""
        self.environments.pop(environment, None)
        if self.environments:
            files.write(self.path, dumps(self.environments))
        else:
            self.path.unlink(missing_ok=True)


def _put(known: dict[str, LastAgent], key: str, agent: LastAgent) -> None:
    """Set an agent's entry, and move the other agent's that was there out of its way."""
    former = [other for other, entry in known.items() if entry.id == agent.id and other != key]
    for other in former:
        del known[other]
    displaced = known.get(key)
    if displaced and displaced.id != agent.id and former:
        known[former[0]] = replace(displaced, place=displaced.place or key)
    known[key] = replace(agent, place="" if agent.place == key else agent.place)


def dumps(environments: Mapping[str, Last]) -> str:
    """The ledger's text: sorted, so that a change of one agent is a change of its lines."""
    pages = {
        name: {
            "salt": page.salt,
            "objects": {Address.parse(key).full: _stored(a) for key, a in page.agents.items()},
        }
        for name, page in environments.items()
    }
    content = {"format_version": FORMAT, "environments": pages}
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _stored(agent: LastAgent) -> dict[str, Any]:
    stored = asdict(agent)
    stored["api"] = stored.pop("kind").api
    stored["since"] = {p: f"{s.at} {s.commit}".strip() for p, s in agent.since.items()}
    if not agent.place:
        del stored["place"]
    del stored["undeclared"]
    if agent.undeclared is not None:
        stored["undeclared"] = _one_line(agent.undeclared)
    if not agent.stored:
        del stored["stored"]
    return stored


def _one_line(found: Mapping[str, str]) -> str:
    """Short digests by path as one text, so that an agent's are one line of a review."""
    return " ".join(f"{quote(path, safe='.')}={found[path]}" for path in sorted(found))


def _by_path(text: str) -> dict[str, str]:
    """What :func:`_one_line` wrote."""
    pairs = (word.split("=", 1) for word in text.split())
    return {unquote(path): found for path, found in pairs}


def load(path: Path) -> Ledger:
    """The ledger of a file; an empty one where there is no file.

    Raises ReconcilerError where the file is damaged, half merged or of a newer format.
    """
    try:
        text = plain.read(path).decode("utf-8")
    except FileNotFoundError:
        return Ledger(path)
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, "it cannot be read") from error
    return Ledger(path, loads(text, path))


def loads(text: str, path: Path) -> dict[str, Last]:
    """The pages of a ledger's text; see :func:`load`."""
    if any(line.startswith(_MARKERS) for line in text.splitlines()):
        raise ReconcilerError(
            f"{path.name} holds the markers of an unfinished merge",
            hint=f"take either side (git checkout --theirs {path.name}): the next apply mends it",
        )
    try:
        content = json.loads(text)
        if files.newer(content.get("format_version"), FORMAT):
            version = content["format_version"]
            raise ReconcilerError(
                f"{path.name} has format {version}, and this version reads up to {FORMAT}",
                hint="update reconciler",
            )
        return {name: _page(page) for name, page in content["environments"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(path, "it is not what this tool writes") from error


def _page(page: Mapping[str, Any]) -> Last:
    bytes.fromhex(page["salt"])
    if "objects" not in page:  # format 1.x
        entries = {key: _entry(one, KINDS["agent", "v1"]) for key, one in page["agents"].items()}
        return Last(salt=page["salt"], agents=entries)
    found = {Address.parse(text): one for text, one in page["objects"].items()}
    entries = {str(at): _entry(one, KINDS[at.kind, one["api"]]) for at, one in found.items()}
    return Last(salt=page["salt"], agents=entries)


def _entry(stored: Mapping[str, Any], kind: Kind) -> LastAgent:
    """An object's entry; what a later minor version adds to it is passed over."""
    known = {
        one.name: stored[one.name]
        for one in fields(LastAgent)
        if one.name in stored and one.name != "kind"
    }
    since, stored_as = known.pop("since", {}), known.pop("stored", {})
    texts = [value for name, value in known.items() if name != "digests"]
    texts += [*known["digests"].values(), *stored_as.values()]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("an entry holds something else than texts")
    undeclared = known.pop("undeclared", None)
    return LastAgent(
        **known,
        kind=kind,
        since={path: _stamp(text) for path, text in since.items()},
        stored=stored_as,
        undeclared=None if undeclared is None else _by_path(undeclared),
    )


def _stamp(text: str) -> Stamp:
    at, _, commit = text.partition(" ")
    return Stamp(at=at, commit=commit)


def _damaged(path: Path, why: str) -> ReconcilerError:
    return ReconcilerError(
        f"{path.name} is damaged: {why}",
        hint=f"restore it (git checkout {path.name}), or delete it: agents are then found by name",
    )

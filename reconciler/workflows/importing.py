"""Live agents as new files: which ones, under which keys, and what the ledger then knows."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler import plain
from reconciler.authoring.compose import Composed, Much, composed
from reconciler.authoring.slug import key_for
from reconciler.config.project import Project
from reconciler.engine import diff, undeclared
from reconciler.jsonvalues import Json, Secret
from reconciler.model import Desired, LastAgent, LiveAgent, Stamp
from reconciler.schema import wire
from reconciler.schema.digest import is_keyed
from reconciler.schema.kind import Kind
from reconciler.transport.client import Payload

_SCHEMA = "schemas/agent.v1.json"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An agent to import: what the API shows of it, and what of the project it is bound to.

    ``key`` is empty where one is to be made from the name; ``pin`` tells that only the id tells
    the agent from others.
    """

    payload: Payload
    live: LiveAgent
    key: str = ""
    pin: bool = False
    known: LastAgent | None = None
    """What the ledger has of it: its file may be gone."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An agent as files: paths to texts, the YAML file first; or the ``reason`` that it is none."""

    live: LiveAgent
    payload: Payload
    composed: Composed | None = None
    files: Mapping[Path, str]
    reason: str = ""
    known: LastAgent | None = None


@dataclass(frozen=True, kw_only=True)
class Importer:
    """How agents are written: into which project, for which environment, how much of them."""

    project: Project
    environment: str
    kind: Kind
    much: Much = "all"
    with_secrets: bool = True

    def imported(self, wishes: Sequence[Wish], taken: Collection[str]) -> Iterator[Imported]:
        """Each agent's files, under keys that are free."""
        keys = {*taken}
        for wish in sorted(wishes, key=lambda wish: (wish.live.name, wish.live.id)):
            reason = wish.live.kind.objection(wish.live.type)
            if reason:
                yield Imported(live=wish.live, payload=wish.payload, files={}, reason=reason)
                continue
            found = self._written(wish, keys)
            keys.add(found.composed.key if found.composed else "")
            yield found

    def _written(self, wish: Wish, taken: Collection[str]) -> Imported:
        """The files of one agent; a key whose files exist is not free."""
        refused = {*taken}
        while True:
            key = wish.key or key_for(wish.live.name, wish.live.id, refused)
            made = self._composed(wish, key)
            files = {self.project.agents / name: text for name, text in made.files.items()}
            if wish.key or not any(map(_is_other, files.items())):
                return Imported(
                    live=wish.live,
                    payload=wish.payload,
                    composed=made,
                    files=files,
                    known=wish.known,
                )
            refused.add(key)

    def _composed(self, wish: Wish, key: str) -> Composed:
        several = len(self.project.environments) > 1
        pin: str | Mapping[str, str] = {self.environment: wish.live.id} if several else wish.live.id
        schema = self.project.root / _SCHEMA
        relative = os.path.relpath(schema, self.project.agents).replace(os.sep, "/")
        return composed(
            _without_secrets(wish.live, wish.known),
            key,
            much=self.much,
            with_secrets=self.with_secrets,
            pin=pin if wish.pin else None,
            schema=relative if schema.is_file() else "",
        )


def _without_secrets(live: LiveAgent, known: LastAgent | None) -> LiveAgent:
    """The agent, of which every value that was last applied as a secret counts as one."""
    kept = {path for path, found in (known.digests if known else {}).items() if is_keyed(found)}
    secret = {path: value is not None for path, value in live.fields.items() if path in kept}
    fields = {path: value for path, value in live.fields.items() if path not in secret}
    return replace(live, fields=fields, secrets={**live.secrets, **secret})


def _is_other(item: tuple[Path, str]) -> bool:
    """Whether another text stands at a file's place: not what a run left that died halfway."""
    path, text = item
    try:
        return plain.read(path) != text.encode()
    except OSError:
        return path.exists()


def remembered(
    kind: Kind, found: Imported, salt: str, at: str, stand_ins: Mapping[str, str]
) -> LastAgent:
    """The ledger's entry of an imported agent: what is live is what its file says.

    Of a secret it keeps the slow digest of the value that the API shows, so that a plan with
    that very secret is empty; of an embedded sandbox's the stand-in's (``stand_ins``, by name).
    Of one that is in no file now it keeps what it had, so that it stays known to be a secret.
    """
    made = found.composed
    fields = {
        path: _known(kind, path, value, found.payload, stand_ins)
        for path, value in (made.fields if made else {}).items()
    }
    key = made.key if made else ""
    desired = Desired(kind=kind, key=key, file="", fields=fields)
    kept = found.known.digests if found.known else {}
    place = found.known.place if found.known else ""
    digests = {path: one for path, one in kept.items() if is_keyed(one)}
    digests |= {path: diff.fingerprint(desired, kind[path], salt, place) for path in fields}
    stamp = Stamp(at=at)
    return LastAgent(
        kind=kind,
        id=found.live.id,
        digests=digests,
        applied_at=at,
        since=dict.fromkeys(digests, stamp),
        place=place,
        undeclared=undeclared.learned(digests, found.live, None),
    )


def _known(
    kind: Kind, path: str, value: Json, payload: Payload, stand_ins: Mapping[str, str]
) -> Json:
    if not isinstance(value, Secret):
        return value
    shown = wire.secret_of(kind, path, payload)
    return replace(value, value=stand_ins.get(value.name, shown))

"""Import live agents as new files: which ones, under which keys, and the state's new entries.

The state binds them, so that the next plan is empty.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from reconciler import plain, progress
from reconciler.authoring.compose import Composed, Much, composed
from reconciler.authoring.slug import Keys
from reconciler.config import agentfile, load, reader
from reconciler.config.project import Project
from reconciler.engine import decoding, diff, undeclared
from reconciler.engine.identity import match
from reconciler.engine.names import shown
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.jsonvalues import Json, Secret
from reconciler.late import dataclass
from reconciler.model import Applied, Desired, EnvironmentState, Live, Stamp
from reconciler.schema import wire
from reconciler.schema.digest import is_keyed
from reconciler.schema.kind import Kind
from reconciler.schema.view import Names
from reconciler.state import files
from reconciler.transport.client import Payload, Reader
from reconciler.transport.workers import each
from reconciler.workflows.refresh import every_payload
from reconciler.workflows.session import LOOSE, Selection, Session

_SCHEMA = "schemas/agent.{api}.json"


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """Which agents to import, and how much of them.

    ``names`` are names or globs, ``everything`` selects all agents without a file. ``key`` is the
    single agent's key; None derives it from the name. ``dry_run`` writes nothing.
    """

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    everything: bool = False
    key: str | None = None
    much: Much = "all"
    with_secrets: bool = True
    dry_run: bool = False


async def import_(session: Session, options: ImportOptions) -> list["Imported"]:
    """Write live agents as files; returns the result for each.

    1. Read the existing files, and check that a requested key is free.
    2. Read the list of live agents, select, and read each in full. If a named one is missing, or
       has a file already, nothing is written.
    3. Compose the files of each, under free keys.
    4. Write the state, then the files, all or none.
    """
    existing = _existing(session)
    _check_key(session, options, existing)
    wishes = await _wishes(session, options, existing)
    importer = Importer(
        project=session.project,
        environment=session.name,
        much=options.much,
        with_secrets=options.with_secrets,
    )
    found = list(importer.imported(wishes, [item.key for item in existing]))
    if not options.dry_run:
        _save(session, found)
    return found


_NOBODY = Selection(exclude=("*",))
"""A selection of no agents, so that no secrets are needed."""


def _existing(session: Session) -> list[Desired]:
    """The agents that have files; raises ConfigError with every mistake in them."""
    if not load.paths_of(session.project):
        return []
    found, _ = load.agents(
        session.project,
        session.environment,
        session.context.env,
        chosen=_NOBODY.includes,
    )
    return found


def _check_key(session: Session, options: ImportOptions, existing: Sequence[Desired]) -> None:
    """Check that the requested key is valid and free."""
    key = options.key
    if key is None:
        return
    if not agentfile.is_key(key):
        raise UsageError(f"--key: `{key}` cannot be a key", hint="letters, digits, `.`, `_`, `-`")
    stems = {path.stem.lower(): path.name for path in load.paths_of(session.project)}
    owners = {item.key.lower(): item.file for item in existing} | stems
    if key.lower() in owners:
        raise UsageError(f"--key: `{key}` is taken by {owners[key.lower()]}")


async def _wishes(
    session: Session, options: ImportOptions, existing: Sequence[Desired]
) -> list["Wish"]:
    """The requested agents, each read in full."""
    page, parallelism = session.page(), session.access.parallelism
    async with session.reader() as reader:
        everybody = await every_payload(reader, session.kind, parallelism)
        agents = [decoding.decode(session.kind, payload) for payload in everybody.values()]
        found = match(existing, agents, page)
        claims = {m.live.id: m.desired.file for m in found if m.live}
        chosen = _chosen(options, agents, claims)
        payloads = await _in_full(reader, session.kind, chosen, parallelism)
    if options.key and len(chosen) != 1:
        raise UsageError(f"--key names one agent, and {len(chosen)} are asked for")
    names = Counter(agent.name for agent in agents)
    return [
        _wish(session, options, page, payload, pin=names[agent.name] > 1 or not agent.name)
        for agent, payload in zip(chosen, payloads, strict=True)
        if payload
    ]


async def _in_full(
    reader: Reader, kind: Kind, agents: Sequence[Live], parallelism: int
) -> list[Payload | None]:
    """The API's response for each agent; None if it is gone."""
    with progress.of("Reading agents one by one", len(agents)) as advance:

        async def read(agent: Live) -> Payload | None:
            payload = await reader.agent(kind, agent.id)
            advance(1)
            return payload

        return await each(agents, read, parallelism)


def _chosen(
    options: ImportOptions, agents: Iterable[Live], claims: Mapping[str, str]
) -> list[Live]:
    """The requested agents. Raises if one is missing, or has a file already."""
    found = {agent.id: agent for agent in agents}
    missing = [agent_id for agent_id in options.ids if agent_id not in found]
    named = {i for i in options.ids if i in found}
    for name in options.names:
        fits = [i for i, a in found.items() if a.name == name or fnmatchcase(a.name, name)]
        missing += [] if fits else [name]
        named.update(fits)
    if missing:
        raise _missing(missing, [agent.name for agent in found.values()])
    owned = [i for i in found if i in named and i in claims]
    if owned:
        first = owned[0]
        raise ReconcilerError(
            f"{shown(found[first].name) or first} is in {claims[first]} already",
            hint="reconciler pull takes live edits into it; without the file it can be imported",
        )
    if options.everything:
        named.update(i for i in found if i not in claims)
    return [agent for agent_id, agent in found.items() if agent_id in named]


def _missing(wanted: Sequence[str], names: Sequence[str]) -> ReconcilerError:
    """The error for names and ids that no live agent has, with the nearest existing name."""
    asked = listed(f"`{shown(name)}`" for name in wanted)
    known = [f"`{shown(name)}`" for name in sorted({*names} - {""})]
    few = listed(known, f"`{wanted[0]}`", "")
    otherwise = f"live agents: {few}" if few else "there are no live agents"
    near = (meant(name, names, "", LOOSE) for name in wanted)
    return ReconcilerError(
        f"there is no live agent {asked}", hint=next(filter(None, near), otherwise)
    )


def _wish(
    session: Session, options: ImportOptions, page: EnvironmentState, payload: Payload, *, pin: bool
) -> "Wish":
    live = decoding.decode(session.kind, payload, Names())
    known = page.of("", live.id)
    return Wish(payload=payload, live=live, key=options.key or "", pin=pin, known=known)


@files.unbroken()
def _save(session: Session, found: Sequence["Imported"]) -> None:
    """Write the state, the texts, and last the files that make them agents.

    So an interrupted run leaves complete agents, or none.
    """
    texts = {path: text for item in found for path, text in item.files.items()}
    ordered = sorted(texts.items(), key=lambda item: item[0].suffix == ".yaml")
    name, at, salt = session.name, session.context.now(), session.page().salt
    entries = {
        item.composed.key: _remembered(item, salt, at, _stand_ins(session, item))
        for item in found
        if item.composed
    }
    page = session.state.known(name)
    session.state.record_all(name, salt, entries)
    try:
        files.create(dict(ordered))
    except ReconcilerError:
        session.state.restore(name, page)
        raise


def _stand_ins(session: Session, item: "Imported") -> dict[str, str]:
    """In the embedded sandbox: the placeholder for each secret."""
    if session.environment.sandbox is None or item.composed is None:
        return {}
    names = item.composed.secrets.values()
    found = {name: reader.secret(session.environment, session.context.env, name) for name in names}
    return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An agent to import: the API's response, and its link to the project.

    ``key`` is empty if it is to be derived from the name; ``pin``: only the id identifies the
    agent.
    """

    payload: Payload
    live: Live
    key: str = ""
    pin: bool = False
    known: Applied | None = None
    """The state's entry of the agent, whose file may be gone."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An agent as files: paths to texts, the YAML file first; or the ``reason`` why it has none."""

    live: Live
    payload: Payload
    composed: Composed | None = None
    files: Mapping[Path, str]
    reason: str = ""
    known: Applied | None = None


@dataclass(frozen=True, kw_only=True)
class Importer:
    """How agents are written: into which project, for which environment, how much of them."""

    project: Project
    environment: str
    much: Much = "all"
    with_secrets: bool = True

    def imported(self, wishes: Sequence[Wish], taken: Collection[str]) -> Iterator[Imported]:
        """Yield each agent's files, under free keys."""
        keys = Keys(taken)
        ordered = sorted(wishes, key=lambda wish: (wish.live.name, wish.live.id))
        for wish in progress.each("Importing agents", ordered):
            reason = wish.live.kind.objection(wish.live.type)
            if reason:
                yield Imported(live=wish.live, payload=wish.payload, files={}, reason=reason)
                continue
            found = self._written(wish, keys)
            keys.take(found.composed.key if found.composed else "")
            yield found

    def _written(self, wish: Wish, keys: Keys) -> Imported:
        """The files of one agent; a key whose files exist is not free."""
        refused: set[str] = set()
        while True:
            key = wish.key or keys.free(wish.live.name, wish.live.id, refused)
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
        schema = self.project.root / _SCHEMA.format(api=wish.live.kind.api)
        relative = os.path.relpath(schema, self.project.agents).replace(os.sep, "/")
        return composed(
            _without_secrets(wish.live, wish.known),
            key,
            much=self.much,
            with_secrets=self.with_secrets,
            pin=pin if wish.pin else None,
            schema=relative if schema.is_file() else "",
        )


def _without_secrets(live: Live, known: Applied | None) -> Live:
    """The agent, with every value that was last applied as a secret treated as one."""
    kept = {path for path, found in (known.digests if known else {}).items() if is_keyed(found)}
    secret = {path: value is not None for path, value in live.fields.items() if path in kept}
    fields = {path: value for path, value in live.fields.items() if path not in secret}
    return replace(live, fields=fields, secrets={**live.secrets, **secret})


def _is_other(item: tuple[Path, str]) -> bool:
    """Whether a file exists with another text; leftovers of an interrupted run do not count."""
    path, text = item
    try:
        return plain.read(path) != text.encode()
    except OSError:
        return path.exists()


def _remembered(found: Imported, salt: str, at: str, stand_ins: Mapping[str, str]) -> Applied:
    """The state's entry of an imported agent: the live values are those of its file.

    For a secret it has the slow digest of the value that the API shows, so that a plan with the
    same secret is empty; for the embedded sandbox, that of the stand-in (``stand_ins``, by name).
    For a secret that is no longer in a file it keeps the old digest, so that it remains known as
    one.
    """
    made, kind = found.composed, found.live.kind
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
    return Applied(
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
    live = wire.secret_of(kind, path, payload)
    return replace(value, value=stand_ins.get(value.name, live))

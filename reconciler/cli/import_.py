"""`reconciler import`: live agents as files, bound in the ledger, so that a plan is empty."""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial

from reconciler.authoring.compose import Composed
from reconciler.cli import signals
from reconciler.cli.output import write_imported
from reconciler.cli.session import LOOSE, Session, open_project, open_session
from reconciler.config import agentfile, load
from reconciler.engine import decoding
from reconciler.engine.identity import match
from reconciler.engine.names import shown
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.model import Desired, Last, LiveAgent
from reconciler.render.imports import ImportedAgent
from reconciler.state import files
from reconciler.state.mutex import exclusive
from reconciler.transport.client import Payload
from reconciler.transport.workers import each
from reconciler.workflows.context import World
from reconciler.workflows.importing import Imported, Importer, Wish, remembered
from reconciler.workflows.observe import every_payload


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0; 1 where an agent that was named cannot be imported, and then nothing is written."""
    if not (arguments.id or arguments.name or arguments.all):
        raise UsageError("which agents?", hint="name them with --id or --name, or take --all")
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = open_session(world, arguments)
        existing = _existing(session)
        _check_key(session, existing)
        wishes = signals.run(_wishes(session, existing))
        importer = Importer(
            project=session.project,
            environment=session.environment.name,
            kind=session.kind,
            much="full" if arguments.full else "minimal" if arguments.minimal else "all",
            with_secrets=not arguments.no_secrets,
        )
        found = list(importer.imported(wishes, [item.key for item in existing]))
        if not arguments.dry_run:
            _save(session, found)
    told = [_told(session, item) for item in found]
    write_imported(world, arguments, told, stand_ins=session.environment.sandbox is not None)
    return 0


def _told(session: Session, item: Imported) -> ImportedAgent:
    """An agent and its files, ready to be shown."""
    made, left_out = item.composed, defaultdict[str, list[str]](list)
    for one in made.left_out if made else ():
        left_out[one.reason].append(one.path)
    return ImportedAgent(
        key=made.key if made else "",
        name=item.live.name,
        id=item.live.id,
        files=tuple(path.relative_to(session.project.root).as_posix() for path in item.files),
        left_out={reason: tuple(paths) for reason, paths in left_out.items()},
        secrets=tuple(made.secrets.values()) if made else (),
        fixed=_fixed(session, made) if made else (),
        reason=item.reason,
    )


def _fixed(session: Session, made: Composed) -> tuple[str, ...]:
    """The objects that cannot be sent, for secrets of them were left out."""
    fields = (session.kind.fields.get(one.path) for one in made.left_out if one.secret)
    return tuple(dict.fromkeys(field.top for field in fields if field and field.grouped))


def _existing(session: Session) -> list[Desired]:
    """The agents that have files; every mistake in those is a ConfigError."""
    if not load.paths_of(session.project):
        return []
    found, _ = load.agents(
        session.project,
        session.environment,
        session.world.env,
        chosen=lambda _key: False,
    )
    return found


async def _wishes(session: Session, existing: Sequence[Desired]) -> list[Wish]:
    """What is asked for, each agent read in full."""
    arguments = session.arguments
    last = session.ledger.last(session.environment.name, session.world.salt())
    async with session.reader() as reader:
        listed = await every_payload(reader, session.kind, arguments.parallelism)
        agents = [decoding.decode(session.kind, payload) for payload in listed.values()]
        found = match(existing, agents, last)
        claims = {m.live.id: m.desired.file for m in found if m.live}
        chosen = _chosen(session, agents, claims)
        read = partial(reader.agent, session.kind)
        payloads = await each([a.id for a in chosen], read, arguments.parallelism)
    if arguments.key and len(chosen) != 1:
        raise UsageError(f"--key names one agent, and {len(chosen)} are asked for")
    names = [agent.name for agent in agents]
    return [
        _wish(session, last, payload, pin=names.count(agent.name) > 1 or not agent.name)
        for agent, payload in zip(chosen, payloads, strict=True)
        if payload
    ]


def _missing(wanted: Sequence[str], names: Sequence[str]) -> ReconcilerError:
    """What is said of names and ids that no live agent has, with the nearest name there is."""
    asked = listed(f"`{shown(name)}`" for name in wanted)
    known = [f"`{shown(name)}`" for name in sorted({*names} - {""})]
    few = listed(known, f"`{wanted[0]}`", "")
    otherwise = f"live agents: {few}" if few else "there are no live agents"
    near = (meant(name, names, "", LOOSE) for name in wanted)
    return ReconcilerError(
        f"there is no live agent {asked}", hint=next(filter(None, near), otherwise)
    )


def _chosen(
    session: Session, agents: Iterable[LiveAgent], claims: dict[str, str]
) -> list[LiveAgent]:
    """The agents that the options name. Raises where one is missing, or has a file already."""
    arguments, found = session.arguments, {agent.id: agent for agent in agents}
    missing = [agent_id for agent_id in arguments.id if agent_id not in found]
    named = {i for i in arguments.id if i in found}
    for name in arguments.name:
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
            hint="reconciler adopt takes live edits into it; without the file it can be imported",
        )
    if arguments.all:
        named.update(i for i in found if i not in claims)
    return [agent for agent_id, agent in found.items() if agent_id in named]


def _wish(session: Session, last: Last, payload: Payload, *, pin: bool) -> Wish:
    live = decoding.decode(session.kind, payload)
    known = last.of("", live.id)
    return Wish(payload=payload, live=live, key=session.arguments.key or "", pin=pin, known=known)


def _check_key(session: Session, existing: Sequence[Desired]) -> None:
    """The key that is asked for must be one, and nobody's."""
    key, project = session.arguments.key, session.project
    if key is None:
        return
    if not agentfile.is_key(key):
        raise UsageError(f"--key: `{key}` cannot be a key", hint="letters, digits, `.`, `_`, `-`")
    stems = {path.stem.lower(): path.name for path in load.paths_of(project)}
    owners = {item.key.lower(): item.file for item in existing} | stems
    if key.lower() in owners:
        raise UsageError(f"--key: `{key}` is taken by {owners[key.lower()]}")


@files.unbroken()
def _save(session: Session, found: Sequence[Imported]) -> None:
    """Write the ledger, the texts, and last the files that make them agents.

    So a run that dies leaves agents that are whole, or none.
    """
    texts = {path: text for item in found for path, text in item.files.items()}
    ordered = sorted(texts.items(), key=lambda item: item[0].suffix == ".yaml")
    name, at = session.environment.name, session.world.now()
    salt = session.ledger.last(name, session.world.salt()).salt
    entries = {
        item.composed.key: remembered(session.kind, item, salt, at, _stand_ins(session, item))
        for item in found
        if item.composed
    }
    page = session.ledger.environments.get(name)
    session.ledger.record_all(name, salt, entries)
    try:
        files.create(dict(ordered))
    except ReconcilerError:
        session.ledger.restore(name, page)
        raise


def _stand_ins(session: Session, item: Imported) -> dict[str, str]:
    """In the embedded sandbox: what stands in for each secret."""
    if session.environment.sandbox is None or item.composed is None:
        return {}
    names = item.composed.secrets.values()
    found = {name: load.secret(session.environment, session.world.env, name) for name in names}
    return {name: value for name, value in found.items() if value}

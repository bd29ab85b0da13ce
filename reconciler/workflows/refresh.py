"""Read live agents: from list pages if these suffice, by id if fields are missing there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler import progress
from reconciler.engine import decoding, undeclared, views
from reconciler.engine.entries import entries
from reconciler.engine.identity import Match, match
from reconciler.engine.policies import required_text
from reconciler.engine.unchanged import Unchanged
from reconciler.errors import ApiError
from reconciler.model import Desired, EnvironmentState, Live, Plan, Snapshot
from reconciler.schema.kind import Kind
from reconciler.workflows.session import Session

if TYPE_CHECKING:
    from reconciler.transport.client import Page, Payload, Reader

TAKE = 100
"""Agents requested per page; the API's maximum is not documented, and it may return fewer."""

_READINGS = 3
_MOST_PAGES = 10_000


async def refresh(
    session: Session,
    desired: Sequence[Desired],
    page: EnvironmentState,
    wanted: frozenset[str] | None = None,
    by_id: frozenset[str] = frozenset(),
    unchanged: Unchanged | None = None,
) -> Snapshot:
    """Read the live agents for these files; agents of ``by_id`` are read in full.

    Agents that are ``unchanged`` are not looked at any further. Raises ApiError instead of
    returning an incomplete list. This client cannot write.
    """
    async with session.reader() as reader, reader.in_time():
        live = await live_agents(
            reader,
            session.kind,
            desired,
            page,
            also=_required(session, desired),
            wanted=wanted,
            by_id=by_id,
            parallelism=session.access.parallelism,
            unchanged=unchanged,
        )
    return Snapshot(desired=desired, wanted=wanted, page=page, live=live)


def _required(session: Session, desired: Sequence[Desired]) -> frozenset[str]:
    """The paths to read for required texts, in any generation of the files."""
    kinds = dict.fromkeys((session.kind, *(item.kind for item in desired)))
    texts = session.environment.policies.required_text
    return frozenset(path for kind in kinds for path in required_text.wanted(kind, texts))


async def refresh_saved(session: Session, plan: Plan) -> Snapshot:
    """The live agents for a saved plan, which reads no files; only if a policy needs them."""
    live: list[Live] = []
    if session.environment.policies.required_text:
        kinds = {action.id: action.kind for action in plan.writes if action.id}
        async with session.reader() as reader:
            for kind in dict.fromkeys(kinds.values()):
                ids = [agent_id for agent_id, its in kinds.items() if its is kind]
                live += await known_agents(reader, kind, ids, session.access.parallelism)
    names = {action.id: action.names for action in plan.writes if action.names}
    live = [
        decoding.decode(one.kind, one.response, names[one.id])
        if one.response is not None and one.id in names
        else one
        for one in live
    ]
    return Snapshot(page=session.state.page(session.name, plan.salt), live=live)


async def live_agents(  # noqa: PLR0913 - each is an input of its own
    reader: "Reader",
    kind: Kind,
    desired: Sequence[Desired],
    page: EnvironmentState,
    *,
    also: Collection[str] = (),
    wanted: frozenset[str] | None = None,
    by_id: frozenset[str] = frozenset(),
    parallelism: int = 10,
    unchanged: Unchanged | None = None,
) -> list[Live]:
    """Every live agent, each with all fields that its file needs for the comparison.

    ``also`` are further paths needed of each. The agents of ``by_id`` are read in full. ``kind`` is
    that of agents without a file; each generation in the files has its own list.

    Raises ApiError instead of returning an incomplete list.
    """
    unchanged = unchanged or Unchanged(page)
    kinds = dict.fromkeys((*(item.kind for item in desired), kind))
    lists = {one: await _listed(reader, one, parallelism) for one in kinds}
    ids = _ids(desired, page)
    listed = _each_as_its_file_says(lists, desired, ids, kind)
    chosen = [item for item in desired if wanted is None or item.key in wanted]
    compared = [item for item in chosen if not _is_as_before(item, ids, listed, unchanged)]
    needed = {item.key: item.fields.keys() | {*also} for item in compared}
    short = {*_lacking(listed, compared, needed, ids), *(by_id & listed.keys())}
    short |= {*_moved(listed, compared, needed, ids, page)}

    asked = {agent_id: listed[agent_id].kind for agent_id in short}
    asked |= {one: item.kind for item in chosen for one in ids[item.key] if one not in listed}
    full: dict[str, Live] = {}
    viewed = [item for item in chosen if item.kind.view]
    files = {one: item for item in viewed for one in ids[item.key]}
    for one in dict.fromkeys(asked.values()):
        of_kind = [agent_id for agent_id, its in asked.items() if its is one]
        found = await known_agents(reader, one, of_kind, parallelism, files)
        full |= {agent.id: _typed(agent, lists) for agent in found}
    both = listed | full
    found = [agent for agent in both.values() if agent.id in full or agent.id not in asked]
    if not viewed:
        return found
    keys = {item.key for item in viewed}
    matches = [one for one in match(desired, found, page) if one.desired.key in keys]
    return _opened(found, [one for one in matches if not unchanged.matched(one)], files)


def _is_as_before(
    item: Desired,
    ids: Mapping[str, AbstractSet[str]],
    listed: Mapping[str, Live],
    unchanged: Unchanged,
) -> bool:
    """Whether the list shows that a file's agent is as it was when it was last compared."""
    there = [] if item.kind.short_list else [listed[one] for one in ids[item.key] if one in listed]
    return len(there) == 1 and unchanged.of(item, there[0]) is not None


def _opened(
    live: list[Live], matches: Sequence[Match], expected: Mapping[str, Desired]
) -> list[Live]:
    """The agents, parts that have a written form with the names of the files that declare them.

    Those that were read for the ``expected`` file have them already.
    """
    found = {
        one.live.id: one.desired
        for one in matches
        if one.live and views.is_declared(one.desired.kind, one.desired.fields)
    }
    late = {one: file for one, file in found.items() if expected.get(one) is not file}
    return [
        views.opened(found[one.id], one)
        if one.id in late or (one.id in found and one.layout is None)
        else one
        for one in live
    ]


async def _listed(reader: "Reader", kind: Kind, parallelism: int) -> dict[str, Live]:
    """Every agent of a kind's list, by id, as the list shows it."""
    payloads = await every_payload(reader, kind, parallelism)
    return {agent_id: decoding.deferred(kind, payload) for agent_id, payload in payloads.items()}


def _each_as_its_file_says(
    lists: Mapping[Kind, Mapping[str, Live]],
    desired: Sequence[Desired],
    ids: Mapping[str, AbstractSet[str]],
    usual: Kind,
) -> dict[str, Live]:
    """Every listed agent once, by id: in the generation of the file that may match it.

    An agent without a file is taken from its own generation's list, the project's if in doubt.
    """
    if len(lists) == 1:
        return dict(lists[usual])
    names = {name: item.kind for item in desired if (name := item.name)}
    of_ids = {agent_id: item.kind for item in desired for agent_id in ids[item.key]}
    found: dict[str, Live] = {}
    for kind in sorted(lists, key=lambda one: one is not usual):
        for agent_id, agent in lists[kind].items():
            wanted = of_ids.get(agent_id) or names.get(agent.name)
            same = wanted is not None and wanted.name == kind.name
            if agent_id not in found or (same and wanted is kind):
                found[agent_id] = _typed(agent, lists)
    return found


def _typed(agent: Live, lists: Mapping[Kind, Mapping[str, Live]]) -> Live:
    """Add an agent's type: older generations do not show it, but others may."""
    shown = (found[agent.id].type for found in lists.values() if agent.id in found)
    known = agent.type or next(filter(None, shown), "")
    return agent if known == agent.type else replace(agent, type=known)


def _ids(desired: Sequence[Desired], page: EnvironmentState) -> dict[str, frozenset[str]]:
    """The ids that each file may match by its pin or by the state, by key."""
    known = entries(desired, page)
    keys = {item.key: {known[item.key].key, *known[item.key].rivals} for item in desired}
    return {
        item.key: frozenset({item.id})
        if item.id
        else frozenset(
            page.agents[key].id for key in (*keys[item.key], item.key) if key in page.agents
        )
        for item in desired
    }


def _lacking(
    listed: dict[str, Live],
    desired: Sequence[Desired],
    needed: Mapping[str, AbstractSet[str]],
    held: Mapping[str, AbstractSet[str]],
) -> list[str]:
    """Ids of listed agents that do not show a needed field on their page."""
    names: dict[str, list[str]] = {}
    for agent in listed.values():
        names.setdefault(agent.name, []).append(agent.id)
    lacking: list[str] = []
    for item in desired:
        ids = held[item.key] & listed.keys()
        for agent_id in ids or names.get(str(item.fields.get(item.kind.name_path)), []):
            shown = listed[str(agent_id)].fields
            fields = [item.kind[path] for path in needed[item.key] if path in item.kind]
            if item.kind.short_list or any(
                f.fact.shown and not f.fact.sensitive and f.path not in shown for f in fields
            ):
                lacking.append(str(agent_id))
    return sorted(set(lacking))


def _moved(
    listed: Mapping[str, Live],
    desired: Sequence[Desired],
    needed: Mapping[str, AbstractSet[str]],
    held: Mapping[str, AbstractSet[str]],
    page: EnvironmentState,
) -> Iterator[str]:
    """Ids of listed agents whose undeclared fields differ from what is remembered.

    A page may show less than the agent's own response, or in another form: that is not drift.
    """
    for item in desired:
        if item.kind.short_list:  # these are read by id in any case
            continue
        for agent_id in held[item.key] & listed.keys():
            known = page.of(item.key, agent_id, item.kind)
            if undeclared.differs(needed[item.key], listed[agent_id], known):
                yield agent_id


async def known_agents(
    reader: "Reader",
    kind: Kind,
    ids: Collection[str],
    parallelism: int,
    files: Mapping[str, Desired] = MappingProxyType({}),
) -> list[Live]:
    """These agents in full, without those that are not live any more.

    A part with a written form has the names of its file, by the agent's id.
    """
    from reconciler.transport.workers import each  # noqa: PLC0415 - asyncio takes long

    with progress.of("Reading agents one by one", len(ids)) as advance:

        async def read(agent_id: str) -> Live | None:
            payload = await reader.agent(kind, agent_id)
            advance(1)
            if not payload:
                return None
            file = files.get(agent_id)
            named = partial(views.named, file, payload) if file and file.kind is kind else None
            return decoding.deferred(kind, payload, named)

        return [agent for agent in await each(sorted(ids), read, parallelism) if agent]


async def every_payload(reader: "Reader", kind: Kind, parallelism: int) -> dict[str, "Payload"]:
    """Every agent of the list, by id, checked against the list's own total.

    Pages of an unstable list can repeat one agent and miss another: then everything is read again.
    """
    missing = ""
    for _ in range(_READINGS):
        found, total = await _one_reading(reader, kind, parallelism)
        if len(found) == total:
            return found
        missing = f"{len(found)} of {total}"
    raise ApiError(
        f"the list of agents stays incomplete: {missing} after {_READINGS} readings",
        hint="no plan is made from half a list; try again when no agent is created or removed",
    )


async def _one_reading(
    reader: "Reader", kind: Kind, parallelism: int
) -> tuple[dict[str, "Payload"], int]:
    from reconciler.transport.workers import each  # noqa: PLC0415 - asyncio takes long

    first = await reader.page(kind, 1, TAKE)
    size = len(first.items)
    pages = -(-first.total // size) if size else 1
    if pages > _MOST_PAGES:
        raise ApiError(f"the list claims {first.total} agents, {size} a page: that is not read")

    with progress.of("Reading agents", first.total) as advance:
        advance(size)

        async def read(number: int) -> "Page":
            page = await reader.page(kind, number, TAKE)
            advance(len(page.items))
            return page

        rest = await each(range(2, pages + 1), read, parallelism)
    found = {str(item.get("id")): item for page in (first, *rest) for item in page.items}
    return found, rest[-1].total if rest else first.total

"""Which live agent each file matches. Pure.

=============  ==============  =====================  =================================
pinned id      id in state     live agents of name    the file matches
=============  ==============  =====================  =================================
live           any             any                    the pinned agent
not live       any             any                    none: blocked
none           live            any                    the agent in the state
none           not live, none  exactly one            that agent, found by its name
none           not live, none  none                   a new agent
none           not live, none  several                none: an error that lists them
=============  ==============  =====================  =================================

``entries`` decides which state entry belongs to a file. An agent that another file holds by id is
not found by name, and no file creates an agent with the name of another file's agent. If state and
names contradict each other, the error lists both.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.engine.entries import Entry, entries
from reconciler.engine.names import look
from reconciler.errors import ConfigError, Problem, listed
from reconciler.late import dataclass
from reconciler.model import Desired, EnvironmentState, Live
from reconciler.schema.kind import Kind


@dataclass(frozen=True, kw_only=True)
class Match:
    """A file and its live agent; ``live`` is None if the agent has to be created.

    ``found_by`` is ``id``, ``state``, ``name`` or empty; ``lost`` is an id in the state that is not
    live any more; ``missing_pin`` is a pinned id that is not live.
    """

    desired: Desired
    live: Live | None = None
    found_by: str = ""
    lost: str = ""
    missing_pin: str = ""


def match(desired: Sequence[Desired], live: Sequence[Live], page: EnvironmentState) -> list[Match]:
    """Match each file with the live object of its kind, in the files' order.

    Raises ConfigError if two files match one agent, or one file may match several.
    """
    names = dict.fromkeys(item.kind.name for item in desired)
    problems: list[Problem] = []
    found: dict[str, Match] = {}
    for name in names:
        try:
            of_kind = [item for item in desired if item.kind.name == name]
            matches = _match(of_kind, *only(name, live, page))
        except ConfigError as error:
            problems += error.problems
        else:
            found |= {item.desired.key: item for item in matches}
    if problems:
        raise ConfigError(sorted(problems))
    return [found[item.key] for item in desired]


def only(
    kind: str, live: Sequence[Live], page: EnvironmentState
) -> tuple[list[Live], EnvironmentState]:
    """The live objects and state entries of one kind, by its name."""
    agents = {key: entry for key, entry in page.agents.items() if entry.kind.name == kind}
    same = len(agents) == len(page.agents)
    return [agent for agent in live if agent.kind.name == kind], (
        page if same else replace(page, agents=agents)
    )


def _match(desired: Sequence[Desired], live: Sequence[Live], page: EnvironmentState) -> list[Match]:
    """Match the files of one kind."""
    by_id = {agent.id: agent for agent in live}
    known = entries(desired, page, live)
    held = [_by_id(item, by_id, page, known[item.key]) for item in desired]
    claimed = {item.live.id for item in held if item.live}
    free: dict[str, list[Live]] = defaultdict(list)
    for agent in live:
        if agent.id not in claimed and agent.name:
            free[agent.name].append(agent)
    problems = list(_ambiguous(held, free))
    problems += (_rivals(item, page, known[item.key]) for item in desired if known[item.key].rivals)
    problems += _renamed_away(held, known, free)
    matches = [_by_name(item, free) for item in held]
    problems += _shared(matches)
    if problems:
        raise ConfigError(sorted(problems))
    return matches


def namesakes(strangers: Sequence[Live], matches: Sequence[Match]) -> dict[str, list[str]]:
    """The keys of managed agents whose names look like an unmanaged one's, by the latter's id."""
    keys: dict[str, dict[str, None]] = defaultdict(dict)
    for item in matches:
        live_name = item.live.name if item.live else ""
        for name in filter(None, (item.desired.name, live_name)):
            keys[look(name)][item.desired.key] = None
    found = {agent.id: keys.get(look(agent.name)) for agent in strangers if agent.name}
    return {agent_id: sorted(same) for agent_id, same in found.items() if same}


def _by_id(item: Desired, by_id: Mapping[str, Live], page: EnvironmentState, entry: Entry) -> Match:
    if item.id:
        live = by_id.get(item.id)
        return Match(desired=item, live=live, found_by="id", missing_pin="" if live else item.id)
    known = page.agents.get(entry.key)
    if known and known.id in by_id:
        return Match(desired=item, live=by_id[known.id], found_by="state")
    return Match(desired=item, lost=known.id if known else "")


def _by_name(item: Match, free: Mapping[str, list[Live]]) -> Match:
    namesakes = free.get(item.desired.name, [])
    if item.live or item.missing_pin or len(namesakes) != 1:
        return item
    return Match(desired=item.desired, live=namesakes[0], found_by="name", lost=item.lost)


def _ambiguous(held: Sequence[Match], free: Mapping[str, list[Live]]) -> list[Problem]:
    problems = []
    for item in held:
        name = item.desired.name
        namesakes = free.get(name, [])
        if not item.live and not item.missing_pin and len(namesakes) > 1:
            problems.append(
                Problem(
                    file=item.desired.file,
                    field=f"spec.{item.desired.kind.name_path}",
                    message=f"{len(namesakes)} live agents have this name",
                    found=listed(sorted(agent.id for agent in namesakes)),
                    hint="pin the one that is meant: `id: <one of them>`",
                )
            )
    return problems


def _rivals(item: Desired, page: EnvironmentState, entry: Entry) -> Problem:
    """The problem for a file whose key and name belong to different agents in the state."""
    keys = (*filter(None, (entry.key,)), *entry.rivals)
    found = ", ".join(f"{page.agents[key].id} as `{key}`" for key in keys)
    if entry.key:
        message = "the state has its key and its name as those of different agents"
    else:
        message = "the state has its name as that of an agent whose key another file has"
    return Problem(
        file=item.file,
        message=message,
        found=found,
        hint=f"write which one this file means: `id: {page.agents[keys[-1]].id}`, for example",
    )


def _renamed_away(
    held: Sequence[Match],
    known: Mapping[str, Entry],
    free: Mapping[str, list[Live]],
) -> list[Problem]:
    """Problems of renamed files whose state entry and live namesake are different agents."""
    problems = []
    for item in held:
        key = known[item.desired.key].key
        namesakes = free.get(item.desired.name, [])
        moved = item.found_by == "state" and key != item.desired.key and item.live
        if moved and item.live and item.live.name != item.desired.name and namesakes:
            ids = ", ".join(sorted(agent.id for agent in namesakes))
            problems.append(
                Problem(
                    file=item.desired.file,
                    field=f"spec.{item.desired.kind.name_path}",
                    message="the state has this name as one agent's, and live another one has it",
                    found=f"{item.live.id} as `{key}` in the state, {ids} live",
                    hint=f"pin the one that is meant: `id: {item.live.id}`, for example",
                )
            )
    return problems


def _shared(matches: Sequence[Match]) -> list[Problem]:
    """Problems of files that match one live agent, or would create a second agent of one name."""
    owners: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for item in matches:
        name = item.desired.name or (item.live.name if item.live else "")
        if item.live:
            owners["id", item.live.id].append(item)
        if name and not item.missing_pin:
            owners["name", str(name)].append(item)
    return [
        Problem(
            file=items[1].desired.file,
            message=f"{len(items)} files mean the same agent",
            found=listed(item.desired.file for item in items),
            hint=_apart(list(dict.fromkeys(item.desired.kind for item in items))),
        )
        for (kind, _), items in owners.items()
        if len(items) > 1 and (kind == "id" or not all(item.live for item in items))
    ]


def _apart(kinds: Sequence[Kind]) -> str:
    """The remedies for files that match one agent."""
    names = ", ".join(f"`{kind.name_path}` in {kind.api}" for kind in kinds)
    if len(kinds) == 1:
        return f"give them different names (`{kinds[0].name_path}`), or pin their ids"
    return (
        "an agent has one file, of one generation of the API: remove one of them; if these are two "
        f"agents, give them different names ({names}), or pin their ids"
    )

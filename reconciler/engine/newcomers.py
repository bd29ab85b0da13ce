"""Why creating an agent needs a person's decision: it may exist already. Pure.

====================================================  ===================  ====================
what is known                                         settled by a pin     or by an option
====================================================  ===================  ====================
the state has its agent, which is not live any more   another `id`         `--recreate`
another agent of the state has lost its file          `id`, `key`          `--create-anyway`
a live agent's name looks the same                    `id`                 `--create-anyway`
a live agent of another file has the same name        a name of its own    none
====================================================  ===================  ====================
"""

from collections.abc import Collection, Mapping, Sequence

from reconciler.engine import names
from reconciler.late import dataclass
from reconciler.model import EnvironmentState, Live


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which agents a plan covers, and what it may create.

    ``wanted`` are keys, None for all. ``recreate`` allows agents that are gone to be created again,
    ``create_anyway`` agents that may be duplicates.
    """

    wanted: Collection[str] | None = None
    recreate: bool = False
    create_anyway: bool = False


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A live agent of the state that no file matches any more. ``key`` is the state's."""

    key: str
    live: Live
    digests: Mapping[str, str]


def lost(page: EnvironmentState, live: Sequence[Live], claimed: frozenset[str]) -> list[Lost]:
    """The live agents of the state that no file matches any more."""
    agents = {agent.id: agent for agent in live if agent.id not in claimed}
    return [
        Lost(key=key, live=agents[entry.id], digests=entry.digests)
        for key, entry in page.agents.items()
        if entry.id in agents
    ]


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """A file without a live agent: its ``name``, digests of its leaves, and the id it had."""

    name: str
    digests: Mapping[str, str]
    gone: str = ""
    """Its id in the state, which is not live any more."""


def objection(
    new: Newcomer,
    lost_files: Sequence[Lost],
    live: Sequence[Live],
    keys: frozenset[str],
    choice: Choice,
) -> str:
    """Why an agent is not created; empty if it may be. ``keys`` are those of the files."""
    if new.gone and not choice.recreate:
        return (
            f"the agent that the state knows, {new.gone}, is not live any more: --recreate makes "
            "a new one; or pin another `id`, or remove the file"
        )
    alike = names.alike(new.name, live)
    very = [agent for agent in alike if agent.name == new.name]
    if very:
        return (
            f"{names.told(very)} has this very name and belongs to another file: "
            "give one of the two another name"
        )
    if choice.create_anyway:
        return ""
    if alike:
        return _twin(new, alike)
    return _renamed(new, lost_files, keys) if lost_files and not new.gone else ""


def _twin(new: Newcomer, alike: Sequence[Live]) -> str:
    ways = dict.fromkeys(names.differing(new.name, agent.name) for agent in alike)
    said = (
        "a live agent has a name that looks like"
        if len(alike) == 1
        else "live agents have names that look like"
    )
    return (
        f"{said} “{names.shown(new.name)}”: {names.told(alike)}, {'; '.join(ways)}. "
        f"If it is the same agent, write `id: {alike[0].id}`; if not, --create-anyway makes another"
    )


def _renamed(new: Newcomer, lost_files: Sequence[Lost], keys: frozenset[str]) -> str:
    """Say which agents lost their files: the new file may be one of them, renamed."""
    best = sorted(lost_files, key=lambda one: (-_shared(new, one), one.key))
    said = ", ".join(
        f"`{one.key}` (“{names.shown(one.live.name)}”, {one.live.id})" for one in best[:3]
    )
    more = f" and {len(best) - 3} more" if len(best) > 3 else ""
    first = best[0]
    key = "" if first.key in keys else f"`key: {first.key}` or "
    return (
        f"it would be created, while {said}{more} lost {_files(best)}: if this is the same agent, "
        f"renamed, write {key}`id: {first.live.id}`; if not, --create-anyway makes a new one"
    )


def _files(lost_files: Sequence[Lost]) -> str:
    return "its file" if len(lost_files) == 1 else "their files"


def _shared(new: Newcomer, other: Lost) -> int:
    """How many declared values were last applied to the other agent."""
    return sum(other.digests.get(path) == found for path, found in new.digests.items())

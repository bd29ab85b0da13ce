"""What the jobs ask of state files, on stdout; one that cannot be read is named, with exit code 1.

``states.py commits STATE ENVIRONMENT``: the commits that are live, one a line: those that the
agents' entries of an environment name; of all where it is empty.

``states.py merge BASE OURS THEIRS ENVIRONMENT``: a three-way merge. What this run changed since
BASE wins, but not over an agent that was applied later; the rest is THEIRS. With an ENVIRONMENT,
its page alone is taken of OURS; an empty one means all pages. An agent's entry is taken whole, for
its digests belong together; so is a page whose salt differs, for its digests depend on it.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FORMAT = "2.0"

Merge = Callable[[Any, Any, Any], Any]


class DamagedError(Exception):
    """A file that is no state; the message says which, and why."""


def loaded(name: str) -> dict[str, Any]:
    """The state of a file. Raises DamagedError where its structure is not that of one."""
    path = Path(name)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        pages = {name: _newest(one) for name, one in found.get("environments", {}).items()}
        entries = [one for page in pages.values() for one in page["objects"].values()]
        good = all(isinstance(one, dict) for one in [*pages.values(), *entries])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{path.name} is not what reconciler writes") from error
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read: {error.strerror}") from error
    if not good:
        raise DamagedError(f"{path.name} is not what reconciler writes")
    return {**found, "environments": pages, "format_version": FORMAT} if pages else found


def _newest(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A page as format 2.0 has it: 1.x kept agents by their keys, and knew no other object."""
    page = dict(stored)
    if "objects" not in page:
        agents = page.pop("agents")
        page["objects"] = {f"agent/{key}": {**one, "api": "v1"} for key, one in agents.items()}
    return page


def commits(state: Mapping[str, Any], environment: str) -> list[str]:
    """The commits, without the ``+`` of files that were edited besides."""
    pages = state.get("environments", {})
    chosen = [page for name, page in pages.items() if environment in ("", name)]
    named = [str(one.get("commit", "")) for page in chosen for one in page["objects"].values()]
    return sorted({one.removesuffix("+") for one in named} - {""})


def whole(base: Any, ours: Any, theirs: Any) -> Any:
    """The side that moved, ours where both did; None stands for an absent value."""
    return theirs if ours == base else ours


def latest(base: Any, ours: Any, theirs: Any) -> Any:
    """The same for an agent's entry; where both moved, the one that was applied last."""
    times = [(one or {}).get("applied_at") for one in (ours, theirs)]
    if base not in (ours, theirs) and all(isinstance(one, str) for one in times):
        return ours if times[0] >= times[1] else theirs
    return whole(base, ours, theirs)


def each(merge: Merge) -> Merge:
    """A merge of mappings, each of their items by ``merge``."""

    def merged(base: Any, ours: Any, theirs: Any) -> Any:
        sides = [side or {} for side in (base, ours, theirs)]
        keys = sorted({key for side in sides for key in side})
        found = {key: merge(*(side.get(key) for side in sides)) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    return merged


def page(base: Any, ours: Any, theirs: Any) -> Any:
    """The merged page of an environment."""
    both = base not in (ours, theirs) and ours and theirs
    if not (both and ours.get("salt") == theirs.get("salt")):
        return whole(base, ours, theirs)
    rest = each(whole)(base, ours, theirs)
    return {**rest, "objects": each(latest)(_objects(base), ours["objects"], theirs["objects"])}


def _objects(one: Any) -> Any:
    return (one or {}).get("objects")


def merge(base: Any, ours: Any, theirs: Any) -> Any:
    """The merged state."""
    rest = each(whole)(base, ours, theirs)
    pages = each(page)(*(side.get("environments") for side in (base, ours, theirs)))
    return {**rest, "environments": pages} if "environments" in rest else rest


def of_one(environment: str, base: Any, ours: Any) -> Any:
    """Our state as if we had changed the page of one environment alone."""
    found = ours.get("environments", {}).get(environment)
    pages = {**base.get("environments", {}), environment: found}
    return {**ours, "environments": {name: one for name, one in pages.items() if one is not None}}


def main(verb: str, *words: str) -> str:
    """What to print."""
    *names, environment = words
    states = [loaded(name) for name in names]
    if verb == "commits":
        return "".join(f"{commit}\n" for commit in commits(states[0], environment))
    base, ours, theirs = states
    ours = of_one(environment, base, ours) if environment else ours
    return json.dumps(merge(base, ours, theirs), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(main(*sys.argv[1:]))
    except DamagedError as damaged:
        sys.exit(f"::error title=reconciler::{damaged}")

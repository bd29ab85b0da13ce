"""The counts of a result as ``KEY=value`` lines, for a shell and for GitLab's dotenv. Pure.

Every key is in every result, so that a script under ``set -u`` can read it: counts that a result
does not have are 0, ``false`` or empty. Values contain only letters, digits and ``:._-``, so that
no shell interprets them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.model import Cause, Status, Verb

_HARMLESS = pattern(r"[A-Za-z0-9:._-]*")
_WRITTEN = (Status.DONE, Status.DIVERGED)
_DECLINED = (Status.REFUSED, Status.STALE)
_LIVE_MOVED = (Cause.DRIFT, Cause.CONFLICT, Cause.EDITED_SINCE)


def dotenv(document: Mapping[str, Json]) -> str:
    """The lines for a JSON document of a plan, an apply, an audit, or a run that stopped.

    ``HAS_CHANGES``: whether an apply has anything to do, if only to record an agent in the state.
    ``CHANGES`` are agents to write; after an apply, agents that were written. ``DRIFTED`` are
    agents that changed live. ``REFUSED`` are policies that reject a plan, or agents that an apply
    refused. ``UNCOMPARED`` are agents of a plan with secrets that are not set here. For plans for
    several environments the counts are sums, and there is no common digest; for a fleet they are
    sums too, and the digest is the fleet's.
    """
    kinds = Counter(_kinds(document))
    changes = kinds[Verb.CREATE] + kinds[Verb.UPDATE]
    planned = "actions" in document or "plans" in document or document.get("command") == "plan"
    pending = kinds[Verb.RECORD] if planned else 0
    violations = [one for one in _items(document, "violations") if not _told_above(document, one)]
    refused = len(violations) + sum(map(_refused, _items(document, "outcomes")))
    values = {
        "HAS_CHANGES": "true" if changes or pending else "false",
        "CHANGES": changes,
        "CREATES": kinds[Verb.CREATE],
        "UPDATES": kinds[Verb.UPDATE],
        "BLOCKED": kinds[Verb.BLOCKED],
        "REFUSED": refused,
        "UNCOMPARED": sum(bool(one.get("uncompared")) for one in _items(document, "actions")),
        "DRIFTED": sum(map(_moved, (*_items(document, "agents"), *_items(document, "actions")))),
        "PLAN_DIGEST": _harmless(document.get("digest", "")),
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _kinds(document: Mapping[str, Json]) -> Iterator[str]:
    """The verb of each agent: planned, or done if it was applied."""
    yield from (item["action"] for item in _items(document, "actions"))
    for item in _items(document, "outcomes"):
        if item["status"] in _WRITTEN or item["action"] == Verb.BLOCKED:
            yield item["action"]


def _refused(outcome: Mapping[str, Json]) -> bool:
    """Whether an apply refused an agent; a blocked one is counted as blocked."""
    return outcome["status"] in _DECLINED and outcome["action"] != Verb.BLOCKED


def _told_above(document: Mapping[str, Json], violation: Mapping[str, Json]) -> bool:
    """Whether a page's violation is among those of its fleet."""
    own = document.get("violations", ())
    return "pages" in document and violation["rule"].startswith("fleet.") and violation not in own


def _moved(item: Mapping[str, Json]) -> bool:
    """Whether an agent of an audit or of a plan was edited outside since the last apply."""
    changes = (change["cause"] in _LIVE_MOVED for change in item.get("changes", ()))
    return bool(item.get("drift") or item.get("undeclared") or item.get("vanished") or any(changes))


def _items(document: Mapping[str, Json], name: str) -> Sequence[Mapping[str, Json]]:
    """The entries of a list, or those of each plan or page if the document has several."""
    pages = (page["result"] for page in document.get("pages", ()) if page["result"])
    parts = (document, *document.get("plans", ()), *pages)
    return [item for one in parts for item in one.get(name, ())]


def _harmless(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else ""

"""What the state keeps of an agent after a write, or after its live edits were pulled. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from reconciler.engine import diff, undeclared
from reconciler.model import Applied, Live, Outcome, Stamp
from reconciler.schema import digest

T = TypeVar("T")


def remembered(outcome: Outcome, before: Applied | None, stamp: Stamp) -> Applied:
    """The state's entry after an outcome.

    What reads back in another form than it was sent is kept with both digests. What reads back as
    another value is not kept as applied, nor is what the same write sent and nobody can read
    back: it may have been ignored whole. A field keeps the stamp of the apply that gave it its
    value, until it is written again.
    """
    action = outcome.action
    otherwise = {item.path for item in outcome.differences if item.sent and not item.form}
    if otherwise:
        otherwise.update(outcome.unchecked)
    digests = {path: d for path, d in action.digests.items() if path not in otherwise}
    kept = before if before and before.id == outcome.id else None
    # Where a secret may be live, that a secret is there stays known; not which one.
    secret = {p for p, d in (before.digests if before else {}).items() if digest.is_keyed(d)}
    secret |= {path for path, found in action.digests.items() if digest.is_keyed(found)}
    digests |= dict.fromkeys(sorted(secret & otherwise), digest.UNKNOWN_SECRET)
    written = {change.path for change in action.changes}
    return Applied(
        kind=action.kind,
        id=outcome.id or "",
        digests=digests,
        applied_at=stamp.at,
        commit=stamp.commit,
        since={
            path: stamp if path in written else _since(kept, path, digests[path], stamp)
            for path in digests
        },
        place=action.place,
        stored={**_still_stored(outcome, kept), **_stored(outcome)},
        undeclared=_undeclared(outcome, {*digests, *action.declared}, kept),
    )


def _stored(outcome: Outcome) -> dict[str, str]:
    """What the API made of the leaves that it stored in another form."""
    proven = (item for item in outcome.differences if item.sent and item.form)
    kind = outcome.action.kind
    return {p.path: diff.seen(kind[p.path], p.found) for p in proven if kind[p.path].fact.shown}


def _still_stored(outcome: Outcome, known: Applied | None) -> dict[str, str]:
    """What is known of leaves that are what they were when they were sent."""
    if known is None:
        return {}
    fields = outcome.after.fields if outcome.after else {}
    return {
        path: one
        for path, one in known.stored.items()
        if path in known.digests and outcome.action.digests.get(path) == known.digests[path]
        if outcome.after is None
        or (path in fields and diff.seen(known.kind[path], fields[path]) == one)
    }


def _undeclared(
    outcome: Outcome, declared: Collection[str], known: Applied | None
) -> Mapping[str, str] | None:
    """What no file names, as it was read back; as before where nothing was read back."""
    if outcome.after is None:
        return known.undeclared if known else None
    return undeclared.learned(declared, outcome.after, known, outcome.before)


def _since(before: Applied | None, path: str, found: str, stamp: Stamp) -> Stamp:
    if before and before.digests.get(path) == found:
        return before.stamp(path)
    return stamp


def pulled(
    before: Applied,
    digests: Mapping[str, str],
    at: str,
    live: Live,
    declared: Collection[str],
) -> Applied:
    """The state's entry after these live values were taken into the files, by no commit yet.

    What no file names and moved stays remembered as it was: it was not taken.
    """
    stamps = dict.fromkeys(digests, Stamp(at=at))
    return replace(
        before,
        digests={**before.digests, **digests},
        since={**before.since, **stamps},
        stored={path: one for path, one in before.stored.items() if path not in digests},
        undeclared=undeclared.learned({*declared, *digests}, live, before),
    )


def without(before: Applied, path: str) -> Applied:
    """The entry of an agent whose file does not name a leaf any more."""

    def others(found: Mapping[str, T]) -> dict[str, T]:
        return {name: one for name, one in found.items() if name != path}

    return replace(
        before,
        digests=others(before.digests),
        since=others(before.since),
        stored=others(before.stored),
    )


def accepted(before: Applied, live: Live, declared: Collection[str]) -> Applied:
    """The state's entry after what is live was accepted where no file names it.

    What the files name stays as it is remembered, so that its drift stays drift.
    """
    kept = {p: one for p, one in before.digests.items() if p in declared or digest.is_keyed(one)}
    return replace(
        before,
        digests=kept,
        since={path: stamp for path, stamp in before.since.items() if path in kept},
        stored={path: one for path, one in before.stored.items() if path in kept},
        undeclared={
            **{p: one for p, one in (before.undeclared or {}).items() if p in declared},
            **undeclared.learned({*declared, *kept}, live, None),
        },
    )

"""The state's entry of an agent after a write or a pull. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from reconciler.engine import diff, undeclared
from reconciler.model import Applied, Live, Outcome, Stamp
from reconciler.schema import digest

T = TypeVar("T")


def remembered(outcome: Outcome, before: Applied | None, stamp: Stamp) -> Applied:
    """The state's entry after an outcome.

    If a value reads back in another form, both digests are kept. If it reads back as another value,
    it is not recorded as applied, nor is anything unreadable that the same write sent: the API may
    have ignored all of it. A field keeps the stamp of the apply that set its value until it is
    written again.
    """
    action = outcome.action
    otherwise = {item.path for item in outcome.differences if item.sent and not item.form}
    if otherwise:
        otherwise.update(outcome.unchecked)
    digests = {path: d for path, d in action.digests.items() if path not in otherwise}
    kept = before if before and before.id == outcome.id else None
    # If a secret may be live, the state keeps that there is one, but not which.
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
    """Digests of the forms in which the API stored leaves differently."""
    proven = (item for item in outcome.differences if item.sent and item.form)
    kind = outcome.action.kind
    return {p.path: diff.seen(kind[p.path], p.found) for p in proven if kind[p.path].fact.shown}


def _still_stored(outcome: Outcome, known: Applied | None) -> dict[str, str]:
    """The stored forms of leaves that have not changed since they were sent."""
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
    """Digests of undeclared leaves as read back; the earlier ones if nothing was read back."""
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
    """The state's entry after these live values were pulled into the files, without a commit yet.

    Undeclared leaves that changed keep their digests: they were not pulled.
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
    """The entry of an agent whose file no longer names this leaf."""

    def others(found: Mapping[str, T]) -> dict[str, T]:
        return {name: one for name, one in found.items() if name != path}

    return replace(
        before,
        digests=others(before.digests),
        since=others(before.since),
        stored=others(before.stored),
    )


def accepted(before: Applied, live: Live, declared: Collection[str]) -> Applied:
    """The state's entry after undeclared live values were accepted.

    Declared leaves keep their digests, so that their drift is still reported.
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

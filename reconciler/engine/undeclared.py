"""What an agent shows and no file names: remembered in short, and compared with what is live. Pure.

==============================  ==========  =========================================
remembered                      live        the leaf
==============================  ==========  =========================================
a digest                        the same    is as it was
a digest                        another     moved
a digest, not that of null      not shown   moved: it is not shown any more
nothing                         shown       is not known yet: no apply has seen it
==============================  ==========  =========================================

What may be a secret is never digested: of a sensitive leaf it is remembered whether it is set. A
leaf in which a secret was applied (a keyed digest) is not compared.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from reconciler.engine import diff
from reconciler.model import Applied, Cause, Change, Desired, Live
from reconciler.schema import digest, paths
from reconciler.schema.kind import Kind
from reconciler.schema.table import Impact

SET, UNSET = "+", "-"
"""What is remembered of a sensitive leaf. ``-`` is also the digest of null."""

_FIXED = frozenset({"id", "projectId"})
"""What of a response never moves."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What no file names of one live agent: leaves that ``moved``, and paths not known yet."""

    moved: tuple[Change, ...] = ()
    unknown: tuple[str, ...] = ()


def shown(live: Live, besides: Collection[str] = ()) -> dict[str, str]:
    """A short digest of everything that an agent shows, by request path or unknown key.

    ``besides`` are fields of which none is needed.
    """
    found = {path: digest.short(one) for path, one in live.rest.items() if path not in _FIXED}
    found |= {path: SET if held else UNSET for path, held in live.secrets.items()}
    fields = ((path, value) for path, value in live.fields.items() if path not in besides)
    found |= {path: digest.short(diff.seen(live.kind[path], value)) for path, value in fields}
    return found


def _undeclared(live: Live, declared: Collection[str]) -> dict[str, str]:
    """What an agent shows, without what the files name: that is compared by its value.

    In keyed lists both are needed, to see which items come and go.
    """
    return shown(live, () if live.kind.keyed else declared)


def remembered(known: Applied | None) -> dict[str, str]:
    """What is known of every leaf, declared or not, in short; nothing of what held a secret."""
    if known is None:
        return {}
    applied = {**known.digests, **known.stored}
    found = {p: digest.short(one) for p, one in applied.items() if not digest.is_keyed(one)}
    found |= dict(known.undeclared or {})
    secret = _secret(known)
    return {path: one for path, one in found.items() if path not in secret}


def learned(
    declared: Collection[str],
    live: Live,
    before: Applied | None,
    unmoved: Live | None = None,
) -> dict[str, str]:
    """What to remember of the undeclared leaves of an agent that was read back.

    What had moved before this write stays remembered as it was, so that no write of another leaf
    hides it: ``unmoved`` is the agent as it was read right before.
    """
    known, now = remembered(before), shown(unmoved or live)
    earlier = {*_moved(known, before, now)}
    found = {**shown(live), **{path: known[path] for path in earlier}}
    left_out = {*declared, *_secret(before), *_come(known, now, before, declared)}
    return {path: one for path, one in found.items() if path not in left_out}


def _secret(known: Applied | None) -> set[str]:
    """The leaves in which a secret was applied and that the API shows in clear."""
    if known is None:
        return set()
    keyed = {path for path, one in known.digests.items() if digest.is_keyed(one)}
    return {path for path in keyed if path in known.kind and not known.kind[path].fact.sensitive}


def _come(
    then: Mapping[str, str],
    now: Mapping[str, str],
    known: Applied | None,
    declared: Collection[str],
) -> list[str]:
    """The leaves of items that were not there: of lists that are remembered and no file declares.

    What a write added to a declared list is no such leaf.
    """
    if known is None or not known.kind.keyed:
        return []
    items = {path: inside for path in now if (inside := [*paths.lists(path)])}
    return [
        path
        for path, inside in items.items()
        if (order := inside[-1][0] + paths.ORDER) in then and order not in declared
        if not any(paths.covers(paths.item(*inside[-1]), one) for one in then)
    ]


def _moved(then: Mapping[str, str], known: Applied | None, now: Mapping[str, str]) -> list[str]:
    """The leaves that are not as they are remembered.

    One that is not shown moved only if it was shown once: others were sent, and cannot be read.
    """
    seen = {*(known.undeclared or {})} if known else set()
    return [p for p, one in then.items() if (p in now or p in seen) and now.get(p, UNSET) != one]


def compared(desired: Desired, live: Live, known: Applied | None) -> Seen:
    """What no file names and moved since it was remembered, in the table's order."""
    then, now = remembered(known), _undeclared(live, desired.fields)
    left_out = {*desired.fields, *_secret(known), *_told(desired, live, {**then, **now})}
    come = _come(then, now, known, desired.fields)
    moved = [path for path in (*_moved(then, known, now), *come) if path not in left_out]
    unknown = now.keys() - then.keys() - left_out - {*come}
    return Seen(
        moved=tuple(_change(path, live) for path in _ordered(desired.kind, moved)),
        unknown=tuple(_ordered(desired.kind, unknown)),
    )


def _told(desired: Desired, live: Live, found: Collection[str]) -> Iterator[str]:
    """The leaves of items that come or go with a declared list: told by its own changes."""
    for path in found if desired.kind.keyed else ():
        there = (paths.is_there(path, fields) for fields in (desired.fields, live.fields))
        orders = (one + paths.ORDER for one, _ in paths.lists(path))
        if any(one in desired.fields for one in orders) and not all(there):
            yield path


def differs(declared: Collection[str], live: Live, known: Applied | None) -> bool:
    """Whether what is remembered, and not declared, is not as it was or is not shown."""
    moved = _moved(remembered(known), known, _undeclared(live, declared))
    return any(path not in declared for path in moved)


def _ordered(kind: Kind, found: Collection[str]) -> Iterator[str]:
    yield from kind.ordered(found)
    yield from sorted(path for path in found if path not in kind)


def _change(path: str, live: Live) -> Change:
    """A leaf that moved live. What it was is not kept; of an unknown key nor is what it is."""
    field = live.kind.find(path)
    return Change(
        path=path,
        after=live.fields.get(path),
        cause=Cause.DRIFT,
        impact=field.fact.impact if field else Impact.SILENT,
        readable=path in live.fields,
        sensitive=path in live.secrets or bool(field and field.fact.sensitive),
        unit=field.fact.unit if field else "",
        prose=bool(field and field.fact.prose),
    )

"""Live leaves that no file names: remembered as short digests and compared. Pure.

==============================  ==========  =========================================
remembered                      live        the leaf
==============================  ==========  =========================================
a digest                        the same    has not changed
a digest                        another     has changed
a digest, not that of null      not shown   has changed: it is not shown any more
nothing                         shown       is not known yet: no apply has seen it
==============================  ==========  =========================================

Possible secrets are never digested: for a sensitive leaf only set or unset is remembered. A leaf in
which a secret was applied (a keyed digest) is not compared.
"""

from collections.abc import Collection, Iterator, Mapping

from reconciler.engine import diff
from reconciler.late import dataclass
from reconciler.model import Applied, Cause, Change, Desired, Live
from reconciler.schema import digest, paths
from reconciler.schema.kind import Kind
from reconciler.schema.table import Impact

SET, UNSET = "+", "-"
"""The record of a sensitive leaf. ``-`` is also the digest of null."""

_FIXED = frozenset({"id", "projectId"})
"""Keys of a response that never change."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Undeclared leaves of one live agent: those that ``moved``, and paths not known yet."""

    moved: tuple[Change, ...] = ()
    unknown: tuple[str, ...] = ()


def shown(live: Live, besides: Collection[str] = ()) -> dict[str, str]:
    """A short digest of everything that an agent shows, by request path or unknown key.

    ``besides`` are fields to leave out.
    """
    found = {path: digest.short(one) for path, one in live.rest.items() if path not in _FIXED}
    found |= {path: SET if held else UNSET for path, held in live.secrets.items()}
    fields = ((path, value) for path, value in live.fields.items() if path not in besides)
    found |= {path: digest.short(diff.seen(live.kind[path], value)) for path, value in fields}
    return found


def remembered(known: Applied | None, besides: Collection[str] = ()) -> dict[str, str]:
    """Short digests of every remembered leaf, declared or not, as ``shown`` makes them.

    None of leaves that held a secret.
    """
    if known is None:
        return {}
    applied = {**known.digests, **known.stored}
    found = {
        path: digest.short(one)
        for path, one in applied.items()
        if path not in besides and not digest.is_keyed(one)
    }
    found |= known.undeclared or {}
    for path in _secret(known):
        found.pop(path, None)
    return found


def _sides(
    declared: Collection[str], live: Live, known: Applied | None
) -> tuple[dict[str, str], dict[str, str]]:
    """What is remembered and what is shown, without declared fields: these are compared by value.

    In keyed lists their paths are needed, to see which items were added and removed.
    """
    if not live.kind.keyed:
        return remembered(known, declared), shown(live, declared)
    held = dict.fromkeys((path for path in declared if path in live.fields), "")
    return remembered(known), shown(live, declared) | held


def learned(
    declared: Collection[str],
    live: Live,
    before: Applied | None,
    unmoved: Live | None = None,
) -> dict[str, str]:
    """What to remember of the undeclared leaves of an agent that was read back.

    Leaves that had changed before this write keep their old digests, so that a write of another
    leaf does not hide the change: ``unmoved`` is the agent as read right before.
    """
    known, now = remembered(before), shown(unmoved or live)
    earlier = {*_moved(known, before, now)}
    found = {**shown(live), **{path: known[path] for path in earlier}}
    left_out = {*declared, *_secret(before), *_come(known, now, before, declared)}
    return {path: one for path, one in found.items() if path not in left_out}


def _secret(known: Applied | None) -> set[str]:
    """The leaves in which a secret was applied and that the API shows in plain text."""
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
    """Leaves of items that were added to lists which are remembered and not declared.

    Excludes what a write added to a declared list.
    """
    if known is None or not known.kind.keyed:
        return []
    inside = {path: lists[-1] for path in now if (lists := paths.lists(path))}
    before = {one for path in then for one in paths.lists(path)}
    return [
        path
        for path, item in inside.items()
        if (order := item[0] + paths.ORDER) in then and order not in declared
        if item not in before
    ]


def _moved(then: Mapping[str, str], known: Applied | None, now: Mapping[str, str]) -> list[str]:
    """The leaves that differ from what is remembered.

    A leaf that is not shown counts only if it was shown once: others were sent and cannot be read.
    """
    seen = {*(known.undeclared or {})} if known else set()
    return [p for p, one in then.items() if (p in now or p in seen) and now.get(p, UNSET) != one]


def compared(desired: Desired, live: Live, known: Applied | None) -> Seen:
    """The undeclared leaves that changed since they were remembered, in the table's order."""
    then, now = _sides(desired.fields, live, known)
    left_out = {*desired.fields, *_secret(known), *_told(desired, live, then, now)}
    come = _come(then, now, known, desired.fields)
    moved = [path for path in (*_moved(then, known, now), *come) if path not in left_out]
    unknown = now.keys() - then.keys() - left_out - {*come}
    return Seen(
        moved=tuple(_change(path, live) for path in _ordered(desired.kind, moved)),
        unknown=tuple(_ordered(desired.kind, unknown)),
    )


def _told(
    desired: Desired, live: Live, then: Collection[str], now: Collection[str]
) -> Iterator[str]:
    """Leaves of items that a declared list adds or removes; its own changes show them."""
    for path in (*then, *now) if desired.kind.keyed else ():
        there = (paths.is_there(path, fields) for fields in (desired.fields, live.fields))
        lists = paths.lists(path)
        if any(one + paths.ORDER in desired.fields for one, _ in lists) and not all(there):
            yield path


def differs(declared: Collection[str], live: Live, known: Applied | None) -> bool:
    """Whether an undeclared leaf differs from what is remembered, or is not shown any more."""
    then, now = _sides(declared, live, known)
    return any(path not in declared for path in _moved(then, known, now))


def _ordered(kind: Kind, found: Collection[str]) -> Iterator[str]:
    yield from kind.ordered(found)
    yield from sorted(path for path in found if path not in kind)


def _change(path: str, live: Live) -> Change:
    """A leaf that changed live, without its old value; an unknown key without its new value too."""
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

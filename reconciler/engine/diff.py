"""Differences between two agents, leaf by leaf, and inside one leaf. Pure.

Equality is ``==`` on canonical values; deepdiff runs only on values that differ, because it is
about 800 times slower on an equal pair.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler import jsonvalues
from reconciler.engine import items, stored
from reconciler.jsonvalues import MISSING, SCALARS, Fields, Json, Secret, leaves
from reconciler.late import dataclass
from reconciler.model import (
    ADDED,
    REMOVED,
    Applied,
    Cause,
    Change,
    Desired,
    Live,
    Uncompared,
)
from reconciler.schema import digest, paths, secrecy, wire
from reconciler.schema.kind import Kind
from reconciler.schema.table import Field

AppliedValue = Callable[[str, str], Json]
"""Look up the last applied value by agent id and path; ``MISSING`` if it is no longer known."""


Reported = Callable[[Kind, str], bool]
"""Whether to report a change of a path that no file names, by kind and path."""


def forgotten(_agent_id: str, _path: str) -> Json:
    """An `AppliedValue` for when only digests are known."""
    return MISSING


def everything(_kind: Kind, _path: str) -> bool:
    """A `Reported` that reports every change."""
    return True


def differences(desired: Desired, live: Live, applied: Applied | None, salt: str) -> list[Change]:
    """List the declared leaves whose live value differs, or may differ, from the desired one.

    Includes the live leaves of items that a declared list does not have. Both sides must be
    :func:`aligned <reconciler.engine.items.aligned>`.
    """
    changes = []
    known = _known(applied)
    for path in desired.fields:
        if paths.is_there(path, live.fields):
            change = _change(desired.kind[path], desired, live, applied, salt)
        else:
            change = _added(desired.kind[path], desired, applied, known, salt)
        if change:
            changes.append(change)
    gone = items.removed(desired, live)
    return changes + [_removed(desired.kind[path], live, known) for path in gone]


def _added(
    field: Field, desired: Desired, applied: Applied | None, known: items.Known, salt: str
) -> Change | None:
    """The change for a leaf of an item that is not live.

    None unless the item's list is declared.
    """
    order = next(f"{one}{paths.ORDER}" for one, _ in paths.lists(field.path))
    if order not in desired.fields:
        return None
    value = desired.fields[field.path]
    found = fingerprint(desired, field, salt, applied.place if applied else "")
    still = digest.moved(known.digests.get(field.path), found) is not digest.Moved.YES
    hidden = sensitive(field, value)
    return Change(
        path=field.path,
        after=None if hidden else value,
        cause=items.cause(field.path, known, as_known=still, added=True),
        impact=field.fact.impact,
        sensitive=hidden,
        readable=not hidden,
        unset=unset(value),
        unit=field.fact.unit,
        prose=field.fact.prose,
        item=ADDED,
    )


def _removed(field: Field, live: Live, known: items.Known) -> Change:
    """The change for a live leaf of an item that the files do not have."""
    value, then = live.fields.get(field.path), known.digests.get(field.path, "")
    hidden = field.path not in live.fields or held_secret(field, then)
    still = digest.is_keyed(then) or digest.agree(then, seen(field, value))
    return Change(
        path=field.path,
        before=None if hidden else value,
        cause=items.cause(
            field.path,
            known,
            as_known=hidden or still,
            added=False,
            whole=not hidden and known.whole,
        ),
        impact=field.fact.impact,
        sensitive=hidden,
        readable=not hidden,
        unit=field.fact.unit,
        prose=field.fact.prose,
        item=REMOVED,
    )


def _known(applied: Applied | None) -> items.Known:
    """All remembered digests of an agent; those of undeclared leaves are shortened."""
    if applied is None:
        return items.Known({})
    digests = {**(applied.undeclared or {}), **applied.digests}
    return items.Known(digests, whole=applied.undeclared is not None)


def additions(kind: Kind, fields: Fields) -> list[Change]:
    """List every declared leaf of an agent that does not exist yet."""
    return [
        Change(
            path=path,
            after=None if sensitive(kind[path], value) else value,
            cause=Cause.EDIT,
            impact=kind[path].fact.impact,
            sensitive=sensitive(kind[path], value),
            unset=unset(value),
            unit=kind[path].fact.unit,
            prose=kind[path].fact.prose,
        )
        for path, value in fields.items()
    ]


def _change(
    field: Field, desired: Desired, live: Live, applied: Applied | None, salt: str
) -> Change | None:
    value, place = desired.fields[field.path], (applied.place if applied else "") or desired.key
    hidden = sensitive(field, value)
    readable = live.reads(field.path) and not hidden
    current = live.fields.get(field.path)
    if readable and wire.same(field, value, current):
        return None
    desired_digest = kept(place, field, value, salt)
    applied_whole = _whole(field, applied)
    if not hidden and _holds_unread(field, live) and not digest.is_keyed(applied_whole):
        return _replaced(field, cause(applied_whole, desired_digest, _UNREAD))
    if readable and applied and kept_otherwise(field, applied, desired_digest, current):
        return None
    applied_digest = last_digest_of(field, applied) if readable else applied_whole
    moved = digest.moved(applied_digest, desired_digest)
    if not readable and moved in (digest.Moved.NO, digest.Moved.UNTOLD):
        return None
    if readable and held_secret(field, applied_digest):
        # This leaf held a secret when it was last applied: the live value may still be that secret.
        readable, hidden = False, True
    return Change(
        path=field.path,
        before=current if readable else None,
        after=None if hidden else value,
        cause=cause(
            applied_digest,
            desired_digest,
            _live(field, applied, current, kept(place, field, current, salt)) if readable else None,
        ),
        impact=field.fact.impact,
        readable=readable,
        sensitive=hidden,
        unset=unset(value),
        secret_only=not readable
        and moved is digest.Moved.SECRET
        and (isinstance(value, Secret) or digest.has_reference(applied_digest)),
        unit=field.fact.unit,
        prose=field.fact.prose,
    )


_UNREAD = "not read"
"""In place of a digest of a possible secret: it is equal to no other digest."""


def _holds_unread(field: Field, live: Live) -> bool:
    """Whether a map that people may read has a possible secret live, which is not read."""
    return field.fact.guarded and bool(live.secrets.get(field.path))


def _replaced(field: Field, why: Cause) -> Change:
    """A change from a possible secret that certainly differs from the file's value."""
    return Change(path=field.path, cause=why, impact=field.fact.impact, sensitive=True)


def uncompared(desired: Desired, applied: Applied | None, salt: str) -> list[Uncompared]:
    """List the declared leaves with secrets that this machine cannot compare."""
    digests = applied.digests if applied else {}
    place = applied.place if applied else ""
    return [
        Uncompared(path=path, impact=desired.kind[path].fact.impact, secrets=unset(value))
        for path, value in desired.fields.items()
        if unset(value)
        and digest.moved(digests.get(path), fingerprint(desired, desired.kind[path], salt, place))
        is digest.Moved.UNTOLD
    ]


def unset(value: Json) -> tuple[str, ...]:
    """The names of the secrets in a value that have no value here."""
    if type(value) in SCALARS:
        return ()
    names = (leaf.name for leaf in leaves(value) if isinstance(leaf, Secret) and not leaf.value)
    return tuple(dict.fromkeys(names))


def kept_otherwise(field: Field, applied: Applied, desired_digest: str, live: Json) -> bool:
    """Whether the API stores a different form of this leaf, the same one as after it was sent."""
    sent = applied.digests.get(field.path) == desired_digest
    return sent and applied.stored.get(field.path) == seen(field, live)


def _live(field: Field, applied: Applied | None, current: Json, found: str) -> str:
    """The digest of a live leaf; the sent one's if the API stores that in this form."""
    made = applied is not None and applied.stored.get(field.path) == seen(field, current)
    return applied.digests[field.path] if applied and made else found


def otherwise(desired: Desired, live: Live, applied: Applied | None, salt: str) -> Iterator[Change]:
    """Yield the declared leaves that the API still stores in the form it first chose for them."""
    for path in applied.stored if applied else ():
        if applied and path in desired.fields and path in live.fields:
            field, value, current = desired.kind[path], desired.fields[path], live.fields[path]
            wanted = fingerprint(desired, field, salt, applied.place)
            hidden = sensitive(field, value) or wire.same(field, value, current)
            if not hidden and kept_otherwise(field, applied, wanted, current):
                yield _stored_otherwise(field, value, current)


def _stored_otherwise(field: Field, value: Json, current: Json) -> Change:
    return Change(
        path=field.path,
        before=current,
        after=value,
        cause=Cause.DRIFT,
        impact=field.fact.impact,
        unit=field.fact.unit,
        prose=field.fact.prose,
        note=str(stored.reshaped(value, current) or stored.kept(value, current) or stored.OTHER),
    )


def last_digest_of(field: Field, applied: Applied | None) -> str | None:
    """The digest of a leaf at the last apply; shortened if no file named the leaf then."""
    whole = _whole(field, applied)
    if applied is None or whole:
        return whole
    content = field.fact.shown and not field.fact.sensitive
    return (applied.undeclared or {}).get(field.path) if content else None


def _whole(field: Field, applied: Applied | None) -> str | None:
    """The digest of a leaf that a file named at the last apply."""
    return applied.digests.get(field.path) if applied else None


def cause(applied: str | None, desired: str, live: str | None) -> Cause:
    """Decide from three digests who changed a leaf; ``live`` is None if it cannot be read.

    ============  ====================  =========
    last          changed               cause
    ============  ====================  =========
    none          not known             untracked
    known         desired only          edit
    known         live only             drift
    known         both                  conflict
    ============  ====================  =========
    """
    if applied is None:
        return Cause.UNTRACKED
    if live is None or digest.agree(live, applied):
        return Cause.EDIT
    return Cause.DRIFT if digest.agree(desired, applied) else Cause.CONFLICT


def fingerprint(desired: Desired, field: Field, salt: str, place: str = "") -> str:
    """The digest that the state keeps of a declared leaf.

    ``place`` is that of the agent's entry; for a new agent it is the key.
    """
    return kept(place or desired.key, field, desired.fields[field.path], salt)


def kept(place: str, field: Field, value: Json, salt: str) -> str:
    """The digest that the state keeps of a value: slow and keyed if the value must not be shown.

    That applies to secrets and to leaves that no documentation page shows in a response, even if
    this API returns them.
    """
    if sensitive(field, value) or not field.fact.shown:
        return digest.keyed(salt, f"{place}/{field.path}", value)
    return seen(field, value)


def held_secret(field: Field, applied: str | None) -> bool:
    """Whether a leaf held a secret, judged by its digest: unshown leaves have keyed digests too."""
    return digest.is_keyed(applied) and bool(field.fact.shown or field.fact.sensitive)


def seen(field: Field, value: Json) -> str:
    """The digest of a value that may be shown; equal for values that mean the same."""
    return digest.content(field.fact.codec.canonical(value))


def sensitive(field: Field, value: Json) -> bool:
    """Whether a value must not be shown: its field is sensitive, or it contains a secret."""
    held = field.fact.guarded and secrecy.may_hold(value, field.path.rpartition(".")[2])
    return field.fact.sensitive or held or holds_secret(value)


def holds_secret(value: Json) -> bool:
    """Whether a value is, or contains, a secret from the environment."""
    if type(value) in SCALARS:
        return False
    if type(value) is dict:
        return any(map(holds_secret, value.values()))
    if type(value) is list:
        return any(map(holds_secret, value))
    return any(isinstance(leaf, Secret) for leaf in leaves(value))


@dataclass(frozen=True)
class Part:
    """One difference inside a list or map; ``MISSING`` on the side that does not have the item."""

    path: tuple[str | int, ...]
    before: Json
    after: Json


def parts(before: Json, after: Json) -> list[Part]:
    """List the differences of two lists or maps in reading order; the whole if no part fits.

    >>> [(part.path, part.before, part.after) for part in parts({"a": 1}, {"a": 2})]
    [(('a',), 1, 2)]
    """
    return _of_texts(before, after) or _searched(before, after)


def _of_texts(before: Json, after: Json) -> list[Part]:
    """The differences of maps of texts, or of lists that were edited in place; else empty.

    Most are so, and need no deepdiff.
    """
    match before, after:
        case dict(), dict() if _has_texts([*before.values(), *after.values()]):
            pairs = {
                key: (before.get(key, MISSING), after.get(key, MISSING))
                for key in {**after, **before}
            }
            return [Part((key,), *pair) for key, pair in pairs.items() if pair[0] != pair[1]]
        case list(), list() if len(before) == len(after) and _has_texts([*before, *after]):
            places = enumerate(zip(before, after, strict=True))
            found = [Part((place,), *pair) for place, pair in places if pair[0] != pair[1]]
            elsewhere = any(part.before in after for part in found)
            return [] if elsewhere and len(found) > 1 else found
    return []


def _has_texts(values: list[Json]) -> bool:
    return {*map(type, values)} == {str}


def _searched(before: Json, after: Json) -> list[Part]:
    from deepdiff import DeepDiff  # noqa: PLC0415 - 0.1 s of import, for few values

    tree = DeepDiff(
        before,
        after,
        view="tree",
        verbose_level=2,
        ignore_private_variables=False,  # keys such as `__x` are ordinary keys
        threshold_to_diff_deeper=0,  # key by key, even if the two have little in common
    )
    found = [_part(level) for levels in tree.values() for level in levels]
    # For deepdiff 1 and 1.0 differ, and in lists 1 and true are equal: we compare ourselves.
    found = [part for part in found if not jsonvalues.equal(part.before, part.after)]
    places = dict.fromkeys((*_paths(after), *_paths(before)))
    order = {path: i for i, path in enumerate(places)}

    def reading(part: Part) -> tuple[int, bool]:
        return order.get(part.path, 0), part.before is MISSING  # what came, after what was there

    return sorted(found, key=reading) or [Part((), before, after)]


def _paths(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path inside a value, in reading order."""
    yield path
    children: Iterable[tuple[str | int, Json]] = ()
    if isinstance(value, Mapping):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for step, child in children:
        yield from _paths(child, (*path, step))


def _part(level: Json) -> Part:
    def side(value: Json) -> Json:
        return jsonvalues.MISSING if repr(value) == "not present" else value

    path = tuple(level.path(output_format="list"))
    return Part(path, side(level.t1), side(level.t2))


def moved(before: Live, after: Live) -> Iterator[str]:
    """Paths that changed between two reads of one agent: readable leaves and unknown keys.

    For secrets only set or unset is compared. Null and absent are equal.
    """
    for path in sorted({*before.fields, *after.fields}):
        if not wire.same(after.kind[path], before.fields.get(path), after.fields.get(path)):
            yield path
    for path in sorted({*before.secrets, *after.secrets}):
        if before.secrets.get(path, False) != after.secrets.get(path, False):
            yield path
    for name in sorted({*before.rest, *after.rest}):
        if before.rest.get(name) != after.rest.get(name):
            yield name


def recalled(
    agent_id: str, changes: Iterable[Change], applied_value: AppliedValue
) -> tuple[Change, ...]:
    """Add the last applied value to the conflicts among the changes, if it is known."""
    return tuple(_with_last(agent_id, change, applied_value) for change in changes)


def _with_last(agent_id: str, change: Change, applied_value: AppliedValue) -> Change:
    if not change.cause.is_conflict or not change.readable:
        return change
    value = applied_value(agent_id, change.path)
    return change if value is MISSING else replace(change, applied=value, applied_known=True)

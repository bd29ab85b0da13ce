"""Checks before and after a write. Pure.

Before: is the live agent still what the plan showed? After: was every planned change stored, and
did nothing else change?
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler import jsonvalues
from reconciler.engine import decoding, diff, items, stored
from reconciler.jsonvalues import Json
from reconciler.model import REMOVED, Action, Difference, Live, Update, Write
from reconciler.schema import digest, paths, wire
from reconciler.schema.kind import Kind


def differences(
    action: Write,
    before: Live | None,
    answer: Live | None,
    after: Live,
) -> list[Difference]:
    """What reads back other than planned: fields stored differently, fields that changed unasked.

    ``before`` was read right before the write, ``answer`` is the response to the write itself,
    ``after`` was read back. Every leaf counts, including undeclared ones and those that no row
    describes.
    """
    answer, after = answer and as_planned(action, answer), as_planned(action, after)
    before = before and as_planned(action, before)
    secret = {change.path for change in action.changes if change.sensitive}
    found = [
        _difference(path, value, before, after, answer, sent=True, hidden=path in secret)
        for path, value in action.wants.items()
        if after.reads(path) and not wire.same(action.kind[path], value, after.fields.get(path))
        if not _as_ever(action, path, after)
    ]
    found = _without_doubt(found, before)
    planned = {*action.wants, *(change.path for change in action.changes)}
    for path in _moved(action.kind, before, answer, after) if before else ():
        if before and path not in planned:
            held = _held_secret(action, path)
            hidden = held or path in before.secrets or path in after.secrets
            carried = _carried(action, path)
            old = before.fields.get(path)
            item = _difference(path, old, before, after, answer, sent=False, hidden=hidden)
            found.append(replace(item, carried=carried))
    return found


def _without_doubt(found: list[Difference], before: Live | None) -> list[Difference]:
    """Drop the claim of a merge if the write changed nothing: an old map proves none."""
    if not before or all(item.form or item.hidden for item in found):
        return found
    return [
        replace(item, form="")
        if jsonvalues.equal(item.found, before.fields.get(item.path))
        else item
        for item in found
    ]


def as_planned(action: Action, live: Live) -> Live:
    """A live agent whose keyed lists are whole if the plan compared them whole."""
    if not action.kind.keyed:
        return live
    return items.seen_whole(live, [p for p in action.planned if action.kind[p].fact.by])


def _as_ever(action: Action, path: str, live: Live) -> bool:
    """Whether a leaf is stored in the form in which the API is known to store it."""
    known = [change.before for change in action.otherwise if change.path == path]
    return bool(known) and wire.same(action.kind[path], known[0], live.fields.get(path))


def _moved(kind: Kind, before: Live, answer: Live | None, after: Live) -> Iterator[str]:
    """Leaves that changed with the write, by what was read back or by the write's response.

    A response may omit fields or show them with another type: if the agent reads back unchanged,
    only non-empty values of the same type count.
    """
    both = (before.fields, after.fields)  # added and removed items are covered by their list
    moved = diff.moved(before, after)
    found = [path for path in moved if all(paths.is_there(path, one) for one in both)]
    yield from found
    for path, value in (answer.fields if answer else {}).items():
        old = before.fields.get(path)
        alike = type(value) is type(old) and value not in ("", [], {})
        told = path in found or path not in before.fields
        if not told and alike and not wire.same(kind[path], value, old):
            yield path


def _carried(action: Write, path: str) -> bool:
    """Whether the request contains a leaf that the plan does not set."""
    body = action.request.body
    if path in action.kind:
        return wire.sent(action.kind, body, path) is not jsonvalues.MISSING
    return jsonvalues.lookup(body, path) is not jsonvalues.MISSING


def _form(
    path: str,
    expected: Json,
    before: Live | None,
    after: Live,
    answer: Live | None,
) -> str:
    """How the API changed the form of a sent value; empty if that is not proven.

    A different value may be a person's simultaneous edit, or the old one. It is the API's own if
    the write's response has it and it is new, and always on a new agent. Keys that a map had before
    and still has were kept by the API, whatever it responded.
    """
    found = after.fields.get(path)
    form = stored.reshaped(expected, found)
    if form or before is None:
        return str(form or stored.OTHER)
    if jsonvalues.equal(stored.merged(before.fields.get(path), expected), found):
        return str(stored.kept(expected, found) or "")
    answered = answer is not None and path in answer.fields
    new = answered and answer and jsonvalues.equal(answer.fields[path], found)
    return str(stored.OTHER) if new and not jsonvalues.equal(before.fields.get(path), found) else ""


def _difference(
    path: str,
    expected: Json,
    before: Live | None,
    after: Live,
    answer: Live | None,
    *,
    sent: bool,
    hidden: bool,
) -> Difference:
    found = after.fields.get(path)
    answered = answer.fields.get(path) if answer else None
    form = _form(path, expected, before, after, answer) if sent and not hidden else ""
    if hidden:
        expected, found, answered = None, None, None
    if jsonvalues.equal(answered, found) or (sent and jsonvalues.equal(answered, expected)):
        answered = None
    return Difference(
        path=path,
        expected=expected,
        found=found,
        sent=sent,
        answered=answered,
        hidden=hidden,
        form=form,
    )


def moved_since(action: Update, live: Live) -> list[str]:
    """The leaves which this write replaces and that no longer have the planned value."""
    kind, live = action.kind, as_planned(action, live)
    moved = [
        path
        for path, value in action.expects.items()
        if path not in live.carried or not _same(kind, path, value, live.carried[path])
    ]
    for top, body in action.request.body.items():
        carried = wire.carried(kind, top, action.wants, live.fields)
        grouped = [path for path, row in carried if row.grouped]
        held = [path for path in grouped if live.secrets.get(path) and path not in moved]
        sent = wire.flatten(kind, {top: body}) if held else {}
        moved += [path for path in held if path not in sent]
        moved += [p for p in decoding.unknown_in(top, live, action.wants) if p not in moved]
        moved += _come(action, top, live)
    return moved


def _come(action: Update, top: str, live: Live) -> Iterator[str]:
    """Undescribed leaves that appeared after the request was built: the write would lose them."""
    for path in live.extra:
        inside = paths.top(path) == top and paths.is_there(path, action.wants)
        if inside and path not in action.expects and not live.kind.is_restless(path):
            yield path


def _same(kind: Kind, path: str, planned: Json, found: Json) -> bool:
    """Whether a leaf, described or not, still has the value it was planned with."""
    field = kind.find(path)
    return wire.same(field, planned, found) if field else jsonvalues.equal(planned, found)


def moved_between(action: Update, now: Live) -> list[str]:
    """The leaves that someone changed between two attempts of a write.

    An attempt without a response may have succeeded: values that the request sets do not count.
    """
    moved = moved_since(action, now)
    return [path for path in moved if not _as_sent(action, path, now)]


def _as_sent(action: Update, path: str, now: Live) -> bool:
    now = as_planned(action, now)
    sent = action.wants.get(path, wire.sent(action.kind, action.request.body, path))
    secret = path in now.secrets or sent is jsonvalues.MISSING
    return (
        not secret and path in now.fields and wire.same(action.kind[path], sent, now.fields[path])
    )


def not_as_planned(action: Action, live: Live) -> list[str]:
    """The leaves of an agent in sync that no longer have the declared value."""
    live = as_planned(action, live)
    return [
        path
        for path, found in action.digests.items()
        if path in live.fields and not digest.is_keyed(found)
        if not digest.agree(diff.seen(action.kind[path], live.fields[path]), found)
        if not _as_ever(action, path, live)
    ]


def changed_secrets(action: Action, salt: str) -> list[str]:
    """Paths whose secret is not the one that the plan was made with."""
    if not isinstance(action, Write):
        return []
    secret = {
        path: wire.sent(action.kind, action.request.body, path)
        for path in action.digests
        if digest.is_keyed(action.digests[path])
    }
    place = action.place or action.key
    return [
        path
        for path, value in secret.items()
        if value is not jsonvalues.MISSING
        and digest.keyed(salt, f"{place}/{path}", value) != action.digests[path]
    ]


def with_secrets(action: Action, salt: str) -> Action:
    """Add the digests of secrets that were not set when a saved action was planned."""
    if not isinstance(action, Write):
        return action
    lacking = [path for path, found in action.digests.items() if not digest.is_whole(found)]
    values = {path: wire.sent(action.kind, action.request.body, path) for path in lacking}
    place = action.place or action.key
    found = {
        path: digest.keyed(salt, f"{place}/{path}", value)
        for path, value in values.items()
        if value is not jsonvalues.MISSING
    }
    return replace(action, digests={**action.digests, **found})


def _held_secret(action: Action, path: str) -> bool:
    """Whether a declared leaf holds a secret: its values are not shown."""
    return path in action.kind and diff.held_secret(action.kind[path], action.digests.get(path))


def unchecked(action: Action, after: Live) -> tuple[str, ...]:
    """The planned leaves that this API does not show, or that must not be compared."""
    after = as_planned(action, after)
    return tuple(
        change.path
        for change in action.changes
        if change.item != REMOVED
        and (not after.reads(change.path) or (change.sensitive and not change.readable))
    )


UNMOVED = (
    "accepted, but nothing shows that it was stored: none of the fields that were sent can be "
    "read back, and `updatedAt` did not move"
)
UNMOVED_REMEDY = (
    "look at the agent in the dashboard; the fields are not remembered as applied, so the next "
    "apply sends them again"
)


def unmoved(action: Action, before: Live, after: Live) -> bool:
    """Whether the only sign of a write that cannot be read back is missing.

    An API without ``updatedAt`` gives no such sign; then this is False.
    """
    blind = len(unchecked(action, after)) == len(action.changes)
    return bool(blind and before.updated_at and before.updated_at == after.updated_at)


def stored_otherwise(found: Sequence[Difference]) -> str:
    """The differences found when reading back, in one sentence; empty if there are none."""
    kinds = (
        ("accepted, but stored differently", [item for item in found if item.sent]),
        ("moved although it was not sent", [i for i in found if not i.sent and not i.carried]),
        ("moved although it was sent as it was", [item for item in found if item.carried]),
    )
    return "; ".join(f"{what}: {', '.join(map(_named, items))}" for what, items in kinds if items)


def _named(item: Difference) -> str:
    return f"{item.path} ({item.form})" if item.form else item.path


def remedy(found: Sequence[Difference], undo: str) -> str:
    """The remedy for fields that changed unasked; ``undo`` is the command that restores them."""
    moved = [item for item in found if not item.sent]
    if not moved:
        return ""
    lost = any(item.hidden or (item.found is None and item.expected is None) for item in moved)
    return (
        "either this API clears what a write leaves out, or somebody edited the agent at the same "
        f"moment: look at it in the dashboard first. `{undo}` puts back what could be read"
        + ("; secrets and fields without values here have to be set again" if lost else "")
    )

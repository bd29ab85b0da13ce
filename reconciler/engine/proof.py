"""Whether a write may still go out, and what reading back proves of it. Pure.

Before the write: is live what the plan showed? After it: is every planned change there, and
nothing else moved?
"""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.api import digest, wire
from reconciler.api.fields import Table
from reconciler.engine import diff
from reconciler.model import Action, Difference, Json, LiveAgent, Request


def differences(
    table: Table, action: Action, before: LiveAgent | None, after: LiveAgent
) -> list[Difference]:
    """What reads back other than planned: fields stored otherwise, fields that moved unasked."""
    secret = {change.path for change in action.changes if change.sensitive}
    found = [
        _difference(path, value, after.fields[path], sent=True, hidden=path in secret)
        for path, value in action.wants.items()
        if path in after.fields and not wire.same(table[path], value, after.fields[path])
    ]
    planned = {*action.wants, *(change.path for change in action.changes)}
    for path in diff.moved(before, after, table) if before else ():
        if before and path not in planned:
            hidden = _keyed(action, path) or path in before.secrets or path in after.secrets
            sides = before.fields.get(path), after.fields.get(path)
            found.append(_difference(path, *sides, sent=False, hidden=hidden))
    return found


def _difference(path: str, expected: Json, found: Json, *, sent: bool, hidden: bool) -> Difference:
    if hidden:
        expected, found = None, None
    return Difference(path=path, expected=expected, found=found, sent=sent, hidden=hidden)


def moved_since(table: Table, action: Action, request: Request, live: LiveAgent) -> list[str]:
    """The leaves that this write replaces and that are no longer what the plan showed."""
    moved = [
        path
        for path, value in action.expects.items()
        if path not in live.fields or not wire.same(table[path], value, live.fields[path])
    ]
    for top in request.body:
        grouped = [field.path for field in table.group(top) if field.grouped]
        left_out = [p for p in grouped if wire.lookup(request.body, p) is wire.MISSING]
        moved += [p for p in left_out if live.secrets.get(p) and p not in moved]
        moved += [p for p in wire.unknown_in(table, top, live) if p not in moved]
    return moved


def changed_secrets(action: Action, salt: str) -> list[str]:
    """Paths whose secret is not the one that the plan was made with."""
    if not action.request:
        return []
    secret = {
        path: wire.lookup(action.request.body, path)
        for path in action.digests
        if _keyed(action, path)
    }
    place = action.place or action.key
    return [
        path
        for path, value in secret.items()
        if value is not wire.MISSING
        and digest.keyed(salt, f"{place}/{path}", value) != action.digests[path]
    ]


def with_secrets(action: Action, salt: str) -> Action:
    """A saved action with the digests of the secrets that were not set when it was planned."""
    if not action.request:
        return action
    lacking = [path for path, found in action.digests.items() if not digest.is_whole(found)]
    values = {path: wire.lookup(action.request.body, path) for path in lacking}
    place = action.place or action.key
    found = {
        path: digest.keyed(salt, f"{place}/{path}", value)
        for path, value in values.items()
        if value is not wire.MISSING
    }
    return replace(action, digests={**action.digests, **found})


def _keyed(action: Action, path: str) -> bool:
    """Whether a declared leaf holds a secret, or cannot be read: its values are not told."""
    return digest.is_keyed(action.digests.get(path))


def unchecked(action: Action, after: LiveAgent) -> tuple[str, ...]:
    """The planned leaves that this API does not show, or that may not be compared."""
    return tuple(
        change.path
        for change in action.changes
        if change.sensitive or change.path not in after.fields
    )


def stored_otherwise(found: Sequence[Difference]) -> str:
    """What reads back other than planned, in one sentence; empty where nothing does."""
    sent = [item.path for item in found if item.sent]
    moved = [item.path for item in found if not item.sent]
    parts = [f"accepted, but stored otherwise: {', '.join(sent)}"] if sent else []
    parts += [f"moved although it was not sent: {', '.join(moved)}"] if moved else []
    return "; ".join(parts)

"""Parts of objects that have a written form: opened with a file's names, closed for a request.

A view that two objects have in common is their kind's; see :mod:`reconciler.schema.view`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from reconciler.engine import decoding
from reconciler.jsonvalues import Fields, Json
from reconciler.model import (
    REMOVED,
    Applied,
    Backdrop,
    Desired,
    Ignore,
    Live,
    Request,
    Update,
    Write,
)
from reconciler.schema import paths
from reconciler.schema.kind import Kind, Role
from reconciler.schema.view import Names


def is_declared(kind: Kind, fields: Collection[str]) -> bool:
    """Whether these fields declare the part in its written form."""
    view = kind.view
    return view is not None and any(paths.top(path) == view.top for path in fields)


def unfolded(kind: Kind, fields: Fields) -> dict[str, Json]:
    """The part in its written form from leaves, to be looked at: never for a request.

    Items are in the order of their list.
    """
    top = kind.view.top if kind.view else ""
    mine = [path for path in fields if paths.top(path) == top]
    found: dict[Any, Any] = {}
    for path in sorted(mine, key=lambda one: not one.endswith(paths.ORDER)):
        *outer, last = paths.steps(path)
        inside = found
        for step in outer:
            inside = inside.setdefault(paths.key_of(step) if step[0] == "[" else step, {})
        if last == paths.ORDER:
            inside.update({key: {} for key in fields[path]})
        else:
            inside[last] = fields[path]
    part: dict[str, Json] = found.get(top, {})
    return part


_UNSHOWN = "(sensitive)"


def sides(action: Write) -> tuple[dict[str, Json] | None, dict[str, Json]]:
    """The part in its written form before and after a write, to be looked at: never to be sent.

    Before a new object it is None. After it are the live leaves with the changes of the action, so
    that nothing else differs. A value that may not be shown is a text of ours.
    """
    before = action.expects if isinstance(action, Update) else {}
    after: dict[str, Json] = dict(before)
    for change in action.changes:
        if change.item == REMOVED:
            after.pop(change.path, None)
        else:
            after[change.path] = _UNSHOWN if change.sensitive else change.after
    left = {path: value for path, value in after.items() if paths.is_there(path, after)}
    old = unfolded(action.kind, before) if isinstance(action, Update) else None
    return old, unfolded(action.kind, left)


def named(desired: Desired, response: Mapping[str, Json]) -> Names | None:
    """The file's names of what is live, and of what it adds; None if it declares no such part."""
    view = desired.kind.view
    if view is None or not is_declared(desired.kind, desired.fields):
        return None
    part = unfolded(desired.kind, desired.fields)
    return view.named(response, part, desired.layout, desired.key)


def opened(desired: Desired, live: Live) -> Live:
    """A live object with the part in its written form, if the file declares that.

    Unchanged if the live part has no such form.
    """
    if live.response is None or live.kind is not desired.kind:
        return live
    names = named(desired, live.response)
    return live if names is None else decoding.decode(live.kind, live.response, names)


def with_items_of(back: Desired, live: Live) -> Live:
    """A live object whose part also has names for the items that are to be brought back.

    Names that it has already stay.
    """
    if live.names is None or live.response is None or not _lists_items(back):
        return opened(back, live)
    more, known = named(back, live.response), live.names.by_id
    new = {one: name for one, name in (more.by_id if more else {}).items() if one not in known}
    new = {one: name for one, name in new.items() if name not in known.values()}
    names = replace(live.names, by_id={**new, **known})
    return decoding.decode(live.kind, live.response, names)


def _lists_items(desired: Desired) -> bool:
    """Whether the part's items are declared, and not only leaves of some."""
    view = desired.kind.view
    lists = (path for path in desired.fields if path.endswith(paths.ORDER))
    return view is not None and any(paths.top(path) == view.top for path in lists)


def remembered(known: Applied | None, desired: Desired, live: Live) -> Applied | None:
    """What the state knows of the form that is compared.

    Without the part if the file renamed items of it since. Renamed items are those that both sides
    have and the state does not, while it knows others that neither side has. Who changed what can
    then not be told from the digests.
    """
    view = desired.kind.view
    if known is None or view is None or live.type not in view.types:
        return known
    if live.layout is None:
        known = _without(known, view.top)
        if not is_declared(desired.kind, desired.fields):
            return known
        return replace(known, undeclared={**(known.undeclared or {}), view.whole: _ANOTHER})
    known = _without(known, view.whole)
    then, now = _items(known.digests, view.top), _items(live.fields, view.top)
    filed = _items(desired.fields, view.top)
    if then <= now | filed or now & filed <= then:
        return known
    return _without(known, view.top)


_ANOTHER = "another form"
"""In place of a digest of a part that cannot be compared: it is equal to none."""


def _without(known: Applied, top: str) -> Applied:
    """What the state knows, without what it knows under a top-level key."""
    digests = {path: one for path, one in known.digests.items() if paths.top(path) != top}
    rest = {path: one for path, one in (known.undeclared or {}).items() if paths.top(path) != top}
    stored = {path: one for path, one in known.stored.items() if paths.top(path) != top}
    return replace(known, digests=digests, undeclared=known.undeclared and rest, stored=stored)


def comparable(desired: Desired, live: Live, known: Applied | None) -> Desired:
    """What a file declares, without what cannot or must not be compared.

    That is a part whose live form the file cannot have. What belongs to a part that is not declared
    in its written form is left as it is live, unless the file has listed it before.
    """
    view = desired.kind.view
    if view is None or live.type not in view.types or live.layout is not None:
        return desired
    fields = {path: one for path, one in desired.fields.items() if paths.top(path) != view.top}
    told = {**fields, **(known.digests if known else {})}
    left = (one for one in view.belongings(live.fields) if not _has(told, one))
    ignore = (*desired.ignore, *(Ignore(path=one) for one in left))
    return replace(desired, fields=fields, ignore=ignore)


def _has(fields: Collection[str], item: str) -> bool:
    return any(paths.covers(item, path) for path in fields)


def _items(found: Collection[str], top: str) -> set[str]:
    """The paths of a part's items that these leaves are in."""
    inside = (path for path in found if path.startswith(f"{top}.") and "]." in path)
    return {path[: path.index("].") + 1] for path in inside}


def objection(kind: Kind, fields: Collection[str], live: Live) -> str:
    """Why a declared part cannot be compared with what is live; empty if it can."""
    view = kind.view
    if view is None or live.layout is not None or not is_declared(kind, fields):
        return ""
    if live.type not in view.types:
        needed = " or ".join(f"`{one}`" for one in view.types)
        return f"`{view.top}` needs a {needed}, and this agent is live as `{live.type}`"
    why = view.unreadable(live.response or {})
    return (
        f"what is live has no form that `{view.top}` could have: {why}; mend it in the dashboard, "
        f"or declare `{view.whole}` as it is"
    )


def backdrop(desired: Desired, live: Live | None) -> Backdrop | None:
    """What a picture of the declared part needs; None if no part is declared."""
    kind = desired.kind
    if kind.view is None or not is_declared(kind, desired.fields):
        return None
    fields = {**(live.fields if live else {}), **desired.fields}
    params = fields.get(kind.role(Role.PARAMS))
    own = params if isinstance(params, Mapping) else {}
    places = dict(kind.view.places(desired.layout))
    if live:
        places |= kind.view.places(live.layout)
    return Backdrop(places=places, given=tuple(sorted({*kind.system_names, *own})))


def outgoing(action: Write, live: Live | None) -> Request:
    """The request in the API's form: the written part is laid over what is live right now."""
    view = action.kind.view
    if view is None or action.names is None:
        return action.request
    layouts = (live.layout if live else None, action.layout)
    body = view.closed(action.request.body, live.response if live else None, layouts, action.key)
    return replace(action.request, body=body)

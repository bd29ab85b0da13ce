"""A plan back to the live values before a past apply. Pure.

The old values are planned like any desired ones, against the live and last applied values: an edit
in the dashboard since then is a conflict. Causes are specific to a rollback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.engine import graph, items, views
from reconciler.engine.diff import AppliedValue, forgotten, recalled
from reconciler.engine.history import Apply, Written
from reconciler.engine.identity import match
from reconciler.engine.newcomers import Choice
from reconciler.engine.plan import plan
from reconciler.errors import ConfigError
from reconciler.jsonvalues import Fields, Json
from reconciler.model import (
    ADDED,
    REMOVED,
    Action,
    Applied,
    Blocked,
    Cause,
    Change,
    Desired,
    EnvironmentState,
    InSync,
    Live,
    Plan,
    Record,
    Verb,
    Write,
    turned,
)
from reconciler.schema import wire
from reconciler.schema.kind import Kind


def rollback(
    apply: Apply,
    desired: Sequence[Desired],
    live: Sequence[Live],
    page: EnvironmentState,
    *,
    environment: str,
    url: str,
    applied_value: AppliedValue = forgotten,
) -> Plan:
    """Plan to restore every readable field that the apply changed. The result is final.

    ``desired`` are the current files: an object that is sent whole takes values that cannot be read
    from them. Agents that are gone, were re-created or were created by that apply are blocked.
    """
    agents = {agent.id: agent for agent in live}
    files = _files(desired, live, page)
    known = {entry.id: key for key, entry in page.agents.items()}
    keys = known | {agent_id: item.key for agent_id, item in files.items()}
    chosen = [
        replace(written, key=keys.get(written.id or "", written.key))  # files may be renamed
        for written in apply.agents
        if written.perhaps_written
    ]
    reasons = {w.key: _objection(w, agents, page) for w in chosen}
    back = [_back(w, files.get(w.id or "")) for w in chosen if not reasons[w.key]]
    made = plan(
        back,
        _opened(back, live),
        page,
        environment=environment,
        url=url,
        choice=Choice(wanted=[item.key for item in back]),
    )
    written = {w.key: w for w in chosen}
    actions = [_told(action, written[action.key], page, apply.at) for action in made.actions]
    actions += [_blocked(w, reasons[w.key]) for w in chosen if reasons[w.key]]
    actions = [
        replace(one, changes=recalled(one.id or "", one.changes, applied_value))
        for one in sorted(actions, key=lambda action: action.key)
    ]
    return replace(made, actions=tuple(actions))


def _opened(back: Sequence[Desired], live: Sequence[Live]) -> list[Live]:
    """The live agents; parts with a written form also with names of items to bring back."""
    wanted = {one.id: one for one in back if one.id}
    return [views.with_items_of(wanted[one.id], one) if one.id in wanted else one for one in live]


def _files(
    desired: Sequence[Desired], live: Sequence[Live], page: EnvironmentState
) -> dict[str, Desired]:
    """The file of each live agent, by id; none if files conflict with each other."""
    try:
        matches = graph.resolved(match(desired, live, page))
    except ConfigError:
        return {}
    return {item.live.id: item.desired for item in matches if item.live}


def _objection(written: Written, live: Mapping[str, Live], page: EnvironmentState) -> str:
    """Why an agent cannot be restored; empty if it can."""
    known = page.entry(written.key, written.id)
    if written.verb is Verb.CREATE:
        return "that apply created it, and the API removes no agent"
    if known and known.id != written.id:
        return f"it was re-created since, as {known.id}; that apply wrote {written.id}"
    if written.id is None or written.id not in live:
        return f"the agent of that apply, {written.id}, is not live any more"
    now = live[written.id].kind
    if now is not written.kind:
        return f"that apply wrote it for {written.kind.api}, and its file is for {now.api} now"
    return ""


def _blocked(written: Written, reason: str) -> Action:
    return Blocked(
        kind=written.kind,
        key=written.key,
        name=written.name,
        id=written.id,
        reason=reason,
    )


def _back(written: Written, file: Desired | None) -> Desired:
    """The fields that the apply changed, with their old values, as if a file declared them."""
    fields = _old_fields(written)
    tops = {written.kind[path].top for path in fields}
    for path, value in (file.fields if file else {}).items():
        if written.kind[path].top in tops and path not in (written.before or {}):
            fields.setdefault(path, value)
    return Desired(
        kind=written.kind,
        key=written.key,
        file=file.file if file else written.key,
        id=written.id,
        fields=items.pruned(fields),
        layout=file.layout if file else None,
    )


def _old_fields(written: Written) -> dict[str, Json]:
    """The values to restore, in the table's order."""
    before = written.before or {}
    touched = {change.path for change in written.changes} | {*written.moved}
    return {
        path: before[path]
        for path in written.kind.ordered(touched)
        if _can_return(written.kind, path, before)
    }


def _can_return(kind: Kind, path: str, before: Fields) -> bool:
    return path in before and (before[path] is not None or kind[path].nullable)


def _told(action: Action, written: Written, page: EnvironmentState, at: str) -> Action:
    """Add a note on what cannot be restored, and keep the state's other digests."""
    lost = [
        c.path
        for c in written.changes
        if c.item != ADDED and not _can_return(action.kind, c.path, written.before or {})
    ]
    sent = action.wants if isinstance(action, Write) else {}
    names = ", ".join(f"`{path}`" for path in lost if path not in sent)
    said = f"cannot be brought back: {names}"
    if names and not action.changes and not isinstance(action, Blocked):
        return _blocked(written, said)
    known = page.of(action.key, action.id, action.kind)
    gone = {change.path for change in action.changes if change.item == REMOVED}
    kept = {path: one for path, one in (known.digests if known else {}).items() if path not in gone}
    if isinstance(action, Record):
        action = turned(action, InSync)
    return replace(
        action,
        changes=tuple(_caused(change, written) for change in action.changes),
        digests={**kept, **action.digests},
        notes=(*action.notes, *([said] if names else []), *_later(action, known, at)),
    )


def _caused(change: Change, written: Written) -> Change:
    """A change with a rollback's own cause: the files play no part in it.

    The agent was edited since if the state says so; if the state does not know, if the live value
    is not what the apply wrote.
    """
    if change.cause in (Cause.CONFLICT, Cause.DRIFT):
        return replace(change, cause=Cause.EDITED_SINCE)
    wrote = {one.path: one.after for one in written.changes if not one.sensitive}
    wrote |= written.stored
    told = change.readable and change.cause is Cause.UNTRACKED and change.path in wrote
    if not told or wire.same(written.kind[change.path], wrote[change.path], change.before):
        return replace(change, cause=Cause.ROLLBACK)
    applied = wrote[change.path]
    return replace(change, cause=Cause.EDITED_SINCE, applied=applied, applied_known=True)


def _later(action: Action, known: Applied | None, at: str) -> list[str]:
    """A note on fields that were applied or pulled after the apply that is rolled back."""
    since = known.since if known else {}
    later = [c.path for c in action.changes if c.path in since and since[c.path].at > at]
    names = ", ".join(f"`{path}`" for path in later)
    return [f"also undoes what was applied or pulled later: {names}"] if later else []

"""Pull live edits into the files: decided, written to pages, verified, saved all at once.

The live edits come from a plan: all of its changes that are not edits of git alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reconciler.authoring.overlay import LeftError
from reconciler.authoring.write_back import Taken, Workspace
from reconciler.config import item_keys
from reconciler.engine import diff, memory
from reconciler.engine.pull import Decision, Pulled, decisions, pinned
from reconciler.errors import ReconcilerError, UsageError, listed, meant
from reconciler.jsonvalues import Fields, Json
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import (
    ADDED,
    REMOVED,
    Action,
    Applied,
    Change,
    EnvironmentState,
    Outcome,
    Plan,
    Planned,
    Record,
    Snapshot,
    Stamp,
    Status,
    Unmanaged,
    turned,
)
from reconciler.schema import digest, paths
from reconciler.state import files, history
from reconciler.text.merge import has_markers
from reconciler.workflows.session import LOOSE, Session


@dataclass(frozen=True, kw_only=True)
class PullOptions:
    """Which live edits to pull.

    ``fields`` are paths, all if empty. ``overwrite`` lets the live value win if both sides changed,
    ``undeclared`` also declares fields that no file names. ``dry_run`` writes nothing.
    """

    fields: tuple[str, ...] = ()
    overwrite: bool = False
    undeclared: bool = False
    dry_run: bool = False


def pull(
    session: Session, planned: Planned, options: PullOptions, choose: Callable[[Decision], bool]
) -> list[Pulled]:
    """Pull live edits into the files; returns the result for each.

    1. Decide every live edit of the plan, refusing those that would drop a required text.
    2. Write each into pages, which are texts in memory; ``choose`` may ask the user.
    3. Write every edited file, or none.
    4. Record in history and state what both sides now have. A shared state stays as it is: others
       do not have these files yet, and to them the live edits must remain edits. The next apply of
       the files records them.
    """
    plan, seen = planned.plan, planned.seen
    workspace = Workspace(
        project=session.project,
        environment=session.environment,
        env=session.context.env,
        declared={item.key: item.fields for item in seen.desired},
        live=_live(plan, seen),
        layouts=_layouts(plan, seen),
    )
    _prove_items(options, seen)
    results = list(_into_pages(workspace, _decisions(session, planned, options), choose))
    if not options.dry_run:
        with files.unbroken():
            _save(session, seen, workspace, results)
    return results


def check_fields(options: PullOptions) -> None:
    """Raise UsageError for a path that is not a field."""
    known = registry.fields()
    for path in options.fields:
        inside = "[" in path and registry.names_one(path)
        if path not in known and not inside:
            hint = meant(path, known, f"fields: {listed(known, path)}", LOOSE)
            raise UsageError(f"--field: `{path}` is not a field", hint=hint)


def _prove_items(options: PullOptions, seen: Snapshot) -> None:
    """Raise UsageError for a path in an item that is neither live nor in a file."""
    sides = [*(one.fields for one in seen.desired), *(one.fields for one in seen.by_id.values())]
    for path in options.fields:
        found = item_keys.absent(path, sides)
        if found:
            raise UsageError(f"--field: {found[0]}, and none is live", hint=found[1])


def _decisions(session: Session, planned: Planned, options: PullOptions) -> list[Decision]:
    found = decisions(planned.plan, overwrite=options.overwrite, undeclared=options.undeclared)
    return [
        _pinned(session, planned.seen, decision)
        for decision in found
        if not options.fields or _is_asked(decision, options.fields)
    ]


def _is_asked(decision: Decision, fields: Sequence[str]) -> bool:
    """Whether a decision is about one of these fields, by its name in any generation."""
    own = (one for name in fields for one in registry.own(decision.action.kind, name))
    return any(paths.covers(one, decision.change.path) for one in own)


def _pinned(session: Session, seen: Snapshot, decision: Decision) -> Decision:
    """The decision, refused if the file would lose a required text."""
    action, requirements = decision.action, session.environment.policies.required_text
    live = seen.by_id[action.id or ""]
    return pinned(decision, seen.files[action.key], live.fields, requirements)


def _live(plan: Plan, seen: Snapshot) -> dict[str, Fields]:
    """The live leaves of each agent with a file, by key."""
    managed = [action for action in plan.actions if not isinstance(action, Unmanaged)]
    live = seen.by_id
    return {
        action.key: live[action.id].fields for action in managed if action.id and action.id in live
    }


def _layouts(plan: Plan, seen: Snapshot) -> dict[str, Json]:
    """The live layout of each agent whose file declares a part in its written form, by key."""
    found = {action.key: seen.by_id.get(action.id or "") for action in plan.actions if action.key}
    return {key: one.layout for key, one in found.items() if one and one.layout is not None}


def _save(
    session: Session, seen: Snapshot, workspace: Workspace, results: Sequence[Pulled]
) -> None:
    """Write the files, then the history, then the state."""
    pages = workspace.pages
    files.exchange({path: (pages.before[path], pages.after[path]) for path in pages.edited})
    now = session.context.now()
    entries = _remembered(results, seen, now)
    with suppress(ReconcilerError):  # git may have the values too
        _record(session.recorder(Stamp(at=now), "pull"), results, seen.page)
    if not session.state.backend.is_shared:
        session.state.record_all(session.name, seen.page.salt, entries)


def _into_pages(
    workspace: Workspace, decisions: Iterable[Decision], chosen: Callable[[Decision], bool]
) -> Iterator[Pulled]:
    """Write each decision into the workspace's pages; ``chosen`` may ask the user.

    Conflict markers come last: a file with markers cannot be read for verification.
    """
    marked: list[Decision] = []
    parts: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.refused:
            yield Pulled(decision=decision, reason=decision.reason)
            continue
        wanted = chosen(decision)
        if wanted and decision.how == "marked":
            marked.append(decision)
        elif wanted and _is_in_part(decision):
            parts.setdefault(decision.action.key, []).append(decision)
        elif wanted:
            yield _taken(workspace, decision)
        elif decision.reason:
            yield Pulled(decision=decision, reason=decision.reason)
        else:
            yield Pulled(decision=decision, reason="not taken", wanted=False)
    for found in parts.values():
        yield from _together(workspace, found)
    yield from (_taken(workspace, decision) for decision in marked)


def _is_in_part(decision: Decision) -> bool:
    """Whether an edit is one of a part with a written form, whose items refer to each other."""
    view = decision.action.kind.view
    top = paths.top(decision.change.path)
    return view is not None and top == view.top and decision.how in ("live", "merged")


def _together(workspace: Workspace, decisions: Sequence[Decision]) -> Iterator[Pulled]:
    """Write the edits of one part all at once: its items refer to each other.

    Where that is not possible, one by one.
    """
    key = decisions[0].action.key
    try:
        taken = workspace.take(key, {one.change.path: one.value for one in decisions})
    except Exception:  # noqa: BLE001 - each says why for itself
        yield from (_taken(workspace, decision) for decision in decisions)
        return
    laid = _laid(workspace, decisions)
    for decision in decisions:
        found = _pulled(workspace, decision, taken)
        orders = decision.change.path.endswith(paths.ORDER)
        yield replace(found, files=(*found.files, *laid)) if orders else found


def _laid(workspace: Workspace, decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Bring the layout up to date if there are other items; returns its file if it was edited."""
    orders = [one for one in decisions if one.change.path.endswith(paths.ORDER)]
    files: tuple[Path, ...] = ()
    for one in orders:
        with suppress(LeftError):  # without it, live decides
            layout = workspace.layouts.get(one.action.key)
            files += workspace.lay(one.action.key, one.value, layout) if layout else ()
    return tuple(_name(file, workspace.project.root) for file in files)


def _taken(workspace: Workspace, decision: Decision) -> Pulled:
    key, path, change = decision.action.key, decision.change.path, decision.change
    try:
        if decision.how == "marked":
            taken = workspace.mark(key, path, change.applied, change.before)
        elif decision.how == "taken out":
            taken = workspace.take_out(key, path)
        elif decision.how == "declared":
            taken = workspace.declare(key, path, decision.value)
        else:
            taken = workspace.take(key, {path: decision.value})
    except LeftError as error:
        return Pulled(decision=decision, reason=str(error))
    except Exception as error:  # noqa: BLE001 - what is wrong with one file stops no other agent
        reason = f"this file cannot be edited in place ({type(error).__name__}); edit it by hand"
        return Pulled(decision=decision, reason=reason)
    return _pulled(workspace, decision, taken)


def _pulled(workspace: Workspace, decision: Decision, taken: Taken) -> Pulled:
    lines = (has_markers(workspace.pages.after[file]) for file in taken.files)
    line = next(filter(None, lines), 0) if decision.how == "marked" else 0
    mine = taken.by_path.get(decision.change.path) or taken.files
    names = tuple(_name(file, workspace.project.root) for file in mine)
    return Pulled(decision=decision, files=names, also=taken.also, line=line, dropped=taken.dropped)


def _name(path: Path, root: Path) -> str:
    """A file's path in the project."""
    top = root.resolve()
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else path.name


def _remembered(pulled: Iterable[Pulled], seen: Snapshot, at: str) -> dict[str, Applied]:
    """The state's entries afterwards: both sides now have the live values."""
    entries: dict[str, Applied] = {}
    page = seen.page
    for item in pulled:
        action, change = item.decision.action, item.decision.change
        entry = entries.get(action.key) or page.of(action.key, action.id, action.kind)
        if not item.reason and entry:
            place, field = entry.place or action.key, action.kind[change.path]
            out = item.decision.how == "taken out"
            digest = diff.kept(place, field, change.before, page.salt)
            bare = memory.without(entry, change.path) if out else entry
            bare, more = _with_items(bare, item.decision, place, page.salt)
            entries[action.key] = memory.pulled(
                bare,
                {} if out else {change.path: digest, **more},
                at,
                seen.by_id[entry.id],
                [path for path in action.declared if not out or path != change.path],
            )
    return entries


def _with_items(
    entry: Applied, decision: Decision, place: str, salt: str
) -> tuple[Applied, dict[str, str]]:
    """The entry without leaves of removed items, and digests of leaves of added ones."""
    change, more = decision.change, {}
    if not change.path.endswith(paths.ORDER):
        return entry, {}
    listed = change.path.removesuffix(paths.ORDER)
    for one in decision.action.changes:
        if one.item and paths.covers(listed, one.path):
            stays = paths.is_there(one.path, {change.path: decision.value})
            if one.item == REMOVED and stays:
                field = decision.action.kind[one.path]
                more[one.path] = diff.kept(place, field, one.before, salt)
            elif one.item == ADDED and not stays:
                entry = memory.without(entry, one.path)
    return entry, more


def _record(recorder: history.Recorder, pulled: Iterable[Pulled], page: EnvironmentState) -> None:
    """Record the pulled values: the common base of the next merge.

    Each with the file's earlier value, unless that is or was a secret.
    """
    for item in pulled:
        if not item.reason:
            action, change = item.decision.action, item.decision.change
            said = None if _was_secret(action, change, page) else change.after
            change = replace(change, before=said, after=change.before)
            action = turned(action, Record, changes=(change,))
            recorder.before(action, None)
            recorder.after(Outcome(status=Status.DONE, action=action, id=action.id))


def _was_secret(action: Action, change: Change, page: EnvironmentState) -> bool:
    """Whether the file's value is, contains, or was at the last apply a secret."""
    entry = page.of(action.key, action.id, action.kind)
    found = (action.digests, entry.digests if entry else {})
    keyed = any(digest.is_keyed(digests.get(change.path)) for digests in found)
    return keyed or change.sensitive or diff.holds_secret(change.after)

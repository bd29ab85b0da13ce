"""Live edits into the files: decided, written into pages, proven, saved all at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from reconciler.authoring.overlay import LeftError
from reconciler.authoring.write_back import Workspace
from reconciler.engine import diff, memory
from reconciler.engine.adoption import Adopted, Decision
from reconciler.model import Action, Change, Last, LastAgent, LiveAgent, Outcome, Status, Verb
from reconciler.schema import digest
from reconciler.schema.kind import Kind
from reconciler.state import files, history
from reconciler.text.merge import has_markers


def adopt(
    workspace: Workspace, decisions: Iterable[Decision], chosen: Callable[[Decision], bool]
) -> Iterator[Adopted]:
    """Take each decision into the workspace's pages; ``chosen`` may ask a person.

    Marks come last: a file that holds some cannot be read for a proof.
    """
    marked: list[Decision] = []
    for decision in decisions:
        if decision.refused:
            yield Adopted(decision=decision, reason=decision.reason)
            continue
        wanted = chosen(decision)
        if wanted and decision.how == "marked":
            marked.append(decision)
        elif wanted:
            yield _taken(workspace, decision)
        elif decision.reason:
            yield Adopted(decision=decision, reason=decision.reason)
        else:
            yield Adopted(decision=decision, reason="not taken", wanted=False)
    yield from (_taken(workspace, decision) for decision in marked)


def _taken(workspace: Workspace, decision: Decision) -> Adopted:
    key, path, change = decision.action.key, decision.change.path, decision.change
    try:
        if decision.how == "marked":
            taken = workspace.mark(key, path, change.last, change.before)
        elif decision.how == "taken out":
            taken = workspace.take_out(key, path)
        elif decision.how == "declared":
            taken = workspace.declare(key, path, decision.value)
        else:
            taken = workspace.take(key, path, decision.value)
    except LeftError as error:
        return Adopted(decision=decision, reason=str(error))
    except Exception as error:  # noqa: BLE001 - what is wrong with one file stops no other agent
        reason = f"this file cannot be edited in place ({type(error).__name__}); edit it by hand"
        return Adopted(decision=decision, reason=reason)
    lines = (has_markers(workspace.pages.after[file]) for file in taken.files)
    line = next(filter(None, lines), 0) if decision.how == "marked" else 0
    names = tuple(_name(file, workspace.project.root) for file in taken.files)
    return Adopted(
        decision=decision, files=names, also=taken.also, line=line, dropped=taken.dropped
    )


def _name(path: Path, root: Path) -> str:
    """A file's path in the project."""
    top = root.resolve()
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else path.name


def save(workspace: Workspace) -> None:
    """Write every edited file, or none. Raises ReconcilerError where one is not as it was."""
    pages = workspace.pages
    files.exchange({path: (pages.before[path], pages.after[path]) for path in pages.edited})


def remembered(
    kind: Kind,
    adopted: Iterable[Adopted],
    last: Last,
    live: Mapping[str, LiveAgent],
    at: str,
) -> dict[str, LastAgent]:
    """The ledger's entries after this: what is live is what both sides know of now."""
    entries: dict[str, LastAgent] = {}
    for item in adopted:
        action, change = item.decision.action, item.decision.change
        entry = entries.get(action.key) or last.of(action.key, action.id)
        if not item.reason and entry:
            place, field = entry.place or action.key, kind[change.path]
            out = item.decision.how == "taken out"
            digest = diff.kept(place, field, change.before, last.salt)
            bare = memory.without(entry, change.path) if out else entry
            entries[action.key] = memory.adopted(
                bare,
                {} if out else {change.path: digest},
                at,
                live[entry.id],
                [path for path in action.declared if not out or path != change.path],
            )
    return entries


def recorded(recorder: history.Recorder, adopted: Iterable[Adopted], last: Last) -> None:
    """Keep the values that were taken: what both sides start from at the next merge.

    With each what the file said before, unless a secret stands or stood there.
    """
    for item in adopted:
        if not item.reason:
            action, change = item.decision.action, item.decision.change
            said = None if _was_secret(action, change, last) else change.after
            change = replace(change, before=said, after=change.before)
            action = replace(action, verb=Verb.ADOPT, changes=(change,))
            recorder.before(action, None)
            recorder.after(Outcome(status=Status.DONE, action=action, id=action.id))


def _was_secret(action: Action, change: Change, last: Last) -> bool:
    """Whether the file's value is, holds, or at the last apply was a secret."""
    entry = last.of(action.key, action.id)
    found = (action.digests, entry.digests if entry else {})
    keyed = any(digest.is_keyed(digests.get(change.path)) for digests in found)
    return keyed or change.sensitive or diff.holds_secret(change.after)

"""Live edits into the files: decided, written into pages, proven, saved all at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.api.fields import Table
from reconciler.config.pages import LeftError
from reconciler.config.writeback import Workspace
from reconciler.engine import diff, memory
from reconciler.engine.adoption import Decision
from reconciler.model import LastAgent
from reconciler.store import files


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """What became of one live edit: ``files`` it went into, or the ``reason`` it was left.

    ``also`` are other environments that read the value from the same place.
    """

    decision: Decision
    files: tuple[Path, ...] = ()
    also: tuple[str, ...] = ()
    reason: str = ""
    wanted: bool = True
    """Whether it was to be taken at all."""

    @property
    def open(self) -> bool:
        """Whether a person has something to settle."""
        return self.wanted and (bool(self.reason) or self.decision.how == "marked")


def adopt(
    workspace: Workspace, decisions: Iterable[Decision], chosen: Callable[[Decision], bool]
) -> Iterator[Adopted]:
    """Take each decision into the workspace's pages; ``chosen`` may ask a person."""
    for decision in decisions:
        if chosen(decision):
            yield _taken(workspace, decision)
        elif decision.reason:
            yield Adopted(decision=decision, reason=decision.reason)
        else:
            yield Adopted(decision=decision, reason="not taken", wanted=False)


def _taken(workspace: Workspace, decision: Decision) -> Adopted:
    key, path = decision.action.key, decision.change.path
    try:
        if decision.how == "marked":
            return _marked(workspace, decision)
        taken = workspace.take(key, path, decision.value)
    except LeftError as error:
        return Adopted(decision=decision, reason=str(error))
    return Adopted(decision=decision, files=taken.files, also=taken.also)


def _marked(workspace: Workspace, decision: Decision) -> Adopted:
    """Both versions into the Markdown file; a text inside YAML is left as it is."""
    key, path = decision.action.key, decision.change.path
    before = workspace.pages
    taken = workspace.take(key, path, decision.value, proven=False)
    if any(file.suffix in (".yaml", ".yml") for file in taken.files):
        workspace.pages = before
        return Adopted(decision=decision, reason="both moved the same paragraph")
    return Adopted(decision=decision, files=taken.files, also=taken.also)


def save(workspace: Workspace) -> None:
    """Write every edited file, or none. Raises ReconcilerError where one is not as it was."""
    pages = workspace.pages
    files.exchange({path: (pages.before[path], pages.after[path]) for path in pages.edited})


def remembered(
    table: Table, adopted: Iterable[Adopted], known: Mapping[str, LastAgent], at: str
) -> dict[str, LastAgent]:
    """The ledger's entries after this: what is live is what both sides know of now."""
    entries: dict[str, LastAgent] = {}
    for item in adopted:
        action, change = item.decision.action, item.decision.change
        entry = entries.get(action.key) or known.get(action.key)
        if not item.reason and entry and entry.id == action.id:
            digests = {change.path: diff.seen(table[change.path], change.before)}
            entries[action.key] = memory.adopted(entry, digests, at)
    return entries

"""``.reconciler/history/``: each agent before its write, and the planned changes.

One file per apply, one JSON line per event, so that an interrupted run leaves what it knew.
Readable by its owner only (0600); secrets are left out; old applies are dropped if there are many.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler import plain
from reconciler.engine.history import Apply, Written
from reconciler.errors import ReconcilerError, why
from reconciler.jsonvalues import Fields
from reconciler.kinds import registry
from reconciler.late import dataclass, pattern
from reconciler.model import Action, Outcome, Status
from reconciler.state import files, former
from reconciler.state.appended import Appended

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = "2.0"
"""Since 2.0 with current words: ``record``, ``untracked``, ``applied``, ``diverged``."""
MOST_APPLIES = 200
MOST_BYTES = 50_000_000
"""Per environment; the newest apply is always kept, even a larger one."""

_NUMBER = pattern(r"[0-9]{6,}")


def folder(root: Path, environment: str) -> Path:
    """The folder with the past applies of an environment."""
    return root / files.OWN_FOLDER / "history" / environment


@dataclass
class Recorder:
    """Records one apply as it happens; the file appears with the first write."""

    folder: Path
    apply: Apply
    _file: Appended | None = field(default=None, init=False)
    _begun_keys: set[str] = field(default_factory=set, init=False)

    def before(self, action: Action, fields: Fields | None) -> None:
        """Record an agent before its write. Raises ReconcilerError if that fails."""
        changes = [{**vars(change), "note": ""} for change in action.changes]
        row = {"key": action.key, "name": action.name, "kind": action.verb.value, "id": action.id}
        row |= {"object": action.kind.name, "api": action.kind.api}
        self._write({**row, "before": fields, "changes": changes})
        self._begun_keys.add(action.key)

    def after(self, outcome: Outcome) -> None:
        """Record the outcome; nothing for agents that were not written."""
        if outcome.action.key not in self._begun_keys:
            return
        moved = [item.path for item in outcome.differences if not item.sent]
        row = {"key": outcome.action.key, "status": outcome.status.value, "id": outcome.id}
        sent = [item for item in outcome.differences if item.sent and not item.hidden]
        stored = {item.path: item.found for item in sent}
        self._write({**row, "message": outcome.message, "moved": moved, "stored": stored})

    def _write(self, row: Mapping[str, Any]) -> None:
        try:
            if self._file is None:
                self._file = self._begun()
            _add(self._file, row, synced="changes" in row)
        except (OSError, ValueError) as error:
            raise ReconcilerError(f"the history cannot be written: {why(error)}") from error

    def _begun(self) -> Appended:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _prune(self.folder)
        number = max(_numbers(self.folder), default=0) + 1
        file = Appended(self.folder / f"{number:06}.jsonl", self.folder.parent.parent)
        head = {key: value for key, value in asdict(self.apply).items() if key != "agents"}
        _add(file, {"format_version": FORMAT, **head, "number": number})
        return file


def _add(file: Appended, row: Mapping[str, Any], *, synced: bool = True) -> None:
    """Append a line: ``synced`` survives a crash of the machine, others that of the process."""
    file.add(json.dumps(row, sort_keys=True), synced=synced)


def _numbers(place: Path) -> list[int]:
    stems = (path.stem for path in place.glob("*.jsonl")) if place.is_dir() else ()
    return sorted(int(stem) for stem in stems if _NUMBER.fullmatch(stem))


def _prune(place: Path) -> None:
    """Drop the oldest applies beyond the limits."""
    total = 0
    for count, number in enumerate(reversed(_numbers(place)), 1):
        path = place / f"{number:06}.jsonl"
        total += path.stat().st_size
        if count > 1 and (count >= MOST_APPLIES or total > MOST_BYTES):
            path.unlink(missing_ok=True)


def applies(place: Path) -> Iterator[Apply]:
    """The past applies, newest first; damaged files are skipped."""
    for number in reversed(_numbers(place)):
        found = read(place, number)
        if found:
            yield found


def read(place: Path, number: int) -> Apply | None:
    """One past apply; None if it does not exist or cannot be read."""
    try:
        text = plain.read(place / f"{number:06}.jsonl").decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    rows = list(_rows(text))
    if not rows or files.newer(rows[0].get("format_version"), FORMAT):
        return None
    try:
        if str(rows[0]["format_version"]).startswith("1."):
            rows = former.renamed(rows)
        return _apply(rows[0], rows[1:])
    except (ValueError, TypeError, KeyError):
        return None


def _rows(text: str) -> Iterator[dict[str, Any]]:
    """The events of a file; a line cut off by the end of the run is skipped."""
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


@cache
def _adapter() -> "TypeAdapter[Written]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow, and only here

    return TypeAdapter(Written)


def _apply(head: Mapping[str, Any], events: list[dict[str, Any]]) -> Apply:
    agents: dict[str, Written] = {}
    for row in events:
        if "changes" in row:
            written = _written(row)
            earlier = agents.get(written.key)  # a pull records each field separately
            changes = (*(earlier.changes if earlier else ()), *written.changes)
            agents[written.key] = replace(written, changes=changes)
        elif row["key"] in agents:
            agents[row["key"]] = _ended(agents[row["key"]], row)
    known = {name: head[name] for name in ("number", "environment", "at", "commit", "what")}
    return Apply(**known, agents=tuple(agents[key] for key in sorted(agents)))


def _written(row: Mapping[str, Any]) -> Written:
    """The agent of an event; ``kind`` is the name of the verb."""
    kind = registry.kind(row.get("object", "agent"), row.get("api", "v1"))
    found = {**row, "verb": row["kind"], "kind": kind, "status": None}
    return _adapter().validate_python(found)


def _ended(written: Written, row: Mapping[str, Any]) -> Written:
    return replace(
        written,
        status=Status(row["status"]),
        message=str(row["message"]),
        moved=tuple(map(str, row["moved"])),
        stored=dict(row.get("stored", {})),
        id=row["id"] or written.id,
    )

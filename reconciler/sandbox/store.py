"""The agents of one sandbox: numbered, dated, listed in order of creation.

No IO here: `files` stores them, in memory or in a folder. The clock and the ids are parameters.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from reconciler.sandbox.files import DamagedError, Folder, Keep, Memory, Record

__all__ = ["DamagedError", "Record", "Store"]


def _random_id() -> str:
    return str(uuid4())


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Agents in a folder, or in memory without one."""

    def __init__(
        self,
        folder: Path | None,
        *,
        new_id: Callable[[], str] = _random_id,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Use `folder`, created by the first write; None keeps the agents in memory."""
        self._keep: Keep = Memory() if folder is None else Folder(folder)
        self._new_id = new_id
        self._clock = clock

    def __len__(self) -> int:
        """Return the number of agents."""
        return len(self._keep.ids())

    def records(self) -> list[Record]:
        """Return all agents in the order in which they were added."""
        return self.page(0, len(self))[1]

    def page(self, start: int, count: int) -> tuple[int, list[Record]]:
        """Return the number of agents, and at most `count` of them from index `start`."""
        ids = self._keep.ids()
        found = (self._keep.read(agent) for agent in ids[start : start + count])
        return len(ids), [record for record in found if record is not None]

    def get(self, agent: str) -> Record | None:
        """Return the agent, None if there is none."""
        return self._keep.read(agent)

    def new(self, fields: dict[str, Any], extra: dict[str, Any] | None = None) -> Record:
        """Return a new agent with an id, number and dates, not stored yet."""
        now = _iso(self._clock())
        return Record(
            id=self._new_id(),
            seq=self._keep.last() + 1,
            created=now,
            updated=now,
            fields=fields,
            extra=extra or {},
        )

    def add(self, fields: dict[str, Any], extra: dict[str, Any] | None = None) -> Record:
        """Store a new agent with these request-shaped fields."""
        record = self.new(fields, extra)
        self._keep.write(record)
        return record

    def changed(self, record: Record, fields: dict[str, Any]) -> Record:
        """Return the agent with other fields and a later `updatedAt`, not stored yet."""
        return replace(record, fields=fields, updated=self._later(record.updated))

    def update(self, agent: str, fields: dict[str, Any]) -> Record:
        """Store other fields for the agent; raises KeyError if there is none."""
        record = self.get(agent)
        if record is None:
            raise KeyError(agent)
        changed = self.changed(record, fields)
        self._keep.write(changed)
        return changed

    def rewrite(self, record: Record, fields: dict[str, Any]) -> Record:
        """Store other fields for the agent without a later `updatedAt`: no one wrote them."""
        rewritten = replace(record, fields=fields)
        self._keep.write(rewritten)
        return rewritten

    def remove(self, agent: str) -> None:
        """Remove the agent, if there is one."""
        self._keep.drop(agent)

    def seed(self, records: Iterable[Record]) -> None:
        """Store these agents, with their ids and dates, after the existing ones."""
        for seq, record in enumerate(records, self._keep.last() + 1):
            present = self._keep.read(record.id)
            self._keep.write(replace(record, seq=seq if present is None else present.seq))

    def reset(self) -> None:
        """Remove every agent, damaged ones too."""
        for agent in self._keep.ids():
            self._keep.drop(agent)

    def _later(self, before: str) -> str:
        """Return the current time, or the earliest time after `before` if that is later."""
        now = self._clock()
        earliest = datetime.fromisoformat(before) + timedelta(milliseconds=1)
        return _iso(max(now, earliest))


def _iso(moment: datetime) -> str:
    """Return a date-time as the API writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

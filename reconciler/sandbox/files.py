"""Storage of agents: in memory, or as one small JSON file each. All file access is here.

A file is named `000012-<id>.json`: its number is the agent's position in the list, so that a page
is read without opening the agents of other pages. Names are remembered, and agents for as long as
their files stay the same, so several processes may use a folder one after the other, and people may
edit it.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from reconciler import plain

_KEYS = {
    "id": str,
    "seq": int,
    "createdAt": str,
    "updatedAt": str,
    "fields": dict,
    "extra": dict,
}


@dataclass(frozen=True, kw_only=True)
class Record:
    """One stored agent: `fields` as requested, `extra` what only responses show.

    Never change `fields` in place; the store returns the object that it keeps.
    """

    id: str
    seq: int = 0
    created: str
    updated: str
    fields: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)

    def dumps(self) -> str:
        """Return the text of this agent's file."""
        return json.dumps(dict(zip(_KEYS, self._values(), strict=True)), ensure_ascii=False)

    def _values(self) -> tuple[object, ...]:
        return (self.id, self.seq, self.created, self.updated, self.fields, self.extra)

    @classmethod
    def loads(cls, text: str) -> Self:
        """Read the text of a file; raises ValueError with the reason if it is invalid."""
        parsed = json.loads(text)
        wrong = _objection(parsed)
        if wrong:
            raise ValueError(wrong)
        return cls(
            id=parsed["id"],
            seq=parsed["seq"],
            created=parsed["createdAt"],
            updated=parsed["updatedAt"],
            fields=parsed["fields"],
            extra=parsed["extra"],
        )


class DamagedError(ValueError):
    """A file of the sandbox cannot be read; the message names it."""


class Keep(Protocol):
    """The interface that the store needs of a storage."""

    def ids(self) -> list[str]:
        """Return the ids in the order in which the agents were added."""

    def last(self) -> int:
        """Return the highest number in use, 0 for none."""

    def read(self, agent: str) -> Record | None:
        """Return the agent, None if there is none."""

    def write(self, record: Record) -> None:
        """Store the agent, replacing the one with its id."""

    def drop(self, agent: str) -> None:
        """Remove the agent, if there is one."""


class Memory:
    """A storage that is gone with the process."""

    def __init__(self) -> None:
        """Start empty."""
        self._records: dict[str, Record] = {}

    def ids(self) -> list[str]:
        """Return the ids in the order in which the agents were added."""
        return list(self._records)

    def last(self) -> int:
        """Return the highest number in use, 0 for none."""
        return max((record.seq for record in self._records.values()), default=0)

    def read(self, agent: str) -> Record | None:
        """Return the agent, None if there is none."""
        return self._records.get(agent)

    def write(self, record: Record) -> None:
        """Store the agent, replacing the one with its id."""
        self._records[record.id] = record

    def drop(self, agent: str) -> None:
        """Remove the agent, if there is one."""
        self._records.pop(agent, None)


class Folder:
    """A folder with one file per agent, replaced atomically, so never half written."""

    def __init__(self, path: Path) -> None:
        """Use `path`, which is created by the first write."""
        self.path = path
        self._names: dict[str, str] = {}
        self._read: dict[str, tuple[_Version, Record]] = {}
        """The agents as they were read or written, each with the version of its file."""
        self._last = 0
        self._left_at = -1
        """The folder's last change, as far as this process knows."""

    def ids(self) -> list[str]:
        """Return the ids in the order in which the agents were added."""
        self._look()
        return list(self._names)

    def last(self) -> int:
        """Return the highest number in use, 0 for none.

        The folder is read only if another process has changed it.
        """
        if self._changed_at() != self._left_at:
            self._left_at = self._changed_at()
            self._look()
            numbers = (int(name.split("-", 1)[0]) for name in self._names.values())
            self._last = max(numbers, default=0)
        return self._last

    def read(self, agent: str) -> Record | None:
        """Return the agent; raises DamagedError naming a damaged file."""
        found = self._found(agent)
        if found is None:
            self._look()
            found = self._found(agent)
        return found

    def write(self, record: Record) -> None:
        """Store the agent, replacing the one with its id."""
        self.path.mkdir(parents=True, exist_ok=True)
        alone = self._changed_at() == self._left_at
        name = self._names.setdefault(record.id, f"{record.seq:06d}-{record.id}.json")
        half = self.path / f".{name}.{os.getpid()}.tmp"
        half.unlink(missing_ok=True)
        with half.open("xb") as file:  # never through a link
            file.write(record.dumps().encode())
            file.flush()
            version = _version(os.fstat(file.fileno()))
        half.replace(self.path / name)
        self._read[record.id] = version, record
        if alone:
            self._last = max(self._last, record.seq)
            self._left_at = self._changed_at()

    def drop(self, agent: str) -> None:
        """Remove the agent, if there is one."""
        self._look()
        name = self._names.pop(agent, None)
        if name is not None:
            (self.path / name).unlink(missing_ok=True)

    def _changed_at(self) -> int:
        """Return when a name in the folder last changed, in nanoseconds; 0 without a folder."""
        try:
            return self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _look(self) -> None:
        """Read the names again, since another process may have changed them."""
        with suppress(FileNotFoundError), os.scandir(self.path) as entries:
            names = sorted(entry.name for entry in entries)
            self._names = {_agent(name): name for name in names if _is_agent(name)}
            return
        self._names = {}

    def _found(self, agent: str) -> Record | None:
        """Return the agent of a remembered name, read again only if its file is another one."""
        name = self._names.get(agent)
        if name is None:
            return None
        path = f"{self.path}/{name}"
        try:
            version = _version(os.lstat(path))
            known = self._read.get(agent)
            if known is None or known[0] != version:
                known = self._read[agent] = version, _record(Path(path))
            return known[1]
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise DamagedError(f"the sandbox's file {path} cannot be read: {reason}") from error


_Version = tuple[int, int, int]


def _version(found: os.stat_result) -> _Version:
    """Return what changes with a file: its number, size and time."""
    return found.st_ino, found.st_size, found.st_mtime_ns


def _record(path: Path) -> Record:
    """Read an agent's file; raises OSError, and DamagedError if it is no agent's."""
    plain.writable(path)  # its own files are plain files, never links to others
    try:
        return Record.loads(plain.read(path).decode())
    except ValueError as error:
        raise DamagedError(f"the sandbox's file {path} is damaged: {error}") from error


def _objection(parsed: object) -> str:
    """Return why this cannot be an agent's file, "" if it can."""
    if not isinstance(parsed, dict) or parsed.keys() != _KEYS.keys():
        return f"must be an object with exactly {', '.join(_KEYS)}"
    wrong = [name for name, kind in _KEYS.items() if not isinstance(parsed[name], kind)]
    return f"of the wrong type: {', '.join(wrong)}" if wrong else ""


def _is_agent(name: str) -> bool:
    number, dash, rest = name.partition("-")
    return number.isascii() and number.isdigit() and bool(dash) and rest.endswith(".json")


def _agent(name: str) -> str:
    return name.partition("-")[2].removesuffix(".json")

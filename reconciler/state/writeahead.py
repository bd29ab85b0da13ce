"""``.reconciler/state.jsonl``: entries that the state does not have yet.

The state is one text of all objects: if it were written after each object, a run's time would grow
with the square of their number. So an entry is appended here and synced, and the state is written
now and then. The next read and the next write of the state include what an interrupted run left
here.
"""

import json
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from reconciler import plain
from reconciler.errors import ReconcilerError, why
from reconciler.late import dataclass
from reconciler.model import Address, Applied
from reconciler.state import files, statefile
from reconciler.state.appended import Appended

_NAME = "state.jsonl"
_SHOWN = f"{files.OWN_FOLDER}/{_NAME}"
"""Its name in messages."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The new entry of an object in an environment; ``salt`` is that of the environment's page."""

    environment: str
    salt: str
    key: str
    applied: Applied


@dataclass
class WriteAhead:
    """The entries of a project, in the order in which they were made."""

    root: Path
    _begun: bool = field(default=False, init=False)
    _file: Appended = field(init=False)

    def __post_init__(self) -> None:
        self._file = Appended(self.root / files.OWN_FOLDER / _NAME, self.root)

    def append(self, entry: Entry) -> None:
        """Store an entry so that neither a kill nor a crash of the machine loses it.

        Raises ReconcilerError if it cannot be written.
        """
        row = {
            "format_version": statefile.FORMAT,
            "environment": entry.environment,
            "salt": entry.salt,
            "object": Address.parse(entry.key).full,
            "entry": statefile.stored(entry.applied),
        }
        try:
            if not self._begun:
                files.own_folder(self.root)
                self._begun = True
            self._file.add(json.dumps(row, sort_keys=True))
        except (OSError, ValueError) as error:
            raise ReconcilerError(f"{_SHOWN} cannot be written: {why(error)}") from error

    def entries(self) -> Iterator[Entry]:
        """The entries that a run left here, without a truncated last line.

        Raises ReconcilerError if they cannot be read, or if a newer version wrote one, which the
        next write would lose.
        """
        try:
            text = plain.read(self._file.path).decode("utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise ReconcilerError(f"{_SHOWN} cannot be read: {why(error)}") from error
        for line in text.splitlines():
            try:
                yield _entry(line)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                continue

    def clear(self) -> None:
        """Drop all entries: the state has them now."""
        try:
            self._file.drop()
        except OSError as error:
            raise ReconcilerError(f"{_SHOWN} cannot be written: {why(error)}") from error


def _entry(line: str) -> Entry:
    row = json.loads(line)
    version = row["format_version"]
    if files.newer(version, statefile.FORMAT):
        raise ReconcilerError(
            f"{_SHOWN} has format {version}, and this version reads up to {statefile.FORMAT}",
            hint="update reconciler",
        )
    address = Address.parse(row["object"])
    return Entry(
        environment=str(row["environment"]),
        salt=str(row["salt"]),
        key=str(address),
        applied=statefile.entry(row["entry"], statefile.kind_of(address, row["entry"])),
    )

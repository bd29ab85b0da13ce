"""What keeps results of reading between runs, wherever that is."""

from typing import Protocol


class Memory(Protocol):
    """Keeps entries between runs; each is one line, under a key without blanks."""

    def get(self, key: str) -> bytes | None:
        """Return the entry of a key."""

    def keep(self, key: str, entry: bytes) -> None:
        """Keep an entry, new or old, for the next run."""

    def save(self) -> None:
        """End the run: entries that it did not keep are dropped."""

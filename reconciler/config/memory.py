"""What keeps results of reading between runs, wherever that is."""

from typing import Protocol


class Memory(Protocol):
    """Keeps entries between runs; each is one line, under a key without blanks."""

    def get(self, key: str) -> bytes | None:
        """Return the entry of a key."""

    def keep(self, key: str, entry: bytes) -> None:
        """Keep an entry, new or old, for the next run."""

    def tag(self, *parts: bytes) -> str | None:
        """A digest that says nothing of these parts to anyone else; None if none can be made."""

    def changed(self) -> bool:
        """Whether what was kept differs from what the last run has kept."""

    def save(self) -> None:
        """End the run: entries that it did not keep are dropped."""

    def drop(self) -> None:
        """Forget everything for the next run."""

    def beside(self, name: str) -> "Memory":
        """Another memory, for what is seldom asked for."""

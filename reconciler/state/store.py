"""Stores of texts by key that many machines write: the contract of object stores and of git refs.

A text is only ever replaced if it is still the one that was read. State pages and locks are built
on this alone, so a store that has it needs nothing else.
"""

from collections.abc import Iterator
from typing import Protocol

from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.state.backend import MovedError


class StoreError(ReconcilerError):
    """A store cannot be reached, or refuses; what a failed write did is not known."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A text in a store. ``tag`` distinguishes its versions, ``at`` is when it was written.

    ``at`` is in seconds since 1970, by the store's clock.
    """

    text: str
    tag: str
    at: float


class Store(Protocol):
    """Texts by key, such as ``pages/production.json``. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """Its URL, for messages."""

    def get(self, key: str) -> Stored | None:
        """A text; None if there is none. Raises StoreError."""

    def put(self, key: str, text: str, tag: str | None) -> str:
        """Write a text if the current one has this tag, or if there is none; returns the new tag.

        Raises MovedError if that is not so, and StoreError if it cannot be known.
        """

    def keys(self, folder: str) -> list[str]:
        """The keys that start with ``folder/``, sorted. Raises StoreError."""

    def now(self) -> float:
        """The time of the clock that ``Stored.at`` has."""

    def earlier(self, key: str) -> Iterator[str]:
        """Earlier texts of a key that the store still has, newest first, without the current."""


def replace(store: Store, key: str, text: str, tag: str | None) -> str:
    """Write as ``Store.put`` does, and notice one's own write whose reply was lost.

    A store or its client repeats a request whose reply did not come: the second one then finds the
    text that the first one wrote, and answers that the condition is not met.
    """
    try:
        return store.put(key, text, tag)
    except (MovedError, StoreError):
        found = store.get(key)
        if found is None or found.text != text:
            raise
        return found.tag

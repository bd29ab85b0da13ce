"""Where the state of a project is kept: what a backend does.

A backend keeps the whole state and its version, and writes only over the version that it is given.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from reconciler.model import EnvironmentState
from reconciler.state.writeahead import WriteAhead

Environments: TypeAlias = Mapping[str, EnvironmentState]
"""What is known of each environment, by its name."""


class MovedError(Exception):
    """The state is not of the version that a change was made of."""


class StateBackend(Protocol):
    """Where the state of a project is kept.

    ``version`` is whatever tells one state from another, such as an entity tag; empty for none.
    """

    @property
    def name(self) -> str:
        """What messages call it, such as the name of its file."""

    @property
    def ahead(self) -> WriteAhead:
        """The entries that the state does not have yet, on this machine."""

    def read(self) -> tuple[Environments, str]:
        """The state and its version; an empty one if there is none.

        Raises ReconcilerError if it is damaged, half merged or of a newer format.
        """

    def write(self, environments: Environments, if_version: str) -> str:
        """Replace the state, and return the new version. Raises MovedError if it moved."""

    def lock(self, wait: float = 0) -> AbstractContextManager[None]:
        """Hold the state against other runs; ReconcilerError if one still holds it after ``wait``.

        It is a courtesy. What guarantees that nothing is lost is ``write``.
        """

    def earlier(self) -> Iterator[Environments]:
        """Earlier states that can still be had, newest first."""

    def commits_with(self, digest: str) -> list[str]:
        """The commits whose state came to know a digest, newest first."""

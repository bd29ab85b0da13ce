"""The contract of a backend that stores a project's state.

A backend stores the whole state with a version, and writes only if that version is still current.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from reconciler.model import EnvironmentState
from reconciler.state.writeahead import WriteAhead

Environments: TypeAlias = Mapping[str, EnvironmentState]
"""The state of each environment, by its name."""


class MovedError(Exception):
    """The state no longer has the version that a change is based on."""


class StateBackend(Protocol):
    """Stores the state of a project.

    ``version`` is anything that distinguishes states, such as an entity tag; empty for none.
    """

    @property
    def name(self) -> str:
        """The name for messages, such as that of its file."""

    @property
    def ahead(self) -> WriteAhead:
        """The entries on this machine that are not in the state yet."""

    def read(self) -> tuple[Environments, str]:
        """The state and its version; an empty one if there is none.

        Raises ReconcilerError if it is damaged, half merged or of a newer format.
        """

    def write(self, environments: Environments, if_version: str) -> str:
        """Replace the state, and return the new version.

        Raises MovedError if it has another one.
        """

    def lock(self, wait: float = 0) -> AbstractContextManager[None]:
        """Lock the state against other runs.

        Raises ReconcilerError if it is still held after ``wait`` seconds. The lock is a courtesy.
        What guarantees that nothing is lost is ``write``.
        """

    def earlier(self) -> Iterator[Environments]:
        """Earlier states that are still available, newest first."""

    def commits_with(self, digest: str) -> list[str]:
        """The commits that added a digest to the state, newest first."""

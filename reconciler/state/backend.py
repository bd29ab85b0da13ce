"""The contract of a backend that stores a project's state.

A backend stores the whole state with a version, and writes only if that version is still current.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from typing import Protocol, TypeAlias

from reconciler.jsonvalues import Secret
from reconciler.late import dataclass
from reconciler.model import EnvironmentState
from reconciler.state.writeahead import WriteAhead

Environments: TypeAlias = Mapping[str, EnvironmentState]
"""The state of each environment, by its name."""


class MovedError(Exception):
    """The state no longer has the version that a change is based on."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """Who locks a state, as others see it.

    ``what`` is the command, ``url`` the page of the CI run, ``digest`` that of the reviewed plan.
    ``job`` is the same for all tries of one CI job, which never run at once, and ``attempt``
    differs in each. Jobs of a matrix, which do run at once, can have the same job and attempt.
    """

    who: str
    what: str = ""
    url: str = ""
    job: str = ""
    attempt: str = ""
    commit: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A lock that somebody holds. ``id`` distinguishes it from later ones, ``said`` describes it.

    ``is_over`` says that its holder did not renew it in time, so that the next run takes it.
    """

    id: str
    said: str
    is_over: bool = False


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where credentials may be: what the project says, and the variables of the machine."""

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    username: str = ""
    password: Secret | None = None


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a run writes its state: at most one in ``share`` of its time is spent on that.

    ``least`` is the number of seconds from one write to the next.
    """

    least: float
    share: int


class StateBackend(Protocol):
    """Stores the state of a project.

    ``version`` is anything that distinguishes states, such as an entity tag; empty for none.
    """

    @property
    def name(self) -> str:
        """The name for messages, such as that of its file."""

    @property
    def is_shared(self) -> bool:
        """Whether other machines write it at the same time."""

    @property
    def pace(self) -> Pace:
        """How often a run writes it."""

    @property
    def ahead(self) -> WriteAhead:
        """The entries on this machine that are not in the state yet."""

    def read(self, only: Collection[str] | None = None) -> tuple[Environments, str]:
        """The state and its version; an empty one if there is none.

        ``only`` are the environments that are needed; a backend with one text for all reads all.
        Raises ReconcilerError if it is damaged, half merged or of a newer format.
        """

    def write(self, environments: Environments, if_version: str) -> str:
        """Replace the state, and return the new version.

        Raises MovedError if it has another one.
        """

    def lock(
        self, environments: Collection[str], run: Run, wait: float = 0
    ) -> AbstractContextManager[None]:
        """Lock the state of these environments, or all of it, against other runs.

        Raises ReconcilerError if it is still held after ``wait`` seconds. The lock is a courtesy.
        What guarantees that nothing is lost is ``write``.
        """

    def held(self, environment: str) -> Held | None:
        """Who holds the lock of an environment now; None if nobody does."""

    def hold(self, environment: str, run: Run) -> Held:
        """Lock an environment until somebody unlocks it. Raises ReconcilerError."""

    def unlock(self, environment: str, held: Held) -> None:
        """Free a lock that a person was shown. Raises ReconcilerError if it has changed since."""

    def back_up(self, environments: Collection[str], now: str) -> str:
        """Keep a copy of the state before it is replaced as a whole.

        Returns where the copy is, for messages; empty if there was nothing to copy.
        """

    def prove(self) -> str:
        """Try whether several runs can share the state; returns what was found, for people.

        Raises ReconcilerError if they would overwrite each other.
        """

    def check(self) -> None:
        """Raise ReconcilerError if the lock was lost, so that this run must start nothing more."""

    def earlier(self) -> Iterator[Environments]:
        """Earlier states that are still available, newest first."""

    def commits_with(self, digest: str) -> list[str]:
        """The commits that added a digest to the state, newest first."""

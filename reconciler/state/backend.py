"""The state of a project, wherever it is kept: what a backend does, and changes that lose nothing.

A backend keeps the whole state and its version. A change is written only over the version that it
was made of; if another program wrote in between, it is made again, of what that wrote.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.model import Applied, EnvironmentState

Environments: TypeAlias = Mapping[str, EnvironmentState]
"""What is known of each environment, by its name."""

_TRIES = 20
"""Changes of one entry that are made again before it is given up."""


class MovedError(Exception):
    """The state is not of the version that a change was made of."""


class StateBackend(Protocol):
    """Where the state of a project is kept.

    ``version`` is whatever tells one state from another, such as an entity tag; empty for none.
    """

    @property
    def name(self) -> str:
        """What messages call it, such as the name of its file."""

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


class State:
    """What a project remembers, read once and written after each object."""

    def __init__(
        self, backend: StateBackend, environments: Environments | None = None, version: str = ""
    ) -> None:
        self.backend = backend
        self.environments: Environments = environments or {}
        self._version = version

    @classmethod
    def of(cls, backend: StateBackend) -> "State":
        """The state of a backend, as it is now."""
        return cls(backend, *backend.read())

    def page(self, environment: str, new_salt: str) -> EnvironmentState:
        """What was last applied to an environment; an empty page with this salt if nothing was."""
        return self.environments.get(environment) or EnvironmentState(salt=new_salt)

    def record(self, environment: str, salt: str, key: str, entry: Applied) -> None:
        """Remember an object, under this key alone.

        What the key held of another object goes to the key that this one had: two files changed
        names, and until the other one is remembered too, nothing is known of it but this.
        """
        self.record_all(environment, salt, {key: entry})

    def record_all(self, environment: str, salt: str, entries: Mapping[str, Applied]) -> None:
        """Remember several objects with one write."""

        def recorded(page: EnvironmentState | None) -> EnvironmentState:
            known = dict(page.agents) if page else {}
            for key, entry in entries.items():
                _put(known, key, entry)
            return EnvironmentState(salt=salt, agents=known)

        if entries:
            self._change(environment, recorded)

    def rename(self, environment: str, keys: Mapping[str, str]) -> None:
        """Give entries the keys that their files have now, by the former ones."""

        def renamed(page: EnvironmentState | None) -> EnvironmentState | None:
            if page is None or page.agents.keys().isdisjoint(keys):
                return page
            known = dict(page.agents)
            for former, key in keys.items():
                if former in page.agents:
                    entry = page.agents[former]
                    _put(known, key, replace(entry, place=entry.place or former))
            return EnvironmentState(salt=page.salt, agents=known)

        self._change(environment, renamed)

    def drop(self, environment: str, keys: Collection[str]) -> None:
        """Forget some objects of an environment."""

        def dropped(page: EnvironmentState | None) -> EnvironmentState | None:
            if page is None or page.agents.keys().isdisjoint(keys):
                return page
            kept = {key: entry for key, entry in page.agents.items() if key not in keys}
            return EnvironmentState(salt=page.salt, agents=kept)

        self._change(environment, dropped)

    def restore(self, environment: str, page: EnvironmentState | None) -> None:
        """Put back what was known of an environment."""
        self._change(environment, lambda _: page)

    def forget(self, environment: str) -> None:
        """Drop all that is known of an environment."""
        self._change(environment, lambda _: None)

    def _change(
        self, environment: str, change: Callable[[EnvironmentState | None], EnvironmentState | None]
    ) -> None:
        """Change the page of an environment, over the newest state that there is."""
        for _ in range(_TRIES):
            page = self.environments.get(environment)
            made = change(page)
            if made is page:
                return
            others = {name: one for name, one in self.environments.items() if name != environment}
            found = {**others, environment: made} if made else others
            try:
                self._version = self.backend.write(found, self._version)
            except MovedError:
                self.environments, self._version = self.backend.read()
                continue
            self.environments = found
            return
        raise ReconcilerError(f"{self.backend.name} is written by other programs without a pause")


def _put(known: dict[str, Applied], key: str, agent: Applied) -> None:
    """Set an agent's entry, and move the other agent's that was there out of its way."""
    former = [other for other, entry in known.items() if entry.id == agent.id and other != key]
    for other in former:
        del known[other]
    displaced = known.get(key)
    if displaced and displaced.id != agent.id and former:
        known[former[0]] = replace(displaced, place=displaced.place or key)
    known[key] = replace(agent, place="" if agent.place == key else agent.place)

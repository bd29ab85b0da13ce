"""A project's state, and changes to it that lose nothing.

A change of one object is stored at once, ahead of the state (see ``writeahead``); the state is
written at the end of a run and every few seconds. If another program wrote it in between, the
changes are applied again to the new state.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeAlias

from reconciler.errors import ReconcilerError, RefusedError
from reconciler.model import Applied, EnvironmentState
from reconciler.state.backend import Environments, MovedError, StateBackend
from reconciler.state.pages import Page
from reconciler.state.writeahead import Entry

_TRIES = 20
"""Attempts to write before giving up."""

Pages: TypeAlias = dict[str, Page]
Change: TypeAlias = Callable[[Pages], None]


class State:
    """The state of a backend, read once."""

    def __init__(
        self,
        backend: StateBackend,
        environments: Environments | None = None,
        version: str = "",
        left: Iterable[Entry] = (),
        only: Collection[str] | None = None,
    ) -> None:
        self.backend, self._only = backend, only
        self._pages = _pages(environments or {})
        self._version = version
        self._changes: list[Change] = [_folded(entry) for entry in left]
        for change in self._changes:
            change(self._pages)
        self._written, self._cost = time.monotonic(), 0.0
        self._failed: ReconcilerError | None = None

    @classmethod
    def of(cls, backend: StateBackend, only: Collection[str] | None = None) -> "State":
        """Read a backend's current state, with entries left by an interrupted run.

        ``only`` are the environments that are needed; those of entries that were left are, too.
        """
        left = list(backend.ahead.entries())  # first, since later entries are in the state
        if only is not None:
            only = {*only, *(entry.environment for entry in left)}
        return cls(backend, *backend.read(only), left, only)

    def known(self, environment: str) -> EnvironmentState | None:
        """What was last applied to an environment; None if nothing was."""
        page = self._pages.get(environment)
        return page.shown if page else None

    def page(self, environment: str, new_salt: str) -> EnvironmentState:
        """The same; an empty page with this salt if nothing was applied."""
        return self.known(environment) or EnvironmentState(salt=new_salt)

    def entry(self, environment: str, key: str, object_id: str | None) -> Applied | None:
        """The current entry of an object, or else of its key."""
        page = self._pages.get(environment)
        return page.entry(key, object_id) if page else None

    def record(self, environment: str, salt: str, key: str, entry: Applied) -> None:
        """Set the entry of an object.

        It is stored when this returns; the state may be written later.
        """
        kept = Entry(environment=environment, salt=salt, key=key, applied=entry)
        self.backend.ahead.append(kept)
        self._make(lambda pages: _page_of(pages, environment, salt).put(key, entry))
        pace = self.backend.pace
        if time.monotonic() - self._written > max(pace.least, pace.share * self._cost):
            self._written = time.monotonic()
            try:
                self.write()
            except ReconcilerError as error:  # nothing is lost: the entry is stored ahead
                self._failed = error

    def begin(self, environment: str, salt: str) -> None:
        """Make sure, before anything is recorded, that the page of an environment has this salt.

        Two runs on two machines can begin the same page. Raises RefusedError if another one was
        first: digests with its salt cannot be compared with those of this run.
        """
        if self.backend.is_shared and self.known(environment) is None:
            self._make(lambda pages: _begun(pages, environment, salt))
            self.write()
        _begun(self._pages, environment, salt)

    def check(self) -> None:
        """Raise ReconcilerError if this run should start nothing more.

        Its lock was taken from it, or a state that other machines share cannot be written.
        """
        self.backend.check()
        if self._failed and self.backend.is_shared:
            raise self._failed

    def record_all(self, environment: str, salt: str, entries: Mapping[str, Applied]) -> None:
        """Set the entries of several objects with one write."""

        def recorded(pages: Pages) -> None:
            page = _page_of(pages, environment, salt)
            for key, entry in entries.items():
                page.put(key, entry)

        if entries:
            self._make(recorded)
            self.write()

    def rename(self, environment: str, keys: Mapping[str, str]) -> None:
        """Rename entries to the keys that their files have now, by the former ones."""
        self._edit(environment, keys, lambda page: page.rename(keys))

    def drop(self, environment: str, keys: Collection[str]) -> None:
        """Remove the entries of some objects of an environment."""
        self._edit(environment, keys, lambda page: page.drop(keys))

    def restore(self, environment: str, page: EnvironmentState | None) -> None:
        """Restore the page of an environment; None if it had none."""

        def restored(pages: Pages) -> None:
            pages.pop(environment, None)
            if page:
                pages[environment] = Page(page.salt, page.agents)

        self._make(restored)
        self.write()

    def write(self) -> None:
        """Write the changes that are not in the state yet; retries on MovedError."""
        if not self._changes:
            return
        begun = time.monotonic()
        for _ in range(_TRIES):
            shown = {name: page.shown for name, page in self._pages.items()}
            try:
                self._version = self.backend.write(shown, self._version)
            except MovedError:
                self._again(*self.backend.read(self._only))
                continue
            self._changes.clear()
            self._failed = None
            self.backend.ahead.clear()
            self._written = time.monotonic()
            self._cost = self._written - begun
            return
        raise ReconcilerError(f"{self.backend.name} is written by other programs without a pause")

    def _edit(self, environment: str, keys: Collection[str], edit: Callable[[Page], None]) -> None:
        """Edit a page that has one of these keys; an environment removed since stays removed."""

        def edited(pages: Pages) -> None:
            if environment in pages:
                edit(pages[environment])

        page = self._pages.get(environment)
        if page and page.has(keys):
            self._make(edited)
            self.write()

    def _make(self, change: Change) -> None:
        self._changes.append(change)
        change(self._pages)

    def _again(self, environments: Environments, version: str) -> None:
        """Apply the changes again to a state that another program has written."""
        self._pages, self._version = _pages(environments), version
        for change in self._changes:
            change(self._pages)


def settle(backend: StateBackend, environments: Collection[str]) -> None:
    """Write entries left by an interrupted run; the caller holds the lock of ``environments``."""
    if any(backend.ahead.entries()):
        State.of(backend, environments).write()


def _pages(environments: Environments) -> Pages:
    return {name: Page(page.salt, page.agents) for name, page in environments.items()}


def _page_of(pages: Pages, environment: str, salt: str) -> Page:
    """The page of an environment; digests with another salt cannot be compared."""
    _begun(pages, environment, salt)
    return pages[environment]


def _begun(pages: Pages, environment: str, salt: str) -> None:
    """Add the page of an environment, if it is new."""
    page = pages.setdefault(environment, Page(salt))
    if page.salt != salt:
        message = f"the state of {environment} was begun by another run at the same time"
        raise RefusedError(message, hint="plan again")


def _folded(entry: Entry) -> Change:
    """The change of an interrupted run; a value applied since then has precedence."""

    def change(pages: Pages) -> None:
        page = pages.get(entry.environment)
        if page and page.salt != entry.salt:
            return  # the state was replaced: the entry's digests have another salt
        page = _page_of(pages, entry.environment, entry.salt)
        since = page.entry(entry.key, entry.applied.id)
        if since is None or since.applied_at <= entry.applied.applied_at:
            page.put(entry.key, entry.applied)

    return change

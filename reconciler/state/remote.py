"""The state in a store that several machines share: one text for each environment.

```
pages/production.json      what was last applied, in the format of the file
locks/production.json      who is writing; see ``lease``
backups/production/….json  pages before they were replaced as a whole
```
"""

import json
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.model import EnvironmentState
from reconciler.state import mutex, probe, statefile
from reconciler.state import store as stores
from reconciler.state.backend import Environments, Held, MovedError, Pace, Run
from reconciler.state.lease import Lease, Seen, described, is_generation
from reconciler.state.local import LocalFile
from reconciler.state.store import Store, Stored
from reconciler.state.writeahead import WriteAhead

_PAGES, _BACKUPS = "pages", "backups"
_SUFFIX = ".json"
_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Text:
    """A page as stored; ``generation`` is that of the last lock under which it was written."""

    text: str
    tag: str
    generation: int


@dataclass(kw_only=True)
class Remote:
    """The state of a project in a store. Without ``lease`` seconds a lock has no end.

    ``locked`` says whether runs lock it at all, ``migrating`` that the project's file may be there,
    and ``mending`` that a damaged page counts as an empty one, which is replaced.
    """

    root: Path
    store: Store
    lease: float | None = 120.0
    locked: bool = True
    migrating: bool = False
    mending: bool = False
    is_shared = True
    pace = Pace(least=0.0, share=5)
    _texts: dict[str, Text] = field(default_factory=dict, init=False)
    _leases: dict[str, Lease] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        """The URL of the store."""
        return self.store.name

    @cached_property
    def ahead(self) -> WriteAhead:
        """See ``StateBackend.ahead``."""
        return WriteAhead(self.root)

    def read(self, only: Collection[str] | None = None) -> tuple[Environments, str]:
        """See ``StateBackend.read``. Raises ReconcilerError if the project still has a file."""
        if not self.migrating:
            statefile.refuse_left(self.root, self.name)
        pages: dict[str, EnvironmentState] = {}
        self._texts = {}
        for name in self.names() if only is None else sorted(set(only)):
            stored = self.store.get(_key(name))
            if stored:
                self._texts[name], there = self._parsed(_key(name), stored)
                pages |= {one: page for one, page in there.items() if one == name}
        return pages, self._version

    def write(self, environments: Environments, if_version: str) -> str:
        """See ``StateBackend.write``; writes only the pages that differ, one after the other.

        If one has moved, those before it are written all the same: the caller writes again what
        it has changed, and equal pages are not written twice. Raises ReconcilerError if a newer
        lock than this run's was used to write one.
        """
        if if_version != self._version:
            raise MovedError
        for name in sorted({*environments, *self._texts}):
            found = {name: environments[name]} if name in environments else {}
            self._write(name, found)
        return self._version

    def names(self) -> list[str]:
        """The environments that have a page."""
        found = [key.removeprefix(f"{_PAGES}/") for key in self.store.keys(_PAGES)]
        own = [name for name in found if "/" not in name]  # others are of a project in a folder
        return [name.removesuffix(_SUFFIX) for name in own if name.endswith(_SUFFIX)]

    @contextmanager
    def lock(self, environments: Collection[str], run: Run, wait: float = 0) -> Iterator[None]:
        """One run at a time for each environment, and one at a time in this folder.

        All runs lock several environments in the same order, so that they do not wait in a ring.
        """
        end = time.monotonic() + wait
        with ExitStack() as held:
            held.enter_context(mutex.exclusive(self.root, wait))
            for name in sorted(set(environments)) if self.locked else ():
                lease = self.lease_of(name)
                held.enter_context(lease.holding(run, max(0.0, end - time.monotonic())))
                self._leases[name] = lease
                held.callback(self._leases.pop, name)
            yield

    def lease_of(self, environment: str) -> Lease:
        """The lock of an environment."""
        return Lease(self.store, environment, self.lease, least=lambda: self._written(environment))

    def held(self, environment: str) -> Held | None:
        """See ``StateBackend.held``."""
        seen = self.lease_of(environment).seen()
        return _held(seen) if seen.lock.is_held else None

    def hold(self, environment: str, run: Run) -> Held:
        """See ``StateBackend.hold``."""
        return _held(replace(self.lease_of(environment), seconds=None).take(run))

    def unlock(self, environment: str, held: Held) -> None:
        """See ``StateBackend.unlock``."""
        lease = self.lease_of(environment)
        for _ in range(_TRIES):
            seen = lease.seen()
            if _held(seen).id != held.id or not seen.lock.is_held:
                break
            with suppress(MovedError):  # its holder renews it
                return lease.free(seen)
        message = f"the lock of {environment} has changed: {described(seen.lock)}"
        raise ReconcilerError(message, hint="look again: reconciler state unlock")

    def check(self) -> None:
        """See ``StateBackend.check``."""
        for lease in self._leases.values():
            lease.check()

    def earlier(self) -> Iterator[Environments]:
        """Earlier pages that the store has, then what git has of the file before a migration."""
        for name in list(self._texts):
            for text in self._former(name):
                with suppress(ReconcilerError):
                    yield statefile.loads(text, self.name)
        yield from LocalFile(self.root).earlier()

    def commits_with(self, digest: str) -> list[str]:
        """The commits that added a digest to the file that the project had before."""
        return LocalFile(self.root).commits_with(digest)

    def back_up(self, environments: Collection[str], now: str) -> str:
        """See ``StateBackend.back_up``; each page has a copy of its own."""
        copies: list[str] = []
        for name in sorted(environments):
            found = self.store.get(_key(name))
            if found:
                copy = f"{_BACKUPS}/{name}/{now.replace(':', '')}{_SUFFIX}"
                with suppress(MovedError):  # one of this second is there
                    stores.replace(self.store, copy, found.text, None)
                copies.append(f"{self.name}/{copy}")
        return " and ".join(copies)

    def prove(self) -> str:
        """See ``StateBackend.prove``."""
        probe.prove(self.store)
        return "it creates a text once, and replaces it only as it was read"

    def _written(self, environment: str) -> int:
        """The generation of the last lock under which a page was written."""
        found = self.store.get(_key(environment))
        return self._parsed(_key(environment), found)[0].generation if found else 0

    def _former(self, name: str) -> Iterator[str]:
        yield from self.store.earlier(_key(name))
        for key in reversed(self.store.keys(f"{_BACKUPS}/{name}")):
            found = self.store.get(key)
            if found:
                yield found.text

    @property
    def _version(self) -> str:
        return json.dumps({name: page.tag for name, page in self._texts.items()}, sort_keys=True)

    def _write(self, name: str, page: Environments) -> None:
        seen, lease = self._texts.get(name), self._leases.get(name)
        generation = seen.generation if seen else 0
        mine = lease.generation if lease else None
        if mine is not None and mine < generation:
            raise self._fenced(name)
        if mine is not None:
            generation = mine
        text = _text(page, generation)
        if seen and text == seen.text:
            return
        if seen is None:
            probe.prove(self.store)
        tag = stores.replace(self.store, _key(name), text, seen.tag if seen else None)
        self._texts[name] = Text(text=text, tag=tag, generation=generation)

    def _fenced(self, name: str) -> ReconcilerError:
        message = f"{name} was locked by another run since, which has written the state"
        return ReconcilerError(message, hint="let the other run finish, then plan again")

    def _parsed(self, key: str, stored: Stored) -> tuple[Text, Environments]:
        """A page as stored, and its content."""
        name = f"{self.name}/{key}"
        restore = "reconciler state push FILE --force, with a copy of state pull, or a backup"
        try:
            content = statefile.decoded(stored.text, name, restore)
            pages = statefile.pages(content, name, restore)
            generation = content.get("generation", 0)
            if not is_generation(generation):
                raise statefile.damaged(name, "its generation is no number of a lock", restore)
        except statefile.DamagedError:
            if not self.mending:
                raise
            pages, generation = {}, 0
        return Text(text=stored.text, tag=stored.tag, generation=generation), pages


def _held(seen: Seen) -> Held:
    return Held(id=str(seen.lock.generation), said=described(seen.lock), is_over=seen.is_over)


def _key(environment: str) -> str:
    return f"{_PAGES}/{environment}{_SUFFIX}"


def _text(page: Mapping[str, EnvironmentState], generation: int) -> str:
    """A page's text. An environment that was forgotten has an empty one: nothing is deleted."""
    return statefile.text_of({**statefile.content(page), "generation": generation})

"""A shared state, but for environments whose objects are on this machine alone.

An embedded sandbox has its agents in ``.reconciler/``: on another machine they have other ids, so
its page is kept next to them, and such a run needs neither the store nor its credentials.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError
from reconciler.late import dataclass
from reconciler.state import files
from reconciler.state.backend import Environments, Held, Pace, Run, StateBackend
from reconciler.state.local import LocalFile
from reconciler.state.writeahead import WriteAhead

if TYPE_CHECKING:
    from reconciler.state.http_state import HttpState
    from reconciler.state.remote import Remote


@dataclass(frozen=True, kw_only=True)
class Split:
    """``own`` environments are in a file in the tool's folder, the others in ``shared``."""

    shared: "Remote | HttpState"
    own: frozenset[str]
    is_shared = True

    @property
    def name(self) -> str:
        """The URL of the shared state."""
        return self.shared.name

    @property
    def pace(self) -> Pace:
        """See ``StateBackend.pace``."""
        return self.shared.pace

    @property
    def ahead(self) -> WriteAhead:
        """See ``StateBackend.ahead``."""
        return self.shared.ahead

    @property
    def _file(self) -> LocalFile:
        return LocalFile(self.shared.root / files.OWN_FOLDER)

    def read(self, only: Collection[str] | None = None) -> tuple[Environments, str]:
        """See ``StateBackend.read``."""
        here, version = self._file.read()
        found: Environments = {}
        other: str | None = None  # not read: an empty version is that of a state that is new
        if only is None or not self.own.issuperset(only):
            there = None if only is None else [one for one in only if one not in self.own]
            found, other = self.shared.read(there)
        return {**found, **self._part(here)}, json.dumps([version, other])

    def write(self, environments: Environments, if_version: str) -> str:
        """See ``StateBackend.write``."""
        version, other = json.loads(if_version)
        here, before = self._part(environments), self._part(self._file.read()[0])
        if here != before:
            files.own_folder(self.shared.root)
            version = self._file.write(here, version)
        there = {name: page for name, page in environments.items() if name not in self.own}
        if other is not None:
            other = self.shared.write(there, other)
        return json.dumps([version, other])

    def lock(
        self, environments: Collection[str], run: Run, wait: float = 0
    ) -> AbstractContextManager[None]:
        """See ``StateBackend.lock``; in this folder for all, in the store for shared ones."""
        return self.shared.lock([one for one in environments if one not in self.own], run, wait)

    def held(self, environment: str) -> Held | None:
        """See ``StateBackend.held``."""
        return self._of(environment).held(environment)

    def hold(self, environment: str, run: Run) -> Held:
        """See ``StateBackend.hold``; there is nothing to lock for others in a sandbox."""
        if environment in self.own:
            message = f"{environment} is a sandbox of this machine: no other machine writes to it"
            raise ReconcilerError(message, hint="name a shared environment with --env")
        return self.shared.hold(environment, run)

    def unlock(self, environment: str, held: Held) -> None:
        """See ``StateBackend.unlock``."""
        self._of(environment).unlock(environment, held)

    def back_up(self, environments: Collection[str], now: str) -> str:
        """See ``StateBackend.back_up``."""
        there = [one for one in environments if one not in self.own]
        copies = [self.shared.back_up(there, now)] if there else []
        if len(there) < len(environments):
            copies.append(self._file.back_up(environments, now))
        return " and ".join(filter(None, copies))

    def _of(self, environment: str) -> StateBackend:
        return self._file if environment in self.own else self.shared

    def prove(self) -> str:
        """See ``StateBackend.prove``."""
        return self.shared.prove()

    def check(self) -> None:
        """See ``StateBackend.check``."""
        self.shared.check()

    def earlier(self) -> Iterator[Environments]:
        """See ``StateBackend.earlier``."""
        return self.shared.earlier()

    def commits_with(self, digest: str) -> list[str]:
        """See ``StateBackend.commits_with``."""
        return self.shared.commits_with(digest)

    def _part(self, environments: Environments) -> Environments:
        return {name: page for name, page in environments.items() if name in self.own}

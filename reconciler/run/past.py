"""What was last applied, found again: in this machine's history, or in git. Never guessed.

The ledger holds digests alone. A value counts as the one that was applied only where its digest
is the ledger's.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.api import digest
from reconciler.api.fields import Table
from reconciler.api.wire import MISSING
from reconciler.config import load
from reconciler.config.project import Project, environment, load_project
from reconciler.engine import diff
from reconciler.engine.history import Apply
from reconciler.errors import ReconcilerError
from reconciler.model import Fields, Json, Last, Stamp, Status
from reconciler.store import git, history, ledger


@dataclass(kw_only=True)
class Past:
    """Looks up earlier values of one environment."""

    project: Project
    environment: str
    table: Table
    last: Last
    env: Mapping[str, str]
    _commits: dict[str, Mapping[str, Fields]] = field(default_factory=dict, init=False)
    _applies: list[Apply] | None = field(default=None, init=False)

    def applied(self, key: str, path: str) -> Json:
        """The value that was last applied to a leaf; ``MISSING`` where nothing here has it."""
        known = self.last.agents.get(key)
        wanted = known.digests.get(path) if known else None
        if known is None or wanted is None or digest.is_keyed(wanted):
            return MISSING
        return self.value(key, path, wanted, [known.commit, known.stamp(path).commit])

    def value(self, key: str, path: str, wanted: str, commits: Iterable[str]) -> Json:
        """A leaf's value with this digest, in the history or at one of these commits."""
        for found in self._candidates(key, path, wanted, commits):
            if diff.seen(self.table[path], found) == wanted:
                return found
        return MISSING

    def _candidates(
        self, key: str, path: str, wanted: str, commits: Iterable[str]
    ) -> Iterator[Json]:
        for apply in self.applies():
            for written in apply.agents:
                if written.key == key:
                    yield from (c.after for c in written.changes if c.path == path)
                    yield from (v for p, v in (written.before or {}).items() if p == path)
        for commit in self._commits_with(wanted, commits):
            fields = self.files_at(commit).get(key, {})
            if path in fields:
                yield fields[path]

    def _commits_with(self, wanted: str, commits: Iterable[str]) -> Iterator[str]:
        """These commits, then those whose ledger came to know the digest: an adopt, an import."""
        yield from dict.fromkeys(filter(None, commits))
        yield from git.having(self.project.root, ledger.FILE_NAME, wanted)

    def versions(self, key: str, path: str) -> list[tuple[Stamp, Json]]:
        """Every applied value of a leaf that can be had, oldest first."""
        found = {stamp.at: (stamp, value) for stamp, value in self._in_history(key, path)}
        for stamp, wanted, commit in self._in_ledgers(key, path):
            if stamp.at not in found:
                value = self.value(key, path, wanted, [stamp.commit, commit])
                if value is not MISSING:
                    found[stamp.at] = (stamp, value)
        return [found[at] for at in sorted(found)]

    def _in_history(self, key: str, path: str) -> Iterator[tuple[Stamp, Json]]:
        for apply in self.applies():
            stamp = Stamp(at=apply.at, commit=apply.commit)
            for written in apply.agents:
                if written.key == key and written.status in (Status.DONE, Status.DIFFERS):
                    changes = (c for c in written.changes if c.path == path and not c.sensitive)
                    yield from ((stamp, change.after) for change in changes)

    def _in_ledgers(self, key: str, path: str) -> Iterator[tuple[Stamp, str, str]]:
        """Stamp, digest and commit of a leaf, in the ledger of now and in git's earlier ones."""
        name = ledger.FILE_NAME
        pages = [self.last]
        for text in git.versions(self.project.root, name):
            with suppress(ReconcilerError):
                pages.append(ledger.loads(text, Path(name)).get(self.environment, self.last))
        for page in pages:
            known = page.agents.get(key)
            if known and path in known.digests and not digest.is_keyed(known.digests[path]):
                yield known.stamp(path), known.digests[path], known.commit

    def applies(self) -> list[Apply]:
        """The applies that this machine remembers, newest first."""
        if self._applies is None:
            place = history.folder(self.project.root, self.environment)
            self._applies = list(history.applies(place))
        return self._applies

    def files_at(self, commit: str) -> Mapping[str, Fields]:
        """What the files of a commit declared, by key; nothing where they cannot be read."""
        if commit not in self._commits:
            self._commits[commit] = self._declared(commit)
        return self._commits[commit]

    def _declared(self, commit: str) -> Mapping[str, Fields]:
        root, name = self.project.root, self.project.document.name
        agents = self.project.agents.relative_to(root).as_posix()
        with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
            if not git.export(root, commit, Path(folder), agents):
                return {}
            try:
                then = load_project(Path(folder) / name, self.env).unlinted
                place = environment(then, self.environment, self.env, offline=True)
                desired, _ = load.agents(then, place, self.table, self.env, offline=True)
            except (ReconcilerError, KeyError):  # the environment may not have been there yet
                return {}
            return {item.key: item.fields for item in desired}

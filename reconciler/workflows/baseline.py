"""Find last applied values in this machine's history or in git. Never guessed.

The state has only digests. A value counts as the applied one only if its digest is the state's.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from reconciler.config import load
from reconciler.config.project import Project, environment, load_project
from reconciler.engine import diff
from reconciler.engine.history import Apply, Written
from reconciler.errors import ReconcilerError
from reconciler.jsonvalues import MISSING, Fields, Json
from reconciler.late import dataclass
from reconciler.model import Applied, EnvironmentState, Stamp, Status
from reconciler.schema import digest
from reconciler.state import git, history
from reconciler.state.backend import StateBackend
from reconciler.workflows.session import Session


@dataclass(kw_only=True)
class Baseline:
    """Looks up earlier values of one environment."""

    project: Project
    environment: str
    page: EnvironmentState
    backend: StateBackend
    env: Mapping[str, str]
    _commits: dict[str, Mapping[str, Fields]] = field(default_factory=dict, init=False)
    _applies: list[Apply] | None = field(default=None, init=False)
    _states: list[EnvironmentState] | None = field(default=None, init=False)
    _former: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, session: Session, page: EnvironmentState) -> "Baseline":
        """The baseline of a session's environment."""
        return cls(
            project=session.project,
            environment=session.name,
            page=page,
            backend=session.state.backend,
            env=session.context.env,
        )

    def applied(self, agent_id: str, path: str) -> Json:
        """The value that was last applied to a leaf; ``MISSING`` if it is not found."""
        known = self.page.of("", agent_id)
        wanted = known.digests.get(path) if known else None
        if known is None or digest.is_keyed(wanted):
            return MISSING
        if wanted is None:
            return self._undeclared(agent_id, path, known)
        return self._value(known, path)

    def _undeclared(self, agent_id: str, path: str, known: Applied) -> Json:
        """The earlier value of an undeclared leaf: only this machine's history may have it."""
        wanted = (known.undeclared or {}).get(path)
        if wanted is None or path not in known.kind:
            return MISSING
        row, found = known.kind[path], self._in_applies(agent_id, path)
        return next((v for v in found if digest.agree(diff.seen(row, v), wanted)), MISSING)

    def _value(self, known: Applied, path: str) -> Json:
        """The value with an entry's digest, from the history or from a commit."""
        row, wanted = known.kind[path], known.digests[path]
        commits = (known.stamp(path).commit, known.commit)
        for found in self._candidates(known.id, path, wanted, commits):
            if diff.seen(row, found) == wanted:
                return found
        return MISSING

    def _candidates(
        self, agent_id: str, path: str, wanted: str, commits: Iterable[str]
    ) -> Iterator[Json]:
        yield from self._in_applies(agent_id, path)
        for commit in self._commits_with(wanted, commits):
            files = self.files_at(commit)
            for key in self._keys(agent_id):
                if path in files.get(key, {}):
                    yield files[key][path]

    def _written(self, agent_id: str) -> Iterator[tuple[Apply, Written]]:
        """An agent in the applies recorded on this machine, newest first."""
        for apply in self.applies():
            yield from ((apply, written) for written in apply.agents if written.id == agent_id)

    def _keys(self, agent_id: str) -> Iterable[str]:
        """Every key that an agent ever had in the state: its file may have been renamed."""
        if agent_id not in self._former:
            found = [page.key_of("", agent_id) for page in self._pages()]
            found += [written.key for _, written in self._written(agent_id)]
            self._former[agent_id] = tuple(dict.fromkeys(filter(None, found)))
        return self._former[agent_id]

    def _in_applies(self, agent_id: str, path: str) -> Iterator[Json]:
        """Every value of a leaf in this machine's history."""
        for _, written in self._written(agent_id):
            yield from (c.after for c in written.changes if c.path == path)
            yield from (v for p, v in (written.before or {}).items() if p == path)

    def _commits_with(self, wanted: str, commits: Iterable[str]) -> Iterator[str]:
        """These commits, then those that added the digest to the state: a pull, an import."""
        yield from dict.fromkeys(filter(None, commits))
        yield from self.backend.commits_with(wanted)

    def versions(self, agent_id: str, path: str) -> list[tuple[Stamp, Json]]:
        """Every applied value of a leaf that can be found, oldest first."""
        found = {stamp.at: (stamp, value) for stamp, value in self._in_history(agent_id, path)}
        for known in self._in_states(agent_id, path):
            stamp = known.stamp(path)
            if stamp.at not in found:
                value = self._value(known, path)
                if value is not MISSING:
                    found[stamp.at] = (stamp, value)
        return [found[at] for at in sorted(found)]

    def _in_history(self, agent_id: str, path: str) -> Iterator[tuple[Stamp, Json]]:
        for apply, written in self._written(agent_id):
            stamp = Stamp(at=apply.at, commit=apply.commit)
            if written.status in (Status.DONE, Status.DIVERGED):
                changes = (c for c in written.changes if c.path == path and not c.sensitive)
                yield from ((stamp, change.after) for change in changes)

    def _in_states(self, agent_id: str, path: str) -> Iterator[Applied]:
        """The agent's entries with a leaf, in the current state and in earlier ones."""
        for page in self._pages():
            known = page.of("", agent_id)
            if known and path in known.digests and not digest.is_keyed(known.digests[path]):
                yield known

    def _pages(self) -> list[EnvironmentState]:
        """The current page of the state, and earlier ones from git."""
        if self._states is None:
            then = (one.get(self.environment, self.page) for one in self.backend.earlier())
            self._states = [self.page, *then]
        return self._states

    def applies(self) -> list[Apply]:
        """The applies recorded on this machine, newest first."""
        if self._applies is None:
            place = history.folder(self.project.root, self.environment)
            self._applies = list(history.applies(place))
        return self._applies

    def files_at(self, commit: str) -> Mapping[str, Fields]:
        """What the files of a commit declared, by key; empty if they cannot be read."""
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
                desired, _ = load.agents(then, place, self.env, offline=True)
            except (ReconcilerError, KeyError):  # the environment may not have existed yet
                return {}
            return {item.key: item.fields for item in desired}

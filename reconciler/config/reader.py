"""Read one agent file for an environment: recalled as it was, or parsed, resolved and linted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.config import agentfile
from reconciler.config.memo import Entry, Memo, Recalled, about, needles
from reconciler.config.memory import Memory
from reconciler.config.project import Environment, Project
from reconciler.config.project import environment as environment_of
from reconciler.config.references import Scope
from reconciler.errors import ConfigError, Problem
from reconciler.late import changed, dataclass
from reconciler.model import Desired
from reconciler.text import known as known_secrets
from reconciler.yamledit.document import Read, YamlFileError, decoded, read_bytes, read_text

if TYPE_CHECKING:
    from reconciler.config import findings


@dataclass(frozen=True)
class Source:
    """An agent file: its path, and its name for people."""

    path: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An agent file, recalled or with its frame parsed; what is in it is not held a second time."""

    source: Source
    key: str = ""
    recalled: Recalled | None = None
    file: agentfile.AgentFile | None = None
    mistakes: Sequence[Problem] = ()


@dataclass(kw_only=True)
class Reader:
    """Reads the files of a project for one environment; see ``load.check``."""

    project: Project
    environment: Environment
    env: Mapping[str, str]
    today: str
    offline: bool
    chosen: Callable[[str], bool]
    memo: Memo | None
    secrets: frozenset[str] = frozenset()
    known: Mapping[str, str] = field(default_factory=dict)
    parsed: list[Desired] = field(default_factory=list)
    """What was not recalled."""
    _searched: bool = False
    """Whether the known secrets are in no entry that is kept."""

    def opened(self, source: Source) -> Opened:
        """Recall a file, or parse its frame."""
        try:
            data = read_bytes(source.path, source.name)
        except YamlFileError as error:
            return Opened(source=source, mistakes=[error.problem])
        if self.memo is None:
            return self._parsed(source, data)
        key = self.memo.key(source.name, data)
        found = self.memo.recall(key, source.path, lambda: self._again(source))
        if found and found.entry.lenient == self._is_lenient(found.entry.desired.key):
            return Opened(source=source, key=key, recalled=found)
        return self._parsed(source, data, key)

    def knows(self, secrets: frozenset[str], known: Mapping[str, str]) -> None:
        """Take the names of all secrets, and their values, once all files are opened."""
        self.secrets, self.known = secrets, known
        self._searched = bool(self.memo and self.memo.searched(known_secrets.spelled(known)))

    def entries(self, one: Opened) -> Iterator[Entry]:
        """Read a file, if its frame is usable."""
        if one.recalled and not self._searched:
            one = self._looked_through(one, one.recalled)
        if one.recalled and self.memo:
            self.memo.keep(one.recalled)
            yield one.recalled.entry
        elif one.file:
            yield self._read(one.file, one)

    def _looked_through(self, one: Opened, recalled: Recalled) -> Opened:
        """A recalled file; parsed, if it or its entry contains a known secret, or if it changed."""
        again, file = self._anew(one.source)
        same = again.key == one.key and not self._holds(file.document.text, recalled)
        return one if same else again

    def _anew(self, source: Source) -> tuple[Opened, agentfile.AgentFile]:
        """A file that was recalled, parsed. Raises ConfigError if that is no longer possible."""
        try:
            data = read_bytes(source.path, source.name)
        except YamlFileError as error:
            raise ConfigError([error.problem]) from error
        again = self._parsed(source, data, self.memo.key(source.name, data) if self.memo else "")
        if again.file is None:
            raise ConfigError(again.mistakes)
        return again, again.file

    def _again(self, source: Source) -> Desired:
        """What a recalled file declares, read anew."""
        again, file = self._anew(source)
        return self._read(file, again).desired

    def _parsed(self, source: Source, data: bytes, key: str = "") -> Opened:
        file, mistakes = frame(self.project, source, data)
        return Opened(source=source, key=key, file=file, mistakes=mistakes)

    def _is_lenient(self, key: str) -> bool:
        return self.offline or not self.chosen(key)

    def _holds(self, text: str, one: Recalled) -> bool:
        """Whether a file or its entry contains a known secret, or may: its fields were lost."""
        spelled = known_secrets.spelled(self.known)
        raw = self.memo.content(one) if self.memo else None
        return (
            raw is None
            or any(one in text for one in spelled)
            or any(one in raw for one in needles(spelled))
        )

    def _read(self, file: agentfile.AgentFile, opened: Opened) -> Entry:
        """Read a file, add the mistakes of its frame, and keep the entry if allowed."""
        parts: dict[str, str | None] = {}

        def text_of(path: Path, name: str) -> str:
            found = parts.get(name)
            if found is None:
                parts[name] = None
                parts[name] = found = read_text(path, name)
            return found

        desired, found, alone = self._found(file, text_of)
        self.parsed.append(desired)
        told = [*opened.mistakes, *(changed(one, agents=(file.key,)) for one in found.told)]
        entry = Entry(
            lenient=self._is_lenient(file.key),
            desired=desired,
            told=[known_secrets.scrubbed(one, self.known) for one in told],
            silenced=found.silenced,
            tests=len(file.entry.flow_tests),
        )
        if self.memo and alone and not any(known_secrets.quoted(p, self.known) for p in told):
            kept = self.memo.packed(opened.key, file, entry, parts)
            if kept and not self._holds(file.document.text, kept):
                self.memo.keep(kept)
                return kept.entry
        return entry

    def _found(
        self, file: agentfile.AgentFile, text_of: Read
    ) -> "tuple[Desired, findings.Found, bool]":
        """Read an agent with its problems, and whether the result depends on this file alone."""
        from reconciler.config import findings, required_text  # noqa: PLC0415 - lint: few files
        from reconciler.lint.standins import BLANK  # noqa: PLC0415 - are not recalled

        lenient, place = self._is_lenient(file.key), self.environment
        scope = self._scopes(file, text_of)
        desired, mistakes = agentfile.resolve(file, scope, place.name, self.today)
        found, alone = findings.Found(told=mistakes, silenced=[]), True
        if self.project.linted:
            written = findings.Written(
                file=file, environment=place.name, scope=scope(file.folder), known=self.known
            )
            found, alone = _linted(self.project, written, (desired, mistakes), self.env)
        else:
            found = changed(found, told=[one for one in mistakes if one.rule != BLANK])
        told = found.told
        if self.offline:
            told = [*told, *required_text.problems(desired, file, place, told)]
            told += self._failing(file, desired, scope, told)
        elif lenient:
            told = [one for one in told if not one.warning]
        return desired, changed(found, told=told), alone

    def _scopes(self, file: agentfile.AgentFile, text_of: Read) -> Callable[[Path], Scope]:
        offline = self._is_lenient(file.key)
        return scopes(
            self.project, self.environment, self.env, self.secrets, offline=offline, text_of=text_of
        )

    def _failing(
        self,
        file: agentfile.AgentFile,
        desired: Desired,
        scope: Callable[[Path], Scope],
        told: Sequence[Problem],
    ) -> list[Problem]:
        """The flow tests of a file that fail, and mistakes in them."""
        if not file.entry.flow_tests:
            return []
        from reconciler.config import flow_tests  # noqa: PLC0415 - few files have any

        flow = flow_tests.declared(desired)
        return [*flow_tests.problems(file, flow, scope(file.folder), told)]


def memo_of(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    today: str,
    memory: Memory | None,
    *,
    offline: bool,
) -> Memo | None:
    """What earlier runs kept; None if nothing of it may be used."""
    if memory is None or not project.linted:
        return None
    return Memo(
        memory=memory,
        fields=memory.beside("fields"),
        project=project,
        environment=environment.name,
        about=about(project, environment, offline=offline),
        today=today,
        value=lambda name: secret(environment, env, name),
    )


def frame(
    project: Project, source: Source, data: bytes | None = None
) -> tuple[agentfile.AgentFile | None, list[Problem]]:
    """An agent file and the mistakes of its frame; ``data`` is its content, if that was read."""

    def text_of(path: Path, name: str) -> str:
        return read_text(path, name) if data is None else decoded(data, path, name)

    return agentfile.read(
        source.path, source.name, project.environments, project.entry.api, text_of=text_of
    )


def _linted(
    project: Project,
    written: "findings.Written",
    resolved: tuple[Desired, list[Problem]],
    env: Mapping[str, str],
) -> "tuple[findings.Found, bool]":
    """The problems of one agent, with rules that its file switches off needlessly.

    The second value is whether no other environment had to be read for that.
    """
    from reconciler.config import findings  # noqa: PLC0415 - as above

    switches = project.entry.lint
    found = findings.found(resolved[0], written, resolved[1], switches)
    idle = found.idle(written.file)
    everywhere = idle and _idle_everywhere(project, written, env, idle)
    unneeded = [
        one for name in everywhere for one in findings.unneeded(written.file, name, switches)
    ]
    return changed(found, told=[*found.told, *unneeded]), not idle


def _idle_everywhere(
    project: Project,
    here: "findings.Written",
    env: Mapping[str, str],
    names: list[str],
) -> list[str]:
    """The rules that a file switches off needlessly in every other environment too.

    For an environment that cannot be used nothing is known, so every switch may be needed.
    """
    from reconciler.config import findings  # noqa: PLC0415 - as above

    file, secrets = here.file, here.scope.secrets
    for name in project.environments:
        if name == here.environment:
            continue
        try:
            place = environment_of(project, name, env, offline=True)
        except ConfigError:
            return []
        scope = scopes(project, place, env, secrets, offline=True)
        desired, mistakes = agentfile.resolve(file, scope, name)
        written = changed(here, environment=name, scope=scope(file.folder))
        found = findings.found(desired, written, mistakes, project.entry.lint)
        idle = found.idle(file)
        names = [one for one in names if one in idle]
    return names


def scopes(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    secrets: frozenset[str],
    *,
    offline: bool,
    text_of: Read = read_text,
) -> Callable[[Path], Scope]:
    """The scope for a file's references, given the file's folder."""
    return lambda folder: Scope(
        root=project.root,
        folder=folder,
        variables=environment.variables,
        environment=environment.name,
        env=env,
        secret=lambda name: secret(environment, env, name),
        keys=project.key_names,
        secrets=secrets,
        offline=offline,
        demands_secrets=False,
        secrets_for="an apply that sends it",
        text_of=text_of,
    )


def secret(environment: Environment, env: Mapping[str, str], name: str) -> str | None:
    """A secret's value; in the embedded sandbox a placeholder, so that no real one is stored."""
    if environment.sandbox is not None:
        return f"sandbox:{name}"
    return env.get(name) or None

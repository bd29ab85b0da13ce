"""Load all agents of a project for one environment, or report every mistake in them at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler import progress
from reconciler.config import agentfile, folders, policies, recalled, references
from reconciler.config.memo import Entry, Memo, Recalled, about, needles
from reconciler.config.memory import Memory
from reconciler.config.project import Environment, Project
from reconciler.config.project import environment as environment_of
from reconciler.config.references import Scope
from reconciler.errors import ConfigError, Problem, listed, once
from reconciler.jsonvalues import Fields
from reconciler.late import dataclass
from reconciler.model import Desired
from reconciler.schema.kind import Kind
from reconciler.text import known as known_secrets
from reconciler.text import tokens
from reconciler.yamledit.document import Read, YamlFileError, decoded, read_bytes, read_text

if TYPE_CHECKING:
    from reconciler.config import findings


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The agents of an environment, the warnings about them, and what their files switched off.

    ``tests`` is the number of their flow tests.
    """

    agents: list[Desired]
    warnings: list[Problem]
    silenced: list[Problem]
    tests: int = 0


def agents(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    **more: Any,
) -> tuple[list[Desired], list[Problem]]:
    """Every agent of the project and the warnings about them; see ``check``."""
    checked = check(project, environment, env, **more)
    return checked.agents, checked.warnings


def check(  # noqa: PLR0913 - each is an input of its own
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    *,
    today: str = "",
    offline: bool = False,
    chosen: Callable[[str], bool] = lambda key: True,
    memory: Memory | None = None,
    tested: bool = False,
) -> Checked:
    """Load every agent of the project, with all findings.

    Raises ConfigError with all mistakes of all files. ``today`` (``YYYY-MM-DD``) ends ignores with
    a last day. ``offline`` checks without credentials, and checks that the files have the required
    texts, for which a plan has a policy. Only ``chosen`` agents need their variables of `$env`.
    None needs its secrets: see ``unset``. With a ``memory``, unchanged files are not read again.
    Flow tests that fail are mistakes only if they are to be ``tested``, which is done offline.
    """
    reading = _Reading(
        project=project,
        environment=environment,
        env=env,
        today=today,
        offline=offline,
        chosen=chosen,
        memo=_memo(project, environment, env, today, memory, offline=offline),
    )
    sources, problems = _sources(project)
    opened = [reading.opened(source) for source in progress.each("Reading files", sources)]
    problems += [p for one in opened if not (one.recalled or one.file) for p in one.mistakes]
    reading.secrets = _names_of_secrets(project, opened)
    reading.known = known = _known(project, reading.secrets, env)
    if project.linted:
        problems += _typed(project, known)
    problems += _shown_secrets(project, reading.secrets)
    steps = progress.each("Checking files", opened)
    entries = [entry for one in steps for entry in reading.entries(one)]
    agents = [entry.desired for entry in entries]
    problems += _named_by_secrets(agents, known)
    problems += [*_twins(agents), *_idle(project, environment, agents), *project.former]
    problems = [known_secrets.scrubbed(problem, known) for problem in problems]
    told = [one for entry in entries for one in entry.told]
    problems += [one for one in told if tested or one.rule != agentfile.FLOW_TESTS]
    if reading.memo:
        reading.memo.save()
    _remember(project, known)
    if any(not problem.warning for problem in problems):
        raise ConfigError(once(problems))
    silenced = [one for entry in entries for one in entry.silenced]
    tests = sum(entry.tests for entry in entries)
    return Checked(agents=agents, warnings=once(problems), silenced=silenced, tests=tests)


@dataclass(frozen=True)
class _Source:
    """An agent file and its content."""

    path: Path
    name: str
    data: bytes

    def text(self) -> str:
        """Its text. Raises YamlFileError if it has none."""
        return decoded(self.data, self.path, self.name)


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """An agent file, recalled or with its frame parsed."""

    source: _Source
    key: str
    recalled: Recalled | None = None
    file: agentfile.AgentFile | None = None
    mistakes: Sequence[Problem] = ()


@dataclass(kw_only=True)
class _Reading:
    """One reading of all files for an environment; see ``check``."""

    project: Project
    environment: Environment
    env: Mapping[str, str]
    today: str
    offline: bool
    chosen: Callable[[str], bool]
    memo: Memo | None
    secrets: frozenset[str] = frozenset()
    known: Mapping[str, str] = field(default_factory=dict)

    def opened(self, source: _Source) -> _Opened:
        """Recall a file, or parse its frame."""
        if self.memo is None:
            return self._parsed(source)
        key = self.memo.key(source.name, source.data)
        found = self.memo.recall(key, source.path, lambda: self._fields(source))
        if found and found.entry.lenient == self._is_lenient(found.entry.desired.key):
            return _Opened(source=source, key=key, recalled=found)
        return self._parsed(source, key)

    def entries(self, one: _Opened) -> Iterator[Entry]:
        """Read a file, if its frame is usable."""
        found = one.recalled
        if found and self.memo and (self._searched or not self._holds(one.source.text(), found)):
            self.memo.keep(found)
            yield found.entry
            return
        parsed = self._parsed(one.source, one.key) if found else one
        if parsed.file:
            yield self._read(parsed.file, parsed)

    def _parsed(self, source: _Source, key: str = "") -> _Opened:
        file, mistakes = _frame(self.project, source)
        return _Opened(source=source, key=key, file=file, mistakes=mistakes)

    def _fields(self, source: _Source) -> Fields:
        """What the spec of a file declares that was read before, without its mistakes."""
        file, _ = _frame(self.project, source)
        if file is None:
            return {}
        scope = self._scopes(file, read_text)
        return agentfile.resolve(file, scope, self.environment.name, self.today)[0].fields

    @cached_property
    def _searched(self) -> bool:
        """Whether the known secrets are in no entry that is kept."""
        return bool(self.memo and self.memo.searched(known_secrets.spelled(self.known)))

    def _is_lenient(self, key: str) -> bool:
        return self.offline or not self.chosen(key)

    def _holds(self, text: str, one: Recalled) -> bool:
        """Whether a file, or its entry, contains a known secret, as far as the entry is there."""
        spelled = known_secrets.spelled(self.known)
        raw = self.memo.content(one) if self.memo else None
        return (
            raw is None
            or any(one in text for one in spelled)
            or any(one in raw for one in needles(spelled))
        )

    def _read(self, file: agentfile.AgentFile, opened: _Opened) -> Entry:
        """Read a file, add the mistakes of its frame, and keep the entry if allowed."""
        parts: dict[str, str | None] = {}

        def text_of(path: Path, name: str) -> str:
            found = parts.get(name)
            if found is None:
                parts[name] = None
                parts[name] = found = read_text(path, name)
            return found

        desired, found, alone = self._found(file, text_of)
        told = [*opened.mistakes, *(replace(one, agents=(file.key,)) for one in found.told)]
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
            found = replace(found, told=[one for one in mistakes if one.rule != BLANK])
        told = found.told
        if self.offline:
            told = [*told, *required_text.problems(desired, file, place, told)]
            told += self._failing(file, desired, scope, told)
        elif lenient:
            told = [one for one in told if not one.warning]
        return desired, replace(found, told=told), alone

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


def _memo(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    today: str,
    memory: Memory | None,
    *,
    offline: bool,
) -> Memo | None:
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


def _sources(project: Project) -> tuple[list[_Source], list[Problem]]:
    """The agent files that can be read, and why others cannot."""
    paths, problems = _found(project)
    if not paths and not problems:
        name = project.agents.relative_to(project.root).as_posix()
        problem = Problem(
            file=f"{name}/",
            message="there is no agent file here",
            allowed="`*.yaml` files with a `spec:`, at any depth",
            hint="an empty folder is refused, so that a half-made checkout is no empty plan",
        )
        raise ConfigError([problem])
    found, start = [], f"{project.root.as_posix().rstrip('/')}/"
    for path in paths:
        name = path.as_posix().removeprefix(start)
        try:
            found.append(_Source(path, name, read_bytes(path, name)))
        except YamlFileError as error:
            problems.append(error.problem)
    return found, problems


def kinds(project: Project) -> tuple[Kind, ...]:
    """The kinds of agents in the files, after the kind of a file that names no generation.

    Unreadable files are skipped.
    """
    with suppress(ConfigError):
        sources, _ = _sources(project)
        frames = [_frame(project, source)[0] for source in sources]
        return tuple(dict.fromkeys((project.agent_kind, *(one.kind for one in frames if one))))
    return (project.agent_kind,)


def _frame(project: Project, source: _Source) -> tuple[agentfile.AgentFile | None, list[Problem]]:
    """An agent file and the mistakes of its frame."""
    return agentfile.read(
        source.path,
        source.name,
        project.environments,
        project.entry.api,
        text_of=lambda _path, _name: source.text(),
    )


def _names_of_secrets(project: Project, opened: Iterable[_Opened]) -> frozenset[str]:
    """``secret_names`` for files of which some are recalled."""
    parsed = secret_names(project, [one.file for one in opened if one.file])
    recalled = (one.recalled.entry.secrets for one in opened if one.recalled)
    return parsed.union(*recalled)


def unset(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    sent: Mapping[str, Collection[str]],
) -> list[Problem]:
    """The references to unset secrets in the sent values.

    ``sent``: key to top-level names of the spec.
    """
    found = []
    read = files(project)[0]
    named = scopes(project, environment, env, secret_names(project, read), offline=False)
    for file in read:
        if file.key in sent:
            scope = replace(named(file.folder), demands_secrets=True)
            found += agentfile.unset(file, scope, environment.name, sent[file.key])
    return found


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
    return replace(found, told=[*found.told, *unneeded]), not idle


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
        written = replace(here, environment=name, scope=scope(file.folder))
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


def secret_names(project: Project, read: Iterable[agentfile.AgentFile]) -> frozenset[str]:
    """The environment variables that any file of the project names as secrets."""
    written = (project.document.data, *(file.document.data for file in read if file.refers))
    return frozenset(name for data in written for name in references.secret_names(data))


def _known(project: Project, secrets: frozenset[str], env: Mapping[str, str]) -> Mapping[str, str]:
    """The values of secrets that no text may contain, by name."""
    return known_secrets.of({name: env.get(name, "") for name in secrets | project.key_names})


def _named_by_secrets(agents: Sequence[Desired], known: Mapping[str, str]) -> Iterator[Problem]:
    """Problems of files whose name or key, shown in every plan and the state, is a secret."""
    if not _is_secret("\n".join(f"{one.file}\n{one.key}" for one in agents), known):
        return
    for one in agents:
        for text, what in ((one.file, "the path"), (one.key, "the key")):
            if _is_secret(text, known):
                hint = "rename it, and rotate the secret: git keeps the old one"
                message = f"{what} of this file holds a secret"
                yield Problem(file=one.file, message=message, found="(sensitive)", hint=hint)
                break


def _is_secret(text: str, known: Mapping[str, str], *, sure: bool = True) -> bool:
    """Whether a text, or a line of it, holds a secret; if it need not be ``sure``, perhaps one."""
    found = any(one.sure or not sure for one in tokens.found(text))
    return found or any(known_secrets.held(text, known))


def _remember(project: Project, known: Mapping[str, str]) -> None:
    """Keep the data of the project file for the next run, unless it holds a secret."""
    if project.memory is None:
        return
    text = project.document.text
    if not (project.former or _is_secret(text, known)):
        recalled.keep(project.memory, text, project.document.data)
    project.memory.save()


def _typed(project: Project, known: Mapping[str, str]) -> list[Problem]:
    """Secrets in the project file."""
    if not _is_secret(project.document.text, known, sure=False):
        return []
    from reconciler.config import findings  # noqa: PLC0415 - as above

    return findings.typed(project.agent_kind, project.document, project.entry.lint, known)


def _shown_secrets(project: Project, secrets: frozenset[str]) -> Iterator[Problem]:
    """Variables and addresses of the project file that would show a secret."""
    for path, kind, name in references.referred(project.document.data):
        if kind == "$env" and name in secrets and name not in project.key_names:
            yield project.document.problem(
                path,
                f"`$env` would show {name}, which is a secret",
                hint="refer to it with `$secret` in the field that uses it",
            )


def secret(environment: Environment, env: Mapping[str, str], name: str) -> str | None:
    """A secret's value; in the embedded sandbox a placeholder, so that no real one is stored."""
    if environment.sandbox is not None:
        return f"sandbox:{name}"
    return env.get(name) or None


def files(project: Project) -> tuple[list[agentfile.AgentFile], list[Problem]]:
    """The agent files with a usable frame, and the mistakes of all frames."""
    sources, problems = _sources(project)
    found = []
    for one in sources:
        file, mistakes = _frame(project, one)
        problems += mistakes
        if file:
            found.append(file)
    return found, problems


def named(project: Project, key: str) -> tuple[agentfile.AgentFile | None, list[Problem]]:
    """The agent file with this key and the mistakes of its frame; None if there is no such file.

    The file whose name is the key is parsed first, and others only if it is not the one.
    """
    sources, problems = _sources(project)
    for source in sorted(sources, key=lambda one: one.path.stem != key):
        file, mistakes = _frame(project, source)
        if file and file.key == key:
            return file, mistakes
        problems += mistakes if source.path.stem == key else []
    return None, problems


def paths_of(project: Project) -> list[Path]:
    """The agent files: every ``.yaml`` and ``.yml`` below the agents' folder, except hidden ones.

    Raises ConfigError if a folder cannot be read, instead of returning only some.
    """
    paths, problems = _found(project)
    if problems:
        raise ConfigError(problems)
    return paths


def _found(project: Project) -> tuple[list[Path], list[Problem]]:
    return folders.found(project.agents, project.root, (".yaml", ".yml"))


def _idle(project: Project, environment: Environment, found: list[Desired]) -> list[Problem]:
    """Warnings of policies whose globs match no agent, or whose fields none of those has."""
    if project.implied or environment.name not in project.entry.environments:
        return []
    entry = project.entry.environments[environment.name].policies
    where = ("environments", environment.name, "policies")
    files = {item.key: item for item in found}
    return [*policies.idle(project.document, entry, where, files)]


def _twins(found: list[Desired]) -> list[Problem]:
    """Files that claim one key or one id."""
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in found:
        owners["key", item.key].append(item.file)
        if item.id:
            owners["id", item.id].append(item.file)
    return [
        Problem(
            file=files[1],
            field=kind,
            message=f"{len(files)} files have the {kind} `{value}`",
            found=listed(files),
            hint="give one of them another `key:`" if kind == "key" else "remove one of the pins",
        )
        for (kind, value), files in sorted(owners.items())
        if len(files) > 1
    ]

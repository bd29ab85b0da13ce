"""Load all agents of a project for one environment, or report every mistake in them at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler import progress
from reconciler.config import agentfile, folders, policies, recalled, references
from reconciler.config.memo import needles
from reconciler.config.memory import Memory
from reconciler.config.project import Environment, Project
from reconciler.config.reader import Opened, Reader, Source, frame, memo_of, scopes
from reconciler.errors import ConfigError, Problem, listed, once
from reconciler.late import dataclass
from reconciler.model import Desired
from reconciler.schema.kind import Kind
from reconciler.text import known as known_secrets
from reconciler.text import tokens


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
    reader = Reader(
        project=project,
        environment=environment,
        env=env,
        today=today,
        offline=offline,
        chosen=chosen,
        memo=memo_of(project, environment, env, today, memory, offline=offline),
    )
    sources, problems = _sources(project)
    opened = [reader.opened(source) for source in progress.each("Reading files", sources)]
    problems += [p for one in opened if not (one.recalled or one.file) for p in one.mistakes]
    secrets = _names_of_secrets(project, opened)
    known = _known(project, secrets, env)
    reader.knows(secrets, known)
    problems += _in_project(project, secrets, known)
    steps = progress.each("Checking files", opened)
    entries = [entry for one in steps for entry in reader.entries(one)]
    agents = [entry.desired for entry in entries]
    problems += _named_by_secrets(reader.parsed, known)
    problems += [*_twins(agents), *_idle(project, environment, agents)]
    problems = [known_secrets.scrubbed(problem, known) for problem in problems]
    told = [one for entry in entries for one in entry.told]
    problems += [one for one in told if tested or one.rule != agentfile.FLOW_TESTS]
    if reader.memo:
        reader.memo.save()
    _remember(project, known)
    if any(not problem.warning for problem in problems):
        raise ConfigError(once(problems))
    return Checked(
        agents=agents,
        warnings=once(problems),
        silenced=[one for entry in entries for one in entry.silenced],
        tests=sum(entry.tests for entry in entries),
    )


def _in_project(
    project: Project, secrets: frozenset[str], known: Mapping[str, str]
) -> Iterator[Problem]:
    """What is wrong in the project file itself."""
    if project.linted:
        yield from _typed(project, known)
    yield from _shown_secrets(project, secrets)
    yield from project.former


def _sources(project: Project) -> tuple[list[Source], list[Problem]]:
    """The agent files, and folders that cannot be read."""
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
    start = f"{project.root.as_posix().rstrip('/')}/"
    return [Source(path, path.as_posix().removeprefix(start)) for path in paths], problems


def kinds(project: Project) -> tuple[Kind, ...]:
    """The kinds of agents in the files, after the kind of a file that names no generation.

    Unreadable files are skipped.
    """
    with suppress(ConfigError):
        sources, _ = _sources(project)
        frames = [frame(project, source)[0] for source in sources]
        return tuple(dict.fromkeys((project.agent_kind, *(one.kind for one in frames if one))))
    return (project.agent_kind,)


def _names_of_secrets(project: Project, opened: Iterable[Opened]) -> frozenset[str]:
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


def _is_secret(text: str, known: Mapping[str, str]) -> bool:
    """Whether a text, or a line of it, certainly holds a secret."""
    return any(one.sure for one in tokens.found(text)) or any(known_secrets.held(text, known))


def _is_suspect(project: Project, known: Mapping[str, str]) -> bool:
    """Whether the project file may hold a secret; the shape of one is not in what is recalled."""
    text = project.document.text
    odd = not project.recalled and tokens.found(text)
    return bool(odd) or any(known_secrets.held(text, known))


def _remember(project: Project, known: Mapping[str, str]) -> None:
    """Keep the data of the project file for the next run, unless it may hold a secret."""
    if project.memory is None:
        return
    if not (project.former or _is_suspect(project, known)):
        secrets = needles(known_secrets.spelled(known))
        recalled.keep(project.memory, project.document.text, project.document.data, secrets)
    project.memory.save()


def _typed(project: Project, known: Mapping[str, str]) -> list[Problem]:
    """Secrets in the project file."""
    if not _is_suspect(project, known):
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


def files(project: Project) -> tuple[list[agentfile.AgentFile], list[Problem]]:
    """The agent files with a usable frame, and the mistakes of all frames."""
    sources, problems = _sources(project)
    found = []
    for one in sources:
        file, mistakes = frame(project, one)
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
        file, mistakes = frame(project, source)
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

"""The whole of a project's agents for one environment, or every mistake in them at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.config import agentfile, clauses, findings, folders, limits, references
from reconciler.config.findings import Written
from reconciler.config.project import Environment, Project
from reconciler.config.project import environment as environment_of
from reconciler.config.references import Scope
from reconciler.errors import ConfigError, Problem, listed, once
from reconciler.lint import known as lint_known
from reconciler.lint.standins import BLANK
from reconciler.model import Desired
from reconciler.text import tokens
from reconciler.yamledit.reading import Read, read_text


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The agents of an environment, the warnings about them, and what their files switched off."""

    agents: list[Desired]
    warnings: list[Problem]
    silenced: list[Problem]


def agents(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    **more: Any,
) -> tuple[list[Desired], list[Problem]]:
    """Every agent of the project and the warnings about them; see ``check``."""
    checked = check(project, environment, env, **more)
    return checked.agents, checked.warnings


def check(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    *,
    today: str = "",
    offline: bool = False,
    chosen: Callable[[str], bool] = lambda key: True,
) -> Checked:
    """Every agent of the project, and all that is odd in it.

    Raises ConfigError with all mistakes of all files. ``today`` (``YYYY-MM-DD``) ends what is
    ignored until a day. ``offline`` checks without credentials, and that the files hold the
    clauses that are pinned, for which a plan has a guard. Only the agents that are ``chosen`` need
    their variables of `$env`. None needs its secrets: see ``unset``.
    """
    read, problems = files(project)
    secrets = secret_names(project, read)
    known = _known(project, secrets, env)
    if project.linted:
        problems += findings.typed(project.agent_kind, project.document, project.entry.lint, known)
    problems += _shown_secrets(project, secrets)
    agents, silenced = [], []
    for file in read:
        lenient = offline or not chosen(file.key)
        scope = scopes(project, environment, env, secrets, offline=lenient)
        desired, mistakes = agentfile.resolve(file, scope, environment.name, today)
        agents.append(desired)
        if project.linted:
            written = Written(
                file=file, environment=environment.name, scope=scope(file.folder), known=known
            )
            found = _linted(project, written, (desired, mistakes), env)
            mistakes = found.told
            silenced += found.silenced
        else:
            mistakes = [one for one in mistakes if one.rule != BLANK]
        if offline:
            mistakes += clauses.problems(desired, file, environment, mistakes)
        told = mistakes if offline else [m for m in mistakes if not (lenient and m.warning)]
        problems += [replace(one, agents=(file.key,)) for one in told]
    problems += [one for file in read for one in _named_by_secrets(file, known)]
    problems += [*_twins(agents), *_idle(project, environment, agents)]
    problems = [lint_known.scrubbed(problem, known) for problem in problems]
    if any(not problem.warning for problem in problems):
        raise ConfigError(once(problems))
    return Checked(agents=agents, warnings=once(problems), silenced=silenced)


def unset(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
    sent: Mapping[str, Collection[str]],
) -> list[Problem]:
    """The references to secrets that are not set, in what is sent of agents.

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
    written: Written,
    resolved: tuple[Desired, list[Problem]],
    env: Mapping[str, str],
) -> findings.Found:
    """What is wrong or odd in one agent, and what its file switches off without need."""
    switches = project.entry.lint
    found = findings.found(resolved[0], written, resolved[1], switches)
    idle = found.idle(written.file)
    idle = idle and _idle_everywhere(project, written, env, idle)
    unneeded = [one for name in idle for one in findings.unneeded(written.file, name, switches)]
    return replace(found, told=[*found.told, *unneeded])


def _idle_everywhere(
    project: Project,
    here: Written,
    env: Mapping[str, str],
    names: list[str],
) -> list[str]:
    """The rules that a file switches off without need in every other environment too.

    In one that cannot be used nothing is known, and so every switch may be needed.
    """
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
    """What the references of a file may see, given the file's folder."""
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
    written = (project.document.data, *(file.document.data for file in read))
    return frozenset(name for data in written for name in references.secret_names(data))


def _known(project: Project, secrets: frozenset[str], env: Mapping[str, str]) -> Mapping[str, str]:
    """The values of secrets that no text may hold, by name."""
    return lint_known.of({name: env.get(name, "") for name in secrets | project.key_names})


def _named_by_secrets(file: agentfile.AgentFile, known: Mapping[str, str]) -> Iterator[Problem]:
    """That the name or the key of a file, which every plan and the ledger show, is a secret."""
    for text, what in ((file.document.name, "the path"), (file.key, "the key")):
        if any(one.sure for one in tokens.found(text)) or any(lint_known.held(text, known)):
            hint = "give it another name, and the secret out anew: git keeps the old one"
            message = f"{what} of this file holds a secret"
            yield Problem(file=file.document.name, message=message, found="(sensitive)", hint=hint)
            return


def _shown_secrets(project: Project, secrets: frozenset[str]) -> Iterator[Problem]:
    """Variables and addresses of the project file that would show a secret."""
    for path, kind, name in references.referred(project.document.data):
        if kind == "$env" and name in secrets and name not in project.key_names:
            yield project.document.problem(
                path,
                f"`$env` would show {name}, which is a secret",
                hint="refer to it by `$secret`, where it is used",
            )


def secret(environment: Environment, env: Mapping[str, str], name: str) -> str | None:
    """A secret's value; in the embedded sandbox always a stand-in, so that no real one is kept."""
    if environment.sandbox is not None:
        return f"sandbox:{name}"
    return env.get(name) or None


def files(project: Project) -> tuple[list[agentfile.AgentFile], list[Problem]]:
    """The agent files whose frame can be used, and the mistakes of all frames."""
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
    found = []
    for path in paths:
        name = path.relative_to(project.root).as_posix()
        file, mistakes = agentfile.read(path, name, project.environments, project.entry.api)
        problems += mistakes
        if file:
            found.append(file)
    return found, problems


def paths_of(project: Project) -> list[Path]:
    """The agent files: every ``.yaml`` and ``.yml`` below the agents' folder, but hidden ones.

    Raises ConfigError where a folder cannot be read, rather than give some of them.
    """
    paths, problems = _found(project)
    if problems:
        raise ConfigError(problems)
    return paths


def _found(project: Project) -> tuple[list[Path], list[Problem]]:
    return folders.found(project.agents, project.root, (".yaml", ".yml"))


def _idle(project: Project, environment: Environment, found: list[Desired]) -> list[Problem]:
    """Warnings of limits that are for agents which no file has."""
    if project.implied or environment.name not in project.entry.environments:
        return []
    entry = project.entry.environments[environment.name].limits
    where = ("environments", environment.name, "limits")
    return [*limits.idle(project.document, entry, where, [item.key for item in found])]


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

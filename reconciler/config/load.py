"""The whole of a project's agents for one environment, or every mistake in them at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.api.fields import Table
from reconciler.config import agentfile, clauses, findings, folders, limits
from reconciler.config.findings import Written
from reconciler.config.project import Environment, Project
from reconciler.config.project import environment as environment_of
from reconciler.config.references import Scope
from reconciler.config.yaml.reading import Read, read_text
from reconciler.errors import ConfigError, Problem
from reconciler.model import Desired


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The agents of an environment, the warnings about them, and what their files switched off."""

    agents: list[Desired]
    warnings: list[Problem]
    silenced: list[Problem]


def agents(
    project: Project,
    environment: Environment,
    table: Table,
    env: Mapping[str, str],
    **more: Any,
) -> tuple[list[Desired], list[Problem]]:
    """Every agent of the project and the warnings about them; see ``check``."""
    checked = check(project, environment, table, env, **more)
    return checked.agents, checked.warnings


def check(
    project: Project,
    environment: Environment,
    table: Table,
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
    problems += (
        findings.typed(table, project.document, project.entry.lint) if project.linted else []
    )
    agents, silenced = [], []
    for file in read:
        lenient = offline or not chosen(file.key)
        scope = scopes(project, environment, env, offline=lenient)
        desired, mistakes = agentfile.resolve(file, table, scope, environment.name, today)
        agents.append(desired)
        if project.linted:
            found = _linted(project, environment.name, table, file, scope, (desired, mistakes))
            idle = found.idle(file)
            idle = idle and [*_idle_everywhere(project, environment.name, table, env, file, idle)]
            unneeded = (findings.unneeded(file, name, project.entry.lint) for name in idle)
            mistakes = [*found.told, *(one for told in unneeded for one in told)]
            silenced += found.silenced
        if offline:
            mistakes += clauses.problems(table, desired, file, environment, mistakes)
        problems += mistakes if offline else [m for m in mistakes if not (lenient and m.warning)]
    problems += [*_twins(agents), *_idle(project, environment, agents)]
    if any(not problem.warning for problem in problems):
        raise ConfigError(sorted(set(problems)))
    return Checked(agents=agents, warnings=sorted(set(problems)), silenced=silenced)


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
    for file in files(project)[0]:
        if file.key in sent:
            scope = replace(
                scopes(project, environment, env, offline=False)(file.folder), demands_secrets=True
            )
            found += agentfile.unset(file, scope, environment.name, sent[file.key])
    return found


def _linted(
    project: Project,
    name: str,
    table: Table,
    file: agentfile.AgentFile,
    scope: Callable[[Path], Scope],
    resolved: tuple[Desired, list[Problem]],
) -> findings.Found:
    """What is wrong or odd in one agent of an environment."""
    written = Written(file=file, environment=name, scope=scope(file.folder))
    desired, mistakes = resolved
    return findings.found(table, desired, written, mistakes, project.entry.lint)


def _idle_everywhere(
    project: Project,
    here: str,
    table: Table,
    env: Mapping[str, str],
    file: agentfile.AgentFile,
    names: list[str],
) -> list[str]:
    """The rules that a file switches off without need in every other environment too.

    In one that cannot be used nothing is known, and so every switch may be needed.
    """
    for name in project.environments:
        if name == here:
            continue
        try:
            place = environment_of(project, name, env, offline=True)
        except ConfigError:
            return []
        scope = scopes(project, place, env, offline=True)
        resolved = agentfile.resolve(file, table, scope, name)
        idle = _linted(project, name, table, file, scope, resolved).idle(file)
        names = [one for one in names if one in idle]
    return names


def scopes(
    project: Project,
    environment: Environment,
    env: Mapping[str, str],
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
        offline=offline,
        demands_secrets=False,
        secrets_for="an apply that sends it",
        text_of=text_of,
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
        file, mistakes = agentfile.read(path, name, project.environments)
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
            found=", ".join(files),
            hint="give one of them another `key:`" if kind == "key" else "remove one of the pins",
        )
        for (kind, value), files in sorted(owners.items())
        if len(files) > 1
    ]

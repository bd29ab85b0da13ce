"""The whole of a project's agents for one environment, or every mistake in them at once."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.api.fields import Table
from reconciler.config import agentfile, findings
from reconciler.config.findings import Written
from reconciler.config.project import Environment, Project
from reconciler.config.references import Scope
from reconciler.config.yaml.reading import Read, read_text
from reconciler.errors import ConfigError, Problem
from reconciler.model import Desired


def agents(
    project: Project,
    environment: Environment,
    table: Table,
    env: Mapping[str, str],
    *,
    today: str = "",
    offline: bool = False,
    needs_secrets: Callable[[str], bool] = lambda key: True,
) -> tuple[list[Desired], list[Problem]]:
    """Every agent of the project and the warnings about them.

    Raises ConfigError with all mistakes of all files. ``today`` (``YYYY-MM-DD``) ends what is
    ignored until a day. ``offline`` checks without credentials; ``needs_secrets`` tells which
    keys will be written, so that the others may lack theirs.
    """
    read, problems = files(project)
    found = []
    for file in read:
        lenient = offline or not needs_secrets(file.key)
        scope = scopes(project, environment, env, offline=lenient)
        desired, mistakes = agentfile.resolve(file, table, scope, environment.name, today)
        written = Written(file=file, environment=environment.name, scope=scope(file.folder))
        mistakes += findings.problems(table, desired, written, mistakes, project.entry.lint)
        found.append(desired)
        problems += mistakes if offline else [m for m in mistakes if not (lenient and m.warning)]
    problems += _twins(found)
    if any(not problem.warning for problem in problems):
        raise ConfigError(sorted(set(problems)))
    return found, sorted(set(problems))


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
        offline=offline,
        text_of=text_of,
    )


def secret(environment: Environment, env: Mapping[str, str], name: str) -> str | None:
    """A secret's value; in the embedded sandbox always a stand-in, so that no real one is kept."""
    if environment.sandbox is not None:
        return f"sandbox:{name}"
    return env.get(name) or None


def files(project: Project) -> tuple[list[agentfile.AgentFile], list[Problem]]:
    """The agent files whose frame can be used, and the mistakes of all frames."""
    paths = paths_of(project)
    if not paths:
        name = project.agents.relative_to(project.root).as_posix()
        problem = Problem(
            file=f"{name}/",
            message="there is no agent file here",
            allowed="`*.yaml` files with a `spec:`, at any depth",
            hint="an empty folder is refused, so that a half-made checkout is no empty plan",
        )
        raise ConfigError([problem])
    found, problems = [], []
    for path in paths:
        name = path.relative_to(project.root).as_posix()
        file, mistakes = agentfile.read(path, name, project.environments)
        problems += mistakes
        if file:
            found.append(file)
    return found, problems


def paths_of(project: Project) -> list[Path]:
    """The agent files: every ``.yaml`` and ``.yml`` below the agents' folder, but hidden ones."""
    found = [path for kind in ("*.yaml", "*.yml") for path in project.agents.rglob(kind)]
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(project.agents).parts)
    )


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

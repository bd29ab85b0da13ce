"""CI files of a project: the package's templates with this project's names in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from reconciler.config import agentfile, load
from reconciler.config.project import Project, is_sandbox
from reconciler.config.references import is_reference
from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern
from reconciler.scaffold import starter
from reconciler.text.templates import filled

PLACES = {"github": ".github/workflows", "gitlab": ".gitlab"}
"""The folder for each host's files."""

GITLAB_ENTRY = ".gitlab-ci.yml"

_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYS = ("HAMSA_API_KEY",)
"""Used if there is no secret, because GitHub rejects an empty `env:`."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An environment that CI applies to: the one before it, and what an apply needs.

    ``key`` names what reading needs, ``secrets`` what an apply needs: the key and the agents'
    secrets.
    """

    environment: str
    after: str = ""
    key: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()


def stages(project: Project, environment: str) -> list[Stage]:
    """The environments in the order in which they must get a change, ending with this one.

    The embedded sandbox is not part of it: its agents are on one machine.
    """
    places, chain, name = project.entry.environments, list[str](), environment
    while not chain or (name in places and not is_sandbox(places[name].url)):
        chain.insert(0, name)
        name = (places[name].promote_from or "") if name in places else ""
    return [
        Stage(
            environment=name,
            after=after,
            key=tuple(keys(project, name)),
            secrets=tuple(secrets(project, name)),
            approvals=tuple(places[name].policies.approvals) if name in places else (),
        )
        for after, name in pairwise(["", *chain])
    ]


def files(
    host: str,
    values: Mapping[str, str],
    chain: Sequence[Stage],
    *,
    protected: bool = False,
    committed: bool = False,
) -> dict[str, str]:
    """The CI files of a host by their paths; ``values`` are source, ref and branch.

    ``committed``: the state is a file of the project, which the jobs commit to the branch.
    ``protected``: the jobs that plan for a pull request have a key of their own, with the same name
    plus ``_READ``, in an environment with the same name plus ``-plan``.
    """
    keys = dict.fromkeys(name for stage in chain for name in stage.key)
    known = {
        "stages": [replace(stage, key=stage.key or _KEYS) for stage in chain],
        "last": chain[-1],
        "keys": tuple(keys) or _KEYS,
        "protected": protected,
        "committed": committed,
        "read": "_READ" if protected else "",
        **values,
    }
    return _files(host, host, known)


@dataclass(frozen=True, kw_only=True)
class FleetJobs:
    """The jobs of a fleet: its file, into how many shards it is split, and its count of waves.

    ``gate`` is the environment on the forge that protects an apply, ``environment`` that of every
    project, empty if the fleet file says it.
    """

    file: str
    shards: int
    gate: str
    environment: str = ""
    waves: int = 0
    approvals: tuple[str, ...] = ()


def fleet_files(host: str, values: Mapping[str, str], jobs: FleetJobs) -> dict[str, str]:
    """The CI files of a host for a fleet, by their paths; ``values`` as in ``files``."""
    known = {
        **vars(jobs),
        "fleet": jobs.file,
        "waves": [*range(1, jobs.waves + 1)] or [0],
        **values,
    }
    return _files(host, f"{host}-fleet", known)


def _files(host: str, folder: str, known: Mapping[str, object]) -> dict[str, str]:
    """The templates of a folder, filled in, by the paths that they have in a repository."""
    return {
        f"{PLACES[host]}/{path.name}": _filled(path.read_text(encoding="utf-8"), known)
        for path in sorted((starter.FOLDER / "ci" / folder).glob("*.yml"))
    }


def _filled(text: str, known: Mapping[str, object]) -> str:
    return filled(text, **known).rstrip("\n") + "\n"


def gitlab_entry(paths: Iterable[str]) -> str:
    """A ``.gitlab-ci.yml`` that includes these files."""
    return "include:\n" + "".join(f"  - local: {path}\n" for path in paths)


def keys(project: Project, environment: str) -> list[str]:
    """The names of the secrets that reading in this environment needs: those of its key."""
    return list(
        dict.fromkeys(found for item in _own(project, environment) for found in named(item))
    )


def _own(project: Project, environment: str) -> list[Json]:
    entry = project.entry.environments.get(environment)
    return [entry.api_key, entry.vars] if entry else [{"$secret": "HAMSA_API_KEY"}]


def secrets(project: Project, environment: str) -> list[str]:
    """The names of all secrets that an apply to this environment may need, the key first."""
    written = _own(project, environment)
    for path in load.paths_of(project):
        name = path.relative_to(project.root).as_posix()
        file, _ = agentfile.read(path, name, project.environments, project.entry.api)
        if file:
            written += [file.entry.spec, file.entry.environments.get(environment)]
    return list(dict.fromkeys(found for item in written for found in named(item)))


def named(value: Json) -> Iterator[str]:
    """The names of the secrets that a written value refers to."""
    if is_reference(value):
        name = value.get("$secret")
        if isinstance(name, str) and _NAME.fullmatch(name):
            yield name
    elif isinstance(value, dict):
        for item in value.values():
            yield from named(item)
    elif isinstance(value, list):
        for item in value:
            yield from named(item)

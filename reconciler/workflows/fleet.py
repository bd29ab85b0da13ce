"""The pages of a fleet: which projects, in which environments, in which shard."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from reconciler.config import fleet as fleet_file
from reconciler.config import load
from reconciler.config.fleet import Fleet
from reconciler.config.project import FILE_NAME as PROJECT
from reconciler.config.project import Project, choose, is_sandbox, load_project
from reconciler.engine import shards
from reconciler.engine.shards import Load
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError
from reconciler.late import dataclass
from reconciler.state import git
from reconciler.workflows.context import RunContext


@dataclass(frozen=True, kw_only=True)
class Page:
    """A project and one of its environments: what one process at a time reconciles.

    ``project`` is its folder, relative to the fleet file. ``agents`` counts its files. ``key`` is
    the same for pages that use one API key. ``error`` says why it cannot be opened; such a page
    has no environment if none could be chosen.
    """

    project: str
    environment: str
    agents: int = 0
    key: str = ""
    error: ReconcilerError | None = None

    @property
    def name(self) -> str:
        """Its name in messages: ``clients/acme:production``."""
        return f"{self.project}:{self.environment}" if self.environment else self.project

    @property
    def load(self) -> Load:
        """What it weighs in a shard."""
        return Load(name=self.name, weight=1 + self.agents, together=self.key or self.name)


def open_fleet(context: RunContext, named: str) -> Fleet:
    """The fleet of a named file or folder, or of this folder or one above."""
    return fleet_file.load_fleet(fleet_file.find(context.cwd, named), context.env)


def listed(
    context: RunContext, fleet: Fleet, environments: Sequence[str], *, whole: bool
) -> tuple[Page, ...]:
    """Every page; ``whole`` projects, in all of their environments, if none is asked for."""
    if not whole or environments or context.env.get("RECONCILER_ENV"):
        return pages(context, fleet, environments)
    return tuple(_project(context, fleet, name) for name in fleet_file.members(fleet))


def _project(context: RunContext, fleet: Fleet, name: str) -> Page:
    try:
        project = load_project(fleet.root / name / PROJECT, context.env, required=True)
        return Page(project=name, environment="", agents=len(load.paths_of(project)))
    except ReconcilerError:  # the command itself will say so
        return Page(project=name, environment="")


def pages(context: RunContext, fleet: Fleet, environments: Sequence[str] = ()) -> tuple[Page, ...]:
    """Every page, in the order of the fleet file; without the API, and without any key's value.

    ``environments`` replace the fleet's own. Projects that cannot be read are pages with an error.
    Raises ConfigError with all projects that do not have an environment, unless the fleet skips
    them; then one that no project has is an error.
    """
    asked = tuple(environments) or usual(context, fleet)
    found: list[Page] = []
    states: dict[tuple[str, str], str] = {}
    without: list[tuple[str, UsageError]] = []
    for name in fleet_file.members(fleet):
        try:
            project = load_project(fleet.root / name / PROJECT, context.env, required=True)
        except ReconcilerError as error:
            found.append(Page(project=name, environment="", error=error))
            continue
        for environment in asked or (None,):
            try:
                chosen = choose(project, environment)
                _alone(fleet, states, name, project, chosen)
                found.append(_page(name, project, chosen))
            except UsageError as error:
                without.append((name, error))
            except ReconcilerError as error:
                found.append(Page(project=name, environment=environment or "", error=error))
    skips = asked and fleet.entry.without_environment == "skip"
    if without and not (skips and found):
        raise ConfigError([_lacking(fleet, name, error) for name, error in without])
    return tuple(found)


def _alone(
    fleet: Fleet,
    states: dict[tuple[str, str], str],
    name: str,
    project: Project,
    environment: str,
) -> None:
    """Raise ConfigError if a project before this one has the same state, which it would change.

    A ref of git names the folder of its project.
    """
    said = project.state or fleet.member(name).state
    url = said.url if said else ""
    if not url or url.startswith("git:") or environment in project.embedded:
        return
    other = states.setdefault((url, environment), name)
    if other != name:
        problem = project.document.problem(
            ("state", "url"),
            f"{other} has its state of {environment} there, too",
            hint="give each project a path of its own; `state` of the fleet file does",
        )
        raise ConfigError([replace(problem, file=f"{name}/{PROJECT}")])


def usual(context: RunContext, fleet: Fleet) -> tuple[str, ...]:
    """The environment of every project if none is asked for; empty for each one's default."""
    named = context.env.get("RECONCILER_ENV") or fleet.entry.environment
    return (named,) if named else ()


def _page(name: str, project: Project, environment: str) -> Page:
    return Page(
        project=name,
        environment=environment,
        agents=len(load.paths_of(project)),
        key=_key(name, project, environment),
    )


def _key(name: str, project: Project, environment: str) -> str:
    """What the API key is to this project: the names of its secret and address, as written."""
    if project.implied:
        return f"{project.implied.url} {project.key_name(environment)}"
    url = project.entry.environments[environment].url
    if is_sandbox(url):
        return f"{name} sandbox"
    return f"{json.dumps(url, sort_keys=True)} {project.key_name(environment)}"


def _lacking(fleet: Fleet, name: str, error: UsageError) -> Problem:
    return Problem(
        file=f"{name}/{PROJECT}",
        message=error.message,
        hint=f"{error.hint}; or `without_environment: skip` in {fleet.path.name}",
    )


def wave(fleet: Fleet, found: Sequence[Page], number: int) -> tuple[Page, ...]:
    """The pages of a wave, from 1. Raises UsageError if the fleet has no such wave."""
    every = shards.waves(found, fleet.entry.waves)
    if number > len(every):
        raise UsageError(f"there is no wave {number}: {fleet.path.name} has {len(every)}")
    return every[number - 1]


def commit(context: RunContext, fleet: Fleet) -> str:
    """The commit of a fleet's files; empty outside git."""
    return context.env.get("GITHUB_SHA") or git.head(fleet.root, fleet.path.name)


def split(found: Iterable[Page], count: int) -> tuple[tuple[Page, ...], ...]:
    """The pages of each shard; see ``engine.shards``."""
    return shards.split(found, count, lambda page: page.load)


def changed(fleet: Fleet, found: Sequence[Page], since: str) -> tuple[Page, ...]:
    """The pages of projects with a file that is not as in a commit, or as where it branched off.

    A project reads nothing outside of its folder, so only its files count, and the fleet file,
    which counts for all. Raises UsageError if git does not know: nothing is taken for unchanged.
    """
    names = git.changed(fleet.root, since)
    if names is None:
        raise UsageError(
            f"git cannot compare with `{since}`",
            hint="this clone needs that commit and the history since: fetch it (fetch-depth: 0)",
        )
    if fleet.path.name in names:
        return tuple(found)
    return tuple(page for page in found if any(_within(name, page.project) for name in names))


def _within(name: str, project: str) -> bool:
    return project == "." or name.startswith(f"{project}/")


def project_file(fleet: Fleet, page: Page) -> Path:
    """The project file of a page."""
    return fleet.root / page.project / PROJECT

"""`reconciler init --fleet`: the CI files of a fleet, whose projects are there already."""

import argparse
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from reconciler.cli import wizard
from reconciler.cli.wizard import Answers, Interview
from reconciler.cli.world import World
from reconciler.config import fleet as fleet_file
from reconciler.config.fleet import Fleet
from reconciler.config.project import FILE_NAME as PROJECT
from reconciler.config.project import Project, load_project
from reconciler.errors import ReconcilerError, UsageError, listed
from reconciler.render.starting import Fleets
from reconciler.scaffold import starter_ci
from reconciler.scaffold.starter_ci import FleetJobs


def composed(
    world: World, arguments: argparse.Namespace, folder: Path, interview: Interview
) -> tuple[dict[str, str], Fleets]:
    """The CI files by their paths, and what comes next. Raises UsageError for what cannot be."""
    hosts = tuple(host for host in ("github", "gitlab") if getattr(arguments, host))
    _check(arguments, hosts)
    fleet = fleet_file.load_fleet(fleet_file.find(folder, arguments.fleet), world.env)
    if fleet.root.resolve() != folder.resolve():
        raise UsageError(
            f"{fleet.path.name} is not in {folder.resolve().name}",
            hint=f"run reconciler init --fleet where it is: {fleet.root}",
        )
    wizard.check_place(folder, None, "")
    answers = wizard.ci(Answers(hosts=hosts), interview, arguments, folder)
    values = {"source": answers.source, "ref": answers.ref, "branch": answers.branch}
    jobs = _jobs(world, arguments, fleet)
    found: dict[str, str] = {}
    for host in hosts:
        made = starter_ci.fleet_files(host, values, jobs)
        found |= made
        if host == "gitlab":
            found[starter_ci.GITLAB_ENTRY] = starter_ci.gitlab_entry(made)
    read = tuple(_readable(world, fleet))
    return found, Fleets(
        file=fleet.path.name,
        hosts=hosts,
        gate=jobs.gate,
        branch=answers.branch,
        keys=tuple(dict.fromkeys(key for one in read for key in sorted(_named(one)))),
        in_files=tuple(_name(fleet, one) for one in read if not (fleet.state or one.state)),
    )


def _readable(world: World, fleet: Fleet) -> Iterator[Project]:
    """The projects of the fleet; what is wrong with another one its plan will say."""
    for name in fleet_file.members(fleet):
        with suppress(ReconcilerError):
            yield load_project(fleet.root / name / PROJECT, world.env, required=True)


def _name(fleet: Fleet, project: Project) -> str:
    return project.root.relative_to(fleet.root).as_posix()


def _named(project: Project) -> frozenset[str]:
    """The names of API keys that a project file has."""
    return frozenset(project.key_name(name) for name in project.environments) - {""}


def _check(arguments: argparse.Namespace, hosts: tuple[str, ...]) -> None:
    """Raise UsageError for options that are about one project."""
    if not hosts:
        message = "--fleet is about CI files, and none are to be written"
        raise UsageError(message, hint="add --github or --gitlab")
    about_one = {
        "--protected-plan": arguments.protected_plan,
        "--template": arguments.template,
        "--agent": arguments.key,
        "--import": arguments.imports,
        "--api": arguments.api,
        "--url": arguments.url,
        "--key-name": arguments.key_name,
    }
    given = [name for name, value in about_one.items() if value]
    if given:
        raise UsageError(
            f"{listed(given)} is about one project, and --fleet about CI for many",
            hint="make each project with reconciler init FOLDER",
        )


def _jobs(world: World, arguments: argparse.Namespace, fleet: Fleet) -> FleetJobs:
    environment = arguments.env or ""
    return FleetJobs(
        file=fleet.path.name,
        shards=arguments.shards,
        gate=environment or fleet.entry.environment or "production",
        environment=environment,
        waves=len(fleet.entry.waves),
        approvals=tuple(_approvals(_readable(world, fleet))),
    )


def _approvals(projects: Iterable[Project]) -> list[str]:
    """The approvals that any project wants."""
    places = (place for one in projects for place in one.entry.environments.values())
    return list(dict.fromkeys(word for place in places for word in place.policies.approvals))

"""The common part of `worker` and `service`: the pages they are about, and the connection."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from reconciler.cli import installed
from reconciler.cli.opening import open_project
from reconciler.cli.world import World
from reconciler.config import fleet as fleet_file
from reconciler.config.project import FILE_NAME as PROJECT
from reconciler.config.project import choose
from reconciler.errors import ReconcilerError, UsageError
from reconciler.late import dataclass
from reconciler.workflows import fleet

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.config.fleet import Fleet, Member
    from reconciler.service.connection import Way
    from reconciler.service.references import Page


@dataclass(frozen=True, kw_only=True)
class Served:
    """A project or a fleet.

    ``name`` is that of its folder. ``pages`` lists its pages: pairs of a project and an
    environment. ``project`` finds a project by its name, anew each time: what it gets from its
    fleet, and its file.
    """

    name: str
    pages: Callable[[], Sequence[tuple[str, str]]]
    project: Callable[[str], "tuple[Member | None, Path | None] | None"]
    fleet: "Fleet | None" = None

    @property
    def names(self) -> "tuple[Page, ...]":
        """The pages as the service names them."""
        from reconciler.service.references import Page  # noqa: PLC0415 - not for other commands

        return tuple(Page(project=one, environment=other) for one, other in self.pages())


def served(world: World, arguments: argparse.Namespace) -> Served:
    """The pages of the fleet of ``--fleet``, or else of this project.

    A project is named like its folder, so that it has the same name on every machine.
    """
    if arguments.fleet is not None:
        return _fleet(world, arguments)
    project = open_project(world, arguments)
    name = project.root.resolve().name
    if not name:
        raise UsageError("the project is the root folder, which has no name to serve it by")
    asked = arguments.environments or [world.env.get("RECONCILER_ENV")]
    file = project.root.resolve() / project.document.name if project.has_file else None
    return Served(
        name=name,
        pages=lambda: [(name, choose(project, one)) for one in asked],
        project=lambda asked: (None, file) if asked == name else None,
    )


def _fleet(world: World, arguments: argparse.Namespace) -> Served:
    found = fleet.open_fleet(world, arguments.fleet)

    def pages() -> list[tuple[str, str]]:
        every = fleet.pages(world, found, arguments.environments)
        wrong = [f"{page.name}: {page.error.message}" for page in every if page.error]
        if wrong:
            raise ReconcilerError("; ".join(wrong), hint="reconciler validate --fleet says more")
        return [(page.project, page.environment) for page in every]

    def project(name: str) -> "tuple[Member | None, Path | None] | None":
        now = fleet.open_fleet(world, arguments.fleet)
        if name not in fleet_file.members(now):
            return None
        return now.member(name), now.root / name / PROJECT

    return Served(
        name=found.root.resolve().name,
        pages=pages,
        project=project,
        fleet=found,
    )


def named(world: World, arguments: argparse.Namespace) -> "tuple[Page, ...]":
    """The pages that were named, or else all that are served."""
    from reconciler.service.references import Page  # noqa: PLC0415 - not for other commands

    if not arguments.pages:
        return served(world, arguments).names
    found = []
    for text in arguments.pages:
        project, _, environment = text.rpartition(":")
        if not project or not environment:
            raise UsageError(f"`{text}` names no page", hint="such as clients/nour:production")
        found.append(Page(project=project, environment=environment))
    return tuple(found)


def way(world: World, arguments: argparse.Namespace) -> "Way":
    """How to reach Temporal. Raises ReconcilerError if its package is not installed."""
    try:
        from reconciler.service.connection import Way  # noqa: PLC0415 - it may not be installed
    except ModuleNotFoundError as error:
        message = f"`{arguments.command}` needs the package {error.name}, which is not installed"
        raise ReconcilerError(message, hint=installed.adding("temporal")) from error
    return Way(
        env=world.env,
        address=arguments.address or "",
        namespace=arguments.namespace or "",
        queue=getattr(arguments, "task_queue", ""),
    )

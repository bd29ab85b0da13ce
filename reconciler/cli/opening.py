"""Convert the parsed command line for workflows: sessions, and frozen options."""

import argparse
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from reconciler.cli import command_line
from reconciler.cli.output import warn_of_distrust
from reconciler.cli.world import World
from reconciler.config.project import Project
from reconciler.engine.policies.ways import Words
from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds import registry
from reconciler.render.sanitize import one_line
from reconciler.schema.kind import Kind
from reconciler.workflows import session
from reconciler.workflows.session import Access, Selection, Session
from reconciler.workflows.this_run import this_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.workflows.plan import PlanOptions
    from reconciler.workflows.policy import PolicyOptions


def open_project(world: World, arguments: argparse.Namespace) -> Project:
    """The project of ``--config``, of RECONCILER_CONFIG, or of this folder."""
    return session.open_project(world, arguments.config)


def usual_kind(world: World, arguments: argparse.Namespace) -> Kind:
    """The default kind of agents in this project; outside of a project, the newest."""
    with suppress(ReconcilerError):
        project = open_project(world, arguments)
        if project.has_file:
            return project.agent_kind
    return registry.newest("agent")


def open_session(
    world: World, arguments: argparse.Namespace, name: str | None = None, *, offline: bool = False
) -> Session:
    """Open the project for an environment: ``name``, --env, RECONCILER_ENV, or the default.

    ``offline`` needs no key.
    """
    if arguments.env == "":
        raise UsageError("--env names no environment", hint="is the variable behind it set?")
    project = open_project(world, arguments)
    warn_of_distrust(world, arguments, project.root)
    return session.open_session(
        world,
        project,
        name or arguments.env,
        access(world, arguments),
        given=dict(arguments.var),
        offline=offline,
    )


@contextmanager
def locked(
    world: World, arguments: argparse.Namespace, names: Collection[str] = ()
) -> Iterator[None]:
    """Lock the state against other runs, waiting up to ``--lock-timeout``.

    ``names`` are the environments; without any, the one of the command line.
    """
    project = open_project(world, arguments)
    names = names or [session.chosen(world, project, arguments.env)]
    digest = getattr(arguments, "plan_digest", None) or ""
    run = this_run(world.env, arguments.command, session.commit(world, project), digest)
    with session.locked(world, project, names, run, arguments.lock_timeout):
        yield


def access(world: World, arguments: argparse.Namespace) -> Access:
    """How this command accesses the API."""

    def trace(line: str) -> None:
        world.stderr.write(f"· {one_line(line)}\n")

    return Access(
        command=arguments.command,
        parallelism=arguments.parallelism,
        trace=trace if arguments.verbose else None,
    )


def selection(arguments: argparse.Namespace) -> Selection:
    """The agents of ``--target`` and ``--exclude``."""
    return Selection(target=tuple(arguments.target), exclude=tuple(arguments.exclude))


def plan_options(arguments: argparse.Namespace, policy: "PolicyOptions") -> "PlanOptions":
    """Which agents the plan covers, and what may be created."""
    from reconciler.workflows.plan import PlanOptions  # noqa: PLC0415 - some commands plan

    return PlanOptions(
        selection=selection(arguments),
        recreate=arguments.recreate,
        create_anyway=arguments.create_anyway,
        policy=policy,
    )


def policy_options(
    arguments: argparse.Namespace, environment: str, made_with: Words = ()
) -> "PolicyOptions":
    """This run's options for policies; ``made_with`` are the words that saved a plan."""
    from reconciler.workflows.policy import PolicyOptions  # noqa: PLC0415 - as above

    said: Mapping[str, Any] = vars(arguments)
    return PolicyOptions(
        max_changes=said.get("max_changes"),
        force=said.get("force", False),
        allow_missing=said.get("allow_missing", False),
        approved=frozenset(name for names in said.get("approve", ()) for name in names),
        back=arguments.command == "rollback",
        way=command_line.way(arguments, environment, made_with),
    )

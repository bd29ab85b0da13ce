"""The data and clients that the checks of `reconciler doctor` use."""

import argparse
from functools import cached_property
from pathlib import Path

from reconciler.cli import opening
from reconciler.cli.world import World
from reconciler.config import load
from reconciler.config.project import Environment, Project
from reconciler.config.project import environment as resolved
from reconciler.errors import ReconcilerError
from reconciler.jsonvalues import Secret
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.schema.kind import Kind
from reconciler.state.state import State
from reconciler.workflows import session
from reconciler.workflows.session import Session


@dataclass(frozen=True, kw_only=True)
class Context:
    """The folder, and the project if it can be read; ``stop`` says why it cannot.

    ``names`` are the environments to check, ``chosen`` is the one that a command would use.
    """

    world: World
    arguments: argparse.Namespace
    root: Path
    project: Project | None = None
    stop: ReconcilerError | None = None
    names: tuple[str, ...] = ()
    chosen: str = ""

    @property
    def has_file(self) -> bool:
        """Whether there is a project file, valid or not."""
        return self.stop is not None or (self.project is not None and self.project.has_file)

    @property
    def is_project(self) -> bool:
        """Whether a run could work here: with a project file, or with a key in its place."""
        return self.has_file or bool(self.names)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of the project's agents; the newest if the project cannot be read."""
        return load.kinds(self.project) if self.project else (registry.newest("agent"),)

    def key(self, name: str) -> Secret | None:
        """The key of an environment, even if it cannot be sent; None if it needs none."""
        variable = self.project.key_name(name) if self.project else ""
        return Secret(variable, self.world.env.get(variable)) if variable else None

    def environment(self, name: str) -> Environment | None:
        """An environment and its key, if set; None if the environment is unusable."""
        if self.project is None:
            return None
        try:
            return resolved(self.project, name, self.world.env, offline=True)
        except ReconcilerError:
            return None

    def session(self, environment: Environment) -> Session | None:
        """The session that a command would use for an environment."""
        if self.project is None:
            return None
        return Session(
            context=self.world,
            project=self.project,
            environment=environment,
            state=State(session.backend(self.world, self.project)),
            access=opening.access(self.world, self.arguments),
        )

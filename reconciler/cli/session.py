"""What commands that need a project share: its files, its environment, its ledger, its API."""

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from reconciler import __version__
from reconciler.cli import trust
from reconciler.config import load
from reconciler.config.entries import DriftEntry
from reconciler.config.project import Environment, Project, choose, environment, find, load_project
from reconciler.engine import recall
from reconciler.engine.history import Apply
from reconciler.engine.newcomers import Choice
from reconciler.engine.plan import plan
from reconciler.engine.policies import clauses
from reconciler.engine.promotion import promoted
from reconciler.errors import Problem, UsageError, listed, meant
from reconciler.jsonvalues import lies_in
from reconciler.model import Desired, Last, LiveAgent, Plan, Stamp
from reconciler.render.sanitize import one_line
from reconciler.schema.kind import Kind
from reconciler.state import folder, git, history, ledger
from reconciler.transport.client import Connection, Reader, Transport, Writer, open_http
from reconciler.transport.retry import Pace
from reconciler.workflows.context import World
from reconciler.workflows.observe import known_agents, live_agents
from reconciler.workflows.past import Past

LOOSE = 0.6
"""How much a mistyped name on the command line must resemble the one that is offered."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """An opened project and the environment to work with."""

    world: World
    arguments: argparse.Namespace
    project: Project
    environment: Environment
    ledger: ledger.Ledger

    @property
    def kind(self) -> Kind:
        """What an agent is whose file names no other generation."""
        return self.project.agent_kind

    @property
    def history_folder(self) -> Path:
        """Where the past applies of this environment are."""
        return history.folder(self.project.root, self.environment.name)

    def recorder(self, stamp: Stamp, what: str) -> history.Recorder:
        """What writes one apply into the history; ``what`` is how that calls it."""
        name = self.environment.name
        apply = Apply(number=0, environment=name, at=stamp.at, commit=stamp.commit, what=what)
        return history.Recorder(self.history_folder, apply)

    @property
    def sandbox_folder(self) -> Path:
        """Where the embedded sandbox of this environment keeps its agents."""
        return self.project.root / folder.NAME / "sandbox" / self.environment.name

    def connection(self) -> Connection:
        """How to reach the API of this environment."""
        key = self.environment.api_key
        automated = "; ci" if self.world.env.get("CI") else ""
        embedded = self.environment.sandbox is not None
        return Connection(
            url="http://sandbox.invalid" if embedded else self.environment.url,
            api_key=(key.value if key and key.value else "sandbox"),
            api_key_name=key.name if key else "HAMSA_API_KEY",
            parallelism=self.arguments.parallelism,
            user_agent=f"reconciler/{__version__} ({self.arguments.command}{automated})",
            trace=self._trace if self.arguments.verbose else None,
            pace=self.world.pace or Pace(),
        )

    def _trace(self, line: str) -> None:
        self.world.stderr.write(f"· {one_line(line)}\n")

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """A client that can only read."""
        async with open_http(self.connection(), self._transport()) as http:
            yield Reader(http, self.connection())

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[Writer]:
        """A client that can write; only an apply asks for it."""
        async with open_http(self.connection(), self._transport()) as http:
            yield Writer(http, self.connection())

    def _transport(self) -> Transport | None:
        """The embedded sandbox in place of the network, where the environment is one."""
        if self.environment.sandbox is None:
            return None
        from reconciler.sandbox.settings import Settings  # noqa: PLC0415 - starlette is heavy
        from reconciler.sandbox.transport import sandbox_transport  # noqa: PLC0415

        folder.made(self.project.root)  # it is written to at once, also by a plan
        try:
            settings = Settings.parse(self.environment.sandbox)
            return sandbox_transport(self.sandbox_folder, settings, seeded=True)
        except ValueError as error:
            raise UsageError(f"the sandbox of {self.environment.name}: {error}") from error

    def agents(self) -> tuple[list[Desired], list[Problem]]:
        """What the files declare, and warnings; every mistake in them is a ConfigError."""
        return load.agents(
            self.project,
            self.environment,
            self.world.env,
            today=self.world.now()[:10],
            chosen=lambda key: is_chosen(key, self.arguments),
        )

    async def look(self) -> "Sight":
        """Read the files, what is live, and what was last applied; nothing can be written."""
        desired, warnings = self.agents()
        return await self.live(
            desired, warnings, wanted_keys([item.key for item in desired], self.arguments)
        )

    async def live(
        self,
        desired: list[Desired],
        warnings: list[Problem],
        wanted: frozenset[str] | None,
        by_id: frozenset[str] = frozenset(),
    ) -> "Sight":
        """Read what is live beside these files; ``by_id`` are agents that are read in full."""
        last = self.ledger.last(self.environment.name, self.world.salt())
        also = dict.fromkeys(clauses.wanted(self.kind, self.environment.limits.clauses))
        async with self.reader() as reader, reader.in_time():
            live = await live_agents(
                reader,
                self.kind,
                [replace(item, fields={**also, **item.fields}) for item in desired],
                last,
                wanted=wanted,
                by_id=by_id,
                parallelism=self.arguments.parallelism,
            )
        return Sight(desired=desired, warnings=warnings, wanted=wanted, last=last, live=live)

    async def behind(self, saved: Plan) -> "Sight":
        """What is live behind a saved plan, which no file is read for; only where a rule asks."""
        last = self.ledger.last(self.environment.name, saved.salt)
        ids = {action.id for action in saved.writes if action.id}
        live: list[LiveAgent] = []
        if self.environment.limits.clauses:
            async with self.reader() as reader:
                live = await known_agents(reader, self.kind, ids, self.arguments.parallelism)
        return Sight(desired=[], warnings=[], wanted=None, last=last, live=live)

    async def planned(self) -> tuple[Plan, "Sight"]:
        """A plan, and what was seen for it."""
        seen = await self.look()
        made = plan(
            seen.desired,
            seen.live,
            seen.last,
            environment=self.environment.name,
            url=self.environment.url,
            choice=Choice(
                wanted=seen.wanted,
                recreate=self.arguments.recreate,
                create_anyway=self.arguments.create_anyway,
            ),
        )
        made = recall.in_plan(made, self.past(seen.last).applied)
        made = noted(made, self.project.entry.drift)
        return self._promoted(made, seen.desired), seen

    def source_page(self) -> Last:
        """The ledger's page of the environment that this one is promoted from, if there is one."""
        return self.ledger.last(self.environment.promote_from or "", self.world.salt())

    def _promoted(self, made: Plan, desired: list[Desired]) -> Plan:
        """The plan, with what the environment that it is promoted from must have had."""
        source = self.environment.promote_from
        if source is None:
            return made
        there = self.declared_for(source)
        return promoted(made, source, desired, there, self.source_page())

    def declared_for(self, name: str) -> list[Desired]:
        """What the files say for another environment, as far as can be told without its keys."""
        known = {*self.project.entry.vars, *self.project.entry.environments[name].vars}
        given = {var: text for var, text in self.arguments.var if var in known}
        other = environment(self.project, name, self.world.env, given, offline=True)
        today = self.world.now()[:10]
        found, _ = load.agents(self.project, other, self.world.env, today=today, offline=True)
        return found

    def past(self, last: Last) -> Past:
        """What was applied before, as far as this machine and git remember it."""
        return Past(
            project=self.project,
            environment=self.environment.name,
            kind=self.kind,
            last=last,
            env=self.world.env,
        )

    def commit(self) -> str:
        """The commit that the files are at, a ``+`` for edits besides; empty outside git."""
        return commit(self.world, self.project)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the files, the API and the ledger say. ``wanted`` are the chosen keys, None for all."""

    desired: list[Desired]
    warnings: list[Problem]
    wanted: frozenset[str] | None
    last: Last
    live: list[LiveAgent]


def commit(world: World, project: Project) -> str:
    """The commit that a project's files are at, a ``+`` for edits besides; empty outside git."""
    root = project.root
    names = (project.document.name, project.agents.relative_to(root).as_posix())
    own = (f":(exclude){ledger.FILE_NAME}", f":(exclude){folder.NAME}")
    return world.env.get("GITHUB_SHA") or git.head(root, *names, *own)


def noted(plan: Plan, rules: DriftEntry) -> Plan:
    """The plan with what moved and no file names, as far as the project counts that."""
    reported = rules.undeclared == "report"

    def counts(path: str) -> bool:
        return reported and not any(lies_in(path, name) for name in rules.ignore)

    actions = (
        replace(action, undeclared=tuple(c for c in action.undeclared if counts(c.path)))
        for action in plan.actions
    )
    return replace(plan, actions=tuple(actions))


def open_project(world: World, arguments: argparse.Namespace) -> Project:
    """The project of ``--config``, of RECONCILER_CONFIG, or of this folder."""
    named = arguments.config or world.env.get("RECONCILER_CONFIG")
    return load_project(find(world.cwd, named), world.env, required=bool(named))


def open_session(
    world: World, arguments: argparse.Namespace, name: str | None = None, *, offline: bool = False
) -> Session:
    """Open the project for an environment: ``name``, --env, RECONCILER_ENV, or the default.

    ``offline`` needs no key.
    """
    if arguments.env == "":
        raise UsageError("--env names no environment", hint="is the variable behind it set?")
    project = open_project(world, arguments)
    trust.warn(world, arguments, project.root)
    asked = name or arguments.env or world.env.get("RECONCILER_ENV")
    return Session(
        world=world,
        arguments=arguments,
        project=project,
        environment=environment(
            project, choose(project, asked), world.env, dict(arguments.var), offline=offline
        ),
        ledger=ledger.load(project.root / ledger.FILE_NAME),
    )


def is_chosen(key: str, arguments: argparse.Namespace) -> bool:
    """Whether ``--target`` and ``--exclude`` leave a key in."""
    targeted = not arguments.target or any(fnmatchcase(key, glob) for glob in arguments.target)
    return targeted and not any(fnmatchcase(key, glob) for glob in arguments.exclude)


def wanted_keys(keys: Sequence[str], arguments: argparse.Namespace) -> frozenset[str] | None:
    """The keys to plan for, None for all. A pattern that means no agent is a mistake."""
    for option in ("target", "exclude"):
        for glob in getattr(arguments, option):
            if not any(fnmatchcase(key, glob) for key in keys):
                hint = meant(glob, keys, f"keys: {listed(keys, glob)}", LOOSE)
                raise UsageError(f"--{option} {glob} means no agent", hint=hint)
    if not arguments.target and not arguments.exclude:
        return None
    return frozenset(key for key in keys if is_chosen(key, arguments))

"""What every workflow needs: a project, one of its environments, its state, its API."""

from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from dataclasses import field
from fnmatch import fnmatchcase
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from reconciler import __version__, telemetry
from reconciler.config import load
from reconciler.config.project import Environment, Project, choose, environment, find, load_project
from reconciler.config.state import StateSettings
from reconciler.engine.history import Apply
from reconciler.errors import NoMatchError, Problem, UsageError, listed, meant
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import Desired, EnvironmentState, Stamp
from reconciler.schema import digest, paths
from reconciler.schema.kind import Kind
from reconciler.state import backends, files, git, history, statefile
from reconciler.state.backend import Login, Run, StateBackend
from reconciler.state.cache import Cache
from reconciler.state.slow_digests import SlowDigests
from reconciler.state.state import State, settle
from reconciler.workflows.context import RunContext

if TYPE_CHECKING:
    from reconciler.transport.client import Connection, Reader, Transport, Writer

More = ParamSpec("More")
Result = TypeVar("Result")
Step: TypeAlias = Callable[Concatenate["Session", More], Coroutine[Any, Any, Result]]

LOOSE = 0.6
"""How similar a mistyped name on the command line must be to the suggested one."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The agents of a run: globs on keys. Without any, all agents."""

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def includes(self, key: str) -> bool:
        """Whether a key is selected."""
        targeted = not self.target or any(fnmatchcase(key, glob) for glob in self.target)
        return targeted and not any(fnmatchcase(key, glob) for glob in self.exclude)

    def wanted(self, keys: Sequence[str]) -> frozenset[str] | None:
        """The selected keys, None for all.

        Raises NoMatchError for a pattern that matches no agent.
        """
        must_match("target", self.target, keys)
        must_match("exclude", self.exclude, keys)
        if not self.target and not self.exclude:
            return None
        return frozenset(key for key in keys if self.includes(key))


EVERYTHING = Selection()


def must_match(option: str, globs: Iterable[str], keys: Sequence[str]) -> None:
    """Raise NoMatchError for a glob of an option that matches no agent."""
    for glob in globs:
        if not any(fnmatchcase(key, glob) for key in keys):
            hint = meant(glob, keys, f"keys: {listed(keys, glob)}", LOOSE)
            raise NoMatchError(f"--{option} {glob} matches no agent", hint=hint)


@dataclass(frozen=True, kw_only=True)
class Access:
    """How to access the API: for which command, with how many simultaneous requests.

    ``trace`` is called with a line for every request.
    """

    command: str
    parallelism: int = 10
    trace: Callable[[str], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """An open project and the environment to work with. ``given`` are variables of this run."""

    context: RunContext
    project: Project
    environment: Environment
    state: State
    access: Access
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The kind of an agent whose file names no generation."""
        return self.project.agent_kind

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.environment.name

    @property
    def history_folder(self) -> Path:
        """The folder with the past applies of this environment."""
        return history.folder(self.project.root, self.name)

    @property
    def sandbox_folder(self) -> Path:
        """The folder in which this environment's embedded sandbox keeps its agents."""
        return self.project.root / files.OWN_FOLDER / "sandbox" / self.name

    def recorder(self, stamp: Stamp, what: str) -> history.Recorder:
        """A recorder of one apply in the history; ``what`` is its name there."""
        apply = Apply(number=0, environment=self.name, at=stamp.at, commit=stamp.commit, what=what)
        return history.Recorder(self.history_folder, apply)

    def page(self) -> EnvironmentState:
        """The state's page of this environment; a new one, with a new salt, if there is none."""
        return self.state.page(self.name, self.context.salt())

    def source_page(self) -> EnvironmentState:
        """The state's page of the environment that this one is promoted from, if there is one."""
        return self.state.page(self.environment.promote_from or "", self.context.salt())

    def commit(self) -> str:
        """The commit of the files, with a ``+`` for uncommitted edits; empty outside git."""
        return commit(self.context, self.project)

    def reports(self, kind: Kind, path: str) -> bool:
        """Whether the project counts a change of an undeclared path as drift."""
        rules = self.project.entry.drift
        names = (own for name in rules.ignore for own in registry.own(kind, name) or (name,))
        ignored = any(paths.covers(name, path) for name in names)
        return rules.undeclared == "report" and not ignored

    def agents(self, selection: Selection = EVERYTHING) -> tuple[list[Desired], list[Problem]]:
        """The declared agents, and warnings; raises ConfigError with every mistake in the files."""
        return load.agents(
            self.project,
            self.environment,
            self.context.env,
            today=self.context.today,
            chosen=selection.includes,
            memory=remembered(self.context, self.project, self.name),
        )

    def compared(self) -> Cache | None:
        """The agents that earlier runs found in sync; None if caching is off."""
        cached = self.context.cached
        return Cache(self.project.root, f"{self.name} compared") if cached else None

    def declared_for(self, name: str) -> list[Desired]:
        """The agents declared for another environment, as far as known without its keys."""
        known = {*self.project.entry.vars, *self.project.entry.environments[name].vars}
        given = {var: text for var, text in self.given.items() if var in known}
        env, today = self.context.env, self.context.today
        other = environment(self.project, name, env, given, offline=True)
        memory = remembered(self.context, self.project, name, offline=True)
        found, _ = load.agents(self.project, other, env, today=today, offline=True, memory=memory)
        return found

    def connection(self) -> "Connection":
        """How to reach the API of this environment."""
        from reconciler.transport.client import Connection  # noqa: PLC0415 - httpx takes long
        from reconciler.transport.retry import Pace  # noqa: PLC0415

        key = self.environment.api_key
        automated = "; ci" if self.context.env.get("CI") else ""
        embedded = self.environment.sandbox is not None
        name = key.name if key else "HAMSA_API_KEY"
        rates = None if embedded else self.context.rates
        return Connection(
            url="http://sandbox.invalid" if embedded else self.environment.url,
            api_key=(key.value if key and key.value else "sandbox"),
            api_key_name=name,
            parallelism=self.access.parallelism,
            user_agent=f"reconciler/{__version__} ({self.access.command}{automated})",
            trace=self.access.trace,
            pace=self.context.pace or Pace(),
            rate=rates.of((name, self.environment.url)) if rates else None,
        )

    @asynccontextmanager
    async def reader(self) -> AsyncIterator["Reader"]:
        """A client that can only read."""
        from reconciler.transport.client import Reader, open_http  # noqa: PLC0415 - as above

        async with open_http(self.connection(), self._transport()) as http:
            yield Reader(http, self.connection())

    @asynccontextmanager
    async def writer(self) -> AsyncIterator["Writer"]:
        """A client that can write; only an apply uses it."""
        from reconciler.transport.client import Writer, open_http  # noqa: PLC0415 - as above

        async with open_http(self.connection(), self._transport()) as http:
            yield Writer(http, self.connection())

    def _transport(self) -> "Transport | None":
        """The embedded sandbox in place of the network, if the environment is one."""
        if self.environment.sandbox is None:
            return None
        from reconciler.sandbox.settings import Settings  # noqa: PLC0415 - starlette is heavy
        from reconciler.sandbox.transport import sandbox_transport  # noqa: PLC0415

        files.own_folder(self.project.root)  # it is written to at once, even by a plan
        try:
            settings = Settings.parse(self.environment.sandbox)
            return sandbox_transport(self.sandbox_folder, settings, seeded=True)
        except ValueError as error:
            raise UsageError(f"the sandbox of {self.name}: {error}") from error


def observed(step: str) -> Callable[[Step[More, Result]], Step[More, Result]]:
    """Decorate a step of a run with a whole environment, so that its time and requests are seen."""

    def decorated(work: Step[More, Result]) -> Step[More, Result]:
        @wraps(work)
        async def watched(session: Session, /, *more: More.args, **named: More.kwargs) -> Result:
            with telemetry.page(step, session.project.root.name, session.name):
                return await work(session, *more, **named)

        return watched

    return decorated


def commit(context: RunContext, project: Project) -> str:
    """The commit of a project's files, with a ``+`` for uncommitted edits; empty outside git."""
    root = project.root
    names = (project.document.name, project.agents.relative_to(root).as_posix())
    ours = (statefile.FILE_NAME, statefile.FORMER_NAME, files.OWN_FOLDER)
    own = [f":(exclude){name}" for name in ours]
    return context.env.get("GITHUB_SHA") or git.head(root, *names, *own)


def state_settings(context: RunContext, project: Project) -> StateSettings:
    """Where a project's state is: as it says itself, or else its fleet; no URL means its file."""
    member = context.member
    return project.state or (member and member.state) or StateSettings(url="")


def backend(context: RunContext, project: Project, *, migrating: bool = False) -> StateBackend:
    """The backend of a project's state, one for all of a run; ``migrating`` moves it there."""
    if project.root not in context.backends:
        said = state_settings(context, project)
        context.backends[project.root] = backends.opened(
            project.root,
            said.url,
            lease=said.lease,
            locked=said.locked and context.locking,
            own=project.embedded,
            migrating=migrating,
            login=Login(env=context.env, username=said.username, password=said.password),
        )
    return context.backends[project.root]


@contextmanager
def locked(
    context: RunContext, project: Project, environments: Collection[str], run: Run, wait: float
) -> Iterator[None]:
    """Lock the state of environments against other runs, waiting up to ``wait`` seconds.

    First write what an interrupted run has stored ahead of the state.
    """
    found = backend(context, project)
    with found.lock(environments, run, wait):
        settle(found, environments)
        yield


def remembered(
    context: RunContext, project: Project, name: str, *, offline: bool = False
) -> Cache | None:
    """The results of reading the files in earlier runs; None if caching is off."""
    return Cache(project.root, f"{name} {offline}") if context.cached else None


def open_project(context: RunContext, config: str | None) -> Project:
    """The project of a named file, of RECONCILER_CONFIG, or of this folder."""
    named = config or context.env.get("RECONCILER_CONFIG")
    path = find(context.cwd, named)
    memory = Cache(path.parent, "project") if context.cached else None
    return load_project(path, context.env, required=bool(named), memory=memory)


def chosen(context: RunContext, project: Project, name: str | None) -> str:
    """The environment to use: ``name``, RECONCILER_ENV, or the default."""
    return choose(project, name or context.env.get("RECONCILER_ENV"))


def open_session(
    context: RunContext,
    project: Project,
    name: str | None,
    access: Access,
    *,
    given: Mapping[str, str],
    offline: bool = False,
) -> Session:
    """Open the environment of a project that ``chosen`` finds.

    ``offline`` needs no key. Slow digests of earlier runs are reused until this run ends.
    """
    name = chosen(context, project, name)
    if context.cached:
        known = context.ends.enter_context(SlowDigests(project.root, name))
        context.ends.enter_context(digest.remembering(known))
    place = environment(project, name, context.env, given, offline=offline)
    needed = {name, place.promote_from or name}
    return Session(
        context=context,
        project=project,
        environment=place,
        state=State.of(backend(context, project), needed),
        access=access,
        given=given,
    )

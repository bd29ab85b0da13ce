"""``reconciler.yaml``: the folder of the agents, and the environments."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from os.path import lexists
from pathlib import Path

from reconciler.config import origins, recalled, variables
from reconciler.config import state as states
from reconciler.config.entries import ProjectEntry, Reference
from reconciler.config.memory import Memory
from reconciler.config.policies import PoliciesEntry, policies
from reconciler.config.references import Scope, Trouble, is_reference
from reconciler.config.state import StateSettings
from reconciler.config.variables import Declaration
from reconciler.engine.policies import Policies
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError, listed
from reconciler.jsonvalues import Json, Secret
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.plain import stays
from reconciler.schema.kind import Kind
from reconciler.text import urls
from reconciler.yamledit.document import Document, Path_, YamlFileError, read_text

FILE_NAME = "reconciler.yaml"
DEFAULT_URL = "https://api.tryhamsa.com"
SANDBOX = "sandbox"

NO_FILE = "there is no reconciler.yaml here or above"
MAKE_ONE = "cd into the project, or make one: reconciler init"

_NOWHERE = "environment variables"
"""The name of the project file if there is none."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment, with its references resolved.

    ``sandbox`` has the switches behind ``url: sandbox?…``; it is None for a real API.
    """

    name: str
    url: str
    api_key: Secret | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    promote_from: str | None = None
    policies: Policies = field(default_factory=Policies)
    sandbox: str | None = None


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project: its root folder, its agents' folder and its environments."""

    root: Path
    agents: Path
    document: Document
    entry: ProjectEntry
    implied: Environment | None = None
    linted: bool = True
    former: tuple[Problem, ...] = ()
    """Warnings of keys under former names."""
    state: StateSettings | None = None
    """Where the state is; in a file of the project if None."""
    memory: Memory | None = field(default=None, compare=False)
    """What keeps the data of the project file for the next run."""
    recalled: bool = field(default=False, compare=False)
    """Whether these data are of an earlier run, which found nothing like a secret in them."""

    @property
    def agent_kind(self) -> Kind:
        """The kind of an agent whose file names no generation."""
        return registry.kind("agent", self.entry.api)

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in the file's order."""
        return (self.implied.name,) if self.implied else tuple(self.entry.environments)

    @property
    def has_file(self) -> bool:
        """Whether there is a project file."""
        return self.document.name != _NOWHERE

    @property
    def embedded(self) -> frozenset[str]:
        """The environments that are a sandbox of this machine."""
        places = self.entry.environments.items()
        return frozenset(name for name, one in places if is_sandbox(one.url))

    def key_name(self, name: str) -> str:
        """The environment variable with the API key of an environment; empty without one."""
        if self.implied:
            return self.implied.api_key.name if self.implied.api_key else ""
        written = (self.entry.environments[name].api_key or {}).get("$secret")
        return written if isinstance(written, str) else ""

    @cached_property
    def key_names(self) -> frozenset[str]:
        """The environment variables with API keys, of all environments and of the state."""
        written = (one.api_key or {} for one in self.entry.environments.values())
        names = {name for key in written if isinstance(name := key.get("$secret"), str)}
        if self.state and self.state.password:
            names.add(self.state.password.name)
        return frozenset(names | {"HAMSA_API_KEY"})

    @property
    def unlinted(self) -> "Project":
        """The same, without findings and policies: for past versions of files."""
        places = {
            name: one.but(policies=PoliciesEntry()) for name, one in self.entry.environments.items()
        }
        entry = self.entry.but(environments=places)
        return replace(self, entry=entry, linted=False)


def find(start: Path, named: str | None) -> Path:
    """The project file: the one named, or the nearest in this folder and the ones above."""
    if named:
        path = start / named
        return path / FILE_NAME if path.is_dir() else path
    candidates = (folder / FILE_NAME for folder in (start, *start.parents))
    return next((path for path in candidates if lexists(path)), start / FILE_NAME)


def load_project(
    path: Path, env: Mapping[str, str], *, required: bool = False, memory: Memory | None = None
) -> Project:
    """Load a project file; without one, use the environment's own key and URL.

    With a ``memory``, a file that is unchanged is not parsed again. Raises ConfigError with every
    mistake of the file.
    """
    text = None
    if required or lexists(path):
        text = _text(path)
    else:
        _raise(_nearly(path))
    kept = _recalled(path.name, text, memory)
    document, entry, former = kept or _parsed(path.name, text or "")
    if entry.state:
        _raise(states.problems(document, entry.state, env))
    root, agents = path.parent, path.parent / entry.agents
    if not stays(agents, root):
        raise ConfigError([document.problem(("agents",), "the agents' folder leaves the project")])
    implied = None if entry.environments else _implied(env)
    return Project(
        root=root,
        agents=agents,
        document=document,
        entry=entry,
        implied=implied,
        former=former,
        memory=memory if text is not None else None,
        recalled=kept is not None,
        state=states.settings(entry.state, env) if entry.state else None,
    )


_Read = tuple[Document, ProjectEntry, tuple[Problem, ...]]
"""The project file, its entry, and warnings of former names."""


def _recalled(name: str, text: str | None, memory: Memory | None) -> _Read | None:
    """The project file, if there is none or an earlier run has read it; else None."""
    if text is None:
        return Document(_NOWHERE, "", {}), ProjectEntry(), ()
    data = recalled.data(memory, text) if memory else None
    if not isinstance(data, dict):
        return None
    return Document(name, text, data), ProjectEntry.of(data), ()


def _parsed(name: str, text: str) -> _Read:
    """Parse the project file."""
    from reconciler.config.former import renamed  # noqa: PLC0415 - most files are recalled
    from reconciler.config.parsing import parsed  # noqa: PLC0415
    from reconciler.yamledit.reading import loads  # noqa: PLC0415

    try:
        document, former = renamed(loads(text, name))
    except YamlFileError as error:
        raise ConfigError([error.problem]) from error
    return document, parsed(document), former


def _text(path: Path) -> str:
    """Read the project file, which must be in its folder like everything that it names."""
    if path.is_symlink() and path.exists() and not stays(path, path.parent):
        hint = "copy the file, or name the project that it belongs to by --config"
        message = "the link leads out of the project"
        raise ConfigError([Problem(file=path.name, message=message, hint=hint)])
    try:
        return read_text(path, path.name)
    except YamlFileError as error:
        raise ConfigError([error.problem]) from error


def _nearly(path: Path) -> Iterator[Problem]:
    """A problem if a file has almost the name of a project file."""
    others = (FILE_NAME, FILE_NAME.replace("yaml", "yml"))
    for other in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        if other.name.lower() in others:
            message = "is not read: the project file has another name"
            yield Problem(file=other.name, message=message, allowed=f"`{FILE_NAME}`")


def _implied(env: Mapping[str, str]) -> Environment:
    """The environment `default`, from HAMSA_API_KEY and HAMSA_BASE_URL."""
    return Environment(
        name="default",
        url=env.get("HAMSA_BASE_URL", DEFAULT_URL).rstrip("/"),
        api_key=Secret("HAMSA_API_KEY", env.get("HAMSA_API_KEY")),
    )


def is_sandbox(url: Json) -> bool:
    """Whether a URL as written is the embedded sandbox."""
    return str(url).partition("?")[0] == SANDBOX


def choose(project: Project, asked: str | None) -> str:
    """The name of the environment to use. Raises UsageError if it does not exist."""
    known = project.environments
    name = asked or project.entry.default_environment or (known[0] if len(known) == 1 else "")
    if name in known:
        return name
    if asked:
        hint = (
            f"environments: {listed(known, asked)}"
            if project.has_file
            else f"{NO_FILE}: {MAKE_ONE}"
        )
        raise UsageError(f"there is no environment `{asked}`", hint=hint)
    raise UsageError("which environment?", hint=f"name one with --env: {listed(known)}")


def environment(
    project: Project,
    name: str,
    env: Mapping[str, str],
    given: Mapping[str, str] | None = None,
    *,
    offline: bool = False,
) -> Environment:
    """An environment with its references resolved.

    ``given`` are values for variables from the command line, as text. ``offline`` needs no key.
    """
    if project.implied:
        variables.values({}, {}, given or {}, frozenset())
        _raise(_faults(project, project.implied, (), frozenset(), env, offline=offline))
        return _embedded(project.implied)
    entry = project.entry.environments[name]
    where: Path_ = ("environments", name)
    scope = _scope(project, name, env, offline=offline)
    values = _variables(scope, project.entry.vars, entry.vars, given or {})
    filled = replace(scope, variables=values)
    resolved = Environment(
        name=name,
        url=str(scope.resolve(entry.url, (*where, "url"))).rstrip("/"),
        api_key=_key(scope, entry.api_key, (*where, "api_key")),
        variables=values,
        promote_from=entry.promote_from,
        policies=policies(entry.policies, (*where, "policies"), filled.resolve, filled.troubles),
    )
    told = [t for t in scope.troubles if not t.warning and _stops(project, t)]
    document = project.document
    problems = [
        origins.problem(t, scope, document, t.path, _raw(document.data, t.path), t.found)
        for t in told
    ]
    seen = frozenset(str(t.path[-1]) for t in told)
    _raise([*problems, *_faults(project, resolved, where, seen, env, offline=offline)])
    return _embedded(resolved)


def _stops(project: Project, trouble: Trouble) -> bool:
    """Whether a trouble of the project file is an error at the level that the file sets."""
    if not trouble.rule:
        return True
    from reconciler.config.switches import switches  # noqa: PLC0415 - only for what is wrong
    from reconciler.lint import RULES, SET_OF  # noqa: PLC0415
    from reconciler.lint.switches import Switches  # noqa: PLC0415

    levels = Switches(project=switches(project.entry.lint))
    return project.linted and levels.level(RULES[trouble.rule], SET_OF[trouble.rule]) == "error"


def _raw(data: Json, path: Path_) -> Json:
    """The value in the project file at the place of a mistake; None if there is none."""
    try:
        return origins.raw(data, path)
    except (KeyError, IndexError, TypeError):
        return None


def _scope(project: Project, name: str, env: Mapping[str, str], *, offline: bool) -> Scope:
    """The scope of the project file's references: all but variables, which they define."""
    return Scope(
        root=project.root,
        folder=project.root,
        variables={},
        environment=name,
        env=env,
        secret=env.get,
        keys=project.key_names,
        offline=offline,
    )


def _key(scope: Scope, written: Reference | None, where: Path_) -> Secret | None:
    if written is None:
        return None
    key = scope.resolve(written, where) if is_reference(written) else None
    if isinstance(key, Secret):
        return key
    if any(trouble.path == where for trouble in scope.troubles):
        return None
    hint = "write `{ $secret: NAME }`, where NAME is the environment variable that holds it"
    scope.troubles.append(Trouble(where, "`api_key` takes a `$secret` reference", hint=hint))
    return None


def _variables(
    scope: Scope,
    declared: Mapping[str, Declaration],
    written: Mapping[str, Json],
    given: Mapping[str, str],
) -> dict[str, Json]:
    """The values of the variables; their mistakes are added to the scope's troubles."""
    place: Path_ = ("environments", scope.environment)
    resolved = {name: scope.resolve(v, (*place, "vars", name)) for name, v in written.items()}
    for name, value in resolved.items():
        if isinstance(value, Secret | dict):
            hint = "refer to secrets in the fields that use them; a variable may be shown"
            message = f"the variable `{name}` takes a plain value, `$env` or `$file`"
            scope.troubles.append(Trouble((*place, "vars", name), message, hint=hint))
    told = {trouble.path for trouble in scope.troubles}
    referred = frozenset(name for name, value in written.items() if is_reference(value))
    found = variables.values(declared, resolved, given, referred)
    for one in variables.faults(scope.environment, declared, resolved, found):
        where: Path_ = (*place, "vars", one.name) if one.where == "vars" else place
        if where not in told:
            trouble = Trouble(where, one.message, one.found, one.allowed, one.hint)
            scope.troubles.append(trouble)
    return found


def _embedded(found: Environment) -> Environment:
    """Separate the sandbox's switches from its URL, if that is the API."""
    base, _, switches = found.url.partition("?")
    return replace(found, url=SANDBOX, sandbox=switches) if base == SANDBOX else found


def _faults(
    project: Project,
    found: Environment,
    where: Path_,
    told: frozenset[str],
    env: Mapping[str, str],
    *,
    offline: bool,
) -> Iterator[Problem]:
    """What is wrong with an environment's URL and key; ``told`` are keys reported already.

    Raises ReconcilerError if there is neither a project file nor a variable in its place.
    """
    if found.url.partition("?")[0] == SANDBOX:
        return
    key = found.api_key
    meant = project.has_file or found.url != DEFAULT_URL or (key and key.value)
    if not (offline or meant):
        raise ReconcilerError(NO_FILE, hint=MAKE_ONE)
    wrong = None if "url" in told else address_fault(found.url)
    if not (wrong or offline or project.implied or "url" in told):
        wrong = _strange_host(found.url, env)
    if wrong:
        yield _about_url(project, where, wrong)
    if "api_key" in told:
        return
    if not offline and (key is None or not key.value):
        hint = "add `api_key: { $secret: HAMSA_API_KEY }` to it"
        if key:
            hint = f"export {key.name}=… with a key from the dashboard"
        message = f"the environment {found.name} has no API key"
        yield project.document.problem(where, message, hint=hint)
    if key and key.value and not urls.is_sendable(key.value):
        message = f"{key.name} {UNSENDABLE}"
        hint = "set it again, without quotes, spaces or line ends"
        yield project.document.problem(where, message, found="(sensitive)", hint=hint)


UNSENDABLE = "holds a character that no key has"


@dataclass(frozen=True, kw_only=True)
class AddressFault:
    """Why an address cannot be that of an API."""

    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


def address_fault(url: str) -> AddressFault | None:
    """The mistake in an API's address; None if there is none."""
    if url.partition("?")[0] == SANDBOX:
        return None
    parts = urls.parts(url)
    if parts is None:
        allowed = "an https address without a user, a query or blanks, or `sandbox`"
        return AddressFault(message="is no address", allowed=allowed)
    if urls.in_clear(parts):
        return AddressFault(
            message="must be https: the key would travel in clear",
            found=url,
            hint="write https://; only this machine may be asked by http",
        )
    return None


def _strange_host(url: str, env: Mapping[str, str]) -> AddressFault | None:
    """Why a key is not sent to an address that only a file names; None if it is.

    The environment belongs to its owner; a file to anyone who may push a branch.
    """
    base = urls.parts(env.get("HAMSA_BASE_URL", ""))
    allowed = f"{env.get(urls.ALLOWED, '')},{base.hostname if base else ''}"
    address = urls.parts(url)
    if address is None or urls.is_trusted(address, allowed):
        return None
    return AddressFault(
        message="would send the API key to a host that is not allowed",
        found=address.hostname or "",
        allowed=f"hosts of {urls.OWN}, this machine, and those that {urls.ALLOWED} names",
        hint=f"to trust it, set {urls.ALLOWED}={address.hostname} where the tool runs "
        "(in CI as a variable of the forge), never in a file of the repository",
    )


def _about_url(project: Project, where: Path_, wrong: AddressFault) -> Problem:
    """A problem of a URL, wherever it was written."""
    variable = "HAMSA_BASE_URL"
    if project.implied:
        found = Problem(file=variable, message=f"`{variable}` {wrong.message}")
    else:
        found = project.document.problem((*where, "url"), f"`url` {wrong.message}")
    return replace(found, found=wrong.found, allowed=wrong.allowed, hint=wrong.hint)


def _raise(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise ConfigError(found)

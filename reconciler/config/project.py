"""``reconciler.yaml``: where the agents are, and the environments they are reconciled with."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from reconciler.config import findings
from reconciler.config.problems import from_validation
from reconciler.config.references import Scope, Trouble, is_reference, stays
from reconciler.config.yaml.reading import Document, Path_, YamlFileError, load, not_json
from reconciler.engine.lint import Level
from reconciler.errors import ConfigError, Problem, UsageError
from reconciler.model import Json, Secret

FILE_NAME = "reconciler.yaml"
DEFAULT_URL = "https://api.tryhamsa.com"
SANDBOX = "sandbox"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Limit = (
    Annotated[int, Field(ge=0)] | Annotated[str, StringConstraints(pattern=r"^(100|[1-9]?[0-9])%$")]
)
Reference = dict[str, Json]


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Limits(_Entry):
    """What one apply may do at most."""

    max_changes: Annotated[
        Limit | None, Field(description="a count of agents such as 5, or a share such as `30%`")
    ] = None


class EnvironmentEntry(_Entry):
    """A place to reconcile with, as written."""

    url: str | Reference
    api_key: Annotated[
        Reference | None, Field(description="a reference such as `{ $secret: HAMSA_API_KEY }`")
    ] = None
    vars: dict[str, str | int | float | bool | Reference] = {}
    limits: Limits = Limits()


class ProjectEntry(_Entry):
    """The project file, as written."""

    api: Literal["v1"] = "v1"
    agents: str = "agents/"
    default_environment: str | None = None
    environments: dict[str, EnvironmentEntry] = {}
    lint: dict[str, Level] = {}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A place to reconcile with, its references resolved.

    ``sandbox`` holds the switches behind ``url: sandbox?…``, and is None for a real API.
    """

    name: str
    url: str
    api_key: Secret | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    max_changes: int | str | None = None
    sandbox: str | None = None


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project: its root folder, its agents' folder and what its environments are."""

    root: Path
    agents: Path
    document: Document
    entry: ProjectEntry
    implied: Environment | None = None

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in the file's order."""
        return (self.implied.name,) if self.implied else tuple(self.entry.environments)

    @property
    def unlinted(self) -> "Project":
        """The same, no lint rule raised to an error: for files of the past."""
        return replace(self, entry=self.entry.model_copy(update={"lint": {}}))


def find(start: Path, named: str | None) -> Path:
    """The project file: the one named, or the nearest in this folder and the ones above."""
    if named:
        path = start / named
        return path / FILE_NAME if path.is_dir() else path
    candidates = (folder / FILE_NAME for folder in (start, *start.parents))
    return next((path for path in candidates if path.is_file()), start / FILE_NAME)


def load_project(path: Path, env: Mapping[str, str], *, required: bool = False) -> Project:
    """The project of a file; without a file, one with the environment's own key and URL.

    Raises ConfigError with every mistake of the file.
    """
    if not path.is_file() and not required:
        document = Document("environment variables", "", {})
    else:
        try:
            document = load(path, path.name)
        except YamlFileError as error:
            raise ConfigError([error.problem]) from error
    entry = _parsed(document)
    root, agents = path.parent, path.parent / entry.agents
    if not stays(agents, root):
        raise ConfigError([document.problem(("agents",), "the agents' folder leaves the project")])
    implied = None if entry.environments else _implied(env)
    return Project(root=root, agents=agents, document=document, entry=entry, implied=implied)


def _parsed(document: Document) -> ProjectEntry:
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        raise ConfigError([document.problem((), "the project file must be a mapping")])
    problems = [document.problem(place, reason) for place, reason in not_json(data)]
    try:
        entry = ProjectEntry.model_validate(data)
    except ValidationError as error:
        found = from_validation(
            error,
            ProjectEntry,
            locate=lambda path: (document, path),
            hidden=lambda dotted: "api_key" in dotted,
        )
        problems += [one for one in found if one.field not in {told.field for told in problems}]
        raise ConfigError(problems) from error
    _raise([*problems, *_misnamed(document, entry), *findings.misnamed(document, entry.lint)])
    default = entry.default_environment
    if default is not None and default not in entry.environments:
        known = ", ".join(entry.environments) or "none"
        message = f"there is no environment `{default}`"
        raise ConfigError([document.problem(("default_environment",), message, allowed=known)])
    return entry


def _misnamed(document: Document, entry: ProjectEntry) -> Iterator[Problem]:
    """Environments whose name cannot be a folder's: the sandbox keeps its agents in one."""
    for name in entry.environments:
        if not _NAME.fullmatch(name):
            message = f"`{name}` cannot name an environment"
            allowed = "letters, digits, `.`, `_` and `-`, starting with a letter or digit"
            yield document.problem(("environments", name), message, allowed=allowed)


def _implied(env: Mapping[str, str]) -> Environment:
    """The environment `default`, from HAMSA_API_KEY and HAMSA_BASE_URL."""
    return Environment(
        name="default",
        url=env.get("HAMSA_BASE_URL", DEFAULT_URL).rstrip("/"),
        api_key=Secret("HAMSA_API_KEY", env.get("HAMSA_API_KEY")),
    )


def choose(project: Project, asked: str | None) -> str:
    """The name of the environment to work with. Raises UsageError where there is no such one."""
    known = project.environments
    name = asked or project.entry.default_environment or (known[0] if len(known) == 1 else "")
    if name in known:
        return name
    listed = ", ".join(known)
    if asked:
        raise UsageError(f"there is no environment `{asked}`", hint=f"environments: {listed}")
    raise UsageError("which environment?", hint=f"name one with --env: {listed}")


def environment(
    project: Project, name: str, env: Mapping[str, str], *, offline: bool = False
) -> Environment:
    """An environment with its references resolved. ``offline`` needs no key."""
    if project.implied:
        return _checked(project, project.implied, (), offline=offline)
    entry = project.entry.environments[name]
    where: Path_ = ("environments", name)
    scope = Scope(
        root=project.root,
        folder=project.root,
        variables={},
        environment=name,
        env=env,
        secret=env.get,
        offline=offline,
    )
    resolved = Environment(
        name=name,
        url=str(scope.resolve(entry.url, (*where, "url"))).rstrip("/"),
        api_key=_key(scope, entry.api_key, (*where, "api_key")),
        variables=_variables(scope, entry.vars, (*where, "vars")),
        max_changes=entry.limits.max_changes,
    )
    told = [t for t in scope.troubles if not t.warning]
    _raise(project.document.problem(t.path, t.message, hint=t.hint) for t in told)
    return _checked(project, resolved, where, offline=offline)


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


def _variables(scope: Scope, written: Mapping[str, Json], where: Path_) -> dict[str, Json]:
    values = {name: scope.resolve(value, (*where, name)) for name, value in written.items()}
    for name, value in values.items():
        if isinstance(value, Secret | dict):
            hint = "refer to secrets where they are used; a variable may be shown"
            message = f"the variable `{name}` takes a plain value, `$env` or `$file`"
            scope.troubles.append(Trouble((*where, name), message, hint=hint))
    return values


def _checked(project: Project, found: Environment, where: Path_, *, offline: bool) -> Environment:
    """An environment whose URL may be used and that has its key."""
    base, _, switches = found.url.partition("?")
    if base == SANDBOX:
        return Environment(
            name=found.name,
            url=SANDBOX,
            api_key=found.api_key,
            variables=found.variables,
            max_changes=found.max_changes,
            sandbox=switches,
        )
    parts = _address(found.url)
    if parts is None:
        allowed = "an https address without a user, a query or blanks, or `sandbox`"
        _raise([_about_url(project, where, "is no address", allowed=allowed)])
        return found
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        message = "must be https: the key would travel in clear"
        _raise([_about_url(project, where, message, found=found.url)])
    if not offline and (found.api_key is None or not found.api_key.value):
        hint = "add `api_key: { $secret: HAMSA_API_KEY }` to it"
        if found.api_key:
            hint = f"export {found.api_key.name}=… with a key from the dashboard"
        message = f"the environment {found.name} has no API key"
        _raise([project.document.problem(where, message, hint=hint)])
    if found.api_key and found.api_key.value and not _sendable(found.api_key.value):
        message = f"{found.api_key.name} holds a character that no key has"
        hint = "set it again, without quotes, spaces or line ends"
        _raise([project.document.problem(where, message, found="(sensitive)", hint=hint)])
    return found


def _sendable(key: str) -> bool:
    """Whether a key can stand in a header: visible ASCII alone."""
    return key.isascii() and key.isprintable() and " " not in key


def _about_url(project: Project, where: Path_, message: str, **more: Any) -> Problem:
    """A problem of a URL, wherever it was written."""
    if project.implied:
        return Problem(file="HAMSA_BASE_URL", message=f"`HAMSA_BASE_URL` {message}", **more)
    return project.document.problem((*where, "url"), f"`url` {message}", **more)


def _address(url: str) -> SplitResult | None:
    """The parts of an address that can be a base; None for one that would carry more."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:  # a half bracket, a port that is no number, a name that no host has
        return None
    odd = "@" in parts.netloc or parts.query or parts.fragment or re.search(r"\s|[\x00-\x1f]", url)
    return parts if usable and not odd else None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _raise(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise ConfigError(found)

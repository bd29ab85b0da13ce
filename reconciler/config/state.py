"""``state`` of the project file: where the state is, if not in a file of the project."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from reconciler.config.references import Scope, Trouble
from reconciler.errors import Problem
from reconciler.jsonvalues import Json, Secret
from reconciler.late import dataclass, pattern
from reconciler.schema.shape import Field, Shape, StringConstraints
from reconciler.text import urls
from reconciler.yamledit.document import Document, Path_

_UNITS = {"s": 1, "m": 60, "h": 3600}
_LOCK = r"^([1-9][0-9]*[smh]|off)$"
_URL = pattern(
    r"(s3|az|gs)://[A-Za-z0-9][\w.-]*(/[^\s?#]*)?|git:([A-Za-z0-9][\w.-]*)?|https?://\S+"
)
ALLOWED = (
    "s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX, git:, git:REMOTE or https://…"
)


class StateEntry(Shape):
    """The state's place, as written."""

    url: Annotated[
        str | dict[str, Json],
        Field(
            description="s3://, az:// or gs:// with bucket and prefix, git: for a ref of this "
            "repository, https:// for Terraform's protocol; or `{ $env: NAME }`",
            examples=["s3://team-bucket/voice", "git:"],
        ),
    ]
    lock: Annotated[
        str,
        StringConstraints(pattern=_LOCK),
        Field(description="how long a lock lasts if its holder dies, such as 2m; or off"),
    ] = "2m"
    username: Annotated[
        str, Field(description="the user for https://; usual variables are read without it")
    ] = ""
    password: Annotated[
        dict[str, Json] | None,
        Field(description="the password or token for https://: `{ $secret: NAME }`"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class StateSettings:
    """Where the state is. ``lease`` is in seconds; without ``locked`` runs do not lock it.

    ``username`` and ``password`` are for a server that is asked over HTTP.
    """

    url: str
    lease: float = 120.0
    locked: bool = True
    username: str = ""
    password: Secret | None = None


def settings(entry: StateEntry, env: Mapping[str, str]) -> StateSettings:
    """The settings of an entry without problems."""
    lease = 0.0 if entry.lock == "off" else float(entry.lock[:-1]) * _UNITS[entry.lock[-1]]
    password, _ = _password(entry, env)
    return StateSettings(
        url=_url(entry, env),
        lease=lease,
        locked=bool(lease),
        username=entry.username,
        password=password,
    )


def problems(document: Document, entry: StateEntry, env: Mapping[str, str]) -> Iterator[Problem]:
    """An address that no backend has, and credentials that are none."""
    for trouble in _password(entry, env)[1]:
        yield document.problem(
            trouble.path, trouble.message, found=trouble.found, hint=trouble.hint
        )
    if isinstance(entry.url, Mapping) and not _variable(entry):
        message = "`url` takes a text, or `{ $env: NAME }`"
        yield document.problem(("state", "url"), message)
        return
    url = _url(entry, env)
    found = shown(url) if isinstance(entry.url, str) else ""
    if not url:
        message = f"the variable {_variable(entry)} of the state's `url` is not set"
        yield document.problem(("state", "url"), message, hint=f"export {_variable(entry)}=…")
    elif not is_place(url):
        message = "`url` is not a place for a state"
        yield document.problem(("state", "url"), message, found=found, allowed=ALLOWED)
    elif not _is_asked(url) and (entry.username or entry.password):
        message = "`username` and `password` are for a state at https://…"
        hint = "buckets and git take their credentials from the environment"
        yield document.problem(("state",), message, hint=hint)


def _password(entry: StateEntry, env: Mapping[str, str]) -> tuple[Secret | None, Sequence[Trouble]]:
    """The password, and what is wrong with the reference to it."""
    if entry.password is None:
        return None, ()
    where: Path_ = ("state", "password")
    here = Path()
    scope = Scope(
        root=here,
        folder=here,
        variables={},
        environment="",
        env=env,
        secret=env.get,
        demands_secrets=False,
    )
    written = [*entry.password] == ["$secret"]
    found = scope.resolve(entry.password, where) if written else None
    if not written:
        hint = "write `{ $secret: NAME }`, where NAME is the environment variable that holds it"
        scope.troubles.append(Trouble(where, "`password` takes a `$secret` reference", hint=hint))
    return found if isinstance(found, Secret) else None, scope.troubles


def _is_asked(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def below(url: str, project: str) -> str:
    """The place of a project in that of its fleet. In git, the ref of a project names its folder.

    GitLab and Gitea have states side by side, whose names have no slash. A folder's
    name is nothing but a name: `%2e%2e` and `a#b` are no way to the state of another project.

    >>> below("s3://b/x", "a#b/%2e%2e")
    's3://b/x/a%23b/%252e%252e'
    >>> [below(url, "eu/al-nour") for url in ("git:", "s3://b/x", "https://h/terraform/state/x")]
    ['git:', 's3://b/x/eu/al-nour', 'https://h/terraform/state/x-eu-al--nour']
    """
    if url.startswith("git:"):
        return url
    if _is_asked(url) and "/terraform/state/" in url:
        return f"{url}-{quote(project.replace('-', '--').replace('/', '-'), safe='')}"
    return f"{url}/{quote(project)}"


def shown(url: str) -> str:
    """A URL that is not a place, for messages; empty if a token may be in it."""
    return "" if {*"@?#;"} & {*url} else url


def is_place(url: str) -> bool:
    """Whether a URL is one that a state can have; others could read what goes to http."""
    if _URL.fullmatch(url) is None:
        return False
    address = urls.parts(url)
    return not _is_asked(url) or (address is not None and not urls.in_clear(address))


def _variable(entry: StateEntry) -> str:
    """The name behind ``$env``; empty if the URL is written in another way."""
    if isinstance(entry.url, str) or [*entry.url] != ["$env"]:
        return ""
    name = entry.url["$env"]
    return name if isinstance(name, str) else ""


def _url(entry: StateEntry, env: Mapping[str, str]) -> str:
    written = entry.url if isinstance(entry.url, str) else env.get(_variable(entry), "")
    return written.rstrip("/")

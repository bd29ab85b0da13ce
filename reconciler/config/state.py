"""``state`` of the project file: where the state is, if not in a file of the project."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from reconciler.config.strict import STRICT
from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.yamledit.reading import Document

_UNITS = {"s": 1, "m": 60, "h": 3600}
_LOCK = r"^([1-9][0-9]*[smh]|off)$"
_URL = re.compile(
    r"(s3|az|gs)://[A-Za-z0-9][\w.-]*(/[^\s?#]*)?|git:([A-Za-z0-9][\w.-]*)?|https?://\S+"
)
ALLOWED = (
    "s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX, git:, git:REMOTE or https://…"
)


class StateEntry(BaseModel):
    """The state's place, as written."""

    model_config = STRICT

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


@dataclass(frozen=True, kw_only=True)
class StateSettings:
    """Where the state is. ``lease`` is in seconds; without ``locked`` runs do not lock it."""

    url: str
    lease: float = 120.0
    locked: bool = True


def settings(entry: StateEntry, env: Mapping[str, str]) -> StateSettings:
    """The settings of an entry without problems."""
    lease = 0.0 if entry.lock == "off" else float(entry.lock[:-1]) * _UNITS[entry.lock[-1]]
    return StateSettings(url=_url(entry, env), lease=lease, locked=bool(lease))


def problems(document: Document, entry: StateEntry, env: Mapping[str, str]) -> Iterator[Problem]:
    """An address that no backend has."""
    if isinstance(entry.url, Mapping) and not _variable(entry):
        message = "`url` takes a text, or `{ $env: NAME }`"
        yield document.problem(("state", "url"), message)
        return
    url = _url(entry, env)
    if not url:
        message = f"the variable {_variable(entry)} of the state's `url` is not set"
        yield document.problem(("state", "url"), message, hint=f"export {_variable(entry)}=…")
    elif not is_place(url):
        message = "`url` is no place for a state"
        yield document.problem(("state", "url"), message, found=url, allowed=ALLOWED)


def is_place(url: str) -> bool:
    """Whether a URL is one that a state can have."""
    return _URL.fullmatch(url) is not None


def _variable(entry: StateEntry) -> str:
    """The name behind ``$env``; empty if the URL is written in another way."""
    if isinstance(entry.url, str) or [*entry.url] != ["$env"]:
        return ""
    name = entry.url["$env"]
    return name if isinstance(name, str) else ""


def _url(entry: StateEntry, env: Mapping[str, str]) -> str:
    written = entry.url if isinstance(entry.url, str) else env.get(_variable(entry), "")
    return written.rstrip("/")

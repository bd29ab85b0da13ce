"""The files that declare a live agent, verified by reading them back. Pure.

Everything that is left out is listed with the reason: in the result, and at the end of the YAML
file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal, TypeAlias

from reconciler import jsonvalues
from reconciler.authoring.omissions import LeftOut
from reconciler.authoring.writer import INEXACT, Writer
from reconciler.config.references import is_reference
from reconciler.jsonvalues import Json, Secret
from reconciler.late import dataclass
from reconciler.model import Live
from reconciler.schema import paths, wire
from reconciler.schema.codecs import SLOTS
from reconciler.schema.kind import Kind
from reconciler.schema.paths import ORDER
from reconciler.schema.table import UNKNOWN, Field

_NOT_SHOWN = "not shown by the API"
_NOT_TAKEN = "shown by the API, which documents no way to set it"
_SECRET = "a secret; declare it to manage it"  # noqa: S105 - a reason, no password
_SECRETS = "may hold secrets, so that its values were not read"
_NAMELESS = "empty, which an agent's name cannot be"
_STRANGE = "unknown to this version; stays as it is live"


Much: TypeAlias = Literal["minimal", "all", "full"]
"""How much of an agent is written."""


@dataclass(frozen=True, kw_only=True)
class Composed:
    """The files of an agent, the YAML file first, and what they declare.

    ``files``: path in the agents' folder to text. ``fields``: as ``Desired.fields``, with secrets
    by their names. ``secrets``: leaf path to environment variable.
    """

    key: str
    files: Mapping[str, str]
    fields: Mapping[str, Json]
    secrets: Mapping[str, str]
    left_out: tuple[LeftOut, ...]


def composed(
    live: Live,
    key: str,
    *,
    much: Much = "all",
    with_secrets: bool = True,
    pin: str | Mapping[str, str] | None = None,
    schema: str | None = None,
) -> Composed:
    """Compose the files of a live agent, under a valid key.

    Every value that can be set is written; ``full`` also writes nulls, ``minimal`` leaves out
    values that a new agent gets anyway. The first line names ``schema``, by default that of the
    agent's kind, unless it is empty.
    """
    fields, left = _sorted_out(live, key, with_secrets=with_secrets)
    usual = f"../schemas/agent.{live.kind.api}.json"
    writer = Writer(live.kind, key, pin, usual if schema is None else schema, live.layout)
    said = {"minimal": _is_said, "all": _is_held}.get(much)
    if said:
        fields = {path: fields[path] for path in fields if said(live, fields, path)}
    while True:
        left.sort(key=partial(_place, live.kind))
        files = writer.files(fields, left)
        found, faults = writer.read(files, fields)
        if not faults:
            break
        # A text that does not survive in a file of its own may survive in the YAML file.
        again = {path for path in faults if writer.has_texts(path, files)}
        writer = replace(writer, inline=writer.inline | again)
        lost = {path: reason for path, reason in faults.items() if path not in again}
        left += [LeftOut(path=path, reason=reason) for path, reason in lost.items()]
        fields = {path: value for path, value in fields.items() if path not in lost}
    secrets = {path: value.name for path, value in found.items() if isinstance(value, Secret)}
    return Composed(key=key, files=files, fields=found, secrets=secrets, left_out=tuple(left))


def _place(kind: Kind, item: LeftOut) -> tuple[int, str]:
    known = list(kind.fields)
    return (known.index(item.path) if item.path in kind.fields else len(known)), item.path


def _sorted_out(
    live: Live, key: str, *, with_secrets: bool
) -> tuple[dict[str, Json], list[LeftOut]]:
    """Divide an agent's fields into those that can be declared and those that cannot."""
    strange = [path for path in live.rest if path not in live.kind.housekeeping]
    left = [LeftOut(path=path, reason=_STRANGE) for path in strange]
    fields = {}
    for field in _rows(live):
        value = _held(field, live, key)
        reason = _obstacle(field, live, value, with_secrets=with_secrets)
        if reason:
            left.append(LeftOut(path=field.path, reason=reason, secret=reason == _SECRET))
        elif value is not jsonvalues.MISSING and (value is not None or field.nullable):
            fields[field.path] = value
            left += _hidden_in(field, live)
    return fields, left


def _hidden_in(field: Field, live: Live) -> Iterator[LeftOut]:
    """Values inside a keyed list's items that no file gets, because they may be secrets."""
    for path, held in live.secrets.items():
        inside = field.fact.by and held and paths.covers(field.path, path)
        if inside and not _is_text(live.kind[path]):
            yield LeftOut(path=path, reason=_SECRETS)


def _rows(live: Live) -> Iterator[Field]:
    """The rows to write: a part that has two forms in the one that was read, if it is there."""
    view = live.kind.view
    other = {view.top, view.whole} if view else set()
    if view and live.response is not None:
        other.discard(view.whole if live.layout is None else view.top)
    yield from (field for field in live.kind.outer if field.top not in other)


def _held(field: Field, live: Live, key: str) -> Json:
    """An agent's value for a field: the name of a secret, ``MISSING`` if it cannot be read."""
    if field.fact.by and field.path + ORDER in live.fields:
        return _items(field, live, key)
    if live.secrets.get(field.path):
        return Secret(secret_name(key, field.path))
    value = live.fields.get(field.path, jsonvalues.MISSING)
    # A day without slots is left out of a file, which means the same.
    return SLOTS.canonical(value) if field.fact.codec is SLOTS else value


def _items(field: Field, live: Live, key: str) -> Json:
    """A keyed list as written in a file: names for secrets, and no nulls that say nothing.

    Values other than texts that may contain secrets are left out.
    """
    kind, view = live.kind, live.kind.view
    held = {
        path: Secret(secret_name(key, path))
        for path, one in live.secrets.items()
        if one and path in kind and _is_text(kind[path])
    }
    shown = {
        path: value
        for path, value in live.fields.items()
        if value is not None or kind[path].fact.complete
    }
    found = wire.whole(kind, field.path, {**shown, **held})
    if view and field.top == view.top:
        name = field.path.removeprefix(f"{view.top}.")
        return view.brief({name: found})[name]
    return found


def _obstacle(field: Field, live: Live, value: Json, *, with_secrets: bool) -> str:
    """Why a field cannot be declared; empty if it can, or if it has no value."""
    documented = live.kind.in_generation(field, live.generation)
    if field.path == live.kind.name_path and value in ("", None):
        return _NAMELESS
    if value is jsonvalues.MISSING:
        hidden = field.path in live.secrets or field.fact.complete
        return _NOT_SHOWN if documented and not hidden else ""
    if value is None or documented:
        if _refers(value):
            return INEXACT
        secret = isinstance(value, Secret)
        if secret and not _is_text(field):
            return _SECRETS
        return _SECRET if secret and not with_secrets else ""
    return _NOT_TAKEN


def _is_text(field: Field) -> bool:
    """Whether a field's value can be a single text, as a secret is."""
    found = {one.get("type") for one in field.schema.get("anyOf", [field.schema])}
    return bool(found & {None, "string"}) and field.fact.codec is not SLOTS


def _refers(value: Json) -> bool:
    """Whether a file would read something inside a value as a reference."""
    match value:
        case Mapping():
            return is_reference(value) or any(map(_refers, value.values()))
        case list():
            return any(map(_refers, value))
        case _:
            return False


def secret_name(key: str, path: str) -> str:
    """The environment variable for a secret of an agent.

    >>> secret_name("front-desk", "googleCalendarSettings.accessToken")
    'FRONT_DESK_GOOGLE_CALENDAR_ACCESS_TOKEN'
    >>> secret_name("24-7", "webhookAuth.authSecret")
    '_24_7_WEBHOOK_AUTH_SECRET'
    """
    words = re.sub("(?<=[a-z])(?=[A-Z])", ".", path).lower().split(".")
    telling = [word for word in words if word not in ("settings", "config")]
    once = [word for word, last in zip(telling, ["", *telling], strict=False) if word != last]
    name = re.sub("[^A-Z0-9]", "_", "_".join((key, *once)).upper())
    return f"_{name}" if name[0].isdigit() else name


def _is_held(live: Live, fields: Mapping[str, Json], path: str) -> bool:
    """Whether a leaf has a value that an update can set, or that not every agent has."""
    usual = live.kind[path].fact.create_only and not _is_own(live, path, fields[path])
    return fields[path] is not None and not usual


def _is_said(live: Live, fields: Mapping[str, Json], path: str) -> bool:
    """Whether a value differs from what a new agent gets anyway.

    If an object is sent whole, all of its values are written as soon as one has to be.
    """
    if not live.kind[path].grouped:
        return _is_own(live, path, fields[path])
    group = [field.path for field in live.kind.group(live.kind[path].top) if field.path in fields]
    own = any(_is_own(live, sibling, fields[sibling]) for sibling in group)
    return own and fields[path] is not None


def _is_own(live: Live, path: str, value: Json) -> bool:
    if isinstance(value, Secret) or path == live.kind.name_path:
        return True
    default = live.kind[path].default(live.generation)
    if value is None or default is UNKNOWN:
        return value not in (None, "", [], {})
    return not wire.same(live.kind[path], value, default)

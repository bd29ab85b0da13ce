"""An API response converted to the request's shape. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from reconciler import model
from reconciler.jsonvalues import Fields, Json
from reconciler.model import Live
from reconciler.schema import digest, paths, secrecy, wire
from reconciler.schema.kind import Kind
from reconciler.schema.view import Names

NOTHING: Fields = {}


def decode(kind: Kind, payload: Mapping[str, Json], names: Names | None = None) -> Live:
    """Convert a response to a live agent in the request's shape; sensitive values are dropped here.

    Accepts every response shape in the table, of any generation. With ``names``, the part that has
    a written form is in that form, if it has one.
    """
    return _decoded(kind, payload, names, _frame(kind, payload))


def _decoded(
    kind: Kind, payload: Mapping[str, Json], names: Names | None, frame: Mapping[str, Any]
) -> Live:
    view = kind.view
    opened, layout = None, None
    if view and names is not None and _has_part(kind, payload):
        opened = view.opened(payload, names)
    if opened:
        payload, layout = opened
    present = wire.present(kind, payload)
    hidden = {
        path
        for path in kind.leaves_of(kind.possibly_secret, present)
        if _is_hidden(kind, path, present)
    }
    rest = wire.rest(kind, payload)
    return Live(
        **frame,
        fields={path: value for path, value in present.items() if path not in hidden},
        secrets={p: v not in (None, "", {}) for p, v in present.items() if p in hidden},
        rest={p: digest.content(v) for p, v in rest.items() if not kind.is_restless(p)},
        extra={path: value for path, value in rest.items() if _is_carried(kind, path, value)},
        layout=layout,
        names=names if opened else None,
    )


def deferred(
    kind: Kind, payload: Mapping[str, Json], names: Callable[[], Names | None] | None = None
) -> Live:
    """The same as ``decode``, but what it costs is only paid if more than the frame is needed."""
    frame = _frame(kind, payload)
    return model.deferred(
        Live,
        lambda: vars(_decoded(kind, payload, names() if names else None, frame)),
        **frame,
        source=digest.source(payload),
    )


def _frame(kind: Kind, response: Mapping[str, Json]) -> dict[str, Any]:
    """What tells an object apart, which costs little to read."""
    return {
        "id": str(response.get("id", "")),
        "name": str(wire.shown_at(kind, response, kind.name_path) or ""),
        "kind": kind,
        "generation": wire.generation(kind, response),
        "type": str(response.get(kind.type_path) or ""),
        "updated_at": str(response.get(kind.updated_path) or ""),
        "response": response if _has_part(kind, response) else None,
    }


def _has_part(kind: Kind, response: Mapping[str, Json]) -> bool:
    """Whether an object has the part that its kind has a written form for."""
    view = kind.view
    if view is None:
        return False
    return bool(response.get(view.whole)) or response.get(kind.type_path) in view.types


def _is_hidden(kind: Kind, path: str, present: Mapping[str, Json]) -> bool:
    """Whether a value is a secret, or a map with one that looks like a secret, by name or form."""
    fact = kind[path].fact
    return fact.sensitive or secrecy.may_hold(present[path], path.rpartition(".")[2])


def _is_carried(kind: Kind, path: str, value: Json) -> bool:
    """Whether a request may carry a value that no row describes: never a possible secret."""
    name = path.rpartition(".")[2]
    return kind.takes(path) and not secrecy.may_hold(value, name)


def unknown_in(top: str, live: Live, written: Fields = NOTHING) -> list[str]:
    """Paths under a top-level key of this agent that no row describes and no request can carry.

    In a keyed list, only paths of items that are still in ``written``.
    """
    rows = [
        path for field in live.kind.group(top) if field.grouped for path in field.response_paths
    ]
    containers = {path.partition(".")[0] for path in rows}
    found = [path for path in live.rest if "." in path and path.partition(".")[0] in containers]
    for listed in (field.path for field in live.kind.group(top) if field.fact.by):
        inside = (path for path in live.rest if paths.covers(listed, path))
        found += [path for path in inside if paths.is_there(path, written)]
    return [path for path in dict.fromkeys(found) if path not in live.extra]

"""What the API answers of one object, in the request's shape. Pure."""

from collections.abc import Mapping

from reconciler.jsonvalues import MISSING, Json
from reconciler.model import LiveAgent
from reconciler.schema import digest, wire
from reconciler.schema.kind import Kind


def decode(kind: Kind, payload: Mapping[str, Json]) -> LiveAgent:
    """A response's agent in the request's shape; sensitive values are dropped here.

    Accepts every response shape that the table knows, whichever generation it came from.
    """
    found = {field.path: wire.shown(field, payload) for field in kind}
    present = {path: value for path, value in found.items() if value is not MISSING}
    return LiveAgent(
        id=str(payload.get("id", "")),
        name=str(present.get(kind.name_path) or ""),
        kind=kind,
        generation=wire.generation(kind, payload),
        type=str(payload.get(kind.type_path) or ""),
        updated_at=str(payload.get(kind.updated_path) or ""),
        fields={p: v for p, v in present.items() if not kind[p].fact.sensitive},
        secrets={p: v not in (None, "", {}) for p, v in present.items() if kind[p].fact.sensitive},
        rest={path: digest.content(value) for path, value in wire.rest(kind, payload).items()},
    )


def unknown_in(top: str, live: LiveAgent) -> list[str]:
    """Paths that this agent shows in the object of a top-level key and that no row describes."""
    rows = [
        path for field in live.kind.group(top) if field.grouped for path in field.response_paths
    ]
    containers = {path.partition(".")[0] for path in rows}
    return [path for path in live.rest if "." in path and path.partition(".")[0] in containers]

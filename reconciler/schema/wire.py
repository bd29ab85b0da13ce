"""Between the API's two shapes and ours: payload to fields, fields to request body. Pure.

Everything follows from a :class:`~reconciler.schema.kind.Kind`; no field is named here.
"""

from collections.abc import Iterable, Iterator, Mapping

from reconciler.jsonvalues import (
    MISSING,
    Fields,
    Json,
    Secret,
    equal,
    leaves,
    lies_in,
    lookup,
    map_leaves,
)
from reconciler.schema.codecs import UNREAD
from reconciler.schema.kind import Kind
from reconciler.schema.table import Field


def flatten(kind: Kind, spec: Mapping[str, Json]) -> dict[str, Json]:
    """A spec of nested mappings as leaf path to value, in the table's order."""
    values = ((field.path, lookup(spec, field.path)) for field in kind)
    return {path: value for path, value in values if value is not MISSING}


def secret_of(kind: Kind, path: str, payload: Mapping[str, Json]) -> str | None:
    """The text that a payload holds in a sensitive leaf: to be digested, never to be kept."""
    value = shown(kind[path], payload)
    return value if isinstance(value, str) else None


def secret_values(kind: Kind, payload: Mapping[str, Json]) -> Iterator[str]:
    """The texts that a payload holds in sensitive fields: never to be printed."""
    for field in kind:
        if field.fact.sensitive:
            yield from (leaf for leaf in leaves(shown(field, payload)) if isinstance(leaf, str))


def shown(field: Field, payload: Mapping[str, Json]) -> Json:
    """A field's value in a payload: the first path that holds one, null where all are null."""
    values = [lookup(payload, path) for path in field.response_paths]
    present = [value for value in values if value is not MISSING]
    if not present:
        emptied = field.fact.empty_with and lookup(payload, field.fact.empty_with) is None
        return None if emptied else MISSING
    return field.fact.codec.read(next((v for v in present if v is not None), None))


def generation(kind: Kind, payload: Mapping[str, Json]) -> str:
    """The newest generation of which this payload shows a mark.

    A mark inside an object counts only if the object shows nothing that the generation dropped:
    an API of any generation may show a field at its request path.
    """
    for name, paths in kind.marks.items():
        found = (path for path in paths if lookup(payload, path) is not MISSING)
        if any("." not in path or not _outdated(kind, name, path, payload) for path in found):
            return name
    return kind.first_vintage


def _outdated(kind: Kind, name: str, mark: str, payload: Mapping[str, Json]) -> bool:
    """Whether a mark's object shows a field that ended before the generation."""
    top = mark.partition(".")[0]
    dropped = (field for field in kind if field.fact.until and field.fact.until < name)
    paths = (path for field in dropped for path in field.response_paths if lies_in(path, top))
    return any(lookup(payload, path) is not MISSING for path in paths)


def rest(kind: Kind, payload: Mapping[str, Json]) -> dict[str, Json]:
    """What a payload shows that no row describes, also inside the objects that rows share."""
    found = {name: value for name, value in payload.items() if name not in kind.containers}
    for top in kind.containers:
        inner = payload.get(top)
        if isinstance(inner, Mapping):
            found |= {f"{top}.{name}": value for name, value in inner.items()}
    strange = [
        path for path in found if path not in kind.shown and not kind.is_server_managed(path)
    ]
    return {path: found[path] for path in sorted(strange)}


def same(field: Field, desired: Json, live: Json) -> bool:
    """Whether two request values of a field mean the same to the API."""
    canonical = field.fact.codec.canonical
    return equal(canonical(desired), canonical(live))


def reveal(value: Json) -> Json:
    """A value with its secrets' contents in place: only for what leaves to the API."""
    return map_leaves(value, lambda leaf: leaf.value if isinstance(leaf, Secret) else leaf)


def secrets_in(value: Json) -> Iterator[str]:
    """The contents of the secrets inside a desired value."""
    return (leaf.value or "" for leaf in leaves(value) if isinstance(leaf, Secret))


def body(
    kind: Kind, tops: Iterable[str], desired: Fields, live: Fields | None
) -> tuple[dict[str, Json], dict[str, Json]]:
    """A request body for these top-level keys, and the live leaves that it replaces.

    A nested object is carried whole, readable live values overlaid with desired ones, so that
    the result is the same whether the server merges or replaces it. ``live`` is None for an
    agent that does not exist yet.
    """
    sent: dict[str, Json] = {}
    replaced: dict[str, Json] = {}
    for top in tops:
        for field in kind.group(top):
            if live and field.path in live:
                replaced[field.path] = live[field.path]
            value = _value(field, desired, live)
            if value is not MISSING:
                _put(sent, field.path, value)
    return sent, replaced


def _value(field: Field, desired: Fields, live: Fields | None) -> Json:
    current = None if live is None else live.get(field.path, UNREAD)
    if field.path in desired:
        return field.fact.codec.write(desired[field.path], current)
    if current is UNREAD or (current is None and not field.nullable):
        return MISSING
    return MISSING if live is None else current


def _put(tree: dict[str, Json], path: str, value: Json) -> None:
    *parents, leaf = path.split(".")
    for name in parents:
        tree = tree.setdefault(name, {})
    tree[leaf] = value

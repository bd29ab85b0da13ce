"""Conversion between the API's shapes and ours: payload to fields, fields to request body. Pure.

Everything follows from a :class:`~reconciler.schema.kind.Kind`; no field is named here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from reconciler.jsonvalues import (
    MISSING,
    SCALARS,
    Fields,
    Json,
    Secret,
    equal,
    leaves,
    lies_in,
    lookup,
    map_leaves,
)
from reconciler.late import dataclass
from reconciler.schema import paths, secrecy
from reconciler.schema.codecs import UNREAD
from reconciler.schema.kind import Kind
from reconciler.schema.table import Field


def flatten(kind: Kind, spec: Mapping[str, Json]) -> dict[str, Json]:
    """Flatten a spec of nested mappings to leaf paths and values, in the table's order.

    A keyed list becomes the keys of its items and the leaves of each.
    """
    declared = (row for top in kind.tops if top in spec for row in kind.group(top))
    return _leaves(kind, declared, spec, _declared)


def secret_of(kind: Kind, path: str, payload: Mapping[str, Json]) -> str | None:
    """The text of a sensitive leaf in a payload: to be digested, never kept."""
    found = present(kind, payload) if "[" in path else {path: shown(kind[path], payload)}
    value = found.get(path)
    return value if isinstance(value, str) else None


def secret_values(kind: Kind, payload: Mapping[str, Json]) -> Iterator[str]:
    """The texts of sensitive fields in a payload: never to be printed."""
    for path, value in _leaves(kind, kind.hidden, payload, shown).items():
        if kind[path].fact.sensitive:
            yield from (leaf for leaf in leaves(value) if isinstance(leaf, str))
    for top in kind.secret_places:
        yield from secrecy.texts(payload.get(top), top)


def present(kind: Kind, payload: Mapping[str, Json]) -> dict[str, Json]:
    """Every leaf that a payload shows, with its value."""
    return _leaves(kind, kind.shown_by(payload), payload, shown)


_Reads = Callable[[Field, Mapping[str, Json]], Json]
"""Reads a row's value from a tree, or from an item of a list; ``MISSING`` if it has none."""


def _declared(field: Field, tree: Mapping[str, Json]) -> Json:
    return lookup(tree, field.own)


def _leaves(
    kind: Kind, rows: Iterable[Field], tree: Mapping[str, Json], read: _Reads, at: str = ""
) -> dict[str, Json]:
    """The values of these rows in a tree; ``at`` is the item's path if the tree is an item."""
    found: dict[str, Json] = {}
    for field in rows:
        value = read(field, tree)
        if value is MISSING:
            continue
        path = f"{at}.{field.own}" if at else field.path
        keys = _keys(kind, field, value, read) if field.fact.by else None
        if keys is None:
            found[path] = value
            continue
        found[path + paths.ORDER] = keys
        for key, item in zip(keys, _items(field, value), strict=True):
            inside = paths.item(path, key)
            found |= _leaves(kind, kind.among(field.path, item), item, read, inside)
    return found


def _keys(kind: Kind, field: Field, value: Json, read: _Reads) -> list[paths.Key] | None:
    """The keys of a list's items; None if they are not all valid and unique."""
    if field.fact.mapped:
        return _names(value)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return None
    keys = [_key(kind, field, item, read) for item in value]
    told_apart = all(map(paths.is_key, keys)) and len({*map(repr, keys)}) == len(keys)
    return keys if told_apart else None


def _names(value: Json) -> list[paths.Key] | None:
    """The keys of an object of items; None if one is not valid."""
    if not isinstance(value, Mapping):
        return None
    usable = all(isinstance(key, str) and paths.is_key(key) for key in value)
    return [*value] if usable and all(isinstance(x, Mapping) for x in value.values()) else None


def _items(field: Field, value: Json) -> Iterable[Mapping[str, Json]]:
    """The items of a keyed list, whatever holds them."""
    found: Iterable[Mapping[str, Json]] = value.values() if field.fact.mapped else value
    return found


def keys_of(kind: Kind, field: Field, value: Json) -> list[Json]:
    """The key of each item of a declared list; ``MISSING`` if an item has none.

    Items of a mapping have their names as keys; a list in its place is a mistake of its own.
    """
    items = value if isinstance(value, list) and not field.fact.mapped else []
    return [
        _key(kind, field, item, _declared) if isinstance(item, Mapping) else MISSING
        for item in items
    ]


def _key(kind: Kind, field: Field, item: Mapping[str, Json], read: _Reads) -> Json:
    """The key of an item of a keyed list: `TOOL`, or `TOOL@NODE` for two fields."""
    start = f"{field.path}{paths.ANY}."
    key = read(kind[start + field.fact.by], item)
    other = read(kind[start + field.fact.per], item) if field.fact.per else None
    both = isinstance(key, str) and key and isinstance(other, str) and other
    return f"{key}@{other}" if both else key


def whole(kind: Kind, listed: str, fields: Fields) -> Json:
    """Build a keyed list from its items' leaves, as in a request; None if it is not there.

    >>> whole(kind, "slots", {"slots[]": ["a"], "slots[a].label": "x"})  # doctest: +SKIP
    [{'id': 'a', 'label': 'x'}]
    """
    keys = fields.get(listed + paths.ORDER)
    if not isinstance(keys, list):
        return None
    return _all_items(_Sides(kind, fields, fields), listed, keys)


def shown(field: Field, payload: Mapping[str, Json]) -> Json:
    """A field's value in a payload: the first path with a value, null if all are null."""
    found = MISSING
    for steps in field.response_steps:
        value: Json = payload
        for name in steps:
            if not (type(value) is dict or isinstance(value, Mapping)) or name not in value:
                break
            value = value[name]
        else:
            if value is not None:
                return field.fact.codec.read(value)
            found = None
    if found is MISSING:
        return None if _is_emptied(field, payload) else MISSING
    return field.fact.codec.read(None)


def shown_at(kind: Kind, payload: Mapping[str, Json], path: str) -> Json:
    """The value of a field outside of lists in a payload; None if it is not shown."""
    value = shown(kind[path], payload)
    return None if value is MISSING else value


def _is_emptied(field: Field, payload: Mapping[str, Json]) -> bool:
    """Whether the response says that the object which would show the field is empty."""
    above = lookup(payload, field.fact.empty_with) if field.fact.empty_with else MISSING
    return above is None or (field.fact.bare and above == {})


def generation(kind: Kind, payload: Mapping[str, Json]) -> str:
    """The newest generation whose mark this payload shows.

    A mark inside an object counts only if the object shows no field that the generation dropped: an
    API of any generation may show a field at its request path.
    """
    for name, marks in kind.marks.items():
        found = (path for path in marks if lookup(payload, path) is not MISSING)
        if any("." not in path or not _outdated(kind, name, path, payload) for path in found):
            return name
    return kind.first_vintage


def _outdated(kind: Kind, name: str, mark: str, payload: Mapping[str, Json]) -> bool:
    """Whether a mark's object shows a field that ended before the generation."""
    top = mark.partition(".")[0]
    dropped = (field for field in kind if field.fact.until and field.fact.until < name)
    shown_at = (path for field in dropped for path in field.response_paths if lies_in(path, top))
    return any(lookup(payload, path) is not MISSING for path in shown_at)


def rest(kind: Kind, payload: Mapping[str, Json]) -> dict[str, Json]:
    """Everything in a payload that no row describes, also inside objects that rows share."""
    unknown = dict(sorted(_strange(kind, payload, ""), key=lambda item: item[0]))
    for field in kind.keyed:
        unknown |= _rest_of_items(kind, field, shown(field, payload), field.path)
    return unknown


def _strange(kind: Kind, tree: Mapping[str, Json], at: str) -> Iterator[tuple[str, Json]]:
    """Values in an object of a response that no row describes; ``at`` is the object's path."""
    for name, value in tree.items():
        path = f"{at}{name}"
        if path in kind.shown or kind.is_server_managed(path):
            continue
        if path not in kind.containers:
            yield path, value
        elif isinstance(value, Mapping):
            yield from _strange(kind, value, f"{path}.")


def _rest_of_items(kind: Kind, field: Field, value: Json, at: str) -> dict[str, Json]:
    """Values in the items of a keyed list that no row describes."""
    keys = _keys(kind, field, value, shown)
    rows = kind.inside(field.path)
    known = {path for row in rows for path in row.response_paths}
    if not field.fact.mapped:
        known |= {*kind[f"{field.path}{paths.ANY}.{field.fact.by}"].response_paths}
    nested = {path.partition(".")[0] for path in known if "." in path}
    found: dict[str, Json] = {}
    for key, item in zip(keys or (), _items(field, value) if keys else (), strict=True):
        inside = paths.item(at, key)
        shallow = {name: one for name, one in item.items() if name not in nested}
        deep = {
            f"{top}.{name}": one
            for top in nested
            if isinstance(item.get(top), Mapping)
            for name, one in item[top].items()
        }
        for name, one in sorted((shallow | deep).items()):
            if name not in known and not kind.is_server_managed(f"{inside}.{name}"):
                found[f"{inside}.{name}"] = one
        for row in (row for row in rows if row.fact.by):
            found |= _rest_of_items(kind, row, shown(row, item), f"{inside}.{row.own}")
    return found


def same(field: Field, desired: Json, live: Json) -> bool:
    """Whether two request values of a field mean the same to the API."""
    if type(desired) is type(live) and type(live) in SCALARS and desired == live:
        return True
    canonical = field.fact.codec.canonical
    return equal(canonical(desired), canonical(live))


def reveal(value: Json) -> Json:
    """A value with its secrets filled in: only for requests to the API."""
    return map_leaves(value, lambda leaf: leaf.value if isinstance(leaf, Secret) else leaf)


def secrets_in(value: Json) -> Iterator[str]:
    """The contents of the secrets inside a desired value."""
    return (leaf.value or "" for leaf in leaves(value) if isinstance(leaf, Secret))


def body(
    kind: Kind, tops: Iterable[str], desired: Fields, live: Fields | None
) -> tuple[dict[str, Json], dict[str, Json]]:
    """A request body for these top-level keys, and the live leaves that it replaces.

    A nested object is sent whole, readable live values overlaid with desired ones, so that the
    result is the same whether the server merges or replaces it. So is a keyed list: its items are
    the desired ones if its items are declared, and each is overlaid. ``live`` is None for an agent
    that does not exist yet; its undescribed values are carried unchanged.
    """
    sides = _Sides(kind, desired, live)
    sent: dict[str, Json] = {}
    replaced: dict[str, Json] = {}
    extra = {path: value for path, value in (live or {}).items() if path not in kind}
    for top in tops:
        for field in kind.group(top):
            if field.fact.by:
                replaced |= paths.within(live or {}, field.path)
            elif live and field.path in live:
                replaced[field.path] = live[field.path]
            value = _value(sides, field, field.path)
            if value is not MISSING:
                put(sent, field.path, value)
    for path in (one for one in extra if paths.top(one) in sent):
        if not kind.is_restless(path):
            replaced[path] = extra[path]
        if "[" not in path:
            put(sent, path, extra[path])
    return sent, replaced


def carried(kind: Kind, top: str, desired: Fields, live: Fields) -> Iterator[tuple[str, Field]]:
    """Every leaf that a body carries under a top-level key, or would if its value were known.

    Each with its row. For a keyed list, the leaves of the items that stay.
    """
    sides = _Sides(kind, desired, live)
    for field in kind.group(top):
        yield from _carried(sides, field, field.path)


def _carried(sides: "_Sides", row: Field, path: str) -> Iterator[tuple[str, Field]]:
    keys = sides.stay(path) if row.fact.by else None
    if keys is None:
        yield path, row
    for key in keys or ():
        inside = paths.item(path, key)
        for one in sides.kind.inside(path):
            if one.fact.by:
                yield from _carried(sides, one, f"{inside}.{one.own}")
            else:
                yield f"{inside}.{one.own}", one


def sent(kind: Kind, request: Mapping[str, Json], path: str) -> Json:
    """The value of a leaf in a request body, or ``MISSING``."""
    if "[" in path:
        return flatten(kind, {paths.top(path): request.get(paths.top(path))}).get(path, MISSING)
    return lookup(request, path)


@dataclass(frozen=True)
class _Sides:
    """What a body is made of: desired leaves over live ones, None for an object that is not yet."""

    kind: Kind
    desired: Fields
    live: Fields | None

    @cached_property
    def strange(self) -> tuple[str, ...]:
        """The live leaves of items that no row describes."""
        return tuple(path for path in self.live or () if "[" in path and path not in self.kind)

    def stay(self, listed: str) -> list[paths.Key] | None:
        """The keys of a list's items after a write; None if it is not keyed."""
        order = listed + paths.ORDER
        if listed in self.desired:
            return None
        keys = self.desired.get(order, (self.live or {}).get(order))
        return keys if isinstance(keys, list) else None

    def holds(self, listed: str, key: paths.Key) -> bool:
        """Whether a list has an item with this key live."""
        there = (self.live or {}).get(listed + paths.ORDER)
        return isinstance(there, list) and key in there


def _value(sides: _Sides, row: Field, path: str) -> Json:
    """The value to send of a leaf with this row, ``MISSING`` if there is none."""
    keys = sides.stay(path) if row.fact.by else None
    if keys is not None:
        return _all_items(sides, path, keys)
    desired, live = sides.desired, sides.live
    current = None if live is None else live.get(path, UNREAD)
    if path in desired:
        return row.fact.codec.write(desired[path], current)
    if current is UNREAD or (current is None and not row.nullable):
        return MISSING
    return MISSING if live is None else current


def _all_items(sides: _Sides, listed: str, keys: list[paths.Key]) -> Json:
    """The items of a keyed list with these keys: a list, or an object by key."""
    new = replace(sides, live=None)
    found = [_item(sides if sides.holds(listed, key) else new, listed, key) for key in keys]
    return dict(zip(keys, found, strict=True)) if sides.kind[listed].fact.mapped else found


def _item(sides: _Sides, listed: str, key: paths.Key) -> dict[str, Json]:
    """One item of a keyed list: live values overlaid with desired ones."""
    inside, fact = paths.item(listed, key), sides.kind[listed].fact
    found: dict[str, Json] = {}
    if not (fact.per or fact.mapped):
        put(found, fact.by, key)
    for row in sides.kind.inside(listed):
        value = _value(sides, row, f"{inside}.{row.own}")
        if value is not MISSING:
            put(found, row.own, value)
    for path in sides.strange:
        name = path.removeprefix(f"{inside}.")
        if name != path and "[" not in name:
            put(found, name, (sides.live or {})[path])
    return found


def put(tree: dict[str, Json], path: str, value: Json) -> None:
    """Put a value at a dotted path of nested mappings, creating missing ones."""
    *parents, leaf = path.split(".")
    for name in parents:
        tree = tree.setdefault(name, {})
    tree[leaf] = value

"""JSON values: equality, lookup by path, leaves. Pure, without meaning."""

import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from reconciler.late import dataclass

Json: TypeAlias = Any
"""A JSON value; in desired values a leaf may also be a :class:`Secret` or a :class:`Ref`."""


Fields: TypeAlias = Mapping[str, Json]
"""Leaf path to value."""

SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
"""Types of the most common leaves: checked first, since other checks are slower."""

EXACT = 2**53
"""Whole numbers below are the same as doubles."""

MISSING: Any = object()
"""A missing value at a path, as opposed to null."""


@dataclass(frozen=True)
class Secret:
    """A value from the environment that is sent and never shown.

    ``value`` is None if only the name is known (offline checks, a plan file, or a machine on which
    it is not set).
    """

    name: str
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Ref:
    """A reference to another object of the project, in a desired value.

    Replaced by its id when known.
    """

    kind: str
    key: str


def lookup(tree: Json, path: str) -> Json:
    """The value at a dotted path of nested mappings, or ``MISSING``."""
    if type(tree) is dict and "." not in path:  # most are
        return tree.get(path, MISSING)
    for name in path.split("."):
        if not (type(tree) is dict or isinstance(tree, Mapping)) or name not in tree:
            return MISSING
        tree = tree[name]
    return tree


def lies_in(path: str, outer: str) -> bool:
    """Whether a dotted path is another one, or below it."""
    return f"{path}.".startswith(f"{outer}.")


def equal(a: Json, b: Json) -> bool:
    """Equality of JSON values: numbers by value, but ``true`` is not 1."""
    sort = type(a)
    if sort is type(b) and sort in _PLAIN:
        return _PLAIN[sort](a, b)
    match a, b:
        case (bool(), _) | (_, bool()):
            return a is b
        case Mapping(), Mapping():
            return a.keys() == b.keys() and all(equal(value, b[name]) for name, value in a.items())
        case list(), list():
            return len(a) == len(b) and all(map(equal, a, b))
        case _:
            return bool(a == b)


def _same_items(a: dict[str, Json], b: dict[str, Json]) -> bool:
    if a.keys() != b.keys():
        return False
    return all(equal(value, b[name]) for name, value in a.items())


def _same_lists(a: list[Json], b: list[Json]) -> bool:
    return len(a) == len(b) and all(map(equal, a, b))


_PLAIN: Mapping[type, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(SCALARS, operator.eq),
    dict: _same_items,
    list: _same_lists,
}
"""Equality of two values of one type, of the types that JSON is read to."""


def leaves(value: Json) -> Iterator[Json]:
    """Every value inside a value that is neither a mapping nor a list."""
    if type(value) in SCALARS:
        yield value
        return
    match value:
        case Mapping():
            children: Iterable[Json] = value.values()
        case list():
            children = value
        case _:
            yield value
            return
    for item in children:
        if type(item) in SCALARS:
            yield item
        else:
            yield from leaves(item)


def map_leaves(value: Json, change: Callable[[Json], Json]) -> Json:
    """A copy of a value with ``change`` applied to every leaf."""
    if type(value) in SCALARS:
        return change(value)
    match value:
        case Mapping():
            return {name: map_leaves(item, change) for name, item in value.items()}
        case list():
            return [map_leaves(item, change) for item in value]
        case _:
            return change(value)


DEEPEST = 100


def too_deep(value: Json) -> bool:
    """Whether a value is nested deeper than ``DEEPEST``: more than any agent is."""
    level = [value]
    for _ in range(DEEPEST - 1):
        level = [child for node in level for child in _children(node) if child]
        if not level:
            return False
    return any(map(_children, level))


def _children(node: Json) -> Collection[Json]:
    if type(node) in SCALARS:
        return ()
    if isinstance(node, Mapping):
        return node.values()
    return node if isinstance(node, list) else ()

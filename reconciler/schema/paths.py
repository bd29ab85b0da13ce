"""Paths of leaves, including those inside items of a keyed list. Pure.

==========================  =============================================================
``voice.id``                a leaf of a nested object
``slots[id-1].label``       a leaf of the item whose key is ``id-1``
``slots["a.b"].label``      of one whose key is not plain: written like a JSON string, in which
                            letters of any script stay as they are
``slots[7].label``          of one whose key is the number 7; the text is ``slots["7"]``
``slots[*].label``          the row: that leaf of any item; an item `*` is ``slots["*"]``
``slots[]``                 which items there are, and in what order: a list of their keys
``slots``                   the whole list, if its items have no unique keys
==========================  =============================================================

A key is plain if it consists of letters of any script, digits, ``_`` and ``-`` and is no number. So
no two items share a path, and no key, whatever it contains, can escape from its brackets.
"""

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from reconciler.jsonvalues import Fields, Json
from reconciler.late import pattern

Key: TypeAlias = str | int
ANY: Final = "[*]"
ORDER: Final = "[]"

_LONGEST = 200
_LARGEST = 2**63

_NAME = pattern(r"[^.\[\]\"]{1,200}")
_PLAIN = pattern(r"(?!-?[0-9]+\Z)[\w-]+")
_INNER = pattern(r"[^.\[\]]+(?:\.[^.\[\]]+)*(?:\[\])?")
"""A path inside an item, through no other item."""
_STEP = pattern(r"""(?:\A|\.)(?P<name>[^.\[\]]+)|\[(?P<key>"(?:[^"\\]|\\.)*"|[\w-]*|\*)\]""")


def item(listed: str, key: Key) -> str:
    """The path of an item of a keyed list.

    >>> item("slots", "id-1"), item("slots", "a.b"), item("slots", 7), item("slots", "7")
    ('slots[id-1]', 'slots["a.b"]', 'slots[7]', 'slots["7"]')
    """
    if isinstance(key, int) or _PLAIN.fullmatch(key):
        return f"{listed}[{key}]"
    return f"{listed}[{json.dumps(key, ensure_ascii=not key.isprintable())}]"


def is_name(text: str) -> bool:
    """Whether an object's key can be a step of a path: it has no special character."""
    return bool(_NAME.fullmatch(text))


def is_key(value: Json) -> bool:
    """Whether a value can be the key of an item: a non-empty, short text or a whole number."""
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST
    return type(value) is int and abs(value) < _LARGEST


def steps(path: str) -> list[str]:
    """Split a path into names and bracketed keys. One step if it is malformed.

    >>> steps('slots["a.b"].style.color')
    ['slots', '["a.b"]', 'style', 'color']
    """
    if "[" not in path:
        return path.split(".")
    outer, inner = _apart(path)
    if not outer:
        return [*_taken_apart(path)]
    found = _taken_apart(outer)
    return [*found, *_taken_apart(inner)] if len(found) > 1 else [path]


@lru_cache(maxsize=8192)  # the leaves of a file are looked at again and again
def _apart(path: str) -> tuple[str, str]:
    """A leaf's item and its path in that; no item if it is in none, or if the path is malformed.

    Every leaf of an item has the same first part, and the second one is of few, so that what is
    found out about either can be kept.
    """
    outer, _, inner = path.rpartition("].")
    in_item = outer.find("[") > 0 and _is_inner(inner)
    return (f"{outer}]", inner) if in_item else ("", path)


@lru_cache(maxsize=4096)
def _is_inner(text: str) -> bool:
    return bool(_INNER.fullmatch(text))


@lru_cache(maxsize=8192)
def _taken_apart(path: str) -> tuple[str, ...]:
    found, end = [], 0
    for step in _STEP.finditer(path):
        if step.start() != end:
            return (path,)
        found.append(step["name"] or step[0])
        end = step.end()
    return tuple(found) if end == len(path) else (path,)


@lru_cache(maxsize=8192)
def key_of(step: str) -> Key:
    """The key in a step's brackets."""
    inside = step[1:-1]
    if inside.startswith('"'):
        return str(json.loads(inside))
    return inside if _PLAIN.fullmatch(inside) else int(inside)


def joined(found: Collection[str]) -> str:
    """Join steps to a path."""
    return "".join(one if one[:1] == "[" else f".{one}" for one in found).removeprefix(".")


def row(path: str) -> str:
    """The path of the row that describes a leaf: with ``[*]`` for every item's key."""
    if "[" not in path:
        return path
    outer, inner = _apart(path)
    return f"{_row(outer)}.{inner}" if outer else _row(path)


@lru_cache(maxsize=8192)
def _row(path: str) -> str:
    inside = (ANY if one[0] == "[" and one != ORDER else one for one in steps(path))
    return joined([*inside])


def top(path: str) -> str:
    """The top-level key of the request that contains a leaf."""
    return path.partition(".")[0].partition("[")[0]


def own(path: str) -> str:
    """The dotted path of a leaf within its item; outside of items, the path itself."""
    return path.rpartition("].")[2] if "[" in path else path


def covers(outer: str, path: str) -> bool:
    """Whether a leaf is at, or below, a path in which ``[*]`` matches any item.

    >>> covers("slots", "slots[a].label"), covers("slots[*].label", "slots[a].label")
    (True, True)
    >>> covers("slots[a]", "slots[ab].label"), covers("slots[*]", "slots[]")
    (False, False)
    """
    if ANY not in outer:
        return path == outer or path.startswith((f"{outer}.", f"{outer}["))
    wanted, found = steps(outer), steps(path)
    pairs = zip(wanted, found, strict=False)
    return len(wanted) <= len(found) and all(
        a == b or (a == ANY and b[0] == "[" and b != ORDER) for a, b in pairs
    )


def lists(path: str) -> tuple[tuple[str, Key], ...]:
    """The keyed lists that contain a leaf, outermost first, each with its item's key.

    >>> lists("nodes[a].exits[b].label")
    (('nodes', 'a'), ('nodes[a].exits', 'b'))
    """
    return _lists(_apart(path)[0] or path) if "[" in path else ()


@lru_cache(maxsize=8192)
def _lists(path: str) -> tuple[tuple[str, Key], ...]:
    found = steps(path)
    return tuple(
        (joined(found[:place]), key_of(step))
        for place, step in enumerate(found)
        if place and step[0] == "[" and step not in (ANY, ORDER)
    )


def is_there(path: str, fields: Fields) -> bool:
    """Whether these fields' lists contain every item that the leaf is in.

    True for a leaf in no item, and if the fields do not say which items a list has.
    """
    if "[" not in path:
        return True
    for listed, key in lists(path):
        keys = fields.get(listed + ORDER)
        if isinstance(keys, list) and key not in keys:
            return False
    return True


def place(
    path: str, fields: Fields, mapped: Collection[str] = frozenset()
) -> tuple[str | int, ...]:
    """The steps to a leaf in nested mappings and lists, items by their index in these fields.

    Items of the lists whose rows are ``mapped`` are in an object, by their keys.
    """
    if "[" not in path:
        return tuple(path.split("."))
    if mapped and (keyed := _in_objects(path, frozenset(mapped))) is not None:
        return keyed
    found: list[str | int] = []
    known = steps(path)
    for number, step in enumerate(known):
        if step == ORDER:
            continue
        if step[0] != "[":
            found.append(step)
            continue
        listed, key = joined(known[:number]), key_of(step)
        if mapped and row(listed) in mapped:
            found.append(key)
            continue
        keys = fields.get(listed + ORDER)
        found.append(keys.index(key) if isinstance(keys, list) and key in keys else 0)
    return tuple(found)


@lru_cache(maxsize=8192)
def _in_objects(path: str, mapped: frozenset[str]) -> tuple[str | int, ...] | None:
    """The steps to a leaf whose lists are all ``mapped``; None if one is not."""
    inside = lists(path)
    if not inside or not all(row(listed) in mapped for listed, _ in inside):
        return None
    return tuple(key_of(one) if one[0] == "[" else one for one in steps(path) if one != ORDER)


def within(paths: Mapping[str, Json], outer: str) -> dict[str, Json]:
    """The leaves at, or below, a path."""
    return {path: value for path, value in paths.items() if covers(outer, path)}

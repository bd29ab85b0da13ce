"""The exits of one node on both sides: which of them are the same one, and what changed. Pure."""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reconciler.jsonvalues import MISSING
from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.kinds.flow.graph import Graph
from reconciler.kinds.flow.outline import Exit, exit_of
from reconciler.late import dataclass
from reconciler.schema import paths

_NODES = "flow.nodes"
ORDER = _NODES + paths.ORDER
"""The leaf that holds which nodes there are."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """An exit on both sides; None for a side that does not have it.

    ``how`` lists what changed: ``added`` or ``removed``, or any of ``to``, ``when``, ``order``,
    ``off`` and ``on``; empty for nothing. With ``order``, ``behind`` is the exit that is evaluated
    just before it now, None if it is the first.
    """

    before: Exit | None
    after: Exit | None
    how: tuple[str, ...] = ()
    behind: Exit | None = None


@dataclass(frozen=True)
class _Keyed:
    """An exit with its condition as JSON, and whether people decide its place in the order."""

    form: str
    exit: Exit
    listed: bool


def turns(before: Shape, after: Shape) -> tuple[Turn, ...]:
    """The exits of a node's two views, in the new order, the removed ones last."""
    old, new = [*_keyed(before)], [*_keyed(after)]
    pairs = _paired(old, new)
    moved = _moved(old, new, pairs)
    found = [
        _turn(old[pairs[n]] if n in pairs else None, one, new[n - 1] if n else None, n in moved)
        for n, one in enumerate(new)
    ]
    kept = {*pairs.values()}
    gone = (one.exit for n, one in enumerate(old) if n not in kept)
    return (*found, *(Turn(before=one, after=None, how=("removed",)) for one in gone))


def at(path: str, before: Any, after: Any) -> tuple[Turn, ...] | None:
    """The exits of a node at one path, with ``MISSING`` for a side that has none.

    None if no exits are at this path, or of a shape that is unknown here.
    """
    name = paths.own(path)
    sides = [one for one in (before, after) if one is not MISSING]
    if node_of(path) is None or not all(_fits(name, one) for one in sides):
        return None
    return turns(*({} if one is MISSING else {name: one} for one in (before, after)))


def _fits(name: str, value: Any) -> bool:
    if name == "transitions":
        return value is None or isinstance(value, list)
    return name in EXITS and (value is None or isinstance(value, str))


def node_of(path: str) -> str | None:
    """The slug of the node that a leaf of a flow is in."""
    found = next(iter(paths.lists(path)), None) if path.startswith(_NODES) else None
    return str(found[1]) if found and found[0] == _NODES else None


def _keyed(view: Shape) -> Iterator[_Keyed]:
    for way in Graph(nodes={"": view}).ways[""]:
        form = json.dumps([way.when, way.detail], sort_keys=True, default=str)
        yield _Keyed(form, exit_of(way), not way.fixed)


_Same = Callable[[_Keyed, _Keyed], bool]
_TESTS: tuple[_Same, ...] = (
    lambda old, new: old.form == new.form and old.exit.to == new.exit.to,
    lambda old, new: old.form == new.form,
    lambda old, new: (old.exit.when, old.exit.to) == (new.exit.when, new.exit.to),
)


def _paired(old: Sequence[_Keyed], new: Sequence[_Keyed]) -> dict[int, int]:
    """The old exit of each new one: the same, or with its condition, or of its kind and target."""
    found: dict[int, int] = {}
    for same in _TESTS:
        left = [k for k in range(len(old)) if k not in found.values()]
        for number, one in enumerate(new):
            match = next((k for k in left if number not in found and same(old[k], one)), None)
            if match is not None:
                found[number] = match
                left.remove(match)
    return found


def _moved(old: Sequence[_Keyed], new: Sequence[_Keyed], pairs: dict[int, int]) -> set[int]:
    """The exits with another place in the order, as few as explain it."""
    both = [n for n in sorted(pairs) if new[n].listed and old[pairs[n]].listed]
    stay = _rising([pairs[n] for n in both])
    return {n for place, n in enumerate(both) if place not in stay}


def _rising(places: Sequence[int]) -> set[int]:
    """The indexes of a longest run of rising numbers."""
    ends: list[int] = []
    last: list[int] = []
    back: dict[int, int | None] = {}
    for index, place in enumerate(places):
        at = bisect_left(ends, place)
        back[index] = last[at - 1] if at else None
        ends[at : at + 1] = [place]
        last[at : at + 1] = [index]
    found: set[int] = set()
    step: int | None = last[-1] if last else None
    while step is not None:
        found.add(step)
        step = back[step]
    return found


def _turn(old: _Keyed | None, new: _Keyed, behind: _Keyed | None, moved: bool) -> Turn:  # noqa: FBT001
    if old is None:
        return Turn(before=None, after=new.exit, how=("added",))
    was, now = old.exit, new.exit
    switched = "on" if now.enabled else "off"
    found = {
        "when": old.form != new.form,
        "to": was.to != now.to,
        "order": moved,
        switched: was.enabled != now.enabled,
    }
    how = tuple(name for name, differs in found.items() if differs)
    return Turn(before=was, after=now, how=how, behind=behind.exit if moved and behind else None)

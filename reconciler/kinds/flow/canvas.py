"""Where the nodes of a flow are drawn: as on its canvas, but close together and never overlapping.

Pure. Positions come from others: any shape and any number is possible.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from reconciler.jsonvalues import Json

Place = tuple[int, int]
"""The left upper corner of a node's box, in units of the picture."""

WIDTH, HEIGHT = 154, 58
"""The size of a node's box."""
_GAP = (36, 30)
"""The smallest distance of two boxes, across and down."""
_STEP = (WIDTH + _GAP[0], HEIGHT + _GAP[1])
_SCALE = 0.5
"""Units of the picture for one of the canvas, on which neighbours are 340 to 400 apart."""
_VOID = (2.0 * _STEP[0], 1.5 * _STEP[1])
"""A longer stretch without any node is cut to this."""
_FARTHEST = 1e6


def positions(layout: Json) -> dict[str, tuple[float, float]]:
    """The positions on the canvas by slug, from a layout; only those that are readable."""
    nodes = layout.get("nodes") if isinstance(layout, Mapping) else None
    found = nodes.items() if isinstance(nodes, Mapping) else ()
    pairs = ((slug, _position(node)) for slug, node in found if isinstance(node, Mapping))
    return {slug: at for slug, at in pairs if at}


def _position(node: Mapping[str, Any]) -> tuple[float, float] | None:
    at = node.get("position")
    both = (at.get("x"), at.get("y")) if isinstance(at, dict) else ()
    numbers = [float(one) for one in both if isinstance(one, int | float)]
    if len(numbers) < 2 or not all(math.isfinite(one) for one in numbers):
        return None
    x, y = (min(max(one, -_FARTHEST), _FARTHEST) for one in numbers)
    return x, y


def places(
    order: Sequence[str],
    known: Mapping[str, tuple[float, float]],
    links: Iterable[tuple[str, str]],
    moving: Iterable[str] = (),
) -> dict[str, Place]:
    """A place for each node of ``order``, the leftmost and uppermost at zero.

    ``known`` are positions on the canvas. A node without one is placed next to one that leads to
    it, or else next to one that it leads to. ``moving`` are nodes whose position is only a hint:
    they make room for the others.
    """
    ways = [*links]
    late = {*moving}
    scaled = _scaled({slug: known[slug] for slug in order if slug in known})
    found: dict[str, Place] = {}
    for slug in sorted(scaled, key=lambda one: (one in late, scaled[one][::-1])):
        found[slug] = _free(scaled[slug], found.values())
    waiting = [slug for slug in order if slug not in found]
    while waiting:
        slug, start = _next(waiting, ways, found)
        waiting.remove(slug)
        found[slug] = _free(start, found.values())
    left = min((x for x, _ in found.values()), default=0)
    top = min((y for _, y in found.values()), default=0)
    return {slug: (found[slug][0] - left, found[slug][1] - top) for slug in order}


def _next(
    waiting: Sequence[str], ways: Sequence[tuple[str, str]], found: Mapping[str, Place]
) -> tuple[str, Place]:
    """A node without a place, and where it should be: next to a neighbour that has one."""
    for slug in waiting:
        before = next((found[a] for a, b in ways if b == slug and a in found), None)
        if before:
            return slug, (before[0] + _STEP[0], before[1])
    for slug in waiting:
        after = next((found[b] for a, b in ways if a == slug and b in found), None)
        if after:
            return slug, (after[0] - _STEP[0], after[1])
    left = min((x for x, _ in found.values()), default=0)
    below = max((y for _, y in found.values()), default=-_STEP[1])
    return waiting[0], (left, below + _STEP[1])


def _scaled(known: Mapping[str, tuple[float, float]]) -> dict[str, Place]:
    """Positions in units of the picture; empty stretches are shortened, the order stays."""
    axes = [_axis([at[axis] * _SCALE for at in known.values()], _VOID[axis]) for axis in (0, 1)]
    return {slug: (axes[0][at[0] * _SCALE], axes[1][at[1] * _SCALE]) for slug, at in known.items()}


def _axis(values: Iterable[float], most: float) -> dict[float, int]:
    line = sorted({*values})
    found = dict.fromkeys(line[:1], 0)
    at = 0.0
    for one, two in pairwise(line):
        at += min(two - one, most)
        found[two] = round(at)
    return found


def _free(start: Place, taken: Iterable[Place]) -> Place:
    """The place, or the nearest one where nothing is; rather below than beside."""
    others = [*taken]
    return next(one for one in _around(start) if not any(_overlap(one, two) for two in others))


def _around(start: Place) -> Iterator[Place]:
    """Places in growing distance: those of a grid around the first."""
    yield start
    ring = 0
    while True:
        ring += 1
        steps = range(-ring, ring + 1)
        edge = [(dx, dy) for dx in steps for dy in steps if max(abs(dx), abs(dy)) == ring]
        for dx, dy in sorted(edge, key=lambda one: (abs(one[0]), one[1] < 0, abs(one[1]), one)):
            yield start[0] + dx * _STEP[0], start[1] + dy * _STEP[1]


def _overlap(one: Place, two: Place) -> bool:
    """Whether two boxes are closer than the smallest distance."""
    return (
        abs(one[0] - two[0]) < _STEP[0] - _GAP[0] // 2
        and abs(one[1] - two[1]) < _STEP[1] - _GAP[1] // 2
    )

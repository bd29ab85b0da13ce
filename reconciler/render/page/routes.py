"""How the lines of a flow's picture run between its boxes, and where their labels are. Pure.

A line leaves a box on its right and enters one on its left. It has at most one long stretch: at the
height of an end, or in a gap between boxes. Only what is near is looked at, because a fleet has
thousands of lines.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from reconciler.kinds.flow.canvas import HEIGHT, WIDTH

Point = tuple[int, int]
Area = tuple[int, int, int, int]
"""Left, top, right and bottom."""

LABEL = 18
"""The height of a label."""
_BAND = 64
_STUB = 8
"""The shortest straight start of a line; others of the same box start with longer ones."""
_CLEAR = 13
"""The distance of a line from the boxes that it passes."""
_NEAR = 5
"""A line that is nearer to a box, above or below, would look like its edge."""
_LANES = 24
"""Detours that are tried for a line."""
_ROUND = 7
_TIP = 5
_BESIDE = HEIGHT // 2 + LABEL
"""How far a label is from a line that is too short for it: it clears the boxes at its ends."""
_SHIFTS = ((0, 0), *((x, y) for y in (0, -LABEL, LABEL, -_BESIDE, _BESIDE) for x in (0, -1, 1)))
"""How far a label may be from its line: half its width across, so much down."""


class Ground:
    """What is taken by boxes and labels, found by rows and columns of a fixed size."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._rows: defaultdict[int, list[Area]] = defaultdict(list)
        self._columns: defaultdict[int, list[Area]] = defaultdict(list)
        for area in areas:
            self.add(area)

    def add(self, area: Area) -> None:
        """Take an area."""
        for row in range(area[1] // _BAND, area[3] // _BAND + 1):
            self._rows[row].append(area)
        for column in range(area[0] // _BAND, area[2] // _BAND + 1):
            self._columns[column].append(area)

    def hits(self, points: Sequence[Point]) -> int:
        """How often a line with these corners, each step across or down, runs through an area."""
        return sum(self._crossed(one, two) for one, two in pairwise(points))

    def _crossed(self, one: Point, two: Point) -> int:
        (left, right), (top, bottom) = sorted((one[0], two[0])), sorted((one[1], two[1]))
        found = self._rows[top // _BAND] if top == bottom else self._columns[left // _BAND]
        bottom, top = bottom + 1, top - 1
        return len([1 for a, b, c, d in found if a < right and left < c and b < bottom and top < d])

    def covers(self, area: Area) -> int:
        """How many areas overlap this one."""
        left, top, right, bottom = area
        rows = range(top // _BAND, bottom // _BAND + 1)
        found = {one for row in rows for one in self._rows[row]}
        return sum(a < right and left < c and b < bottom and top < d for a, b, c, d in found)


class Routes:
    """The ways through a picture with boxes at these places; each takes account of those before."""

    def __init__(self, rooms: Sequence[Point]) -> None:
        areas = [(x + 1, y - _NEAR, x + WIDTH - 1, y + HEIGHT + _NEAR) for x, y in rooms]
        self._ground = Ground(areas)
        self._gaps = {y for _, top in rooms for y in (top - _CLEAR, top + HEIGHT + _CLEAR)}
        self._lanes: Counter[int] = Counter()
        self._out: Counter[Point] = Counter()
        self._in: Counter[Point] = Counter()

    def between(self, one: Point, two: Point) -> list[Point]:
        """The corners of a line that passes the fewest boxes, then the shortest."""
        start, end = (one[0] + WIDTH, one[1] + HEIGHT // 2), (two[0], two[1] + HEIGHT // 2)
        a = start[0] + _STUB + 4 * (self._out[one] % 5)
        b = end[0] - _STUB - 6 - 4 * (self._in[two] % 4)
        if b < a and start[0] < end[0]:  # close together: there is room for one turn
            a = b = (start[0] + end[0]) // 2
        self._out[one] += 1
        self._in[two] += 1
        best: tuple[int, int, list[Point]] | None = None
        for lane in self._heights(start, end):
            y = lane if lane in (start[1], end[1]) else lane + (self._lanes[lane] % 5 - 2) * 3
            points = [start, (a, start[1]), (a, y), (b, y), (b, end[1]), end]
            hits = self._ground.hits(points)
            if best is None or hits < best[0]:
                best = hits, lane, points
            if not hits:
                break
        if best is None:
            return [start, end]
        self._lanes[best[1]] += 1
        return best[2]

    def _heights(self, start: Point, end: Point) -> Iterator[int]:
        """Heights at which a line may run, the nearest first: those of both ends, and the gaps."""
        one, two = start[1], end[1]
        if end[0] > start[0]:
            yield from dict.fromkeys((one, two))
        yield from sorted(self._gaps, key=lambda y: (abs(y - one) + abs(y - two), y))[:_LANES]


def path(points: Sequence[Point]) -> str:
    """Corners as an SVG path with rounded turns; it ends where its arrow head begins."""
    line = [points[0]]
    for one in points[1:]:
        if one != line[-1]:
            line.append(one)
    told = [f"M{line[0][0]} {line[0][1]}"]
    for before, corner, after in zip(line, line[1:], line[2:], strict=False):
        first, last = _toward(corner, before), _toward(corner, after)
        told.append(f"L{first[0]} {first[1]}Q{corner[0]} {corner[1]} {last[0]} {last[1]}")
    told.append(f"L{line[-1][0] - _TIP} {line[-1][1]}")
    return "".join(told)


def _toward(one: Point, two: Point) -> Point:
    """A point near the first one, on the way to the second."""
    far = abs(one[0] - two[0]) + abs(one[1] - two[1])
    part = min(_ROUND, far // 2) / far if far else 0
    return round(one[0] + (two[0] - one[0]) * part), round(one[1] + (two[1] - one[1]) * part)


def spot(points: Sequence[Point], width: int, taken: Ground) -> Point:
    """The middle of a label on a line, which is then taken: where it covers the least."""
    best, least = points[0], -1
    for x, y in _along(points, width):
        covers = taken.covers(_label(x, y, width))
        if least < 0 or covers < least:
            best, least = (x, y), covers
        if not covers:
            break
    taken.add(_label(*best, width))
    return best


def _label(x: int, y: int, width: int) -> Area:
    return x - width // 2, y - LABEL // 2, x + width // 2, y + LABEL // 2


def _along(points: Sequence[Point], width: int) -> Iterator[Point]:
    """Places for a label, the best first: on the longest stretch across, near it, elsewhere."""
    steps = sorted(pairwise(points), key=lambda one: -abs(one[0][0] - one[1][0]))
    for shift, down in _SHIFTS:
        for one, two in steps:
            for part in (0.5, 0.25, 0.75, 0.1, 0.9):
                x, y = (round(a + (b - a) * part) for a, b in zip(one, two, strict=True))
                yield max(x + shift * width // 2, width // 2), max(y + down, LABEL)

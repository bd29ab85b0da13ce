"""The picture of a flow as boxes, lines and labels with numbers, for the page's template. Pure.

Lines run from the right side of a box to the left side of another one, in the gaps between boxes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reconciler.kinds.flow.canvas import HEIGHT, WIDTH
from reconciler.render.bidi import RTL
from reconciler.render.view import Block, Box, FlowView, Link, Row

Point = tuple[int, int]

_MARGIN = 36
_STUB = 14
"""How far a line goes straight before it turns."""
_CLEAR = 13
"""The distance of a line from the boxes that it passes."""
_LANES = 24
"""Detours that are tried for a line."""
_ROUND = 7
_LINE = 21
"""Characters of a line in a box."""
_WORDS = 30
"""Characters of the label of a line."""
_LETTER = 6.3
"""The width of an average letter of a label."""
_LABEL = 18
"""The height of a label."""
TILE = (880, 1150)
"""What fits on a printed page in a readable size."""
_OVERLAP = WIDTH + 20
SIGNS = {"added": "+", "removed": "−", "changed": "~"}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A box with the lines of its name, and the address of its changes on the page, if any."""

    box: Box
    x: int
    y: int
    name: tuple[str, ...]
    href: str = ""

    @property
    def rtl(self) -> bool:
        """Whether its name runs from right to left."""
        return rtl(self.box.name)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A link as an SVG path with an arrow head; ``label`` is at ``at``, if there is room for it."""

    link: Link
    path: str
    head: str
    words: str
    label: str = ""
    at: Point = (0, 0)
    width: int = 0


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A whole flow; ``tiles`` are the parts for paper: x, y, width and height of each."""

    width: int
    height: int
    boxes: tuple[Drawn, ...]
    lines: tuple[Line, ...]
    tiles: tuple[tuple[int, int, int, int], ...]


def rtl(text: str) -> bool:
    """Whether a text runs from right to left: its first letter decides."""
    first = next((one for one in text if one.isalpha()), "")
    return bool(first and RTL.match(first))


def anchors(block: Block, number: int) -> dict[str, str]:
    """The ids of an agent's rows by path: of the first row of each node of its flow."""
    first: dict[str, str] = {}
    for row in block.rows:
        if row.node:
            first.setdefault(row.node, row.path)
    return {path: f"agent-{number}-node-{n}" for n, path in enumerate(first.values())}


def picture(block: Block, number: int, shared: Mapping[int, Row]) -> Picture | None:
    """The picture of an agent's flow, if there is one."""
    if not block.flow or not block.flow.boxes:
        return None
    flow = block.flow
    width = max(one.x for one in flow.boxes) + WIDTH + 2 * _MARGIN
    height = max(one.y for one in flow.boxes) + HEIGHT + 2 * _MARGIN
    hrefs = _hrefs(block, number, shared)
    return Picture(
        width=width,
        height=height,
        boxes=tuple(_drawn(one, hrefs.get(one.slug, "")) for one in flow.boxes),
        lines=tuple(_lines(flow)),
        tiles=tuple(_tiles(flow, width, height)),
    )


def _hrefs(block: Block, number: int, shared: Mapping[int, Row]) -> dict[str, str]:
    found = {shared[one].node: f"#shared-{one}" for one in block.shared if shared[one].node}
    ids = anchors(block, number)
    return {**found, **{row.node: f"#{ids[row.path]}" for row in block.rows if row.path in ids}}


def _drawn(one: Box, href: str) -> Drawn:
    return Drawn(box=one, x=one.x + _MARGIN, y=one.y + _MARGIN, name=_wrapped(one.name), href=href)


def _wrapped(text: str) -> tuple[str, ...]:
    """A name on one or two lines, cut if it needs more."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= _LINE or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    found = [_cut(one, _LINE) for one in lines]
    return (found[0], _cut(f"{found[1]}…", _LINE)) if len(found) > 2 else tuple(found)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip('… ')}…"


def _tiles(flow: FlowView, width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """The parts of a large picture, each with something in it; they overlap by a box."""
    if width <= TILE[0]:
        return
    for y in range(0, max(height - _OVERLAP, 1), TILE[1] - _OVERLAP):
        for x in range(0, max(width - _OVERLAP, 1), TILE[0] - _OVERLAP):
            size = min(TILE[0], width - x), min(TILE[1], height - y)
            spots = ((one.x + _MARGIN - x, one.y + _MARGIN - y) for one in flow.boxes)
            if any(0 <= a < size[0] and 0 <= b < size[1] for a, b in spots):
                yield (x, y, *size)


def _lines(flow: FlowView) -> Iterator[Line]:
    """The links, changed ones last so that they are on top."""
    rooms = [(one.x + _MARGIN, one.y + _MARGIN) for one in flow.boxes]
    used: Counter[int] = Counter()
    labels: list[tuple[Point, int]] = []
    for link in sorted(flow.links, key=lambda one: one.status != "same"):
        points = _route(rooms[link.start], rooms[link.end], rooms, used)
        words = " / ".join(link.words)
        line = Line(link=link, path=_path(points), head=_head(points[-1]), words=words)
        if link.status == "same":
            yield line
            continue
        label = _cut(words, _WORDS)
        width = round(len(label) * _LETTER) + 26
        at = _spot(points, width, rooms, labels)
        labels.append((at, width))
        yield Line(
            link=link, path=line.path, head=line.head, words=words, label=label, at=at, width=width
        )


def _route(one: Point, two: Point, rooms: Sequence[Point], used: Counter[int]) -> list[Point]:
    """The corners of a line that passes the fewest boxes, then the shortest."""
    start, end = (one[0] + WIDTH, one[1] + HEIGHT // 2), (two[0], two[1] + HEIGHT // 2)
    a, b = start[0] + _STUB, end[0] - _STUB
    options = []
    for lane in _lanes(start, end, rooms):
        y = lane if lane in (start[1], end[1]) else lane + (used[lane] % 5 - 2) * 3
        points = [start, (a, start[1]), (a, y), (b, y), (b, end[1]), end]
        length = abs(start[1] - y) + abs(end[1] - y) + used[lane] * 4
        options.append((_hits(points, rooms), length, lane, points))
    _, _, lane, points = min(options)
    used[lane] += 1
    return points


def _lanes(start: Point, end: Point, rooms: Sequence[Point]) -> list[int]:
    """Heights at which a line may run, the nearest first: those of both ends, and the gaps."""
    ends = (start[1], end[1])
    forward = end[0] > start[0]
    gaps = {y for _, top in rooms for y in (top - _CLEAR, top + HEIGHT + _CLEAR)}
    near = sorted(gaps, key=lambda y: (abs(y - ends[0]) + abs(y - ends[1]), y))
    return [*(dict.fromkeys(ends) if forward else ()), *near[:_LANES]]


def _hits(points: Sequence[Point], rooms: Iterable[Point]) -> int:
    """How many boxes a line with these corners runs through."""
    steps = [*pairwise(points)]
    return sum(_through(one, steps) for one in rooms)


def _through(room: Point, steps: Sequence[tuple[Point, Point]]) -> bool:
    left, top = room[0] + 1, room[1] + 1
    right, bottom = room[0] + WIDTH - 1, room[1] + HEIGHT - 1
    return any(
        max(one[0], two[0]) > left
        and min(one[0], two[0]) < right
        and max(one[1], two[1]) > top
        and min(one[1], two[1]) < bottom
        for one, two in steps
    )


def _path(points: Sequence[Point]) -> str:
    """Corners as an SVG path with rounded turns."""
    line = [points[0]]
    for one in points[1:]:
        if one != line[-1]:
            line.append(one)
    told = [f"M{line[0][0]} {line[0][1]}"]
    for before, corner, after in zip(line, line[1:], line[2:], strict=False):
        first, last = _toward(corner, before), _toward(corner, after)
        told.append(f"L{first[0]} {first[1]}Q{corner[0]} {corner[1]} {last[0]} {last[1]}")
    told.append(f"L{line[-1][0] - 5} {line[-1][1]}")
    return "".join(told)


def _toward(one: Point, two: Point) -> Point:
    """A point near the first one, on the way to the second."""
    far = abs(one[0] - two[0]) + abs(one[1] - two[1])
    part = min(_ROUND, far // 2) / far if far else 0
    return round(one[0] + (two[0] - one[0]) * part), round(one[1] + (two[1] - one[1]) * part)


def _head(tip: Point) -> str:
    return f"M{tip[0]} {tip[1]}l-8 -4v8z"


def _spot(
    points: Sequence[Point],
    width: int,
    rooms: Sequence[Point],
    labels: Sequence[tuple[Point, int]],
) -> Point:
    """The middle of a label on a line: where it covers no box and no other label, if possible."""
    spots = [*_along(points, width)]
    return min(spots, key=lambda at: (_covers(at, width, rooms, labels), spots.index(at)))


def _along(points: Sequence[Point], width: int) -> Iterator[Point]:
    steps = sorted(pairwise(points), key=lambda one: -abs(one[0][0] - one[1][0]))
    for one, two in steps:
        for part in (0.5, 0.25, 0.75, 0.1, 0.9):
            x, y = (round(a + (b - a) * part) for a, b in zip(one, two, strict=True))
            for shift in (0, -width // 2, width // 2):
                for down in (0, -_LABEL, _LABEL):
                    yield max(x + shift, width // 2), max(y + down, _LABEL)


def _covers(
    at: Point, width: int, rooms: Sequence[Point], labels: Sequence[tuple[Point, int]]
) -> int:
    boxes = sum(
        abs(at[0] - x - WIDTH / 2) < (WIDTH + width) / 2
        and abs(at[1] - y - HEIGHT / 2) < (HEIGHT + _LABEL) / 2
        for x, y in rooms
    )
    others = sum(
        abs(at[0] - other[0]) < (wide + width) / 2 and abs(at[1] - other[1]) < _LABEL
        for other, wide in labels
    )
    return boxes + others

"""The picture of a flow as boxes, lines and labels with numbers, for the page's template. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.kinds.flow.canvas import HEIGHT, WIDTH
from reconciler.late import dataclass
from reconciler.render.bidi import RTL
from reconciler.render.page.routes import Area, Ground, Point, Routes, path, spot
from reconciler.render.view import Block, Box, FlowView, Link, Row

_MOST = 3000
"""Boxes on a page: about 3 MB."""
_MARGIN = 36
_SIGHT = 120
"""How much of what is left of and above its first changed box a picture shows at first."""
_LINE = 21
"""Characters of a line in a box."""
_WORDS = 30
"""Characters of the label of a line."""
_LETTER = 6.3
"""The width of an average letter of a label."""
TILE = (880, 1150)
"""What fits on a printed page in a readable size."""
_BADGE = 14
"""How far the word for a change stands out above its box."""
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


def drawable(blocks: Iterable[Block]) -> dict[int, Block]:
    """The agents whose flows are drawn, by number: the first, as many as a page can hold."""
    found: dict[int, Block] = {}
    room = _MOST
    for number, block in enumerate(blocks):
        size = len(block.flow.boxes) if block.flow else 0
        if 0 < size <= room:
            found[number] = block
            room -= size
    return found


def beginnings(drawn: Mapping[int, Block]) -> str:
    """CSS rules for where each picture begins: at its first changed box, or else its first.

    Browsers that do not know the property begin at the left upper corner.
    """
    rules = []
    for number, block in drawn.items():
        boxes = block.flow.boxes if block.flow else ()
        first = next((one for one in boxes if one.status != "same"), next(iter(boxes), None))
        if first:
            left, top = (max(at + _MARGIN - _SIGHT, 0) for at in (first.x, first.y))
            place = f"left: {left}px; top: {top}px"
            rules.append(f"#agent-{number}-begin {{ {place} }}\n")
    return "".join(rules)


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


def _label(words: str) -> str:
    """A condition cut to the length of a label; a quotation that is cut is closed again."""
    cut = _cut(words, _WORDS)
    opened = next((one for one in reversed(cut) if one in "“”«»"), "")
    return cut + {"“": "”", "«": "»"}.get(opened, "")


def _tiles(flow: FlowView, width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """The parts of a large picture, each with something in it; they overlap by a box."""
    if width <= TILE[0]:
        return
    rooms = [(one.x + _MARGIN, one.y + _MARGIN) for one in flow.boxes]
    for top in range(0, max(height - _OVERLAP, 1), TILE[1] - _OVERLAP):
        for left in range(0, max(width - _OVERLAP, 1), TILE[0] - _OVERLAP):
            tops = [y for x, y in rooms if left <= x < left + TILE[0] and top <= y < top + TILE[1]]
            if tops:
                first, last = min(tops) - _MARGIN, max(tops) + HEIGHT + _MARGIN
                yield left, first, TILE[0], min(last - first, TILE[1])


def _lines(flow: FlowView) -> Iterator[Line]:
    """The links, changed ones last so that they are on top."""
    rooms = [(one.x + _MARGIN, one.y + _MARGIN) for one in flow.boxes]
    routes, taken = Routes(rooms), Ground(_obstacles(flow.boxes))
    for link in sorted(flow.links, key=lambda one: one.status != "same"):
        points = routes.between(rooms[link.start], rooms[link.end])
        words = " / ".join(link.words)
        x, y = points[-1]
        line = Line(link=link, path=path(points), head=f"M{x} {y}l-8 -4v8z", words=words)
        if link.status != "same":
            label = _label(words)
            width = round(len(label) * _LETTER) + 26
            line = replace(line, label=label, at=spot(points, width, taken), width=width)
        yield line


def _obstacles(boxes: Iterable[Box]) -> Iterator[Area]:
    """The boxes, with the badges of changed ones."""
    for one in boxes:
        x, y = one.x + _MARGIN, one.y + _MARGIN
        yield x, y - (0 if one.status == "same" else _BADGE), x + WIDTH, y + HEIGHT

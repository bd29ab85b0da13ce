"""The parts of a Mermaid flowchart, which GitHub and GitLab draw. Pure.

Every text is in quotes with Mermaid's entities for whatever acts in it, so that no prompt or label
can add a node, a link or a directive. Ids are our own numbers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler.late import pattern
from reconciler.render.bidi import apart, isolated
from reconciler.render.flow_changes import exit_word, node_word
from reconciler.render.labels import Phrases
from reconciler.render.sanitize import one_line
from reconciler.render.view import Box, FlowView, Link

LONGEST = 48
"""How many characters of a label are shown: a hundred nodes have to fit on a page."""
MOST = 60
"""Boxes in the charts of one flow's changes."""
_FEW = 6
"""Of up to this many changed nodes more neighbours are shown: two before and two after."""

_SHAPES = {
    "start": ("([", "])"),
    "end_call": ("([", "])"),
    "router": ("{", "}"),
    "tool": ("[[", "]]"),
    "web_tool": ("[[", "]]"),
    "transfer_call": ("[/", "/]"),
    "transfer_agent": ("[/", "/]"),
}
"""What encloses a node's text, by its type; a box for all others."""

_ACTS = pattern(r"[^\w \u0600-\u06ff.,:…“”«»→'()/]|(?<=\d)\.|:(?=\S)")
"""Also what would begin a numbered list or name an icon."""
_STYLES = {
    "added": "fill:#dafbe1,stroke:#1a7f37,stroke-width:3px,color:#0a3d1a",
    "removed": "fill:#ffebe9,stroke:#cf222e,stroke-width:2px,stroke-dasharray:6 4,color:#5c0d12",
    "changed": "fill:#fff8c5,stroke:#9a6700,stroke-width:3px,color:#3d2e00",
}
"""Each with its own text colour, so that it is readable on a dark page too."""
_LINES = {
    "added": "stroke:#1a7f37,stroke-width:3px",
    "removed": "stroke:#cf222e,stroke-width:2px,stroke-dasharray:6 4",
    "changed": "stroke:#9a6700,stroke-width:3px",
}
_ARROWS = {"added": ("==", "==>"), "removed": ("-.", ".->"), "changed": ("==", "==>")}


def text(found: str) -> str:
    """A text that only shows in a chart: cut, on one line, and with entities for its signs."""
    return _escaped(isolated(apart(_cut(found)))) or "#32;"


def _cut(found: str) -> str:
    line = one_line(found)
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _escaped(found: str) -> str:
    return _ACTS.sub(lambda one: f"#{ord(one.group())};", found)


def _marked(word: str, found: str) -> str:
    """A text after a word for its status, in the direction of that word."""
    return _escaped(isolated(f"{word}: {isolated(apart(_cut(found)))}")) if word else text(found)


def node(name: str, kind: str, label: str) -> str:
    """One node; its ``label`` is escaped already."""
    opened, closed = _SHAPES.get(kind, ("[", "]"))
    return f'  {name}{opened}"{label}"{closed}'


def changes(flow: FlowView, say: Phrases) -> tuple[str, ...]:
    """The changed nodes and links of a flow with neighbours: a chart for each connected part.

    All of a new flow. What is added, removed or changed has a word, a colour and a stroke of its
    own. Parts are apart
    because a wide chart is drawn too small to read. At most ``MOST`` boxes are shown in all.
    """
    links = flow.links if flow.new else _telling(flow)
    alone = [n for n, one in enumerate(flow.boxes) if flow.new or one.status != "same"]
    room = MOST
    found = []
    for part in _parts(alone, links):
        if len(part) <= room:
            found.append(_chart(flow, sorted(part), links, say))
            room -= len(part)
    return tuple(found)


def _telling(flow: FlowView) -> list[Link]:
    """The changed links, and for each changed node a few others that lead there and on."""
    changed = {n for n, one in enumerate(flow.boxes) if one.status != "same"}
    near = 2 if len(changed) <= _FEW else 1
    used: Counter[tuple[int, str]] = Counter()
    found = []
    for one in flow.links:
        ends = [(n, way) for n, way in ((one.start, "on"), (one.end, "in")) if n in changed]
        if one.status != "same" or any(used[end] < near for end in ends):
            found.append(one)
            used.update(ends)
    return found


def _parts(boxes: Iterable[int], links: Sequence[Link]) -> list[set[int]]:
    """The sets of boxes that links connect, in order."""
    found: list[set[int]] = []
    for ends in [*({n} for n in boxes), *({one.start, one.end} for one in links)]:
        joined = [part for part in found if part & ends]
        found = [part for part in found if not part & ends]
        found.append(ends.union(*joined))
    return sorted(found, key=min)


def _chart(flow: FlowView, shown: Sequence[int], links: Sequence[Link], say: Phrases) -> str:
    mine = [one for one in links if one.start in shown]
    lines = ["flowchart TD", *(_box(number, flow.boxes[number], say) for number in shown)]
    lines += [_link(one, say) for one in mine]
    for status, style in _STYLES.items():
        names = [f"n{number}" for number in shown if flow.boxes[number].status == status]
        if names:
            lines += [f"  classDef {status} {style}", f"  class {','.join(names)} {status}"]
    for status, style in _LINES.items():
        places = [str(place) for place, one in enumerate(mine) if one.status == status]
        if places:
            lines.append(f"  linkStyle {','.join(places)} {style}")
    return "\n".join(lines)


def _box(number: int, one: Box, say: Phrases) -> str:
    return node(f"n{number}", one.type, _marked(node_word(one.status, say), one.name))


def _link(one: Link, say: Phrases) -> str:
    opened, closed = _ARROWS.get(one.status, ("--", "-->"))
    more = f" +{len(one.words) - 2}" if len(one.words) > 2 else ""
    told = _marked(exit_word(one.status, say), " / ".join(one.words[:2]) + more)
    return f'  n{one.start} {opened} "{told}" {closed} n{one.end}'

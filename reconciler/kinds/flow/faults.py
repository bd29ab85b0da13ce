"""What is odd in a flow as a graph: nodes, exits and loops. Pure.

Sources: `hamsa-api-v2.md` of the API's facts, on node types, transitions and real flows.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import field

from reconciler.errors import listed
from reconciler.kinds.flow.exits import EXITS
from reconciler.kinds.flow.graph import ENDS, TURNLESS, Graph, Place, Way
from reconciler.late import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One finding: the steps from the flow's nodes to a value, and what is wrong with it.

    ``offset`` is that of a character in a text, None if the finding is about the key.
    """

    place: Place = field(default=())
    offset: int | None = None
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


Faults = Iterator[Fault]

_FIXED: Mapping[str, tuple[str, ...]] = {
    "start": (),
    "conversation": (),
    "tool": ("on_success", "on_failure"),
    "web_tool": ("on_success", "on_failure"),
    "router": ("else",),
    "set_local_variables": ("next",),
    "change_agent_settings": ("next",),
    "transfer_call": ("on_failure",),
    "transfer_agent": ("on_failure",),
    "end_call": (),
}
"""The fixed exits of each type of node. Source: guide of transitions."""
_LISTING = ("start", "conversation", "router")
"""Types of nodes whose transitions people may edit."""
_NEEDED = ("on_success", "on_failure", "next")
"""Exits without which a call has nowhere to go; a router's fallback has a rule of its own."""

_MOST = 8
"""Nodes of a loop that a finding lists."""


def shown(slug: str) -> str:
    """A node in a message."""
    return f"`{slug}`"


def _calls_tool(view: Mapping[str, object]) -> bool:
    return view.get("type") == "start" and view.get("subType") == "tool"


def fixed_exits(view: Mapping[str, object]) -> tuple[str, ...] | None:
    """The fixed exits of a node, None for a type that is unknown here."""
    return _FIXED["tool"] if _calls_tool(view) else _FIXED.get(str(view.get("type")))


def unreachable(graph: Graph) -> Faults:
    """Nodes to which no way leads, neither from the start nor from a global node."""
    if not graph.starts:
        return
    for slug in graph.nodes:
        if slug not in graph.reached:
            yield Fault(place=(slug,), message=f"no call can reach {shown(slug)}")


def one_start(graph: Graph) -> Faults:
    """No start node, or more than one."""
    if not graph.starts and graph.nodes:
        yield Fault(message="the flow has no node of the type `start`")
    for slug in graph.starts[1:]:
        message = f"{shown(slug)} is a second start; the first is {shown(graph.starts[0])}"
        yield Fault(place=(slug,), message=message)


def exits_to_nowhere(graph: Graph) -> Faults:
    """Transitions without a target, missing exits, and nodes that a call cannot leave."""
    for slug, view in graph.views.items():
        if slug in graph.opaque:
            continue
        ways = graph.ways[slug]
        for way in ways:
            if way.to is None and not way.fixed:
                message = f"a transition of {shown(slug)} leads nowhere"
                yield Fault(place=graph.at(slug, way.place), message=message, found="no target")
            elif way.to is not None and way.to not in graph.nodes:
                message = f"{shown(slug)} leads to a node that its flow does not have"
                place = graph.at(slug, way.place)
                yield Fault(place=place, message=message, found=way.to, allowed="one of its nodes")
        yield from _missing(graph, slug, ways, fixed_exits(view) or ())
        if _is_stuck(graph, slug, ways):
            yield Fault(place=(slug,), message=f"a call cannot leave {shown(slug)}: it has no exit")


def _missing(graph: Graph, slug: str, ways: tuple[Way, ...], fixed: tuple[str, ...]) -> Faults:
    """Exits that a node of this type has, and that neither lead on nor are written as null."""
    if graph.views[slug].get("type") in ENDS:
        return
    there = {way.when for way in ways}
    for name in fixed:
        if name in _NEEDED and name not in there and not _is_instead(ways):
            message = f"{shown(slug)} has no exit `{name}`"
            hint = f"write `{name}:` and a node, or `{name}: ~` if nothing is to follow"
            yield Fault(place=(slug,), message=message, hint=hint)


def _is_instead(ways: tuple[Way, ...]) -> bool:
    """Whether exits are written as transitions: they have an odd shape in the dashboard."""
    return any(not way.fixed for way in ways)


def _is_stuck(graph: Graph, slug: str, ways: tuple[Way, ...]) -> bool:
    view = graph.views[slug]
    speaks = fixed_exits(view) == () and view.get("type") != "end_call"
    return speaks and not any(one.enabled for one in ways) and not view.get("globalReturnToSource")


def no_fallback(graph: Graph) -> Faults:
    """Routers for whose calls no condition may hold."""
    for slug, view in graph.views.items():
        if view.get("type") != "router" or slug in graph.opaque:
            continue
        if not any(one.when in ("else", "always") and one.enabled for one in graph.ways[slug]):
            yield Fault(place=(slug,), message=f"the router {shown(slug)} has no `else`")


def no_end(graph: Graph) -> Faults:
    """A flow in which no call comes to an end or to somebody else."""
    ends = (graph.views[slug].get("type") for slug in graph.reached)
    if graph.starts and not any(one in ENDS for one in ends):
        there = [slug for slug, view in graph.views.items() if view.get("type") in ENDS]
        message = "no way leads from the start to an `end_call` or a transfer"
        found = f"unreachable: {listed(there)}" if there else "none in the flow"
        yield Fault(place=(graph.starts[0],), message=message, found=found)


def foreign_exits(graph: Graph) -> Faults:
    """Exits that a node's type does not have."""
    for slug, view in graph.views.items():
        fixed = fixed_exits(view)
        if fixed is None or slug in graph.opaque:
            continue
        sort = str(view["type"])
        allowed = [f"`{one}`" for one in fixed]
        allowed += ["`transitions`"] if sort in _LISTING and not _calls_tool(view) else []
        for name in ("transitions", *EXITS):
            has = bool(view.get(name)) if name == "transitions" else name in view
            if has and f"`{name}`" not in allowed:
                yield Fault(
                    place=graph.at(slug, (name,)),
                    message=f"a node of the type `{sort}` has no `{name}`",
                    allowed=" and ".join(allowed) or "no exit",
                )


def endless_loops(graph: Graph) -> Faults:
    """Loops in which no caller is asked: each once, at its first node."""
    ways = {slug: _turnless(graph, slug) for slug in graph.nodes if slug in graph.reached}
    for group in _loops(ways):
        members = {*group}
        first = next(slug for slug in graph.nodes if slug in members)
        path = " → ".join(_short(_round(ways, first, members)))
        yield Fault(
            place=(first,), message="calls can turn in a loop without a caller's turn", found=path
        )


def _short(path: list[str]) -> list[str]:
    return path if len(path) <= _MOST else [*path[: _MOST - 2], "…", path[-1]]


def _turnless(graph: Graph, slug: str) -> list[str]:
    """The targets of a node that a call goes to on its own."""
    view = graph.views[slug]
    silent = view.get("type") in TURNLESS or view.get("skipResponse") is True
    own = ("auto", "on_failure", "next")
    return [one.to for one in graph.leads[slug] if one.to and (silent or one.when in own)]


def _loops(ways: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """The groups of nodes that lead to each other, by Tarjan's algorithm without recursion."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: dict[str, None] = {}
    for root in ways:
        work = [] if root in order else [(root, iter(ways[root]))]
        while work:
            slug, rest = work[-1]
            if slug not in order:
                order[slug] = low[slug] = len(order)
                stack[slug] = None
            step = next((to for to in rest if to in ways), None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[slug])
                if low[slug] == order[slug]:
                    group = _popped(stack, slug)
                    if len(group) > 1 or slug in ways[slug]:
                        yield group
            elif step not in order:
                work.append((step, iter(ways[step])))
            elif step in stack:
                low[slug] = min(low[slug], order[step])


def _popped(stack: dict[str, None], last: str) -> list[str]:
    group = []
    while True:
        group.append(stack.popitem()[0])
        if group[-1] == last:
            return group


def _round(ways: Mapping[str, list[str]], first: str, members: set[str]) -> list[str]:
    """A shortest way from a node back to itself, within its loop."""
    before: dict[str, str] = {}
    waiting = deque([first])
    while waiting:
        slug = waiting.popleft()
        for to in ways[slug]:
            if to == first:
                return [first, *_back(before, slug, first), first]
            if to in members and to not in before:
                before[to] = slug
                waiting.append(to)
    return [first]


def _back(before: Mapping[str, str], slug: str, first: str) -> list[str]:
    path: list[str] = []
    while slug != first:
        path.append(slug)
        slug = before[slug]
    return path[::-1]

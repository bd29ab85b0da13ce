"""Variables of a flow that are used before they are set. Pure.

What is set at a node is computed for all variables at once, as bits of a number, and passed along
the ways until nothing changes: the time grows with nodes and ways, not with paths.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache

from reconciler.errors import listed, meant
from reconciler.kinds.flow.faults import Fault, Faults, shown
from reconciler.kinds.flow.graph import Graph, Use
from reconciler.late import dataclass

_CALL = frozenset({"userNumber", "call_lang", "sip"})
"""Names that live prompts use and no page lists: the API may fill them."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What each reached node finds set, on some way and on every way, as bits.

    ``bits`` are those of the variables that nodes set; ``before`` and ``always`` are by slug.
    """

    bits: dict[str, int]
    own: dict[str, int]
    some: dict[str, int]
    every: dict[str, int]

    def is_set(self, use: Use, slug: str, known: dict[str, int]) -> bool:
        """Whether a use finds its variable set, or cannot be told."""
        bit = self.bits[use.name]
        return bool(bit & (known[slug] | (self.own[slug] if use.late else 0)))


def unset(graph: Graph) -> dict[str, str]:
    """The variables that nothing sets, each with the first node that uses it."""
    return {use.name: slug for slug, use in _unset(graph)}


def never_set(graph: Graph) -> Faults:
    """The first use of each variable that nothing sets."""
    known = [*_bits(graph), *graph.custom, *sorted(graph.given)]
    for slug, use in _unset(graph):
        yield Fault(
            place=graph.at(slug, use.place),
            offset=use.offset,
            message=f"nothing sets `{use.name}`: no node, no custom variable, and not the API",
            hint=meant(use.name, known),
        )


def _unset(graph: Graph) -> Iterator[tuple[str, Use]]:
    bits, told = _bits(graph), set[str]()
    for slug, use in _uses(graph):
        if use.name not in bits and use.sure and use.name not in told:
            told.add(use.name)
            yield slug, use


def too_early(graph: Graph) -> Faults:
    """Variables that no way from the start to their use sets."""
    facts = _facts(graph)
    owners = _owners(graph)
    for slug, use in _once(graph):
        if use.name not in facts.bits or slug in graph.anywhere:
            continue
        if use.sure and not facts.is_set(use, slug, facts.some):
            yield Fault(
                place=graph.at(slug, use.place),
                offset=use.offset,
                message=f"`{use.name}` is not set on any way that leads to {shown(slug)}",
                found=f"set by {listed(owners[use.name])}",
            )


def not_always(graph: Graph) -> Faults:
    """Variables that some ways to their use set, and others do not."""
    facts = _facts(graph)
    for slug, use in _once(graph):
        if use.name not in facts.bits or slug in graph.anywhere or not use.sure:
            continue
        if facts.is_set(use, slug, facts.some) and not facts.is_set(use, slug, facts.every):
            yield Fault(
                place=graph.at(slug, use.place),
                offset=use.offset,
                message=f"`{use.name}` is not set on every way that leads to {shown(slug)}",
            )


def out_of_sight(graph: Graph) -> Faults:
    """Variables of other nodes in global ones, which see only those of the whole flow."""
    bits = _bits(graph)
    led_to = {one.to for slug in graph.reached for one in graph.leads[slug]}
    for slug, use in _once(graph):
        own = use.late and use.name in graph.sets[slug]
        if slug not in graph.anywhere or use.name not in bits or own or not use.sure:
            continue
        if use.place[0] == "globalCondition" or slug not in led_to:
            yield Fault(
                place=graph.at(slug, use.place),
                offset=use.offset,
                message=f"the global node {shown(slug)} cannot see `{use.name}`, which nodes set",
            )


def _uses(graph: Graph) -> Iterator[tuple[str, Use]]:
    """The uses in nodes that a call can reach, of names that not every call has."""
    fixed = graph.custom | graph.given | _CALL
    for slug, uses in graph.uses.items():
        if slug in graph.reached:
            yield from ((slug, use) for use in uses if use.name not in fixed)


def _once(graph: Graph) -> Iterator[tuple[str, Use]]:
    """The first use of a variable in each node, before and after its own are set."""
    told: set[tuple[str, str, bool]] = set()
    for slug, use in _uses(graph):
        key = (slug, use.name, use.late)
        if key not in told:
            told.add(key)
            yield slug, use


def _owners(graph: Graph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for slug, names in graph.sets.items():
        for name in names:
            found.setdefault(name, []).append(slug)
    return found


def _bits(graph: Graph) -> dict[str, int]:
    """A bit for each variable that a node sets."""
    names = dict.fromkeys(name for found in graph.sets.values() for name in found)
    return {name: 1 << number for number, name in enumerate(names)}


@lru_cache(maxsize=1)
def _facts(graph: Graph) -> _Facts:
    """Cached for the rules that follow each other on one flow."""
    bits = _bits(graph)
    own = {slug: _union(bits, graph.sets[slug]) for slug in graph.nodes}
    full = (1 << len(bits)) - 1
    ways = _ways(graph)
    some = _solved(graph, own, ways, 0, lambda a, b: a | b)
    every = _solved(graph, own, ways, full, lambda a, b: a & b)
    return _Facts(bits=bits, own=own, some=some, every=every)


def _union(bits: dict[str, int], names: tuple[str, ...]) -> int:
    found = 0
    for name in names:
        found |= bits[name]
    return found


_ANYWHERE = ""
"""Stands between each node and the global ones, and behind a node whose targets are unknown."""

_Ways = dict[str, list[tuple[str, bool]]]


def _ways(graph: Graph) -> _Ways:
    """The targets of each reached node, and whether they find the node's own variables set.

    A tool that fails sets none.
    """
    found: _Ways = {_ANYWHERE: [(slug, True) for slug in graph.anywhere]}
    for slug in graph.nodes:
        if slug in graph.reached:
            leads = graph.leads[slug]
            found[slug] = [(one.to, one.when != "on_failure") for one in leads if one.to]
            found[slug].append((_ANYWHERE, True))
    if graph.opaque & graph.reached:
        found[_ANYWHERE] = [(slug, True) for slug in graph.nodes]
    return found


def _solved(
    graph: Graph, own: dict[str, int], ways: _Ways, first: int, join: Callable[[int, int], int]
) -> dict[str, int]:
    """What is set before each node, by passing sets along the ways until they stay the same."""
    before = dict.fromkeys(ways, first)
    roots = [slug for slug in graph.starts if slug in ways]
    before.update(dict.fromkeys(roots, 0))
    waiting = deque(dict.fromkeys([*roots, *ways]))
    queued = set(waiting)
    while waiting:
        slug = waiting.popleft()
        queued.discard(slug)
        after = before[slug] | own.get(slug, 0)
        for to, sets in ways[slug]:
            joined = join(before[to], after if sets else before[slug])
            if joined != before[to]:
                before[to] = joined
                if to not in queued:
                    queued.add(to)
                    waiting.append(to)
    return before

"""Which live node a file means by a key. Pure.

The first evidence that fits decides: the id in the layout, the id that a new node got from its key,
a name made from the live node, and at last an equal text, tool, variables or equations. So a lost
layout never recreates a node. A node that the file dropped keeps the key of its layout, so that the
state knows it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from reconciler.jsonvalues import Json
from reconciler.kinds.flow import form
from reconciler.kinds.flow.exits import Shape
from reconciler.kinds.flow.slugs import slugs
from reconciler.schema.codecs import PARSED
from reconciler.schema.view import Names

_TEXTS = ("message", "finalMessage", "transferMessage", "label")
_SILENT = ("tool", "sets", "tests")


def named(
    response: Mapping[str, Json], written: Mapping[str, Json], layout: Json, seed: str
) -> Names:
    """The file's keys of the live nodes, by id, and of nodes that are still to be made."""
    views: Mapping[str, Shape] = written.get("nodes") or {}
    live = {one["id"]: one for one in _nodes(response)}
    new_id = form.new_ids(seed)
    made = {slug: new_id(f"node {slug}") for slug in views}
    laid = {slug: one["id"] for slug, one in ((layout or {}).get("nodes") or {}).items()}
    filed = {slug: one for slug, one in laid.items() if slug in views}
    found: dict[str, str] = {}
    for evidence in (filed, made):
        found |= _new(found, ((one, slug) for slug, one in evidence.items() if one in live))
    left = [one for key, one in live.items() if key not in found]
    found |= _new(found, _by_name(left, views, titles(response)))
    left = [one for key, one in live.items() if key not in found]
    found |= _new(
        found,
        _by_content(response, left, {s: v for s, v in views.items() if s not in found.values()}),
    )
    dropped = ((one, slug) for slug, one in laid.items() if slug not in views and one in live)
    found |= _new(found, dropped)
    taken = {*found.values()}
    later = {**made, **{slug: one for slug, one in filed.items() if one not in live}}
    known = {**found, **{later[slug]: slug for slug in views if slug not in taken}}
    verbatim = frozenset(slug for slug, view in views.items() if "verbatim" in view)
    return Names(by_id=known, verbatim=verbatim)


def _nodes(response: Mapping[str, Json]) -> list[Shape]:
    workflow = response.get("workflow")
    return _objects(workflow.get("nodes") if isinstance(workflow, dict) else None)


def _new(found: Mapping[str, str], pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """The pairs of id and key of which neither is known yet."""
    known: dict[str, str] = {}
    for one, slug in pairs:
        if one not in found and slug not in (*found.values(), *known.values()):
            known.setdefault(one, slug)
    return known


def titles(response: Mapping[str, Json]) -> dict[str, str]:
    """The names of the tools of nodes, by node id, as far as the response shows the tools."""
    records = {one["id"]: one.get("name") for one in _objects(response.get("resolvedWebTools"))}
    entries = _objects(PARSED.read(response.get("tools")), "nodeId")
    found = {one["nodeId"]: records.get(one.get("toolId")) for one in entries}
    return {node: name for node, name in found.items() if isinstance(name, str)}


def _objects(found: Json, key: str = "id") -> list[Shape]:
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and isinstance(one.get(key), str)]


def _by_name(
    left: list[Shape], views: Mapping[str, Shape], tools: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Live nodes whose own name is a key of the file, for a node of the same type."""
    for one, slug in slugs(left, {}, tools).items():
        node = next(x for x in left if x["id"] == one)
        if slug in views and _type(views[slug]) in (node.get("type"), None):
            yield one, slug


def _by_content(
    response: Mapping[str, Json], left: list[Shape], views: Mapping[str, Shape]
) -> Iterator[tuple[str, str]]:
    """Live nodes with something that exactly one node of the file has, of the same type.

    That is a text, or else what it does: its tool, what it sets, the equations of its exits.
    """
    if not left or not views:
        return
    tools = {one["nodeId"]: one for one in _objects(PARSED.read(response.get("tools")), "nodeId")}
    sides = (
        [{**_told(one), **_does(one, tools.get(one["id"]))} for one in left],
        [{**_told(view), **_does(_told(view), view.get("tool"))} for view in views.values()],
    )
    for name in (*_TEXTS, *_SILENT):
        counts = [Counter(map(_key(name), side)) for side in sides]
        for node, told in zip(left, sides[0], strict=True):
            key = _key(name)(told)
            if not told.get(name) or any(count[key] != 1 for count in counts):
                continue
            pairs = zip(views, sides[1], strict=True)
            fits = (slug for slug, view in pairs if _key(name)(view) == key)
            yield from ((node["id"], slug) for slug in fits)


def _key(name: str) -> Callable[[Shape], tuple[str, str]]:
    return lambda told: (str(told.get("type")), str(told.get(name) or ""))


def _does(node: Shape, tool: Any) -> Shape:
    """What a node does, live or written, in a form that is equal for both."""
    entry = tool if isinstance(tool, dict) else {}
    ways = [one for one in _list(node.get("transitions")) if isinstance(one, dict)]
    tests = [*chain.from_iterable(map(_equations, ways))]
    sets = sorted(_sets(node.get("staticVariables")))
    called = {
        name: entry[name] for name in ("persistentId", "toolId", "overrides") if name in entry
    }
    return {
        "tool": json.dumps(called, sort_keys=True, default=str) if called else "",
        "sets": json.dumps(sets) if sets else "",
        "tests": json.dumps(sorted(tests)) if tests else "",
    }


def _sets(found: Any) -> Iterator[tuple[str, str]]:
    """The static variables of a node, live (a list) or written (by name), with their values."""
    named = found.items() if isinstance(found, dict) else ()
    for name, value in named:
        yield str(name), str(value.get("value") if isinstance(value, dict) else value)
    for one in _list(found):
        if isinstance(one, dict):
            yield str(one.get("name")), str(one.get("value"))


def _equations(way: Shape) -> Iterator[tuple[str, str, str]]:
    """The equations of an exit, live or written: variable, operator, value."""
    condition = way.get("condition")
    for one in _list(condition.get("conditions") if isinstance(condition, dict) else None):
        if isinstance(one, dict):
            yield str(one.get("variable")), str(one.get("operator")), str(one.get("value"))
    for test in (*_list(way.get("all")), *_list(way.get("any"))):
        for name, operators in test.items() if isinstance(test, dict) else ():
            for operator, value in operators.items() if isinstance(operators, dict) else ():
                yield str(name), str(operator), str(value)


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _told(view: Shape) -> Shape:
    inside = view.get("verbatim")
    return inside if isinstance(inside, dict) else view


def _type(view: Shape) -> Any:
    return _told(view).get("type")

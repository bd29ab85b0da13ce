"""A flow in brief: each node with its text, the variables that it sets and its targets. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.kinds.flow.form import Flow

_NO_CONDITION = ("to", "enabled")
_UNKNOWN = ("condition", None)
_TEXTS = ("message", "finalMessage", "transferMessage")


@dataclass(frozen=True, kw_only=True)
class Exit:
    """A target of a node, and its condition.

    ``when`` is the kind of condition as people write it (``natural_language``, ``dtmf``, ``all``,
    ``on_success``, …), ``detail`` its words or key; ``tests`` are those of an equation. ``to`` is
    None if there is no target.
    """

    when: str
    detail: str = ""
    tests: tuple[tuple[str, str, str], ...] = ()
    to: str | None = None
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node. ``says`` is its text, which is spoken literally only if it is ``static``.

    ``sets`` are the variables that it sets. ``anywhere`` is the condition that leads here from
    every node, if there is one. ``reached``: whether a call can reach it.
    """

    slug: str
    type: str
    label: str
    says: str
    static: bool
    sets: tuple[str, ...]
    anywhere: Exit | None
    exits: tuple[Exit, ...]
    reached: bool


def outline(flow: Flow) -> tuple[Node, ...]:
    """The nodes of a flow in reading order: from the start along the transitions."""
    return nodes_of(flow.written["nodes"])


def nodes_of(views: Mapping[str, Shape]) -> tuple[Node, ...]:
    """The nodes of a flow from their written forms by slug, in that order."""
    found = reached(views)
    return tuple(_node(slug, _plain(view), reached=slug in found) for slug, view in views.items())


def _plain(view: Shape) -> Shape:
    """A node's keys; if it has no readable form, without its transitions."""
    return {**view["verbatim"], "transitions": []} if "verbatim" in view else view


def reached(views: Mapping[str, Shape]) -> set[str]:
    """The slugs that a call can reach."""
    found: set[str] = set()
    waiting = [s for s, v in views.items() if _plain(v).get("type") == "start" or _is_global(v)]
    while waiting:
        slug = waiting.pop()
        if slug not in found and slug in views:
            found.add(slug)
            waiting += ways(views[slug])
    return found


def ways(view: Shape) -> Iterator[str]:
    """The targets of a node's exits, without those of exits that are switched off."""
    yield from (one.to for one in exits_of(_plain(view)) if one.to is not None and one.enabled)


def _is_global(view: Shape) -> bool:
    return _plain(view).get("isGlobal") is True


def _node(slug: str, view: Shape, *, reached: bool) -> Node:
    text = next((view[name] for name in _TEXTS if isinstance(view.get(name), str)), "")
    kind = view.get("messageType") or view.get("transferMessageType")
    return Node(
        slug=slug,
        type=str(view.get("type", "")),
        label=view["label"] if isinstance(view.get("label"), str) else "",
        says=text,
        static=kind == "static",
        sets=tuple(_sets(view)),
        anywhere=_anywhere(view) if _is_global(view) else None,
        exits=tuple(exits_of(view)),
        reached=reached,
    )


def _sets(view: Shape) -> Iterator[str]:
    for name in ("extractVariables", "staticVariables"):
        found = view.get(name)
        if isinstance(found, dict) and not isinstance(found.get("variables"), list):
            yield from found


def _anywhere(view: Shape) -> Exit:
    if view.get("globalConditionType") == "dtmf":
        return Exit(when="dtmf", detail=str(view.get("globalDtmfKey", "")))
    words = view.get("globalCondition") or view.get("description") or view.get("label") or ""
    return Exit(when="natural_language", detail=str(words))


def listed_exits(view: Shape) -> list[Shape]:
    """The entries of a node's transitions, without those of a shape that is none."""
    found = view.get("transitions")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def exits_of(view: Shape) -> Iterator[Exit]:
    """The exits of a node in the order of evaluation, those that its type fixes last."""
    yield from map(_exit, listed_exits(view))
    for name in EXITS:
        if name in view:
            to = view[name]
            yield Exit(when=name, to=to if isinstance(to, str) else None)


def _exit(one: Shape) -> Exit:
    when, detail = next(((k, v) for k, v in one.items() if k not in _NO_CONDITION), _UNKNOWN)
    tests = tuple(_tests(detail)) if when in ("all", "any") else ()
    words = detail if isinstance(detail, str) else ""
    to, enabled = one.get("to"), one.get("enabled") is not False
    target = to if isinstance(to, str) else None
    return Exit(when=when, detail=words, tests=tests, to=target, enabled=enabled)


def _tests(found: Any) -> Iterator[tuple[str, str, str]]:
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and "variable" in one:
            yield (
                str(one["variable"]),
                str(one.get("operator", "")),
                str(one.get("value", "")),
            )
        elif isinstance(one, dict):
            for variable, test in one.items():
                for operator, value in test.items() if isinstance(test, dict) else ():
                    yield str(variable), str(operator), str(value)

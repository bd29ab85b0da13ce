"""A walk through a flow without a call: nodes are entered, equations evaluated. Pure.

A walk stands at a node that needs a choice, or has ended. Exits that need none are taken at once:
equations that hold, and automatic ones. No model is called: the walker chooses what a caller says,
and gives the values that a model would extract.

```
begin(views, variables) ──▶ Walk ──take(walk, turn)──▶ Walk ──▶ …  until `end`
                             └──given(walk, {name: value})──▶ Walk
```
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from reconciler.jsonvalues import Json
from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.kinds.flow.values import Variables, filled, verdict
from reconciler.late import dataclass

Kind = Literal["enters", "says", "prompt", "sets", "extracts", "tested", "goes", "returns"]
End = Literal["", "end_call", "transfer", "nowhere", "stuck", "loop", "unreadable"]

AUTOMATIC = ("auto", "always", "next", "else")
"""Exits that are taken if no other exit needs a choice."""
FIXED = ("on_success", "on_failure", "after_user_reply", *AUTOMATIC, "return")
"""Exits that a step names by their kind alone."""
_TRANSFERS = ("transfer_call", "transfer_agent")
_SILENT = ("router", "tool", "web_tool", "set_local_variables", "change_agent_settings")
"""Nodes at which the caller has no turn, so that nothing leads to a global node."""
_ROUNDS = 20
"""Visits of each node, on average, after which a run of automatic exits is endless."""

_STATIC = "static"
_TEXTS = {
    "end_call": (("finalMessage", "messageType", "prompt"), ("message", "messageType", "prompt")),
    "transfer_call": (("transferMessage", "transferMessageType", "prompt"),),
    "transfer_agent": (("transferMessage", "transferMessageType", _STATIC),),
    "tool": (("processingMessage", "processingMessageType", _STATIC),),
    "web_tool": (("processingMessage", "processingMessageType", _STATIC),),
}
"""The texts of each type of node: its key, the key of its kind, and the kind if that is absent."""
_MESSAGE = (("message", "messageType", "prompt"),)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One exit of a node, as it is written.

    ``when`` is its kind (``natural_language``, ``dtmf``, ``all``, ``on_success``, …), ``detail``
    its words or key; ``tests`` are those of an equation. ``anywhere``: it leads to a global node.
    """

    when: str
    detail: str = ""
    tests: tuple[tuple[str, str, Json], ...] = ()
    to: str | None = None
    enabled: bool = True
    anywhere: bool = False

    @property
    def is_equation(self) -> bool:
        """Whether variables alone decide about it."""
        return self.when in ("all", "any")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened at a node. ``text`` is what is said, or the name of a variable.

    ``holds`` is the result of the equation of ``turn``; None if it cannot be told offline.
    ``chosen``: the walker chose the exit that was taken.
    """

    kind: Kind
    node: str
    text: str = ""
    value: Json = None
    turn: Turn | None = None
    holds: bool | None = None
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A walk so far. ``at`` is its node; ``choices`` are the exits that can be taken there.

    ``end`` says why it has ended; empty if it waits for a choice. A transfer ends a walk and may
    still fail: its ``on_failure`` remains a choice. ``ring``: the nodes of an endless loop.
    """

    views: Mapping[str, Shape]
    at: str
    variables: Variables = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    choices: tuple[Turn, ...] = ()
    end: End = ""
    ring: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """The interrupted nodes to which global nodes return, the innermost last."""


def start_of(views: Mapping[str, Shape]) -> str | None:
    """The slug of the start node."""
    return next((slug for slug, view in views.items() if plain(view).get("type") == "start"), None)


def begin(views: Mapping[str, Shape], variables: Variables) -> Walk:
    """Start a walk. Raises ValueError if the flow has no start node."""
    start = start_of(views)
    if start is None:
        raise ValueError("no start node")
    return _settled(_entered(Walk(views=views, at=start, variables=variables), start))


def given(walk: Walk, values: Variables) -> Walk:
    """Give variables their values, and take the exits that are open now."""
    return _settled(with_values(walk, values))


def with_values(walk: Walk, values: Variables) -> Walk:
    """Give variables their values, and stay at the node; ``choices`` are those with the values."""
    events = tuple(
        Event(kind="sets", node=walk.at, text=name, value=value, chosen=True)
        for name, value in values.items()
    )
    changed = replace(walk, variables={**walk.variables, **values}, events=walk.events + events)
    return replace(changed, choices=_look(changed).choices)


def take(walk: Walk, turn: Turn) -> Walk:
    """Take one of the choices."""
    return _settled(_gone(replace(walk, end=""), turn, chosen=True))


def plain(view: Shape) -> Shape:
    """A node's keys in one mapping, also those of an unknown shape."""
    inner = view.get("verbatim") or view.get("more")
    return {**inner, **view} if isinstance(inner, dict) else view


def turns_of(view: Shape) -> Iterator[Turn]:
    """The exits of a node in the order of evaluation, also disabled ones."""
    listed = view.get("transitions")
    for one in listed if isinstance(listed, list) and "verbatim" not in view else ():
        if isinstance(one, dict):
            yield _turn(one)
    for name in EXITS:
        if name in view:
            yield Turn(when=name, to=_slug(view[name]))


def _turn(one: Shape) -> Turn:
    named = ((name, value) for name, value in one.items() if name not in ("to", "enabled"))
    when, detail = next(named, ("condition", None))
    tests = tuple(_tests(detail)) if when in ("all", "any") and isinstance(detail, list) else ()
    words = str(detail) if isinstance(detail, str | int) and not isinstance(detail, bool) else ""
    enabled = one.get("enabled") is not False
    return Turn(when=when, detail=words, tests=tests, to=_slug(one.get("to")), enabled=enabled)


def _slug(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _tests(found: list[Any]) -> Iterator[tuple[str, str, Json]]:
    for one in found:
        if isinstance(one, dict) and "variable" in one:
            yield str(one["variable"]), str(one.get("operator", "")), one.get("value")
        elif isinstance(one, dict):
            for variable, test in one.items():
                for operator, value in test.items() if isinstance(test, dict) else ():
                    yield str(variable), str(operator), value


def extracted(view: Shape) -> tuple[str, ...]:
    """The names of the variables that a model or a tool fills at a node."""
    found = plain(view).get("extractVariables")
    if not isinstance(found, dict):
        return ()
    items = found.get("variables")
    if isinstance(items, list):
        return tuple(str(one.get("name")) for one in items if isinstance(one, dict))
    return tuple(found)


# The exits of a node


@dataclass(frozen=True, kw_only=True)
class _View:
    """The open exits of a node, with their equations as tested, and the one that needs no choice.

    ``end`` is set if there is none at all.
    """

    choices: tuple[Turn, ...] = ()
    goes: Turn | None = None
    tested: tuple[Event, ...] = ()
    end: End = ""


def _look(walk: Walk) -> _View:
    """Look at the exits of a walk's node, in the order of evaluation."""
    view = plain(walk.views[walk.at])
    turns = [turn for turn in turns_of(view) if turn.enabled]
    if view.get("type") == "end_call":
        return _View(end="end_call")
    if view.get("type") in _TRANSFERS:
        return _View(choices=tuple(turns), end="transfer")
    if "verbatim" in view:
        return _View(end="unreadable")
    tested = tuple(_tested(walk, turn) for turn in turns if turn.is_equation)
    holds = {id(one.turn): one.holds for one in tested}
    open_ = [turn for turn in turns if holds.get(id(turn)) is not False]
    goes = next((turn for turn in open_ if turn.is_equation or _needs_choice(turn)), None)
    if goes and holds.get(id(goes)) is not True:
        goes = None
    if not goes and not any(_needs_choice(turn) or turn.is_equation for turn in open_):
        goes = next(iter(open_), None)
    if goes and goes.is_equation:  # those after it were not looked at
        tested = tested[: [one.turn for one in tested].index(goes) + 1]
    return _with_global(walk, view, _View(choices=tuple(open_), goes=goes, tested=tested))


def _needs_choice(turn: Turn) -> bool:
    return turn.when not in AUTOMATIC and not turn.is_equation


def _tested(walk: Walk, turn: Turn) -> Event:
    holds = verdict(turn.when, turn.tests, walk.variables)
    return Event(kind="tested", node=walk.at, turn=turn, holds=holds)


def _with_global(walk: Walk, view: Shape, found: _View) -> _View:
    """The same with the way back to an interrupted node, and those to global nodes."""
    back = [Turn(when="return", to=one) for one in walk.sources[-1:]]
    goes = found.goes
    if back and not found.choices:
        goes = back[0]
    silent = view.get("type") in _SILENT or view.get("subType") == "tool"
    others = [] if silent else [*_anywhere(walk)]
    choices = (*found.choices, *back, *others)
    return replace(found, choices=choices, goes=goes, end="" if choices else "stuck")


def _anywhere(walk: Walk) -> Iterator[Turn]:
    """The exits to global nodes, which every node has at which the caller has a turn."""
    for slug, view in walk.views.items():
        one = plain(view)
        if one.get("isGlobal") is not True or slug == walk.at or one.get("type") == "start":
            continue
        if one.get("globalConditionType") == "dtmf":
            key = str(one.get("globalDtmfKey", ""))
            yield Turn(when="dtmf", detail=key, to=slug, anywhere=True)
        else:
            texts = (one.get(name) for name in ("globalCondition", "description", "label"))
            words = next((text for text in texts if isinstance(text, str) and text), slug)
            yield Turn(when="natural_language", detail=words, to=slug, anywhere=True)


# Moving


def _settled(walk: Walk) -> Walk:
    """Take exits until one needs a choice, the walk ends, or it runs in a ring."""
    seen: dict[str, int] = {}
    trail: list[str] = []
    while not walk.end:
        mark = json.dumps([walk.at, walk.variables], sort_keys=True, default=str)
        if mark in seen or len(trail) > _ROUNDS * len(walk.views):
            ring = trail[seen.get(mark, -len(walk.views)) :]
            return replace(walk, end="loop", choices=(), ring=tuple(dict.fromkeys(ring)))
        seen[mark] = len(trail)
        trail.append(walk.at)
        found = _look(walk)
        walk = replace(walk, events=walk.events + found.tested)
        if found.goes is None:
            return replace(walk, choices=found.choices, end=found.end)
        walk = _gone(walk, found.goes, chosen=False)
    return walk


def _gone(walk: Walk, turn: Turn, *, chosen: bool) -> Walk:
    """Leave the node through an exit, and enter the next one."""
    left = Event(kind="goes", node=walk.at, turn=turn, chosen=chosen)
    walk = replace(walk, events=(*walk.events, left, *_answered(walk, turn)), choices=())
    if turn.when == "return" or (turn.to is None and walk.sources):
        source = walk.sources[-1]
        back = Event(kind="returns", node=source)
        return replace(walk, at=source, sources=walk.sources[:-1], events=(*walk.events, back))
    if turn.to is None or turn.to not in walk.views:
        return replace(walk, end="nowhere")
    returns = turn.anywhere and plain(walk.views[turn.to]).get("globalReturnToSource") is True
    sources = (*walk.sources, walk.at) if returns else ()
    return _entered(replace(walk, sources=sources), turn.to)


def _answered(walk: Walk, turn: Turn) -> Iterator[Event]:
    """What a tool's node says when the tool has answered."""
    view = plain(walk.views[walk.at])
    text = view.get("errorMessage") if turn.when == "on_failure" else None
    if turn.when == "on_success" and view.get("overrideResponse") is True:
        text = view.get("customResponse")
    if isinstance(text, str) and text.strip():
        yield Event(kind="says", node=walk.at, text=str(filled(text, walk.variables)))


def _entered(walk: Walk, slug: str) -> Walk:
    """Enter a node: set its variables, say its text."""
    view = plain(walk.views[slug])
    known = dict(walk.variables)
    events = [Event(kind="enters", node=slug, text=str(view.get("type", "")))]
    for name, value in _static(view):
        known[name] = filled(value, known)
        events.append(Event(kind="sets", node=slug, text=name, value=known[name]))
    events += _spoken(slug, view, known)
    names = extracted(view)
    if names:
        events.append(Event(kind="extracts", node=slug, value=list(names)))
    return replace(walk, at=slug, variables=known, events=(*walk.events, *events))


def _static(view: Shape) -> Iterator[tuple[str, Json]]:
    found = view.get("staticVariables")
    if isinstance(found, dict):
        yield from found.items()
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            yield one["name"], one.get("value")


def _spoken(slug: str, view: Shape, known: Variables) -> Iterator[Event]:
    """The text of a node: spoken literally if it is static, else the prompt of a model."""
    sort = str(view.get("type"))
    is_tool = sort == "start" and view.get("subType") == "tool"
    for name, kind_name, usual in _TEXTS.get("tool" if is_tool else sort, _MESSAGE):
        text = view.get(name)
        if isinstance(text, str) and text.strip():
            kind: Kind = "says" if view.get(kind_name, usual) == _STATIC else "prompt"
            yield Event(kind=kind, node=slug, text=str(filled(text, known)))
            return


# A flow as it is written


def nodes_of(written: Mapping[str, Json]) -> dict[str, Shape]:
    """The nodes of a written flow, by slug."""
    found = written.get("nodes")
    pairs = found.items() if isinstance(found, dict) else ()
    return {str(slug): view for slug, view in pairs if isinstance(view, dict)}


def defaults_of(written: Mapping[str, Json]) -> dict[str, Json]:
    """The values of a flow's own variables at its start, in any form that the API has."""
    found = written.get("customVariables")
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            return {}
    if isinstance(found, dict):
        return found
    items = [one for one in found or () if isinstance(one, dict)] if isinstance(found, list) else []
    return {str(one.get("name")): one.get("defaultValue") for one in items}

"""What is odd in the keys of a flow's nodes: digits, texts, numbers and values. Pure.

Sources: `hamsa-api-v2.md` of the API's facts, on keys of nodes, transitions and disagreements.
"""

import re
from collections.abc import Iterator
from typing import Any

from reconciler.errors import listed, meant
from reconciler.kinds.flow.exits import Shape
from reconciler.kinds.flow.faults import Fault, Faults, fixed_exits, shown
from reconciler.kinds.flow.graph import Graph, Place, captures, equations
from reconciler.late import pattern

_DIGITS = tuple("0123456789")
_KEYS = (*_DIGITS, "*", "#")
_TYPES = (
    *("start", "conversation", "tool", "web_tool", "router", "set_local_variables"),
    *("change_agent_settings", "transfer_call", "transfer_agent", "end_call"),
)
_SPEECH = ("prompt", "static")
_SORTS = ("string", "number", "boolean", "array", "object")
_SEEN = {
    "type": _TYPES,
    "subType": ("conversation", "tool"),
    "messageType": _SPEECH,
    "transferMessageType": _SPEECH,
    "processingMessageType": _SPEECH,
    "transferType": ("cold", "warm"),
    "globalConditionType": ("prompt", "dtmf"),
    "globalDtmfKey": _KEYS,
    "onErrorBehavior": ("continue", "retry", "fail"),
    "reason": ("completed", "user_requested", "error", "timeout"),
}
"""The values of each key of a node that a page or a live flow has shown."""
_OPERATORS = (
    *("equals", "not_equals", "greater_than", "less_than", "greater_than_or_equal"),
    *("less_than_or_equal", "contains", "not_contains", "exists", "not_exists"),
    *("regex", "is_empty", "is_not_empty"),
)
_CONDITIONS = (
    *("natural_language", "structured_equation", "dtmf", "auto", "always", "after_user_reply"),
)
_LIKENESS = 0.5
_SHOWN = 60

SHORTEST = 1000
"""Timeouts are in ms. Values below this are read as seconds by some programs."""
_TIMEOUTS = ("timeout", "timeoutMs")

_E164 = pattern(r"\+[1-9][0-9]{6,14}")
_TEXTS = {
    "start": ("message",),
    "conversation": ("message",),
    "end_call": ("finalMessage", "message"),
    "transfer_call": ("transferMessage",),
    "transfer_agent": ("transferMessage",),
}
"""The text of each type of node."""
_CONDITION = ("globalCondition", "description", "label")
"""The words by which a model chooses a global node: the first that there are."""


def twice_a_digit(graph: Graph) -> Faults:
    """Exits of one node for one digit, and global nodes with one digit."""
    for slug, ways in graph.ways.items():
        found: dict[str, str] = {}
        for way in ways:
            if way.when != "dtmf" or not way.enabled:
                continue
            key = str(way.detail)
            if key in found:
                message = f"the key {key} of {shown(slug)} has an exit already: {found[key]}"
                yield Fault(place=graph.at(slug, way.place), message=message, found=_to(way.to))
            found.setdefault(key, _to(way.to))
    yield from _global_digits(graph)


def _to(slug: str | None) -> str:
    return f"to {shown(slug)}" if slug else "to nowhere"


def _global_digits(graph: Graph) -> Faults:
    owners: dict[str, str] = {}
    for slug in graph.anywhere:
        view = graph.views[slug]
        key = view.get("globalDtmfKey")
        if view.get("globalConditionType") != "dtmf" or not isinstance(key, str) or not key:
            continue
        if key in owners:
            message = f"the key {key} leads to another global node already: {shown(owners[key])}"
            place = graph.at(slug, ("globalDtmfKey",))
            yield Fault(place=place, message=message, found=key)
        owners.setdefault(key, slug)


def digits_at_capture(graph: Graph) -> Faults:
    """Exits by a digit in a node that collects digits; `*` and `#` may be exits there."""
    for slug, view in graph.views.items():
        taken = [name for name, _ in captures(view)]
        for way in graph.ways[slug] if taken else ():
            if way.when == "dtmf" and way.enabled and str(way.detail) in _DIGITS:
                message = f"{shown(slug)} collects digits (`{taken[0]}`), so none can be an exit"
                place = graph.at(slug, way.place)
                yield Fault(place=place, message=message, found=str(way.detail), allowed="* or #")


def without_text(graph: Graph) -> Faults:
    """Nodes that speak and have no words, and conditions for a model that have none."""
    for slug, view in graph.views.items():
        yield from _without_condition(graph, slug)
        names = _TEXTS.get(str(view.get("type")), ())
        if fixed_exits(view) and view.get("type") == "start":
            continue
        present = [name for name in names if name in view]
        if any(not _is_blank(view[name]) for name in present):
            continue
        if present:
            message = f"`{present[0]}` of {shown(slug)} has no words"
            yield Fault(place=graph.at(slug, (present[0],)), message=message)
        elif names == ("message",):
            yield Fault(place=(slug,), message=f"{shown(slug)} has no `message`")


def _without_condition(graph: Graph, slug: str) -> Faults:
    for way in graph.ways[slug]:
        if way.when == "natural_language" and _is_blank(way.detail):
            message = f"a transition of {shown(slug)} has no condition in words"
            yield Fault(place=graph.at(slug, way.place), message=message)
    view = graph.views[slug]
    prompted = slug in graph.anywhere and view.get("globalConditionType") == "prompt"
    if prompted and all(_is_blank(view.get(name)) for name in _CONDITION):
        place = graph.at(slug, ("globalCondition",)) if "globalCondition" in view else (slug,)
        message = f"the global node {shown(slug)} has no condition in words"
        yield Fault(place=place, message=message)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def short_timeouts(graph: Graph) -> Faults:
    """Timeouts that are seconds where milliseconds are expected."""
    for slug, view in graph.views.items():
        inner = [((name, key), value) for name, one in captures(view) for key, value in one.items()]
        outer: list[tuple[Place, Any]] = [((name,), value) for name, value in view.items()]
        for place, value in (*outer, *inner):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if place[-1] in _TIMEOUTS and number and value < SHORTEST:
                yield Fault(
                    place=graph.at(slug, place),
                    message=f"`{place[-1]}` is in ms, and this is less than a second",
                    found=f"{value:g}",
                    allowed=f"{SHORTEST} or more",
                    hint=f"write milliseconds: {value * 1000:g} for seconds" if value > 0 else "",
                )


def odd_numbers(graph: Graph) -> Faults:
    """Transfers to something else than a phone number with its country."""
    for slug, view in graph.views.items():
        if view.get("type") != "transfer_call":
            continue
        number = view.get("phoneNumber")
        if isinstance(number, str) and (_E164.fullmatch(number) or "{{" in number):
            continue
        if isinstance(number, str | int | float) and not isinstance(number, bool):
            yield Fault(
                place=graph.at(slug, ("phoneNumber",)),
                message=f"{shown(slug)} transfers to something that is no phone number",
                found=str(number)[:_SHOWN],
                allowed="`+`, the country and the number, in digits: +966500000000",
                hint=_as_number(str(number)),
            )
        elif number is None:
            place = graph.at(slug, ("phoneNumber",)) if "phoneNumber" in view else (slug,)
            yield Fault(place=place, message=f"{shown(slug)} transfers to no number")


def _as_number(text: str) -> str:
    """A hint for a number that only has another spelling."""
    digits = re.sub(r"[\s().-]", "", text)
    plain = f"+{digits.removeprefix('00')}" if digits.startswith("00") else digits
    return f"write {plain}" if _E164.fullmatch(plain) else ""


def unseen_values(graph: Graph) -> Faults:
    """Values that no page and no live flow has shown; they are sent as they are."""
    for slug, view in graph.views.items():
        if slug in graph.opaque:
            continue
        if "type" not in view:
            yield Fault(
                place=graph.at(slug, ()),
                message=f"`{slug}` has no `type`, and a new node needs one",
                found="none",
                allowed=listed(_TYPES),
                hint="write `type:`; only a node that is live keeps its own",
            )
        for place, value, seen in (*_values(view), *_tests(graph, slug)):
            if isinstance(value, str) and value not in seen:
                yield _unseen(graph.at(slug, place), value, seen)


def _values(view: Shape) -> Iterator[tuple[Place, Any, tuple[str, ...]]]:
    """The values of a node that are words of a list: their place, and that list."""
    for name, seen in _SEEN.items():
        if name in view and not (name == "reason" and view.get("type") != "end_call"):
            yield (name,), view[name], seen
    extracted = view.get("extractVariables")
    for name, one in extracted.items() if isinstance(extracted, dict) else ():
        if isinstance(one, dict) and "dataType" in one:
            yield ("extractVariables", name, "dataType"), one["dataType"], _SORTS


def _tests(graph: Graph, slug: str) -> Iterator[tuple[Place, Any, tuple[str, ...]]]:
    for way in graph.ways[slug]:
        if way.when == "dtmf":
            yield (*way.place, "dtmf"), str(way.detail), _KEYS
        elif way.when == "condition":
            sort = way.detail.get("type") if isinstance(way.detail, dict) else None
            yield (*way.place, "condition", "type"), sort, _CONDITIONS
        for number, test in enumerate(way.detail if isinstance(way.detail, list) else ()):
            for _, operator in equations(test):
                yield (*way.place, way.when, number), operator, _OPERATORS


def _unseen(place: Place, value: str, seen: tuple[str, ...]) -> Fault:
    alike = {one.casefold(): one for one in seen}.get(value.casefold().replace("-", "_"))
    hint = f"did you mean `{alike}`?" if alike else meant(value, seen, "", _LIKENESS)
    keys = seen is _KEYS
    return Fault(
        place=place,
        message="no page and no live flow has shown this value; it is sent as it is",
        found=value[:_SHOWN] or '""',
        allowed="one of 0 to 9, * and #" if keys else listed(seen, value),
        hint="write one key; digits that belong together are a variable" if keys else hint,
    )

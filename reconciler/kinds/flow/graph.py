"""A flow as a graph: its nodes, the ways between them, and what a call can reach. Pure.

Views come from files and from the live API: any key may be missing or have another type.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from reconciler.kinds.flow.exits import EXITS, Shape
from reconciler.late import dataclass, pattern
from reconciler.text import expressions

Place = tuple[str | int, ...]
"""The steps from a node's view to a value in it."""

TURNLESS = ("set_local_variables", "change_agent_settings", "router")
"""Types of nodes that a call leaves without a word of the caller."""
ENDS = ("end_call", "transfer_call", "transfer_agent")

_APART = ("verbatim", "more")
"""Keys of a view that hold keys of its node."""
_WORDS = {
    "message": ("messageType", "prompt"),
    "finalMessage": ("messageType", "prompt"),
    "transferMessage": ("transferMessageType", "prompt"),
    "processingMessage": ("processingMessageType", "static"),
}
"""By the key of a text: the key that says whether it is spoken as it is, and its usual value."""
_LITERAL = ("customResponse", "errorMessage")
_UNSAID = frozenset({"label", "description", "testResult", "type", "to", *EXITS})
"""Keys whose texts fill no variables."""
_KINDS = ("natural_language", "dtmf", "all", "any", "auto", "always", "after_user_reply")
_ROOT = pattern(r"[.\[]")
_ASKING = ("exists", "not_exists", "is_empty", "is_not_empty")
"""Operators that have an answer for a variable that is not set."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A transition or a fixed exit of a node: its place, its kind, its detail and its target.

    ``to`` is None without a target. ``enabled`` is false if the file switches it off.
    """

    place: Place
    when: str
    detail: Any = None
    to: str | None = None
    enabled: bool = True

    @property
    def fixed(self) -> bool:
        """Whether the node's type has this exit, so that it has a name of its own."""
        return self.when in EXITS


@dataclass(frozen=True, kw_only=True)
class Use:
    """A variable that a node uses; ``offset`` is None for a key, such as that of an equation.

    ``late``: after the node has set its own variables. ``sure``: see ``expressions.Use``.
    """

    place: Place
    offset: int | None
    name: str
    late: bool
    sure: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Graph:
    """A flow's views by slug, and its custom variables. ``given`` are names that calls have.

    Graphs are compared by identity. No part assumes that a target exists.
    """

    nodes: Mapping[str, Shape]
    variables: Any = None
    given: frozenset[str] = frozenset()

    @cached_property
    def views(self) -> dict[str, Shape]:
        """Each node's keys, those that are unknown here included."""
        return {slug: _flat(view) for slug, view in self.nodes.items()}

    def at(self, slug: str, place: Place) -> Place:
        """The steps from the nodes to a value of one."""
        view = self.nodes[slug]
        apart = next((one for one in _APART if place and place[0] in _inside(view, one)), None)
        return (slug, apart, *place) if apart else (slug, *place)

    @cached_property
    def opaque(self) -> frozenset[str]:
        """Nodes in the API's own form: nobody here knows what they lead to."""
        return frozenset(slug for slug, view in self.nodes.items() if "verbatim" in view)

    @cached_property
    def ways(self) -> dict[str, tuple[Way, ...]]:
        """The transitions and fixed exits of each node."""
        return {
            slug: () if slug in self.opaque else tuple(_ways(view))
            for slug, view in self.views.items()
        }

    @cached_property
    def leads(self) -> dict[str, tuple[Way, ...]]:
        """Of these, the enabled ones to a node that there is."""
        return {
            slug: tuple(one for one in ways if one.enabled and one.to in self.nodes)
            for slug, ways in self.ways.items()
        }

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """The nodes at which a call begins: one, if the flow is right."""
        return tuple(slug for slug, view in self.views.items() if view.get("type") == "start")

    @cached_property
    def anywhere(self) -> tuple[str, ...]:
        """The global nodes."""
        return tuple(slug for slug, view in self.views.items() if view.get("isGlobal") is True)

    @cached_property
    def reached(self) -> frozenset[str]:
        """The nodes that a call can reach; all if that cannot be told."""
        found: set[str] = set()
        waiting = [*self.starts, *self.anywhere]
        while waiting:
            slug = waiting.pop()
            if slug in self.opaque:
                return frozenset(self.nodes)
            if slug not in found:
                found.add(slug)
                waiting += [one.to for one in self.leads[slug] if one.to is not None]
        return frozenset(found)

    @cached_property
    def custom(self) -> frozenset[str]:
        """The names of the flow's own variables, in any of their forms."""
        value = self.variables
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return frozenset()
        return frozenset(_named(value))

    @cached_property
    def speaks_anew(self) -> bool:
        """Whether a node changes the voice, so that words may be in another language."""
        overrides = (view.get("settingsOverrides") for view in self.views.values())
        return any(isinstance(one, dict) and "voiceId" in one for one in overrides)

    def is_said(self, place: Place) -> bool:
        """Whether a text, by its steps from the nodes, is words for the caller and no prompt."""
        slug, *inside = place
        key = str(inside[-1]) if inside else ""
        view = self.views.get(str(slug), {})
        if key not in _WORDS:
            return key in _LITERAL
        kind, usual = _WORDS[key]
        usual = "static" if view.get("type") == "transfer_agent" else usual
        return bool(view.get(kind, usual) == "static")

    @cached_property
    def sets(self) -> dict[str, tuple[str, ...]]:
        """The variables that each node sets."""
        return {slug: tuple(dict.fromkeys(_sets(view))) for slug, view in self.views.items()}

    @cached_property
    def late(self) -> frozenset[str]:
        """The variables that only nodes set, so that no call begins with them."""
        found = {name for names in self.sets.values() for name in names}
        return frozenset(found - self.custom - self.given)

    @cached_property
    def used(self) -> set[str]:
        """The variables that the flow uses anywhere."""
        return {use.name for uses in self.uses.values() for use in uses}

    @cached_property
    def uses(self) -> dict[str, tuple[Use, ...]]:
        """The variables that each node uses, first those of its texts."""
        return {
            slug: () if slug in self.opaque else tuple(_uses(view))
            for slug, view in self.views.items()
        }


def _flat(view: Any) -> Shape:
    """A view with the keys that stand apart in it; an empty one for another type."""
    if not isinstance(view, dict):
        return {}
    flat: Shape = dict(view)
    for apart in _APART:
        inner = flat.pop(apart, None)
        if isinstance(inner, dict):
            flat = {**inner, **flat}
    return flat


def _inside(view: Any, name: str) -> Shape:
    inner = view.get(name) if isinstance(view, dict) else None
    return inner if isinstance(inner, dict) else {}


def _ways(view: Shape) -> Iterator[Way]:
    listed = view.get("transitions")
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(one, dict):
            continue
        when = next((name for name in _KINDS if name in one), "condition")
        yield Way(
            place=("transitions", number),
            when=when,
            detail=one.get(when),
            to=_target(one.get("to")),
            enabled=one.get("enabled") is not False,
        )
    for name in EXITS:
        if name in view:
            yield Way(place=(name,), when=name, to=_target(view[name]))


def _target(to: Any) -> str | None:
    return to if isinstance(to, str) and to else None


def captures(view: Shape) -> Iterator[tuple[str, Shape]]:
    """The enabled digit captures of a node by their key, which the API does not document."""
    for name, value in view.items():
        if isinstance(value, dict) and value.get("enabled") is not False:
            keys = value.keys()
            if "digitLimit" in keys or {"variableName", "terminationKey"} <= keys:
                yield name, value


def _sets(view: Shape) -> Iterator[str]:
    for name in ("extractVariables", "globalExtractVariables", "staticVariables"):
        yield from _named(view.get(name))
    for _, capture in captures(view):
        if isinstance(capture.get("variableName"), str):
            yield capture["variableName"]
    mapped = view.get("outputMapping")
    if isinstance(mapped, dict):
        # Which side is the variable is not documented.
        yield from (one for pair in mapped.items() for one in pair if isinstance(one, str))


def _named(value: Any) -> Iterator[str]:
    """The names of variables in each of their forms: by name, as a list, in an object."""
    if isinstance(value, dict) and isinstance(value.get("variables"), list):
        if value.get("enabled") is not False:
            yield from _named(value["variables"])
    elif isinstance(value, dict):
        yield from (str(name) for name in value)
    elif isinstance(value, list):
        yield from (str(one["name"]) for one in value if isinstance(one, dict) and "name" in one)


def _uses(view: Shape) -> Iterator[Use]:
    for name, value in view.items():
        if name == "transitions":
            yield from _tested(value)
        elif name == "staticVariables" and isinstance(value, dict):
            yield from _filling(value)
        elif name not in _UNSAID:
            yield from _texts(value, (name,), late=name == "customResponse")


def _filling(values: Shape) -> Iterator[Use]:
    """The variables of static values, each filled when those before it are set."""
    earlier: set[str] = set()
    for name, value in values.items():
        found = _texts(value, ("staticVariables", name), late=False)
        yield from (one for one in found if one.name not in earlier)
        earlier.add(str(name))


def _texts(value: Any, place: Place, *, late: bool) -> Iterator[Use]:
    """The variables of the texts in a value."""
    match value:
        case str():
            for one in expressions.used(value):
                yield Use(place=place, offset=one.offset, name=one.name, late=late, sure=one.sure)
        case dict():
            for name, item in value.items():
                if name not in _UNSAID or len(place) > 1:
                    yield from _texts(item, (*place, name), late=late)
        case list():
            for number, item in enumerate(value):
                yield from _texts(item, (*place, number), late=late)


def _tested(listed: Any) -> Iterator[Use]:
    """The variables of conditions: those that an equation names, and those in its values."""
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(one, dict):
            continue
        place: Place = ("transitions", number)
        for logic in ("all", "any"):
            tests = one.get(logic)
            for index, test in enumerate(tests if isinstance(tests, list) else ()):
                yield from _compared(test, (*place, logic, index))
        yield from _texts({n: v for n, v in one.items() if n != "to"}, place, late=True)


def equations(test: Any) -> Iterator[tuple[str, str]]:
    """The variable and the operator of a comparison, in either form."""
    if not isinstance(test, dict):
        return
    if isinstance(test.get("variable"), str) and "operator" in test:
        yield test["variable"], str(test["operator"])
        return
    for variable, operators in test.items():
        for operator in operators if isinstance(operators, dict) else ():
            yield str(variable), str(operator)


def _compared(test: Any, place: Place) -> Iterator[Use]:
    for variable, operator in equations(test):
        found = expressions.used(variable)  # a variable may be written in braces
        for name in [one.name for one in found] or [_ROOT.split(variable.strip(), maxsplit=1)[0]]:
            sure = operator not in _ASKING
            yield Use(place=place, offset=None, name=name, late=True, sure=sure)

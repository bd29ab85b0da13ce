"""A fast reader for ordinary YAML: data and lines in one pass.

ruamel itself builds a graph of nodes, resolves each with a class of its own, and then makes data of
them; locating a value needs that graph a second time. The parser's events give both at once in half
the time. Unusual texts (anchors, tags, merge keys, directives, dates, a duplicate key, mistakes)
are not read here: ``read`` returns None, and ruamel decides.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from math import isfinite
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode

from reconciler.jsonvalues import EXACT, Json
from reconciler.late import dataclass

_MOST_EVENTS, _DEEPEST = 100_000, 50
"""Beyond these numbers of events or of nested collections, ruamel's reading reports the problem."""

_TAG = "tag:yaml.org,2002:"
_PLAIN = ("null", "bool", "int", "float")
"""Types that are read here; a date, a merge key (`<<`) and the default value (`=`) are not."""


class _PlainYAML(YAML):
    """ruamel's reader without plug-ins, so that it does not search folders for some."""

    def official_plug_ins(self) -> list[str]:
        """Return none."""
        return []


def safe(*, pure: bool = False) -> YAML:
    """A reader of YAML 1.2 as plain data: by the C parser, unless ``pure``.

    Each text needs a new one: a directive in a text (`%YAML 1.1`) stays in its reader.
    """
    return _PlainYAML(typ="safe", pure=pure)


@dataclass(slots=True)
class Spot:
    """The place of a value: its line as the parser counts them, from 1, and the places inside.

    ``line`` is that of its key or, for an item, of its own start. ``text`` is the text of a scalar
    without quotes, ``quoted`` whether it has quotes.
    """

    line: int
    text: str = ""
    quoted: bool = False
    inside: "dict[str, Spot] | list[Spot] | None" = None

    def child(self, step: str | int) -> "Spot | None":
        """The place one step below."""
        if isinstance(self.inside, dict):
            return self.inside.get(str(step))
        if isinstance(self.inside, list) and isinstance(step, int) and step < len(self.inside):
            return self.inside[step]
        return None

    def nearest(self, path: tuple[str | int, ...]) -> "Spot":
        """The place at a path, or the nearest one above it."""
        spot = self
        for step in path:
            found = spot.child(step)
            if found is None:
                break
            spot = found
        return spot


class _UnusualError(Exception):
    """The text is not for this reader."""


class Reading(NamedTuple):
    """The data of a text and their places.

    ``usual``: all keys are texts, and each number is written as JSON writes it, so that nobody has
    to look for others.
    """

    data: Json
    spot: Spot
    usual: bool


def read(text: str) -> Reading | None:
    """The data of a text's only document and its places; None if the text is unusual."""
    parser = _parser()
    if parser is None:
        return None
    try:
        return _Reader(islice(iter(parser(text).get_event, None), _MOST_EVENTS)).document()
    except (_UnusualError, YAMLError, ValueError, StopIteration):
        return None


@cache
def _parser() -> Any:
    """The C parser's class; None if its package is missing."""
    parser = safe().Parser
    return parser if parser.__name__ == "CParser" else None


class _Reader:
    """One reading of a text.

    ``rest`` are the next events; of a deep text, which would take quadratic time, few are read.
    """

    def __init__(self, rest: Iterator[Event]) -> None:
        self.rest = rest
        self.usual = True

    def document(self) -> Reading:
        """Read the document between the start and end of the stream."""
        _, start = next(self.rest), next(self.rest)
        if not isinstance(start, DocumentStartEvent) or start.version or start.tags:
            raise _UnusualError
        first = next(self.rest)
        spot = Spot(first.start_mark.line + 1)
        data = self._value(first, spot, 1)
        if len([*self.rest]) != 2:
            raise _UnusualError
        return Reading(data, spot, self.usual)

    def _value(self, event: Any, spot: Spot, depth: int) -> Json:
        """Read the value that starts with an event and record its place."""
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, spot)
        if kind is MappingStartEvent and not (event.anchor or event.tag) and depth <= _DEEPEST:
            return self._mapping(spot, depth)
        if kind is SequenceStartEvent and not (event.anchor or event.tag) and depth <= _DEEPEST:
            return self._sequence(spot, depth)
        raise _UnusualError

    def _mapping(self, spot: Spot, depth: int) -> Json:
        data: dict[Json, Json] = {}
        inside: dict[str, Spot] = {}
        spot.inside = inside
        while type(event := next(self.rest)) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                raise _UnusualError
            inner = Spot(event.start_mark.line + 1)
            key = self._scalar(event, inner)
            if key in data:
                raise _UnusualError
            if type(key) is not str:
                self.usual = False
            inner.text, inner.quoted = "", False
            inside.setdefault(event.value, inner)
            data[key] = self._value(next(self.rest), inner, depth + 1)
        return data

    def _sequence(self, spot: Spot, depth: int) -> Json:
        data: list[Json] = []
        inside: list[Spot] = []
        spot.inside = inside
        while type(event := next(self.rest)) is not SequenceEndEvent:
            inner = Spot(event.start_mark.line + 1)
            data.append(self._value(event, inner, depth + 1))
            inside.append(inner)
        return data

    def _scalar(self, event: Any, spot: Spot) -> Json:
        """The value of a scalar, the same as ruamel's."""
        if event.anchor or event.tag:
            raise _UnusualError
        text: str = event.value
        if not event.implicit[0]:  # in quotes, or a block
            spot.quoted = event.style in ("'", '"')
            return text
        spot.text = text
        for one in _resolvers(text[:1]):
            if one.match(text):
                value, usual = _constructed(text)
                if not usual:
                    self.usual = False
                return value
        return text


def _is_usual(value: Json, text: str) -> bool:
    """Whether a text is the shortest of its value, so that nothing of it can get lost."""
    if isinstance(value, float):
        return isfinite(value) and not value.is_integer() and text == repr(value)
    return type(value) is not int or (-EXACT < value < EXACT and text == str(value))


@cache
def _resolvers(first: str) -> tuple[Any, ...]:
    """The patterns of all values other than text that start with a character, from ruamel."""
    known = safe().resolver.versioned_resolver
    return tuple(pattern for _, pattern in (*known.get(first, ()), *known.get(None, ())))


@lru_cache(maxsize=1024)
def _constructed(text: str) -> tuple[Json, bool]:
    """The value that ruamel makes of a word that is not text, and whether it is written usually."""
    yaml = safe()
    tag = yaml.resolver.resolve(ScalarNode, text, (True, False))
    if str(tag).removeprefix(_TAG) not in _PLAIN:
        raise _UnusualError
    try:
        value = yaml.constructor.construct_object(ScalarNode(tag, text))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise _UnusualError from error
    return value, _is_usual(value, text)

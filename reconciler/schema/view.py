"""A second form of a part of an object: the API has one, people write the other. Data; pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field
from typing import TypeAlias

from reconciler.jsonvalues import Fields, Json
from reconciler.late import dataclass

Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Names:
    """The file's names for the items of a part, by the ids that the API gives them.

    Also of items that are not live yet. The items of ``verbatim`` names are shown as the API has
    them.
    """

    by_id: Mapping[str, str] = field(default_factory=dict)
    verbatim: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A value of the written form that nothing can be made of; ``place`` is in the spec."""

    place: Place
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class View:
    """The written form of a part of objects of these ``types``.

    ``whole`` is the top-level key of the part as the API has it, ``top`` that of the written form;
    ``said`` is what to tell about a live part that a file declares in neither form. A *layout* is
    what the written form leaves out.

    ``opened(response, names)`` replaces the part in a response by its written form, and returns the
    layout too; None if it has no such form. ``closed(body, response, layouts, seed)`` replaces the
    written form in a request by the API's; the first layout that knows an item is used, and the
    response is None for a new object. ``named(response, written, layout, seed)`` finds the file's
    names for what is live. ``mistakes`` are those of a spec about the part, ``faults`` those of a
    layout. ``brief`` leaves out of a written form what a file need not say, ``filed`` out of a
    layout; ``laid(filed, live, names)`` is a layout of exactly these names. ``sets`` are the names
    of placeholders that the part itself fills. ``places`` are those of items on a canvas, in a
    layout. ``unreadable(response)`` is why a part has no written form, and ``belongings(leaves)``
    are items of other keyed lists that belong to the part.
    """

    types: tuple[str, ...]
    whole: str
    top: str
    said: str
    opened: Callable[[Mapping[str, Json], Names], tuple[dict[str, Json], Json] | None]
    closed: Callable[
        [Mapping[str, Json], Mapping[str, Json] | None, tuple[Json, Json], str], dict[str, Json]
    ]
    named: Callable[[Mapping[str, Json], Mapping[str, Json], Json, str], Names]
    mistakes: Callable[[Mapping[str, Json]], Iterator[Mistake]]
    faults: Callable[[Json], Iterator[str]]
    brief: Callable[[Mapping[str, Json]], dict[str, Json]]
    filed: Callable[[Json], Json]
    laid: Callable[[Json, Json, Collection[str]], Json]
    sets: Callable[[Fields], Collection[str]]
    places: Callable[[Json], Mapping[str, tuple[float, float]]]
    unreadable: Callable[[Mapping[str, Json]], str]
    belongings: Callable[[Fields], Iterator[str]]

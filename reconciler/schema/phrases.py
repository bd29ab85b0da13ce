"""What a language says of one field: forms of a phrase. Data; how they are chosen is not here.

A template is a piece of a sentence whose subject is the agent, with ``{after}``, ``{count}`` or
``{days}`` for values, and ``{instead}`` for the value before. ``other`` reports that a field
changed, and no value: of a secret nothing else is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from reconciler.text.plurals import Plural


class Gone(NamedTuple):
    """What is said where there is nothing: *no longer* where there was something, or else *not*.

    Without ``never`` the first is said of both, and claims nothing of what was.
    """

    was: str = ""
    never: str = ""


_UNTOLD = Gone()
"""No template of its own."""


@dataclass(frozen=True)
class Hidden:
    """What is always a secret: ``other`` tells that it is sent, whether or not it is another."""

    other: str


@dataclass(frozen=True)
class Flag:
    """A thing that the agent does or does not. What no value means, the API decides."""

    does: str
    not_done: Gone
    other: str = ""


@dataclass(frozen=True)
class Value:
    """A text or number to be told. ``names`` are words for values that people do not say."""

    said: str
    gone: Gone = _UNTOLD
    other: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a few values, each with a template of its own."""

    options: Mapping[str, str]
    gone: Gone
    other: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words that people wrote: told by how far they moved, and shown only where they are new."""

    other: str
    now: str
    gone: Gone
    cosmetic: str = ""
    slight: str = ""
    rewritten: str = ""


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list or map, told by how many things are in it or came and went."""

    other: str
    now: str
    gone: Gone
    count: Plural = str
    added: str = ""
    removed: str = ""
    reordered: str = ""
    cosmetic: str = ""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A web address, of which only the host is told. ``moved`` is for another one of that host.

    ``unnamed`` is for one that has no certain host, where nobody knows another one.
    """

    said: str
    moved: str
    gone: Gone
    unnamed: str
    other: str


@dataclass(frozen=True, kw_only=True)
class Week:
    """Days with their open hours, told by the days."""

    opened: str
    closed: str
    moved: str
    now: str
    gone: Gone
    other: str


Phrase: TypeAlias = Hidden | Flag | Value | Choice | Text | Items | Address | Week
"""What a language says of one field."""

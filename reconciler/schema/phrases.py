"""Phrases of one language for one field. Data; the code that chooses them is elsewhere.

A template is part of a sentence whose subject is the agent, with ``{after}``, ``{count}`` or
``{days}`` for values, and ``{instead}`` for the value before. ``other`` says that a field changed,
without a value: for a secret it is all that is said.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple, TypeAlias

from reconciler.late import dataclass
from reconciler.text.plurals import Plural


class Gone(NamedTuple):
    """Phrases for a field without a value: *no longer* if it had one before, *not* if it never had.

    Without ``never`` the first is used for both, and claims nothing about before.
    """

    was: str = ""
    never: str = ""


_UNTOLD = Gone()
"""No template of its own."""


@dataclass(frozen=True)
class Hidden:
    """A field that is always secret: ``other`` says that it is sent, changed or not."""

    other: str


@dataclass(frozen=True)
class Flag:
    """Something that the agent does or does not do. The API decides what no value means."""

    does: str
    not_done: Gone
    other: str = ""


@dataclass(frozen=True)
class Value:
    """A text or number to show. ``names`` are words for values that people do not say."""

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
    """Text written by people: described by how much it changed, and quoted only if it is new."""

    other: str
    now: str
    gone: Gone
    cosmetic: str = ""
    slight: str = ""
    rewritten: str = ""


@dataclass(frozen=True, kw_only=True)
class Items:
    """A list or map, described by how many items it has, gained or lost."""

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
    """A web address, of which only the host is shown. ``moved``: another address at that host.

    ``unnamed`` is for an address whose host is not certain.
    """

    said: str
    moved: str
    gone: Gone
    unnamed: str
    other: str


@dataclass(frozen=True, kw_only=True)
class Week:
    """Days with their open hours, described by the days."""

    opened: str
    closed: str
    moved: str
    now: str
    gone: Gone
    other: str


Phrase: TypeAlias = Hidden | Flag | Value | Choice | Text | Items | Address | Week
"""The phrases of one language for one field."""

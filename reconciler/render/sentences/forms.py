"""The forms of a phrase, in any language: which of its templates suits a change. Pure.

A template is a piece of a sentence whose subject is the agent, with ``{after}``, ``{count}`` or
``{days}`` where values stand, and ``{instead}`` where the value before it does. A form that has
none for a change gives no clause, and a general one is said. Of a secret only ``other`` is told.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from reconciler.jsonvalues import Json
from reconciler.model import Change
from reconciler.render.sentences.slight import is_slight
from reconciler.render.sentences.writing import Plural, Writer, host, without_unit
from reconciler.schema.codecs import SLOTS, WEEK

_SLIGHT = 0.9
"""How many of the words must be the same in a text that may be only slightly different."""
_REWRITTEN = 0.5
"""How many are fewer in one that was rewritten."""


class Clause(NamedTuple):
    """A template, and the values that fill it."""

    template: str
    values: Mapping[str, str]


class Phrase(Protocol):
    """What a language says of one field. ``other`` tells that it changed, and no value."""

    @property
    def other(self) -> str:
        """The template of a change whose values may not, or cannot, be told."""

    def clauses(self, change: Change, writer: Writer) -> tuple[Clause, ...]:
        """What to say of a change; nothing where no template of this phrase suits it."""


def told(template: str, **values: str) -> tuple[Clause, ...]:
    """One clause, or none where there is no template."""
    return (Clause(template, values),) if template else ()


def is_cosmetic(change: Change) -> bool:
    """Whether a change keeps every word and moves only characters that nobody hears."""
    if not change.prose:
        return False
    from reconciler.engine import cosmetic  # noqa: PLC0415 - only where prose changed

    return cosmetic.is_cosmetic(change)


def _is_empty(value: Json) -> bool:
    return value is None or value in ("", [], {})


def _is_new(change: Change) -> bool:
    """Whether there was nothing before, or nobody knows what."""
    return not change.readable or _is_empty(change.before)


class Gone(NamedTuple):
    """What is said where there is nothing: *no longer* where there was something, or else *not*.

    Without ``never`` the first is said of both, and claims nothing of what was.
    """

    was: str = ""
    never: str = ""

    def of(self, change: Change) -> str:
        """The template for a change; *no longer* only where it is known what was."""
        return self.never if self.never and _is_new(change) else self.was


_UNTOLD = Gone()
"""What has no template of its own."""


@dataclass(frozen=True)
class Hidden:
    """What is always a secret: ``other`` tells that it is sent, whether or not it is another."""

    other: str

    def clauses(self, _change: Change, _writer: Writer) -> tuple[Clause, ...]:
        """That, whatever a change carries."""
        return told(self.other)


@dataclass(frozen=True)
class Flag:
    """A thing that the agent does or does not. What no value means, the API decides."""

    does: str
    not_done: Gone
    other: str = ""

    def clauses(self, change: Change, _writer: Writer) -> tuple[Clause, ...]:
        """Whether it does it now; *no longer* only where it is known that it did."""
        match change.after:
            case True:
                return told(self.does)
            case False:
                did = change.readable and change.before is True
                return told(self.not_done.was if did else self.not_done.never)
        return ()


@dataclass(frozen=True)
class Value:
    """A text or number to be told. ``names`` are words for values that people do not say."""

    said: str
    gone: Gone = _UNTOLD
    other: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def clauses(self, change: Change, writer: Writer) -> tuple[Clause, ...]:
        """Before and after, or only after; no value where both are written the same."""
        if _is_empty(change.after):
            return told(self.gone.of(change))
        after = self._written(change.after, change, writer)
        before = "" if _is_new(change) else self._written(change.before, change, writer)
        if not after or after == before:
            return told(self.other)
        brief = without_unit(before, after)
        return told(self.said, after=after, instead=writer.instead(brief))

    def _written(self, value: Json, change: Change, writer: Writer) -> str:
        named = self.names.get(value) if isinstance(value, str) else None
        return named or writer.value(value, change.unit)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a few values, each with a template of its own."""

    options: Mapping[str, str]
    gone: Gone
    other: str

    def clauses(self, change: Change, _writer: Writer) -> tuple[Clause, ...]:
        """The template of the new value."""
        if _is_empty(change.after):
            return told(self.gone.of(change))
        chosen = self.options.get(change.after) if isinstance(change.after, str) else None
        return told(chosen or self.other)


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words that people wrote: told by how far they moved, and shown only where they are new."""

    other: str
    now: str
    gone: Gone
    cosmetic: str = ""
    slight: str = ""
    rewritten: str = ""

    def clauses(self, change: Change, writer: Writer) -> tuple[Clause, ...]:
        """How different the words are, or how they begin."""
        if _is_empty(change.after):
            return told(self.gone.of(change))
        if not isinstance(change.after, str):
            return told(self.other)
        if _is_new(change):
            return told(self.now, after=writer.quoted(change.after))
        if is_cosmetic(change):
            return told(self.cosmetic or self.other)
        return told(self._by_distance(str(change.before), change.after) or self.other)

    def _by_distance(self, before: str, after: str) -> str:
        if not (self.slight or self.rewritten):
            return ""
        same = shared_words(before, after)
        if same >= _SLIGHT and is_slight(before, after):
            return self.slight
        return self.rewritten if same < _REWRITTEN else ""


def shared_words(before: str, after: str) -> float:
    """How many words of both texts are in the other one too, wherever, from 0 to 1.

    Of no matter how long a text: this takes as long as reading it.

    >>> shared_words("be very brief", "be brief")
    0.8
    """
    old, new = Counter(before.split()), Counter(after.split())
    size = old.total() + new.total()
    return 2 * (old & new).total() / size if size else 1.0


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

    def clauses(self, change: Change, _writer: Writer) -> tuple[Clause, ...]:
        """What came and what went; of a new list how many things it has."""
        before, after = change.before, change.after
        if _is_empty(after):
            return told(self.gone.of(change))
        if not isinstance(after, list | dict):
            return told(self.other)
        if _is_new(change):
            return told(self.now, count=self.count(len(after)))
        if is_cosmetic(change):
            return told(self.cosmetic or self.other)
        if isinstance(before, list) and isinstance(after, list):
            return tuple(self._moves(before, after)) or told(self.other)
        return told(self.other)

    def _moves(self, before: list[Json], after: list[Json]) -> Iterator[Clause]:
        old, new = (Counter(map(_key, side)) for side in (before, after))
        come, gone = (new - old).total(), (old - new).total()
        if come:
            yield from told(self.added, count=self.count(come))
        if gone:
            yield from told(self.removed, count=self.count(gone))
        if not come and not gone:
            yield from told(self.reordered)


def _key(item: Json) -> str:
    return json.dumps(item, sort_keys=True)


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

    def clauses(self, change: Change, writer: Writer) -> tuple[Clause, ...]:
        """Both hosts, or the new one; no value where it has no certain host."""
        if _is_empty(change.after):
            return told(self.gone.of(change))
        new = host(change.after)
        old = "" if _is_new(change) else host(change.before)
        if not new:
            return told(self.unnamed if _is_new(change) else self.other)
        after = writer.quoted(new)
        if old == new:
            return told(self.moved, after=after)
        return told(self.said, after=after, instead=writer.instead(old and writer.quoted(old)))


@dataclass(frozen=True, kw_only=True)
class Week:
    """Days with their open hours, told by the days."""

    opened: str
    closed: str
    moved: str
    now: str
    gone: Gone
    other: str

    def clauses(self, change: Change, writer: Writer) -> tuple[Clause, ...]:
        """The days that opened, closed and got other hours; of a new week the open ones."""
        after = _open_days(change.after)
        before = _open_days(change.before) if change.readable else {}
        if not after:
            closed = change.after is None or isinstance(change.after, dict)
            return told(self.gone.of(change) if closed else self.other)
        if not before:
            return told(self.now, days=writer.days([*after]))
        kinds = {
            self.opened: [day for day in after if day not in before],
            self.closed: [day for day in before if day not in after],
            self.moved: [day for day in after if day in before and after[day] != before[day]],
        }
        found = [Clause(form, {"days": writer.days(days)}) for form, days in kinds.items() if days]
        return tuple(found) or told(self.other)


def _open_days(week: Json) -> dict[str, Any]:
    """The days with slots, in the calendar's order; other keys are no days."""
    days = SLOTS.canonical(week)
    return {day: days[day] for day in WEEK if day in days} if isinstance(days, dict) else {}

"""The forms of a phrase, in any language: choosing the template for a change. Pure.

A template is part of a sentence whose subject is the agent, with ``{after}``, ``{count}`` or
``{days}`` for values, and ``{instead}`` for the value before. A form without a template for a
change gives no clause, and a general one is used. For a secret only ``other`` is used.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple, assert_never

from reconciler.jsonvalues import Json
from reconciler.model import Change
from reconciler.render.sentences.slight import is_slight
from reconciler.render.sentences.writing import Writer, host, without_unit
from reconciler.schema import phrases
from reconciler.schema.codecs import SLOTS, WEEK
from reconciler.schema.phrases import Phrase
from reconciler.text import align

_SLIGHT = 0.9
"""The share of equal words in a text that may be only slightly different."""
_REWRITTEN = 0.5
"""A text with a smaller share was rewritten."""


class Clause(NamedTuple):
    """A template, and the values that fill it."""

    template: str
    values: Mapping[str, str]


def told(template: str, **values: str) -> tuple[Clause, ...]:
    """One clause, or none without a template."""
    return (Clause(template, values),) if template else ()


def is_cosmetic(change: Change) -> bool:
    """Whether a change keeps every word and changes only characters that are not spoken."""
    if not change.prose:
        return False
    from reconciler.engine import impact  # noqa: PLC0415 - only where prose changed

    return impact.is_cosmetic(change)


def _is_empty(value: Json) -> bool:
    return value is None or value in ("", [], {})


def _is_new(change: Change) -> bool:
    """Whether there was nothing before, or it is unknown."""
    return not change.readable or _is_empty(change.before)


def gone(said: phrases.Gone, change: Change) -> str:
    """The template for a removed value; *no longer* only if there was one before."""
    return said.never if said.never and _is_new(change) else said.was


def clauses(phrase: Phrase, change: Change, writer: Writer) -> tuple[Clause, ...]:
    """The clauses for a change; empty if no template of this phrase fits."""
    match phrase:
        case phrases.Hidden():
            return _hidden(phrase, change, writer)
        case phrases.Flag():
            return _flag(phrase, change, writer)
        case phrases.Value():
            return _value(phrase, change, writer)
        case phrases.Choice():
            return _choice(phrase, change, writer)
        case phrases.Text():
            return _text(phrase, change, writer)
        case phrases.Items():
            return _items(phrase, change, writer)
        case phrases.Address():
            return _address(phrase, change, writer)
        case phrases.Week():
            return _week(phrase, change, writer)
    assert_never(phrase)


def _hidden(one: phrases.Hidden, _change: Change, _writer: Writer) -> tuple[Clause, ...]:
    """The same clause for any change."""
    return told(one.other)


def _flag(one: phrases.Flag, change: Change, _writer: Writer) -> tuple[Clause, ...]:
    """Whether it now does it; *no longer* only if it certainly did it before."""
    match change.after:
        case True:
            return told(one.does)
        case False:
            did = change.readable and change.before is True
            return told(one.not_done.was if did else one.not_done.never)
    return ()


def _value(one: phrases.Value, change: Change, writer: Writer) -> tuple[Clause, ...]:
    """Before and after, or only after; no value if both are written the same."""
    if _is_empty(change.after):
        return told(gone(one.gone, change))
    after = _written(one, change.after, change, writer)
    before = "" if _is_new(change) else _written(one, change.before, change, writer)
    if not after or after == before:
        return told(one.other)
    brief = without_unit(before, after)
    return told(one.said, after=after, instead=writer.instead(brief))


def _written(one: phrases.Value, value: Json, change: Change, writer: Writer) -> str:
    named = one.names.get(value) if isinstance(value, str) else None
    return named or writer.value(value, change.unit)


def _choice(one: phrases.Choice, change: Change, _writer: Writer) -> tuple[Clause, ...]:
    """The template of the new value."""
    if _is_empty(change.after):
        return told(gone(one.gone, change))
    chosen = one.options.get(change.after) if isinstance(change.after, str) else None
    return told(chosen or one.other)


def _text(one: phrases.Text, change: Change, writer: Writer) -> tuple[Clause, ...]:
    """The degree of difference of two texts, or their new start."""
    if _is_empty(change.after):
        return told(gone(one.gone, change))
    if not isinstance(change.after, str):
        return told(one.other)
    if _is_new(change):
        return told(one.now, after=writer.quoted(change.after))
    if is_cosmetic(change):
        return told(one.cosmetic or one.other)
    return told(_by_distance(one, str(change.before), change.after) or one.other)


def _by_distance(one: phrases.Text, before: str, after: str) -> str:
    if not (one.slight or one.rewritten):
        return ""
    same = shared_words(before, after)
    if same >= _SLIGHT and is_slight(before, after):
        return one.slight
    return one.rewritten if same < _REWRITTEN else ""


def shared_words(before: str, after: str) -> float:
    """The share of words of both texts that occur in the other one, anywhere, from 0 to 1.

    For texts of any length: it takes as long as reading them.

    >>> shared_words("be very brief", "be brief")
    0.8
    """
    old, new = (" ".join(lines).split() for lines in _apart(before.split("\n"), after.split("\n")))
    size = 2 * len(before.split()) + len(new) - len(old)
    words = Counter(old)
    words.subtract(new)
    return (size - sum(map(abs, words.values()))) / size if size else 1.0


def _apart(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """The lines of two texts, without those that are equal at both ends or at the same place."""
    head, tail = align.shared_ends(old, new)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    pairs = [pair for pair in zip_longest(old, new, fillvalue="") if pair[0] != pair[1]]
    return [one for one, _ in pairs], [other for _, other in pairs]


def _items(one: phrases.Items, change: Change, _writer: Writer) -> tuple[Clause, ...]:
    """The added and removed items; for a new list its size."""
    before, after = change.before, change.after
    if _is_empty(after):
        return told(gone(one.gone, change))
    if not isinstance(after, list | dict):
        return told(one.other)
    if _is_new(change):
        return told(one.now, count=one.count(len(after)))
    if is_cosmetic(change):
        return told(one.cosmetic or one.other)
    if isinstance(before, list) and isinstance(after, list):
        return tuple(_moves(one, before, after)) or told(one.other)
    return told(one.other)


def _moves(one: phrases.Items, before: list[Json], after: list[Json]) -> Iterator[Clause]:
    old, new = (Counter(map(_key, side)) for side in (before, after))
    come, gone = (new - old).total(), (old - new).total()
    if come:
        yield from told(one.added, count=one.count(come))
    if gone:
        yield from told(one.removed, count=one.count(gone))
    if not come and not gone:
        yield from told(one.reordered)


def _key(item: Json) -> str:
    return json.dumps(item, sort_keys=True)


def _address(one: phrases.Address, change: Change, writer: Writer) -> tuple[Clause, ...]:
    """Both hosts, or the new one; no value if it has no certain host."""
    if _is_empty(change.after):
        return told(gone(one.gone, change))
    new = host(change.after)
    old = "" if _is_new(change) else host(change.before)
    if not new:
        return told(one.unnamed if _is_new(change) else one.other)
    after = writer.quoted(new)
    if old == new:
        return told(one.moved, after=after)
    return told(one.said, after=after, instead=writer.instead(old and writer.quoted(old)))


def _week(one: phrases.Week, change: Change, writer: Writer) -> tuple[Clause, ...]:
    """The days that opened, closed or got other hours; for a new week the open ones."""
    after = _open_days(change.after)
    before = _open_days(change.before) if change.readable else {}
    if not after:
        closed = change.after is None or isinstance(change.after, dict)
        return told(gone(one.gone, change) if closed else one.other)
    if not before:
        return told(one.now, days=writer.days([*after]))
    kinds = {
        one.opened: [day for day in after if day not in before],
        one.closed: [day for day in before if day not in after],
        one.moved: [day for day in after if day in before and after[day] != before[day]],
    }
    found = [Clause(form, {"days": writer.days(days)}) for form, days in kinds.items() if days]
    return tuple(found) or told(one.other)


def _open_days(week: Json) -> dict[str, Any]:
    """The days with slots, in the calendar's order, without other keys."""
    days = SLOTS.canonical(week)
    return {day: days[day] for day in WEEK if day in days} if isinstance(days, dict) else {}

"""How a field's value is converted between request, response and comparison. Pure.

A :class:`Codec` has three directions, each the identity by default:

* ``read``: from the response's form to the request's form (``[[{...}]]`` to ``[{...}]``);
* ``canonical``: to the form in which two request values are compared and digested;
* ``write``: from a desired value, given the live one, to what is sent. The live one is None if
  there is none yet, and ``UNREAD`` if it cannot be read.
"""

import json
from collections.abc import Callable

from reconciler.jsonvalues import Json
from reconciler.late import dataclass

UNREAD: Json = object()
"""A live value that cannot be read."""

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _same(value: Json) -> Json:
    return value


def _desired(value: Json, _live: Json) -> Json:
    return value


@dataclass(frozen=True, kw_only=True)
class Codec:
    """The three directions of one field; see the module's docstring."""

    read: Callable[[Json], Json] = _same
    canonical: Callable[[Json], Json] = _same
    write: Callable[[Json, Json], Json] = _desired


def _minutes(clock: Json) -> Json:
    """Shorten ``09:00:00`` to ``09:00``: the API documents both."""
    return clock[:5] if isinstance(clock, str) and clock.count(":") == 2 else clock


def _flat(slots: Json) -> Json:
    """A day's slots on one level: responses nest them one list deeper than requests."""
    if not isinstance(slots, list):
        return [] if slots is None else slots
    inner = [slot for item in slots for slot in (item if isinstance(item, list) else [item])]
    return [
        {name: _minutes(value) for name, value in slot.items()} if isinstance(slot, dict) else slot
        for slot in inner
    ]


def _read_slots(week: Json) -> Json:
    """A week in request form: days in the calendar's order, one level of slots.

    >>> _read_slots({"Tuesday": [], "Monday": [[{"from": "09:00:00", "to": "12:00"}]]})
    {'Monday': [{'from': '09:00', 'to': '12:00'}], 'Tuesday': []}
    """
    if not isinstance(week, dict):
        return week
    known = [day for day in WEEK if day in week]
    unknown = sorted(day for day in week if day not in WEEK)
    return {day: _flat(week[day]) for day in (*known, *unknown)}


def _working_days(week: Json) -> Json:
    """Only the days with slots, each day's slots from early to late.

    A missing day and an empty day are equal. So are slots in another order: only together do they
    say when meetings can be booked, and a server that sorts them changes nothing. The request keeps
    the order of the file.
    """
    if not isinstance(week, dict):
        return week
    return {day: _by_clock(slots) for day, slots in _read_slots(week).items() if slots}


def _by_clock(slots: Json) -> Json:
    """Slots from early to late; anything that is not a list of slots is returned unchanged."""
    if not isinstance(slots, list) or not all(isinstance(slot, dict) for slot in slots):
        return slots
    return sorted(slots, key=lambda slot: (str(slot.get("from")), str(slot.get("to"))))


def _write_week(week: Json, live: Json) -> Json:
    """The desired days, and an explicit ``[]`` for other days that are, or may be, open live.

    A server that merges nested objects would keep a day that is left out.
    """
    if not isinstance(week, dict):
        return week
    perhaps_open = WEEK if live is UNREAD else _working_days(live) or {}
    closed: dict[str, Json] = {day: [] for day in perhaps_open if day not in week}
    return _read_slots({**closed, **week})


def _parsed(value: Json) -> Json:
    """The value of a JSON-encoded string: the API returns some lists as the string ``[]``."""
    if isinstance(value, str) and value[:1] in "[{" and value:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _hyphenated(value: Json) -> Json:
    return value.replace("_", "-") if isinstance(value, str) else value


def _sorted(value: Json) -> Json:
    return sorted(value) if isinstance(value, list) else value


PLAIN = Codec()
UNORDERED = Codec(canonical=_sorted)
"""Lists of texts in no order."""
SLOTS = Codec(read=_read_slots, canonical=_working_days, write=_write_week)
PARSED = Codec(read=_parsed)
"""Lists and maps that a response may have JSON-encoded in a string."""
HYPHENATED = Codec(canonical=_hyphenated)
"""Names documented in two spellings (``telephony-optimized``, ``telephony_optimized``)."""

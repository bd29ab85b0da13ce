"""The slots in which meetings can be booked, and their time zone.

What the API does with odd slots is not documented; its documents say that a meeting is shorter than
the difference between `from` and `to`, and list the time zones.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from reconciler.jsonvalues import Json
from reconciler.lint.frame import Finding, Place, Rule, RuleSet, Subject, declares, told_elsewhere
from reconciler.schema.kind import Role
from reconciler.text.wording import clock

_SLOTS = declares(Role.SLOTS)


class _Slot(NamedTuple):
    """A slot in minutes after midnight, and its place."""

    start: int
    end: int
    place: Place

    @property
    def said(self) -> str:
        return f"{clock(self.start)} to {clock(self.end)}"


def _minutes(clock: Json) -> int | None:
    """``hh:mm`` as minutes after midnight.

    None for an invalid time, which is reported elsewhere.
    """
    hours, colon, minutes = clock.partition(":") if isinstance(clock, str) else ("", "", "")
    usable = colon and hours.isdecimal() and minutes.isdecimal() and len(clock) <= 5
    return int(hours) * 60 + int(minutes) if usable else None


def _days(subject: Subject) -> Iterator[list[_Slot]]:
    """The slots of each day as written; invalid slots are reported elsewhere."""
    week = subject.of(Role.SLOTS)
    path = subject.kind.role(Role.SLOTS).split(".")
    for day, slots in week.items() if isinstance(week, dict) else ():
        found = []
        for index, slot in enumerate(slots if isinstance(slots, list) else ()):
            ends = (slot.get("from"), slot.get("to")) if isinstance(slot, dict) else (None, None)
            start, end = map(_minutes, ends)
            if start is not None and end is not None:
                place = (*path, day, index)
                found.append(_Slot(start, end, place))
        yield found


def _backwards(subject: Subject) -> Iterator[Finding]:
    for slots in _days(subject):
        for slot in slots:
            if slot.end <= slot.start:
                message = "a slot ends before it begins, or when it begins"
                yield Finding(path=slot.place, offset=None, message=message, found=slot.said)


def _disorder(subject: Subject) -> Iterator[Finding]:
    for slots in _days(subject):
        for before, slot in pairwise(slots):
            if slot.start < before.start:
                message = f"a slot follows a later one of its day ({before.said})"
                yield Finding(path=slot.place, offset=None, message=message, found=slot.said)


def _overlap(subject: Subject) -> Iterator[Finding]:
    for slots in _days(subject):
        ordered = sorted(slot for slot in slots if slot.start < slot.end)
        for before, slot in pairwise(ordered):
            if slot.start < before.end:
                message = f"a slot overlaps another one of its day ({before.said})"
                yield Finding(path=slot.place, offset=None, message=message, found=slot.said)


def _short(subject: Subject) -> Iterator[Finding]:
    duration = subject.of(Role.DURATION)
    if isinstance(duration, bool) or not isinstance(duration, int | float):
        return
    for slots in _days(subject):
        for slot in slots:
            if 0 < slot.end - slot.start <= duration:
                message = f"a meeting of {duration:g} minutes is not shorter than this slot"
                yield Finding(path=slot.place, offset=None, message=message, found=slot.said)


def _example(slots: str, duration: int = 30, timezone: str = "Asia/Riyadh") -> str:
    return f"""\
spec:
  <duration>: {duration}
  <time zone>: {timezone}
  <slots>:
    Sunday: [{slots}]
"""


_GOOD = _example('{ from: "09:00", to: "12:00" }, { from: "13:00", to: "17:00" }')

SET = RuleSet(
    name="calendar",
    description="the slots in which meetings can be booked, and their time zone",
    rules=(
        Rule(
            name="slot-backwards",
            level="error",
            description="A slot ends before it begins, or when it begins",
            why="Nothing can be booked in it, although the agent believes that the day is open",
            help="set `to` behind `from`; a slot over midnight is two slots",
            bad=_example('{ from: "17:00", to: "09:00" }'),
            good=_example('{ from: "09:00", to: "17:00" }'),
            check=_backwards,
            needs=_SLOTS,
        ),
        Rule(
            name="slot-overlap",
            description="Two slots of a day overlap, or are the same",
            why="Two callers can be offered one time",
            help="end one when the other begins, or join them",
            bad=_example('{ from: "09:00", to: "13:00" }, { from: "12:00", to: "17:00" }'),
            good=_example('{ from: "09:00", to: "13:00" }, { from: "13:00", to: "17:00" }'),
            check=_overlap,
            needs=_SLOTS,
        ),
        Rule(
            name="slot-order",
            description="The slots of a day are not in order",
            why="Callers may be offered the afternoon first, and a reader overlooks a gap",
            help="sort the slots of the day by `from`",
            bad=_example('{ from: "13:00", to: "17:00" }, { from: "09:00", to: "12:00" }'),
            good=_GOOD,
            check=_disorder,
            needs=_SLOTS,
        ),
        Rule(
            name="slot-shorter-than-meeting",
            description="A slot is not longer than the meetings that are booked in it",
            why="The API wants a meeting to be shorter than its slot, and may offer nothing there",
            help="make the slot longer, or the meetings shorter",
            bad=_example('{ from: "09:00", to: "09:45" }', duration=60),
            good=_example('{ from: "09:00", to: "10:30" }', duration=60),
            check=_short,
            needs=_SLOTS,
        ),
        Rule(
            name="unknown-timezone",
            level="error",
            description="The time zone is not in the API's list",
            why="The API refuses the agent, or books visits hours away from what callers heard",
            help="use the suggested name: one of the list, with the same clock",
            bad=_example('{ from: "09:00", to: "12:00" }', timezone="Asia/Kuwait"),
            good=_example('{ from: "09:00", to: "12:00" }', timezone="Asia/Riyadh"),
            check=told_elsewhere,
        ),
    ),
)

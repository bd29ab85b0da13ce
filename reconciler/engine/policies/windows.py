"""The policy on when an apply may write, in each agent's time zone. Pure.

Times are wall clock times of the week: in a night when the clocks change, a window is an hour
longer or shorter, as it is for people.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from reconciler.engine.policies.declared import DAY, DAYS, Moment, Policies, Sights, Window
from reconciler.model import Plan, Violation
from reconciler.text.wording import clock, count, named


def windows(plan: Plan, policies: Policies, seen: Sights) -> Iterator[Violation]:
    """Violated if agents are written outside their windows: one pending violation per time zone."""
    if not policies.windows:
        return
    zones: dict[str, list[str]] = defaultdict(list)
    for action in plan.writes:
        own = action.timezone if seen.clock(action.timezone) else ""
        zones[own or policies.timezone].append(action.key)
    hours = "; ".join(map(told, policies.windows))
    for zone, keys in zones.items():
        now = seen.clock(zone)
        if now is None or any(is_open(window, now) for window in policies.windows):
            continue
        waiting = f"{count(len(keys), 'agent')} wait{'s' * (len(keys) == 1)}"
        yield Violation(
            rule="windows",
            message=f"an apply to {plan.environment} may write {hours}, and it is {_at(now)} there "
            f"now: {waiting}: {named(keys)}",
            hint=f"from then on: {seen.way.applied()}",
            agents=tuple(keys),
            pending=True,
            until=f"{_at(opening(policies.windows, now))} in {zone}",
        )


def is_open(window: Window, now: Moment) -> bool:
    """Whether a window is open now."""
    today, yesterday = now.day in window.days, (now.day - 1) % 7 in window.days
    if window.end > window.start:
        return today and window.start <= now.minute < window.end
    return (today and now.minute >= window.start) or (yesterday and now.minute < window.end)


def opening(windows: Sequence[Window], now: Moment) -> Moment:
    """When the next window opens."""
    moments = [Moment(day, window.start) for window in windows for day in window.days]
    return min(moments, key=lambda one: _minutes(now, one))


def _minutes(now: Moment, then: Moment) -> int:
    """Minutes of the week between two moments."""
    return ((then.day - now.day) * DAY + then.minute - now.minute) % (7 * DAY)


def told(window: Window) -> str:
    """A window in words: ``Sunday to Thursday 20:00–06:00``."""
    hours = f" {clock(window.start)}–{clock(window.end)}"
    whole = (window.start, window.end) == (0, DAY)
    days = "every day" if len(window.days) == 7 else _days(window.days)
    return days + ("" if whole else hours)


def _days(days: Sequence[int]) -> str:
    """Days in words, from Sunday: three or more in a row as ``Sunday to Thursday``."""
    from_sunday = sorted(days, key=lambda day: (day + 1) % 7)
    names = [DAYS[day] for day in from_sunday]
    run = all((after - before) % 7 == 1 for before, after in pairwise(from_sunday))
    return f"{names[0]} to {names[-1]}" if run and len(names) > 2 else ", ".join(names)


def _at(moment: Moment) -> str:
    return f"{DAYS[moment.day]} {clock(moment.minute)}"

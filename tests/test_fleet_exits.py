"""What the pages of a fleet come to: exit codes, digests, limits; and the turns of a rate. Pure."""

import pytest

from reconciler.engine.fleet import Ended, exit_code, fleet_digest, over
from reconciler.transport.rate import Rate, Rates


def ended(*told):
    """Pages as ``code``, ``code!`` if something was written, or the status of one without any."""
    words = {"failed": ("failed", 1), "skipped": ("skipped", 0), "waiting": ("not started", 0)}
    pages = []
    for number, one in enumerate(told):
        status, code = words.get(one) or ("done", int(one.rstrip("!")))
        wrote = one.endswith("!")
        pages.append(Ended(name=str(number), status=status, exit_code=code, wrote=wrote))
    return pages


CODES = [
    ("plan", "0 0", 0),
    ("plan", "0 2", 0),
    ("plan --detailed-exitcode", "0 2", 2),
    ("plan", "0 5 1", 5),
    ("plan", "1 2", 1),
    ("plan", "0 5 failed", 1),
    ("plan", "0 skipped", 0),
    ("plan refused", "2 0", 5),
    ("plan refused", "2 failed", 1),
    ("drift", "0 0", 0),
    ("drift", "0 2", 2),
    ("drift", "2 failed", 1),
    ("validate", "0 failed", 1),
    ("apply", "0! 0", 0),
    ("apply", "0! 4", 3),
    ("apply", "0! waiting", 3),
    ("apply", "3! 0", 3),
    ("apply", "0 4 4", 4),
    ("apply", "4 5", 5),
    ("apply", "5", 5),
    ("apply", "1 4", 1),
    ("apply", "0 waiting", 1),
    ("plan", "0 7", 1),
    ("apply", "0! 130", 130),
    ("plan", "143 failed", 143),
]


@pytest.mark.parametrize(("command", "pages", "expected"), CODES)
def test_the_exit_code_is_never_0_if_something_was_not_looked_at(command, pages, expected):
    name, *said = command.split()
    found = exit_code(
        name,
        ended(*pages.split()),
        refused="refused" in said,
        detailed="--detailed-exitcode" in said,
    )
    assert found == expected


def test_a_fleets_digest_is_of_its_pages_in_any_order():
    pages = [("a", "live", "sha256:1"), ("b", "live", "sha256:2")]
    assert fleet_digest(pages) == fleet_digest(reversed(pages))
    swapped = [("a", "live", "sha256:2"), ("b", "live", "sha256:1")]
    assert len({fleet_digest(pages), fleet_digest(swapped), fleet_digest(pages[:1])}) == 3


LIMITS = [
    (None, 9, []),
    (3, 3, []),
    (3, 4, ["fleet.max_changes"]),
    ("10%", 5, []),
    ("10%", 6, ["fleet.max_changes"]),
]


@pytest.mark.parametrize(("limit", "writes", "expected"), LIMITS)
def test_the_limit_of_a_fleet_counts_agents_of_all_projects(limit, writes, expected):
    assert [one.rule for one in over(limit, writes, 50, 3)] == expected


def test_a_rate_spaces_the_turns_of_all_who_share_it_and_saves_none_up():
    now = [100.0]
    rate = Rate(0.5, clock=lambda: now[0])
    assert [rate.reserve() for _ in range(3)] == [0.0, 0.5, 1.0]
    now[0] += 10
    assert [rate.reserve() for _ in range(2)] == [0.0, 0.5]


def test_each_key_has_a_rate_of_its_own():
    rates = Rates(0.5)
    assert rates.of(("A", "url")) is rates.of(("A", "url"))
    assert rates.of(("A", "url")) is not rates.of(("B", "url"))

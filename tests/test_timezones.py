"""The name that is offered for a time zone which the API does not list."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.kinds.timezones import listed, nearest

MISSPELT = {"America/Santo_Doming": "America/Santo_Domingo"}
NO_CLOCK = {"Factory", "localtime"}
ALONE = {"Etc/GMT+12", "Etc/GMT-14", "Pacific/Kiritimati"}
"""Names whose clock no listed name has."""

NOONS = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(730)]


@pytest.fixture(scope="module")
def database():
    """The tz database of the pinned package, not the machine's, which may be older or newer."""
    zoneinfo.reset_tzpath([])
    yield zoneinfo
    zoneinfo.reset_tzpath()


def clock(database, name):
    zone = database.ZoneInfo(MISSPELT.get(name, name))
    return [moment.astimezone(zone).utcoffset() for moment in NOONS]


@pytest.mark.slow
def test_every_name_of_the_tz_database_has_one_with_the_same_clock(database):
    clocks = {name: clock(database, name) for name in listed()}
    names = database.available_timezones() - listed() - NO_CLOCK
    assert len(names) > 200
    wrong = [name for name in names - ALONE if clocks[nearest(name)] != clock(database, name)]
    assert wrong == []


@pytest.mark.slow
def test_the_clock_of_the_names_that_are_alone_is_no_listed_one(database):
    clocks = [clock(database, name) for name in listed()]
    assert [name for name in ALONE if clock(database, name) in clocks] == []


MEANT = [
    ("Asia/Kuwait", "Asia/Riyadh"),
    ("Asia/Aden", "Asia/Riyadh"),
    ("Asia/Bahrain", "Asia/Qatar"),
    ("Asia/Muscat", "Asia/Dubai"),
    ("Europe/Kyiv", "Europe/Kiev"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Africa/Addis_Ababa", "Africa/Nairobi"),
    ("America/Santo_Domingo", "America/Santo_Doming"),
    ("GMT", "Etc/GMT"),
    ("Egypt", "Africa/Cairo"),
    ("asia/riyadh", "Asia/Riyadh"),
    ("Asia/riyadh ", "Asia/Riyadh"),
    ("America/New York", "America/New_York"),
    ("Riyadh", "Asia/Riyadh"),
    ("kuwait", "Asia/Riyadh"),
    ("Jeddah", "Asia/Riyadh"),
    ("Abu Dhabi", "Asia/Dubai"),
    ("UTC+3", "Asia/Riyadh"),
    ("GMT+03:00", "Asia/Riyadh"),
    ("+4", "Asia/Dubai"),
    ("UTC-5", "America/Atikokan"),
    ("Etc/GMT-3", "Asia/Riyadh"),
    ("Asia/Riyad", "Asia/Riyadh"),
    ("Asia/Dubay", "Asia/Dubai"),
    ("zzz", ""),
    ("", ""),
]


@pytest.mark.parametrize(("name", "expected"), MEANT)
def test_the_nearest_by_meaning(name, expected):
    assert nearest(name) == expected


@pytest.mark.parametrize("name", sorted(listed())[::17])
def test_another_spelling_of_a_listed_name_is_that_name(name):
    assert nearest(name.upper().replace("_", " ")) == name

"""What differs between two agents, whose move it was, and what differs inside one value."""

import json
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import digest, wire
from reconciler.api.v1 import TABLE
from reconciler.engine import diff
from reconciler.model import Cause, Desired, LastAgent, LiveAgent, Secret

SALT = "00" * 16
NINE = {"from": "09:00", "to": "12:00"}
SLOTS = "googleCalendarSettings.freeSlots"
TOKEN = "googleCalendarSettings.accessToken"


def live(fields, **more):
    frame = {"id": "1", "name": "A", "generation": "G1", "secrets": {}, "rest": {}}
    return LiveAgent(**{**frame, "fields": fields, **more})


def desired(fields):
    return Desired(key="desk", file="agents/desk.yaml", fields=fields)


def last(fields):
    """A ledger that remembers these values as applied."""
    item = desired(fields)
    digests = {path: diff.fingerprint(item, TABLE[path], SALT) for path in fields}
    return LastAgent(id="1", digests=digests)


def changes(wanted, shown, known=None):
    """The changes as text: `silenceThreshold 800 -> 600 edit`; an unread side is `?`."""
    found = diff.differences(
        TABLE, desired(wanted), live(shown), None if known is None else last(known), SALT
    )
    return [printed(change) for change in found]


def printed(change):
    if change.sensitive:
        assert (change.before, change.after, change.readable) == (None, None, False)
        return f"{change.path} (sensitive) {change.cause}"
    before = json.dumps(change.before) if change.readable else "?"
    return f"{change.path} {before} -> {json.dumps(change.after)} {change.cause}"


CAUSES = [
    # last, desired, live, cause
    (None, "d", "l", Cause.UNKNOWN),
    (None, "d", "d", Cause.UNKNOWN),
    (None, "d", None, Cause.UNKNOWN),
    ("a", "b", "a", Cause.EDIT),
    ("a", "b", None, Cause.EDIT),
    ("a", "a", None, Cause.EDIT),
    ("a", "a", "b", Cause.DRIFT),
    ("a", "b", "c", Cause.CONFLICT),
    ("a", "b", "b", Cause.CONFLICT),
]


@pytest.mark.parametrize(("known", "wanted", "shown", "expected"), CAUSES)
def test_whose_move_it_was(known, wanted, shown, expected):
    assert diff.cause(known, wanted, shown) is expected


# What the file says, what was last applied, what is live; and the one change, if any.
# A `-` is absent: not in the ledger, or not shown by the API.
EVERY = """
600  600  600  =
600  600  800  drift
600  600  -    =
600  700  600  =
600  700  700  edit
600  700  800  conflict
600  700  -    edit
600  -    600  =
600  -    800  unknown
600  -    -    unknown
"""


@pytest.mark.parametrize("case", EVERY.strip().splitlines())
def test_every_combination_of_file_ledger_and_live(case):
    wanted, known, shown, cause = case.split()
    path = "silenceThreshold"
    memory = {path: int(known)} if known.isdigit() else {}
    readable = {path: int(shown)} if shown.isdigit() else {}
    before = shown if shown.isdigit() else "?"
    expected = [] if cause == "=" else [f"{path} {before} -> {wanted} {cause}"]
    assert changes({path: int(wanted)}, readable, memory) == expected


def test_the_combinations_are_complete():
    rows = [tuple(line.split()[1:3]) for line in EVERY.strip().splitlines()]
    values = [("600", "700", "-"), ("600", "700", "800", "-")]
    other = {("600", "700"): ("600", "800")}
    complete = {other.get(row, row) for row in product(*values)} | {("700", "700"), ("700", "800")}
    assert {row for row in rows} >= complete - {("-", "700")}
    assert len(rows) == len(set(rows))

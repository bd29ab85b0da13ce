"""Agents that were in sync: what a later run may take over from an earlier one, and what not."""

from dataclasses import field, replace

import pytest

from reconciler import late
from reconciler.engine.plan import plan
from reconciler.engine.unchanged import Unchanged
from reconciler.model import Applied, EnvironmentState, InSync, Stamp, deferred
from reconciler.model.deferred import Deferred
from reconciler.model.objects import Desired
from reconciler.schema import digest
from tests.build import AGENT_V1, desired, live

FIELDS = {"agentName": "Desk", "lang": "ar"}
FILE = replace(desired(FIELDS, "desk"), source="file")
THERE = replace(live(FIELDS, name="Desk"), source="answer")
ENTRY = Applied(
    kind=AGENT_V1,
    id=THERE.id,
    digests={path: digest.content(value) for path, value in FIELDS.items()},
    undeclared={"description": "-"},
)


class Lines(dict):
    """A memory that is a dictionary."""

    keep = dict.__setitem__


def page(entry=ENTRY, key="desk", salt="aa"):
    return EnvironmentState(salt=salt, agents={key: entry})


def planned(memory, file=FILE, there=THERE, state=None):
    state = state or page()
    unchanged = Unchanged(state, memory)
    made = plan([file], [there], state, environment="here", url="", unchanged=unchanged)
    return made.actions[0]


@pytest.fixture
def memory():
    found = Lines()
    assert isinstance(planned(found), InSync)
    assert len(found) == 1
    return found


def test_what_was_in_sync_is_taken_over_as_it_was(memory):
    """Even if the fields said something else: nobody looks at them."""
    other = replace(FILE, fields={"agentName": "Desk", "lang": "en"})
    assert planned(memory, other) == planned(Lines())
    assert planned(Lines(), other) != planned(Lines())


def test_the_time_of_an_apply_is_no_difference(memory):
    times = {
        "applied_at": "2026-01-01T00:00:00Z",
        "commit": "abc",
        "since": {"lang": Stamp(at="x")},
    }
    assert planned(memory, state=page(replace(ENTRY, **times))) == planned(Lines())
    assert len(memory) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"file": replace(FILE, source="another")},
        {"file": replace(FILE, source="")},
        {"there": replace(THERE, source="another")},
        {"there": replace(THERE, source="")},
        {"there": replace(THERE, type="flow")},
        {"state": page(salt="bb")},
        {"state": page(key="other")},
        {"state": page(replace(ENTRY, place="other"))},
        {"state": page(replace(ENTRY, digests={**ENTRY.digests, "lang": "sha256:0"}))},
        {"state": page(replace(ENTRY, undeclared={"description": "x"}))},
        {"state": page(replace(ENTRY, undeclared=None))},
        {"state": page(replace(ENTRY, stored={"lang": "sha256:1"}))},
        {"state": EnvironmentState(salt="aa")},
    ],
)
def test_whatever_else_has_changed_is_compared_again(memory, change):
    there = {"file": FILE, "there": THERE, "state": page(), **change}
    assert Unchanged(there["state"], memory).of(there["file"], there["there"]) is None


@pytest.mark.parametrize(
    ("file", "there"),
    [
        ({}, {"fields": {**FIELDS, "lang": "en"}}),
        ({}, {"fields": {**FIELDS, "description": "New"}}),
        ({"source": ""}, {}),
        ({}, {"source": ""}),
    ],
)
def test_only_what_is_in_sync_and_known_by_its_sources_is_kept(file, there):
    found = Lines()
    planned(found, replace(FILE, **file), replace(THERE, **there))
    assert not found


def test_a_line_has_digests_and_no_value():
    found = Lines()
    planned(
        found,
        replace(FILE, fields={"preamble": "Be kind."}),
        replace(THERE, fields={"preamble": "Be kind."}),
        page(replace(ENTRY, digests={"preamble": digest.content("Be kind.")})),
    )
    assert found
    assert b"kind" not in b"".join(found.values())


def test_a_deferred_record_is_made_once_and_equals_a_plain_one():
    asked = []

    def make():
        asked.append(1)
        return {"fields": FIELDS}

    known = {
        name: getattr(FILE, name) for name in ("key", "file", "id", "kind", "ignore", "layout")
    }
    made = deferred(Desired, make, **known)
    assert (made.key, asked) == ("desk", [])
    assert made == FILE
    assert made.fields is made.fields
    assert asked == [1]
    with pytest.raises(AttributeError, match="Desired has no nothing"):
        _ = made.nothing


def test_a_deferred_record_of_a_class_that_is_made_late_has_no_attributes_of_the_class():
    @late.dataclass(frozen=True, kw_only=True)
    class Note(Deferred):
        text: str = field(default_factory=str)

    assert deferred(Note, lambda: {"text": "made"}).text == "made"

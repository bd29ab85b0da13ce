"""PATCH: partial at the top level; below it, two behaviours that the page does not distinguish."""

import pytest

from .conftest import AGENTS

FIRST = "00000000-0000-4000-8000-000000000001"

BEFORE = {
    "params": {"caller": "guest", "deep": {"a": 1, "b": [1, 2]}},
    "pokeMessages": ["one", "two"],
    "googleCalendarSettings": {
        "calendarId": "c",
        "timezone": "UTC",
        "freeSlots": {"Monday": [{"from": "09:00", "to": "10:00"}]},
    },
    "tools": {"googleCalendar": True, "genderDetection": True, "smartCallEnd": True},
}

# (the body, the stored field, its value when merged, its value when replaced)
CASES = [
    pytest.param(
        {"params": {"deep": {"b": [3]}}},
        "params",
        {"caller": "guest", "deep": {"a": 1, "b": [3]}},
        {"deep": {"b": [3]}},
        id="objects below objects; arrays are always replaced",
    ),
    pytest.param({"params": {}}, "params", BEFORE["params"], {}, id="an empty object"),
    pytest.param(
        {"params": {"caller": None}},
        "params",
        {"caller": None, "deep": {"a": 1, "b": [1, 2]}},
        {"caller": None},
        id="null is a value below the top",
    ),
    pytest.param(
        {"params": {"caller": {"x": 1}, "deep": 2}},
        "params",
        {"caller": {"x": 1}, "deep": 2},
        {"caller": {"x": 1}, "deep": 2},
        id="an object in place of something else, and back",
    ),
    pytest.param({"pokeMessages": []}, "pokeMessages", [], [], id="an array at the top"),
    pytest.param(
        {"tools": {"smartCallEnd": False}},
        "tools",
        {"googleCalendar": True, "genderDetection": True, "smartCallEnd": False},
        {"smartCallEnd": False},
        id="flags that cannot be read back",
    ),
    pytest.param(
        {"googleCalendarSettings": {"freeSlots": {"Friday": []}}},
        "googleCalendarSettings",
        {
            "calendarId": "c",
            "eventTitle": "New meeting by {agentName}",
            "timezone": "UTC",
            "freeSlots": {"Monday": [{"from": "09:00", "to": "10:00"}], "Friday": []},
        },
        {"freeSlots": {"Friday": []}},
        id="calendar",
    ),
]


@pytest.mark.parametrize(("sent", "name", "merged", "replaced"), CASES)
def test_nested_objects_are_merged_or_replaced(talk, sent, name, merged, replaced):
    for mode, expected in (("merge", merged), ("replace", replaced)):
        api = talk(f"patch={mode}")
        api.create(**BEFORE)
        before = api.store.get(FIRST).fields
        api.patch(FIRST, **sent)
        assert api.store.get(FIRST).fields == {**before, name: expected}, mode


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_the_top_level_is_partial(talk, mode):
    api = talk(f"patch={mode}")
    before = api.create(**BEFORE)
    after = api.patch(FIRST, lang="en", outcome=None)
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"lang", "updatedAt"}
    assert api.read(FIRST) == after


def test_a_patch_never_fills_in_a_default(talk):
    api = talk("shape=G3&patch=replace")
    bare = api.store.add({"agentName": "A"})
    api.patch(bare.id, alignment={"preamble": "rtl"}, googleCalendarSettings={"timezone": "UTC"})
    assert api.store.get(bare.id).fields == {
        "agentName": "A",
        "alignment": {"preamble": "rtl"},
        "googleCalendarSettings": {"timezone": "UTC"},
    }
    assert api.read(bare.id)["alignment"] == {"preamble": "rtl"}


def test_every_patch_changes_updated_at_even_one_that_changes_nothing(talk):
    api = talk()
    before = api.create()
    after = api.patch(FIRST)
    assert after == {**before, "updatedAt": "2025-05-12T09:01:00.000Z"}


def test_calendar_tools_are_null_until_there_are_calendar_settings(talk):
    api = talk()
    assert api.create(tools={"googleCalendar": True})["tools"] is None
    assert api.patch(FIRST, googleCalendarSettings={})["tools"]["calendarId"] is None


def test_an_unknown_agent_is_404_in_the_published_form(talk):
    api = talk()
    for method in ("GET", "PATCH"):
        reply = api.ask(method, f"{AGENTS}/nobody", json={})
        assert (reply.status_code, reply.json()) == (
            404,
            {"code": 404, "message": "Voice agent not found"},
        )

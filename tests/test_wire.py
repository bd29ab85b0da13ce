"""Between payloads and fields, fields and request bodies."""

import copy
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import jsonvalues
from reconciler.engine import decoding
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.schema import wire

KEY = Secret("KEY", "s3cret")
NINE = {"from": "09:00", "to": "12:00"}
CALENDAR = "googleCalendarSettings"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)
KNOWN = sorted(
    {name for f in AGENT_V1 for path in (f.path, *f.fact.shown) for name in path.split(".")}
    | {"id", "freeSlots", "Monday"}
)
PAYLOADS = st.recursive(
    JSON,
    lambda inner: st.dictionaries(st.sampled_from(KNOWN), inner, max_size=6),
    max_leaves=30,
).filter(lambda value: isinstance(value, dict))


def test_a_spec_is_flattened_in_the_table_s_order_lists_and_maps_whole():
    spec = {
        "params": {"a": {"b": 1}},
        "tools": {"smartCallEnd": True, "googleCalendar": False},
        "agentName": "A",
        "outcome": None,
        "webhookAuth": {"authSecret": KEY},
        "alignment": {},
        "unknown": 1,
    }
    assert list(wire.flatten(AGENT_V1, spec).items()) == [
        ("agentName", "A"),
        ("params", {"a": {"b": 1}}),
        ("outcome", None),
        ("tools.googleCalendar", False),
        ("tools.smartCallEnd", True),
        ("webhookAuth.authSecret", KEY),
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [("a", {"b": None}), ("a.b", None), ("a.c", jsonvalues.MISSING), ("a.b.c", jsonvalues.MISSING)],
)
def test_null_is_a_value_and_an_absent_path_is_none(path, found):
    assert jsonvalues.lookup({"a": {"b": None}}, path) == found


GENERATIONS = [
    ({}, "G1"),
    ({"tools": None}, "G1"),
    ({"tools": {"calendarId": "c"}}, "G1"),
    ({"webhookUrl": None}, "G2"),
    ({"webhookAuth": {}}, "G2"),
    ({"outcomeResponseShape": None}, "G2"),
    ({"webhookUrl": "u", "llmConfig": {}}, "G3"),
    ({"responseDelay": 400}, "G3"),
    ({"tools": {"genderDetection": False}}, "G3"),
    ({"tools": {"genderDetection": False, "googleCalendar": False}}, "G1"),
    ({"tools": {"genderDetection": False, "calendarId": "c"}}, "G1"),
    ({"tools": {"genderDetection": False, "googleCalendar": False}, "webhookUrl": None}, "G2"),
    ({"tools": {"genderDetection": False, "googleCalendar": False}, "llmConfig": {}}, "G3"),
]


@pytest.mark.parametrize(("payload", "generation"), GENERATIONS, ids=str)
def test_a_payload_is_of_the_newest_generation_of_which_it_shows_a_mark(payload, generation):
    assert wire.generation(AGENT_V1, payload) == generation


SHOWN = [
    # payload, leaves
    ({}, {}),
    ({"agentName": "A", "name": "B"}, {"agentName": "A"}),
    ({"name": "B"}, {"agentName": "B"}),
    ({"agentName": None, "name": "B"}, {"agentName": "B"}),
    ({"agentName": None}, {"agentName": None}),
    ({"voiceRecordId": "r"}, {"voiceId": "r"}),
    ({"voiceId": "v", "voiceRecordId": "r"}, {"voiceId": "v"}),
    ({"voiceId": None, "voiceRecordId": "r"}, {"voiceId": "r"}),
    ({"voiceRecordId": None, "voiceRecord": {"id": "x"}}, {"voiceId": "x"}),
    ({"voiceId": None, "voiceRecordId": None, "voiceRecord": None}, {"voiceId": None}),
    ({"pokeMessages": '["a"]', "params": "{}"}, {"pokeMessages": ["a"], "params": {}}),
    ({"tools": {"timezone": "UTC"}}, {f"{CALENDAR}.timezone": "UTC"}),
    (
        {"tools": {"freeSlots": {"Monday": [[NINE]]}}},
        {f"{CALENDAR}.freeSlots": {"Monday": [NINE]}},
    ),
    (
        {"tools": {"genderDetection": True, "googleCalendar": True}},
        {"tools.genderDetection": True, "tools.googleCalendar": True},
    ),
    ({"tools": {"smartCallEnd": None}}, {"tools.smartCallEnd": None}),
    ({CALENDAR: {"timezone": "UTC"}}, {f"{CALENDAR}.timezone": "UTC"}),
    (
        {"tools": {"timezone": "UTC"}, CALENDAR: {"timezone": "Asia/Riyadh"}},
        {f"{CALENDAR}.timezone": "UTC"},
    ),
    (
        {CALENDAR: {"freeSlots": {"Monday": [NINE]}, "accessToken": "a-token"}},
        {f"{CALENDAR}.freeSlots": {"Monday": [NINE]}},
    ),
    (
        {"tools": None},
        {
            f"{CALENDAR}.{name}": None
            for name in ("calendarId", "calendarName", "eventTitle", "meetingDuration")
        }
        | {f"{CALENDAR}.timezone": None, f"{CALENDAR}.freeSlots": None},
    ),
    ({"webhookAuth": None}, {"webhookAuth.authKey": None}),
    ({"webhookAuth": {}}, {}),
    ({"alignment": None}, {"alignment.greetingMessage": None, "alignment.preamble": None}),
    ({"llmConfig": {"temperature": 1}}, {"llmConfig.temperature": 1}),
]


@pytest.mark.parametrize(("payload", "fields"), SHOWN, ids=[str(row[0]) for row in SHOWN])
def test_a_payload_is_read_into_the_leaves_that_it_shows(payload, fields):
    assert decoding.decode(AGENT_V1, payload).fields == fields


def test_of_sensitive_leaves_only_their_presence_is_kept():
    payload = {
        "tools": {"accessToken": "a-token", "refreshToken": ""},
        "webhookAuth": {"authSecret": None},
        "webToolsOverrides": {"tool": {"authToken": "b-token"}},
        "llmConfig": {},
    }
    live = decoding.decode(AGENT_V1, payload)
    assert live.secrets == {
        f"{CALENDAR}.accessToken": True,
        f"{CALENDAR}.refreshToken": False,
        "webhookAuth.authSecret": False,
        "webToolsOverrides": True,
    }
    assert live.fields == {}
    assert "-token" not in repr(live)


def test_the_texts_of_sensitive_leaves_can_be_struck_out_of_messages():
    payload = {
        "agentName": "A",
        "tools": {"accessToken": "a-token", "calendarId": "c"},
        "webhookAuth": {"authSecret": None},
        "webToolsOverrides": '{"tool": {"authToken": "b-token", "list": ["c-token", 7]}}',
    }
    assert [*wire.secret_values(AGENT_V1, payload)] == ["a-token", "b-token", "c-token"]


def test_the_frame_of_an_agent_is_read_next_to_its_fields():
    payload = {"id": "1", "agentName": "A", "type": "Flow Agent", "updatedAt": "2025-05-12"}
    live = decoding.decode(AGENT_V1, payload)
    assert (live.id, live.name, live.type, live.updated_at) == (
        "1",
        "A",
        "Flow Agent",
        "2025-05-12",
    )
    bare = decoding.decode(AGENT_V1, {})
    assert (bare.id, bare.name, bare.type, bare.updated_at) == ("", "", "", "")


STRANGE = [
    # payload, what of it no row describes
    ({"tools": None, "voiceRecord": {"x": 1}, "params": {"x": 1}}, []),
    ({"tools": {"id": "1", "voiceAgentToolsId": "2", "calendarId": "c"}}, []),
    ({"tools": {"calendarId": "c", "colour": "red"}}, ["tools.colour"]),
    ({"tools": {"googleCalendar": True, "smartCallEnd": True}}, []),
    ({CALENDAR: {"timezone": "UTC", "colour": 1}}, [f"{CALENDAR}.colour"]),
    (
        {"llmConfig": {"topP": 1}, "webhookAuth": {"z": 1, "a": 1}, "new": {"x": 1}},
        ["llmConfig.topP", "new", "webhookAuth.a", "webhookAuth.z"],
    ),
    ({"llmConfig": [1], "alignment": "ltr"}, []),
]


@pytest.mark.parametrize(("payload", "paths"), STRANGE, ids=[str(row[0]) for row in STRANGE])
def test_what_no_row_describes_is_seen_also_inside_objects(payload, paths):
    assert [*decoding.decode(AGENT_V1, payload).rest] == paths


@pytest.mark.parametrize(
    ("top", "paths"),
    [
        ("tools", ["tools.colour"]),
        (CALENDAR, ["tools.colour"]),
        ("llmConfig", []),
        ("webhookAuth", ["webhookAuth.a.b", "webhookAuth.token"]),
        ("alignment", []),
        ("lang", []),
    ],
)
def test_undescribed_live_keys_of_an_object_are_named(top, paths):
    payload = {"tools": {"colour": 1}, "llmConfig": {"topP": 1}, "new": {"x": 1}, "lang": "ar"}
    payload |= {"webhookAuth": {"token": "t-123456", "a.b": 1}}
    assert decoding.unknown_in(top, decoding.decode(AGENT_V1, payload)) == paths


def test_keys_that_no_row_describes_are_kept_as_digests_but_not_those_that_change_by_themselves():
    moving = {"updatedAt": "a", "createdAt": "b", "voiceRecord": {"id": "v"}, "apiKeyId": "k"}
    payload = {"id": "1", "projectId": "p", "collectionId": None, "params": {}, **moving}
    rest = decoding.decode(AGENT_V1, payload).rest
    assert sorted(rest) == ["collectionId", "id", "projectId"]
    assert rest != decoding.decode(AGENT_V1, {**payload, "projectId": "q"}).rest
    assert rest == decoding.decode(AGENT_V1, {**payload, "updatedAt": "c", "apiKeyId": "l"}).rest


@given(PAYLOADS)
def test_no_payload_however_odd_makes_reading_fail(payload):
    live = decoding.decode(AGENT_V1, payload)
    assert live.fields.keys().isdisjoint(live.secrets)
    assert all(isinstance(text, str) for text in wire.secret_values(AGENT_V1, payload))
    for path, value in live.fields.items():
        assert wire.same(AGENT_V1[path], value, value)


BODIES = [
    # tops, desired, live, body, replaced
    pytest.param(
        ["lang"],
        {"lang": "ar", "interrupt": True},
        {"lang": "en", "interrupt": False},
        {"lang": "ar"},
        {"lang": "en"},
        id="only the named top-level keys",
    ),
    pytest.param(
        ["params"],
        {"params": {"a": 1}},
        {"params": {"a": 0, "b": 2}},
        {"params": {"a": 1}},
        {"params": {"a": 0, "b": 2}},
        id="a free-form map whole, without the keys that the file lacks",
    ),
    pytest.param(
        ["alignment"],
        {"alignment.preamble": "rtl"},
        {"alignment.preamble": "ltr", "alignment.greetingMessage": "ltr"},
        {"alignment": {"greetingMessage": "ltr", "preamble": "rtl"}},
        {"alignment.greetingMessage": "ltr", "alignment.preamble": "ltr"},
        id="a nested object whole: live overlaid with desired",
    ),
    pytest.param(
        ["alignment"],
        {"alignment.preamble": "rtl"},
        {"alignment.preamble": None, "alignment.greetingMessage": None},
        {"alignment": {"preamble": "rtl"}},
        {"alignment.greetingMessage": None, "alignment.preamble": None},
        id="a live null is left out where null may not be sent",
    ),
    pytest.param(
        ["webhookAuth"],
        {"webhookAuth.authSecret": KEY},
        {"webhookAuth.authKey": None},
        {"webhookAuth": {"authKey": None, "authSecret": KEY}},
        {"webhookAuth.authKey": None},
        id="a live null is sent where null is a value",
    ),
    pytest.param(
        ["outcome"],
        {"outcome": None},
        {"outcome": "Summarise"},
        {"outcome": None},
        {"outcome": "Summarise"},
        id="null clears",
    ),
    pytest.param(
        ["webhookAuth"],
        {"webhookAuth.authKey": None, "webhookAuth.authSecret": None},
        {"webhookAuth.authKey": "Token"},
        {"webhookAuth": {"authKey": None, "authSecret": None}},
        {"webhookAuth.authKey": "Token"},
        id="null overlays a live value",
    ),
    pytest.param(
        [CALENDAR],
        {f"{CALENDAR}.freeSlots": {"Monday": [NINE]}},
        {f"{CALENDAR}.freeSlots": {"Friday": [NINE]}, f"{CALENDAR}.timezone": "UTC"},
        {CALENDAR: {"timezone": "UTC", "freeSlots": {"Monday": [NINE], "Friday": []}}},
        {f"{CALENDAR}.timezone": "UTC", f"{CALENDAR}.freeSlots": {"Friday": [NINE]}},
        id="live days that the file lacks are closed",
    ),
    pytest.param(
        ["tools"],
        {"tools.googleCalendar": True, "tools.smartCallEnd": False},
        {},
        {"tools": {"googleCalendar": True, "smartCallEnd": False}},
        {},
        id="write-only leaves as declared",
    ),
    pytest.param(
        ["agentName", "tools"],
        {"agentName": "A", "tools.smartCallEnd": True},
        None,
        {"agentName": "A", "tools": {"smartCallEnd": True}},
        {},
        id="an agent that does not exist",
    ),
    pytest.param(
        ["outcome", "webhookAuth"],
        {"webhookAuth.authKey": "Token"},
        None,
        {"webhookAuth": {"authKey": "Token"}},
        {},
        id="nothing is cleared of an agent that does not exist",
    ),
    pytest.param(
        ["alignment"],
        {},
        {"alignment.preamble": None},
        {},
        {"alignment.preamble": None},
        id="an object without a value is not sent at all",
    ),
    pytest.param([], {"lang": "ar"}, {"lang": "en"}, {}, {}, id="nothing asked"),
]


@pytest.mark.parametrize(("tops", "desired", "live", "sent", "replaced"), BODIES)
def test_a_request_body_and_what_it_replaces(tops, desired, live, sent, replaced):
    assert wire.body(AGENT_V1, tops, desired, live) == (sent, replaced)


EQUAL = [
    (1, 1.0, True),
    (0, -0.0, True),
    (1, True, False),
    (0, False, False),
    (True, True, True),
    ("1", 1, False),
    (None, False, False),
    (None, "", False),
    ([], {}, False),
    ([1, [2.0]], [1.0, [2]], True),
    ([1, 2], [2, 1], False),
    ([1], [1, 1], False),
    ([True], [1], False),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, True),
    ({"a": True}, {"a": 1}, False),
    ({"a": None}, {}, False),
    (Secret("A", "x"), Secret("A", "x"), True),
    (Secret("A", "x"), "x", False),
    (math.nan, math.nan, False),
]


@pytest.mark.parametrize(("a", "b", "equal"), EQUAL, ids=[f"{a} {b}" for a, b, _ in EQUAL])
def test_numbers_are_equal_by_value_and_true_is_not_one(a, b, equal):
    assert (jsonvalues.equal(a, b), jsonvalues.equal(b, a)) == (equal, equal)


@given(JSON)
def test_every_value_equals_itself(value):
    assert jsonvalues.equal(value, value)


SAME = [
    ("noiseCancellation", "telephony-optimized", "telephony_optimized", True),
    ("cancelNoisePer", "per-call", "per_call", False),
    ("maxCallDuration", 300, 300.0, True),
    (f"{CALENDAR}.freeSlots", {"Monday": [NINE]}, {"Monday": [NINE], "Friday": []}, True),
    (f"{CALENDAR}.freeSlots", {}, {"Friday": []}, True),
    (f"{CALENDAR}.freeSlots", {}, None, False),
    ("params", {"a": 1}, {"a": 1.0}, True),
    ("params", {"a": "[]"}, {"a": []}, False),
    ("pokeMessages", [], None, False),
    ("greetingMessage", "a ", "a", False),
]


@pytest.mark.parametrize(("path", "desired", "live", "same"), SAME)
def test_two_values_of_a_field_mean_the_same(path, desired, live, same):
    assert wire.same(AGENT_V1[path], desired, live) is same
    assert wire.same(AGENT_V1[path], live, desired) is same


def test_secrets_are_revealed_at_any_depth_and_nothing_else_changes():
    body = {"a": {"b": [KEY, {"c": KEY}]}, "d": "KEY", "e": [1, None, True]}
    assert wire.reveal(body) == {
        "a": {"b": ["s3cret", {"c": "s3cret"}]},
        "d": "KEY",
        "e": [1, None, True],
    }
    assert body["a"]["b"][0] is KEY
    assert [*wire.secrets_in(body)] == ["s3cret", "s3cret"]
    assert [*wire.secrets_in(Secret("UNSET"))] == [""]


@given(JSON)
def test_values_without_secrets_are_revealed_as_they_are(value):
    assert wire.reveal(value) == value
    assert [*wire.secrets_in(value)] == []


ENTRY = {"persistentId": "p", "toolId": "t", "version": 1, "toolType": "MCP", "nodeId": None}
NESTED = {
    # a top-level key of v2, and the place of an unknown key in a live agent
    "conversation": ({"greetingMessage": "Hi"}, ("conversation",)),
    "alignment": ({"alignment": {"preamble": "ltr"}}, ("conversation", "alignment")),
    "voice": ({"lang": "ar"}, ("voice",)),
    "llm": ({"provider": "OpenAI", "model": "m", "temperature": 0}, ("llm",)),
    "callSettings": ({"interrupt": True}, ("callSettings",)),
    "phoneNumber": ({"type": "SIP", "id": "n"}, ("phoneNumber",)),
    "webhookAuth": ({"authKey": "Bearer"}, ("webhookAuth",)),
    "tools": ([{**ENTRY, "overrides": {}}], ("tools", 0)),
}
UNKNOWN = {
    # its name and value, and whether a request carries it
    "plain": ("mirror", 1, True),
    "an object": ("mirror", {"a": {"b": [1, None]}}, True),
    "null": ("mirror", None, True),
    "Arabic": ("مرآة", "x", True),
    "a dot": ("a.b", 1, False),
    "brackets": ("a[0]", 1, False),
    "a secret by its name": ("accessToken", "x", False),
    "a secret in it": ("mirror", {"password": "x"}, False),
    "a secret in an address": ("mirror", "https://x.example/?token=abc", False),
}


@pytest.mark.parametrize("one", UNKNOWN)
@pytest.mark.parametrize("where", NESTED)
def test_unknown_keys_of_a_nested_object_are_sent_back_or_block(where, one):
    """No write leaves it out: what cannot be sent back keeps the agent from being written."""
    value, place = NESTED[where]
    name, found, is_carried = UNKNOWN[one]
    payload = {"id": "a", "name": "Desk", place[0]: copy.deepcopy(value)}
    inside = payload
    for step in place:
        inside = inside[step]
    inside[name] = found
    live = decoding.decode(AGENT_V2, payload)
    blocking = decoding.unknown_in(place[0], live, live.fields)
    assert bool(blocking) is not is_carried, (blocking, live.extra)
    if is_carried:
        sent, _ = wire.body(AGENT_V2, [place[0]], live.fields, live.carried)
        for step in place:
            sent = sent[step]
        assert sent[name] == found

"""Validation of requests: for each rule, what it allows and what it refuses."""

import json
from itertools import product

import pytest

from reconciler.sandbox.v1.validation import VOICES, time_zones

from .conftest import AGENTS

FIRST = "00000000-0000-4000-8000-000000000001"
SLOTS = "googleCalendarSettings.freeSlots"


def nested(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def status(api, method, body):
    path = AGENTS if method == "POST" else f"{AGENTS}/{FIRST}"
    return api.ask(method, path, json=body)


GOOD = [
    ("G1", "agentName", ["", "مكتب"]),
    ("G1", "greetingMessage", ["{{name}}"]),
    ("G1", "preamble", [""]),
    ("G1", "lang", ["ar", "en"]),
    ("G1", "pokeMessages", [[], ["a", ""]]),
    ("G1", "realTime", [True, False]),
    ("G1", "silenceThreshold", [1, 10**9]),
    ("G1", "outcome", ["x", None]),
    ("G1", "voiceId", VOICES),
    ("G1", "tools", [{}]),
    ("G1", "params", [{}, {"any key": [None, 1.5, {"x": True}]}]),
    ("G1", "googleCalendarSettings", [{}]),
    ("G1", "googleCalendarSettings.meetingDuration", [30, 30.5]),
    ("G1", "googleCalendarSettings.timezone", ["Asia/Riyadh", "America/Santo_Doming", "UTC"]),
    ("G1", f"{SLOTS}.Sunday", [[], [{"from": "00:00", "to": "23:59"}]]),
    ("G3", "voiceId", ["anything", None]),
    ("G3", "greetingMessageType", ["STATIC", "PROMPT", None]),
    ("G3", "webhookUrl", ["https://example.com/x", None]),
    ("G3", "webhookAuth.authKey", ["bearer", None]),
    ("G3", "webhookAuth.authSecret", ["x", None]),
    ("G3", "alignment.preamble", ["ltr", "rtl"]),
    ("G3", "userInactivityTimeout", [5, 60, 5.5]),
    ("G3", "maxCallDuration", [30, 3600]),
    ("G3", "responseDelay", [100, 1500]),
    ("G3", "minInterruptionDuration", [0.2, 1.5, 1]),
    ("G3", "vadActivationThreshold", [0.2, 0.9]),
    ("G3", "waitForUserToSpeakFirst", [0, 1, 2]),
    ("G3", "llmConfig.temperature", [0, 1, 0.2]),
    ("G3", "llmConfig.provider", ["OpenAI", "Gemini", "Groq", "deepmyst", "Custom"]),
    ("G3", "webToolsOverrides", [{"x": {"y": 1}}]),
    ("G3", "outcomeResponseShape", [{"type": "object"}]),
    ("G3", "googleCalendarSettings", [{}]),
    ("G3", "tools.googleCalendar", [True]),
]

BAD = [
    ("G1", "agentName", [None, 1, True, [], {}]),
    ("G1", "greetingMessage", [None, 1]),
    ("G1", "preamble", [None, {"$file": "x.md"}]),
    ("G1", "lang", [None, "AR", "fr", ""]),
    ("G1", "pokeMessages", [None, "a", {}, [1], [None]]),
    ("G1", "realTime", [None, "true", 0, 1]),
    ("G1", "silenceThreshold", [None, "800", 1.0, 0.8, True]),
    ("G1", "interrupt", ["false", 0]),
    ("G1", "outcome", [1, {}]),
    ("G1", "voiceId", [None, "", "a-provider-voice", VOICES[0].upper()]),
    ("G1", "tools", [None, [], True]),
    ("G1", "tools.googleCalendar", [None, 1, "yes"]),
    ("G1", "params", [None, [], "x"]),
    ("G1", "googleCalendarSettings", [None, []]),
    ("G1", "googleCalendarSettings.meetingDuration", [None, "30", True]),
    ("G1", "googleCalendarSettings.timezone", ["Asia/Kuwait", "America/Santo_Domingo", "GMT", ""]),
    ("G1", SLOTS, [None, []]),
    ("G1", f"{SLOTS}.Sunday", [None, {}, [[{"from": "09:00", "to": "10:00"}]]]),
    ("G1", f"{SLOTS}.Sunday", [[{}], [{"from": "09:00"}], [{"to": "09:00"}]]),
    ("G3", "voiceId", [1]),
    ("G3", "greetingMessageType", ["TEXT", "static", ""]),
    ("G3", "description", [None]),
    ("G3", "webhookUrl", ["", "example.com", "ftp://example.com", "https://", "http://[x"]),
    ("G3", "webhookAuth", [None]),
    ("G3", "alignment.preamble", ["left", None]),
    ("G3", "userInactivityTimeout", [4.9, 61, "15", None]),
    ("G3", "maxCallDuration", [29, 3601]),
    ("G3", "responseDelay", [99, 1501]),
    ("G3", "minInterruptionDuration", [0.1, 1.6]),
    ("G3", "vadActivationThreshold", [0.1, 1]),
    ("G3", "waitForUserToSpeakFirst", [-1, 3, 0.5, True]),
    ("G3", "backgroundNoise", [None, 1]),
    ("G3", "llmConfig.temperature", [-0.1, 1.1, "0.2"]),
    ("G3", "llmConfig.provider", ["openai"]),
    ("G3", "webToolsIds", [[1], None]),
    ("G3", "webToolsOverrides", [[], None]),
]

UNKNOWN = [
    ("G1", "voiceRecordId"),
    ("G1", "voiceRecord"),
    ("G1", "description"),
    ("G1", "webhookUrl"),
    ("G1", "llmConfig"),
    ("G1", "updatedAt"),
    ("G1", "tools.calendarId"),
    ("G1", "googleCalendarSettings.voiceAgentToolsId"),
    ("G1", f"{SLOTS}.sunday"),
    ("G3", "voiceRecordId"),
    ("G3", "collectionId"),
    ("G3", "alignment.outcome"),
    ("G3", "llmConfig.model"),
    ("G3", "webhookAuth.header"),
]


METHODS = ("POST", "PATCH")


@pytest.mark.parametrize(("shape", "path", "values"), GOOD)
def test_a_published_value_is_let_in(talk, shape, path, values):
    api = talk(f"shape={shape}")
    api.create()
    for method, value in product(METHODS, values):
        body = {"agentName": "A", **nested(path, value)}
        assert status(api, method, body).status_code == 200, (method, value)


@pytest.mark.parametrize(("shape", "path", "values"), BAD)
def test_another_value_is_refused_by_the_name_of_its_field(talk, shape, path, values):
    api = talk(f"shape={shape}")
    before = api.create()
    for method, value in product(METHODS, values):
        reply = status(api, method, {"agentName": "A", **nested(path, value)})
        assert reply.status_code == 400, (method, value)
        assert reply.json()["code"] == 400
        assert reply.json()["message"].startswith(path)
        assert api.read(FIRST) == before
        assert len(api.store) == 1


@pytest.mark.parametrize(("shape", "path"), UNKNOWN)
def test_an_unknown_key_is_refused_at_every_level(talk, shape, path):
    api = talk(f"shape={shape}")
    api.create()
    reply = status(api, "PATCH", nested(path, "x"))
    assert (reply.status_code, reply.json()["message"]) == (
        400,
        f"{path}: Extra inputs are not permitted",
    )


@pytest.mark.parametrize(
    "time",
    [
        "9:00",
        "24:00",
        "12:60",
        "12:00 ",
        "12:00\n",
        "\u0660\u0669:\u0660\u0660",
        "",
        "noon",
        "12",
        "12:00Z",
    ],
)
def test_a_time_is_hours_and_minutes_of_24(talk, time):
    slots = nested(f"{SLOTS}.Monday", [{"from": time, "to": "13:00"}])
    reply = status(talk(), "POST", {"agentName": "A", **slots})
    assert reply.status_code == 400
    assert reply.json()["message"].startswith(f"{SLOTS}.Monday.0.from: ")


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_create_and_update_differ_in_what_they_demand(talk, shape):
    api = talk(f"shape={shape}")
    assert status(api, "POST", {}).json()["message"] == "agentName: Field required"
    assert status(api, "POST", {"agentName": "A", "silenceThreshold": 0}).status_code == 400
    api.create()
    assert status(api, "PATCH", {}).status_code == 200
    assert status(api, "PATCH", {"silenceThreshold": 0}).status_code == 200


def test_the_type_of_an_agent_is_chosen_once(talk):
    api = talk("shape=G3")
    assert api.create(type="Flow Agent")["type"] == "Flow Agent"
    assert status(api, "POST", {"agentName": "A", "type": "flow"}).status_code == 400
    assert status(api, "PATCH", {"type": "Flow Agent"}).status_code == 400


def test_all_mistakes_are_named_at_once(talk):
    message = status(talk(), "POST", {"lang": "fr", "tools": {"x": 1}}).json()["message"]
    assert [part.split(":")[0] for part in message.split("; ")] == ["agentName", "lang", "tools.x"]


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ("G1", "googleCalendarSettings.accessToken"),
        ("G1", "googleCalendarSettings.refreshToken"),
        ("G3", "webhookAuth.authSecret"),
        ("G3", "llmConfig.apiKey"),
        ("G3", "webhookUrl"),
        ("G1", "voiceId"),
    ],
)
def test_a_refusal_never_repeats_what_was_sent(talk, shape, path):
    for value in ("hunter2-hunter2", ["hunter2-hunter2"], {"a": "hunter2-hunter2"}):
        api = talk(f"shape={shape}")
        reply = status(api, "POST", {**nested(path, value)})
        assert reply.status_code == 400
        assert "hunter2" not in reply.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"params": {"x": NaN}}',
        b'{"params": {"x": Infinity}}',
        b'{"params": {"x": 1e999}}',
        b'{"params": {"x": "\\ud800"}}',
        b'{"params": {"\\udfff": 1}}',
        b'{"agentName": "\xff"}',
        b'\xef\xbb\xbf{"agentName": "A"}',
        b'{"params":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=range(13),
)
def test_a_body_must_be_a_json_object(talk, body):
    api = talk()
    headers = {**api.headers, "Content-Type": "application/json"}
    reply = api.ask("POST", AGENTS, content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)
    assert "the request body" in reply.json()["message"]


@pytest.mark.parametrize("path", ["/v1/voice-agents", "/v2/voice-agents"])
def test_a_body_that_is_nested_too_deeply_is_refused(talk, path):
    deep = {}
    for _ in range(900):
        deep = {"a": deep}
    key = {"/v1/voice-agents": {"agentName": "A", "params": deep}}
    body = key.get(path, {"name": "A", "conversation": {"params": deep}})
    reply = talk().ask("POST", path, json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 400),
        ("application/x-www-form-urlencoded", 400),
    ],
)
def test_a_body_must_say_that_it_is_json(talk, kind, code):
    api = talk()
    headers = {**api.headers, "Content-Type": kind}
    content = json.dumps({"agentName": "A"})
    assert api.ask("POST", AGENTS, content=content, headers=headers).status_code == code


def test_what_is_stored_is_what_was_sent(talk):
    """A number keeps its type: no coercion on input."""
    made = talk().create(googleCalendarSettings={"meetingDuration": 30}, params={"n": 1, "f": 1.0})
    assert repr(made["tools"]["meetingDuration"]) == "30"
    assert repr(made["params"]) == "{'n': 1, 'f': 1.0}"


def test_there_are_348_time_zones_and_one_is_misspelt():
    assert len(time_zones()) == 348
    assert "America/Santo_Doming" in time_zones()

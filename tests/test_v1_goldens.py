"""Requests and responses of each generation, written by hand from the published pages.

G1: the v1 update page of May 2025 (the project's starting point), every field of it.
G2: the vendor's OpenAPI document of 2025-10-19. G3: the update, create and get pages of early
2026. Values are made up; names, nesting and kinds are the pages'.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine import decoding
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1, Agent
from reconciler.sandbox.files import Record
from reconciler.sandbox.v1.responses import answer
from reconciler.schema import wire

VOICE = "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9"
ID = "48f7656f-098b-4c43-b165-7cfd2cc8ac30"
ACCESS, REFRESH = Secret("ACCESS", "ya29.a"), Secret("REFRESH", "1//r")
AUTH, API_KEY = Secret("AUTH", "hook-secret"), Secret("LLM", "sk-1")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MORNING, NOON = {"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}

G1_SPEC = {
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}، معك عيادة النور",
    "preamble": "You answer the phone of a clinic.",
    "lang": "ar",
    "pokeMessages": ["ألو؟"],
    "realTime": True,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": "Summarise the call.",
    "voiceId": VOICE,
    "tools": {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True},
    "params": {"caller": "ضيفنا"},
    "googleCalendarSettings": {
        "calendarId": "clinic@group.calendar.example",
        "eventTitle": "New meeting by {agentName}",
        "calendarName": "Visits",
        "accessToken": ACCESS,
        "refreshToken": REFRESH,
        "meetingDuration": 30,
        "timezone": "Asia/Riyadh",
        "freeSlots": {
            "Sunday": [MORNING, NOON],
            "Monday": [MORNING],
        },
    },
}
G1_BODY = {
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}، معك عيادة النور",
    "preamble": "You answer the phone of a clinic.",
    "lang": "ar",
    "pokeMessages": ["ألو؟"],
    "realTime": True,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": "Summarise the call.",
    "voiceId": "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
    "tools": {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True},
    "params": {"caller": "ضيفنا"},
    "googleCalendarSettings": {
        "calendarId": "clinic@group.calendar.example",
        "eventTitle": "New meeting by {agentName}",
        "calendarName": "Visits",
        "accessToken": "ya29.a",
        "refreshToken": "1//r",
        "meetingDuration": 30,
        "timezone": "Asia/Riyadh",
        "freeSlots": {
            "Monday": [{"from": "09:00", "to": "12:00"}],
            "Sunday": [{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}],
        },
    },
}
G1_DATA = {
    "id": ID,
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}، معك عيادة النور",
    "description": "Made in the dashboard",
    "preamble": "You answer the phone of a clinic.",
    "lang": "ar",
    "pokeMessages": ["ألو؟"],
    "realTime": True,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": "Summarise the call.",
    "projectId": "c2a1c6a8-2f0e-4c7e-9d0b-0a3f0c9f7a11",
    "apiKeyId": "0d9b1c1e-5b43-4a0e-8a64-70cbb6f0b3c2",
    "voiceRecordId": "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
    "voiceRecord": {},
    "tools": {
        "id": "7",
        "calendarName": "Visits",
        "accessToken": "ya29.a",
        "refreshToken": "1//r",
        "freeSlots": {
            "Monday": [[{"from": "09:00:00", "to": "12:00:00"}]],
            "Tuesday": [],
            "Wednesday": [],
            "Thursday": [],
            "Friday": [],
            "Saturday": [],
            "Sunday": [[{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]],
        },
        "meetingDuration": 30,
        "timezone": "Asia/Riyadh",
        "voiceAgentToolsId": "8",
        "calendarId": "clinic@group.calendar.example",
        "eventTitle": "New meeting by {agentName}",
    },
    "params": {"caller": "ضيفنا"},
    "createdAt": "2023-11-07T05:31:56Z",
    "updatedAt": "2023-11-07T05:31:56Z",
}
G1_FIELDS = {
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}، معك عيادة النور",
    "preamble": "You answer the phone of a clinic.",
    "lang": "ar",
    "voiceId": "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
    "pokeMessages": ["ألو؟"],
    "params": {"caller": "ضيفنا"},
    "realTime": True,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": "Summarise the call.",
    "googleCalendarSettings.calendarId": "clinic@group.calendar.example",
    "googleCalendarSettings.calendarName": "Visits",
    "googleCalendarSettings.eventTitle": "New meeting by {agentName}",
    "googleCalendarSettings.meetingDuration": 30,
    "googleCalendarSettings.timezone": "Asia/Riyadh",
    "googleCalendarSettings.freeSlots": {
        "Monday": [MORNING],
        **{day: [] for day in DAYS[1:6]},
        "Sunday": [MORNING, NOON],
    },
    "description": "Made in the dashboard",
}
G1_SECRETS = {
    "googleCalendarSettings.accessToken": True,
    "googleCalendarSettings.refreshToken": True,
}
G1_REST = ["id", "projectId"]

SHAPE = {
    "type": "object",
    "properties": {"booked": {"type": "boolean", "description": "Whether a visit was booked"}},
    "required": ["booked"],
}
G2_SPEC = {
    "agentName": "Front desk",
    "greetingMessage": "Hello",
    "lang": "en",
    "outcomeResponseShape": SHAPE,
    "webhookUrl": "https://hooks.example/calls",
    "webhookAuth": {"authKey": "Token", "authSecret": AUTH},
    "voiceId": None,
    "tools": {"genderDetection": True, "smartCallEnd": False},
    "params": {},
}
G2_BODY = {
    "agentName": "Front desk",
    "greetingMessage": "Hello",
    "lang": "en",
    "voiceId": None,
    "params": {},
    "outcomeResponseShape": {
        "type": "object",
        "properties": {"booked": {"type": "boolean", "description": "Whether a visit was booked"}},
        "required": ["booked"],
    },
    "tools": {"genderDetection": True, "smartCallEnd": False},
    "webhookUrl": "https://hooks.example/calls",
    "webhookAuth": {"authKey": "Token", "authSecret": "hook-secret"},
}
G2_DATA = {
    "id": ID,
    "agentName": "Front desk",
    "greetingMessage": "Hello",
    "description": None,
    "preamble": "You are a helpful assistant that will answer users questions.",
    "lang": "en",
    "pokeMessages": [],
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": False,
    "outcome": None,
    "outcomeResponseShape": SHAPE,
    "projectId": "c2a1c6a8-2f0e-4c7e-9d0b-0a3f0c9f7a11",
    "apiKeyId": "0d9b1c1e-5b43-4a0e-8a64-70cbb6f0b3c2",
    "voiceRecordId": None,
    "voiceRecord": None,
    "webhookUrl": "https://hooks.example/calls",
    "webhookAuth": {"authKey": "Token", "authSecret": "hook-secret"},
    "params": {},
    "createdAt": "2025-10-19T08:00:00.000Z",
    "updatedAt": "2025-10-19T08:00:00.000Z",
}
G2_FIELDS = {
    "agentName": "Front desk",
    "greetingMessage": "Hello",
    "preamble": "You are a helpful assistant that will answer users questions.",
    "lang": "en",
    "voiceId": None,
    "pokeMessages": [],
    "params": {},
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": False,
    "outcome": None,
    "outcomeResponseShape": SHAPE,
    "webhookUrl": "https://hooks.example/calls",
    "webhookAuth.authKey": "Token",
    "description": None,
}
G2_SECRETS = {"webhookAuth.authSecret": True}
G2_REST = ["id", "projectId"]

G3_SPEC = {
    "agentName": "Front desk",
    "greetingMessage": "Hello {{caller}}",
    "greetingMessageType": "STATIC",
    "preamble": "You answer the phone of a clinic.",
    "lang": "en",
    "voiceId": VOICE,
    "pokeMessages": ["Hello?"],
    "params": {"caller": "guest"},
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": None,
    "outcomeResponseShape": SHAPE,
    "tools": {"genderDetection": False, "smartCallEnd": True},
    "webhookUrl": None,
    "webhookAuth": {"authKey": None, "authSecret": None},
    "description": "Front desk of the clinic",
    "icon": "phone",
    "isTemplate": False,
    "type": "Single Prompt",
    "alignment": {"greetingMessage": "ltr", "preamble": "rtl"},
    "knowledgeBaseItemsIds": ["kb-1"],
    "webToolsIds": ["tool-1", "tool-2"],
    "webToolsOverrides": {"tool-1": {"authToken": Secret("TOOL", "tool-token")}},
    "voiceDictionaryIds": [],
    "userInactivityTimeout": 17.5,
    "maxCallDuration": 315,
    "responseDelay": 800,
    "minInterruptionDuration": 0.85,
    "vadActivationThreshold": 0.55,
    "waitForUserToSpeakFirst": 1,
    "backgroundNoise": True,
    "thinkingVoice": True,
    "speakerIdentification": False,
    "agenticRag": False,
    "languageDialectSwitcher": True,
    "enableAutoGainControl": False,
    "sendDenoisedToStt": False,
    "noiseCancellation": "telephony-optimized",
    "cancelNoisePer": "conversation",
    "llmConfig": {
        "provider": "Custom",
        "modelName": "own-model",
        "baseUrl": "https://llm.example/v1",
        "apiKey": API_KEY,
        "temperature": 0.2,
    },
}
G3_BODY = {
    **G3_SPEC,
    "webToolsOverrides": {"tool-1": {"authToken": "tool-token"}},
    "llmConfig": {
        "provider": "Custom",
        "modelName": "own-model",
        "baseUrl": "https://llm.example/v1",
        "apiKey": "sk-1",
        "temperature": 0.2,
    },
}
G3_DATA = {
    "id": ID,
    "agentName": "Front desk",
    "greetingMessage": "Hello {{caller}}",
    "greetingMessageType": "STATIC",
    "description": "Front desk of the clinic",
    "preamble": "You answer the phone of a clinic.",
    "lang": "en",
    "type": "Single Prompt",
    "pokeMessages": ["Hello?"],
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": None,
    "outcomeResponseShape": json.dumps(SHAPE),
    "projectId": "c2a1c6a8-2f0e-4c7e-9d0b-0a3f0c9f7a11",
    "apiKeyId": "0d9b1c1e-5b43-4a0e-8a64-70cbb6f0b3c2",
    "collectionId": "col-1",
    "isTemplate": False,
    "icon": "phone",
    "voiceId": VOICE,
    "voiceRecordId": VOICE,
    "voiceRecord": {
        "id": VOICE,
        "name": "Hiba",
        "provider": "p",
        "language": "en",
        "languageCode": "en-US",
        "image": "i",
        "voiceRecord": "v",
    },
    "webhookUrl": None,
    "webhookAuth": {"authKey": None, "authSecret": None},
    "alignment": {"greetingMessage": "ltr", "preamble": "rtl"},
    "tools": {"genderDetection": False, "smartCallEnd": True},
    "knowledgeBaseItemsIds": '["kb-1"]',
    "webToolsIds": ["tool-1", "tool-2"],
    "webToolsOverrides": {"tool-1": {"authToken": "tool-token"}},
    "voiceDictionaryIds": "[]",
    "params": {"caller": "guest"},
    "userInactivityTimeout": 17.5,
    "maxCallDuration": 315,
    "responseDelay": 800,
    "minInterruptionDuration": 0.85,
    "vadActivationThreshold": 0.55,
    "waitForUserToSpeakFirst": 1,
    "backgroundNoise": True,
    "thinkingVoice": True,
    "speakerIdentification": False,
    "agenticRag": False,
    "languageDialectSwitcher": True,
    "enableAutoGainControl": False,
    "sendDenoisedToStt": False,
    "noiseCancellation": "telephony_optimized",
    "cancelNoisePer": "conversation",
    "llmConfig": {
        "provider": "Custom",
        "modelName": "own-model",
        "baseUrl": "https://llm.example/v1",
        "apiKey": "sk-1",
        "temperature": 0.2,
    },
    "createdAt": "2026-01-20T08:00:00.000Z",
    "updatedAt": "2026-01-21T08:00:00.000Z",
}
G3_FIELDS = {
    "agentName": "Front desk",
    "greetingMessage": "Hello {{caller}}",
    "greetingMessageType": "STATIC",
    "preamble": "You answer the phone of a clinic.",
    "lang": "en",
    "voiceId": VOICE,
    "pokeMessages": ["Hello?"],
    "params": {"caller": "guest"},
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": True,
    "outcome": None,
    "outcomeResponseShape": SHAPE,
    "tools.genderDetection": False,
    "tools.smartCallEnd": True,
    "webhookUrl": None,
    "webhookAuth.authKey": None,
    "description": "Front desk of the clinic",
    "icon": "phone",
    "isTemplate": False,
    "type": "Single Prompt",
    "alignment.greetingMessage": "ltr",
    "alignment.preamble": "rtl",
    "knowledgeBaseItemsIds": ["kb-1"],
    "webToolsIds": ["tool-1", "tool-2"],
    "voiceDictionaryIds": [],
    "userInactivityTimeout": 17.5,
    "maxCallDuration": 315,
    "responseDelay": 800,
    "minInterruptionDuration": 0.85,
    "vadActivationThreshold": 0.55,
    "waitForUserToSpeakFirst": 1,
    "backgroundNoise": True,
    "thinkingVoice": True,
    "speakerIdentification": False,
    "agenticRag": False,
    "languageDialectSwitcher": True,
    "enableAutoGainControl": False,
    "sendDenoisedToStt": False,
    "noiseCancellation": "telephony_optimized",
    "cancelNoisePer": "conversation",
    "llmConfig.provider": "Custom",
    "llmConfig.modelName": "own-model",
    "llmConfig.baseUrl": "https://llm.example/v1",
    "llmConfig.temperature": 0.2,
}
G3_SECRETS = {
    "webhookAuth.authSecret": False,
    "webToolsOverrides": True,
    "llmConfig.apiKey": True,
}
G3_REST = ["collectionId", "id", "projectId"]

REQUESTS = [
    pytest.param(G1_SPEC, G1_BODY, id="G1"),
    pytest.param(G2_SPEC, G2_BODY, id="G2"),
    pytest.param(G3_SPEC, G3_BODY, id="G3"),
]
RESPONSES = [
    pytest.param("G1", G1_DATA, G1_FIELDS, G1_SECRETS, G1_REST, id="G1"),
    pytest.param("G2", G2_DATA, G2_FIELDS, G2_SECRETS, G2_REST, id="G2"),
    pytest.param("G3", G3_DATA, G3_FIELDS, G3_SECRETS, G3_REST, id="G3"),
]


@pytest.mark.parametrize(("spec", "body"), REQUESTS)
def test_a_spec_becomes_exactly_the_documented_request(spec, body):
    fields = wire.flatten(AGENT_V1, spec)
    tops = dict.fromkeys(AGENT_V1[path].top for path in fields)
    sent, replaced = wire.body(AGENT_V1, tops, fields, None)
    assert wire.reveal(sent) == body
    assert replaced == {}


@pytest.mark.parametrize(("spec", "body"), REQUESTS)
def test_the_documented_request_is_valid(spec, body):
    Agent.pydantic_model().model_validate(body)


@pytest.mark.parametrize(("generation", "data", "fields", "secrets", "rest"), RESPONSES)
def test_a_documented_response_is_read_into_exactly_its_fields(
    generation, data, fields, secrets, rest
):
    live = decoding.decode(AGENT_V1, data)
    assert live.fields == fields
    assert live.secrets == secrets
    assert sorted(live.rest) == rest
    assert (live.id, live.name, live.generation) == (ID, "Front desk", generation)
    assert live.updated_at == data["updatedAt"]


@pytest.mark.parametrize(
    ("spec", "data", "unseen"),
    [
        pytest.param(
            G1_SPEC,
            G1_DATA,
            {f"tools.{name}" for name in G1_SPEC["tools"]},
            id="G1",
        ),
        pytest.param(G2_SPEC, G2_DATA, {f"tools.{name}" for name in G2_SPEC["tools"]}, id="G2"),
        pytest.param(G3_SPEC, G3_DATA, set(), id="G3"),
    ],
)
def test_what_was_requested_reads_back_the_same_wherever_it_can_be_read(spec, data, unseen):
    desired, live = wire.flatten(AGENT_V1, spec), decoding.decode(AGENT_V1, data)
    assert desired.keys() - live.fields.keys() - live.secrets.keys() == unseen
    for path, value in desired.items():
        if path in live.fields:
            assert wire.same(AGENT_V1[path], value, live.fields[path]), path


NAMES = st.text(min_size=1, max_size=8)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
SLOTS = st.lists(st.fixed_dictionaries({"from": CLOCKS, "to": CLOCKS}), max_size=3)
SPECIAL = {
    "googleCalendarSettings.freeSlots": st.dictionaries(st.sampled_from(DAYS), SLOTS),
    "outcomeResponseShape": st.just(SHAPE),
}


def valid(schema):
    """Values that a row's JSON Schema allows."""
    if "anyOf" in schema:
        return st.one_of(*map(valid, schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    low, high = schema.get("minimum"), schema.get("maximum")
    return {
        "null": st.none(),
        "boolean": st.booleans(),
        "string": st.text(min_size=schema.get("minLength", 0), max_size=20),
        "integer": st.integers(low, high),
        "number": st.floats(low, high, allow_nan=False, allow_infinity=False),
        "array": st.lists(st.text(max_size=8), max_size=4),
        "object": st.dictionaries(NAMES, VALUES | st.lists(VALUES, max_size=3), max_size=4),
    }[schema["type"]]


READABLE = [field for field in AGENT_V1 if field.fact.shown and not field.fact.sensitive]


@pytest.mark.slow
@pytest.mark.parametrize("field", READABLE, ids=[field.path for field in READABLE])
@given(data=st.data())
def test_what_is_sent_stored_and_shown_decodes_to_the_same_value(field, data):
    value = data.draw(SPECIAL[field.path] if field.path in SPECIAL else valid(field.schema))
    sent, _ = wire.body(AGENT_V1, [field.top], {field.path: value}, None)
    Agent.pydantic_model().model_validate(sent)
    record = Record(id=ID, created="2025-05-12", updated="2025-05-12", fields=sent)
    payload = json.loads(json.dumps(answer(record, "G1" if field.fact.until == "G1" else "G3")))
    live = decoding.decode(AGENT_V1, payload)
    assert wire.same(field, value, live.fields[field.path])

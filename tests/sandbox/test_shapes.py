"""Requests and responses, compared with literals written by hand from the page."""

import pytest

VOICE = "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9"
FIRST = "00000000-0000-4000-8000-000000000001"

CALENDAR = {
    "calendarId": "clinic@group.calendar.example",
    "eventTitle": "Visit with {agentName}",
    "calendarName": "Clinic",
    "accessToken": "not-a-real-access-token",
    "refreshToken": "not-a-real-refresh-token",
    "meetingDuration": 20.5,
    "timezone": "Asia/Riyadh",
    "freeSlots": {
        "Sunday": [{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}],
        "Monday": [],
    },
}

# Every field of the update request of the seed page.
REQUEST = {
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}",
    "preamble": "أنت موظف الاستقبال",
    "lang": "ar",
    "pokeMessages": ["ألو؟"],
    "realTime": True,
    "silenceThreshold": 900,
    "interrupt": True,
    "outcome": "Summarise",
    "voiceId": VOICE,
    "tools": {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True},
    "params": {"caller": "ضيفنا", "limits": {"minutes": 3}},
    "googleCalendarSettings": CALENDAR,
}

# The answer of the seed page, key for key.
G1 = {
    "id": FIRST,
    "agentName": "Front desk",
    "greetingMessage": "أهلاً {{caller}}",
    "description": None,
    "preamble": "أنت موظف الاستقبال",
    "lang": "ar",
    "pokeMessages": ["ألو؟"],
    "realTime": True,
    "silenceThreshold": 900,
    "interrupt": True,
    "outcome": "Summarise",
    "projectId": "5a9d6f0e-0000-4000-8000-000000000001",
    "apiKeyId": "5a9d6f0e-0000-4000-8000-000000000002",
    "voiceRecordId": VOICE,
    "voiceRecord": {"id": VOICE, "name": "Voice 1f3396aa"},
    "tools": {
        "id": "6d908817-13be-5133-9d48-4d060494db90",
        "voiceAgentToolsId": "bfe23b0a-3460-5c9f-b8f3-85732c4650e9",
        "calendarId": "clinic@group.calendar.example",
        "calendarName": "Clinic",
        "accessToken": "not-a-real-access-token",
        "refreshToken": "not-a-real-refresh-token",
        "eventTitle": "Visit with {agentName}",
        "meetingDuration": 20.5,
        "timezone": "Asia/Riyadh",
        "freeSlots": {
            "Sunday": [[{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]],
            "Monday": [],
        },
    },
    "params": {"caller": "ضيفنا", "limits": {"minutes": 3}},
    "createdAt": "2025-05-12T09:00:00.000Z",
    "updatedAt": "2025-05-12T09:00:00.000Z",
}

LATER_REQUEST = {
    **REQUEST,
    "type": "Flow Agent",
    "voiceId": "a-provider-voice",
    "greetingMessageType": "STATIC",
    "description": "Answers the phone",
    "icon": "phone",
    "isTemplate": True,
    "alignment": {"greetingMessage": "rtl", "preamble": "ltr"},
    "knowledgeBaseItemsIds": ["k1"],
    "webToolsIds": ["w1"],
    "voiceDictionaryIds": ["d1"],
    "webToolsOverrides": {"w1": {"any": [1, None]}},
    "outcomeResponseShape": {"type": "object", "properties": {}},
    "webhookUrl": "https://example.com/hook",
    "webhookAuth": {"authKey": "bearer", "authSecret": "not-a-real-secret"},
    "userInactivityTimeout": 60,
    "maxCallDuration": 3600,
    "responseDelay": 100,
    "minInterruptionDuration": 0.2,
    "vadActivationThreshold": 0.9,
    "waitForUserToSpeakFirst": 2,
    "backgroundNoise": True,
    "thinkingVoice": True,
    "speakerIdentification": True,
    "agenticRag": True,
    "languageDialectSwitcher": True,
    "enableAutoGainControl": True,
    "sendDenoisedToStt": True,
    "noiseCancellation": "telephony_optimized",
    "cancelNoisePer": "turn",
    "llmConfig": {
        "provider": "Custom",
        "modelName": "own",
        "baseUrl": "https://llm.example.com",
        "apiKey": "not-a-real-key",
        "temperature": 1,
    },
}

G3 = {
    **G1,
    "description": "Answers the phone",
    "voiceId": "a-provider-voice",
    "voiceRecordId": "a-provider-voice",
    "voiceRecord": {"id": "a-provider-voice", "name": "Voice a-provid"},
    "greetingMessageType": "STATIC",
    "type": "Flow Agent",
    "collectionId": None,
    "isTemplate": True,
    "icon": "phone",
    "webhookUrl": "https://example.com/hook",
    "webhookAuth": {"authKey": "bearer", "authSecret": "not-a-real-secret"},
    "alignment": {"greetingMessage": "rtl", "preamble": "ltr"},
    "tools": {"genderDetection": False, "smartCallEnd": True},
    "webToolsIds": ["w1"],
    "voiceDictionaryIds": ["d1"],
    "knowledgeBaseItemsIds": ["k1"],
    "webToolsOverrides": {"w1": {"any": [1, None]}},
    "outcomeResponseShape": {"type": "object", "properties": {}},
    "userInactivityTimeout": 60,
    "maxCallDuration": 3600,
    "responseDelay": 100,
    "minInterruptionDuration": 0.2,
    "vadActivationThreshold": 0.9,
    "waitForUserToSpeakFirst": 2,
    "backgroundNoise": True,
    "thinkingVoice": True,
    "speakerIdentification": True,
    "agenticRag": True,
    "languageDialectSwitcher": True,
    "enableAutoGainControl": True,
    "sendDenoisedToStt": True,
    "noiseCancellation": "telephony_optimized",
    "cancelNoisePer": "turn",
    "llmConfig": {
        "provider": "Custom",
        "modelName": "own",
        "baseUrl": "https://llm.example.com",
        "apiKey": "not-a-real-key",
        "temperature": 1,
    },
}

BARE_G1 = {
    **G1,
    "greetingMessage": "Hello, how can I help you today?",
    "preamble": "You are a helpful assistant that will answer users questions.",
    "pokeMessages": [],
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": False,
    "outcome": None,
    "voiceRecordId": None,
    "voiceRecord": None,
    "tools": None,
    "params": {},
}

BARE_G3 = {
    **BARE_G1,
    "interrupt": True,
    "voiceId": None,
    "greetingMessageType": None,
    "type": "Single Prompt",
    "collectionId": None,
    "isTemplate": False,
    "icon": None,
    "webhookUrl": None,
    "webhookAuth": None,
    "alignment": {"greetingMessage": "ltr", "preamble": "ltr"},
    "tools": {"genderDetection": False, "smartCallEnd": False},
    "webToolsIds": [],
    "voiceDictionaryIds": [],
    "knowledgeBaseItemsIds": [],
    "webToolsOverrides": {},
    "outcomeResponseShape": None,
    "userInactivityTimeout": 15,
    "maxCallDuration": 300,
    "responseDelay": 400,
    "minInterruptionDuration": 0.5,
    "vadActivationThreshold": 0.5,
    "waitForUserToSpeakFirst": 0,
    "backgroundNoise": False,
    "thinkingVoice": False,
    "speakerIdentification": False,
    "agenticRag": False,
    "languageDialectSwitcher": False,
    "enableAutoGainControl": False,
    "sendDenoisedToStt": False,
    "noiseCancellation": "telephony-optimized",
    "cancelNoisePer": "conversation",
    "llmConfig": {"provider": "OpenAI", "modelName": "GPT-4.1", "temperature": 0.2},
}


@pytest.mark.parametrize(
    ("shape", "request_body", "answer"),
    [
        pytest.param("G1", REQUEST, G1, id="G1, everything"),
        pytest.param("G3", LATER_REQUEST, G3, id="G3, everything"),
        pytest.param("G1", {}, BARE_G1, id="G1, published defaults"),
        pytest.param("G3", {}, BARE_G3, id="G3, published defaults"),
    ],
)
def test_agents_are_returned_as_documented_on_the_page(talk, shape, request_body, answer):
    api = talk(f"shape={shape}")
    assert api.create(**request_body) == answer
    assert api.read(FIRST) == answer
    assert api.page() == {"total": 1, "filtered": 1, "voiceAgents": [answer]}


def test_keys_come_in_the_order_of_the_page(talk):
    assert list(talk().create()) == list(G1)


def test_a_patch_answers_with_the_same_shape(talk):
    api = talk()
    api.create()
    assert api.patch(FIRST, **REQUEST) == {**G1, "updatedAt": "2025-05-12T09:01:00.000Z"}


def test_calendar_settings_default_only_the_title(talk):
    settings = talk().create(googleCalendarSettings={"timezone": "UTC"})["tools"]
    assert {name: settings[name] for name in ("eventTitle", "timezone", "accessToken")} == {
        "eventTitle": "New meeting by {agentName}",
        "timezone": "UTC",
        "accessToken": None,
    }
    assert settings["freeSlots"] == {}


def test_times_come_back_as_they_were_sent(talk):
    slots = {"Friday": [{"from": "09:00:00", "to": "10:30"}]}
    tools = talk().create(googleCalendarSettings={"freeSlots": slots})["tools"]
    assert tools["freeSlots"] == {"Friday": [[{"from": "09:00:00", "to": "10:30"}]]}


def test_members_of_one_object_are_defaulted_one_by_one_but_a_model_is_one_choice(talk):
    made = talk("shape=G3").create(
        alignment={"preamble": "rtl"}, tools={"smartCallEnd": True}, llmConfig={"provider": "Groq"}
    )
    assert made["alignment"] == {"greetingMessage": "ltr", "preamble": "rtl"}
    assert made["tools"] == {"genderDetection": False, "smartCallEnd": True}
    assert made["llmConfig"] == {"provider": "Groq"}


def test_the_project_has_the_misspelt_date_of_the_page(talk):
    api = talk()
    project = api.data(api.ask("GET", "/v1/projects/by-api-key"))
    assert project == {
        "id": "5a9d6f0e-0000-4000-8000-000000000001",
        "name": "Sandbox",
        "deletedAt": None,
        "deletedBy": None,
        "createdAt": "2025-01-27T08:00:00.000Z",
        "updteAt": "2025-01-27T08:00:00.000Z",
    }

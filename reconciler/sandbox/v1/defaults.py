"""Defaults that the API fills in when an agent is created, never when it is changed. Pure.

Sources: G1 from OpenAPI 2025-05-11 (the seed page has none); G3 from the vendor's create page of
early 2026, whose samples are used if it states no default.
"""

from copy import deepcopy
from typing import Any

from reconciler.sandbox.settings import Shape

JsonObject = dict[str, Any]

G1: JsonObject = {
    "greetingMessage": "Hello, how can I help you today?",
    "preamble": "You are a helpful assistant that will answer users questions.",
    "lang": "ar",
    "pokeMessages": [],
    "realTime": False,
    "silenceThreshold": 800,
    "interrupt": False,
    "outcome": None,
    "tools": {"googleCalendar": False, "genderDetection": False, "smartCallEnd": False},
    "params": {},
}

G3: JsonObject = {
    **G1,
    "interrupt": True,
    "greetingMessageType": None,
    "type": "Single Prompt",
    "alignment": {"greetingMessage": "ltr", "preamble": "ltr"},
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

PUBLISHED: dict[Shape, JsonObject] = {"G1": G1, "G3": G3}

# Objects whose members have their own defaults; `llmConfig` is one choice and stays whole.
_MEMBERWISE = ("tools", "alignment")
_CALENDAR = {"eventTitle": "New meeting by {agentName}"}


def filled(shape: Shape, sent: JsonObject) -> JsonObject:
    """Return the fields of a new agent: the sent values over the published defaults."""
    published = deepcopy(PUBLISHED[shape])
    fields = {**published, **sent}
    for name in _MEMBERWISE:
        if name in published:
            fields[name] = {**published[name], **sent.get(name, {})}
    if "googleCalendarSettings" in sent:
        fields["googleCalendarSettings"] = {**_CALENDAR, **sent["googleCalendarSettings"]}
    return fields

"""Defaults that v2 fills in when an agent is created, never when it is changed. Pure.

Source: the create response of the v2 reference (2026), if it has values and not sample ids; the
rest from the v1 create page. `voice.voiceId` and `phoneNumber` have none: the response has samples.
"""

from typing import Any

JsonObject = dict[str, Any]

NUMBERS: JsonObject = {
    "responseDelay": 400,
    "minInterruptionDuration": 0.5,
    "vadActivationThreshold": 0.5,
    "userInactivityTimeout": 15,
    "maxCallDuration": 300,
    "silenceThreshold": 800,
    "waitForUserToSpeakFirst": 0,
}
OFF = (
    *("backgroundNoise", "thinkingVoice", "speakerIdentification", "agenticRag"),
    *("languageDialectSwitcher", "enableAutoGainControl", "sendDenoisedToStt"),
    *("genderDetection", "smartCallEnd"),
)

PUBLISHED: JsonObject = {
    "name": None,
    "type": "Single Prompt",
    "conversation": {
        "greetingMessage": "Hello, how can I help you today?",
        "greetingMessageType": None,
        "preamble": "You are a helpful assistant that will answer users questions.",
        "pokeMessages": [],
        "params": {},
        "alignment": {"greetingMessage": "ltr", "preamble": "ltr"},
    },
    "voice": {"voiceId": None, "lang": "en"},
    "llm": {
        "provider": "OpenAI",
        "model": "GPT-4.1",
        "temperature": 0.2,
        "baseUrl": None,
        "apiKey": None,
    },
    "callSettings": {
        "noiseCancellation": "telephony_optimized",
        "cancelNoisePer": "conversation",
        "interrupt": True,
        **NUMBERS,
        **dict.fromkeys(OFF, False),
    },
    "tools": [],
    "knowledgeBaseItemsIds": [],
    "voiceDictionaryIds": [],
    "phoneNumber": None,
    "webhookUrl": None,
    "webhookAuth": {},
    "workflow": {},
    "outcomeResponseShape": {},
}

# Settings of the dashboard that are not in the reference; their API names are unknown, so these are
# stand-ins. They differ from a new agent's, so that a loss is visible.
DASHBOARD: dict[str, JsonObject] = {
    "": {
        "promptEnhancer": "Basic",
        "dtmfNavigation": {
            "enabled": True,
            "instructions": "Press 2 for appointments",
            "digitDelay": 500,
            "autoOperator": False,
            "maxRetries": 3,
        },
    },
    "callSettings": {
        "enhancedTurnTaking": True,
        "ambientSound": "office",
        "smartCallEndPrompt": "End the call when the caller has said goodbye.",
    },
    "voice": {"expressiveness": 1.4, "sttModel": "Hamsa-STT-S3-beta"},
}

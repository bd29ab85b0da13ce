"""Requests and answers of v2, written by hand from the reference and from live-derived JSON."""

FIRST = "00000000-0000-4000-8000-000000000001"
VOICE = "0b6f5c1e-4a55-4f0e-9d1c-2f8a6b7c9d10"
TOOL = "7a1d0c52-6e0b-4d8e-8a43-1f2e3d4c5b6a"
OTHER_TOOL = "9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"
KNOWLEDGE = "c2b7f9de-15a0-4c7e-9a0d-6f5e4d3c2b1a"
DICTIONARY = "0f1e2d3c-4b5a-4697-8899-aabbccddeeff"

ENTRY = {
    "persistentId": "cmk0a1b2c0001x0y1z2w3v4u5",
    "toolId": TOOL,
    "version": 2,
    "toolType": "FUNCTION",
    "nodeId": None,
    "overrides": {},
}

# Every key of the request, with no value that is a default.
REQUEST = {
    "name": "Pharmacy line",
    "type": "Single Prompt",
    "conversation": {
        "greetingMessage": "مرحباً {{caller}}، معك صيدلية الواحة",
        "greetingMessageType": "STATIC",
        "preamble": "You answer questions.\n\n  Today is {{ current_date }}. \n",
        "pokeMessages": ["هل ما زلت معي؟"],
        "params": {"caller": "ضيفنا", "limits": {"minutes": 3}},
        "alignment": {"greetingMessage": "rtl", "preamble": "rtl"},
    },
    "voice": {"voiceId": VOICE, "lang": "ar"},
    "llm": {
        "provider": "Custom",
        "model": "own",
        "temperature": 0.3,
        "baseUrl": "https://llm.example.com",
        "apiKey": "not-a-real-key",
    },
    "callSettings": {
        "noiseCancellation": "general",
        "cancelNoisePer": "turn",
        "interrupt": False,
        "responseDelay": 500,
        "minInterruptionDuration": 0.75,
        "vadActivationThreshold": 0.25,
        "userInactivityTimeout": 20,
        "maxCallDuration": 600,
        "silenceThreshold": 900,
        "waitForUserToSpeakFirst": 2,
        "backgroundNoise": True,
        "thinkingVoice": True,
        "speakerIdentification": True,
        "agenticRag": True,
        "languageDialectSwitcher": True,
        "enableAutoGainControl": True,
        "sendDenoisedToStt": True,
        "genderDetection": True,
        "smartCallEnd": True,
    },
    "tools": [ENTRY],
    "knowledgeBaseItemsIds": [KNOWLEDGE],
    "voiceDictionaryIds": [DICTIONARY],
    "phoneNumber": {"type": "SIP", "id": "5f4e3d2c-1b0a-4f9e-8d7c-6b5a49382716"},
    "webhookUrl": "https://hooks.example.com/calls",
    "webhookAuth": {"authKey": "Bearer", "authSecret": "not-a-real-secret"},
    "workflow": {},
    "outcomeResponseShape": {
        "type": "object",
        "properties": {
            "refill_requested": {"type": "boolean", "description": "The caller asked for a refill"}
        },
        "required": ["refill_requested"],
    },
}

ANSWER = {
    "id": FIRST,
    **REQUEST,
    "voice": {
        "voiceId": VOICE,
        "voiceRecordId": VOICE,
        "voiceRecord": {
            "id": VOICE,
            "name": "Voice 0b6f5c1e",
            "provider": "Hamsa",
            "language": "Arabic",
            "languageCode": "sa",
            "image": "https://cdn.example.com/voice.png",
            "voiceRecord": {},
        },
        "lang": "ar",
        "ttsParams": {"dialect": "sa"},
    },
    "tools": [{**ENTRY, "testResult": {}}],
    "resolvedWebTools": [
        {
            "id": TOOL,
            "persistentId": "cmk0a1b2c0001x0y1z2w3v4u5",
            "version": 2,
            "name": "Tool a384d72e",
            "type": "FUNCTION",
            "userId": "5a9d6f0e-0000-4000-8000-000000000003",
            "projectId": "5a9d6f0e-0000-4000-8000-000000000001",
            "isActive": True,
            "async": False,
            "description": "Asks another system",
            "collectionId": None,
            "toolSettings": {
                "serverUrl": "https://tools.example.com/a384d72e?api_key=sandbox-query-key",
                "methodType": "GET",
                "httpHeaders": {"x-api-key": "sandbox-header-key"},
                "pathParameters": {},
                "timeOut": 10,
                "authToken": "Bearer sandbox-tool-token",
            },
            "params": {"id": {"type": "string", "description": "What to look up"}},
            "messages": [{"type": "REQUEST_START", "content": "One moment, please."}],
        }
    ],
    "createdAt": "2025-05-12T09:00:00.000Z",
    "updatedAt": "2025-05-12T09:00:00.000Z",
    "account": {"plan": "pro"},
}

BARE = {
    "id": FIRST,
    "type": "Single Prompt",
    "name": "Bare",
    "conversation": {
        "greetingMessage": "Hello, how can I help you today?",
        "greetingMessageType": None,
        "preamble": "You are a helpful assistant that will answer users questions.",
        "pokeMessages": [],
        "params": {},
        "alignment": {"greetingMessage": "ltr", "preamble": "ltr"},
    },
    "voice": {
        "voiceId": None,
        "voiceRecordId": None,
        "voiceRecord": None,
        "lang": "en",
        "ttsParams": {"dialect": "us"},
    },
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
        "responseDelay": 400,
        "minInterruptionDuration": 0.5,
        "vadActivationThreshold": 0.5,
        "userInactivityTimeout": 15,
        "maxCallDuration": 300,
        "silenceThreshold": 800,
        "waitForUserToSpeakFirst": 0,
        "backgroundNoise": False,
        "thinkingVoice": False,
        "speakerIdentification": False,
        "agenticRag": False,
        "languageDialectSwitcher": False,
        "enableAutoGainControl": False,
        "sendDenoisedToStt": False,
        "genderDetection": False,
        "smartCallEnd": False,
    },
    "tools": [],
    "knowledgeBaseItemsIds": [],
    "voiceDictionaryIds": [],
    "phoneNumber": None,
    "webhookUrl": None,
    "webhookAuth": {},
    "workflow": {},
    "outcomeResponseShape": {},
    "resolvedWebTools": [],
    "createdAt": "2025-05-12T09:00:00.000Z",
    "updatedAt": "2025-05-12T09:00:00.000Z",
    "account": {"plan": "pro"},
}

# A flow with one node of most types, an edge without a target, and a target without an edge.
FLOW = {
    "customVariables": '[{"name":"search_mobile","defaultValue":""}]',
    "nodes": [
        {
            "id": "aZ3kQ9xW2bV7nM1cR5tY8",
            "type": "start",
            "subType": "conversation",
            "label": "Start Node",
            "position": {"x": -640.5, "y": 12.25},
            "metadata": {"version": 1},
            "messageType": "prompt",
            "message": "Find out what the caller needs.",
            "isGlobal": False,
            "transitions": [
                {
                    "id": "t-Start-Book-000000001",
                    "priority": 0,
                    "isEnabled": True,
                    "targetNodeId": "cX5mS7zY4dX5pO3eT7vA1",
                    "metadata": {
                        "createdAt": "2026-01-01T08:00:00.000Z",
                        "updatedAt": "2026-01-01T08:00:00.000Z",
                    },
                    "condition": {"type": "natural_language", "prompt": "the caller wants to book"},
                }
            ],
        },
        {
            "id": "cX5mS7zY4dX5pO3eT7vA1",
            "type": "tool",
            "label": "",
            "position": {"x": 140, "y": 0},
            "timeout": 30000,
            "transitions": [
                {
                    "id": "t-Tool-Ok-00000000001",
                    "name": "On Success",
                    "priority": 0,
                    "targetNodeId": "",
                    "condition": {"type": "natural_language", "prompt": "On Success"},
                },
                {
                    "id": "t-Tool-Fail-000000001",
                    "name": "On Failure",
                    "priority": 1,
                    "targetNodeId": "eV7oU5bA6fZ3rQ5gV9xC3",
                    "condition": {"type": "natural_language", "prompt": "On Failure"},
                },
            ],
        },
        {
            "id": "eV7oU5bA6fZ3rQ5gV9xC3",
            "type": "end_call",
            "label": "",
            "messageType": "static",
            "finalMessage": "شكراً لاتصالك",
            "transitions": [],
        },
        {"id": "node-of-next-year-0001", "type": "hologram", "beam": {"colour": "blue"}},
    ],
    "edges": [
        {
            "id": "Ed1aaaaaaaaaaaaaaaaaa",
            "source": "aZ3kQ9xW2bV7nM1cR5tY8",
            "target": "cX5mS7zY4dX5pO3eT7vA1",
            "sourceHandle": "transition-t-Start-Book-000000001",
        },
        {
            "id": "Ed2aaaaaaaaaaaaaaaaaa",
            "source": "cX5mS7zY4dX5pO3eT7vA1",
            "target": "eV7oU5bA6fZ3rQ5gV9xC3",
            "sourceHandle": "transition-t-Tool-Ok-00000000001",
            "data": {"condition": {}},
        },
    ],
    "viewport": {"zoom": 0.5},
}

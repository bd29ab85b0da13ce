"""Every request field of v2 with another value than `sandbox.v2_samples.REQUEST` has. By hand.

Maps only gain or change keys: a server that merges at every depth can lose none.
"""

from copy import deepcopy
from typing import Any

from tests.sandbox.v2_samples import DICTIONARY, ENTRY, KNOWLEDGE, OTHER_TOOL, REQUEST

SECRETS = {"LLM_KEY": "not-a-real-key", "HOOK_SECRET": "not-a-real-secret"}
OTHER_SECRETS = {"OTHER_KEY": "another-planted-key", "OTHER_SECRET": "another-planted-secret"}

SECOND = {**ENTRY, "persistentId": "cmk0zzzz", "toolId": OTHER_TOOL, "toolType": "MCP"}
ITEM = f"tools[{ENTRY['persistentId']}]"

OTHERS: list[tuple[str, Any]] = [
    # the field that the plan names, another value
    ("name", "Another line"),
    ("conversation.greetingMessage", "Welcome, {{caller}}"),
    ("conversation.greetingMessageType", "PROMPT"),
    ("conversation.preamble", "Answer, and be brief.\n\n  {% if caller %}Hi.{% endif %}\n"),
    ("conversation.pokeMessages", ["Hello?", "هل ما زلت معي؟"]),
    ("conversation.params", {**REQUEST["conversation"]["params"], "caller": "friend"}),
    ("conversation.alignment.greetingMessage", "ltr"),
    ("conversation.alignment.preamble", "ltr"),
    ("voice.voiceId", "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9"),
    ("voice.lang", "en"),
    ("llm.provider", "deepmyst"),
    ("llm.model", "another"),
    ("llm.temperature", 0.9),
    ("llm.baseUrl", "https://other.example.com"),
    ("llm.apiKey", {"$secret": "OTHER_KEY"}),
    ("callSettings.noiseCancellation", "telephony_optimized"),
    ("callSettings.cancelNoisePer", "conversation"),
    ("callSettings.interrupt", True),
    ("callSettings.responseDelay", 600),
    ("callSettings.minInterruptionDuration", 1.25),
    ("callSettings.vadActivationThreshold", 0.75),
    ("callSettings.userInactivityTimeout", 25),
    ("callSettings.maxCallDuration", 450),
    ("callSettings.silenceThreshold", 950),
    ("callSettings.waitForUserToSpeakFirst", 1),
    ("callSettings.backgroundNoise", False),
    ("callSettings.thinkingVoice", False),
    ("callSettings.speakerIdentification", False),
    ("callSettings.agenticRag", False),
    ("callSettings.languageDialectSwitcher", False),
    ("callSettings.enableAutoGainControl", False),
    ("callSettings.sendDenoisedToStt", False),
    ("callSettings.genderDetection", False),
    ("callSettings.smartCallEnd", False),
    ("tools[]", [ENTRY, SECOND]),
    (f"{ITEM}.toolId", OTHER_TOOL),
    (f"{ITEM}.version", 3),
    (f"{ITEM}.toolType", "MCP"),
    (f"{ITEM}.overrides", {"params": {"rx": {"value": "7", "disabled": False}}}),
    ("knowledgeBaseItemsIds", [KNOWLEDGE, DICTIONARY]),
    ("voiceDictionaryIds", []),
    ("phoneNumber.type", "TWILIO"),
    ("phoneNumber.id", "6f4e3d2c-1b0a-4f9e-8d7c-6b5a49382716"),
    ("webhookUrl", "https://hooks.example.com/others"),
    ("webhookAuth.authKey", "Basic"),
    ("webhookAuth.authSecret", {"$secret": "OTHER_SECRET"}),
    (
        "outcomeResponseShape",
        {
            **REQUEST["outcomeResponseShape"],
            "properties": {"refill_requested": {"type": "string", "description": "What for"}},
        },
    ),
]


def declared(name: str, path: str = "llm") -> dict[str, Any]:
    """The file of an agent that was made of the sample, under this name.

    Of the two objects with secrets, only that of this field: each secret's digest is slow.
    """
    spec = deepcopy({key: value for key, value in REQUEST.items() if key != "workflow"})
    spec["llm"]["apiKey"] = {"$secret": "LLM_KEY"}
    spec["webhookAuth"]["authSecret"] = {"$secret": "HOOK_SECRET"}
    for top in {"llm", "webhookAuth"} - {path.partition(".")[0]}:
        del spec[top]
    return {**spec, "name": name}


def edited(spec: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The file with another value in one field; of a tool in its only entry."""
    inside, _, last = path.rpartition(".")
    if path == "tools[]":
        spec["tools"] = value
    elif inside == ITEM:
        spec["tools"][0] = {**spec["tools"][0], last: value}
    else:
        at = spec
        for name in filter(None, inside.split(".")):
            at = at[name]
        at[last] = value
    return spec

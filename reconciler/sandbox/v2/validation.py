# ruff: noqa: N815  (the names are the API's own)
"""The bodies that v2 accepts: strict models, and rules that need the stored agent.

Strict if something is known, open if nothing is:

- keys of the agent and of its nested objects: the reference lists them, so others are refused,
  including keys that only responses have. Keys that the dashboard added are accepted again.
- `llm` without `temperature`, and another letter case of provider or model than the live API
  expects, are refused, as users of the live API found. Models of Gemini, deepmyst and Custom are
  any text: no spelling has been seen to work.
- `greetingMessageType`, `noiseCancellation`, `cancelNoisePer` are any text: sources disagree.
- null only where a response may have it.
- nodes, edges and variables of a workflow: free, except for what the API needs to identify them.

Sources: the v2 reference (2026), the newest guide of call behaviour for limits, LLM-test for what
the live API refused.
"""

import json
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from reconciler.sandbox.bodies import OMITTED, FreeForm, Strict, web_address

# Complete for all values that have been seen to work (LLM-test, "tested against live API").
MODELS: dict[str, tuple[str, ...]] = {
    "OpenAI": (
        *("GPT-5", "GPT-5-Mini", "GPT-5-Nano"),
        *("GPT-4.1", "GPT-4.1-Mini", "GPT-4.1-Nano", "GPT-4o", "GPT-4o-mini"),
    ),
    "Groq": ("openai/gpt-oss-120b", "openai/gpt-oss-20b"),
}


def _https(value: str) -> str:
    return web_address(value, schemes=("https",))


def _listed(value: str) -> str:
    with suppress(ValueError, RecursionError):
        if isinstance(json.loads(value), list):
            return value
    raise ValueError("must be a list, or the JSON text of one")


Text = str
Number = float
Filled = Annotated[str, Field(min_length=1)]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
Https = Annotated[str, AfterValidator(_https)]
ListText = Annotated[str, AfterValidator(_listed)]
Direction = Literal["ltr", "rtl"]
Kind = Literal["Single Prompt", "Flow Agent"]


class _Alignment(Strict):
    greetingMessage: Direction = OMITTED
    preamble: Direction = OMITTED


class _Conversation(Strict):
    greetingMessage: Text = OMITTED
    greetingMessageType: Filled | None = OMITTED
    preamble: Text = OMITTED
    pokeMessages: list[Text] = OMITTED
    params: FreeForm = OMITTED
    alignment: _Alignment = OMITTED


class _Voice(Strict):
    voiceId: Filled | None = OMITTED
    lang: Literal["ar", "en"] = OMITTED


class _Llm(Strict):
    provider: Literal["OpenAI", "Gemini", "Groq", "deepmyst", "Custom"] = OMITTED
    model: Filled = OMITTED
    temperature: Annotated[Number, Field(ge=0, le=1)]
    baseUrl: Filled | None = OMITTED
    apiKey: Text | None = OMITTED


class _CallSettings(Strict):
    noiseCancellation: Filled = OMITTED
    cancelNoisePer: Filled = OMITTED
    interrupt: bool = OMITTED
    responseDelay: Annotated[int, Field(ge=100, le=1500)] = OMITTED
    minInterruptionDuration: Annotated[Number, Field(ge=0.2, le=1.5)] = OMITTED
    vadActivationThreshold: Annotated[Number, Field(ge=0.2, le=0.9)] = OMITTED
    userInactivityTimeout: Annotated[Number, Field(ge=5, le=60)] = OMITTED
    maxCallDuration: Annotated[Number, Field(ge=30, le=3600)] = OMITTED
    silenceThreshold: Annotated[int, Field(ge=1)] = OMITTED
    waitForUserToSpeakFirst: Annotated[int, Field(ge=0, le=2)] = OMITTED
    backgroundNoise: bool = OMITTED
    thinkingVoice: bool = OMITTED
    speakerIdentification: bool = OMITTED
    agenticRag: bool = OMITTED
    languageDialectSwitcher: bool = OMITTED
    enableAutoGainControl: bool = OMITTED
    sendDenoisedToStt: bool = OMITTED
    genderDetection: bool = OMITTED
    smartCallEnd: bool = OMITTED


class _Tool(Strict):
    persistentId: Filled
    toolId: Uuid
    version: Annotated[int, Field(ge=1)]
    toolType: Literal["FUNCTION", "MCP", "WEB_TOOL"]
    nodeId: Filled | None = OMITTED
    overrides: FreeForm = OMITTED
    testResult: FreeForm = OMITTED


class _PhoneNumber(Strict):
    type: Literal["TWILIO", "SIP"]
    id: Uuid


class _WebhookAuth(Strict):
    authKey: Text | None = OMITTED
    authSecret: Text | None = OMITTED


class _Open(Strict):
    """An object with some known keys, in which others are kept."""

    model_config = ConfigDict(strict=True, extra="allow")


class _Condition(_Open):
    type: Text


class _Transition(_Open):
    id: Filled
    condition: _Condition = OMITTED
    metadata: FreeForm = OMITTED
    targetNodeId: Text | None = OMITTED


class _Position(_Open):
    x: Number
    y: Number


class _Node(_Open):
    id: Filled
    type: Filled
    position: _Position = OMITTED
    metadata: FreeForm = OMITTED
    transitions: list[_Transition] = OMITTED


class _Edge(_Open):
    id: Filled
    source: Text
    target: Text
    sourceHandle: Text | None = OMITTED


class _Workflow(_Open):
    nodes: list[_Node] = OMITTED
    edges: list[_Edge] = OMITTED
    customVariables: list[FreeForm] | ListText = OMITTED


class Update(Strict):
    """The body of a PATCH: each top-level key is optional."""

    name: Text = OMITTED
    type: Kind = OMITTED
    conversation: _Conversation = OMITTED
    voice: _Voice = OMITTED
    llm: _Llm = OMITTED
    callSettings: _CallSettings = OMITTED
    tools: list[_Tool] = OMITTED
    knowledgeBaseItemsIds: list[Uuid] = OMITTED
    voiceDictionaryIds: list[Uuid] = OMITTED
    phoneNumber: _PhoneNumber | None = OMITTED
    webhookUrl: Https | None = OMITTED
    webhookAuth: _WebhookAuth = OMITTED
    workflow: _Workflow = OMITTED
    outcomeResponseShape: FreeForm = OMITTED


class Create(Update):
    """The body of a POST. Only the name is required, as in v1: no page has v2's list."""

    name: Text


def llm_objections(llm: dict[str, Any]) -> list[str]:
    """Return the live API's errors for a provider with this model, or without its address."""
    provider, model = llm.get("provider"), llm.get("model")
    known = MODELS.get(str(provider))
    if known and model is not None and model not in known:
        return [f"llm.model: must be one of {', '.join(known)} for the provider {provider}"]
    if provider == "Custom":
        lacking = [name for name in ("baseUrl", "apiKey") if not llm.get(name)]
        return [f"llm.{name}: needed for the provider Custom" for name in lacking]
    return []

"""The v2 agent: nested objects, single prompt or flow; one row per field. Data; no behaviour.

Requests and responses have one shape: a field is read at the path where it is written. Limits that
no v2 page documents are those of the v1 pages and of the newest guide; a ``default`` is a value in
the reference's response to a create, except samples of ids and models.

Sources: *v2 reference* are its pages for create, update, get and list (2026); *settings guide* the
newest guide of call behaviour; *live* what public code found on the live API (LLM-test,
callcenter-ai); *v1* the v1 pages, if the v2 ones have only a sample.
"""

from typing import Annotated, Any, Literal

from reconciler.kinds import validators
from reconciler.kinds.flow.rows import Flow
from reconciler.kinds.flow.values import SYSTEM
from reconciler.kinds.flow.view import FLOW, WORKFLOW
from reconciler.kinds.models import FIXED_TEMPERATURES, MODELS
from reconciler.schema.codecs import HYPHENATED, PARSED
from reconciler.schema.kind import Kind, Role, Routes, Together
from reconciler.schema.shape import AfterValidator, Field, StringConstraints, kinds
from reconciler.schema.table import UNSET, Fact, Impact, Section

_SPOKEN, _BEHAVIOUR, _REACH, _SILENT = Impact.SPOKEN, Impact.BEHAVIOUR, Impact.REACH, Impact.SILENT
_V2, _GUIDE, _V1 = "v2 reference", "settings guide", "v1"
_LIVE = f"{_V2}; live"

_Name = Annotated[str, StringConstraints(min_length=1)]
_Map = dict[str, Any]
_Shape = Annotated[_Map, AfterValidator(validators.outcome_shape_or_none)]
_Direction = ("ltr", "rtl")


# fmt: off
class Alignment(Section):
    """How the dashboard aligns the texts."""

    greetingMessage: Annotated[str, Fact(shown=("conversation.alignment.greetingMessage",), impact=_SILENT, usual=_Direction, default="ltr", source=_V2)] = UNSET
    preamble:        Annotated[str, Fact(shown=("conversation.alignment.preamble",), impact=_SILENT, usual=_Direction, default="ltr", source=_V2)] = UNSET


class Conversation(Section):
    """What the agent is asked to do and what it says by itself."""

    greetingMessage:     Annotated[str, Fact(shown=("conversation.greetingMessage",), impact=_SPOKEN, prose=True, default="Hello, how can I help you today?", source=_V2, note="`{{param}}` placeholders")] = UNSET
    greetingMessageType: Annotated[str | None, Fact(shown=("conversation.greetingMessageType",), impact=_SPOKEN, usual=("STATIC", "PROMPT", "TEXT"), default=None, source=f"{_V2}; {_V1}")] = UNSET
    preamble:            Annotated[str, Fact(shown=("conversation.preamble",), impact=_BEHAVIOUR, prose=True, default="You are a helpful assistant that will answer users questions.", source=_V2, note="the prompt; of a flow agent the one that all nodes share; `{{param}}` placeholders")] = UNSET
    pokeMessages:        Annotated[list[str], Fact(shown=("conversation.pokeMessages",), impact=_SPOKEN, prose=True, codec=PARSED, default=[], source=_V2, note="spoken when the caller is silent")] = UNSET
    params:              Annotated[_Map, Fact(shown=("conversation.params",), impact=_SPOKEN, prose=True, codec=PARSED, default={}, source=_V2, note="values of the placeholders; the whole map")] = UNSET
    alignment:           Alignment = UNSET


class Voice(Section):
    """Whose voice the caller hears, and in which language."""

    voiceId: Annotated[_Name | None, Fact(shown=("voice.voiceId",), impact=_SPOKEN, source=_V2, note="an id from the dashboard")] = UNSET
    lang:    Annotated[Literal["ar", "en"], Fact(shown=("voice.lang",), impact=_SPOKEN, source=_V2)] = UNSET


class Llm(Section):
    """The language model behind the agent. Spelling of the names is exact."""

    provider:    Annotated[str, Fact(shown=("llm.provider",), impact=_BEHAVIOUR, source=_LIVE)] = UNSET
    model:       Annotated[_Name, Fact(shown=("llm.model",), impact=_BEHAVIOUR, source=_LIVE)] = UNSET
    temperature: Annotated[float, Field(ge=0, le=1), Fact(shown=("llm.temperature",), impact=_BEHAVIOUR, source=_LIVE, note="sent with every change of `llm`")] = UNSET
    baseUrl:     Annotated[_Name | None, Fact(shown=("llm.baseUrl",), impact=_REACH, guarded=True, default=None, source=_V2, note="provider `Custom`")] = UNSET
    apiKey:      Annotated[_Name | None, Fact(shown=("llm.apiKey",), impact=_REACH, default=None, sensitive=True, source=_LIVE, note="provider `Custom`")] = UNSET


class CallSettings(Section):
    """How the agent listens, waits and ends a call."""

    noiseCancellation:       Annotated[_Name, Fact(shown=("callSettings.noiseCancellation",), impact=_BEHAVIOUR, codec=HYPHENATED, usual=("telephony_optimized", "telephony-optimized"), default="telephony_optimized", source=_V2)] = UNSET
    cancelNoisePer:          Annotated[_Name, Fact(shown=("callSettings.cancelNoisePer",), impact=_BEHAVIOUR, usual=("conversation",), default="conversation", source=_V2)] = UNSET
    interrupt:               Annotated[bool, Fact(shown=("callSettings.interrupt",), impact=_BEHAVIOUR, default=True, source=_V2, note="the caller may interrupt")] = UNSET
    responseDelay:           Annotated[int, Field(ge=100, le=1500), Fact(shown=("callSettings.responseDelay",), impact=_BEHAVIOUR, unit="ms", default=400, source=f"{_V2}; limits {_V1}")] = UNSET
    minInterruptionDuration: Annotated[float, Field(ge=0.2, le=1.5), Fact(shown=("callSettings.minInterruptionDuration",), impact=_BEHAVIOUR, unit="s", default=0.5, source=f"{_V2}; limits {_V1}")] = UNSET
    vadActivationThreshold:  Annotated[float, Field(ge=0.2, le=0.9), Fact(shown=("callSettings.vadActivationThreshold",), impact=_BEHAVIOUR, default=0.5, source=f"{_V2}; limits {_V1}")] = UNSET
    userInactivityTimeout:   Annotated[float, Field(ge=5, le=60), Fact(shown=("callSettings.userInactivityTimeout",), impact=_BEHAVIOUR, unit="s", usual=(5, 30), default=15, source=f"{_V2}; {_V1} (5 to 30); {_GUIDE} (5 to 60)")] = UNSET
    maxCallDuration:         Annotated[float, Field(ge=30, le=3600), Fact(shown=("callSettings.maxCallDuration",), impact=_BEHAVIOUR, unit="s", usual=(30, 600), default=300, source=f"{_V2}; {_V1} (30 to 600); {_GUIDE} (30 to 3600)")] = UNSET
    silenceThreshold:        Annotated[int, Field(ge=1), Fact(shown=("callSettings.silenceThreshold",), impact=_BEHAVIOUR, unit="ms", default=800, source=f"{_V2}; limits {_V1}")] = UNSET
    waitForUserToSpeakFirst: Annotated[int, Field(ge=0, le=2), Fact(shown=("callSettings.waitForUserToSpeakFirst",), impact=_SPOKEN, default=0, source=f"{_V2}; limits {_V1}", note="the order of the three is not published")] = UNSET
    backgroundNoise:         Annotated[bool, Fact(shown=("callSettings.backgroundNoise",), impact=_SPOKEN, default=False, source=_V2)] = UNSET
    thinkingVoice:           Annotated[bool, Fact(shown=("callSettings.thinkingVoice",), impact=_SPOKEN, default=False, source=_V2)] = UNSET
    speakerIdentification:   Annotated[bool, Fact(shown=("callSettings.speakerIdentification",), impact=_BEHAVIOUR, default=False, source=_V2)] = UNSET
    agenticRag:              Annotated[bool, Fact(shown=("callSettings.agenticRag",), impact=_BEHAVIOUR, default=False, source=_V2)] = UNSET
    languageDialectSwitcher: Annotated[bool, Fact(shown=("callSettings.languageDialectSwitcher",), impact=_SPOKEN, default=False, source=_V2)] = UNSET
    enableAutoGainControl:   Annotated[bool, Fact(shown=("callSettings.enableAutoGainControl",), impact=_BEHAVIOUR, default=False, source=_V2)] = UNSET
    sendDenoisedToStt:       Annotated[bool, Fact(shown=("callSettings.sendDenoisedToStt",), impact=_BEHAVIOUR, default=False, source=_V2)] = UNSET
    genderDetection:         Annotated[bool, Fact(shown=("callSettings.genderDetection",), impact=_BEHAVIOUR, default=False, source=_V2, note="adapts to the caller's gender")] = UNSET
    smartCallEnd:            Annotated[bool, Fact(shown=("callSettings.smartCallEnd",), impact=_BEHAVIOUR, default=False, source=_V2, note="ends the call by itself")] = UNSET


class Tool(Section):
    """A web tool that is attached to the agent, or to a node of its flow. Paths begin in it."""

    persistentId: Annotated[_Name, Fact(shown=("persistentId",), impact=_REACH, source=_V2, note="the tool, whatever its version")] = UNSET
    toolId:       Annotated[_Name, Fact(shown=("toolId",), impact=_REACH, source=_LIVE, note="the record of its version")] = UNSET
    version:      Annotated[int, Field(ge=1), Fact(shown=("version",), impact=_REACH, source=_V2)] = UNSET
    toolType:     Annotated[Literal["FUNCTION", "MCP", "WEB_TOOL"], Fact(shown=("toolType",), impact=_REACH, source=_V2)] = UNSET
    nodeId:       Annotated[_Name | None, Fact(shown=("nodeId",), impact=_BEHAVIOUR, source=_LIVE, note="the node of the flow; null is for the whole agent")] = UNSET
    overrides:    Annotated[_Map, Fact(shown=("overrides",), impact=_REACH, guarded=True, default={}, source=_LIVE, note="tokens in it only as `$secret`")] = UNSET


class PhoneNumber(Section):
    """The number that reaches the agent. What else a write of it does is not known."""

    type: Annotated[Literal["TWILIO", "SIP"], Fact(shown=("phoneNumber.type",), empty_with="phoneNumber", impact=_REACH, source=_V2)] = UNSET
    id:   Annotated[_Name, Fact(shown=("phoneNumber.id",), empty_with="phoneNumber", impact=_REACH, source=_V2, note="of the number's record")] = UNSET


class WebhookAuth(Section):
    """Sent to the webhook as ``Authorization: <authKey> <authSecret>``."""

    authKey:    Annotated[str | None, Fact(shown=("webhookAuth.authKey",), empty_with="webhookAuth", bare=True, impact=_REACH, source=f"{_V2}; {_V1}", note="the scheme's word, such as `Bearer`")] = UNSET
    authSecret: Annotated[_Name | None, Fact(shown=("webhookAuth.authSecret",), empty_with="webhookAuth", bare=True, impact=_REACH, sensitive=True, source=f"{_V2}; {_V1}")] = UNSET


class Agent(Section):
    """Everything that can be declared of a v2 agent."""

    name:                  Annotated[_Name, Fact(shown=("name",), impact=_SILENT, source=_V2, note="needed to create an agent")] = UNSET
    type:                  Annotated[Literal["Single Prompt", "Flow Agent"], Fact(shown=("type",), impact=_BEHAVIOUR, create_only=True, default="Single Prompt", source=f"{_V2}; {_V1}")] = UNSET
    conversation:          Conversation = UNSET
    voice:                 Voice = UNSET
    llm:                   Llm = UNSET
    callSettings:          CallSettings = UNSET
    tools:                 Annotated[list[Tool], Fact(shown=("tools",), by="persistentId", per="nodeId", impact=_REACH, codec=PARSED, default=[], source=_LIVE, note="attached web tools, by `persistentId` and `nodeId`")] = UNSET
    knowledgeBaseItemsIds: Annotated[list[str], Fact(shown=("knowledgeBaseItemsIds",), impact=_BEHAVIOUR, codec=PARSED, default=[], source=_LIVE)] = UNSET
    voiceDictionaryIds:    Annotated[list[str], Fact(shown=("voiceDictionaryIds",), impact=_SPOKEN, codec=PARSED, default=[], source=_V2)] = UNSET
    phoneNumber:           PhoneNumber = UNSET
    webhookUrl:            Annotated[_Name | None, Fact(shown=("webhookUrl",), impact=_REACH, guarded=True, default=None, source=f"{_V2}; https only")] = UNSET
    webhookAuth:           WebhookAuth = UNSET
    outcomeResponseShape:  Annotated[_Shape, Fact(shown=("outcomeResponseShape",), impact=_SILENT, codec=PARSED, default={}, source=f"{_V2}; {_V1}")] = UNSET
    flow:                  Flow = UNSET
    workflow:              Annotated[_Map, Fact(shown=("workflow",), raw=True, impact=_BEHAVIOUR, guarded=True, codec=WORKFLOW, default={}, source=_LIVE, note="the flow as the API has it; `flow` is for people")] = UNSET
# fmt: on


_LLM = ("llm.provider", "llm.model", "llm.temperature", "llm.baseUrl", "llm.apiKey")

FROM_V1 = {
    "agentName": "name",
    **{
        name: f"conversation.{name}"
        for name in (
            *("greetingMessage", "greetingMessageType", "preamble", "pokeMessages", "params"),
            *("alignment.greetingMessage", "alignment.preamble"),
        )
    },
    "lang": "voice.lang",
    "voiceId": "voice.voiceId",
    **{
        f"llmConfig.{v1}": f"llm.{v2}"
        for v1, v2 in (
            *(("provider", "provider"), ("modelName", "model"), ("temperature", "temperature")),
            *(("baseUrl", "baseUrl"), ("apiKey", "apiKey")),
        )
    },
    **{
        name: f"callSettings.{name}"
        for name in kinds(CallSettings)
        if name not in ("genderDetection", "smartCallEnd")
    },
    "tools.genderDetection": "callSettings.genderDetection",
    "tools.smartCallEnd": "callSettings.smartCallEnd",
    **{
        name: name
        for name in (
            *("type", "knowledgeBaseItemsIds", "voiceDictionaryIds", "outcomeResponseShape"),
            *("webhookUrl", "webhookAuth.authKey", "webhookAuth.authSecret"),
        )
    },
}
"""The v2 path of each v1 path that v2 has; others do not exist in v2.

Source: the field lists of both references, which name the same settings.
"""

AGENT_V2 = Kind(
    name="agent",
    api="v2",
    model=Agent,
    routes=Routes(collection="/v2/voice-agents", items="voiceAgents"),
    roles={
        Role.NAME: "name",
        Role.PROMPT: "conversation.preamble",
        Role.GREETING: "conversation.greetingMessage",
        Role.GREETING_MODE: "conversation.greetingMessageType",
        Role.POKES: "conversation.pokeMessages",
        Role.PARAMS: "conversation.params",
        Role.LANGUAGE: "voice.lang",
        Role.VOICE: "voice.voiceId",
        Role.PROVIDER: "llm.provider",
        Role.MODEL: "llm.model",
        Role.TEMPERATURE: "llm.temperature",
        Role.GREETING_ALIGNMENT: "conversation.alignment.greetingMessage",
        Role.PROMPT_ALIGNMENT: "conversation.alignment.preamble",
        Role.WEBHOOK: "webhookUrl",
        Role.WEBHOOK_SECRET: "webhookAuth.authSecret",
    },
    first_vintage="G1",
    server_managed=(
        "updatedAt",
        "createdAt",
        "account",
        "resolvedWebTools",
        "voice.voiceRecordId",
        "voice.voiceRecord",
        "voice.ttsParams",
    ),
    # The response of the last trial run in the dashboard.
    restless=("tools[*].testResult",),
    housekeeping=("id",),
    secret_places=("resolvedWebTools", "tools", "llm", "webhookUrl", "webhookAuth", "workflow"),
    prompted_greeting="PROMPT",
    models=MODELS,
    fixed_temperatures=FIXED_TEMPERATURES,
    system_names=SYSTEM,
    templates=True,
    type_path="type",
    # Some revisions of the list's page show whole agents, others only a few of their fields.
    short_list=True,
    together=(
        Together(paths=("llm.temperature",), source="LLM-test 5d9fe45"),
        Together(paths=_LLM, when=("llm.provider", "Custom"), source="create page"),
    ),
    view=FLOW,
)

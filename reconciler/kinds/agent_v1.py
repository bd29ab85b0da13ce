"""The v1 agent: one row per field, as the API's own pages document it. Data; no behaviour.

Generations, by date of publication: ``G1`` the flat agent with Google Calendar (January to June
2025), ``G2`` without the calendar, with webhook and outcome shape (June 2025), ``G3`` flat with
call settings and model settings (until v2). A limit here is the widest that any generation
documents; a narrower one is ``usual`` and only causes a warning. A ``default`` is a value that a
page calls so: for the model's settings there are only samples, and `interrupt` changed back and
forth after G1.

Sources: *update page* is the v1 update route's page of May 2025; *OpenAPI* with a date the vendor's
document of that day; *create*, *get* and *settings page* the later reference pages.
"""

from typing import Annotated, Any, Literal

from reconciler.kinds import validators
from reconciler.kinds.models import FIXED_TEMPERATURES, MODELS
from reconciler.schema.codecs import HYPHENATED, PARSED, SLOTS
from reconciler.schema.kind import Kind, Role, Routes
from reconciler.schema.shape import AfterValidator, Field, StringConstraints
from reconciler.schema.table import UNSET, Defaults, Fact, Impact, Section

_SPOKEN, _BEHAVIOUR, _REACH, _SILENT = Impact.SPOKEN, Impact.BEHAVIOUR, Impact.REACH, Impact.SILENT
_UPDATE, _G1, _G2 = "update page", "OpenAPI 2025-05-11", "OpenAPI 2025-10-19"
_CREATE, _GET, _SETTINGS = "create page", "get page", "settings page"

_Name = Annotated[str, StringConstraints(min_length=1)]
_Map = dict[str, Any]
_Shape = Annotated[_Map, AfterValidator(validators.outcome_shape)]
_Zone = Annotated[
    str, AfterValidator(validators.timezone), Field(json_schema_extra=validators.show_timezones)
]


class Slot(Section):
    """A stretch of one day."""

    from_: Annotated[validators.Clock, Field(alias="from")]
    to: validators.Clock


class Week(Section):
    """The days on which meetings can be booked; a day left out has no slots."""

    Monday: list[Slot] = UNSET
    Tuesday: list[Slot] = UNSET
    Wednesday: list[Slot] = UNSET
    Thursday: list[Slot] = UNSET
    Friday: list[Slot] = UNSET
    Saturday: list[Slot] = UNSET
    Sunday: list[Slot] = UNSET


# fmt: off
class Tools(Section):
    """What the agent may do in a call. G1 never shows these flags; G3 shows two of them."""

    googleCalendar:  Annotated[bool, Fact(impact=_REACH, until="G1", default=False, source=_UPDATE, note="books meetings")] = UNSET
    genderDetection: Annotated[bool, Fact(shown=("tools.genderDetection",), impact=_BEHAVIOUR, default=False, source=f"{_UPDATE}; {_GET}", note="adapts to the caller's gender")] = UNSET
    smartCallEnd:    Annotated[bool, Fact(shown=("tools.smartCallEnd",), impact=_BEHAVIOUR, default=False, source=f"{_UPDATE}; {_GET}", note="ends the call by itself")] = UNSET


class GoogleCalendarSettings(Section):
    """Where and when meetings are booked. Responses carry it under ``tools``."""

    calendarId:      Annotated[str, Fact(shown=("tools.calendarId",), empty_with="tools", impact=_REACH, until="G1", source=_UPDATE)] = UNSET
    calendarName:    Annotated[str, Fact(shown=("tools.calendarName",), empty_with="tools", impact=_SILENT, until="G1", source=_UPDATE)] = UNSET
    accessToken:     Annotated[_Name, Fact(shown=("tools.accessToken",), empty_with="tools", impact=_REACH, until="G1", sensitive=True, source=_UPDATE, note="OAuth token")] = UNSET
    refreshToken:    Annotated[_Name, Fact(shown=("tools.refreshToken",), empty_with="tools", impact=_REACH, until="G1", sensitive=True, source=_UPDATE, note="OAuth token")] = UNSET
    eventTitle:      Annotated[str, Fact(shown=("tools.eventTitle",), empty_with="tools", impact=_SILENT, until="G1", default="New meeting by {agentName}", source=_G1, note="`{agentName}` in single braces")] = UNSET
    meetingDuration: Annotated[float, Field(ge=0), Fact(shown=("tools.meetingDuration",), empty_with="tools", impact=_REACH, until="G1", unit="minutes", source=_G1, note="shorter than a slot")] = UNSET
    timezone:        Annotated[_Zone, Fact(shown=("tools.timezone",), empty_with="tools", impact=_REACH, until="G1", source=_G1)] = UNSET
    freeSlots:       Annotated[Week, Fact(shown=("tools.freeSlots",), empty_with="tools", impact=_REACH, until="G1", codec=SLOTS, source=f"{_UPDATE}; {_G1}", note="the whole week; a day left out is closed")] = UNSET


class Alignment(Section):
    """How the dashboard aligns the texts."""

    greetingMessage: Annotated[str, Fact(shown=("alignment.greetingMessage",), empty_with="alignment", impact=_SILENT, since="G3", usual=("ltr", "rtl"), default="ltr", source=_CREATE)] = UNSET
    preamble:        Annotated[str, Fact(shown=("alignment.preamble",), empty_with="alignment", impact=_SILENT, since="G3", usual=("ltr", "rtl"), default="ltr", source=_CREATE)] = UNSET


class LlmConfig(Section):
    """The language model behind the agent. Spelling of the names is exact."""

    provider:    Annotated[str, Fact(shown=("llmConfig.provider",), empty_with="llmConfig", impact=_BEHAVIOUR, since="G3", source=_CREATE)] = UNSET
    modelName:   Annotated[str, Fact(shown=("llmConfig.modelName",), empty_with="llmConfig", impact=_BEHAVIOUR, since="G3", source=_CREATE)] = UNSET
    baseUrl:     Annotated[str, Fact(shown=("llmConfig.baseUrl",), empty_with="llmConfig", impact=_REACH, guarded=True, since="G3", source=_CREATE, note="provider `Custom`")] = UNSET
    apiKey:      Annotated[_Name, Fact(shown=("llmConfig.apiKey",), empty_with="llmConfig", impact=_REACH, since="G3", sensitive=True, source=_CREATE, note="provider `Custom`")] = UNSET
    temperature: Annotated[float, Field(ge=0, le=1), Fact(shown=("llmConfig.temperature",), empty_with="llmConfig", impact=_BEHAVIOUR, since="G3", source=_CREATE)] = UNSET


class WebhookAuth(Section):
    """Sent to the webhook as ``Authorization: <authKey> <authSecret>``."""

    authKey:    Annotated[str | None, Fact(shown=("webhookAuth.authKey",), empty_with="webhookAuth", impact=_REACH, since="G2", source=_G2, note="the scheme's word, such as `Token`")] = UNSET
    authSecret: Annotated[_Name | None, Fact(shown=("webhookAuth.authSecret",), empty_with="webhookAuth", impact=_REACH, since="G2", sensitive=True, source=_G2)] = UNSET


class Agent(Section):
    """Everything that can be declared of a v1 agent."""

    agentName:               Annotated[_Name, Fact(shown=("agentName", "name"), impact=_SILENT, source=_UPDATE, note="needed to create an agent")] = UNSET
    greetingMessage:         Annotated[str, Fact(shown=("greetingMessage",), impact=_SPOKEN, prose=True, default="Hello, how can I help you today?", source=_UPDATE, note="`{{param}}` placeholders")] = UNSET
    greetingMessageType:     Annotated[str | None, Fact(shown=("greetingMessageType",), impact=_SPOKEN, since="G3", usual=("STATIC", "PROMPT", "TEXT"), default=None, source=_CREATE)] = UNSET
    preamble:                Annotated[str, Fact(shown=("preamble",), impact=_BEHAVIOUR, prose=True, default="You are a helpful assistant that will answer users questions.", source=f"{_UPDATE}; {_G1}", note="the prompt; `{{param}}` placeholders")] = UNSET
    lang:                    Annotated[Literal["ar", "en"], Fact(shown=("lang",), impact=_SPOKEN, default="ar", source=_UPDATE)] = UNSET
    voiceId:                 Annotated[_Name | None, Fact(shown=("voiceId", "voiceRecordId", "voiceRecord.id"), impact=_SPOKEN, source=f"{_UPDATE}; {_GET}", note="an id from the dashboard")] = UNSET
    pokeMessages:            Annotated[list[str], Fact(shown=("pokeMessages",), impact=_SPOKEN, prose=True, codec=PARSED, default=[], source=_UPDATE, note="spoken when the caller is silent")] = UNSET
    params:                  Annotated[_Map, Fact(shown=("params",), impact=_SPOKEN, prose=True, codec=PARSED, default={}, source=_UPDATE, note="values of the placeholders; the whole map")] = UNSET
    realTime:                Annotated[bool, Fact(shown=("realTime",), impact=_BEHAVIOUR, default=False, source=_UPDATE)] = UNSET
    silenceThreshold:        Annotated[int, Field(ge=1), Fact(shown=("silenceThreshold",), impact=_BEHAVIOUR, unit="ms", default=800, source=_G1)] = UNSET
    interrupt:               Annotated[bool, Fact(shown=("interrupt",), impact=_BEHAVIOUR, default=Defaults(G1=False, G3=True), source=_UPDATE, note="the caller may interrupt")] = UNSET
    outcome:                 Annotated[str | None, Fact(shown=("outcome",), impact=_SILENT, prose=True, default=None, source=_G1, note="prompt run after the call")] = UNSET
    outcomeResponseShape:    Annotated[_Shape, Fact(shown=("outcomeResponseShape",), impact=_SILENT, since="G2", codec=PARSED, source=_G2)] = UNSET
    tools:                   Tools = UNSET
    googleCalendarSettings:  GoogleCalendarSettings = UNSET
    webhookUrl:              Annotated[_Name | None, Fact(shown=("webhookUrl",), impact=_REACH, guarded=True, since="G2", source=_G2)] = UNSET
    webhookAuth:             WebhookAuth = UNSET
    description:             Annotated[str, Fact(shown=("description",), impact=_SILENT, since="G3", source=_CREATE)] = UNSET
    icon:                    Annotated[str, Fact(shown=("icon",), impact=_SILENT, since="G3", source=_CREATE)] = UNSET
    isTemplate:              Annotated[bool, Fact(shown=("isTemplate",), impact=_SILENT, since="G3", source=_CREATE)] = UNSET
    type:                    Annotated[Literal["Single Prompt"], Fact(shown=("type",), impact=_BEHAVIOUR, since="G3", create_only=True, default="Single Prompt", source=_CREATE)] = UNSET
    alignment:               Alignment = UNSET
    knowledgeBaseItemsIds:   Annotated[list[str], Fact(shown=("knowledgeBaseItemsIds",), impact=_BEHAVIOUR, since="G3", codec=PARSED, source=_CREATE)] = UNSET
    webToolsIds:             Annotated[list[str], Fact(shown=("webToolsIds",), impact=_REACH, since="G3", codec=PARSED, source=_CREATE)] = UNSET
    webToolsOverrides:       Annotated[_Map, Fact(shown=("webToolsOverrides",), impact=_REACH, since="G3", codec=PARSED, sensitive=True, source=_CREATE, note="may hold tokens")] = UNSET
    voiceDictionaryIds:      Annotated[list[str], Fact(shown=("voiceDictionaryIds",), impact=_SPOKEN, since="G3", codec=PARSED, source=_CREATE)] = UNSET
    userInactivityTimeout:   Annotated[float, Field(ge=5, le=60), Fact(shown=("userInactivityTimeout",), impact=_BEHAVIOUR, since="G3", unit="s", usual=(5, 30), default=15, source=f"{_CREATE} (5 to 30); {_SETTINGS} (5 to 60)")] = UNSET
    maxCallDuration:         Annotated[float, Field(ge=30, le=3600), Fact(shown=("maxCallDuration",), impact=_BEHAVIOUR, since="G3", unit="s", usual=(30, 600), default=300, source=f"{_CREATE} (30 to 600); {_SETTINGS} (30 to 3600)")] = UNSET
    responseDelay:           Annotated[float, Field(ge=100, le=1500), Fact(shown=("responseDelay",), impact=_BEHAVIOUR, since="G3", unit="ms", default=400, source=_CREATE)] = UNSET
    minInterruptionDuration: Annotated[float, Field(ge=0.2, le=1.5), Fact(shown=("minInterruptionDuration",), impact=_BEHAVIOUR, since="G3", unit="s", default=0.5, source=_CREATE)] = UNSET
    vadActivationThreshold:  Annotated[float, Field(ge=0.2, le=0.9), Fact(shown=("vadActivationThreshold",), impact=_BEHAVIOUR, since="G3", default=0.5, source=_CREATE)] = UNSET
    waitForUserToSpeakFirst: Annotated[int, Field(ge=0, le=2), Fact(shown=("waitForUserToSpeakFirst",), impact=_SPOKEN, since="G3", default=0, source=_CREATE, note="the order of the three is not published")] = UNSET
    backgroundNoise:         Annotated[bool, Fact(shown=("backgroundNoise",), impact=_SPOKEN, since="G3", default=False, source=_CREATE)] = UNSET
    thinkingVoice:           Annotated[bool, Fact(shown=("thinkingVoice",), impact=_SPOKEN, since="G3", default=False, source=_CREATE)] = UNSET
    speakerIdentification:   Annotated[bool, Fact(shown=("speakerIdentification",), impact=_BEHAVIOUR, since="G3", default=False, source=_CREATE)] = UNSET
    agenticRag:              Annotated[bool, Fact(shown=("agenticRag",), impact=_BEHAVIOUR, since="G3", default=False, source=_CREATE)] = UNSET
    languageDialectSwitcher: Annotated[bool, Fact(shown=("languageDialectSwitcher",), impact=_SPOKEN, since="G3", default=False, source=_CREATE)] = UNSET
    enableAutoGainControl:   Annotated[bool, Fact(shown=("enableAutoGainControl",), impact=_BEHAVIOUR, since="G3", default=False, source=_CREATE)] = UNSET
    sendDenoisedToStt:       Annotated[bool, Fact(shown=("sendDenoisedToStt",), impact=_BEHAVIOUR, since="G3", default=False, source=_CREATE)] = UNSET
    noiseCancellation:       Annotated[str, Fact(shown=("noiseCancellation",), impact=_BEHAVIOUR, since="G3", codec=HYPHENATED, usual=("telephony-optimized", "telephony_optimized"), default="telephony-optimized", source=_CREATE)] = UNSET
    cancelNoisePer:          Annotated[str, Fact(shown=("cancelNoisePer",), impact=_BEHAVIOUR, since="G3", usual=("conversation",), default="conversation", source=_CREATE)] = UNSET
    llmConfig:               LlmConfig = UNSET
# fmt: on


AGENT_V1 = Kind(
    name="agent",
    api="v1",
    model=Agent,
    routes=Routes(collection="/v1/voice-agents", items="voiceAgents"),
    roles={
        Role.NAME: "agentName",
        Role.PROMPT: "preamble",
        Role.GREETING: "greetingMessage",
        Role.GREETING_MODE: "greetingMessageType",
        Role.POKES: "pokeMessages",
        Role.PARAMS: "params",
        Role.LANGUAGE: "lang",
        Role.VOICE: "voiceId",
        Role.TIMEZONE: "googleCalendarSettings.timezone",
        Role.SLOTS: "googleCalendarSettings.freeSlots",
        Role.DURATION: "googleCalendarSettings.meetingDuration",
        Role.PROVIDER: "llmConfig.provider",
        Role.MODEL: "llmConfig.modelName",
        Role.TEMPERATURE: "llmConfig.temperature",
        Role.GREETING_ALIGNMENT: "alignment.greetingMessage",
        Role.PROMPT_ALIGNMENT: "alignment.preamble",
        Role.WEBHOOK: "webhookUrl",
        Role.WEBHOOK_SECRET: "webhookAuth.authSecret",
    },
    # A response path that only this vintage and later ones show; see ``wire.generation``.
    marks={
        "G3": ("llmConfig", "responseDelay", "tools.genderDetection"),
        "G2": ("webhookUrl", "webhookAuth", "outcomeResponseShape"),
    },
    first_vintage="G1",
    server_managed=(
        "updatedAt",
        "createdAt",
        "voiceRecord",
        "voiceRecordId",
        "apiKeyId",
        "tools.id",
        "tools.voiceAgentToolsId",
    ),
    # What only responses contain. Sources: seed page, get page; the last two: project page.
    housekeeping=("id", "projectId", "collectionId", "deletedAt", "deletedBy"),
    secret_places=("llmConfig", "webhookUrl"),
    prompted_greeting="PROMPT",
    models=MODELS,
    fixed_temperatures=FIXED_TEMPERATURES,
    type_path="type",
    foreign_types={
        "Flow Agent": "it is a flow agent, which v1 does not describe: write its file for `api: v2`"
    },
)

# ruff: noqa: N815  (the names are the API's own)
"""The bodies that v1 accepts: strict models. No IO except the list of time zones.

Sources: names, types, enums and limits of G1 from the seed page and OpenAPI 2025-05-11; the later
fields of G3 from OpenAPI 2025-10-19 and the vendor's pages of early 2026, each with the widest
published range.
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from reconciler.sandbox.bodies import OMITTED, FreeForm, Strict, objections, refuse, web_address
from reconciler.sandbox.settings import Shape

VOICES = (
    "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
    "29709a36-7703-497f-b6e5-0d39b873f77d",
    "37665327-bfc7-4edf-a362-596a379865dc",
    "60ef35b1-056a-47d9-8f8f-6571f2106560",
    "8f14b3ee-beb6-4f9a-9819-02b45f7d48ff",
    "a2404aca-2c6d-47c7-ae9c-5ea317a30e60",
    "b1d24f8c-6d60-4fb5-8d06-708ba1bc89c2",
    "d23c0832-a642-4a59-8e93-fd0924abc46e",
    "d981c03a-2868-4de2-b097-e11ec231413c",
)


@cache
def time_zones() -> frozenset[str]:
    """Return the 348 published names, one of them misspelt (source: OpenAPI 2025-05-11)."""
    text = files("reconciler.sandbox.v1").joinpath("timezones.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _known_voice(value: str) -> str:
    if value not in VOICES:
        raise ValueError(f"must be one of the {len(VOICES)} published voice ids")
    return value


def _known_zone(value: str) -> str:
    if value not in time_zones():
        raise ValueError(f"must be one of the {len(time_zones())} published time zones")
    return value


Text = str
Number = float
Voice = Annotated[str, AfterValidator(_known_voice)]
Zone = Annotated[str, AfterValidator(_known_zone)]
WebAddress = Annotated[str, AfterValidator(web_address)]
# The page says `hh:mm` in words and `format: time`, which has seconds: both are accepted.
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
Direction = Literal["ltr", "rtl"]
Provider = Literal["OpenAI", "Gemini", "Groq", "deepmyst", "Custom"]


class _Slot(Strict):
    from_: Clock = Field(alias="from")
    to: Clock


class _FreeSlots(Strict):
    Monday: list[_Slot] = OMITTED
    Tuesday: list[_Slot] = OMITTED
    Wednesday: list[_Slot] = OMITTED
    Thursday: list[_Slot] = OMITTED
    Friday: list[_Slot] = OMITTED
    Saturday: list[_Slot] = OMITTED
    Sunday: list[_Slot] = OMITTED


class _Calendar(Strict):
    calendarId: Text = OMITTED
    calendarName: Text = OMITTED
    accessToken: Text = OMITTED
    refreshToken: Text = OMITTED
    eventTitle: Text = OMITTED
    meetingDuration: Number = OMITTED
    timezone: Zone = OMITTED
    freeSlots: _FreeSlots = OMITTED


class _Tools(Strict):
    googleCalendar: bool = OMITTED
    genderDetection: bool = OMITTED
    smartCallEnd: bool = OMITTED


class _Common(Strict):
    """The fields of the seed page that no later page changed."""

    agentName: Text = OMITTED
    greetingMessage: Text = OMITTED
    preamble: Text = OMITTED
    lang: Literal["ar", "en"] = OMITTED
    pokeMessages: list[Text] = OMITTED
    realTime: bool = OMITTED
    silenceThreshold: int = OMITTED
    interrupt: bool = OMITTED
    outcome: Text | None = OMITTED
    tools: _Tools = OMITTED
    params: FreeForm = OMITTED
    googleCalendarSettings: _Calendar = OMITTED


class _UpdateG1(_Common):
    voiceId: Voice = OMITTED


class _CreateG1(_UpdateG1):
    agentName: Text
    silenceThreshold: Annotated[int, Field(ge=1)] = OMITTED


class _WebhookAuth(Strict):
    authKey: Text | None = OMITTED
    authSecret: Text | None = OMITTED


class _Alignment(Strict):
    greetingMessage: Direction = OMITTED
    preamble: Direction = OMITTED


class _LlmConfig(Strict):
    provider: Provider = OMITTED
    modelName: Text = OMITTED
    baseUrl: Text = OMITTED
    apiKey: Text = OMITTED
    temperature: Annotated[Number, Field(ge=0, le=1)] = OMITTED


class _UpdateG3(_Common):
    voiceId: Text | None = OMITTED
    greetingMessageType: Literal["STATIC", "PROMPT"] | None = OMITTED
    description: Text = OMITTED
    icon: Text = OMITTED
    isTemplate: bool = OMITTED
    alignment: _Alignment = OMITTED
    knowledgeBaseItemsIds: list[Text] = OMITTED
    webToolsIds: list[Text] = OMITTED
    voiceDictionaryIds: list[Text] = OMITTED
    webToolsOverrides: FreeForm = OMITTED
    outcomeResponseShape: FreeForm = OMITTED
    webhookUrl: WebAddress | None = OMITTED
    webhookAuth: _WebhookAuth = OMITTED
    userInactivityTimeout: Annotated[Number, Field(ge=5, le=60)] = OMITTED
    maxCallDuration: Annotated[Number, Field(ge=30, le=3600)] = OMITTED
    responseDelay: Annotated[Number, Field(ge=100, le=1500)] = OMITTED
    minInterruptionDuration: Annotated[Number, Field(ge=0.2, le=1.5)] = OMITTED
    vadActivationThreshold: Annotated[Number, Field(ge=0.2, le=0.9)] = OMITTED
    waitForUserToSpeakFirst: Annotated[int, Field(ge=0, le=2)] = OMITTED
    backgroundNoise: bool = OMITTED
    thinkingVoice: bool = OMITTED
    speakerIdentification: bool = OMITTED
    agenticRag: bool = OMITTED
    languageDialectSwitcher: bool = OMITTED
    enableAutoGainControl: bool = OMITTED
    sendDenoisedToStt: bool = OMITTED
    noiseCancellation: Text = OMITTED
    cancelNoisePer: Text = OMITTED
    llmConfig: _LlmConfig = OMITTED


class _CreateG3(_UpdateG3):
    agentName: Text
    silenceThreshold: Annotated[int, Field(ge=1)] = OMITTED
    type: Literal["Single Prompt", "Flow Agent"] = OMITTED


_MODELS: dict[tuple[str, Shape], type[Strict]] = {
    ("POST", "G1"): _CreateG1,
    ("PATCH", "G1"): _UpdateG1,
    ("POST", "G3"): _CreateG3,
    ("PATCH", "G3"): _UpdateG3,
}


def check(method: str, shape: Shape, body: dict[str, Any]) -> None:
    """Raise RefusedError naming every field of `body` that the page does not allow."""
    refuse(objections(_MODELS[method, shape], body))

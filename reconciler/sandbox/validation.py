# ruff: noqa: N815  (the names are the API's own)
"""What the API lets in: strict models of the request bodies, and nothing else.

Types are never coerced, unknown keys are refused at every level but below free-form maps, and a
message names the field without repeating what was sent, which may be a secret. Values are only
checked here: what is stored is what was sent. No IO but the list of time zones.

Sources: names, types, enums and limits of G1 from the seed page and OpenAPI 2025-05-11; the later
fields of G3 from OpenAPI 2025-10-19 and the vendor's pages of early 2026, each with the widest
range that was published.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

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

# Left out of the body; defaults are not validated, so this never lets a null in.
_OMITTED: Any = None


class RefusedError(Exception):
    """The body is not what the page allows; the message is the API's answer, without values."""


@cache
def time_zones() -> frozenset[str]:
    """Return the 348 published names, one of them misspelt (source: OpenAPI 2025-05-11)."""
    text = files("reconciler.sandbox").joinpath("timezones.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _known_voice(value: str) -> str:
    if value not in VOICES:
        raise ValueError(f"must be one of the {len(VOICES)} published voice ids")
    return value


def _known_zone(value: str) -> str:
    if value not in time_zones():
        raise ValueError(f"must be one of the {len(time_zones())} published time zones")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be a URI")
    return value


Text = str
Number = float
Voice = Annotated[str, AfterValidator(_known_voice)]
Zone = Annotated[str, AfterValidator(_known_zone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
# The page says `hh:mm` in words and `format: time`, which has seconds: both are let in.
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
Direction = Literal["ltr", "rtl"]
Provider = Literal["OpenAI", "Gemini", "Groq", "deepmyst", "Custom"]
FreeForm = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Slot(_Strict):
    from_: Clock = Field(alias="from")
    to: Clock


class _FreeSlots(_Strict):
    Monday: list[_Slot] = _OMITTED
    Tuesday: list[_Slot] = _OMITTED
    Wednesday: list[_Slot] = _OMITTED
    Thursday: list[_Slot] = _OMITTED
    Friday: list[_Slot] = _OMITTED
    Saturday: list[_Slot] = _OMITTED
    Sunday: list[_Slot] = _OMITTED


class _Calendar(_Strict):
    calendarId: Text = _OMITTED
    calendarName: Text = _OMITTED
    accessToken: Text = _OMITTED
    refreshToken: Text = _OMITTED
    eventTitle: Text = _OMITTED
    meetingDuration: Number = _OMITTED
    timezone: Zone = _OMITTED
    freeSlots: _FreeSlots = _OMITTED


class _Tools(_Strict):
    googleCalendar: bool = _OMITTED
    genderDetection: bool = _OMITTED
    smartCallEnd: bool = _OMITTED


class _Common(_Strict):
    """The fields of the seed page that every later page kept as they were."""

    agentName: Text = _OMITTED
    greetingMessage: Text = _OMITTED
    preamble: Text = _OMITTED
    lang: Literal["ar", "en"] = _OMITTED
    pokeMessages: list[Text] = _OMITTED
    realTime: bool = _OMITTED
    silenceThreshold: int = _OMITTED
    interrupt: bool = _OMITTED
    outcome: Text | None = _OMITTED
    tools: _Tools = _OMITTED
    params: FreeForm = _OMITTED
    googleCalendarSettings: _Calendar = _OMITTED


class _UpdateG1(_Common):
    voiceId: Voice = _OMITTED


class _CreateG1(_UpdateG1):
    agentName: Text
    silenceThreshold: Annotated[int, Field(ge=1)] = _OMITTED


class _WebhookAuth(_Strict):
    authKey: Text | None = _OMITTED
    authSecret: Text | None = _OMITTED


class _Alignment(_Strict):
    greetingMessage: Direction = _OMITTED
    preamble: Direction = _OMITTED


class _LlmConfig(_Strict):
    provider: Provider = _OMITTED
    modelName: Text = _OMITTED
    baseUrl: Text = _OMITTED
    apiKey: Text = _OMITTED
    temperature: Annotated[Number, Field(ge=0, le=1)] = _OMITTED


class _UpdateG3(_Common):
    voiceId: Text | None = _OMITTED
    greetingMessageType: Literal["STATIC", "PROMPT"] | None = _OMITTED
    description: Text = _OMITTED
    icon: Text = _OMITTED
    isTemplate: bool = _OMITTED
    alignment: _Alignment = _OMITTED
    knowledgeBaseItemsIds: list[Text] = _OMITTED
    webToolsIds: list[Text] = _OMITTED
    voiceDictionaryIds: list[Text] = _OMITTED
    webToolsOverrides: FreeForm = _OMITTED
    outcomeResponseShape: FreeForm = _OMITTED
    webhookUrl: WebAddress | None = _OMITTED
    webhookAuth: _WebhookAuth = _OMITTED
    userInactivityTimeout: Annotated[Number, Field(ge=5, le=60)] = _OMITTED
    maxCallDuration: Annotated[Number, Field(ge=30, le=3600)] = _OMITTED
    responseDelay: Annotated[Number, Field(ge=100, le=1500)] = _OMITTED
    minInterruptionDuration: Annotated[Number, Field(ge=0.2, le=1.5)] = _OMITTED
    vadActivationThreshold: Annotated[Number, Field(ge=0.2, le=0.9)] = _OMITTED
    waitForUserToSpeakFirst: Annotated[int, Field(ge=0, le=2)] = _OMITTED
    backgroundNoise: bool = _OMITTED
    thinkingVoice: bool = _OMITTED
    speakerIdentification: bool = _OMITTED
    agenticRag: bool = _OMITTED
    languageDialectSwitcher: bool = _OMITTED
    enableAutoGainControl: bool = _OMITTED
    sendDenoisedToStt: bool = _OMITTED
    noiseCancellation: Text = _OMITTED
    cancelNoisePer: Text = _OMITTED
    llmConfig: _LlmConfig = _OMITTED


class _CreateG3(_UpdateG3):
    agentName: Text
    silenceThreshold: Annotated[int, Field(ge=1)] = _OMITTED
    type: Literal["Single Prompt", "Flow Agent"] = _OMITTED


_MODELS: dict[tuple[str, Shape], type[_Strict]] = {
    ("POST", "G1"): _CreateG1,
    ("PATCH", "G1"): _UpdateG1,
    ("POST", "G3"): _CreateG3,
    ("PATCH", "G3"): _UpdateG3,
}


def read_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object as a strict server does; raises RefusedError for anything else."""
    try:
        parsed = json.loads(body.decode(), parse_constant=_no_constant, parse_float=_finite)
        json.dumps(parsed, ensure_ascii=False).encode()  # a lone surrogate is not text
    except (ValueError, RecursionError) as error:
        raise RefusedError("the request body is not valid JSON") from error
    if not isinstance(parsed, dict):
        raise RefusedError("the request body must be a JSON object")
    return parsed


def check(method: str, shape: Shape, body: dict[str, Any]) -> None:
    """Raise RefusedError naming every field of `body` that the page does not allow."""
    try:
        _MODELS[method, shape].model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RefusedError("; ".join(_told(each["loc"], each["msg"]) for each in found)) from None


def _told(where: tuple[int | str, ...], what: str) -> str:
    path = ".".join(str(part) for part in where)
    return f"{path}: {what.removeprefix('Value error, ')}"


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value

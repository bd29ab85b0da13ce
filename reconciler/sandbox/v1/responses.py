"""A stored agent in responses: another shape than in requests, as on the page. Pure.

    stored (as requested)             G1 response                 G3 response
    voiceId                           voiceRecordId, voiceRecord  voiceId too
    tools.googleCalendar              never                       never
    tools.genderDetection, …          never                       tools.genderDetection, …
    googleCalendarSettings.X          tools.X                     never
    ….freeSlots.Day = [{from, to}]    ….freeSlots.Day = [[{…}]]   never

With `own_paths` both responses also show `tools` and `googleCalendarSettings` as sent.

Sources: seed page; OpenAPI 2025-05-11; for G3 the vendor's pages of early 2026. A missing
field is shown as its published default, as a database column would be, or else as null.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reconciler.sandbox import webtools
from reconciler.sandbox.project import API_KEY_ID, PROJECT_ID
from reconciler.sandbox.settings import Shape
from reconciler.sandbox.store import Record
from reconciler.sandbox.v1.defaults import PUBLISHED, JsonObject

_CALENDAR = (
    *("calendarId", "calendarName", "accessToken", "refreshToken"),
    *("eventTitle", "meetingDuration", "timezone"),
)
_NESTED = ("tools", "googleCalendarSettings")
_FLAGS = ("genderDetection", "smartCallEnd")
_LATER_EMPTY: JsonObject = {
    "collectionId": None,
    "isTemplate": False,
    "icon": None,
    "webhookUrl": None,
    "webhookAuth": None,
    "webToolsIds": [],
    "voiceDictionaryIds": [],
    "knowledgeBaseItemsIds": [],
    "webToolsOverrides": {},
    "outcomeResponseShape": None,
}


def answer(
    record: Record, shape: Shape, *, own_paths: bool = False, updated_at: bool = True
) -> JsonObject:
    """Return `data` of the API's response for this agent; the switches are those of `Settings`."""
    known = {**PUBLISHED[shape], **webtools.flat(record.fields)}
    shown = _common(record, known)
    if shape == "G3":
        shown |= _later(known)
    if own_paths:
        shown |= {name: _with(shown.get(name), known[name]) for name in _NESTED if name in known}
    if not updated_at:
        del shown["updatedAt"]
    return shown


def _with(shown: JsonObject | None, sent: JsonObject) -> JsonObject:
    return {**(shown or {}), **sent}


def _common(record: Record, known: JsonObject) -> JsonObject:
    """Return the seed page's response, key for key in its order."""
    voice = known.get("voiceId")
    return {
        "id": record.id,
        "agentName": known.get("agentName"),
        "greetingMessage": known["greetingMessage"],
        "description": known.get("description", record.extra.get("description")),
        "preamble": known["preamble"],
        "lang": known["lang"],
        "pokeMessages": known["pokeMessages"],
        "realTime": known["realTime"],
        "silenceThreshold": known["silenceThreshold"],
        "interrupt": known["interrupt"],
        "outcome": known["outcome"],
        "projectId": PROJECT_ID,
        "apiKeyId": API_KEY_ID,
        "voiceRecordId": voice,
        "voiceRecord": _voice(voice),
        "tools": _calendar(record.id, known.get("googleCalendarSettings")),
        "params": known["params"],
        "createdAt": record.created,
        "updatedAt": record.updated,
    }


def _later(known: JsonObject) -> JsonObject:
    """Return what later responses add, and `tools`, which they changed."""
    flags = known["tools"]
    names = (name for name in PUBLISHED["G3"] if name not in PUBLISHED["G1"])
    return {
        **_LATER_EMPTY,
        **{name: known[name] for name in names},
        **{name: known[name] for name in _LATER_EMPTY if name in known},
        "voiceId": known.get("voiceId"),
        "tools": {flag: flags.get(flag, False) for flag in _FLAGS},
    }


def _voice(voice: str | None) -> JsonObject | None:
    return None if voice is None else {"id": voice, "name": f"Voice {voice[:8]}"}


def _calendar(agent: str, settings: JsonObject | None) -> JsonObject | None:
    """Return the calendar record, null for an agent that never had calendar settings."""
    if settings is None:
        return None
    return {
        "id": _derived(agent, "calendar"),
        "voiceAgentToolsId": _derived(agent, "tools"),
        **{name: settings.get(name) for name in _CALENDAR},
        "freeSlots": _slots(settings.get("freeSlots", {})),
    }


def _slots(days: dict[str, list[Any]]) -> dict[str, list[list[Any]]]:
    """Return the days one level deeper than they were sent (seed page)."""
    return {day: [slots] if slots else [] for day, slots in days.items()}


def _derived(agent: str, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{agent}/{what}"))

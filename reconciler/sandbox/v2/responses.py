"""A stored agent in v2's responses. Pure, except for the data of `toolrecords`.

Shown in addition to the request's fields: `id`, the expanded voice, the records of attached tools,
the dates and the plan of the account. Sources: responses of the v2 reference; MindCloud for the
short item of the list; LLM-test for `ttsParams`.
"""

from typing import Any
from uuid import uuid4

from reconciler.sandbox import secrets
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record
from reconciler.sandbox.v2 import columns, toolrecords, workflow

JsonObject = dict[str, Any]

_SECRET = ("llm", "webhookAuth", "tools", "resolvedWebTools")
_DIALECT = {"ar": "sa", "en": "us"}


def answer(record: Record, settings: Settings) -> JsonObject:
    """Return `data` of a response about one agent, in the order of the reference's samples."""
    known = columns.asked(record.fields, dashboard=settings.dashboard)
    shown: JsonObject = {
        "id": record.id,
        "type": known["type"],
        **known,
        "voice": _voice(known["voice"], settings),
        "knowledgeBaseItemsIds": _ids(known["knowledgeBaseItemsIds"], settings),
        "workflow": workflow.shown(known["workflow"], settings),
        "resolvedWebTools": toolrecords.resolved(known["tools"]),
        "createdAt": record.created,
        "updatedAt": record.updated,
        "account": {"plan": "pro"},
    }
    if not settings.updated_at:
        del shown["updatedAt"]
    return secrets.masked(shown, _SECRET) if settings.secrets == "masked" else shown


def item(record: Record, settings: Settings) -> JsonObject:
    """Return an agent as the list shows it."""
    shown = answer(record, settings)
    match settings.items:
        case "full":
            return shown
        case "flowless":
            return {**shown, "workflow": {}}
        case "short":
            return _short(shown)


def _short(shown: JsonObject) -> JsonObject:
    names = ("id", "name", "type", "createdAt", "updatedAt")
    return {
        **{name: shown[name] for name in names if name in shown},
        "conversation": {
            name: shown["conversation"][name] for name in ("greetingMessage", "preamble")
        },
        "voice": {name: shown["voice"][name] for name in ("lang", "voiceId")},
    }


def _voice(voice: JsonObject, settings: Settings) -> JsonObject:
    chosen = voice["voiceId"]
    return {
        "voiceId": chosen,
        "voiceRecordId": chosen,
        "voiceRecord": _voice_record(voice, settings) if chosen else None,
        "lang": voice["lang"],
        "ttsParams": {"dialect": _DIALECT.get(voice["lang"])},
        **voice,
    }


def _voice_record(voice: JsonObject, settings: Settings) -> JsonObject:
    """Return the expanded voice; the signed address of its sample differs in each response."""
    sample = f"https://cdn.example.com/{voice['voiceId']}.wav"
    signed = {"url": f"{sample}?X-Signature={uuid4().hex}"}
    return {
        "id": voice["voiceId"],
        "name": f"Voice {voice['voiceId'][:8]}",
        "provider": "Hamsa",
        "language": "Arabic" if voice["lang"] == "ar" else "English",
        "languageCode": _DIALECT.get(voice["lang"]),
        "image": "https://cdn.example.com/voice.png",
        "voiceRecord": signed if settings.signed_urls else {},
    }


def _ids(ids: list[str], settings: Settings) -> object:
    """Return the ids; live responses have shown an empty list as the text `[]`."""
    return "[]" if not ids and settings.knowledge_ids == "text" else ids

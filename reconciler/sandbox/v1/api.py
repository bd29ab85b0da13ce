"""The flat generation, implementing `generation.Generation`. Requests have the stored form.

Sources: seed page; OpenAPI 2025-05-11.
"""

from collections.abc import Iterable

from starlette.datastructures import QueryParams

from reconciler.sandbox import patching, secrets, webtools
from reconciler.sandbox.bodies import refuse
from reconciler.sandbox.generation import JsonObject
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store
from reconciler.sandbox.v1 import defaults, responses, validation

PATH = "/v1/voice-agents"
_SECRET = ("llmConfig", "webhookAuth")
IDENTITY: tuple[str, ...] = ("agentName", "type")


def check(method: str, settings: Settings, sent: JsonObject, fields: JsonObject | None) -> None:
    """Raise RefusedError for an invalid body.

    What v1 does to a flow agent is not known: it changes the flat fields, or refuses it.
    """
    if settings.v1_flow == "refuse" and fields and fields.get("type") == "Flow Agent":
        refuse(["a flow agent cannot be changed by v1"])
    validation.check(method, settings.shape, sent)


def asked(settings: Settings, fields: JsonObject) -> JsonObject:  # noqa: ARG001
    """Return a stored agent in the request's form, which is the stored one."""
    return fields


def born(settings: Settings, sent: JsonObject) -> JsonObject:
    """Return a new agent: the sent values over the published defaults."""
    return defaults.filled(settings.shape, sent)


def patched(settings: Settings, known: JsonObject, sent: JsonObject) -> JsonObject:
    """Return an agent after a PATCH."""
    return patching.patched(known, sent, deep=settings.patch == "merge")


def kept(
    settings: Settings,  # noqa: ARG001
    fields: JsonObject,  # noqa: ARG001
    known: JsonObject,
    names: Iterable[str],
) -> JsonObject:
    """Return the stored form, which is the request's except for tools that v2 attached."""
    return webtools.after_v1(known, names)


def page(
    store: Store,
    query: QueryParams,  # noqa: ARG001
    start: int,
    count: int,
) -> tuple[int, list[Record]]:
    """Return all agents in order of creation; v1 has no filter."""
    return store.page(start, count)


def seen(settings: Settings, store: Store, record: Record) -> Record:  # noqa: ARG001
    """Return the agent unchanged: reading changes nothing in v1."""
    return record


def shown(settings: Settings, record: Record) -> JsonObject:
    """Return `data` of a response about one agent."""
    data = responses.answer(
        record, settings.shape, own_paths=settings.own_paths, updated_at=settings.updated_at
    )
    return secrets.masked(data, _SECRET) if settings.secrets == "masked" else data


item = shown


def envelope(method: str, data: JsonObject) -> JsonObject:  # noqa: ARG001
    """Return the body of a successful response, the same for each method."""
    return {"success": True, "message": "success", "data": data}

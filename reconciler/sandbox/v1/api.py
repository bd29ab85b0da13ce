"""The flat generation, as `generation.Generation` asks for it. The stored form is its request's.

Sources: seed page; OpenAPI 2025-05-11.
"""

from collections.abc import Iterable

from starlette.datastructures import QueryParams

from reconciler.sandbox import patching
from reconciler.sandbox.generation import JsonObject
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store
from reconciler.sandbox.v1 import defaults, responses, validation

PATH = "/v1/voice-agents"
IDENTITY: tuple[str, ...] = ("agentName", "type")


def check(
    method: str,
    settings: Settings,
    sent: JsonObject,
    fields: JsonObject | None,  # noqa: ARG001
) -> None:
    """Raise RefusedError for a body that is not let in."""
    validation.check(method, settings.shape, sent)


def asked(settings: Settings, fields: JsonObject) -> JsonObject:  # noqa: ARG001
    """Return a stored agent in the request's form, which is how it is stored."""
    return fields


def born(settings: Settings, sent: JsonObject) -> JsonObject:
    """Return a new agent: what was sent over the published defaults."""
    return defaults.filled(settings.shape, sent)


def patched(settings: Settings, known: JsonObject, sent: JsonObject) -> JsonObject:
    """Return an agent after a PATCH."""
    return patching.patched(known, sent, deep=settings.patch == "merge")


def kept(fields: JsonObject, known: JsonObject, names: Iterable[str]) -> JsonObject:  # noqa: ARG001
    """Return the stored form, which is the request's."""
    return known


def page(
    store: Store,
    query: QueryParams,  # noqa: ARG001
    start: int,
    count: int,
) -> tuple[int, list[Record]]:
    """Return all agents, in the order in which they came; v1 has no filter."""
    return store.page(start, count)


def seen(settings: Settings, store: Store, record: Record) -> Record:  # noqa: ARG001
    """Return the agent as it is: reading moves nothing in v1."""
    return record


def shown(settings: Settings, record: Record) -> JsonObject:
    """Return `data` of an answer about one agent."""
    return responses.answer(
        record, settings.shape, own_paths=settings.own_paths, updated_at=settings.updated_at
    )


item = shown


def envelope(method: str, data: JsonObject) -> JsonObject:  # noqa: ARG001
    """Return the body of a successful answer, the same for each method."""
    return {"success": True, "message": "success", "data": data}

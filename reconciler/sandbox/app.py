"""The routes: list, get, create and change voice agents, and the project of the key.

Decisions about one request are here; what is let in is in `requests`, what goes out in `shapes`,
misbehaviour around them in `edge`. Sources: seed page; OpenAPI 2025-05-11.
"""

import re
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.sandbox import defaults, responses, storing, validation
from reconciler.sandbox.faults import LIST_PATH, Faults
from reconciler.sandbox.files import DamagedError
from reconciler.sandbox.middleware import FAULT_KEY, Edge, Received
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store

PROJECT_BORN = "2025-01-27T08:00:00.000Z"

JsonObject = dict[str, Any]


class Sandbox(Starlette):
    """The app; `state` has `settings`, `store`, `faults` (add some) and `requests` (a log)."""

    def build_middleware_stack(self) -> ASGIApp:
        """Put the edge around everything, the framework's own error handling included."""
        return Edge(
            app=super().build_middleware_stack(),
            faults=self.state.faults,
            latency=self.state.settings.latency,
            requests=self.state.requests,
        )


def create_app(store: Store, settings: Settings) -> Starlette:
    """Return the API over `store`, behaving as `settings` say."""
    app = Sandbox(
        routes=[
            Route(LIST_PATH, _list, methods=["GET"]),
            Route(LIST_PATH, _create, methods=["POST"]),
            Route(LIST_PATH + "/{agent}", _read, methods=["GET"]),
            Route(LIST_PATH + "/{agent}", _update, methods=["PATCH"]),
            Route("/v1/projects/by-api-key", _project, methods=["GET"]),
        ],
        middleware=[Middleware(_Guard, api_key=settings.api_key)],
        exception_handlers={
            HTTPException: _failed,
            validation.RefusedError: _refused,
            DamagedError: _damaged,
        },
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.store = store
    app.state.faults = Faults(settings.faults)
    app.state.requests = list[Received]()
    return app


async def _list(request: Request) -> Response:
    settings = _settings(request)
    skip = _count(request, "skip", 1)
    take = min(_count(request, "take", 10), settings.max_take)
    total, page = _store(request).page((skip - 1) * take, take)
    if _fault(request) == "half-list":
        page = page[:-1]
    agents = [_shown(settings, record) for record in page]
    return _success({"total": total, "filtered": len(agents), "voiceAgents": agents})


async def _read(request: Request) -> Response:
    record = _found(request)
    if _fault(request) == "touch":
        _store(request).update(record.id, _touched(record.fields, request))
    return _agent(request, record)


async def _create(request: Request) -> Response:
    sent = await _sent(request)
    fields = _done(request, defaults.filled(_settings(request).shape, sent), sent)
    store = _store(request)
    return _agent(request, store.new(fields) if _ignored(request) else store.add(fields))


async def _update(request: Request) -> Response:
    record = _found(request)
    sent = await _sent(request)
    changed = _changed(_settings(request), record.fields, sent)
    fields = _done(request, changed, sent)
    store = _store(request)
    if _ignored(request):
        return _agent(request, store.changed(record, fields))
    return _agent(request, store.update(record.id, fields))


async def _project(request: Request) -> Response:  # noqa: ARG001
    return _success(responses.project(PROJECT_BORN))


async def _sent(request: Request) -> JsonObject:
    """Return the body, checked; raises RefusedError."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise validation.RefusedError("the request body must be sent as application/json")
    sent = validation.read_object(await request.body())
    validation.check(request.method, _settings(request).shape, sent)
    return sent


def _found(request: Request) -> Record:
    """Return the agent that the path names; raises HTTPException 404."""
    store = _store(request)
    agent: str = request.path_params["agent"]
    if _fault(request) == "vanish":
        store.remove(agent)
    record = store.get(agent)
    if record is None:
        raise HTTPException(404, "Voice agent not found")
    return record


def _changed(settings: Settings, stored: JsonObject, sent: JsonObject) -> JsonObject:
    """Return the fields after a PATCH, in this sandbox's way of it."""
    if settings.patch == "wipe":
        kept: JsonObject = {name: stored[name] for name in ("agentName", "type") if name in stored}
        return defaults.filled(settings.shape, {**kept, **sent})
    return _patched(stored, sent, deep=settings.patch == "merge")


def _patched(stored: JsonObject, sent: JsonObject, *, deep: bool) -> JsonObject:
    """Return `stored` with what was sent; nested objects merged if `deep`, arrays never."""
    return {**stored, **{name: _over(stored.get(name), sent[name], deep=deep) for name in sent}}


def _over(stored: object, sent: object, *, deep: bool) -> object:
    match stored, sent:
        case dict(), dict() if deep:
            return _patched(stored, sent, deep=True)
        case _:
            return deepcopy(sent)


def _done(request: Request, fields: JsonObject, sent: JsonObject) -> JsonObject:
    """Return the fields as they are kept, with the deed of the request's fault done to them."""
    ways = _settings(request).store
    fields = {**fields, **{name: storing.stored(fields[name], ways) for name in sent}}
    match _fault(request):
        case "trim":
            return {**fields, **{name: _trimmed(fields[name]) for name in sent}}
        case "touch":
            return _touched(fields, request)
        case _:
            return fields


def _touched(fields: JsonObject, request: Request) -> JsonObject:
    before = fields.get("interrupt", defaults.PUBLISHED[_settings(request).shape]["interrupt"])
    return {**fields, "interrupt": not before}


def _trimmed(value: object) -> object:
    match value:
        case str():
            return value.strip().lower()
        case list():
            return [_trimmed(each) for each in value]
        case dict():
            return {name: _trimmed(each) for name, each in value.items()}
        case _:
            return value


def _ignored(request: Request) -> bool:
    return _fault(request) == "ignore"


def _fault(request: Request) -> str | None:
    fault: str | None = request.scope[FAULT_KEY]
    return fault


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _count(request: Request, name: str, default: int) -> int:
    """Return a query parameter that counts from 1; raises HTTPException 400."""
    text = request.query_params.get(name, str(default))
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise HTTPException(400, f"{name} must be a whole number, 1 or more")
    return int(text)


def _agent(request: Request, record: Record) -> Response:
    return _success(_shown(_settings(request), record))


def _shown(settings: Settings, record: Record) -> JsonObject:
    return responses.answer(
        record, settings.shape, own_paths=settings.own_paths, updated_at=settings.updated_at
    )


def _success(data: JsonObject) -> Response:
    return JSONResponse({"success": True, "message": "success", "data": data})


def _error(status: int, message: str) -> Response:
    return JSONResponse({"code": status, "message": message}, status)


def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001
    if isinstance(error, HTTPException):
        return _error(error.status_code, error.detail)
    raise error


def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _error(400, str(error))


def _damaged(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _error(500, str(error))


class _Guard:
    """Lets in nobody without `Authorization: Token <api key>` (seed page)."""

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self.app = app
        self.expected = f"Token {api_key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._knows(scope["headers"]):
            await _error(401, "Unauthorized")(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _knows(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return [value for name, value in headers if name == b"authorization"] == [self.expected]

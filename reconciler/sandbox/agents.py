"""The four routes for agents, the same for every generation: list, get, create and change."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox import patching, storing
from reconciler.sandbox.generation import Generation, JsonObject
from reconciler.sandbox.requests import (
    count,
    fault_of,
    found,
    sent_object,
    settings_of,
    store_of,
)
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record
from reconciler.sandbox.v1.defaults import PUBLISHED


@dataclass(frozen=True)
class Agents:
    """The handlers of one generation."""

    api: Generation

    def routes(self) -> list[Route]:
        """Return the routes at this generation's path."""
        one = self.api.PATH + "/{agent}"
        return [
            Route(self.api.PATH, self.page, methods=["GET"]),
            Route(self.api.PATH, self.create, methods=["POST"]),
            Route(one, self.read, methods=["GET"]),
            Route(one, self.update, methods=["PATCH"]),
        ]

    async def page(self, request: Request) -> Response:
        """Respond with one page; `skip` is its number, from 1."""
        settings, store = settings_of(request), store_of(request)
        skip = count(request, "skip", 1)
        take = min(count(request, "take", 10), settings.max_take)
        total, page = self.api.page(store, request.query_params, (skip - 1) * take, take)
        if fault_of(request) == "half-list":
            page = page[:-1]
        agents = [self.api.item(settings, self.api.seen(settings, store, one)) for one in page]
        if fault_of(request) == "no-type":
            agents = [_without(one, "type") for one in agents]
        data = {"total": total, "filtered": len(agents), "voiceAgents": agents}
        return JSONResponse(self.api.envelope("GET", data))

    async def read(self, request: Request) -> Response:
        """Respond with one agent."""
        store = store_of(request)
        record = self.api.seen(settings_of(request), store, found(request))
        if fault_of(request) == "touch":
            store.update(record.id, _touched(request, record.fields))
        return self._shown(request, record)

    async def create(self, request: Request) -> Response:
        """Store a new agent and respond with it."""
        settings, store = settings_of(request), store_of(request)
        sent = await sent_object(request)
        self.api.check("POST", settings, sent, None)
        known = self.api.born(settings, sent)
        fields = self._kept(request, {}, known, sent, names=known)
        ignored = fault_of(request) == "ignore"
        return self._shown(request, store.new(fields) if ignored else store.add(fields))

    async def update(self, request: Request) -> Response:
        """Change an agent and respond with it."""
        settings, store = settings_of(request), store_of(request)
        record = found(request)
        sent = await sent_object(request)
        self.api.check("PATCH", settings, sent, record.fields)
        if settings.nulls == "ignored":
            sent = patching.without_nulls(sent)
        known = self._changed(settings, record.fields, sent)
        names = known if settings.patch == "wipe" else sent
        fields = self._kept(request, record.fields, known, sent, names=names)
        if fault_of(request) == "ignore":
            return self._shown(request, store.changed(record, fields))
        return self._shown(request, store.update(record.id, fields))

    def _changed(self, settings: Settings, fields: JsonObject, sent: JsonObject) -> JsonObject:
        """Return the agent in the request's form after a PATCH, by this sandbox's settings."""
        known = self.api.asked(settings, fields)
        if settings.patch == "wipe":
            own: JsonObject = {name: known[name] for name in self.api.IDENTITY if name in known}
            return self.api.born(settings, {**own, **sent})
        return self.api.patched(settings, known, sent)

    def _kept(
        self,
        request: Request,
        fields: JsonObject,
        known: JsonObject,
        sent: JsonObject,
        *,
        names: Iterable[str],
    ) -> JsonObject:
        """Return the stored form, with the effects of settings and of the request's fault."""
        ways = settings_of(request).store
        known = {**known, **{name: storing.stored(known[name], ways) for name in sent}}
        if fault_of(request) == "trim":
            known = {**known, **{name: storing.trimmed(known[name]) for name in sent}}
        kept = self.api.kept(settings_of(request), fields, known, names)
        return _touched(request, kept) if fault_of(request) == "touch" else kept

    def _shown(self, request: Request, record: Record) -> Response:
        data = self.api.shown(settings_of(request), record)
        if fault_of(request) == "no-agent":
            data = {}
        return JSONResponse(self.api.envelope(request.method, data))


def _touched(request: Request, fields: JsonObject) -> JsonObject:
    """Return the stored form with a changed field that was not requested."""
    before = fields.get("interrupt", PUBLISHED[settings_of(request).shape]["interrupt"])
    return {**fields, "interrupt": not before}


def _without(shown: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in shown.items() if key != name}

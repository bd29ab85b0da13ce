"""Access to a request for handlers of all generations: body, counts, fault."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request

from reconciler.sandbox.bodies import FreeForm, RefusedError, read_object
from reconciler.sandbox.middleware import FAULT_KEY
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store


def settings_of(request: Request) -> Settings:
    """Return this sandbox's settings."""
    settings: Settings = request.app.state.settings
    return settings


def store_of(request: Request) -> Store:
    """Return this sandbox's store."""
    store: Store = request.app.state.store
    return store


def fault_of(request: Request) -> str | None:
    """Return the kind of fault for the handler to apply."""
    fault: str | None = request.scope[FAULT_KEY]
    return fault


def count(request: Request, name: str, default: int) -> int:
    """Return a query parameter that counts from 1; raises HTTPException 400."""
    text = request.query_params.get(name, str(default))
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise HTTPException(400, f"{name} must be a whole number, 1 or more")
    return int(text)


async def sent_object(request: Request) -> FreeForm:
    """Return the body; raises RefusedError if it is not a JSON object or not declared as JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusedError("the request body must be sent as application/json")
    return read_object(await request.body())


def found(request: Request) -> Record:
    """Return the agent in the path; raises HTTPException 404."""
    store = store_of(request)
    agent: str = request.path_params["agent"]
    if fault_of(request) == "vanish":
        store.remove(agent)
    record = store.get(agent)
    if record is None:
        raise HTTPException(404, "Voice agent not found")
    return record

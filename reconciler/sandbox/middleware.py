"""Between a connection and the handlers: request log, latency, request ids and faults.

Outside of the framework's own stack, because a connection that dies must do so without the polite
500 that the framework would still send. No access to files or sockets: a cut is raised as
`ConnectionCutError`, and `transport` or `server` executes it.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.faults import DEEDS, ConnectionCutError
from reconciler.sandbox.replies import CANNED, JSON_TYPE, Reply, in_shape

FAULT_KEY = "sandbox.fault"
SLOW_SECONDS = 60.0
_MOST_REMEMBERED = 10_000


class Received(NamedTuple):
    """One received request; `body` is None unless it was JSON. Never its headers."""

    method: str
    path: str
    body: Any


@dataclass(kw_only=True)
class Edge:
    """An ASGI app around `app` that logs, delays, applies planned faults and numbers responses."""

    app: ASGIApp
    state: State
    _count: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request; raises ConnectionCutError if the connection is to die."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        self._remember(scope, body)
        if self.state.latency:
            await asyncio.sleep(self.state.latency / 1000)
        kind = self.state.faults.take(scope["method"], scope["path"])
        reply = in_shape(await self._reply(kind, scope, body), self.state.settings.errors)
        if kind == "slow":
            await _dawdle(receive)
        await self._send(reply, send, whole=kind != "truncate")

    def _remember(self, scope: Scope, body: bytes) -> None:
        requests = self.state.requests
        requests.append(Received(scope["method"], scope["path"], _parsed(body)))
        del requests[:-_MOST_REMEMBERED]

    async def _reply(self, kind: str | None, scope: Scope, body: bytes) -> Reply:
        """Return the reply with a fault of this kind applied."""
        if kind in CANNED:
            return CANNED[kind]
        if kind == "drop":
            raise ConnectionCutError("connection reset by peer", reset=True)
        fault = kind if kind in DEEDS else None
        reply = await self._process({**scope, FAULT_KEY: fault}, body)
        match kind:
            case "drop-after":
                raise ConnectionCutError("server disconnected without sending a response")
            case "not-json":
                return Reply(200, b"OK, it was done.", JSON_TYPE)
            case "empty":
                return Reply(200, b"", JSON_TYPE)
        return reply

    async def _process(self, scope: Scope, body: bytes) -> Reply:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return Reply.of(sent)

    async def _send(self, reply: Reply, send: Send, *, whole: bool) -> None:
        self._count += 1
        number = (b"x-request-id", f"sandbox-{self._count:06d}".encode())
        named = replace(reply, headers=(*reply.headers, number))
        await send(named.start())
        if not whole:
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            raise ConnectionCutError("peer closed connection without sending complete message body")
        await send({"type": "http.response.body", "body": reply.body})


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _dawdle(receive: Receive) -> None:
    """Wait a minute; raises ConnectionCutError if the client does not wait that long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(receive(), SLOW_SECONDS)
        raise ConnectionCutError("the client went away")


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

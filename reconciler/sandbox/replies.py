"""Replies as data: status, headers and body, and the canned ones of faults. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Self

from starlette.types import Message

JSON_TYPE = ((b"content-type", b"application/json; charset=utf-8"),)
HTML_TYPE = ((b"content-type", b"text/html; charset=UTF-8"), (b"server", b"cloudflare"))

_GATEWAY = """<!DOCTYPE html>
<html lang="en-US">
<head><title>tryhamsa.com | {status}: {what}</title></head>
<body>
<div id="cf-wrapper"><h1>{what} <span>Error code {status}</span></h1>
<p>The web server reported a {error} error.</p>
<p>Cloudflare Ray ID: <strong>8f0000000000sand</strong></p></div>
</body>
</html>
"""


@dataclass(frozen=True)
class Reply:
    """One complete response; `content-length` is added when it starts, for the whole body."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def of(cls, sent: Iterable[Mapping[str, Any]]) -> Self:
        """Assemble the messages of an app's response."""
        start, *parts = sent
        headers = ((name, value) for name, value in start["headers"] if name != b"content-length")
        return cls(start["status"], b"".join(part.get("body", b"") for part in parts), (*headers,))

    def is_json(self) -> bool:
        """Return whether the content type is JSON."""
        return any(value.startswith(b"application/json") for _, value in self.headers)

    def start(self) -> Message:
        """Return the message that starts this response."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length]
        return {"type": "http.response.start", "status": self.status, "headers": headers}


def failure(status: int, message: str) -> Reply:
    """Return an error as published (OpenAPI 2025-05-11, ErrorSchema)."""
    return _json(status, {"code": status, "message": message})


def in_shape(reply: Reply, shape: str) -> Reply:
    """Return an error in another of the three published shapes; other replies as they are.

    | code   | `{code, message}`                   | OpenAPI                                    |
    | key    | `{message, messageKey}`             | the vendor's SDK reads it                  |
    | nested | `{error: {code, message, details}}` | the vendor's page about keys               |
    """
    if shape == "code" or reply.status < HTTPStatus.BAD_REQUEST or not reply.is_json():
        return reply
    message = json.loads(reply.body)["message"]
    key = HTTPStatus(reply.status).phrase.title().replace(" ", "")
    said: dict[str, Any] = {"message": message, "messageKey": key}
    if shape == "nested":
        said = {"error": {"code": key, "message": message, "details": {}}}
    return replace(reply, body=json.dumps(said, ensure_ascii=False).encode())


def _gateway(status: int, what: str, error: str) -> Reply:
    page = _GATEWAY.format(status=status, what=what, error=error)
    return Reply(status, page.encode(), HTML_TYPE)


def _json(status: int, content: object, *more: tuple[bytes, bytes]) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), JSON_TYPE + more)


_BUSY = {"code": 429, "message": "Too many requests"}

CANNED: dict[str | None, Reply] = {
    "400": failure(400, "Bad request"),
    "401": failure(401, "Unauthorized"),
    "402": failure(402, "Payment required: the account has no credits left"),
    "403": failure(403, "Forbidden"),
    "404": failure(404, "Not found"),
    "429": _json(429, _BUSY, (b"retry-after", b"0")),
    "429-bare": _json(429, _BUSY),
    "500": failure(500, "Internal server error"),
    "503": failure(503, "Service unavailable"),
    "504": failure(504, "Gateway timeout"),
    "502-html": _gateway(502, "Bad gateway", "bad gateway"),
    "504-html": _gateway(504, "Gateway time-out", "gateway time-out"),
    "redirect": Reply(302, b"", ((b"location", b"http://elsewhere.invalid/"),)),
    "success-false": _json(
        200, {"success": False, "message": "The voice agent could not be processed", "data": None}
    ),
}

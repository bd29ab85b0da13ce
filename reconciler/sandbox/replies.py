"""Replies as data: status, headers and body, and those that a fault gives away. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from starlette.types import Message

JSON_TYPE = ((b"content-type", b"application/json; charset=utf-8"),)
HTML_TYPE = ((b"content-type", b"text/html; charset=UTF-8"), (b"server", b"cloudflare"))

_BAD_GATEWAY = b"""<!DOCTYPE html>
<html lang="en-US">
<head><title>tryhamsa.com | 502: Bad gateway</title></head>
<body>
<div id="cf-wrapper"><h1>Bad gateway <span>Error code 502</span></h1>
<p>The web server reported a bad gateway error.</p>
<p>Cloudflare Ray ID: <strong>8f0000000000sand</strong></p></div>
</body>
</html>
"""


@dataclass(frozen=True)
class Reply:
    """One whole answer; `content-length` is added when it starts, for the whole body."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def of(cls, sent: Iterable[Mapping[str, Any]]) -> Self:
        """Put together the messages with which an app answered."""
        start, *parts = sent
        headers = ((name, value) for name, value in start["headers"] if name != b"content-length")
        return cls(start["status"], b"".join(part.get("body", b"") for part in parts), (*headers,))

    def start(self) -> Message:
        """Return the message that begins this answer."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length]
        return {"type": "http.response.start", "status": self.status, "headers": headers}


def failure(status: int, message: str) -> Reply:
    """Return an error as published (OpenAPI 2025-05-11, ErrorSchema)."""
    return _json(status, {"code": status, "message": message})


def _json(status: int, content: object, *more: tuple[bytes, bytes]) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), JSON_TYPE + more)


_BUSY = {"code": 429, "message": "Too many requests"}

CANNED: dict[str | None, Reply] = {
    "400": failure(400, "Bad request"),
    "401": failure(401, "Unauthorized"),
    "403": failure(403, "Forbidden"),
    "404": failure(404, "Not found"),
    "429": _json(429, _BUSY, (b"retry-after", b"0")),
    "429-bare": _json(429, _BUSY),
    "500": failure(500, "Internal server error"),
    "503": failure(503, "Service unavailable"),
    "504": failure(504, "Gateway timeout"),
    "502-html": Reply(502, _BAD_GATEWAY, HTML_TYPE),
    "redirect": Reply(302, b"", ((b"location", b"http://elsewhere.invalid/"),)),
    "success-false": _json(
        200, {"success": False, "message": "The voice agent could not be processed", "data": None}
    ),
}

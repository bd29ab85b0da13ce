"""One request that shows how far an API can be reached, and which step fails. Uses httpx.

The client only says that a request failed; a check-up needs to know at which step: the proxy, the
name, the connection, its encryption, or the response.
"""

import ssl
import time
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from reconciler.late import dataclass
from reconciler.schema.kind import Kind
from reconciler.transport.bounds import ask
from reconciler.transport.client import Connection, open_http
from reconciler.transport.errors import chain, is_name, reason
from reconciler.transport.retry import http_date

Step = Literal["", "proxy", "name", "tls", "connection", "time", "answer"]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The result of a request. ``failed`` names the step that failed, empty if a response came.

    ``seconds`` is the time until then; ``date`` the server's clock, if it sent it; ``proxy`` the
    host of the proxy in use, without the credentials that its address may have.
    """

    seconds: float
    status: int = 0
    failed: Step = ""
    reason: str = ""
    date: datetime | None = None
    proxy: str = ""


async def reach(connection: Connection, kind: Kind) -> Reach:
    """Request the shortest list of agents once."""
    proxy = _proxy(connection.url)
    if connection.rate:
        await connection.rate.turn()
    begun = time.perf_counter()
    async with open_http(connection) as http:
        try:
            request = http.request("GET", kind.routes.collection, params={"skip": 1, "take": 1})
            response = await ask(http.send, connection.bounds, request)
        except httpx.HTTPError as error:
            seconds = time.perf_counter() - begun
            return Reach(seconds=seconds, failed=_step(error), reason=reason(error), proxy=proxy)
    return Reach(
        seconds=time.perf_counter() - begun,
        status=response.status_code,
        date=http_date(response.headers.get("date", "")),
        proxy=proxy,
    )


def _proxy(url: str) -> str:
    """The host of the proxy in use; http to this machine uses none."""
    parts = urlsplit(url)
    found = getproxies()
    address = found.get("https") or found.get("all") or ""
    if parts.scheme != "https" or not address or proxy_bypass(parts.hostname or ""):
        return ""
    return urlsplit(address if "://" in address else f"//{address}").hostname or ""


def _step(error: httpx.HTTPError) -> Step:
    if isinstance(error, httpx.ProxyError):
        return "proxy"
    if isinstance(error, httpx.TimeoutException):
        return "time"
    if is_name(error):
        return "name"
    if any(isinstance(one, ssl.SSLError) for one in chain(error)):
        return "tls"
    return "connection" if isinstance(error, httpx.ConnectError) else "answer"

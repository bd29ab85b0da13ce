"""Requests to one address, with what they share made once. Uses httpx.

httpx's own client merges the address, headers, cookies and timeouts, and looks for authentication,
redirects and mounted transports, for each request again: a quarter of its time.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Self

import httpx


class Http:
    """Sends requests over a transport; follows no redirect. ``trace`` is called after each."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout: httpx.Timeout,
        transport: httpx.AsyncBaseTransport,
        trace: Callable[[httpx.Response], None] | None = None,
    ) -> None:
        self._base = httpx.URL(url)
        self._headers = httpx.Headers(headers)
        self._extensions = {"timeout": timeout.as_dict()}
        self._transport, self._trace = transport, trace
        self._cookies = httpx.Cookies()
        self._url = lru_cache(maxsize=1024)(self._url_of)  # an agent's is used three times

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    def request(
        self,
        method: str,
        route: str,
        *,
        params: Mapping[str, int] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """A request to a route of the address. Raises httpx.InvalidURL."""
        every = self._headers
        if headers:
            every = every.copy()
            every.update(headers)
        return httpx.Request(
            method,
            self._url(route),
            params=params or None,
            headers=every,
            content=content,
            extensions=dict(self._extensions),
        )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The response, whose body is read and closed by the caller. Raises httpx.HTTPError."""
        if self._cookies:
            self._cookies.set_cookie_header(request)
        response = await self._transport.handle_async_request(request)
        try:
            response.request = request
            if "set-cookie" in response.headers:
                self._cookies.extract_cookies(response)
            if self._trace:
                self._trace(response)
        except BaseException:
            await response.aclose()
            raise
        return response

    def _url_of(self, route: str) -> httpx.URL:
        base = self._base.raw_path.rstrip(b"/")
        path = httpx.URL(route).raw_path
        return self._base.copy_with(raw_path=base + path)


class Proxied(httpx.AsyncBaseTransport):
    """The network as httpx's client reaches it: through the proxies of the environment."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._http = httpx.AsyncClient(limits=limits, follow_redirects=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send through the proxy that the environment names for this address."""
        return await self._http.send(request, stream=True)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

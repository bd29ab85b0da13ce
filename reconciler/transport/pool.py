"""One single-connection transport per request in flight, behind httpx's transport interface.

httpcore's pool walks all its connections on every request, so that one pool of 32 is 3.5 times
slower than 32 pools of one (measured at 20 ms latency with httpcore 1.0.9); its default limits also
open a new connection for most requests at 64 workers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx


class _Body(httpx.AsyncByteStream):
    """The body of a response, streamed; ``left`` is called once, when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, left: Callable[[], None]) -> None:
        self._stream = stream
        self._left: Callable[[], None] | None = left

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        left, self._left = self._left, None
        try:
            await self._stream.aclose()
        finally:
            if left:
                left()


class Lanes(httpx.AsyncBaseTransport):
    """At most ``count`` concurrent requests, each on its own connection that is kept open."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], count: int) -> None:
        self._make = make
        self._gate = asyncio.Semaphore(count)
        self._free: list[httpx.AsyncBaseTransport] = []
        self._all: list[httpx.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send on the lane used last, so that few connections stay warm; it is free at the end."""
        await self._gate.acquire()
        lane = self._free.pop() if self._free else self._open()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._left(lane)
            raise
        response.stream = _Body(response.stream, lambda: self._left(lane))  # type: ignore[arg-type]
        return response

    def _left(self, lane: httpx.AsyncBaseTransport) -> None:
        self._free.append(lane)
        self._gate.release()

    def _open(self) -> httpx.AsyncBaseTransport:
        lane = self._make()
        self._all.append(lane)
        return lane

    async def aclose(self) -> None:
        """Close every connection."""
        for lane in self._all:
            await lane.aclose()

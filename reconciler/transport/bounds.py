"""One request with limits on its time and on the size of its response. Uses httpx.

The client's own timeouts apply to one step, so that a byte now and then keeps a request alive
forever; and it decodes a whole body, however large that becomes.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import field
from itertools import islice

import httpx

from reconciler.late import dataclass, pattern

ENCODINGS = "gzip, deflate"
"""Encodings that can be decoded step by step here. Who sends a request names no others."""

_LARGE = 1 << 20
_DROPPED = (b"content-encoding", b"content-length", b"transfer-encoding")
_VALUES = pattern(rb'"(?:[^"\\]|\\.)*+"|[,\[{]', re.DOTALL)
"""A text, or what starts another value, outside of texts."""
_GZIP_OR_ZLIB = 47
"""For zlib: 15 bits of window, and a header of either kind."""


class BoundsError(httpx.HTTPError):
    """A response took too long or is too large; its content is not known."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """``deadline`` in seconds for a request, from its first byte to the last one of its response.

    ``most`` are decoded bytes of a body, with at most ``values`` values and texts: a byte of JSON
    can become a hundred bytes of memory. Of a failure's response, no more than ``failure`` bytes
    are read, within ``patience`` seconds: the status counts, with whatever has arrived.
    """

    deadline: float = 60.0
    most: int = 16 << 20
    values: int = 300_000
    failure: int = 64 << 10
    patience: float = 5.0
    large: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)
    """Held while a body exceeds a megabyte: ten at once would be ten times ``most``."""


Send = Callable[[httpx.Request], Awaitable[httpx.Response]]
"""Sends a request, and returns the response before its body is read."""


async def ask(send: Send, bounds: Bounds, request: httpx.Request) -> httpx.Response:
    """Send a request and return the response, its body decoded and read.

    Raises httpx.HTTPError; a BoundsError if it takes longer or is larger than allowed.
    """
    try:
        async with asyncio.timeout(bounds.deadline):
            return await _answer(send, bounds, request)
    except TimeoutError as error:
        message = f"no whole answer within {bounds.deadline:g} seconds"
        raise BoundsError(message) from error


async def _answer(send: Send, bounds: Bounds, request: httpx.Request) -> httpx.Response:
    response = await send(request)
    try:
        if response.is_success:
            body = await _whole(response, bounds)
        else:
            body = await _beginning(response, bounds)
    finally:
        await response.aclose()
    kept = [one for one in response.headers.raw if one[0].lower() not in _DROPPED]
    return httpx.Response(response.status_code, headers=kept, content=body, request=request)


async def _whole(response: httpx.Response, bounds: Bounds) -> bytes:
    body = bytearray()
    parts = _parts(response)
    async for part in parts:
        body += part
        if len(body) > _LARGE:
            break
    else:
        return bytes(body)
    async with bounds.large:
        async for part in parts:
            body += part
            if len(body) > bounds.most:
                raise BoundsError(f"an answer of more than {bounds.most >> 20} MB is not read")
    if _has_more_values(body, bounds.values):
        raise BoundsError(f"an answer of more than {bounds.values:,} values is not read")
    return bytes(body)


def _has_more_values(body: bytes | bytearray, most: int) -> bool:
    """Whether JSON would become more values than that; a full count is the last resort."""
    if sum(map(body.count, (b",", b"[", b"{"))) <= most:
        return False
    return next(islice(_VALUES.finditer(body), most, None), None) is not None


async def _beginning(response: httpx.Response, bounds: Bounds) -> bytes:
    """The start of a failure's response, if it is short and arrives soon."""
    body = bytearray()
    try:
        async with asyncio.timeout(bounds.patience):
            async for part in _parts(response):
                body += part
                if len(body) > bounds.failure:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass
    return bytes(body[: bounds.failure])


async def _parts(response: httpx.Response) -> AsyncIterator[bytes]:
    """The decoded body in pieces of at most a megabyte, whatever their original size."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        async for raw in response.aiter_raw():
            yield raw
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BoundsError("the answer has an encoding that was not asked for")
    decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
    async for raw in response.aiter_raw():
        left = raw
        while left and not decoder.eof:
            try:
                yield decoder.decompress(left, _LARGE)
            except zlib.error as error:
                raise BoundsError("the answer's encoding is broken") from error
            left = decoder.unconsumed_tail
    if not decoder.eof:
        raise BoundsError("the answer's encoding ends too early")

"""The HTTP client of both forges: pages, retries, limits, and errors for every failure.

The token is sent in one header, only to the address from the environment: redirects are not
followed, and of a ``Link`` to a next page only the query is used. No message contains it, in any
encoding.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from reconciler.errors import ApiError, ReconcilerError
from reconciler.forge import limits
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.text import foreign
from reconciler.transport.bounds import ENCODINGS, Bounds, BoundsError, ask
from reconciler.transport.retry import RETRIED_STATUSES, AgainError, Pace, repeated

Item = Mapping[str, Json]

_NOT_DONE = (403, 429)
"""A request rejected by a rate limit was not executed: even a POST may be repeated."""
_PAGES = 1000
_MESSAGE_LENGTH = 500
_SHOWN = ("html_url", "web_url")
"""The fields of a response that are printed."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The address of a forge's API and the credentials: ``headers`` contain the ``token``.

    ``remedy`` is called with the status, the forge's message, and what the request needs. All
    requests together may take ``deadline`` seconds, and a list may have ``most`` bytes. A rate
    limit that ends within ``patience`` seconds is waited for; ``tell`` reports that.
    """

    url: str
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    remedy: Callable[[int, str, str], str]
    trace: Callable[[str], None] | None = None
    tell: Callable[[str], None] | None = None
    timeout: float = 30.0
    bounds: Bounds = field(default_factory=Bounds)
    deadline: float = 900.0
    most: int = 100 << 20
    patience: float = 240.0
    pace: Pace = field(default_factory=lambda: Pace(attempts=4, most=240.0))


@asynccontextmanager
async def opened(access: Access) -> AsyncIterator["Client"]:
    """Open a client for the duration of the block."""
    try:
        http = httpx.AsyncClient(
            base_url=access.url,
            headers={**access.headers, "Accept-Encoding": ENCODINGS},
            timeout=httpx.Timeout(access.timeout, connect=10.0),
            follow_redirects=False,
            verify=access.url.startswith("https"),  # no certificate to verify without https
            mounts={"http://": None},  # only to this machine: a proxy would read the token
        )
    except (OSError, ImportError, ValueError, httpx.InvalidURL) as error:
        raise ReconcilerError(
            f"no connection can be set up: {type(error).__name__}",
            hint="look at SSL_CERT_FILE and HTTPS_PROXY",
        ) from error
    try:
        async with asyncio.timeout(access.deadline), http:
            yield Client(http, access)
    except TimeoutError as error:
        took = f"{access.deadline / 60:g} minutes"
        raise ApiError(f"the forge has not answered everything within {took}") from error


class Client:
    """Sends requests to one forge. ``needs`` names the permission that a request requires."""

    def __init__(self, http: httpx.AsyncClient, access: Access) -> None:
        self._http = http
        self._send = partial(http.send, stream=True)
        self._access = access

    async def get(self, path: str, needs: str = "") -> Item:
        """Get one object."""
        return self._object(f"GET {path}", await self._asked("GET", path, needs))

    async def items(self, path: str, needs: str = "", **query: str) -> list[Item]:
        """Get a whole list, page after page, a hundred items each."""
        found: list[Item] = []
        more: Mapping[str, str] | None = {**query, "per_page": "100"}
        size = 0
        for _ in range(_PAGES):
            response = await self._asked("GET", path, needs, params=more)
            page = self._json(f"GET {path}", response)
            if not isinstance(page, list) or not all(isinstance(one, Mapping) for one in page):
                raise ApiError(f"GET {path} answered with no list of objects")
            size += len(response.content)
            if size > self._access.most:
                most = self._access.most >> 20
                raise ApiError(
                    f"GET {path} answered a list of more than {most} MB, which is not read"
                )
            found += map(self._shown, page)
            more = _next(response)
            if more is None:
                return found
        raise ApiError(f"GET {path} answered {_PAGES} pages, and says that there are more")

    async def send(self, method: str, path: str, body: Item, needs: str = "") -> Item:
        """Write, and return what was written."""
        return self._object(
            f"{method} {path}", await self._asked(method, path, needs, json=dict(body))
        )

    async def query(self, url: str, text: str) -> Item:
        """The ``data`` of a GraphQL query, which only reads although it is a POST."""
        response = await self._asked("POST", url, "", safe=True, json={"query": text})
        data = self._object("POST /graphql", response).get("data")
        return data if isinstance(data, Mapping) else {}

    async def _asked(
        self, method: str, path: str, needs: str, *, safe: bool = False, **content: Any
    ) -> httpx.Response:
        """Send a request, repeating it if that is safe and may help."""
        may_repeat = method != "POST" or safe
        left = self._access.pace.attempts

        async def once() -> httpx.Response:
            nonlocal left
            left -= 1
            try:
                return await self._once(method, path, needs, **content)
            except AgainError as again:
                if not may_repeat and again.error.status not in _NOT_DONE:
                    raise again.error from again
                if left:
                    self._tell_wait(again)
                raise

        return await repeated(once, self._access.pace)

    def _tell_wait(self, again: AgainError) -> None:
        """Report a wait for a rate limit if it is long enough to notice."""
        if self._access.tell and again.after and again.after >= 1:
            self._access.tell(f"a rate limit: waiting {again.after:.0f} seconds, as the forge asks")

    async def _once(self, method: str, path: str, needs: str, **content: Any) -> httpx.Response:
        what = f"{method} {urlsplit(path).path}"
        try:
            request = self._http.build_request(method, path, **content)
            response = await ask(self._send, self._access.bounds, request)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ApiError(f"{what}: this is no address that can be asked") from error
        except httpx.HTTPError as error:
            told = self._clean(str(error)) or type(error).__name__
            hint = f"is {self._access.url} reachable from here?"
            failure = ApiError(f"{what}: {told}", hint=hint)
            if isinstance(error, BoundsError):
                raise failure from error
            raise AgainError(failure, stalled=isinstance(error, httpx.ReadTimeout)) from error
        if self._access.trace:
            self._access.trace(f"{what} {response.status_code}")
        if response.is_success:
            return response
        raise self._refused(what, response, needs)

    def _refused(self, what: str, response: httpx.Response, needs: str) -> ApiError | AgainError:
        """The error for a rejected request: whether another try may help, and when."""
        told = self._told(response)
        failure = self._failure(what, response, needs, told)
        limited = limits.is_limit(response.status_code, response.headers, told)
        if not limited and response.status_code not in RETRIED_STATUSES:
            return failure
        after = limits.seconds(response.headers, told, time.time())
        if after is not None and after > self._access.patience:
            failure.hint = f"its rate limit ends {_when(after)}: run the job again then"
            return failure
        return AgainError(failure, after=after)

    def _told(self, response: httpx.Response) -> str:
        try:
            return self._clean(_said(response.json()))
        except (ValueError, RecursionError):
            return ""

    def _failure(self, what: str, response: httpx.Response, needs: str, told: str) -> ApiError:
        status = response.status_code
        if response.is_redirect:
            return ApiError(
                f"{what} answered {status}, a redirect, which is not followed with the token",
                hint="was the repository renamed or moved?",
                status=status,
            )
        text = f"{what} answered {status}" + (f": {told}" if told else "")
        return ApiError(text, hint=self._access.remedy(status, told, needs), status=status)

    def _json(self, what: str, response: httpx.Response) -> Json:
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            kind = self._clean(response.headers.get("content-type", "nothing").partition(";")[0])
            message = f"{what} answered {response.status_code} with {kind}, not with JSON"
            raise ApiError(message) from error

    def _object(self, what: str, response: httpx.Response) -> Item:
        found = self._json(what, response)
        if not isinstance(found, Mapping):
            raise ApiError(f"{what} answered {response.status_code} without an object")
        return self._shown(found)

    def _shown(self, item: Item) -> Item:
        """An object whose addresses are safe to print."""
        found = {name: item[name] for name in _SHOWN if isinstance(item.get(name), str)}
        return {**item, **{name: self._clean(str(url)) for name, url in found.items()}}

    def _clean(self, text: str) -> str:
        return foreign.told(text, [self._access.token], _MESSAGE_LENGTH)


def text_of(item: Item, name: str) -> str:
    """A text field of a response; empty if null or missing."""
    found = item.get(name)
    return found if isinstance(found, str) else ""


def number_of(item: Item, name: str) -> int:
    """An integer field of a response; without it the response is useless."""
    found = item.get(name)
    if type(found) is not int:
        raise ApiError(f"the answer has no number as its `{name}`")
    return found


def _next(response: httpx.Response) -> Mapping[str, str] | None:
    """The query of the next page, None after the last one.

    Source: both forges send ``Link: <…?page=2>; rel="next"`` (RFC 8288).
    """
    link = response.links.get("next", {}).get("url")
    query = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True)) if link else {}
    return query or None


def _when(seconds: float) -> str:
    """The time until something, in words.

    >>> _when(300), _when(7000), _when(1e9)
    ('in 5 minutes', 'in 117 minutes', 'in more than a day')
    """
    return f"in {seconds / 60:.0f} minutes" if seconds < 86_400 else "in more than a day"


def _said(answer: Json) -> str:
    """The forge's own error message, in any of the shapes that the two use."""
    if not isinstance(answer, Mapping):
        return ""
    told = [answer.get(name) for name in ("message", "error", "error_description")]
    found = [_flat(one) for one in (*told, answer.get("errors"))]
    return "; ".join(dict.fromkeys(filter(None, found)))


def _flat(found: Json) -> str:
    match found:
        case str():
            return found
        case {"message": str(text)}:
            return text
        case {"field": str(name), "code": str(code)}:
            return f"{name}: {code}"
        case Mapping():
            return "; ".join(f"{name}: {_flat(item)}" for name, item in found.items())
        case list():
            return "; ".join(filter(None, map(_flat, found)))
        case _:
            return ""

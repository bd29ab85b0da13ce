"""The HTTP client of both forges: pages, retries, and what every failure says.

The token travels in one header, to the address of the environment alone: redirects are not
followed, and of a ``Link`` to a next page only the query is used. It is in no message.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from reconciler.api.retry import RETRIED_STATUSES, AgainError, Pace, repeated, seconds_to_wait
from reconciler.errors import ApiError, ReconcilerError
from reconciler.model import Json

Item = Mapping[str, Json]

_NOT_DONE = (403, 429)
"""A request that a rate limit turned away was not carried out: a POST too may be repeated."""
_PAGES = 1000
_MESSAGE_LENGTH = 500


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a forge's API is and how to come in: ``headers`` carry the ``token``.

    ``remedy`` is told the status, what the forge said, and what the request needs.
    """

    url: str
    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    remedy: Callable[[int, str, str], str]
    trace: Callable[[str], None] | None = None
    timeout: float = 30.0
    # Forges ask to wait a minute where they say how long at all.
    pace: Pace = field(default_factory=lambda: Pace(attempts=4, most=60.0))


@asynccontextmanager
async def opened(access: Access) -> AsyncIterator["Client"]:
    """A client, for the time of the block."""
    try:
        http = httpx.AsyncClient(
            base_url=access.url,
            headers=access.headers,
            timeout=httpx.Timeout(access.timeout, connect=10.0),
            follow_redirects=False,
            mounts={"http://": None},  # to this machine alone: a proxy would read the token
        )
    except (OSError, ImportError, ValueError, httpx.InvalidURL) as error:
        raise ReconcilerError(
            f"no connection can be set up: {type(error).__name__}",
            hint="look at SSL_CERT_FILE and HTTPS_PROXY",
        ) from error
    async with http:
        yield Client(http, access)


class Client:
    """Asks one forge. ``needs`` says which permission a request takes."""

    def __init__(self, http: httpx.AsyncClient, access: Access) -> None:
        self._http = http
        self._access = access

    async def get(self, path: str, needs: str = "") -> Item:
        """One object."""
        return self._object(f"GET {path}", await self._asked("GET", path, needs))

    async def items(self, path: str, needs: str = "", **query: str) -> list[Item]:
        """A whole list, page after page, each of a hundred."""
        found: list[Item] = []
        more: Mapping[str, str] | None = {**query, "per_page": "100"}
        for _ in range(_PAGES):
            response = await self._asked("GET", path, needs, params=more)
            page = self._json(f"GET {path}", response)
            if not isinstance(page, list) or not all(isinstance(one, Mapping) for one in page):
                raise ApiError(f"GET {path} answered with no list of objects")
            found += page
            more = _next(response)
            if more is None:
                return found
        raise ApiError(f"GET {path} answered {_PAGES} pages, and says that there are more")

    async def send(self, method: str, path: str, body: Item, needs: str = "") -> Item:
        """Write, and get what was written."""
        return self._object(
            f"{method} {path}", await self._asked(method, path, needs, json=dict(body))
        )

    async def query(self, url: str, text: str) -> Item:
        """The ``data`` of a GraphQL query, which reads although it is a POST."""
        response = await self._asked("POST", url, "", safe=True, json={"query": text})
        data = self._object("POST /graphql", response).get("data")
        return data if isinstance(data, Mapping) else {}

    async def _asked(
        self, method: str, path: str, needs: str, *, safe: bool = False, **content: Any
    ) -> httpx.Response:
        """The answer to a request; what may be repeated is, as far as it helps."""
        again_at = () if method == "POST" and not safe else None

        async def once() -> httpx.Response:
            try:
                return await self._once(method, path, needs, **content)
            except AgainError as again:
                if again_at is None or again.error.status in _NOT_DONE:
                    raise
                raise again.error from again

        return await repeated(once, self._access.pace)

    async def _once(self, method: str, path: str, needs: str, **content: Any) -> httpx.Response:
        what = f"{method} {urlsplit(path).path}"
        try:
            response = await self._http.request(method, path, **content)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ApiError(f"{what}: this is no address that can be asked") from error
        except httpx.HTTPError as error:
            told = self._clean(str(error)) or type(error).__name__
            hint = f"is {self._access.url} reachable from here?"
            raise AgainError(ApiError(f"{what}: {told}", hint=hint)) from error
        if self._access.trace:
            self._access.trace(f"{what} {response.status_code}")
        if response.is_success:
            return response
        failure = self._failure(what, response, needs)
        if response.status_code in RETRIED_STATUSES or _is_limited(response):
            after = seconds_to_wait(response.headers.get("retry-after", ""))
            raise AgainError(failure, after=after)
        raise failure

    def _failure(self, what: str, response: httpx.Response, needs: str) -> ApiError:
        status = response.status_code
        if response.is_redirect:
            return ApiError(
                f"{what} answered {status}, a redirect, which is not followed with the token",
                hint="has the repository another name or address by now?",
                status=status,
            )
        try:
            told = self._clean(_said(response.json()))[:_MESSAGE_LENGTH]
        except (ValueError, RecursionError):
            told = ""
        text = f"{what} answered {status}" + (f": {told}" if told else "")
        return ApiError(text, hint=self._access.remedy(status, told, needs), status=status)

    def _json(self, what: str, response: httpx.Response) -> Json:
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            kind = response.headers.get("content-type", "nothing").partition(";")[0]
            message = f"{what} answered {response.status_code} with {kind}, not with JSON"
            raise ApiError(message) from error

    def _object(self, what: str, response: httpx.Response) -> Item:
        found = self._json(what, response)
        if not isinstance(found, Mapping):
            raise ApiError(f"{what} answered {response.status_code} without an object")
        return found

    def _clean(self, text: str) -> str:
        return text.replace(self._access.token, "(sensitive)")


def text_of(item: Item, name: str) -> str:
    """A text of an answer; empty for null, and where there is none."""
    found = item.get(name)
    return found if isinstance(found, str) else ""


def number_of(item: Item, name: str) -> int:
    """A whole number of an answer; without it the answer is of no use."""
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


def _is_limited(response: httpx.Response) -> bool:
    """Whether a 403 is GitHub's secondary rate limit, which says how long to wait.

    Source: docs.github.com, «Rate limits for the REST API».
    """
    return response.status_code == httpx.codes.FORBIDDEN and "retry-after" in response.headers


def _said(answer: Json) -> str:
    """The forge's own words, in any of the shapes that the two have for errors."""
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

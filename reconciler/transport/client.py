"""The only HTTP client: a reader, a writer, and errors for every failure.

A :class:`Reader` cannot write; a plan gets only that. Failures are ``ApiError`` and name method,
path, status, the API's own message and its request id; secrets are removed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

import httpx

from reconciler import telemetry
from reconciler.errors import ApiError, ReconcilerError
from reconciler.jsonvalues import Json, too_deep
from reconciler.late import dataclass
from reconciler.model import Request, is_agent_id
from reconciler.schema import wire
from reconciler.schema.kind import Kind
from reconciler.text import foreign
from reconciler.transport.bounds import ENCODINGS, Bounds, BoundsError, ask
from reconciler.transport.errors import in_words
from reconciler.transport.pool import Lanes
from reconciler.transport.rate import Rate
from reconciler.transport.retry import (
    REREAD_STATUSES,
    RETRIED_STATUSES,
    AgainError,
    Pace,
    Throttle,
    paced,
    repeated,
    seconds_to_wait,
)
from reconciler.transport.sender import Http, Proxied

Payload = Mapping[str, Json]
Transport = httpx.AsyncBaseTransport
"""Where requests go: the network, or the sandbox in its place."""

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
_MESSAGE_LENGTH = 300
_SANDBOX_KEY = "sandbox"
"""The key of every sandbox: not a secret, and a word in its responses."""
_LABEL_LENGTH = 100
"""Maximum characters of a header's value: an id, a host, a type."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The API's address and how to connect to it. ``timeout`` in seconds."""

    url: str
    api_key: str = field(repr=False)
    api_key_name: str = "HAMSA_API_KEY"
    parallelism: int = 10
    timeout: float = 30.0
    user_agent: str = "reconciler"
    pace: Pace = field(default_factory=Pace)
    bounds: Bounds = field(default_factory=Bounds)
    reading: float = 900.0
    """Seconds for all reading of live agents, before a run changes anything."""
    rate: Rate | None = None
    """How often the key may be used, if that is limited."""
    trace: Callable[[str], None] | None = None
    """Called with one line per response: method, path, status; never a header or a body."""


@dataclass(frozen=True)
class Page:
    """One page of the list: the total number of agents, and the agents of this page."""

    total: int
    items: tuple[Payload, ...]


def open_http(connection: Connection, transport: Transport | None = None) -> Http:
    """What sends requests to the API; ``transport`` replaces the network (the sandbox)."""
    try:
        return _http(connection, transport)
    except (OSError, ImportError, ValueError, httpx.InvalidURL) as error:
        raise ReconcilerError(
            f"no connection can be set up: {type(error).__name__}",
            hint="look at the environment's `url`, and at SSL_CERT_FILE and HTTPS_PROXY",
        ) from error


def _http(connection: Connection, transport: Transport | None) -> Http:
    return Http(
        url=connection.url,
        headers={
            "Accept": "application/json",
            "Accept-Encoding": ENCODINGS,
            "Connection": "keep-alive",
            "User-Agent": connection.user_agent,
            "Authorization": f"Token {connection.api_key}",
        },
        timeout=httpx.Timeout(connection.timeout, connect=10.0),
        transport=transport or _network(connection),
        trace=_tracer(connection.trace) if connection.trace else None,
    )


def _tracer(trace: Callable[[str], None]) -> Callable[[httpx.Response], None]:
    def told(response: httpx.Response) -> None:
        request = response.request
        trace(f"{request.method} {request.url.raw_path.decode()} {response.status_code}")

    return told


def _network(connection: Connection) -> Transport:
    """One connection per lane; httpx's own pool if the environment sets a proxy.

    http is only used to this machine: a proxy is not involved, and would read the key.
    """
    secure = connection.url.startswith("https")
    if secure and getproxies().keys() & {"https", "all"}:
        most = connection.parallelism
        return Proxied(httpx.Limits(max_connections=most, max_keepalive_connections=most))
    context: Any = httpx.create_ssl_context() if secure else False
    one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return Lanes(
        lambda: httpx.AsyncHTTPTransport(verify=context, limits=one), connection.parallelism
    )


def _is_agent(data: Json) -> bool:
    """Whether a value is an agent whose id can be part of a path."""
    agent_id = data.get("id") if isinstance(data, Mapping) else None
    return isinstance(agent_id, str) and is_agent_id(agent_id)


class Reader:
    """Reads agents. It can only send GET."""

    def __init__(self, http: Http, connection: Connection) -> None:
        self._http = http
        self._connection = connection
        self._secrets: set[str] = {connection.api_key} - {_SANDBOX_KEY}
        self._throttle = Throttle(connection.parallelism)

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Limit the time of a run's reading; raises ApiError if it is exceeded.

        With a rate it takes as long as was asked for; each request has its own limit.
        """
        try:
            async with asyncio.timeout(None if self._connection.rate else self._connection.reading):
                yield
        except TimeoutError as error:
            raise ApiError(
                f"the live agents were not read within {self._connection.reading:g} seconds",
                hint="the API answers, but too slowly; nothing was changed, try again later",
            ) from error

    async def page(self, kind: Kind, number: int, take: int) -> Page:
        """A page of a kind's list, counted from 1. ``skip`` is the page's number, not an offset."""
        try:
            answer = await self._get(kind.routes.collection, {"skip": number, "take": take})
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                raise _no_generation(kind, error) from error
            raise
        data = answer.get("data")
        items = data.get(kind.routes.items) if isinstance(data, Mapping) else None
        total = data.get("total") if isinstance(data, Mapping) else None
        whole = isinstance(items, list) and all(map(_is_agent, items))
        if not isinstance(items, list) or not whole or type(total) is not int:
            what = f"GET {kind.routes.collection} answered no list of agents with its total"
            raise ApiError(what + self._said(answer))
        for item in items:
            self._remember(kind, item)
        return Page(total, tuple(items))

    async def agent(self, kind: Kind, agent_id: str) -> Payload | None:
        """One agent; None if the API says that it does not exist (only 404)."""
        route = kind.routes.one(quote(agent_id, safe=""))
        try:
            answer = await self._get(route)
        except ApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return self._agent_of(kind, answer, f"GET {route}", agent_id)

    async def project_name(self) -> str:
        """The name of the key's project; empty if the API does not return it.

        Source: OpenAPI 2025-05-11, ``GET /v1/projects/by-api-key``. Shown to people only.
        """
        try:
            answer = await self._get("/v1/projects/by-api-key")
        except ApiError:
            return ""
        data = answer.get("data")
        name = data.get("name") if isinstance(data, Mapping) else None
        return self._clean(name) if isinstance(name, str) else ""

    async def _get(self, route: str, query: Mapping[str, int] | None = None) -> Payload:
        return await repeated(
            lambda: self._once("GET", route, params=query),
            self._connection.pace,
            self._throttle,
        )

    def _agent_of(self, kind: Kind, answer: Payload, what: str, agent_id: str | None) -> Payload:
        """The agent in a response's ``data``; raises if it is another agent."""
        data = answer.get("data")
        if not isinstance(data, Mapping) or not _is_agent(data):
            said = self._said(answer)
            raise ApiError(f"{what} answered 200 without an agent{said}", ambiguous=True)
        if agent_id is not None and data["id"] != agent_id:
            raise ApiError(f"{what} answered with another agent", ambiguous=True)
        self._remember(kind, data)
        return data

    def _remember(self, kind: Kind, payload: Payload) -> None:
        self._secrets.update(wire.secret_values(kind, payload))

    async def _once(self, method: str, route: str, **options: Any) -> Payload:
        """One try. Raises AgainError if another may succeed, ApiError if not."""
        with telemetry.request(method, route) as span:
            response = await self._sent(method, route, **options)
            span.learn(status=response.status_code)
            return self._read(f"{method} {route}", method, response)

    async def _sent(self, method: str, route: str, **options: Any) -> httpx.Response:
        """The response to one request, whatever its status."""
        what = f"{method} {route}"
        if self._connection.rate:
            await self._connection.rate.turn()
        try:
            request = self._http.request(method, route, **options)
            return await ask(self._http.send, self._connection.bounds, request)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ApiError(f"{what}: this is no address that can be asked") from error
        except httpx.HTTPError as error:
            failure = ApiError(
                f"{what}: {self._clean(in_words(error))}",
                hint=f"is {self._connection.url} reachable from here?",
                ambiguous=not isinstance(error, _NEVER_SENT),
            )
            if isinstance(error, BoundsError):
                raise failure from error
            stalled = isinstance(error, httpx.ReadTimeout)
            raise AgainError(failure, stalled=stalled) from error

    def _read(self, what: str, method: str, response: httpx.Response) -> Payload:
        """The JSON of a response of success; an error for any other."""
        if response.status_code in (REREAD_STATUSES if method == "GET" else RETRIED_STATUSES):
            after = seconds_to_wait(response.headers.get("retry-after", ""))
            raise AgainError(self._failure(what, response), after=after)
        if not response.is_success:
            raise self._failure(what, response)
        return self._json(what, response)

    def _json(self, what: str, response: httpx.Response) -> Payload:
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            answer = None
        if too_deep(answer):
            raise ApiError(f"{what} answered with JSON nested beyond reason", ambiguous=True)
        if not isinstance(answer, Mapping):
            kind = self._label(response.headers.get("content-type", "nothing").partition(";")[0])
            raise ApiError(
                f"{what} answered {response.status_code} with {kind}, not with a JSON object"
                + self._request_id(response),
                ambiguous=True,
            )
        return answer

    def _failure(self, what: str, response: httpx.Response) -> ApiError:
        status = response.status_code
        text = f"{what} answered {status}"
        if response.is_redirect:
            where = self._host_of(response.headers.get("location", "")) or "another place"
            return ApiError(
                f"{text}, a redirect to {where}, which is not followed with the key"
                + self._request_id(response),
                hint="set the environment's `url` to the API itself",
                status=status,
            )
        try:
            said = self._said(response.json())
        except (ValueError, RecursionError):
            said = ""
        return ApiError(
            text + said + self._request_id(response),
            hint=self._remedy(status),
            status=status,
            ambiguous=status >= httpx.codes.INTERNAL_SERVER_ERROR,
        )

    def _remedy(self, status: int) -> str:
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            name = self._connection.api_key_name
            return f"set {name} to a key of this project that is still valid"
        if status == httpx.codes.PAYMENT_REQUIRED:
            return "look at the plan and the credits of the account in the dashboard"
        return "the API asks to slow down: lower --parallelism" if status == 429 else ""

    def _said(self, answer: Json) -> str:
        """The API's own message: in any of its three documented error shapes, or as RFC 9457."""
        inner = answer.get("error") if isinstance(answer, Mapping) else None
        source = inner if isinstance(inner, Mapping) else answer
        if not isinstance(source, Mapping):
            return ""
        found = [_words(source.get(name)) for name in ("title", "detail", "message")]
        text = "; ".join(dict.fromkeys(filter(None, [*found, _words(inner)])))
        return f": {self._clean(text)}" if text else ""

    def _clean(self, text: str, most: int = _MESSAGE_LENGTH) -> str:
        """A foreign text, short, without the secrets that this run knows."""
        return foreign.told(text, self._secrets, most)

    def _label(self, text: str) -> str:
        return self._clean(text, _LABEL_LENGTH)

    def _host_of(self, address: str) -> str:
        """The host of a foreign address; secrets are removed first, since a host is lower-cased."""
        return self._label(_host(self._clean(address, 2_000)))

    def _request_id(self, response: httpx.Response) -> str:
        found = response.headers.get("x-request-id") or response.headers.get("cf-ray")
        return f" (request id {self._label(found)})" if found else ""


def _no_generation(kind: Kind, error: ApiError) -> ApiError:
    """The error if a collection does not exist: it is never treated as an empty one."""
    return ApiError(
        f"the API behind this key has no {kind.api} agents: {error.message}",
        hint=f"write another `api:` than {kind.api}, in the project file or in the agents' files; "
        "or is the environment's `url` wrong? The API's own address has no path",
        status=error.status,
    )


def _words(found: Json) -> str:
    """A message in a response: a text, or several (validators return a list)."""
    if isinstance(found, list):
        return "; ".join(filter(None, map(_words, found[:5])))
    return found if isinstance(found, str) else ""


def _host(address: str) -> str:
    """The host of a foreign address; empty if there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Writer(Reader):
    """Reads and writes agents. Only an apply gets one."""

    async def update(
        self,
        kind: Kind,
        agent_id: str,
        request: Request,
        still: Callable[[], Awaitable[None]] | None = None,
    ) -> Payload:
        """Send a PATCH of absolute values, which may be repeated; returns the response's agent.

        ``still`` is awaited before each repeat, which may come a minute later; if it raises,
        nothing more is sent. If any of several tries may have been executed, the failure of the
        last is ambiguous too.
        """
        content = self._content(request)
        doubt, tries = False, 0

        async def once() -> Payload:
            nonlocal doubt, tries
            tries += 1
            try:
                if still and tries > 1:
                    await still()
                return await self._once(request.method, request.path, **content)
            except (AgainError, ApiError) as error:
                failure = error.error if isinstance(error, AgainError) else error
                doubt = failure.ambiguous = doubt or failure.ambiguous
                raise

        answer = await repeated(once, self._connection.pace, self._throttle)
        return self._agent_of(kind, answer, f"{request.method} {request.path}", agent_id)

    async def create(self, kind: Kind, request: Request) -> Payload:
        """Send a POST once: it has no idempotency key, so a repeat could create a duplicate."""
        content = self._content(request)
        try:
            answer = await paced(
                lambda: self._once(request.method, request.path, **content),
                self._connection.pace,
                self._throttle,
            )
        except AgainError as again:
            raise again.error from again
        return self._agent_of(kind, answer, f"{request.method} {request.path}", None)

    def _content(self, request: Request) -> dict[str, Any]:
        revealed = wire.reveal(request.body)
        self._secrets.update(wire.secrets_in(request.body))
        try:
            content = json.dumps(revealed, ensure_ascii=False).encode()
        except UnicodeEncodeError:  # a lone surrogate, which only an escape can express
            content = json.dumps(revealed).encode()
        return {"content": content, "headers": {"Content-Type": "application/json"}}

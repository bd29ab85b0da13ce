"""Shared code of the fake GitHub and GitLab: real HTTP on a free port, and a log of requests.

A fake is a class with a table of routes; its handlers get the request and return an answer. It
serves from a thread of the test's process, so that tests can read and change its state while
commands run in this process or in others.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.listening import Handler as Listening
from tests.listening import address, listening, local

PER_PAGE = 30
MOST_PER_PAGE = 100


@dataclass(frozen=True)
class Asked:
    """One received request; ``headers`` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body, and headers in addition to the usual ones."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """Raised in a handler: the answer is this one."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


@dataclass
class Fault:
    """Answers that replace the real ones, for this number of matching requests."""

    method: str
    path: re.Pattern[str]
    answer: Answer
    times: int
    done: bool
    """Whether the request is executed nevertheless, and only its answer is lost."""


Handler = Callable[..., Answer]


class Fake:
    """A server with routes ``(method, pattern, handler's name)``; patterns match whole paths."""

    ROUTES: Sequence[tuple[str, str, str]] = ()

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Asked] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        body: Any = None,
        *,
        times: int = 1,
        done: bool = False,
        **headers: str,
    ) -> None:
        """Give this answer to the next requests whose path matches the pattern.

        ``retry_after="0"``.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = Answer(status, body, named)
        self._faults.append(Fault(method, re.compile(path), answer, times, done))

    @property
    def asked(self) -> list[str]:
        """The requests as ``METHOD path``."""
        return [str(one) for one in self.requests]

    @property
    def writes(self) -> list[str]:
        """The requests that would change something."""
        reads = ("GET /", "POST /graphql")
        return [one for one in self.asked if not one.startswith(reads)]

    def refused(self, asked: Asked) -> Answer | None:
        """The answer to a request without a valid token."""
        raise NotImplementedError

    def unknown(self, _asked: Asked) -> Answer:
        """The answer if there is no such route."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Answer:
        """What is answered to a request; one at a time."""
        with self._lock:
            self.requests.append(asked)
            fault = self._fault(asked)
            if fault and not fault.done:
                return fault.answer
            real = self.refused(asked) or self._routed(asked)
            return fault.answer if fault else real

    def _fault(self, asked: Asked) -> Fault | None:
        for fault in self._faults:
            if fault.times and fault.method == asked.method and fault.path.search(asked.path):
                fault.times -= 1
                return fault
        return None

    def _routed(self, asked: Asked) -> Answer:
        for method, pattern, name in self.ROUTES:
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                handler: Handler = getattr(self, name)
                try:
                    return handler(asked, *map(unquote, found.groups()))
                except RefusedError as refused:
                    return refused.answer
        return self.unknown(asked)

    def paged(self, asked: Asked, items: Sequence[Any], link_path: str) -> Answer:
        """One page of a list, with the ``Link`` header of RFC 8288 that both forges send."""
        size = min(int(asked.query.get("per_page", PER_PAGE)), MOST_PER_PAGE)
        number = int(asked.query.get("page", 1))
        last = max(1, -(-len(items) // size))
        near = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        wanted = {rel: n for rel, n in near.items() if 1 <= n <= last and n != number}
        base = self.url.partition("/api/")[0]
        links = [
            f'<{base}{link_path}?{urlencode({**asked.query, "page": n})}>; rel="{rel}"'
            for rel, n in wanted.items()
        ]
        page = list(items)[(number - 1) * size : number * size]
        return Answer(200, page, {"Link": ", ".join(links)} if links else {})

    prefix = ""
    """The path of the API's address."""

    @contextmanager
    def serve(self) -> Iterator["Fake"]:
        """Listen on a free port of this machine, for the time of the block."""
        with listening(local(_handler(self))) as server:
            self.url = f"{address(server)}{self.prefix}"
            yield self


def _handler(fake: Fake) -> type[Listening]:
    class OneHandler(Listening):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            answer = fake.answer(
                Asked(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                    self._body(),
                    {name.lower(): value for name, value in self.headers.items()},
                )
            )
            raw = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            content = b"" if answer.status == 204 else raw.encode()
            kind = "text/html" if isinstance(answer.body, str) else "application/json"
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self) -> Any:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                return json.loads(content) if content else None
            except ValueError:
                return None

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's

    return OneHandler

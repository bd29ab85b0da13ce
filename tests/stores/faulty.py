"""A proxy before a store that goes wrong on purpose: it lies, loses replies, or is away."""

import http.client
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tests.listening import Handler, address, listening, local

if TYPE_CHECKING:
    from collections.abc import Callable

_CONDITIONS = ("if-match", "if-none-match")


class Faulty:
    """Passes requests on to a port of this machine, and notes them.

    ``lies`` drops the conditions of requests, ``deaf`` says whether a request is passed on although
    its reply is lost, and ``away`` whether it is refused before it is passed on.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.lies = False
        self.deaf: Callable[[str, str], bool] = lambda _method, _path: False
        self.away: Callable[[str, str], bool] = lambda _method, _path: False
        self.requests: list[tuple[str, str]] = []
        self._server = local(self._handler())
        self._running = ExitStack()
        self.url = address(self._server)

    def __enter__(self) -> Self:
        self._running.enter_context(listening(self._server))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()

    @property
    def writes(self) -> list[str]:
        """The paths of writes that were passed on or refused, without the bucket."""
        return [path.partition("?")[0] for method, path in self.requests if method == "PUT"]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        faulty = self

        class Between(Handler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                faulty.requests.append((self.command, self.path))
                if faulty.away(self.command, self.path):
                    self.close_connection = True
                    return
                found = self._passed_on(body)
                if faulty.deaf(self.command, self.path):
                    self.close_connection = True
                    return
                status, headers, text = found
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                length = {n.lower(): v for n, v in headers}.get("content-length")
                head = self.command == "HEAD"
                self.send_header("Content-Length", (length or "0") if head else str(len(text)))
                self.end_headers()
                self.wfile.write(b"" if head else text)

            def _passed_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
                dropped = _CONDITIONS if faulty.lies else ()
                headers = {n: v for n, v in self.headers.items() if n.lower() not in dropped}
                behind = http.client.HTTPConnection("127.0.0.1", faulty.port, timeout=30)
                behind.request(self.command, self.path, body, headers)
                answer = behind.getresponse()
                text = answer.read()
                behind.close()
                return answer.status, answer.getheaders(), text

        for method in ("GET", "PUT", "HEAD", "POST", "DELETE"):
            setattr(Between, f"do_{method}", Between.handle_any)
        return Between

"""Servers of Python's own, for what the sandbox and the fakes of forges do not do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any, TypeVar

OFTEN = 0.005
"""Seconds between two looks whether the server is to stop."""

Server = TypeVar("Server", bound=HTTPServer)


class Handler(BaseHTTPRequestHandler):
    """Is silent, and sends the body of a response before the client has confirmed its head.

    With Nagle's algorithm each response would take 40 ms: these are two packets.
    """

    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's
        """Say nothing."""


def local(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on a free port of this machine."""
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)


def address(server: HTTPServer) -> str:
    """Its URL."""
    return f"http://127.0.0.1:{server.server_port}"


@contextmanager
def listening(server: Server) -> Iterator[Server]:
    """Serve until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(OFTEN,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

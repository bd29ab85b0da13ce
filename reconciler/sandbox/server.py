"""The sandbox on a real socket, served by hypercorn, with connections that really die.

The listening socket is our own: it remembers the connections that it accepts, so that a fault can
shut one, which no ASGI message can do.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast
from weakref import WeakValueDictionary

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config, Sockets
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import ConnectionCutError
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

if TYPE_CHECKING:
    from hypercorn.typing import Framework

_GRACE_SECONDS = 0.2
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 128


class Listener(socket.socket):
    """A listening socket that can shut the connections that it accepted."""

    def __init__(self, family: int, kind: int, proto: int) -> None:
        """Make a socket without accepted connections."""
        super().__init__(family, kind, proto)
        self._accepted: WeakValueDictionary[tuple[str, int], socket.socket] = WeakValueDictionary()

    @classmethod
    def on(cls, host: str, port: int) -> Self:
        """Listen on `host`, on any free port for 0; raises OSError if that fails."""
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = cls(family, kind, proto)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
        listener.setblocking(False)  # noqa: FBT003  (the standard library's own signature)
        return listener

    @property
    def url(self) -> str:
        """Return the URL for clients."""
        host, port = self.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection and remember it."""
        connection, address = super().accept()
        self._accepted[address[:2]] = connection
        return connection, address

    def cut(self, client: tuple[str, int]) -> None:
        """Shut the connection with this client, in both directions, at once."""
        connection = self._accepted.get(client)
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def cut_all(self) -> None:
        """Shut every connection that is still open."""
        for client in list(self._accepted):
            self.cut(client)


class _Config(Config):
    """Hypercorn's settings, around a socket that is already listening."""

    errorlog = "-"
    accesslog = None
    loglevel = "WARNING"
    include_server_header = False
    graceful_timeout = 10 * _GRACE_SECONDS
    keep_alive_timeout = _KEEP_ALIVE_SECONDS

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def create_sockets(self) -> Sockets:
        return Sockets([], [self._listener], [])


class _Cutter:
    """The app, with `ConnectionCutError` turned into a cut connection."""

    def __init__(self, app: Starlette, listener: Listener) -> None:
        self.app = app
        self.listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except ConnectionCutError:
            self.listener.cut(tuple(scope["client"][:2]))


def serve(
    host: str,
    port: int,
    store: Store,
    settings: Settings,
    *,
    announce: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C or SIGTERM; `announce` gets the URL once clients may connect.

    Port 0 selects any free one. Raises OSError if it cannot listen.
    """
    app = create_app(store, settings)
    with Listener.on(host, port) as listener, suppress(KeyboardInterrupt):
        asyncio.run(_until_signal(app, listener, announce))


async def _until_signal(
    app: Starlette, listener: Listener, announce: Callable[[str], None]
) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows Ctrl-C is a KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
    announce(listener.url)
    await _run(app, listener, stop.wait)


async def _run(
    app: Starlette, listener: Listener, stopped: Callable[[], Awaitable[object]]
) -> None:
    """Serve until `stopped` returns; requests that are pending a moment later are cut."""

    async def stopping() -> None:
        await stopped()
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, listener.cut_all)

    framework = cast("Framework", _Cutter(app, listener))
    await hypercorn_serve(framework, _Config(listener), shutdown_trigger=stopping, mode="asgi")


class RunningServer:
    """A server in a thread, for the duration of a `with` block; for tests.

    `url` is its address; `app.state` may be read and changed while it runs.
    """

    def __init__(self, store: Store, settings: Settings, *, host: str = "127.0.0.1") -> None:
        """Prepare a server on a free port of `host`."""
        self.app = create_app(store, settings)
        self.url = ""
        self._host = host

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(_run(self.app, self._listener, self._stop.wait))

    def __enter__(self) -> Self:
        """Start serving; the socket is already listening, so clients may connect at once."""
        self._listener = Listener.on(self._host, 0)
        self.url = self._listener.url
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and wait until it has stopped."""
        with suppress(RuntimeError):  # the loop may have ended already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._listener.close()

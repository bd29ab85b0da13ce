"""The sandbox in process, as an httpx transport: no socket, no thread. The only user of httpx.

It also simulates the effects of a socket on a client: a cut connection, and a read that takes
longer than the request's timeout, raise the errors that httpx raises for them.
"""

import asyncio
from pathlib import Path

import httpx
from starlette.applications import Starlette

from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import ConnectionCutError
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store


class SandboxTransport(httpx.AsyncBaseTransport):
    """Passes requests for any host to `app`."""

    def __init__(self, app: Starlette) -> None:
        """Respond with `app`, whose `state` tests may inspect."""
        self.app = app
        self._inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the app's response; raises httpx's own errors for cuts and timeouts."""
        patience: float | None = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(patience):
                return await self._inner.handle_async_request(request)
        except ConnectionCutError as cut:
            kind = httpx.ReadError if cut.reset else httpx.RemoteProtocolError
            raise kind(str(cut), request=request) from cut
        except TimeoutError as error:
            raise httpx.ReadTimeout("the read timed out", request=request) from error


def sandbox_transport(folder: Path | None, settings: Settings, *, seeded: bool) -> SandboxTransport:
    """Return the sandbox that keeps its agents in `folder`, in memory for None.

    If `seeded`, a folder that does not exist yet, or the memory, starts with the sample agents.
    """
    new = folder is None or not folder.exists()
    store = Store(folder)
    if seeded and new:
        store.seed(load_seed(settings.seed))
    return SandboxTransport(create_app(store, settings))

"""The app: routes of both generations, authentication, and error responses.

Handlers are in `agents`, validation and responses of each generation in `v1` and `v2`, faults
around them in `middleware`.
"""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.sandbox.agents import Agents
from reconciler.sandbox.bodies import RefusedError
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.files import DamagedError
from reconciler.sandbox.middleware import Edge, Received
from reconciler.sandbox.project import project
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.v1 import api as v1
from reconciler.sandbox.v2 import api as v2


class Sandbox(Starlette):
    """The app; `state` has `settings`, `store`, and what may be changed while it runs.

    That is `faults` (add some), `latency` (milliseconds) and `requests` (a log).
    """

    def build_middleware_stack(self) -> ASGIApp:
        """Put the edge around everything, including the framework's own error handling."""
        return Edge(app=super().build_middleware_stack(), state=self.state)


def create_app(store: Store, settings: Settings) -> Starlette:
    """Return the API over `store`, with the behaviour of `settings`."""
    app = Sandbox(
        routes=[
            *Agents(v1).routes(),
            *(Agents(v2).routes() if settings.v2 else ()),
            Route("/v1/projects/by-api-key", _project, methods=["GET"]),
        ],
        middleware=[Middleware(_Guard, api_key=settings.api_key)],
        exception_handlers={
            HTTPException: _failed,
            RefusedError: _refused,
            DamagedError: _damaged,
            RecursionError: _too_deep,
        },
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.store = store
    app.state.faults = Faults(settings.faults)
    app.state.latency = settings.latency
    app.state.requests = list[Received]()
    return app


async def _project(request: Request) -> Response:
    data = project()
    return JSONResponse(v1.envelope(request.method, data))


def _error(status: int, message: str) -> Response:
    return JSONResponse({"code": status, "message": message}, status)


def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001
    if isinstance(error, HTTPException):
        return _error(error.status_code, error.detail)
    raise error


def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _error(400, str(error))


def _too_deep(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _error(400, "the request body is nested too deeply")


def _damaged(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _error(500, str(error))


class _Guard:
    """Rejects requests without `Authorization: Token <api key>` (seed page)."""

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self.app = app
        self.expected = f"Token {api_key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._knows(scope["headers"]):
            await _error(401, "Unauthorized")(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _knows(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return [value for name, value in headers if name == b"authorization"] == [self.expected]

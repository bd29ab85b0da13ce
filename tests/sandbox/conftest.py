"""A way to talk to a sandbox in one line, with ids and a clock that repeat."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox.app import create_app
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.transport import SandboxTransport

AGENTS = "/v1/voice-agents"
NESTED = "/v2/voice-agents"


class Talk:
    """One sandbox and a client for it; each call is one request."""

    def __init__(self, options: str = "", folder: Path | None = None) -> None:
        numbers = count(1)
        moments = (datetime(2025, 5, 12, 9, tzinfo=UTC) + timedelta(minutes=n) for n in count())
        self.store = Store(
            folder,
            new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
            clock=lambda: next(moments),
        )
        self.app = create_app(self.store, Settings.parse(options))
        self.headers = {"Authorization": "Token sandbox"}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = SandboxTransport(self.app)
            base = "https://hamsa.example"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, **{"headers": self.headers, **more})

        return asyncio.run(one())

    def create(self, **body: Any) -> dict[str, Any]:
        return self.data(self.ask("POST", AGENTS, json={"agentName": "Front desk", **body}))

    def patch(self, agent: str, **body: Any) -> dict[str, Any]:
        return self.data(self.ask("PATCH", f"{AGENTS}/{agent}", json=body))

    def read(self, agent: str) -> dict[str, Any]:
        return self.data(self.ask("GET", f"{AGENTS}/{agent}"))

    def page(self, **query: Any) -> dict[str, Any]:
        return self.data(self.ask("GET", AGENTS, params=query))

    def nested(self, method: str, agent: str = "", **body: Any) -> dict[str, Any]:
        """Do one request of v2, and return the agent, or the page, that it answers with."""
        path = f"{NESTED}/{agent}" if agent else NESTED
        reply = self.ask(method, path, **({} if method == "GET" else {"json": body}))
        assert reply.status_code == 200, reply.text
        data: dict[str, Any] = reply.json()["data"]
        return data

    def data(self, reply: httpx.Response) -> dict[str, Any]:
        assert reply.status_code == 200, reply.text
        assert reply.json().keys() == {"success", "message", "data"}
        data: dict[str, Any] = reply.json()["data"]
        return data


@pytest.fixture
def talk() -> Callable[..., Talk]:
    """Make sandboxes: `talk("patch=replace", folder)`."""
    return Talk

"""A fleet on disk for a test: clients with a few agents each, and the API of each client's key."""

from pathlib import Path
from typing import Any

from reconciler.sandbox.app import create_app
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from tests.projects import Project

SAFETY = "# Safety\nNever say a price, and never promise an hour."
HOURS = "# Safety\nNever say a price. Ask a colleague for opening hours."


class Tenants:
    """One server, behind which each API key has agents of its own."""

    def __init__(self) -> None:
        self.apps: dict[str, Any] = {}

    def of(self, key: str) -> Any:
        settings = Settings.parse(f"api_key={key if key.startswith('key-') else 'none'}")
        return self.apps.setdefault(key, create_app(Store(None), settings))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        found = dict(scope.get("headers", ())).get(b"authorization", b"").decode()
        await self.of(found.removeprefix("Token "))(scope, receive, send)

    def requests(self, *methods: str) -> int:
        """How many requests all of them have got."""
        every = (one for app in self.apps.values() for one in app.state.requests)
        return sum(not methods or one.method in methods for one in every)


def served() -> tuple[RunningServer, Tenants]:
    """A server, not started yet, and what is behind it."""
    server, tenants = RunningServer(Store(None), Settings()), Tenants()
    server.app = tenants  # type: ignore[assignment]
    return server, tenants


def made(root: Path, url: str, clients: int, agents: int, more: str = "") -> Project:
    """A fleet file, and clients below ``clients/``, each with a key of its own."""
    fleet = Project(root)
    fleet.write("fleet.yaml", f"projects: [clients/*]\n{more}")
    for number in range(clients):
        name = f"c{number:02}"
        fleet.env[f"KEY_{name}"] = f"key-{name}"
        fleet.write(f"clients/{name}/reconciler.yaml", client(url, name))
        for index in range(agents):
            agent(fleet, name, index)
    return fleet


def client(url: str, name: str, more: str = "") -> str:
    """A project file with one environment; ``more`` is added to it."""
    return (
        f"default_environment: live\nenvironments:\n  live:\n    url: {url}\n"
        f"    api_key: {{ $secret: KEY_{name} }}\n{more}"
    )


def agent(
    fleet: Project, name: str, index: int, safety: str = SAFETY, greeting: str = "Hello"
) -> None:
    """An agent of a client; the safety rules are those of all."""
    prompt = f"# Role\nYou answer for {name}, desk {index}.\n\n{safety}"
    block = "".join(f"    {line}\n" if line else "\n" for line in prompt.split("\n"))
    fleet.write(
        f"clients/{name}/agents/a{index:02}.yaml",
        f"spec:\n  agentName: {name} desk {index}\n  lang: en\n"
        f"  greetingMessage: {greeting} from {name}\n  preamble: |-\n{block}",
    )

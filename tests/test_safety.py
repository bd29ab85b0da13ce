"""What must never happen: a plan that writes, a secret that shows, requests without need."""

import asyncio
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Desired, EnvironmentState
from reconciler.sandbox.app import create_app
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.transport import SandboxTransport
from reconciler.transport.client import Connection, Reader, Writer, open_http
from reconciler.workflows.refresh import live_agents
from tests.conftest import Serve
from tests.listening import Handler, address, listening, local
from tests.projects import SALT, Project, Run
from tests.seed_fields import FULL, with_value

KEY = "planted-api-key-7f3a"
ACCESS, REFRESH = "ya29.planted-access-token", "1//planted-refresh-token"
LIVE_ACCESS, LIVE_REFRESH = "ya29.planted-live-access", "1//planted-live-refresh"
PLANTED = (KEY, ACCESS, REFRESH, LIVE_ACCESS, LIVE_REFRESH)
SECRETS = {"GOOGLE_ACCESS_TOKEN": ACCESS, "GOOGLE_REFRESH_TOKEN": REFRESH}
COMMANDS = [
    ("validate",),
    ("plan",),
    ("plan", "--format", "json"),
    ("plan", "-v", "--color", "always"),
    ("plan", "--out", "saved.plan.json"),
    ("show", "saved.plan.json"),
    ("show", "saved.plan.json", "--format", "json"),
    ("apply", "saved.plan.json", "-v"),
    ("apply", "--yes", "--format", "json"),
    ("plan", "-q"),
    ("schema",),
]


def everything(project: Project, runs: list[Run]) -> str:
    """All that a project's runs printed and all that they wrote."""
    files = [path for path in project.root.rglob("*") if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in files]
    return "\n".join([*texts, *(run.out + run.err for run in runs)])


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ("G1", ""),
        ("G3", ""),
        ("G1", "PATCH:400:*"),
        ("G3", "PATCH:trim:*"),
        ("G1", "*:500:*"),
        ("G3", "*:401:*"),
        ("G3", "PATCH:touch:*"),
    ],
)
def test_planted_secrets_show_in_no_output_and_no_file(
    project: Project, serve: Serve, shape: str, fault: str
) -> None:
    server = serve(f"shape={shape}&api_key={KEY}")
    calendar = {
        **FULL["googleCalendarSettings"],
        "accessToken": LIVE_ACCESS,
        "refreshToken": LIVE_REFRESH,
    }
    server.app.state.store.add({**FULL, "interrupt": True, "googleCalendarSettings": calendar})
    project.on(server.url, KEY).env |= SECRETS
    edited = with_value("googleCalendarSettings.timezone", "Asia/Dubai")
    runs = []
    if fault:
        server.app.state.faults.add(fault)
    for spec in (edited,) if fault else (FULL, edited):
        project.agent("front-desk", spec)
        runs += [project.run(*command) for command in COMMANDS]
    said = everything(project, runs)
    assert [secret for secret in PLANTED if secret in said] == []
    assert fault or any("(sensitive)" in run.out for run in runs)


@pytest.fixture
def parrot() -> Iterator[str]:
    """A server that repeats the request, headers and body, in its error message."""

    class Parrot(Handler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            if self.path.startswith("/v1/voice-agents?"):
                return self._answer(200, {"data": {"total": 0, "filtered": 0, "voiceAgents": []}})
            return self._answer(400, {"message": f"{self.headers['authorization']} {body}"})

        do_POST = do_GET  # noqa: N815 - http.server names it

        def _answer(self, status: int, content: Any) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with listening(local(Parrot)) as server:
        yield address(server)


def test_a_secret_that_the_api_repeats_in_an_error_is_struck_out(
    project: Project, parrot: str
) -> None:
    project.on(parrot, KEY).env |= SECRETS
    project.agent(
        "front-desk", {"agentName": "A", "googleCalendarSettings": FULL["googleCalendarSettings"]}
    )
    done = project.apply()
    assert (done.code, "(sensitive)" in done.out) == (1, True)
    assert [secret for secret in PLANTED if secret in everything(project, [done])] == []


def test_a_secret_inside_a_readable_map_is_hidden_on_both_sides(
    project: Project, serve: Serve
) -> None:
    server = serve()
    server.app.state.store.add({"agentName": "A", "params": {"token": LIVE_ACCESS}})
    project.on(server.url).env |= SECRETS
    project.agent("a", {"agentName": "A", "params": {"token": {"$secret": "GOOGLE_ACCESS_TOKEN"}}})
    runs = [project.run(*command) for command in COMMANDS]
    assert [secret for secret in PLANTED if secret in everything(project, runs)] == []
    assert server.app.state.store.records()[0].fields["params"] == {"token": ACCESS}


def test_a_plan_sends_nothing_but_get(project: Project, serve: Serve) -> None:
    server = serve()
    server.app.state.store.add({**FULL, "interrupt": True})
    project.on(server.url).env |= SECRETS
    project.agent("front-desk", FULL)
    project.agent("another", {"agentName": "To be created"})
    for command in COMMANDS[:7]:
        assert project.run(*command).code == 0, command
    assert {request.method for request in server.app.state.requests} == {"GET"}


def test_the_client_of_a_plan_has_no_way_to_write() -> None:
    writing = {name for name in vars(Writer) if not name.startswith("__")}
    assert {"create", "update"} <= writing
    assert [name for name in writing if hasattr(Reader, name)] == []
    assert '"GET"' in inspect.getsource(Reader._get)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "with_tools"), [("G1", 0), ("G1", 7), ("G3", 7)])
@pytest.mark.parametrize("most", [10, 50])
def test_hundreds_of_unchanged_agents_cost_their_pages_and_the_agents_missing_there(
    shape: str, with_tools: int, most: int
) -> None:
    store = Store(None)
    tools = {"googleCalendar": False, "genderDetection": False, "smartCallEnd": False}
    desired = []
    for number in range(200):
        fields: dict[str, Any] = {"agentName": f"Agent {number}", "silenceThreshold": 800}
        store.add(fields)
        if number < with_tools:
            fields = {**fields, "tools.smartCallEnd": tools["smartCallEnd"]}
        desired.append(
            Desired(kind=AGENT_V1, key=f"a{number}", file=f"a{number}.yaml", fields=fields)
        )
    app = create_app(store, Settings.parse(f"shape={shape}&max_take={most}"))

    async def read() -> int:
        connection = Connection(url="http://sandbox.invalid", api_key="sandbox")
        async with open_http(connection, SandboxTransport(app)) as http_client:
            reader = Reader(http_client, connection)
            return len(await live_agents(reader, AGENT_V1, desired, EnvironmentState(salt=SALT)))

    assert asyncio.run(read()) == 200
    lacking = with_tools if shape == "G1" else 0
    assert len(app.state.requests) == 200 // most + lacking


def test_plan_files_and_the_state_keep_their_promises(project: Project, serve: Serve) -> None:
    project.on(serve().url).agent("front-desk", {"agentName": "A", "preamble": "the whole prompt"})
    project.run("plan", "--out", "p.plan.json")
    assert (project.root / "p.plan.json").stat().st_mode & 0o777 == 0o600
    project.apply()
    assert "the whole prompt" not in (project.root / "reconciler.state.json").read_text()
    assert sorted(path.name for path in Path(project.root).iterdir()) == [
        ".reconciler",
        "agents",
        "p.plan.json",
        "reconciler.state.json",
    ]

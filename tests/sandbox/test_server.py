"""The same sandbox over a real socket: what only a socket can show."""

import signal
import subprocess
import sys

import httpx
import pytest

from reconciler.sandbox.server import RunningServer, serve
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

pytestmark = pytest.mark.socket

AGENTS = "/v1/voice-agents"


@pytest.fixture
def server():
    with RunningServer(Store(None), Settings()) as running:
        yield running


@pytest.fixture
def client(server):
    headers = {"Authorization": "Token sandbox"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=5) as client:
        yield client


@pytest.fixture
def agent(server):
    return server.app.state.store.add({"agentName": "Before"}).id


def test_it_answers_as_in_process(server, client):
    made = client.post(AGENTS, json={"agentName": "مكتب"})
    assert made.status_code == 200
    listed = client.get(AGENTS).json()["data"]
    assert (listed["total"], listed["voiceAgents"][0]) == (1, made.json()["data"])
    assert server.app.state.requests[0] == ("POST", AGENTS, {"agentName": "مكتب"})
    assert client.get(AGENTS, headers={"Authorization": "Bearer sandbox"}).status_code == 401


@pytest.mark.parametrize(
    ("kind", "said", "name"),
    [
        ("drop", "without sending a response", "Before"),
        ("drop-after", "without sending a response", "After"),
        ("truncate", "without sending complete message body", "After"),
    ],
)
def test_a_connection_really_dies(server, client, kind, said, name):
    agent = server.app.state.store.add({"agentName": "Before"}).id
    server.app.state.faults.add(f"PATCH:{kind}")
    with pytest.raises(httpx.RemoteProtocolError, match=said):
        client.patch(f"{AGENTS}/{agent}", json={"agentName": "After"})
    assert server.app.state.store.get(agent).fields["agentName"] == name
    assert client.get(AGENTS).status_code == 200


def test_429_keeps_the_connection(server, client, agent):
    server.app.state.faults.add("PATCH:429")
    first = client.patch(f"{AGENTS}/{agent}", json={"agentName": "After"})
    assert (first.status_code, first.headers["retry-after"]) == (429, "0")
    assert first.json() == {"code": 429, "message": "Too many requests"}
    assert client.patch(f"{AGENTS}/{agent}", json={"agentName": "After"}).status_code == 200


def test_a_slow_answer_ends_when_the_client_gives_up(server, client):
    server.app.state.faults.add("GET:slow")
    with pytest.raises(httpx.ReadTimeout):
        client.get(AGENTS, timeout=0.1)
    assert client.get(AGENTS).status_code == 200


def test_each_server_has_a_port_of_its_own(server):
    with RunningServer(Store(None), Settings()) as other:
        assert other.url != server.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(other.url)


SCRIPT = """
from reconciler.sandbox.server import serve
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store

serve("127.0.0.1", 0, Store(None), Settings(), announce=lambda url: print(url, flush=True))
print("stopped")
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_announces_where_it_listens_and_stops_cleanly(sign):
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}{AGENTS}").status_code == 401
        process.send_signal(sign)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "stopped\n", "")


def test_a_port_that_is_taken_is_an_error(server):
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        serve("127.0.0.1", port, Store(None), Settings(), announce=pytest.fail)

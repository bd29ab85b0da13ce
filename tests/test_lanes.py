"""Connections: as many as there are workers and no more, kept and closed."""

import asyncio
import gzip
import os

import httpx
import pytest

from reconciler.transport.bounds import Bounds, ask
from reconciler.transport.client import Connection, open_http
from reconciler.transport.pool import Lanes
from reconciler.transport.workers import each

AGENTS = "/v1/voice-agents"


class Lane(httpx.AsyncBaseTransport):
    """A lane that answers after others had their turn, and records how many work concurrently."""

    def __init__(self, log, fail=()):
        self.log, self.fail, self.number = log, fail, len(log["lanes"])
        log["lanes"].append(self)
        self.closed = False

    async def handle_async_request(self, request):
        self.log["now"] += 1
        self.log["most"] = max(self.log["most"], self.log["now"])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.log["now"] -= 1
        if request.url.path in self.fail:
            raise httpx.ReadError("cut", request=request)
        body = f"{self.number}:{request.url.path}".encode()
        headers = {"x-lane": str(self.number)}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))

    async def aclose(self):
        self.closed = True


def spread(requests, workers, lanes, fail=()):
    """Send requests with so many workers over so many lanes; the log and the answers."""
    log = {"lanes": [], "now": 0, "most": 0}

    async def run():
        transport = Lanes(lambda: Lane(log, fail), lanes)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:

            async def one(number):
                try:
                    return (await http.get(f"/{number}")).text.partition(":")[2]
                except httpx.ReadError as error:
                    return str(error)

            return await each(range(requests), one, workers)

    return log, asyncio.run(run())


@pytest.mark.parametrize(
    ("requests", "workers", "lanes", "opened"),
    [(1, 10, 10, 1), (3, 10, 10, 3), (100, 10, 10, 10), (100, 10, 3, 3), (20, 1, 10, 1)],
)
def test_no_more_lanes_are_opened_than_work_at_once(requests, workers, lanes, opened):
    log, answers = spread(requests, workers, lanes)
    assert (len(log["lanes"]), log["most"]) == (opened, opened)
    assert answers == [f"/{number}" for number in range(requests)]
    assert all(lane.closed for lane in log["lanes"])


def test_a_lane_that_failed_is_used_again():
    log, answers = spread(4, 1, 1, fail=("/0", "/2"))
    assert answers == ["cut", "/1", "cut", "/3"]
    assert len(log["lanes"]) == 1


def test_one_request_at_a_time_stays_on_one_lane():
    log, answers = spread(50, 1, 10)
    assert (len(log["lanes"]), len(answers)) == (1, 50)


def test_a_cancelled_request_frees_its_lane():
    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            if request.url.path == "/stuck":
                await asyncio.Event().wait()
            return httpx.Response(200, stream=httpx.ByteStream(b"ok"))

    async def run():
        async with httpx.AsyncClient(transport=Lanes(Stuck, 1), base_url="http://x") as http:
            stuck = asyncio.create_task(http.get("/stuck"))
            await asyncio.sleep(0)
            stuck.cancel()
            await asyncio.gather(stuck, return_exceptions=True)
            return (await http.get("/next")).text

    assert asyncio.run(run()) == "ok"


def test_an_answer_keeps_its_status_headers_and_encoding():
    class Packed(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request):
            headers = {"content-encoding": "gzip", "x-request-id": "7"}
            body = httpx.ByteStream(gzip.compress(b"{}"))
            return httpx.Response(502, headers=headers, stream=body)

    async def run():
        async with httpx.AsyncClient(transport=Lanes(Packed, 1), base_url="http://x") as http:
            return await http.get("/")

    answer = asyncio.run(run())
    assert (answer.status_code, answer.json(), answer.headers["x-request-id"]) == (502, {}, "7")


@pytest.fixture
def connected(serve, monkeypatch):
    """A sandbox on a socket and the clients' addresses of the connections that it accepted."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    server = serve()
    accepted = []
    accept = server._listener.accept

    def counted():
        connection, address = accept()
        accepted.append(address)
        return connection, address

    monkeypatch.setattr(type(server._listener), "accept", lambda self: counted())
    return server, accepted


@pytest.mark.parametrize(("parallelism", "requests"), [(1, 20), (4, 60), (16, 8)])
def test_on_a_socket_too(connected, parallelism, requests):
    server, accepted = connected
    connection = Connection(url=server.url, api_key="sandbox", parallelism=parallelism)

    async def run():
        async with open_http(connection) as http:
            return await each(
                range(requests),
                lambda number: ask(
                    http.send,
                    Bounds(),
                    http.request("GET", AGENTS, params={"skip": number + 1}),
                ),
                parallelism,
            )

    assert {answer.status_code for answer in asyncio.run(run())} == {200}
    assert len(server.app.state.requests) == requests
    assert 1 <= len(accepted) <= min(parallelism, requests)

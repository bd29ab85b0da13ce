"""Answers that no server should give: a command always ends with a reason, never as a bug."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.projects import Project
from tests.raw import answering

pytestmark = pytest.mark.socket

KEY = "sk-planted-7f3a9c2e51"
AGENT = {"id": "a1", "agentName": "Desk", "greetingMessage": "Hello", "silenceThreshold": 800}
PAGE = {"success": True, "data": {"total": 1, "voiceAgents": [AGENT]}}
ONE = {"success": True, "data": AGENT}
ODD = (
    *(None, True, "", 0, -1, 1.5, 10**400, float("nan"), float("inf"), "\x1b[2J", "\ud800", KEY),
    *([], {}, [[]], [None], {"id": 1}, {"": ""}, "x" * 70_000, "::error::x", "\u202e", [{}] * 300),
)
HEADERS = (
    *("Retry-After: Mon, 16 Nov 99999999999999999999999 13:32:02 GMT", "Retry-After: -1"),
    *("Retry-After: 1e9", "Content-Type: text/html", "Content-Encoding: br", "Content-Length: 3"),
    *("Content-Length: x", "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    *("Location: http://[", "Location: /v1", f"X-Request-Id: {KEY}", "X: \x1b[2J"),
    "Date: Mon, 16 Nov 99999999999 0:0",
)
STATUSES = ("200 OK", "200", "201 \xff", "204 No", "302 Found", "400 Bad", "401 No", "404 No")
LATER = ("408 T", "429 Slow", "500 Oh", "503 Later", "999 What", "099 Odd", "600")


def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value with some part of it replaced, left out or added to."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)) > 2:
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: spoilt(draw, value[name])}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [spoilt(draw, value[0]), *value]
    if isinstance(value, dict) and draw(st.booleans()):
        return {**value, draw(st.sampled_from(["id", "data", "x\n::error::y"])): draw(odd)}
    return draw(odd)


odd = st.sampled_from(ODD)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer, right in part at least."""
    status = draw(st.sampled_from(STATUSES + LATER) if draw(st.booleans()) else st.just("200 OK"))
    value = draw(st.sampled_from([PAGE, PAGE, ONE, {"error": {"message": "no"}}]))
    value = spoilt(draw, value) if draw(st.booleans()) else value
    body = json.dumps(value).encode()
    if draw(st.integers(0, 5)) == 0:
        cut = draw(st.integers(0, len(body)))
        body = body[:cut] + draw(st.binary(max_size=6)) + body[cut:][: draw(st.integers(0, 60))]
    headers = draw(st.lists(st.sampled_from(HEADERS), max_size=3))
    if not any(one.startswith(("Content-Length", "Transfer")) for one in headers):
        headers.append(f"Content-Length: {len(body) + draw(st.sampled_from([0, 0, 0, 0, -1, 2]))}")
    lines = [f"HTTP/1.1 {status}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body


class Liar:
    """A server that gives these answers in turn, the last one repeatedly."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.url = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with answering(self._speak) as self.url:
            self._ready.set()
            await self._end.wait()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            writer.write(answer)
            await writer.drain()
        finally:
            writer.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    server = Liar()
    yield server
    server.stop()


COMMANDS = (
    *(("plan",), ("plan", "--format", "json"), ("drift",), ("apply", "--auto-approve")),
    *(("pull", "--dry-run"), ("import", "--all"), ("doctor",), ("blame", "desk")),
)
ENDS = {0, 1, 2, 3, 4, 5}


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(answers(), min_size=1, max_size=6), st.sampled_from(COMMANDS))
def test_a_command_ends_with_a_reason_for_every_answer(
    tmp_path_factory: pytest.TempPathFactory,
    liar: Liar,
    said: list[bytes],
    command: tuple[str, ...],
) -> None:
    project = Project(tmp_path_factory.mktemp("p")).on(liar.url, KEY)
    project.agent("desk", {"agentName": "Desk", "greetingMessage": "Good day"})
    liar.answers = list(said)
    done = project.run(*command)
    everything = done.out + done.err
    assert done.code in ENDS, everything
    assert "is a bug" not in everything, everything
    assert "Traceback" not in everything
    assert KEY not in everything
    assert done.code != 1 or everything
    assert not (set("\x1b\u202e") & set(everything)), everything
    assert "\n::error" not in everything

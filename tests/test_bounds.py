"""Answers without end, without haste, or full of the key: bounded in time, memory and words."""

import asyncio
import base64
import gzip
import time
from functools import partial
from urllib.parse import quote

import pytest

from reconciler.errors import ApiError
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.text import foreign
from reconciler.transport.bounds import Bounds
from reconciler.transport.client import Connection, Writer, open_http
from reconciler.transport.retry import Pace
from reconciler.transport.workers import each
from tests.raw import answering

KEY = "sk-Planted/7 9+x"
PACE = Pace(attempts=3, first=0.01, most=0.05, longest=0.0)
AGENT = b'{"data": {"id": "a1", "agentName": "A"}}'


async def asked(speak, ids=("a1",), **connection):
    """What a client gets of a server that ``speak``s to each request, or says of it."""
    seen = []

    async def answer(reader, writer):
        while True:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            await speak(writer)

    bounds = Bounds(deadline=0.4, most=4 << 20, patience=0.2)
    usual = {"api_key": KEY, "pace": PACE, "bounds": bounds, "timeout": 0.15}
    try:
        async with answering(answer) as url:
            here = Connection(**{"url": url, **usual, **connection})
            async with open_http(here) as http:
                client = Writer(http, here)
                async with client.in_time():
                    read = partial(client.agent, AGENT_V1)
                    return await each(ids, read, here.parallelism), seen
    except ApiError as error:
        return error, seen


def head(status=b"200 OK", *headers):
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"", b""])


async def endless(writer, piece, pause=0.0):
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


def bomb(times):
    found = b"\0" * (16 << 20)  # four times the limit
    for _ in range(times):
        found = gzip.compress(found)
    return found


NEVER = "no whole answer within 0.4 seconds"
MODES = {
    "endless body": (head(), b"x" * 65536, 0, "more than 4 MB"),
    "endless failure": (head(b"403 Forbidden"), b"x" * 65536, 0, "answered 403"),
    "slow body": (head(), b"x", 0.05, NEVER),
    "slow failure": (head(b"400 Bad"), b"x", 0.05, "answered 400"),
    "slow headers": (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", 0.05, NEVER),
    "slow status": (b"H", b"", 0.05, "ReadTimeout"),
    "endless 1xx": (b"", head(b"103 Early Hints"), 0, NEVER),
    "slow 1xx": (b"", head(b"100 Continue"), 0.05, NEVER),
    "stalled body": (head(b"200 OK", b"Content-Length: 9") + b"x", b"", 0.05, "ReadTimeout"),
    "gzip bomb": (head(b"200 OK", b"Content-Encoding: gzip") + bomb(1), b"", 0.05, "4 MB"),
    "gzip twice": (head(b"200 OK", b"Content-Encoding: gzip, gzip") + bomb(2), b"", 0.05, "asked"),
    "many values": (
        head(b"200 OK", b"Content-Length: 2100002") + b"[" + b"[]," * 700_000 + b"1",
        b"]",
        0,
        "300,000 values",
    ),
    "no gzip": (head(b"200 OK", b"Content-Encoding: gzip") + b"xxx", b"", 0.05, "broken"),
}


@pytest.mark.socket
@pytest.mark.parametrize("mode", MODES)
def test_every_request_ends_in_time_with_a_reason(mode):
    begin, piece, pause, said = MODES[mode]

    async def speak(writer):
        writer.write(begin)
        await endless(writer, piece, pause)

    begun = time.monotonic()
    error, seen = asyncio.run(asked(speak))
    assert isinstance(error, ApiError)
    assert said in error.message
    assert len(seen) <= 2
    assert time.monotonic() - begun < 10


@pytest.mark.socket
def test_all_that_a_run_reads_has_a_deadline_too():
    async def speak(writer):
        await asyncio.sleep(0.1)
        writer.write(head(b"200 OK", b"Content-Length: %d" % len(AGENT)) + AGENT)

    error, _ = asyncio.run(asked(speak, ("a1",) * 50, parallelism=1, reading=0.3))
    assert error.message == "the live agents were not read within 0.3 seconds"


@pytest.mark.socket
def test_a_large_answer_is_read_even_if_it_is_compressed():
    text = gzip.compress(AGENT.replace(b'"A"', b'"%s"' % (b"A" * (3 << 20))))
    start = head(b"200 OK", b"Content-Encoding: gzip", b"Content-Length: %d" % len(text))

    async def speak(writer):
        writer.write(start + text)

    found, _ = asyncio.run(asked(speak, bounds=Bounds(most=4 << 20), timeout=5.0))
    assert len(found[0]["agentName"]) == 3 << 20


@pytest.mark.socket
def test_ten_workers_get_through_a_rate_limit_of_a_burst_of_two():
    state = {"tokens": 2.0, "at": time.monotonic()}
    body = head(b"200 OK", b"Content-Length: %d" % len(AGENT)) + AGENT
    limited = head(b"429 Slow", b"Retry-After: 0.4", b"Content-Length: 0").replace(b"0.4", b"1")

    async def speak(writer):
        now = time.monotonic()
        state["tokens"] = min(2.0, state["tokens"] + (now - state["at"]) * 50)
        state["at"] = now
        allowed = state["tokens"] >= 1
        state["tokens"] -= allowed
        writer.write(body if allowed else limited)

    pace = Pace(attempts=5, first=0.01, most=0.1)
    bounds = Bounds(deadline=20)
    found, seen = asyncio.run(asked(speak, ("a1",) * 60, pace=pace, bounds=bounds, timeout=5.0))
    assert len(found) == 60
    assert len(seen) < 180


PLAIN = base64.b64encode(KEY.encode()).decode()
FORMS = {
    "as it is": KEY,
    "upper case": KEY.upper(),
    "encoded": quote(KEY, safe=""),
    "encoded twice": quote(quote(KEY, safe=""), safe=""),
    "each letter": "".join(f"%{ord(c):02x}" for c in KEY),
    "base64": PLAIN,
    "base64 for addresses": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "base64 without its end": PLAIN.rstrip("="),
    "base64 of the header": base64.b64encode(b"Token " + KEY.encode()).decode(),
    "base64 further on": base64.b64encode(b"xx: " + KEY.encode()).decode(),
    "entities": KEY.replace("-", "&#45;"),
    "with something unseen": KEY.replace("-", "-\u200b"),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_secret_is_repeated(form):
    said = foreign.told(f"see {FORMS[form]} there", [KEY], 300)
    assert "(sensitive)" in said
    assert not any(part in said for part in (FORMS[form], *FORMS[form].split()))
    assert foreign.told("nothing of it, aGVsbG8gd29ybGQ=", [KEY], 300).startswith("nothing")


@pytest.mark.socket
@pytest.mark.parametrize(
    ("status", "name"),
    [
        (b"400 Bad", "X-Request-Id"),
        (b"400 Bad", "CF-Ray"),
        (b"302 Found", "Location"),
        (b"200 OK", "Content-Type"),
        (b"bad", "Status"),
    ],
)
@pytest.mark.parametrize("form", ["{}", "https://{}.example/", "http://[{}", "{}" + "x" * 9000])
def test_no_header_of_an_answer_leaks_the_key_or_is_long(status, name, form):
    for key in (KEY, quote(KEY, safe=""), PLAIN):
        value = form.format(key).encode()
        start = head(status, name.encode() + b": " + value, b"Content-Length: 0")
        if name == "Status":
            start = head(value)

        async def speak(writer, start=start):
            writer.write(start)
            await writer.drain()
            writer.close()

        error, _ = asyncio.run(asked(speak))
        assert key.lower() not in f"{error.message}{error.hint}".lower()
        assert len(error.message) < 600

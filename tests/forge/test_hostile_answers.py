"""A forge that answers without end, late, with nonsense, or with the token: bounded always."""

import asyncio
import base64
import gzip
import html
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from reconciler.errors import ApiError
from reconciler.forge import github, gitlab, limits
from reconciler.forge.client import Access, Client, opened
from reconciler.forge.place import Place
from reconciler.transport.bounds import Bounds
from reconciler.transport.retry import Pace
from tests.raw import answering

TOKEN = "ghp_Planted7/9+xQ2v"
FORMS = [
    TOKEN,
    TOKEN.upper(),
    quote(TOKEN, safe=""),
    "".join(f"%{ord(one):02x}" for one in TOKEN),
    base64.b64encode(TOKEN.encode()).decode(),
    base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode(),
    base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="),
    html.escape(TOKEN).replace("/", "&#47;").replace("+", "&#x2b;"),
    "\u200b".join(TOKEN),
]
Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]
Ask = Callable[[Client], Awaitable[object]]


def access(url: str, name: str = "github", **more: object) -> Access:
    place = Place(forge=name, url=url, repository="a/b", token=TOKEN, number=1, sha="")
    made = (github if name == "github" else gitlab).access(place, "tests")
    usual = {
        "bounds": Bounds(deadline=0.5, most=2 << 20, patience=0.2),
        "pace": Pace(attempts=2, first=0.01, most=0.03),
        "patience": 0.03,
        "timeout": 0.2,
        "deadline": 5.0,
    }
    return replace(made, **{**usual, **more})  # type: ignore[arg-type]


async def asked(*pairs: tuple[Speak, Ask], **more: object) -> list[tuple[object, int]]:
    """What one client gets of a forge that ``speak``s to each request, and how many there were."""
    count, current = 0, pairs[0][0]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        await reader.readuntil(b"\r\n\r\n")
        count += 1
        await current(writer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    found: list[tuple[object, int]] = []
    async with answering(answer) as url:
        try:
            async with asyncio.timeout(60), opened(access(url, **more)) as client:
                for speak, ask in pairs:
                    count, current = 0, speak
                    try:
                        found.append((await ask(client), count))
                    except ApiError as error:
                        found.append((error, count))
        except ApiError as error:
            found.append((error, count))
    return found


def head(status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace")


def says(answer: bytes, body: bytes = b"") -> Speak:
    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(answer + body)

    return speak


def endless(start: bytes, part: bytes, pause: float = 0.0) -> Speak:
    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return speak


async def silent(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def get(client: Client) -> object:
    return await client.get("/x")


async def listed(client: Client) -> object:
    return await client.items("/x")


async def sent(client: Client) -> object:
    return await client.send("POST", "/x", {"a": "b"})


ZEROS = gzip.compress(b" " * (16 << 20), 1)  # eight times the limit
MODES: dict[str, Speak] = {
    "no answer": silent,
    "an endless body": endless(head(), b"[" * 65536),
    "an endless refusal": endless(head("403 Forbidden"), b"x" * 65536),
    "an endless 500": endless(head("500 Oops"), b"x" * 65536),
    "a byte now and then": endless(head(), b"[", 0.05),
    "headers without end": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "a header without end": endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 4096),
    "a header now and then": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.05),
    "1xx without end": endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "1xx now and then": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "a bomb": says(head(Content_Encoding="gzip"), ZEROS),
    "a bomb that refuses": says(head("422 No", Content_Encoding="gzip"), ZEROS),
    "an odd encoding": says(head(Content_Encoding="br"), b"xxxx"),
    "a broken encoding": says(head(Content_Encoding="gzip"), b"xxxx"),
    "half a body": says(head(Content_Length="100"), b"{}"),
    "no body": says(head()),
    "no HTTP": says(b"SSH-2.0-OpenSSH\r\n"),
    "depth": says(head(), b"[" * 100_000),
    "a giant number": says(head(), b"9" * 5000),
    "other letters": says(head(), b"\xff\xfe\x00"),
    "a redirect with the token": says(head("302 Found", Location=f"https://evil/{TOKEN}")),
}


def test_every_mode_ends_soon_with_an_error_that_can_be_read() -> None:
    pairs = [(speak, ask) for speak in MODES.values() for ask in (get, sent)]
    names = [name for name in MODES for _ in range(2)]
    short = {"bounds": Bounds(deadline=0.2, most=2 << 20, patience=0.1), "timeout": 0.1}
    found = asyncio.run(asked(*pairs, deadline=50.0, **short))
    for name, (error, count) in zip(names, found, strict=True):
        assert isinstance(error, ApiError), (name, error)
        assert 1 <= count <= 2, name
        said = f"{error.message} {error.hint}"
        assert len(said) < 900, name
        assert TOKEN not in said, name


def test_a_list_is_bounded_as_a_whole_and_so_is_the_time_of_all_requests() -> None:
    page = json.dumps([{"body": "x" * 900_000}]).encode()
    more = says(head(Link='<http://x/?page=2>; rel="next"'), page)
    ((error, count),) = asyncio.run(asked((more, listed), most=3 << 20, bounds=Bounds()))
    assert "a list of more than 3 MB, which is not read" in str(error)
    assert count == 4
    small = says(head(Link='<http://x/?page=2>; rel="next"'), b"[]")
    ((error, count),) = asyncio.run(asked((small, listed), deadline=0.3))
    assert "has not answered everything within" in str(error)
    assert count >= 1


def repeating(form: str) -> tuple[Speak, ...]:
    """Answers that repeat the token in this form, each in another place."""
    quoted = json.dumps({"message": f"say {form} again", "errors": [{"message": form}]}).encode()
    shown = json.dumps({"html_url": f"https://h/{form}", "web_url": form}).encode()
    return (
        says(head("403 Forbidden"), quoted),
        says(head("401 " + form), quoted),
        says(head(Content_Type=form), b"<html>"),
        says(head("503 Oops", Retry_After=form), quoted),
        says(f"{form} no http\r\n\r\n".encode()),
        says(head(), shown),
    )


def test_the_token_is_repeated_in_no_form() -> None:
    pairs = [(one, get) for form in FORMS for one in repeating(form)]
    for found, _ in asyncio.run(asked(*pairs)):
        said = f"{found.message} {found.hint}" if isinstance(found, ApiError) else str(found)
        for one in FORMS:
            assert one not in said, said


def test_hundreds_of_answers_of_no_sense_end_in_nothing_but_an_error() -> None:
    """No traceback, no hang, no token; the same ones in each run."""
    dice = random.Random(12)
    statuses = ["200 OK", "201 x", "204 No", "301 Moved", "400 x", "403 x", "404 x", "422 x"]
    statuses += ["429 x", "500 x", "503 x", "599 x", "999 x", "000 x", "-1 x", "2000 x", ""]
    values = ["", "0", "-1", "1e9", "9" * 30, "٣", "Mon, 01 Jan 0001 00:00:00 -0000", "\xff", TOKEN]
    values += [
        "Thu, 32 Foo 99999 99:99:99 GMT",
        '<x>; rel="next"',
        '<?>; rel="next"',
        "<",
        ";,=\"'",
    ]
    names = ["Retry-After", "X-RateLimit-Reset", "X-RateLimit-Remaining", "RateLimit-Reset", "Link"]
    names += ["Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Location"]
    bodies: list[object] = [None, 1, "x", [], {}, [{}], {"message": TOKEN}, {"message": {"a": [1]}}]
    bodies += [{"errors": [{"message": "rate limit"}, 1, None]}, {"error": {"x": {"y": "\ud800"}}}]
    bodies += [{"html_url": 1}, {"html_url": "\ud800" + TOKEN}, [{"web_url": [TOKEN]}], [1, [2]]]

    def answer() -> bytes:
        headers = {dice.choice(names): dice.choice(values) for _ in range(dice.randrange(4))}
        body = json.dumps(dice.choice(bodies)).encode()
        cut = body[: dice.randrange(len(body) + 1)] if dice.random() < 0.3 else body
        return head(dice.choice(statuses), **headers) + cut

    for name in ("github", "gitlab"):
        answers = [answer() for _ in range(120)]
        pairs = [(says(one), (get, listed, sent)[at % 3]) for at, one in enumerate(answers)]
        found = asyncio.run(asked(*pairs, name=name, deadline=50.0))
        assert len(found) == len(answers)
        for whole, (error, _) in zip(answers, found, strict=True):
            said = f"{error.message} {error.hint}" if isinstance(error, ApiError) else ""
            assert TOKEN not in said, whole
            assert len(said) < 900, whole


NOW = 1_800_000_000.0
LIMITS = [
    # status, headers, message, retry, seconds
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000059"}, "", True, 60.0),
    (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800003599"}, "", True, 3600.0),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000000"}, "", True, 1.0),
    (403, {"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1800000059"}, "", False, None),
    (403, {"retry-after": "7", "x-ratelimit-remaining": "0"}, "", True, 7.0),
    (403, {}, "You have exceeded a secondary rate limit.", True, 60.0),
    (403, {}, "You have triggered an abuse detection mechanism.", True, 60.0),
    (403, {}, "Resource not accessible by integration", False, None),
    (429, {"ratelimit-remaining": "0", "ratelimit-reset": "1800000009"}, "", True, 10.0),
    (429, {"ratelimit-reset": "1800000009"}, "", True, None),
    (429, {"retry-after": "soon"}, "", True, None),
    (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}, "", True, None),
    (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "-5"}, "", True, None),
    (404, {"retry-after": "7"}, "rate limit", False, 7.0),
    (200, {}, "", False, None),
]


@pytest.mark.parametrize(("status", "headers", "said", "limited", "seconds"), LIMITS)
def test_what_a_rate_limit_asks_for_is_known(
    status: int, headers: dict[str, str], said: str, seconds: float | None, *, limited: bool
) -> None:
    assert limits.is_limit(status, headers, said) is limited
    assert limits.seconds(headers, said, NOW) == seconds


def test_a_short_rate_limit_is_waited_for_and_that_is_reported() -> None:
    told: list[str] = []

    async def first_limited(writer: asyncio.StreamWriter) -> None:
        limited = head("403 x", Retry_After="1")
        writer.write((head() if told else limited) + b"{}")

    pace = Pace(attempts=2, first=0.01, most=1.0)
    waits = {"tell": told.append, "patience": 2.0, "pace": pace, "bounds": Bounds(), "timeout": 9.0}
    ((found, count),) = asyncio.run(asked((first_limited, get), **waits))
    assert (found, count) == ({}, 2)
    assert told == ["a rate limit: waiting 1 seconds, as the forge asks"]
    told.clear()
    late = str(int(time.time()) + 3000)
    headers = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": late}
    for name in ("github", "gitlab"):
        speak = says(head("429 x", **headers), b"{}")
        ((error, count),) = asyncio.run(asked((speak, sent), **{**waits, "name": name}))
        assert isinstance(error, ApiError)
        assert (error.hint, count) == (
            "its rate limit ends in 50 minutes: run the job again then",
            1,
        )
    assert told == []

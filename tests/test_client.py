"""The one HTTP client against every way in which the API can misbehave, in process and not."""

import asyncio
import json
import re
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.errors import ApiError
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Request
from reconciler.sandbox.app import create_app
from reconciler.sandbox.faults import KINDS
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.transport import SandboxTransport
from reconciler.transport.client import Connection, Reader, Writer, open_http
from reconciler.transport.retry import Pace

AGENTS = "/v1/voice-agents"
PACE = Pace(attempts=3, first=0.01, most=0.05, longest=0.0)


class Api:
    """A sandbox with one agent, and the effect of a client's calls on it."""

    def __init__(self, app, url, transport=None):
        self.app, self.url, self.transport = app, url, transport
        self.store = app.state.store
        self.id = self.store.add({"agentName": "A", "lang": "ar"}).id

    def fault(self, *faults):
        for fault in faults:
            self.app.state.faults.add(fault)

    def run(self, work, **connection):
        """The result of ``work(writer)``."""
        usual = {"url": self.url, "api_key": "sandbox", "pace": PACE, "timeout": 5.0}
        here = Connection(**{**usual, **connection})

        async def go():
            async with open_http(here, self.transport) as http:
                return await work(Writer(http, here))

        return asyncio.run(go())

    def get(self, **connection):
        return self.run(lambda writer: writer.agent(AGENT_V1, self.id), **connection)

    def patch(self, body=None, **connection):
        request = Request(method="PATCH", path=f"{AGENTS}/{self.id}", body=body or {"lang": "en"})
        return self.run(lambda writer: writer.update(AGENT_V1, self.id, request), **connection)

    def post(self, body=None, **connection):
        request = Request(method="POST", path=AGENTS, body=body or {"agentName": "B"})
        return self.run(lambda writer: writer.create(AGENT_V1, request), **connection)

    def failure(self, call, **connection):
        with pytest.raises(ApiError) as raised:
            call(**connection)
        return raised.value

    @property
    def sent(self):
        return [request.method for request in self.app.state.requests]

    @property
    def lang(self):
        return self.store.get(self.id).fields["lang"]


def in_process(switches=""):
    app = create_app(Store(None), Settings.parse(switches))
    return Api(app, "http://sandbox.invalid", SandboxTransport(app))


@pytest.fixture(params=["in process", "on a socket"])
def api(request, serve):
    if request.param == "in process":
        return in_process()
    server = serve()
    return Api(server.app, server.url)


@pytest.mark.parametrize(
    "kind",
    ["429", "429-bare", "502-html", "503", "504", "drop", "drop-after", "truncate"],
)
@pytest.mark.parametrize("method", ["get", "patch"])
def test_get_and_patch_are_sent_again_after_what_passes(api, method, kind):
    api.fault(f"{method.upper()}:{kind}:2")
    getattr(api, method)()
    assert api.sent == [method.upper()] * 3
    assert api.lang == ("en" if method == "patch" else "ar")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("half-list", "vanish", "no-type")]
)
def test_a_post_is_sent_exactly_once_whatever_happens(api, kind):
    api.fault(f"POST:{kind}:*")
    try:
        api.post(timeout=0.3 if kind == "slow" else 5.0)
    except ApiError as error:
        said = error.message
    else:
        said = "done"
    assert api.sent == ["POST"]
    assert (said == "done") == (kind in ("ignore", "trim", "touch"))


REPEATED = {
    "429": "answered 429: Too many requests (request id 3)"
    " | the API asks to slow down: lower --parallelism | 429",
    "429-bare": "answered 429: Too many requests (request id 3)"
    " | the API asks to slow down: lower --parallelism | 429",
    "503": "answered 503: Service unavailable (request id 3) | 503 | ambiguous",
    "504": "answered 504: Gateway timeout (request id 3) | 504 | ambiguous",
    "502-html": "answered 502 (request id 3) | 502 | ambiguous",
    "504-html": "answered 504 (request id 3) | 504 | ambiguous",
}
KEY = "set HAMSA_API_KEY to a key of this project that is still valid"
ONCE = {
    "400": "answered 400: Bad request (request id 1) | 400",
    "401": f"answered 401: Unauthorized (request id 1) | {KEY} | 401",
    "402": "answered 402: Payment required: the account has no credits left (request id 1)"
    " | look at the plan and the credits of the account in the dashboard | 402",
    "403": f"answered 403: Forbidden (request id 1) | {KEY} | 403",
    "500": "answered 500: Internal server error (request id 1) | 500 | ambiguous",
    "redirect": "answered 302, a redirect to elsewhere.invalid, which is not followed with the key"
    " (request id 1) | set the environment's `url` to the API itself | 302",
    "not-json": "answered 200 with application/json, not with a JSON object (request id 1)"
    " | 0 | ambiguous",
    "empty": "answered 200 with application/json, not with a JSON object (request id 1)"
    " | 0 | ambiguous",
    "no-agent": "answered 200 without an agent: success | 0 | ambiguous",
    "success-false": "answered 200 without an agent: The voice agent could not be processed"
    " | 0 | ambiguous",
}


def printed(error):
    parts = [error.message, error.hint, str(error.status), "ambiguous" * error.ambiguous]
    return re.sub(r"sandbox-0*", "", " | ".join(filter(None, parts)))


@pytest.mark.parametrize(("kind", "expected"), [*REPEATED.items(), *ONCE.items()])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_what_does_not_pass_is_reported_after_as_many_tries_as_it_deserves(
    api, method, kind, expected
):
    api.fault(f"{method}:{kind}:*")
    error = api.failure(getattr(api, method.lower()))
    if (method, kind) == ("GET", "500"):  # a read may be repeated after any of these
        expected = expected.replace("request id 1", "request id 3")
    assert printed(error) == f"{method} {AGENTS}/{api.id} {expected}"
    again = kind in REPEATED or (kind == "500" and method == "GET")
    assert api.sent == [method] * (3 if again else 1)


@pytest.mark.parametrize(("kind", "expected"), [*REPEATED.items(), *ONCE.items()])
def test_a_failed_post_is_reported_too(api, kind, expected):
    api.fault(f"POST:{kind}:*")
    expected = expected.replace("request id 3", "request id 1")
    assert printed(api.failure(api.post)) == f"POST {AGENTS} {expected}"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("drop", r"connection reset by peer|Server disconnected without sending a response\."),
        ("drop-after", r"server disconnected without sending a response\.?"),
        ("truncate", r"peer closed connection without sending complete message body.*"),
        ("slow", r"the read timed out|ReadTimeout"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_a_broken_connection_leaves_the_outcome_unknown(api, method, kind, said):
    api.fault(f"{method}:{kind}:*")
    error = api.failure(getattr(api, method.lower()), timeout=0.2 if kind == "slow" else 5.0)
    assert re.fullmatch(rf"{method} {AGENTS}[^:]*: ({said})", error.message, re.IGNORECASE)
    assert (error.status, error.ambiguous) == (0, True)
    assert error.hint == f"is {api.url} reachable from here?"
    tries = 2 if kind == "slow" else 3
    expected = [method] * (1 if method == "POST" else tries)
    for _ in range(1000):  # a busy server takes a request when its client has given up
        if len(api.sent) >= len(expected):
            break
        time.sleep(0.01)
    assert api.sent == expected


def test_without_a_listener_nothing_was_done(serve):
    api = Api(serve().app, "http://127.0.0.1:9")
    error = api.failure(api.post)
    assert (error.ambiguous, error.hint) == (False, "is http://127.0.0.1:9 reachable from here?")
    assert error.message.startswith(f"POST {AGENTS}: ")


@pytest.mark.parametrize("last", ["400", "401", "429:2", "404"])
def test_a_patch_that_may_have_been_done_stays_ambiguous_whatever_is_answered_next(api, last):
    api.fault("PATCH:drop-after", f"PATCH:{last}")
    assert api.failure(api.patch).ambiguous
    assert api.lang == "en"


def test_a_patch_that_was_refused_is_not_ambiguous(api):
    api.fault("PATCH:429", "PATCH:400")
    assert not api.failure(api.patch).ambiguous
    assert api.lang == "ar"


def test_retry_after_is_honoured(api):
    api.fault("GET:429:4")

    async def soon(writer):
        async with asyncio.timeout(30):
            return await writer.agent(AGENT_V1, api.id)

    patience = Pace(attempts=5, first=1000.0, most=100_000.0)
    assert api.run(soon, pace=patience)["id"] == api.id


@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(method):
    class Hosts(SandboxTransport):
        async def handle_async_request(self, request):
            seen.append((request.url.host, request.headers["authorization"]))
            return await super().handle_async_request(request)

    seen = []
    api = in_process()
    api.transport = Hosts(api.app)
    api.fault(f"{method}:redirect:*")
    api.failure(getattr(api, method.lower()))
    assert seen == [("sandbox.invalid", "Token sandbox")]


def speaking(answer):
    """An API that answers each request with ``answer(request)``."""
    methods = ["GET", "PATCH", "POST"]
    app = Starlette(routes=[Route("/{rest:path}", answer, methods=methods)])
    api = in_process()
    api.transport = SandboxTransport(app)
    return api


def answering(status=200, headers=None, **body):
    """An API that gives the same answer to every request."""

    async def answer(request):
        content = json.dumps(body["json"]) if "json" in body else body.get("content", b"")
        return Response(content, status, headers)

    return speaking(answer)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://evil.example/x", "a redirect to evil.example"),
        ("/v2/voice-agents", "a redirect to another place"),
        ("", "a redirect to another place"),
    ],
)
def test_a_redirect_shows_its_host_only(location, said):
    api = answering(307, {"location": location})
    assert f"answered 307, {said}, which is not followed" in api.failure(api.get).message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"json": {"code": 400, "message": "bad lang"}}, ": bad lang"),
        ({"json": {"message": "bad lang", "messageKey": "BadLang"}}, ": bad lang"),
        ({"json": {"error": {"code": "X", "message": "bad lang", "details": {}}}}, ": bad lang"),
        ({"json": {"success": False, "error": "bad lang"}}, ": bad lang"),
        ({"json": {"message": ["bad lang", "bad voice"]}}, ": bad lang; bad voice"),
        ({"json": {"title": "Bad", "detail": "lang", "status": 400}}, ": Bad; lang"),
        ({"json": {"message": "x" * 400}}, f": {'x' * 300}…"),
        ({"json": {"message": None}}, ""),
        ({"json": {}}, ""),
        ({"json": []}, ""),
        ({"json": "bad lang"}, ""),
        ({"content": b"<h1>bad lang</h1>"}, ""),
        ({"content": b"\xff\xfe"}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_the_api_s_own_message_is_reported_in_each_published_shape(body, said):
    api = answering(400, {"x-request-id": "r-1"}, **body)
    what = f"GET {AGENTS}/{api.id} answered 400"
    assert api.failure(api.get).message == f"{what}{said} (request id r-1)"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-request-id": "r-1", "cf-ray": "c-1"}, " (request id r-1)"),
        ({"cf-ray": "c-1"}, " (request id c-1)"),
        ({}, ""),
    ],
)
def test_the_request_id_is_reported_if_there_is_one(headers, said):
    api = answering(400, headers)
    assert api.failure(api.get).message == f"GET {AGENTS}/{api.id} answered 400{said}"


def test_a_refused_key_is_reported_by_the_name_of_its_variable(api):
    error = api.failure(api.get, api_key="wrong", api_key_name="HAMSA_STAGING_KEY")
    assert error.message.endswith("answered 401: Unauthorized (request id sandbox-000001)")
    assert error.hint == "set HAMSA_STAGING_KEY to a key of this project that is still valid"
    assert api.sent == ["GET"]


PLANTED = ["sk-planted-key", "sk-planted-token", "sk-planted-live"]


def test_every_known_secret_is_removed_from_messages():
    calendar = {"accessToken": Secret("A", PLANTED[1])}
    live = {"id": "1", "tools": {"refreshToken": PLANTED[2]}}

    async def answer(request):
        echo = f"{request.headers['authorization']} {await request.body()} {PLANTED[2]}"
        if request.method == "GET":
            return JSONResponse({"data": live})
        return JSONResponse({"message": echo}, 400)

    api = speaking(answer)

    async def work(writer):
        await writer.agent(AGENT_V1, "1")
        body = {"googleCalendarSettings": calendar}
        await writer.create(AGENT_V1, Request(method="POST", path=AGENTS, body=body))

    error = api.failure(lambda **more: api.run(work, api_key=PLANTED[0], **more))
    assert error.message.count("(sensitive)") == 3
    assert [secret for secret in PLANTED if secret in error.message] == []


def test_secrets_are_sent_as_values_and_texts_as_they_are(api):
    api.patch({"params": {"a": Secret("A", "sk-planted"), "b": "أهلاً \u202e"}, "outcome": None})
    assert api.app.state.requests[0].body == {
        "params": {"a": "sk-planted", "b": "أهلاً \u202e"},
        "outcome": None,
    }


def test_half_a_character_is_sent_escaped():
    bodies = []

    async def answer(request):
        bodies.append(await request.body())
        return JSONResponse({"data": {"id": api.id}})

    api = speaking(answer)
    api.patch({"outcome": "a\ud800"})
    assert bodies == [b'{"outcome": "a\\ud800"}']


def test_a_connection_does_not_show_its_key():
    assert "sk-planted" not in repr(Connection(url="https://x", api_key="sk-planted"))


def test_only_a_404_means_that_an_agent_is_absent(api):
    assert (
        api.run(lambda writer: writer.agent(AGENT_V1, "48f7656f-0000-4000-8000-000000000000"))
        is None
    )
    api.fault("GET:400", "GET:403")
    assert [api.failure(api.get).status for _ in range(2)] == [400, 403]


@pytest.mark.parametrize(
    "odd", ["../projects/by-api-key", "a b", "x?y=1", "#", "a\nb", "ضيف", "%2e"]
)
def test_an_odd_id_stays_one_step_of_the_path(odd):
    api = in_process()
    assert api.run(lambda writer: writer.agent(AGENT_V1, odd)) is None
    ((method, path, _),) = api.app.state.requests
    assert (method, path.removeprefix(f"{AGENTS}/")) == ("GET", odd)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "answered 200 without an agent: hello"),
        ([], "answered 200 without an agent: hello"),
        ({}, "answered 200 without an agent: hello"),
        ({"id": None}, "answered 200 without an agent: hello"),
        ({"id": "another"}, "answered with another agent"),
    ],
    ids=str,
)
def test_an_answer_must_be_about_the_agent_that_was_asked_for(data, said):
    api = answering(json={"data": data, "message": "hello"})
    for call in (api.get, api.patch):
        error = api.failure(call)
        assert error.message.endswith(f"{AGENTS}/{api.id} {said}")
        assert error.ambiguous


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        {"total": 1},
        {"voiceAgents": []},
        {"total": "1", "voiceAgents": []},
        {"total": 1, "voiceAgents": {}},
        {"total": 1, "voiceAgents": [None]},
    ],
    ids=str,
)
def test_a_list_must_be_a_list_with_its_total(data):
    api = answering(json={"data": data, "message": "not today"})
    error = api.failure(
        lambda **more: api.run(lambda writer: writer.page(AGENT_V1, 1, 100), **more)
    )
    assert error.message == (f"GET {AGENTS} answered no list of agents with its total: not today")


def test_a_page_is_asked_for_by_its_number(api):
    for number in range(4):
        api.store.add({"agentName": f"N{number}"})
    page = api.run(lambda writer: writer.page(AGENT_V1, 2, 2))
    assert (page.total, [item["agentName"] for item in page.items]) == (5, ["N1", "N2"])


def test_a_trace_has_a_line_for_each_answer_and_no_header_or_body(api):
    lines = []
    api.fault("GET:503")
    api.get(trace=lines.append)
    api.patch({"params": {"a": "sk-planted"}}, trace=lines.append)
    assert lines == [
        f"GET {AGENTS}/{api.id} 503",
        f"GET {AGENTS}/{api.id} 200",
        f"PATCH {AGENTS}/{api.id} 200",
    ]


def test_the_user_agent_is_sent_to_the_api():
    asked = []

    async def answer(request):
        asked.append(request.headers)
        return Response(status_code=404)

    api = speaking(answer)
    api.get(user_agent="reconciler/1 (plan)")
    assert (asked[0]["user-agent"], asked[0]["accept"]) == (
        "reconciler/1 (plan)",
        "application/json",
    )


def test_a_reader_has_no_way_to_write_and_sends_nothing_but_get(api):
    public = {name for name in dir(Reader) if not name.startswith("_")}
    assert public == {"agent", "in_time", "page", "project_name"}

    async def read(writer):
        reader = Reader(writer._http, writer._connection)
        await reader.page(AGENT_V1, 1, 10)
        await reader.agent(AGENT_V1, api.id)
        await reader.agent(AGENT_V1, "none")
        assert await reader.project_name() == "Sandbox"

    api.run(read)
    assert api.sent == ["GET"] * 4


def test_every_kind_of_fault_is_tested_here():
    told = {*REPEATED, *ONCE, "drop", "drop-after", "truncate", "slow", "404"}
    assert set(KINDS) - told == {*("ignore", "trim", "touch", "half-list", "vanish", "no-type")}

"""Every fault, in process: what the client gets and the resulting agent."""

import re
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox.faults import KINDS, Fault, Faults

from .conftest import AGENTS

FIRST = "00000000-0000-4000-8000-000000000001"
ONE = f"{AGENTS}/{FIRST}"


@pytest.fixture
def api(talk):
    api = talk()
    api.create(agentName="Before")
    return api


def rename(api):
    return api.ask("PATCH", ONE, json={"agentName": "  After "})


def stored(api):
    return api.store.get(FIRST).fields["agentName"]


@pytest.mark.parametrize(
    "kind", ["400", "401", "402", "403", "404", "429", "429-bare", "500", "503", "504"]
)
def test_an_error_has_the_published_body_and_nothing_is_done(api, kind):
    api.app.state.faults.add(f"PATCH:{kind}")
    reply = rename(api)
    code = int(kind[:3])
    assert (reply.status_code, reply.json()["code"]) == (code, code)
    assert reply.json().keys() == {"code", "message"}
    assert reply.headers["x-request-id"]
    assert reply.headers.get("retry-after") == ("0" if kind == "429" else None)
    assert stored(api) == "Before"
    assert rename(api).status_code == 200


@pytest.mark.parametrize("kind", ["502-html", "504-html"])
def test_a_gateway_answers_in_html(api, kind):
    api.app.state.faults.add(f"PATCH:{kind}")
    reply = rename(api)
    assert (reply.status_code, reply.text[:15]) == (int(kind[:3]), "<!DOCTYPE html>")
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["x-request-id"]
    assert stored(api) == "Before"


def test_a_redirect_leads_elsewhere(api):
    api.app.state.faults.add("PATCH:redirect")
    reply = rename(api)
    assert (reply.status_code, reply.headers["location"]) == (302, "http://elsewhere.invalid/")
    assert stored(api) == "Before"


def test_success_may_be_false_with_a_200(api):
    api.app.state.faults.add("PATCH:success-false")
    reply = rename(api)
    assert reply.status_code == 200
    assert (reply.json()["success"], reply.json()["data"]) == (False, None)
    assert stored(api) == "Before"


@pytest.mark.parametrize(
    ("kind", "error", "after"),
    [
        ("drop", httpx.ReadError, "Before"),
        ("drop-after", httpx.RemoteProtocolError, "  After "),
        ("truncate", httpx.RemoteProtocolError, "  After "),
    ],
)
def test_a_connection_dies_as_on_a_socket(api, kind, error, after):
    api.app.state.faults.add(f"PATCH:{kind}")
    with pytest.raises(error) as raised:
        rename(api)
    assert raised.value.request.method == "PATCH"
    assert stored(api) == after


@pytest.mark.parametrize(("kind", "text"), [("not-json", "OK, it was done."), ("empty", "")])
def test_a_reply_may_be_no_json_though_it_was_done(api, kind, text):
    api.app.state.faults.add(f"PATCH:{kind}")
    reply = rename(api)
    assert (reply.status_code, reply.text) == (200, text)
    assert stored(api) == "  After "


def test_a_slow_answer_meets_the_read_timeout_though_it_was_done(api):
    api.app.state.faults.add("PATCH:slow")
    with pytest.raises(httpx.ReadTimeout):
        api.ask("PATCH", ONE, json={"agentName": "After"}, timeout=0.05)
    assert stored(api) == "After"


def test_a_patch_may_be_accepted_and_ignored(api):
    before = api.read(FIRST)
    api.app.state.faults.add("PATCH:ignore")
    reply = rename(api)
    assert (reply.json()["success"], reply.json()["data"]["agentName"]) == (True, "  After ")
    assert api.read(FIRST) == before


def test_a_create_may_be_accepted_and_ignored(api):
    api.app.state.faults.add("POST:ignore")
    made = api.create(agentName="Lost")
    assert made["agentName"] == "Lost"
    assert api.page()["total"] == 1
    assert api.ask("GET", f"{AGENTS}/{made['id']}").status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_strings_may_be_stored_trimmed_and_lower_cased(api, method):
    api.app.state.faults.add(f"{method}:trim")
    body = {"agentName": " Loud ", "pokeMessages": [" HEY"], "params": {"Key": {"x": " Y "}}}
    reply = api.ask(method, ONE if method == "PATCH" else AGENTS, json=body)
    after = api.read(api.data(reply)["id"])
    assert {name: after[name] for name in body} == {
        "agentName": "loud",
        "pokeMessages": ["hey"],
        "params": {"Key": {"x": "y"}},
    }
    assert after["greetingMessage"] == "Hello, how can I help you today?"


def test_a_patch_may_change_an_unrelated_field(api):
    before = api.read(FIRST)
    api.app.state.faults.add("PATCH:touch")
    rename(api)
    after = api.read(FIRST)
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"agentName", "interrupt", "updatedAt"}


def test_someone_may_change_a_field_after_it_was_read(api):
    api.app.state.faults.add("GET:touch")
    page = api.page()["voiceAgents"][0]
    assert [page["interrupt"], api.read(FIRST)["interrupt"], api.read(FIRST)["interrupt"]] == [
        False,
        False,
        True,
    ]


def test_a_page_may_omit_its_last_agent(api):
    api.create(agentName="Second")
    api.app.state.faults.add("GET:half-list")
    assert api.read(FIRST)["agentName"] == "Before"
    page = api.page()
    assert (page["total"], [agent["agentName"] for agent in page["voiceAgents"]]) == (2, ["Before"])
    assert len(api.page()["voiceAgents"]) == 2


def test_a_write_may_be_answered_without_the_agent(api):
    api.app.state.faults.add("PATCH:no-agent")
    assert rename(api).json()["data"] == {}
    assert stored(api) == "  After "


def test_the_items_of_a_list_may_omit_their_type(talk):
    api = talk("shape=G3")
    api.create()
    api.app.state.faults.add("GET:no-type:2")
    flat, nested = api.page(), api.nested("GET")
    assert "type" not in flat["voiceAgents"][0]
    assert "type" not in nested["voiceAgents"][0]
    assert api.page()["voiceAgents"][0]["type"] == "Single Prompt"


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("code", {"code": 404, "message": "Voice agent not found"}),
        ("key", {"message": "Voice agent not found", "messageKey": "NotFound"}),
        (
            "nested",
            {"error": {"code": "NotFound", "message": "Voice agent not found", "details": {}}},
        ),
    ],
)
def test_an_error_has_one_of_three_shapes(talk, shape, body):
    api = talk(f"errors={shape}&fault=GET:502-html&fault=GET:404")
    html, canned, real = (api.ask("GET", f"/v{n}/voice-agents/nobody") for n in (1, 1, 2))
    assert html.text.startswith("<!DOCTYPE html>")
    assert (real.status_code, real.json()) == (404, body)
    assert canned.json().keys() == body.keys()


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_agent_may_vanish(api, method):
    api.app.state.faults.add(f"{method}:vanish")
    assert api.page()["total"] == 1
    assert api.ask(method, ONE, json={}).status_code == 404
    assert api.page()["total"] == 0


def test_settings_bring_faults_that_are_counted_down(talk):
    api = talk("fault=GET:503:2&fault=*:429")
    statuses = [api.ask("GET", AGENTS).status_code for _ in range(4)]
    assert statuses == [503, 503, 429, 200]


def test_a_fault_can_last_for_ever_and_be_for_some_paths(talk):
    api = talk("fault=GET:500:*:*/voice-agents")
    assert [api.ask("GET", AGENTS).status_code for _ in range(3)] == [500, 500, 500]
    assert api.ask("GET", "/v1/projects/by-api-key").status_code == 200
    api.app.state.faults.clear()
    assert api.ask("GET", AGENTS).status_code == 200


def test_faults_come_before_authorization_and_are_remembered(talk):
    api = talk("fault=GET:drop")
    with pytest.raises(httpx.ReadError):
        api.ask("GET", AGENTS, headers={})
    assert api.app.state.requests == [("GET", AGENTS, None)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("PATCH:502-html", Fault("PATCH", "502-html", 1, "*")),
        ("GET:429:3", Fault("GET", "429", 3)),
        ("*:drop:*", Fault("*", "drop", None)),
        ("POST:500:/v1/*", Fault("POST", "500", 1, "/v1/*")),
        ("POST:500:*/x", Fault("POST", "500", 1, "*/x")),
        ("POST:500:2:*/x", Fault("POST", "500", 2, "*/x")),
        ("POST:500:*:*/x", Fault("POST", "500", None, "*/x")),
    ],
)
def test_a_fault_is_read_from_text_and_written_back(text, fault):
    assert Fault.parse(text) == fault
    assert Fault.parse(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PATCH", "fault `PATCH` must have the form METHOD:KIND[:TIMES][:PATHGLOB]"),
        ("GET:500:x:y", "fault `GET:500:x:y` must have the form"),
        ("GET:500:1:/x:y", "fault `GET:500:1:/x:y` must have the form"),
        ("PUT:500", "fault method `PUT` is not known: allowed are `GET`, `POST`, `PATCH`, `*`"),
        ("GET:418", "fault kind `418` is not known: allowed are `400`, "),
        ("GET:500:0", "fault times `0` must be 1 or more"),
        ("GET:500:-1", "fault times `-1` must be 1 or more"),
        ("GET:ignore", "fault kind `ignore` cannot happen to `GET`: allowed are `POST`, `PATCH`"),
        ("PATCH:half-list", "fault kind `half-list` cannot happen to `PATCH`"),
        ("POST:no-type", "fault kind `no-type` cannot happen to `POST`: allowed are `GET`, `*`"),
        ("POST:vanish", "fault kind `vanish` cannot happen to `POST`"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_can(text, said):
    with pytest.raises(ValueError, match="fault") as raised:
        Fault.parse(text)
    assert str(raised.value).startswith(said)


def test_a_fault_waits_for_a_request_that_it_can_happen_to():
    faults = Faults([Fault("*", "half-list"), Fault("*", "ignore"), Fault("*", "vanish")])
    assert [
        faults.take(method, path)
        for method, path in [
            ("GET", "/v1/projects/by-api-key"),
            ("POST", AGENTS),
            ("GET", ONE),
            ("GET", AGENTS),
            ("GET", AGENTS),
        ]
    ] == [None, "ignore", "vanish", "half-list", None]


def test_every_kind_is_tested_here():
    told = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if not re.search(rf'["=:]{kind}[":]', told)] == []

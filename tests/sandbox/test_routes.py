"""Paging, authorization, the log of requests, and the answers to unknown routes."""

import pytest

from .conftest import AGENTS


def names(page):
    return [agent["agentName"] for agent in page["voiceAgents"]]


@pytest.fixture
def dozen(talk):
    api = talk()
    for number in range(1, 13):
        api.create(agentName=f"agent {number}")
    return api


@pytest.mark.parametrize(
    ("query", "first", "last", "filtered"),
    [
        ({}, "agent 1", "agent 10", 10),
        ({"skip": 2}, "agent 11", "agent 12", 2),
        ({"take": 5, "skip": 2}, "agent 6", "agent 10", 5),
        ({"take": 5, "skip": 3}, "agent 11", "agent 12", 2),
        ({"take": 12}, "agent 1", "agent 12", 12),
    ],
)
def test_skip_is_the_number_of_the_page_from_1(dozen, query, first, last, filtered):
    page = dozen.page(**query)
    assert (page["total"], page["filtered"], len(page["voiceAgents"])) == (12, filtered, filtered)
    assert (names(page)[0], names(page)[-1]) == (first, last)


def test_a_page_past_the_end_is_empty(dozen):
    assert dozen.page(skip=3) == {"total": 12, "filtered": 0, "voiceAgents": []}


def test_a_larger_take_is_silently_capped(talk):
    api = talk("max_take=2")
    for _ in range(5):
        api.create()
    assert [api.page(take=50, skip=page)["filtered"] for page in (1, 2, 3, 4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("name", ["skip", "take"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "٣", "1e3", "9" * 5000])
def test_a_bad_page_is_refused(talk, name, value):
    reply = talk().ask("GET", AGENTS, params={name: value})
    message = f"{name} must be a whole number, 1 or more"
    assert (reply.status_code, reply.json()) == (400, {"code": 400, "message": message})


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("Token own-key", 200),
        (None, 401),
        ("own-key", 401),
        ("Bearer own-key", 401),
        ("Token other", 401),
        ("token own-key", 401),
        ("Token  own-key", 401),
        ("Token", 401),
        ("", 401),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", AGENTS), ("POST", AGENTS), ("GET", "/v1/projects/by-api-key")],
)
def test_only_the_token_form_of_the_right_key_is_let_in(talk, value, status, method, path):
    api = talk("api_key=own-key")
    headers = {} if value is None else {"Authorization": value}
    reply = api.ask(method, path, headers=headers, json={"agentName": "A"})
    assert reply.status_code == status
    if status == 401:
        assert reply.json() == {"code": 401, "message": "Unauthorized"}
        assert len(api.store) == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", f"{AGENTS}/x", 405),
        ("PUT", f"{AGENTS}/x", 405),
        ("GET", "/v3/voice-agents", 404),
        ("DELETE", "/v2/voice-agents/x", 405),
        ("GET", "/v2/voice-agents/", 404),
        ("GET", f"{AGENTS}/", 404),
        ("GET", f"{AGENTS}/x/y", 404),
        ("POST", "/v1/projects/by-api-key", 405),
    ],
)
def test_there_is_nothing_else(talk, method, path, status):
    reply = talk().ask(method, path)
    assert (reply.status_code, reply.json()["code"]) == (status, status)


def test_requests_are_remembered_without_their_headers(talk):
    api = talk()
    made = api.create(lang="en")
    api.ask("GET", AGENTS, params={"skip": 1}, headers={})
    api.ask("PATCH", f"{AGENTS}/{made['id']}", content=b"not json")
    assert api.app.state.requests == [
        ("POST", AGENTS, {"agentName": "Front desk", "lang": "en"}),
        ("GET", AGENTS, None),
        ("PATCH", f"{AGENTS}/{made['id']}", None),
    ]


def test_answers_are_numbered(talk):
    api = talk()
    replies = [api.ask("GET", AGENTS), api.ask("GET", AGENTS, headers={}), api.ask("GET", "/x")]
    assert [reply.headers["x-request-id"] for reply in replies] == [
        "sandbox-000001",
        "sandbox-000002",
        "sandbox-000003",
    ]


def test_latency_is_spent_before_each_answer(talk):
    reply = talk("latency=30").ask("GET", AGENTS)
    assert reply.elapsed.total_seconds() >= 0.03

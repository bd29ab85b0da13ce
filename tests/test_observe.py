"""Reading the live agents: whole lists in few requests, and never half of one."""

import asyncio
from math import ceil

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from reconciler.errors import ApiError
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Applied, Desired, EnvironmentState
from reconciler.sandbox.app import create_app
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.transport import SandboxTransport
from reconciler.transport.client import Connection, Reader, open_http
from reconciler.transport.retry import Pace
from reconciler.workflows.refresh import every_payload, live_agents

AGENTS = "/v1/voice-agents"
PACE = Pace(attempts=3, first=0.01, most=0.05)
NOTHING = EnvironmentState(salt="00" * 16)


def listing(count, switches=""):
    """A sandbox with so many agents, named A0, A1, and so on."""
    store = Store(None)
    for number in range(count):
        store.add({"agentName": f"A{number}", "silenceThreshold": 800})
    return create_app(store, Settings.parse(switches))


def read(app, work):
    """The result of ``work(reader)``."""
    here = Connection(url="http://sandbox.invalid", api_key="sandbox", pace=PACE)

    async def go():
        async with open_http(here, SandboxTransport(app)) as http:
            return await work(Reader(http, here))

    return asyncio.run(go())


def payloads(app, parallelism=4):
    return read(app, lambda reader: every_payload(reader, AGENT_V1, parallelism))


def live(app, desired=(), last=NOTHING, **more):
    return read(app, lambda reader: live_agents(reader, AGENT_V1, desired, last, **more))


def agent(name, key=None, agent_id=None, **fields):
    return Desired(
        kind=AGENT_V1,
        key=key or name,
        file=f"{name}.yaml",
        id=agent_id,
        fields={"agentName": name, **fields},
    )


def remembered(**ids):
    return EnvironmentState(
        salt="00" * 16,
        agents={k: Applied(kind=AGENT_V1, id=i, digests={}) for k, i in ids.items()},
    )


def ids(app):
    return {record.fields["agentName"]: record.id for record in app.state.store.records()}


def single(app):
    """The ids that were requested one by one."""
    paths = [request.path for request in app.state.requests]
    return sorted(path.removeprefix(f"{AGENTS}/") for path in paths if path != AGENTS)


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 3, 10, 100])
@pytest.mark.parametrize("count", [0, 1, 3, 10, 25, 100, 101])
def test_every_page_is_read_once_whatever_a_page_holds(count, most):
    app = listing(count, f"max_take={most}")
    found = payloads(app)
    assert list(found) == list(ids(app).values())
    assert [payload["agentName"] for payload in found.values()] == [f"A{n}" for n in range(count)]
    assert len(app.state.requests) == max(1, ceil(count / most))


@pytest.mark.parametrize("parallelism", [1, 2, 50])
def test_the_order_is_the_list_s_whoever_answers_first(parallelism):
    app = listing(25, "max_take=3")
    assert list(payloads(app, parallelism)) == list(ids(app).values())


@pytest.mark.parametrize("count", [1, 2, 7])
def test_half_a_list_is_read_again(count):
    app = listing(count, "max_take=3")
    app.state.faults.add("GET:half-list")
    assert list(payloads(app)) == list(ids(app).values())


@pytest.mark.parametrize(("count", "missing"), [(1, "0 of 1"), (3, "2 of 3"), (7, "5 of 7")])
def test_a_list_that_stays_half_is_refused_after_three_readings(count, missing):
    app = listing(count, "max_take=5&fault=GET:half-list:*")
    with pytest.raises(ApiError) as raised:
        payloads(app)
    assert raised.value.message == (
        f"the list of agents stays incomplete: {missing} after 3 readings"
    )
    assert raised.value.hint == (
        "no plan is made from half a list; try again when no agent is created or removed"
    )


def unstable(readings):
    """An API whose list returns, at each reading, these pages of these names."""
    asked = []
    left = [[*pages] for pages in readings]

    async def page(request):
        number = int(request.query_params["skip"])
        asked.append(number)
        if number == 1 and len(asked) > 1:
            left.pop(0)
        total, names = left[0][number - 1] if number <= len(left[0]) else (left[0][-1][0], "")
        items = [{"id": name, "agentName": name} for name in names]
        return JSONResponse({"data": {"total": total, "voiceAgents": items}})

    app = Starlette(routes=[Route(AGENTS, page)])
    app.state.asked = asked
    return app


WHOLE = [(4, "ab"), (4, "cd")]
REPEATED = [(4, "ab"), (4, "bc")]


@pytest.mark.parametrize(
    ("readings", "expected", "requests"),
    [
        ([WHOLE], "abcd", 2),
        ([REPEATED, WHOLE], "abcd", 4),
        ([REPEATED, REPEATED, WHOLE], "abcd", 6),
        ([REPEATED, REPEATED, REPEATED], "3 of 4", 6),
        ([[(4, "ab"), (3, "c")]], "abc", 2),
        ([[(4, "ab"), (5, "cd")], [(5, "ab"), (5, "cd"), (5, "e")]], "abcde", 5),
        ([[(2, "abc")], [(3, "abc")]], "abc", 2),
        ([[(3, "")]] * 3, "0 of 3", 3),
        ([[(0, "")]], "", 1),
    ],
    ids=[
        "stable",
        "one agent twice",
        "twice in a row",
        "always",
        "one removed meanwhile",
        "one created meanwhile",
        "more than the total",
        "none of the total",
        "none",
    ],
)
def test_a_list_that_changes_is_read_until_it_is_consistent(readings, expected, requests):
    app = unstable(readings)

    def found():
        try:
            return "".join(payloads(app, 1))
        except ApiError as error:
            return error.message.partition(": ")[2].removesuffix(" after 3 readings")

    assert (found(), len(app.state.asked)) == (expected, requests)


def test_a_list_that_claims_to_be_endless_is_not_read():
    app = unstable([[(10**9, "ab")]])
    with pytest.raises(ApiError, match="claims 1000000000 agents, 2 a page: that is not read"):
        payloads(app)
    assert app.state.asked == [1]


@pytest.mark.parametrize(
    ("kind", "requests"), [("503", 3), ("drop", 3), ("401", 1), ("500", 3), ("not-json", 1)]
)
def test_a_page_that_fails_fails_the_reading(kind, requests):
    app = listing(3, f"fault=GET:{kind}:*")
    with pytest.raises(ApiError):
        payloads(app)
    assert len(app.state.requests) == requests


def test_a_page_that_fails_once_is_asked_for_again():
    app = listing(7, "max_take=2&fault=GET:drop&fault=GET:429")
    assert list(payloads(app)) == list(ids(app).values())
    assert len(app.state.requests) == 4 + 2


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 3, 10, 100])
@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_by_id_is_read_only_for_missing_agents(shape, most):
    app = listing(25, f"max_take={most}&shape={shape}")
    files = [agent(f"A{n}", silenceThreshold=800) for n in range(20)]
    files[3:5] = [agent(f"A{n}", **{"tools.smartCallEnd": True}) for n in (3, 4)]
    assert len(live(app, files)) == 25
    lacking = [ids(app)["A3"], ids(app)["A4"]] if shape == "G1" else []
    assert single(app) == sorted(lacking)
    assert len(app.state.requests) == ceil(25 / most) + len(lacking)


@pytest.mark.parametrize(
    "fields",
    [
        {"silenceThreshold": 600, "lang": "ar", "voiceId": None},
        {"googleCalendarSettings.timezone": "Asia/Riyadh"},
        {"googleCalendarSettings.accessToken": "x"},
        {"tools.googleCalendar": True},
        {"webToolsOverrides": {}},
    ],
    ids=["shown", "shown as empty", "a secret", "never shown", "a sensitive map"],
)
def test_what_no_answer_would_show_is_not_asked_for(fields):
    app = listing(1)
    live(app, [agent("A0", **fields)])
    assert single(app) == []


def test_the_agents_that_are_left_out_are_not_read_by_id():
    app = listing(3)
    files = [agent(f"A{n}", **{"tools.smartCallEnd": True}) for n in range(3)]
    assert len(live(app, files, wanted=frozenset({"A1"}))) == 3
    assert single(app) == [ids(app)["A1"]]


def test_an_agent_is_found_for_reading_by_its_pin_the_state_or_its_name():
    app = listing(4)
    known = ids(app)
    more = {"tools.smartCallEnd": True}
    files = [
        agent("other", agent_id=known["A0"], **more),
        agent("renamed", key="b", **more),
        agent("A2", **more),
        agent("new", **more),
    ]
    live(app, files, remembered(b=known["A1"]))
    assert single(app) == sorted([known["A0"], known["A1"], known["A2"]])


def hidden(app, name):
    """Let the list leave out one agent, which can still be read by id."""
    store = app.state.store
    wanted = ids(app)[name]
    page = store.page

    def without(start, count):
        records = [record for record in page(0, len(store))[1] if record.id != wanted]
        return len(records), records[start : start + count]

    store.page = without
    return wanted


@pytest.mark.parametrize("known_by", ["pin", "state"])
def test_an_id_that_the_list_omits_is_read_by_id(known_by):
    app = listing(3)
    wanted = hidden(app, "A1")
    pinned = agent("A1", agent_id=wanted if known_by == "pin" else None)
    last = remembered(A1=wanted) if known_by == "state" else NOTHING
    assert {each.name for each in live(app, [pinned], last)} == {"A0", "A1", "A2"}
    assert single(app) == [wanted]


def test_an_id_that_is_unknown_is_absent():
    app = listing(2)
    gone = "48f7656f-0000-4000-8000-000000000000"
    found = live(app, [agent("x", agent_id=gone), agent("y")], remembered(y="lost", z="removed"))
    assert [each.name for each in found] == ["A0", "A1"]
    assert single(app) == [gone, "lost"]


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_refusal_is_never_read_as_absence(status):
    app = listing(2)
    wanted = hidden(app, "A1")
    app.state.faults.add(f"GET:{status}:*:{AGENTS}/*")
    with pytest.raises(ApiError) as raised:
        live(app, [agent("A1", agent_id=wanted)])
    assert raised.value.status == status


def test_an_agent_that_vanishes_before_it_is_read_is_absent():
    app = listing(2, f"fault=GET:vanish:1:{AGENTS}/*")
    found = live(app, [agent("A0", **{"tools.smartCallEnd": True})])
    assert [each.name for each in found] == ["A1"]


def test_the_response_by_id_counts_and_not_the_page():
    app = listing(1, f"fault=GET:touch:1:{AGENTS}/*")
    files = [agent("A0", **{"tools.smartCallEnd": True})]
    assert [each.fields["interrupt"] for each in live(app, files)] == [False]
    assert [each.fields["interrupt"] for each in live(app, files)] == [True]

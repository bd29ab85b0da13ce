"""References between objects of two made-up kinds: ids, write order, ids known later."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.engine import decoding, drift, graph, memory, newcomers
from reconciler.engine.history import Apply, Written
from reconciler.engine.plan import plan
from reconciler.engine.plan_digest import plan_digest
from reconciler.engine.rollback import rollback
from reconciler.errors import ConfigError
from reconciler.jsonvalues import Ref
from reconciler.model import (
    Action,
    Create,
    Desired,
    EnvironmentState,
    Live,
    Outcome,
    Plan,
    Planned,
    Stamp,
    Verb,
    Write,
)
from reconciler.render import data, markdown, page
from reconciler.render.data.saved import Saved, document, revived
from reconciler.render.plans import sheet
from reconciler.render.rows import row
from reconciler.schema import wire
from reconciler.transport.client import Connection, Reader, Writer, open_http
from reconciler.transport.retry import Pace
from reconciler.workflows.apply import Applier
from reconciler.workflows.refresh import every_payload
from tests.build import SALT
from tests.kinds import FLOW, TOOL
from tests.listening import listening
from tests.made_up import Flows

KINDS = {"agent": FLOW, "tool": TOOL}


def flow(key: str = "desk", **spec: Any) -> Desired:
    fields = wire.flatten(FLOW, {"name": key.title(), **spec})
    return Desired(kind=FLOW, key=key, file=f"agents/{key}.yaml", fields=fields)


def tool(key: str = "booking", **spec: Any) -> Desired:
    fields = wire.flatten(TOOL, {"name": key.title(), **spec})
    return Desired(kind=TOOL, key=f"tool/{key}", file=f"tools/{key}.yaml", fields=fields)


def live(kind: str, one: str, **shown: Any) -> Live:
    return decoding.decode(KINDS[kind], {"id": one, **shown})


def planned(*desired: Desired, shown: tuple[Live, ...] = (), **more: Any) -> Plan:
    frame = {"environment": "test", "url": "x", **more}
    return plan(desired, shown, EnvironmentState(salt=SALT), **frame)


BOOKING = Ref("tool", "booking")
DESK = flow(tools=[BOOKING], nodes=[{"id": "a", "tool": BOOKING}])


def test_a_reference_to_a_live_object_becomes_its_id():
    made = planned(DESK, tool(), shown=(live("tool", "t9", name="Booking"),))
    create = made.of(Create)[0]
    assert create.request.body["tools"] == ["t9"]
    assert create.request.body["nodes"] == [{"id": "a", "tool": "t9"}]
    assert made.actions[1].verb is Verb.RECORD


def test_one_key_and_one_name_in_two_kinds_are_two_objects():
    shown = (live("agent", "1", name="Desk"), live("tool", "1", name="Desk"))
    made = planned(flow("desk"), tool("desk"), shown=shown)
    assert [(one.key, one.kind.name, one.id, one.verb) for one in made.actions] == [
        ("desk", "agent", "1", Verb.RECORD),
        ("tool/desk", "tool", "1", Verb.RECORD),
    ]
    new = planned(flow("desk"), tool("desk"), shown=shown[:1])
    assert [one.verb for one in new.actions] == [Verb.RECORD, Verb.CREATE]
    alone = planned(flow("desk"), shown=shown)
    assert [(one.kind.name, one.verb) for one in alone.actions][1] == ("tool", Verb.UNMANAGED)


def test_what_the_plan_creates_is_known_after_apply_in_every_form():
    made = planned(DESK, tool())
    told = next(one for one in made.actions if one.key == "desk")
    assert graph.waits_for(told) == ("tool/booking",)
    rows = {one.path: row(one, creating=True) for one in told.changes}
    assert rows["nodes[a].tool"].after == "tool/booking (known after apply)"
    assert rows["tools"].after == '["tool/booking (known after apply)"]'
    report = data.plan(Planned(plan=made))
    action = next(one for one in report["actions"] if one["key"] == "desk")
    afters = {one["path"]: one["after"] for one in action["changes"]}
    assert afters["tools"] == ["tool/booking (known after apply)"]
    assert action["request"]["body"]["tools"] == ["tool/booking (known after apply)"]
    json.dumps(report)
    for told_by in (markdown.markdown, page.page):
        assert "known after apply" in told_by(sheet(Planned(plan=made)))


def test_a_review_counts_a_reference_by_its_address():
    made = planned(DESK, tool())
    other = planned(flow(tools=[Ref("tool", "other")]), tool("other"))
    assert plan_digest(made) == plan_digest(planned(DESK, tool()))
    assert plan_digest(made) != plan_digest(other)
    moved = planned(flow(nodes=[{"id": "a", "message": "x"}]))
    assert plan_digest(moved) != plan_digest(planned(flow(nodes=[{"id": "a", "message": "y"}])))
    shown = (live("agent", "1", name="Desk", nodes=[{"id": "a", "message": "z"}]),)
    x, y = (planned(flow(nodes=[{"id": "a", "message": text}]), shown=shown) for text in ("x", "y"))
    assert plan_digest(x) != plan_digest(y)


MISTAKES = [
    (
        (flow(tools=[Ref("tool", "bookin")]), tool()),
        "no file declares this tool",
        "tool/booking",
    ),
    ((flow(tools=[Ref("agent", "desk")]),), "`tools` cannot refer to a agent", ""),
    ((flow(next=Ref("agent", "desk")),), "in a ring", ""),
    (
        tuple(flow(a, next=Ref("agent", b)) for a, b in ("ab", "bc", "ca", "da")),
        "in a ring",
        "",
    ),
    ((DESK, tool(fallback=Ref("agent", "desk"))), "in a ring", ""),
]


@pytest.mark.parametrize(("desired", "message", "hint"), MISTAKES)
def test_what_cannot_be_is_a_mistake_before_anything_is_sent(desired, message, hint):
    with pytest.raises(ConfigError) as raised:
        planned(*desired)
    assert any(message in one.message and hint in one.hint for one in raised.value.problems)


def test_live_objects_may_refer_to_each_other():
    shown = (live("agent", "1", name="A"), live("agent", "2", name="B"))
    files = flow("a", next=Ref("agent", "b")), flow("b", next=Ref("agent", "a"))
    made = planned(*files, shown=shown)
    assert [isinstance(one, Write) and one.request.body for one in made.actions] == [
        {"next": "2"},
        {"next": "1"},
    ]


def test_what_refers_to_something_that_this_plan_does_not_create_is_blocked():
    choice = newcomers.Choice(wanted=["desk"])
    made = planned(DESK, tool(), choice=choice)
    assert [(one.verb, one.key) for one in made.actions] == [(Verb.BLOCKED, "desk")]
    assert "`tool/booking`" in made.actions[0].reason
    pinned = planned(flow("far", next=Ref("agent", "desk")), DESK, replace(tool(), id="gone"))
    assert [(one.verb, one.key) for one in pinned.actions] == [
        (Verb.BLOCKED, "desk"),
        (Verb.BLOCKED, "far"),
        (Verb.BLOCKED, "tool/booking"),
    ]


def test_a_plan_file_keeps_references():
    made = planned(DESK, tool())
    kept = document(Saved(planned=Planned(plan=made)), created_at="", tool="")
    assert [bool(one["apply"]["leaves"]) for one in kept["actions"]] == [True, False]
    kinds = {(one.kind.name, one.kind.api): one.kind for one in made.actions}
    back = revived(json.loads(data.text(kept)), {}.get, lambda *kind: kinds[kind])
    assert back.planned.plan == made


@dataclass
class Place:
    """A server with both kinds, and its recorded state."""

    api: Flows
    entries: dict[str, Any] = field(default_factory=dict)
    written: list[Outcome] = field(default_factory=list)

    @property
    def page(self) -> EnvironmentState:
        return EnvironmentState(salt=SALT, agents=self.entries)

    @property
    def connection(self) -> Connection:
        return Connection(url=self.api.url, api_key="k", pace=Pace(first=0.01, most=0.02))

    async def live(self) -> list[Live]:
        async with open_http(self.connection) as http:
            reader = Reader(http, self.connection)
            return [
                decoding.decode(kind, payload)
                for kind in (FLOW, TOOL)
                for payload in (await every_payload(reader, kind, 4)).values()
            ]

    def plan(self, *desired: Desired) -> Plan:
        shown = asyncio.run(self.live())
        return plan(desired, shown, self.page, environment="test", url="x")

    def apply(self, made: Plan) -> dict[str, str]:
        async def run() -> list[Outcome]:
            async with open_http(self.connection) as http:
                writer = Writer(http, self.connection)
                stop = asyncio.Event()
                return await Applier(plan=made, writer=writer, journal=self, stop=stop).run()

        self.written = asyncio.run(run())
        return {one.action.key: str(one.status) for one in self.written}

    def known(self, action: Action) -> str:
        return action.known

    def before(self, action: Action, live: Live | None) -> None:
        """It is not stored."""

    abort = after = lambda self, outcome: None

    def commit(self, outcome: Outcome) -> None:
        entry = memory.remembered(outcome, None, Stamp(at="2026-01-01T00:00:00Z"))
        self.entries[outcome.action.key] = entry


@pytest.fixture
def place() -> Iterator[Place]:
    with listening(Flows()) as api:
        yield Place(api)


@pytest.mark.socket
def test_both_are_created_in_one_run_and_then_nothing_is_left_to_do(place):
    far = flow("after", next=Ref("agent", "desk"))
    made = place.plan(far, DESK, tool())
    assert [[one.key for one in layer] for layer in graph.layers(made.writes)] == [
        ["tool/booking"],
        ["desk"],
        ["after"],
    ]
    assert set(place.apply(made).values()) == {"done"}
    assert [body["name"] for body in place.api.requests] == ["Booking", "Desk", "After"]
    assert place.api.flows["f0"]["tools"] == ["t0"]
    assert place.api.flows["f1"]["next"] == "f0"
    again = place.plan(far, DESK, tool())
    assert [one.verb for one in again.actions] == [Verb.IN_SYNC] * 3
    shown, frame = asyncio.run(place.live()), {"environment": "test", "url": "x"}
    assert not drift.audit([far, DESK, tool()], shown, place.page, **frame).drifted
    place.api.flows["f0"]["tools"] = ["other"]
    moved = drift.audit([far, DESK, tool()], asyncio.run(place.live()), place.page, **frame)
    assert [one.path for one in moved.drifted[0].drift] == ["tools"]
    desk = next(one for one in place.written if one.action.key == "desk")
    assert [one.after for one in desk.action.changes if one.path == "tools"] == [["t0"]]


@pytest.mark.socket
def test_what_refers_to_one_that_failed_is_not_started_and_all_others_are(place):
    place.api.refused = {"Booking"}
    far, alone = flow("after", next=Ref("agent", "desk")), flow("alone")
    made = place.plan(far, alone, DESK, tool(), tool("other"))
    assert place.apply(made) == {
        "tool/booking": "failed",
        "tool/other": "done",
        "desk": "not started",
        "after": "not started",
        "alone": "done",
    }
    told = {one.action.key: one.message for one in place.written}
    assert told["desk"] == "it refers to `tool/booking`, which was not created"
    assert sorted(body["name"] for body in place.api.requests) == ["Alone", "Other"]
    place.api.refused = set()
    files = (far, alone, DESK, tool(), tool("other"))
    assert set(place.apply(place.plan(*files)).values()) == {"done"}
    assert [one.verb for one in place.plan(*files).actions] == [Verb.IN_SYNC] * 5


@pytest.mark.socket
def test_an_update_waits_for_what_it_refers_to_and_is_rolled_back(place):
    assert place.apply(place.plan(flow("desk", tools=["mine"]))) == {"desk": "done"}
    made = place.plan(flow("desk", tools=[BOOKING]), tool())
    assert [(one.key, one.verb) for one in made.writes] == [
        ("desk", Verb.UPDATE),
        ("tool/booking", Verb.CREATE),
    ]
    assert set(place.apply(made).values()) == {"done"}
    assert place.api.flows["f0"]["tools"] == ["t0"]
    update = next(one for one in place.written if one.action.key == "desk")
    was = Written(
        kind=FLOW,
        verb=Verb.UPDATE,
        key="desk",
        name="Desk",
        id="f0",
        before=dict(update.before.fields) if update.before else {},
        changes=update.action.changes,
        status=update.status,
    )
    apply = Apply(
        number=1, environment="test", at="2026-01-01T00:00:00Z", what="apply", agents=(was,)
    )
    shown = asyncio.run(place.live())
    back = rollback(apply, [], shown, place.page, environment="test", url="x")
    assert place.apply(back) == {"desk": "done"}
    assert place.api.flows["f0"]["tools"] == ["mine"]

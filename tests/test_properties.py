"""What holds for any agent, whatever is declared and whatever is live, in both PATCH semantics."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.engine import memory
from reconciler.engine.plan import plan
from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Action, Desired, EnvironmentState, Live, Outcome, Plan, Stamp, Status
from reconciler.sandbox.app import create_app
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.transport import SandboxTransport
from reconciler.schema import wire
from reconciler.transport.client import Connection, Writer, open_http
from reconciler.workflows.apply import Applier
from reconciler.workflows.refresh import live_agents
from tests.projects import SALT

SEMANTICS = [
    f"patch={patch}&shape={shape}" for patch in ("merge", "replace") for shape in ("G1", "G3")
]

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30) | st.sampled_from(
    [
        "أهلاً {{caller}}، معك العيادة 👋",
        "line\nline\n\n- item",
        "\u200fمرحباً\u200f",
        "  spaces  ",
        "",
    ]
)
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
days = st.lists(st.fixed_dictionaries({"from": clocks, "to": clocks}), max_size=2)
weeks = st.dictionaries(st.sampled_from(["Monday", "Friday", "Sunday"]), days, max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)

PLAIN = {
    "greetingMessage": texts,
    "preamble": texts,
    "lang": st.sampled_from(["ar", "en"]),
    "pokeMessages": st.lists(texts, max_size=3),
    "realTime": st.booleans(),
    "silenceThreshold": st.integers(1, 5000),
    "interrupt": st.booleans(),
    "outcome": texts | st.none(),
    "params": st.fixed_dictionaries({"caller": values, "place": values}),
}
TOOLS = {name: st.booleans() for name in ("googleCalendar", "genderDetection", "smartCallEnd")}
CALENDAR = {
    "calendarId": texts,
    "calendarName": texts,
    "eventTitle": texts,
    "meetingDuration": st.integers(1, 90) | st.floats(1, 90),
    "timezone": st.sampled_from(["Asia/Riyadh", "Asia/Dubai", "UTC"]),
    "freeSlots": weeks,
}
TOKENS = {"accessToken": "planted-access", "refreshToken": "planted-refresh"}


def some(fields: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict(fields))


calendars = st.fixed_dictionaries(
    {name: st.just(token) for name, token in TOKENS.items()} | CALENDAR
)
stored = st.fixed_dictionaries(
    {**PLAIN, "tools": st.fixed_dictionaries(TOOLS)}, optional={"googleCalendarSettings": calendars}
)
specs = st.fixed_dictionaries(
    {},
    optional={
        **PLAIN,
        "tools": st.fixed_dictionaries(TOOLS),
        "googleCalendarSettings": st.fixed_dictionaries(CALENDAR),
    },
)


def declared(key: str, spec: Mapping[str, Any]) -> Desired:
    fields = wire.flatten(AGENT_V1, {"agentName": key, **spec})
    if "googleCalendarSettings" in spec:
        for name, token in TOKENS.items():
            fields[f"googleCalendarSettings.{name}"] = Secret(name.upper(), f"new-{token}")
    return Desired(kind=AGENT_V1, key=key, file=f"agents/{key}.yaml", fields=fields)


class Place:
    """A sandbox, a memory for a state file, and the two workflows on them."""

    def __init__(self, switches: str) -> None:
        self.store = Store(None)
        self.app = create_app(self.store, Settings.parse(switches))
        self.page = EnvironmentState(salt=SALT)

    async def plan(self, desired: list[Desired]) -> Plan:
        async with open_http(self.connection, SandboxTransport(self.app)) as http:
            live = await live_agents(Writer(http, self.connection), AGENT_V1, desired, self.page)
        return plan(desired, live, self.page, environment="test", url="sandbox")

    async def apply(self, made: Plan) -> list[Outcome]:
        async with open_http(self.connection, SandboxTransport(self.app)) as http:
            writer = Writer(http, self.connection)
            stop = asyncio.Event()
            return await Applier(
                plan=made, writer=writer, journal=self, stop=stop, overwrite=True
            ).run()

    connection = Connection(url="http://sandbox.invalid", api_key="sandbox")

    def known(self, action: Action) -> str:
        return action.known

    def before(self, action: Action, live: Live | None) -> None:
        """It is not stored."""

    abort = after = lambda self, outcome: None

    def commit(self, outcome: Outcome) -> None:
        stamp = Stamp(at="2026-01-02T03:04:05Z")
        agent = memory.remembered(outcome, None, stamp)
        self.page = replace(self.page, agents={**self.page.agents, outcome.action.key: agent})

    def leaves(self, name: str) -> dict[str, Any]:
        record = next(r for r in self.store.records() if r.fields["agentName"] == name)
        return wire.flatten(AGENT_V1, record.fields)


def same(path: str, a: Any, b: Any) -> bool:
    return path in AGENT_V1.fields and wire.same(AGENT_V1[path], a, b)


pytestmark = pytest.mark.slow
quick = settings(
    max_examples=min(25, settings.default.max_examples), suppress_health_check=list(HealthCheck)
)


@quick
@given(switches=st.sampled_from(SEMANTICS), live=stored, spec=specs)
def test_a_plan_after_an_apply_is_empty_and_nothing_undeclared_changes(
    switches: str, live: dict[str, Any], spec: dict[str, Any]
) -> None:
    async def story() -> None:
        place = Place(switches)
        place.store.add({"agentName": "desk", **live})
        before = place.leaves("desk")
        desired = declared("desk", spec)
        outcomes = await place.apply(await place.plan([desired]))
        assert {outcome.status for outcome in outcomes} <= {Status.DONE}, outcomes
        again = await place.plan([desired])
        assert (again.pending, again.writes) == ((), ())
        after = place.leaves("desk")
        for path in {*before, *after} - desired.fields.keys():
            assert same(path, before.get(path), after.get(path)), path
        for path, value in desired.fields.items():
            assert same(path, wire.reveal(value), after.get(path)), path

    asyncio.run(story())


@quick
@given(switches=st.sampled_from(SEMANTICS), spec=specs)
def test_a_created_agent_is_what_its_file_says(switches: str, spec: dict[str, Any]) -> None:
    async def story() -> None:
        place = Place(switches)
        desired = declared("desk", spec)
        (outcome,) = await place.apply(await place.plan([desired]))
        assert outcome.status is Status.DONE, outcome
        assert (await place.plan([desired])).pending == ()
        after = place.leaves("desk")
        for path, value in desired.fields.items():
            assert same(path, wire.reveal(value), after.get(path)), path

    asyncio.run(story())


@quick
@given(lives=st.lists(stored, max_size=4), wants=st.lists(specs, max_size=4), seed=st.integers())
def test_the_order_of_files_does_not_matter(
    lives: list[dict[str, Any]], wants: list[dict[str, Any]], seed: int
) -> None:
    async def story() -> None:
        place = Place("")
        for number, live in enumerate(lives):
            place.store.add({"agentName": f"agent-{number}", **live})
        desired = [declared(f"agent-{number}", spec) for number, spec in enumerate(wants)]
        shuffled = random.Random(seed).sample(desired, len(desired))
        assert await place.plan(desired) == await place.plan(shuffled)

    asyncio.run(story())


@quick
@given(live=stored, spec=specs)
def test_no_secret_is_in_a_plan_but_in_the_request_that_sends_it(
    live: dict[str, Any], spec: dict[str, Any]
) -> None:
    async def story() -> None:
        place = Place("")
        place.store.add({"agentName": "desk", **live})
        made = await place.plan([declared("desk", spec)])
        assert "planted" not in repr(made)
        for action in made.writes:
            bare = replace(action, request=None)
            assert "Secret(" not in repr(bare)

    asyncio.run(story())

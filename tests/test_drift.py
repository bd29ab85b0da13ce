"""`drift` on real HTTP: what counts as drift, what does not, what is undecidable, and the text.

The sandbox's clock is at 2026-01-05 06:07, the tool's at the 2nd, so that every text is exact.
"""

import hashlib
import itertools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from reconciler.render import markdown
from reconciler.render.view import Block, Sheet
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.transport.client import Connection
from reconciler.transport.retry import Pace
from tests.conftest import Shelf
from tests.projects import Project, Run
from tests.seed_fields import FULL, SECRETS, with_value

SPEC = {
    "agentName": "Front desk",
    "greetingMessage": "Hello",
    "silenceThreshold": 800,
    "pokeMessages": ["Yes?"],
}
HEAD = "~ front-desk  Front desk  drifted, edited 2026-01-05 06:07, last applied 2026-01-02 03:04\n"
UNCHECKED = "Cannot be checked: secret, or not shown by the API:\n"

Start = Callable[..., RunningServer]


SHELF: list[tuple[Shelf, dict[RunningServer, str]]] = []
"""What ``applied`` uses, and which switches the sandboxes have."""


@pytest.fixture
def start(shelf: Shelf) -> Iterator[Start]:
    """Sandboxes with fixed ids and dates: ``start("shape=G3")``."""
    running: dict[RunningServer, str] = {}
    SHELF[:] = [(shelf, running)]

    def one(switches: str = "") -> RunningServer:
        ids = (f"id-{number}" for number in itertools.count(1))
        moment = datetime(2026, 1, 5, 6, 7, tzinfo=UTC)
        store = Store(None, new_id=lambda: next(ids), clock=lambda: moment)
        server = RunningServer(store, Settings.parse(switches))
        running[server] = switches
        return server.__enter__()

    yield one
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture(params=["G1", "G3"])
def server(request: pytest.FixtureRequest, start: Start) -> RunningServer:
    return start(f"shape={request.param}")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Next to no pause between tries."""
    for name, value in (("first", 0.001), ("most", 0.002)):
        monkeypatch.setitem(Pace.__init__.__kwdefaults__, name, value)


def edit_live(server: RunningServer, **fields: Any) -> None:
    """What the dashboard does to the only agent."""
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


def applied(project: Project, server: RunningServer, spec: Mapping[str, Any] = SPEC) -> Project:
    """One agent, live as its file says, with the first of the ids."""
    project.on(server.url).agent("front-desk", spec)
    ((shelf, running),) = SHELF
    name = hashlib.sha256(f"{running[server]} {sorted(spec.items())}".encode()).hexdigest()
    made: list[Run] = []

    def make() -> Run:
        made.append(project.apply())
        return made[-1]

    shelf(name, project, server, make)
    if not made:
        server.app.state.store._new_id()
    return project


def edit(project: Project, **fields: Any) -> None:
    project.agent("front-desk", {**SPEC, **fields})


def forget_history(project: Project) -> None:
    shutil.rmtree(project.root / ".reconciler/history")


def forget_state(project: Project) -> None:
    (project.root / "reconciler.state.json").unlink()


def create_again(server: RunningServer, **fields: Any) -> None:
    server.app.state.store.reset()
    server.app.state.store.add({**SPEC, **fields})


UNDECLARED = "changed live, declared in no file; what it was is not kept here\n"
UNLEARNED = (
    "Not known yet, in no file; the next apply or drift --accept remembers it:\n"
    "  │ front-desk: N fields\n\n"
)
DIVERGED = "    “Front desk” differs from its file: it greets differently.\n  spoken at once\n"
GREETS = (
    "    “Front desk” has changed since the last apply: it greets differently.\n  spoken at once\n"
)
Deed = Callable[[Project, RunningServer], object]

SITUATIONS: dict[str, tuple[Deed, int, str]] = {
    "nothing moved": (lambda p, s: None, 0, "No drift in default: 1 as applied.\n"),
    "live moved": (
        lambda p, s: edit_live(s, greetingMessage="Hey"),
        2,
        HEAD + GREETS + '    ~ greetingMessage: "Hello" → "Hey"  [drift]\n\n'
        "Drift in default: 1 field of 1 agent (1 spoken); 0 as applied.\n",
    ),
    "live moved in a list and in a long text": (
        lambda p, s: edit_live(s, pokeMessages=["Yes?", "Hm"], greetingMessage="Hello\nthere"),
        2,
        HEAD + "    “Front desk” has changed since the last apply: it greets differently and "
        "says other things while the caller is silent.\n"
        "  spoken at once\n"
        "    ~ greetingMessage  paragraphs: 1 added, 1 unchanged  [drift]\n"
        "        │     ⋯ 1 unchanged\n"
        "        │ 2 + there\n"
        "    ~ pokeMessages  [drift]\n"
        '        │ [1]: + "Hm"\n\n'
        "Drift in default: 2 fields of 1 agent (2 spoken); 0 as applied.\n",
    ),
    "live moved to what means the same": (
        lambda p, s: edit_live(s, silenceThreshold=800.0),
        0,
        "No drift in default: 1 as applied.\n",
    ),
    "live moved where the file says nothing": (
        lambda p, s: edit_live(s, realTime=True, params={"caller": "x"}),
        2,
        HEAD + "  spoken at once\n"
        '    ~ params: {"caller": "x"}  [undeclared]  ' + UNDECLARED + "  behaviour\n"
        "    ~ realTime: true  [undeclared]  " + UNDECLARED + "\n"
        "Drift in default: 2 fields of 1 agent (1 spoken, 1 behaviour), "
        "2 of them declared in no file; 0 as applied.\n",
    ),
    "file and live moved": (
        lambda p, s: (edit_live(s, greetingMessage="Hey"), edit(p, greetingMessage="Hi")),
        2,
        HEAD + GREETS + '    ~ greetingMessage: "Hello" → "Hey"  [conflict]  the file moved too\n\n'
        "Drift in default: 1 field of 1 agent (1 spoken); 0 as applied.\n",
    ),
    "file and live moved to the same": (
        lambda p, s: (edit_live(s, greetingMessage="Hey"), edit(p, greetingMessage="Hey")),
        0,
        "No drift in default: 1 as applied.\n",
    ),
    "only the file moved": (
        lambda p, s: edit(p, greetingMessage="Hi"),
        0,
        (
            "Waiting for an apply:\n  │ front-desk: greetingMessage\n\n"
            "No drift in default: 1 as applied, 1 with edits that wait for an apply.\n"
        ),
    ),
    "one field moved live, another in the file": (
        lambda p, s: (edit_live(s, silenceThreshold=500), edit(p, greetingMessage="Hi")),
        2,
        HEAD
        + "    “Front desk” has changed since the last apply: it waits for 500 milliseconds of "
        "silence instead of 800 before it answers.\n"
        "  behaviour\n"
        "    ~ silenceThreshold: 800 → 500 ms  [drift]\n\n"
        "Waiting for an apply:\n  │ front-desk: greetingMessage\n\n"
        "Drift in default: 1 field of 1 agent (1 behaviour); 0 as applied.\n",
    ),
    "vanished": (
        lambda p, s: s.app.state.store.reset(),
        2,
        (
            "! front-desk  Front desk  vanished: the agent id-1 is not live any more, "
            "last applied 2026-01-02 03:04\n\n"
            "Drift in default: 1 agent vanished; 0 as applied.\n"
        ),
    ),
    "vanished, and pinned": (
        lambda p, s: (s.app.state.store.reset(), p.agent("front-desk", SPEC, id="id-1")),
        2,
        (
            "! front-desk  Front desk  vanished: the agent id-1 is not live any more, "
            "last applied 2026-01-02 03:04\n\n"
            "Drift in default: 1 agent vanished; 0 as applied.\n"
        ),
    ),
    "created again under its name": (
        lambda p, s: create_again(s, greetingMessage="Hey"),
        2,
        (
            "! front-desk  Front desk  vanished: the agent id-1 is not live any more; "
            "id-2 has its name, last applied 2026-01-02 03:04\n"
            + DIVERGED
            + '    ~ greetingMessage: "Hello" → "Hey"  [untracked]'
            "  file → live: the last applied value is unknown\n\n"
            + UNLEARNED
            + "Drift in default: 1 field of 1 agent (1 spoken), 1 agent vanished; 0 as applied, "
            "1 agent with fields not known yet.\n"
        ),
    ),
    "renamed live": (
        lambda p, s: edit_live(s, agentName="Reception"),
        2,
        (
            HEAD.replace("Front desk", "Reception")
            + "    “Reception” has changed since the last apply: it takes the name "
            "“Reception” instead of “Front desk”.\n"
            "  silent\n"
            '    ~ agentName: "Front desk" → "Reception"  [drift]\n\n'
            "Drift in default: 1 field of 1 agent (1 silent); 0 as applied.\n"
        ),
    ),
    "unmanaged beside it": (
        lambda p, s: s.app.state.store.add({"agentName": "Stranger"}),
        0,
        (
            "Unmanaged, in no file: Stranger (id-2)\n\n"
            "No drift in default: 1 as applied, 1 unmanaged.\n"
        ),
    ),
    "no state, and the file says what is live": (
        lambda p, s: forget_state(p),
        0,
        UNLEARNED + "No drift in default: 1 as applied, 1 agent with fields not known yet.\n",
    ),
    "no state, and the file says otherwise": (
        lambda p, s: (forget_state(p), edit_live(s, greetingMessage="Hey")),
        2,
        (
            "~ front-desk  Front desk  drifted, edited 2026-01-05 06:07, not in the state yet\n"
            + DIVERGED
            + '    ~ greetingMessage: "Hello" → "Hey"  [untracked]'
            "  file → live: the last applied value is unknown\n\n"
            + UNLEARNED
            + "Drift in default: 1 field of 1 agent (1 spoken); 0 as applied, "
            "1 agent with fields not known yet.\n"
        ),
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_counts_as_drift_and_what_does_not(
    project: Project, server: RunningServer, situation: str
) -> None:
    deed, code, text = SITUATIONS[situation]
    deed(applied(project, server), server)
    done = project.run("drift")
    before = "your files" if "value is unknown" in text else "last applied"
    legend = f"Legend: - {before} → + live now\n\n" if "    ~ " in text else ""
    told = re.sub(r"front-desk: \d+ fields", "front-desk: N fields", done.out)
    assert (done.code, told, done.err) == (code, legend + text, "")
    assert {request.method for request in server.app.state.requests} == {"GET"}


def test_an_agent_that_was_never_created_waits_and_is_no_drift(
    project: Project, start: Start
) -> None:
    applied(project, start()).agent("two", {"agentName": "Two"})
    done = project.run("drift")
    assert (done.code, done.out.splitlines()[:2]) == (
        0,
        ["Waiting for an apply:", "  │ two: not created yet"],
    )
    assert "two" in project.run("drift", "--format", "markdown").out


def test_an_agent_that_was_never_created_is_not_counted_as_applied(
    project: Project, start: Start
) -> None:
    applied(project, start()).agent("two", {"agentName": "Two"})
    assert "default: 1 as applied, 1 with edits that wait" in project.run("drift").out


def test_a_value_that_exists_nowhere_is_reported_as_unknown(project: Project, start: Start) -> None:
    server = start()
    applied(project, server)
    edit_live(server, greetingMessage="Hey")
    edit(project, greetingMessage="Hi")
    forget_history(project)
    done = project.run("drift")
    (row,) = [line for line in done.out.splitlines() if "greetingMessage" in line]
    assert row.startswith('    ~ greetingMessage: "Hi" → "Hey"  [conflict]  the file moved')
    assert "the last applied value is unknown" in row
    (agent,) = project.run("drift", "--format", "json").json["agents"]
    assert agent["drift"] == [
        {
            "path": "greetingMessage",
            "cause": "conflict",
            "impact": "spoken",
            "cosmetic": False,
            "file": "Hi",
            "live": "Hey",
        }
    ]


def test_a_field_that_the_file_has_just_named_waits_for_an_apply(
    project: Project, start: Start
) -> None:
    applied(project, start())
    edit(project, interrupt=True)
    done = project.run("drift")
    assert (done.code, "front-desk: interrupt" in done.out) == (0, True), done.out


def test_a_namesake_of_an_agent_that_is_gone_is_reported(project: Project, start: Start) -> None:
    server = start()
    applied(project, server)
    create_again(server)
    (agent,) = project.run("drift", "--format", "json").json["agents"]
    assert (agent["id"], agent["vanished"], agent["drift"]) == ("id-2", True, [])
    assert agent["missing"] == "the agent id-1 is not live any more; id-2 has its name"


# What is expected


LIVE = {"greetingMessage": "Hey"}
OTHER_DAY = "`greetingMessage` is not ignored any more since 2026-01-01 has passed"


@pytest.mark.parametrize(
    ("entry", "code", "told"),
    [
        ("greetingMessage", 0, "front-desk greetingMessage\n"),
        ({"field": "greetingMessage"}, 0, "front-desk greetingMessage\n"),
        (
            {"field": "greetingMessage", "reason": "Ramadan"},
            0,
            "front-desk greetingMessage (Ramadan)\n",
        ),
        (
            {"field": "greetingMessage", "until": "2026-01-02", "reason": "Ramadan"},
            0,
            "front-desk greetingMessage (until 2026-01-02: Ramadan)\n",
        ),
        (
            {"field": "greetingMessage", "until": "2026-01-03"},
            0,
            "front-desk greetingMessage (until 2026-01-03)\n",
        ),
        ({"field": "greetingMessage", "until": "2026-01-01"}, 2, OTHER_DAY),
        (
            {"field": "pokeMessages", "reason": "x"},
            2,
            '~ greetingMessage: "Hello" → "Hey"  [drift]',
        ),
    ],
)
def test_a_file_can_expect_drift_until_the_end_of_a_day(
    project: Project, start: Start, entry: Any, code: int, told: str
) -> None:
    server = start()
    applied(project, server).agent("front-desk", SPEC, lifecycle={"ignore": [entry]})
    edit_live(server, **LIVE)
    done = project.run("drift")
    assert (done.code, told in done.out + done.err) == (code, True), done.out + done.err
    assert ("Expected, left to the dashboard:" in done.out) == (code == 0)


def test_a_date_of_yaml_is_a_day_too(project: Project, start: Start) -> None:
    server = start()
    path = applied(project, server).agent("front-desk", SPEC)
    ignore = "lifecycle: {ignore: [{field: greetingMessage, until: 2026-01-02}]}\n"
    path.write_text(ignore + path.read_text(encoding="utf-8"), encoding="utf-8")
    edit_live(server, **LIVE)
    done = project.run("drift")
    assert (done.code, "(until 2026-01-02)" in done.out) == (0, True), done.err


@pytest.mark.parametrize(
    ("option", "code", "told"),
    [
        ("greetingMessage", 0, "front-desk greetingMessage\n"),
        ("*:greetingMessage", 0, "front-desk greetingMessage\n"),
        ("front-*:greetingMessage", 0, "front-desk greetingMessage\n"),
        ("front-desk:greetingMessage,until=2026-01-02", 0, "greetingMessage (until 2026-01-02)\n"),
        ("greetingMessage,reason=the feast, 1: all", 0, "greetingMessage (the feast, 1: all)\n"),
        ("greetingMessage,until=2026-02-03,reason=a=b", 0, "(until 2026-02-03: a=b)\n"),
        ("greetingMessage,until=2026-01-01", 2, '~ greetingMessage: "Hello" → "Hey"  [drift]'),
        ("pokeMessages", 2, '~ greetingMessage: "Hello" → "Hey"  [drift]'),
        ("googleCalendarSettings", 2, '~ greetingMessage: "Hello" → "Hey"  [drift]'),
    ],
)
def test_the_command_line_can_expect_drift(
    project: Project, start: Start, option: str, code: int, told: str
) -> None:
    server = start()
    applied(project, server)
    edit_live(server, **LIVE)
    done = project.run("drift", "--ignore", option)
    assert (done.code, told in done.out) == (code, True), done.out + done.err


@pytest.mark.parametrize(
    "option",
    [
        "",
        ":",
        "front-desk:",
        "greetingMesage",
        "front-desk:greeting",
        "googleCalendarSettings.freeSlots.Monday",
        "a:b:greetingMessage",
        "greetingMessage,",
        "greetingMessage,until=",
        "greetingMessage,until=soon",
        "greetingMessage,until=2026-1-2",
        "greetingMessage,until=2026-13-01",
        "greetingMessage,until=2026-02-30",
        "greetingMessage,until=٢٠٢٦-٠٣-٢٠",
        "greetingMessage,reason=",
        "greetingMessage,because=x",
        "greetingMessage,pokeMessages",
    ],
)
def test_a_bad_spelling_of_what_is_expected_is_refused(
    project: Project, start: Start, option: str
) -> None:
    server = start()
    applied(project, server)
    edit_live(server, **LIVE)
    done = project.run("drift", "--ignore", option)
    assert (done.code, done.out) == (64, "")
    assert done.err.startswith("error: --ignore")


def test_a_group_can_be_expected_as_a_whole(project: Project, start: Start) -> None:
    server = start("shape=G3")
    spec = {**SPEC, "llmConfig": {"temperature": 0.2, "modelName": "GPT-4.1"}}
    applied(project, server, spec)
    edit_live(server, llmConfig={"temperature": 0.9, "modelName": "GPT-4o"})
    assert project.run("drift").code == 2
    assert project.run("drift", "--ignore", "llmConfig.temperature").code == 2
    done = project.run("drift", "--ignore", "llmConfig")
    assert (done.code, "2 expected" in done.out) == (0, True)


# What cannot be checked


def test_secrets_and_what_cannot_be_read_are_listed_and_never_red(
    project: Project, start: Start
) -> None:
    server = start()
    project.env |= SECRETS
    applied(project, server, FULL)
    calendar = {**FULL["googleCalendarSettings"], "accessToken": "x", "refreshToken": "y"}
    tools = {"googleCalendar": False, "genderDetection": True, "smartCallEnd": False}
    edit_live(server, googleCalendarSettings=calendar, tools=tools)
    done = project.run("drift")
    assert (done.code, done.out) == (
        0,
        UNCHECKED + "  │ front-desk: tools.googleCalendar, tools.genderDetection, "
        "tools.smartCallEnd, googleCalendarSettings.accessToken, "
        "googleCalendarSettings.refreshToken\n\n"
        "No drift in default: 1 as applied, 5 fields cannot be checked.\n",
    )


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_what_this_api_shows_is_checked_and_the_rest_is_listed(
    project: Project, start: Start, shape: str
) -> None:
    server = start(f"shape={shape}")
    tools = {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True}
    applied(project, server, {**SPEC, "tools": tools})
    edit_live(server, tools={**tools, "smartCallEnd": False})
    done = project.run("drift", "--format", "json")
    (agent,) = done.json["agents"]
    assert (done.code, [row["path"] for row in agent["drift"]], agent["unchecked"]) == (
        (0, [], ["tools.googleCalendar", "tools.genderDetection", "tools.smartCallEnd"])
        if shape == "G1"
        else (2, ["tools.smartCallEnd"], ["tools.googleCalendar"])
    )


def test_a_secret_in_a_field_that_can_be_read_is_not_compared(
    project: Project, start: Start
) -> None:
    server = start("shape=G3")
    project.env["HOOK"] = "https://hook.example/planted-1"
    applied(project, server, {**SPEC, "webhookUrl": {"$secret": "HOOK"}})
    edit_live(server, webhookUrl="https://hook.example/planted-2")
    for spec in ({"$secret": "HOOK"}, "https://hook.example/open"):
        edit(project, webhookUrl=spec)
        done = project.run("drift")
        assert (done.code, "front-desk: webhookUrl" in done.out) == (0, True)
        assert "planted" not in done.out


# Faults


TROUBLE = [
    *("401", "403", "404", "500", "redirect", "not-json", "empty", "success-false"),
    *("half-list", "429", "502-html", "503", "drop", "truncate"),
    "401:*:/v1/voice-agents/*",
    "500:*:/v1/voice-agents/*",
    "400:*:/v1/voice-agents/*",
]


@pytest.mark.usefixtures("impatient")
def test_an_api_failure_is_an_error_and_never_drift_or_its_absence(
    project: Project, start: Start
) -> None:
    server = start()
    applied(project, server)
    server.app.state.store.reset()
    server.app.state.store.add({"agentName": "Stranger"})
    assert project.run("drift").code == 2
    for fault in TROUBLE:
        server.app.state.faults.clear()
        server.app.state.faults.add(f"GET:{fault}" if ":" in fault else f"GET:{fault}:*")
        done = project.run("drift")
        assert (done.code, done.out, done.err.startswith("error: ")) == (1, "", True), (fault, done)


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_an_api_failure_is_an_error_in_every_format(
    project: Project, start: Start, form: str
) -> None:
    server = start()
    applied(project, server)
    server.app.state.faults.add("GET:401:*")
    done = project.run("drift", "--format", form)
    assert (done.code, done.err.startswith("error: "), "rift in" in done.out) == (1, True, False)
    if form == "json":
        assert done.json["error"]["exit_code"] == 1
    else:
        assert done.out.startswith("## drift stopped\n\n**GET /v1/voice-agents answered 401: ")


@pytest.mark.usefixtures("impatient")
def test_an_api_that_does_not_answer_in_time_is_an_error(
    project: Project, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    applied(project, server)
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "timeout", 0.1)
    server.app.state.faults.add("GET:slow:*")
    done = project.run("drift")
    assert (done.code, done.out) == (1, "")


@pytest.mark.usefixtures("impatient")
def test_an_api_that_is_not_there_is_an_error(project: Project, start: Start) -> None:
    server = start()
    applied(project, server)
    server.__exit__(None, None, None)
    done = project.run("drift")
    assert (done.code, done.out) == (1, "")


def unknown_field(project: Project) -> None:
    edit(project, greeting="Hi")


def unset_variable(project: Project) -> None:
    edit(project, webhookUrl={"$env": "NOT_SET"})


def no_file(project: Project) -> None:
    (project.root / "agents/front-desk.yaml").unlink()


def damaged_state(project: Project) -> None:
    project.write("reconciler.state.json", "{")


def no_key(project: Project) -> None:
    project.env.pop("HAMSA_API_KEY")


@pytest.mark.parametrize(
    "mistake",
    [unknown_field, unset_variable, no_file, damaged_state, no_key],
    ids=lambda m: m.__name__,
)
def test_a_mistake_in_the_files_is_an_error(
    project: Project, start: Start, mistake: Callable[[Project], None]
) -> None:
    server = start()
    mistake(applied(project, server))
    edit_live(server, **LIVE)
    done = project.run("drift")
    assert (done.code, done.out) == (1, ""), done.err


# A part of the agents


@pytest.mark.parametrize(
    ("options", "code", "keys"),
    [
        ((), 2, ["one", "three", "two"]),
        (("--target", "one"), 0, ["one"]),
        (("--target", "t*"), 2, ["three", "two"]),
        (("--exclude", "two"), 0, ["one", "three"]),
        (("--target", "t*", "--exclude", "two"), 0, ["three"]),
        (("--target", "nine"), 64, []),
    ],
)
def test_targets_and_excludes_narrow_an_audit(
    project: Project, start: Start, options: tuple[str, ...], code: int, keys: list[str]
) -> None:
    server = start()
    project.on(server.url)
    for name in ("One", "Two", "Three"):
        project.agent(name.lower(), {"agentName": name, "greetingMessage": "Hello"})
    project.apply()
    store = server.app.state.store
    for record in store.records():
        if record.fields["agentName"] == "Two":
            store.update(record.id, {**record.fields, **LIVE})
    store.add({"agentName": "Stranger"})
    done = project.run("drift", "--format", "json", *options)
    assert done.code == code
    assert [agent["key"] for agent in done.json.get("agents", [])] == keys
    assert [a["name"] for a in done.json.get("unmanaged", [])] == ([] if options else ["Stranger"])


# For machines, and for an issue


def everything_at_once(project: Project, server: RunningServer) -> None:
    """Drift, a conflict, expected drift, a waiting edit, a secret, a new agent and a stranger."""
    project.env["HOOK"] = "https://hook.example/planted"
    spec = {**SPEC, "webhookUrl": {"$secret": "HOOK"}, "interrupt": False, "outcome": "List."}
    applied(project, server, spec)
    edit_live(
        server, greetingMessage="Hey", silenceThreshold=500, interrupt=True, pokeMessages=["a"]
    )
    project.agent(
        "front-desk",
        {**spec, "silenceThreshold": 900, "outcome": None},
        lifecycle={"ignore": [{"field": "interrupt", "reason": "A/B", "until": "2026-01-31"}]},
    )
    project.agent("two", {"agentName": "Two"})
    server.app.state.store.add({"agentName": "Stranger"})


def test_the_document_for_machines_is_exact(project: Project, start: Start) -> None:
    server = start("shape=G3")
    everything_at_once(project, server)
    done = project.run("drift", "--format", "json")
    assert done.code == 2
    found = done.json
    sentences = [agent.pop("sentences")["en"] for agent in found["agents"]]
    assert sentences[0].startswith(
        "“Front desk” has changed since the last apply: it greets differently, "
    )
    assert sentences[1:] == [""]
    assert found == {
        "format_version": "2.0",
        "environment": "default",
        "url": server.url,
        "summary": done.json["summary"],
        "drift": True,
        "required_text": [],
        "findings": [],
        "agents": [
            {
                "key": "front-desk",
                "name": "Front desk",
                "id": "id-1",
                "vanished": False,
                "missing": "",
                "updated_at": "2026-01-05T06:07:00.001Z",
                "applied_at": "2026-01-02T03:04:05Z",
                "commit": "",
                "drift": [
                    {
                        "path": "greetingMessage",
                        "cause": "drift",
                        "impact": "spoken",
                        "cosmetic": False,
                        "applied": "Hello",
                        "live": "Hey",
                    },
                    {
                        "path": "pokeMessages",
                        "cause": "drift",
                        "impact": "spoken",
                        "cosmetic": False,
                        "applied": ["Yes?"],
                        "live": ["a"],
                    },
                    {
                        "path": "silenceThreshold",
                        "cause": "conflict",
                        "impact": "behaviour",
                        "cosmetic": False,
                        "applied": 800,
                        "live": 500,
                    },
                ],
                "expected": [
                    {
                        "path": "interrupt",
                        "cause": "drift",
                        "impact": "behaviour",
                        "cosmetic": False,
                        "applied": False,
                        "live": True,
                        "note": "until 2026-01-31: A/B",
                    }
                ],
                "stored_otherwise": [],
                "waiting": ["outcome"],
                "unchecked": ["webhookUrl"],
                "undeclared": [],
                "undeclared_expected": [],
                "not_known_yet": [],
            },
            {
                "key": "two",
                "name": "Two",
                "id": "",
                "vanished": False,
                "missing": "not created yet",
                "updated_at": "",
                "applied_at": "",
                "commit": "",
                "drift": [],
                "expected": [],
                "stored_otherwise": [],
                "waiting": [],
                "unchecked": [],
                "undeclared": [],
                "undeclared_expected": [],
                "not_known_yet": [],
            },
        ],
        "accepted": [],
        "unmanaged": [
            {
                "id": "id-2",
                "name": "Stranger",
                "updated_at": "2026-01-05T06:07:00.000Z",
                "looks_like": [],
            }
        ],
    }


ISSUE = """\
**3 fields of 1 agent (2 spoken, 1 behaviour); 0 as applied, 1 expected, \
1 field cannot be checked, 1 unmanaged.**

`-` last applied → `+` live now

### `~` `front-desk` `Front desk`

drifted, edited 2026-01-05 06:07, last applied 2026-01-02 03:04

`Front desk` has changed since the last apply: it greets differently, says other things while \
the caller is silent, and waits for 500 milliseconds of silence instead of 800 before it answers.

<details open><summary><code>greetingMessage</code>, <code>pokeMessages</code>, \
<code>silenceThreshold</code> (2 spoken, 1 behaviour)</summary>

**spoken at once**

- `~` `greetingMessage`: `"Hello"` → `"Hey"` (drift)
- `~` `pokeMessages` (drift)

  ```diff
  ! [0]: "Yes?" → "a"
  ```

**behaviour**

- `~` `silenceThreshold`: `800` → `500 ms` (conflict; the file moved too)

</details>

<details><summary>Expected, left to the dashboard (1)</summary>

- `front-desk`: `interrupt until 2026-01-31: A/B`

</details>

<details><summary>Waiting for an apply (1)</summary>

- `front-desk`: `outcome`

</details>

<details><summary>Cannot be checked: secret, or not shown by the API (1)</summary>

- `front-desk`: `webhookUrl`

</details>

<details><summary>Unmanaged, in no file (1)</summary>

- `Stranger (id-2)`

</details>
"""


def test_the_text_of_an_issue_is_exact(project: Project, start: Start) -> None:
    everything_at_once(project, start("shape=G3"))
    (project.root / "agents/two.yaml").unlink()
    done = project.run("drift", "--format", "markdown")
    head = "<!-- reconciler:drift:default -->\n\n## Drift in default\n\n"
    issue, _, origin = done.out.replace("\\", "").rpartition("\n<sub>")
    assert (done.code, issue) == (2, f"{head}{ISSUE}")
    assert re.fullmatch(
        r"environment `default` · host `127\.0\.0\.1:\d+` · made `2026-01-02 03:04 UTC`"
        r" · reconciler `[0-9.]+`</sub>\n",
        origin,
    )


def test_an_added_or_removed_item_has_no_value_of_its_own(project: Project, start: Start) -> None:
    server = start()
    applied(project, server)
    edit_live(server, pokeMessages=["Yes?", "Hm"])
    came = project.run("drift", "--format", "markdown").out
    edit_live(server, pokeMessages=[])
    went = project.run("drift", "--format", "markdown").out
    assert ('"Hm"' in came, '"Yes?"' in went) == (True, True)
    assert "None" not in came + went


# Hostile content

PAYLOADS = [
    "\x1b[2J\x1b[31mred",
    "::error::forged",
    "\r::error::forged",
    "x\r::warning file=a::forged",
    "##[error]forged",
    "##vso[task.complete]forged",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "</details></summary><b>bold</b>",
    "[link](https://evil.example) ![image](https://evil.example/x.png)",
    "https://evil.example and <https://evil.example>",
    "@octocat closes #1",
    "``` `` ` ```` ~~~",
    "```\r```\r# Heading\r<b>bold</b>",
    "`",
    "a\u202egnp.exe\u2066b\u200f",
    "x\u2028::error::forged\u2029y\x85z\x0b\x0c\x00\x7f\x9b31m",
    "| a | b |\n|---|---|\n| c | d |",
    "# Heading\n\n- [ ] task\n\n---\n\n    code",
    "&lt;b&gt; &#x3c;b&#x3e; \\`\\<b>",
]
ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    r"|^\s*::|##\[|##vso\["
)
OURS = re.compile(
    r"</?details( open)?>|<summary>[A-Za-z0-9,: ]+( \(\d+\))?</summary>"
    r"|<summary>(<code>[A-Za-z.]+</code>,? )+\([a-z0-9, ]+\)</summary>|</?sub>"
    r"|<!-- reconciler:drift:default -->"
)


def hostile(project: Project, server: RunningServer, payload: str) -> None:
    """The payload in a long text, a short one, a list, a map's key, a name, and a stranger."""
    spec = {**SPEC, "preamble": "One.\nTwo.\nThree.", "params": {"caller": "x"}}
    applied(project, server, spec)
    edit_live(
        server,
        agentName=payload,
        greetingMessage=payload,
        preamble=f"One.\n{payload}\nThree. {payload}",
        pokeMessages=["Yes?", payload],
        params={"caller": payload, payload: payload},
    )
    server.app.state.store.add({"agentName": payload})


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_content_does_not_act_wherever_it_is_shown(
    project: Project, start: Start, payload: str
) -> None:
    hostile(project, start(), payload)
    text = project.run("drift")
    document = project.run("drift", "--format", "json")
    issue = project.run("drift", "--format", "markdown")
    assert {run.code for run in (text, document, issue)} == {2}
    for run in (text, document, issue):
        assert [line for line in run.out.split("\n") if ACTING.search(line)] == []
    moved = {row["path"]: row["live"] for row in document.json["agents"][0]["drift"]}
    assert moved["greetingMessage"] == payload
    assert moved["params"] == {"caller": payload, payload: payload}
    assert_nothing_acts(issue.out)


def assert_nothing_acts(issue: str) -> None:
    """By another's parser of Markdown: no link, image, foreign HTML, heading, table or mention."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    top = list(parser.parse(issue))
    tokens = [inner for token in top for inner in (token, *(token.children or ()))]
    kinds = {token.type for token in tokens}
    assert kinds.isdisjoint({"link_open", "image", "table_open", "hr", "s_open", "em_open"})
    html = "".join(t.content for t in tokens if t.type in ("html_block", "html_inline"))
    assert OURS.sub("", html).strip() == ""
    headings = [t.tag for t in top if t.type == "heading_open"]
    assert headings == ["h2", "h3"]
    plain = "".join(token.content for token in tokens if token.type == "text")
    assert [sign for sign in ("@", "evil", "forged", "octocat") if sign in plain] == []


def test_hostile_names_of_vanished_agents_do_not_act(project: Project, start: Start) -> None:
    server = start()
    name = "`](https://evil.example)<b>@octocat\x1b[2J"
    applied(project, server, {**SPEC, "agentName": name})
    server.app.state.store.reset()
    assert_nothing_acts(project.run("drift", "--format", "markdown").out)
    assert "\x1b" not in project.run("drift").out


# Long ones


def long_drift(project: Project, server: RunningServer, agents: int, words: int) -> None:
    project.on(server.url)
    for number in range(agents):
        spec = {"agentName": f"Agent {number}", "preamble": f"Prompt {number}"}
        project.agent(f"agent-{number:03}", spec)
    assert project.apply().code == 0
    for record in server.app.state.store.records():
        text = "\n".join(f"{record.id} word {number}" for number in range(words))
        server.app.state.store.update(record.id, {**record.fields, "preamble": text})


NOTE = re.compile(
    r"^_Too long for one comment: (?:(\d+) shown in part)?(?:, )?(?:(\d+) shown in brief)?(?:, )?"
    r"(?:(\d+) left out)?\. "
    r"The whole: `reconciler drift`\._$",
    re.MULTILINE,
)


def test_an_issue_that_is_too_long_shows_some_agents_in_brief_and_says_so(
    project: Project, start: Start
) -> None:
    long_drift(project, start(), 12, 800)
    done = project.run("drift", "--format", "markdown")
    assert (done.code, len(done.out) <= markdown.MOST) == (2, True)
    shown = done.out.count("  ```diff\n")
    said = NOTE.search(done.out)
    assert said
    assert (1 < shown < 12, said.groups()) == (True, ("1", str(12 - shown), None))
    assert done.out.count("\n  ```\n") == shown
    assert done.out.count("- `~` `preamble` (behaviour, drift)") == 12 - shown
    assert_headings_only(done.out, 12)


def assert_headings_only(issue: str, agents: int) -> None:
    tags = [t.tag for t in MarkdownIt("commonmark").parse(issue) if t.type == "heading_open"]
    assert tags == ["h2", *["h3"] * agents]


def test_one_agent_that_is_too_long_fills_the_comment_and_counts_the_rest(
    project: Project, start: Start
) -> None:
    long_drift(project, start(), 1, 8000)
    done = project.run("drift", "--format", "markdown")
    assert markdown.MOST * 0.9 < len(done.out) <= markdown.MOST
    shown = len(re.findall(r"^  \+ id-1 word \d+$", done.out, re.MULTILINE))
    left = re.search(r"and ([\d,]+) more changed (?:lines|paragraphs)", done.out)
    assert left
    assert shown + int(left[1].replace(",", "")) == 8000
    assert "_Too long for one comment: 1 shown in part. The whole: `reconciler drift`._" in done.out


@pytest.mark.slow
def test_many_small_parts_stay_within_what_a_comment_holds() -> None:
    gone = Block(sign="!", key="a", name="A", id="", state="vanished", facts=("never applied",))
    sheet = Sheet(
        kind="drift",
        title="Drift in default",
        environment="default",
        url="",
        summary="Drift",
        changes=True,
        blocks=(gone,) * 5000,
    )
    issue = markdown.markdown(sheet)
    kept = issue.count("### ")
    said = NOTE.search(issue)
    assert said
    assert 0 < kept < 5000
    assert len(issue) <= markdown.MOST
    assert said.groups() == (None, None, str(5000 - kept))


@pytest.mark.parametrize("shape", ["G1", "G3"])
def test_each_field_that_the_dashboard_can_edit_is_seen(
    project: Project, start: Start, shape: str
) -> None:
    server = start(f"shape={shape}")
    project.env |= {**SECRETS, "OTHER_TOKEN": "x"}
    spec = FULL if shape == "G1" else {n: v for n, v in FULL.items() if "Calendar" not in n}
    applied(project, server, spec)
    edits = {
        "agentName": "Reception",
        "greetingMessage": "مرحباً {{caller}}",
        "preamble": "# Role\nOther.",
        "lang": "en",
        "pokeMessages": [],
        "realTime": True,
        "silenceThreshold": 600,
        "interrupt": True,
        "outcome": None,
        "voiceId": None,
        "params": {},
    }
    if shape == "G1":
        other = with_value("googleCalendarSettings.freeSlots.Monday", [])
        edits["googleCalendarSettings"] = other["googleCalendarSettings"] | {
            "calendarId": "x",
            "calendarName": "x",
            "eventTitle": "x",
            "meetingDuration": 5,
            "timezone": "Asia/Dubai",
        }
    edit_live(server, **edits)
    (agent,) = project.run("drift", "--format", "json").json["agents"]
    tops = {row["path"].partition(".")[0] for row in agent["drift"]}
    assert tops == set(edits)
    assert {row["cause"] for row in agent["drift"]} == {"drift"}
    inside = [row["path"] for row in agent["drift"] if "." in row["path"]]
    assert len(inside) == (6 if shape == "G1" else 0)

"""Import of v2 agents: the files declare the live values, and contain no secret."""

import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from reconciler.sandbox.v2 import api
from tests.conftest import Serve
from tests.projects import Project
from tests.sandbox.v2_samples import ENTRY, OTHER_TOOL, REQUEST

pytestmark = pytest.mark.socket

PROJECT = """\
api: v2
default_environment: here
environments:
  here: { url: { $env: HAMSA_BASE_URL }, api_key: { $secret: HAMSA_API_KEY } }
"""

TEXTS = (
    "أهلاً {{caller}}، معك العيادة",
    "Two words",
    "{%- if caller %}\n  مرحباً {{ caller }}\n{%- endif %}\n\n\tEnd  \n",
    "line\r\nother line \n\n",
    " starts with a space",
    "# not a comment: {a: b}\n---\n...\n",
    "$file and ${var.x} and 'quotes' \"here\"",
    "\u200fمخفي\u200f",
    "",
    "~",
    "1.0",
    "a\u2028b",
)
"""Texts that a file could bend: white space, marks, what YAML would take for something else."""

TEXT = st.sampled_from(TEXTS) | st.text(max_size=30)
AGENT = st.fixed_dictionaries(
    {
        "conversation": st.fixed_dictionaries(
            {
                "greetingMessage": TEXT,
                "preamble": TEXT,
                "pokeMessages": st.lists(TEXT, max_size=2),
                "params": st.dictionaries(st.sampled_from(("caller", "a b", "true")), TEXT),
                "greetingMessageType": st.sampled_from((None, "STATIC", "other")),
                "alignment": st.just({"greetingMessage": "rtl", "preamble": "ltr"}),
            }
        ),
        "callSettings": st.sampled_from(
            ({}, REQUEST["callSettings"], {"silenceThreshold": 1, "noiseCancellation": "general"})
        ),
        "voice": st.sampled_from(({"lang": "ar"}, {"voiceId": None, "lang": "en"})),
        "tools": st.sampled_from(
            (
                [],
                [ENTRY],
                [ENTRY, {**ENTRY, "nodeId": "n_1", "overrides": {"params": {"a": {"value": 1}}}}],
                [{**ENTRY, "toolId": OTHER_TOOL, "overrides": {"authToken": "planted-token-1"}}],
            )
        ),
        "webhookUrl": st.sampled_from((None, "https://x.example/hook")),
        "webhookAuth": st.sampled_from(({}, {"authKey": None, "authSecret": "planted-hook-1"})),
        "outcomeResponseShape": st.sampled_from(({}, REQUEST["outcomeResponseShape"])),
        "phoneNumber": st.sampled_from((None, REQUEST["phoneNumber"])),
        "type": st.sampled_from(("Single Prompt", "Flow Agent")),
    }
)


def made(count: int, tmp_path: Any, switches: str) -> Project:
    """Import this many agents: the plan and the drift are empty."""
    agents: list[dict[str, Any]] = []

    @settings(max_examples=count, phases=[Phase.generate], database=None, derandomize=True)
    @given(AGENT)
    def collect(agent: dict[str, Any]) -> None:
        agents.append(agent)

    collect()
    with RunningServer(Store(None), Settings.parse(switches)) as server:
        for number, agent in enumerate(agents):
            server.app.state.store.add(api.stored({"name": f"Agent {number}", **agent}))
        project = Project(tmp_path / "import").on(server.url)
        project.write("reconciler.yaml", PROJECT)
        done = project.run("import", "--all", "--no-secrets", "--format", "json")
        assert done.code == 0, done.err
        assert len(done.json["agents"]) == len(agents) > count / 2
        assert [one["id"] for one in done.json["agents"] if "cannot be written" in str(one)] == []
        assert project.changes() == []
        plan = project.run("plan", "--detailed-exitcode")
        assert plan.code == 0, plan.out
        assert project.run("drift").code == 0
        texts = [path.read_text("utf-8") for path in project.root.rglob("*") if path.is_file()]
        assert "planted" not in "".join([*texts, done.out, done.err, plan.out, plan.err])
    return project


def test_imported_files_equal_the_live_agent_and_are_tidy(tmp_path: Any) -> None:
    project = made(30, tmp_path, "shape=G3&items=short&dashboard=yes&knowledge_ids=text")
    assert project.run("fmt", "--check").code == 0


@pytest.mark.slow
def test_imported_files_equal_many_live_agents(tmp_path: Any) -> None:
    count = max(60, settings.default.max_examples)
    made(count, tmp_path, "shape=G3&items=full&dashboard=yes&signed_urls=yes")


PLANTED = "planted-secret"


def test_no_secret_of_an_agent_is_shown(serve: Serve, project: Project) -> None:
    """Planted at every place where live agents were seen to have one; also in trouble."""
    server = serve("shape=G3&items=full&fault=PATCH:400:*")
    query = f"https://x.example/h?token={PLANTED}-6"
    tools = [
        {**ENTRY, "overrides": {"authToken": f"Bearer {PLANTED}-1"}},
        {**ENTRY, "nodeId": "n1", "overrides": {"headers": {"x-clinic": f"{PLANTED}-2"}}},
        {**ENTRY, "nodeId": "n2", "overrides": {"serverUrl": f"https://x/?api_key={PLANTED}-3"}},
    ]
    base = f"https://user:{PLANTED}-7@x.example/v1"
    own = {"provider": "Custom", "model": "own", "temperature": 0, "baseUrl": base}
    agent = {
        **REQUEST,
        "llm": {**own, "apiKey": f"{PLANTED}-4"},
        "webhookUrl": query,
        "webhookAuth": {"authKey": "Bearer", "authSecret": f"{PLANTED}-5"},
        "tools": tools,
    }
    server.app.state.store.add(api.stored(agent))
    project.on(server.url).write("reconciler.yaml", PROJECT)
    runs = [project.run("import", "--all"), project.run("plan"), project.run("drift")]
    path = project.root / "agents/pharmacy-line.yaml"
    text = path.read_text("utf-8")
    assert "overrides" not in text.partition("# Not here")[0]
    assert "baseUrl: { $secret: PHARMACY_LINE_LLM_BASE_URL }" in text
    assert "webhookUrl: { $secret: PHARMACY_LINE_WEBHOOK_URL }" in text
    path.write_text(text.replace("silenceThreshold: 900", "silenceThreshold: 901"), "utf-8")
    runs += [project.run("plan", "--format", "json", "--out", "p.plan.json"), project.apply()]
    path.write_text(text.replace("version: 2", "version: 3"), "utf-8")
    runs += [project.run(*one) for one in (["plan"], ["blame", "pharmacy-line"], ["pull"])]
    assert "declare them too" in runs[-3].out
    texts = [one.read_text("utf-8") for one in project.root.rglob("*") if one.is_file()]
    every = json.dumps([*texts, *(f"{run.out}{run.err}" for run in runs)])
    told = {f"{PLANTED}-{number}" for number in range(1, 8)} | {
        *("sandbox-query-key", "sandbox-header-key", "sandbox-tool-token")
    }
    assert [one for one in told if one in every] == []


ADDRESSES = [
    # the generation, the value in the file, the edit of it
    ("v2", "https://x.example/h?v=1", "https://x.example/h?v=1&token=planted-9"),
    ("v1", "https://x.example/h", "https://x.example/h?api_key=planted-9"),
    ("v2", "https://x.example/h", "https://u:planted-9@y.example/h"),
]


@pytest.mark.parametrize(("generation", "written", "live"), ADDRESSES)
def test_an_address_that_becomes_a_secret_live_is_drift_and_is_not_shown(
    serve: Serve, project: Project, generation: str, written: str, live: str
) -> None:
    """Also with the file's value, which is what an apply puts back."""
    server = serve("shape=G3")
    spec = {NAMES[generation]: "Desk", "webhookUrl": written}
    project.on(server.url).agent("desk", spec, api=generation)
    assert project.apply().code == 0
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, "webhookUrl": live})

    runs = [project.run("drift"), project.run("plan"), project.run("pull", "--yes", "--overwrite")]
    assert [run.code for run in runs] == [2, 0, 4]
    assert "~ webhookUrl: (sensitive)  [drift]" in runs[0].out
    assert "what is live may be a secret, and is not what the file says" in runs[1].out
    assert "left: what is live may be a secret" in runs[2].out
    runs += [project.apply(), project.run("history"), project.run("rollback", "--dry-run")]
    assert "updated, 1 field proven\n" in runs[3].out
    (record,) = server.app.state.store.records()
    assert record.fields["webhookUrl"] == written
    assert (project.changes(), project.run("drift").code) == ([], 0)
    texts = [one.read_text("utf-8") for one in project.root.rglob("*") if one.is_file()]
    assert "planted" not in "".join([*texts, *(f"{run.out}{run.err}" for run in runs)])


NAMES = {"v1": "agentName", "v2": "name"}


def test_overrides_that_become_secret_live_are_drift_and_are_not_shown(
    serve: Serve, project: Project
) -> None:
    """A tool gets its own token live: its parameters are unchanged."""
    server = serve("shape=G3&items=short")
    plain = {"params": {"a": {"value": "1"}}}
    entry = {name: ENTRY[name] for name in ("persistentId", "toolId", "version", "toolType")}
    spec = {"name": "Desk", "tools": [{**entry, "overrides": plain}]}
    project.on(server.url).agent("desk", spec, api="v2")
    assert project.apply().code == 0
    (record,) = server.app.state.store.records()
    (tool,) = record.fields["webTools"]
    tool = {**tool, "overrides": {**plain, "authToken": "planted-token"}}
    server.app.state.store.update(record.id, {**record.fields, "webTools": [tool]})

    runs = [project.run("drift"), project.run("pull", "--yes"), project.run("plan")]
    assert [run.code for run in runs] == [2, 4, 0]
    assert ".overrides: (sensitive)  [drift]" in runs[0].out
    runs += [project.apply()]
    (record,) = server.app.state.store.records()
    assert record.fields["webTools"][0]["overrides"] == plain
    assert (project.changes(), project.run("drift").code) == ([], 0)
    texts = [one.read_text("utf-8") for one in project.root.rglob("*") if one.is_file()]
    assert "planted" not in "".join([*texts, *(f"{run.out}{run.err}" for run in runs)])


def test_an_address_in_a_file_that_may_hold_a_secret_is_a_warning_and_not_shown(
    serve: Serve, project: Project
) -> None:
    project.on(serve("shape=G3").url)
    path = project.agent("desk", {"name": "Desk", "webhookUrl": ""}, api="v2")
    text = path.read_text("utf-8")
    runs = []
    for number in (1, 2):
        address = f"https://x.example/h?token=planted-{number}"
        path.write_text(text.replace("''", address), "utf-8")
        runs += [project.run("validate"), project.run("plan", "--format", "json"), project.apply()]
    assert [run.code for run in runs] == [0] * 6
    assert "`webhookUrl` may hold a secret that is no `$secret`" in runs[0].err
    assert project.changes() == []
    runs += [project.run("history", "2"), project.run("drift"), project.run("blame", "desk")]
    path.unlink()
    texts = [one.read_text("utf-8") for one in project.root.rglob("*") if one.is_file()]
    assert "planted" not in "".join([*texts, *(f"{run.out}{run.err}" for run in runs)])

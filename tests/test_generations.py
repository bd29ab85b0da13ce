"""Agents of both generations in one project, and on the same live agents."""

import json
import re
from typing import Any

import pytest

from reconciler.kinds import registry
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.v2 import api
from tests.conftest import Serve
from tests.projects import Project
from tests.sandbox.v2_samples import REQUEST

pytestmark = pytest.mark.socket

FLOW = "95b77fbc-8ed4-404b-b46d-0fc74f0ad897"
"""The flow agent of the seed."""

SWITCHES = "shape=G3&patch=replace&items=short&dashboard=yes"

GREETING, PREAMBLE = "conversation.greetingMessage", "alignment.preamble"

PROJECT = """\
api: {api}
default_environment: here
environments:
  here: {{ url: {{ $env: HAMSA_BASE_URL }}, api_key: {{ $secret: HAMSA_API_KEY }} }}
"""


def new(server: RunningServer, name: str, **more: Any) -> str:
    """A live agent of the sample's values, and its id."""
    found: str = server.app.state.store.add(api.stored({**REQUEST, "name": name, **more})).id
    return found


def on(project: Project, server: RunningServer, generation: str) -> Project:
    project.write("reconciler.yaml", PROJECT.format(api=generation))
    return project.on(server.url)


def drifted(project: Project) -> list[str]:
    """What drift reports, declared or not, a line for each field."""
    found = project.run("drift", "--format", "json").json
    return [
        f"{agent['key']}: {change['path']}"
        for agent in found["agents"]
        for change in (*agent["drift"], *agent["undeclared"])
    ]


OWN = [
    # a name in a rule, for a kind, its meaning there
    ("v2", "voiceId", ["voice.voiceId"]),
    ("v2", "alignment", ["conversation.alignment.greetingMessage", f"conversation.{PREAMBLE}"]),
    ("v2", "tools", ["tools"]),  # another thing than v1's, and its own
    ("v2", "tools.smartCallEnd", ["callSettings.smartCallEnd"]),
    ("v2", "outcome", []),
    ("v2", "nothing", []),
    ("v1", "llm.model", ["llmConfig.modelName"]),
    ("v1", "voice", ["lang", "voiceId"]),
    ("v1", "tools", ["tools"]),
    ("v1", "webhookAuth", ["webhookAuth"]),
    ("v1", "tools[*].overrides", []),
]


@pytest.mark.parametrize(("api", "name", "own"), OWN)
def test_the_name_of_a_field_means_that_of_the_own_generation_first(
    api: str, name: str, own: list[str]
) -> None:
    assert sorted(registry.own(registry.kind("agent", api), name)) == own


def test_rules_of_a_project_hold_for_agents_of_both_generations(
    serve: Serve, project: Project
) -> None:
    """Each rule names a field as one generation calls it; a converted list names it twice."""
    server = serve(SWITCHES)

    def ruled(policies: str, drift: str = "") -> None:
        text = PROJECT.format(api="v2").replace(" }\n", f", policies: {{ {policies} }} }}\n")
        project.write("reconciler.yaml", drift + text)

    ruled("")
    project.on(server.url)
    old: dict[str, Any] = {"agentName": "one", "greetingMessage": "Hi", "silenceThreshold": 700}
    call: dict[str, Any] = {"silenceThreshold": 700}
    greeted: dict[str, Any] = {"name": "two", "conversation": {"greetingMessage": "Hi"}}
    project.agent("one", old, api="v1")
    project.agent("two", {**greeted, "callSettings": call})
    assert project.apply().code == 0

    texts = [f"{{ text: recorded, field: {path} }}" for path in ("greetingMessage", GREETING)]
    ruled(f"required_text: [{', '.join(texts)}]")
    done = project.run("validate")
    assert done.code == 1
    assert "agents/one.yaml:4  spec.greetingMessage" in done.err
    assert "spec.conversation.greetingMessage" in done.err
    assert done.err.count("does not say") == 2, done.err
    live = project.run("drift", "--format", "json").json["required_text"]
    assert [(one["key"], one["field"]) for one in live] == [
        ("one", "greetingMessage"),
        ("two", GREETING),
    ]

    ruled("protected_fields: [callSettings.silenceThreshold, silenceThreshold]")
    project.agent("one", {**old, "silenceThreshold": 800}, api="v1")
    project.agent("two", {**greeted, "callSettings": {"silenceThreshold": 800}})
    done = project.apply()
    assert (done.code, done.err.count("this plan writes")) == (5, 1), done.err
    for path in ("`silenceThreshold`", "`callSettings.silenceThreshold`"):
        assert path in done.err

    ruled("", drift="drift: { ignore: [responseDelay] }\n")
    project.agent("one", old, api="v1")
    project.agent("two", {**greeted, "callSettings": call})
    for record in server.app.state.store.records():
        changed = {**record.fields, "responseDelay": 900, "silenceThreshold": 900}
        server.app.state.store.update(record.id, changed)
    assert drifted(project) == ["one: silenceThreshold", "two: callSettings.silenceThreshold"]
    assert project.run("drift", "--ignore", "silenceThreshold").code == 0
    pulled = project.run("pull", "--yes", "--field", "callSettings.silenceThreshold")
    assert pulled.out.count("taken into agents/") == 2, pulled.out
    assert "900" in project.run("blame", "two", "silenceThreshold").out
    assert "900" in project.run("blame", "one", "callSettings.silenceThreshold").out


IDLE = [
    # the name in a rule, the project's agents, the message about it
    ("protected_fields: [outcome]", ("v2",), "`outcome` is a field of no agent that this is for"),
    ("protected_fields: [outcome]", ("v1", "v2"), ""),
    ("protected_fields: ['desk-v2:outcome']", ("v1", "v2"), "they are of v2"),
    ("protected_fields: [phoneNumber.id]", ("v1",), "they are of v1"),
    ("protected_fields: [voiceId, llm, tools]", ("v1", "v2"), ""),
    ("required_text: [{ text: x, field: outcome }]", ("v2",), "`outcome` is a field of no agent"),
]


@pytest.mark.parametrize(("rule", "generations", "said"), IDLE)
def test_a_rule_about_a_field_that_no_agent_has_is_a_warning(
    project: Project, rule: str, generations: tuple[str, ...], said: str
) -> None:
    place = f"{{ url: sandbox, policies: {{ {rule} }} }}"
    project.write("reconciler.yaml", f"environments:\n  here: {place}\n")
    for one in generations:
        name = {"v1": "agentName", "v2": "name"}[one]
        project.agent(f"desk-{one}", {name: f"Desk {one}"}, api=one)
    done = project.run("validate")
    assert (done.code, "is a field of no agent" in done.err) == (0, bool(said)), done.err
    assert said in done.err


BOTH = [
    # what v1 writes, what v2 sees; the values differ from those of the sample
    ({"greetingMessage": "Hi"}, "conversation.greetingMessage"),
    ({"silenceThreshold": 700}, "callSettings.silenceThreshold"),
    ({"tools": {"smartCallEnd": False}}, "callSettings.smartCallEnd"),
    ({"lang": "en"}, "voice.lang"),
    ({"alignment": {"preamble": "ltr"}}, "conversation.alignment.preamble"),
    ({"noiseCancellation": "telephony-optimized"}, "callSettings.noiseCancellation"),
    ({"webhookUrl": "https://x.example/v1"}, "webhookUrl"),
]


def test_what_one_generation_writes_the_other_sees_as_drift_of_exactly_that(
    serve: Serve, project: Project, tmp_path: Any
) -> None:
    """Two projects on the same agents, one in each generation; each edits one field of each."""
    server = serve(SWITCHES)
    old = on(Project(tmp_path / "old"), server, "v1")
    on(project, server, "v2")
    own = {"llm": {"provider": "OpenAI", "model": "GPT-4o", "temperature": 0.5}}
    names = {f"desk-{number}": one for number, one in enumerate(BOTH)}
    for key in names:
        new(server, key, **own)
        project.agent(key, {"name": key})
        old.agent(key, {"agentName": key})
    assert project.apply().code == old.apply().code == 0
    assert drifted(project) == drifted(old) == []

    for key, (spec, _) in names.items():
        old.agent(key, {"agentName": key, **spec})
    assert old.apply().code == 0
    assert drifted(project) == [f"{key}: {path}" for key, (_, path) in names.items()]
    assert project.changes() == []

    assert project.run("drift", "--accept").code == 0
    assert drifted(project) == []
    project.agent("desk-0", {"name": "desk-0", "voice": {"lang": "en"}})
    project.agent("desk-1", {"name": "desk-1", "callSettings": {"interrupt": True}})
    project.agent("desk-3", {"name": "desk-3", "llm": {"model": "GPT-4.1"}})
    assert project.apply().code == 0
    assert drifted(old) == ["desk-0: lang", "desk-1: interrupt", "desk-3: llmConfig.modelName"]


def test_a_project_mixes_generations(serve: Serve, project: Project) -> None:
    server = serve(SWITCHES)
    server.app.state.store.seed(load_seed("v2"))
    on(project, server, "v2")
    one, two = new(server, "one"), new(server, "two")
    project.agent("one", {"agentName": "one", "silenceThreshold": 901}, api="v1")
    project.agent("two", {"name": "two", "callSettings": {"silenceThreshold": 902}})
    planned = {action["key"]: action for action in project.plan()["actions"] if action["key"]}
    assert [planned["one"]["id"], planned["two"]["id"]] == [one, two]
    assert project.changes() == [
        "one: silenceThreshold 900 -> 901 (untracked)",
        "two: callSettings.silenceThreshold 900 -> 902 (untracked)",
    ]
    server.app.state.requests.clear()
    assert project.apply().code == 0
    writes = {one.path: one.body for one in server.app.state.requests if one.method == "PATCH"}
    assert writes[f"/v1/voice-agents/{one}"] == {"silenceThreshold": 901}
    assert [*writes[f"/v2/voice-agents/{two}"]] == ["callSettings"]
    assert project.changes() == []
    assert project.run("drift").code == 0
    done = project.run("rollback", "--auto-approve")
    assert done.code == 0, done.err
    assert project.changes() == [
        "one: silenceThreshold 900 -> 901 (edit)",
        "two: callSettings.silenceThreshold 900 -> 902 (edit)",
    ]

    project.agent("again", {"agentName": "x"}, id=two, api="v1")
    done = project.run("plan")
    assert done.code == 1
    assert "agents/again.yaml, agents/two.yaml" in done.err
    project.agent("again", {"agentName": "two"}, api="v1")
    done = project.run("plan")
    assert "an agent has one file, of one generation of the API: remove one of them" in done.err
    assert "give them different names (`agentName` in v1, `name` in v2)" in done.err

    (project.root / "agents/again.yaml").unlink()
    project.agent("flow", {"agentName": "Clinic booking flow"}, id=FLOW, api="v1")
    done = project.run("plan")
    assert "blocked: it is a flow agent, which v1 does not describe: write its file" in done.out


def test_a_file_that_moves_to_the_other_generation_keeps_its_agent(
    serve: Serve, project: Project
) -> None:
    """An apply in the other generation says nothing about these fields, and they do not drift."""
    server = serve(SWITCHES)
    on(project, server, "v1")
    one = new(server, "one")
    project.agent("desk", {"agentName": "one", "silenceThreshold": 901})
    assert project.apply().code == 0
    project.agent("desk", {"name": "two", "callSettings": {"silenceThreshold": 901}}, api="v2")
    (action,) = project.plan()["actions"]
    assert (action["id"], project.changes()) == (one, ['desk: name "one" -> "two" (untracked)'])
    assert drifted(project) == []
    assert project.apply().code == 0
    assert project.changes() == []
    done = project.run("rollback", "1", "--dry-run")
    assert "that apply wrote it for v1, and its file is for v2 now" in done.out + done.err


def test_a_flow_agent_without_a_flow_in_its_file_keeps_it(serve: Serve, project: Project) -> None:
    server = serve(f"{SWITCHES}&canvas=saves&edges=renamed")
    server.app.state.store.seed(load_seed("v2"))
    before = server.app.state.store.get(FLOW).fields
    on(project, server, "v2")
    assert project.run("import", "--no-secrets", "--id", FLOW).code == 0
    assert project.apply().code == 0
    path = project.root / "agents/clinic-booking-flow.yaml"
    text = path.read_text(encoding="utf-8").replace("maxCallDuration: 900", "maxCallDuration: 840")
    path.write_text(
        re.sub(r"^  flow:\n(    .*\n)+", "", text, flags=re.MULTILINE), encoding="utf-8"
    )
    plan = project.run("plan").out
    assert "note: its flow is left as it is live" in plan
    assert "tools" not in plan, "the entries of its nodes belong to it"
    server.app.state.requests.clear()
    done = project.apply()
    assert done.code == 0, done.out
    (patch,) = [one for one in server.app.state.requests if one.method == "PATCH"]
    assert [*patch.body] == ["callSettings"]
    assert project.run("drift").code == 0
    after = server.app.state.store.get(FLOW).fields
    assert after["webTools"] == before["webTools"]
    ids = [[node["id"] for node in one["workflow"]["nodes"]] for one in (before, after)]
    assert ids[0] == ids[1]

    record = server.app.state.store.get(FLOW)
    edited = json.loads(json.dumps(after["workflow"]))
    edited["nodes"][1]["message"] = "Somebody was here"
    server.app.state.store.update(FLOW, {**record.fields, "workflow": edited})
    assert drifted(project) == ["clinic-booking-flow: workflow"]
    assert project.run("pull", "--yes", "--undeclared").code == 0
    text = path.read_text(encoding="utf-8")
    assert "Somebody was here" in text
    assert "position:" in text, "as the API has it"
    assert project.changes() == []
    path.write_text(text.replace("Somebody was here", "So were we"), encoding="utf-8")
    assert project.apply().code == 0
    after = server.app.state.store.get(FLOW).fields
    assert after["webTools"] == before["webTools"]
    assert after["workflow"]["nodes"][1]["message"] == "So were we"
    project.agent("other", {"agentName": "Other"})
    assert "it is a key of v1, and this file is for v2: write `api: v1`?" in project.run("plan").err


ASKING = [
    # a command, its exit code if the key's API has no v2, and the project's other files
    (["plan"], 1, {}),
    (["plan"], 1, {"old": "api: v1\nspec: { agentName: Old }\n"}),
    (["apply", "--yes"], 1, {}),
    (["drift"], 1, {}),
    (["pull", "--yes"], 1, {}),
    (["import", "--all"], 1, {}),
    (["blame", "desk"], 1, {}),
    (["doctor"], 1, {}),
    (["doctor"], 1, {"old": "api: v1\nspec: { agentName: Old }\n"}),
]


@pytest.mark.parametrize(("argv", "code", "files"), ASKING)
def test_every_command_says_that_the_api_of_a_key_has_no_v2(
    argv: list[str], code: int, files: dict[str, str], serve: Serve, project: Project
) -> None:
    on(project, serve("v2=no"), "v2")
    project.agent("desk", {"name": "Desk"})
    for key, text in files.items():
        project.write(f"agents/{key}.yaml", text)
    done = project.run(*argv)
    assert (done.code, "Traceback" in done.err) == (code, False)
    told = done.out + done.err
    assert "the API behind this key has no v2 agents: GET /v2/voice-agents answered 404" in told
    assert "write another `api:` than v2, in the project file or in the agents' files" in told


def test_a_saved_plan_says_that_the_api_has_no_v2_any_more(serve: Serve, project: Project) -> None:
    """Not that its agents are missing: the user would create them again."""
    server = serve()
    on(project, server, "v2")
    for silence in (700, 800):
        project.agent("desk", {"name": "Desk", "callSettings": {"silenceThreshold": silence}})
        assert project.run("plan", "--out", "p.plan.json").code == 0
        if silence == 700:
            assert project.run("apply", "p.plan.json").code == 0
    server.app.state.faults.add("GET:404:*:/v2/voice-agents*")
    done = project.run("apply", "p.plan.json")
    assert done.code == 1
    assert "the API behind this key has no v2 agents" in done.out
    assert "not live any more" not in done.out


def test_doctor_asks_for_every_generation_that_the_files_have(
    serve: Serve, project: Project
) -> None:
    server = serve("shape=G3")
    new(server, "one")
    on(project, server, "v2")

    def check(name: str) -> Any:
        checks = project.run("doctor", "--format", "json").json["checks"]
        return next(one for one in checks if one["name"] == name)

    project.agent("one", {"name": "one"})
    said = "1 live agent of the project “Sandbox”; answers as v2"
    assert check("access")["said"] == said
    project.agent("two", {"agentName": "two"}, api="v1")
    assert check("access")["said"] == f"{said}; answers as generation G3"
    paths = {one.path for one in server.app.state.requests}
    assert {"/v1/voice-agents", "/v2/voice-agents"} <= paths

    lacking = check("schemas")
    assert "schemas/agent.v1.json" in lacking["said"]
    for line in lacking["remedy"]:
        command, _, name = line.removeprefix("reconciler ").partition(" > ")
        project.write(name, project.run(*command.split()).out)
    assert check("schemas")["status"] == "ok"


def test_a_rule_is_explained_on_an_agent_of_the_project(project: Project) -> None:
    asked = ("validate", "--explain", "spoken-markdown")
    assert "\n      conversation:\n" in project.run(*asked).out
    v1, v2 = (project.run("schema", "agent", "--api", api).out for api in ("v1", "v2"))
    assert project.run("schema", "agent").out == v2
    project.write("reconciler.yaml", "environments: { s: { url: sandbox } }\n")
    assert "\n      greetingMessage:" in project.run(*asked).out
    assert project.run("schema", "agent").out == v1
    project.write("reconciler.yaml", "api: v2\nenvironments: { s: { url: sandbox } }\n")
    assert "\n      conversation:\n" in project.run(*asked).out
    assert project.run("schema", "agent").out == v2
    slots = project.run("validate", "--explain", "slot-overlap").out
    assert "    api: v1\n" in slots


TROUBLE = [
    # a fault, the exit code of the apply, the message, whether it is written
    ("v2=no", 1, "the API behind this key has no v2 agents", False),
    ("fault=PATCH:no-agent", 0, "1 done", True),
    ("fault=PATCH:not-json", 0, "1 done", True),
    ("fault=PATCH:402", 3, "answered 402: Payment required", False),
    ("fault=PATCH:502-html:*", 3, "answered 502", False),
    ("fault=PATCH:success-false", 3, "could not be processed", False),
    ("fault=GET:success-false:*", 1, "could not be processed", False),
    ("fault=GET:no-type:*", 0, "1 done", True),
    ("fault=GET:502-html:*", 1, "answered 502", False),
]


@pytest.mark.parametrize(("switch", "code", "said", "written"), TROUBLE)
def test_faults_of_the_api_end_with_their_exit_code_and_message(
    switch: str, code: int, said: str, written: object, serve: Serve, project: Project
) -> None:
    server = serve(f"{SWITCHES}&{switch}")
    one = new(server, "one")
    on(project, server, "v2")
    project.agent("desk", {"name": "one", "callSettings": {"silenceThreshold": 901}})
    done = project.apply()
    assert done.code in (code, 1), done.out + done.err
    assert said in done.out + done.err
    stored = server.app.state.store.get(one).fields
    assert (stored["silenceThreshold"] == 901) is written

"""The JSON Schemas: what an editor accepts, refuses and explains."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.config import schema
from reconciler.kinds import registry
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "agents").glob("*.yaml"))
AGENT = Draft202012Validator(schema.agent(AGENT_V1))
PROJECT = Draft202012Validator(schema.project())


def read(text):
    return YAML(typ="safe").load(text)


def places(validator, text):
    """The places of mistakes in a document, innermost of each alternative first."""
    found = []
    errors = list(validator.iter_errors(read(text)))
    while errors:
        error = errors.pop()
        errors += error.context or []
        found.append(".".join(map(str, error.absolute_path)))
    return set(found)


@pytest.mark.slow
def test_both_schemas_are_schemas():
    Draft202012Validator.check_schema(schema.agent(AGENT_V1))
    Draft202012Validator.check_schema(schema.project())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_agents_are_accepted(path):
    api = re.search(r"agent\.(v\d)\.json", path.read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema.agent(registry.kind("agent", api[1])))
    assert places(validator, path.read_text(encoding="utf-8")) == set()


def test_the_example_project_is_accepted():
    assert places(PROJECT, (ROOT / "reconciler.yaml").read_text(encoding="utf-8")) == set()


GOOD = [
    "spec: {}",
    "spec: { agentName: x, lang: ar, outcome: null, voiceId: null, webhookUrl: null }",
    "key: a\nid: x\nlifecycle: { ignore: [lang] }\nspec: {}",
    "id: { production: x }\nspec: {}\nenvironments: { production: { lang: en, outcome: null } }",
    "spec: { params: { any: [1, { thing: null }] }, webToolsOverrides: { a: { b: c } } }",
    "spec: { silenceThreshold: 1, vadActivationThreshold: 0.9, maxCallDuration: 3600 }",
    "spec: { tools: { smartCallEnd: true }, llmConfig: { provider: anything } }",
    'spec: { googleCalendarSettings: { freeSlots: { Sunday: [{ from: "00:00", to: "23:59" }] } } }',
    "spec: { webhookAuth: { authKey: Token, authSecret: { $secret: X } } }",
    "spec: { webhookAuth: { authKey: null, authSecret: null } }",
    "spec: { outcomeResponseShape: { type: object, properties: {} } }",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_agent_is_accepted(text):
    assert places(AGENT, text) == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lang: ar", ""),
        ("spec: {}\nspek: {}", ""),
        ("spec: []", "spec"),
        ("spec: { zzz: 1 }", "spec"),
        ("spec: { greetingmessage: hi }", "spec"),
        ("spec: { lang: fr }", "spec.lang"),
        ("spec: { agentName: '' }", "spec.agentName"),
        ("spec: { agentName: 3 }", "spec.agentName"),
        ("spec: { silenceThreshold: 0 }", "spec.silenceThreshold"),
        ("spec: { silenceThreshold: 0.8 }", "spec.silenceThreshold"),
        ("spec: { silenceThreshold: '800' }", "spec.silenceThreshold"),
        ("spec: { interrupt: 'yes' }", "spec.interrupt"),
        ("spec: { pokeMessages: [1] }", "spec.pokeMessages.0"),
        ("spec: { greetingMessage: null }", "spec.greetingMessage"),
        ("spec: { params: [] }", "spec.params"),
        ("spec: { type: Flow Agent }", "spec.type"),
        ("spec: { userInactivityTimeout: 61 }", "spec.userInactivityTimeout"),
        ("spec: { tools: { smartcallend: true } }", "spec.tools"),
        ("spec: { tools: { smartCallEnd: 1 } }", "spec.tools.smartCallEnd"),
        ("spec: { webhookAuth: { authSecret: typed } }", "spec.webhookAuth.authSecret"),
        ("spec: { llmConfig: { apiKey: typed } }", "spec.llmConfig.apiKey"),
        (
            "spec: { googleCalendarSettings: { timezone: Asia/Kuwait } }",
            "spec.googleCalendarSettings.timezone",
        ),
        (
            'spec: { googleCalendarSettings: { freeSlots: { Sunday: [{ from: "9:00", to: "12:00" }] } } }',  # noqa: E501
            "spec.googleCalendarSettings.freeSlots.Sunday.0.from",
        ),
        (
            'spec: { googleCalendarSettings: { freeSlots: { Sunday: [{ from: "09:00" }] } } }',
            "spec.googleCalendarSettings.freeSlots.Sunday.0",
        ),
        ("spec: { preamble: { $file: a, more: b } }", "spec.preamble"),
        ("spec: { preamble: { $fil: a } }", "spec.preamble"),
        ("spec: { preamble: { $file: 3 } }", "spec.preamble.$file"),
        ("spec: { preamble: {} }", "spec.preamble"),
        ("spec: {}\nid: 3", "id"),
        ("spec: {}\nid: { production: 3 }", "id.production"),
        ("spec: {}\nlifecycle: { ignore: lang }", "lifecycle.ignore"),
        ("spec: {}\nenvironments: { production: { lang: fr } }", "environments.production.lang"),
        ("spec: {}\nenvironments: { production: null }", "environments.production"),
    ],
)
def test_a_bad_agent_is_refused_where_it_is_bad(text, place):
    assert place in places(AGENT, text)


REFERENCES = [
    {"$file": "a.md"},
    {"$file": ["a.md", "b.md"]},
    {"$secret": "NAME"},
    {"$env": "NAME"},
    {"$var": "name"},
]


def nested(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


@pytest.mark.slow
@pytest.mark.parametrize("reference", REFERENCES, ids=str)
@pytest.mark.parametrize(
    "around",
    [lambda spec: {"spec": spec}, lambda spec: {"spec": {}, "environments": {"any": spec}}],
    ids=["spec", "override"],
)
def test_a_reference_may_replace_every_field(around, reference):
    paths = [*AGENT_V1.fields, *(field.top for field in AGENT_V1)]
    refused = [path for path in paths if not AGENT.is_valid(around(nested(path, reference)))]
    assert (len(paths) > 60, refused) == (True, [])


def week(days):
    return nested("googleCalendarSettings.freeSlots", days)


@pytest.mark.parametrize("reference", REFERENCES, ids=str)
@pytest.mark.parametrize(
    "around",
    [
        lambda one: {"pokeMessages": ["x", one]},
        lambda one: {"params": {"a": [one, {"b": one}]}},
        lambda one: week({"Sunday": one}),
        lambda one: week({"Sunday": [one]}),
        lambda one: week({"Friday": [{"from": one, "to": one}]}),
    ],
    ids=["item", "map", "day", "slot", "time"],
)
def test_a_reference_may_be_inside_a_field(around, reference):
    assert AGENT.is_valid({"spec": around(reference)})


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "environments: { a: { url: sandbox } }",
        "api: v1\nagents: x\ndefault_environment: a\nenvironments: { a: { url: { $env: X } } }",
        "environments: { a: { url: x, api_key: { $secret: X }, vars: { a: 1, b: { $file: x } } } }",
        "environments: { a: { url: x, policies: { max_changes: 3 } } }",
        "environments: { a: { url: x, policies: { max_changes: 30% } } }",
    ],
)
def test_a_good_project_is_accepted(text):
    assert places(PROJECT, text) == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[]", ""),
        ("zzz: 1", ""),
        ("api: v3", "api"),
        ("environments: []", "environments"),
        ("environments: { a: {} }", "environments.a"),
        ("environments: { a: { url: 3 } }", "environments.a.url"),
        ("environments: { a: { url: x, api_key: typed } }", "environments.a.api_key"),
        ("environments: { a: { url: x, vars: { b: [1] } } }", "environments.a.vars.b"),
        (
            "environments: { a: { url: x, policies: { max_changes: -1 } } }",
            "environments.a.policies.max_changes",
        ),
        (
            "environments: { a: { url: x, policies: { max_changes: 101% } } }",
            "environments.a.policies.max_changes",
        ),
        ("environments: { a: { url: x, policies: { most: 1 } } }", "environments.a.policies"),
    ],
)
def test_a_bad_project_is_refused_where_it_is_bad(text, place):
    assert place in places(PROJECT, text)


def test_every_field_is_explained_with_its_impact():
    definitions = schema.agent(AGENT_V1)["$defs"]
    groups = {"": "Spec", "tools": "Tools", "webhookAuth": "WebhookAuth", "alignment": "Alignment"}
    groups |= {"llmConfig": "LlmConfig", "googleCalendarSettings": "GoogleCalendarSettings"}
    for field in AGENT_V1:
        node = definitions[groups[field.path.rpartition(".")[0]]]["properties"][field.name]
        assert f"impact: {field.fact.impact}" in node["description"]
        assert field.fact.note in node["description"]


def test_no_schema_shows_what_only_the_validator_needs():
    text = json.dumps([schema.agent(AGENT_V1), schema.project()])
    assert '"default": null' not in text
    assert '"title"' in text
    assert text.count('"title": ') == 2


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("agent.v1", schema.agent(AGENT_V1)),
        ("agent.v2", schema.agent(AGENT_V2)),
        ("project", schema.project()),
    ],
    ids=["agent.v1", "agent.v2", "project"],
)
def test_the_committed_schemas_are_current(name, made):
    committed = (ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert json.loads(committed) == made

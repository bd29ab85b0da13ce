"""Validation of v2 requests: for each rule, what it allows and what it refuses."""

import pytest

from reconciler.sandbox.v2.validation import MODELS

from .conftest import NESTED
from .test_requests import nested
from .v2_samples import ENTRY, FIRST, KNOWLEDGE, VOICE

CALL = "callSettings."
LIMITS = {
    "responseDelay": (100, 1500),
    "minInterruptionDuration": (0.2, 1.5),
    "vadActivationThreshold": (0.2, 0.9),
    "userInactivityTimeout": (5, 60),
    "maxCallDuration": (30, 3600),
    "waitForUserToSpeakFirst": (0, 2),
}
FLAGS = [
    *("interrupt", "backgroundNoise", "thinkingVoice", "speakerIdentification", "agenticRag"),
    *("languageDialectSwitcher", "enableAutoGainControl", "sendDenoisedToStt"),
    *("genderDetection", "smartCallEnd"),
]


def llm(**more):
    return {"temperature": 0.2, **more}


def shape(**properties):
    return {"type": "object", "properties": properties}


def told(kind, **more):
    return {"type": kind, "description": "What it is", **more}


GOOD = [
    ("name", ["", "مكتب", "x" * 5000]),
    ("type", ["Single Prompt"]),
    ("conversation", [{}]),
    ("conversation.greetingMessage", ["", "{% if x %}{{ x | upper }}{% endif %}"]),
    ("conversation.greetingMessageType", [None, "TEXT", "STATIC", "PROMPT", "NEXT_YEAR"]),
    ("conversation.pokeMessages", [[], ["a", ""]]),
    ("conversation.params", [{}, {"any key": [None, 1.5, {"x": True}]}]),
    ("conversation.alignment", [{}, {"preamble": "rtl"}, {"greetingMessage": "ltr"}]),
    ("voice.voiceId", [None, VOICE, "en-US-Neural2-A"]),
    ("voice.lang", ["ar", "en"]),
    ("llm", [llm(), llm(temperature=0), llm(temperature=1), llm(baseUrl=None, apiKey=None)]),
    ("llm", [llm(provider="OpenAI", model=model) for model in MODELS["OpenAI"]]),
    ("llm", [llm(provider="Groq", model=model) for model in MODELS["Groq"]]),
    ("llm", [llm(provider="Gemini", model="2.5-Pro"), llm(provider="deepmyst", model="any")]),
    ("llm", [llm(provider="Custom", model="m", baseUrl="https://x.example", apiKey="k")]),
    (f"{CALL}noiseCancellation", ["telephony_optimized", "telephony-optimized", "general"]),
    (f"{CALL}cancelNoisePer", ["conversation", "turn"]),
    *((CALL + name, [*limits]) for name, limits in LIMITS.items()),
    *((CALL + name, [True, False]) for name in FLAGS),
    (f"{CALL}silenceThreshold", [1, 10**6]),
    ("tools", [[], [ENTRY, {**ENTRY, "nodeId": "n1", "testResult": {"a": 1}}]]),
    ("tools", [[{name: ENTRY[name] for name in ENTRY if name not in ("nodeId", "overrides")}]]),
    ("knowledgeBaseItemsIds", [[], [KNOWLEDGE]]),
    ("phoneNumber", [None, {"type": "TWILIO", "id": KNOWLEDGE}]),
    ("webhookUrl", [None, "https://hooks.example.com/x?y=1"]),
    ("webhookAuth", [{}, {"authKey": None, "authSecret": None}, {"authKey": "Bearer"}]),
    ("workflow", [{}, {"nodes": []}, {"edges": []}, {"viewport": 1}]),
    ("workflow.customVariables", [[], [{"name": "a"}], "[]", '[{"name":"a"}]']),
    ("workflow.nodes", [[{"id": "a", "type": "next year's", "any": [1]}]]),
    ("workflow.edges", [[{"id": "e", "source": "", "target": ""}]]),
    ("outcomeResponseShape", [{}, shape(), shape(a=told("number"), b=told("boolean"))]),
    ("outcomeResponseShape", [shape(a=told("string", enum=["x"])), shape(a=told("enum"))]),
    ("outcomeResponseShape", [shape(a=told("array", items={"type": "string"}))]),
    ("outcomeResponseShape", [shape(a={**shape(b=told("string")), "description": "d"})]),
    ("outcomeResponseShape", [{**shape(a=told("string")), "required": ["a"]}]),
]

BAD = [
    ("name", [None, 1, [], {}]),
    ("type", [None, "single prompt", "flow", "Flow Agent "]),
    ("conversation", [None, [], "x"]),
    ("conversation.greetingMessage", [None, 1]),
    ("conversation.greetingMessageType", ["", 1]),
    ("conversation.preamble", [None, {"$file": "x.md"}]),
    ("conversation.pokeMessages", [None, "a", {}, [1], [None]]),
    ("conversation.params", [None, [], "x"]),
    ("conversation.alignment", [None, "rtl"]),
    ("conversation.alignment.preamble", [None, "RTL", "left"]),
    ("voice.voiceId", ["", 1]),
    ("voice.lang", [None, "AR", "fr", ""]),
    ("llm", [None, [], {}, {"provider": "OpenAI", "model": "GPT-4.1"}]),
    ("llm.temperature", [None, -0.1, 1.1, "0.2", True]),
    ("llm", [llm(provider="openai"), llm(provider="Deepmyst"), llm(provider=None)]),
    ("llm", [llm(model="gpt-4.1"), llm(model="GPT-4o-Mini"), llm(model=""), llm(model=None)]),
    ("llm", [llm(provider="Groq"), llm(provider="Groq", model="GPT-120-OSS")]),
    ("llm", [llm(provider="Custom", model="m"), llm(provider="Custom", baseUrl="https://x")]),
    (f"{CALL}noiseCancellation", [None, "", 1]),
    *(
        (CALL + name, [low - 0.11, high + 1, "1", None, True])
        for name, (low, high) in LIMITS.items()
    ),
    *((CALL + name, [None, 0, "true"]) for name in FLAGS),
    (f"{CALL}responseDelay", [400.5, 400.0]),
    (f"{CALL}silenceThreshold", [0, 800.5, "1", None, True]),
    ("tools", [None, {}, [{}], [{**ENTRY, "toolId": "x"}], [{**ENTRY, "toolType": "function"}]]),
    ("tools", [[{**ENTRY, "version": 0}], [{**ENTRY, "version": "1"}], [{**ENTRY, "name": "x"}]]),
    ("knowledgeBaseItemsIds", [None, "[]", ["k1"], [1]]),
    ("voiceDictionaryIds", [None, ["d1"]]),
    ("phoneNumber", [{}, {"type": "sip", "id": KNOWLEDGE}, {"type": "SIP", "id": "+966500000000"}]),
    ("webhookUrl", ["", "http://hooks.example.com", "example.com", "https://", "https://[x"]),
    ("webhookAuth", [None, []]),
    ("webhookAuth.authSecret", [1]),
    ("workflow", [None, [], "{}"]),
    ("workflow.nodes", [None, {}, [1], [{"id": "a"}], [{"type": "start"}]]),
    ("workflow.nodes", [[{"id": "a", "type": "t", "position": {"x": "1", "y": 0}}]]),
    ("workflow.nodes", [[{"id": "a", "type": "t", "transitions": [{"condition": {}}]}]]),
    ("workflow.nodes", [[{"id": "a", "type": "t", "transitions": [{"id": "t", "condition": {}}]}]]),
    ("workflow.edges", [None, [{"id": "e", "source": "a"}]]),
    ("workflow.customVariables", [None, "", "{}", "x", [1]]),
    ("outcomeResponseShape", [None, [], {"type": "array"}, {"type": "object"}]),
    ("outcomeResponseShape", [{"properties": {}}, shape(a={"type": "string"})]),
    ("outcomeResponseShape", [shape(a={"type": "string", "description": " "}), shape(a=1)]),
    ("outcomeResponseShape", [shape(a=told("integer")), shape(a=told("array"))]),
    ("outcomeResponseShape", [shape(a=told("object")), shape(a=told("number", enum=[1]))]),
    ("outcomeResponseShape", [{**shape(), "required": ["a"]}, {**shape(), "required": "a"}]),
    ("outcomeResponseShape", [shape(a=told("array", items={"type": "int"}))]),
    ("outcomeResponseShape", [{**shape(), "required": [["a"]]}, shape(a=told(["string"]))]),
]

UNKNOWN = [
    *("agentName", "description", "icon", "isTemplate", "realTime", "outcome", "projectId"),
    *("llmConfig", "greetingMessage", "lang", "interrupt", "webToolsIds", "promptEnhancer"),
    *("id", "createdAt", "updatedAt", "account", "resolvedWebTools"),
    *("conversation.agentName", "conversation.alignment.outcome"),
    *("voice.voiceRecordId", "voice.voiceRecord", "voice.ttsParams", "voice.expressiveness"),
    *("llm.modelName", "callSettings.ambientSound", "callSettings.tools", "webhookAuth.header"),
]


@pytest.mark.parametrize(("path", "values"), GOOD, ids=lambda each: str(each)[:40])
def test_a_value_that_the_facts_allow_is_let_in(talk, path, values):
    api = talk()
    api.nested("POST", name="A")
    for value in values:
        body = {"name": "A", **nested(path, value)}
        for method, at in (("POST", NESTED), ("PATCH", f"{NESTED}/{FIRST}")):
            reply = api.ask(method, at, json=body)
            assert reply.status_code == 200, (method, value, reply.text)


@pytest.mark.parametrize(("path", "values"), BAD, ids=lambda each: str(each)[:40])
def test_another_value_is_refused_by_the_name_of_its_field(talk, path, values):
    api = talk()
    before = api.nested("POST", name="A")
    for value in values:
        body = {"name": "A", **nested(path, value)}
        if path.startswith("llm."):
            body["llm"] = llm(**body["llm"])
        for method, at in (("POST", NESTED), ("PATCH", f"{NESTED}/{FIRST}")):
            reply = api.ask(method, at, json=body)
            assert (reply.status_code, reply.json()["code"]) == (400, 400), (method, value)
            assert reply.json()["message"].startswith(path), (method, value)
    assert api.nested("GET", FIRST) == before
    assert len(api.store) == 1


def test_an_unknown_key_is_refused_at_every_level(talk):
    api = talk()
    api.nested("POST", name="A")
    for path in UNKNOWN:
        body = nested(path, "x")
        if path.startswith("llm."):
            body["llm"] = llm(**body["llm"])
        reply = api.ask("PATCH", f"{NESTED}/{FIRST}", json=body)
        assert (reply.status_code, reply.json()["message"]) == (
            400,
            f"{path}: Extra inputs are not permitted",
        )


def test_only_a_create_needs_a_name(talk):
    api = talk()
    assert api.ask("POST", NESTED, json={}).json()["message"] == "name: Field required"
    api.nested("POST", name="A")
    api.nested("PATCH", FIRST)


def test_the_type_of_an_agent_is_chosen_once(talk):
    api = talk()
    assert api.nested("POST", name="A", type="Flow Agent")["type"] == "Flow Agent"
    api.nested("PATCH", FIRST, type="Flow Agent")
    reply = api.ask("PATCH", f"{NESTED}/{FIRST}", json={"type": "Single Prompt"})
    assert (reply.status_code, reply.json()["message"]) == (400, "type: cannot be changed")


def test_a_provider_and_its_model_are_judged_together_after_a_patch(talk):
    api = talk()
    api.nested("POST", name="A", llm=llm(provider="Groq", model="openai/gpt-oss-20b"))
    reply = api.ask("PATCH", f"{NESTED}/{FIRST}", json={"llm": llm(model="GPT-4.1")})
    assert reply.json()["message"] == (
        "llm.model: must be one of openai/gpt-oss-120b, openai/gpt-oss-20b for the provider Groq"
    )
    custom = llm(provider="Custom", model="m", baseUrl="https://x.example", apiKey="k")
    api.nested("PATCH", FIRST, llm=custom)
    assert api.nested("PATCH", FIRST, llm=llm(temperature=0.4))["llm"] == {
        **custom,
        "temperature": 0.4,
    }


def test_a_custom_model_must_be_sent_whole_if_objects_are_replaced(talk):
    api = talk("patch=replace")
    custom = llm(provider="Custom", model="m", baseUrl="https://x.example", apiKey="k")
    api.nested("POST", name="A", llm=custom)
    sent = {"provider": "Custom", "model": "m", "temperature": 0.4}
    reply = api.ask("PATCH", f"{NESTED}/{FIRST}", json={"llm": sent})
    assert reply.json()["message"] == (
        "llm.baseUrl: needed for the provider Custom; llm.apiKey: needed for the provider Custom"
    )


def test_a_refusal_never_repeats_what_was_sent(talk):
    api = talk()
    for value in ("hunter2-hunter2", ["hunter2-hunter2"], {"a": "hunter2-hunter2"}):
        for path in ("llm", "llm.apiKey", "webhookAuth", "webhookUrl", "tools", "voice.lang"):
            reply = api.ask("POST", NESTED, json=nested(path, value))
            assert reply.status_code == 400
            assert "hunter2" not in reply.text


def test_what_is_stored_is_what_was_sent(talk):
    """A number keeps its type and a text its white space: no coercion on input."""
    text = " \tأهلاً\r\n\n{%- if x -%} … {%- endif %}  \n"
    params = {"n": 1, "f": 1.0}
    made = talk().nested("POST", name="A", conversation={"preamble": text, "params": params})
    assert made["conversation"]["preamble"] == text
    assert repr(made["conversation"]["params"]) == "{'n': 1, 'f': 1.0}"

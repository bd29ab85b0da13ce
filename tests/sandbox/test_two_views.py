"""One store, two generations: each shows what the other writes."""

import pytest

from .conftest import AGENTS, NESTED
from .test_shapes import G3, LATER_REQUEST
from .v2_samples import ANSWER, ENTRY, FIRST, FLOW, OTHER_TOOL, REQUEST, TOOL

CALLS = (
    *("interrupt", "silenceThreshold", "responseDelay", "minInterruptionDuration"),
    *("vadActivationThreshold", "userInactivityTimeout", "maxCallDuration"),
    *("waitForUserToSpeakFirst", "backgroundNoise", "thinkingVoice", "speakerIdentification"),
    *("agenticRag", "languageDialectSwitcher", "enableAutoGainControl", "sendDenoisedToStt"),
    *("noiseCancellation", "cancelNoisePer"),
)
SAME = ("knowledgeBaseItemsIds", "voiceDictionaryIds", "webhookUrl", "webhookAuth")


def flat(asked):
    """A v2 request under v1's names, by the table of both generations in the facts."""
    llm = {**asked["llm"], "modelName": asked["llm"]["model"]}
    del llm["model"]
    return {
        "agentName": asked["name"],
        "type": asked["type"],
        **asked["conversation"],
        **asked["voice"],
        **{name: asked["callSettings"][name] for name in CALLS},
        "tools": {
            name: asked["callSettings"][name] for name in ("genderDetection", "smartCallEnd")
        },
        "llmConfig": llm,
        **{name: asked[name] for name in (*SAME, "outcomeResponseShape")},
        "webToolsIds": [entry["toolId"] for entry in asked["tools"]],
    }


def test_v1_shows_what_v2_made(talk):
    api = talk("shape=G3")
    api.nested("POST", **REQUEST)
    shown = api.read(FIRST)
    expected = flat(REQUEST)
    assert {name: shown[name] for name in expected} == expected
    assert shown.keys() == G3.keys()
    assert api.page()["voiceAgents"] == [shown]


def test_v2_shows_what_v1_made(talk):
    api = talk("shape=G3")
    api.create(**LATER_REQUEST)
    shown = api.nested("GET", FIRST)
    expected = flat({**shown, "voice": {"voiceId": shown["voice"]["voiceId"], "lang": "ar"}})
    read = api.read(FIRST)
    assert {name: read[name] for name in expected} == expected
    assert shown.keys() == ANSWER.keys()
    assert shown["tools"][0]["overrides"] == {"any": [1, None]}


@pytest.mark.parametrize("patch", ["merge", "replace"])
def test_each_sees_the_others_patch_and_nothing_else_changes(talk, patch):
    api = talk(f"shape=G3&patch={patch}")
    api.nested("POST", **REQUEST)
    before = api.nested("GET", FIRST)
    api.patch(FIRST, preamble="from v1", tools={"genderDetection": False, "smartCallEnd": True})
    after = api.nested("GET", FIRST)
    assert after == {
        **before,
        "conversation": {**before["conversation"], "preamble": "from v1"},
        "callSettings": {**before["callSettings"], "genderDetection": False},
        "updatedAt": after["updatedAt"],
    }
    flat_before = api.read(FIRST)
    llm = {**before["llm"], "model": "other"}
    api.nested("PATCH", FIRST, llm=llm, callSettings={**after["callSettings"], "agenticRag": False})
    flat_after = api.read(FIRST)
    assert flat_after == {
        **flat_before,
        "llmConfig": {**flat_before["llmConfig"], "modelName": "other"},
        "agenticRag": False,
        "updatedAt": flat_after["updatedAt"],
    }


def test_what_v2_does_not_know_outlives_its_writes(talk):
    api = talk("shape=G3&patch=replace")
    api.create(**LATER_REQUEST)
    api.nested("PATCH", FIRST, callSettings=api.nested("GET", FIRST)["callSettings"], name="B")
    assert api.store.get(FIRST).fields["tools"]["googleCalendar"] is True
    after = api.read(FIRST)
    assert {after[name] for name in ("description", "icon", "outcome")} == {
        *("Answers the phone", "phone", "Summarise")
    }


def test_empty_values_in_v2_are_null_in_v1(talk):
    api = talk("shape=G3")
    made = api.nested("POST", name="A")
    shown = api.read(FIRST)
    for name in ("webhookAuth", "outcomeResponseShape"):
        assert (made[name], shown[name]) == ({}, None)


def test_one_value_is_spelt_in_two_ways(talk):
    api = talk("shape=G3")
    made = api.create()
    assert made["noiseCancellation"] == "telephony-optimized"
    call = api.nested("GET", FIRST)["callSettings"]
    assert call["noiseCancellation"] == "telephony_optimized"
    api.nested("PATCH", FIRST, callSettings=call)
    assert api.read(FIRST)["noiseCancellation"] == "telephony-optimized"


def test_tools_are_entries_in_v2_and_ids_in_v1(talk):
    api = talk("shape=G3")
    node = {**ENTRY, "toolId": OTHER_TOOL, "nodeId": "n1", "overrides": {"params": {}}}
    wide = {**ENTRY, "overrides": {"params": {"a": {"value": "1"}}}}
    api.nested("POST", name="A", tools=[node, wide, {**node, "nodeId": "n2"}])
    read = api.read(FIRST)
    assert read["webToolsIds"] == [OTHER_TOOL, TOOL]
    assert read["webToolsOverrides"] == {TOOL: wide["overrides"]}
    third = "11111111-2222-4333-8444-555555555555"
    api.patch(FIRST, webToolsIds=[OTHER_TOOL, third], webToolsOverrides={third: {"x": 1}})
    entries = api.nested("GET", FIRST)["tools"]
    assert [(one["toolId"], one["nodeId"], one["overrides"]) for one in entries] == [
        (OTHER_TOOL, "n1", {"params": {}}),
        (OTHER_TOOL, "n2", {"params": {}}),
        (third, None, {"x": 1}),
    ]
    api.patch(FIRST, agentName="B")
    assert api.nested("GET", FIRST)["tools"] == entries


def test_an_agent_of_the_oldest_shape_is_complete_in_v2(talk):
    api = talk()
    api.create(lang="ar")
    shown = api.nested("GET", FIRST)
    assert shown["type"] == "Single Prompt"
    assert shown["callSettings"].keys() == ANSWER["callSettings"].keys()
    assert shown["llm"]["model"] == "GPT-4.1"


@pytest.mark.parametrize(("switch", "status"), [("keep", 200), ("refuse", 400)])
def test_v1_on_a_flow_keeps_the_flow_or_refuses(talk, switch, status):
    """No source says what v1 does to a flow agent."""
    api = talk(f"shape=G3&v1_flow={switch}")
    api.nested("POST", name="A", type="Flow Agent", workflow=FLOW)
    assert api.read(FIRST)["type"] == "Flow Agent"
    assert "workflow" not in api.read(FIRST)
    reply = api.ask("PATCH", f"{AGENTS}/{FIRST}", json={"agentName": "B"})
    assert reply.status_code == status
    after = api.nested("GET", FIRST)
    assert (after["name"], after["workflow"]) == ("B" if status == 200 else "A", FLOW)


def test_both_list_the_same_agents(talk):
    api = talk("shape=G3")
    api.create(agentName="flat")
    api.nested("POST", name="nested")
    ids = [[one["id"] for one in page["voiceAgents"]] for page in (api.page(), api.nested("GET"))]
    assert ids[0] == ids[1]
    assert api.ask("GET", NESTED, params={"take": 1, "skip": 2}).json()["data"]["filtered"] == 1

"""Whole v2 requests and responses, compared with literals written by hand."""

import pytest

from .conftest import NESTED
from .v2_samples import ANSWER, BARE, FIRST, FLOW, REQUEST

FLOW_REQUEST = {**REQUEST, "type": "Flow Agent", "workflow": FLOW}
FLOW_ANSWER = {**ANSWER, "type": "Flow Agent", "workflow": FLOW}


@pytest.mark.parametrize(
    ("request_body", "answer"),
    [
        pytest.param(REQUEST, ANSWER, id="single prompt, everything"),
        pytest.param(FLOW_REQUEST, FLOW_ANSWER, id="flow, everything"),
        pytest.param({"name": "Bare"}, BARE, id="published defaults"),
    ],
)
@pytest.mark.parametrize("patch", ["merge", "replace", "wipe"])
def test_agents_are_returned_as_documented_in_the_reference(talk, request_body, answer, patch):
    """The same after a PATCH that says everything, in whatever way a PATCH is done."""
    api = talk(f"patch={patch}")
    assert api.nested("POST", **request_body) == answer
    assert api.nested("GET", FIRST) == answer
    assert api.nested("GET") == {"total": 1, "filtered": 1, "voiceAgents": [answer]}
    later = {**answer, "updatedAt": "2025-05-12T09:01:00.000Z"}
    assert api.nested("PATCH", FIRST, **request_body) == later


def test_keys_come_in_the_order_of_the_reference(talk):
    assert list(talk().nested("POST", name="Bare")) == [
        *("id", "type", "name", "conversation", "voice", "llm", "callSettings", "tools"),
        *("knowledgeBaseItemsIds", "voiceDictionaryIds", "phoneNumber"),
        *("webhookUrl", "webhookAuth", "workflow", "outcomeResponseShape"),
        *("resolvedWebTools", "createdAt", "updatedAt", "account"),
    ]


def test_each_call_has_an_envelope_of_its_own(talk):
    api = talk()
    sent = {"name": "Bare"}
    replies = [
        api.ask("POST", NESTED, json=sent),
        api.ask("PATCH", f"{NESTED}/{FIRST}", json=sent),
        api.ask("GET", f"{NESTED}/{FIRST}"),
        api.ask("GET", NESTED),
    ]
    assert [{**reply.json(), "data": ...} for reply in replies] == [
        {
            "success": True,
            "message": "Voice agent created successfully",
            "messageKey": "VoiceAgentCreatedSuccessfully",
            "data": ...,
        },
        {
            "success": True,
            "message": "Voice agent updated successfully",
            "messageKey": "VoiceAgentUpdatedSuccessfully",
            "data": ...,
        },
        {"success": True, "data": ...},
        {"success": True, "data": ...},
    ]


def test_members_of_nested_objects_are_defaulted_one_by_one(talk):
    made = talk().nested(
        "POST",
        name="Bare",
        conversation={"alignment": {"preamble": "rtl"}},
        llm={"temperature": 1},
        callSettings={"interrupt": False},
    )
    assert made["conversation"] == {
        **BARE["conversation"],
        "alignment": {"greetingMessage": "ltr", "preamble": "rtl"},
    }
    assert made["llm"] == {**BARE["llm"], "temperature": 1}
    assert made["callSettings"] == {**BARE["callSettings"], "interrupt": False}


def test_an_unknown_agent_is_404(talk):
    api = talk()
    for method in ("GET", "PATCH"):
        reply = api.ask(method, f"{NESTED}/nobody", json={})
        assert (reply.status_code, reply.json()) == (
            404,
            {"code": 404, "message": "Voice agent not found"},
        )


def test_a_key_may_have_no_v2(talk):
    api = talk("v2=no")
    agent = api.create()["id"]
    for method, path in [("GET", NESTED), ("POST", NESTED), ("GET", f"{NESTED}/{agent}")]:
        reply = api.ask(method, path, json={"name": "A"})
        assert (reply.status_code, reply.json()) == (404, {"code": 404, "message": "Not Found"})

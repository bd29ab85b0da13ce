"""Each switch of v2, with what it changes and what it does not."""

import json
from copy import deepcopy

import pytest

from reconciler.sandbox.secrets import MASK

from .conftest import AGENTS, NESTED
from .v2_samples import ANSWER, BARE, ENTRY, FIRST, FLOW, KNOWLEDGE, REQUEST

FLOW_AGENT = {"name": "Flow", "type": "Flow Agent", "workflow": FLOW}

# (the body, the top-level key, its value when merged, its value when replaced)
CALL, TALK = ANSWER["callSettings"], ANSWER["conversation"]
PATCHES = [
    pytest.param(
        {"callSettings": {"responseDelay": 700}},
        {**CALL, "responseDelay": 700},
        {**BARE["callSettings"], "responseDelay": 700},
        id="call settings that were left out are the published ones again",
    ),
    pytest.param(
        {"conversation": {"params": {"a": 1}}},
        {**TALK, "params": {**TALK["params"], "a": 1}},
        {**BARE["conversation"], "params": {"a": 1}},
        id="objects below objects",
    ),
    pytest.param(
        {"llm": {"provider": "OpenAI", "model": "GPT-4o", "temperature": 0}},
        {**ANSWER["llm"], "provider": "OpenAI", "model": "GPT-4o", "temperature": 0},
        {**BARE["llm"], "model": "GPT-4o", "temperature": 0},
        id="address and key of a model",
    ),
    pytest.param(
        {"webhookAuth": {"authKey": "Token"}},
        {"authKey": "Token", "authSecret": "not-a-real-secret"},
        {"authKey": "Token"},
        id="a secret that was left out",
    ),
    pytest.param({"tools": []}, [], [], id="lists are replaced whole in any case"),
    pytest.param({"webhookUrl": None}, None, None, id="null is a value"),
]


@pytest.mark.parametrize(("sent", "merged", "replaced"), PATCHES)
def test_nested_objects_are_merged_or_replaced(talk, sent, merged, replaced):
    (name,) = sent
    for mode, expected in (("merge", merged), ("replace", replaced)):
        api = talk(f"patch={mode}")
        before = api.nested("POST", **REQUEST)
        after = api.nested("PATCH", FIRST, **sent)
        assert after[name] == expected, mode
        moved = {key for key in before if before[key] != after[key]}
        assert moved <= {name, "updatedAt", "resolvedWebTools"}, mode
        assert api.nested("GET", FIRST) == after


def test_a_patch_may_put_everything_else_back(talk):
    api = talk("patch=wipe")
    api.nested("POST", **{**REQUEST, "type": "Flow Agent", "workflow": FLOW})
    after = api.nested("PATCH", FIRST, webhookUrl="https://x.example")
    expected = {**BARE, "name": "Pharmacy line", "type": "Flow Agent"}
    expected |= {"webhookUrl": "https://x.example", "updatedAt": after["updatedAt"]}
    assert after == expected


@pytest.mark.parametrize(
    ("switches", "kept"),
    [
        ("", True),
        ("patch=replace", False),
        ("workflow=drop", False),
        ("workflow=keep&patch=replace", True),
    ],
)
def test_parts_of_a_workflow_that_were_not_sent_are_kept_or_dropped(talk, switches, kept):
    api = talk(switches)
    api.nested("POST", **FLOW_AGENT)
    nodes = FLOW["nodes"][:2]
    after = api.nested("PATCH", FIRST, workflow={"nodes": nodes})["workflow"]
    assert after == ({**FLOW, "nodes": nodes} if kept else {"nodes": nodes})


@pytest.mark.parametrize(
    ("items", "missing"),
    [
        ("full", set()),
        ("flowless", set()),
        (
            "short",
            ANSWER.keys()
            - {*("id", "name", "type", "createdAt", "updatedAt", "conversation", "voice")},
        ),
    ],
)
def test_items_of_the_list_are_whole_or_short(talk, items, missing):
    api = talk(f"items={items}")
    whole = api.nested("POST", **FLOW_AGENT)
    (item,) = api.nested("GET")["voiceAgents"]
    assert whole.keys() - item.keys() == missing
    assert api.nested("GET", FIRST) == whole
    if items == "short":
        assert item["conversation"].keys() == {"greetingMessage", "preamble"}
        assert item["voice"] == {"lang": "en", "voiceId": None}
    else:
        assert item["workflow"] == (FLOW if items == "full" else {})


def extras(agent):
    known = {**BARE, "voice": ANSWER["voice"]}
    return {
        "": agent.keys() - known.keys(),
        **{name: agent[name].keys() - known[name].keys() for name in ("callSettings", "voice")},
    }


SHOWN = {
    "": {"promptEnhancer", "dtmfNavigation"},
    "callSettings": {"enhancedTurnTaking", "ambientSound", "smartCallEndPrompt"},
    "voice": {"expressiveness", "sttModel"},
}


@pytest.mark.parametrize("patch", ["merge", "replace"])
def test_the_dashboard_has_keys_that_the_reference_does_not_have(talk, patch):
    """They are accepted again, and lost if a nested object is replaced without them."""
    api = talk(f"dashboard=yes&patch={patch}")
    made = api.nested("POST", name="A")
    assert extras(made) == SHOWN
    voice = {
        name: made["voice"][name] for name in ("voiceId", "lang", "expressiveness", "sttModel")
    }
    after = api.nested("PATCH", FIRST, voice={**voice, "lang": "ar"}, promptEnhancer="Advanced")
    assert extras(after) == SHOWN
    assert (after["promptEnhancer"], after["voice"]["lang"]) == ("Advanced", "ar")
    lost = api.nested("PATCH", FIRST, callSettings={"interrupt": False})
    left = SHOWN if patch == "merge" else {**SHOWN, "callSettings": set()}
    assert extras(lost) == left
    assert extras(api.nested("GET", FIRST)) == left
    assert api.ask("PATCH", f"{NESTED}/{FIRST}", json={"voice": {"other": 1}}).status_code == 400


def test_an_agent_made_by_v1_has_the_dashboards_keys_too_and_v1_shows_none(talk):
    api = talk("dashboard=yes&shape=G3")
    plain = talk("shape=G3").create()
    assert api.create().keys() == plain.keys()
    assert extras(api.nested("GET", FIRST)) == SHOWN


def test_secrets_are_masked_or_in_clear(talk):
    tool = {**ENTRY, "overrides": {"authToken": "planted", "headers": {"x": "planted"}}}
    body = {**REQUEST, "tools": [tool]}
    planted = ("not-a-real-key", "not-a-real-secret", "planted", "sandbox-tool-token")
    clear, masked = talk("shape=G3"), talk("shape=G3&secrets=masked")
    for api, shown in ((clear, True), (masked, False)):
        api.nested("POST", **body)
        texts = [api.ask("GET", f"{where}/{FIRST}").text for where in (NESTED, AGENTS)]
        assert all((secret in texts[0]) == shown for secret in planted)
        assert all((secret in texts[1]) == shown for secret in planted[:2])
    answer = masked.nested("GET", FIRST)
    assert (answer["llm"]["apiKey"], answer["webhookAuth"]["authKey"]) == (MASK, "Bearer")
    assert answer["llm"]["baseUrl"] == "https://llm.example.com"
    assert answer["resolvedWebTools"][0]["toolSettings"]["httpHeaders"] == {"x-api-key": MASK}
    bare = masked.nested("POST", name="Bare")
    assert bare["llm"] == BARE["llm"]


def test_what_was_masked_and_is_written_back_is_stored(talk):
    api = talk("secrets=masked")
    llm = api.nested("POST", **REQUEST)["llm"]
    api.nested("PATCH", FIRST, llm=llm)
    assert api.store.get(FIRST).fields["llmConfig"]["apiKey"] == MASK


@pytest.mark.parametrize(
    ("model", "expected"), [("GPT-5-Mini", 1.0), ("GPT-5", 1.0), ("GPT-4.1", 0.3)]
)
def test_the_temperature_of_gpt_5_may_be_forced(talk, model, expected):
    llm = {"model": model, "temperature": 0.3}
    for switches, stored in (("", 0.3), ("gpt5_temperature=forced", expected)):
        api = talk(switches)
        assert api.nested("POST", name="A", llm=llm)["llm"]["temperature"] == stored
        assert api.nested("PATCH", FIRST, llm=llm)["llm"]["temperature"] == stored


def test_no_knowledge_may_be_a_text(talk):
    api = talk("knowledge_ids=text")
    assert api.nested("POST", name="A")["knowledgeBaseItemsIds"] == "[]"
    assert api.nested("PATCH", FIRST, knowledgeBaseItemsIds=[KNOWLEDGE])[
        "knowledgeBaseItemsIds"
    ] == [KNOWLEDGE]


def test_a_signed_address_differs_in_each_answer(talk):
    for switches, different in (("", False), ("signed_urls=yes", True)):
        api = talk(switches)
        records = [api.nested("POST", **REQUEST)["voice"]["voiceRecord"]]
        records.append(api.nested("GET", FIRST)["voice"]["voiceRecord"])
        assert (records[0] != records[1]) == different


VARIABLES = [{"name": "search_mobile", "defaultValue": ""}]


@pytest.mark.parametrize("sent", [VARIABLES, FLOW["customVariables"]])
@pytest.mark.parametrize("switch", ["sent", "text", "list"])
def test_custom_variables_are_a_text_or_a_list(talk, sent, switch):
    api = talk(f"custom_variables={switch}")
    flow = {**FLOW, "customVariables": sent}
    shown = api.nested("POST", **{**FLOW_AGENT, "workflow": flow})["workflow"]["customVariables"]
    assert type(shown) is {"sent": type(sent), "text": str, "list": list}[switch]
    assert (json.loads(shown) if isinstance(shown, str) else shown) == VARIABLES
    bare = api.nested("POST", name="A", type="Flow Agent", workflow={"nodes": []})
    assert bare["workflow"] == {"nodes": []}


def still(workflow):
    """The workflow without all that a canvas may move."""
    left = deepcopy(workflow)
    for node in left["nodes"]:
        node.pop("position", None)
        node.pop("metadata", None)
        for transition in node.get("transitions", []):
            transition.pop("metadata", None)
    return left


@pytest.mark.parametrize(
    ("canvas", "moves", "dated"), [("still", 0, 0), ("moves", 1, 0), ("saves", 1, 1)]
)
def test_a_canvas_changes_by_itself_at_each_read(talk, canvas, moves, dated):
    api = talk(f"canvas={canvas}")
    api.nested("POST", **FLOW_AGENT)
    reads = [api.nested("GET", FIRST), api.nested("GET", FIRST)]
    reads.append(api.nested("GET")["voiceAgents"][0])
    assert all(still(read["workflow"]) == still(FLOW) for read in reads)
    starts = [read["workflow"]["nodes"][0] for read in reads]
    assert [node["position"]["x"] for node in starts] == [
        -640.5 + 12.5 * moves * nth for nth in (1, 2, 3)
    ]
    assert [node["metadata"]["version"] for node in starts] == [
        1 + moves * nth for nth in (1, 2, 3)
    ]
    dates = {node["transitions"][0]["metadata"]["updatedAt"] for node in starts}
    assert len(dates) == (3 if moves else 1)
    assert len({read["updatedAt"] for read in reads}) == (3 if dated else 1)


def test_ids_of_edges_may_be_rewritten_at_each_save(talk):
    api = talk("edges=renamed")
    shown = api.nested("POST", **FLOW_AGENT)["workflow"]
    ids = [edge["id"] for edge in shown["edges"]]
    assert all(len(one) == 21 for one in ids)
    assert not {*ids} & {edge["id"] for edge in FLOW["edges"]}
    renamed = [{**edge, "id": new} for edge, new in zip(FLOW["edges"], ids, strict=True)]
    assert shown == {**FLOW, "edges": renamed}
    assert api.nested("GET", FIRST)["workflow"] == shown
    again = api.nested("PATCH", FIRST, workflow=shown)["workflow"]["edges"]
    assert not {*ids} & {edge["id"] for edge in again}
    assert api.nested("PATCH", FIRST, name="B")["workflow"]["edges"] == again


def test_a_link_may_live_on_its_edge_or_on_its_transition_alone(talk):
    def links(workflow):
        exits = [one for node in workflow["nodes"] for one in node.get("transitions", [])]
        return [one["targetNodeId"] for one in exits], [one["id"] for one in workflow["edges"]]

    start, end = "cX5mS7zY4dX5pO3eT7vA1", "eV7oU5bA6fZ3rQ5gV9xC3"
    ids = ["Ed1aaaaaaaaaaaaaaaaaa", "Ed2aaaaaaaaaaaaaaaaaa"]
    for switch, expected in {
        "sent": ([start, "", end], ids),
        "edges": (["", "", end], ids),
        "targets": ([start, "", end], ids[1:]),
        "synced": ([start, end, end], [*ids, "QG7LoET9SGkXAFxH6esFH"]),
    }.items():
        api = talk(f"links={switch}")
        shown = api.nested("POST", **FLOW_AGENT)["workflow"]
        assert links(shown) == expected, switch
        assert shown["viewport"] == FLOW["viewport"]


def test_the_canvas_may_describe_fixed_exits_at_each_save(talk):
    conditions = [
        (
            {"type": "always", "description": "mine"},
            "Default fallback when no other conditions match",
        ),
        ({"type": "auto"}, "Auto-advance"),
        ({"type": "structured_equation", "logic": "all"}, "ALL conditions must be met"),
        ({"type": "natural_language", "prompt": "On Failure"}, "When the tool fails to execute"),
        ({"type": "natural_language", "prompt": "other", "description": "mine"}, "mine"),
        ({"type": "dtmf", "key": "1"}, None),
    ]
    exits = [{"id": f"t{n}", "condition": one} for n, (one, _) in enumerate(conditions)]
    flow = {"nodes": [{"id": "n", "type": "router", "transitions": exits}]}
    api = talk("descriptions=generated")
    shown = api.nested("POST", **{**FLOW_AGENT, "workflow": flow})["workflow"]["nodes"][0]
    assert [one["condition"].get("description") for one in shown["transitions"]] == [
        text for _, text in conditions
    ]


@pytest.mark.parametrize(("nulls", "after"), [("stored", None), ("ignored", "https://x.example")])
def test_a_null_is_stored_or_ignored(talk, nulls, after):
    api = talk(f"nulls={nulls}&patch=replace")
    api.nested("POST", name="A", webhookUrl="https://x.example", webhookAuth={"authKey": "Token"})
    patched = api.nested("PATCH", FIRST, webhookUrl=None, webhookAuth={"authSecret": None})
    assert patched["webhookUrl"] == after
    assert patched["webhookAuth"] == ({"authSecret": None} if nulls == "stored" else {})
    flat = talk(f"nulls={nulls}")
    flat.create(outcome="Summarise")
    assert flat.patch(FIRST, outcome=None)["outcome"] == (after and "Summarise")


@pytest.mark.parametrize("patch", ["merge", "replace"])
@pytest.mark.parametrize("name", REQUEST)
def test_a_patch_of_one_key_changes_only_that_key(talk, patch, name):
    api = talk(f"patch={patch}&dashboard=yes")
    before = api.nested("POST", name="Bare")
    after = api.nested("PATCH", FIRST, **{name: REQUEST[name]})
    derived = {"updatedAt", *({"resolvedWebTools"} if name == "tools" else ())}
    moved = {key for key in before if before[key] != after[key]}
    assert moved == {name, *derived} - {"type", "workflow"}  # as they were


def test_flows_may_be_checked(talk):
    start, *rest = deepcopy(FLOW["nodes"])
    start["transitions"][0]["targetNodeId"] = "nobody"
    edge = {"id": "e", "source": start["id"], "target": "nobody"}
    bad = {"nodes": [start, start, *rest], "edges": [edge]}
    for switch, status in (("any", 200), ("checked", 400)):
        api = talk(f"flows={switch}")
        api.nested("POST", **FLOW_AGENT)
        body = {"workflow": bad, "conversation": {"preamble": " "}}
        reply = api.ask("PATCH", f"{NESTED}/{FIRST}", json=body)
        assert reply.status_code == status
    assert [part.split(":")[0] for part in reply.json()["message"].split("; ")] == [
        "conversation.preamble",
        "workflow.nodes",
        "workflow.edges.e.target",
        *[f"workflow.nodes.{start['id']}.transitions.t-Start-Book-000000001"] * 2,
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Alpha", "beta", "Gamma"]),
        ({"search": "A"}, ["Alpha", "beta", "Gamma"]),
        ({"search": "ALPH"}, ["Alpha"]),
        ({"type": "Flow Agent"}, ["beta"]),
        ({"type[]": ["Flow Agent", "Single Prompt"]}, ["Alpha", "beta", "Gamma"]),
        ({"language": "ar"}, ["Gamma"]),
        ({"language[]": "en", "type": "Single Prompt"}, ["Alpha"]),
        ({"sortField": "createdAt", "sortOrder": "desc"}, ["Gamma", "beta", "Alpha"]),
        ({"sortOrder": "desc", "take": 2, "skip": 2}, ["Alpha"]),
        ({"projectId": "5a9d6f0e-0000-4000-8000-000000000001", "take": 1}, ["Alpha"]),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(talk, query, names):
    api = talk()
    api.nested("POST", name="Alpha")
    api.nested("POST", name="beta", type="Flow Agent")
    api.create(agentName="Gamma", lang="ar")
    data = api.ask("GET", NESTED, params=query).json()["data"]
    assert [one["name"] for one in data["voiceAgents"]] == names
    assert data["filtered"] == len(names)
    assert data["total"] == (3 if "take" in query else len(names))


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"sortField": "name"}, 400, "sortField must be createdAt"),
        ({"sortOrder": "up"}, 400, "sortOrder must be asc or desc"),
        ({"skip": 0}, 400, "skip must be a whole number, 1 or more"),
        ({"projectId": "another"}, 403, "Forbidden"),
    ],
)
def test_a_query_that_cannot_be_is_refused(talk, query, status, said):
    reply = talk().ask("GET", NESTED, params=query)
    assert (reply.status_code, reply.json()["message"]) == (status, said)


@pytest.mark.parametrize(
    ("way", "stored"),
    [("strip", " a\r\n b"), ("null", None), ("text", "400"), ("crlf", " a\r\n b \r\n")],
)
def test_values_are_stored_differently_in_v2_too(talk, way, stored):
    text = {"null": "", "text": "x"}.get(way, " a\r\n b \r\n")
    made = talk(f"store={way}").nested(
        "POST", name="A", conversation={"preamble": text}, callSettings={"responseDelay": 400}
    )
    shown = (
        made["callSettings"]["responseDelay"] if way == "text" else made["conversation"]["preamble"]
    )
    assert shown == stored


def test_no_date_of_the_last_change_may_be_shown(talk):
    api = talk("updated_at=no")
    assert "updatedAt" not in api.nested("POST", name="A")
    assert "updatedAt" not in api.nested("GET")["voiceAgents"][0]


@pytest.mark.parametrize(
    ("fault", "moved"),
    [
        ("ignore", set()),
        ("touch", {"name", "callSettings", "updatedAt"}),
        ("trim", {"name", "updatedAt"}),
    ],
)
def test_faults_happen_to_v2_as_to_v1(talk, fault, moved):
    api = talk(f"fault=PATCH:{fault}")
    before = api.nested("POST", name="Before")
    api.nested("PATCH", FIRST, name=" AFTER ")
    after = api.nested("GET", FIRST)
    assert {name for name in before if before[name] != after[name]} == moved
    if fault == "trim":
        assert after["name"] == "after"


@pytest.mark.parametrize("links", ["edges", "targets", "synced"])
@pytest.mark.parametrize("variables", ["text", "list"])
def test_all_switches_may_be_on_at_once(talk, links, variables):
    api = talk(
        f"links={links}&custom_variables={variables}&store=strip,blanks,crlf,null,text&patch=replace"
        "&canvas=saves&edges=renamed&descriptions=generated&dashboard=yes&secrets=masked"
        "&gpt5_temperature=forced&knowledge_ids=text&signed_urls=yes&flows=checked&nulls=ignored"
    )
    api.nested("POST", **{**REQUEST, **FLOW_AGENT})
    api.nested("PATCH", FIRST, workflow=FLOW, conversation=REQUEST["conversation"])
    assert len(api.nested("GET", FIRST)["workflow"]["nodes"]) == len(FLOW["nodes"])
    assert api.nested("GET")["total"] == api.page()["total"] == 1

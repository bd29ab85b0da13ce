"""The agents that a sandbox starts with."""

import json
from collections import Counter
from itertools import pairwise

import pytest

from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.transport import sandbox_transport
from reconciler.sandbox.v1 import validation
from reconciler.sandbox.v2 import api, workflow


def test_the_seed_is_valid_by_the_sandboxs_own_rules():
    seed = load_seed()
    assert seed
    assert len({record.id for record in seed}) == len(seed)
    for record in seed:
        validation.check("POST", "G1", record.fields)
        assert not str(record.fields.get("preamble", "")).endswith("\n\n")


@pytest.mark.parametrize(("which", "count"), [("v1", 6), ("v2", 3), ("both", 9)])
def test_a_switch_chooses_the_seed(which, count):
    transport = sandbox_transport(None, Settings.parse(f"seed={which}"), seeded=True)
    records = transport.app.state.store.records()
    assert len(records) == count
    assert all(one.seq < next_.seq for one, next_ in pairwise(records))


def test_the_agents_of_v2_are_valid_by_the_sandboxs_own_rules():
    settings = Settings(flows="checked")
    flow, *prompts = load_seed("v2")
    for record in (flow, *prompts):
        agent = api.asked(settings, record.fields)
        api.check("POST", settings, agent, None)
        assert not agent["conversation"]["preamble"].endswith("\n")
    kinds = [api.asked(settings, one.fields)["type"] for one in (flow, *prompts)]
    assert kinds == ["Flow Agent", "Single Prompt", "Single Prompt"]
    assert [one.fields["lang"] for one in prompts] == ["ar", "en"]


def test_the_flow_is_like_a_real_one():
    """By the counts of a hospital's flow of 80 nodes in the facts."""
    agent = api.asked(Settings(), load_seed("v2")[0].fields)
    flow = agent["workflow"]
    nodes = {node["id"]: node for node in flow["nodes"]}
    assert workflow.objections(flow, "x") == []
    assert 40 <= len(nodes) <= 50
    assert {node["type"] for node in nodes.values()} == {
        *("start", "conversation", "tool", "router", "set_local_variables"),
        *("change_agent_settings", "transfer_call", "transfer_agent", "end_call"),
    }
    labels = Counter(node["label"] for node in nodes.values())
    assert labels[""] > len(nodes) / 2
    assert labels["Patient lookup"] == 2
    assert isinstance(json.loads(flow["customVariables"]), list)
    for node in nodes.values():
        exits = [each["condition"] for each in node["transitions"]]
        if node["type"] == "router":
            assert (exits[0]["type"], node["transitions"][0]["priority"]) == ("always", 999)
        if node["type"] == "tool":
            assert [one["prompt"] for one in exits] == ["On Success", "On Failure"]
            assert node["id"] in [entry["nodeId"] for entry in agent["tools"]]
    handles = {edge["sourceHandle"] for edge in flow["edges"]}
    links = Counter(
        (bool(each["targetNodeId"]), f"transition-{each['id']}" in handles)
        for node in nodes.values()
        for each in node["transitions"]
    )
    assert all(links[both] for both in [(True, True), (True, False), (False, True), (False, False)])
    assert max(Counter((edge["source"], edge["target"]) for edge in flow["edges"]).values()) > 1

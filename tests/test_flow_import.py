"""Files of any live flow: what an import writes compiles back to exactly what was live."""

import random
from pathlib import Path
from typing import Any

from hypothesis import given

from reconciler.authoring.compose import Composed, composed
from reconciler.config import agentfile
from reconciler.config.references import Scope
from reconciler.engine import decoding, views
from reconciler.jsonvalues import equal
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.kinds.flow import form
from reconciler.model import Desired
from reconciler.render.imports import ImportedAgent, lines
from reconciler.schema import wire
from reconciler.schema.view import Names
from reconciler.yamledit.document import text_of
from tests.test_flow_form import ENTRIES, FLOWS, Shape

VIEW = AGENT_V2.view
assert VIEW is not None


def answer(workflow: Any, tools: Any) -> Shape:
    own = {"id": "a1", "name": "Desk", "type": "Flow Agent"}
    return {**own, "workflow": workflow, "tools": tools, "voice": {"lang": "ar"}}


def read_back(files: Composed) -> Desired:
    """The agent as its files declare it, with the layout."""
    root = Path("/")
    scope = Scope(
        root=root,
        folder=root,
        variables={},
        environment="",
        env={},
        secret=lambda _name: None,
        offline=True,
        text_of=lambda _path, name: text_of(files.files[name].encode(), name),
    )
    name = next(iter(files.files))
    file, _ = agentfile.read(root / name, name, (), "v2", scope.text_of)
    assert file is not None
    desired, problems = agentfile.resolve(file, lambda _folder: scope, "")
    assert [one for one in problems if not one.warning] == []
    return desired


def sent(desired: Desired, response: Shape | None) -> Shape:
    """What a request has of the flow: for a new agent, or over a live one."""
    live = decoding.decode(AGENT_V2, response, views.named(desired, response)) if response else None
    body, _ = wire.body(AGENT_V2, ["flow", "tools"], desired.fields, live.carried if live else None)
    layouts = (live.layout if live else None, desired.layout)
    return VIEW.closed(body, response, layouts, desired.key)


def _is_sound(workflow: Shape) -> bool:
    """Whether each link leads to a node, and its two halves to the same one.

    Over what is live others stay as they are; a new agent gets sound ones only.
    """
    ids = {one["id"] for one in workflow["nodes"]}
    edges = {(one["source"], one.get("sourceHandle")): one["target"] for one in workflow["edges"]}
    for node in workflow["nodes"]:
        ways = node.get("transitions")
        for way in ways if isinstance(ways, list) else ():
            to = way.get("targetNodeId") if isinstance(way, dict) else None
            drawn = edges.get((node["id"], f"transition-{way['id']}")) if to else to
            if to and (str(to) not in ids or drawn not in (None, to)):
                return False
    return True


def without_trials(tools: Any) -> Any:
    return [
        {key: value for key, value in one.items() if key != "testResult"}
        if isinstance(one, dict)
        else one
        for one in tools
    ]


@given(FLOWS, ENTRIES)
def test_what_an_import_writes_compiles_to_what_is_live(workflow: Shape, tools: list[Any]) -> None:
    response = answer(workflow, tools)
    live = decoding.decode(AGENT_V2, response, Names())
    files = composed(live, "desk")
    if live.layout is None or [one for one in files.left_out if one.path.startswith("flow")]:
        return
    desired = read_back(files)
    over = sent(desired, response)
    assert equal(over.get("workflow", workflow), workflow), "nothing is sent that changes a flow"
    if [one for one in files.left_out if one.path.startswith("tools")]:
        return
    assert equal(over.get("tools", tools), tools)
    new = sent(desired, None)
    if _is_sound(workflow):
        assert equal(new.get("workflow", {"nodes": [], "edges": []}), workflow)
    assert equal(without_trials(new.get("tools", [])), without_trials(tools))


def large(seed: int) -> Shape:
    """80 nodes with 161 transitions and 128 edges, as in a hospital's flow; four join one pair."""
    rng = random.Random(seed)
    nodes: list[Shape] = [{"id": f"node-{n:017}", "label": ""} for n in range(80)]
    for number, node in enumerate(nodes):
        sort = ["conversation", "tool", "router"][number % 3] if 0 < number < 78 else "end_call"
        node |= {
            "type": sort if number else "start",
            "message": f"نص {number} text",
            "position": {},
        }
        node |= {"position": {"x": rng.uniform(-8000, 5000), "y": rng.uniform(-900, 900)}}
        node["transitions"] = []
    for number in range(161):
        node = nodes[0] if number < 4 else nodes[rng.randrange(78)]
        target = nodes[7] if number < 4 else rng.choice(nodes)
        condition = rng.choice(
            [
                {"type": "natural_language", "prompt": f"المتصل {number}"},
                {"type": "dtmf", "key": str(number % 10), "description": f"Press {number % 10}"},
                {"type": "always", "description": "Default fallback"},
                {"type": "structured_equation", "logic": "all", "conditions": []},
            ]
        )
        way = {"id": f"way-{number:018}", "priority": rng.choice([0, 1, number, 999])}
        way |= {"targetNodeId": rng.choice(["", target["id"]]), "condition": condition}
        node["transitions"].append(way)
    ways = [(node, way) for node in nodes for way in node["transitions"]]
    edges = [
        {
            "id": f"edge-{number:017}",
            "source": node["id"],
            "target": way["targetNodeId"] or nodes[7]["id"],
            "sourceHandle": f"transition-{way['id']}",
        }
        for number, (node, way) in enumerate(rng.sample(ways, 128))
    ]
    variables = '[{"name":"search_mobile","defaultValue":""}]'
    return {"nodes": nodes, "edges": edges, "customVariables": variables}


def test_a_flow_as_large_as_real_ones_comes_back() -> None:
    for seed in range(5):
        workflow = large(seed)
        assert len(workflow["nodes"]) == 80
        assert sum(len(one["transitions"]) for one in workflow["nodes"]) == 161
        assert len(workflow["edges"]) == 128
        flow = form.read(workflow)
        assert flow is not None
        assert [slug for slug, view in flow.written["nodes"].items() if "verbatim" in view] == []
        files = composed(decoding.decode(AGENT_V2, answer(workflow, []), Names()), "desk")
        assert [one for one in files.left_out if one.path.startswith("flow")] == []
        assert equal(sent(read_back(files), None)["workflow"], workflow)
        assert sent(read_back(files), answer(workflow, [])).keys().isdisjoint({"workflow", "tools"})


def test_many_files_of_one_folder_are_one_entry() -> None:
    prompts = (f"agents/prompts/desk/{number}.md" for number in range(18))
    files = ("agents/desk.yaml", "agents/prompts/desk.md", *prompts)
    agent = ImportedAgent(key="desk", name="Desk", id="1", files=files, left_out={})
    assert lines(agent) == [
        "+ desk  Desk  agents/desk.yaml, agents/prompts/desk.md, agents/prompts/desk/ (18 files)"
    ]

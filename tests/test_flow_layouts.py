"""Layouts of flows that somebody damaged or merged, and links of which live has one half. Pure."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.kinds.flow import form, layouts
from reconciler.kinds.flow.view import FLOW
from reconciler.schema.view import Names
from tests.test_flow_sides import flow

Shape = dict[str, Any]
ODD: tuple[Any, ...] = (
    None,
    0,
    1.5,
    True,
    "x",
    "",
    [],
    {},
    [1],
    ["x"],
    {"a": 1},
    {"id": "x"},
    "aaa",
    [{}],
    [None],
)


def whole() -> tuple[Shape, list[Any]]:
    """A flow with everything that a layout keeps, and its tools."""
    found = flow()
    variable = {"name": "a", "extractionPrompt": "x", "isEnumEnabled": False, "enumValues": []}
    found["nodes"][1]["extractVariables"] = {"enabled": True, "variables": [variable]}
    found["nodes"][2]["staticVariables"] = [{"id": "s1", "name": "q", "value": "1"}]
    link = {"id": "e", "source": "aaa", "target": "bbb", "sourceHandle": "transition-t1"}
    found["edges"] = [link, {"id": "e2", "source": "aaa", "target": "zzz"}]
    return found, [{"nodeId": "bbb", "version": 1}, {"nodeId": None}]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    inside: Any = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for step, one in inside:
        yield from places(one, (*place, step))


def damaged(layout: Shape) -> Iterator[Any]:
    """The layout with one place of it set to something odd, or taken out."""
    yield from ODD
    for *outer, last in (one for one in places(layout) if one):
        for value in (*ODD, places):
            found = copy.deepcopy(layout)
            inside = found
            for step in outer:
                inside = inside[step]
            if value is places:
                del inside[last]
            else:
                inside[last] = value
            yield found


def test_a_damaged_layout_is_a_mistake_or_makes_a_sound_flow() -> None:
    workflow, tools = whole()
    read = form.read(workflow, tools)
    assert read
    body = {"flow": read.written, "tools": [*read.tools]}
    response = {"type": "Flow Agent", "workflow": workflow, "tools": tools}
    sound = 0
    for layout in damaged(layouts.filed(read.layout)):
        if next(layouts.faults(layout), None):
            continue
        made = FLOW.closed(body, None, (None, layout), "seed")["workflow"]
        ids = {one["id"]: one for one in made["nodes"]}
        assert len(ids) == len(workflow["nodes"]), layout
        ways = [way for one in made["nodes"] for way in one["transitions"]]
        assert {way.get("targetNodeId") or "aaa" for way in ways} <= ids.keys(), layout
        again = form.read(made)
        assert again, layout
        names = FLOW.named(response, read.written, layout, "seed")
        opened = FLOW.opened(response, names)
        assert opened, layout
        assert len(opened[0]["flow"]["nodes"]) == len(ids)
        FLOW.laid(layout, read.layout, [*read.written["nodes"]])
        FLOW.places(layout)
        sound += 1
    assert sound > 100


def test_a_node_that_lost_its_line_of_the_layout_is_still_linked() -> None:
    workflow, tools = whole()
    read = form.read(workflow, tools)
    assert read
    layout = layouts.filed(json.loads(json.dumps(read.layout)))
    del layout["nodes"]["hours"]
    body = {"flow": read.written, "tools": []}
    made = FLOW.closed(body, None, (None, layout), "seed")["workflow"]
    again = form.read(made)
    assert again
    assert again.written["nodes"]["greet"] == read.written["nodes"]["greet"]
    layout["nodes"]["hours"] = {"id": "another"}
    made = FLOW.closed(body, None, (None, layout), "seed")["workflow"]
    assert made["nodes"][0]["transitions"][0]["targetNodeId"] == "another"


@pytest.mark.parametrize("half", ["edge", "target", "both"])
@pytest.mark.parametrize("to", [None, "end", "voice", "hours"])
def test_a_link_leads_where_the_file_says_whichever_half_is_live(half: str, to: str | None) -> None:
    workflow = flow()
    for node in workflow["nodes"]:
        for way in node["transitions"]:
            ends = {"source": node["id"], "target": way["targetNodeId"]}
            handle = {"id": f"e-{way['id']}", "sourceHandle": f"transition-{way['id']}"}
            workflow["edges"] += [] if half == "target" else [{**ends, **handle}]
            way["targetNodeId"] = "" if half == "edge" else way["targetNodeId"]
    response = {"type": "Flow Agent", "workflow": workflow, "tools": []}
    opened = FLOW.opened(response, Names())
    assert opened
    written = copy.deepcopy(opened[0]["flow"])
    written["nodes"]["greet"]["transitions"][0]["to"] = to
    sent = FLOW.closed({"flow": written}, response, (opened[1], None), "seed")
    again = form.read(sent.get("workflow", workflow))
    assert again
    assert again.written["nodes"] == written["nodes"]

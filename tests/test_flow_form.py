"""Flows as people write them: whatever is read comes back, and an edit changes what it says."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.jsonvalues import equal
from reconciler.kinds.flow import form, nodes
from reconciler.kinds.flow.outline import outline
from reconciler.kinds.flow.slugs import slugs
from reconciler.render import flow_chart, flows
from reconciler.sandbox.seed import load_seed
from tests.conftest import Serve
from tests.projects import Project

Shape = dict[str, Any]
NEW = form.new_ids("desk")
(CLINIC,) = (
    record.fields for record in load_seed("v2") if len(record.fields.get("workflow", {})) > 1
)
FLOW: Shape = CLINIC["workflow"]
TOOLS: list[Any] = CLINIC["webTools"]


def read(workflow: Shape, tools: Any = ()) -> form.Flow:
    found = form.read(workflow, tools)
    assert found is not None
    return found


def back(flow: form.Flow) -> Shape:
    return form.compiled(flow, NEW)[0]


def test_the_clinics_flow_is_readable_and_comes_back() -> None:
    flow = read(FLOW, TOOLS)
    assert equal(form.compiled(flow, NEW)[0], FLOW)
    assert equal(form.compiled(flow, NEW)[1], TOOLS)
    views = flow.written["nodes"]
    assert len(views) == len(FLOW["nodes"]) > 40
    assert [slug for slug, view in views.items() if "verbatim" in view] == []
    assert next(iter(views.values()))["type"] == "start"
    shown = json.dumps(flow.written)
    assert not [one["id"] for one in FLOW["nodes"] if one["id"] in shown], "no id is written"
    assert not [one["id"] for one in FLOW["edges"] if one["id"] in shown]


def test_without_its_layout_a_flow_is_matched_with_live() -> None:
    flow = read(FLOW, TOOLS)
    again = read(json.loads(json.dumps(FLOW)), TOOLS)
    lost = form.Flow(written=flow.written, layout=again.layout, tools=flow.tools)
    assert equal(back(lost), FLOW)


# Edits


def edited(change: Any, workflow: Shape = FLOW, tools: Any = TOOLS) -> tuple[Shape, Shape]:
    """What a change of the written form makes of a flow, before and after."""
    flow = read(workflow, tools)
    written = copy.deepcopy(flow.written)
    change(written)
    return workflow, back(form.Flow(written=written, layout=flow.layout, tools=flow.tools))


def changed_nodes(before: Shape, after: Shape) -> set[str]:
    old = {one["id"]: one for one in before["nodes"]}
    new = {one["id"]: one for one in after["nodes"]}
    return {one for one in {*old, *new} if not equal(old.get(one), new.get(one))}


def small() -> Shape:
    """A start, a router and two ends; the router's fallback is first, and evaluated last."""
    return {
        "nodes": [
            node("n1", "start", [turn("t1", "n2", {"type": "natural_language", "prompt": "book"})]),
            node(
                "n2",
                "router",
                [
                    turn("t2", "n3", {"type": "always", "description": "Default"}, priority=999),
                    turn("t3", "n4", equation("count", "1"), priority=1),
                ],
            ),
            node("n3", "end_call", [], label="No"),
            node("n4", "end_call", [], label="Yes"),
        ],
        "edges": [edge("n1", "t1", "n2"), edge("n2", "t2", "n3"), edge("n2", "t3", "n4")],
        "customVariables": '[{"name":"mobile","defaultValue":""}]',
    }


def node(one: str, sort: str, transitions: list[Shape], **more: Any) -> Shape:
    at = {"position": {"x": 1.5, "y": -2}, "label": "", **more}
    return {"id": one, "type": sort, **at, "transitions": transitions}


def turn(one: str, to: str, condition: Shape, **more: Any) -> Shape:
    return {"id": one, "targetNodeId": to, "condition": condition, **more}


def equation(variable: str, value: str) -> Shape:
    test = {"variable": variable, "operator": "equals", "value": value}
    return {"type": "structured_equation", "logic": "all", "conditions": [test]}


def edge(source: str, transition: str, target: str) -> Shape:
    handle = f"transition-{transition}"
    return {"id": f"e-{transition}", "source": source, "target": target, "sourceHandle": handle}


def test_what_people_write_of_a_small_flow() -> None:
    assert read(small()).written == {
        "customVariables": {"mobile": ""},
        "nodes": {
            "start": {
                "type": "start",
                "label": "",
                "transitions": [{"natural_language": "book", "to": "router_count"}],
            },
            "router_count": {
                "type": "router",
                "label": "",
                "transitions": [{"all": [{"count": {"equals": "1"}}], "to": "yes"}],
                "else": "no",
            },
            "yes": {"type": "end_call", "label": "Yes"},
            "no": {"type": "end_call", "label": "No"},
        },
    }


def test_another_text_of_one_node_changes_that_node_alone() -> None:
    slug = next(s for s, v in read(FLOW, TOOLS).written["nodes"].items() if "message" in v)
    before, after = edited(lambda flow: flow["nodes"][slug].update(message="أهلاً"))
    assert len(changed_nodes(before, after)) == 1
    assert equal(before["edges"], after["edges"])


def test_a_transition_that_leads_elsewhere_keeps_its_id_and_its_edge() -> None:
    before, after = edited(
        lambda flow: flow["nodes"]["router_count"].update({"else": "yes"}), small()
    )
    assert changed_nodes(before, after) == {"n2"}
    turned = after["nodes"][1]["transitions"][0]
    assert (turned["id"], turned["targetNodeId"]) == ("t2", "n4")
    assert [(one["id"], one["target"]) for one in after["edges"]] == [
        ("e-t1", "n2"),
        ("e-t2", "n4"),
        ("e-t3", "n4"),
    ]


def test_a_transition_that_leads_nowhere_loses_its_edge() -> None:
    _, after = edited(lambda flow: flow["nodes"]["router_count"].update({"else": None}), small())
    assert after["nodes"][1]["transitions"][0]["targetNodeId"] == ""
    assert [one["id"] for one in after["edges"]] == ["e-t1", "e-t3"]


def test_a_condition_that_is_reworded_is_the_same_transition() -> None:
    def reword(flow: Shape) -> None:
        flow["nodes"]["start"]["transitions"][0]["natural_language"] = "the caller wants to book"

    before, after = edited(reword, small())
    assert changed_nodes(before, after) == {"n1"}
    assert after["nodes"][0]["transitions"][0]["id"] == "t1"
    assert equal(before["edges"], after["edges"])


def test_a_new_node_gets_an_id_a_place_and_its_edges() -> None:
    def add(flow: Shape) -> None:
        flow["nodes"]["ask"] = {
            "type": "conversation",
            "message": "Which day?",
            "transitions": [{"dtmf": "0", "to": "no"}],
        }
        flow["nodes"]["start"]["transitions"][0]["to"] = "ask"

    before, after = edited(add, small())
    made = after["nodes"][-1]
    assert changed_nodes(before, after) == {"n1", made["id"]}
    assert (len(made["id"]), made["label"], made["position"]["x"]) == (21, "ask", 381.5)
    links = {(one["source"], one["target"]) for one in after["edges"]}
    assert {("n1", made["id"]), (made["id"], "n3")} <= links
    assert equal(edited(add, small())[1], after), "a plan is what is applied"


def test_a_node_that_is_removed_takes_its_edges_with_it() -> None:
    def remove(flow: Shape) -> None:
        del flow["nodes"]["no"]
        flow["nodes"]["router_count"]["else"] = "yes"

    _, after = edited(remove, small())
    ids = {one["id"] for one in after["nodes"]}
    assert ids == {"n1", "n2", "n4"}
    assert all({one["source"], one["target"]} <= ids for one in after["edges"])


def test_a_target_that_no_node_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        edited(lambda flow: flow["nodes"]["router_count"].update({"else": "nowhere"}), small())


def test_a_custom_variable_is_added_in_the_form_that_was_read() -> None:
    _, after = edited(lambda flow: flow["customVariables"].update(day="Monday"), small())
    assert after["customVariables"] == (
        '[{"name":"mobile","defaultValue":""},{"name":"day","defaultValue":"Monday"}]'
    )


# Slugs


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([{"label": "Greet caller"}], ["greet_caller"]),
        ([{"label": "ترحيب بالمتصل"}], ["ترحيب_بالمتصل"]),
        ([{"label": "Ask"}, {"label": "ask", "type": "tool"}], ["node", "tool"]),
        ([{"label": "", "type": "router"}] * 3, ["router", "router_2", "router_3"]),
        (
            [{"type": "conversation", "message": "{{x}} Which day suits you best?"}],
            ["conversation_which_day_suits_you"],
        ),
        ([{"label": "1. Start"}, {"label": "../etc"}, {"label": 7}], ["n_1_start", "etc", "node"]),
    ],
)
def test_slugs_are_readable_in_any_script(found: list[Shape], expected: list[str]) -> None:
    numbered = [{"id": str(number), **one} for number, one in enumerate(found)]
    assert [*slugs(numbered, {}).values()] == expected
    known = {"0": "kept"}
    assert slugs(numbered, known)["0"] == "kept"


# Any flow


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)
IDS = st.sampled_from(["n1", "n2", "n3", "n4", "", "gone"])
SORTS = st.sampled_from(
    [
        "start",
        "conversation",
        "tool",
        "router",
        "set_local_variables",
        "end_call",
        "odd",
        "transfer_call",
    ]
)
CONDITIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("natural_language"),
            "prompt": st.sampled_from(["book", "On Success", "On Failure", ""]),
        },
        optional={"description": st.sampled_from(["book", "When the tool completes successfully"])},
    ),
    st.fixed_dictionaries({"type": st.just("dtmf"), "key": st.sampled_from("019*#")}),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["auto", "always", "after_user_reply", "new"])},
        optional={"x": VALUE},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("structured_equation"),
            "logic": st.sampled_from(["all", "any", "none"]),
            "conditions": st.lists(
                st.fixed_dictionaries(
                    {
                        "variable": st.sampled_from("ab"),
                        "operator": st.just("equals"),
                        "value": VALUE,
                    },
                    optional={"description": VALUE},
                )
                | VALUE,
                max_size=2,
            ),
        },
        optional={"description": VALUE},
    ),
    VALUE,
)
TURNS = st.fixed_dictionaries(
    {"id": st.sampled_from(["t1", "t2", "t3"]), "condition": CONDITIONS},
    optional={
        "targetNodeId": IDS | VALUE,
        "name": st.sampled_from(["On Success", "On Failure", "x"]),
        "priority": st.sampled_from([0, 1, 2, 999, None]),
        "isEnabled": VALUE,
        "metadata": VALUE,
    },
)
VARIABLES = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b", "variables"])}, optional={"x": VALUE, "value": VALUE}
    )
    | VALUE,
    max_size=2,
)
NODES = st.fixed_dictionaries(
    {"id": st.sampled_from(["n1", "n2", "n3", "n4"]), "type": SORTS},
    optional={
        "label": st.sampled_from(["", "Ask", "ask", "start"]) | VALUE,
        "message": st.text(max_size=8),
        "position": VALUE,
        "transitions": st.lists(TURNS, max_size=3) | VALUE,
        "extractVariables": st.fixed_dictionaries(
            {"enabled": st.booleans(), "variables": VARIABLES}
        )
        | VALUE,
        "staticVariables": VARIABLES,
        "tool": VALUE,
        "next": VALUE,
        "verbatim": VALUE,
    },
)
EDGES = st.fixed_dictionaries(
    {"source": IDS, "target": IDS},
    optional={
        "id": st.text(max_size=3),
        "sourceHandle": st.sampled_from(["transition-t1", "transition-t2", "t1", "transition-"]),
        "data": VALUE,
    },
)
FLOWS = st.fixed_dictionaries(
    {
        "nodes": st.lists(NODES, max_size=4, unique_by=lambda one: one["id"]),
        "edges": st.lists(EDGES, max_size=4),
    },
    optional={
        "customVariables": VARIABLES | VARIABLES.map(json.dumps) | st.text(max_size=4),
        "viewport": VALUE,
    },
)
ENTRIES = st.lists(
    st.fixed_dictionaries({"toolId": st.sampled_from("xy")}, optional={"nodeId": IDS | st.none()})
    | VALUE,
    max_size=3,
)


@given(FLOWS, ENTRIES)
def test_any_flow_comes_back_or_is_written_verbatim(workflow: Shape, tools: list[Any]) -> None:
    flow = form.read(workflow, tools)
    if flow is not None:
        kept = json.loads(json.dumps(flow.layout))
        again = form.Flow(written=flow.written, layout=kept, tools=flow.tools)
        assert equal(form.compiled(again, NEW)[0], workflow)
        assert equal(form.compiled(again, NEW)[1], tools)


@given(FLOWS)
def test_nearly_every_flow_has_a_readable_form(workflow: Shape) -> None:
    plain = all(isinstance(one.get("label", ""), str) for one in workflow["nodes"])
    odd = any(name in one for one in workflow["nodes"] for name in ("tool", "next", "verbatim"))
    if plain and not odd:
        assert form.read(workflow) is not None


def test_variables_in_a_text_that_is_no_json_are_kept_as_they_are() -> None:
    for text in ("[", "[1, 2", "[" * 100_000, "x"):
        workflow = {**small(), "customVariables": text}
        assert read(workflow).written["customVariables"] == text
        assert equal(back(read(workflow)), workflow)


def test_a_node_of_an_unknown_shape_is_written_as_it_is() -> None:
    strange = {"id": "n9", "type": "hologram", "transitions": {"to": "n1"}}
    view, kept = nodes.read(strange, "hologram", {})
    assert (view, kept) == (
        {"verbatim": {"type": "hologram", "transitions": {"to": "n1"}}},
        {"id": "n9"},
    )


# A live flow at the terminal


@pytest.mark.cli
def test_a_live_flow_is_shown_node_by_node(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "reconciler.yaml", "api: v2\nenvironments: { sandbox: { url: 'sandbox?seed=v2' } }\n"
    )
    assert project.run("import", "--all").code == 0
    done = project.run("show", "--flow", "clinic-booking-flow")
    assert done.code == 0, done.err
    head, start, *nodes_ = done.out.split("\n\n")
    assert head == "clinic-booking-flow  Clinic booking flow  47 nodes"
    assert start.splitlines()[0] == "start_node"
    assert "  → on key 1: set_search_mobile_journey" in start.splitlines()
    assert len(nodes_) == 46
    left_over = [one for one in nodes_ if "nothing leads here" in one.splitlines()[0]]
    assert len(left_over) == 1, "as in real flows"
    found = project.run("show", "--flow", "clinic-booking-flow", "--format", "json").json["flow"]
    slugs_ = {one["slug"] for one in found["nodes"]}
    leads = {exit_["to"] for one in found["nodes"] for exit_ in one["exits"]} - {None}
    assert leads <= slugs_
    drawn = project.run("show", "--flow", "clinic-booking-flow", "--format", "markdown").out
    assert drawn.count("```") == 2
    assert "flowchart TD" in drawn
    words_ = ("--flow", "clinic-booking-flow", "--report", "markdown=flow.md")
    assert project.run("show", *words_).code == 0
    assert (tmp_path / "flow.md").read_text(encoding="utf-8") == drawn
    for words, code, said in (
        (("--flow", "lab-results-line"), 1, "lab-results-line has no flow"),
        (("--flow", "clinic-bokking-flow"), 64, "there is no agent `clinic-bokking-flow`"),
        (("--flow", "lab-results-line", "a.plan.json"), 64, "not allowed with argument"),
        (("--flow", "clinic-booking-flow", "--format", "html"), 64, "text, json and markdown"),
        *(
            (
                ("--flow", "clinic-booking-flow", "--report", f"{report}=x"),
                1,
                "text, json and markdown",
            )
            for report in ("junit", "sarif", "annotations", "dotenv", "html")
        ),
    ):
        refused = project.run("show", *words)
        assert (refused.code, said in refused.err) == (code, True), refused.err
        assert not (tmp_path / "x").exists()
    assert project.run("show", "--flow", "clinic-booking-flow", "--report", "text=x").code == 0
    assert (tmp_path / "x").read_text(encoding="utf-8") == done.out


def test_a_flow_is_read_once_and_no_other_agent(project: Project, serve: Serve) -> None:
    server = serve()
    server.app.state.store.seed(load_seed("v2"))
    project.write("reconciler.yaml", "api: v2\n")
    project.on(server.url)
    assert project.run("import", "--all").code == 0
    server.app.state.requests.clear()
    assert project.run("show", "--flow", "clinic-booking-flow").code == 0
    paths = [request.path for request in server.app.state.requests]
    assert len([path for path in paths if not path.endswith("/voice-agents")]) == 1, paths


HOSTILE = "\x1b[31m\u202e::error::x"


def test_nothing_in_a_flow_acts_on_a_terminal() -> None:
    flow = small()
    flow["nodes"][0] |= {"label": HOSTILE, "message": HOSTILE, "isGlobal": True, "type": HOSTILE}
    flow["nodes"][0]["transitions"][0]["condition"]["prompt"] = HOSTILE
    shown = "\n".join(text for _, text in flows.lines(HOSTILE, HOSTILE, outline(read(flow))))
    assert not {"\x1b", "\u202e"} & {*shown}
    assert "::error::" not in {line[:9] for line in shown.splitlines()}


def test_what_a_chart_of_a_small_flow_says() -> None:
    flow = small()
    flow["nodes"].append(node("n5", "transfer_call", [], label="Help", isGlobal=True))
    flow["nodes"].append(node("n6", "tool", [], label="Old"))
    chart = flow_chart.markdown("desk", "Desk", outline(read(flow)))
    assert chart.partition("```mermaid\n")[2] == (
        """\
flowchart TD
  n0(["start"])
  n1{"router_count"}
  n2(["Yes"])
  n3(["No"])
  n4[/"Help"/]
  n5[["Old"]]
  anywhere(("anywhere"))
  n0 -- "when “book”" --> n1
  n1 -- "when count is 1" --> n2
  n1 -- "otherwise" --> n3
  anywhere -. "when “Help”" .-> n4
  classDef lost stroke-dasharray: 4 3
  class n5 lost
```
"""
    )
    assert "Nothing leads to: `old`." in chart


@given(st.text(alphabet=st.sampled_from('ab"`]})>;#%&<|\\\n\x1b\u202e{[(-: '), max_size=30))
def test_no_text_acts_in_a_chart(text: str) -> None:
    flow = small()
    flow["nodes"][0] |= {"label": f"x{text}"}
    flow["nodes"][0]["transitions"][0]["condition"]["prompt"] = text
    lines = flow_chart.markdown("k", "n", outline(read(flow))).splitlines()
    chart = lines[lines.index("```mermaid") + 1 : -1]
    assert len(chart) == 8
    assert chart[1].startswith('  n0(["x')
    assert chart[1].endswith('"])')
    assert all(line.count('"') == 2 for line in chart[1:])
    assert not {*"`<\x1b\u202e\\%|"} & {*"".join(chart)}

"""Flows in files: imported, edited by node, applied in one request, and matched again."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.jsonvalues import equal
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project

pytestmark = pytest.mark.socket

Shape = dict[str, Any]
KEY = "clinic-booking-flow"
FILE, LAYOUT = f"agents/{KEY}.yaml", f"agents/flows/{KEY}.layout.json"


def stored(server: RunningServer) -> Shape:
    """The flow agent as the server has it."""
    records = server.app.state.store.records()
    return next(one.fields for one in records if one.fields["agentName"] == "Clinic booking flow")


def edit_live(server: RunningServer, change: Callable[[Shape], None]) -> None:
    """Edit the live workflow, as a person in the dashboard does."""
    store = server.app.state.store
    record = next(one for one in store.records() if one.fields is stored(server))
    fields = json.loads(json.dumps(dict(record.fields)))
    change(fields["workflow"])
    store.update(record.id, fields)


def node(workflow: Shape, label: str) -> Shape:
    found: Shape = next(one for one in workflow["nodes"] if one.get("label") == label)
    return found


def imported(project: Project, server: RunningServer) -> Project:
    seed = (one for one in load_seed("v2") if len(one.fields.get("workflow", {})) > 1)
    server.app.state.store.seed(seed)
    project.on(server.url)
    project.write("reconciler.yaml", "api: v2\n")
    done = project.run("import", "--name", "Clinic booking flow")
    assert done.code == 0, done.err
    return project


def edit(project: Project, *pairs: tuple[str, str], name: str = FILE) -> None:
    path = project.root / name
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def spec(project: Project) -> Shape:
    found: Shape = YAML(typ="safe", pure=True).load((project.root / FILE).read_text())["spec"]
    return found


def writes(server: RunningServer) -> list[Any]:
    return [one for one in server.app.state.requests if one.method not in ("GET", "HEAD")]


def paths(project: Project) -> list[str]:
    """The changed leaves of a plan, those of added and removed nodes by node."""
    found = {}
    for action in project.plan()["actions"]:
        for one in action["changes"]:
            item = one.get("item")
            path = re.sub(r"\]\..*", "]", one["path"]) if item else one["path"]
            found[f"{path} {item}" if item else path] = one["cause"]
    return [f"{path} ({cause})" for path, cause in found.items()]


SWITCHES = {
    "merged, links on edges": "patch=merge&links=edges&custom_variables=text&workflow=keep",
    "replaced, links on targets": "patch=replace&links=targets&custom_variables=list",
    "merged, unsent parts dropped": "workflow=drop&links=synced&descriptions=generated",
    "replaced, the canvas at work": "patch=replace&canvas=saves&edges=renamed&items=short",
}


@pytest.mark.parametrize("switches", SWITCHES.values(), ids=SWITCHES)
def test_an_imported_flow_is_in_sync_and_an_edit_is_one_request(
    serve: Serve, tmp_path: Path, switches: str
) -> None:
    server = serve(f"{switches}")
    project = imported(Project(tmp_path), server)
    before = stored(server)["workflow"]
    assert project.changes() == []
    hours = project.root / f"agents/prompts/{KEY}/hours.md"
    hours.write_text(hours.read_text() + "\nOne line more.\n")
    assert paths(project) == ["flow.nodes[hours].message (edit)"]
    server.app.state.requests.clear()
    done = project.apply()
    assert done.code == 0, (done.out, done.err)
    (sent,) = writes(server)
    assert sent.method == "PATCH"
    assert {*sent.body} == {"workflow"}
    assert {*sent.body["workflow"]} >= {"nodes", "edges", "customVariables"}
    assert len(sent.body["workflow"]["nodes"]) == len(before["nodes"])
    assert project.changes() == []
    assert project.run("drift").code == 0
    now = stored(server)["workflow"]
    texts = [[(one["id"], one.get("message")) for one in x["nodes"]] for x in (before, now)]
    assert sum(a != b for a, b in zip(*texts, strict=True)) == 1


ASK = """\
      ask_branch:
        type: conversation
        label: Which branch?
        messageType: static
        message: أي فرع تريد؟
        transitions:
          - { natural_language: any branch, to: set_search_mobile_journey_2 }
"""


def add(project: Project) -> None:
    edit(
        project,
        (
            "المتصل يريد إلغاء موعد أو تغييره, to: set_search_mobile_journey_2 }",
            "المتصل يريد إلغاء موعده, to: ask_branch }",
        ),
        (
            "      set_search_mobile_journey:\n",
            ASK + "      set_search_mobile_journey:\n",
        ),
    )


def reorder(project: Project) -> None:
    first = '          - { dtmf: "1", to: set_search_mobile_journey }\n'
    second = '          - { dtmf: "2", to: set_search_mobile_journey_2 }\n'
    edit(project, (first + second, second + first))


def remove(project: Project) -> None:
    """Take out a node, and the transitions that lead to it."""
    text = (project.root / FILE).read_text()
    block = re.search(r"^      english:\n(?:        .*\n)+", text, re.MULTILINE)
    assert block
    text = text.replace(block[0], "")
    text = re.sub(r"^ +- \{[^\n]*to: english \}\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^ +- natural_language: [^\n]*\n +to: english\n", "", text, flags=re.MULTILINE)
    project.write(FILE, text)


EDITS: Mapping[str, tuple[Callable[[Project], None], list[str]]] = {
    "a node added, with a way to it": (
        add,
        [
            "flow.nodes[] (edit)",
            "flow.nodes[start_node].transitions (edit)",
            "flow.nodes[ask_branch] added (edit)",
        ],
    ),
    "two transitions in another order": (
        reorder,
        ["flow.nodes[start_node].transitions (edit)"],
    ),
    "the value of a variable": (
        lambda project: edit(
            project, ("branch: العليا, journey: book", "branch: العليا, journey: x")
        ),
        ["flow.customVariables (edit)"],
    ),
    "a fixed exit": (
        lambda project: edit(
            project,
            (
                "        on_success: router_patient_count\n        on_failure: null\n",
                "        on_success: router_patient_count\n        on_failure: hours\n",
            ),
        ),
        ["flow.nodes[tool_patient_lookup].on_failure (edit)"],
    ),
    "a tool's values": (
        lambda project: edit(
            project,
            (
                'mobileNo: { value: "{{search_mobile}}" }\n              lang: { disabled: true }',
                'mobileNo: { value: "{{user_number}}" }\n              lang: { disabled: true }',
            ),
        ),
        ["flow.nodes[tool_patient_lookup].tool (edit)"],
    ),
    "a disabled transition": (
        lambda project: edit(
            project,
            (
                '- { dtmf: "1", to: set_search_mobile_journey }',
                '- { dtmf: "1", to: set_search_mobile_journey, enabled: false }',
            ),
        ),
        ["flow.nodes[start_node].transitions (edit)"],
    ),
    "a label": (
        lambda project: edit(
            project,
            ("label: Patient lookup\n", "label: Find the patient\n"),
        ),
        ["flow.nodes[tool_patient_lookup].label (edit)"],
    ),
    "a node removed": (
        remove,
        [
            "flow.nodes[] (edit)",
            "flow.nodes[start_node].transitions (edit)",
            "flow.nodes[english] removed (edit)",
        ],
    ),
}


def test_every_kind_of_edit_is_one_request_after_which_nothing_is_left(
    serve: Serve, project: Project
) -> None:
    server = serve("canvas=moves&edges=renamed&patch=replace")
    imported(project, server)
    for name, (change, expected) in EDITS.items():
        change(project)
        assert paths(project) == expected, name
        server.app.state.requests.clear()
        done = project.apply()
        assert done.code == 0, (name, done.out, done.err)
        assert len(writes(server)) == 1, name
        assert project.changes() == [], f"{name}: the next plan is empty"


@pytest.mark.parametrize("name", ["a node added, with a way to it", "a node removed"])
def test_a_rollback_brings_nodes_back(serve: Serve, tmp_path: Path, name: str) -> None:
    change, expected = EDITS[name]
    project = imported(Project(tmp_path), serve("canvas=moves"))
    change(project)
    assert project.apply().code == 0
    assert project.run("rollback", "--auto-approve").code == 0
    drift = project.run("drift")
    assert (drift.code, "drifted" in drift.out) == (0, False), drift.out
    again = {one.rpartition(" (")[0] for one in paths(project)}
    assert again == {one.rpartition(" (")[0] for one in expected}
    assert project.apply().code == 0
    assert project.changes() == []


def test_a_node_that_is_edited_live_after_the_plan_survives(serve: Serve, project: Project) -> None:
    server = serve("")
    imported(project, server)
    add(project)
    assert project.run("plan", "--out", "p.json").code == 0

    def english(workflow: Shape) -> None:
        node(workflow, "Hours")["message"] = "Open all night."

    edit_live(server, english)
    done = project.run("apply", "p.json")
    assert done.code != 0
    assert "changed since the plan: `flow.nodes[hours].message`" in done.out + done.err
    assert node(stored(server)["workflow"], "Hours")["message"] == "Open all night."
    assert "flow.nodes[hours].message (drift)" in paths(project)
    pulled = project.run("pull", "--yes")
    assert pulled.code == 0, (pulled.out, pulled.err)
    assert (project.root / f"agents/prompts/{KEY}/hours.md").read_text() == "Open all night.\n"
    assert project.apply().code == 0
    assert node(stored(server)["workflow"], "Hours")["message"] == "Open all night."
    assert project.changes() == []


def test_without_its_layout_every_node_is_found_again(serve: Serve, project: Project) -> None:
    server = serve("")
    imported(project, server)
    add(project)
    assert project.apply().code == 0
    before = {one["id"] for one in stored(server)["workflow"]["nodes"]}
    (project.root / LAYOUT).unlink()
    done = project.run("validate")
    assert done.code == 0, done.err
    assert re.search(rf"{FILE}:\d+  spec\.flow\.\$layout\n  found: flows/", done.err), done.err
    assert project.changes() == []
    edit(project, ("message: أي فرع تريد؟", "message: أي فروعنا تريد؟"))
    assert paths(project) == ["flow.nodes[ask_branch].message (edit)"]
    assert project.apply().code == 0
    assert {one["id"] for one in stored(server)["workflow"]["nodes"]} == before


def rename(found: re.Match[str]) -> str:
    return found[0].replace("hours", "opening_times")


SILENT = {
    "tool_cancel_appointment": "cancel",
    "set_search_mobile_journey_2": "manage",
    "router_slot_count": "any_slot",
}


def test_a_renamed_key_is_the_same_node(serve: Serve, project: Project) -> None:
    server = serve("")
    imported(project, server)
    for name in (FILE, LAYOUT):
        path = project.root / name
        text = re.sub(r"to: hours\b|^ +hours:", rename, path.read_text(), flags=re.MULTILINE)
        path.write_text(text.replace('"hours"', '"opening_times"'))
    assert project.changes() == []
    (project.root / LAYOUT).unlink()
    assert project.changes() == [], "by its text"
    text = (project.root / FILE).read_text(encoding="utf-8")
    for old, new in SILENT.items():
        text = re.sub(rf"\b{old}\b", new, text)
    project.write(FILE, text)
    assert project.changes() == [], "by its tool, its variables and its equations"


def test_a_flow_agent_is_created_elsewhere_with_the_same_flow(
    serve: Serve, project: Project
) -> None:
    server, other = serve(""), serve("shape=G3")
    imported(project, server)
    first = stored(server)["workflow"]
    (project.root / "reconciler.state.json").unlink()
    project.on(other.url).env["CLINIC_BOOKING_FLOW_WEBHOOK_AUTH_SECRET"] = "a secret of the clinic"
    assert project.apply().code == 0
    assert equal(stored(other)["workflow"], first)
    assert project.changes() == []


MISTAKES = {
    "a way to no node": (
        (
            "natural_language: المتصل يسأل عن دواء أو وصفة أو صرف علاج\n            to: transfer",
            "natural_language: المتصل يسأل عن دواء أو وصفة أو صرف علاج\n            to: tranfser",
        ),
        ["is no node of this flow", "did you mean", f"{FILE}:"],
    ),
    "two conditions": (
        ('- { dtmf: "1", to:', '- { dtmf: "1", auto: , to:'),
        ["a transition has exactly one condition", "`dtmf`, `auto`"],
    ),
    "an unknown condition": (
        ('- { dtmf: "1", to:', '- { dtfm: "1", to:'),
        ["`dtfm` is no condition", "did you mean `dtmf`?"],
    ),
    "a key that is no text": (('- { dtmf: "1", to:', "- { dtmf: 1, to:"), ["dtmf"]),
    "an unknown key of a node": (
        ("        subType: conversation", "        subTipe: conversation"),
        ["subTipe", "did you mean `subType`?"],
    ),
    "both forms": (
        ("\n  flow:\n", "\n  workflow: {}\n  flow:\n"),
        ["two forms of one thing"],
    ),
    "a list of nodes": (
        ("    nodes:\n", "    nodes: [{ greet: { type: start } }]\n    more:\n"),
        ["`nodes` must be a mapping", "found: a list"],
    ),
    "another type": (("type: Flow Agent", "type: Single Prompt"), ["`type: Flow Agent`"]),
}


REQUIRED = """\
api: v2
environments:
  live:
    url: http://127.0.0.1:9
    api_key: { $secret: KEY }
    policies: { required_text: [{ text: Never so, field: "flow.nodes[hours].message" }] }
"""


def test_mistakes_in_a_flow_have_a_place_and_a_remedy(serve: Serve, project: Project) -> None:
    imported(project, serve(""))
    good = (project.root / FILE).read_text(encoding="utf-8")
    for name, (change, said) in MISTAKES.items():
        project.write(FILE, good)
        edit(project, change)
        done = project.run("validate")
        assert done.code == 1, name
        assert [one for one in said if one not in done.err] == [], (name, done.err)
    project.write(FILE, good)
    project.write("reconciler.yaml", REQUIRED)
    assert "spec.flow.nodes.hours.message" in project.run("validate").err


def at_once(workflow: Shape) -> None:
    """A new node behind *hours*, one gone, a label, an exit: all at once."""
    gone = node(workflow, "English")
    workflow["nodes"].remove(gone)
    workflow["edges"] = [
        one for one in workflow["edges"] if gone["id"] not in (one["source"], one["target"])
    ]
    for one in workflow["nodes"]:
        ways = [x for x in one["transitions"] if x.get("targetNodeId") != gone["id"]]
        one["transitions"] = ways
    hours = node(workflow, "Hours")
    new = {
        "id": "n" * 21,
        "type": "conversation",
        "label": "Anything else",
        "position": {},
        "messageType": "static",
        "message": "هل تحتاج شيئا آخر؟",
        "transitions": [],
    }
    workflow["nodes"].append(new)
    condition = {"type": "natural_language", "prompt": "the caller is silent"}
    way = {"id": "t" * 21, "targetNodeId": new["id"], "condition": condition, "priority": 50}
    hours["transitions"].append(way)
    node(workflow, "Operator")["label"] = "Reception"
    node(workflow, "Register")["message"] += "\nThank them."


def test_edits_in_the_dashboard_go_where_a_reader_looks_for_them(
    serve: Serve, project: Project
) -> None:
    server = serve("canvas=moves")
    imported(project, server)

    edit_live(server, at_once)
    before = {one: one.read_bytes() for one in project.root.rglob("*") if one.is_file()}
    done = project.run("pull", "--yes")
    assert done.code == 0, (done.out, done.err)
    edited = {one.name for one, text in before.items() if one.exists() and one.read_bytes() != text}
    edited -= {"reconciler.state.json"}
    assert edited == {f"{KEY}.yaml", f"{KEY}.layout.json", "register.md"}
    said = dict(line.split("  ")[1:] for line in done.out.splitlines() if line[0] == "~")
    text = said["flow.nodes[register].message"]
    assert text == f"taken into agents/prompts/{KEY}/register.md"
    assert said["flow.nodes[operator].label"] == f"taken into {FILE}"
    listed = said["+ flow.nodes[anything_else], - flow.nodes[english]"]
    assert listed == f"taken into {FILE}, {LAYOUT}"
    nodes = spec(project)["flow"]["nodes"]
    order = [*nodes]
    assert order.index("anything_else") == order.index("hours") + 1
    assert nodes["hours"]["transitions"][-1] == {
        "natural_language": "the caller is silent",
        "to": "anything_else",
    }
    assert "english" not in nodes
    assert project.changes() == []
    layout = json.loads((project.root / LAYOUT).read_text())
    assert layout["nodes"]["anything_else"]["id"] == "n" * 21
    assert "english" not in layout["nodes"]
    (project.root / f"agents/prompts/{KEY}/hours.md").write_text("We are open.\n")
    assert paths(project) == ["flow.nodes[hours].message (edit)"]
    assert project.apply().code == 0

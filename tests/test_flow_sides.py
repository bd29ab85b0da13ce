"""A small flow that files and dashboard change at once, that has no form, or that holds secrets."""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds.flow import form
from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.server import RunningServer
from reconciler.schema import secrecy
from tests.conftest import Serve
from tests.projects import Project

Shape = dict[str, Any]
KEY = "clinic-booking-flow"
FILE = f"agents/{KEY}.yaml"
TOKEN = "hunter2-hunter2"

WORDS = "Greet the caller.\n\nAsk what they want.\n\nSay that you listen.\n"


def way(number: str, to: str, **condition: str) -> Shape:
    return {"id": number, "targetNodeId": to, "condition": condition, "priority": 0}


def flow() -> Shape:
    """A greeting, opening hours, a change of voice that has no text, and the end."""
    words = {"type": "natural_language", "prompt": "hours"}
    greet = {
        "id": "aaa",
        "type": "start",
        "label": "Greet",
        "message": WORDS * 20,
        "transitions": [way("t1", "bbb", **words), way("t2", "ccc", type="dtmf", key="1")],
    }
    hours = {
        "id": "bbb",
        "type": "conversation",
        "label": "Hours",
        "message": "We open at 9.",
        "transitions": [way("t3", "ddd", type="auto")],
    }
    voice = {
        "id": "ccc",
        "type": "change_agent_settings",
        "label": "Voice",
        "settingsOverrides": {"responseDelay": 300},
        "transitions": [way("t4", "ddd", type="auto")],
    }
    end = {
        "id": "ddd",
        "type": "end_call",
        "label": "End",
        "finalMessage": "Bye",
        "transitions": [],
    }
    return {
        "nodes": [greet, hours, voice, end],
        "edges": [],
        "customVariables": [{"id": "v", "name": "branch", "defaultValue": "Olaya"}],
    }


class Sides:
    """The agent on a server, and its project; ``again`` undoes what was done to both."""

    def __init__(self, server: RunningServer, root: Path) -> None:
        self.store = server.app.state.store
        self.requests = server.app.state.requests
        seed = (one for one in load_seed("v2") if len(one.fields.get("workflow", {})) > 1)
        self.store.seed(seed)
        (self.id,) = [one.id for one in self.store.records()]
        bare: Shape = {"workflow": flow(), "webTools": [], "webhookUrl": None, "webhookAuth": {}}
        self.store.update(self.id, {**self.live, **bare})
        self.project = Project(root).on(server.url)
        self.project.write("reconciler.yaml", "api: v2\n")
        assert self.project.run("import", "--all").code == 0
        self.edit("interrupt: true", "interrupt: false")
        assert self.project.apply().code == 0, "the history now has what was applied"
        self._first = copy.deepcopy(self.live)
        self._files = {one: one.read_bytes() for one in root.rglob("*") if one.is_file()}

    @property
    def live(self) -> Shape:
        found: Shape = dict(self.store.get(self.id).fields)
        return found

    def again(self) -> "Sides":
        self.store.update(self.id, copy.deepcopy(self._first))
        self.requests.clear()
        for one in self.project.root.rglob("*"):
            if one.is_file() and one not in self._files:
                one.unlink()
        for one, held in self._files.items():
            one.write_bytes(held)
        return self

    def edit(self, old: str, new: str, name: str = FILE) -> None:
        path = self.project.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    @property
    def writes(self) -> list[str]:
        return [one.method for one in self.requests if one.method not in ("GET", "HEAD")]

    def edit_live(self, change: Callable[[Shape], object]) -> None:
        fields = copy.deepcopy(self.live)
        change(fields)
        self.store.update(self.id, fields)

    def node(self, node_id: str) -> Shape:
        found: Shape = next(one for one in self.live["workflow"]["nodes"] if one["id"] == node_id)
        return found

    def without(self, slug: str) -> None:
        """Take a node out of the file, and the transitions to it."""
        path = self.project.root / FILE
        text = path.read_text(encoding="utf-8")
        text = re.sub(rf"^      {slug}:\n(?:        .*\n)+", "", text, flags=re.MULTILINE)
        text = re.sub(rf", \{{ [^{{]*, to: {slug} \}}", "", text)
        path.write_text(text, encoding="utf-8")

    def causes(self) -> dict[str, str]:
        found = self.project.plan()["actions"][0]["changes"]
        return {one["path"]: one["cause"] for one in found}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    serve = Serve()
    yield Sides(serve("items=short&canvas=moves"), tmp_path_factory.mktemp("sides"))
    serve.stop()


@pytest.fixture
def sides(shared: Sides) -> Sides:
    return shared.again()


def in_live(workflow: Shape, node_id: str) -> Shape:
    found: Shape = next(one for one in workflow["nodes"] if one["id"] == node_id)
    return found


def gone(fields: Shape, node_id: str) -> None:
    """Remove a live node as the dashboard does."""
    workflow = fields["workflow"]
    workflow["nodes"] = [one for one in workflow["nodes"] if one["id"] != node_id]
    for one in workflow["nodes"]:
        one["transitions"] = [x for x in one["transitions"] if x["targetNodeId"] != node_id]


LIVE: Mapping[str, tuple[Callable[[Shape], object], str]] = {
    "a key that it had": (lambda node: node.update(label="Other voice"), "label"),
    "a key that it did not have": (lambda node: node.update(message="New"), "message"),
}


@pytest.mark.socket
@pytest.mark.parametrize(("change", "name"), LIVE.values(), ids=LIVE)
def test_a_node_that_one_side_took_out_and_the_other_changed_is_a_conflict(
    sides: Sides, change: Callable[[Shape], object], name: str
) -> None:
    sides.without("voice")
    assert sides.causes()["flow.nodes[voice].type"] == "edit"
    sides.edit_live(lambda fields: change(in_live(fields["workflow"], "ccc")))
    assert sides.causes()[f"flow.nodes[voice].{name}"] == "conflict"
    assert sides.project.apply().code == 4
    assert sides.writes == []
    pulled = sides.project.run("pull", "--yes")
    assert pulled.code == 4
    assert f"one side took out the item of `flow.nodes[voice].{name}`" in pulled.out
    file = (sides.project.root / FILE).read_bytes()
    sides.edit("      hours:", "      fresh: { type: end_call, finalMessage: x }\n      hours:")
    assert sides.project.run("pull", "--yes", "--overwrite").code == 0
    assert set(sides.causes().values()) == {"edit"}
    text = (sides.project.root / FILE).read_text()
    assert [one in text for one in ("      voice:", "      fresh:", "to: voice")] == [
        True,
        True,
        False,
    ]
    (sides.project.root / FILE).write_bytes(file)
    assert sides.project.apply("--overwrite").code == 0
    assert [one["id"] for one in sides.live["workflow"]["nodes"]] == ["aaa", "bbb", "ddd"]


@pytest.mark.socket
def test_a_node_that_was_removed_live_and_changed_in_the_file_is_a_conflict(sides: Sides) -> None:
    sides.edit_live(lambda fields: gone(fields, "bbb"))
    sides.edit("message: We open at 9.", "message: We open at 10.")
    assert sides.causes()["flow.nodes[hours].message"] == "conflict"
    assert sides.project.apply().code == 4
    assert sides.project.apply("--overwrite").code == 0
    assert [one["id"] for one in sides.live["workflow"]["nodes"]].count("bbb") == 1


@pytest.mark.socket
def test_a_path_in_a_node_that_no_file_has_is_reported(sides: Sides) -> None:
    project = sides.project
    said = "is for an item of `flow.nodes` that no file has"
    path = project.root / FILE
    text = path.read_text(encoding="utf-8")
    near, far = "flow.nodes[hour].message", "flow.nodes[somewhere].message"
    items = "flow.nodes[houers]", "flow.nodes[survey]", "flow.nodes[hours]", "flow.nodes[*].label"
    ignored = json.dumps([near, far, *items])
    path.write_text(f"lifecycle: {{ ignore: {ignored} }}\n{text}", encoding="utf-8")
    done = project.run("validate")
    assert done.code == 0
    assert re.findall(rf"`(.*)` {re.escape(said)}", done.err) == [near, far, "flow.nodes[houers]"]
    assert "hint: did you mean `hours`?" in done.err
    assert "hint: items: greet, hours, end, voice" in done.err
    path.write_text(text, encoding="utf-8")

    where = f"url: {project.env['HAMSA_BASE_URL']}, api_key: {{ $secret: HAMSA_API_KEY }}"
    rules = f"protected_fields: ['{near}'], required_text: [{{ text: We, field: '{far}' }}]"
    project.write(
        "reconciler.yaml",
        f"api: v2\nenvironments: {{ default: {{ {where}, policies: {{ {rules} }} }} }}\n",
    )
    done = project.run("validate")
    assert re.findall(rf"`(.*)` {re.escape(said)}", done.err) == [near, far]
    for field, code in ((near, 64), ("flow.nodes[*].message", 0), ("flow.nodes[hours]", 0)):
        assert project.run("pull", "--yes", "--field", field).code == code


def doubled(fields: Shape) -> None:
    fields["workflow"]["nodes"].append({**fields["workflow"]["nodes"][1]})


def numbered(fields: Shape) -> None:
    fields["workflow"]["nodes"][3]["id"] = 4
    for one in fields["workflow"]["nodes"]:
        for other in one["transitions"]:
            other["targetNodeId"] = other["targetNodeId"].replace("ddd", "")


def token_in_a_setting(fields: Shape) -> None:
    fields["workflow"]["settings"] = {"token": TOKEN}


def token_in_a_condition(fields: Shape) -> None:
    condition = fields["workflow"]["nodes"][0]["transitions"][0]["condition"]
    condition["authToken"] = TOKEN


FORMLESS = {
    "two nodes with one id": (doubled, "share an id"),
    "an id that is a number": (numbered, "share an id or have none"),
    "a secret that no field describes": (token_in_a_setting, "may hold a secret"),
    "a secret in a condition": (token_in_a_condition, "may hold a secret"),
}


@pytest.mark.socket
@pytest.mark.parametrize(("change", "why"), FORMLESS.values(), ids=FORMLESS)
def test_a_live_flow_without_a_form_is_reported_and_left(
    sides: Sides, change: Callable[[Shape], object], why: str
) -> None:
    tool = {"persistentId": "p", "toolId": "t", "version": 1, "toolType": "FUNCTION"}
    tool |= {"nodeId": "bbb", "overrides": {}}
    sides.edit_live(lambda fields: (change(fields), fields.update(webTools=[tool])))
    files = {one: one.read_text() for one in (sides.project.root / "agents").rglob("*.*")}
    (action,) = sides.project.run("plan", "--format", "json").json["actions"]
    assert (action["action"], action["changes"]) == ("blocked", [])
    assert why in action["reason"]
    drift = sides.project.run("drift")
    assert drift.code == 2
    assert "workflow" in drift.out
    pulled = sides.project.run("pull", "--yes")
    assert sides.project.apply().code != 0
    assert sides.writes == []
    assert {one: one.read_text() for one in files} == files
    for one in (drift.out, pulled.out, *map(str, action.values())):
        assert TOKEN not in one


SECRETS: Mapping[str, tuple[str, Any]] = {
    "a header of a transfer": ("sipHeaders", [{"name": "X-Auth-Token", "value": TOKEN}]),
    "a parameter": ("parameters", [{"name": "apiKey", "type": "string", "value": TOKEN}]),
    "a key that no row describes": ("webhookToken", TOKEN),
    "headers below one": ("call", {"headers": [{"name": "X-Clinic", "value": TOKEN}]}),
    "a text with the shape of a key": ("call", {"with": ["ghp_" + "A1b2C3d4E5" * 4]}),
    "settings of a node": ("settingsOverrides", {"apiKey": TOKEN}),
}


@pytest.mark.socket
def test_a_live_secret_in_a_node_is_never_shown_and_never_lost(sides: Sides) -> None:
    def put(fields: Shape) -> None:
        for name, value in SECRETS.values():
            node = in_live(fields["workflow"], "bbb")
            node[name] = {**node[name], **value} if name == "call" and name in node else value

    sides.edit_live(put)
    sides.edit("label: Greet", "label: Welcome")
    runs = [sides.project.run(*argv) for argv in (["plan", "--out", "p.json"], ["drift"])]
    runs += [sides.project.run("pull", "--yes", "--undeclared"), sides.project.apply()]
    assert runs[-1].code == 4
    assert "declare them too, or they could be cleared" in runs[-1].out
    assert in_live(sides.live["workflow"], "bbb")["webhookToken"] == TOKEN
    shown = [text for one in runs for text in (one.out, one.err)]
    shown += [one.read_text() for one in sides.project.root.rglob("*") if one.is_file()]
    assert [one for one in shown if TOKEN in one or "ghp_A1" in one] == []


ODD_NODES = {
    '      "a\\u202eb": { type: end_call }\n': "",
    '      "a.b]": { type: end_call }\n': "",
    '      "": { type: end_call }\n': "a text of 1 to 200 characters",
    f"      {'k' * 300}: {{ type: end_call }}\n": "a text of 1 to 200 characters",
    "      zz: { verbatim: { id: aaa, type: end_call } }\n": "the id of a node is in the layout",
    "      zz: { type: end_call, more: { id: aaa } }\n": "`id` is no key for `more`",
    "      zz: { type: end_call, more: { message: x } }\n": "`message` is no key for `more`",
    "      zz: { type: end_call, more: { transitions: [] } }\n": "`transitions` is no key for",
}


@pytest.mark.socket
def test_a_node_with_an_odd_name_or_misplaced_keys_is_sent_or_refused(sides: Sides) -> None:
    for odd, said in ODD_NODES.items():
        sides.again().edit("      end: {", f"{odd}      end: {{")
        done = sides.project.run("validate")
        assert (done.code, said in done.err) == (int(bool(said)), True), (odd, done.err)
        if not said:
            assert sides.project.apply().code == 0
            assert sides.project.changes() == []


@pytest.mark.socket
def test_a_verbatim_node_is_created_and_the_canvas_may_move_it(sides: Sides) -> None:
    node = "{ verbatim: { type: end_call, transitions: [], odd: [1] } }"
    sides.edit("      end: {", f"      zz: {node}\n      end: {{")
    assert sides.project.apply().code == 0
    assert sides.project.changes() == []
    assert sides.project.run("drift").code == 0


TOOL = """\
        tool:
          persistentId: p1
          toolId: 4ba71ab7-ac05-44a5-acc6-be1805fdf179
          version: 1
          toolType: FUNCTION
          overrides: { HERE }
"""


@pytest.mark.socket
@pytest.mark.parametrize("inside", ["apiKey: { $secret: HELD }", "params: {}"])
def test_a_tool_is_taken_from_a_node_by_null(sides: Sides, inside: str) -> None:
    """Also one with a secret, which cannot be read: null is not what is live."""
    project, text = sides.project, "        message: We open at 9.\n"
    project.env["HELD"] = TOKEN
    tool = TOOL.replace("HERE", inside)
    sides.edit(text, text + tool)
    assert project.apply().code == 0
    assert [one["nodeId"] for one in sides.live["webTools"]] == ["bbb"]
    assert project.changes() == []
    sides.edit(tool, "        tool: ~\n")
    assert [*sides.causes()] == ["flow.nodes[hours].tool"]
    assert project.apply().code == 0
    assert sides.live["webTools"] == []
    assert project.changes() == []


@pytest.mark.socket
def test_an_imported_flow_leaves_secrets_out_and_can_be_edited(
    serve: Serve, tmp_path: Path
) -> None:
    """Also one without variables, which the API then does not show."""

    def put(workflow: Shape) -> None:
        for name, value in SECRETS.values():
            workflow["nodes"][1].setdefault(name, value)

    sides = Sides(serve("items=short"), tmp_path / "first")
    sides.edit("finalMessage: Bye", "finalMessage: Ciao")
    sides.edit_live(lambda fields: fields["workflow"].pop("customVariables"))
    assert sides.project.apply("--overwrite").code == 0
    sides.edit_live(lambda fields: put(fields["workflow"]))
    other = Project(tmp_path / "second").on(sides.project.env["HAMSA_BASE_URL"])
    other.write("reconciler.yaml", "api: v2\n")
    done = other.run("import", "--all")
    assert done.code == 0
    assert "not here, may hold secrets" in done.out
    assert "flow.nodes[hours].sipHeaders" in done.out
    assert "customVariables" not in done.out
    assert other.changes() == []


@pytest.mark.parametrize(
    ("value", "name", "secret"),
    [
        *((value, name, True) for name, value in SECRETS.values()),
        ([{"name": "X-Clinic-Branch", "value": "olaya"}], "sipHeaders", False),
        ([{"name": "mobile", "value": "{{user_number}}"}], "parameters", False),
        ({"headers": [{"name": "Accept", "value": "text/html"}]}, "more", False),
        ({"params": {"accessToken": {"value": "{{access_token}}"}}}, "overrides", False),
        ({"params": {"accessToken": {"value": "Bearer {{access_token}}"}}}, "overrides", True),
        ({"params": {"accessToken": {"value": TOKEN}}}, "overrides", True),
    ],
)
def test_what_may_be_a_secret_is_known_by_its_name_or_form(
    value: Any, name: str, *, secret: bool
) -> None:
    assert secrecy.may_hold(value, name) is secret


@pytest.mark.parametrize("node_id", ["", 4, None, ["a"]])
def test_a_node_whose_id_no_layout_can_keep_has_no_form(node_id: Any) -> None:
    workflow = flow()
    workflow["nodes"][3]["id"] = node_id
    assert form.read(workflow) is None


NOISE = "canvas=saves&edges=renamed&descriptions=generated&items=short"


@pytest.mark.socket
@pytest.mark.parametrize(
    "more", ["links=synced&custom_variables=text", "patch=replace&links=edges"]
)
def test_a_day_of_canvas_noise_is_no_change_no_drift_and_not_stale(
    serve: Serve, tmp_path: Path, more: str
) -> None:
    """The canvas moves at each read, rewrites edges and descriptions; two edits are real."""
    sides = Sides(serve(f"{NOISE}&{more}"), tmp_path)
    sides.requests.clear()
    for hour in range(6):
        if hour % 3 == 1:
            sides.edit("label: Hours", f"label: Hours {hour}")
            assert [*sides.causes()] == ["flow.nodes[hours].label"], hour
            assert sides.project.run("plan", "--out", "p.json").code == 0
            assert sides.project.run("drift").code == 0
            assert sides.project.run("apply", "p.json").code == 0, hour
        assert sides.project.changes() == [], hour
        assert sides.project.run("drift").code == 0, hour
        assert sides.project.apply().code == 0, hour
        assert "no live edit" in sides.project.run("pull", "--yes").out, hour
    assert sides.writes == ["PATCH", "PATCH"]

"""A keyed list from the file to the API and back, by the command line, over HTTP."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.state import statefile
from tests.listening import listening
from tests.made_up import TOKEN, Flows, Session

pytestmark = pytest.mark.socket

FILE = """\
spec:
  name: Flow
  nodes:
    # the first
    - id: start
      message: Hello there   # said first
      token: { $secret: TOKEN }
      look: { size: 3 }
      exits: [ { id: e1, to: B } ]
    - id: "a.b"
      message: Second
    - id: third
      message: Third
"""
PROJECT = """\
api: t1
default_environment: live
environments:
  live:
    url: "{url}"
    api_key: {{ $secret: HAMSA_API_KEY }}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Flows, Session]]:
    root = tmp_path_factory.mktemp("flows")
    with listening(Flows()) as api:
        session = Session(root)
        yield root, api, session
        session.close()


@pytest.fixture
def place(running: tuple[Path, Flows, Session]) -> tuple[Path, Flows, Session]:
    """An empty project of a process that runs already, and an API without flows."""
    root, api, _ = running
    api.flows.clear()
    api.requests.clear()
    for old in root.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    (root / "agents").mkdir()
    (root / "reconciler.yaml").write_text(PROJECT.format(url=api.url))
    return running


def changes(session: Session, *command: str) -> list[str]:
    _, out, err = session.run(*command, "--format", "json")
    assert TOKEN not in out + err
    found = json.loads(out)
    actions = found["actions"] if "actions" in found else found["agents"]
    told = [one for action in actions for one in action.get("changes", action.get("drift"))]
    return [f"{one.get('item', '~')} {one['path']} {one['cause']}" for one in told]


def mistakes(place: tuple[Path, Flows, Session], text: str) -> list[str]:
    """The place of a mistake in a file, and its message."""
    root, _, session = place
    (root / "agents/flow.yaml").write_text(text)
    _, out, err = session.run("validate")
    assert TOKEN not in out + err
    found = re.findall(r"(?m)^(?:error|warning): (.*)\n  \S+:(\d+)  (\S+)", out + err)
    return [f"{line} {field} {message}" for message, line, field in found]


def test_a_flow_is_created_drifts_is_taken_into_its_file_and_rolled_back(place):
    root, api, session = place
    file = root / "agents/flow.yaml"
    file.write_text(FILE)
    assert session.run("apply", "--yes")[0] == 0
    assert api.requests[0]["nodes"][0]["token"] == TOKEN
    assert changes(session, "plan") == []
    state = (root / statefile.FILE_NAME).read_text()
    assert 'nodes[\\"a.b\\"].message' in state
    assert TOKEN not in state

    nodes = api.flows["f0"]["nodes"]
    nodes[0]["message"] = "Hello here"
    nodes[0]["look"]["colour"] = "red"
    nodes.insert(1, {"id": "new", "message": "New live one", "look": {"size": 1}})
    nodes[:] = [node for node in nodes if node["id"] != "third"]
    assert changes(session, "drift") == [
        "~ nodes[] drift",
        "~ nodes[start].message drift",
        "removed nodes[third].message drift",
        "added nodes[new].message drift",
        "added nodes[new].look.size drift",
    ]
    code, out, _ = session.run("drift")
    assert (code, "nodes[start].look.colour" in out) == (2, True)
    assert "[new]: + behind [start]" in out
    file.write_text(
        FILE.replace("message: Third", "message: Third  # last").replace("Second", "2nd")
    )
    assert session.run("pull", "--yes")[0] == 0
    assert file.read_text() == FILE.replace("Second", "2nd").replace("there ", "here ").replace(
        '    - id: "a.b"',
        '    - id: new\n      message: New live one\n      look: { size: 1 }\n    - id: "a.b"',
    ).replace("    - id: third\n      message: Third\n", "")
    assert changes(session, "plan") == ['~ nodes["a.b"].message edit']

    two = FILE.partition("    - id: third")[0].replace("Hello there", "Hello here")
    file.write_text(two.replace("Second", "2nd") + "    - { id: last, message: Bye }\n")
    assert session.run("apply", "--yes")[0] == 0
    sent = api.requests[-1]["nodes"]
    assert [node["id"] for node in sent] == ["start", "a.b", "last"]
    assert sent[0]["look"] == {"size": 3, "colour": "red"}
    assert session.run("rollback", "--yes")[0] == 0
    assert [(node["id"], node["message"]) for node in api.flows["f0"]["nodes"]] == [
        ("start", "Hello here"),
        ("new", "New live one"),
        ("a.b", "Second"),
    ]


def test_both_sides_add_an_item(place):
    root, api, session = place
    file = root / "agents/flow.yaml"
    file.write_text(FILE)
    assert session.run("apply", "--yes", "--overwrite")[0] == 0
    file.write_text(FILE + "    - { id: mine, message: M }\n")
    api.flows["f0"]["nodes"].insert(0, {"id": "theirs", "message": "T"})
    assert changes(session, "plan")[0] == "~ nodes[] conflict"
    assert session.run("apply", "--yes")[0] == 4
    assert session.run("pull", "--yes")[0] == 0
    keys = re.findall(r"- (?:\{ )?id: (\S+?)[\n,]", file.read_text())
    assert keys == ["theirs", "start", '"a.b"', "third", "mine"]
    assert changes(session, "plan") == ["~ nodes[] edit", "added nodes[mine].message edit"]


def test_policies_and_rules_reach_into_items(place):
    root, _, session = place
    project = root / "reconciler.yaml"
    bare = project.read_text()
    file = root / "agents/flow.yaml"
    file.write_text(FILE)
    assert session.run("apply", "--yes", "--overwrite")[0] == 0
    project.write_text(
        bare + '    policies:\n      protected_fields: ["nodes[*].look", \'nodes["a.b"]\']\n'
        '      required_text: [{ text: Hello there }, { text: Third, field: "nodes[*].message" }]\n'
    )
    file.write_text(FILE.replace("size: 3", "size: 4"))
    code, out, err = session.run("plan")
    assert (code, "nodes[start].look.size" in out + err) == (5, True)
    file.write_text(FILE.partition("    - id: third")[0])
    code, out, err = session.run("plan")
    assert code != 0
    assert "Third" in out + err
    project.write_text(bare)
    assert mistakes(place, FILE.replace("Hello there", "Hello {{ a b }}")) == [
        "6 spec.nodes.0.message a placeholder's name has a space in it  [malformed-placeholder]"
    ]


BAD = {
    "no key": (
        FILE + "    - message: Fourth\n",
        "14 spec.nodes.3 an item of `nodes` has no `id`",
    ),
    "twice": (
        FILE + "    - id: start\n",
        "14 spec.nodes.3.id two items of `nodes` have the same `id`",
    ),
    "twice, deeper": (
        FILE.replace("to: B }", "to: B }, { id: e1 }"),
        "9 spec.nodes.0.exits.1.id two items of `exits` have the same `id`",
    ),
    "a secret in the file": (
        FILE.replace("{ $secret: TOKEN }", "abc-secret"),
        "7 spec.nodes.0.token `token` is a secret, and no file may contain it",
    ),
    "an ignore that is none": (
        "lifecycle: { ignore: ['nodes[*].mesage'] }\n" + FILE,
        "1 lifecycle.ignore.0 `nodes[*].mesage` is not a field",
    ),
    "an ignored order": (
        "lifecycle: { ignore: ['nodes[]'] }\n" + FILE,
        "1 lifecycle.ignore.0 `nodes[]` is not a field",
    ),
    "a wrong type": (FILE.replace("size: 3", "size: 0"), "8 spec.nodes.0.look.size"),
}


@pytest.mark.parametrize("case", BAD)
def test_mistakes_inside_items_are_found_where_they_are(place, case):
    text, expected = BAD[case]
    assert any(one.startswith(expected) for one in mistakes(place, text)), mistakes(place, text)

"""Each request field of v2 alone: planned, sent in its own object, stored and proven, no other."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.v2 import api
from reconciler.schema import paths
from tests.conftest import Serve
from tests.projects import Project
from tests.sandbox.v2_samples import REQUEST
from tests.v2_fields import ITEM, OTHER_SECRETS, OTHERS, SECRETS, declared, edited

pytestmark = pytest.mark.socket

Edits = dict[str, tuple[str, Any]]
"""A field and its new value, by the agent that gets it."""

SWITCHES = [
    "shape=G3&patch=merge&items=full&dashboard=yes&knowledge_ids=text&signed_urls=yes",
    "shape=G3&patch=replace&items=short&dashboard=yes&secrets=masked",
]


@pytest.mark.parametrize("switches", SWITCHES)
def test_one_edit_is_one_field_in_the_plan_and_one_key_in_one_patch(
    switches: str, serve: Serve, project: Project
) -> None:
    """An agent for each field; all are live as declared before each gets its one edit."""
    server, edits = serve(switches), chosen(switches)
    ids = prepared(project, server, edits)
    before = stored(server, switches)
    for key, (path, value) in edits.items():
        project.agent(key, edited(declared(key, path), path, value))

    found = {
        action["key"]: [change["path"] for change in action["changes"] if not change.get("item")]
        for action in project.plan()["actions"]
    }
    assert found == {key: [path] for key, (path, _) in edits.items()}
    assert {request.method for request in server.app.state.requests} == {"GET"}

    done = project.apply()
    assert done.code == 0, done.err + done.out
    writes = [one for one in server.app.state.requests if one.method != "GET"]
    sent = sorted((one.method, one.path.rpartition("/")[2], *one.body) for one in writes)
    assert sent == sorted(("PATCH", ids[key], paths.top(path)) for key, (path, _) in edits.items())

    assert project.changes() == []
    after = stored(server, switches)
    moved = {
        key: {path for path in after[one] if after[one][path] != before[one].get(path)}
        for key, one in ids.items()
    }
    assert moved == {key: {stored_as(path)} for key, (path, _) in edits.items()}
    assert all(before[one].keys() == after[one].keys() for one in before)


def prepared(project: Project, server: RunningServer, edits: Edits) -> dict[str, str]:
    """An agent for each edit, live as its file says; their ids."""
    project.write("reconciler.yaml", PROJECT)
    project.env |= {**SECRETS, **OTHER_SECRETS}
    project.on(server.url)
    ids = {}
    for key, (path, _) in edits.items():
        ids[key] = server.app.state.store.add(api.stored({**REQUEST, "name": key})).id
        project.agent(key, declared(key, path))
    assert project.apply().code == 0  # unfinished work would show in the next plan
    server.app.state.requests.clear()
    return ids


PROJECT = """\
api: v2
default_environment: here
environments:
  here: { url: { $env: HAMSA_BASE_URL }, api_key: { $secret: HAMSA_API_KEY } }
"""


def chosen(switches: str) -> Edits:
    """Every field.

    If a PATCH replaces objects, a whole object is sent and compared: one in each.
    """
    fields = dict(OTHERS)
    if "replace" in switches:
        one = {paths.top(path): path for path in fields if not path.startswith(ITEM)}.values()
        fields = {path: fields[path] for path in fields if path in one or path.startswith(ITEM)}
    return {f"edits-{number:02}": one for number, one in enumerate(fields.items())}


def stored(server: RunningServer, switches: str) -> dict[str, dict[str, Any]]:
    """The agents as the sandbox stores them in v2's form, leaf by leaf, by their ids."""
    settings = Settings.parse(switches)
    return {
        one.id: dict(_leaves(api.asked(settings, one.fields), ""))
        for one in server.app.state.store.records()
    }


WHOLE = ("conversation.params", "outcomeResponseShape", "dtmfNavigation")


def _leaves(tree: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict) and value and f"{prefix}{name}" not in WHOLE:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def stored_as(path: str) -> str:
    """The stored leaf of a field: the list of tools is one."""
    return "tools" if path == "tools[]" or path.startswith(ITEM) else path


def test_the_list_of_fields_is_the_table() -> None:
    """A field of the table that is missing in this list would go untested."""
    rows = {paths.row(path) for path, _ in OTHERS}
    untold = {"tools", "tools[*].persistentId", "tools[*].nodeId", "type"}
    flows = {path for path in AGENT_V2.fields if paths.top(path) in ("flow", "workflow")}
    assert rows == AGENT_V2.fields.keys() - untold - flows, "flows have tests of their own"

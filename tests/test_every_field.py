"""Each request field of the update page alone: planned, sent, stored and proven, and no other."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve
from tests.projects import Project
from tests.seed_fields import FULL, OTHERS, SECRETS, with_value

pytestmark = pytest.mark.socket

SWITCHES = ["patch=merge&shape=G3", "patch=replace&shape=G1"]
"""The other two are those of the rollback of every field."""


def chosen(switches: str) -> dict[str, tuple[str, str, Any]]:
    """Every field; with ``replace``, not those outside of objects, which are sent the same way."""
    some = [row for row in OTHERS if "merge" in switches or "." in row[0] or row[0] == "params"]
    return {f"edits-{number:02}": row for number, row in enumerate(some)}


def stored(server: RunningServer) -> dict[str, dict[str, Any]]:
    """The agents as the sandbox stores them, leaf by leaf, by their ids."""
    return {one.id: dict(_leaves(one.fields, "")) for one in server.app.state.store.records()}


def _leaves(tree: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict) and name in ("tools", "googleCalendarSettings"):
            yield from _leaves(value, f"{name}.")
        else:
            yield prefix + name, value


@pytest.mark.parametrize("switches", SWITCHES)
def test_one_edit_is_one_field_in_the_plan_and_one_key_in_one_patch(
    switches: str, serve: Serve, project: Project
) -> None:
    """An agent for each field; all are live as declared before each gets its one edit."""
    server, fields = serve(switches), chosen(switches)
    project.on(server.url).env |= {**SECRETS, "OTHER_TOKEN": "another-token"}
    for key in fields:
        project.agent(key, {**FULL, "agentName": key})
    assert project.apply().code == 0  # unfinished work would show in the next plan
    server.app.state.requests.clear()
    before, ids = stored(server), remembered(project)
    for key, (place, _, value) in fields.items():
        named = with_value(place, value)
        project.agent(key, named if place == "agentName" else {**named, "agentName": key})

    planned = {
        action["key"]: [(change["path"], change["cause"]) for change in action["changes"]]
        for action in project.plan()["actions"]
    }
    assert planned == {key: [(field, "edit")] for key, (_, field, _) in fields.items()}
    assert {request.method for request in server.app.state.requests} == {"GET"}

    assert project.apply().code == 0
    writes = [one for one in server.app.state.requests if one.method != "GET"]
    sent = sorted((one.method, one.path.rpartition("/")[2], *one.body) for one in writes)
    expected = [
        ("PATCH", ids[key], field.partition(".")[0]) for key, (_, field, _) in fields.items()
    ]
    assert sent == sorted(expected)
    for one in writes:
        vendor_accepts(one.body)

    assert project.changes() == []
    after = stored(server)
    moved = {
        key: {path for path in after[one] if not _same(after[one][path], before[one].get(path))}
        for key, one in ids.items()
    }
    assert moved == {key: {field} for key, (_, field, _) in fields.items()}


def remembered(project: Project) -> dict[str, str]:
    """The id of each agent, as the state has it."""
    state = json.loads((project.root / "reconciler.state.json").read_text(encoding="utf-8"))
    (page,) = state["environments"].values()
    return {one.removeprefix("agent/"): entry["id"] for one, entry in page["objects"].items()}


def _same(a: Any, b: Any) -> bool:
    """Equality in which a day without slots is the same as no day."""
    days = [{d: s for d, s in v.items() if s} if isinstance(v, dict) else v for v in (a, b)]
    return bool(days[0] == days[1])


def vendor_accepts(body: dict[str, Any]) -> None:
    """Hold a body against the vendor's own document, where HAMSA_OPENAPI names a copy of it."""
    path = os.environ.get("HAMSA_OPENAPI")
    if path:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        schema = {"$ref": "#/components/schemas/UpdateVoiceAgentRequest", **document}
        jsonschema.Draft202012Validator(schema).validate(body)


def test_the_list_of_fields_is_the_pages() -> None:
    """A field of the table's first generation that is missing in this list would go untested."""
    first = {field.path for field in AGENT_V1 if field.fact.since == "G1"}
    assert {field for _, field, _ in OTHERS} == first

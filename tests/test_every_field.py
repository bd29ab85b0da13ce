"""Each request field of the update page alone: planned, sent, stored and proven, and no other."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler.api.v1 import TABLE
from reconciler.sandbox.server import RunningServer
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Store
from tests.projects import Project
from tests.seed_fields import FULL, OTHERS, SECRETS, with_value

SWITCHES = [
    f"patch={patch}&shape={shape}" for patch in ("merge", "replace") for shape in ("G1", "G3")
]


@pytest.fixture(scope="module", params=SWITCHES)
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    with RunningServer(Store(None), Settings.parse(request.param)) as running:
        yield running


@pytest.fixture
def applied(server: RunningServer, tmp_path: Path) -> Project:
    """A project whose one agent has every field, and is live as declared."""
    server.app.state.store.reset()
    project = Project(tmp_path, {**SECRETS, "OTHER_TOKEN": "another-token"}).on(server.url)
    project.agent("front-desk", FULL)
    assert project.apply().code == 0
    assert project.changes() == []
    server.app.state.requests.clear()
    return project


def stored(server: RunningServer) -> dict[str, Any]:
    """The one agent as the sandbox keeps it, leaf by leaf."""
    (record,) = server.app.state.store.records()
    return dict(_leaves(record.fields, ""))


def _leaves(tree: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict) and name in ("tools", "googleCalendarSettings"):
            yield from _leaves(value, f"{name}.")
        else:
            yield prefix + name, value


def sent(server: RunningServer) -> list[tuple[str, Any]]:
    return [(r.method, r.body) for r in server.app.state.requests if r.method != "GET"]


@pytest.mark.parametrize(("place", "field", "value"), OTHERS, ids=[row[0] for row in OTHERS])
def test_one_edit_is_one_field_in_the_plan_and_one_key_in_one_patch(
    applied: Project, server: RunningServer, place: str, field: str, value: Any
) -> None:
    before = stored(server)
    applied.agent("front-desk", with_value(place, value))

    (change,) = applied.plan()["actions"][0]["changes"]
    assert (change["path"], change["cause"]) == (field, "edit")
    assert sent(server) == []

    assert applied.apply().code == 0
    ((method, body),) = sent(server)
    assert (method, list(body)) == ("PATCH", [field.partition(".")[0]])
    vendor_accepts(body)

    assert applied.changes() == []
    after = stored(server)
    assert {path for path in after if not _same(after[path], before.get(path))} == {field}


def _same(a: Any, b: Any) -> bool:
    """Equal, where a day without slots is the same as no day."""
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
    """A field that the table has in its first generation and this list lacks would go untested."""
    first = {field.path for field in TABLE if field.fact.since == "G1"}
    assert {field for _, field, _ in OTHERS} == first

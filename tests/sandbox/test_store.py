"""Storage of agents, in memory and in a folder, and what survives a restart."""

import asyncio
import json
import re
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from reconciler.sandbox.seed import load_seed
from reconciler.sandbox.settings import Settings
from reconciler.sandbox.store import Record, Store
from reconciler.sandbox.transport import sandbox_transport


@pytest.fixture(params=["memory", "folder"])
def store(request, tmp_path):
    return Store(None if request.param == "memory" else tmp_path / "agents")


def names(store):
    return [record.fields["agentName"] for record in store.records()]


def test_agents_keep_their_order_whatever_happens_to_them(store):
    made = [store.add({"agentName": name}) for name in "dacb"]
    store.update(made[1].id, {"agentName": "A"})
    store.remove(made[0].id)
    store.add({"agentName": "e"})
    assert names(store) == ["A", "c", "b", "e"]
    assert len(store) == 4
    assert store.page(1, 2) == (4, store.records()[1:3])


def test_who_is_not_there_is_none_and_cannot_be_changed(store):
    assert store.get("nobody") is None
    store.remove("nobody")
    with pytest.raises(KeyError):
        store.update("nobody", {})


def test_seeded_agents_keep_ids_and_dates_and_come_after_the_others(store):
    store.add({"agentName": "mine"})
    seed = [
        Record(id=name, created="2025-01-01T00:00:00Z", updated="2025-02-01T00:00:00Z", fields={})
        for name in ("y", "x")
    ]
    store.seed(seed)
    store.seed(seed[:1])
    assert [record.id for record in store.records()][1:] == ["y", "x"]
    assert store.get("x").created == "2025-01-01T00:00:00Z"
    assert store.update("x", {"a": 1}).updated > "2025-02-01T00:00:00Z"


def test_reset_forgets_everybody(store):
    store.seed(load_seed())
    store.reset()
    assert (len(store), store.records()) == (0, [])


def test_updated_at_changes_although_the_clock_stands_still():
    store = Store(None, clock=lambda: datetime(2025, 5, 12, tzinfo=UTC))
    agent = store.add({}).id
    assert [store.update(agent, {}).updated for _ in range(3)] == [
        "2025-05-12T00:00:00.001Z",
        "2025-05-12T00:00:00.002Z",
        "2025-05-12T00:00:00.003Z",
    ]


def test_ids_are_random_uuids_unless_configured():
    ids = {Store(None).add({}).id for _ in range(10)}
    assert len(ids) == 10
    assert {UUID(one).version for one in ids} == {4}


def test_a_write_touches_one_small_file_and_leaves_no_other(tmp_path):
    store = Store(tmp_path / "deep" / "agents")
    first = store.add({"agentName": "أ"}, {"description": "d"})
    store.add({"agentName": "b"})
    before = {path.name: path.stat().st_ino for path in (tmp_path / "deep/agents").iterdir()}
    store.update(first.id, {"agentName": "ب"})
    after = {path.name: path.stat().st_ino for path in (tmp_path / "deep/agents").iterdir()}
    assert [name for name in before if before[name] != after[name]] == [f"000001-{first.id}.json"]
    assert before.keys() == after.keys()
    kept = json.loads((tmp_path / "deep/agents" / f"000001-{first.id}.json").read_text("utf-8"))
    assert list(kept) == ["id", "seq", "createdAt", "updatedAt", "fields", "extra"]
    assert (kept["fields"], kept["extra"]) == ({"agentName": "ب"}, {"description": "d"})


def test_two_stores_may_use_one_folder_in_turn(tmp_path):
    one, other = Store(tmp_path), Store(tmp_path)
    agent = one.add({"agentName": "a"}).id
    assert names(other) == ["a"]
    other.update(agent, {"agentName": "A"})
    added = other.add({"agentName": "b"})
    assert one.get(added.id) == added
    assert names(one) == ["A", "b"]
    one.add({"agentName": "c"})
    one.remove(agent)
    assert other.get(agent) is None
    assert names(other) == ["b", "c"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ('{"id": ', "Expecting value"),
        ("[]", "must be an object with exactly id, seq, createdAt, updatedAt, fields, extra"),
        ('{"id": "x"}', "must be an object with exactly"),
        (
            '{"id":"x","seq":"1","createdAt":"","updatedAt":"","fields":[],"extra":{}}',
            "of the wrong type: seq, fields",
        ),
        (b"\xff", "can't decode"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, said):
    store = Store(tmp_path)
    agent = store.add({"agentName": "a"}).id
    path = tmp_path / f"000001-{agent}.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=re.escape(f"the sandbox's file {path} is damaged: ")) as e:
        store.get(agent)
    assert said in str(e.value)
    store.reset()
    assert len(store) == 0


def test_files_that_are_no_agents_are_left_alone(tmp_path):
    store = Store(tmp_path)
    store.add({"agentName": "a"})
    for name in ("README.md", ".000009-x.json.1.tmp", "notes-x.json"):
        (tmp_path / name).write_text("mine")
    assert names(store) == ["a"]
    store.reset()
    assert len(list(tmp_path.iterdir())) == 3


def get(transport, path="/v1/voice-agents"):
    async def one():
        headers = {"Authorization": "Token sandbox"}
        async with httpx.AsyncClient(transport=transport, headers=headers) as client:
            return await client.get(f"https://x.example{path}")

    return asyncio.run(one())


def test_agents_persist_from_one_transport_to_the_next(tmp_path):
    folder = tmp_path / "sandbox"
    first = sandbox_transport(folder, Settings(), seeded=True)
    before = get(first).json()["data"]
    assert before["total"] == len(load_seed())
    first.app.state.store.add({"agentName": "mine"})
    second = sandbox_transport(folder, Settings(), seeded=True)
    after = get(second).json()["data"]
    assert after["total"] == before["total"] + 1
    assert after["voiceAgents"][: before["filtered"]] == before["voiceAgents"]


def test_a_folder_that_exists_is_not_seeded(tmp_path):
    assert get(sandbox_transport(tmp_path, Settings(), seeded=True)).json()["data"]["total"] == 0


def test_without_a_folder_nothing_is_kept():
    first, second = (sandbox_transport(None, Settings(), seeded=False) for _ in range(2))
    first.app.state.store.add({"agentName": "a"})
    assert get(second).json()["data"]["total"] == 0


def test_a_damaged_file_is_an_error_that_names_it(tmp_path):
    transport = sandbox_transport(tmp_path, Settings(), seeded=False)
    agent = transport.app.state.store.add({"agentName": "a"}).id
    (tmp_path / f"000001-{agent}.json").write_text("{")
    reply = get(transport)
    assert reply.status_code == 500
    assert f"000001-{agent}.json is damaged" in reply.json()["message"]

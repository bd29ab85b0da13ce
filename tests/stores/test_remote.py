"""Pages of a shared state: whoever writes meanwhile, no entry is lost and no salts are mixed."""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import RefusedError
from reconciler.kinds import registry
from reconciler.model import Applied
from reconciler.state.object_store import Bucket
from reconciler.state.remote import Remote
from reconciler.state.state import State
from tests.stores.conftest import Shop

SALT, OTHER = "00" * 16, "ff" * 16
DESK = Applied(
    kind=registry.kind("agent", "v1"),
    id="id-1",
    digests={"agentName": "sha256:0"},
    applied_at="2026-01-02T03:04:05Z",
    commit="",
)


@pytest.fixture
def url(s3: Shop, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    return s3.url()


def machine(folder: Path, url: str) -> State:
    """The state as a new machine reads it."""
    folder.mkdir(exist_ok=True)
    return State.of(Remote(root=folder, store=Bucket(url)), ["production"])


def known(tmp_path: Path, url: str, name: str = "production") -> dict[str, str]:
    state = State.of(Remote(root=tmp_path / "reader", store=Bucket(url)), [name])
    page = state.known(name)
    return {key: entry.id for key, entry in page.agents.items()} if page else {}


def test_writers_that_read_the_same_page_both_keep_their_entries(tmp_path: Path, url: str) -> None:
    states = [machine(tmp_path / str(number), url) for number in range(4)]
    for number, state in enumerate(states):
        state.begin("production", SALT)
        state.record("production", SALT, f"agent-{number}", replace(DESK, id=f"id-{number}"))
    for state in reversed(states):
        state.write()
    assert known(tmp_path, url) == {f"agent-{number}": f"id-{number}" for number in range(4)}


def test_of_two_runs_that_begin_a_page_at_once_one_is_refused(tmp_path: Path, url: str) -> None:
    first, second = machine(tmp_path / "a", url), machine(tmp_path / "b", url)
    first.begin("production", SALT)
    with pytest.raises(RefusedError, match="was begun by another run at the same time"):
        second.begin("production", OTHER)
    first.record_all("production", SALT, {"desk": DESK})
    assert machine(tmp_path / "b", url).page("production", OTHER).salt == SALT
    assert known(tmp_path, url) == {"desk": "id-1"}


def test_a_run_writes_no_page_but_its_own(tmp_path: Path, url: str) -> None:
    store = Bucket(url)
    State.of(Remote(root=tmp_path, store=store)).record_all("staging", SALT, {"desk": DESK})
    tag = store.get("pages/staging.json").tag
    mine = machine(tmp_path, url)
    mine.begin("production", OTHER)
    mine.record_all("production", OTHER, {"desk": DESK})
    assert store.get("pages/staging.json").tag == tag
    assert known(tmp_path, url, "staging") == {"desk": "id-1"}


def test_a_forgotten_environment_stays_forgotten_and_can_come_back(
    tmp_path: Path, url: str
) -> None:
    state = machine(tmp_path, url)
    state.record_all("production", SALT, {"desk": DESK})
    state.restore("production", None)
    assert machine(tmp_path, url).known("production") is None
    machine(tmp_path, url).record_all("production", OTHER, {"desk": DESK})
    assert known(tmp_path, url) == {"desk": "id-1"}


def test_earlier_pages_are_found_in_the_backups(tmp_path: Path, url: str) -> None:
    state = machine(tmp_path, url)
    for number in range(3):
        state.record_all("production", SALT, {"desk": replace(DESK, id=f"id-{number}")})
        state.backend.back_up(["production"], f"2026-01-0{number + 1}T00:00:00Z")
    found = [one["production"].agents["desk"].id for one in state.backend.earlier()]
    assert found == ["id-2", "id-1", "id-0"]

"""Since when a field has its value: what the state records at each write."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.engine.memory import pulled, remembered
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import (
    Applied,
    Cause,
    Change,
    Difference,
    Outcome,
    Stamp,
    Status,
    Verb,
)
from reconciler.sandbox.server import RunningServer
from reconciler.schema.table import Impact
from tests import build, projects
from tests.conftest import Serve, Shelf
from tests.projects import Project

SPEC = {"agentName": "Front desk", "greetingMessage": "Hello", "silenceThreshold": 800}
FIELDS = ("agentName", "greetingMessage", "silenceThreshold")
COMMIT = "a1" * 20

Day = Callable[[int], None]


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    """Set the tool's clock to a day of January 2026: ``day(3)``."""

    def at(number: int) -> None:
        monkeypatch.setattr(projects, "NOW", f"2026-01-{number:02}T03:04:05Z")

    return at


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve()


@pytest.fixture
def applied(project: Project, server: RunningServer, day: Day, shelf: Shelf) -> Project:
    """Applied on the 1st."""
    day(1)
    project.on(server.url).agent("front-desk", SPEC)
    return shelf("applied", project, server, project.apply)


def entry(project: Project, key: str = "front-desk") -> Any:
    text = (project.root / "reconciler.state.json").read_text(encoding="utf-8")
    return json.loads(text)["environments"]["default"]["objects"][f"agent/{key}"]


def days(project: Project, key: str = "front-desk") -> dict[str, int]:
    """The day of January of each field."""
    return {path: int(stamp[8:10]) for path, stamp in entry(project, key)["since"].items()}


def edit_live(server: RunningServer, **fields: Any) -> None:
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


def all_of(number: int, **others: int) -> dict[str, int]:
    return {**dict.fromkeys(FIELDS, number), **others}


def test_a_field_keeps_its_stamp_until_it_is_written_again(applied: Project, day: Day) -> None:
    assert days(applied) == all_of(1)
    day(2)
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    applied.apply()
    assert days(applied) == all_of(1, silenceThreshold=2)
    day(3)
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600, "greetingMessage": "Hi"})
    applied.apply()
    assert days(applied) == all_of(1, silenceThreshold=2, greetingMessage=3)


def test_drift_that_was_overwritten_has_a_new_stamp(
    applied: Project, server: RunningServer, day: Day
) -> None:
    day(2)
    edit_live(server, greetingMessage="Hey")
    applied.apply()
    assert days(applied) == all_of(1, greetingMessage=2)


def test_drift_that_the_file_took_over_has_a_new_stamp(
    applied: Project, server: RunningServer, day: Day
) -> None:
    day(2)
    edit_live(server, greetingMessage="Hey")
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hey"})
    applied.apply()
    assert days(applied) == all_of(1, greetingMessage=2)


def test_an_apply_without_a_change_touches_nothing(applied: Project, day: Day) -> None:
    before = (applied.root / "reconciler.state.json").read_bytes()
    day(2)
    assert applied.apply().code == 0
    assert (applied.root / "reconciler.state.json").read_bytes() == before


def test_a_field_that_the_file_dropped_and_named_again_starts_again(
    applied: Project, day: Day
) -> None:
    day(2)
    applied.agent("front-desk", {"agentName": "Front desk"})
    applied.apply()
    assert days(applied) == {"agentName": 1}
    day(3)
    applied.agent("front-desk", SPEC)
    applied.apply()
    assert days(applied) == all_of(3, agentName=1)


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_agent_that_was_created_again_starts_again(
    applied: Project, server: RunningServer, day: Day, *, by_hand: bool
) -> None:
    day(2)
    server.app.state.store.reset()
    if by_hand:
        server.app.state.store.add(SPEC)
    assert applied.apply("--recreate").code == 0
    assert days(applied) == all_of(2)


def test_the_stamp_names_the_commit_of_its_own_apply(applied: Project, day: Day) -> None:
    day(2)
    applied.env["GITHUB_SHA"] = COMMIT
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    applied.apply()
    found = entry(applied)
    assert found["since"] == {
        "agentName": "2026-01-01T03:04:05Z",
        "greetingMessage": "2026-01-01T03:04:05Z",
        "silenceThreshold": f"2026-01-02T03:04:05Z {COMMIT}",
    }
    assert (found["applied_at"], found["commit"]) == ("2026-01-02T03:04:05Z", COMMIT)


@pytest.mark.parametrize(
    ("fault", "known"),
    [
        pytest.param("PATCH:ignore", {}, id="another value"),
        pytest.param("PATCH:trim", {"greetingMessage": 2}, id="another form of it"),
    ],
)
def test_a_value_stored_differently_has_a_stamp_only_if_it_is_another_form(
    applied: Project, server: RunningServer, day: Day, fault: str, known: dict[str, int]
) -> None:
    day(2)
    server.app.state.faults.add(fault)
    applied.agent("front-desk", {**SPEC, "greetingMessage": " Hi "})
    assert applied.apply().code == 3
    assert days(applied) == {"agentName": 1, "silenceThreshold": 1, **known}


@pytest.mark.parametrize("fault", ["PATCH:400", "GET:vanish:1:/v1/voice-agents/*"])
def test_an_agent_that_was_not_written_keeps_its_stamps(
    applied: Project, server: RunningServer, day: Day, fault: str
) -> None:
    before = entry(applied)
    day(2)
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi"})
    server.app.state.faults.add(fault)
    assert applied.apply().code != 0
    assert entry(applied) == before


def test_a_state_without_stamps_means_its_last_apply(applied: Project, day: Day) -> None:
    path = applied.root / "reconciler.state.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    old = content["environments"]["default"]["objects"]["agent/front-desk"]
    old.pop("since")
    old["commit"] = COMMIT
    path.write_text(json.dumps(content), encoding="utf-8")
    day(2)
    applied.agent("front-desk", {**SPEC, "silenceThreshold": 600})
    applied.apply()
    assert entry(applied)["since"] == {
        "agentName": f"2026-01-01T03:04:05Z {COMMIT}",
        "greetingMessage": f"2026-01-01T03:04:05Z {COMMIT}",
        "silenceThreshold": "2026-01-02T03:04:05Z",
    }


def test_one_agents_write_leaves_the_stamps_of_another(
    applied: Project, server: RunningServer, day: Day
) -> None:
    day(2)
    applied.agent("second", {**SPEC, "agentName": "Second"})
    applied.apply()
    assert (days(applied), days(applied, "second")) == (all_of(1), all_of(2))


def test_a_rollback_is_a_write_of_its_own(applied: Project, day: Day) -> None:
    day(2)
    applied.agent("front-desk", {**SPEC, "greetingMessage": "Hi", "silenceThreshold": 600})
    applied.apply()
    day(3)
    assert applied.run("rollback", "--auto-approve").code == 0
    assert days(applied) == all_of(3, agentName=1)


# Without an API

OLD, NEW = Stamp(at="2026-01-01T00:00:00Z", commit="abc"), Stamp(at="2026-01-02T00:00:00Z")
BEFORE = Applied(
    kind=AGENT_V1,
    id="id-1",
    digests={"lang": "sha256:a", "outcome": "scrypt:b"},
    applied_at="2025-12-31T00:00:00Z",
    commit="old",
    since={"lang": OLD},
)
BACK = Stamp(at="2025-12-31T00:00:00Z", commit="old")


def outcome(digests: dict[str, str], written: str = "", otherwise: str = "") -> Outcome:
    changes = [
        Change(path=path, cause=Cause.EDIT, impact=Impact.SILENT) for path in written.split()
    ]
    differences = [
        Difference(path=path, expected=1, found=2, sent=True) for path in otherwise.split()
    ]
    action = build.made(
        kind=AGENT_V1,
        verb=Verb.UPDATE,
        key="desk",
        name="Desk",
        changes=tuple(changes),
        digests=digests,
    )
    return Outcome(
        status=Status.DIVERGED if otherwise else Status.DONE,
        action=action,
        id="id-1",
        differences=tuple(differences),
    )


@pytest.mark.parametrize(
    ("found", "before", "since"),
    [
        (outcome({"lang": "sha256:a"}), BEFORE, {"lang": OLD}),
        (outcome({"lang": "sha256:a"}, written="lang"), BEFORE, {"lang": NEW}),
        (outcome({"lang": "sha256:c"}), BEFORE, {"lang": NEW}),
        (outcome({"lang": "sha256:a"}), None, {"lang": NEW}),
        (outcome({"outcome": "scrypt:b"}), BEFORE, {"outcome": BACK}),
        (
            outcome({"lang": "sha256:c"}, written="lang", otherwise="lang"),
            BEFORE,
            {},
        ),
        (
            # The secret may still be live: the record that it was one is kept.
            outcome({"outcome": "sha256:d"}, written="outcome", otherwise="outcome"),
            BEFORE,
            {"outcome": NEW},
        ),
    ],
)
def test_what_is_kept_of_a_write(
    found: Outcome, before: Applied | None, since: dict[str, Stamp]
) -> None:
    kept = remembered(found, before, NEW)
    assert kept.since == since
    assert kept.digests.keys() == since.keys()
    assert (kept.id, kept.applied_at, kept.commit) == ("id-1", NEW.at, NEW.commit)


def test_another_agents_entry_lends_no_stamp() -> None:
    other = Applied(kind=AGENT_V1, id="id-2", digests=BEFORE.digests, since=BEFORE.since)
    assert remembered(outcome({"lang": "sha256:a"}), other, NEW).since == {"lang": NEW}


def test_pulled_values_have_no_commit() -> None:
    kept = pulled(BEFORE, {"lang": "sha256:z"}, NEW.at, build.decoded(), ())
    assert kept.digests == {"lang": "sha256:z", "outcome": "scrypt:b"}
    assert kept.since == {"lang": NEW}
    assert (kept.id, kept.applied_at, kept.commit) == ("id-1", BACK.at, BACK.commit)

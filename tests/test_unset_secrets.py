"""Reading needs only the API key; writing needs its secrets, and names missing ones."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.conftest import Serve, Shelf
from tests.projects import Project, Run

pytestmark = pytest.mark.cli

PLANTED = {
    "DESK_TOKEN": "ya29.planted-desk-token",
    "DESK_REFRESH": "1//planted-desk-refresh",
    "HOOK": "planted-hook-secret",
    "CODE": "planted-code-9931",
}
NEW = {name: f"{value}-rotated" for name, value in PLANTED.items()}
HIDDEN = "(sensitive), not set here: not compared"
CALENDAR = {
    "accessToken": {"$secret": "DESK_TOKEN"},
    "refreshToken": {"$secret": "DESK_REFRESH"},
    "timezone": "Asia/Riyadh",
    "meetingDuration": 30,
}
DESK = {"agentName": "Desk", "greetingMessage": "Hello", "googleCalendarSettings": CALENDAR}
NIGHT = {
    "agentName": "Night",
    "greetingMessage": "Good evening",
    "webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "HOOK"}},
}
PLAIN = {"agentName": "Plain", "greetingMessage": "Hi"}
PARAMS = {"agentName": "Params", "params": {"door": {"$secret": "CODE"}, "floor": "1"}}
SPECS: Mapping[str, Mapping[str, Any]] = {
    "desk": DESK,
    "night": NIGHT,
    "plain": PLAIN,
    "params": PARAMS,
}


def calendar(**fields: Any) -> dict[str, Any]:
    """The desk with another calendar."""
    return {**DESK, "googleCalendarSettings": {**CALENDAR, **fields}}


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("shape=G3")


@pytest.fixture
def applied(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    """Agents with secrets, applied with all of them set; then none is."""
    project.on(server.url)
    project.env |= PLANTED
    for key, spec in SPECS.items():
        project.agent(key, spec)
    return unset(shelf("applied", project, server, project.apply))


def places(done: Run) -> list[str]:
    """The places at which an error names an unset secret: ``file:line field: name``."""
    found = re.findall(r"variable (\w+) is not set\n +(\S+) +(.+)\n", done.err)
    return [f"{place} {field}: {name}" for name, place, field in found]


def unset(project: Project) -> Project:
    for name in PLANTED:
        project.env.pop(name, None)
    return project


def sent(server: RunningServer) -> list[str]:
    return [r.method for r in server.app.state.requests if r.method != "GET"]


def live(server: RunningServer, name: str) -> Any:
    return next(r for r in server.app.state.store.records() if r.fields["agentName"] == name)


def edit_live(server: RunningServer, name: str, **fields: Any) -> None:
    record = live(server, name)
    server.app.state.store.update(record.id, {**record.fields, **fields})


def clean(project: Project, *found: Run) -> None:
    """No value of a secret is in the output, nor in any file."""
    texts = [text for one in found for text in (one.out, one.err)]
    texts += [p.read_text("utf-8", "replace") for p in project.root.rglob("*") if p.is_file()]
    for value in (*PLANTED.values(), *NEW.values()):
        assert not any(value in text for text in texts), value


# Reading

READS = [
    "plan",
    "plan --detailed-exitcode",
    "plan --out x.plan.json",
    "plan -e staging -e other",
    "drift",
    "pull --dry-run",
    "pull",
    "history",
    "history 1",
    "blame desk",
    "validate",
    "import --name Stranger --dry-run",
    "rollback --out back.plan.json",
]


def test_reading_needs_the_key_alone(project: Project, server: RunningServer) -> None:
    project.write(
        "reconciler.yaml",
        "default_environment: staging\nenvironments:\n"
        f"  staging: {{ url: '{server.url}', api_key: {{ $secret: HAMSA_API_KEY }} }}\n"
        f"  other: {{ url: '{server.url}', api_key: {{ $secret: HAMSA_API_KEY }} }}\n",
    )
    project.env |= {"HAMSA_API_KEY": "sandbox", **PLANTED}
    for key, spec in SPECS.items():
        project.agent(key, spec)
    assert [project.apply("-e", name).code for name in ("staging", "other")] == [0, 0]
    server.app.state.store.add({**live(server, "Plain").fields, "agentName": "Stranger"})
    unset(project)
    server.app.state.requests.clear()
    for read in READS:
        done = project.run(*read.split())
        assert done.code == (1 if read.startswith("rollback") else 0), (read, done.err)
        assert read == "validate" or "is not set" not in done.err, (read, done.err)
    assert sent(server) == []
    clean(project, done)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_a_field_that_is_not_compared_is_shown_as_that(applied: Project, form: str) -> None:
    quiet = applied.run("plan", "--format", form)
    applied.agent("desk", {**DESK, "greetingMessage": "Welcome"})
    told = applied.run("plan", "--format", form)
    whole = applied.run("plan", "--format", form, "--target", "desk")
    for done in (quiet, told, whole):
        assert done.code == 0
        plain = done.out.replace("\\_", "_").replace("\\(", "(").replace("\\)", ")")
        assert HIDDEN in plain
        assert "googleCalendarSettings.refreshToken" in plain
    assert "No changes" in quiet.out
    assert "4 in sync, secrets of 3 not compared" in quiet.out
    clean(applied, quiet, told, whole)


def test_a_document_has_a_mark_for_it(applied: Project) -> None:
    actions = {one["key"]: one for one in applied.plan()["actions"]}
    assert {key: one["action"] for key, one in actions.items()} == dict.fromkeys(SPECS, "in-sync")
    assert actions["night"]["uncompared"] == [
        {
            "path": "webhookAuth.authSecret",
            "impact": "reach",
            "sensitive": True,
            "compared": False,
            "unset": ["HOOK"],
            "note": HIDDEN,
        }
    ]
    assert [one["path"] for one in actions["desk"]["uncompared"]] == [
        "googleCalendarSettings.accessToken",
        "googleCalendarSettings.refreshToken",
    ]
    assert actions["plain"]["uncompared"] == []
    applied.env |= PLANTED
    assert all(one["uncompared"] == [] for one in applied.plan()["actions"])


def test_drift_is_the_same_with_and_without(applied: Project, server: RunningServer) -> None:
    edit_live(server, "Desk", greetingMessage="Moved")
    without = applied.run("drift")
    applied.env |= NEW
    rotated = applied.run("drift")
    assert (without.code, without.out) == (rotated.code, rotated.out)
    assert without.code == 2
    assert "Waiting" not in without.out


@pytest.mark.parametrize("command", ["plan", "drift", "pull", "apply"])
def test_a_value_of_the_machine_is_compared_and_so_it_is_needed(
    applied: Project, command: str
) -> None:
    applied.agent("plain", {**PLAIN, "outcome": {"$env": "OUTCOME"}})
    done = applied.run(command, *(["--auto-approve"] if command == "apply" else []))
    assert done.code == 1
    assert places(done) == ["agents/plain.yaml:4 spec.outcome: OUTCOME"]
    assert "set it before a plan, which compares it: export OUTCOME=…" in done.err


# Writing


def test_apply_demands_all_that_it_sends_at_once_before_it_writes(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("desk", calendar(timezone="Asia/Dubai"))
    applied.agent("night", {**NIGHT, "greetingMessage": "Evening"})
    applied.agent("params", {**PARAMS, "params": {**PARAMS["params"], "floor": "2"}})
    applied.agent("new", {"agentName": "New", "webhookAuth": NIGHT["webhookAuth"]})
    done = applied.apply()
    assert done.code == 1
    assert places(done) == [
        "agents/desk.yaml:4 spec.googleCalendarSettings.accessToken: DESK_TOKEN",
        "agents/desk.yaml:7 spec.googleCalendarSettings.refreshToken: DESK_REFRESH",
        "agents/new.yaml:5 spec.webhookAuth.authSecret: HOOK",
        "agents/params.yaml:4 spec.params.door: CODE",
    ]
    assert sent(server) == []
    clean(applied, done)


def test_agents_that_are_in_sync_need_none(applied: Project, server: RunningServer) -> None:
    applied.agent("plain", {**PLAIN, "greetingMessage": "Hey"})
    applied.agent("night", {**NIGHT, "greetingMessage": "Evening"})
    applied.env["DESK_TOKEN"] = ""
    before = json.loads((applied.root / "reconciler.state.json").read_text("utf-8"))
    assert applied.apply().code == 0
    assert sent(server) == ["PATCH", "PATCH"]
    after = json.loads((applied.root / "reconciler.state.json").read_text("utf-8"))
    for key, path in (
        ("night", "webhookAuth.authSecret"),
        ("desk", "googleCalendarSettings.accessToken"),
    ):
        kept = [
            page["environments"]["default"]["objects"][f"agent/{key}"]["digests"]
            for page in (before, after)
        ]
        assert kept[0][path] == kept[1][path]
    applied.env |= PLANTED
    assert "No changes" in applied.run("plan").out


def test_what_apply_refuses_needs_none(applied: Project, server: RunningServer) -> None:
    edit_live(server, "Desk", greetingMessage="Live")
    applied.agent("desk", {**calendar(timezone="Asia/Dubai"), "greetingMessage": "File"})
    refused = applied.apply()
    assert (refused.code, "is not set" in refused.err) == (4, False)
    forced = applied.apply("--overwrite")
    assert (forced.code, forced.err.count("is not set")) == (1, 2)


def test_a_way_back_needs_what_it_sends(project: Project, serve: Serve) -> None:
    server = serve("shape=G1")
    project.on(server.url).env |= PLANTED
    for spec in (DESK, calendar(timezone="Asia/Dubai")):
        project.agent("desk", spec)
        assert project.apply().code == 0
    unset(project)
    server.app.state.requests.clear()
    done = project.run("rollback", "--auto-approve")
    assert (done.code, done.err.count("is not set"), sent(server)) == (1, 2, [])
    saved = project.run("rollback", "--out", "back.plan.json")
    assert saved.code == 0, saved.err
    project.env |= PLANTED
    assert project.run("apply", "back.plan.json").code == 0
    assert live(server, "Desk").fields["googleCalendarSettings"]["timezone"] == "Asia/Riyadh"


# One review, whether secrets are set or not

EDITS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "nothing": {},
    "a text beside, in the agent and in one map, a new agent, a secret more and one fewer": {
        "desk": {**DESK, "greetingMessage": "Welcome"},
        "params": {**PARAMS, "params": {**PARAMS["params"], "floor": "2"}},
        "new": {"agentName": "New", "webhookAuth": NIGHT["webhookAuth"]},
        "plain": {**PLAIN, "webhookAuth": NIGHT["webhookAuth"]},
        "night": {k: v for k, v in NIGHT.items() if k != "webhookAuth"},
    },
    "a sibling": {"desk": calendar(timezone="Asia/Dubai")},
    "a secret by another name": {"desk": calendar(accessToken={"$secret": "HOOK"})},
}


ROTATED = ("nothing", "a sibling", "a secret by another name")


@pytest.mark.parametrize(
    ("secrets", "edit"),
    [*((PLANTED, edit) for edit in EDITS), *((NEW, edit) for edit in ROTATED)],
    ids=[*(f"as applied, {edit}" for edit in EDITS), *(f"rotated, {edit}" for edit in ROTATED)],
)
def test_a_review_without_secrets_holds_if_they_are_set(
    applied: Project, server: RunningServer, edit: str, secrets: Mapping[str, str]
) -> None:
    for key, spec in EDITS[edit].items():
        applied.agent(key, spec)
    reviewed = applied.plan()
    applied.env |= secrets
    planned = applied.plan()
    assert planned["digest"] == reviewed["digest"]
    done = applied.apply("--plan-digest", reviewed["digest"])
    assert done.code == 0, done.out + done.err
    assert bool(sent(server)) == (bool(reviewed["changes"]) or secrets is NEW)
    again = applied.plan()
    assert not again["changes"]
    unset(applied)
    assert applied.plan()["digest"] == again["digest"]
    clean(applied, done)


def test_what_is_sent_for_the_value_of_a_secret_alone_is_marked(
    applied: Project, server: RunningServer
) -> None:
    applied.env |= {**PLANTED, "DESK_TOKEN": NEW["DESK_TOKEN"]}
    (desk,) = (one for one in applied.plan()["actions"] if one["changes"])
    assert [(c["path"], c.get("secret_only")) for c in desk["changes"]] == [
        ("googleCalendarSettings.accessToken", True)
    ]
    assert "its value is not the one that was applied" in applied.run("plan").out


def test_a_digest_still_holds_no_text_without_review(applied: Project) -> None:
    """A value of a map next to a secret changed after the review."""
    reviewed = applied.plan()["digest"]
    applied.env |= NEW
    applied.agent("params", {**PARAMS, "params": {**PARAMS["params"], "floor": "9"}})
    done = applied.apply("--plan-digest", reviewed)
    assert done.code == 4
    assert "this is not the plan that was reviewed" in done.err


def test_a_saved_plan_finds_its_secrets_where_it_is_applied(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("desk", calendar(timezone="Asia/Dubai", accessToken={"$secret": "HOOK"}))
    applied.agent("new", {"agentName": "New", "webhookAuth": NIGHT["webhookAuth"]})
    assert applied.run("plan", "--out", "next.plan.json").code == 0
    lacking = applied.run("apply", "next.plan.json")
    assert (lacking.code, sent(server)) == (64, [])
    assert "next.plan.json needs secrets that are not set: DESK_REFRESH, HOOK" in lacking.err
    assert [one.partition(":")[0] for one in places(lacking)] == ["agents/desk.yaml"] * 2 + [
        "agents/new.yaml"
    ]
    applied.env |= PLANTED
    done = applied.run("apply", "next.plan.json")
    assert done.code == 0, done.out + done.err
    assert live(server, "Desk").fields["googleCalendarSettings"]["accessToken"] == PLANTED["HOOK"]
    assert "No changes" in applied.run("plan").out
    clean(applied, lacking, done)


def test_a_saved_plan_needs_no_files_to_name_its_secrets(applied: Project) -> None:
    applied.agent("desk", calendar(timezone="Asia/Dubai"))
    assert applied.run("plan", "--out", "next.plan.json").code == 0
    (applied.root / "agents/desk.yaml").unlink()
    done = applied.run("apply", "next.plan.json")
    assert done.code == 64
    assert places(done) == [
        "next.plan.json desk: googleCalendarSettings: DESK_REFRESH",
        "next.plan.json desk: googleCalendarSettings: DESK_TOKEN",
    ]


def test_a_state_from_before_is_read(applied: Project, server: RunningServer) -> None:
    """Its digests of secrets do not contain the file's part."""
    path = applied.root / "reconciler.state.json"
    page = json.loads(path.read_text("utf-8"))
    for agent in page["environments"]["default"]["objects"].values():
        agent["digests"] = {
            at: ":".join(found.split(":")[:2]) for at, found in agent["digests"].items()
        }
    path.write_text(json.dumps(page), "utf-8")
    assert "No changes" in applied.run("plan").out
    applied.env |= PLANTED
    assert "No changes" in applied.run("plan").out
    applied.env |= NEW
    assert applied.plan()["changes"]
    unset(applied)
    applied.agent("desk", {**DESK, "greetingMessage": "Welcome"})
    assert applied.apply().code == 0
    assert sent(server) == ["PATCH"]

"""Rollback: readable fields return, the rest is named, no later edit is lost."""

import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.sandbox.server import RunningServer
from reconciler.schema import wire
from tests.conftest import Serve, Shelf
from tests.projects import Project, Run
from tests.seed_fields import DAY, FULL, SECRETS

pytestmark = pytest.mark.cli

SPEC = {"agentName": "Front desk", "greetingMessage": "Hello", "silenceThreshold": 800}
CHANGED = {**SPEC, "greetingMessage": "Hi", "silenceThreshold": 600}
SEMANTICS = ["patch=merge&shape=G1", "patch=replace&shape=G3"]


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve()


HINT = "reconciler history lists the ones that are; or revert in git and apply"


@pytest.fixture
def applied(project: Project, server: RunningServer, shelf: Shelf) -> Project:
    """#1 creates the agent, #2 changes two fields."""
    project.on(server.url)

    def make() -> None:
        for spec in (SPEC, CHANGED):
            project.agent("front-desk", spec)
            assert project.apply().code == 0

    return shelf("applied", project, server, make)


def records(server: RunningServer) -> dict[str, dict[str, Any]]:
    return {r.id: deepcopy(r.fields) for r in server.app.state.store.records()}


def live(server: RunningServer) -> dict[str, Any]:
    (fields,) = records(server).values()
    return fields


def edit_live(server: RunningServer, **fields: Any) -> None:
    (record,) = server.app.state.store.records()
    server.app.state.store.update(record.id, {**record.fields, **fields})


def writes(server: RunningServer) -> list[str]:
    return [r.method for r in server.app.state.requests if r.method != "GET"]


def rollback(project: Project, *argv: str) -> Run:
    return project.run("rollback", "--auto-approve", *argv)


def texts(fields: dict[str, Any]) -> tuple[Any, Any]:
    return fields["greetingMessage"], fields["silenceThreshold"]


# Everything returns


CALENDAR = {
    "calendarId": "primary",
    "calendarName": "Visits",
    "accessToken": {"$secret": "GOOGLE_ACCESS_TOKEN"},
    "refreshToken": {"$secret": "GOOGLE_REFRESH_TOKEN"},
    "eventTitle": "New meeting",
    "meetingDuration": 30,
    "timezone": "Asia/Riyadh",
    "freeSlots": {"Monday": DAY, "Sunday": DAY},
}
MODEL = {
    "provider": "OpenAI",
    "modelName": "GPT-4.1",
    "baseUrl": "https://model.example",
    "apiKey": {"$secret": "LLM"},
    "temperature": 0.2,
}
SHAPE = {"type": "object", "properties": {"booked": {"type": "boolean", "description": "x"}}}
OTHER_SHAPE = {"type": "object", "properties": {"booked": {"type": "string", "description": "y"}}}
TOOLS = {"googleCalendar": True, "genderDetection": False, "smartCallEnd": True}
VOICES = "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9", "29709a36-7703-497f-b6e5-0d39b873f77d"
CHANGES: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    # what live and file say before, and what an apply makes of it
    "any": [
        ({"greetingMessage": "أهلاً {{caller}}"}, {"greetingMessage": "مرحباً\u200f {{caller}} 👋"}),
        ({"greetingMessage": " spaces  "}, {"greetingMessage": ""}),
        ({"preamble": "# A\n\n- b\n"}, {"preamble": "# A\n\n- c\n- d"}),
        ({"preamble": "$${x} $ {y}"}, {"preamble": "plain"}),
        ({"lang": "ar"}, {"lang": "en"}),
        ({"pokeMessages": ["a", "b"]}, {"pokeMessages": []}),
        ({"pokeMessages": []}, {"pokeMessages": ["ألو؟"]}),
        (
            {"params": {"a": 1, "b": {"c": [None, True, 1.5]}}},
            {"params": {"a": "1", "b": {"c": []}}},
        ),
        ({"realTime": False}, {"realTime": True}),
        ({"silenceThreshold": 800}, {"silenceThreshold": 1}),
        ({"interrupt": True}, {"interrupt": False}),
        ({"outcome": "Summarise."}, {"outcome": None}),
        ({"outcome": None}, {"outcome": "Summarise."}),
        ({"voiceId": VOICES[0]}, {"voiceId": VOICES[1]}),
    ],
    "replace": [
        ({"params": {"a": 1, "b": {"c": 1.5}}}, {"params": {"a": 1.25}}),
        ({"params": {}}, {"params": {"x": ""}}),
    ],
    "G1": [
        (
            {"googleCalendarSettings": CALENDAR},
            {
                "googleCalendarSettings": {
                    **CALENDAR,
                    "timezone": "Asia/Dubai",
                    "meetingDuration": 45,
                    "freeSlots": {"Tuesday": DAY, "Sunday": [DAY[0]]},
                }
            },
        ),
        (
            {"googleCalendarSettings": CALENDAR},
            {"googleCalendarSettings": {**CALENDAR, "freeSlots": {}, "calendarName": "Calls"}},
        ),
    ],
    "G3": [
        ({"llmConfig": MODEL}, {"llmConfig": {**MODEL, "temperature": 0.9, "modelName": "4o"}}),
        ({"tools": TOOLS}, {"tools": {**TOOLS, "smartCallEnd": False, "genderDetection": True}}),
        ({"webhookUrl": None}, {"webhookUrl": "https://hook.example"}),
        ({"webhookUrl": "https://hook.example"}, {"webhookUrl": None}),
        ({"outcomeResponseShape": SHAPE}, {"outcomeResponseShape": OTHER_SHAPE}),
        ({"webToolsIds": ["t"]}, {"webToolsIds": []}),
        ({"responseDelay": 400}, {"responseDelay": 100}),
        ({"greetingMessageType": None}, {"greetingMessageType": "STATIC"}),
        ({"voiceId": VOICES[0]}, {"voiceId": None}),
        ({"voiceId": None}, {"voiceId": VOICES[1]}),
        ({"vadActivationThreshold": 0.5}, {"vadActivationThreshold": 0.25}),
    ],
}


def cases(switches: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [case for kind in CHANGES if kind == "any" or kind in switches for case in CHANGES[kind]]


def leaves(server: RunningServer) -> "Leaves":
    return {i: wire.flatten(AGENT_V1, fields) for i, fields in records(server).items()}


Leaves = dict[str, dict[str, Any]]


def assert_same(before: Leaves, after: Leaves, *, but: str = "") -> None:
    """Both have the same leaves, compared by the meaning that the API gives to each."""
    assert before.keys() == after.keys()
    for agent, fields in before.items():
        for path in {*fields, *after[agent]} - {but}:
            said = fields.get(path), after[agent].get(path)
            assert wire.same(AGENT_V1[path], *said), (path, said)


@pytest.mark.parametrize("switches", SEMANTICS)
def test_every_field_of_every_agent_returns(project: Project, serve: Serve, switches: str) -> None:
    server = serve(switches)
    project.on(server.url).env |= {**SECRETS, "LLM": "key"}
    many = cases(switches)
    for number, (spec, _) in enumerate(many):
        project.agent(f"a{number}", {"agentName": f"Agent {number}", **spec})
    done = project.apply()
    assert done.code == 0, done.out[-4000:]
    untouched = server.app.state.store.add({"agentName": "Stranger", "interrupt": True})
    for record in server.app.state.store.records():
        # Undeclared fields stay unchanged, forward and back.
        if record.id != untouched.id:
            fields = {**record.fields, "description": "By hand"}
            server.app.state.store.update(record.id, fields)
    before = leaves(server)
    for number, (spec, change) in enumerate(many):
        # Half of the agents are renamed as well.
        name = f"Agent {number}" + " (new)" * (number % 2)
        project.agent(f"a{number}", {"agentName": name, **spec, **change})
    done = project.apply()
    assert done.code == 0, done.out[-4000:]
    between = leaves(server)
    assert sum(between[agent] != fields for agent, fields in before.items()) == len(many)
    done = rollback(project)
    assert (done.code, done.out.splitlines()[-1]) == (0, f"Apply: {len(many)} done."), done.out
    assert_same(before, leaves(server))
    # And back again: the rollback is an apply of its own.
    assert rollback(project).code == 0
    assert_same(between, leaves(server))


@pytest.mark.parametrize("patch", ["merge", "replace"])
def test_drift_that_an_apply_overwrote_returns(project: Project, serve: Serve, patch: str) -> None:
    server = serve(f"patch={patch}")
    project.on(server.url).agent("front-desk", SPEC)
    project.apply()
    edit_live(server, greetingMessage="From the dashboard")
    before = leaves(server)
    assert project.apply().code == 0
    assert rollback(project).code == 0
    assert_same(before, leaves(server))


def test_what_changed_unasked_returns(applied: Project, server: RunningServer) -> None:
    before = leaves(server)
    server.app.state.faults.add("PATCH:touch")
    applied.agent("front-desk", SPEC)
    assert applied.apply().code == 3
    assert live(server)["interrupt"] is True
    assert rollback(applied).code == 0
    assert live(server)["interrupt"] is False
    assert_same(before, leaves(server), but="interrupt")


def test_an_earlier_apply_is_undone_and_the_later_ones_stay(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**CHANGED, "lang": "en"})
    assert applied.apply().code == 0
    assert rollback(applied, "2").code == 0
    assert (*texts(live(server)), live(server)["lang"]) == ("Hello", 800, "en")


def test_a_field_that_was_changed_again_goes_back_to_before_the_chosen_apply(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", {**CHANGED, "greetingMessage": "Welcome"})
    assert applied.apply().code == 0
    assert rollback(applied, "2").code == 0
    assert texts(live(server)) == ("Hello", 800)


def test_restored_values_are_not_written(applied: Project, server: RunningServer) -> None:
    assert rollback(applied, "2").code == 0
    server.app.state.requests.clear()
    done = rollback(applied, "2")
    assert (done.code, writes(server)) == (0, [])
    assert done.out == "No changes in default: 1 in sync.\n"


BACK = (
    "“Front desk” greets differently and waits for 800 milliseconds of silence instead "
    "of 600 before it answers."
)


def test_the_plan_and_the_next_steps_are_reported(applied: Project, server: RunningServer) -> None:
    (agent_id,) = records(server)
    done = rollback(applied)
    assert (done.code, done.out) == (
        0,
        (
            "Legend: - live now → + as before that apply\n\n"
            "~ front-desk  Front desk  update, 2 fields\n"
            f"    {BACK}\n"
            "  spoken at once\n"
            '    ~ greetingMessage: "Hi" → "Hello"  [rollback]\n'
            "  behaviour\n"
            "    ~ silenceThreshold: 600 → 800 ms  [rollback]\n"
            "\n"
            "Plan for default: 0 to create, 1 to update (2 rollback); 2 fields: 1 spoken, "
            "1 behaviour; 0 in sync.\n"
            f"✓ front-desk  {agent_id}  updated, 2 fields proven\n"
            "Apply: 1 done.\n"
        ),
    )
    assert done.err == (
        "The files still say what was rolled back, and the next apply writes it again: "
        "revert them in git.\n"
    )
    assert "still say" not in rollback(applied, "-q").err


def test_the_next_plan_shows_the_files_as_an_edit(applied: Project, server: RunningServer) -> None:
    assert rollback(applied).code == 0
    assert applied.changes() == [
        'front-desk: greetingMessage "Hello" -> "Hi" (edit)',
        "front-desk: silenceThreshold 800 -> 600 (edit)",
    ]
    drift = applied.run("drift")
    assert (drift.code, "front-desk: greetingMessage, silenceThreshold" in drift.out) == (0, True)
    applied.agent("front-desk", SPEC)
    done = applied.apply()
    assert (done.code, done.out) == (0, "No changes in default: 1 in sync.\n")


def test_the_next_plan_knows_the_agent_although_its_file_was_renamed(
    applied: Project, server: RunningServer
) -> None:
    (applied.root / "agents/front-desk.yaml").rename(applied.root / "agents/desk.yaml")
    assert applied.apply().code == 0
    assert rollback(applied, "2").code == 0
    assert texts(live(server)) == ("Hello", 800)
    assert applied.changes() == [
        'desk: greetingMessage "Hello" -> "Hi" (edit)',
        "desk: silenceThreshold 800 -> 600 (edit)",
    ]


def test_an_agent_without_a_file_returns_too(applied: Project, server: RunningServer) -> None:
    (applied.root / "agents/front-desk.yaml").unlink()
    applied.agent("other", {"agentName": "Other"})
    assert applied.apply("--create-anyway").code == 0
    assert rollback(applied, "2").code == 0
    desk = next(f for f in records(server).values() if f["agentName"] == "Front desk")
    assert texts(desk) == ("Hello", 800)


# The question, the limits, a saved plan


def test_the_question_takes_yes_alone(applied: Project, server: RunningServer) -> None:
    assert applied.run("rollback").code == 64
    for answer in ("y\n", "\n", ""):
        declined = applied.run("rollback", answer=answer)
        assert (declined.code, "Nothing was applied." in declined.err) == (1, True)
    assert writes(server) == []
    asked = applied.run("rollback", answer="yes\n")
    assert (asked.code, "Write 1 agent of default? Only `yes` is accepted: " in asked.err) == (
        0,
        True,
    )


def test_a_saved_plan_of_a_rollback_is_applied_later(
    applied: Project, server: RunningServer
) -> None:
    saved = applied.run("rollback", "--out", "back.plan.json")
    assert (saved.code, saved.err) == (
        0,
        "Saved. To apply exactly this: reconciler apply back.plan.json\n",
    )
    assert writes(server) == []
    assert (applied.root / "back.plan.json").stat().st_mode & 0o777 == 0o600
    assert 'greetingMessage: "Hi" → "Hello"' in applied.run("show", "back.plan.json").out
    assert applied.run("apply", "back.plan.json").code == 0
    assert texts(live(server)) == ("Hello", 800)
    assert applied.changes() == [
        'front-desk: greetingMessage "Hello" -> "Hi" (edit)',
        "front-desk: silenceThreshold 800 -> 600 (edit)",
    ]
    assert applied.run("apply", "back.plan.json").code == 4


def test_a_saved_plan_turns_stale_if_the_agent_was_edited_after_it(
    applied: Project, server: RunningServer
) -> None:
    applied.run("rollback", "--out", "back.plan.json")
    edit_live(server, greetingMessage="Hey")
    done = applied.run("apply", "back.plan.json")
    assert (done.code, "changed since the plan: `greetingMessage`" in done.out) == (4, True)
    assert texts(live(server)) == ("Hey", 600)


def test_limits_count_a_rollback_too(project: Project, server: RunningServer) -> None:
    project.on(server.url)
    for text in ("Hello", "Hi"):
        for name in ("One", "Two", "Three"):
            project.agent(name.lower(), {"agentName": name, "greetingMessage": text})
        project.apply()
    server.app.state.requests.clear()
    done = rollback(project, "--max-changes", "2")
    assert (done.code, writes(server)) == (5, [])
    assert "this plan writes 3 agents of default" in done.err
    assert rollback(project, "--max-changes", "50%").code == 5
    assert rollback(project, "--max-changes", "2", "--target", "t*").code == 0
    assert rollback(project, "2", "--max-changes", "0", "--force").code == 0


def test_the_limit_of_the_environment_counts_a_rollback_too(
    project: Project, server: RunningServer
) -> None:
    project.env |= {"URL": server.url, "KEY": "sandbox"}
    project.write(
        "reconciler.yaml",
        "environments:\n"
        "  live: {url: {$env: URL}, api_key: {$secret: KEY}, policies: {max_changes: 1}}\n",
    )
    for text in ("Hello", "Hi"):
        for name in ("One", "Two"):
            project.agent(name.lower(), {"agentName": name, "greetingMessage": text})
        assert project.apply("--force").code == 0
    assert rollback(project).code == 5


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (("--target", "one"), {"Two", "Three"}),
        (("--exclude", "one"), {"One"}),
        (("--target", "t*", "--exclude", "two"), {"One", "Two"}),
    ],
)
def test_targets_and_excludes_narrow_a_rollback(
    project: Project, server: RunningServer, options: tuple[str, ...], left: set[str]
) -> None:
    project.on(server.url)
    for text in ("Hello", "Hi"):
        for name in ("One", "Two", "Three"):
            project.agent(name.lower(), {"agentName": name, "greetingMessage": text})
        project.apply()
    assert rollback(project, *options).code == 0
    still = {f["agentName"] for f in records(server).values() if f["greetingMessage"] == "Hi"}
    assert still == left


def test_a_target_that_means_no_agent_is_reported(applied: Project, server: RunningServer) -> None:
    done = rollback(applied, "--target", "front-des")
    assert (done.code, "did you mean `front-desk`?" in done.err) == (64, True)
    assert writes(server) == []


# Impossible rollbacks


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no apply of default is remembered on this machine"),
        (("3",), "no apply 3 of default is remembered on this machine"),
    ],
)
def test_without_a_history_there_is_no_way_back(
    applied: Project, server: RunningServer, arguments: tuple[str, ...], message: str
) -> None:
    shutil.rmtree(applied.root / ".reconciler/history")
    done = rollback(applied, *arguments)
    assert (done.code, done.out, writes(server)) == (1, "", [])
    assert done.err == (f"error: {message}\nhint: {HINT}\n")


@pytest.mark.parametrize(
    ("number", "code"), [("3", 1), ("999999999", 1), ("0", 64), ("-1", 64), ("last", 64)]
)
def test_an_apply_that_is_not_there_cannot_be_undone(
    applied: Project, server: RunningServer, number: str, code: int
) -> None:
    done = rollback(applied, number)
    assert (done.code, done.out, writes(server)) == (code, "", [])


@pytest.mark.parametrize("fault", ["GET:401:*", "GET:500:*", "GET:half-list:*"])
def test_an_api_failure_changes_nothing(
    applied: Project, server: RunningServer, fault: str
) -> None:
    server.app.state.faults.add(fault)
    assert rollback(applied).code == 1
    assert writes(server) == []


CREATED = "that apply created it, and the API removes no agent"


def test_an_agent_that_the_apply_created_is_blocked(
    applied: Project, server: RunningServer
) -> None:
    done = rollback(applied, "1")
    assert (done.code, f"    blocked: {CREATED}\n" in done.out) == (4, True)
    saved = applied.run("rollback", "1", "--out", "back.plan.json")
    assert (saved.code, writes(server)) == (1, [])


def gone(project: Project, server: RunningServer, agent_id: str) -> str:
    server.app.state.store.remove(agent_id)
    return f"the agent of that apply, {agent_id}, is not live any more"


def created_again(project: Project, server: RunningServer, agent_id: str) -> str:
    server.app.state.store.remove(agent_id)
    assert project.apply("--recreate").code == 0
    new = next(i for i, f in records(server).items() if f["agentName"] == "Front desk")
    return f"it was re-created since, as {new}; that apply wrote {agent_id}"


def created_by_it(project: Project, server: RunningServer, agent_id: str) -> str:
    path = project.root / ".reconciler/history/default/000002.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        if row.get("key") == "front-desk" and "changes" in row:
            row |= {"kind": "create", "before": None}
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return CREATED


@pytest.mark.parametrize("fate", [gone, created_again, created_by_it], ids=lambda f: f.__name__)
def test_an_agent_that_cannot_return_is_blocked_and_stops_no_other(
    project: Project, server: RunningServer, fate: Callable[[Project, RunningServer, str], str]
) -> None:
    project.on(server.url)
    for spec in (SPEC, CHANGED):
        project.agent("front-desk", spec)
        project.agent("second", {**spec, "agentName": "Second"})
        assert project.apply().code == 0
    agent_id = next(i for i, f in records(server).items() if f["agentName"] == "Front desk")
    reason = fate(project, server, agent_id)
    before = records(server).get(agent_id)
    done = rollback(project, "2")
    assert (done.code, f"    blocked: {reason}\n" in done.out) == (3, True), done.out
    second = next(f for f in records(server).values() if f["agentName"] == "Second")
    assert texts(second) == ("Hello", 800)
    assert records(server).get(agent_id) == before


# Edited since


def test_an_edit_since_then_is_a_conflict_even_if_the_state_is_lost(
    applied: Project, server: RunningServer
) -> None:
    (applied.root / "reconciler.state.json").unlink()
    edit_live(server, greetingMessage="Hey")
    done = rollback(applied)
    assert (done.code, texts(live(server))) == (4, ("Hey", 600)), done.out
    assert "! greetingMessage  [spoken, edited-since]" in done.out


def test_pulls_since_then_are_reported(applied: Project, server: RunningServer) -> None:
    edit_live(server, silenceThreshold=500)
    assert applied.run("pull").code == 0
    path = applied.root / "reconciler.state.json"
    later = path.read_text("utf-8").replace(
        '"silenceThreshold": "2026-01-02', '"silenceThreshold": "2026-02-02'
    )
    path.write_text(later, encoding="utf-8")
    assert "also undoes what was applied or pulled later: `silenceThreshold`" in " ".join(
        rollback(applied).out.split()
    )


def test_an_edit_since_then_is_a_conflict_and_is_shown(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, greetingMessage="Hey")
    server.app.state.requests.clear()
    done = rollback(applied)
    assert (done.code, writes(server)) == (4, [])
    assert done.out.startswith(
        "Legend: - live now → + as before that apply\n\n"
        "~ front-desk  Front desk  update, 2 fields\n"
        f"    {BACK}\n"
        "    note: somebody edited `greetingMessage` since that apply: rollback writes this agent "
        "with --overwrite only, and the old value wins\n"
        "  spoken at once\n"
        "    ! greetingMessage  [edited-since]  somebody edited it since that apply\n"
        '        │ last applied: "Hi"\n'
        '        │ live now: "Hey"\n'
    )
    assert '"Hello"' in done.out
    assert texts(live(server)) == ("Hey", 600)
    assert rollback(applied, "--overwrite").code == 0
    assert texts(live(server)) == ("Hello", 800)


def test_an_edit_since_then_in_another_field_is_not_in_the_way(
    applied: Project, server: RunningServer
) -> None:
    edit_live(server, lang="en")
    assert rollback(applied).code == 0
    assert (*texts(live(server)), live(server)["lang"]) == ("Hello", 800, "en")


def test_an_edit_since_then_is_one_even_if_the_state_has_the_old_value(
    applied: Project, server: RunningServer
) -> None:
    applied.agent("front-desk", SPEC)
    assert applied.apply().code == 0  # #3 brought back what #2 changed
    edit_live(server, greetingMessage="Hey")
    done = rollback(applied, "2")
    assert (done.code, texts(live(server))) == (4, ("Hey", 800))
    assert "somebody edited `greetingMessage` since the apply that is rolled back" in done.out


@pytest.mark.parametrize("form", ["json", "markdown", "html", "text"])
def test_the_causes_of_a_rollback_are_its_own(
    applied: Project, server: RunningServer, form: str
) -> None:
    applied.agent("front-desk", {**CHANGED, "lang": "en"})  # the files are not the cause
    edit_live(server, greetingMessage="Hey")
    done = applied.run("rollback", "--dry-run", "--format", form)
    if form == "json":
        (action,) = done.json["actions"]
        causes = {one["path"]: one["cause"] for one in action["changes"]}
        assert causes == {"greetingMessage": "edited-since", "silenceThreshold": "rollback"}
        assert done.json["causes"] == {"rollback": 1, "edited-since": 1}
    else:
        assert "rollback" in done.out
        assert "edited-since" in done.out
    words = done.out.replace("edited-since", "").replace("edited `", "")
    if form in ("json", "text"):  # the others have a legend
        assert not [w for w in ("[edit", "drift]", "conflict]", "the files") if w in words]


def kept(project: Project) -> dict[str, bytes]:
    """Every file except those read, which are kept for the next run."""
    files = (path for path in project.root.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if "cache" not in path.parts}


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    applied: Project, server: RunningServer
) -> None:
    before = kept(applied)
    shown = applied.run("rollback", "--dry-run")
    assert (shown.code, shown.err, writes(server)) == (0, "", [])
    assert "~ silenceThreshold: 600 → 800 ms  [rollback]" in shown.out
    assert applied.run("rollback", "--dry-run", "--detailed-exitcode").code == 2
    assert kept(applied) == before


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--detailed-exitcode"], 64),
        (["--dry-run", "--out", "back.plan.json"], 64),
        (["1", "--dry-run"], 1),
        (["2", "--dry-run", "--max-changes", "0"], 5),
        (["7", "--dry-run"], 1),
    ],
    ids=str,
)
def test_a_dry_run_ends_as_a_plan_does(applied: Project, argv: list[str], code: int) -> None:
    assert applied.run("rollback", *argv).code == code
    assert not (applied.root / "back.plan.json").exists()


def test_a_conflict_stops_no_other_agent(project: Project, server: RunningServer) -> None:
    project.on(server.url)
    for spec in (SPEC, CHANGED):
        project.agent("front-desk", spec)
        project.agent("second", {**spec, "agentName": "Second"})
        project.apply()
    store = server.app.state.store
    first = next(r for r in store.records() if r.fields["agentName"] == "Front desk")
    store.update(first.id, {**first.fields, "greetingMessage": "Hey"})
    assert rollback(project).code == 3
    said = {f["agentName"]: f["greetingMessage"] for f in records(server).values()}
    assert said == {"Front desk": "Hey", "Second": "Hello"}


# Secrets, and what cannot be read

PLANTED = ["https://hook.example/planted-1", "https://hook.example/planted-2"]


def secret_in_a_group(project: Project, serve: Serve) -> RunningServer:
    """#2 changes a secret next to a readable field; the file holds the new secret's name."""
    server = serve("shape=G3")
    project.on(server.url).env |= {"FIRST": PLANTED[0], "OTHER": PLANTED[1]}
    for name, scheme in (("FIRST", "Token"), ("OTHER", "Bearer")):
        auth = {"authKey": scheme, "authSecret": {"$secret": name}}
        project.agent("front-desk", {**SPEC, "webhookAuth": auth})
        assert project.apply().code == 0
    return server


def test_a_secret_that_cannot_return_is_named_and_its_sibling_returns(
    project: Project, serve: Serve
) -> None:
    server = secret_in_a_group(project, serve)
    done = rollback(project)
    assert done.code == 0
    assert "    note: cannot be brought back: `webhookAuth.authSecret`\n" in done.out
    assert live(server)["webhookAuth"] == {"authKey": "Token", "authSecret": PLANTED[1]}
    assert [secret for secret in PLANTED if secret in done.out + done.err] == []


@pytest.mark.parametrize("field", ["webhookAuth", "webhookUrl", "params"])
def test_a_secret_that_is_all_that_changed_is_named(
    project: Project, serve: Serve, field: str
) -> None:
    project.on(serve("shape=G3").url).env |= {"FIRST": PLANTED[0], "OTHER": PLANTED[1]}
    for name in ("FIRST", "OTHER"):
        value: Any = {"$secret": name}
        shaped = {
            "webhookAuth": {"authKey": "Token", "authSecret": value},
            "webhookUrl": value,
            "params": {"token": value},
        }
        project.agent("front-desk", {**SPEC, field: shaped[field]})
        assert project.apply().code == 0
    done = rollback(project)
    told = done.out + done.err
    assert f"cannot be brought back: `{field}" in told
    assert [secret for secret in PLANTED if secret in told] == []


def test_unreadable_values_cannot_return_and_are_named(project: Project, serve: Serve) -> None:
    server = serve()
    project.on(server.url)
    for spec, flag in ((SPEC, True), (CHANGED, False)):
        tools = {"googleCalendar": True, "genderDetection": True, "smartCallEnd": flag}
        project.agent("front-desk", {**spec, "tools": tools})
        assert project.apply().code == 0
    done = rollback(project)
    assert (done.code, "cannot be brought back: `tools.smartCallEnd`" in done.out) == (0, True)
    assert texts(live(server)) == ("Hello", 800)
    assert live(server)["tools"]["smartCallEnd"] is False


def test_what_never_was_cannot_return_and_is_named(project: Project, serve: Serve) -> None:
    """A calendar cannot be taken from an agent: the API has no null for it."""
    server = serve()
    project.on(server.url).env |= SECRETS
    project.agent("front-desk", SPEC)
    project.apply()
    project.agent("front-desk", {**CHANGED, "googleCalendarSettings": CALENDAR})
    assert project.apply().code == 0
    done = rollback(project)
    assert (done.code, texts(live(server))) == (0, ("Hello", 800))
    assert "cannot be brought back: `googleCalendarSettings.calendarId`" in done.out


def test_a_group_with_a_secret_that_no_file_has_any_more_is_blocked(
    project: Project, serve: Serve
) -> None:
    server = secret_in_a_group(project, serve)
    project.agent("front-desk", SPEC)
    assert project.apply().code == 0
    before = records(server)
    done = rollback(project, "2")
    assert (done.code, records(server)) == (4, before)
    assert "`webhookAuth.authSecret` cannot be read back" in done.out


def test_a_readable_field_that_held_a_secret_is_not_brought_back_as_text(
    project: Project, serve: Serve
) -> None:
    server = serve("shape=G3")
    project.on(server.url).env["FIRST"] = PLANTED[0]
    for url in ({"$secret": "FIRST"}, "https://open.example"):
        project.agent("front-desk", {**SPEC, "webhookUrl": url})
        assert project.apply().code == 0
    done = rollback(project)
    assert "cannot be brought back: `webhookUrl`" in done.out + done.err
    assert live(server)["webhookUrl"] == "https://open.example"


def test_the_value_from_before_a_secret_was_there_returns_and_shows_no_secret(
    project: Project, serve: Serve
) -> None:
    server = serve("shape=G3")
    project.on(server.url).env["FIRST"] = PLANTED[0]
    for url in ("https://one.example", "https://two.example", {"$secret": "FIRST"}):
        project.agent("front-desk", {**SPEC, "webhookUrl": url})
        assert project.apply().code == 0
    runs = [rollback(project, "2")]
    assert (runs[0].code, live(server)["webhookUrl"]) == (0, "https://one.example")
    runs.append(rollback(project))
    assert PLANTED[0] not in everything(project, runs)


def everything(project: Project, runs: list[Run]) -> str:
    """All that the runs printed and all that they wrote."""
    files = [path for path in project.root.rglob("*") if path.is_file()]
    said = [run.out + run.err for run in runs]
    return "\n".join([*said, *(path.read_bytes().decode(errors="replace") for path in files)])


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ("G1", ""),
        ("G3", ""),
        ("G1", "PATCH:400:*"),
        ("G3", "PATCH:trim:*"),
    ],
)
def test_planted_secrets_show_in_no_output_and_no_file(
    project: Project, serve: Serve, shape: str, fault: str
) -> None:
    server = serve(f"shape={shape}&api_key=planted-key")
    tokens = {"accessToken": "planted-a", "refreshToken": "planted-b"}
    calendar = {**FULL["googleCalendarSettings"], **tokens}
    hook = {"webhookAuth": {"authKey": "Token", "authSecret": "planted-c"}}
    server.app.state.store.add(
        {**FULL, "interrupt": True, "googleCalendarSettings": calendar, **hook}
        | {"webhookUrl": "https://hook.example/planted-d"}
    )
    project.on(server.url, "planted-key").env |= {**SECRETS, "HOOK": "https://h/planted-e"}
    project.env["AUTH"] = "planted-f"
    secret = {
        "webhookUrl": {"$secret": "HOOK"},
        "webhookAuth": {"authKey": "Token", "authSecret": {"$secret": "AUTH"}},
    }
    spec = {**FULL, **(secret if shape == "G3" else {})}
    runs = []
    for greeting in ("Hello", "Hi"):
        project.agent("front-desk", {**spec, "greetingMessage": greeting})
        runs.append(project.apply())
    commands = [
        ("drift",),
        ("drift", "--format", "json"),
        ("drift", "--format", "markdown"),
        ("drift", "-v", "--color", "always"),
        ("history",),
        ("history", "1"),
        ("history", "2"),
        ("history", "--format", "json"),
        ("blame", "front-desk"),
        ("blame", "front-desk", "--format", "json"),
        ("blame", "front-desk", "preamble"),
        ("blame", "front-desk", "webhookUrl"),
        ("blame", "front-desk", "googleCalendarSettings.accessToken", "--format", "json"),
        ("rollback", "--out", "back.plan.json"),
        ("rollback", "1", "--out", "first.plan.json", "--format", "json"),
        ("show", "first.plan.json", "--format", "json"),
        ("rollback", "1", "--yes"),
        ("rollback", "--yes", "--format", "json", "-v"),
        ("drift",),
    ]
    if fault:  # which only what asks the API can meet
        server.app.state.faults.add(fault)
        commands = [words for words in commands if "--yes" in words or "json" in words]
        commands = [words for words in commands if words[0] in ("drift", "rollback")]
    runs += [project.run(*command) for command in commands]
    said = everything(project, runs)
    assert [line for line in said.splitlines() if "planted" in line] == []
    if not fault:
        assert "(sensitive)" in said
        assert {run.code for run in runs[2:]} <= {0, 2, 3, 4, 64}


# A run that died


def cut(project: Project, number: int) -> None:
    """What is left of an apply that died right after it wrote the agent."""
    path = project.root / f".reconciler/history/default/{number:06}.jsonl"
    *kept, last = path.read_text(encoding="utf-8").splitlines()
    assert '"status"' in last
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def test_an_agent_without_an_end_counts_as_written(applied: Project, server: RunningServer) -> None:
    cut(applied, 2)
    assert "#2  2026-01-02 03:04  no commit  apply  1 not known\n" in applied.run("history").out
    assert rollback(applied).code == 0
    assert texts(live(server)) == ("Hello", 800)


def test_an_agent_without_an_end_that_was_not_written_is_left(
    applied: Project, server: RunningServer
) -> None:
    cut(applied, 2)
    edit_live(server, **{name: SPEC[name] for name in ("greetingMessage", "silenceThreshold")})
    done = rollback(applied)
    assert (done.code, writes(server)) == (0, [])


@pytest.mark.parametrize("fault", ["PATCH:400", "PATCH:404"])
def test_an_agent_that_was_refused_is_not_rolled_back(
    applied: Project, server: RunningServer, fault: str
) -> None:
    server.app.state.faults.add(fault)
    applied.agent("front-desk", {**CHANGED, "greetingMessage": "Welcome"})
    assert applied.apply().code == 1
    server.app.state.requests.clear()
    done = rollback(applied, "3")
    assert (done.code, writes(server), texts(live(server))) == (0, [], ("Hi", 600))


def test_an_agent_that_was_stored_differently_is_rolled_back(
    applied: Project, server: RunningServer
) -> None:
    server.app.state.faults.add("PATCH:trim")
    applied.agent("front-desk", {**CHANGED, "greetingMessage": " Welcome "})
    assert applied.apply().code == 3
    assert live(server)["greetingMessage"] == "welcome"
    assert rollback(applied).code == 0
    assert texts(live(server)) == ("Hi", 600)


def test_an_agent_that_the_server_took_and_lost_the_answer_of_is_rolled_back(
    applied: Project, server: RunningServer
) -> None:
    server.app.state.faults.add("PATCH:drop-after")
    applied.agent("front-desk", {**CHANGED, "greetingMessage": "Welcome"})
    assert applied.apply().code == 0
    assert rollback(applied).code == 0
    assert texts(live(server)) == ("Hi", 600)


def test_a_rollback_of_two_that_exchanged_their_names_gives_them_back(
    project: Project, server: RunningServer
) -> None:
    project.on(server.url)
    for names in (("One", "Two"), ("Two", "One")):
        for key, name in zip(("a", "b"), names, strict=True):
            project.agent(key, {"agentName": name, "greetingMessage": f"From {key}"})
        done = project.apply()
        assert done.code == 0, done.out + done.err
    assert rollback(project).code == 0
    said = {f["agentName"]: f["greetingMessage"] for f in records(server).values()}
    assert said == {"One": "From a", "Two": "From b"}

"""Policies on the command line: each blocks and allows, for new and for saved plans.

The tool's clock is at 2026-01-02 03:04 UTC, a Friday; in Riyadh that is 06:04.
"""

import json
import re
import shlex
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config import zones
from reconciler.engine import policies
from reconciler.engine.impact import GROUPS
from reconciler.engine.policies import Policies, Sights, required_text, windows
from reconciler.engine.policies.agents import allowance
from reconciler.engine.policies.declared import DAY, Moment, Protected, RequiredText, Window
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Cause, Change, Live, Plan, Verb
from reconciler.sandbox.server import RunningServer
from reconciler.schema.table import Impact
from reconciler.state import planfile
from tests import build, confined
from tests.conftest import Serve, Shelf
from tests.projects import Project, Run, Terminal

CLAUSE = "هذه المكالمة مسجلة"


@pytest.fixture
def server(serve: Serve) -> RunningServer:
    return serve("shape=G3")


@pytest.fixture
def files(project: Project) -> Project:
    """Two agents in files alone, in an environment without policies."""
    project.env |= {"URL": "http://127.0.0.1:9", "KEY": "sandbox"}
    limit(project, "")
    for key in ("clinic-a", "bank-b"):
        project.agent(key, spec(key))
    return project


@pytest.fixture
def place(files: Project, server: RunningServer, shelf: Shelf) -> Project:
    """These agents, live as their files say."""
    files.env["URL"] = server.url
    return shelf("place", files, server, files.apply)


def spec(key: str, **more: object) -> dict[str, object]:
    return {"agentName": key, "greetingMessage": f"{CLAUSE}. Hello", "voiceId": "v1", **more}


def limit(project: Project, lines: str) -> None:
    """Give the environment these policies."""
    head = "environments:\n  live:\n    url: { $env: URL }\n    api_key: { $secret: KEY }\n"
    body = "".join(f"      {line}\n" for line in lines.splitlines())
    project.write("reconciler.yaml", head + (f"    policies:\n{body}" if body else ""))


def edit(project: Project, *keys: str, **more: object) -> None:
    for key in keys or ("clinic-a", "bank-b"):
        project.agent(key, spec(key, **more))


def live(server: RunningServer, key: str, **fields: object) -> None:
    """What the dashboard does to an agent."""
    store = server.app.state.store
    (record,) = (one for one in store.records() if one.fields["agentName"] == key)
    store.update(record.id, {**record.fields, **fields})


def written(server: RunningServer) -> list[str]:
    requests = server.app.state.requests
    return [request.method for request in requests if request.method != "GET"]


def refused(run: Run) -> list[tuple[str, bool]]:
    """The rules that refuse a plan in JSON, and whether each waits."""
    return [(one["rule"], one["pending"]) for one in run.json["violations"]]


def told(project: Project) -> dict[str, str]:
    """The refusals of a plan: rule to message and hint."""
    found = project.run("plan", "--format", "json").json["violations"]
    return {
        one["rule"]: "refused until {until}: {message} | {hint}".format_map(one).replace(
            "refused until : ", ""
        )
        for one in found
    }


def new_agent(project: Project) -> None:
    project.agent("clinic-c", spec("clinic-c"))


PLAN_AGAIN = "reconciler plan -e live"
APPLY = "reconciler apply -e live"
SAVED = "reconciler apply next.plan.json"
OUT = "--out next.plan.json"
TRIPS = {
    "max_changes, a count": (
        "max_changes: 1",
        {"lang": "en"},
        "this plan writes 2 agents of live; `max_changes: 1` allows 1",
        (
            f"narrow it, such as: {APPLY} --target bank-b; or, if all 2 were reviewed: {APPLY} "
            "--max-changes 2"
        ),
        (
            f"plan again for fewer, such as: {PLAN_AGAIN} --target bank-b {OUT}; or, if all 2 "
            f"were reviewed: {SAVED} --max-changes 2"
        ),
    ),
    "max_changes, a share": (
        "max_changes: 50%",
        {"lang": "en"},
        "this plan writes 2 agents of live; `max_changes: 50%` of its 2 live agents allows 1",
        (
            f"narrow it, such as: {APPLY} --target bank-b; or, if all 2 were reviewed: {APPLY} "
            "--max-changes 2"
        ),
        (
            f"plan again for fewer, such as: {PLAN_AGAIN} --target bank-b {OUT}; or, if all 2 "
            f"were reviewed: {SAVED} --max-changes 2"
        ),
    ),
    "max_changes, none": (
        "max_changes: 0",
        {"lang": "en"},
        "this plan writes 2 agents of live; `max_changes: 0` allows 0",
        f"if all 2 were reviewed: {APPLY} --max-changes 2",
        f"if all 2 were reviewed: {SAVED} --max-changes 2",
    ),
    "protected_agents": (
        "protected_agents: [bank-*, other]",
        {"lang": "en"},
        "this plan writes 1 protected agent of live: bank-b (`protected_agents` has `bank-*`)",
        (
            f"leave it out: {APPLY} --exclude 'bank-*'; to write it after all, take it out of "
            "`protected_agents` in a reviewed change"
        ),
        (
            f"plan again without it: {PLAN_AGAIN} --exclude 'bank-*' {OUT}; to write it after "
            "all, take it out of `protected_agents` in a reviewed change"
        ),
    ),
    "protected_fields": (
        "protected_fields: [voiceId]",
        {"voiceId": "v2"},
        (
            "this plan writes `voiceId` of 2 agents of live: bank-b, clinic-a "
            "(`protected_fields` has `voiceId`)"
        ),
        (
            "take the field out of the file, or leave it to the dashboard with `lifecycle: { "
            "ignore: [voiceId] }`; reconciler pull takes the live value; to write it after all, "
            "take it out of `protected_fields` in a reviewed change"
        ),
        (
            "take the field out of the file and plan again, or leave it to the dashboard with "
            "`lifecycle: { ignore: [voiceId] }`; reconciler pull takes the live value; to write it "
            "after all, take it out of `protected_fields` in a reviewed change"
        ),
    ),
    "protected_fields, a prefix of some agents'": (
        'protected_fields: ["clinic-*:tools"]',
        {"tools": {"googleCalendar": True, "genderDetection": True, "smartCallEnd": True}},
        (
            "this plan writes `tools.genderDetection`, `tools.googleCalendar`, "
            "`tools.smartCallEnd` of 1 agent of live: clinic-a (`protected_fields` has "
            "`clinic-*:tools`)"
        ),
        (
            "take the field out of the file, or leave it to the dashboard with `lifecycle: { "
            "ignore: [tools.genderDetection] }`; reconciler pull takes the live value; to write "
            "them after all, take them out of `protected_fields` in a reviewed change"
        ),
        (
            "take the field out of the file and plan again, or leave it to the dashboard with "
            "`lifecycle: { ignore: [tools.genderDetection] }`; reconciler pull takes the live "
            "value; to write them after all, take them out of `protected_fields` in a reviewed "
            "change"
        ),
    ),
    "required_text": (
        f"required_text: [{{ text: {CLAUSE}, field: greetingMessage }}]",
        {"greetingMessage": "Hello"},
        (
            f"after this plan 2 agents of live would not say “{CLAUSE}” in `greetingMessage`, and "
            "`required_text` pins it: bank-b (`greetingMessage` of agents/bank-b.yaml), clinic-a "
            "(`greetingMessage` of agents/clinic-a.yaml)"
        ),
        (
            "put the sentence into the file; to drop it for good, take it out of "
            "`required_text` in a "
            "reviewed change"
        ),
        (
            "put the sentence into the file and plan again; to drop it for good, take it out of "
            "`required_text` in a reviewed change"
        ),
    ),
    "required_text, any text": (
        f'required_text: [{{ text: "{CLAUSE}", agents: [clinic-*] }}]',
        {"greetingMessage": "Hello", "preamble": "Be kind."},
        (
            f"after this plan 1 agent of live would not say “{CLAUSE}” in any text, and "
            f"`required_text` "
            "pins it: clinic-a (`greetingMessage` of agents/clinic-a.yaml)"
        ),
        (
            "put the sentence into the file; to drop it for good, take it out of "
            "`required_text` in a "
            "reviewed change"
        ),
        (
            "put the sentence into the file and plan again; to drop it for good, take it out of "
            "`required_text` in a reviewed change"
        ),
    ),
}
WAITS = {
    "windows": (
        'timezone: Asia/Riyadh\nwindows: [{ days: [Sunday], from: "20:00", to: "06:00" }]',
        {"lang": "en"},
        (
            "Sunday 20:00 in Asia/Riyadh: an apply to live may write Sunday 20:00–06:00, and it "
            "is Friday 06:04 there now: 2 agents wait: bank-b, clinic-a"
        ),
        "from then on: reconciler apply",
        "",
    ),
    "approvals": (
        "approvals: [spoken, reach]",
        {"lang": "en", "silenceThreshold": 900},
        (
            "somebody gives --approve spoken: this plan writes 2 spoken fields of 2 agents of "
            "live: bank-b, clinic-a"
        ),
        "read them, then: reconciler apply",
        " --approve spoken",
    ),
    "approvals, several": (
        "approvals: [silent, spoken, reach, behaviour]",
        {"lang": "en", "silenceThreshold": 900, "agentName": "Other"},
        (
            "somebody gives --approve spoken,behaviour,silent: this plan writes 2 spoken, 2 "
            "behaviour and 2 silent fields of 2 agents of live: bank-b, clinic-a"
        ),
        "read them, then: reconciler apply",
        " --approve spoken,behaviour,silent",
    ),
}


@pytest.mark.parametrize("case", TRIPS)
def test_a_plan_that_a_rule_refuses_is_no_success_and_cannot_be_applied(place, server, case):
    lines, change, message, hint, saved = TRIPS[case]
    limit(place, lines)
    edit(place, **change)
    rule = case.partition(",")[0]
    assert told(place) == {rule: f"{message} | {hint}"}
    done = place.run("plan", "--detailed-exitcode", "--out", "next.plan.json")
    assert done.code == 5
    assert "Apply will refuse:\n" in done.out
    assert done.err.endswith("Saved. Apply refuses it.\n")
    done = place.run("apply", "--yes")
    assert (done.code, f"error: {message}  [{rule}]\n" in done.err) == (5, True)
    assert "Apply will" not in done.out  # the errors show it, with file and line
    assert "error: 1 rule of live refuses this plan; nothing was written\n" in done.err
    done = place.run("apply", "next.plan.json")
    message = re.sub(r"` of agents/[\w-]+\.yaml", "`", message)  # whose file is unknown
    assert (done.code, f"error: {message}  [{rule}]\n" in done.err) == (5, True)
    assert f"  hint: {saved}\n" in done.err
    assert written(server) == []


@pytest.mark.parametrize("case", WAITS)
def test_a_plan_that_waits_is_good_and_cannot_be_applied_yet(place, server, case):
    lines, change, said, hint, more = WAITS[case]
    limit(place, lines)
    edit(place, **change)
    rule = case.partition(",")[0]
    assert told(place) == {rule: f"refused until {said} | {hint} -e live{more}"}
    done = place.run("plan", "--detailed-exitcode", "--out", "next.plan.json")
    assert (done.code, "Apply will refuse until:\n" in done.out) == (2, True)
    assert done.err.endswith("Saved. Apply refuses it until then.\n")
    assert f"? {said.partition(':')[0]}" in re.sub("[\u2066-\u2069]", "", done.out)
    assert place.run("apply", "--yes").code == 5
    done = place.run("apply", "next.plan.json")
    assert done.code == 5
    assert f"error: refused until {said}  [{rule}]\n  " in done.err
    assert f"  hint: {hint} next.plan.json{more}\n" in done.err
    assert written(server) == []


def commands(text: str) -> list[list[str]]:
    """The commands of hints, as words."""
    found = re.findall(r"reconciler ((?:apply|plan|rollback) [^;\n]*)", text)
    return [shlex.split(one) for one in found]


@pytest.mark.parametrize(
    ("saved", "which"), [(False, 0), (True, -1)], ids=["first, fresh", "last, saved"]
)
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("max_changes: 1", []),
        ("max_changes: 1", ["--target", "*-?"]),
        ("protected_agents: [bank-*]", ["--target", "*"]),
        ("allow_create: false", ["--exclude", "bank-*"]),
        ("approvals: [spoken, behaviour]", ["--var", "who=a 'b'"]),
    ],
)
def test_the_commands_of_a_hint_work_when_copied(place, server, lines, words, which, saved):
    limit(place, lines)
    path = place.root / "reconciler.yaml"
    path.write_text(path.read_text("utf-8") + "    vars: { who: world }\n", "utf-8")
    edit(place, lang="en", silenceThreshold=900, greetingMessage="Hello ${var.who}")
    if lines.startswith("allow_create"):
        new_agent(place)
    if saved:
        place.run("plan", *words, "--out", "n.plan.json")
        done = place.run("apply", "n.plan.json")
    else:
        done = place.run("apply", "--yes", *words)
    assert (done.code, written(server)) == (5, [])
    (hint,) = (line for line in done.err.splitlines() if line.startswith("  hint: "))
    command = commands(hint)[which]
    if command[0] == "plan":
        assert place.run(*command).code == 0, command
        command = ["apply", "n.plan.json"]
    done = place.run(*command)
    assert done.code == 0, (command, done.err)
    assert written(server)


def test_a_hint_keeps_the_options_of_the_run(place):
    limit(place, "protected_agents: [bank-*]\napprovals: [spoken, reach]")
    edit(place, lang="en")
    said = ["--target", "*", "--approve", "reach", "--config", "."]
    done = place.run("apply", "--yes", "--parallelism", "2", *said)
    assert commands(done.err)[0] == [
        *["apply", "--config", ".", "-e", "live", "--target", "*", "--exclude", "bank-*"],
        *["--approve", "reach", "--auto-approve"],
    ]
    assert commands(done.err)[1] == [
        *["apply", "--config", ".", "-e", "live", "--target", "*"],
        *["--approve", "reach", "--auto-approve", "--approve", "spoken"],
    ]


def test_a_rollback_is_hinted_as_one_even_if_it_was_saved(place, server):
    edit(place, lang="en")
    assert place.apply().code == 0
    limit(place, "protected_agents: [bank-*]")
    done = place.run("rollback", "2", "--yes")
    assert commands(done.err) == [
        ["rollback", "2", "-e", "live", "--exclude", "bank-*", "--auto-approve"]
    ]
    done = place.run("rollback", "2", "--out", "back.plan.json")
    assert (done.code, done.err) == (5, "Saved. Apply refuses it.\n")
    done = place.run("apply", "back.plan.json")
    (again,) = commands(done.err)
    assert again[:2] == ["rollback", "2"]
    assert place.run(*again).code == 0
    server.app.state.requests.clear()
    assert place.run("apply", "back.plan.json").code == 0
    assert written(server) == ["PATCH"]


PASSES = {
    "max_changes": ("max_changes: 2", {"lang": "en"}),
    "max_changes, a share": ("max_changes: 100%", {"lang": "en"}),
    "allow_create": ("allow_create: false", {"lang": "en"}),
    "protected_agents": ("protected_agents: [other]", {"lang": "en"}),
    "protected_fields": ('protected_fields: [params, "x-*:lang"]', {"lang": "en"}),
    "windows": (
        'timezone: Asia/Riyadh\nwindows: [{ days: [Thursday], from: "20:00", to: "06:05" }]',
        {"lang": "en"},
    ),
    "windows, whole days": ("timezone: UTC\nwindows: [{ days: [Friday] }]", {"lang": "en"}),
    "approvals": ("approvals: [silent]", {"lang": "en"}),
    "required_text": (
        f"required_text: [{{ text: {CLAUSE}, field: greetingMessage }}]",
        {"greetingMessage": f"Hi.  {CLAUSE.replace(' ', '  ')}"},
    ),
    "required texts of others": (
        "required_text: [{ text: Nobody says it, agents: [x-*] }]",
        {"lang": "en"},
    ),
    "required texts that no one sees": (
        f"required_text: [{{ text: {CLAUSE} }}]",
        {"greetingMessage": "\u200f" + CLAUSE.replace("س", "سـ").replace(" ", "\u00a0")},
    ),
}


@pytest.mark.parametrize("case", PASSES)
def test_a_plan_within_its_policies_passes(place, server, case):
    """Every second case as a saved plan."""
    saved = [*PASSES].index(case) % 2
    lines, change = PASSES[case]
    limit(place, lines)
    edit(place, **change)
    done = place.run("plan", "--quiet", "--out", "next.plan.json")
    assert (done.code, "Apply will" in done.out) == (0, False)
    assert place.run("apply", *(["next.plan.json"] if saved else ["--yes"])).code == 0
    assert written(server) == ["PATCH", "PATCH"]


def test_no_agent_is_created_if_creating_is_not_allowed(place, server):
    limit(place, "allow_create: false")
    new_agent(place)
    assert told(place) == {
        "allow_create": "this plan creates 1 agent in live, and `allow_create: false` allows none: "
        "clinic-c | if one is live under another name, pin its `id`; if not, create it in the "
        f"dashboard and import it, or leave it out: {APPLY} --exclude clinic-c"
    }
    assert place.run("plan", "--out", "next.plan.json").code == 5
    assert place.run("apply", "next.plan.json").code == 5
    assert place.run("apply", "--yes", "--exclude", "clinic-c").code == 0
    limit(place, "allow_create: true")
    assert place.run("apply", "next.plan.json").code == 0
    assert written(server) == ["POST"]


def test_a_new_agent_counts_and_its_fields_and_words_are_checked(place):
    limit(
        place,
        "max_changes: 0\nprotected_fields: [voiceId]\napprovals: [spoken]\n"
        "required_text: [{ text: Bye, field: outcome, agents: [clinic-c] }]",
    )
    new_agent(place)
    found = told(place)
    assert list(found) == ["max_changes", "protected_fields", "required_text", "approvals"]
    assert (
        "| take the field out of the file, and set it in the dashboard; to"
        in (found["protected_fields"])
    )
    assert "clinic-c (`outcome` of agents/clinic-c.yaml)" in found["required_text"]


def test_what_a_plan_does_not_write_is_no_reason_to_refuse_it(place, server):
    edit(place, "clinic-a", lang="en")
    limit(
        place,
        "protected_agents: [bank-*]\nprotected_fields: ['bank-b:lang']\n"
        "required_text: [{ text: Nobody says it, agents: [bank-b] }]",
    )
    assert told(place) == {}
    edit(place, lang="en")
    assert place.run("plan").code == 5
    assert place.run("apply", "--yes", "--exclude", "bank-*").code == 0
    assert written(server) == ["PATCH"]


def test_all_refusals_are_reported_at_once_before_the_question(place, server):
    limit(
        place,
        "max_changes: 1\nprotected_agents: [bank-*]\napprovals: [spoken]\n"
        f"required_text: [{{ text: {CLAUSE} }}]",
    )
    edit(place, greetingMessage="Hello", lang="en")
    done = place.run("apply", answer="yes\n")
    assert done.code == 5
    assert "Only `yes` is accepted" not in done.err
    assert "Apply will refuse" not in done.out  # once is enough: as errors, with file and line
    done = place.run("apply", "--yes")
    rules = re.findall(r"\[(\w+)\]$", done.err, re.MULTILINE)
    assert rules == ["max_changes", "protected_agents", "required_text", "approvals"]
    assert "  reconciler.yaml:6  environments.live.policies.max_changes\n" in done.err
    assert "error: 4 rules of live refuse this plan; nothing was written\n" in done.err
    done = place.run("apply", "--yes", "--format", "json")
    assert [one["rule"] for one in done.json["problems"]] == rules
    assert done.json["error"]["exit_code"] == 5
    assert written(server) == []


def test_the_command_line_passes_the_limit_on_changes_alone(place, server):
    limit(place, "max_changes: 1\nprotected_fields: ['bank-b:lang']")
    edit(place, lang="en")
    for options in (["--force"], ["--max-changes", "2"]):
        done = place.run("apply", "--yes", *options)
        assert (done.code, re.findall(r"\[(\w+)\]$", done.err, re.MULTILINE)) == (
            5,
            ["protected_fields"],
        )
    limit(place, "max_changes: 1")
    assert place.run("apply", "--yes", "--max-changes", "50%").code == 5
    assert place.run("apply", "--yes", "--force").code == 0
    assert written(server) == ["PATCH", "PATCH"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 5),
        (["--approve", "spoken"], 5),
        (["--approve", "spoken", "--approve", "behaviour"], 0),
        (["--approve", "spoken,behaviour"], 0),
        (["--approve", "all"], 0),
        (["--approve", "loud"], 64),
    ],
)
def test_a_group_is_approved_by_its_name(place, options, code):
    limit(place, "approvals: [spoken, behaviour, reach]")
    edit(place, lang="en", silenceThreshold=900)
    assert place.run("plan", "--out", "next.plan.json").code == 0
    assert place.run("apply", "--yes", "--target", "bank-b", *options).code == code
    if code != 0:
        assert place.run("apply", "next.plan.json", *options).code == code


def test_an_unknown_group_is_reported(files):
    done = files.run("apply", "--approve", "loud")
    assert (
        "loud is not understood; the groups: spoken, behaviour, reach, silent, cosmetic or all"
        in (done.err)
    )


def test_a_change_of_characters_alone_is_cosmetic_and_needs_no_approval_of_what_is_spoken(place):
    limit(place, "approvals: [spoken]")
    edit(place, greetingMessage=f"{CLAUSE}.  Hello")
    assert told(place) == {}
    limit(place, "approvals: [cosmetic]")
    assert "writes 2 cosmetic fields of 2 agents" in told(place)["approvals"]


# Time windows


def test_a_file_does_not_move_its_agent_into_another_window(place, server):
    zone = {"googleCalendarSettings": {"timezone": "America/New_York"}}
    limit(place, 'timezone: Asia/Riyadh\nwindows: [{ from: "22:00", to: "23:00" }]')
    edit(place, "bank-b", **zone)
    edit(place, "clinic-a", lang="en")
    assert told(place)["windows"].startswith(
        "refused until Friday 22:00 in Asia/Riyadh: an apply to live may write every day "
        "22:00–23:00, and it is Friday 06:04 there now: 2 agents wait: bank-b"
    )
    place.now = "2026-01-03T03:30:00Z"  # 22:30 in New York, 06:30 in Riyadh
    assert "2 agents wait" in told(place)["windows"]
    assert place.run("plan", "--out", "next.plan.json").code == 0
    assert place.run("apply", "next.plan.json").code == 5
    place.now = "2026-01-02T19:30:00Z"  # 22:30 in Riyadh, 14:30 in New York
    assert place.run("apply", "next.plan.json").code == 0
    assert written(server) == ["PATCH", "PATCH"]


def test_the_zone_of_an_agent_is_the_live_one(project, serve):
    server = serve("shape=G1")
    project.env |= {"URL": server.url, "KEY": "sandbox"}
    limit(project, "")
    for key in ("bank-b", "clinic-a"):
        project.agent(key, {"agentName": key})
    assert project.apply().code == 0
    limit(project, 'timezone: Asia/Riyadh\nwindows: [{ from: "22:00", to: "23:00" }]')
    live(server, "bank-b", googleCalendarSettings={"timezone": "America/Santo_Doming"})
    for key in ("bank-b", "clinic-a"):
        project.agent(key, {"agentName": key, "lang": "en"})
    project.now = "2026-01-03T02:30:00Z"
    found = project.run("plan", "--format", "json").json["violations"]
    assert [one["agents"] for one in found] == [["clinic-a"]]
    live(server, "bank-b", googleCalendarSettings={"timezone": "Mars/Olympus"})
    found = project.run("plan", "--format", "json").json["violations"]
    assert [one["agents"] for one in found] == [["bank-b", "clinic-a"]]


def test_a_way_back_is_open_at_any_hour_but_not_past_the_other_rules(place, server):
    edit(place, lang="en")
    assert place.apply().code == 0
    limit(place, "timezone: UTC\nwindows: [{ days: [Monday] }]\napprovals: [spoken]")
    assert place.run("rollback", "--yes").code == 5
    done = place.run("rollback", "--yes", "--approve", "spoken")
    assert done.code == 0, done.err
    limit(place, "protected_agents: ['*']")
    edit(place, lang="ar")
    assert place.run("rollback", "--out", "back.plan.json").code == 5
    assert "2 protected agents" in place.run("show", "back.plan.json").out


def test_an_answer_that_comes_when_the_window_has_closed_is_too_late(place, server):
    class Slow(Terminal):
        """A person who answers an hour later."""

        def readline(self, _size: int = -1) -> str:
            place.now = "2026-01-02T04:04:05Z"
            return "yes\n"

    limit(place, 'timezone: UTC\nwindows: [{ days: [Friday], to: "04:00" }]')
    edit(place, lang="en")
    done = place.run("apply", answer=Slow())
    assert (done.code, "Only `yes` is accepted" in done.err) == (5, True)
    assert written(server) == []


SUNDAY = 6
NIGHT = Window(days=(SUNDAY,), start=20 * 60, end=6 * 60)


@pytest.mark.parametrize(
    ("window", "day", "minute", "expected"),
    [
        (NIGHT, SUNDAY, 20 * 60, True),
        (NIGHT, SUNDAY, 20 * 60 - 1, False),
        (NIGHT, 0, 6 * 60 - 1, True),
        (NIGHT, 0, 6 * 60, False),
        (NIGHT, SUNDAY, 0, False),
        (Window(days=(3,), start=60, end=120), 3, 60, True),
        (Window(days=(3,), start=60, end=120), 3, 120, False),
        (Window(days=(3,), start=60, end=120), 4, 60, False),
        (Window(days=(3,), start=0, end=DAY), 3, DAY - 1, True),
        (Window(days=(3,), start=0, end=DAY), 4, 0, False),
    ],
)
def test_a_window_opens_with_its_first_minute_and_closes_with_its_last(
    window, day, minute, expected
):
    assert windows.is_open(window, Moment(day, minute)) is expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((6, 0, 1, 2, 3), "Sunday to Thursday 20:00–06:00"),
        ((4,), "Friday 20:00–06:00"),
        ((4, 5), "Friday, Saturday 20:00–06:00"),
        ((0, 2, 4), "Monday, Wednesday, Friday 20:00–06:00"),
        (tuple(range(7)), "every day 20:00–06:00"),
    ],
)
def test_a_window_is_shown_from_sunday(days, expected):
    assert windows.told(Window(days=days, start=20 * 60, end=6 * 60)) == expected


moments = st.builds(Moment, st.integers(0, 6), st.integers(0, DAY - 1))
openings = st.builds(
    lambda days, start, length: Window(
        days=tuple(sorted(days)), start=start, end=(start + length) % DAY
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, DAY - 1),
    st.integers(1, DAY - 1),
)


@given(st.lists(openings, min_size=1), moments)
def test_the_next_opening_is_open_and_there_is_none_before_it(found, now):
    soon = windows.opening(found, now)
    assert any(windows.is_open(window, soon) for window in found)
    if not any(windows.is_open(window, now) for window in found):
        wait = ((soon.day - now.day) * DAY + soon.minute - now.minute) % (7 * DAY)
        for minutes in range(0, wait, max(1, wait // 50)):
            at = now.day * DAY + now.minute + minutes
            then = Moment(at // DAY % 7, at % DAY)
            assert not any(windows.is_open(window, then) for window in found)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Riyadh", Moment(4, 6 * 60 + 4)),
        ("UTC", Moment(4, 3 * 60 + 4)),
        ("America/New_York", Moment(3, 22 * 60 + 4)),
        ("America/Santo_Doming", Moment(3, 23 * 60 + 4)),
        ("Mars/Olympus", None),
        ("America", None),
        ("../etc/passwd", None),
        ("a\0b", None),
        ("", None),
    ],
)
def test_what_the_clocks_of_a_zone_show(zone, expected):
    assert zones.local(zone, "2026-01-02T03:04:05Z") == expected


# Clauses


def test_a_required_text_that_the_dashboard_dropped_is_reported_unless_the_plan_brings_it_back(
    place, server
):
    limit(
        place, f"required_text: [{{ text: {CLAUSE}, field: greetingMessage, agents: [clinic-a] }}]"
    )
    live(server, "clinic-a", greetingMessage="Hello")
    assert told(place) == {}
    place.agent("clinic-a", {"agentName": "clinic-a", "voiceId": "v2"})
    assert told(place)["required_text"].split(": clinic-a ")[1] == (
        "(missing live, and this plan does not bring it back) | put the sentence back in the "
        "dashboard, or `greetingMessage` with it into the file; to drop it for good, take it out "
        "of `required_text` in a reviewed change"
    )
    assert place.run("plan", "--out", "next.plan.json").code == 5
    assert place.run("apply", "next.plan.json").code == 5
    live(server, "clinic-a", greetingMessage=CLAUSE)
    assert place.run("apply", "next.plan.json").code == 0


def test_ignored_fields_are_checked_as_they_are_live(place, server):
    limit(
        place, f"required_text: [{{ text: {CLAUSE}, field: greetingMessage, agents: [clinic-a] }}]"
    )
    left = {"lifecycle": {"ignore": ["greetingMessage"]}}
    place.agent("clinic-a", spec("clinic-a", lang="en"), **left)
    assert told(place) == {}
    live(server, "clinic-a", greetingMessage="Hello")
    assert "missing live" in told(place)["required_text"]
    assert place.run("validate").code == 0


def test_unreadable_fields_are_reported_and_not_refused(place):
    place.env["WORDS"] = "secret words"
    limit(place, "required_text: [{ text: x, field: greetingMessage, agents: [clinic-a] }]")
    edit(place, "clinic-a", greetingMessage={"$secret": "WORDS"})
    done = place.run("plan")
    assert done.code == 0
    assert (
        "warning: it is not known whether clinic-a says “x”  [required_text]\n"
        "  reconciler.yaml:6  environments.live.policies.required_text.0\n"
        "  hint: a secret, or a field that the API does not show, cannot be looked at\n"
    ) in done.err


def test_a_required_text_may_be_in_a_file_or_a_variable(place):
    place.write("recorded.txt", f"{CLAUSE}\n")
    limit(place, "required_text: [{ text: { $file: recorded.txt } }, { text: 'Hello ${var.who}' }]")
    path = place.root / "reconciler.yaml"
    path.write_text(path.read_text("utf-8") + "    vars: { who: world }\n", "utf-8")
    edit(place, "clinic-a", greetingMessage="Hello world")
    assert f"“{CLAUSE}”" in told(place)["required_text"]
    edit(place, "clinic-a", greetingMessage=CLAUSE)
    assert "“Hello world”" in told(place)["required_text"]
    edit(place, "clinic-a", greetingMessage=f"Hello world. {CLAUSE}")
    assert told(place) == {}


def test_validate_finds_a_dropped_required_text_offline_and_shows_the_line(files):
    limit(files, f"required_text: [{{ text: {CLAUSE}, field: greetingMessage }}, {{ text: Bye }}]")
    files.write(
        "agents/clinic-a.yaml",
        "spec:\n  agentName: clinic-a\n  voiceId: v1\n  greetingMessage: Hello\n",
    )
    done = files.run("validate")
    assert (done.code, done.err.splitlines()) == (
        1,
        [
            (
                f"error: `greetingMessage` does not say “{CLAUSE}”, which `required_text` of live "
                "asks for  [required_text]"
            ),
            "  agents/clinic-a.yaml:4  spec.greetingMessage",
            "  hint: put the sentence back; to drop it, take it out of the project file first",
            "",
            "error: 1 error in 1 file",
        ],
    )
    texts = {"preamble": "x", "outcome": "x", "pokeMessages": ["x"], "params": {"x": "x"}}
    edit(files, "clinic-a", **texts)
    assert "no text of the agent says “Bye”" in files.run("validate").err
    edit(files, "clinic-a", **texts | {"pokeMessages": ["Good  Bye"]})
    assert files.run("validate").code == 0


def test_validate_skips_a_text_with_another_mistake(files):
    limit(files, "required_text: [{ text: Bye, field: greetingMessage, agents: [clinic-a] }]")
    edit(files, "clinic-a", greetingMessage={"$file": "none.md"})
    assert "[required_text]" not in files.run("validate").err
    edit(files, "clinic-a", greetingMessage="{{ a b }}")
    assert "[required_text]" in files.run("validate").err


def test_drift_reports_required_texts_that_are_gone_also_in_fields_that_no_file_names(
    place, server
):
    limit(place, f"required_text: [{{ text: {CLAUSE}, field: preamble, agents: [clinic-a] }}]")
    drift = ("drift", "--ignore", "preamble")
    live(server, "clinic-a", preamble=f"Be kind. {CLAUSE}")
    assert place.run(*drift).code == 0
    live(server, "clinic-a", preamble="Be kind.")
    done = place.run(*drift, "--format", "json")
    assert done.code == 2
    assert done.json["required_text"] == [{"key": "clinic-a", "field": "preamble", "text": CLAUSE}]
    assert done.json["drift"] is False
    done = place.run(*drift, "--report", "junit=drift.xml")
    assert done.code == 2
    assert "Required texts that are missing live:\n" in done.out
    assert "1 required text missing live" in done.out.splitlines()[-1]
    suite = ET.fromstring((place.root / "drift.xml").read_bytes())  # noqa: S314 - our own output
    assert suite.get("failures") == "1"
    assert place.run(*drift, "--exclude", "clinic-a").code == 0


@pytest.mark.parametrize("options", [[], ["--overwrite"]], ids=["drift", "overwrite"])
def test_pull_takes_no_edit_that_drops_a_required_text(place, server, options):
    limit(place, f"required_text: [{{ text: {CLAUSE} }}]")
    before = (place.root / "agents/clinic-a.yaml").read_bytes()
    live(server, "clinic-a", greetingMessage="Hello")
    done = place.run("pull", *options)
    assert done.code == 4
    assert f"left: it drops what `required_text` of the project pins: “{CLAUSE}”" in (
        re.sub("[\u2066-\u2069]", "", done.out)
    )
    assert (place.root / "agents/clinic-a.yaml").read_bytes() == before
    assert place.run("pull", *options, answer="y\n").code == 4
    assert (place.root / "agents/clinic-a.yaml").read_bytes() == before


def test_pull_takes_an_edit_that_keeps_the_required_text(place, server):
    limit(place, f"required_text: [{{ text: {CLAUSE} }}]")
    live(server, "clinic-a", greetingMessage=f"Good morning. {CLAUSE}")
    assert place.run("pull").code == 0
    assert "Good morning" in (place.root / "agents/clinic-a.yaml").read_text("utf-8")


def test_a_required_text_that_moved_to_another_field_is_pulled_in_two_steps(place, server):
    place.agent("clinic-a", spec("clinic-a", preamble="Be kind."))
    assert place.apply().code == 0
    limit(place, f"required_text: [{{ text: {CLAUSE} }}]")
    live(server, "clinic-a", greetingMessage="Hello", preamble=f"Be kind. {CLAUSE}")
    assert [place.run("pull").code for _ in range(2)] == [4, 0]
    assert place.changes() == []


# A folder of agents that is not whole


@pytest.fixture
def fleet(place: Project) -> Project:
    for number in range(3):
        place.agent(f"shop-{number}", spec(f"shop-{number}"))
    assert place.apply().code == 0
    return place


def lose(project: Project, *keys: str) -> None:
    for key in keys:
        (project.root / f"agents/{key}.yaml").unlink()


def test_agents_of_the_state_without_a_file_are_listed(fleet):
    lose(fleet, "shop-0", "shop-1")
    done = fleet.run("plan")
    assert done.code == 0
    assert "In the state, in no file any more: shop-0, shop-1\n" in done.out
    assert fleet.plan()["orphans"] == ["shop-0", "shop-1"]
    assert fleet.plan("--target", "bank-b")["orphans"] == []


def test_most_agents_without_a_file_are_half_a_folder(fleet, server):
    lose(fleet, "shop-0", "shop-1", "clinic-a")
    edit(fleet, "bank-b", lang="en")
    server.app.state.requests.clear()
    assert told(fleet) == {
        "missing_files": "3 of 5 agents that the state knows in live are in no file any more: "
        "clinic-a, shop-0, shop-1 | restore their files; if they are to be without, the state "
        "can forget them, and no live agent is touched: reconciler apply -e live --allow-missing"
    }
    assert fleet.run("plan", "--out", "next.plan.json").code == 5
    assert fleet.run("apply", "next.plan.json").code == 5
    done = fleet.run("apply", "--yes")
    assert (done.code, "  reconciler.state.json\n" in done.err) == (5, True)
    assert written(server) == []
    done = fleet.run("apply", "--yes", "--allow-missing")
    assert done.code == 0
    assert "The state forgets agents that no file has: clinic-a, shop-0, shop-1\n" in done.err
    assert written(server) == ["PATCH"]
    assert fleet.plan()["orphans"] == []
    assert len(server.app.state.store.records()) == 5


def test_a_forgotten_agent_is_found_by_name_when_its_file_returns(fleet):
    lose(fleet, "shop-0", "shop-1", "shop-2")
    assert fleet.run("apply", "--yes", "--allow-missing").code == 0
    edit(fleet, "shop-0")
    (found,) = [one for one in fleet.plan()["actions"] if one["key"] == "shop-0"]
    assert (found["action"], found["notes"]) == ("record", ["found by its name"])


def test_a_renamed_file_and_a_single_lost_one_are_no_half_folder(place):
    for key in ("clinic-a", "bank-b"):
        (place.root / f"agents/{key}.yaml").rename(place.root / f"agents/new-{key}.yaml")
    assert place.plan()["orphans"] == []
    lose(place, "new-bank-b")
    assert (place.run("plan").code, place.plan()["orphans"]) == (0, ["bank-b"])


@pytest.mark.parametrize(
    ("mode", "commands"),
    [(0, ("validate", "plan")), (0o400, ("fmt",))],
    ids=["closed", "only its names"],
)
def test_a_folder_that_cannot_be_read_is_a_mistake(project, programs, mode, commands):
    project.on("http://127.0.0.1:9")
    project.agent("a", {"agentName": "A"})
    folder = project.agent("shops/b", {"agentName": "B"}).parent
    folder.chmod(mode)
    for command in commands:
        done = confined.tool(programs, project, command)
        assert (done.code, done.err.splitlines()[:3]) == (
            1,
            [
                "error: the folder cannot be read: permission denied",
                "  agents/shops",
                "  hint: mend or remove it: on half a folder nothing is planned",
            ],
        )
    folder.chmod(0o700)


def test_a_file_that_cannot_be_read_is_a_mistake(project, programs):
    project.agent("shops/b", {"agentName": "B"}).chmod(0)
    done = confined.tool(programs, project, "validate")
    assert (done.code, done.err.splitlines()[:2]) == (
        1,
        ["error: cannot be read: permission denied", "  agents/shops/b.yaml"],
    )


@pytest.mark.parametrize(
    ("name", "target", "said"),
    [
        ("shops", "gone", "the link leads nowhere"),
        ("shops", "../..", "the link leads out of the project"),
        ("b.yaml", "gone.yaml", "cannot be read: no such file or directory"),
        ("b.yaml", "b.yaml", "cannot be read: too many levels of symbolic links"),
        ("b.yaml", "../agents", "cannot be read: is a directory"),
    ],
)
def test_a_link_that_leads_to_no_agents_is_a_mistake(project, name, target, said):
    project.agent("a", {"agentName": "A"})
    (project.root / "agents" / name).symlink_to(target)
    done = project.run("validate")
    assert (done.code, done.err.splitlines()[:2]) == (1, [f"error: {said}", f"  agents/{name}"])


def test_links_to_folders_are_followed_once(project):
    project.agent("a", {"agentName": "A"})
    project.write("elsewhere/b.yaml", "spec: { agentName: B }\n")
    (project.root / "agents/more").symlink_to("../elsewhere")
    (project.root / "agents/again").symlink_to("../elsewhere")
    (project.root / "agents/round").symlink_to(".")
    assert project.run("validate", "--quiet").out == "Valid: 2 agents for default.\n"


# How refusals are shown


@pytest.fixture
def refusing(place: Project) -> Project:
    limit(place, "max_changes: 1\napprovals: [spoken]")
    edit(place, lang="en")
    return place


def test_every_format_shows_the_refusals(refusing):
    forms = ("text", "json", "markdown", "html", "junit")
    reports = [f"--report={form}={form}.out" for form in forms]
    assert refusing.run("plan", *reports, "--out", "next.plan.json").code == 5
    texts = {form: (refusing.root / f"{form}.out").read_text("utf-8") for form in forms}
    for form in forms:
        assert "writes 2 agents" in texts[form], form
        assert "--approve spoken" in texts[form], form
        assert "--max-changes 2" in texts[form], form
    head = texts["markdown"].split("###")[0]
    assert "> [!CAUTION]\n> **Apply will refuse**\n> - this plan writes 2 agents of live" in head
    assert "> [!IMPORTANT]\n> **Apply will refuse until**\n> - somebody gives --approve" in head
    assert '<h2 id="alarm-1">Apply will refuse</h2>' in texts["html"]
    suite = ET.fromstring(texts["junit"])  # noqa: S314 - our own output
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    names = {case.get("name"): [one.tag for one in case] for case in suite.iter("testcase")}
    assert names["max_changes"] == ["failure"]
    assert names["approvals"] == ["skipped"]
    assert "violations" in json.loads(texts["json"])


def test_a_saved_plan_shows_what_refused_it_when_it_was_made(refusing):
    assert refusing.run("plan", "--out", "next.plan.json").code == 5
    limit(refusing, "")
    done = refusing.run("show", "next.plan.json", "--format", "json")
    assert done.code == 0
    assert refused(done) == [("max_changes", False), ("approvals", True)]
    assert refusing.run("apply", "next.plan.json").code == 0


def test_a_plan_file_that_no_rule_refused_when_it_was_made_is_decided_again(refusing):
    assert refusing.run("plan", "--out", "next.plan.json").code == 5
    path = refusing.root / "next.plan.json"
    content = json.loads(path.read_text("utf-8"))
    del content["checksum"]
    content["violations"] = []
    path.write_text(json.dumps(planfile.sealed(content)), "utf-8")
    done = refusing.run("show", "next.plan.json", "--format", "json")
    assert (done.code, refused(done)) == (0, [])
    assert refusing.run("apply", "next.plan.json").code == 5
    assert refusing.run("apply", "next.plan.json", "--force", "--approve", "all").code == 0


def test_a_refusal_goes_before_a_blocked_agent(place):
    limit(place, "max_changes: 0")
    edit(place, "clinic-a", lang="en")
    place.agent("pinned", {"agentName": "Pinned"}, id="11111111-1111-1111-1111-111111111111")
    assert place.run("plan").code == 5
    limit(place, "")
    assert place.run("plan").code == 1


# What the project file may say


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ("max_change: 1", 6, "`max_change` is not a known key | did you mean `max_changes`?"),
        ("allow_create: no", 6, "`allow_create` must be `true` or `false` | "),
        ("protected_agents: bank", 6, "`protected_agents` must be a list, such as [bank-*] | "),
        ("protected_fields: [voiceID]", 6, "`voiceID` is not a field | did you mean `voiceId`?"),
        ("protected_fields:\n  - 'x:tols'", 7, "`tols` is not a field | did you mean `tools`?"),
        ("timezone: Asia/Ryadh", 6, "`timezone` names no time zone | did you mean `Asia/Riyadh`?"),
        (
            "windows:\n  - { days: [Friday] }",
            6,
            "`windows` need a `timezone` next to them | such as `timezone: Asia/Riyadh`",
        ),
        (
            "protected_fields: voiceId",
            6,
            "`protected_fields` must be a list, such as [voice.voiceId, ",
        ),
        ("approvals: spoken", 6, "`approvals` must be a list, such as [spoken, reach] | "),
        (
            "required_text: { text: x }",
            6,
            "`required_text` must be a list, such as - { field: conversation.g",
        ),
        (
            'timezone: UTC\nwindows: { from: "20:00", to: "06:00" }',
            7,
            '`windows` must be a list, such as - { from: "20:00", to: "06:00" } | ',
        ),
        ("timezone: UTC\nwindows: []", 7, "`windows` must be a list, such as - {"),
        ("timezone: UTC\nwindows: [{ days: Friday }]", 7, "`days` must be a list, such as [Sund"),
        ("timezone: UTC\nwindows:\n  - days: [Sonntag]", 8, "`days.0` must be `Monday`"),
        ('timezone: UTC\nwindows:\n  - { from: "8:00" }', 8, "`from` must be a time of day"),
        ('timezone: UTC\nwindows: [{ form: "08:00" }]', 7, "`form` is not a known key | did you"),
        (
            'timezone: UTC\nwindows:\n  - { from: "08:00", to: "08:00" }',
            8,
            "the window has no minute | a whole day is",
        ),
        ("approvals: [loud]", 6, "`approvals.0` must be `spoken`, `behaviour`"),
        ("required_text: [{ field: preamble }]", 6, "`text` is missing"),
        (
            "required_text: [{ text: ' \u200f' }]",
            6,
            "the required text is empty | every text holds it",
        ),
        ("required_text: [{ text: { $secret: KEY } }]", 6, "a required text takes a text"),
        (
            "required_text: [{ text: { $file: none.txt } }]",
            6,
            "`$file` cannot be read: no such file",
        ),
        ("required_text: [{ text: x, field: voiceId }]", 6, "`voiceId` is no field with words"),
        (
            "required_text: [{ text: x, agents: [] }]",
            6,
            "`agents` must be a list, such as [clinic-*]",
        ),
    ],
)
def test_a_mistake_in_the_policies_is_reported_with_its_place(files, lines, line, said):
    limit(files, lines)
    done = files.run("validate", "--format", "json")
    (found,) = done.json["problems"]
    assert done.code == 1
    assert (found["file"], found["line"]) == ("reconciler.yaml", line)
    assert f"{found['message']} | {found['hint']}".startswith(said)


def test_a_glob_that_fits_no_agent_is_reported(files):
    limit(
        files,
        "protected_agents: [bank-*, clinik-*]\nprotected_fields: ['x:lang', lang]\n"
        "required_text: [{ text: x, agents: [clinic-b] }]",
    )
    found = files.run("validate", "--format", "json").json["problems"]
    assert [(one["line"], one["message"], one["warning"]) for one in found] == [
        (6, "`clinik-*` fits no agent of the files", True),
        (7, "`x` fits no agent of the files", True),
        (8, "`clinic-b` fits no agent of the files", True),
    ]
    assert found[2]["hint"] == "did you mean `clinic-a`?"


# As functions


@pytest.mark.parametrize(
    ("given_limit", "agents", "allowed"),
    [
        (0, 10, 0),
        (1, 10, 1),
        (7, 3, 7),
        ("30%", 10, 3),
        ("30%", 13, 3),
        ("100%", 10, 10),
        ("30%", 3, 1),
        ("30%", 0, 1),
        ("1%", 99, 1),
        ("1%", 200, 2),
        ("0%", 100, 1),
    ],
)
def test_a_limit_is_a_count_or_a_share_that_lets_at_least_one(given_limit, agents, allowed):
    assert allowance(given_limit, agents) == allowed


PATHS = ["greetingMessage", "preamble", "pokeMessages", "lang", "voiceId", "tools.smartCallEnd"]
words = st.sampled_from(["", "a", "a b", CLAUSE, "c\u200fd", None])
changes = st.builds(
    Change,
    path=st.sampled_from(PATHS),
    before=words,
    after=words,
    cause=st.sampled_from(Cause),
    impact=st.sampled_from(Impact),
    sensitive=st.booleans(),
    prose=st.booleans(),
)
actions = st.builds(
    build.made,
    kind=st.just(AGENT_V1),
    verb=st.sampled_from([Verb.CREATE, Verb.UPDATE, Verb.BLOCKED, Verb.IN_SYNC, Verb.UNMANAGED]),
    key=st.sampled_from(["a", "b", "bank-c", "", "x y"]),
    name=st.just("A"),
    id=st.sampled_from([None, "1", "2"]),
    changes=st.lists(changes, max_size=4, unique_by=lambda one: one.path).map(tuple),
    timezone=st.sampled_from(["", "Asia/Riyadh", "nowhere"]),
)
plans = st.builds(
    Plan,
    environment=st.just("test"),
    url=st.just(""),
    salt=st.just(""),
    agents=st.integers(0, 5),
    known=st.integers(0, 5),
    orphans=st.lists(st.sampled_from("abcd"), unique=True).map(tuple),
    actions=st.lists(actions, max_size=5, unique_by=lambda one: one.key).map(tuple),
)
limits = st.builds(
    Policies,
    max_changes=st.sampled_from([None, 0, 1, "50%"]),
    allow_create=st.booleans(),
    protected_agents=st.lists(st.sampled_from(["a", "bank-*"])).map(tuple),
    protected_fields=st.lists(
        st.builds(Protected, path=st.sampled_from([*PATHS, "tools"]), agents=st.just("*"))
    ).map(tuple),
    timezone=st.just("UTC"),
    windows=st.lists(openings, max_size=2).map(tuple),
    approvals=st.lists(st.sampled_from(GROUPS)).map(tuple),
    required_text=st.lists(
        st.builds(RequiredText, text=st.just("a b"), field=st.sampled_from(["", "preamble"])),
        max_size=2,
    ).map(tuple),
)


def sights(texts: dict[str, object]) -> Sights:
    agent = Live(
        kind=AGENT_V1, id="1", name="A", generation="G3", fields=texts, secrets={}, rest={}
    )
    return Sights(
        clock=lambda zone: zones.local(zone, "2026-01-02T03:04:05Z"),
        live={"1": agent},
    )


texts = st.dictionaries(st.sampled_from(PATHS), words)


@given(plans, limits, texts)
def test_guards_change_no_plan_and_speak_of_nothing_that_it_does_not_write(plan, limit, live_texts):
    copy = replace(plan, actions=tuple(replace(action) for action in plan.actions))
    found = policies.violations(plan, limit, sights(live_texts))
    assert plan == copy
    writes = {action.key for action in plan.writes} | {*plan.orphans}
    assert all({*one.agents} <= writes for one in found)
    assert all(one.message and one.hint and one.agents for one in found)
    assert found == tuple(sorted(found, key=lambda one: one.pending))


@given(plans, texts)
def test_without_policies_nothing_is_refused_but_half_a_folder(plan, live_texts):
    found = policies.violations(plan, Policies(), sights(live_texts))
    assert [one.rule for one in found if one.rule != "missing_files"] == []
    assert policies.violations(plan, Policies(forgotten=True), sights(live_texts)) == ()


@given(plans, limits, texts)
def test_a_plan_of_fewer_agents_is_refused_by_no_more_rules(plan, limit, live_texts):
    found = {one.rule for one in policies.violations(plan, limit, sights(live_texts))}
    fewer = replace(plan, actions=plan.actions[1:])
    assert {one.rule for one in policies.violations(fewer, limit, sights(live_texts))} <= found


@pytest.mark.parametrize(
    ("text", "clause", "expected"),
    [
        ("One. This call is recorded. Two.", "This call is recorded", True),
        ("this call is recorded", "This call is recorded", False),
        ("This call\n  is   recorded", "This call is recorded", True),
        ("This call is not recorded", "This call is recorded", False),
        ("هـذه المكـالمة مسجلة", CLAUSE, True),
        ("هذه\u200f المكالمة\u00a0مسجلة", CLAUSE, True),
        ("cafe\u0301", "café", True),
        ("call \u0663", "call 3", True),
        (["a", "b c"], "b c", True),
        (["b", "c"], "b c", False),
        ({"x": "b c"}, "b c", True),
        (None, "a", False),
        (3, "3", False),
    ],
)
def test_required_texts_are_compared_as_spoken(text, clause, expected):
    assert required_text.holds(text, clause) is expected


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ("protected_agents: [bank-b]", "protected_agents"),
        ("protected_fields: ['bank-b:lang']", "protected_fields"),
        (
            f"required_text: [{{ text: {CLAUSE}, field: greetingMessage, agents: [bank-b] }}]",
            "required_text",
        ),
    ],
)
def test_a_file_that_is_renamed_takes_its_rules_along(place, limits, rule):
    path = place.root / "agents/bank-b.yaml"
    edit(place, "bank-b", lang="en", greetingMessage="Hello")
    path.rename(place.root / "agents/cards.yaml")
    limit(place, limits)
    run = place.run("plan", "--target", "cards")
    assert run.code == 5
    assert "bank-b in the state" in run.out
    told = place.run("plan", "--target", "cards", "--format", "json").json["violations"]
    assert [(one["rule"], one["agents"]) for one in told] == [(rule, ["cards"])]


def test_a_required_text_that_no_caller_hears_is_not_kept(place):
    limit(place, f"required_text: [{{ text: {CLAUSE}, field: greetingMessage, agents: [bank-b] }}]")
    edit(place, "bank-b", greetingMessage=f"Hello <!-- {CLAUSE} -->")
    assert "required_text" in told(place)

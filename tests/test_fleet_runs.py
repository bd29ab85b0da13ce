"""A fleet against one server: one result of all pages, shards and their merge, apply in waves."""

import asyncio
import json
import signal
import subprocess
import time

import pytest

from reconciler.engine.fleet import fleet_digest, listing
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.transport.client import Connection, Reader, open_http
from reconciler.transport.rate import Rate
from tests import fleets
from tests.projects import OURS, QUICK, Project
from tests.test_fleet_file import git

pytestmark = [pytest.mark.cli, pytest.mark.socket]

FORMS = ("text", "markdown", "html", "junit", "sarif", "dotenv", "annotations")


@pytest.fixture(scope="module")
def server():
    """One server for all tests; the agents of a test are those of its keys."""
    running, tenants = fleets.served()
    with running:
        running.tenants = tenants
        yield running


@pytest.fixture
def fleet(server, tmp_path):
    """A fleet of four clients with two agents each, all applied, on a server without others."""
    server.tenants.apps.clear()
    made = fleets.made(tmp_path, server.url, 4, 2)
    done = made.run("apply", "--fleet", "--auto-approve", "--quiet")
    assert done.code == 0, done.err
    return made


def edit(fleet: Project, *names: str) -> None:
    """Change the same rule of every agent of these clients."""
    for name in names:
        for index in range(2):
            fleets.agent(fleet, name, index, safety=fleets.HOURS)


def document(fleet, *argv, code=0):
    done = fleet.run(*argv, "--format", "json")
    assert code in (None, done.code), done.err
    return done.json


def statuses(found):
    return {one["project"].removeprefix("clients/"): one["status"] for one in found["pages"]}


def test_one_result_shows_projects_with_changes_first_and_a_shared_change_once(fleet):
    edit(fleet, "c01", "c03")
    done = fleet.run("plan", "--fleet", "--detailed-exitcode")
    assert done.code == 2
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["clients/c01", "clients/c03"]
    assert lines[3] == "2 projects without changes: clients/c00, clients/c02"
    assert done.out.count("Ask a colleague for opening hours") == 1
    assert "shared change 1, on 4 agents of 2 projects: clients/c01 (2)" in done.out
    assert "4 projects, live: 2 with changes, 2 without changes; 4 to update" in lines[-1]


def test_a_project_that_cannot_be_read_stops_no_other_and_is_an_error_in_every_format(fleet):
    edit(fleet, "c01")
    fleet.write("clients/c02/reconciler.yaml", "environments: 3\n")
    fleet.env["KEY_c03"] = "no-key-of-theirs"
    reports = [word for form in FORMS for word in ("--report", f"{form}=r.{form}")]
    done = fleet.run("plan", "--fleet", "--report", "json=r.json", *reports)
    found = json.loads((fleet.root / "r.json").read_text("utf-8"))
    assert done.code == found["exit_code"] == 1
    assert statuses(found) == {"c00": "done", "c01": "done", "c02": "failed", "c03": "failed"}
    assert found["summary"].startswith("Plan for 4 projects, live: 1 with changes, 1 without")
    for form in set(FORMS) - {"dotenv"}:
        text = (fleet.root / f"r.{form}").read_text("utf-8")
        assert "clients/c02" in text, form
        assert "clients/c03" in text, form
        assert "no-key-of-theirs" not in text
    assert "CHANGES=2\n" in (fleet.root / "r.dotenv").read_text("utf-8")


def planned(fleet, count, *more):
    """The reports of all shards that have projects."""
    listed = document(fleet, "fleet", "shards", "--count", str(count), *more)["shards"]
    files = []
    for one in listed:
        name = f"shard-{one['shard'].partition('/')[0]}.json"
        words = ("--fleet", "--shard", one["shard"], *more, "--report", f"json={name}")
        assert fleet.run("plan", *words).code == 0
        files.append(name)
    return files


def test_the_report_of_merged_shards_is_that_of_one_process(fleet):
    edit(fleet, "c00", "c02")
    whole = [word for form in FORMS for word in ("--report", f"{form}=whole.{form}")]
    fleet.run("plan", "--fleet", "--report", "json=whole.json", *whole)
    files = planned(fleet, 3)
    assert len(files) == 3
    fleet.env = {}  # a merge needs no key
    merged = [word for form in FORMS for word in ("--report", f"{form}=merged.{form}")]
    words = ("report", "merge", *reversed(files), "--expect", "3", "--report", "json=merged.json")
    done = fleet.run(*words, *merged, "--detailed-exitcode")
    assert (done.code, done.err) == (2, "")
    for form in ("json", *FORMS):
        one, other = (fleet.root / f"{of}.{form}" for of in ("whole", "merged"))
        assert text(one) == text(other), form


def text(path):
    """A report, whether changes counted or not."""
    return path.read_text("utf-8").replace('"exit_code": 0', '"exit_code": 2')


def change(project, name, **keys):
    path = project.root / name
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **keys}), "utf-8")


def left_out(project, name):
    """Leave a page out of a report that is otherwise as it was written."""
    (_, *pages) = json.loads((project.root / name).read_text("utf-8"))["pages"]
    names = ("project", "environment", "digest")
    digest = fleet_digest(tuple(page[name] for name in names) for page in pages)
    change(project, name, pages=pages, digest=digest)


FOURTH = {"number": 2, "count": 4, "filled": []}
BROKEN = [
    pytest.param(
        lambda fleet, files: files.pop(),
        "2 of 3 shards with projects are there; missing: 3",
        id="one missing",
    ),
    pytest.param(
        lambda fleet, files: fleet.write(files[2], (fleet.root / files[1]).read_text("utf-8")),
        "shard 2 of 3 is in shard-2.json too",
        id="one twice",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], complete=False),
        "its run was interrupted: it is half a shard",
        id="interrupted",
    ),
    pytest.param(
        lambda fleet, files: fleet.write(files[1], '{"format_version": "2.0", "pages": ['),
        "shard-2.json is no JSON",
        id="cut off",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], commit="abc"),
        "it is of another commit than shard-1.json",
        id="of another commit",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], fleet="sha256:0"),
        "it is of another fleet, with other projects, than shard-1.json",
        id="of another fleet",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], command="drift", digest=""),
        "it is of another command than shard-1.json",
        id="of another command",
    ),
    pytest.param(
        lambda fleet, files: left_out(fleet, files[1]),
        "together the shards do not have each project once",
        id="a project is in no shard",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], shard=FOURTH),
        "it is shard 2 of 4, but --expect is 3",
        id="of another count",
    ),
    pytest.param(
        lambda fleet, files: fleet.write(files[1], '{"problems": [], "format_version": "2.0"}'),
        "shard-2.json: it is no report of a fleet",
        id="a run that stopped",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], pages=[{"project": 1}]),
        "shard-2.json: it is damaged",
        id="damaged",
    ),
    pytest.param(
        lambda fleet, files: change(fleet, files[1], format_version="3.0"),
        "its format is 3.0, not 2.0",
        id="of a newer format",
    ),
    pytest.param(
        lambda fleet, files: [change(fleet, name, command="pull", digest="") for name in files],
        "reports of pull are not merged",
        id="of a command without one result",
    ),
    pytest.param(
        lambda fleet, files: files.append("shard-9.json"),
        "shard-9.json cannot be read: no such file",
        id="a file that is not there",
    ),
]


def test_a_missing_or_half_shard_is_an_error_and_never_no_changes(fleet):
    for one in BROKEN:
        files = planned(fleet, 3)
        spoil, message = one.values
        spoil(fleet, files)
        done = fleet.run("report", "merge", *files, "--expect", "3", "--format", "json")
        assert done.code == (64 if "pull" in message else 1), one.id
        assert message in done.err, (one.id, done.err)
        assert message in done.out, one.id
        assert "without changes" not in done.out + done.err


def test_nothing_in_an_edited_report_acts_on_a_terminal(fleet):
    (file,) = planned(fleet, 1)
    (page, *_) = json.loads((fleet.root / file).read_text("utf-8"))["pages"]
    page["project"] = "a\x1b[2J\n::error::b"
    page |= {"status": "failed", "message": "c\u202ed", "exit_code": 1}
    digest = fleet_digest([(page["project"], "live", page["digest"])])
    listed = listing([f"{page['project']}:live"])
    change(fleet, file, pages=[page], digest=digest, fleet=listed)
    for form in ("text", "markdown", "html"):
        done = fleet.run("report", "merge", file, "--expect", "1", "--format", form)
        assert done.code == 1
        assert not {"\x1b", "\u202e"} & {*done.out, *done.err}, form
        assert "\n::error" not in done.out + done.err


def test_a_report_to_which_somebody_added_an_agent_is_not_applied(fleet):
    edit(fleet, "c00")
    fleet.run("plan", "--fleet", "--report", "json=fleet.json")
    fleets.agent(fleet, "c00", 1, greeting="Buy gold")
    fresh = document(fleet, "plan", "--config", "clients/c00")
    pages = json.loads((fleet.root / "fleet.json").read_text("utf-8"))["pages"]
    pages[0]["result"]["actions"] += fresh["actions"]
    change(fleet, "fleet.json", pages=pages)
    done = fleet.run("apply", "--fleet", "--plan-digest-file", "fleet.json")
    assert (done.code, "the digest of clients/c00 is not that of its agents" in done.err) == (
        4,
        True,
    )


def spoiled(fleet, spoil):
    """A reviewed plan in which somebody has edited the page of c00."""
    text = (fleet.root / "fleet.json").read_text("utf-8")
    found = json.loads(text)
    spoil(found, found["pages"][0])
    fleet.write("edited.json", json.dumps(found))
    return fleet.run("apply", "--fleet", "--plan-digest-file", "edited.json")


def no_write(_found, page):
    for one in page["result"]["actions"]:
        one["action"] = "in-sync"


EDITED = [
    (lambda found, page: page.update(status="failed", exit_code=0), 1, "it is damaged"),
    (lambda found, page: page.update(exit_code=256), 1, "it is damaged"),
    (lambda found, page: page.update(exit_code=float("inf")), 1, "it is damaged"),
    (lambda found, page: page.update(result=None), 1, "it is damaged"),
    (lambda found, page: page["result"].update(actions=[[1]]), 1, "it is damaged"),
    (lambda found, page: found.update(max_changes="x"), 1, "it is damaged"),
    (lambda found, page: page.pop("sheet"), 1, "it was edited: its digest is not that of its"),
    (lambda found, page: found["pages"].pop(1), 1, "it was edited: its digest is not that of its"),
    (lambda found, page: found.update(fleet=""), 64, "edited.json is not the whole plan"),
    (no_write, 5, "this plan writes 4 agents of 2 projects; `max_changes: 3` of the fleet"),
]


def test_an_edited_report_is_not_applied_and_ends_in_no_bug(fleet, server):
    edit(fleet, "c00", "c01")
    fleet.run("plan", "--fleet", "--report", "json=fleet.json")
    fleet.write("fleet.yaml", "projects: [clients/*]\npolicies: { max_changes: 3 }\n")
    before = server.tenants.requests("PATCH")
    for spoil, code, message in EDITED:
        done = spoiled(fleet, spoil)
        assert (done.code, message in done.err) == (code, True), (done.code, done.err)
    assert server.tenants.requests("PATCH") == before


def test_a_project_that_nobody_has_reviewed_is_refused(fleet):
    edit(fleet, "c00", "c03")
    text = (fleet.root / "fleet.yaml").read_text("utf-8")
    fleet.write("fleet.yaml", "projects: [clients/c00, clients/c01]\n")
    fleet.run("plan", "--fleet", "--report", "json=fleet.json")
    fleet.write("fleet.yaml", text)
    found = document(fleet, "apply", "--fleet", "--plan-digest-file", "fleet.json", code=3)
    assert statuses(found) == {"c00": "done", "c01": "done", "c02": "refused", "c03": "refused"}


POLICIES = [
    ("max_changes: 3", "this plan writes 4 agents of 2 projects; `max_changes: 3` of the fleet"),
    ("protected_agents: [a01]", "clients/c00: this plan writes 1 protected agent of live: a01"),
    ("required_text: [{ text: never promise an hour }]", "never promise an hour"),
]


def test_policies_of_the_fleet_reject_all_of_it_before_anything_is_written(fleet, server):
    edit(fleet, "c00", "c02")
    for policy, message in POLICIES:
        fleet.write("fleet.yaml", f"projects: [clients/*]\npolicies: {{ {policy} }}\n")
        done = fleet.run("plan", "--fleet", "--report", "json=fleet.json")
        assert (done.code, message in done.out) == (5, True), done.out
        files = planned_anyway(fleet)
        assert fleet.run("report", "merge", *files, "--expect", "2").code == 5
        before = server.tenants.requests("PATCH", "POST")
        for words in ((), ("--plan-digest-file", "fleet.json")):
            done = fleet.run("apply", "--fleet", "--auto-approve", *words)
            assert (done.code, message in done.err) == (5, True), done.err
        assert server.tenants.requests("PATCH", "POST") == before


def planned_anyway(fleet):
    """The reports of two shards, whatever they exit with."""
    for number in (1, 2):
        words = ("--shard", f"{number}/2", "--report", f"json=s{number}.json")
        fleet.run("plan", "--fleet", *words)
    return [f"s{number}.json" for number in (1, 2)]


def test_a_text_that_the_fleet_requires_is_missed_if_a_dashboard_drops_it(fleet, server):
    policy = "policies: { required_text: [{ text: never promise an hour }] }"
    fleet.write("fleet.yaml", f"projects: [clients/*]\n{policy}\n")
    assert fleet.run("drift", "--fleet").code == 0
    store = server.tenants.of("key-c02").state.store
    store.update(store.records()[1].id, {"preamble": "Promise anything."})
    done = fleet.run("drift", "--fleet", "--format", "markdown")
    assert (done.code, "clients/c02: a01 does not say" in done.out) == (2, True)


def test_the_limit_is_of_all_shards_together(fleet):
    edit(fleet, "c00", "c01", "c02", "c03")
    fleet.write("fleet.yaml", "projects: [clients/*]\npolicies: { max_changes: 7 }\n")
    shards = [fleet.run("plan", "--fleet", "--shard", f"{n}/4").code for n in (1, 2, 3, 4)]
    assert shards == [0, 0, 0, 0]
    assert fleet.run("plan", "--fleet").code == 5


def test_force_lifts_the_limit_of_the_fleet_and_not_that_of_a_project(fleet, server):
    edit(fleet, "c00", "c01")
    fleet.write("fleet.yaml", "projects: [clients/*]\npolicies: { max_changes: 1 }\n")
    limit = "    policies: { max_changes: 1 }\n"
    fleet.write("clients/c01/reconciler.yaml", fleets.client(server.url, "c01", limit))
    assert fleet.run("apply", "--fleet", "--auto-approve").code == 5
    found = document(fleet, "apply", "--fleet", "--auto-approve", "--force", code=3)
    assert statuses(found) == {"c00": "done", "c01": "refused", "c02": "done", "c03": "done"}
    alone = ("apply", "--config", "clients/c01", "--auto-approve", "--force", "--quiet")
    assert fleet.run(*alone).code == 0


def test_a_page_that_moved_is_refused_alone_and_the_others_are_applied(fleet, server):
    edit(fleet, "c00", "c01", "c02")
    files = planned(fleet, 2)
    fleet.run("report", "merge", *files, "--expect", "2", "--report", "json=fleet.json")
    fleets.agent(fleet, "c01", 0, greeting="Welcome")
    codes = {}
    for number in (1, 2):
        words = ("--shard", f"{number}/2", "--plan-digest-file", "fleet.json")
        found = document(fleet, "apply", "--fleet", *words, code=None)
        codes |= {one["project"]: (one["status"], one["exit_code"]) for one in found["pages"]}
    assert codes == {
        "clients/c00": ("done", 0),
        "clients/c01": ("refused", 4),
        "clients/c02": ("done", 0),
        "clients/c03": ("done", 0),
    }
    done = fleet.run("apply", "--fleet", "--plan-digest-file", "fleet.json")  # run again
    assert (done.code, done.out.count("this is not the plan that was reviewed")) == (4, 1)


def test_a_run_that_ended_early_goes_on_with_what_was_reviewed_and_nothing_else(fleet):
    edit(fleet, "c00", "c02")
    fleet.run("plan", "--fleet", "--report", "json=fleet.json")
    assert fleet.run("apply", "--config", "clients/c00", "--target", "a01", "--yes").code == 0
    assert fleet.run("apply", "--config", "clients/c02", "--yes").code == 0
    found = document(fleet, "apply", "--fleet", "--plan-digest-file", "fleet.json")
    assert statuses(found)["c00"] == statuses(found)["c02"] == "done"
    done = {one["project"]: one["result"] for one in found["pages"] if one["result"]}
    assert [one["key"] for one in done["clients/c00"]["outcomes"]] == ["a00"]
    assert done["clients/c02"]["outcomes"] == []


def test_reports_of_drift_and_apply_are_merged_too(fleet, server):
    store = server.tenants.of("key-c02").state.store
    store.update(store.records()[0].id, {"greetingMessage": "Good evening"})
    assert merged(fleet, "drift") == (2, "clients/c02")
    edit(fleet, "c01", "c02")
    fleet.run("plan", "--fleet", "--report", "json=fleet.json")
    fleets.agent(fleet, "c01", 1, greeting="Welcome")
    found = merged(fleet, "apply", "--overwrite", "--plan-digest-file", "fleet.json")
    assert found == (3, "clients/c01")


def merged(fleet, command, *more):
    """The exit code of the merge of two shards, and the first project that it shows."""
    files = []
    for number in (1, 2):
        files.append(f"{command}-{number}.json")
        words = ("--shard", f"{number}/2", *more, "--report", f"json={files[-1]}")
        fleet.run(command, "--fleet", *words)
    done = fleet.run("report", "merge", *files, "--expect", "2")
    return done.code, done.out.splitlines()[1].split()[0]


WAVED = "projects: [clients/c02, clients/*]\nwaves: [1, 2, rest]\n"


def test_waves_stop_at_the_first_with_a_failure(fleet):
    fleet.write("fleet.yaml", WAVED)
    edit(fleet, "c00", "c01", "c02", "c03")
    fleet.write("clients/c00/reconciler.yaml", fleets.client(url(fleet), "c00", LOCKED))
    found = document(fleet, "apply", "--fleet", "--auto-approve", code=3)
    assert statuses(found) == {
        "c00": "refused",
        "c01": "done",
        "c02": "done",
        "c03": "not started",
    }
    (left,) = [one for one in found["pages"] if one["status"] == "not started"]
    assert left["message"] == "wave 2 of 3: 1 of 2 projects failed"
    assert found["complete"] is True
    fleet.write("fleet.yaml", f"{WAVED}max_failures: 1\n")
    found = document(fleet, "apply", "--fleet", "--auto-approve", code=3)
    assert statuses(found)["c03"] == "done"
    fleets.agent(fleet, "c02", 0, safety="Another rule.")
    fleet.write("fleet.yaml", f"{WAVED}pause: 1s\nmax_failures: 1\n")
    told = fleet.run("apply", "--fleet", "--auto-approve").err
    assert "Wave 1 of 3: 1 project.\nWaiting 1s before wave 2.\nWave 2 of 3: 2 projects.\n" in told
    assert fleet.run("apply", "--fleet", "--auto-approve").code == 5


LOCKED = "    policies: { protected_agents: [a00] }\n"


def url(fleet):
    return (
        fleet.root.joinpath("clients/c01/reconciler.yaml").read_text().split("url: ")[1].split()[0]
    )


def test_a_wave_is_a_matrix_of_its_own(fleet):
    fleet.write("fleet.yaml", WAVED)
    edit(fleet, "c00", "c02")
    fleet.run("plan", "--fleet", "--report", "json=fleet.json")
    waves = []
    for wave in ("1", "2", "3"):
        words = ("fleet", "shards", "--count", "2", "--wave", wave)
        shards = document(fleet, *words)["shards"]
        waves.append(sorted(name for one in shards for name in one["pages"]))
        for one in shards:
            words = ("--shard", one["shard"], "--wave", wave, "--plan-digest-file", "fleet.json")
            assert fleet.run("apply", "--fleet", *words).code == 0
    assert waves == [
        ["clients/c02:live"],
        ["clients/c00:live", "clients/c01:live"],
        ["clients/c03:live"],
    ]
    assert "without changes" in fleet.run("plan", "--fleet").out
    done = fleet.run("fleet", "shards", "--count", "2", "--wave", "4")
    assert (done.code, "there is no wave 4" in done.err) == (64, True)


def test_fewer_shards_than_asked_for_are_explained(fleet):
    for name in ("c01", "c02", "c03"):
        fleet.write(f"clients/{name}/reconciler.yaml", fleets.client(url(fleet), "c00"))
    done = fleet.run("fleet", "shards", "--count", "3")
    assert (done.code, done.out.count("/3")) == (0, 1)
    assert done.err.startswith("1 of 3 shards at most have projects: projects that use the same")
    assert fleet.run("fleet", "shards", "--count", "1").err == ""


def test_the_matrix_is_what_github_and_gitlab_read(fleet):
    done = fleet.run("fleet", "shards", "--count", "2", "--format", "github")
    assert done.out.count("\n") == 1
    assert done.json == {
        "include": [
            {"shard": "1/2", "projects": 2, "agents": 4},
            {"shard": "2/2", "projects": 2, "agents": 4},
        ]
    }
    gitlab = fleet.run("fleet", "shards", "--count", "9", "--format", "gitlab").json
    assert len(gitlab) == 4
    assert {tuple(one) for one in gitlab} == {("RECONCILER_SHARD",)}
    assert fleet.run("fleet", "shards", "--count", "201").code == 64


def test_one_question_is_asked_for_the_whole_fleet(fleet):
    edit(fleet, "c00", "c03")
    done = fleet.run("apply", "--fleet", answer="no\n")
    assert (done.code, done.err.count("Write 4 agents of 2 projects?")) == (1, 1)
    assert "Nothing was applied" in done.err
    done = fleet.run("apply", "--fleet", answer="yes\n")
    assert (done.code, "2 with something to do, 2 with nothing to do; 4 done" in done.out) == (
        0,
        True,
    )
    assert fleet.run("apply", "--fleet").code == 0


MISUSED = [
    ("init --fleet", "--fleet is about CI files, and none are to be written"),
    ("rollback --fleet", "rollback does not work on many projects"),
    ("plan --fleet --out plan.json", "--out saves the plan of one project"),
    ("apply some.plan.json --fleet", "a saved plan is of one project"),
    ("apply --fleet --shard 1/2", "a shard is applied with the merged report of the plan"),
    ("plan --fleet nowhere.yaml", "the fleet file nowhere.yaml does not exist"),
    ("plan --fleet --env lvie", "there is no environment `lvie`"),
    ("plan --fleet --target nobody", "--target nobody matches no agent of any project"),
    ("--fleet plan", "write `--fleet` after the command"),
    ("plan --fleet --shard 3/2", "N/COUNT is needed"),
    ("plan --fleet --rate fast", "requests in a time are needed"),
    ("apply --fleet --plan-digest-file shard-1.json", "shard-1.json is not the whole plan"),
    ("apply --fleet --auto-approve --plan-digest sha256:00", "not the plan that was reviewed"),
]


def test_what_makes_no_sense_is_refused_by_name(fleet, server):
    planned(fleet, 2)
    before = server.tenants.requests("PATCH", "POST")
    for words, message in MISUSED:
        done = fleet.run(*words.split())
        assert done.code in (1, 4, 64), words
        assert message in done.err, (words, done.err)
    assert server.tenants.requests("PATCH", "POST") == before


def test_agents_that_only_some_projects_have_are_chosen_there(fleet):
    fleets.agent(fleet, "c01", 7)
    found = document(fleet, "plan", "--fleet", "--target", "a07")
    assert statuses(found) == {"c00": "skipped", "c01": "done", "c02": "skipped", "c03": "skipped"}


def test_commands_without_one_result_tell_project_by_project(fleet):
    path = fleet.root / "clients/c01/agents/a00.yaml"
    path.write_text(f"{path.read_text('utf-8')}   \n\n", "utf-8")
    done = fleet.run("fmt", "--fleet", "--check")
    assert (done.code, "clients/c01\nagents/a00.yaml\n" in done.out) == (1, True)
    done = fleet.run("history", "--fleet")
    assert (done.code, done.out.count("2 created")) == (0, 4)
    assert done.out.startswith("clients/c00:live\n#1")
    found = document(fleet, "history", "--fleet")
    assert [one["result"]["applies"][0]["apply"] for one in found["pages"]] == [1, 1, 1, 1]
    done = fleet.run("doctor", "--fleet", "--offline")
    assert (done.code, done.out.count("editors have none")) == (0, 1)
    assert "all 4 projects: editors have none" in done.out


def test_a_rate_has_a_turn_for_every_request_and_each_retry(serve):
    api = serve("fault=GET:502-html:2")
    rate = Rate(1e-6, clock=lambda: 0.0)  # its turns can be counted
    asked = Connection(url=api.url, api_key="sandbox", pace=QUICK, rate=rate)

    async def read():
        async with open_http(asked) as http:
            await Reader(http, asked).page(AGENT_V1, 1, 10)

    asyncio.run(read())
    assert len(api.app.state.requests) == round(rate.reserve() * 1e6) == 3


def test_a_rate_of_the_fleet_or_the_command_line_loses_no_request(fleet, server):
    fleet.write("fleet.yaml", "projects: [clients/*]\nrate: 600/s\n")
    before = server.tenants.requests()
    assert fleet.run("plan", "--fleet").code == 0
    assert fleet.run("plan", "--fleet", "--rate", "36000/m").code == 0
    assert server.tenants.requests() == before + 8


@pytest.mark.process
def test_a_signal_between_waves_leaves_a_report_that_is_not_whole(fleet):
    fleet.write("fleet.yaml", f"{WAVED}pause: 1h\n")
    edit(fleet, "c00", "c02")
    state = fleet.root / "clients/c02/reconciler.state.json"
    before = state.read_text("utf-8")
    words = ("apply", "--fleet", "--auto-approve", "--report", "json=apply.json")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([OURS, *words], cwd=fleet.root, env=fleet.env, **quiet)
    while state.read_text("utf-8") == before and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    found = json.loads((fleet.root / "apply.json").read_text("utf-8"))
    assert (found["complete"], statuses(found)["c02"], statuses(found)["c00"]) == (
        False,
        "done",
        "not started",
    )


def head(root):
    return (root / ".git/refs/heads/main").read_text("utf-8").strip()


@pytest.mark.process
def test_only_what_changed_since_a_commit_is_split_and_planned(fleet):
    git(fleet.root, "init", "-b", "main")
    git(fleet.root, "add", ".")
    git(fleet.root, "commit", "-m", "all")
    since = ("--changed-since", "HEAD")
    done = fleet.run("fleet", "shards", "--count", "2", "--format", "github", *since)
    assert (done.code, done.json) == (0, {"include": []})
    edit(fleet, "c01", "c03")
    files = planned(fleet, 2, *since)
    done = fleet.run("report", "merge", *files, "--expect", "2", "--report", "json=fleet.json")
    assert "Plan for 2 projects, live: 2 with changes" in done.out
    elsewhere = Project(fleet.root.parent / "elsewhere")
    words = (*(str(fleet.root / name) for name in files), "--expect", "2", "--format", "markdown")
    text = elsewhere.run("report", "merge", *words).out
    assert f"commit `{head(fleet.root)[:7]}`" in text
    words = ("--plan-digest-file", "fleet.json")
    found = document(fleet, "apply", "--fleet", *words)
    assert statuses(found) == {"c00": "skipped", "c01": "done", "c02": "skipped", "c03": "done"}
    assert fleet.run("plan", "--fleet", "--changed-since", "nowhere").code == 64


def test_a_project_has_a_page_for_each_environment_that_is_asked_for(fleet):
    for name in ("c00", "c01"):
        text = (fleet.root / f"clients/{name}/reconciler.yaml").read_text("utf-8")
        fleet.write(f"clients/{name}/reconciler.yaml", f"{text}  test:\n    url: sandbox\n")
    fleet.write("fleet.yaml", "projects: [clients/*]\nwithout_environment: skip\n")
    found = document(fleet, "plan", "--fleet", "-e", "live", "-e", "test")
    pages = [(one["project"], one["environment"]) for one in found["pages"]]
    assert pages == [
        ("clients/c00", "live"),
        ("clients/c00", "test"),
        ("clients/c01", "live"),
        ("clients/c01", "test"),
        ("clients/c02", "live"),
        ("clients/c03", "live"),
    ]
    assert "clients/c00:test" in fleet.run("plan", "--fleet", "-e", "live", "-e", "test").out

"""The standing service on a real Temporal server, with processes that are killed."""

import asyncio
import base64
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.worker import Replayer

from reconciler.service.control import Control
from reconciler.service.references import Page, Patience
from reconciler.service.worker import WORKFLOWS
from tests.collector import collecting
from tests.forge.github import FakeGitHub
from tests.service.conftest import Stand, Standing, Worker, configured, declared, until

PLANTED = ("planted-prompt", "planted-secret", "planted-live", "planted-name")
"""Words of prompts, secrets, live texts and names of agents."""


FLEET = "projects: ['*']\nwaves: [1, 1, rest]\n"
TASKS = Path("/proc/self/task")
KEYS = [f"agent-{number}" for number in range(6)]


def histories(standing: Standing) -> str:
    """All that Temporal keeps of every workflow, as JSON, and its lists; each can be replayed."""

    async def read() -> str:
        client = await Client.connect(standing.temporal.address)
        replayer, found = Replayer(workflows=WORKFLOWS), list[str]()
        async for one in client.list_workflows():
            history = await client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()
            await replayer.replay_workflow(history)
            found += [history.to_json(), str(one.raw_info)]
        async for listed in await client.list_schedules():
            found.append(str(listed.raw_entry))
        return "\n".join(found)

    return asyncio.run(read())


def decoded(text: str) -> str:
    """A history, with the payloads in it that are JSON in base64."""
    words = [*re.findall(r'"data": ?"([A-Za-z0-9+/=]+)"', text)]
    return "\n".join([text, *(base64.b64decode(one).decode("utf-8", "replace") for one in words)])


def test_an_approval_counts_after_worker_and_server_were_killed(stand: Stand) -> None:
    """And it is of one digest; a second start is refused; the history holds no content."""
    standing = stand(["desk", "planted-name"])
    project = standing.project
    project.env["GOOGLE"] = "planted-secret"
    project.agent(
        "desk", declared("desk", greetingMessage="planted-prompt", outcome={"$secret": "GOOGLE"})
    )
    standing.edit_live("planted-name", greetingMessage="planted-live")
    worker = standing.worker()
    standing.done("check")
    found = standing.reaches("waiting for approval")
    assert (found["writes"], found["drifted"]) == (2, 1)
    assert project.plan("-e", "live")["digest"] == found["digest"]
    again = standing.service("check")
    assert (again.code, again.err.splitlines()[0]) == (
        4,
        f"error: {standing.page} is at work already",
    )

    worker.kill()
    standing.temporal.kill()
    away = standing.service("status")
    assert (away.code, "no Temporal server answers at" in away.err) == (1, True)
    project.env["TEMPORAL_TLS_CLIENT_CERT_PATH"] = "no-such-file"
    odd = standing.service("status")
    assert (odd.code, "the settings of Temporal cannot be read" in odd.err) == (64, True), odd.err
    del project.env["TEMPORAL_TLS_CLIENT_CERT_PATH"]
    standing.temporal.start()
    assert standing.row()["state"] == "waiting for approval"
    other = standing.service("approve", standing.page, "--digest", "sha256:00")
    assert (other.code, f"waits for an answer about {found['digest']}" in other.err) == (4, True)
    standing.done("approve", standing.page, "--digest", found["digest"])
    assert standing.writes() == []
    worker.start()
    ended = standing.reaches("applied")
    assert (ended["who"], ended["exit_code"], ended["ended"]) == ("amal", 0, True)
    assert Counter(Counter(standing.writes()).values()) == {1: 2}
    assert "service, approved by amal" in project.run("history", "-e", "live").out
    assert worker.stop() == 0

    kept = decoded(histories(standing))
    assert found["digest"] in kept
    for word in PLANTED:
        assert word not in kept
        assert word not in worker.log


@pytest.mark.skipif(not TASKS.exists(), reason="the system does not list threads")
def test_a_command_leaves_no_thread_behind(stand: Stand) -> None:
    """A thread that outlives Python ends the process by a signal, one in three times."""
    standing = stand(["desk"])
    standing.done("status")
    before = len(list(TASKS.iterdir()))
    standing.done("status")
    standing.done("check")
    assert len(list(TASKS.iterdir())) == before


def test_an_apply_that_is_killed_is_finished_by_another_worker(stand: Stand) -> None:
    """Each agent is written once, although the worker died between them."""
    standing = edited(stand)
    worker = standing.worker("--parallelism", "1")
    begun(standing, worker)
    until(lambda: len(standing.writes()) >= 2)
    worker.kill()
    worker.start()
    finished(standing)


@pytest.mark.nightly
def test_an_apply_of_a_worker_that_is_stopped_is_finished_by_another_one(stand: Stand) -> None:
    standing = edited(stand)
    worker = standing.worker("--parallelism", "1")
    begun(standing, worker)
    for written in (1, 3):
        until(lambda written=written: len(standing.writes()) >= written)
        assert worker.stop() == 0
        worker.start()
    finished(standing)


@pytest.mark.nightly
@pytest.mark.parametrize("written", range(len(KEYS)))
def test_an_apply_that_is_killed_at_any_write_is_finished(stand: Stand, written: int) -> None:
    standing = edited(stand)
    worker = standing.worker("--parallelism", "2")
    begun(standing, worker)
    until(lambda: len(standing.writes()) >= written)
    worker.kill()
    worker.start()
    finished(standing)


@pytest.mark.nightly
def test_the_lock_of_a_worker_that_is_killed_is_waited_for(stand: Stand) -> None:
    """A shared state is locked for some time after its holder died."""
    standing = edited(stand, shared=True)
    worker = standing.worker("--parallelism", "1", "--lock-timeout", "1")
    begun(standing, worker)
    until(lambda: len(standing.writes()) >= 2)
    worker.kill()
    worker.start()
    until(lambda: "is locked in git:origin" in worker.log, lambda: worker.log)
    finished(standing)


def edited(stand: Stand, *, shared: bool = False) -> Standing:
    """Agents to update and one to create, on a sandbox that takes its time."""
    standing = stand(KEYS[1:], switches="latency=80", shared=shared)
    for key in KEYS:
        standing.project.agent(key, declared(key, silenceThreshold=600))
    return standing


def begun(standing: Standing, worker: Worker) -> str:
    """An apply that was approved; signs of life that stay away are noticed within a second."""

    async def check() -> None:
        client = await Client.connect(standing.temporal.address)
        queue = standing.project.root.name
        control = Control(client=client, queue=queue, patience=Patience(heartbeat=1.0))
        await control.check(Page(project=queue, environment="live"))

    asyncio.run(check())
    digest = str(standing.reaches("waiting for approval")["digest"])
    standing.done("approve", standing.page, "--digest", digest)
    return digest


def finished(standing: Standing) -> None:
    """Everything is written, each agent once, and the state knows it."""
    assert standing.reaches("applied")["exit_code"] == 0
    writes = Counter(standing.writes())
    assert (set(writes.values()), len(writes)) == ({1}, len(KEYS)), writes
    assert [standing.live(key)["silenceThreshold"] for key in KEYS] == [600] * len(KEYS)
    plan = standing.project.plan("-e", "live")
    assert {one["action"] for one in plan["actions"]} == {"in-sync"}


def test_drift_heals_only_in_groups_that_a_policy_allows(stand: Stand) -> None:
    """What the worker does is seen as part of its workflow, and no content of it is."""
    standing = stand(["desk"], policies="self_heal: [silent]", shared=True)
    with collecting() as collector:
        worker = standing.worker(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        standing.edit_live("desk", agentName="planted-live desk")
        standing.check_alone(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        healed = standing.reaches("applied")
        assert (healed["who"], standing.live("desk")["agentName"]) == ("policy self_heal", "desk")
        standing.edit_live("desk", agentName="planted-live desk", greetingMessage="Hi")
        standing.done("check")
        asked = standing.reaches("waiting for approval")
        assert (len(standing.writes()), asked["drifted"]) == (1, 1)
        standing.done("reject", standing.page, "--digest", asked["digest"], "--as", "badr")
        rejected = standing.reaches("rejected")
        assert (rejected["ended"], rejected["who"]) == (False, "badr")
        assert worker.stop() == 0
    (patch,) = collector.named("PATCH")
    first, *_, activity, write, agent = collector.above(patch)
    assert (first, activity) == ("reconciler service", "RunActivity:apply")
    assert (write, agent) == ("write", "update agent")
    assert not any(word.encode() in body for body in collector.bodies for word in PLANTED)


def test_nothing_heals_over_a_state_that_other_machines_do_not_share(stand: Stand) -> None:
    """With a file that was not pulled, the work of another machine looks like drift."""
    standing = stand(["desk"], policies="self_heal: [silent]")
    worker = standing.worker()
    standing.edit_live("desk", agentName="renamed desk")
    standing.done("check")
    standing.reaches("waiting for approval")
    assert "self_heal needs a state that all machines share" in worker.log
    assert standing.writes() == []
    told = standing.project.run("doctor", "-e", "live", "--offline").out
    assert "live may heal silent, and its state is a file of this checkout" in told


def test_a_conflict_is_written_only_if_the_approval_says_so(stand: Stand) -> None:
    standing = stand(["desk"])
    standing.worker()
    standing.edit_live("desk", greetingMessage="Hi")
    standing.project.agent("desk", declared("desk", greetingMessage="Welcome"))
    standing.done("check")
    words = (
        "approve",
        standing.page,
        "--digest",
        standing.reaches("waiting for approval")["digest"],
    )
    standing.done(*words)
    refused = standing.reaches("refused")
    assert (refused["exit_code"], standing.writes()) == (4, [])
    standing.done("check")
    standing.reaches("waiting for approval")
    standing.done(*words, "--overwrite")
    assert standing.reaches("applied")["exit_code"] == 0
    assert standing.live("desk")["greetingMessage"] == "Welcome"


def test_an_approval_without_a_group_that_a_policy_wants_is_held(stand: Stand) -> None:
    """Until the group is approved too; and a policy that nothing lifts lets nobody approve."""
    standing = stand(["desk"], policies="approvals: [spoken]")
    standing.worker()
    standing.project.agent("desk", declared("desk", greetingMessage="Hi"))
    standing.done("check")
    digest = standing.reaches("waiting for approval")["digest"]
    words = ("approve", standing.page, "--digest", digest)
    standing.done(*words)
    standing.reaches("approved, held by a policy")
    standing.done(*words, "--approve", "spoken")
    assert standing.reaches("applied")["exit_code"] == 0
    rules = configured(standing.server.url, "protected_fields: [greetingMessage]")
    standing.project.write("reconciler.yaml", rules)
    standing.project.agent("desk", declared("desk", greetingMessage="Hello again"))
    standing.done("check", standing.page)
    digest = standing.reaches("refused")["digest"]
    refused = standing.service("approve", standing.page, "--digest", digest)
    assert (refused.code, "waits for no answer: it is refused" in refused.err) == (4, True)
    assert len(standing.writes()) == 1


def test_a_page_that_no_worker_serves_fails_and_is_listed(stand: Stand) -> None:
    """So does one whose files are wrong; what is in them stays in the worker's log."""
    standing = stand(["desk"])
    worker = standing.worker()
    standing.project.write("agents/desk.yaml", "spec: { 'planted-prompt': 1 }\n")
    standing.done("check")
    standing.done("check", "../elsewhere:live")
    for name in (standing.page, "../elsewhere:live"):
        until(lambda name=name: standing.row(name).get("failed"), lambda: worker.log)
    (line,) = [one for one in standing.done("status").splitlines() if standing.page in one]
    assert line.split(None, 1)[1] == "failed while looking"
    assert "planted-prompt" in worker.log
    assert "planted-prompt" not in decoded(histories(standing))
    odd = standing.service("check", "nowhere")
    assert (odd.code, "`nowhere` names no page" in odd.err) == (64, True)


@pytest.mark.nightly
def test_a_plan_that_nobody_approves_expires_and_its_issue_is_closed(stand: Stand) -> None:
    """The issue has the plan and the command; a reminder comes before the end."""
    standing, fake = stand(["desk"]), FakeGitHub()
    standing.project.agent("desk", declared("desk", greetingMessage="planted-prompt"))
    with fake.serve():
        lacking = standing.project.run("worker", "--publish", "github")
        assert (lacking.code, "GITHUB_REPOSITORY is not set" in lacking.err) == (64, True)
        standing.project.env |= fake.env()
        worker = standing.worker("--publish", "github")
        standing.done("check", "--expires", "3s", "--reminder", "1s")
        (issue,) = until(lambda: fake.issues)
        digest = standing.project.plan("-e", "live")["digest"]
        assert f"service approve {standing.page} --digest {digest}" in issue["body"]
        assert "planted-prompt" in issue["body"]
        assert standing.reaches("expired")["ended"]
        assert reminded(fake), worker.log
        assert [one["state"] for one in fake.issues] == ["closed"]
    assert standing.writes() == []
    assert "planted-prompt" not in decoded(histories(standing))


@pytest.mark.nightly
def test_a_schedule_looks_again_at_what_waits(stand: Stand, github: FakeGitHub) -> None:
    """Its workflow is started once, told to look again, and ends when nothing waits any more.

    Looks do not put off the reminder.
    """
    standing = stand(["desk"])
    standing.project.env |= github.env()
    worker = standing.worker("--publish", "github")
    standing.project.agent("desk", declared("desk", silenceThreshold=600))
    words = ("schedule", "--every", "1s", "--jitter", "0s", "--reminder", "2s")
    assert standing.done(*words).split() == [standing.page, "created"]
    assert standing.done(*words).split() == [standing.page, "updated"]
    first = standing.reaches("waiting for approval")["digest"]
    standing.project.agent("desk", declared("desk", silenceThreshold=700))
    until(lambda: standing.row()["digest"] not in (first, None))
    second = standing.reaches("waiting for approval")["digest"]
    until(lambda: asyncio.run(begun_anew(standing)))
    until(lambda: reminded(github), lambda: worker.log)
    assert standing.reaches("waiting for approval")["digest"] == second
    standing.project.agent("desk", declared("desk"))
    standing.reaches("in sync")
    assert standing.done("schedule", "--remove").split() == [standing.page, "removed"]
    assert standing.done("schedule", "--remove").split() == [standing.page, "not", "scheduled"]
    assert standing.writes() == []


def reminded(fake: FakeGitHub) -> bool:
    """Whether an issue was written to ask again."""
    return any("**Reminder**" in str(one.body) for one in fake.requests)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub()
    with fake.serve():
        yield fake


async def begun_anew(standing: Standing) -> bool:
    """Whether the page's workflow has left a long history behind."""
    client = await Client.connect(standing.temporal.address)
    query = f"WorkflowId = 'page:{standing.page}' AND ExecutionStatus = 'ContinuedAsNew'"
    return (await client.count_workflows(query)).count > 0


def test_a_rollout_goes_in_waves_and_stops_at_a_failure(stand: Stand, tmp_path: Path) -> None:
    """A page that waits by itself is taken over; one that moved since the approval is refused."""
    standing = stand(["desk"])
    fleet = fleet_of(standing, ["a", "b", "c"])
    worker = standing.worker("--fleet", str(fleet))
    standing.done("check", "--fleet", str(fleet))
    standing.reaches("waiting for approval", "a:live")
    name = standing.done("rollout", "--fleet", str(fleet)).split()[0]
    found = standing.reaches("waiting for approval", name)
    assert (found["writes"], name) == (3, f"fleet:{fleet.name}")
    planned = standing.project.run("plan", "--fleet", str(fleet), "--format", "json").json
    assert found["digest"] == planned["digest"]
    again = standing.service("rollout", "--fleet", str(fleet))
    assert (again.code, "is at work already" in again.err) == (4, True)
    moved = (fleet / "b/agents/desk.yaml").read_text().replace("600", "650")
    (fleet / "b/agents/desk.yaml").write_text(moved)
    standing.done("approve", name, "--digest", found["digest"])
    ended = standing.reaches("stopped", name)
    assert (ended["exit_code"], ended["ended"]) == (3, True), worker.log
    assert standing.row("a:live")["state"] == "applied"
    assert standing.row("b:live")["state"] == "refused"
    assert standing.row("c:live")["state"] == "waiting for approval"
    assert len(standing.writes()) == 1

    (fleet / "fleet.yaml").write_text(FLEET.replace("rest]", "rest]\npause: 1h"))
    standing.done("rollout", "--fleet", str(fleet))
    second = standing.reaches("waiting for approval", name)["digest"]
    standing.done("approve", name, "--digest", second)
    until(lambda: standing.row(name)["done"] == 1, lambda: worker.log)
    standing.done("reject", name, "--digest", second)
    assert standing.reaches("stopped", name)["done"] == 1
    assert len(standing.writes()) == 2


def fleet_of(standing: Standing, names: list[str]) -> Path:
    """Projects of one agent each, applied, and then edited."""
    root = standing.project.root.parent / f"fleet-{standing.temporal.port}"
    for name in names:
        project = type(standing.project)(root / name, env=standing.project.env)
        project.write("reconciler.yaml", configured(standing.server.url))
        project.agent("desk", declared(f"{name}-desk"))
        assert project.apply("--quiet").code == 0
        project.agent("desk", declared(f"{name}-desk", silenceThreshold=600))
    standing.server.app.state.requests.clear()
    (root / "fleet.yaml").write_text(FLEET)
    return root

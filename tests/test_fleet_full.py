"""A fleet of fifty projects with twenty agents each, in eight shards: processes, as in CI."""

import json
import subprocess

import pytest

from tests import fleets
from tests.projects import OURS

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.cli,
    pytest.mark.socket,
    pytest.mark.process,
]
CLIENTS, AGENTS, SHARDS = 50, 20, 8
REFUSED = "clients/c07"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """The fleet, applied; one client protects its first agent; every agent has a new rule."""
    server, tenants = fleets.served()
    with server:
        made = fleets.made(tmp_path_factory.mktemp("full"), server.url, CLIENTS, AGENTS)
        assert made.run("apply", "--fleet", "--yes", "--quiet").code == 0
        for number in range(CLIENTS):
            for index in range(AGENTS):
                fleets.agent(made, f"c{number:02}", index, safety=fleets.HOURS)
        policies = "    policies: { protected_agents: [a00] }\n"
        made.write(f"{REFUSED}/reconciler.yaml", fleets.client(server.url, "c07", policies))
        made.tenants = tenants
        yield made


def at_once(fleet, *every):
    """Run command lines in processes of their own, all at once; their exit codes."""
    running = [
        subprocess.Popen(
            [OURS, *words],
            cwd=fleet.root,
            env=fleet.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for words in every
    ]
    return [process.wait(300) for process in running]


def shards(command, *more):
    for number in range(1, SHARDS + 1):
        report = f"json={command}-{number}.json"
        yield (command, "--fleet", "--shard", f"{number}/{SHARDS}", *more, "--report", report)


def counts(fleet, name):
    found = json.loads((fleet.root / name).read_text("utf-8"))
    statuses = [page["status"] for page in found["pages"]]
    return {status: statuses.count(status) for status in sorted({*statuses})}


def test_eight_jobs_plan_merge_and_apply_what_one_process_would(fleet):
    tenants = fleet.tenants
    before = tenants.requests()
    assert fleet.run("plan", "--fleet", "--report", "json=one.json").code == 5  # one is protected
    alone = tenants.requests() - before
    codes = at_once(fleet, *shards("plan"))
    assert sorted(codes) == [0] * (SHARDS - 1) + [5]
    assert tenants.requests() - before == 2 * alone  # not one request more than in one process

    files = [f"plan-{number}.json" for number in range(1, SHARDS + 1)]
    words = ("report", "merge", *files, "--expect", str(SHARDS))
    merged = fleet.run(*words, "--report", "json=fleet.json", "--report", "markdown=fleet.md")
    assert merged.code == 5
    one, whole = (json.loads((fleet.root / f"{of}.json").read_text()) for of in ("one", "fleet"))
    assert one == whole
    assert merged.out.count("Ask a colleague for opening hours") == 1
    assert len((fleet.root / "fleet.md").read_text("utf-8")) < 60_000
    lost = fleet.run("report", "merge", *files[1:], "--expect", str(SHARDS))
    assert (lost.code, "7 of 8 shards with projects are there; missing: 1" in lost.err) == (1, True)

    codes = at_once(fleet, *shards("apply", "--plan-digest-file", "fleet.json"))
    assert sorted(codes) == [0] * (SHARDS - 1) + [3]
    files = [f"apply-{number}.json" for number in range(1, SHARDS + 1)]
    done = fleet.run(*words[:2], *files, *words[-2:], "--report", "json=done.json")
    assert done.code == 3
    assert counts(fleet, "done.json") == {"done": CLIENTS - 1, "refused": 1}
    assert tenants.requests("PATCH") == (CLIENTS - 1) * AGENTS
    codes = at_once(fleet, *shards("apply", "--plan-digest-file", "fleet.json"))
    assert sorted(codes) == [0] * (SHARDS - 1) + [5]  # again: nothing is left but the refused one
    assert tenants.requests("PATCH") == (CLIENTS - 1) * AGENTS


def test_waves_stop_at_the_second(fleet):
    for number in range(CLIENTS):
        fleets.agent(fleet, f"c{number:02}", 0, greeting="Welcome")
    fleet.write("fleet.yaml", "projects: [clients/*]\nwaves: [1, 20%, rest]\n")
    done = fleet.run("apply", "--fleet", "--yes", "--report", "json=waves.json")
    assert done.code == 3
    assert counts(fleet, "waves.json") == {"done": 10, "not started": 39, "refused": 1}
    assert "wave 2 of 3: 1 of 10 projects failed" in done.out

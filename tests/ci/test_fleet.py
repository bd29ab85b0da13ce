"""A fleet in CI: what `init --fleet` writes, executed: shards, their merge, an apply in shards."""

from collections.abc import Iterator

import pytest

from tests import fleets
from tests.ci import linters
from tests.ci.events import Event
from tests.ci.repository import Repository, git
from tests.ci.runner import Job
from tests.fleets import Tenants
from tests.projects import Project

MORE = 'state: { url: "git:" }\nwaves: [1, rest]\n'
CLIENTS = ("c00", "c01", "c02")
SOURCE = f"{linters.VALUES['source']}@{linters.VALUES['ref']}"


@pytest.fixture
def tenants() -> Iterator[tuple[str, Tenants]]:
    server, found = fleets.served()
    with server:
        yield server.url, found


class Agency:
    """A repository with a fleet of three clients in two waves, none live yet; and their API."""

    def __init__(self, repository: Repository, url: str, tenants: Tenants) -> None:
        self.repository, self.tenants = repository, tenants
        self.files = fleets.made(repository.work, url, 3, 1, MORE)
        words = ("--github", "--shards", "2", "--source", SOURCE, "--branch", "main", "--yes")
        made = Project(repository.work).run("init", "--fleet", *words)
        assert made.code == 0, made.err
        assert "    KEY_c00, KEY_c01, KEY_c02\n" in made.err
        repository.push("main", "A fleet")
        keys = "".join(f"KEY_{name}=key-{name}\n" for name in CLIENTS)
        repository.host.secrets["RECONCILER_KEY"] = keys

    def live(self) -> dict[str, list[str]]:
        """The greetings of each client's live agents."""
        apps = {name: self.tenants.of(f"key-{name}").state.store for name in CLIENTS}
        return {
            name: [one.fields["greetingMessage"] for one in store.records()]
            for name, store in apps.items()
        }

    def known(self) -> list[str]:
        """The clients whose state has an agent."""
        refs = git(
            self.repository.origin, "for-each-ref", "--format=%(refname)", "refs/reconciler/"
        )
        pages = [one for one in refs.split() if "/pages/" in one]
        texts = {one: git(self.repository.origin, "show", f"{one}:state.json") for one in pages}
        return sorted(
            one.split("%2F")[1].split("/")[0] for one, text in texts.items() if '"agent/' in text
        )


def conclusions(jobs: dict[str, Job]) -> dict[str, str]:
    return {name: job.conclusion for name, job in jobs.items()}


def died(jobs: dict[str, Job], name: str) -> dict[str, Job]:
    """As if the runner of a matrix's first job had died before it stored its report."""
    first = next(iter(jobs[name].parts.values()))
    first.conclusion = jobs[name].conclusion = "failure"
    return jobs


def test_a_fleet_goes_from_a_pull_request_to_live_agents_and_their_drift(
    repository: Repository, tenants: tuple[str, Tenants]
) -> None:
    agency = Agency(repository, *tenants)
    a_pull_request_plans_the_projects_that_it_changes(agency)
    a_shard_without_a_report_stops_all(agency)
    a_drifting_project_opens_the_issue_of_the_fleet(agency)


def a_pull_request_plans_the_projects_that_it_changes(agency: Agency) -> None:
    """In one comment, which a later push updates, also if nothing is changed any more."""
    repository = agency.repository
    repository.start("edit")
    fleets.agent(agency.files, "c01", 0, greeting="Welcome")
    repository.push("edit")
    pull = repository.open("edit")
    pull["base"]["sha"] = repository.sha("main")
    jobs = repository.run("reconciler-plan", repository.asked(pull))
    assert conclusions(jobs) == dict.fromkeys(("shards", "plan", "report"), "success"), [
        job.log for job in jobs.values()
    ]
    (comment,) = repository.api.on(pull["number"])
    assert comment["body"].startswith("<!-- reconciler:plan:fleet -->")
    assert "clients/c01" in comment["body"]
    assert "clients/c00" not in comment["body"]
    assert jobs["report"].summary == comment["body"]
    git(repository.work, "checkout", "--quiet", "main", "--", "clients")
    repository.push("edit")
    jobs = repository.run("reconciler-plan", repository.asked(pull))
    assert [*jobs["plan"].parts] == ["1/2"], "a job that says so"
    (comment,) = repository.api.on(pull["number"])
    assert "Plan for 0 projects" in comment["body"]
    assert sum(map(len, agency.live().values())) == 0


def a_shard_without_a_report_stops_all(agency: Agency) -> None:
    """Then the failed jobs are run again; of the apply too, whose first try one client refuses."""
    repository, host = agency.repository, agency.repository.host
    repository.start("main")
    event = Event(name="push", sha=repository.sha("main"))
    host.lost = {"reconciler-plan.fleet.1-of-2"}
    jobs = died(repository.run("reconciler-apply", event), "plan")
    assert jobs["report"].conclusion == "failure"
    assert "shards with projects are there; missing: 1" in jobs["report"].log
    assert (jobs["apply-1"].conclusion, host.asked) == ("skipped", [])

    host.lost, key = set(), "key-c01"
    kept = agency.tenants.of(key)
    host.waiting = lambda: agency.tenants.apps.update({key: agency.tenants.of("nobody")})
    jobs = repository.run("reconciler-apply", event, jobs)
    agency.tenants.apps[key] = kept
    assert conclusions(jobs) == {
        **dict.fromkeys(("shards", "plan", "report", "apply-1", "applied-1"), "success"),
        "apply-2": "failure",
        "applied-2": "failure",
    }, jobs["apply-2"].log
    assert agency.known() == ["c00", "c02"]
    assert "clients/c01" in jobs["applied-2"].summary
    assert "clients/c00" not in jobs["applied-2"].summary

    before = agency.tenants.requests("POST")
    jobs = repository.run("reconciler-apply", event, jobs)
    assert set(conclusions(jobs).values()) == {"success"}, jobs["apply-2"].log
    assert agency.known() == ["c00", "c01", "c02"]
    assert agency.live() == {name: [f"Hello from {name}"] for name in CLIENTS}
    assert agency.tenants.requests("POST") == before + 1, "what is done stays done"
    assert repository.sha("main") == event.sha
    for job in jobs["plan"].parts.values():
        assert "key-c0" not in job.log.replace("::add-mask::key-c0", "")


def a_drifting_project_opens_the_issue_of_the_fleet(agency: Agency) -> None:
    store = agency.tenants.of("key-c02").state.store
    (record,) = store.records()
    store.update(record.id, {**record.fields, "greetingMessage": "Edited"})
    jobs = agency.repository.run("reconciler-drift", agency.repository.tick())
    assert set(conclusions(jobs).values()) == {"success"}, jobs["report"].log
    issues = [one for one in agency.repository.api.issues if "pull_request" not in one]
    assert [(one["title"], one["state"]) for one in issues] == [("Drift", "open")]
    assert "Edited" in issues[0]["body"]
    assert "clients/c00" not in issues[0]["body"].split("without")[0]


def test_a_fleet_in_ci_needs_a_state_that_its_jobs_share(
    repository: Repository, tenants: tuple[str, Tenants]
) -> None:
    agency = Agency(repository, *tenants)
    repository.edit("fleet.yaml", 'state: { url: "git:" }\n', "")
    repository.push("main")
    event = Event(name="push", sha=repository.sha("main"))
    jobs = repository.run("reconciler-apply", event)
    assert jobs["plan"].conclusion == jobs["report"].conclusion == "failure"
    assert "a fleet in CI needs a state that its jobs can share" in jobs["plan"].log
    assert "no shard has left a report: nothing is known of the fleet" in jobs["report"].log
    assert jobs["apply-1"].conclusion == "skipped"
    doctor = Project(repository.work / "clients/c00").run("doctor", "--offline").out
    assert "CI runs 0123456789ab" in doctor, "at the top of the repository"
    told = Project(repository.work).run(
        "init", "--fleet", "--gitlab", "--source", SOURCE, "--yes", "--branch", "main"
    )
    assert "add to fleet.yaml, for the state of clients/c00, clients/c01, clients/c02" in told.err
    assert sum(map(len, agency.live().values())) == 0


def refused(repository: Repository, *words: str) -> str:
    done = Project(repository.work).run("init", "--fleet", "--source", SOURCE, *words)
    assert done.code == 64, done.err
    return done.err


def test_what_a_fleet_has_no_ci_files_for_is_refused(
    repository: Repository, tenants: tuple[str, Tenants]
) -> None:
    Agency(repository, *tenants)
    assert "none are to be written" in refused(repository)
    told = "--protected-plan, --api is about one project"
    assert told in refused(repository, "--github", "--protected-plan", "--api", "v2")

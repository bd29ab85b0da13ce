"""What the action does where something is amiss, and by the reusable workflows."""

import json
import re
from typing import Any

import pytest

from reconciler.sandbox.server import RunningServer
from tests.ci import linters
from tests.ci.events import Event
from tests.ci.repository import KEY, Repository, git
from tests.ci.runner import Job

PROJECT = """\
agents: agents/
environments:
  production:
    url: {url}
    api_key: {{ $secret: HAMSA_API_KEY }}
"""
DESK = """\
spec:
  agentName: Desk
  greetingMessage: Hello
  silenceThreshold: 800
"""
COMMIT = linters.VALUES["ref"]
AGENT, LEDGER = "agents/desk.yaml", "reconciler.lock.json"


@pytest.fixture
def repo(repository: Repository, hamsa: RunningServer) -> Repository:
    """A repository with one agent in main that is not live yet, and the workflows of `init`."""
    linters.written(repository.work)
    repository.write("reconciler.yaml", PROJECT.format(url=hamsa.url))
    repository.write(AGENT, DESK)
    repository.write(".gitignore", ".reconciler/\n")
    repository.push("main", "Agents")
    repository.host.secrets["HAMSA_API_KEY"] = KEY
    return repository


def dispatched(repo: Repository) -> Event:
    return Event(name="workflow_dispatch", sha=repo.sha("main"))


def applied(repo: Repository) -> None:
    jobs = repo.run("reconciler-apply", dispatched(repo))
    assert jobs["apply-production"].conclusion == "success", jobs["apply-production"].log


def proposed(repo: Repository, **edits: str) -> Event:
    """A pull request that replaces some words of the agent's file."""
    repo.start("edit")
    for old, new in edits.items():
        repo.edit(AGENT, old, new)
    repo.push("edit")
    return repo.asked(repo.open("edit"))


def edit_live(hamsa: RunningServer, **fields: Any) -> None:
    store = hamsa.app.state.store
    (record,) = store.records()
    store.update(record.id, {**record.fields, **fields})


def errors(job: Job) -> list[str]:
    return [one for one in job.annotations if one.startswith("error")]


# A pull request


def test_a_plan_without_changes_makes_no_comment_and_settles_an_older_one(repo: Repository) -> None:
    applied(repo)
    event = proposed(repo)
    assert repo.run("reconciler-plan", event)["plan-production"].conclusion == "success"
    assert repo.api.on(event.number) == []
    repo.edit(AGENT, "800", "700")
    repo.push("edit")
    repo.run("reconciler-plan", repo.asked(repo.api.pulls[0]))
    (comment,) = repo.api.on(event.number)
    assert "700 ms" in comment["body"]
    repo.edit(AGENT, "700", "800")
    repo.push("edit")
    repo.run("reconciler-plan", repo.asked(repo.api.pulls[0]))
    assert "700 ms" not in comment["body"]


def test_mistakes_stand_at_their_lines_and_in_the_comment_and_then_the_job_fails(
    repo: Repository,
) -> None:
    job = repo.run("reconciler-plan", event := proposed(repo, **{"800": "0.8"}))["plan-production"]
    assert job.conclusion == "failure"
    assert errors(job)[0].startswith(f"error file={AGENT},line=4,title=config:")
    assert job.step("Comment").conclusion == "success"
    assert job.step("Keep the report").conclusion == "success"
    (comment,) = repo.api.on(event.number)
    assert "silenceThreshold" in comment["body"]


def test_without_the_key_the_files_are_validated(repo: Repository) -> None:
    repo.host.secrets.clear()
    job = repo.run("reconciler-plan", event := proposed(repo, **{"800": "700"}))["plan-production"]
    assert job.conclusion == "success", job.log
    (notice,) = job.annotations
    assert "not set here: HAMSA_API_KEY. So the files are validated" in notice
    assert repo.api.on(event.number) == []


def test_without_the_key_an_older_plan_does_not_stay_as_if_it_were_of_this_commit(
    repo: Repository,
) -> None:
    """Also in the project's default environment, which the step does not name."""
    repo.edit(".github/workflows/reconciler-plan.yml", "environment: production", 'environment: ""')
    repo.push("main")
    repo.run("reconciler-plan", event := proposed(repo, **{"800": "700"}))
    (comment,) = repo.api.on(event.number)
    assert "700 ms" in comment["body"]
    repo.host.secrets.clear()
    repo.push("edit")
    (pull,) = repo.api.pulls
    job = repo.run("reconciler-plan", repo.asked(pull))["plan-production"]
    assert job.conclusion == "success", job.log
    assert comment["body"].startswith("<!-- reconciler:plan:production -->\n\n## plan stopped")
    assert "HAMSA\\_API\\_KEY is not set" in comment["body"]
    assert "700 ms" not in comment["body"]


def test_without_the_key_nothing_else_is_passed_over(repo: Repository) -> None:
    repo.host.secrets.clear()
    job = repo.run("reconciler-apply", dispatched(repo))["plan-production"]
    assert job.conclusion == "failure"
    assert any("HAMSA_API_KEY is not set" in one for one in errors(job))


def test_a_comment_that_cannot_be_made_fails_the_job(repo: Repository) -> None:
    repo.edit(
        ".github/workflows/reconciler-plan.yml", "pull-requests: write", "pull-requests: read"
    )
    job = repo.run("reconciler-plan", proposed(repo, **{"800": "700"}))["plan-production"]
    assert job.conclusion == "failure"
    assert job.step("Comment").conclusion == "failure"


@pytest.mark.parametrize("command", ["drift", "apply"])
def test_a_fork_gets_no_other_command(repo: Repository, command: str) -> None:
    repo.start("edit")
    repo.edit(".github/workflows/reconciler-plan.yml", "command: plan", f"command: {command}")
    repo.push("edit")
    job = repo.run("reconciler-plan", repo.asked(repo.open("edit", fork="mallory/agents")))[
        "plan-production"
    ]
    assert job.conclusion == "failure"
    assert f"`{command}` does not run for a pull request from a fork" in errors(job)[0]
    assert job.steps[-1].inner[0].conclusion == "failure"
    assert not {"Python", "Install", "Newest ledger", "Run", "Commit the ledger"} & {*job.ran()}


# After the merge


def test_another_plan_than_the_reviewed_one_is_not_applied(
    repo: Repository, hamsa: RunningServer
) -> None:
    applied(repo)
    repo.start("main")
    workflow = ".github/workflows/reconciler-apply.yml"
    repo.edit(workflow, "require-reviewed: false", "require-reviewed: true")
    repo.push("main")
    repo.run("reconciler-plan", event := proposed(repo, **{"800": "700"}))
    edit_live(hamsa, silenceThreshold=900)
    (pull,) = [one for one in repo.api.pulls if one["number"] == event.number]
    jobs = repo.run("reconciler-apply", repo.merge(pull))
    assert [job.conclusion for job in jobs.values()] == ["failure", "skipped"]
    assert (
        "the plan is another one than the pull request showed" in errors(jobs["plan-production"])[0]
    )
    assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == 900


def test_a_push_that_nobody_reviewed_is_not_applied(repo: Repository) -> None:
    workflow = ".github/workflows/reconciler-apply.yml"
    repo.edit(workflow, "require-reviewed: false", "require-reviewed: true")
    repo.push("main")
    jobs = repo.run("reconciler-apply", dispatched(repo))
    assert [job.conclusion for job in jobs.values()] == ["failure", "skipped"]
    assert "no reviewed plan was found" in errors(jobs["plan-production"])[0]


def test_what_moved_between_plan_and_apply_is_refused(
    repo: Repository, hamsa: RunningServer
) -> None:
    applied(repo)
    repo.start("main")
    repo.edit(AGENT, "800", "700")
    repo.push("main")
    repo.host.waiting = lambda: edit_live(hamsa, silenceThreshold=900)
    jobs = repo.run("reconciler-apply", dispatched(repo))
    assert [job.conclusion for job in jobs.values()] == ["success", "failure"]
    assert jobs["apply-production"].step("Apply").outputs["exit-code"] == "4"
    assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == 900


def test_a_run_of_an_older_commit_knows_what_was_applied_since(
    repo: Repository, hamsa: RunningServer
) -> None:
    """Two pushes in a row: the second run's commit has a ledger from before the first."""
    applied(repo)
    repo.start("main")
    repo.edit(AGENT, "800", "700")
    repo.push("main")
    first = dispatched(repo)
    repo.edit(AGENT, "700", "600")
    repo.push("main")
    second = dispatched(repo)
    for event, value in ((first, 700), (second, 600)):
        jobs = repo.run("reconciler-apply", event)
        assert jobs["apply-production"].conclusion == "success", (
            jobs["plan-production"].log + jobs["apply-production"].log
        )
        assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == value
    entry = json.loads(repo.show(LEDGER))["environments"]["production"]["agents"]["desk"]
    assert entry["commit"].startswith(second.sha[:7])
    jobs = repo.run("reconciler-apply", first)
    told = f"this run is older than what is live ({second.sha[:12]}): run it for the newest commit"
    assert [job.conclusion for job in jobs.values()] == ["success", "failure"]
    assert told in jobs["plan-production"].annotations[0]
    assert told in errors(jobs["apply-production"])[0]
    assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == 600
    assert json.loads(repo.show(LEDGER))["environments"]["production"]["agents"]["desk"] == entry


def test_after_a_failure_in_part_the_ledger_of_the_rest_is_pushed(
    repo: Repository, serve: Any
) -> None:
    served = serve(f"shape=G3&api_key={KEY}&fault=POST:400:1")
    repo.write("reconciler.yaml", PROJECT.format(url=served.url))
    repo.write("agents/second.yaml", DESK.replace("Desk", "Second"))
    repo.push("main")
    repo.write(".github/workflows/reconciler-apply.yml", one_lane(repo))
    repo.push("main")
    job = repo.run("reconciler-apply", dispatched(repo))["apply-production"]
    assert job.conclusion == "failure"
    assert job.step("Apply").outputs["exit-code"] == "3", job.log
    assert job.step("Commit the ledger").conclusion == "success"
    agents = json.loads(repo.show(LEDGER))["environments"]["production"]["agents"]
    assert list(agents) == ["second"]
    assert "`apply` ended with exit code 3" in errors(job)[-1]


def one_lane(repo: Repository) -> str:
    """The apply workflow, with one agent after the other: the fault meets the first."""
    text = (repo.work / ".github/workflows/reconciler-apply.yml").read_text(encoding="utf-8")
    return text.replace(
        "          plan-digest:", "          arguments: --parallelism=1\n          plan-digest:"
    )


def test_a_ledger_that_may_not_be_pushed_fails_the_job_and_is_kept(
    repo: Repository, hamsa: RunningServer
) -> None:
    repo.edit(".github/workflows/reconciler-apply.yml", "contents: write", "contents: read")
    repo.push("main")
    job = repo.run("reconciler-apply", dispatched(repo))["apply-production"]
    assert job.conclusion == "failure"
    assert "could not be pushed to main: let the token push there" in errors(job)[0]
    assert len(hamsa.app.state.store) == 1
    kept = repo.host.artifacts["reconciler-apply-production"]
    assert '"desk"' in kept[LEDGER].decode()


# Drift


def test_where_drift_cannot_be_told_the_issue_is_left_and_the_job_fails(
    repo: Repository, hamsa: RunningServer
) -> None:
    applied(repo)
    edit_live(hamsa, silenceThreshold=900)
    repo.run("reconciler-drift", repo.tick())
    (issue,) = repo.api.issues
    known = dict(issue)
    repo.host.secrets["HAMSA_API_KEY"] = "another"
    job = repo.run("reconciler-drift", repo.tick())["drift-production"]
    assert job.conclusion == "failure"
    assert issue == known


def test_a_branch_that_a_person_pushed_to_is_left_alone(
    repo: Repository, hamsa: RunningServer
) -> None:
    applied(repo)
    repo.start("main")
    repo.write(
        ".github/workflows/adopt.yml", calling("adopt", "contents: write, pull-requests: write")
    )
    repo.push("main")
    edit_live(hamsa, silenceThreshold=900)
    event = repo.tick()
    assert repo.run("adopt", event)["call/adopt"].conclusion == "success"
    branch = "reconciler/adopt-production"
    repo.start("mine", f"origin/{branch}")
    repo.edit(AGENT, "Hello", "Good day")
    mine = repo.push(branch, "A word of mine")
    edit_live(hamsa, silenceThreshold=950)
    job = repo.run("adopt", event)["call/adopt"]
    assert f"{branch} holds work of a person" in job.annotations[-1]
    assert repo.sha(branch) == mine


def test_what_else_lies_in_the_checkout_is_not_proposed(
    repo: Repository, hamsa: RunningServer
) -> None:
    """Credentials that another action wrote, a tracked file that a step filled in, reports."""
    applied(repo)
    repo.start("main")
    drift = ".github/workflows/reconciler-drift.yml"
    repo.edit(drift, "adopt: false", "adopt: true")
    repo.edit(drift, "issues: write", "issues: write\n      pull-requests: write")
    repo.edit(drift, "contents: read", "contents: write")
    litter = "echo key | tee gha-creds.json agents/more.txt >> filled.txt"
    step = f"      - name: Litter\n        run: {litter}\n      - name: Drift\n"
    repo.edit(drift, "      - name: Drift\n", step)
    repo.write("filled.txt", "empty\n")
    repo.push("main")
    edit_live(hamsa, silenceThreshold=900)
    job = repo.run("reconciler-drift", repo.tick())["drift-production"]
    assert job.conclusion == "success", job.log
    branch = "refs/heads/reconciler/adopt-production"
    names = git(repo.origin, "diff", "--name-only", "refs/heads/main", branch).splitlines()
    assert names == [AGENT, LEDGER]
    assert "silenceThreshold: 900" in git(repo.origin, "show", f"{branch}:{AGENT}")


def test_a_branch_that_ends_like_ours_is_not_ours(repo: Repository, hamsa: RunningServer) -> None:
    applied(repo)
    repo.start("main")
    repo.write(
        ".github/workflows/adopt.yml", calling("adopt", "contents: write, pull-requests: write")
    )
    repo.push("main")
    repo.push("x/refs/heads/reconciler/adopt-production")
    git(repo.work, "push", "--quiet", "origin", "HEAD:refs/tags/reconciler/adopt-production")
    edit_live(hamsa, silenceThreshold=900)
    job = repo.run("adopt", repo.tick())["call/adopt"]
    assert job.conclusion == "success", job.log
    (pull,) = repo.api.pulls
    assert pull["head"]["ref"] == "reconciler/adopt-production"


def test_conflicts_are_left_for_a_person(repo: Repository, hamsa: RunningServer) -> None:
    applied(repo)
    repo.start("main")
    repo.edit(AGENT, "800", "700")
    repo.write(
        ".github/workflows/adopt.yml", calling("adopt", "contents: write, pull-requests: write")
    )
    repo.push("main")
    edit_live(hamsa, silenceThreshold=900)
    job = repo.run("adopt", repo.tick())["call/adopt"]
    assert job.conclusion == "success", job.log
    assert "some live edits are left for a person" in job.annotations[-1]
    assert repo.api.pulls == []


# By the reusable workflows, from another repository


def calling(name: str, permissions: str, more: str = "") -> str:
    """A workflow of the project's repository that calls one of ours."""
    return f"""\
name: calls {name}
on: {{ push: {{ branches: [main] }}, pull_request: {{}}, schedule: [{{ cron: "0 1 * * *" }}] }}
permissions: {{}}
jobs:
  call:
    uses: acme/reconciler/.github/workflows/{name}.yml@{COMMIT}
    permissions: {{ {permissions} }}
    with: {{ environment: production{more} }}
    secrets:
      RECONCILER_SECRETS: |
        HAMSA_API_KEY=${{{{ secrets.HAMSA_API_KEY }}}}
"""


@pytest.mark.parametrize("saved", ["false", "true"], ids=["by its digest", "as an artifact"])
def test_the_reusable_workflows_do_the_same(
    repo: Repository, hamsa: RunningServer, saved: str
) -> None:
    more = f', saved-plan: {saved}, apply-arguments: "--approve=all"'
    repo.edit("reconciler.yaml", "    url:", "    limits: { approvals: [behaviour] }\n    url:")
    for name, permissions, with_more in (
        ("plan", "contents: read, pull-requests: write", ""),
        ("apply", "contents: write, pull-requests: read", more),
        ("drift", "contents: read, issues: write", ""),
    ):
        repo.write(f".github/workflows/{name}.yml", calling(name, permissions, with_more))
    repo.push("main")
    event = proposed(repo, **{"800": "700"})
    planned = repo.run("plan", event)
    assert planned["call/plan"].conclusion == "success", planned["call/plan"].log
    assert planned["call"].outputs["has-changes"] == "true"
    assert planned["call/plan"].masks == {KEY}
    assert "700" in repo.api.on(event.number)[0]["body"]
    jobs = repo.run("apply", repo.merge(repo.api.pulls[0]))
    assert jobs["call/apply"].conclusion == "success", jobs["call/apply"].log
    assert hamsa.app.state.store.records()[0].fields["silenceThreshold"] == 700
    assert ("reconciler-plan-production-file" in repo.host.artifacts) is (saved == "true")
    drifted = repo.run("drift", repo.tick())["call/drift"]
    assert drifted.step("Drift").outputs["exit-code"] == "0", drifted.log


def test_a_secret_of_the_environment_is_for_apply_alone(
    repo: Repository, hamsa: RunningServer
) -> None:
    """`secrets: inherit`: the called job's GitHub environment gives what the repository lacks."""
    text = calling("apply", "contents: write, pull-requests: read")
    text = re.sub(r"    secrets:\n(.*\n)*", "    secrets: inherit\n", text)
    repo.write(".github/workflows/apply.yml", text)
    repo.push("main")
    repo.host.secrets = {"RECONCILER_SECRETS": f"HAMSA_API_KEY={KEY}\nSPARE=for-plan"}
    repo.host.environments = {
        "production": {"RECONCILER_SECRETS": f"HAMSA_API_KEY={KEY}\nSPARE=for-apply"}
    }
    jobs = repo.run("apply", dispatched(repo))
    for name in ("plan", "apply"):
        assert jobs[f"call/{name}"].masks >= {KEY, f"for-{name}"}
    assert len(hamsa.app.state.store) == 1


# A project in a folder of its repository


def test_two_projects_of_a_repository_do_not_meet(
    repository: Repository, hamsa: RunningServer
) -> None:
    """Each has a comment, an artifact, an issue, a branch and a reviewed plan of its own."""
    linters.written(repository.work)
    folders = ("voice", "clinic/voice")
    for folder in folders:
        for name in ("plan", "apply", "drift"):
            text = (repository.work / f".github/workflows/reconciler-{name}.yml").read_text()
            where = f"          working-directory: {folder}\n          environment:"
            text = text.replace("          environment:", where)
            text = text.replace("require-reviewed: false", "require-reviewed: true")
            text = text.replace("adopt: false", "adopt: true")
            text = text.replace("      # pull-requests: write ", "      pull-requests: write #")
            text = text.replace("contents: read", "contents: write")
            repository.write(f".github/workflows/{name}-{folder.replace('/', '-')}.yml", text)
        repository.write(f"{folder}/reconciler.yaml", PROJECT.format(url=hamsa.url))
    repository.push("main", "Projects")
    repository.host.secrets["HAMSA_API_KEY"] = KEY
    repository.start("edit")
    for folder in folders:
        words = DESK.replace("Desk", f"Desk of {folder}")
        repository.write(f"{folder}/{AGENT}", words)
    repository.push("edit")
    event = repository.asked(pull := repository.open("edit"))
    kept = set()
    for name in ("plan-voice", "plan-clinic-voice"):
        assert repository.run(name, event)["plan-production"].conclusion == "success"
        kept |= set(repository.host.artifacts)
    assert len(kept) == 2
    heads = [comment["body"].split("\n")[0] for comment in repository.api.on(event.number)]
    assert heads == [f"<!-- reconciler:plan:production:{folder} -->" for folder in folders]
    merged = repository.merge(pull)
    for name in ("apply-voice", "apply-clinic-voice"):
        jobs = repository.run(name, merged)
        assert jobs["apply-production"].conclusion == "success", (
            jobs["plan-production"].log + jobs["apply-production"].log
        )
    for record in hamsa.app.state.store.records():
        store = hamsa.app.state.store
        store.update(record.id, {**record.fields, "silenceThreshold": 900})
    for name in ("drift-voice", "drift-clinic-voice"):
        job = repository.run(name, repository.tick())["drift-production"]
        assert job.conclusion == "success", job.log
    titles = [one["title"] for one in repository.api.issues if "pull_request" not in one]
    assert titles == [f"Drift in production ({folder})" for folder in folders]
    adopting = [one for one in repository.api.pulls if one["state"] == "open"]
    assert len({one["head"]["ref"] for one in adopting}) == 2
    assert [one["title"] for one in adopting] == [
        f"Live edits of production ({folder})" for folder in folders
    ]


def test_a_project_may_stand_in_a_folder(repository: Repository, hamsa: RunningServer) -> None:
    linters.written(repository.work)
    for path in sorted((repository.work / ".github/workflows").glob("*.yml")):
        name = str(path.relative_to(repository.work))
        repository.edit(
            name,
            "          environment:",
            "          working-directory: voice\n          environment:",
        )
    repository.write("voice/reconciler.yaml", PROJECT.format(url=hamsa.url))
    repository.write(f"voice/{AGENT}", DESK)
    repository.push("main", "Agents")
    repository.host.secrets["HAMSA_API_KEY"] = KEY
    applied(repository)
    assert '"desk"' in repository.show(f"voice/{LEDGER}")
    repository.start("edit")
    repository.edit(f"voice/{AGENT}", "800", "0.8")
    repository.push("edit")
    job = repository.run("reconciler-plan", repository.asked(repository.open("edit")))[
        "plan-production"
    ]
    assert errors(job)[0].startswith(f"error file=voice/{AGENT},line=4,")
    assert git(repository.origin, "log", "-1", "--format=%an", "main") == "github-actions[bot]"

"""From an empty repository to an edit of the dashboard that is in git: every step is executed.

One test, in the order in which users meet it; each chapter continues where the last ended. The
project is in a folder of its repository; the one of test_chain.py is at the top.
"""

import re
from typing import Any

from reconciler.sandbox.server import RunningServer
from tests.ci.events import Event, reasons_not_to_start
from tests.ci.repository import KEY, Repository, git
from tests.ci.runner import Job, load
from tests.projects import Project

SOURCE = "acme/reconciler@0123456789abcdef0123456789abcdef01234567"
TOLD = "<!-- reconciler:plan:production:voice -->"
BOT = "github-actions[bot]"
AGENT, PROMPT = "voice/agents/desk.yaml", "voice/agents/prompts/desk.md"
STATE = "refs/reconciler/voice/pages/production.json:state.json"
WORKFLOWS = ".github/workflows/reconciler-"
Item = dict[str, Any]


def test_the_whole_way(repository: Repository, hamsa: RunningServer) -> None:
    story = Story(repository, hamsa)
    pull = story.a_pull_request_shows_its_plan()
    story.another_push_updates_the_comment(pull)
    story.the_merge_goes_live_and_its_state_moves_no_branch(pull)
    story.nothing_waits_for_approval_where_nothing_changes()
    issue = story.an_edit_of_the_dashboard_opens_an_issue()
    story.another_edit_updates_it(issue)
    pulling = story.a_pull_request_takes_the_edits_into_the_files()
    story.its_merge_closes_the_issue(pulling, issue)
    story.an_old_run_is_older_than_what_is_live(pull)
    story.a_fork_is_validated_without_secrets()


class Story:
    """The repository, and the agents' API with its dashboard."""

    def __init__(self, repository: Repository, hamsa: RunningServer) -> None:
        """An empty repository; on a branch the project that `init` makes."""
        self.repository, self.host, self.api = repository, repository.host, repository.api
        self.store, self.requests = hamsa.app.state.store, hamsa.app.state.requests
        repository.push("main", "Nothing yet")
        repository.start("agents")
        words = ("--github", "--source", SOURCE, "--url", hamsa.url, "--agent", "desk")
        words += ("--api", "v1")
        made = Project(repository.work).run("init", *words, "--branch", "main", "--yes")
        assert made.code == 0, made.err
        for name in ("reconciler.yaml", "agents"):
            (repository.work / "voice").mkdir(exist_ok=True)
            (repository.work / name).rename(repository.work / "voice" / name)
        for name in ("plan", "apply", "drift"):
            environment = "          environment: production\n"
            folder = f"          working-directory: voice\n{environment}"
            repository.edit(f"{WORKFLOWS}{name}.yml", environment, folder)
        repository.edit(
            WORKFLOWS + "apply.yml", "require-reviewed: false", "require-reviewed: true"
        )
        self.host.secrets["HAMSA_API_KEY"] = KEY

    def writes(self) -> int:
        """How many requests have written to the API."""
        return sum(one.method != "GET" for one in self.requests)

    def done(self, name: str, event: Event, job: str) -> Job:
        """Run a workflow whose job must succeed without showing the key."""
        found = self.repository.run(name, event)[job]
        assert found.conclusion == "success", found.log
        assert KEY not in found.log + found.summary
        return found

    def drift(self) -> Job:
        return self.done("reconciler-drift", self.repository.tick(), "drift-production")

    def issues(self) -> list[Item]:
        """The open issues without pull requests."""
        found = [one for one in self.api.issues if "pull_request" not in one]
        return [one for one in found if one["state"] == "open"]

    def edit_live(self, **fields: Any) -> None:
        """Edit the only agent in the dashboard."""
        (record,) = self.store.records()
        self.store.update(record.id, {**record.fields, **fields})

    def a_pull_request_shows_its_plan(self) -> Item:
        self.repository.edit(PROMPT, "# الدور\n", "# الدور\n\nاسم المركز {{ }.\n")
        self.repository.push("agents", "Our first agent")
        pull = self.repository.open("agents")
        job = self.done("reconciler-plan", self.repository.asked(pull), "plan-production")
        (comment,) = self.api.on(pull["number"])
        assert comment["body"].startswith(TOLD)
        assert comment["user"]["login"] == BOT
        assert job.summary == comment["body"]
        (mark,) = job.annotations
        assert mark.startswith(f"warning file={PROMPT},line=3,title=malformed-placeholder:")
        ((name, kept),) = self.host.artifacts.items()
        assert name == "reconciler-plan-production@voice"
        assert {"report.html", "report.json", "report.md"} <= kept.keys()
        assert "saved.plan.json" not in kept
        outputs = job.step("Plan").outputs
        assert [outputs[one] for one in ("has-changes", "changes", "exit-code")] == [
            "true",
            "1",
            "0",
        ]
        assert re.fullmatch(r"sha256:[0-9a-f]{32}", outputs["plan-digest"])
        assert len(self.store) == 0
        return pull

    def another_push_updates_the_comment(self, pull: Item) -> None:
        (before,) = self.api.on(pull["number"])
        known = before["id"]
        self.repository.edit(PROMPT, "\nاسم المركز {{ }.\n", "")
        self.repository.edit(AGENT, "silenceThreshold: 800", "silenceThreshold: 650")
        self.repository.push("agents", "Quicker, and without the slip")
        job = self.done("reconciler-plan", self.repository.asked(pull), "plan-production")
        (comment,) = self.api.on(pull["number"])
        assert comment["id"] == known
        assert "650" in comment["body"]
        assert job.annotations == []

    def the_merge_goes_live_and_its_state_moves_no_branch(self, pull: Item) -> None:
        """With the token of the job, which may push; a plan's may not."""
        merged = self.repository.merge(pull)
        workflow = load(self.repository.work / f"{WORKFLOWS}apply.yml")
        assert reasons_not_to_start(workflow, merged) == []
        jobs = self.repository.run("reconciler-apply", merged)
        assert [job.conclusion for job in jobs.values()] == ["success", "success"], jobs
        assert "The plan is the one that was reviewed" in jobs["plan-production"].log
        assert self.host.asked == ["production"]
        (record,) = self.store.records()
        assert record.fields["silenceThreshold"] == 650
        assert '"agent/desk": {' in git(self.repository.origin, "show", STATE)
        assert self.repository.sha("main") == merged.sha

    def nothing_waits_for_approval_where_nothing_changes(self) -> None:
        event = Event(name="workflow_dispatch", sha=self.repository.sha("main"))
        jobs = self.repository.run("reconciler-apply", event)
        assert jobs["plan-production"].step("Plan").outputs["has-changes"] == "false"
        assert [job.conclusion for job in jobs.values()] == ["success", "skipped"]
        assert self.host.asked == ["production"], "asked once, long ago"
        self.drift()
        assert self.issues() == []

    def an_edit_of_the_dashboard_opens_an_issue(self) -> Item:
        self.edit_live(silenceThreshold=900)
        assert self.drift().step("Drift").outputs["exit-code"] == "2"
        (issue,) = self.issues()
        assert (issue["title"], issue["user"]["login"]) == ("Drift in production (voice)", BOT)
        assert "900" in issue["body"]
        return issue

    def another_edit_updates_it(self, issue: Item) -> None:
        self.edit_live(greetingMessage="أهلاً وسهلاً بك")
        self.drift()
        assert [one["number"] for one in self.issues()] == [issue["number"]]
        assert "وسهلاً" in issue["body"]

    def a_pull_request_takes_the_edits_into_the_files(self) -> Item:
        """The workflow's own comments say what `pull` needs."""
        drift, branch = f"{WORKFLOWS}drift.yml", "reconciler/pull-production@voice"
        self.repository.start("main")
        self.repository.edit(drift, "pull: false", "pull: true")
        self.repository.edit(drift, "# pull-requests: write ", "pull-requests: write #")
        self.repository.edit(drift, "contents: read", "contents: write")
        self.repository.push("main", "Pull by pull request")
        self.drift()
        (pulling,) = [one for one in self.api.pulls if one["state"] == "open"]
        assert (pulling["head"]["ref"], pulling["base"]["ref"]) == (branch, "main")
        assert pulling["title"] == "Live edits of production (voice)"
        text = self.repository.show(AGENT, branch)
        assert "silenceThreshold: 900  " in text, "the comment behind it stands as it stood"
        assert "greetingMessage: أهلاً وسهلاً بك\n" in text
        tip = self.repository.sha(branch)
        self.drift()
        assert self.repository.sha(branch) == tip, "nothing is new"
        assert [one for one in self.api.pulls if one["state"] == "open"] == [pulling]
        pulling["head"]["repo"] = {"full_name": "acme/agents"}
        return pulling

    def its_merge_closes_the_issue(self, pulling: Item, issue: Item) -> None:
        """Only then the state of all says that the edits are theirs."""
        self.done("reconciler-plan", self.repository.asked(pulling), "plan-production")
        before = self.writes()
        jobs = self.repository.run("reconciler-apply", self.repository.merge(pulling))
        assert [job.conclusion for job in jobs.values()] == ["success", "success"], "it is recorded"
        assert self.writes() == before, "and nothing is written"
        self.drift()
        assert self.issues() == []
        assert issue["state"] == "closed"

    def an_old_run_is_older_than_what_is_live(self, pull: Item) -> None:
        """The state in the ref says so, as the file would."""
        old = Event(name="push", sha=pull["merge_commit_sha"])
        jobs = self.repository.run("reconciler-apply", old)
        assert "this run is older than what is live" in jobs["plan-production"].log
        assert jobs["apply-production"].conclusion != "success"

    def a_fork_is_validated_without_secrets(self) -> None:
        self.repository.start("stranger")
        self.repository.edit(AGENT, "lang: ar", "lang: fr")
        self.repository.push("stranger", "French")
        pull = self.repository.open("stranger", fork="mallory/agents")
        event = self.repository.asked(pull)
        assert event.fork
        job = self.repository.run("reconciler-plan", event)["plan-production"]
        assert job.conclusion == "failure"
        notice, mistake, end = job.annotations
        assert "a pull request from a fork: its files are validated" in notice
        assert mistake.startswith(f"error file={AGENT},line=5,title=config:")
        assert "`validate` ended with exit code 1" in end
        assert KEY not in "".join(job.seen.values())
        assert "lang" in job.summary
        assert self.api.on(pull["number"]) == []
        assert job.step("Comment").conclusion == "skipped"

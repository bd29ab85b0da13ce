"""`publish issue` and `publish pull-request`: one open at a time, found again."""

import pytest

from tests.forge.github import FakeGitHub
from tests.forge.sides import Side
from tests.projects import Project, Run

MARKER = "<!-- reconciler:drift:production -->"
DRIFT = f"{MARKER}\n## Drift in production\n"
GONE = f"{MARKER}\n## No drift in production\n"


def issue(project: Project, side: Side, *argv: str, text: str = DRIFT) -> Run:
    project.write("drift.md", text)
    project.env = side.env()
    return project.run("publish", "issue", "drift.md", "--title", "Drift", *argv)


def test_an_issue_is_opened_updated_closed_and_later_another_one_opened(
    project: Project, side: Side
) -> None:
    runs = [
        issue(project, side, "--label", "drift", "--label", "voice"),
        issue(project, side, text=f"{DRIFT}more\n"),
        issue(project, side, "--close", text=GONE),
        issue(project, side, "--close", text=GONE),
        issue(project, side),
    ]
    deeds = [run.out.split()[0] for run in runs]
    assert deeds == ["created", "updated", "closed", "nothing", "created"]
    assert side.issues() == [("Drift", GONE, False), ("Drift", DRIFT, True)]
    assert {run.code for run in runs} == {0}
    assert runs[0].out.split()[1] == runs[2].out.split()[1]
    assert runs[3].out == "nothing  no open issue to close\n"


def test_a_new_issue_has_its_labels(project: Project, side: Side) -> None:
    issue(project, side, "--label", "drift", "--label", "voice agents")
    (made,) = [one for one in side.fake.issues if one["title"] == "Drift"]  # type: ignore[attr-defined]
    names = [one["name"] if isinstance(one, dict) else one for one in made["labels"]]
    assert names == ["drift", "voice agents"]


def test_planted_and_foreign_issues_are_left_alone(project: Project, side: Side) -> None:
    side.issue(f"{MARKER}\nplanted", "person")
    side.issue(f"{MARKER}\nof another bot", "bot")
    side.issue("<!-- reconciler:drift:staging -->\nelsewhere", "own")
    before = side.issues()
    assert issue(project, side, "--close").out.startswith("nothing")
    assert issue(project, side).out.startswith("created")
    assert issue(project, side).out.startswith("updated")
    assert side.issues() == [*before, ("Drift", DRIFT, True)]


def test_of_two_issues_the_newest_is_updated_and_both_are_closed(
    project: Project, side: Side
) -> None:
    side.issue(f"{MARKER}\nfirst")
    side.issue(f"{MARKER}\nsecond")
    done = issue(project, side)
    assert "an older one of the same kind is left as it is" in done.err
    assert side.issues() == [("old title", f"{MARKER}\nfirst", True), ("Drift", DRIFT, True)]
    issue(project, side, "--close", text=GONE)
    assert [still_open for _, _, still_open in side.issues()] == [False, False]


def test_a_pull_request_with_the_marker_is_no_issue(project: Project, side: Side) -> None:
    side.request(by="own", text=f"{MARKER}\nof the pull request")
    assert issue(project, side, "--close").out.startswith("nothing")
    assert side.about(1)[1] == f"{MARKER}\nof the pull request"


def test_an_issue_is_found_behind_many(project: Project, side: Side) -> None:
    side.issue(f"{MARKER}\nold")
    for _ in range(220):
        side.issue("something else", "person")
    assert issue(project, side).out.startswith("updated")
    assert side.issues()[0] == ("Drift", DRIFT, True)


@pytest.mark.parametrize("argv", [("--title", ""), ("--title", "a\nb")])
def test_a_title_is_one_line(project: Project, side: Side, argv: tuple[str, ...]) -> None:
    done = issue(project, side, *argv)
    assert (done.code, side.fake.requests, "--title" in done.err) == (64, [], True)


def request(project: Project, side: Side, *argv: str, text: str = DRIFT) -> Run:
    project.write("drift.md", text)
    project.env = side.env()
    return project.run(
        "publish", "pull-request", "drift.md", "--branch", "pull", "--title", "Pull", *argv
    )


def test_the_pull_request_of_a_branch_is_opened_and_then_updated(
    project: Project, side: Side
) -> None:
    side.push("pull")
    first = request(project, side)
    second = request(project, side, text=f"{DRIFT}more\n")
    assert (first.out.split()[0], second.out.split()[0]) == ("created", "updated")
    assert first.out.split()[1] == second.out.split()[1]
    assert side.about(1) == ("Pull", f"{DRIFT}more\n")


def test_a_pull_request_goes_into_the_base_that_is_named(project: Project, side: Side) -> None:
    side.push("pull")
    side.push("release")
    assert request(project, side, "--base", "release").code == 0
    (made,) = [one for one in side.fake.requests if str(one) in side.fake.writes]
    assert made.body.get("base", made.body.get("target_branch")) == "release"


def test_a_pull_request_of_somebody_else_is_not_rewritten(project: Project, side: Side) -> None:
    side.request("pull", "person", "my words")
    done = request(project, side)
    assert (done.code, side.about(1)[1], side.fake.writes) == (1, "my words", [])
    assert "somebody else wrote it" in done.err


def test_a_pull_request_of_another_branch_is_another_one(project: Project, side: Side) -> None:
    side.request("other", "own", DRIFT)
    side.push("pull")
    assert request(project, side).out.startswith("created")


def test_a_branch_of_the_same_name_in_a_fork_is_another_one(project: Project, side: Side) -> None:
    number = side.of_fork("pull")
    side.push("pull")
    assert request(project, side).out.startswith("created")
    assert request(project, side).out.startswith("updated")
    assert side.about(number)[1] == "my words"


def test_a_list_that_was_not_narrowed_is_looked_through(
    project: Project, github: FakeGitHub
) -> None:
    github.branches["pull"] = "1" * 40
    other = github.pull("other", by=github.actor, body="of another branch")
    github.fail("GET", "/pulls$", 200, [other])
    project.write("drift.md", DRIFT)
    project.env = github.env()
    argv = ("drift.md", "--branch", "pull", "--title", "Pull")
    assert project.run("publish", "pull-request", *argv).out.startswith("created")
    assert other["body"] == "of another branch"


def test_a_branch_must_have_been_pushed(project: Project, side: Side) -> None:
    done = request(project, side)
    assert (done.code, "push the branch first" in done.err) == (1, True)


def test_a_branch_without_a_commit_of_its_own_is_reported(
    project: Project, github: FakeGitHub
) -> None:
    github.branches["pull"] = github.branches["main"]
    project.write("drift.md", DRIFT)
    project.env = github.env()
    argv = ("drift.md", "--branch", "pull", "--title", "Pull")
    done = project.run("publish", "pull-request", *argv)
    assert "No commits between main and pull" in done.err
    assert "push a commit first" in done.err
    github.branches["pull"] = "1" * 40
    github.may_create_pulls = False
    done = project.run("publish", "pull-request", *argv)
    assert (done.code, "Workflow permissions" in done.err) == (1, True)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["issue", "--title", "t"], "would  create or update the open issue in "),
        (["issue", "--title", "t", "--close"], "would  update and close the open issue in "),
        (
            ["pull-request", "--title", "t", "--branch", "b"],
            "would  create or update the pull request of b in ",
        ),
    ],
    ids=["issue", "close", "pull-request"],
)
def test_a_dry_run_says_what_would_be_done(
    project: Project, side: Side, argv: list[str], told: str
) -> None:
    project.write("drift.md", DRIFT)
    project.env = side.env()
    done = project.run("publish", argv[0], "drift.md", *argv[1:], "--dry-run")
    assert (done.code, done.out.startswith(told), side.fake.requests) == (0, True, [])

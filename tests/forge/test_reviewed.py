"""`publish digest`: the plan that a merge was reviewed with, and nothing that others planted."""

import pytest

from tests.forge.github import MACHINE, FakeGitHub
from tests.forge.gitlab import FakeGitLab
from tests.forge.sides import SHA, Side
from tests.projects import Project, Run

ONE, TWO = f"sha256:{'1' * 32}", f"sha256:{'2' * 32}"


def plan(digest: str = "", environment: str = "production") -> str:
    line = f"<!-- digest: {digest} -->\n" if digest else ""
    return f"<!-- reconciler:plan:{environment} -->\n{line}## Plan\n"


def ask(project: Project, env: dict[str, str], *argv: str, sha: str = SHA) -> Run:
    project.env = {**env, "GITHUB_SHA": sha, "CI_COMMIT_SHA": sha}
    return project.run("publish", "digest", *(argv or ("--environment", "production")))


def test_the_digest_of_the_merged_pull_request_is_printed_alone(
    project: Project, side: Side
) -> None:
    number = side.request()
    side.write(number, plan(TWO, "staging"))
    side.write(number, plan(ONE))
    side.write(number, plan(TWO).replace(":plan:", ":apply:"))
    side.merge(number)
    done = ask(project, side.env())
    assert (done.code, done.out, done.err) == (0, f"{ONE}\n", "")
    told = ask(project, side.env(), "-e", "production", "--format", "json").json
    assert (told["digest"], told["url"].startswith("http://")) == (ONE, True)
    assert side.fake.writes == []


def test_the_newest_plan_counts(project: Project, side: Side) -> None:
    number = side.request()
    for digest in (ONE, TWO):
        side.write(number, plan(digest))
    side.merge(number)
    assert ask(project, side.env()).out == f"{TWO}\n"


def test_a_plan_that_stopped_takes_the_place_of_an_older_good_one(
    project: Project, side: Side
) -> None:
    number = side.request()
    side.write(number, plan(ONE))
    side.write(number, plan())
    side.merge(number)
    done = ask(project, side.env())
    assert (done.code, done.out, "has no plan digest" in done.err) == (1, "", True)


@pytest.mark.parametrize("by", ["person", "bot"])
def test_a_planted_plan_is_not_believed(project: Project, side: Side, by: str) -> None:
    number = side.request()
    side.write(number, plan(TWO), by)
    side.merge(number)
    done = ask(project, side.env())
    assert (done.code, done.out) == (1, "")
    assert "shows no plan of production" in done.err
    side.write(number, plan(ONE))
    side.write(number, plan(TWO), by)
    assert ask(project, side.env()).out == f"{ONE}\n"


def test_a_user_with_a_token_is_no_bot(project: Project, github: FakeGitHub) -> None:
    github.actor = dict(MACHINE)
    pull = github.pull("branch")
    github.comment(pull["number"], plan(ONE), by=MACHINE)
    github.merge(pull, SHA)
    assert (ask(project, github.env()).code, ask(project, github.env()).out) == (1, "")


def test_a_pull_request_that_is_not_merged_does_not_count(project: Project, side: Side) -> None:
    number = side.request()
    side.write(number, plan(ONE))
    done = ask(project, side.env(), sha=f"{1:040x}")
    assert (done.code, "was merged as 000000000000" in done.err) == (1, True)


def test_a_commit_inside_of_a_merged_one_is_not_the_merge(project: Project, side: Side) -> None:
    number = side.request()
    side.write(number, plan(ONE))
    head = f"{1:040x}"
    side.merge(number)
    assert ask(project, side.env(), sha=head).code == 1
    assert ask(project, side.env(), sha="cd" * 20).code == 1


def test_a_merge_that_github_only_tried_does_not_count(
    project: Project, github: FakeGitHub
) -> None:
    pull = github.pull("branch")
    github.comment(pull["number"], plan(ONE), by=github.actor)
    done = ask(project, github.env(), sha=pull["merge_commit_sha"])
    assert (done.code, done.out) == (1, "")


def test_a_merge_into_a_fork_does_not_count(project: Project, github: FakeGitHub) -> None:
    pull = github.pull("branch")
    github.comment(pull["number"], plan(ONE), by=github.actor)
    github.merge(pull, SHA)
    assert ask(project, github.env()).code == 0
    pull["base"]["repo"]["full_name"] = "mallory/agents"
    assert ask(project, github.env()).code == 1


HOW = ["merge_commit_sha", "squash_commit_sha", "sha"]


@pytest.mark.parametrize("how", HOW)
def test_every_way_to_merge_on_gitlab_is_known(
    project: Project, gitlab: FakeGitLab, how: str
) -> None:
    request = gitlab.merge_request("branch")
    gitlab.note(request["iid"], plan(ONE), by=gitlab.actor)
    gitlab.merge(request, SHA, how=how)
    assert ask(project, gitlab.env()).out == f"{ONE}\n"


def test_notes_that_gitlab_writes_itself_are_not_ours(project: Project, gitlab: FakeGitLab) -> None:
    request = gitlab.merge_request("branch")
    gitlab.note(request["iid"], plan(ONE), by=gitlab.actor, system=True)
    gitlab.merge(request, SHA)
    assert ask(project, gitlab.env()).code == 1


FORGED = [
    f"<!-- reconciler:plan:production -->\n\n<!-- digest: {ONE} -->",
    f"<!-- reconciler:plan:production -->\n<!-- digest: {ONE} --> x",
    "<!-- reconciler:plan:production -->\n<!-- digest: sha256:12 -->",
    "<!-- reconciler:plan:production -->\n<!-- digest: sha256:$(id) -->",
]


@pytest.mark.parametrize("text", FORGED, ids=["third line", "more", "short", "shell"])
def test_only_a_whole_digest_in_the_second_line_counts(
    project: Project, side: Side, text: str
) -> None:
    number = side.request()
    side.write(number, text)
    side.merge(number)
    assert (ask(project, side.env()).code, ask(project, side.env()).out) == (1, "")


def test_what_is_to_be_looked_for_must_be_named(project: Project, side: Side) -> None:
    assert (
        ask(project, side.env(), "--on", "github" if "GITHUB" in side.token_name else "gitlab").code
        == 64
    )
    for sha in ("", "main", "abcdef1", "$(id)"):
        done = ask(project, side.env(), sha=sha)
        assert (done.code, "--sha" in done.err) == (64, True)
    assert side.fake.requests == []
    number = side.request()
    side.write(number, plan(ONE))
    side.merge(number)
    project.env = {**side.env(), "RECONCILER_ENV": "production"}
    assert project.run("publish", "digest", "--sha", SHA).out == f"{ONE}\n"

"""Refusals of GitHub and GitLab are reported with a remedy, and never show the token."""

import re

import pytest

from tests.forge.github import FakeGitHub
from tests.forge.sides import Side
from tests.projects import Project, Run

PLAN = "<!-- reconciler:plan:production -->\n## Plan\n"


def publish(project: Project, env: dict[str, str], *argv: str) -> Run:
    project.write("plan.md", PLAN)
    project.env = env
    return project.run("publish", *(argv or ("comment", "plan.md")))


def test_a_token_that_may_not_write_is_reported_with_what_it_needs(
    project: Project, side: Side
) -> None:
    number = side.request()
    side.may_not_write()
    done = publish(project, side.env(number))
    assert (done.code, done.out, "answered 403" in done.err) == (1, "", True)
    if side.token_name == "GITHUB_TOKEN":
        assert "Resource not accessible by integration" in done.err
        assert "permissions: pull-requests: write" in done.err
        assert "fork" in done.err
        done = publish(project, side.env(), "issue", "plan.md", "--title", "t")
        assert "permissions: issues: write" in done.err
    else:
        assert "insufficient_scope" in done.err
        assert "scope `api`" in done.err


def test_a_wrong_token_is_reported(project: Project, side: Side) -> None:
    env = {**side.env(side.request()), side.token_name: "planted-wrong"}
    done = publish(project, env)
    assert (done.code, "answered 401" in done.err, side.token_name in done.err) == (1, True, True)
    assert len(side.fake.requests) == 1


def test_a_pull_request_that_does_not_exist_is_reported(project: Project, side: Side) -> None:
    done = publish(project, side.env(), "comment", "plan.md", "--number", "99")
    assert (done.code, "answered 404" in done.err, "is it there" in done.err) == (1, True, True)


ANSWERS = [
    (422, {"message": "Validation Failed", "errors": [{"field": "body", "code": "invalid"}]}),
    (400, {"message": {"base": ["is odd"]}}),
    (500, {"message": "500 Internal Server Error"}),
    (500, "<html>oops</html>"),
    (418, {"error": "teapot", "error_description": "short and stout"}),
]


@pytest.mark.parametrize(("status", "body"), ANSWERS, ids=str)
def test_other_refusals_are_reported_in_the_forges_own_words(
    project: Project, side: Side, status: int, body: object
) -> None:
    side.fake.fail("POST", "comments$|notes$", status, body)
    done = publish(project, side.env(side.request()))
    assert (done.code, done.out, f"answered {status}" in done.err) == (1, "", True)
    if isinstance(body, dict):
        words = re.findall(r"[A-Z][a-z]+ Failed|is odd|Internal|teapot", str(body))
        assert all(word in done.err for word in words)
    assert len(side.fake.writes) == 1


@pytest.mark.parametrize("status", [429, 502, 503])
def test_reading_is_tried_again(project: Project, side: Side, status: int) -> None:
    number = side.request()
    side.fake.fail("GET", "comments$|notes$", status, {}, times=2, retry_after="0")
    assert publish(project, side.env(number)).code == 0
    assert side.texts(number) == [PLAN]


def test_what_a_rate_limit_turned_away_is_sent_again(project: Project, side: Side) -> None:
    number = side.request()
    told = {"message": "You have exceeded a secondary rate limit"}
    side.fake.fail("POST", "comments$|notes$", 403, told, retry_after="0")
    side.fake.fail("POST", "comments$|notes$", 429, told, retry_after="0")
    assert publish(project, side.env(number)).code == 0
    assert (side.texts(number), len(side.fake.writes)) == ([PLAN], 3)


def test_a_rate_limit_without_an_end_is_reported(project: Project, side: Side) -> None:
    side.fake.fail("POST", "comments$|notes$", 429, {}, times=9, retry_after="0")
    done = publish(project, side.env(side.request()))
    assert (done.code, "slow down" in done.err) == (1, True)


def test_a_comment_whose_answer_was_lost_is_not_sent_twice(project: Project, side: Side) -> None:
    number = side.request()
    side.fake.fail("POST", "comments$|notes$", 502, {}, done=True, retry_after="0")
    lost = publish(project, side.env(number))
    assert (lost.code, len(side.fake.writes)) == (1, 1)
    assert publish(project, side.env(number)).out.startswith("updated")
    assert side.texts(number) == [PLAN]


def test_an_update_is_sent_again(project: Project, side: Side) -> None:
    number = side.request()
    side.write(number, f"{PLAN}old")
    for method in ("PATCH", "PUT"):
        side.fake.fail(method, "", 502, {}, done=True, retry_after="0")
    assert publish(project, side.env(number)).out.startswith("updated")
    assert side.texts(number) == [PLAN]


def test_a_redirect_is_not_followed_with_the_token(
    project: Project, side: Side, github: FakeGitHub
) -> None:
    side.fake.fail("GET", "", 301, {}, location=f"{github.url}/elsewhere", times=9)
    done = publish(project, side.env(side.request()))
    assert (done.code, "redirect" in done.err, github.requests) == (1, True, [])


def test_a_next_page_elsewhere_is_not_asked_there(
    project: Project, side: Side, github: FakeGitHub
) -> None:
    number = side.request()
    link = f'<{github.url}/stolen?page=2&per_page=100>; rel="next"'
    side.fake.fail("GET", "comments$|notes$", 200, [], link=link)
    assert publish(project, side.env(number)).code == 0
    assert github.requests == []
    assert "2" in [one.query.get("page") for one in side.fake.requests]


NONSENSE = [None, 7, "text", [1], [{"id": "1"}], {"a": 1}, [{"id": 1, "system": False}]]


@pytest.mark.parametrize("answer", NONSENSE, ids=repr)
def test_an_answer_that_makes_no_sense_is_an_error_and_no_traceback(
    project: Project, side: Side, answer: object
) -> None:
    number = side.request()
    side.fake.fail("GET", "comments$|notes$", 200, answer)
    done = publish(project, side.env(number))
    assert "unexpected" not in done.err
    assert done.code == 1 or side.texts(number) == [PLAN]


def test_an_unreachable_host_is_reported(project: Project, side: Side) -> None:
    number = side.request()
    env = side.env(number)
    name = "GITHUB_API_URL" if "GITHUB" in side.token_name else "CI_API_V4_URL"
    done = publish(project, {**env, name: "http://127.0.0.1:1"})
    assert (done.code, "reachable" in done.err) == (1, True)


ADDRESSES = [
    ("http://github.example/api", "must be https"),
    ("ftp://github.example", "is no address"),
    ("https://planted-user:planted-word@github.example", "is no address"),
    ("https://", "is no address"),
    ("https://[", "is no address"),
    ("https://github.example?x=1", "is no address"),
]


@pytest.mark.parametrize(("url", "told"), ADDRESSES)
def test_the_token_goes_to_no_odd_address(
    project: Project, side: Side, url: str, told: str
) -> None:
    name = "GITHUB_API_URL" if "GITHUB" in side.token_name else "CI_API_V4_URL"
    done = publish(project, {**side.env(side.request()), name: url})
    assert (done.code, told in done.err, "planted" in done.err) == (64, True, False)


NAMES = ["", "acme", "acme/agents/../other", "acme/..", "acme/agents?x", "acme/a b", "../../user"]


@pytest.mark.parametrize("name", NAMES)
def test_a_repository_is_a_name_and_no_path(project: Project, side: Side, name: str) -> None:
    variable = "GITHUB_REPOSITORY" if "GITHUB" in side.token_name else "CI_PROJECT_ID"
    done = publish(project, {**side.env(side.request()), variable: name})
    assert (done.code, variable in done.err, side.fake.requests) == (64, True, [])


def test_where_to_publish_is_known_from_the_job_or_named(project: Project, side: Side) -> None:
    assert "--on github or --on gitlab" in publish(project, {}).err
    number = str(side.request())
    signs = ("GITHUB_ACTIONS", "GITLAB_CI")
    env = {name: value for name, value in side.env().items() if name not in signs}
    assert publish(project, env, "comment", "plan.md", "--number", number).code == 0
    both = {**env, "GITHUB_ACTIONS": "true", "GITLAB_CI": "true"}
    name = "github" if "GITHUB" in side.token_name else "gitlab"
    assert publish(project, both, "comment", "plan.md", "--number", number, "--on", name).code == 0


ECHOES = [(401, "bad token {}"), (403, "{}"), (422, "{}"), (500, "{}"), (200, "{}")]


@pytest.mark.parametrize(("status", "said"), ECHOES, ids=[str(status) for status, _ in ECHOES])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_token_is_printed_nowhere(
    project: Project, side: Side, status: int, said: str, method: str
) -> None:
    echo = {"message": said.format(side.fake.token), "error": side.fake.token}  # type: ignore[attr-defined]
    side.fake.fail(method, "comments$|notes$", status, echo)
    done = publish(project, side.env(side.request()), "comment", "plan.md", "--verbose")
    assert done.code == 1
    assert "· GET /" in done.err
    assert "planted" not in done.out + done.err


def test_a_crash_report_holds_no_token(
    project: Project, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyError(side.fake.token)  # type: ignore[attr-defined]

    monkeypatch.setattr("reconciler.forge.publish.comment", crash)
    done = publish(project, side.env(side.request()), "comment", "plan.md", "--verbose")
    report = (project.root / ".reconciler" / "crash.txt").read_text("utf-8")
    assert (done.code, "planted" in done.out + done.err + report) == (1, False)


@pytest.mark.parametrize("token", ["with space", "line\nend", "ünicode"])
def test_a_token_that_cannot_be_one_is_reported_without_it(
    project: Project, side: Side, token: str
) -> None:
    done = publish(project, {**side.env(side.request()), side.token_name: token})
    assert (done.code, side.token_name in done.err, token in done.err) == (64, True, False)


def test_hostile_words_of_a_forge_do_not_act(project: Project, side: Side) -> None:
    hostile = "x\n::error::owned\x1b[2J\u202e##[e]"
    side.fake.fail("POST", "comments$|notes$", 422, {"message": hostile})
    done = publish(project, side.env(side.request()))
    assert done.code == 1
    assert not re.search("(?m)^::|\x1b|\u202e|##\\[", done.out + done.err)


def test_a_hostile_address_does_not_act(project: Project, side: Side) -> None:
    answer = {"id": 1, "html_url": "x\n::error::owned\x1b[2J", "author": {"id": 1}}
    side.fake.fail("POST", "comments$|notes$", 201, answer)
    done = publish(project, side.env(side.request()))
    assert done.code == 0
    assert not re.search("(?m)^::|\x1b", done.out + done.err)


def test_errors_are_reported_in_json_too(project: Project, side: Side) -> None:
    done = publish(project, side.env(), "comment", "plan.md", "--number", "99", "--format", "json")
    assert (done.code, done.json["error"]["exit_code"]) == (1, 1)

"""The fakes answer as the documents of GitHub and GitLab say: so they can be witnesses."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.forge.github import MACHINE, PERSON, FakeGitHub
from tests.forge.gitlab import FakeGitLab

AGENT = {"User-Agent": "test"}


@dataclass(frozen=True)
class Client:
    """Asks one fake; each request with a connection of its own."""

    url: str
    headers: dict[str, str]

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return httpx.request(method, f"{self.url}{path}", headers=self.headers, json=body)


def hub(github: FakeGitHub, token: str | None = None) -> Client:
    return Client(github.url, {**AGENT, "Authorization": f"Bearer {token or github.token}"})


def lab(gitlab: FakeGitLab, token: str | None = None) -> Client:
    return Client(gitlab.url, {**AGENT, "PRIVATE-TOKEN": token or gitlab.token})


def pages(client: Client, path: str) -> list[list[Any]]:
    found = []
    while path:
        answer = client("GET", path)
        found.append(answer.json())
        path = answer.links.get("next", {}).get("url", "").removeprefix(client.url)
    return found


def test_no_request_is_allowed_without_the_token(github: FakeGitHub, gitlab: FakeGitLab) -> None:
    anonymous = httpx.get(f"{github.url}/repos/acme/agents", headers=AGENT)
    assert (anonymous.status_code, anonymous.json()["message"]) == (401, "Requires authentication")
    wrong = hub(github, "wrong")("GET", "/repos/acme/agents")
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
    assert lab(gitlab, "wrong")("GET", "/projects/42").json() == {"message": "401 Unauthorized"}
    assert httpx.get(f"{gitlab.url}/projects/42", headers=AGENT).status_code == 401


@pytest.mark.parametrize("path", ["/repos/acme/other", "/nothing", "/repos/acme/agents/issues/9"])
def test_missing_objects_are_404(github: FakeGitHub, path: str) -> None:
    assert hub(github)("GET", path).status_code == 404


def test_missing_objects_are_404_on_gitlab_too(gitlab: FakeGitLab) -> None:
    client = lab(gitlab)
    assert client("GET", "/projects/43").json() == {"message": "404 Project Not Found"}
    assert client("GET", "/projects/42/nothing").json() == {"error": "404 Not Found"}
    assert client("GET", "/projects/acme%2Fagents").json()["id"] == 42


def test_lists_come_in_pages_of_thirty_or_of_a_hundred_at_most(github: FakeGitHub) -> None:
    pull = github.pull("branch")
    for number in range(250):
        github.comment(pull["number"], f"comment {number}")
    path = "/repos/acme/agents/issues/1/comments"
    assert list(map(len, pages(hub(github), path)))[:2] == [30, 30]
    assert list(map(len, pages(hub(github), f"{path}?per_page=500"))) == [100, 100, 50]


def test_issues_are_listed_with_pull_requests_among_them(github: FakeGitHub) -> None:
    github.issue("one", "")
    github.pull("branch")
    github.issue("two", "")["state"] = "closed"
    found = hub(github)("GET", "/repos/acme/agents/issues").json()
    assert [(one["number"], "pull_request" in one) for one in found] == [(2, True), (1, False)]


def test_a_comment_of_somebody_else_cannot_be_changed(
    github: FakeGitHub, gitlab: FakeGitLab
) -> None:
    comment = github.comment(github.pull("branch")["number"], "mine", by=PERSON)
    path = f"/repos/acme/agents/issues/comments/{comment['id']}"
    assert hub(github)("PATCH", path, {"body": "theirs"}).status_code == 403
    note = gitlab.note(gitlab.merge_request("branch")["iid"], "mine")
    path = f"/projects/42/merge_requests/1/notes/{note['id']}"
    assert lab(gitlab)("PUT", path, {"body": "theirs"}).status_code == 403
    assert (comment["body"], note["body"]) == ("mine", "mine")


def test_a_workflows_token_gets_no_user(github: FakeGitHub) -> None:
    assert hub(github)("GET", "/user").status_code == 403
    github.actor = dict(MACHINE)
    assert hub(github)("GET", "/user").json()["login"] == "acme-machine"


def test_a_second_pull_request_of_a_branch_is_refused(
    github: FakeGitHub, gitlab: FakeGitLab
) -> None:
    github.pull("branch")
    wanted = {"title": "t", "head": "branch", "base": "main"}
    answer = hub(github)("POST", "/repos/acme/agents/pulls", wanted)
    assert (answer.status_code, "already exists" in answer.text) == (422, True)
    gitlab.merge_request("branch")
    wanted = {"title": "t", "source_branch": "branch", "target_branch": "main"}
    assert lab(gitlab)("POST", "/projects/42/merge_requests", wanted).status_code == 409


def test_gitlab_carries_out_quick_actions_outside_of_code(gitlab: FakeGitLab) -> None:
    gitlab.merge_request("branch")
    body = "hello\n/merge\n```\n/close\n```\n"
    lab(gitlab)("POST", "/projects/42/merge_requests/1/notes", {"body": body})
    assert gitlab.quick_actions == ["merge"]

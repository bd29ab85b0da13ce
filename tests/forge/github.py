"""A small GitHub, written from the documentation of its REST API, version 2022-11-28.

It supports comments of issues and pull requests, issues, pull requests, the pull requests of a
commit, the repository, and the token's user. Like GitHub, it lists pull requests among the issues,
numbers both together, gives `Link` headers with `/repositories/ID` in them, answers 404 for what a
token may not read, and refuses `GET /user` to the token of a workflow, which asks GraphQL's
`viewer` instead.

>>> with FakeGitHub().serve() as github:                            # doctest: +SKIP
...     pull = github.pull("branch")
...     run("publish", "comment", "plan.md", env=github.env(pull))
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.forge.serving import Answer, Asked, Fake, RefusedError

MOST = 65_536
TOKEN = "ghs_planted-token"
MOMENT = "2026-01-02T03:04:05Z"
_NAME = r"/(?:repos/acme/agents|repositories/4211)"
Item = dict[str, Any]

BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
"""Who writes with the token of a workflow."""

OTHER_BOT = {"login": "renovate[bot]", "id": 29139614, "type": "Bot"}
PERSON = {"login": "mallory", "id": 666, "type": "User"}
MACHINE = {"login": "acme-machine", "id": 777, "type": "User"}
"""A user account with a personal token, made for jobs."""


class FakeGitHub(Fake):
    """The repository ``acme/agents``; ``actor`` is the token's user.

    ``comments``, ``issues`` (pull requests too) and ``pulls`` are lists of the API's objects that
    tests may read and change. ``may`` are the token's permissions.
    """

    ROUTES = (
        ("GET", r"/user", "_user"),
        ("POST", r"/graphql", "_graphql"),
        ("GET", _NAME, "_repository"),
        ("GET", _NAME + r"/issues", "_list_issues"),
        ("POST", _NAME + r"/issues", "_create_issue"),
        ("GET", _NAME + r"/issues/(\d+)", "_get_issue"),
        ("PATCH", _NAME + r"/issues/(\d+)", "_update_issue"),
        ("GET", _NAME + r"/issues/(\d+)/comments", "_list_comments"),
        ("POST", _NAME + r"/issues/(\d+)/comments", "_create_comment"),
        ("PATCH", _NAME + r"/issues/comments/(\d+)", "_update_comment"),
        ("GET", _NAME + r"/pulls", "_list_pulls"),
        ("POST", _NAME + r"/pulls", "_create_pull"),
        ("GET", _NAME + r"/pulls/(\d+)", "_get_pull"),
        ("PATCH", _NAME + r"/pulls/(\d+)", "_update_pull"),
        ("GET", _NAME + r"/commits/([^/]+)/pulls", "_pulls_of_commit"),
    )

    def __init__(self, *, token: str = TOKEN, actor: Mapping[str, Any] = BOT) -> None:
        super().__init__()
        self.token = token
        self.actor = dict(actor)
        self.may = {"issues": "write", "pull_requests": "write"}
        self.may_create_pulls = True
        self.branches = {"main": "0" * 40}
        self.comments: list[Item] = []
        self.issues: list[Item] = []
        self.pulls: list[Item] = []
        self._commits: dict[int, set[str]] = {}
        self._ids = 0

    # What a test sets up, and looks at

    def env(self, pull: Item | None = None, folder: Path | None = None) -> dict[str, str]:
        """The variables of a job; of an event of this pull request, written into the folder."""
        found = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "acme/agents",
            "GITHUB_TOKEN": self.token,
        }
        if pull is None or folder is None:
            return found
        path = folder / "event.json"
        event = {"action": "synchronize", "number": pull["number"], "pull_request": pull}
        path.write_text(json.dumps(event), encoding="utf-8")
        return {**found, "GITHUB_EVENT_PATH": str(path), "GITHUB_EVENT_NAME": "pull_request"}

    def pull(
        self, branch: str, *, by: Mapping[str, Any] = PERSON, body: str = "", owner: str = "acme"
    ) -> Item:
        """An open pull request into main of a branch of this repository, or of an owner's fork.

        As on GitHub, its ``merge_commit_sha`` is a merge that was tried: a workflow of the pull
        request runs on it.
        """
        self.branches.setdefault(branch, f"{len(self.branches):040x}")
        issue = self.issue(f"From {branch}", body, by=by)
        number = issue["number"]
        page = f"{self._web}/pull/{number}"
        issue |= {"html_url": page, "pull_request": {"url": f"{self.url}/pulls/{number}"}}
        pull = {
            **{name: issue[name] for name in ("number", "title", "body", "user", "state")},
            "id": self._next(),
            "html_url": page,
            "merged_at": None,
            "merge_commit_sha": f"{number:032x}{'7e57' * 2}",
            "head": {"ref": branch, "label": f"{owner}:{branch}", "sha": self.branches[branch]},
            "base": {"ref": "main", "repo": {"full_name": "acme/agents"}},
        }
        self.pulls.append(pull)
        self._commits[number] = {self.branches[branch], str(pull["merge_commit_sha"])}
        return pull

    def merge(self, pull: Item, sha: str) -> None:
        """Merge it; ``sha`` is the commit that the merge made in main."""
        pull |= {"state": "closed", "merged_at": MOMENT, "merge_commit_sha": sha}
        self._issue(pull["number"])["state"] = "closed"
        self._commits[pull["number"]].add(sha)
        self.branches["main"] = sha

    def issue(self, title: str, body: str, *, by: Mapping[str, Any] = PERSON) -> Item:
        """An open issue."""
        number = len(self.issues) + 1
        issue = {
            "id": self._next(),
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "user": dict(by),
            "labels": [],
            "html_url": f"{self._web}/issues/{number}",
            "performed_via_github_app": None,
        }
        self.issues.append(issue)
        return issue

    def comment(self, number: int, body: str, *, by: Mapping[str, Any] = PERSON) -> Item:
        """A comment on an issue or a pull request."""
        found = self._next()
        comment = {
            "id": found,
            "body": body,
            "user": dict(by),
            "html_url": f"{self._issue(number)['html_url']}#issuecomment-{found}",
            "issue_url": f"{self.url}/repos/acme/agents/issues/{number}",
            "created_at": MOMENT,
            "performed_via_github_app": None,
        }
        self.comments.append(comment)
        return comment

    def on(self, number: int) -> list[Item]:
        """The comments of an issue or a pull request, oldest first."""
        return [one for one in self.comments if one["issue_url"].endswith(f"/issues/{number}")]

    @property
    def _web(self) -> str:
        return f"{self.url}/acme/agents"

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    # Authentication

    def refused(self, asked: Asked) -> Answer | None:
        if not asked.headers.get("user-agent"):
            return Answer(403, "Request forbidden by administrative rules.")
        given = re.fullmatch("(?:Bearer|token) (.+)", asked.headers.get("authorization", ""))
        if given is None:
            return Answer(401, _said("Requires authentication"))
        return None if given[1] == self.token else Answer(401, _said("Bad credentials"))

    def unknown(self, _asked: Asked) -> Answer:
        return Answer(404, _said("Not Found"))

    def _needs_write(self, *names: str) -> None:
        if not any(self.may.get(name) == "write" for name in names):
            raise RefusedError(403, _said("Resource not accessible by integration"))

    # The routes

    def _user(self, _asked: Asked) -> Answer:
        if self.actor["type"] == "Bot":
            return Answer(403, _said("Resource not accessible by integration"))
        return Answer(200, self.actor)

    def _graphql(self, asked: Asked) -> Answer:
        """GraphQL's `viewer`, which every token may query, and nothing else of GraphQL."""
        text = str((asked.body or {}).get("query", ""))
        if re.sub(r"\s", "", text) != "{viewer{login}}":
            return Answer(200, {"errors": [{"type": "INVALID", "message": "not known here"}]})
        return Answer(200, {"data": {"viewer": {"login": self.actor["login"]}}})

    def _repository(self, _asked: Asked) -> Answer:
        return Answer(200, {"id": 4211, "full_name": "acme/agents", "default_branch": "main"})

    def _issue(self, number: int | str) -> Item:
        for issue in self.issues:
            if issue["number"] == int(number):
                return issue
        raise RefusedError(404, _said("Not Found"))

    def _pull(self, number: int | str) -> Item:
        for pull in self.pulls:
            if pull["number"] == int(number):
                return pull
        raise RefusedError(404, _said("Not Found"))

    def _list_issues(self, asked: Asked) -> Answer:
        state = asked.query.get("state", "open")
        found = [one for one in self.issues if state in ("all", one["state"])]
        if asked.query.get("direction", "desc") == "desc":
            found.reverse()
        return self.paged(asked, found, "/repositories/4211/issues")

    def _get_issue(self, _asked: Asked, number: str) -> Answer:
        return Answer(200, self._issue(number))

    def _create_issue(self, asked: Asked) -> Answer:
        self._needs_write("issues")
        given = _fields(asked, "Issue", "title")
        issue = self.issue(given["title"], given.get("body", ""), by=self.actor)
        issue["labels"] = [{"name": name} for name in given.get("labels", [])]
        return Answer(201, issue)

    def _update_issue(self, asked: Asked, number: str) -> Answer:
        issue = self._issue(number)
        self._needs_write("pull_requests" if "pull_request" in issue else "issues")
        given = _fields(asked, "Issue")
        issue |= {name: given[name] for name in ("title", "body", "state") if name in given}
        return Answer(200, issue)

    def _list_comments(self, asked: Asked, number: str) -> Answer:
        self._issue(number)
        path = f"/repositories/4211/issues/{number}/comments"
        return self.paged(asked, self.on(int(number)), path)

    def _create_comment(self, asked: Asked, number: str) -> Answer:
        issue = self._issue(number)
        self._needs_write("issues", *(["pull_requests"] if "pull_request" in issue else []))
        given = _fields(asked, "IssueComment", "body")
        return Answer(201, self.comment(int(number), given["body"], by=self.actor))

    def _update_comment(self, asked: Asked, comment_id: str) -> Answer:
        found = [one for one in self.comments if one["id"] == int(comment_id)]
        if not found:
            return Answer(404, _said("Not Found"))
        self._needs_write("issues", "pull_requests")
        if found[0]["user"]["id"] != self.actor["id"]:
            return Answer(403, _said("Must have admin rights to Repository."))
        found[0]["body"] = _fields(asked, "IssueComment", "body")["body"]
        return Answer(200, found[0])

    def _list_pulls(self, asked: Asked) -> Answer:
        state, head = asked.query.get("state", "open"), asked.query.get("head", "")
        base = asked.query.get("base")
        found = [
            one
            for one in reversed(self.pulls)
            if state in ("all", one["state"])
            and (":" not in head or head == one["head"]["label"])  # another form filters nothing
            and base in (None, one["base"]["ref"])
        ]
        return self.paged(asked, found, "/repositories/4211/pulls")

    def _get_pull(self, _asked: Asked, number: str) -> Answer:
        return Answer(200, self._pull(number))

    def _create_pull(self, asked: Asked) -> Answer:
        self._needs_write("pull_requests")
        if not self.may_create_pulls:
            told = "GitHub Actions is not permitted to create or approve pull requests."
            return Answer(403, _said(told))
        given = _fields(asked, "PullRequest", "title", "head", "base")
        branch = given["head"].removeprefix("acme:")
        for name, value in (("head", branch), ("base", given["base"])):
            if value not in self.branches:
                raise _invalid("PullRequest", field=name, code="invalid")
        if self.branches[branch] == self.branches[given["base"]]:
            told = f"No commits between {given['base']} and {branch}"
            raise _invalid("PullRequest", code="custom", message=told)
        wanted = ("open", f"acme:{branch}", given["base"])
        if wanted in [(o["state"], o["head"]["label"], o["base"]["ref"]) for o in self.pulls]:
            told = f"A pull request already exists for acme:{branch}."
            raise _invalid("PullRequest", code="custom", message=told)
        pull = self.pull(branch, by=self.actor, body=given.get("body", ""))
        pull |= {"title": given["title"], "base": {**pull["base"], "ref": given["base"]}}
        self._issue(pull["number"])["title"] = given["title"]
        return Answer(201, pull)

    def _update_pull(self, asked: Asked, number: str) -> Answer:
        pull = self._pull(number)
        self._needs_write("pull_requests")
        given = _fields(asked, "PullRequest")
        kept = {name: given[name] for name in ("title", "body", "state") if name in given}
        pull |= kept
        self._issue(number).update(kept)
        return Answer(200, pull)

    def _pulls_of_commit(self, asked: Asked, sha: str) -> Answer:
        found = [one for one in self.pulls if sha in self._commits[one["number"]]]
        if not found and sha not in self.branches.values():
            return Answer(422, _said(f"No commit found for SHA: {sha}"))
        return self.paged(asked, found, f"/repositories/4211/commits/{sha}/pulls")


def _said(message: str, **more: Any) -> Item:
    return {"message": message, **more, "documentation_url": "https://docs.github.com/rest"}


def _invalid(resource: str, **about: str) -> RefusedError:
    return RefusedError(422, _said("Validation Failed", errors=[{"resource": resource, **about}]))


def _fields(asked: Asked, resource: str, *needed: str) -> Item:
    """The body of the request, if it is JSON with these keys and no text is too long."""
    if not isinstance(asked.body, dict):
        raise RefusedError(400, _said("Problems parsing JSON"))
    for name in needed:
        if not asked.body.get(name):
            raise _invalid(resource, field=name, code="missing_field")
    if len(asked.body.get("body") or "") > MOST:
        told = f"body is too long (maximum is {MOST} characters)"
        raise _invalid(resource, field="body", code="custom", message=told)
    return dict(asked.body)

"""A small GitLab, written from the documentation of its REST API, version 4.

It supports notes of merge requests, issues, merge requests, the merge requests of a commit, the
project, and the token's user. Like GitLab, it executes quick actions: a line of a note or a
description that begins with `/close` acts. ``quick_actions`` lists those executed.
"""

import re
from collections.abc import Mapping
from typing import Any

from tests.forge.serving import Answer, Asked, Fake, RefusedError

MOST = 1_000_000
TOKEN = "glpat-planted-token"
_NAME = r"/api/v4/projects/(?:42|acme%2Fagents)"
_CODE = re.compile(r"^[ ]{0,3}(```+|~~~+).*?^[ ]{0,3}\1", re.MULTILINE | re.DOTALL)
_ACTION = re.compile(r"^/([a-z_]+)", re.MULTILINE)
Item = dict[str, Any]

BOT = {"id": 9001, "username": "project_42_bot_7f", "name": "reconciler", "state": "active"}
"""Who writes with an access token of the project."""

PERSON = {"id": 666, "username": "mallory", "name": "Mallory", "state": "active"}


class FakeGitLab(Fake):
    """The project ``acme/agents``, number 42; ``actor`` is the token's user.

    ``notes`` (by the merge request's iid), ``issues`` and ``merge_requests`` are the API's objects,
    which tests may read and change. ``may_write`` is whether the token has the scope ``api``.
    """

    prefix = "/api/v4"
    ROUTES = (
        ("GET", r"/api/v4/user", "_user"),
        ("GET", _NAME, "_project"),
        ("GET", _NAME + r"/issues", "_list_issues"),
        ("POST", _NAME + r"/issues", "_create_issue"),
        ("PUT", _NAME + r"/issues/(\d+)", "_update_issue"),
        ("GET", _NAME + r"/merge_requests", "_list_requests"),
        ("POST", _NAME + r"/merge_requests", "_create_request"),
        ("GET", _NAME + r"/merge_requests/(\d+)", "_get_request"),
        ("PUT", _NAME + r"/merge_requests/(\d+)", "_update_request"),
        ("GET", _NAME + r"/merge_requests/(\d+)/notes", "_list_notes"),
        ("POST", _NAME + r"/merge_requests/(\d+)/notes", "_create_note"),
        ("PUT", _NAME + r"/merge_requests/(\d+)/notes/(\d+)", "_update_note"),
        ("GET", _NAME + r"/repository/commits/([^/]+)/merge_requests", "_of_commit"),
    )

    def __init__(self, *, token: str = TOKEN, actor: Mapping[str, Any] = BOT) -> None:
        super().__init__()
        self.token = token
        self.actor = dict(actor)
        self.may_write = True
        self.branches = {"main"}
        self.notes: dict[int, list[Item]] = {}
        self.issues: list[Item] = []
        self.merge_requests: list[Item] = []
        self.quick_actions: list[str] = []
        self._ids = 100

    # What a test sets up, and looks at

    def env(self, request: Item | None = None) -> dict[str, str]:
        """The variables of a job; of a pipeline of this merge request."""
        found = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.url,
            "CI_PROJECT_ID": "42",
            "CI_PROJECT_PATH": "acme/agents",
            "GITLAB_TOKEN": self.token,
        }
        return {**found, "CI_MERGE_REQUEST_IID": str(request["iid"])} if request else found

    def merge_request(
        self,
        branch: str,
        *,
        by: Mapping[str, Any] = PERSON,
        description: str = "",
        source_project: int = 42,
    ) -> Item:
        """An open merge request into main of a branch of this project, or of a fork of it."""
        self.branches.add(branch)
        iid = len(self.merge_requests) + 1
        request = {
            "id": self._next(),
            "iid": iid,
            "project_id": 42,
            "title": f"From {branch}",
            "description": self._acted(description),
            "state": "opened",
            "author": dict(by),
            "source_branch": branch,
            "target_branch": "main",
            "source_project_id": source_project,
            "target_project_id": 42,
            "sha": f"{iid:040x}",
            "merge_commit_sha": None,
            "squash_commit_sha": None,
            "web_url": f"{self._web}/merge_requests/{iid}",
        }
        self.merge_requests.append(request)
        self.notes[iid] = []
        return request

    def merge(self, request: Item, sha: str, *, how: str = "merge_commit_sha") -> None:
        """Merge it: ``how`` is the field that then holds the commit, ``sha`` for fast-forward."""
        request |= {"state": "merged", how: sha}

    def issue(self, title: str, description: str, *, by: Mapping[str, Any] = PERSON) -> Item:
        """An open issue."""
        iid = len(self.issues) + 1
        issue = {
            "id": self._next(),
            "iid": iid,
            "title": title,
            "description": self._acted(description),
            "state": "opened",
            "author": dict(by),
            "labels": [],
            "web_url": f"{self._web}/issues/{iid}",
        }
        self.issues.append(issue)
        return issue

    def note(
        self, iid: int, body: str, *, by: Mapping[str, Any] = PERSON, system: bool = False
    ) -> Item:
        """A comment on a merge request; ``system`` is what GitLab itself writes there."""
        note = {
            "id": self._next(),
            "body": self._acted(body),
            "author": dict(by),
            "system": system,
            "noteable_iid": iid,
            "noteable_type": "MergeRequest",
        }
        self.notes[iid].append(note)
        return note

    @property
    def _web(self) -> str:
        return f"{self.url.removesuffix('/api/v4')}/acme/agents/-"

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _acted(self, text: str) -> str:
        """A text as stored; its quick actions (those outside of code) are executed."""
        self.quick_actions += _ACTION.findall(_CODE.sub("", text))
        return text

    # Authentication

    def refused(self, asked: Asked) -> Answer | None:
        if asked.headers.get("private-token") != self.token:
            return Answer(401, {"message": "401 Unauthorized"})
        if asked.method != "GET" and not self.may_write:
            about = "The request requires higher privileges than provided by the access token."
            body = {"error": "insufficient_scope", "error_description": about, "scope": "api"}
            return Answer(403, body)
        return None

    def unknown(self, asked: Asked) -> Answer:
        known = re.match(_NAME + "(/|$)", asked.path)
        return Answer(404, {"error": "404 Not Found"} if known else _said("404 Project Not Found"))

    # The routes

    def _user(self, _asked: Asked) -> Answer:
        return Answer(200, self.actor)

    def _project(self, _asked: Asked) -> Answer:
        about = {"id": 42, "path_with_namespace": "acme/agents", "default_branch": "main"}
        return Answer(200, about)

    def _found(self, items: list[Item], iid: str) -> Item:
        for item in items:
            if item["iid"] == int(iid):
                return item
        raise RefusedError(404, _said("404 Not found"))

    def _list_issues(self, asked: Asked) -> Answer:
        state = asked.query.get("state")
        found = [one for one in self.issues if state in (None, "all", one["state"])]
        if asked.query.get("sort", "desc") == "desc":
            found.reverse()
        return self.paged(asked, found, asked.path)

    def _create_issue(self, asked: Asked) -> Answer:
        given = _fields(asked, "title")
        issue = self.issue(given["title"], given.get("description", ""), by=self.actor)
        issue["labels"] = list(filter(None, given.get("labels", "").split(",")))
        return Answer(201, issue)

    def _update_issue(self, asked: Asked, iid: str) -> Answer:
        issue = self._found(self.issues, iid)
        self._change(issue, _fields(asked))
        return Answer(200, issue)

    def _change(self, item: Item, given: Item) -> None:
        item |= {name: given[name] for name in ("title", "description") if name in given}
        self._acted(given.get("description", ""))
        states = {"close": "closed", "reopen": "opened"}
        if "state_event" in given:
            item["state"] = states[given["state_event"]]

    def _list_requests(self, asked: Asked) -> Answer:
        wanted = [
            (name, asked.query[name])
            for name in ("state", "source_branch", "target_branch")
            if asked.query.get(name, "all") != "all"
        ]
        found = [
            one
            for one in reversed(self.merge_requests)
            if all(one[name] == value for name, value in wanted)
        ]
        return self.paged(asked, found, asked.path)

    def _get_request(self, _asked: Asked, iid: str) -> Answer:
        return Answer(200, self._found(self.merge_requests, iid))

    def _create_request(self, asked: Asked) -> Answer:
        given = _fields(asked, "source_branch", "target_branch", "title")
        branch = given["source_branch"]
        for name in ("source_branch", "target_branch"):
            if given[name] not in self.branches:
                told = {name: ["does not exist"]}
                return Answer(400, _said(told))
        for one in self.merge_requests:
            here = one["source_project_id"] == 42
            if here and (one["state"], one["source_branch"]) == ("opened", branch):
                told = "Another open merge request already exists for this source branch"
                return Answer(409, _said([f"{told}: !{one['iid']}"]))
        request = self.merge_request(
            branch, by=self.actor, description=given.get("description", "")
        )
        request |= {name: given[name] for name in ("title", "target_branch")}
        return Answer(201, request)

    def _update_request(self, asked: Asked, iid: str) -> Answer:
        request = self._found(self.merge_requests, iid)
        self._change(request, _fields(asked))
        return Answer(200, request)

    def _list_notes(self, asked: Asked, iid: str) -> Answer:
        self._found(self.merge_requests, iid)
        found = self.notes[int(iid)]
        newest_first = asked.query.get("sort", "desc") == "desc"
        return self.paged(asked, found[::-1] if newest_first else found, asked.path)

    def _create_note(self, asked: Asked, iid: str) -> Answer:
        self._found(self.merge_requests, iid)
        return Answer(201, self.note(int(iid), _fields(asked, "body")["body"], by=self.actor))

    def _update_note(self, asked: Asked, iid: str, note_id: str) -> Answer:
        self._found(self.merge_requests, iid)
        found = [one for one in self.notes[int(iid)] if one["id"] == int(note_id)]
        if not found:
            return Answer(404, _said("404 Note Not Found"))
        if found[0]["author"]["id"] != self.actor["id"]:
            return Answer(403, _said("403 Forbidden"))
        found[0]["body"] = self._acted(_fields(asked, "body")["body"])
        return Answer(200, found[0])

    def _of_commit(self, asked: Asked, sha: str) -> Answer:
        fields = ("sha", "merge_commit_sha", "squash_commit_sha")
        found = [one for one in self.merge_requests if sha in [one[name] for name in fields]]
        return self.paged(asked, found, asked.path)


def _said(message: Any) -> Item:
    return {"message": message}


def _fields(asked: Asked, *needed: str) -> Item:
    """The body of the request, if it is JSON with these keys and no text is too long."""
    given = asked.body if isinstance(asked.body, dict) else {}
    missing = [name for name in needed if not given.get(name)]
    if missing:
        told = ", ".join(f"{name} is missing" for name in missing)
        raise RefusedError(400, {"error": told})
    for name in ("body", "description"):
        if len(given.get(name) or "") > MOST:
            told = {name: [f"is too long (maximum is {MOST} characters)"]}
            raise RefusedError(400, _said(told))
    return dict(given)

"""GitLab's REST API, version 4, as far as reports need it.

Source: docs.gitlab.com, «Notes API», «Issues API», «Merge requests API», «Commits API». A
comment of a merge request is a *note*.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from reconciler.errors import ApiError
from reconciler.forge.client import Access, Client, Item, number_of, text_of
from reconciler.forge.place import Place
from reconciler.forge.posts import Post
from reconciler.late import pattern

_NEEDS = "api"
# GitLab executes a line that starts with `/close` or the like, anywhere in a text.
_ACTION = pattern(r"^(\s*)/(?=\w)", re.MULTILINE)


def access(place: Place, agent: str) -> Access:
    """Access with an access token of the project, its group or a user."""
    headers = {
        "PRIVATE-TOKEN": place.token,
        "Accept": "application/json",
        "User-Agent": agent,
    }
    return Access(url=place.url, token=place.token, headers=headers, remedy=remedy)


def remedy(status: int, said: str, needs: str) -> str:
    """How to fix a rejected request."""
    if status == 401:
        return "GITLAB_TOKEN is wrong, or has expired"
    if status == 429:
        return "GitLab asks to slow down: run the job again later"
    if status == 403:
        scope = f"with the scope `{needs}` and " if needs else "with "
        return f"GITLAB_TOKEN must be {scope}the role Developer at least"
    if status == 404:
        return "is CI_PROJECT_ID right, is it there, and may GITLAB_TOKEN see it?"
    if status == 400 and "branch" in said:
        return "push the branch first"
    return "GitLab is in trouble: run the job again later" if status >= 500 else ""


class GitLab:
    """One project."""

    name = "GitLab"
    request_name = "merge request"
    most = 1_000_000

    def __init__(self, client: Client, place: Place) -> None:
        self._client = client
        self._path = f"/projects/{quote(place.repository, safe='')}"
        self._own = ""

    async def own(self) -> str:
        """The user that the token writes as; a project's token has a bot of its own."""
        if not self._own:
            self._own = str(number_of(await self._client.get("/user", "read_api"), "id"))
        return self._own

    async def comments(self, number: int) -> list[Post]:
        """The notes that users wrote. A note has no address: the merge request's is shown."""
        path = f"{self._path}/merge_requests/{number}"
        page = text_of(await self._client.get(path, _NEEDS), "web_url")
        found = await self._client.items(f"{path}/notes", _NEEDS, order_by="created_at", sort="asc")
        return [_note(item, page) for item in found if item.get("system") is False]

    async def add_comment(self, number: int, text: str) -> Post:
        """Write a new comment."""
        path = f"{self._path}/merge_requests/{number}"
        page = text_of(await self._client.get(path, _NEEDS), "web_url")
        body = {"body": _quiet(text)}
        return _note(await self._client.send("POST", f"{path}/notes", body, _NEEDS), page)

    async def change_comment(self, number: int, post: Post, text: str) -> Post:
        """Replace the text of a comment."""
        path = f"{self._path}/merge_requests/{number}/notes/{post.number}"
        item = await self._client.send("PUT", path, {"body": _quiet(text)}, _NEEDS)
        return _note(item, post.url.partition("#")[0])

    async def issues(self) -> list[Post]:
        """The open issues."""
        found = await self._client.items(
            f"{self._path}/issues", _NEEDS, state="opened", order_by="created_at", sort="asc"
        )
        return [_post(item) for item in found]

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Post:
        """Open a new issue; labels that do not exist are created."""
        body = {"title": title, "description": _quiet(text), "labels": ",".join(labels)}
        return _post(await self._client.send("POST", f"{self._path}/issues", body, _NEEDS))

    async def change_issue(self, post: Post, title: str, text: str, *, close: bool) -> Post:
        """Replace title and text of an issue, and close it or leave it open."""
        state = {"state_event": "close"} if close else {}
        body = {"title": title, "description": _quiet(text), **state}
        path = f"{self._path}/issues/{post.number}"
        return _post(await self._client.send("PUT", path, body, _NEEDS))

    async def requests(self, branch: str) -> list[Post]:
        """The open merge requests of a branch of this project, not of a fork's branch."""
        path = f"{self._path}/merge_requests"
        found = await self._client.items(path, _NEEDS, source_branch=branch, state="opened")
        here = (one for one in found if one.get("source_project_id") == one.get("project_id"))
        return [_post(item) for item in here][::-1]

    async def main_branch(self) -> str:
        """The project's default branch."""
        return text_of(await self._client.get(self._path, _NEEDS), "default_branch")

    async def add_request(self, branch: str, base: str, title: str, text: str) -> Post:
        """Open a merge request for a pushed branch."""
        about = {"source_branch": branch, "target_branch": base}
        body = {**about, "title": title, "description": _quiet(text)}
        path = f"{self._path}/merge_requests"
        return _post(await self._client.send("POST", path, body, _NEEDS))

    async def change_request(self, post: Post, title: str, text: str) -> Post:
        """Replace title and text of a merge request."""
        path = f"{self._path}/merge_requests/{post.number}"
        body = {"title": title, "description": _quiet(text)}
        return _post(await self._client.send("PUT", path, body, _NEEDS))

    async def merged(self, sha: str) -> list[Post]:
        """The merge requests whose merge created this commit."""
        path = f"{self._path}/repository/commits/{sha}/merge_requests"
        found = await self._client.items(path, "read_api")
        return [_post(one) for one in found if one.get("state") == "merged" and _made(one) == sha]


def _made(item: Item) -> str:
    """The commit of the target branch after the merge.

    A fast-forward creates none: then it is the squashed commit, or the branch's last one.
    """
    names = ("merge_commit_sha", "squash_commit_sha", "sha")
    return next((found for name in names if (found := text_of(item, name))), "")


def _quiet(text: str) -> str:
    """A text in which no line is a quick action."""
    return _ACTION.sub("\\1\u2060/", text)


def _note(item: Item, page: str) -> Post:
    number = number_of(item, "id")
    author = _author(item)
    body, url = text_of(item, "body"), f"{page}#note_{number}"
    return Post(number=number, url=url, body=body, author=author, proven=True)


def _post(item: Item) -> Post:
    return Post(
        number=number_of(item, "iid"),
        url=text_of(item, "web_url"),
        body=text_of(item, "description"),
        author=_author(item),
        proven=True,
    )


def _author(item: Item) -> str:
    author = item.get("author")
    if not isinstance(author, dict):
        raise ApiError("the answer names no author")
    return str(number_of(author, "id"))

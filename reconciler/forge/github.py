"""GitHub's REST API, version 2022-11-28, as far as reports need it.

Source: docs.github.com, «REST API endpoints for issues», «… for issue comments», «… for pull
requests», «… for commits». Comments of a pull request are those of the issue with its number.
"""

from collections.abc import Sequence

from reconciler.errors import ApiError
from reconciler.forge.client import Access, Client, Item, number_of, text_of
from reconciler.forge.place import Place
from reconciler.forge.posts import Post

_COMMENTS = "pull-requests: write"
_ISSUES = "issues: write"
_PULLS = "pull-requests: write"


def access(place: Place, agent: str) -> Access:
    """Access with the token of a workflow, of an app or of a user."""
    headers = {
        "Authorization": f"Bearer {place.token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": agent,
    }
    return Access(url=place.url, token=place.token, headers=headers, remedy=remedy)


def remedy(status: int, said: str, needs: str) -> str:
    """How to fix a rejected request."""
    lower = said.lower()
    if "not permitted to create or approve" in lower:
        return "allow it in the repository: Settings, Actions, General, Workflow permissions"
    if status == 401:
        return "GITHUB_TOKEN is wrong, or has expired: a workflow's lives as long as its job"
    if "rate limit" in lower or status == 429:
        return "GitHub asks to slow down: run the job again later"
    if status == 403:
        job = f"give the job `permissions: {needs}`; " if needs else "look at its `permissions`; "
        return f"{job}a pull request from a fork has a token that can only read"
    if status in (404, 410):
        return "is GITHUB_REPOSITORY right, is it there, and may GITHUB_TOKEN see it?"
    if "no commits between" in lower:
        return "the branch has nothing that the base does not have: push a commit first"
    if status == 422 and "head" in lower:
        return "push the branch first"
    return "GitHub is in trouble: run the job again later" if status >= 500 else ""


class GitHub:
    """One repository."""

    name = "GitHub"
    request_name = "pull request"
    most = 65_536

    def __init__(self, client: Client, place: Place) -> None:
        self._client = client
        self._path = f"/repos/{place.repository}"
        self._repository = place.repository
        self._owner = place.repository.partition("/")[0]
        # An Enterprise server has REST at /api/v3 and GraphQL at /api/graphql.
        self._graphql = f"{place.url.removesuffix('/v3')}/graphql"
        self._own = ""

    async def own(self) -> str:
        """The login that the token writes as.

        REST rejects ``GET /user`` for the token of a workflow or an app; GraphQL's ``viewer`` works
        for every token and returns ``github-actions[bot]`` for a workflow's.
        """
        if not self._own:
            data = await self._client.query(self._graphql, "{ viewer { login } }")
            viewer = data.get("viewer")
            self._own = text_of(viewer, "login") if isinstance(viewer, dict) else ""
            if not self._own:
                raise ApiError("POST /graphql does not say who this token writes as")
        return self._own

    async def comments(self, number: int) -> list[Post]:
        """The comments of a pull request or an issue; the API lists them by id."""
        found = await self._client.items(f"{self._path}/issues/{number}/comments", _COMMENTS)
        return [_post(item, "id") for item in found]

    async def add_comment(self, number: int, text: str) -> Post:
        """Write a new comment."""
        path = f"{self._path}/issues/{number}/comments"
        return _post(await self._client.send("POST", path, {"body": text}, _COMMENTS), "id")

    async def change_comment(self, number: int, post: Post, text: str) -> Post:  # noqa: ARG002
        """Replace the text of a comment, whose id is unique in the repository."""
        path = f"{self._path}/issues/comments/{post.number}"
        return _post(await self._client.send("PATCH", path, {"body": text}, _COMMENTS), "id")

    async def issues(self) -> list[Post]:
        """The open issues; the API lists pull requests among them."""
        found = await self._client.items(
            f"{self._path}/issues", _ISSUES, state="open", sort="created", direction="asc"
        )
        return [_post(item) for item in found if not item.get("pull_request")]

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Post:
        """Open a new issue; labels that do not exist are created."""
        body = {"title": title, "body": text, "labels": list(labels)}
        return _post(await self._client.send("POST", f"{self._path}/issues", body, _ISSUES))

    async def change_issue(self, post: Post, title: str, text: str, *, close: bool) -> Post:
        """Replace title and text of an issue, and close it or leave it open."""
        body = {"title": title, "body": text, "state": "closed" if close else "open"}
        path = f"{self._path}/issues/{post.number}"
        return _post(await self._client.send("PATCH", path, body, _ISSUES))

    async def requests(self, branch: str) -> list[Post]:
        """The open pull requests of a branch of this repository, by any user."""
        head = f"{self._owner}:{branch}"
        found = await self._client.items(f"{self._path}/pulls", _PULLS, head=head, state="open")
        return [_post(item) for item in found if _branch(item) == branch][::-1]

    async def main_branch(self) -> str:
        """The repository's default branch."""
        return text_of(await self._client.get(self._path), "default_branch")

    async def add_request(self, branch: str, base: str, title: str, text: str) -> Post:
        """Open a pull request for a pushed branch."""
        body = {"title": title, "head": branch, "base": base, "body": text}
        return _post(await self._client.send("POST", f"{self._path}/pulls", body, _PULLS))

    async def change_request(self, post: Post, title: str, text: str) -> Post:
        """Replace title and text of a pull request."""
        path = f"{self._path}/pulls/{post.number}"
        body = {"title": title, "body": text}
        return _post(await self._client.send("PATCH", path, body, _PULLS))

    async def merged(self, sha: str) -> list[Post]:
        """The pull requests of this repository whose merge created this commit.

        The API lists every one that contains the commit, open ones too. After a merge
        ``merge_commit_sha`` is the merge, the squashed commit, or the last of those rebased.
        """
        path = f"{self._path}/commits/{sha}/pulls"
        found = await self._client.items(path, "pull-requests: read")
        return [
            _post(item)
            for item in found
            if item.get("merged_at")
            and item.get("merge_commit_sha") == sha
            and _base(item).lower() == self._repository.lower()
        ]


def _post(item: Item, number: str = "number") -> Post:
    user = item.get("user")  # null if the account was deleted
    author: Item = user if isinstance(user, dict) else {}
    return Post(
        number=number_of(item, number),
        url=text_of(item, "html_url"),
        body=text_of(item, "body"),
        author=text_of(author, "login"),
        proven=author.get("type") == "Bot",
    )


def _branch(item: Item) -> str:
    head = item.get("head")
    return text_of(head, "ref") if isinstance(head, dict) else ""


def _base(item: Item) -> str:
    base = item.get("base")
    repository = base.get("repo") if isinstance(base, dict) else None
    return text_of(repository, "full_name") if isinstance(repository, dict) else ""

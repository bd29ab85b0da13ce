"""Posts on a forge that may be ours, and the interface of a forge. No IO here."""

from collections.abc import Sequence
from typing import Protocol

from reconciler.late import dataclass


@dataclass(frozen=True, kw_only=True)
class Post:
    """A comment, an issue or a pull request.

    ``number`` identifies it in the API, ``author`` is the user's name (GitHub) or id (GitLab).
    ``proven``: only a program can be that author.
    """

    number: int
    url: str
    body: str
    author: str
    proven: bool


class Forge(Protocol):
    """One repository on GitHub, or one project on GitLab. Lists are complete, oldest first."""

    name: str
    request_name: str
    """The forge's name for a pull request."""
    most: int
    """The maximum number of characters of a text."""

    async def own(self) -> str:
        """The author that this token writes as."""

    async def comments(self, number: int) -> list[Post]:
        """The comments of a pull request."""

    async def add_comment(self, number: int, text: str) -> Post:
        """Write a new comment."""

    async def change_comment(self, number: int, post: Post, text: str) -> Post:
        """Replace the text of a comment."""

    async def issues(self) -> list[Post]:
        """The open issues, without pull requests."""

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Post:
        """Open a new issue."""

    async def change_issue(self, post: Post, title: str, text: str, *, close: bool) -> Post:
        """Replace title and text of an issue, and close it or leave it open."""

    async def requests(self, branch: str) -> list[Post]:
        """The open pull requests of a branch of this repository."""

    async def main_branch(self) -> str:
        """The branch that pull requests are merged into."""

    async def add_request(self, branch: str, base: str, title: str, text: str) -> Post:
        """Open a pull request for a pushed branch."""

    async def change_request(self, post: Post, title: str, text: str) -> Post:
        """Replace title and text of a pull request."""

    async def merged(self, sha: str) -> list[Post]:
        """The pull requests whose merge created this commit."""

"""What a forge holds that may be ours, and what can be asked of one. No IO here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Post:
    """A comment, an issue or a pull request.

    ``number`` is what the API knows it by, ``author`` the user's name there (GitHub) or id
    (GitLab). ``proven``: nobody but a program can have that author.
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
    """What a pull request is called there."""
    most: int
    """Characters that a text may have."""

    async def own(self) -> str:
        """The author that this token writes as."""

    async def comments(self, number: int) -> list[Post]:
        """The comments of a pull request."""

    async def add_comment(self, number: int, text: str) -> Post:
        """Write a new one."""

    async def change_comment(self, number: int, post: Post, text: str) -> Post:
        """Replace the text of one."""

    async def issues(self) -> list[Post]:
        """The open issues; no pull requests."""

    async def add_issue(self, title: str, text: str, labels: Sequence[str]) -> Post:
        """Open a new one."""

    async def change_issue(self, post: Post, title: str, text: str, *, close: bool) -> Post:
        """Replace title and text of one, and close it or leave it open."""

    async def requests(self, branch: str) -> list[Post]:
        """The open pull requests of a branch of this repository."""

    async def main_branch(self) -> str:
        """The branch that pull requests go to."""

    async def add_request(self, branch: str, base: str, title: str, text: str) -> Post:
        """Open a pull request of a branch that was pushed."""

    async def change_request(self, post: Post, title: str, text: str) -> Post:
        """Replace title and text of one."""

    async def merged(self, sha: str) -> list[Post]:
        """The pull requests whose merge made this commit."""

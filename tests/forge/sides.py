"""GitHub and GitLab with the same words, so that one test says what holds on both."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.forge import github, gitlab
from tests.forge.serving import Fake

SHA = "ab" * 20


class Side(Protocol):
    """One forge: who writes is ``own`` (the token), ``person``, or ``bot`` (another program)."""

    fake: Fake
    token_name: str

    def env(self, number: int | None = None) -> dict[str, str]: ...
    def request(self, branch: str = "branch", by: str = "person", text: str = "") -> int: ...
    def of_fork(self, branch: str) -> int: ...
    def write(self, number: int, text: str, by: str = "own") -> Any: ...
    def texts(self, number: int) -> list[str]: ...
    def issue(self, text: str, by: str = "own") -> int: ...
    def issues(self) -> list[tuple[str, str, bool]]: ...
    def close(self, number: int) -> None: ...
    def about(self, number: int) -> tuple[str, str]: ...
    def merge(self, number: int, sha: str = SHA) -> None: ...
    def push(self, branch: str) -> None: ...
    def may_not_write(self) -> None: ...


class Hub:
    """FakeGitHub."""

    token_name = "GITHUB_TOKEN"

    def __init__(self, folder: Path) -> None:
        self.fake = github.FakeGitHub()
        self._folder = folder
        self._who = {"own": github.BOT, "person": github.PERSON, "bot": github.OTHER_BOT}

    def env(self, number: int | None = None) -> dict[str, str]:
        pulls = [one for one in self.fake.pulls if one["number"] == number]
        return self.fake.env(pulls[0] if pulls else None, self._folder)

    def request(self, branch: str = "branch", by: str = "person", text: str = "") -> int:
        return int(self.fake.pull(branch, by=self._who[by], body=text)["number"])

    def of_fork(self, branch: str) -> int:
        return int(self.fake.pull(branch, owner="mallory", body="my words")["number"])

    def write(self, number: int, text: str, by: str = "own") -> Any:
        return self.fake.comment(number, text, by=self._who[by])

    def texts(self, number: int) -> list[str]:
        return [one["body"] for one in self.fake.on(number)]

    def issue(self, text: str, by: str = "own") -> int:
        return int(self.fake.issue("old title", text, by=self._who[by])["number"])

    def issues(self) -> list[tuple[str, str, bool]]:
        found = [one for one in self.fake.issues if "pull_request" not in one]
        return [(one["title"], one["body"], one["state"] == "open") for one in found]

    def close(self, number: int) -> None:
        self.fake.issues[number - 1]["state"] = "closed"

    def about(self, number: int) -> tuple[str, str]:
        (found,) = [one for one in self.fake.pulls if one["number"] == number]
        return found["title"], found["body"]

    def merge(self, number: int, sha: str = SHA) -> None:
        (found,) = [one for one in self.fake.pulls if one["number"] == number]
        self.fake.merge(found, sha)

    def push(self, branch: str) -> None:
        self.fake.branches[branch] = f"{len(self.fake.branches):040x}"

    def may_not_write(self) -> None:
        self.fake.may = {"issues": "read", "pull_requests": "read"}


class Lab:
    """FakeGitLab."""

    token_name = "GITLAB_TOKEN"

    def __init__(self, _folder: Path) -> None:
        self.fake = gitlab.FakeGitLab()
        other = {**gitlab.BOT, "id": 9002, "username": "project_42_bot_other"}
        self._who = {"own": gitlab.BOT, "person": gitlab.PERSON, "bot": other}

    def env(self, number: int | None = None) -> dict[str, str]:
        return self.fake.env(self.fake.merge_requests[number - 1] if number else None)

    def request(self, branch: str = "branch", by: str = "person", text: str = "") -> int:
        made = self.fake.merge_request(branch, by=self._who[by], description=text)
        return int(made["iid"])

    def of_fork(self, branch: str) -> int:
        made = self.fake.merge_request(branch, source_project=77, description="my words")
        return int(made["iid"])

    def write(self, number: int, text: str, by: str = "own") -> Any:
        return self.fake.note(number, text, by=self._who[by])

    def texts(self, number: int) -> list[str]:
        return [one["body"] for one in self.fake.notes[number]]

    def issue(self, text: str, by: str = "own") -> int:
        return int(self.fake.issue("old title", text, by=self._who[by])["iid"])

    def issues(self) -> list[tuple[str, str, bool]]:
        return [
            (one["title"], one["description"], one["state"] == "opened") for one in self.fake.issues
        ]

    def close(self, number: int) -> None:
        self.fake.issues[number - 1]["state"] = "closed"

    def about(self, number: int) -> tuple[str, str]:
        found = self.fake.merge_requests[number - 1]
        return found["title"], found["description"]

    def merge(self, number: int, sha: str = SHA) -> None:
        self.fake.merge(self.fake.merge_requests[number - 1], sha)

    def push(self, branch: str) -> None:
        self.fake.branches.add(branch)

    def may_not_write(self) -> None:
        self.fake.may_write = False


@contextmanager
def sided(name: str, folder: Path) -> Iterator[Side]:
    """One of the two, listening."""
    side: Side = Hub(folder) if name == "github" else Lab(folder)
    with side.fake.serve():
        yield side

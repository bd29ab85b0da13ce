"""A repository on GitHub in miniature: a bare git folder, its API, and a user who works on it."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.ci import linters, runner
from tests.ci.events import Event
from tests.ci.runner import Host, Job
from tests.forge.github import FakeGitHub

KEY = "hk-planted-5f2d9c"
PERSON = {
    "GIT_AUTHOR_NAME": "Mona",
    "GIT_AUTHOR_EMAIL": "mona@example.com",
    "GIT_COMMITTER_NAME": "Mona",
    "GIT_COMMITTER_EMAIL": "mona@example.com",
}
HOOK = """#!/bin/sh
test -f may-push || { echo "remote: Permission to acme/agents.git denied." >&2; exit 1; }
"""


class Branches(Mapping[str, str]):
    """The branches of a bare repository, as the API shows them."""

    def __init__(self, origin: Path) -> None:
        self.origin = origin

    def _all(self) -> dict[str, str]:
        told = git(
            self.origin, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"
        )
        return dict(line.split() for line in told.splitlines())

    def __getitem__(self, name: str) -> str:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __setitem__(self, name: str, sha: str) -> None:
        assert self[name] == sha, "the API says what git says"

    def __len__(self) -> int:
        return len(self._all())

    def setdefault(self, name: str, _sha: str) -> str:
        return self[name]


class Repository:
    """``acme/agents``: ``work`` is the user's clone, ``run`` starts a workflow for an event."""

    def __init__(self, folder: Path, temp: Path, api: FakeGitHub) -> None:
        self.origin = folder / "origin.git"
        self.work = folder / "person"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        hook = self.origin / "hooks" / "pre-receive"
        hook.write_text(HOOK, encoding="utf-8")
        hook.chmod(0o755)
        git(folder, "clone", "--quiet", str(self.origin), str(self.work))
        self.api = api
        self.api.branches = Branches(self.origin)  # type: ignore[assignment]
        self.host = Host(folder, temp, self.origin, linters.ROOT, api)

    # Actions of the user

    def write(self, name: str, text: str) -> None:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.work / name).read_text(encoding="utf-8")
        assert old in text, text
        self.write(name, text.replace(old, new))

    def push(self, branch: str, message: str = "An edit") -> str:
        """Commit everything and push it to a branch."""
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)
        with_leave(self.host)
        git(self.work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(self.work, "rev-parse", "HEAD")

    def start(self, branch: str, base: str = "origin/main") -> None:
        """Start a branch in the person's clone."""
        git(self.work, "fetch", "--quiet", "origin")
        git(self.work, "checkout", "--quiet", "-B", branch, base)

    def open(self, branch: str, fork: str = runner.REPOSITORY) -> dict[str, Any]:
        """Open a pull request of a branch, as if it were one of a fork."""
        pull = self.api.pull(branch)
        pull["head"]["repo"] = {"full_name": fork}
        return pull

    def merge(self, pull: dict[str, Any]) -> Event:
        """Merge a pull request; the push that this makes."""
        branch, before = pull["head"]["ref"], self.sha("main")
        self.start("main")
        git(self.work, "merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", f"origin/{branch}")
        with_leave(self.host)
        git(self.work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        self.api.merge(pull, self.sha("main"))
        return self.pushed(before)

    # What happened

    def sha(self, branch: str) -> str:
        return git(self.origin, "rev-parse", f"refs/heads/{branch}")

    def show(self, name: str, branch: str = "main") -> str:
        return git(self.origin, "show", f"refs/heads/{branch}:{name}")

    def pushed(self, before: str, *, by_token: bool = False) -> Event:
        """The event of the last push to main."""
        sha = self.sha("main")
        return Event(
            name="push",
            sha=sha,
            files=git(self.origin, "diff", "--name-only", before, sha).splitlines(),
            message=git(self.origin, "log", "-1", "--format=%B", sha),
            by_token=by_token,
        )

    def asked(self, pull: dict[str, Any]) -> Event:
        """The event of a pull request that was opened or pushed to."""
        pull["head"]["sha"] = self.sha(pull["head"]["ref"])
        fork = pull["head"]["repo"]["full_name"] != runner.REPOSITORY
        return Event(
            name="pull_request",
            sha=pull["head"]["sha"],
            number=pull["number"],
            fork=fork,
            payload={"action": "synchronize", "number": pull["number"], "pull_request": pull},
        )

    def tick(self) -> Event:
        """The event of a schedule."""
        return Event(name="schedule", sha=self.sha("main"), payload={"schedule": "17 4 * * *"})

    def run(
        self, name: str, event: Event, again: Mapping[str, Job] | None = None
    ) -> dict[str, Job]:
        """Run a workflow in the version of the event's commit; ``again``: its failed jobs."""
        path = self.host.folder / f"{self.host.runs}-{name}.yml"
        text = git(self.origin, "show", f"{event.sha}:.github/workflows/{name}.yml")
        path.write_text(text + "\n", encoding="utf-8")
        return runner.run(self.host, path, event, again)


def with_leave(host: Host) -> None:
    """A person may push."""
    host.allow({"contents": "write"})


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    env = {**os.environ, **PERSON}
    done = subprocess.run(
        ["git", *words],  # noqa: S607
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()

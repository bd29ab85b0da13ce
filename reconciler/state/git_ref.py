"""A store in refs of the project's own repository: no service, no right on any branch.

```
refs/reconciler/@/pages/production.json                what was last applied
refs/reconciler/@/locks/production.json                who is writing
refs/reconciler/clients%2Fclinic/pages/production.json of a project in a folder
```

Each ref is a commit with one file, on no branch. It is only replaced if it is still the one that
was read: ``git push --force-with-lease=REF:COMMIT``, which the server compares and sets at once.
A page's commits follow each other, a lock's do not. No branch moves, no CI starts, and a plain
clone does not get them.

Git has no clock of its own: the date of a commit is that of the machine that made it. Two machines
whose clocks differ by more than a lock lasts could take each other's lock. Nothing is lost then:
the page knows the newer lock, and agents are read again before each write.
"""

import math
import re
import secrets
import threading
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, unquote

from reconciler.late import pattern
from reconciler.state import git
from reconciler.state.backend import MovedError
from reconciler.state.git_remote import Commit, GitRemote
from reconciler.state.store import Stored

_ABOVE = "refs/reconciler"
_TOP = "@"
"""The name of a project at the top of its repository: ``quote`` never makes it."""
_LINKED = "pages/"
"""Keys whose commits have the one before as a parent."""
_FRESH = 2.0
"""Seconds in which a listing answers for other keys, once for each."""
_EARLIER = 100
_TRIES = 4
"""Attempts to push while the server is busy with the same ref."""
_BUSY = pattern(r"\block\b|unable to create|failed to update ref", re.IGNORECASE)


class GitRef:
    """The texts of a project in a remote of its checkout; ``remote`` is the remote's name."""

    def __init__(self, root: Path, remote: str) -> None:
        self.name = f"git:{remote}"
        self._root = root
        self._remote = GitRemote(root, remote)
        self._guard = threading.Lock()
        self._listed: dict[str, Commit] = {}
        self._at = 0.0

    def get(self, key: str) -> Stored | None:
        """See ``Store.get``; other keys of its folder are read with it."""
        with self._guard:
            fresh = time.monotonic() - self._at < _FRESH
            found = self._listed.pop(key, None) if fresh else None
        found = found or self._list(_folder(key)).get(key)
        with self._guard:
            self._listed.pop(key, None)
        return Stored(text=found.text, tag=found.name, at=found.at) if found else None

    def put(self, key: str, text: str, tag: str | None) -> str:
        """See ``Store.put``. After a push that failed, the remote is asked what it has."""
        self._forget()
        message = f"{key}\n\n{secrets.token_hex(8)}\n"  # no other commit is the same
        commit = self._remote.commit(text, math.ceil(self.now()), self._parent(key, tag), message)
        for left in reversed(range(_TRIES)):
            why = self._remote.push(self._ref(key), commit, tag)
            if not why:
                return commit
            now = self._list(_folder(key)).get(key)
            self._forget()
            if now and now.name == commit:
                return commit
            if (now.name if now else None) != tag:
                raise MovedError
            if not (left and _BUSY.search(why)):
                raise self._remote.away(why)
            time.sleep(secrets.randbelow(200) / 1000)
        raise AssertionError

    def keys(self, folder: str) -> list[str]:
        """See ``Store.keys``."""
        return sorted(self._list(folder))

    def now(self) -> float:
        """The time of this machine: git has no other."""
        return time.time()

    def earlier(self, key: str) -> Iterator[str]:
        """See ``Store.earlier``: the ref's history, at most a hundred texts."""
        for commit in self._remote.history(self._ref(key), _EARLIER):
            yield commit.text

    def _parent(self, key: str, tag: str | None) -> str | None:
        """The commit before a new one; None if it needs none, or if the ref is not there."""
        if not (tag and key.startswith(_LINKED)):
            return None
        if not self._remote.has(tag):
            self._list(_folder(key))
            self._forget()
        return tag if self._remote.has(tag) else None

    def _list(self, folder: str) -> dict[str, Commit]:
        """What is in a folder now."""
        found = self._remote.fetched(self._ref(folder))
        above = f"{self._ref('')}/"
        listed = {_decoded(ref.removeprefix(above)): commit for ref, commit in found.items()}
        with self._guard:
            self._listed, self._at = listed, time.monotonic()
            return dict(listed)

    def _forget(self) -> None:
        with self._guard:
            self._listed = {}

    def _ref(self, key: str) -> str:
        """The ref of a key, or of a folder of keys; empty for all of the project."""
        return "/".join([_ABOVE, self._own, *map(_encoded, filter(None, key.split("/")))])

    @cached_property
    def _own(self) -> str:
        """The name of the project: that of its folder in the repository."""
        return _encoded(git.within(self._root).strip("/")) or _TOP


def _folder(key: str) -> str:
    return key.rpartition("/")[0]


def _encoded(part: str) -> str:
    """A part of a key as a part of a ref's name; see ``git check-ref-format``.

    >>> [_encoded(part) for part in ("production.json", "a..b", ".x", "x.lock", "~", "é")]
    ['production.json', 'a%2E.b', '%2Ex', 'x%2Elock', '%7E', '%C3%A9']
    """
    quoted = quote(part, safe="").replace("~", "%7E")
    return re.sub(r"^\.|\.(?=\.|lock$|$)", "%2E", quoted)


def _decoded(ref: str) -> str:
    """The key of a ref's name below its project."""
    return "/".join(map(unquote, ref.split("/")))

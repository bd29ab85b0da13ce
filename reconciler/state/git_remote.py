"""A remote of a checkout, reached from an empty repository of our own in a temporary folder.

Nothing of the checkout is touched or needed: no objects, refs or hooks, and a shallow, partial or
mirrored clone is as good as a whole one. Of its configuration only addresses and credentials are
passed on, of the environment what git and ssh need to reach a server. Nothing ever asks a question.
"""

import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from reconciler.errors import ReconcilerError, listed
from reconciler.late import dataclass, pattern
from reconciler.state import git
from reconciler.state.store import StoreError

_SECONDS = 60
"""How long one exchange with the remote may take."""
_REMOTE = "origin"
"""The remote's name in our repository, whatever it is in the checkout."""
_FILE = "state.json"
"""The only file of each commit."""

_SETTINGS = pattern(
    r"(http|credential|url|protocol|ssh)\..*|core\.(sshcommand|gitproxy|askpass)", re.DOTALL
)
_SHA256 = ("extensions.objectformat", "sha256")
_OF_REMOTE = pattern(r"(url|pushurl|proxy|proxyauthmethod)")
_PASSED = pattern(
    r"SSH_(AUTH_SOCK|AGENT_PID|ASKPASS|ASKPASS_REQUIRE)"
    r"|GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_\w+|SSL_\w+|HTTP_\w+|ALLOW_PROTOCOL)"
    r"|(HTTP|HTTPS|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|CURL_CA_BUNDLE|XDG_\w+|APPDATA|LOCALAPPDATA"
    r"|DBUS_SESSION_BUS_ADDRESS|GH_(TOKEN|CONFIG_DIR)|GITHUB_TOKEN|GITLAB_TOKEN|CI_JOB_TOKEN"
    r"|GCM_\w+",
    re.IGNORECASE,
)
"""Variables for ssh, proxies, certificates and credential helpers, such as that of GitHub."""
_ALONE = {
    "GIT_AUTHOR_NAME": "reconciler",
    "GIT_AUTHOR_EMAIL": "reconciler@localhost",
    "GIT_COMMITTER_NAME": "reconciler",
    "GIT_COMMITTER_EMAIL": "reconciler@localhost",
}


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit of the remote: the text of its file, and its date in seconds since 1970."""

    name: str
    text: str
    at: int


class GitRemote:
    """The refs of a remote below a folder of refs, one small text each. Safe with threads."""

    def __init__(self, root: Path, remote: str) -> None:
        self._root, self._remote = root, remote
        self._fetching = threading.Lock()

    @cached_property
    def _top(self) -> Path:
        """The top of the checkout, from which git resolves relative addresses."""
        if top := git.top(self._root):
            return top
        if mine := git.distrusted(self._root):
            hint = f"git config --global --add safe.directory {mine}"
            raise ReconcilerError("git refuses this checkout: another user owns it", hint=hint)
        if git.call(self._root, "--version").code != 0:
            message = "the state is in a git ref, and git does not start"
            raise ReconcilerError(message, hint="install git, or look at PATH")
        raise ReconcilerError(
            "the state is in a git ref, and this project is in no checkout",
            hint="clone the repository; in CI, check it out with git, not as an archive",
        )

    @cached_property
    def _env(self) -> Mapping[str, str]:
        """The variables of a command in our repository, which is made here."""
        folder = Path(tempfile.mkdtemp(prefix="reconciler-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        sha256 = ("--object-format=sha256",) if _SHA256 in self._settings else ()
        made = git.call(folder, "init", "--quiet", "--bare", "--template=", *sha256)
        if made.code != 0:
            raise StoreError(f"git cannot make a repository in {tempfile.gettempdir()}")
        passed = {name: text for name, text in os.environ.items() if _PASSED.fullmatch(name)}
        quiet = {} if "GIT_SSH_COMMAND" in passed or "GIT_SSH" in passed else _ssh(self._settings)
        return {**passed, **quiet, **_ALONE, **self._configured, "GIT_DIR": os.fspath(folder)}

    @cached_property
    def _settings(self) -> list[tuple[str, str]]:
        """The addresses and credentials in the checkout's configuration.

        Raises ReconcilerError if it has no such remote.
        """
        listing = git.call(self._top, "config", "--local", "--includes", "--list", "-z").out
        found: list[tuple[str, str]] = []
        remotes = []
        for item in filter(None, listing.decode(errors="replace").split("\0")):
            name, sep, value = item.partition("\n")
            section, _, rest = name.partition(".")
            of, _, last = rest.rpartition(".")
            if section == "remote" and last == "url":
                remotes.append(of)
            if section == "remote" and of == self._remote and _OF_REMOTE.fullmatch(last):
                found.append((f"remote.{_REMOTE}.{last}", value))
            elif _SETTINGS.fullmatch(name) or (name, value) == _SHA256:
                found.append((name, value if sep else "true"))
        if self._remote not in remotes:
            known = f"remotes: {listed(sorted(set(remotes)))}" if remotes else "there is none"
            message = f"the state is at the remote `{self._remote}`, which this checkout lacks"
            raise ReconcilerError(message, hint=f"{known}; git remote add {self._remote} ADDRESS")
        return found

    @property
    def _configured(self) -> dict[str, str]:
        """Settings as variables: on a command line other users could read them."""
        rows = [("gc.auto", "0"), *(row for row in self._settings if row != _SHA256), *_given()]
        found = {"GIT_CONFIG_COUNT": str(len(rows))}
        for number, (name, value) in enumerate(rows):
            found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return found

    def fetched(self, folder: str) -> dict[str, Commit]:
        """The refs below ``folder/``, as they are now, in one exchange. Raises StoreError."""
        asked = ("--prune", _REMOTE, f"+{folder}/*:{folder}/*")
        with self._fetching:
            done = self._call("fetch", *_FETCH, "--depth=1", *asked)
            if done.code == 1 and not done.err:  # with a depth, so ends a fetch that finds nothing
                done = self._call("fetch", *_FETCH, *asked)
            if done.code != 0:
                raise self.away(reason(done))
            form = "--format=%(refname) %(objectname)"
            rows = self._done("for-each-ref", form, f"{folder}/").split()
        refs = dict(zip(rows[::2], rows[1::2], strict=True))
        return dict(zip(refs, self._commits(list(refs.values())), strict=True))

    def history(self, ref: str, most: int) -> Iterator[Commit]:
        """What a ref was before, newest first. Raises StoreError."""
        with self._fetching:
            self._done("fetch", *_FETCH, f"--depth={most + 1}", _REMOTE, f"+{ref}:{ref}")
            names = self._done("rev-list", "--skip=1", ref).split()
        yield from self._commits(names)

    def has(self, name: str) -> bool:
        """Whether a commit was fetched or made here."""
        return self._call("cat-file", "-e", f"{name}^{{commit}}").code == 0

    def commit(self, text: str, at: int, parent: str | None, message: str) -> str:
        """Make a commit with one file; nobody has it until it is pushed."""
        blob = self._done("hash-object", "-w", "--no-filters", "--stdin", put=text)
        tree = self._done("mktree", put=f"100644 blob {blob}\t{_FILE}\n")
        before = ("-p", parent) if parent else ()
        dates = {f"GIT_{who}_DATE": f"@{at} +0000" for who in ("AUTHOR", "COMMITTER")}
        return self._done("commit-tree", tree, *before, put=message, dates=dates)

    def push(self, ref: str, commit: str, expected: str | None) -> str:
        """Set a ref if it is as expected, None for absent; returns the reason if it failed.

        After a failure the ref may have been set all the same: look.
        """
        lease = f"--force-with-lease={ref}:{expected or ''}"
        done = self._call("push", *_PUSH, lease, _REMOTE, f"{commit}:{ref}")
        return "" if done.code == 0 else reason(done)

    def away(self, why: str) -> StoreError:
        """The error for a remote that cannot be reached, or refuses."""
        return StoreError(f"the state at git:{self._remote} cannot be used: {why}", hint=_hint(why))

    def _commits(self, names: list[str]) -> list[Commit]:
        """Commits that are here, in this order."""
        asked = "".join(f"{name}\n{name}:{_FILE}\n" for name in names)
        done = self._call("cat-file", "--batch", put=asked.encode())
        parts = list(git.contents(done.out))
        if done.code != 0 or len(parts) != 2 * len(names):
            raise self.away("a ref is no commit of this tool")
        pairs = zip(names, parts[::2], parts[1::2], strict=True)
        return [Commit(name=name, text=_text(body), at=_date(head)) for name, head, body in pairs]

    def _done(self, *arguments: str, put: str = "", dates: Mapping[str, str] | None = None) -> str:
        """The output of a command, which must not fail."""
        done = self._call(*arguments, put=put.encode(), env=dates)
        if done.code != 0:
            raise self.away(reason(done))
        return done.out.decode().strip()

    def _call(
        self, *arguments: str, put: bytes = b"", env: Mapping[str, str] | None = None
    ) -> git.Done:
        known = {**self._env, **(env or {})}
        return git.call(self._top, *arguments, put=put, env=known, seconds=_SECONDS)


_FETCH = ("--quiet", "--force", "--no-tags", "--no-recurse-submodules")
_PUSH = ("--quiet", "--porcelain", "--no-verify", "--no-signed", "--no-recurse-submodules")


def _given() -> list[tuple[str, str]]:
    """The settings in this process's variables, which win over those of the checkout."""
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    numbers = range(int(count) if count.isdecimal() else 0)
    pairs = ([os.environ.get(f"GIT_CONFIG_{what}_{n}") for what in _PAIR] for n in numbers)
    return [(name, value) for name, value in pairs if name is not None and value is not None]


_PAIR = ("KEY", "VALUE")


def _ssh(settings: list[tuple[str, str]]) -> dict[str, str]:
    """Keep ssh from asking for a password, unless another command is configured."""
    if any(name == "core.sshcommand" for name, _ in settings):
        return {}
    return {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}


def _text(body: bytes) -> str:
    return body.decode(errors="replace")


def _date(head: bytes) -> int:
    """The date in a commit's head."""
    found = re.search(rb"^committer .* (\d{1,12}) [+-]\d{4}$", head, re.MULTILINE)
    return int(found[1]) if found else 0


_RULES = (
    r"\(([^)]*)\)\s*$",  # of a ref that was refused: `! a:b [remote rejected] (why)`
    r"^remote: (?:error|fatal): (.*)",
    r"^(?:fatal|error): (.*)",
    r"^(?:remote|ssh): (.*)",
    r"(.*\S.*)",
)


def reason(done: git.Done) -> str:
    r"""Why a command failed: one line, without addresses, which may hold a token.

    >>> told = b"remote: Permission denied\nfatal: unable to access 'https://u:t@h/r/': error: 403"
    >>> reason(git.Done(code=128, err=told))
    "unable to access '…': error: 403"
    >>> reason(git.Done(code=1, out=b"!\tabc:refs/x\t[remote rejected] (hook declined)\nDone\n"))
    'hook declined'
    """
    refused = [row for row in done.out.decode(errors="replace").splitlines() if row[:1] == "!"]
    rows = refused or done.err.decode(errors="replace").splitlines()
    found = (re.search(rule, row) for rule in _RULES for row in rows)
    first = next((one[1] for one in found if one and one[1].strip()), "git failed without a reason")
    return re.sub(r"\w[\w+.-]*://[^\s']+", "…", first).strip()[:200]


_RIGHTS = (
    "reading needs the right to fetch, an apply the right to push: on GitHub `permissions: "
    "contents: write`, on GitLab a token with `write_repository` in the remote's address"
)
_REFS = "the server must let this token create and update refs below refs/reconciler/"
_HINTS = {
    r"\b40[13]\b|denied|not (allowed|authori[sz]ed)": _RIGHTS,
    r"authentication|could not read|permission": _RIGHTS,
    r"declined|protected|\brules?\b|prohibited|hidden ref": _REFS,
}


def _hint(why: str) -> str:
    usual = "check the remote's address, the network, and what `git fetch` says"
    found = (hint for rule, hint in _HINTS.items() if re.search(rule, why, re.IGNORECASE))
    return next(found, usual)

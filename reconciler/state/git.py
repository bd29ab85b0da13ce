"""What git knows of a project: commits, authors, earlier versions of files.

Read-only. Without git, outside a checkout, or if a commit is not in this clone, the result is
empty. All git processes of the tool start here, and none of them obeys files of the checkout,
because any committer can write those. Git refuses a checkout of another user, common in containers,
with *dubious ownership*: ``distrusted`` distinguishes that from no checkout at all.
"""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reconciler.late import dataclass, pattern

if TYPE_CHECKING:
    import subprocess

_COMMIT = pattern(r"[0-9a-f]{7,64}")
_TEXTS = (".yaml", ".yml", ".md", ".txt")
_SECONDS = 20

_SETTINGS = {
    "safe.bareRepository": "explicit",  # a folder of plain files can be a repository with a config
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "diff.external": "",
    "diff.ignoreSubmodules": "all",
}
_DEAF = (
    "--no-pager",
    *(word for name in _SETTINGS for word in ("-c", f"{name}={_SETTINGS[name]}")),
)
"""Options of git that keep it from starting programs which the checkout names."""

_QUIET = {
    "TZ": "UTC",
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
}
_PASSED = pattern(
    r"PATH|PATHEXT|HOME|USER|LOGNAME|USERPROFILE|SYSTEMROOT|TEMP|TMP|TMPDIR|XDG_CONFIG_HOME"
    r"|GIT_CONFIG(_\w+)?|GIT_CEILING_DIRECTORIES|GIT_DISCOVERY_ACROSS_FILESYSTEM",
    re.IGNORECASE,
)
"""Variables passed to git: no secrets, only what the machine's owner has set for git itself."""
_DUBIOUS = pattern(
    r"dubious ownership in repository at '([^'\n]+)'|unsafe repository \('([^'\n]+)'"
)
"""How git refuses a checkout, since 2.35.3 and before."""


def distrusted(root: Path) -> str:
    """The checkout that git refuses because another user owns it; empty if none.

    Git runs only if a folder above belongs to another user, so it usually costs nothing.
    """
    if not any(map(_is_of_another, _above(root))):
        return ""
    found = _DUBIOUS.search(_run(root, "rev-parse", "--git-dir")[1].decode(errors="replace"))
    return next(filter(None, found.groups())) if found else ""


def _is_of_another(folder: Path) -> bool:
    """Whether a folder is the top of a checkout that does not fully belong to this user."""
    user = os.geteuid() if hasattr(os, "geteuid") else None
    try:
        inside = (folder / ".git").stat().st_uid
        return user is not None and {inside, folder.stat().st_uid} != {user}
    except OSError:
        return False


def head(root: Path, *names: str) -> str:
    """The checked-out commit, with a ``+`` if these files have uncommitted edits.

    Empty outside a git checkout.
    """
    found = _told(root, "rev-parse", "HEAD").strip()
    if not found:
        return ""
    edited = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *names)
    return f"{found}+" if edited.strip() else found


def within(root: Path) -> str:
    """The path of a folder in its checkout, such as ``voice/``; empty at the top, and outside."""
    return _told(root, "rev-parse", "--show-prefix").removesuffix("\n")


def having(root: Path, name: str, text: str, most: int = 5) -> list[str]:
    """The commits that added a text to a file, or removed it, newest first."""
    return _commits(root, name, most, f"-S{text}")


def author(root: Path, name: str) -> str:
    """The author of a commit; empty if this clone does not have it."""
    name = name.removesuffix("+")
    if not _COMMIT.fullmatch(name):
        return ""
    return _told(root, "show", "-s", "--format=%an", name, "--").strip("\n")


def versions(root: Path, name: str, most: int = 100) -> Iterator[str]:
    """Earlier texts of a file of the project, newest first."""
    for one in _commits(root, name, most):
        text = _git(root, "show", "--no-textconv", f"{one}:./{name}")
        if text:
            yield text.decode(errors="replace")


def _commits(root: Path, name: str, most: int, *chosen: str) -> list[str]:
    """The commits of a file, newest first; ``chosen`` are options of ``git log``."""
    deaf = ("--no-ext-diff", "--no-textconv")
    found = _git(root, "log", *deaf, f"--max-count={most}", "--format=%H", *chosen, "--", name)
    return found.decode().split()


def export(root: Path, name: str, folder: Path, agents: str) -> bool:
    """Write the project's text files of a commit into a folder; False if git does not have it.

    Below ``agents`` every file is written, elsewhere YAML, Markdown and plain texts: a project can
    be in a repository with much else.
    """
    name = name.removesuffix("+")
    if not _COMMIT.fullmatch(name):
        return False
    listed = _told(root, "ls-tree", "-r", "-z", "--name-only", name)
    paths = [path for path in listed.split("\0") if path and "\n" not in path]
    wanted = [path for path in paths if _is_text(path, agents)]
    asked = "".join(f"{name}:./{path}\n" for path in wanted).encode()
    answer = _git(root, "cat-file", "--batch", put=asked)
    for path, content in zip(wanted, contents(answer), strict=False):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return bool(wanted)


def contents(answer: bytes) -> Iterator[bytes]:
    """The files in an answer: each has a head line with its size, then the bytes and a newline."""
    while answer:
        head, _, rest = answer.partition(b"\n")
        size = head.rpartition(b" ")[2]
        if not size.isdigit():
            return
        yield rest[: int(size)]
        answer = rest[int(size) + 1 :]


def _is_text(path: str, agents: str) -> bool:
    plain = PurePosixPath(path)
    inside = not plain.is_absolute() and ".." not in plain.parts
    return inside and (plain.suffix in _TEXTS or path.startswith(f"{agents.strip('/')}/"))


def top(root: Path) -> Path | None:
    """The top folder of the checkout that contains a folder; None outside one."""
    found = _told(root, "rev-parse", "--show-toplevel").removesuffix("\n")
    return Path(found) if found else None


def branch(root: Path) -> str:
    """The default branch of the remote; empty if no remote has one."""
    default = _told(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return default.strip().removeprefix("origin/")


def branches(root: Path) -> list[str]:
    """The checked-out branch, which may have no commit yet, then the others."""
    here = _told(root, "symbolic-ref", "--short", "HEAD").strip()
    every = _told(root, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    return list(dict.fromkeys(filter(None, (here, *every))))


def remote(root: Path) -> str:
    """The address of ``origin``; empty without one."""
    return _told(root, "remote", "get-url", "origin").strip()


def unfinished(root: Path) -> str:
    """The operation in progress: ``merge``, ``rebase``, …; empty if there is none."""
    begun = {
        "merge": "MERGE_HEAD",
        "rebase": "rebase-merge",
        "rebase of patches": "rebase-apply",
        "cherry-pick": "CHERRY_PICK_HEAD",
        "revert": "REVERT_HEAD",
    }
    asked = [part for name in begun.values() for part in ("--git-path", name)]
    found = zip(begun, _told(root, "rev-parse", *asked).splitlines(), strict=False)
    return next((what for what, path in found if (root / path).exists()), "")


def tracked(root: Path, *names: str) -> list[str]:
    """The tracked files with these names, by paths from here; names may be globs."""
    found = _told(root, "ls-files", "-z", "--", *names)
    return [path for path in found.split("\0") if path]


def is_ignored(root: Path, name: str) -> bool:
    """Whether a rule ignores a file, tracked or not."""
    return bool(_git(root, "check-ignore", "--no-index", "--", name))


def is_changed(root: Path, name: str) -> bool:
    """Whether a file differs from its last commit."""
    return bool(_git(root, "status", "--porcelain", "--", name).strip())


def changed(root: Path, since: str) -> frozenset[str] | None:
    """The files below a folder, by paths from there, that are not as where a commit branched off.

    Files that git does not know yet count too. None if git cannot tell: no checkout, no such
    commit, or a clone without the history down to it.
    """
    commit = _told(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}"
    )
    base = _told(root, "merge-base", commit.strip(), "HEAD").strip() if commit else ""
    if not base:
        return None
    listed = ("-z", "--relative")
    moved = _run(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", *listed, base, "--")
    new = _told(root, "ls-files", "-z", "--others", "--exclude-standard")
    if moved[1]:
        return None
    return frozenset(filter(None, f"{moved[0].decode(errors='replace')}\0{new}".split("\0")))


def holding(root: Path, texts: list[str]) -> list[str]:
    """The tracked files that contain one of these texts.

    The texts go to git's stdin: on the command line other users could see them.
    """
    put = "".join(f"{text}\n" for text in texts).encode()
    found = _git(root, "grep", "-z", "-l", "-I", "-F", "-f", "-", "--", ":(top)", put=put)
    return [path for path in found.decode(errors="replace").split("\0") if path]


def _told(root: Path, *arguments: str) -> str:
    """The output of a git command, as text."""
    return _git(root, *arguments).decode(errors="replace")


def _git(root: Path, *arguments: str, put: bytes = b"") -> bytes:
    """The output of a git command with this stdin; empty if it fails."""
    return _run(root, *arguments, put=put)[0]


def filter_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The variables passed to git; not ``GIT_DIR``, which names another checkout in a hook.

    >>> filter_environment({"HOME": "h", "API_KEY": "k", "GIT_PAGER": "p", "GIT_CONFIG_COUNT": "0"})
    {'HOME': 'h', 'GIT_CONFIG_COUNT': '0'}
    """
    return {name: value for name, value in env.items() if _PASSED.fullmatch(name)}


def _above(root: Path) -> tuple[Path, ...]:
    """A folder, with links resolved, and those above it: one of them is the top of the checkout."""
    here = Path(os.path.realpath(root))
    return (here, *here.parents)


def _run(root: Path, *arguments: str, put: bytes = b"") -> tuple[bytes, bytes]:
    """Stdout of a git command if it succeeds, and its stderr.

    Outside a checkout git is not started, which saves some milliseconds.
    """
    if not any(os.path.lexists(folder / ".git") for folder in _above(root)):
        return b"", b""
    done = call(root, *arguments, put=put)
    return done.out if done.code == 0 else b"", done.err


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a git command gave. ``code`` is None if it did not start or did not end in time."""

    code: int | None
    out: bytes = b""
    err: bytes = b""


def call(
    folder: Path,
    *arguments: str,
    put: bytes = b"",
    env: Mapping[str, str] | None = None,
    seconds: float = _SECONDS,
) -> Done:
    """Run a git command in a folder; ``env`` are variables in addition to those always passed.

    It has no terminal and a process group of its own: nothing can ask a question, Ctrl-C does not
    cut a write short, and its helpers end with it.
    """
    import subprocess  # noqa: PLC0415 - a run outside of a checkout starts nothing

    try:
        process = subprocess.Popen(  # noqa: S603
            ["git", *_DEAF, "-C", os.fspath(folder), *arguments],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**filter_environment(os.environ), **_QUIET, **(env or {})},
            start_new_session=True,
        )
    except (OSError, ValueError):
        return Done(code=None)
    with process:
        try:
            out, err = process.communicate(put, timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            return Done(code=None, err=b"git did not end in time")
    return Done(code=process.returncode, out=out, err=err)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a command and its helpers, which would hold its pipes open."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()

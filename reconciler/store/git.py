"""What git remembers of a project: commits, their authors, earlier versions of its files.

Only reads. Without git, outside a checkout, or where a commit is not in this clone, there is
simply nothing to remember.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_TEXTS = (".yaml", ".yml", ".md", ".txt")
_SECONDS = 20


def head(root: Path, *names: str) -> str:
    """The commit that is checked out, with a ``+`` where these files have edits besides.

    Empty outside a git checkout.
    """
    found = _git(root, "rev-parse", "HEAD").decode(errors="replace").strip()
    edited = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *names)
    return f"{found}+" if found and edited.strip() else found


def having(root: Path, name: str, text: str, most: int = 5) -> list[str]:
    """The commits that put a text into a file, or took it out, newest first."""
    found = _git(root, "log", f"--max-count={most}", "--format=%H", f"-S{text}", "--", name)
    return found.decode().split()


def author(root: Path, name: str) -> str:
    """Who wrote a commit; empty where this clone does not have it."""
    name = name.removesuffix("+")
    if not _COMMIT.fullmatch(name):
        return ""
    return _git(root, "show", "-s", "--format=%an", name, "--").decode(errors="replace").strip("\n")


def versions(root: Path, name: str, most: int = 100) -> Iterator[str]:
    """Earlier texts of a file of the project, newest first."""
    found = _git(root, "log", f"--max-count={most}", "--format=%H", "--", name).decode()
    for one in found.split():
        text = _git(root, "show", f"{one}:./{name}")
        if text:
            yield text.decode(errors="replace")


def export(root: Path, name: str, folder: Path, agents: str) -> bool:
    """Write the project's text files of a commit into a folder; False where git has none.

    Below ``agents`` every file is written, elsewhere YAML, Markdown and plain texts: a project
    can live in a repository with much else.
    """
    name = name.removesuffix("+")
    if not _COMMIT.fullmatch(name):
        return False
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", name).decode(errors="replace")
    paths = [path for path in listed.split("\0") if path and "\n" not in path]
    wanted = [path for path in paths if _is_text(path, agents)]
    asked = "".join(f"{name}:./{path}\n" for path in wanted).encode()
    answer = _git(root, "cat-file", "--batch", put=asked)
    for path, content in zip(wanted, _contents(answer), strict=False):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return bool(wanted)


def _contents(answer: bytes) -> Iterator[bytes]:
    """The files of an answer: each a head line with its size, the bytes, a line end."""
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


def _git(root: Path, *arguments: str, put: bytes = b"") -> bytes:
    """What a git command prints, given this on its input; nothing where it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", os.fspath(root), *arguments],  # noqa: S607
            input=put,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "TZ": "UTC", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return b""
    return done.stdout if done.returncode == 0 else b""

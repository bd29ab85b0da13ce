"""Opening files: a checkout is anybody's, so what is no plain file is neither read nor replaced.

A named pipe would be waited for without end, a device can be read without end, and a write through
a link lands wherever the link's author wants. Every path that the tool reads is opened by
:func:`read`, and every path that it writes is first shown to :func:`writable`.
"""

import os
import stat
from contextlib import suppress
from errno import EFBIG, EINVAL, ELOOP
from pathlib import Path

MOST = 256_000_000
"""Bytes of a file that this tool wrote itself: a plan of thousands of agents with their prompts."""

_KINDS = {
    stat.S_IFDIR: "is a directory",
    stat.S_IFIFO: "is a named pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}


class TooLargeError(OSError):
    """A file of more bytes than are read; ``size`` is how many it has, as far as that is known."""

    def __init__(self, size: int) -> None:
        super().__init__(EFBIG, f"is too large: {size / 1e6:.1f} MB")
        self.size = size


def read(path: Path, most: int = MOST) -> bytes:
    """All of a plain file. Raises OSError for anything else, and for more than ``most`` bytes.

    What it is and its size are asked before it is opened; a link is followed, so whoever takes
    paths from files of a project asks first whether it :func:`stays` there.
    """
    _fitting(path.stat(), most)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        _fitting(os.fstat(handle), most)  # it can be another one by now
        data = file.read(most + 1)
    if len(data) > most:
        raise TooLargeError(len(data))
    return data


def _fitting(found: os.stat_result, most: int) -> None:
    odd = kind(found.st_mode)
    if odd:
        raise OSError(EINVAL, odd)
    if found.st_size > most:
        raise TooLargeError(found.st_size)


def kind(mode: int) -> str:
    """What a path is that is no plain file, such as ``is a named pipe``; empty for a plain one."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "is no plain file")


def writable(path: Path, root: Path | None = None) -> None:
    """Raise OSError unless a path is free, or a plain file that may be replaced.

    With a ``root``, its folder must be there or below, after links are resolved.
    """
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        odd = "is a link" if stat.S_ISLNK(mode) else kind(mode)
        if odd:
            raise OSError(EINVAL, f"{odd}, and only a plain file is replaced")
    if root and not stays(path.parent, root):
        raise OSError(ELOOP, "its folder is a link out of the project")


def stays(target: Path, root: Path) -> bool:
    """Whether a path leads to somewhere in the project; a loop or a NUL leads nowhere.

    What git keeps for itself is no part of it: ``.git/config`` of a job can hold its token.
    """
    try:
        inside = target.resolve().relative_to(root.resolve())
        return all(part.lower() != ".git" for part in inside.parts)
    except (OSError, RuntimeError, ValueError):
        return False

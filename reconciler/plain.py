"""Safe access to files: anything but plain files is neither read nor replaced.

Anyone may have written a checkout. Opening a named pipe could block forever, reading a device could
be endless, and a write through a link ends wherever its author wants. Every path that the tool
reads is opened by :func:`read`, and every path that it writes is first checked by :func:`writable`.
"""

import os
import stat
from contextlib import suppress
from errno import EFBIG, EINVAL, ELOOP
from pathlib import Path

MOST = 256_000_000
"""The largest file of the tool's own: a plan of thousands of agents with their prompts."""

_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_KINDS = {
    stat.S_IFDIR: "is a directory",
    stat.S_IFIFO: "is a named pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}


class TooLargeError(OSError):
    """A file larger than allowed; ``size`` is its number of bytes, as far as known."""

    def __init__(self, size: int) -> None:
        super().__init__(EFBIG, f"is too large: {size / 1e6:.1f} MB")
        self.size = size


def read(path: Path, most: int = MOST) -> bytes:
    """Read a plain file. Raises OSError for anything else, and for more than ``most`` bytes.

    Type and size are checked before it is opened. Links are followed, so callers with paths from a
    project's files first check that they :func:`stays` in the project.
    """
    _fitting(os.stat(path), most)  # noqa: PTH116 - thousands of files
    handle = os.open(path, _READING)
    try:
        found = os.fstat(handle)
        _fitting(found, most)  # it may have been replaced
        data = os.read(handle, found.st_size + 1)
        while len(data) != found.st_size and len(data) <= most:  # it grows, or is read in parts
            more = os.read(handle, most + 1 - len(data))
            if not more:
                break
            data += more
    finally:
        os.close(handle)
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
    """The type of a path that is not a plain file, such as ``is a named pipe``; empty for one."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "is no plain file")


def writable(path: Path, root: Path | None = None) -> None:
    """Raise OSError unless a path is free, or a plain file that may be replaced.

    With a ``root``, its folder must be there or below, after resolving links.
    """
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        odd = "is a link" if stat.S_ISLNK(mode) else kind(mode)
        if odd:
            raise OSError(EINVAL, f"{odd}, and only a plain file is replaced")
    if root and not stays(path.parent, root):
        raise OSError(ELOOP, "its folder is a link out of the project")


def stays(target: Path, root: Path) -> bool:
    """Whether a path is inside the project; a loop or a NUL is not.

    Git's own files do not count as inside: a job's ``.git/config`` can contain its token.
    """
    try:
        inside = target.resolve().relative_to(root.resolve())
        return all(part.lower() != ".git" for part in inside.parts)
    except (OSError, RuntimeError, ValueError):
        return False

"""A file of the project that grows by lines, each of which is kept whatever happens then."""

import os
import weakref
from pathlib import Path

from reconciler import plain


class Appended:
    """A file to append to, that only its owner can read.

    It is opened once, and again if something else has its name then: opening it, and proving that
    it is no way out of the project, takes longer than a line.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self.path, self._root = path, root
        self._close: weakref.finalize[[int], Appended] | None = None
        self._handle = -1

    def add(self, line: str, *, synced: bool = True) -> None:
        """Append a line. Raises OSError.

        If ``synced``, it survives a crash of the machine, if not, of the process.
        """
        handle = self._opened()
        size = os.fstat(handle).st_size
        cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"  # by a full disk
        left = memoryview((b"\n" if cut else b"") + line.encode() + b"\n")
        while left:
            left = left[os.write(handle, left) :]
        if synced:
            os.fsync(handle)

    def drop(self) -> None:
        """Remove the file, if it exists. Raises OSError."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._close:
            self._close()
        self._close = None

    def _opened(self) -> int:
        if not (self._close and self._is_there()):
            self.close()
            plain.writable(self.path, self._root)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._close = weakref.finalize(self, os.close, self._handle)
        return self._handle

    def _is_there(self) -> bool:
        """Whether the open file still has its name: nobody has removed or replaced it."""
        try:
            return os.path.samestat(os.lstat(self.path), os.fstat(self._handle))
        except FileNotFoundError:
            return False

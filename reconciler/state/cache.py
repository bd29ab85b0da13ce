"""Results of reading the files in earlier runs, on this machine: `.reconciler/cache/`.

One file for each environment and way of reading: a line for each entry, its key and the entry, and
last a keyed digest of the file's name and all lines. It is replaced atomically, so that a reader
sees one run's file or another's; a truncated or altered file, and any other fault, is an empty
cache.

A checkout can contain such a folder. So the digests are keyed by a file that a commit cannot
create: its inode and the time of its last change are part of the key, and git never checks out a
file that only its owner can read. Entries are trusted only on the machine that wrote them.
"""

import hashlib
import hmac
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from reconciler import plain
from reconciler.errors import ReconcilerError
from reconciler.state import files

FOLDER = "cache"
_KEY = "key"
_KEY_BYTES = 64
"""In hexadecimal."""

_MARK_BYTES = 65
"""In hexadecimal, with the end of the line."""

_MOST = 1_000_000_000
"""The most bytes to read: a hundred thousand agents."""

_STALE = 30 * 24 * 3600.0
"""Files that no run has used for this many seconds are removed."""


class Cache:
    """The entries of one environment and way of reading, by key; read when one is asked for.

    ``keep`` takes this run's entries, old and new: ``save`` writes them if any is new, or if old
    ones are no longer needed. Nothing here raises: an unreadable cache is empty.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._root, self._title, self._name = root, name, _file_name(name)
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """The entry of a key; None if there is none."""
        return self._found.get(key)

    def tag(self, *parts: bytes) -> str | None:
        """A digest of these parts that only the key's owner can make; None if there is no key.

        The key is made, if there is none.
        """
        if self._secret is None:
            with suppress(OSError, ReconcilerError):
                self._secret = _secret(_made(self._root), make=True)
        if self._secret is None:
            return None
        made = hashlib.blake2b(key=self._secret, digest_size=16, person=b"tag")
        for part in parts:
            made.update(b"%d " % len(part) + part)
        return made.hexdigest()

    def keep(self, key: str, entry: bytes) -> None:
        """Keep an entry for the next run; it is one line."""
        self._kept[key] = entry

    def keep_others(self) -> None:
        """Keep everything that was read for the next run, except keys with a new entry."""
        self._kept = {**self._found, **self._kept}

    def changed(self) -> bool:
        """Whether the kept entries differ from those in the file."""
        before = self._found
        return len(before) != len(self._kept) or any(
            before.get(key) != entry for key, entry in self._kept.items()
        )

    def save(self) -> None:
        """Write the kept entries, unless they are the same as in the file."""
        if not self.changed():
            return
        with suppress(OSError, ReconcilerError):
            folder = _made(self._root)
            secret = _secret(folder, make=True)
            if secret:
                _replace(folder / self._name, _signed(secret, self._name, self._kept))
                _sweep(folder)

    def drop(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            (_folder(self._root) / self._name).unlink(missing_ok=True)

    def beside(self, name: str) -> "Cache":
        """Another file for the same environment and way of reading."""
        return Cache(self._root, f"{self._title} {name}")

    @cached_property
    def _secret(self) -> bytes | None:
        return _secret(_folder(self._root))

    @cached_property
    def _found(self) -> "_Entries":
        if self._secret is None:
            return _Entries(b"")
        try:
            data = plain.read(_folder(self._root) / self._name, _MOST)
        except OSError:
            return _Entries(b"")
        mark = _mark(self._secret, self._name, [memoryview(data)[:-_MARK_BYTES]])
        return _Entries(data if hmac.compare_digest(mark, data[-_MARK_BYTES:]) else b"")


class _Entries(Mapping[str, bytes]):
    """The entries of a file; a copy of each would double what they take of memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._places = dict(_places(data))

    def __getitem__(self, key: str) -> bytes:
        start, end = self._places[key]
        return self._data[start:end]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _places(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    start, last = 0, len(data) - _MARK_BYTES
    while start < last:
        middle, end = data.index(b" ", start), data.index(b"\n", start)
        yield data[start:middle].decode(), (middle + 1, end)
        start = end + 1


def _signed(secret: bytes, name: str, entries: Mapping[str, bytes]) -> Iterator[bytes]:
    def lines() -> Iterator[bytes]:
        return (b"%b %b\n" % (key.encode(), entry) for key, entry in entries.items())

    yield from lines()
    yield _mark(secret, name, lines())


def _folder(root: Path) -> Path:
    return root / files.OWN_FOLDER / FOLDER


def _file_name(name: str) -> str:
    """A name that no environment can choose."""
    return f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.entries"


def _mark(secret: bytes, name: str, parts: Iterable[bytes | memoryview]) -> bytes:
    """The last line of a file: the digest of its name and the others.

    One file in the place of another, both of this machine, is not believed.
    """
    made = hmac.new(secret, name.encode(), digestmod="sha256")
    for part in parts:
        made.update(part)
    return made.hexdigest().encode() + b"\n"


def _secret(folder: Path, *, make: bool = False) -> bytes | None:
    """The key of the digests; None if this machine has not made one."""
    path = folder / _KEY
    if make and not _is_own(path):
        import secrets  # noqa: PLC0415 - once on a machine

        path.unlink(missing_ok=True)
        _replace(path, [secrets.token_hex(_KEY_BYTES // 2).encode()])
    try:
        random, about = plain.read(path, _KEY_BYTES), path.stat()
    except OSError:
        return None
    if not _is_own(path):
        return None
    place = f"{about.st_dev} {about.st_ino} {about.st_ctime_ns}"
    return hashlib.sha256(random + place.encode()).digest()


def _is_own(path: Path) -> bool:
    """Whether a key is a plain file of this user that no other user can read."""
    try:
        about = path.lstat()
    except OSError:
        return False
    own = not hasattr(os, "geteuid") or about.st_uid == os.geteuid()
    whole = about.st_size == _KEY_BYTES and about.st_nlink == 1
    return own and whole and stat.S_ISREG(about.st_mode) and stat.S_IMODE(about.st_mode) == 0o600


def _made(root: Path) -> Path:
    """The folder, which only its owner can read."""
    folder = files.own_folder(root) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    plain.writable(folder / _KEY, root)
    folder.chmod(0o700)
    return folder


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    """Replace a file atomically, readable by its owner only. Not synced, since it can be remade."""
    import tempfile  # noqa: PLC0415 - only if something was parsed

    plain.writable(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sweep(folder: Path) -> None:
    """Remove files that no run has written for a month, and leftovers of killed runs."""
    before = time.time() - _STALE
    for path in folder.iterdir():
        killed = path.suffix == ".new" and path.stat().st_mtime < before + _STALE - 3600
        if path.name != _KEY and (killed or path.stat().st_mtime < before):
            path.unlink(missing_ok=True)

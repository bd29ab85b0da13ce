"""What reading the files gave in an earlier run, on this machine: `.reconciler/cache/`.

One file for each environment and way of reading, a line for each agent file: its key, a keyed
digest of the line, the entry. It is replaced in one step, so that a reader sees one run's or
another's; a line that was cut or changed is no line, and any other fault is an empty cache.

A checkout can bring such a folder along. The digests are keyed by a file that a commit cannot
make: its inode and the time of its last change are part of the key, and git checks nothing out
that only its owner can read. So entries are believed only where they were written.
"""

import hashlib
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from reconciler import plain
from reconciler.errors import ReconcilerError
from reconciler.state import files

FOLDER = "cache"
_KEY = "key"
_KEY_BYTES = 64
"""In hexadecimal."""

_MOST = 1_000_000_000
"""Bytes that are read: a hundred thousand agents."""

_STALE = 30 * 24 * 3600.0
"""Seconds after which what no run reads any more is removed."""


class Cache:
    """The entries of one environment and way of reading, by key.

    ``keep`` is for this run's entries, old and new: ``save`` writes them if any is new, or old
    ones are not needed any more. Nothing here raises: a cache that cannot be had is empty.
    ``make`` makes the key at once, for a :meth:`tag`.
    """

    def __init__(self, root: Path, name: str, *, make: bool = False) -> None:
        self._root, self._name = root, _file_name(name)
        if make:
            with suppress(OSError, ReconcilerError):
                _secret(_made(root), make=True)
        self._secret = _secret(_folder(root))
        self._lines = dict(self._read()) if self._secret else {}
        self._good: dict[str, bytes] = {}
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """What was kept under a key; None if nothing was, or if it is not whole."""
        line = self._lines.get(key)
        if line is None or self._secret is None:
            return None
        mark, _, entry = line.partition(b" ")
        if not secrets.compare_digest(mark, _mark(self._secret, key, entry)):
            return None
        return self._good.setdefault(key, entry)

    def tag(self, *parts: bytes) -> str | None:
        """A digest of these parts that nobody makes without the key; None if there is no key."""
        if self._secret is None:
            return None
        made = hashlib.blake2b(key=self._secret, digest_size=16, person=b"tag")
        for part in parts:
            made.update(b"%d " % len(part) + part)
        return made.hexdigest()

    def keep(self, key: str, entry: bytes) -> None:
        """Have an entry in the next run too; it is one line."""
        self._kept[key] = entry

    def keep_others(self) -> None:
        """Have all that was read in the next run too, unless something else is kept for it."""
        for key in self._lines:
            entry = self.get(key)
            if entry is not None:
                self._kept.setdefault(key, entry)

    def save(self) -> None:
        """Write what is kept, unless it is what was read."""
        if self._kept == self._good and len(self._good) == len(self._lines):
            return
        with suppress(OSError, ReconcilerError):
            folder = _made(self._root)
            secret = _secret(folder, make=True)
            if secret:
                _replace(folder / self._name, self._text(secret))
                _sweep(folder)

    def _read(self) -> Iterator[tuple[str, bytes]]:
        with suppress(OSError):
            for line in plain.read(_folder(self._root) / self._name, _MOST).split(b"\n"):
                key, _, rest = line.partition(b" ")
                if rest:
                    yield key.decode("ascii", "replace"), rest

    def _text(self, secret: bytes) -> Iterator[bytes]:
        for key, entry in self._kept.items():
            yield b" ".join((key.encode(), _mark(secret, key, entry), entry)) + b"\n"


def _folder(root: Path) -> Path:
    return root / files.OWN_FOLDER / FOLDER


def _file_name(name: str) -> str:
    """A name that no environment can choose."""
    return f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.entries"


def _mark(secret: bytes, key: str, entry: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode(), key=secret, digest_size=16)
    digest.update(entry)
    return digest.hexdigest().encode()


def _secret(folder: Path, *, make: bool = False) -> bytes | None:
    """What the digests are keyed by; None if there is no key that this machine made."""
    path = folder / _KEY
    if make and not _is_own(path):
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
    """Whether a key is a plain file of this user that nobody else can read."""
    try:
        about = path.lstat()
    except OSError:
        return False
    own = not hasattr(os, "geteuid") or about.st_uid == os.geteuid()
    whole = about.st_size == _KEY_BYTES and about.st_nlink == 1
    return own and whole and stat.S_ISREG(about.st_mode) and stat.S_IMODE(about.st_mode) == 0o600


def _made(root: Path) -> Path:
    """The folder, which only its owner can look into."""
    folder = files.own_folder(root) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    plain.writable(folder / _KEY, root)
    folder.chmod(0o700)
    return folder


def _replace(path: Path, parts: Iterator[bytes] | list[bytes]) -> None:
    """Put a file in place in one step, for its owner alone. What is lost is made again: no sync."""
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
    """Remove what no run has written for a month, and what a killed one left."""
    before = time.time() - _STALE
    for path in folder.iterdir():
        killed = path.suffix == ".new" and path.stat().st_mtime < before + _STALE - 3600
        if path.name != _KEY and (killed or path.stat().st_mtime < before):
            path.unlink(missing_ok=True)

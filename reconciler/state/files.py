"""Write files atomically: a reader sees the old text or the new one, never half of either."""

import os
import signal
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler import plain, progress
from reconciler.errors import ReconcilerError, listed, why


def write(path: Path, text: str, *, mode: int | None = None) -> None:
    """Replace a file's text atomically.

    ``mode`` are its new permissions; without it, it keeps its own, or gets those of new files.
    Raises ReconcilerError if there is a link, a folder or a device instead: these are not replaced.
    """
    import tempfile  # noqa: PLC0415 - most runs write nothing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        plain.writable(path)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=f".{path.name}")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(_usual_mode(path) if mode is None else mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReconcilerError(f"{path.name} cannot be written: {why(error)}") from error


def _usual_mode(path: Path) -> int:
    with suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0o077)  # the only way to read it is to set it
    os.umask(mask)
    return 0o666 & ~mask


def sweep(*paths: Path) -> None:
    """Remove leftovers of interrupted writes of these files; only for the holder of the lock."""
    swept = {*paths}
    for folder in {path.parent for path in paths}:
        for leftover in folder.glob(".*.*"):
            _, _, name = leftover.name.removeprefix(".").partition(".")
            if folder / name in swept:
                leftover.unlink(missing_ok=True)


@contextmanager
def unbroken() -> Iterator[None]:
    """Defer Ctrl-C, SIGTERM and SIGHUP until several files that belong together are written."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


@unbroken()
def create(texts: Mapping[Path, str]) -> None:
    """Create several files in this order, all or none, and the folders that they need.

    Raises ReconcilerError if a file exists with another text.
    """
    there = [path for path in texts if path.exists() or path.is_symlink()]
    other = [path.name for path in there if _read(path) != texts[path]]
    if other:
        message = f"{listed(other)} would be overwritten"
        raise ReconcilerError(message, hint="nothing was written")
    folders = {above for path in texts for above in path.parents if not above.exists()}
    done: list[Path] = []
    try:
        sweep(*texts)
        for path in progress.each("Writing files", texts):
            write(path, texts[path])
            done.append(path)
    except (ReconcilerError, OSError):
        for path in done:
            if path not in there:
                path.unlink(missing_ok=True)
        for folder in sorted(folders, reverse=True):  # inner folders first
            with suppress(OSError):
                folder.rmdir()
        raise


@unbroken()
def exchange(texts: Mapping[Path, tuple[str, str]]) -> None:
    """Replace the texts of several files, all or none: from the first text to the second.

    Raises ReconcilerError, and leaves every file unchanged, if one of them does not have its first
    text or must not be written.
    """
    for path, (before, _) in texts.items():
        if not os.access(path, os.W_OK):
            raise ReconcilerError(f"{path.name} may not be written", hint="nothing was written")
        if _read(path) != before:
            message = f"{path.name} was changed on disk meanwhile"
            raise ReconcilerError(message, hint="nothing was written; do it again")
    done: list[Path] = []
    try:
        sweep(*texts)
        for path in progress.each("Writing files", texts):
            _, after = texts[path]
            write(path, after, mode=stat.S_IMODE(path.stat().st_mode))
            done.append(path)
    except (ReconcilerError, OSError):
        for path in done:
            write(path, texts[path][0], mode=stat.S_IMODE(path.stat().st_mode))
        raise


def _read(path: Path) -> str:
    try:
        return plain.read(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReconcilerError(f"{path.name} cannot be read any more") from error


def newer(found: object, supported: str) -> bool:
    """Whether a format version, such as ``2.0``, has a newer major than the supported one."""
    major = str(found).partition(".")[0]
    return major.isdecimal() and int(major) > int(supported.partition(".")[0])


OWN_FOLDER = ".reconciler"


def own_folder(root: Path) -> Path:
    """The tool's folder, created if needed and ignored by git. Raises ReconcilerError."""
    folder = root / OWN_FOLDER
    try:
        plain.writable(folder / ".gitignore", root)
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        links = [path for path in (*folder.iterdir(), *folder.glob("*/*")) if path.is_symlink()]
    except OSError as error:
        raise ReconcilerError(f"{OWN_FOLDER}/ cannot be written: {why(error)}") from error
    if links:  # git checks out links too: a committed one would choose which file is overwritten
        found = links[0].relative_to(root).as_posix()
        raise ReconcilerError(f"{found} is a link, and the tool makes none", hint="remove it")
    return folder

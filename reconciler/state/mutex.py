"""One apply at a time on one machine. Only this module imports filelock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import ReconcilerError, why
from reconciler.state import files, statefile


@contextmanager
def exclusive(root: Path, wait: float = 0) -> Iterator[None]:
    """Hold the project's lock; refuse if another run still holds it after ``wait`` seconds.

    The operating system releases it when the holder dies: it never needs to be removed by hand.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only an apply needs it

    place = files.own_folder(root) / "lock"
    try:
        lock = FileLock(place, timeout=wait)
        lock.acquire()
    except Timeout as error:
        raise ReconcilerError(
            "another run of this project is writing on this machine",
            hint="wait for it with --lock-timeout 5m, or run this again later",
        ) from error
    except OSError as error:
        raise ReconcilerError(f"{files.OWN_FOLDER}/lock cannot be written: {why(error)}") from error
    files.sweep(root / statefile.FILE_NAME)
    try:
        yield
    finally:
        lock.release()

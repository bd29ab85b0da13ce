"""Writing a file so that a reader sees the old text or the new one, never half of either."""

import os
import tempfile
from pathlib import Path

from reconciler.errors import ReconcilerError


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace a file's text in one step. ``mode`` are the permissions of a new file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ReconcilerError(f"{path.name} cannot be written: {reason}") from error


def newer(found: object, supported: str) -> bool:
    """Whether a format version, such as ``2.0``, has a newer major than the supported one."""
    major = str(found).partition(".")[0]
    return major.isdecimal() and int(major) > int(supported.partition(".")[0])

"""The tool's own folder in a project: lock, history, the embedded sandbox's agents."""

from pathlib import Path

from reconciler.errors import ReconcilerError, why

NAME = ".reconciler"


def made(root: Path) -> Path:
    """The folder, made if need be; git is told to leave it alone. Raises ReconcilerError."""
    folder = root / NAME
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(f"{NAME}/ cannot be written: {why(error)}") from error
    return folder

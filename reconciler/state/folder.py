"""The tool's own folder in a project: lock, history, the embedded sandbox's agents."""

from pathlib import Path

from reconciler import plain
from reconciler.errors import ReconcilerError, why

NAME = ".reconciler"


def made(root: Path) -> Path:
    """The folder, made if need be; git is told to leave it alone. Raises ReconcilerError."""
    folder = root / NAME
    try:
        plain.writable(folder / ".gitignore", root)
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        links = [path for path in (*folder.iterdir(), *folder.glob("*/*")) if path.is_symlink()]
    except OSError as error:
        raise ReconcilerError(f"{NAME}/ cannot be written: {why(error)}") from error
    if links:  # git checks links out, too: whoever commits one here chooses what is overwritten
        found = links[0].relative_to(root).as_posix()
        raise ReconcilerError(f"{found} is a link, and the tool makes none", hint="remove it")
    return folder

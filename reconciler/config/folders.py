"""Every file below a folder, or every reason why some cannot be seen: nothing is passed over.

``Path.rglob`` leaves out a folder that cannot be opened without a word, and half a folder of
agents would be taken for the whole.
"""

from pathlib import Path

from reconciler.errors import Problem, why
from reconciler.plain import kind, stays


def found(folder: Path, root: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[Problem]]:
    """The files of these suffixes, sorted, and what could not be read.

    Names that begin with a dot are left out. Links are followed, where they stay below ``root``.
    A folder that does not exist has none.
    """
    files: list[Path] = []
    problems: list[Problem] = []
    folders, links, seen = [folder], list[Path](), set[Path]()
    while folders or links:
        here = folders.pop() if folders else links.pop()
        try:
            if here.resolve() in seen or not here.is_dir():  # a link back, or no folder at all
                continue
            seen.add(here.resolve())
            inside = sorted(path for path in here.iterdir() if not path.name.startswith("."))
            below = [path for path in inside if path.is_dir()]
        except OSError as error:
            problems.append(_unread(here, root, f"the folder cannot be read: {why(error)}"))
            continue
        files += [path for path in inside if path.suffix in suffixes and path not in below]
        strange = {path: _strange(path, root, suffixes) for path in inside}
        problems += [_unread(path, root, reason) for path, reason in strange.items() if reason]
        links += [path for path in below if path.is_symlink() and not strange[path]]
        folders += [path for path in below if not path.is_symlink()]
    return sorted(files), sorted(problems)


def _strange(path: Path, root: Path, suffixes: tuple[str, ...]) -> str:
    """Why something in a folder cannot be read; empty if it can, or is none of our files.

    Nothing is opened to find out: opening a named pipe would wait for whoever writes into it.
    """
    ours = path.suffix in suffixes
    if path.is_symlink() and not path.exists() and not ours:
        return "the link leads nowhere"
    if path.is_symlink() and (ours or path.is_dir()) and not stays(path, root):
        return "the link leads out of the project"
    if ours and path.exists():
        return f"cannot be read: {odd}" if (odd := kind(path.stat().st_mode)) else ""
    if not ours and not path.is_dir() and path.suffix.lower() in suffixes:
        return f"`{path.suffix}` is not read: a name ends in {' or '.join(suffixes)}"
    return ""


def _unread(path: Path, root: Path, message: str) -> Problem:
    name = path.relative_to(root).as_posix()
    hint = "mend or remove it: on half a folder nothing is planned"
    return Problem(file=name, message=message, hint=hint)

"""Every file below a folder, and a problem for each that cannot be read.

``Path.rglob`` silently skips a folder that cannot be opened, so that half the agents would look
like all of them.
"""

import os
from operator import attrgetter
from pathlib import Path

from reconciler.errors import Problem, why
from reconciler.plain import kind, stays


def found(folder: Path, root: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[Problem]]:
    """The files with these suffixes, sorted, and what could not be read.

    Names that start with a dot are skipped. Links are followed if they stay below ``root``. A
    folder that does not exist has no files.
    """
    files: list[Path] = []
    problems: list[Problem] = []
    folders, links, seen = [folder], list[Path](), set[Path]()
    while folders or links:
        here = folders.pop() if folders else links.pop()
        try:
            if here.resolve() in seen or not here.is_dir():  # a link back, or not a folder
                continue
            seen.add(here.resolve())
            os.stat(f"{here}/.")  # noqa: PTH116 - fails if a folder shows no more than its names
            with os.scandir(here) as entries:
                names = {one.name: one for one in entries if not one.name.startswith(".")}
            plain = {n for n in names if n.endswith(suffixes) and _is_plain(names[n])}
            files += [here / name for name in plain]
            inside = [here / name for name in sorted(names.keys() - plain)]
            below = [path for path in inside if path.is_dir()]
        except OSError as error:
            problems.append(_unread(here, root, f"the folder cannot be read: {why(error)}"))
            continue
        files += [path for path in inside if path.suffix in suffixes and path not in below]
        strange = {path: _strange(path, root, suffixes) for path in inside}
        problems += [_unread(path, root, reason) for path, reason in strange.items() if reason]
        links += [path for path in below if path.is_symlink() and not strange[path]]
        folders += [path for path in below if not path.is_symlink()]
    return sorted(files, key=attrgetter("parts")), sorted(problems)


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """Whether something in a folder is a file and no link: most are, and the folder says so."""
    return entry.is_file(follow_symlinks=False)


def _strange(path: Path, root: Path, suffixes: tuple[str, ...]) -> str:
    """Why something in a folder cannot be read; empty if it can, or is not one of our files.

    Nothing is opened to find out: opening a named pipe would wait for its writer.
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

"""Files that hold no text of ours, but say what should be in their place.

A checkout without Git LFS, or without symbolic links, has a few words in place of a prompt. Sent
to an agent, they would be its prompt.
"""

import re
from pathlib import Path, PurePosixPath

_LARGE = re.compile(r"version https://[^\s/]+/spec/v?\d")
"""How the pointers of Git LFS begin, also those of its drafts."""

_LONGEST = 1000
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


def stored_elsewhere(text: str) -> str:
    """What a text is if its file is kept outside of git; empty where it is not."""
    if _LARGE.match(text):
        return "is a pointer of Git LFS, and not the file itself"
    return ""


def is_path(text: str, folder: Path) -> bool:
    """Whether a text is nothing but the path of something that exists, from its folder.

    That is what git writes for a symbolic link where it may make none.
    """
    path = text.removesuffix("\n")
    if not path.strip() or len(path) > _LONGEST or "\n" in path:
        return False
    if "/" not in path and not _SUFFIX.fullmatch(PurePosixPath(path).suffix):
        return False
    try:
        return (folder / path).exists()
    except (OSError, ValueError):
        return False

"""Files that have no text of ours, but name what should be in their place.

A checkout without Git LFS, or without symbolic links, has a few words in place of a prompt. Sent to
an agent, they would be its prompt.
"""

import re
from pathlib import Path, PurePosixPath

_LARGE = re.compile(r"version https://[^\s/]+/spec/v?\d")
"""How the pointers of Git LFS start, including those of its drafts."""

_LONGEST = 1000
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


def stored_elsewhere(text: str) -> str:
    """What a text is if its file is stored outside of git; empty if it is inside."""
    if _LARGE.match(text):
        return "is a pointer of Git LFS, and not the file itself"
    return ""


def is_path(text: str, folder: Path) -> bool:
    """Whether a text is only the path of something that exists, relative to its folder.

    Git writes that for a symbolic link if it cannot create links.
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

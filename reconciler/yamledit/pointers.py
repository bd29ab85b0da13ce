"""Files that have no text of ours, but name what should be in their place.

A checkout without Git LFS, or without symbolic links, has a few words in place of a prompt. Sent to
an agent, they would be its prompt.
"""

from pathlib import Path, PurePosixPath

from reconciler.late import pattern

_LARGE = pattern(r"version https://[^\s/]+/spec/v?\d")
"""How the pointers of Git LFS start, including those of its drafts."""

_LONGEST = 1000
_SUFFIX = pattern(r"\.[A-Za-z0-9]{1,8}")


def stored_elsewhere(text: str) -> str:
    """What a text is if its file is stored outside of git; empty if it is inside."""
    if _LARGE.match(text):
        return "is a pointer of Git LFS, and not the file itself"
    return ""


def may_be_one(text: str) -> bool:
    """Whether a file with only this text may be refused when it is read, wherever it is."""
    return bool(stored_elsewhere(text)) or _looks_like_path(text)


def is_path(text: str, file: Path) -> bool:
    """Whether the text of a file is only the path of something that exists, seen from there.

    Git writes that for a symbolic link if it cannot create links.
    """
    try:
        return _looks_like_path(text) and (file.parent / text.removesuffix("\n")).exists()
    except (OSError, ValueError):
        return False


def _looks_like_path(text: str) -> bool:
    if len(text) > _LONGEST:
        return False
    path = text.removesuffix("\n")
    if not path.strip() or "\n" in path:
        return False
    return "/" in path or bool(_SUFFIX.fullmatch(PurePosixPath(path).suffix))

"""What pip knows of this installation: its source, and its requirements.

The distribution is called ``hamsa-reconciler``. The name ``reconciler`` belongs to another project
on PyPI, so no message suggests installing that name.
"""

import json
import shlex
import sys
from importlib import metadata

from reconciler.late import pattern

DISTRIBUTION = "hamsa-reconciler"
_OTHER = "reconciler"
_PYTHON = ">=3.11"
_REPOSITORY = pattern(r"[/:]([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?$")
_AFTER_NAME = pattern(r"[^A-Za-z0-9._-]")
_EXTRA = pattern(r";.*\bextra\s*==")


def adding(extra: str) -> str:
    """The command that adds an extra to this installation, whatever its source.

    It names this very Python: another one may not have the package, and would fetch it from PyPI.
    """
    return f'{shlex.quote(sys.executable)} -m pip install "{DISTRIBUTION}[{extra}]"'


def source() -> str:
    """OWNER/REPO@COMMIT that this package was installed from; empty if that is not known.

    pip writes ``direct_url.json`` for an install from a repository (PEP 610).
    """
    try:
        text = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        found = json.loads(text or "{}")
        url, commit = found["url"], found["vcs_info"]["commit_id"]
        repository = _REPOSITORY.search(url)
    except (metadata.PackageNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    return f"{repository[1]}@{commit}" if repository else ""


def python() -> str:
    """The versions of Python that the package accepts, as in its metadata: ``>=3.11``."""
    try:
        return metadata.metadata(DISTRIBUTION)["Requires-Python"] or _PYTHON
    except metadata.PackageNotFoundError:
        return _PYTHON


def needed() -> list[str] | None:
    """The required packages, without extras; None if pip does not know this one."""
    try:
        found = metadata.requires(DISTRIBUTION) or ()
    except metadata.PackageNotFoundError:
        return None
    return [_AFTER_NAME.split(text, maxsplit=1)[0] for text in found if not _EXTRA.search(text)]


def has(name: str) -> bool:
    """Whether a distribution of this name is installed."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def is_shared() -> bool:
    """Whether the package ``reconciler`` of the other project is in this Python too.

    Both have a folder ``reconciler``, so that each overwrites files of the other. An old checkout
    of ours, installed under that name, has our entry point and does no harm.
    """
    try:
        scripts = metadata.distribution(_OTHER).entry_points.select(group="console_scripts")
    except metadata.PackageNotFoundError:
        return False
    return all(script.value != "reconciler.__main__:main" for script in scripts)

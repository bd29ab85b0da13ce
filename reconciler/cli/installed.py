"""What pip knows of this installation: where it came from, and what it needs.

The distribution is called ``hamsa-reconciler``. The name ``reconciler`` belongs to another project
on PyPI, so nothing here looks that name up or asks anybody to install it.
"""

import json
import re
from importlib import metadata

DISTRIBUTION = "hamsa-reconciler"
WITH_SERVER = f'pip install "{DISTRIBUTION}[sandbox-server]"'
"""Adds what `sandbox serve` needs to the package as it is installed, wherever it came from."""

_PYTHON = ">=3.11"
_REPOSITORY = re.compile(r"[/:]([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?$")
_AFTER_NAME = re.compile(r"[^A-Za-z0-9._-]")
_EXTRA = re.compile(r";.*\bextra\s*==")


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
    """The packages without which nothing works, extras left out; None if pip does not know us."""
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

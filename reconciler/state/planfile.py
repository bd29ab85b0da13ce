"""Plan files: exactly what was reviewed, to be applied later. Written with mode 0600.

:mod:`reconciler.render.data.saved` makes and reads their content; here it is sealed, so that an
edited file is refused, and old words are replaced.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler import plain
from reconciler.errors import ReconcilerError
from reconciler.state import files, former

FORMAT = "2.0"
"""Since 2.0 a plan file is the document of ``--format json``, with a part for the apply."""


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Add a checksum to a document."""
    return {**content, "checksum": _checksum(content)}


def save(path: Path, text: str) -> None:
    """Write the text of a sealed document to a file that only its owner can read."""
    files.write(path, text, mode=0o600)


def load(path: Path) -> dict[str, Any]:
    """The document of a plan file; see :func:`loads`."""
    return loads(_text(path), path.name)


def loads(text: str, name: str) -> dict[str, Any]:
    """The document of a plan file from its text, as sealed.

    Raises ReconcilerError if it is not a plan file, was changed, or has a newer format.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        version = content["format_version"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        hint = "make one with: reconciler plan --out FILE"
        raise ReconcilerError(f"{name} is not a plan file", hint=hint) from error
    if files.newer(version, FORMAT):
        message = f"{name} has format {version}, and this version reads up to {FORMAT}"
        raise ReconcilerError(message, hint="update reconciler")
    if content.pop("checksum", None) != _checksum(content):
        hint = "make a new one with: reconciler plan --out FILE"
        raise ReconcilerError(f"{name} was changed after it was written", hint=hint)
    return content


def today(content: dict[str, Any]) -> dict[str, Any]:
    """Convert a document of any supported format to the shape of ``FORMAT``."""
    first = str(content["format_version"]).startswith("1.")
    return former.plan_document(content) if first else content


def _text(path: Path) -> str:
    try:
        return plain.read(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ReconcilerError(f"{path.name} cannot be read: {reason.lower()}") from error


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

"""The tool itself: Python, packages, the fast YAML parser."""

import re
import sys
from collections.abc import Iterator
from importlib import metadata

from reconciler import __version__
from reconciler.cli.doctor.context import Context
from reconciler.engine.checkup import Check, fail, ok, python, warn
from reconciler.yamledit.reading import parser_name


def tool(_context: Context) -> Iterator[Check]:
    """This version of the tool, and the Python that it runs on."""
    yield ok("reconciler", __version__)
    needed = metadata.metadata("reconciler")["Requires-Python"] or ">=3.11"
    yield python(tuple(sys.version_info[:3]), needed)


def packages(_context: Context) -> Iterator[Check]:
    """Whether all packages are there, and YAML is read by the C parser."""
    wanted = [_name(text) for text in metadata.requires("reconciler") or ()]
    missing = [name for name in wanted if not _installed(name)]
    again = "install reconciler again, with its dependencies"
    if missing:
        yield fail("packages", f"not installed: {', '.join(missing)}", again)
    elif parser_name() != "CParser":
        yield warn("packages", "YAML is read by the slow parser", "pip install ruamel.yaml.clib")
    else:
        yield ok("packages", f"all {len(wanted)} are there; YAML is read by the C parser")


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True

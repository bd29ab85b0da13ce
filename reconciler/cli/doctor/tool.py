"""The tool itself: Python, packages, the fast YAML parser."""

import sys
from collections.abc import Iterator

from reconciler import __version__
from reconciler.cli import installed
from reconciler.cli.doctor.context import Context
from reconciler.engine.checkup import Check, fail, ok, python, warn
from reconciler.yamledit.reading import parser_name

_NOT_INSTALLED = f"runs from a folder: {installed.DISTRIBUTION} is not installed in this Python"
_SHARED = "the package `reconciler`, of another project, is installed here too, in the same folder"
_APART = f"install {installed.DISTRIBUTION} in a virtual environment of its own"
_AGAIN = f"install {installed.DISTRIBUTION} again from its repository, with its dependencies"


def tool(_context: Context) -> Iterator[Check]:
    """This version of the tool, and the Python that it runs on."""
    yield ok("reconciler", __version__)
    yield python(tuple(sys.version_info[:3]), installed.python())


def packages(_context: Context) -> Iterator[Check]:
    """Whether all packages are installed, and YAML is read by the C parser."""
    wanted = installed.needed()
    missing = [name for name in wanted or () if not installed.has(name)]
    if wanted is None:
        yield warn("packages", _NOT_INSTALLED, _AGAIN)
    elif missing:
        yield fail("packages", f"not installed: {', '.join(missing)}", _AGAIN)
    elif installed.is_shared():
        yield warn("packages", _SHARED, _APART)
    elif parser_name() != "CParser":
        yield warn("packages", "YAML is read by the slow parser", "pip install ruamel.yaml.clib")
    else:
        yield ok("packages", f"all {len(wanted)} are there; YAML is read by the C parser")

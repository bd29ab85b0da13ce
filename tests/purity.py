"""Which tests are pure: no command line, socket, process, browser or CI. ``make unit`` runs those.

A test gets the markers of what it uses: by its folder, by its fixtures, or by hand. A test without
a marker is pure and gets ``unit``; it fails if it uses any of this nevertheless.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

MARKERS = {
    "cli": "runs commands of the tool in this process",
    "socket": "opens a socket",
    "process": "starts a process",
    "browser": "drives a browser",
    "ci": "runs workflows and scripts of CI",
    "nightly": "takes minutes; `make nightly` runs it, and nothing else does",
    "slow": "is pure, and takes longer than one waits for while working",
    "unit": "does none of this; put on by itself",
}
FOLDERS = {
    "browser": "browser",
    "ci": "ci",
    "forge": "socket",
    "sandbox": "slow",
    "service": "process",
    "stores": "socket",
}
FIXTURES = {"project": "cli", "serve": "socket", "programs": "process"}
EVENTS = {
    "tests.cli": "cli",
    "socket.bind": "socket",
    "socket.connect": "socket",
    "socket.getaddrinfo": "socket",
    "os.exec": "process",
    "os.fork": "process",
    "os.posix_spawn": "process",
    "os.system": "process",
    "subprocess.Popen": "process",
}
"""Audit events of Python and of ``tests.projects``, and the marker that allows them."""

_WHOLE = re.compile(rf"^pytestmark = pytest\.mark\.({'|'.join(MARKERS)})", re.MULTILINE)

_heard: set[str] = set()
"""What happened of them since a pure test began."""


def mark(item: pytest.Item) -> None:
    """Give a test the markers of its folder and fixtures, or ``unit``."""
    found = set(_of_folders(item.path))
    found |= {FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in FIXTURES}
    for name in found:
        item.add_marker(name)
    if not any(item.get_closest_marker(name) for name in MARKERS):
        item.add_marker("unit")


@cache
def _of_folders(path: Path) -> frozenset[str]:
    here = Path(__file__).parent
    folders = path.relative_to(here).parts if path.is_relative_to(here) else ()
    return frozenset(FOLDERS[name] for name in folders if name in FOLDERS)


def has_none(path: Path) -> bool:
    """Whether nothing in a folder or file is pure, by its name or the mark of all its tests."""
    if path.name in FOLDERS:
        return True
    return path.suffix == ".py" and bool(_WHOLE.search(path.read_text("utf-8")))


@contextmanager
def watched(item: pytest.Item) -> Iterator[None]:
    """Make a pure test fail that is not pure. It runs to its end first: a server may need that."""
    _heard.clear()
    yield
    if _heard and item.get_closest_marker("unit"):
        events = ", ".join(sorted(_heard))
        marker = EVENTS[min(_heard)]
        pytest.fail(f"no pure test: {events}; mark it with `{marker}`", pytrace=False)


def hear(event: str, _arguments: object) -> None:
    """Hear an audit event, in whatever thread."""
    if event in EVENTS:
        _heard.add(event)


def start() -> None:
    sys.addaudithook(hear)

"""This program as far as results of reading depend on it: a result of another one is not reused."""

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from reconciler import __version__

_FORMAT = 4
_CODE = ("config", "engine", "kinds", "lint", "model", "schema", "text", "yamledit")
"""The folders of this program on which the result of reading a file depends."""
_LIBRARIES = ("pydantic", "pydantic_core", "ruamel", "_ruamel_yaml")
"""Modules of the libraries that read. They are looked for, not imported: that takes long."""


@cache
def identity() -> str:
    """A digest of this program, of Python and of the installed packages."""
    found = (_FORMAT, __version__, sys.version, [*_packages()], sorted(_code()))
    return digest(repr(found))


def digest(*parts: str | bytes) -> str:
    """The digest of texts and contents of files, one after the other."""
    made = hashlib.sha256()
    for one in parts:
        made.update(one.encode("utf-8", "surrogatepass") if isinstance(one, str) else one)
    return made.hexdigest()


def _code() -> Iterator[tuple[str, int, int]]:
    """The files of this program, with size and time: a checkout may change without its version."""
    top = Path(__file__).parent.parent
    for folder in (next(os.walk(top)), *(one for name in _CODE for one in os.walk(top / name))):
        for name in folder[2]:
            if not name.endswith(".pyc"):
                stamp = os.stat(f"{folder[0]}/{name}")  # noqa: PTH116 - two hundred files
                yield name, stamp.st_size, stamp.st_mtime_ns


def _packages() -> Iterator[tuple[str, bool, list[str]]]:
    """Every package, with its version, in the folders that the libraries are installed in."""
    for name in _LIBRARIES:
        spec = find_spec(name)
        places = spec.submodule_search_locations or [spec.origin or ""] if spec else []
        for folder in {os.path.dirname(one) for one in places}:  # noqa: PTH120 - as above
            names = os.listdir(folder or ".")  # noqa: PTH208 - as above
            yield name, bool(spec), sorted(one for one in names if one.endswith(".dist-info"))

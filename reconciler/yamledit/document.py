"""A YAML file: its name, its text and its data, and where each value is; parses nothing.

What was read in an earlier run is a document too, so that this imports no parser.
"""

import math
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler import plain
from reconciler.errors import Problem, why
from reconciler.jsonvalues import Json
from reconciler.late import cached_property, dataclass
from reconciler.yamledit import pointers

if TYPE_CHECKING:
    from reconciler.yamledit.graph import Graph
    from reconciler.yamledit.quick import Spot

MOST_BYTES = 1_000_000
"""The largest file that is read: an agent with its prompt is about 10 KB."""

Path_ = tuple[str | int, ...]

Read = Callable[[Path, str], str]
"""Returns a file's text, given its path and its name for people; see ``read_text``."""


class YamlFileError(Exception):
    """A file that is not usable YAML; has the problem to show."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class Document:
    """A parsed file: its name for people, its text and its data."""

    name: str
    text: str
    data: Json
    places: "Spot | None" = field(default=None, repr=False, compare=False)
    """The places of values, if the parse kept them."""
    usual: bool = field(default=False, repr=False, compare=False)
    """Whether the parse saw that all keys are texts and all numbers are written as JSON does."""

    @cached_property
    def _graph(self) -> "Graph":
        """The text's node graph, made if a place is asked for that the parse did not keep."""
        from reconciler.yamledit.graph import Graph  # noqa: PLC0415 - ruamel

        return Graph(self.text)

    def line(self, path: Path_) -> int:
        """The line of a key or item, or of the nearest existing one above it; from 1."""
        line = self.places.nearest(path).line if self.places else self._graph.line(path)
        return self._graph.row(line)

    def bare(self, path: Path_) -> str:
        """A value without quotes as written; empty if there is none."""
        if self.places:
            spot = self._spot(path)
            return spot.text if spot else ""
        return self._graph.bare(path)

    def is_quoted(self, path: Path_) -> bool:
        """Whether a value is a quoted text."""
        if self.places:
            spot = self._spot(path)
            return bool(spot and spot.quoted)
        return self._graph.is_quoted(path)

    def _spot(self, path: Path_) -> "Spot | None":
        spot = self.places
        for step in path:
            spot = spot and spot.child(step)
        return spot

    def problem(self, path: Path_, message: str, **more: Any) -> Problem:
        """A mistake at a place in this file."""
        field = ".".join(map(str, path))
        return Problem(file=self.name, line=self.line(path), field=field, message=message, **more)


def read_text(path: Path, name: str) -> str:
    """Read a text file as UTF-8 with LF line ends and without a byte order mark."""
    return decoded(read_bytes(path, name), path, name)


def read_bytes(path: Path, name: str) -> bytes:
    """Read a text file as it is."""
    try:
        return plain.read(path, MOST_BYTES)
    except plain.TooLargeError as error:
        raise _too_large(name, error.size) from error
    except OSError as error:
        raise unusable(name, f"cannot be read: {why(error)}") from error


def decoded(data: bytes, path: Path, name: str) -> str:
    """Decode the content of a file, as ``read_text`` does."""
    text = text_of(data, name)
    if pointers.is_path(text, path):
        hint = "check it out with symbolic links (git config core.symlinks true), or copy the file"
        message = "holds only the path of another file, as git writes a link that it cannot make"
        raise unusable(name, message, hint=hint)
    return text


def _too_large(name: str, size: int) -> YamlFileError:
    found = f"{size / 1e6:.1f} MB"
    return unusable(name, "is too large", found=found, allowed="at most 1 MB")


def text_of(data: bytes, name: str) -> str:
    """Decode a file's bytes, as ``read_text`` does."""
    if len(data) > MOST_BYTES:
        raise _too_large(name, len(data))
    try:
        text = data.removeprefix(BOM_UTF8).decode()  # `utf-8-sig` is slow
        text = text.replace("\r\n", "\n") if b"\r" in data else text
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise unusable(name, "is not UTF-8 text", line=line, hint="save it as UTF-8") from error
    elsewhere = pointers.stored_elsewhere(text)
    if elsewhere:
        hint = "fetch it: git lfs pull; in CI, check out with LFS"
        raise unusable(name, elsewhere, hint=hint)
    return text


def unusable(name: str, message: str, **more: Any) -> YamlFileError:
    """Why a file cannot be used."""
    return YamlFileError(Problem(file=name, message=message, **more))


def not_json(value: Json, path: Path_ = ()) -> list[tuple[Path_, str]]:
    """Places of values that YAML has and JSON does not: dates, sets, keys that are not text."""
    if isinstance(value, dict):
        odd = [
            ((*path, str(key)), f"the key `{key}` is not text")
            for key in value
            if not isinstance(key, str)
        ]
        return odd + [found for key, v in value.items() for found in not_json(v, (*path, key))]
    if isinstance(value, list):
        return [found for i, v in enumerate(value) for found in not_json(v, (*path, i))]
    if isinstance(value, float) and not math.isfinite(value):
        return [(path, "this value is not a finite number")]
    if value is None or isinstance(value, str | bool | int | float):
        return []
    return [(path, f"this value is read as a {type(value).__name__}, not as text")]

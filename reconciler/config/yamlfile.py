"""YAML files in and out of Python. ruamel.yaml lives here.

Files are read with ruamel's C parser (the pure one is eight times slower); places of mistakes
are looked up afterwards, and only where there is one, from the text's node graph.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from reconciler.errors import Problem
from reconciler.model import Json

MOST_BYTES = 1_000_000
"""The largest file that is read: an agent with its prompt inside is some 10 KB."""

_MOST_NODES = 100_000
_DEEPEST = 50

Path_ = tuple[str | int, ...]


class YamlFileError(Exception):
    """A file that is no usable YAML; carries the problem to show."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class Document:
    """A parsed file: its name as people know it, its text and its data."""

    name: str
    text: str
    data: Json

    def line(self, path: Path_) -> int:
        """The line of a key or item, or of the nearest one above it that exists; from 1."""
        try:
            node = _safe().compose(self.text)
        except YAMLError:
            return 0
        return _line(node, path)


def _safe() -> YAML:
    return YAML(typ="safe", pure=False)


def parser_name() -> str:
    """The class that parses: the C one, unless its package is missing."""
    return str(_safe().Parser.__name__)


def read_text(path: Path, name: str) -> str:
    """A text file as UTF-8 with LF line ends and without a byte order mark."""
    try:
        if path.stat().st_size > MOST_BYTES:
            size = f"{path.stat().st_size / 1e6:.1f} MB"
            raise _unusable(name, "the file is too large", found=size, allowed="at most 1 MB")
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _unusable(name, f"cannot be read: {reason.lower()}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _unusable(name, "is not UTF-8 text", line=line, hint="save it as UTF-8") from error


def load(path: Path, name: str) -> Document:
    """A file's one document. Raises YamlFileError with place and reason, never with content."""
    text = read_text(path, name)
    try:
        data = _safe().load(text)
    except DuplicateKeyError as error:
        raise _marked(name, error, f"the key `{_key_at(text, error)}` stands twice") from error
    except MarkedYAMLError as error:
        raise _marked(name, error, _complaint(text, error)) from error
    except (YAMLError, ValueError) as error:
        raise _unusable(name, "is not YAML: a character that YAML does not allow") from error
    except RecursionError as error:
        raise _unusable(name, "is nested too deep", allowed=f"at most {_DEEPEST} levels") from error
    fault = _fault(data, 0, [_MOST_NODES])
    if fault:
        raise _unusable(name, fault, hint="aliases (`*name`) may not multiply or loop")
    return Document(name, text, data)


def _mark_line(text: str, error: MarkedYAMLError) -> str:
    """The source line of a mistake: to look at, never to quote, for it may hold a secret."""
    lines = text.split("\n")
    mark = error.problem_mark
    return lines[mark.line] if mark and mark.line < len(lines) else ""


def _key_at(text: str, error: MarkedYAMLError) -> str:
    line = _mark_line(text, error)[error.problem_mark.column :]
    return line.partition(":")[0].strip("\"' ")


def _complaint(text: str, error: MarkedYAMLError) -> str:
    if _mark_line(text, error).lstrip(" ").startswith("\t"):
        return "is not YAML: a tab, where only spaces may indent"
    problem = str(error.problem or "it cannot be parsed").removeprefix("but ")
    return f"is not YAML: {problem}"


def _marked(name: str, error: MarkedYAMLError, message: str) -> YamlFileError:
    mark = error.problem_mark or error.context_mark
    return _unusable(name, message, line=mark.line + 1 if mark else 0)


def _unusable(name: str, message: str, **more: Any) -> YamlFileError:
    return YamlFileError(Problem(file=name, message=message, **more))


def _fault(value: Json, depth: int, left: list[int]) -> str:
    """Why a parsed value cannot be JSON of reasonable size; empty where it can."""
    left[0] -= 1
    if left[0] < 0 or depth > _DEEPEST:
        return "holds more values than an agent can have"
    children: list[Json] = []
    if isinstance(value, dict):
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    return next(filter(None, (_fault(child, depth + 1, left) for child in children)), "")


def not_json(value: Json, path: Path_ = ()) -> list[tuple[Path_, str]]:
    """Places of values that YAML knows and JSON does not: dates, sets, other keys than text."""
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


def _line(node: Node | None, path: Path_) -> int:
    """The line of a path in a node graph, from 1; 0 for an empty document."""
    if node is None:
        return 0
    line = int(node.start_mark.line) + 1
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        mark, node = found
        line = int(mark.start_mark.line) + 1
    return line


def _child(node: Node, step: str | int) -> tuple[Node, Node] | None:
    """The node whose line names a child, and the child itself."""
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None

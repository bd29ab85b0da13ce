"""Values of files as they are written, before references are resolved. Pure."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.config.agentfile import AgentFile
from reconciler.config.references import is_reference
from reconciler.jsonvalues import MISSING, Json
from reconciler.yamledit.document import Path_


def at(tree: Json, path: Path_) -> Json:
    """The raw value at a path; ``MISSING`` if the path ends in a reference or nothing."""
    for step in path:
        if is_reference(tree) or not has(tree, step):
            return MISSING
        tree = tree[step]
    return tree


def has(tree: Json, step: str | int) -> bool:
    """Whether a step leads into a value."""
    if isinstance(tree, list):
        return isinstance(step, int) and 0 <= step < len(tree)
    return isinstance(tree, Mapping) and step in tree


def listed(target: Json) -> str:
    """The files of a reference, as written."""
    return f"[{', '.join(map(str, target))}]" if isinstance(target, list) else str(target)


def is_plain(value: Json) -> bool:
    """Whether a value is a mapping of its own, and no reference."""
    return isinstance(value, dict) and not is_reference(value)


def texts_of(file: AgentFile) -> Iterator[Path]:
    """The files that an agent's file refers to, in any environment."""
    waiting = [file.document.data]
    while waiting:
        value = waiting.pop()
        if is_reference(value) and "$file" in value:
            names = value["$file"] if isinstance(value["$file"], list) else [value["$file"]]
            yield from (file.folder / name for name in names if isinstance(name, str))
        elif isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value

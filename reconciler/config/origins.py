"""Where a text was written: the file, and the line in it.

A text may be in the agent's YAML file, in one Markdown file or in several. If the exact line is
unknown, it is that of the key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile

from reconciler.config.references import Scope, Trouble, is_reference
from reconciler.config.template import SEAM
from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.late import pattern
from reconciler.yamledit.document import Document, Path_

_WORD = pattern("[^ \t\n]+")
_BREAK = pattern("[\r\n]")
_QUOTES = "\"',"
_AHEAD = 50
"""Words that may be between a key and its text: a block's header with a comment, a tag."""


def raw(spec: Json, path: Path_) -> Json:
    """The written value at a path, or the reference above it that provides it."""
    for step in path:
        if is_reference(spec):
            break
        spec = spec[step]
    return spec


def of_filled(
    scope: Scope, document: Document, place: Path_, written: Json, offset: int | None
) -> tuple[str, int]:
    """The file and line of a character of a text whose variables were filled in.

    ``written`` is what the document has at ``place``.
    """
    if offset is not None and _is_file(written):
        offset = scope.written_at(SEAM.join(_parts(scope, written["$file"])), offset)
    elif offset is not None and isinstance(written, str):
        offset = scope.written_at(written, offset)
    return of_written(scope, document, place, written, offset)


def of_written(
    scope: Scope, document: Document, place: Path_, written: Json, at: int | None
) -> tuple[str, int]:
    """The file and line of a character of a text as written, its files joined."""
    if at is not None and _is_file(written):
        return _in_files(scope, written["$file"], at)
    line = document.line(place)
    if at is not None and isinstance(written, str):
        line = _line_of(document, line, written, at)
    return document.name, line


def problem(
    trouble: Trouble, scope: Scope, document: Document, place: Path_, written: Json, found: str
) -> Problem:
    """The problem of a reference, located at the reference."""
    file, line = of_written(scope, document, place, written, trouble.at)
    return Problem(
        file=file,
        line=line,
        field=".".join(map(str, place)),
        message=trouble.message,
        found=found,
        allowed=trouble.allowed,
        hint=trouble.hint,
        warning=trouble.warning,
        rule=trouble.rule,
    )


def _is_file(written: Json) -> bool:
    return is_reference(written) and "$file" in written


def _parts(scope: Scope, target: Json) -> list[str]:
    names = target if isinstance(target, list) else [target]
    return replace(scope, troubles=[]).parts(names, ())


def _in_files(scope: Scope, target: Json, at: int) -> tuple[str, int]:
    """The file of a reference, and the line in it, for an offset in its joined texts."""
    names = target if isinstance(target, list) else [target]
    parts = _parts(scope, target)
    name, part = names[0], parts[0]
    for name, part in zip(names, parts, strict=True):  # noqa: B007 - where it ends is the result
        if at < len(part) + len(SEAM):
            break
        at -= len(part) + len(SEAM)
    path = (scope.folder / name).resolve().relative_to(scope.root.resolve())
    return path.as_posix(), part.count("\n", 0, at) + 1


def _value_lines(lines: Sequence[str]) -> Iterator[str]:
    """The line of a key or item, and the deeper lines that belong to it."""
    first, *rest = lines
    yield first
    depth = len(first) - len(first.lstrip())
    deeper = takewhile(lambda one: not one.strip() or len(one) - len(one.lstrip()) > depth, rest)
    yield from deeper


def _line_of(document: Document, line: int, raw: str, at: int) -> int:
    """The line of a character of a text in YAML, at or below its key's line.

    Words are counted, since folding, indentation and wrapping do not change them. If the file has
    other words, as with escapes in quotes, it is the key's line.
    """
    below = "\n".join(_value_lines(_BREAK.split(document.text)[line - 1 :]))
    words = [word.strip(_QUOTES) for word in _WORD.findall(raw)]
    source = list(islice(_WORD.finditer(below), _AHEAD + len(words)))
    said = [word.group().strip(_QUOTES) for word in source]
    number = max(0, len(_WORD.findall(raw[: at + 1])) - 1)
    for start in range(min(_AHEAD, len(said) - len(words) + 1)):
        if words and said[start : start + len(words)] == words:
            return line + below.count("\n", 0, source[start + number].start())
    return line

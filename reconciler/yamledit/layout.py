"""The white space of YAML files, as `fmt` normalises it. Never values, comments or order. Pure.

Line ends become LF; the byte order mark, trailing blanks and repeated blank lines are removed, and
the file ends with one newline. The inside of texts is left alone.
"""

from reconciler.yamledit.document import YamlFileError
from reconciler.yamledit.places import NotYamlError, tree
from reconciler.yamledit.reading import loads

_BOM = "\ufeff"
_ROUNDS = 3


def tidied(text: str, name: str) -> str:
    """Normalise a file's white space. Raises YamlFileError if it is not YAML."""
    plain = text.removeprefix(_BOM).replace("\r\n", "\n")
    before = loads(plain, name).data
    tidy = plain
    for _ in range(_ROUNDS):  # a removal can expose more
        tidy = _tidied(tidy.removeprefix(_BOM).replace("\r\n", "\n"))
    try:
        return tidy if loads(tidy, name).data == before else plain
    except YamlFileError:
        return plain


def _tidied(text: str) -> str:
    inside = _lines_inside_texts(text)
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        if number in inside:
            lines.append(line)
            continue
        bare = line.rstrip(" \t")
        if bare or (lines and lines[-1]):
            lines.append(bare)
    body = "\n".join(lines)
    return body if max(inside, default=-1) >= text.count("\n") - 1 else body.rstrip("\n") + "\n"


def _lines_inside_texts(text: str) -> set[int]:
    """The lines, from 0, that are wholly or partly inside a text of several lines."""
    try:
        nodes = tree(text).nodes
    except NotYamlError:
        return set(range(text.count("\n") + 1))
    found: set[int] = set()
    for node in nodes:
        if node.kind == "scalar":
            first, last = text.count("\n", 0, node.start), text.count("\n", 0, node.end)
            found |= set(range(first, last + 1)) if last > first else set()
    return found

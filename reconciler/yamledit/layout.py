"""The white space of YAML files: what `fmt` settles. No value, comment or order ever moves. Pure.

Line ends become LF, a byte order mark goes, no line ends in blanks, no two blank lines follow
each other, and the file ends in one line end. What stands inside a text is left alone.
"""

from reconciler.yamledit.places import NotYamlError, tree
from reconciler.yamledit.reading import YamlFileError, loads

_BOM = "\ufeff"
_ROUNDS = 3


def tidied(text: str, name: str) -> str:
    """The same file with its white space settled. Raises YamlFileError where it is no YAML."""
    plain = text.removeprefix(_BOM).replace("\r\n", "\n")
    before = loads(plain, name).data
    tidy = plain
    for _ in range(_ROUNDS):  # what is taken off can lay bare more of it
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
    """The lines, from 0, that lie wholly or partly in a text of several lines."""
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

"""The node graph of a YAML text, with ruamel.yaml: where values are, and how they are written."""

from collections.abc import Callable
from functools import cached_property
from itertools import islice

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from reconciler.jsonvalues import Json
from reconciler.yamledit import complaints
from reconciler.yamledit.document import Path_
from reconciler.yamledit.quick import safe

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What ruamel's constructors raise for a value such as ``2025-02-30`` or ``!!bool maybe``."""


class Graph:
    """The nodes of a text; none if it is not YAML."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _root(self) -> Node | None:
        try:
            root: Node | None = with_either(self._text, lambda yaml: yaml.compose(self._text))
        except YAMLError:
            return None
        return root

    def line(self, path: Path_) -> int:
        """The line, as the parser counts, of a key or item or of the nearest one above it."""
        return _line(self._root, path)

    def row(self, line: int) -> int:
        """The parser's line as an editor counts; see ``row``."""
        return row(self._text, line) if self._has_odd_breaks else line

    @cached_property
    def _has_odd_breaks(self) -> bool:
        """Whether the parser and an editor count lines differently."""
        return any(one in self._text for one in complaints.ODD_BREAKS)

    def bare(self, path: Path_) -> str:
        """A value without quotes as written; empty if there is none."""
        node = self._scalar(path)
        return str(node.value) if node and not node.style else ""

    def is_quoted(self, path: Path_) -> bool:
        """Whether a value is a quoted text."""
        node = self._scalar(path)
        return bool(node and node.style in ("'", '"'))

    def _scalar(self, path: Path_) -> ScalarNode | None:
        node = self._root
        for step in path:
            node = node and _valued(node, step)
        return node if isinstance(node, ScalarNode) else None


def with_either(text: str, work: Callable[[YAML], Json]) -> Json:
    """The C parser's result for a text, or the pure parser's if the C one is too strict.

    libyaml rejects a plain ``https://…`` or ``who?`` inside braces and brackets, which YAML 1.2
    allows.
    """
    try:
        return work(safe())
    except MarkedYAMLError as error:
        if "unexpected ':'" not in str(error.problem) and not complaints.is_question(text, error):
            raise
        try:
            return work(safe(pure=True))
        except (YAMLError, RecursionError, *UNREADABLE) as other:
            raise error from other


def row(text: str, line: int) -> int:
    """Convert the parser's line number, from 1, to an editor's; 0 stays 0."""
    breaks = islice(complaints.BREAKS.finditer(text), max(0, line - 1))
    return line and 1 + sum(found.group() in ("\r\n", "\n", "\r") for found in breaks)


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


def _valued(node: Node, step: str | int) -> Node | None:
    """The value of a child, even if it comes from a merge key (`<<`)."""
    found = _child(node, step)
    if found or not isinstance(node, MappingNode):
        return found[1] if found else None
    lent = [value for key, value in node.value if key.tag.endswith(":merge")]
    sources = [one for value in lent for one in (value.value if _is_list(value) else [value])]
    return next(filter(None, (_valued(one, step) for one in sources)), None)


def _is_list(node: Node) -> bool:
    return isinstance(node, SequenceNode)


def _child(node: Node, step: str | int) -> tuple[Node, Node] | None:
    """The node whose line names a child, and the child itself."""
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None

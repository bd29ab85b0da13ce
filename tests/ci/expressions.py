"""The expressions of GitHub's workflows, as far as ours use them; anything else raises.

``Scope`` holds what an expression can read: contexts by name, and functions. A property that a
context does not have is an error if GitHub's linters would report it (``inputs``, ``steps``,
``needs``, ``github``), and empty if it depends on the event (``github.event``, ``secrets``).
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?: (?P<text>'(?:[^']|'')*') | (?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)
      | (?P<sign>\|\||&&|==|!=|!|\(|\)|,) )""",
    re.VERBOSE,
)
_EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORDS = {"true": "True", "false": "False", "null": "None"}
_SIGNS = {"&&": " and ", "||": " or ", "!": "~"}  # of Python, in the same order of precedence
STATUS = ("always", "success", "failure", "cancelled")
_STRICT = ("inputs", "steps", "needs", "github", "runner")


class UnknownError(Exception):
    """An expression that this reader does not know: extend the reader, do not guess."""


@dataclass
class Scope:
    """What expressions see."""

    contexts: Mapping[str, Any]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def text(self, value: Any) -> str:
        """A value of a workflow file, with its expressions filled in, as text."""
        if not isinstance(value, str):
            return shown(value)
        return _EMBEDDED.sub(lambda found: shown(self.evaluate(found[1])), value)

    def value(self, value: Any) -> Any:
        """Like `text`, but a text that is a single expression keeps its type."""
        if not isinstance(value, str):
            return value
        whole = _EMBEDDED.fullmatch(value)
        return self.evaluate(whole[1]) if whole and "}}" not in whole[1] else self.text(value)

    def condition(self, value: Any) -> bool:
        """Whether an ``if:`` holds; without a status function it means success too."""
        written = str(value) if value is not None else "success()"
        whole = _EMBEDDED.fullmatch(written.strip())
        source = whole[1] if whole else written
        asks = any(re.search(rf"\b{name}\s*\(", source) for name in STATUS)
        return truthy(self.evaluate(source if asks else f"success() && ({source})"))

    def evaluate(self, source: str) -> Any:
        """The value of one expression."""
        try:
            return self._value(ast.parse("".join(_python(source)).strip(), mode="eval").body)
        except SyntaxError as error:
            raise UnknownError(source) from error

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.BoolOp(op=op, values=values):
                value = None
                for one in values:
                    value = self._value(one)
                    if truthy(value) is isinstance(op, ast.Or):
                        break
                return value
            case ast.UnaryOp(op=ast.Invert(), operand=one):
                return not truthy(self._value(one))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _equal(self._value(left), self._value(right)) is isinstance(op, ast.Eq)
            case ast.Call(func=ast.Name(id="at"), args=[ast.Constant(value=path)]):
                return self._at(*path.split("."))
            case ast.Call(func=ast.Name(id=name), args=given) if name in self.functions:
                return self.functions[name](*map(self._value, given))
        raise UnknownError(ast.unparse(node))

    def _at(self, context: str, *names: str) -> Any:
        if context not in self.contexts:
            raise UnknownError(f"{context} is no context here")
        value = self.contexts[context]
        for at, name in enumerate(names):
            if not at and context in _STRICT and name not in value:
                raise UnknownError(f"{context} has no {name}")
            value = (value or {}).get(name)
        return value


def shown(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    raise UnknownError(f"{value!r} as text")


def truthy(value: Any) -> bool:
    return value not in ("", 0, None, False)


def _python(source: str) -> Iterator[str]:
    """The expression in Python: contexts are calls of ``at``, texts are in brackets."""
    place = 0
    while place < len(source.rstrip()):
        found = _TOKEN.match(source, place)
        if found is None:
            raise UnknownError(f"{source!r} at {source[place:]!r}")
        place = found.end()
        word = found[found.lastgroup or 0]
        if found.lastgroup == "text":
            text = word[1:-1].replace("''", "'")
            yield f"({text!r})"
        elif found.lastgroup == "sign":
            yield _SIGNS.get(word, word)
        elif source[place : place + 1] == "(":
            yield word
        else:
            yield _WORDS.get(word, f"at({word!r})")


def _equal(one: Any, other: Any) -> bool:
    """GitHub's loose equality: texts without case, other pairs as numbers."""
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    if type(one) is type(other):
        return bool(one == other)
    return _number(one) == _number(other)


def _number(value: Any) -> float:
    if isinstance(value, str):
        try:
            return float(value or 0)
        except ValueError:
            return float("nan")
    if value is None or isinstance(value, bool | int):
        return float(value or 0)
    raise UnknownError(f"{value!r} compared")

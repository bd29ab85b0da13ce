"""The expressions of GitHub's workflows, as far as ours use them; anything else raises.

``Scope`` holds what an expression may see: contexts by name, and functions. A property that a
context does not have is an error where GitHub's linters would call it one (``inputs``, ``steps``,
``needs``, ``github``), and empty where it is a matter of the event (``github.event``, ``secrets``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?: (?P<text>'(?:[^']|'')*') | (?P<name>[A-Za-z_][\w-]*)
      | (?P<sign>\|\||&&|==|!=|!|\(|\)|,|\.|\*) )""",
    re.VERBOSE,
)
_EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
STATUS = ("always", "success", "failure", "cancelled")
_STRICT = ("inputs", "steps", "needs", "github", "runner", "matrix", "jobs")


class UnknownError(Exception):
    """An expression that this reader does not know: it must be taught, not guessed."""


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
        """The same, but what is one expression alone keeps its type."""
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
        reader = _Reader(self, list(_tokens(source)))
        value = reader.either()
        if reader.rest:
            raise UnknownError(f"{source!r}: {reader.rest[0]} is not expected")
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


def _tokens(source: str) -> Any:
    place = 0
    while place < len(source.rstrip()):
        found = _TOKEN.match(source, place)
        if found is None:
            raise UnknownError(f"{source!r} at {source[place:]!r}")
        place = found.end()
        yield found.lastgroup, found[found.lastgroup or 0]


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


@dataclass
class _Reader:
    """A reader of tokens, from the weakest operator to the strongest."""

    scope: Scope
    rest: list[tuple[str, str]]

    def take(self, sign: str) -> bool:
        if self.rest and self.rest[0] == ("sign", sign):
            self.rest.pop(0)
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise UnknownError(f"{sign} is expected before {self.rest[:1]}")

    def either(self) -> Any:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if truthy(value) else other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.take("&&"):
            other = self.compared()
            value = other if truthy(value) else value
        return value

    def compared(self) -> Any:
        value = self.negated()
        if self.take("=="):
            return _equal(value, self.negated())
        if self.take("!="):
            return not _equal(value, self.negated())
        return value

    def negated(self) -> Any:
        return not truthy(self.negated()) if self.take("!") else self.single()

    def single(self) -> Any:
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        if not self.rest:
            raise UnknownError("the expression ends too early")
        kind, word = self.rest.pop(0)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "name" and self.take("("):
            return self.called(word)
        if kind == "name" and word in _WORDS:
            return _WORDS[word]
        if kind != "name" or word not in self.scope.contexts:
            raise UnknownError(f"{word} is no context here")
        return self.within(word)

    def called(self, name: str) -> Any:
        if name not in self.scope.functions:
            raise UnknownError(f"the function {name}")
        given = []
        while not self.take(")"):
            given.append(self.either())
            self.take(",")
        return self.scope.functions[name](*given)

    def within(self, context: str) -> Any:
        value, path = self.scope.contexts[context], context
        while self.take("."):
            if self.take("*"):
                value = list(value.values())
                continue
            _, name = self.rest.pop(0)
            if isinstance(value, list):
                value = [item[name] for item in value]
                continue
            strict = context in _STRICT and not path.startswith("github.event.")
            if strict and path == context and name not in value:
                raise UnknownError(f"{path} has no {name}")
            value, path = (value or {}).get(name), f"{path}.{name}"
        return value

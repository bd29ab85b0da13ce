"""The variables that a Jinja text uses. Pure, in one pass; the text is not rendered.

Flows of v2 agents write ``{{ name }}``, ``{{ name || words }}`` for a fallback, and Jinja2.
"""

from collections.abc import Iterator
from functools import lru_cache

from reconciler.late import dataclass, pattern

_PART = pattern(
    r"\{\{(?P<value>(?:[^{}]|\}(?!\}))*+)\}\}"
    r"|\{%(?P<command>(?:[^{%]|%(?!\}))*+)%\}"
    r"|\{#(?:[^#{]|#(?!\})|\{(?!#))*+#\}"
)
"""One alternative for each kind; none is tried beyond the next opening brace of its kind."""
_LETTER = "[\\w\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed]"
_TOKEN = pattern(
    r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'"
    rf"|(?P<name>[^\W\d]{_LETTER}*+(?:-[^\W\d]{_LETTER}*+)*+)|\d[\w.]*+|\|\||[=!<>]=|\S"
)
_WORD = pattern(r"[-+\s]*([a-z]+)")
_SIGN = pattern(r"[][()|+*/%~=<>!,:\"']|\b(?:and|or|not|in|is|if)\b|\s[-+]\s")
"""What tells an expression from a name, and from two."""
_SIGNS = frozenset(".,|()[]{}:+-*/%~=<>0123456789")
_BETWEEN = frozenset({"and", "or", "not", "in", "is", "if", "else"})
_WORDS = _BETWEEN | {
    *("elif", "true", "false", "none", "True", "False", "None", "recursive", "loop", "this"),
    *("ignore", "missing", "with", "without", "context", "import", "as"),
}
"""Words of the language, and the names that loops set."""
_OTHERS = frozenset({"/", ">", "^", "!", "&"})
"""First characters of Handlebars, in which `#` begins a block."""
_SOFT = pattern(r"\|\|\s*|\|\s*(?:default|d)\b|\bis\s+(?:not\s+)?(?:defined|none)\b|\sif\s")


@dataclass(frozen=True)
class Use:
    """A variable in a text, and the offset of its braces.

    It is ``sure`` unless the text has words for the case that the variable is not set.
    """

    offset: int
    name: str
    sure: bool


@dataclass
class _Found:
    uses: list[Use]
    bound: set[str]
    tested: set[str]


@lru_cache(maxsize=4096)
def used(text: str) -> tuple[Use, ...]:
    """The variables of a text in order, except those that it sets by itself.

    A variable that the text tests is not ``sure`` anywhere in it.

    >>> [(one.name, one.sure) for one in used("{% for a in b %}{{ a.c }}{% endfor %}{{ d || e }}")]
    [('b', True), ('d', False)]
    """
    if "{{" not in text and "{%" not in text:
        return ()
    found = _Found([], set(), set())
    raw = False
    for part in _PART.finditer(text):
        command = part["command"]
        word = _first_word(command) if command is not None else ""
        raw = word == "raw" or (raw and word != "endraw")
        if raw:
            continue
        if part["value"] is not None:
            _value(part.start(), part["value"], found)
        elif command is not None:
            _command(part.start(), word, command.strip("-+ \t\r\n"), found)
    return tuple(
        Use(one.offset, one.name, one.sure and one.name not in found.tested)
        for one in found.uses
        if one.name not in found.bound
    )


def _first_word(command: str) -> str:
    found = _WORD.match(command)
    return found[1] if found else ""


def _value(offset: int, inside: str, found: _Found) -> None:
    """The names between two braces; none if they are no expression of Jinja."""
    expression = inside.strip("-+ \t\r\n")
    if expression[:1] == "#":
        found.tested |= {*_names(expression[1:])}
    elif expression[:1] not in _OTHERS and not _is_prose(expression):
        sure = not _SOFT.search(expression)
        found.uses += [Use(offset, name, sure) for name in _names(expression)]


def _is_prose(expression: str) -> bool:
    """Whether two names follow each other in front of a fallback, or a sign is foreign to Jinja."""
    before = ""
    for token in _TOKEN.finditer(expression):
        name = token["name"] or ""
        if token[0] == "||":
            return False
        if name and before and not {name, before} & _BETWEEN:
            return True
        if not name and len(token[0]) == 1 and token[0] not in _SIGNS:
            return True
        before = name
    return False


def is_one(inside: str) -> bool:
    """Whether the text between two braces is an expression of Jinja, with or without a fallback."""
    expression = inside.strip("-+ \t\r\n")
    return bool(expression) and not _is_prose(expression) and bool(_SIGN.search(expression))


def _command(offset: int, word: str, command: str, found: _Found) -> None:
    rest = command[len(word) :]
    match word:
        case "if" | "elif":
            found.tested |= {*_names(rest)}
            found.uses += [Use(offset, name, sure=False) for name in _names(rest)]
        case "for":
            names, _, source = rest.partition(" in ")
            found.bound |= {*_names(names)}
            found.uses += [Use(offset, name, not _SOFT.search(source)) for name in _names(source)]
        case "set" | "with":
            names, _, source = rest.partition("=")
            found.bound |= {*_names(names)}
            found.uses += [Use(offset, name, not _SOFT.search(source)) for name in _names(source)]
        case "macro":
            found.bound |= {*_names(rest.partition("(")[2])}


def _names(expression: str) -> Iterator[str]:
    """The variables of an expression: no attributes, filters, tests, functions or keywords."""
    tokens = [*_TOKEN.finditer(expression)]
    before = ["", ""]
    for number, token in enumerate(tokens):
        if token[0] == "||":
            return
        after = tokens[number + 1][0] if number + 1 < len(tokens) else ""
        name = token["name"]
        called = before[1] in (".", "|") or before[1] == "is" or before == ["is", "not"]
        if name and name not in _WORDS and not called and after not in ("(", "="):
            yield name
        before = [before[1], token[0]]

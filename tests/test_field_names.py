"""The names of API fields appear only in `kinds/` and in the sandbox."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.kinds import registry

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).parent.parent / "reconciler"
FACTS = ("kinds", "sandbox")
ENGLISH = {
    *("type", "description", "icon", "name", "tools", "alignment", "params", "timezone"),
    *("id", "model", "provider", "temperature", "version", "voice", "conversation"),
    *("flow", "nodes", "message", "label", "reason", "tool", "more", "verbatim"),
    *("on_success", "on_failure", "next", "else", "parameters", "timeout", "outcome"),
}
"""Names of fields that are words of every program, or of ours."""


def names() -> set[str]:
    found = {name for kind in registry.kinds() for name in kind.names}
    found |= {path.rpartition(".")[2] for path in found}
    return found - ENGLISH


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module, docstrings left out, and the parameters that it passes by name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_no_other_module_names_a_field() -> None:
    fields = names()
    telling = {name for name in fields if re.search("[A-Z.]", name)}
    word = re.compile(r"(?<![\w.-])(?:" + "|".join(map(re.escape, telling)) + r")(?![\w-])")
    found = [
        f"{path.relative_to(PACKAGE)}:{line} {text!r:.60}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in FACTS
        for line, text in texts(path)
        if text in fields or word.search(text)
    ]
    assert found == []


def test_the_searched_names_are_those_of_the_api() -> None:
    assert {"greetingMessage", "preamble", "lang", "llmConfig.apiKey", "apiKey"} <= names()

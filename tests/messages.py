"""The messages of the code, read from its syntax: what a run may print when it fails or refuses.

``…`` replaces the values. Nothing is imported or run.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

GAP = "…"

_STOPS = frozenset({"ReconcilerError", "ApiError", "RefusedError", "PolicyError"})
"""What ends a run for another reason than the command line or mistakes in files."""

_REASONS = frozenset({"reason", "reasons"})
"""The names under which the engine keeps why an agent is blocked, or why a live edit stays."""

_PLACES = {"ended": 2, "stale": 1, "_blocked": 1}
"""What makes outcomes and blocked agents, and which of its arguments is the text."""

Scope = Mapping[str, Sequence[ast.expr]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Message:
    """A text and where it is created: ``engine/plan.py:101``."""

    text: str
    where: str


def texts(node: ast.expr | None, scope: Scope) -> list[str]:
    """Every text that an expression may be; ``scope`` has the expressions behind names."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(texts(part, {})[0] for part in parts)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(pair) for pair in product(texts(left, scope), texts(right, scope))]
        case ast.IfExp(body=body, orelse=other):
            return [*texts(body, scope), *texts(other, scope)]
        case ast.Name(id=name) if name in scope:
            outer = {known: value for known, value in scope.items() if known != name}
            return [text for value in scope[name] for text in texts(value, outer)]
        case _:
            return [GAP]


def normal(text: str) -> str:
    """A text with one gap where several meet, without those at its ends."""
    return re.sub(f"{GAP}+", GAP, text).strip(f"{GAP} ")


def said(root: Path) -> set[str]:
    """Every text of a package except docstrings."""
    nodes = (node for _, tree in _modules(root) for node in _without_docstrings(tree))
    found = (texts(node, {})[0] for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr))
    return {normal(text) for text in found} - {""}


def stops(root: Path) -> list[Message]:
    """Messages that end a run, refuse a plan, block an agent, or report an agent not written.

    These are the arguments of errors (except those of the command line and of files), refusals and
    outcomes, and every reason of the engine. A text that is only passed on is not listed, and the
    sandbox's messages are the API's.
    """
    found = set()
    for path, tree in _modules(root):
        name = path.relative_to(root).as_posix()
        for node, scope in () if name.startswith("sandbox/") else _scoped(tree):
            for value in _told(node, name, tree):
                where = f"{name}:{value.lineno}"
                found |= {Message(normal(text), where) for text in texts(value, scope)}
    return sorted(message for message in found if re.search(r"\w", message.text))


@cache
def _modules(root: Path) -> list[tuple[Path, ast.Module]]:
    paths = sorted(root.rglob("*.py"))
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _without_docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node except texts that are statements."""
    todo = [tree]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                yield child
                todo.append(child)


def _scoped(tree: ast.Module) -> Iterator[tuple[ast.AST, Scope]]:
    """Every node of every function, with what its names may be."""
    shared = _assigned(tree.body)
    for function in _functions(tree):
        nodes = list(ast.walk(function))
        scope = {**shared, **_assigned(nodes)}
        yield from ((node, scope) for node in nodes)


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in (one for one in nodes if isinstance(one, ast.Assign)):
        for target in node.targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for one, value in zip(target.elts, node.value.elts, strict=True):
                    if isinstance(one, ast.Name):
                        found.setdefault(one.id, []).append(value)
    return found


def _told(node: ast.AST, module: str, tree: ast.Module) -> Iterator[ast.expr]:
    """The expressions of a node that a user will read as a final message."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=more):
            named = {keyword.arg: keyword.value for keyword in more}
            if name in _STOPS and args:
                yield args[0]
            elif name == "Refusal" and "message" in named:
                yield named["message"]
            elif len(args) > _PLACES.get(name, len(args)) and not _is_done(args[0]):
                yield args[_PLACES[name]]
            elif {"status", "message"} <= named.keys() and not _is_done(named["status"]):
                yield named["message"]
            elif module.startswith("engine/") and "reason" in named:
                yield from _returned(named["reason"], tree)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if name in _REASONS and module.startswith("engine/"):
                yield from _returned(value, tree)


def _is_done(status: ast.expr) -> bool:
    return isinstance(status, ast.Attribute) and status.attr == "DONE"


def _returned(value: ast.expr, tree: ast.Module) -> Iterator[ast.expr]:
    """An expression, and what the functions of its module that it calls return."""
    yield value
    calls = (node.func for node in ast.walk(value) if isinstance(node, ast.Call))
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    for function in _functions(tree):
        if function.name in called:
            ends = (node for node in ast.walk(function) if isinstance(node, ast.Return))
            yield from (end.value for end in ends if end.value)

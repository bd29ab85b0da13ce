"""Problems of the project's files as SARIF 2.1.0, for GitHub's code scanning and others. Pure.

Texts are plain, as the format requires; but viewers interpret some Markdown in them, and GitHub may
put them into a comment. So `](` is split, and `@` and `<` are replaced by characters that look the
same. Braces are single as everywhere else, since no viewer undoubles those of a message without
arguments: a placeholder's name is what these messages are about.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reconciler.errors import Problem
from reconciler.lint import SET_OF, Rule
from reconciler.render.sanitize import one_line

MOST = 5_000
"""The number of results of a run that GitHub shows."""

MISTAKE = "config"
"""The rule of a problem that no lint rule found."""

FINGERPRINT = "reconciler/problem/v1"
"""Our own name: GitHub computes its own fingerprint from the line, and warns about any other."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ABOUT_MISTAKES = "Something in the project's files is wrong, or cannot be used"
_MEND_MISTAKES = "each mistake says what to do"
_LEVELS = {"off": "none", "warn": "warning", "error": "error"}
_QUIET = str.maketrans({"@": "＠", "<": "‹"})


def sarif(
    problems: Sequence[Problem], rules: Mapping[str, Rule], version: str, folder: str = ""
) -> dict[str, Any]:
    """One run with a result for each problem, errors before warnings, at most ``MOST``.

    ``version`` is the tool's, ``folder`` the project's in its repository, such as ``voice/``:
    viewers' paths are relative to the repository. The run's notification reports what is left out.
    """
    kept = sorted(problems, key=lambda problem: problem.warning)[:MOST]
    described = [*map(_rule, rules.values()), _mistake()]
    numbers = {rule["id"]: number for number, rule in enumerate(described)}
    driver = {"name": "reconciler", "version": version, "rules": described}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "results": list(_results(kept, numbers, folder)),
        "columnKind": "unicodeCodePoints",
    }
    if len(kept) < len(problems):
        run["invocations"] = [_cut(len(kept), len(problems))]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _mistake() -> dict[str, Any]:
    return {
        "id": MISTAKE,
        "shortDescription": _message(_ABOUT_MISTAKES),
        "fullDescription": _message(_ABOUT_MISTAKES),
        "help": _message(_MEND_MISTAKES),
        "defaultConfiguration": {"level": "error"},
    }


def _rule(rule: Rule) -> dict[str, Any]:
    more = f"reconciler validate --explain {rule.name} shows examples"
    return {
        "id": rule.name,
        "shortDescription": _message(rule.description),
        "fullDescription": _message(f"{rule.description}. {rule.why}."),
        "help": _message(f"{rule.help}. {more}"),
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"tags": [SET_OF[rule.name]]},
    }


def _results(
    problems: Sequence[Problem], numbers: Mapping[str, int], folder: str
) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for problem in problems:
        name = problem.rule or MISTAKE
        mark = _mark(problem)
        seen[mark] += 1
        yield {
            "ruleId": name,
            **({"ruleIndex": numbers[name]} if name in numbers else {}),
            "level": "warning" if problem.warning else "error",
            "message": _message(said(problem)),
            "locations": [_location(problem, folder)],
            "partialFingerprints": {FINGERPRINT: f"{mark}:{seen[mark]}"},
        }


def _mark(problem: Problem) -> str:
    """Stable when lines move; the same problem elsewhere in the file has it too."""
    told = "\0".join((problem.rule or MISTAKE, problem.file, problem.field, problem.message))
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:32]


def said(problem: Problem) -> str:
    """Everything known of a problem, in one paragraph: viewers start with a sentence."""
    more = (("Found", problem.found), ("Allowed", problem.allowed), ("Hint", problem.hint))
    parts = [problem.message, *(f"{name}: {text}" for name, text in more if text)]
    return ". ".join(parts)


def _message(text: str) -> dict[str, str]:
    return {"text": one_line(text).replace("](", "] (").translate(_QUIET)}


def _location(problem: Problem, folder: str) -> dict[str, Any]:
    uri = quote(f"{folder}{problem.file}", safe="/", errors="surrogatepass")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if problem.line:
        physical["region"] = {"startLine": problem.line}
    location = {"physicalLocation": physical}
    if problem.field:
        field = one_line(problem.field).translate(_QUIET)
        return {**location, "logicalLocations": [{"fullyQualifiedName": field}]}
    return location


def _cut(kept: int, found: int) -> dict[str, Any]:
    text = f"{found - kept:,} of {found:,} findings are left out; reconciler validate lists all"
    note = {"level": "warning", "message": {"text": text}}
    return {"executionSuccessful": True, "toolExecutionNotifications": [note]}

"""What the lint finds in agents, told where people wrote it: the file, and the line in it.

A text may stand in the agent's YAML file, in one Markdown file or in several; ``${var.name}`` in
it was filled before it was looked at. Where the exact line cannot be told, it is that of the key.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from reconciler.api.fields import Table
from reconciler.config import agentfile
from reconciler.config.agentfile import AgentFile
from reconciler.config.references import Scope, is_reference
from reconciler.config.template import SEAM
from reconciler.config.yaml.reading import Document, Path_
from reconciler.engine import lint, placeholders
from reconciler.engine.lint import RULES, Finding, Level
from reconciler.errors import Problem, meant
from reconciler.model import Desired, Json

_WORD = re.compile("[^ \t\n]+")
_BREAK = re.compile("[\r\n]")
_QUOTES = "\"',"
_AHEAD = 50
"""Words that may stand between a key and its text: a block's header with a comment, a tag."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """An agent's file as one environment reads it: what the findings in it are found by."""

    file: AgentFile
    environment: str
    scope: Scope

    @property
    def spec(self) -> Json:
        """The spec with the environment's laid over it, references as they are written."""
        over = self.file.entry.environments.get(self.environment, {})
        return agentfile.overlaid(self.file.entry.spec, over)


def problems(
    table: Table,
    desired: Desired,
    written: Written,
    mistakes: Sequence[Problem],
    levels: Mapping[str, Level],
) -> list[Problem]:
    """What the rules find in one agent, where it was written.

    ``mistakes`` are what is wrong in it anyway; ``levels`` are the project's own, by rule.
    """
    unseen = frozenset(_unseen(table, desired, written, mistakes))
    spec = written.spec
    told = []
    for finding in lint.findings(table, desired.fields, unseen):
        level = levels.get(finding.rule, RULES[finding.rule].level)
        if level != "off":
            problem = _problem(finding, written, spec)
            told.append(replace(problem, warning=level == "warn"))
    return told


def misnamed(document: Document, levels: Mapping[str, Level]) -> Iterator[Problem]:
    """Names under ``lint`` in the project file that no rule has."""
    for name in levels:
        if name not in RULES:
            message = f"there is no lint rule `{name}`"
            more = {"allowed": ", ".join(RULES), "hint": meant(name, RULES)}
            yield document.problem(("lint", name), message, **more)


def _unseen(
    table: Table, desired: Desired, written: Written, mistakes: Sequence[Problem]
) -> Iterator[str]:
    """The prose of which this environment's file does not say all: see ``lint.findings``."""
    file = written.file
    left = [entry.path for entry in desired.ignore]
    for path in (*placeholders.prose(table), table.params_path):
        steps = tuple(path.split("."))
        place = ".".join(map(str, agentfile.place_of(file, written.environment, steps)))
        wrong = any(_holds(place, one.field) or _holds(one.field, place) for one in mistakes)
        ignored = any(_holds(one, path) for one in left)
        other = any(agentfile.reaches(over, steps) for over in file.entry.environments.values())
        hidden = other or placeholders.has_secret(desired.fields.get(path))
        if wrong or ignored or (hidden and path != table.params_path):
            yield path


def _holds(outer: str, inner: str) -> bool:
    """Whether a dotted path is, or lies above, another."""
    return bool(outer) and f"{inner}.".startswith(f"{outer}.")


def _problem(finding: Finding, written: Written, spec: Json) -> Problem:
    document = written.file.document
    place = agentfile.place_of(written.file, written.environment, finding.path)
    file, line = _where(finding, written.scope, document, place, _raw(spec, finding.path))
    elsewhere = file != document.name and finding.rule == "undefined-placeholder"
    return Problem(
        file=file,
        line=line,
        field=".".join(map(str, place)),
        message=finding.message,
        found=finding.found,
        allowed=finding.allowed,
        hint=f"{finding.hint} (in {document.name})" if elsewhere else finding.hint,
        rule=finding.rule,
    )


def _where(
    finding: Finding, scope: Scope, document: Document, place: Path_, raw: Json
) -> tuple[str, int]:
    """The file and line of a finding, given what is written at its place."""
    if finding.offset is not None and is_reference(raw) and "$file" in raw:
        return _in_files(scope, raw["$file"], finding.offset)
    line = document.line(place)
    if finding.offset is not None and isinstance(raw, str):
        line = _line_of(document, line, raw, scope.written_at(raw, finding.offset))
    return document.name, line


def _raw(spec: Json, path: Path_) -> Json:
    """What is written at a path, or the reference above it that stands for it."""
    for step in path:
        if is_reference(spec):
            break
        spec = spec[step]
    return spec


def _in_files(scope: Scope, target: Json, offset: int) -> tuple[str, int]:
    """The file of a reference, and the line in it, that an offset of the text comes from."""
    scratch = replace(scope, troubles=[])
    names = target if isinstance(target, list) else [target]
    parts = scratch.parts(names, ())
    at = scratch.written_at(SEAM.join(parts), offset)
    name, part = names[0], parts[0]
    for name, part in zip(names, parts, strict=True):  # noqa: B007 - where it ends is the result
        if at < len(part) + len(SEAM):
            break
        at -= len(part) + len(SEAM)
    path = (scope.folder / name).resolve().relative_to(scope.root.resolve())
    return path.as_posix(), part.count("\n", 0, at) + 1


def _value_lines(lines: Sequence[str]) -> Iterator[str]:
    """The line of a key or item, and those that are indented deeper: what it holds."""
    first, *rest = lines
    yield first
    depth = len(first) - len(first.lstrip())
    deeper = takewhile(lambda one: not one.strip() or len(one) - len(one.lstrip()) > depth, rest)
    yield from deeper


def _line_of(document: Document, line: int, raw: str, at: int) -> int:
    """The line of a character of a text that stands in YAML, at or below its key's line.

    Words are counted, which folding, indentation and wrapping leave as they are. Where they are
    not the same in the file, as with escapes in quotes, it is the key's line.
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

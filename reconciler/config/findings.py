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
from reconciler.config.switches import ProjectSwitch, switches
from reconciler.config.template import SEAM
from reconciler.config.yaml.reading import Document, Path_
from reconciler.engine import placeholders
from reconciler.engine.lint import (
    RULES,
    SET_OF,
    SETS,
    Finding,
    Level,
    Subject,
    findings,
    frame,
    tokens,
)
from reconciler.engine.lint.switches import Switches
from reconciler.errors import Problem
from reconciler.model import Desired, Json, lies_in

_WORD = re.compile("[^ \t\n]+")
_BREAK = re.compile("[\r\n]")
_QUOTES = "\"',"
_AHEAD = 50
"""Words that may stand between a key and its text: a block's header with a comment, a tag."""

_UNNEEDED, _SECRETS = "unneeded-switch", "secrets"


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


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is wrong or odd in one agent: told, or switched off by its own file."""

    told: list[Problem]
    silenced: list[Problem]

    def idle(self, file: AgentFile) -> list[str]:
        """The names that the file switches off without need here."""
        silent = {problem.rule for problem in self.silenced}
        used = {*silent, *(SET_OF[name] for name in silent)}
        off = [name for name, one in file.entry.lint.items() if one.level == "off"]
        return [name for name in off if name not in used and (name in RULES or name in SETS)]


def found(
    table: Table,
    desired: Desired,
    written: Written,
    mistakes: Sequence[Problem],
    project: Mapping[str, Level | ProjectSwitch],
) -> Found:
    """What the rules find in one agent, where it was written.

    ``mistakes`` are what is wrong in it anyway: those that a rule is named for have its level.
    ``project`` are the switches of the project file.
    """
    levels = Switches(project=switches(project), file=switches(written.file.entry.lint))
    spec = written.spec
    subject = Subject(
        table=table,
        fields=desired.fields,
        unseen=frozenset(_unseen(table, desired, written, mistakes)),
        source=written.file.document.text,
        limits=levels.limits(),
    )
    wanted = [name for name in RULES if _is_wanted(levels, name)]
    problems = [
        _problem(one, written, spec)
        for one in findings(subject, wanted)
        if _is_typed(one, spec) and not _is_told(one, written, mistakes)
    ]
    return _sorted_out([*mistakes, *problems], levels)


def _is_wanted(levels: Switches, name: str) -> bool:
    """Whether a rule's findings are told, or counted because the file switched them off."""
    rule, rule_set = RULES[name], SET_OF[name]
    own = levels.file_level(rule, rule_set)
    return own is not None or levels.project_level(rule, rule_set) != "off"


def _sorted_out(problems: Sequence[Problem], levels: Switches) -> Found:
    """Each problem with the level of its rule; those that the project switches off are gone."""
    told, silenced = [], []
    for problem in problems:
        if not problem.rule:
            told.append(problem)
            continue
        level = levels.level(RULES[problem.rule], SET_OF[problem.rule])
        if level != "off":
            told.append(replace(problem, warning=level == "warn"))
        elif levels.file_level(RULES[problem.rule], SET_OF[problem.rule]):
            silenced.append(replace(problem, warning=True))
    return Found(told=told, silenced=silenced)


def unneeded(
    file: AgentFile, name: str, project: Mapping[str, Level | ProjectSwitch]
) -> Iterator[Problem]:
    """That a file switches a rule off that finds nothing in it."""
    levels = Switches(project=switches(project), file=switches(file.entry.lint))
    level = levels.level(RULES[_UNNEEDED], SET_OF[_UNNEEDED])
    if level != "off":
        yield file.document.problem(
            ("lint", name),
            f"`{name}` is switched off, and finds nothing here",
            hint=RULES[_UNNEEDED].help,
            rule=_UNNEEDED,
            warning=level == "warn",
        )


def typed(
    table: Table, document: Document, project: Mapping[str, Level | ProjectSwitch]
) -> list[Problem]:
    """Secrets in the project file."""
    subject = Subject(table=table, fields={}, source=document.text)
    problems = []
    for one in findings(subject, [rule.name for rule in SETS[_SECRETS].rules]):
        line = _line_in(document, one.offset)
        problems.append(_made(one, document.name, line, _field_at(document, line)))
    return _sorted_out(problems, Switches(project=switches(project))).told


def _is_typed(finding: Finding, spec: Json) -> bool:
    """Whether a secret was typed where it was found.

    One in the YAML is found in the file's own text; one from a variable is told where that is.
    """
    if SET_OF[finding.rule] != _SECRETS or not finding.path:
        return True
    raw = _raw(spec, finding.path)
    return is_reference(raw) and "$file" in raw


def _is_told(finding: Finding, written: Written, mistakes: Sequence[Problem]) -> bool:
    """Whether a secret that was typed is a mistake of its field already."""
    if SET_OF[finding.rule] != _SECRETS or finding.path:
        return False
    line = _line_in(written.file.document, finding.offset)
    return any(one.found == "(sensitive)" and one.line == line for one in mistakes)


def _line_in(document: Document, offset: int | None) -> int:
    return document.text.count("\n", 0, offset or 0) + 1


def _unseen(
    table: Table, desired: Desired, written: Written, mistakes: Sequence[Problem]
) -> Iterator[str]:
    """The prose of which this environment's file does not say all: see ``lint.findings``."""
    file = written.file
    for path in (*placeholders.prose(table), table.params_path):
        steps = tuple(path.split("."))
        place = ".".join(map(str, agentfile.place_of(file, written.environment, steps)))
        wrong = any(
            one.field and (lies_in(one.field, place) or lies_in(place, one.field))
            for one in mistakes
        )
        ignored = any(entry.holds(path) for entry in desired.ignore)
        other = any(agentfile.reaches(over, steps) for over in file.entry.environments.values())
        hidden = other or placeholders.has_secret(desired.fields.get(path))
        if wrong or ignored or (hidden and path != table.params_path):
            yield path


def _problem(finding: Finding, written: Written, spec: Json) -> Problem:
    document = written.file.document
    if not finding.path:  # the file's own text
        line = _line_in(document, finding.offset)
        return _made(finding, document.name, line, _field_at(document, line))
    place = agentfile.place_of(written.file, written.environment, finding.path)
    file, line = _where(finding, written.scope, document, place, _raw(spec, finding.path))
    elsewhere = file != document.name and finding.rule == "undefined-placeholder"
    hint = f"{finding.hint} (in {document.name})" if elsewhere else finding.hint
    return _made(replace(finding, hint=hint), file, line, ".".join(map(str, place)))


def _made(finding: Finding, file: str, line: int, place: str) -> Problem:
    return Problem(
        file=file,
        line=line,
        field=place,
        message=finding.message,
        found=finding.found,
        allowed=finding.allowed,
        hint=finding.hint,
        rule=finding.rule,
    )


def _field_at(document: Document, line: int) -> str:
    """The field whose text holds a secret and begins at a line, or is the last above it."""
    places = [place for place, text in frame.texts(document.data) if tokens.found(text)]
    lines = {place: document.line(place) for place in places[:_AHEAD]}
    above = [(number, place) for place, number in lines.items() if number <= line]
    return ".".join(map(str, max(above, key=lambda one: one[0])[1])) if above else ""


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

"""Lint findings in agents, with the file and line where the text was written.

A text may be in the agent's YAML file, in one Markdown file or in several; ``${var.name}`` in it
was replaced before linting. If the exact line is unknown, it is that of the key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache, lru_cache

from reconciler.config import agentfile, origins
from reconciler.config.agentfile import AgentFile
from reconciler.config.references import Scope, is_reference
from reconciler.config.switches import ProjectSwitch, switches
from reconciler.engine import placeholders
from reconciler.errors import Problem
from reconciler.jsonvalues import Json, lies_in
from reconciler.kinds.flow import declared
from reconciler.late import cached_property, changed, dataclass
from reconciler.lint import (
    RULES,
    SET_OF,
    SETS,
    Finding,
    Level,
    Subject,
    findings,
    flows,
    frame,
    secrets,
    standins,
)
from reconciler.lint.switches import Switch, Switches
from reconciler.model import Desired
from reconciler.schema.kind import Kind, Role
from reconciler.text import tokens
from reconciler.text.known import held
from reconciler.yamledit.document import Document

_AHEAD = 50
"""How many texts of a file are searched for a secret's field."""

_FILLED_THERE = ("undefined-placeholder", "unset-variable")
"""Rules whose findings are mended in the agent's file, whatever file the text is in."""
_UNNEEDED, _SECRETS = "unneeded-switch", "secrets"

_Suspect = tuple[int, frame.Place]


@dataclass(frozen=True, kw_only=True)
class Written:
    """An agent's file as one environment reads it, used to locate findings."""

    file: AgentFile
    environment: str
    scope: Scope
    known: Mapping[str, str] = field(default_factory=dict)
    """Values of secrets by name: see ``text.known``."""

    @property
    def spec(self) -> Json:
        """The spec with the environment's override, references as written."""
        over = self.file.entry.environments.get(self.environment, {})
        return agentfile.overlaid(self.file.entry.spec, over)

    @cached_property
    def suspects(self) -> list[_Suspect]:
        """See ``_suspects``: several findings of a file ask for them."""
        return _suspects(self.file.document, self.known)


@dataclass(frozen=True, kw_only=True)
class Found:
    """The problems of one agent: reported, or switched off by its own file."""

    told: list[Problem]
    silenced: list[Problem]

    def idle(self, file: AgentFile) -> list[str]:
        """The rules that the file switches off although they find nothing here."""
        silent = {problem.rule for problem in self.silenced}
        used = {*silent, *(SET_OF[name] for name in silent)}
        off = [name for name, one in file.entry.lint.items() if one.level == "off"]
        return [name for name in off if name not in used and (name in RULES or name in SETS)]


def found(
    desired: Desired,
    written: Written,
    mistakes: Sequence[Problem],
    project: Mapping[str, Level | ProjectSwitch],
) -> Found:
    """Run the rules on one agent and locate their findings.

    ``mistakes`` are problems found already: those that belong to a rule get its level. ``project``
    are the switches of the project file.
    """
    levels = Switches(project=switches(project), file=switches(written.file.entry.lint))
    spec = written.spec
    subject = Subject(
        kind=desired.kind,
        fields=desired.fields,
        unseen=frozenset(_unseen(desired, written, mistakes)),
        source=written.file.document.text,
        limits=levels.limits(),
        known=written.known,
    )
    wanted = _wanted(tuple(levels.project.items()), tuple(levels.file.items()))
    wrong = _wrong_in_flow(written, mistakes)
    problems = [
        _problem(one, written, spec)
        for one in findings(subject, wanted)
        if not (wrong and _follows(one, written, wrong))
        and _is_typed(one, written, spec)
        and not _is_told(one, written, mistakes)
        and not (one.rule == standins.BLANK and _is_meant(one, written, spec, mistakes))
    ]
    sure = [
        _problem(one, written, spec)
        for one in _held(subject, spec)
        if not _is_told(one, written, mistakes)
    ]
    problems = [one for one in problems if not _is_blank_already(one, problems)]
    sorted_out = _sorted_out([*mistakes, *_other(problems, sure)], levels)
    return changed(sorted_out, told=[*sorted_out.told, *sure])


def _held(subject: Subject, spec: Json) -> Iterator[Finding]:
    """Known secrets in the texts; one typed into the file itself only once."""
    typed: set[str] = set()
    for one in secrets.told(subject):
        if not one.path:
            typed.add(one.message)
        elif one.message in typed and isinstance(origins.raw(spec, one.path), str):
            continue
        yield one


def _other(problems: Sequence[Problem], sure: Sequence[Problem]) -> list[Problem]:
    """The problems without guesses at places that certainly have a secret."""
    places = {(one.file, one.line) for one in sure}
    return [p for p in problems if p.rule != secrets.TYPED or (p.file, p.line) not in places]


_Set = tuple[tuple[str, Switch], ...]


@lru_cache(maxsize=256)  # most files have no switches of their own
def _wanted(project: _Set, file: _Set) -> tuple[str, ...]:
    levels = Switches(project=dict(project), file=dict(file))
    return tuple(name for name in RULES if _is_wanted(levels, name))


def _is_wanted(levels: Switches, name: str) -> bool:
    """Whether a rule's findings are needed, to report or to count as switched off by the file."""
    rule, rule_set = RULES[name], SET_OF[name]
    own = levels.file_level(rule, rule_set)
    return own is not None or levels.project_level(rule, rule_set) != "off"


def _sorted_out(problems: Sequence[Problem], levels: Switches) -> Found:
    """Give each problem the level of its rule; drop those that the project switches off."""
    told, silenced = [], []
    for problem in problems:
        if not problem.rule:
            told.append(problem)
            continue
        level = levels.level(RULES[problem.rule], SET_OF[problem.rule])
        if level != "off":
            warning = level == "warn"
            same = problem.warning == warning
            told.append(problem if same else changed(problem, warning=warning))
        elif levels.file_level(RULES[problem.rule], SET_OF[problem.rule]):
            silenced.append(changed(problem, warning=True))
    return Found(told=told, silenced=silenced)


def unneeded(
    file: AgentFile, name: str, project: Mapping[str, Level | ProjectSwitch]
) -> Iterator[Problem]:
    """Yield a problem if a file switches off a rule that finds nothing in it."""
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
    kind: Kind,
    document: Document,
    project: Mapping[str, Level | ProjectSwitch],
    known: Mapping[str, str],
) -> list[Problem]:
    """Secrets in the project file."""
    subject = Subject(kind=kind, fields={}, source=document.text, known=known)

    suspects = cache(lambda: _suspects(document, known))

    def placed(one: Finding) -> Problem:
        line = _line_in(document, one.offset)
        return _made(one, document.name, line, _field_at(suspects(), line))

    problems = map(placed, findings(subject, [rule.name for rule in SETS[_SECRETS].rules]))
    sure = [placed(one) for one in secrets.told(subject)]
    levels = Switches(project=switches(project))
    return [*_sorted_out(_other([*problems], sure), levels).told, *sure]


def _is_typed(finding: Finding, written: Written, spec: Json) -> bool:
    """Whether a secret was typed at the place where it was found.

    One in the YAML is found in the file's own text, unless escapes in quotes hide it there; one
    from a variable is reported there.
    """
    if SET_OF[finding.rule] != _SECRETS or not finding.path:
        return True
    raw = origins.raw(spec, finding.path)
    if finding.rule == secrets.TYPED and not is_reference(raw):
        text = written.file.document.text
        hidden = "\\" in text and not any(one.sure for one in tokens.found(text))
        return hidden and "${" not in str(raw)
    return is_reference(raw) and "$file" in raw


def _is_told(finding: Finding, written: Written, mistakes: Sequence[Problem]) -> bool:
    """Whether a typed secret is already reported as a mistake of its field."""
    if SET_OF[finding.rule] != _SECRETS or finding.path:
        return False
    line = _line_in(written.file.document, finding.offset)
    return any(one.found == "(sensitive)" and one.line == line for one in mistakes)


def _is_meant(finding: Finding, written: Written, spec: Json, mistakes: Sequence[Problem]) -> bool:
    """Whether a text is blank on purpose, in quotes or by a variable, or reported as a mistake."""
    raw = origins.raw(spec, finding.path)
    place = agentfile.place_of(written.file, written.environment, finding.path)
    if any(one.field == ".".join(map(str, place)) for one in mistakes):
        return True
    if is_reference(raw):
        return "$env" not in raw
    return "${" in str(raw) or written.file.document.is_quoted(place)


def _wrong_in_flow(written: Written, mistakes: Sequence[Problem]) -> list[Problem]:
    """The mistakes in the agent's flow."""
    if not mistakes:
        return []
    inside = agentfile.place_of(written.file, written.environment, (declared.ROOT,))
    return [one for one in mistakes if lies_in(one.field, ".".join(map(str, inside)))]


def _follows(finding: Finding, written: Written, wrong: Sequence[Problem]) -> bool:
    """Whether a finding about a flow may only follow from a mistake in it."""
    if SET_OF[finding.rule] != flows.SET.name:
        return False
    if finding.rule in flows.WHOLE and any(not one.warning for one in wrong):
        return True
    steps = agentfile.place_of(written.file, written.environment, finding.path)
    place = ".".join(map(str, steps))
    return any(lies_in(one.field, place) or lies_in(place, one.field) for one in wrong)


def _is_blank_already(problem: Problem, others: Sequence[Problem]) -> bool:
    """Whether a node without words has a blank text, which is reported as such."""
    if problem.rule != flows.WITHOUT_TEXT:
        return False
    return any(one.rule == standins.BLANK and one.field == problem.field for one in others)


def _line_in(document: Document, offset: int | None) -> int:
    return document.text.count("\n", 0, offset or 0) + 1


def _unseen(desired: Desired, written: Written, mistakes: Sequence[Problem]) -> Iterator[str]:
    """Prose that this environment's file does not fully declare: see ``lint.findings``."""
    file = written.file
    overrides = file.entry.environments.values()
    if not (mistakes or desired.ignore or overrides or file.refers):
        return  # nothing hides a part of it
    for path in (*placeholders.prose(desired.kind, desired.fields), desired.kind.role(Role.PARAMS)):
        steps = desired.kind.place(path, desired.fields)
        place = agentfile.place_of(file, written.environment, steps)
        wrong = bool(mistakes) and _is_wrong(place, mistakes)
        ignored = any(entry.holds(path) for entry in desired.ignore)
        other = any(agentfile.reaches(over, steps) for over in overrides)
        hidden = other or placeholders.has_secret(desired.fields.get(path))
        if wrong or ignored or (hidden and path != desired.kind.role(Role.PARAMS)):
            yield path


def _is_wrong(place: frame.Place, mistakes: Sequence[Problem]) -> bool:
    """Whether one of these mistakes is at a place, around it or in it."""
    there = ".".join(map(str, place))
    fields = (one.field for one in mistakes if one.field)
    return any(lies_in(field, there) or lies_in(there, field) for field in fields)


def _problem(finding: Finding, written: Written, spec: Json) -> Problem:
    document = written.file.document
    if not finding.path:  # the file's own text
        line = _line_in(document, finding.offset)
        place_there = _field_at(written.suspects, line)
        return _made(finding, document.name, line, place_there)
    place = agentfile.place_of(written.file, written.environment, finding.path)
    raw = origins.raw(spec, finding.path)
    file, line = origins.of_filled(written.scope, document, place, raw, finding.offset)
    if file != document.name and finding.rule in _FILLED_THERE:
        finding = changed(finding, hint=f"{finding.hint} (in {document.name})")
    return _made(finding, file, line, ".".join(map(str, place)))


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
        warning=RULES[finding.rule].level == "warn",
    )


def _suspects(document: Document, known: Mapping[str, str]) -> list[_Suspect]:
    """The texts of a file that contain a secret, each with its line: the first ones."""

    def is_odd(text: str) -> bool:
        return bool(tokens.found(text)) or any(held(text, known))

    places = [place for place, text in frame.texts(document.data) if is_odd(text)]
    return [(document.line(place), place) for place in places[:_AHEAD]]


def _field_at(suspects: Sequence[_Suspect], line: int) -> str:
    """The field whose text contains a secret and starts at a line, or is the last above it."""
    above = [one for one in suspects if one[0] <= line]
    return ".".join(map(str, max(above, key=lambda one: one[0])[1])) if above else ""

"""Texts of one line, such as names, that are written as if they had several."""

from collections.abc import Iterator

from reconciler.lint.frame import GREETING, Finding, Place, Rule, RuleSet, Subject
from reconciler.model import Impact
from reconciler.schema.table import Field, Table


def _line_ends(subject: Subject) -> Iterator[Finding]:
    """Line ends behind what is a name, a sentence or a word, and no prompt of several lines."""
    prompted = subject.value("greetingMessageType") == "PROMPT"
    for place, text in subject.texts:
        field = _field(subject.table, place)
        if not text.endswith(("\n", "\r")) or _may_end_so(subject.table, field):
            continue
        if not (prompted and place == (GREETING,)):
            name = next(step for step in reversed(place) if isinstance(step, str))
            at = max(0, len(text.rstrip("\r\n")) - 1)
            yield Finding(path=place, offset=at, message=f"`{name}` ends in a line end")


def _field(table: Table, place: Place) -> Field:
    """The row that a text belongs to."""
    paths = (".".join(map(str, place[:depth])) for depth in range(1, len(place) + 1))
    return next(table[path] for path in paths if path in table.fields)


def _may_end_so(table: Table, field: Field) -> bool:
    """Whether a line end does no harm: a model reads the text by lines, or it fills another."""
    prompt = field.fact.prose and field.fact.impact is not Impact.SPOKEN
    return prompt or field.fact.sensitive or field.path == table.params_path


SET = RuleSet(
    name="lines",
    description="names, greetings and other texts of one line",
    rules=(
        Rule(
            name="trailing-line-end",
            description="A name, a greeting or another text of one line ends in a line end",
            why="The line end is sent too: the dashboard shows it, a search by name misses it",
            help="write `>-` in place of `>`, and `|-` in place of `|`",
            bad="""\
spec:
  agentName: >
    Front desk
""",
            good="""\
spec:
  agentName: >-
    Front desk
""",
            check=_line_ends,
        ),
    ),
)

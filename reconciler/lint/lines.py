"""Single-line texts, such as names, that are written with several lines."""

from collections.abc import Iterator

from reconciler.lint.frame import Finding, Rule, RuleSet, Subject
from reconciler.schema.kind import Kind, Role
from reconciler.schema.table import Field, Impact


def _line_ends(subject: Subject) -> Iterator[Finding]:
    """Newlines at the end of a name, a sentence or a word, but not of a longer prompt."""
    for place, text in subject.texts:
        if not text.endswith(("\n", "\r")) or _may_end_so(subject.kind, subject.row(place)):
            continue
        if not subject.is_prompted(place):
            name = next(step for step in reversed(place) if isinstance(step, str))
            at = max(0, len(text.rstrip("\r\n")) - 1)
            yield Finding(path=place, offset=at, message=f"`{name}` ends in a line end")


def _may_end_so(kind: Kind, field: Field) -> bool:
    """Whether a final newline is harmless: a model reads the text by lines, or it fills another."""
    prompt = field.fact.prose and field.fact.impact is not Impact.SPOKEN
    return prompt or field.fact.sensitive or field.path == kind.role(Role.PARAMS)


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
  <name>: >
    Front desk
""",
            good="""\
spec:
  <name>: >-
    Front desk
""",
            check=_line_ends,
        ),
    ),
)

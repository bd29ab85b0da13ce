"""Texts in place of an agent's words: blank, a path, a merge marker. Pure.

An API accepts such a text like any other, and the next caller hears or meets it.
"""

from collections.abc import Iterator

from reconciler.late import pattern
from reconciler.lint.frame import Finding, Rule, RuleSet, Subject
from reconciler.text.merge import marker_at

BLANK = "blank-text"

_PATH = pattern(r"(?:[\w.~@-]+/)*[\w.~@-]+\.(?:md|markdown|mdx|txt|text|rst|ya?ml|json|j2|html?)")


def _blank(subject: Subject) -> Iterator[Finding]:
    """Texts without words; the caller removes those that a file declares so on purpose."""
    for place, text in subject.filled:
        if not text.strip():
            yield Finding(path=place, offset=None, message=f"`{_name(place)}` is blank")


def _path(subject: Subject) -> Iterator[Finding]:
    for place, text in subject.filled:
        if _PATH.fullmatch(text.strip()):
            message = f"`{_name(place)}` is only the path of a file"
            yield Finding(path=place, message=message, found=text.strip())


def _marker(subject: Subject) -> Iterator[Finding]:
    for place, text in subject.filled:
        at = marker_at(text)
        if at is not None:
            message = f"`{_name(place)}` holds the marker of an unfinished merge"
            yield Finding(path=place, offset=at, message=message)


def _name(place: tuple[str | int, ...]) -> str:
    return next(step for step in reversed(place) if isinstance(step, str))


SET = RuleSet(
    name="standins",
    description="missing words: nothing, a path, or a marker of git instead",
    rules=(
        Rule(
            name=BLANK,
            level="error",
            description="A text is blank, and its file does not say so in quotes",
            why="The live text would be emptied, and the agent would say or obey nothing",
            help='write the text; to empty the live one on purpose, write `""` in place of it',
            bad="""\
spec:
  <prompt>: |
  <language>: en
""",
            good="""\
spec:
  <prompt>: ""
""",
            check=_blank,
        ),
        Rule(
            name="only-a-path",
            level="error",
            description="A text is nothing but the path of a file",
            why="The agent would get the path as its words, and not what the file says",
            help="write `{ $file: PATH }`, or check out symbolic links as links",
            bad="""\
spec:
  <prompt>: prompts/front-desk.md
""",
            good="""\
spec:
  <prompt>: Never read a path such as prompts/front-desk.md aloud.
""",
            check=_path,
        ),
        Rule(
            name="merge-marker",
            level="error",
            description="A line of a text is a marker that git leaves for an unfinished merge",
            why="The agent would get both sides of the merge, and the names of branches",
            help="keep one side or both, and take the marker lines out",
            bad="""\
spec:
  <prompt>: |
    Greet callers by their name.
    >>>>>>> new-greeting
""",
            good="""\
spec:
  <prompt>: |
    Hours
    =======
    Sunday to Thursday, nine to five.
""",
            check=_marker,
        ),
    ),
)

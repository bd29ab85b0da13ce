"""The prompt as a whole: its length, and whether it was pasted twice."""

from collections.abc import Iterator
from functools import lru_cache

from reconciler.late import pattern
from reconciler.lint.frame import Finding, Rule, RuleSet, Subject
from reconciler.text import words

ADVISED = 500
"""Words that the vendor's pages recommend for a prompt at most."""

_UNIT = pattern(rf"[^{words.ENDS}\n]+")
_WORDS_OF_A_UNIT = 4
_REPEATED_WORDS = 12
_SHARE = 0.3
"""Short lines repeat for a reason.

A prompt is there twice if whole sentences repeat: this many words of them, and this share of all
words; half, if nothing was edited in between.
"""


def _budget(subject: Subject) -> Iterator[Finding]:
    most = subject.limits.get("prompt-budget", ADVISED)
    for place, text in subject.prompts:
        count = _count(text)
        if count > most:
            yield Finding(
                path=place,
                offset=None,
                message="the prompt is longer than its budget",
                found=f"{count} words",
                allowed=f"at most {most} words",
            )


@lru_cache(maxsize=256)
def _count(text: str) -> int:
    return words.count(text)


def _twice(subject: Subject) -> Iterator[Finding]:
    for place, text in subject.prompts:
        offset = _second(text)
        if offset is not None:
            yield Finding(path=place, offset=offset, message="the prompt is repeated here")


@lru_cache(maxsize=256)
def _second(text: str) -> int | None:
    """The offset of the second copy of a prompt; None if there is none."""
    if words.repeated(text) < max(_REPEATED_WORDS, _SHARE * _count(text)):
        return None  # most prompts: the rest takes five times as long
    return _copied(text)


def _copied(text: str) -> int | None:
    seen: set[str] = set()
    offset: int | None = None
    repeated = total = 0
    for unit in _UNIT.finditer(text):
        said = words.words(unit.group())
        total += len(said)
        if len(said) < _WORDS_OF_A_UNIT:
            continue
        same = " ".join(said).casefold()
        if same in seen:
            repeated += len(said)
            if offset is None:
                offset = unit.start() + len(unit.group()) - len(unit.group().lstrip())
        seen.add(same)
    return offset if repeated >= max(_REPEATED_WORDS, _SHARE * total) else None


_LINE = "    Answer in short sentences, and ask one question at a time."
_ROLE = "    You answer the phone of Nour Clinic and book visits for callers."

SET = RuleSet(
    name="prompt",
    description="the prompt as a whole",
    rules=(
        Rule(
            name="prompt-budget",
            description="The prompt has more words than its budget",
            why="Each turn of a call waits for the model to read it, and rules get lost in it",
            help="cut repetitions and cases that never happen; a team can set its own limit",
            bad=f"""\
lint:
  prompt-budget: {{ limit: 10, reason: this line must answer fast }}
spec:
  <prompt>: |
{_ROLE}
""",
            good=f"""\
lint:
  prompt-budget: {{ limit: 20, reason: this line must answer fast }}
spec:
  <prompt>: |
{_ROLE}
""",
            check=_budget,
            limit=ADVISED,
            unit="words",
        ),
        Rule(
            name="prompt-twice",
            description="The prompt was pasted twice, or over an older copy of itself",
            why="The model obeys now one copy and now the other, and every turn takes longer",
            help="keep one copy",
            bad=f"""\
spec:
  <prompt>: |
{_ROLE}
{_LINE}
{_ROLE}
{_LINE}
""",
            good=f"""\
spec:
  <prompt>: |
{_ROLE}
{_LINE}
""",
            check=_twice,
        ),
    ),
)

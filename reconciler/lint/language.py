"""Texts in another script than the agent's language."""

import re
from collections.abc import Iterator

from reconciler.lint.frame import Finding, Rule, RuleSet, Subject, blanked, declares
from reconciler.schema.kind import Role

_SCRIPTS = {
    "ar": ("Arabic", "[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufefc]"),
    "en": ("English", r"[A-Za-z\u00c0-\u024f]"),
}
"""By language: its name, and its letters."""

_SHARE = 0.8
_WORDS = 2
"""One foreign word is a name. A text with this many, and this share of letters, is foreign."""


def _script(subject: Subject) -> Iterator[Finding]:
    """Texts for the caller that are completely in the other language."""
    lang = subject.text(Role.LANGUAGE)
    if lang not in _SCRIPTS:
        return
    (other,) = (name for name in _SCRIPTS if name != lang)
    field = subject.kind.role(Role.LANGUAGE)
    ours, theirs = _SCRIPTS[lang], _SCRIPTS[other]
    if not re.search(theirs[1], subject.signs):
        return
    for place, text in subject.said:
        if subject.in_flow(place) and subject.flow and subject.flow.speaks_anew:
            continue
        plain = blanked(text)
        foreign, own = _count(theirs[1], plain), _count(ours[1], plain)
        if foreign < max(1, _SHARE * (foreign + own)):
            continue
        words = sum(bool(re.search(theirs[1], word)) for word in plain.split())
        if words >= _WORDS:
            message = f"the words are {theirs[0]}, and `{field}` is `{lang}`"
            yield Finding(path=place, message=message)


def _count(letters: str, text: str) -> int:
    """The number of such letters in a text; whole runs are matched at once."""
    return sum(map(len, re.findall(f"{letters}+", text)))


_DIRECTIONS = {"ar": "rtl", "en": "ltr"}
_TEXTS = (
    (Role.GREETING, Role.GREETING_ALIGNMENT),
    (Role.PROMPT, Role.PROMPT_ALIGNMENT),
)


def _alignment(subject: Subject) -> Iterator[Finding]:
    """Texts that the dashboard aligns against their direction."""
    for text, alignment in _TEXTS:
        said = subject.text(alignment)
        script = _script_of(subject.text(text)) if said in _DIRECTIONS.values() else ""
        wanted = _DIRECTIONS.get(script, said)
        if said != wanted:
            yield Finding(
                path=subject.place(alignment),
                message=f"the text is {_SCRIPTS[script][0]}, and is shown from the other side",
                found=said,
                allowed=wanted,
            )


def _script_of(text: str) -> str:
    """The language of nearly all letters of a text; empty if there is none."""
    plain = re.sub(r"\{\{[^{}\n]*\}\}|\{%[^%\n]*%\}", " ", text)
    counts = {name: _count(letters, plain) for name, (_, letters) in _SCRIPTS.items()}
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] > _SHARE * sum(counts.values()) else ""


SET = RuleSet(
    name="language",
    description="the language of texts, against the agent's and against their alignment",
    rules=(
        Rule(
            name="language-script",
            description="Words that a caller hears are wholly in the script of another language",
            why="An Arabic voice spells English words or skips them, and the other way round",
            help="write it in the agent's language, or set the language to that of the words",
            bad="""\
spec:
  <language>: ar
  <greeting>: Welcome to Nour Clinic, how can I help you?
""",
            good="""\
spec:
  <language>: ar
  <greeting>: أهلاً بك في Nour Clinic، كيف أقدر أساعدك؟
""",
            check=_script,
            needs=declares(Role.LANGUAGE),
        ),
        Rule(
            name="text-alignment",
            description="A text is aligned in the dashboard against the direction of its script",
            why="People who read or edit the prompt there read it in the wrong order",
            help="write `rtl` for Arabic, `ltr` for English",
            bad="""\
spec:
  <greeting>: أهلاً بك في العيادة
  <greeting alignment>: ltr
""",
            good="""\
spec:
  <greeting>: أهلاً بك في العيادة
  <greeting alignment>: rtl
""",
            check=_alignment,
            needs=declares(Role.GREETING_ALIGNMENT, Role.PROMPT_ALIGNMENT),
        ),
    ),
)

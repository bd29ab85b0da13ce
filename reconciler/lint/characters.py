"""Characters that are invisible, or that look like others."""

from collections.abc import Iterator
from operator import attrgetter

from reconciler.lint.frame import Check, Finding, Rule, RuleSet, Subject

_ODD = attrgetter("odd")


def _odd(rule: str, what: str) -> Check:
    """The check that reports the odd characters of one kind."""

    def check(subject: Subject) -> Iterator[Finding]:
        for place, one in subject.odd:
            if one.rule == rule:
                found = " ".join(f"U+{ord(character):04X}" for character in one.found)
                message = f"{what}: {one.name}"
                yield Finding(path=place, offset=one.offset, message=message, found=found)

    return check


SET = RuleSet(
    name="characters",
    description="invisible characters, and characters that look like others",
    rules=(
        Rule(
            name="bidi-control",
            description="An invisible character changes the order in which a text is shown",
            why="A reviewer reads the words in another order than the caller hears them",
            help="delete it, and write the text in the order in which it is spoken",
            bad="""\
spec:
  <greeting>: "أهلاً بك في \\u202Eعيادة النور"
""",
            good="""\
spec:
  <greeting>: "أهلاً بك في عيادة النور"
""",
            check=_odd("bidi-control", "a bidi control"),
            needs=_ODD,
        ),
        Rule(
            name="invisible-character",
            description="A text contains an invisible character, and the model reads it",
            why="It splits a word for the voice, breaks a placeholder, or hides instructions",
            help="delete it, or put an ordinary space in its place",
            bad="""\
spec:
  <greeting>: "Welcome to Nour\\u200B Clinic."
""",
            good="""\
spec:
  <greeting>: "Welcome to Nour Clinic."
""",
            check=_odd("invisible-character", "an invisible character"),
            needs=_ODD,
        ),
        Rule(
            name="lookalike-letter",
            description="A letter looks like another one that is usual in Arabic",
            why="The voice may stumble over the word, and a search does not find it",
            help="type the usual letter, so that a search finds the word and a voice knows it",
            bad="""\
spec:
  <greeting>: "السلام عل\\u06CCكم"              # U+06CC is the yeh of Farsi
""",
            good="""\
spec:
  <greeting>: "السلام عليكم"
""",
            check=_odd("lookalike-letter", "a letter that looks like another one"),
            needs=_ODD,
        ),
        Rule(
            name="mixed-digits",
            description="One text has digits of several writing systems",
            why="A voice may read one number in Arabic and the next in another language",
            help="write all digits of a text in one system",
            bad="""\
spec:
  <greeting>: العيادة في الدور 3، غرفة ٧.
""",
            good="""\
spec:
  <greeting>: العيادة في الدور ٣، غرفة ٧.
""",
            check=_odd("mixed-digits", "digits of several writing systems"),
            needs=_ODD,
        ),
        Rule(
            name="decomposed-text",
            description="A letter is written as several characters although there is one for it",
            why="A search does not find the word, and every diff shows it as changed",
            help="save the text in its composed form (NFC)",
            bad="""\
spec:
  <greeting>: "Welcome to Cafe\\u0301 Nour."
""",
            good="""\
spec:
  <greeting>: "Welcome to Café Nour."
""",
            check=_odd("decomposed-text", "a letter in several characters"),
            needs=_ODD,
        ),
    ),
)

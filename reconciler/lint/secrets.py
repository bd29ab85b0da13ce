"""Keys, tokens and passwords in files that go into git. The value itself is never shown."""

from collections.abc import Iterator
from operator import attrgetter

from reconciler.lint.frame import Check, Finding, Rule, RuleSet, Subject
from reconciler.text import known

TYPED = "typed-secret"
_AWAY = "write `{ $secret: NAME }`, and rotate the secret: git keeps the old one"
_TOKENS = attrgetter("tokens")


def _typed(*, sure: bool) -> Check:
    """The check for tokens: in the file as written, and in texts of other files."""

    def check(subject: Subject) -> Iterator[Finding]:
        for place, one in subject.tokens:
            if one.sure == sure:
                yield Finding(
                    path=place,
                    offset=one.start,
                    message=f"{one.kind} is in a file",
                    found="(sensitive)",
                )

    return check


def told(subject: Subject) -> Iterator[Finding]:
    """The values of known secrets in any text.

    No switch turns this off: nothing is more certain.
    """
    everywhere = (((), subject.source), *subject.texts, *subject.hidden)
    texts = everywhere if subject.known else ()
    for place, text in texts:
        for at, name in known.held(text, subject.known):
            yield Finding(
                rule=TYPED,
                path=place,
                offset=at,
                message=f"the value of {name} is in a text",
                found="(sensitive)",
                hint=f"write `{{ $secret: {name} }}` in a field for secrets, and rotate it",
            )


SET = RuleSet(
    name="secrets",
    description="keys, tokens and passwords in the YAML files, comments included, and in prompts",
    rules=(
        Rule(
            name=TYPED,
            level="error",
            description="A text has the shape of a key, a token or a password",
            why="Whoever can read the repository can act as you; a prompt is even told to callers",
            help=_AWAY,
            bad="""\
# Authorization: Token 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d
spec:
  <name>: Front desk
""",
            good="""\
spec:
  <name>: Front desk
  <webhook>: https://hooks.example.com/calls
  <webhook secret>: { $secret: HOOK_SECRET }
""",
            check=_typed(sure=True),
            needs=_TOKENS,
        ),
        Rule(
            name="random-token",
            description="A text looks like a random token, as keys and passwords do",
            why="Whoever can read the repository can act as you; a prompt is even told to callers",
            help=f"if it is a secret, {_AWAY}; if it is none, switch the rule off for this file",
            bad="""\
spec:
  <prompt>: |
    To look up an order, say that the api key is 8fK2mQx7Lp4RtW9zBv3N.
""",
            good="""\
spec:
  <prompt>: |
    To look up an order, use the tool order_status. Never read a key aloud.
""",
            check=_typed(sure=False),
            needs=_TOKENS,
        ),
    ),
)

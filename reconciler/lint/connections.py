"""References of an agent to an address or an id."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from reconciler.late import pattern
from reconciler.lint.frame import Finding, Rule, RuleSet, Subject, declares
from reconciler.schema.kind import Role
from reconciler.text import characters
from reconciler.text.wording import shortened

_LOCAL = ("localhost", "127.0.0.1", "::1")
_UUID = pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PROVIDER = pattern(
    r"([a-z]{2,3})-[A-Za-z]{2,4}-[A-Za-z0-9_:-]+|[A-Za-z0-9_:-]*[0-9][A-Za-z0-9_:-]*"
)
"""The id of another provider's voice, such as `en-US-Neural2-A`."""

_SHOWN = 40


def _webhook(subject: Subject) -> Iterator[Finding]:
    """Anything but https, except addresses of the machine itself."""
    url = subject.text(Role.WEBHOOK).strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # half a bracket
        yield Finding(path=subject.place(Role.WEBHOOK), message="the webhook is no address")
        return
    if not url or parts.scheme.lower() == "https" or host in _LOCAL:
        return
    yield Finding(
        path=subject.place(Role.WEBHOOK),
        message="the webhook is not called by https: callers' words travel unencrypted",
        found=characters.named(f"{parts.scheme}://{host}" if host else "no scheme"),
        allowed="https://…",
    )


def _voice(subject: Subject) -> Iterator[Finding]:
    voice = subject.text(Role.VOICE)
    language = subject.kind.role(Role.LANGUAGE)
    fault = _fault(voice, subject.text(Role.LANGUAGE), language) if voice else ""
    if fault:
        shown = shortened(voice, _SHOWN)
        yield Finding(path=subject.place(Role.VOICE), message=fault, found=characters.named(shown))


def _fault(voice: str, lang: str, field: str) -> str:
    """Why a text does not look like a voice's id, or like one of another language.

    Empty if it does.
    """
    if _UUID.fullmatch(voice):
        return "the voice's id is a placeholder, all zeros" if not voice.strip("0-") else ""
    if re.fullmatch("[0-9a-fA-F-]{28,44}", voice):
        return "the voice's id is a UUID with characters too many, too few or misplaced"
    provider = _PROVIDER.fullmatch(voice)
    if not provider:
        return "the voice's id looks like a name or a note, and not like an id"
    if provider[1] in ("ar", "en") and lang in ("ar", "en") and provider[1] != lang:
        return f"the voice speaks `{provider[1]}`, and `{field}` is `{lang}`"
    return ""


SET = RuleSet(
    name="connections",
    description="the webhook and the voice",
    rules=(
        Rule(
            name="webhook-not-https",
            description="The webhook is called without https",
            why="Callers' words and the webhook's secret can be read in transit",
            help="give the address an https one",
            bad="""\
spec:
  <webhook>: http://hooks.example.com/calls
""",
            good="""\
spec:
  <webhook>: https://hooks.example.com/calls
""",
            check=_webhook,
            needs=declares(Role.WEBHOOK),
        ),
        Rule(
            name="odd-voice-id",
            description="The voice's id does not look like one",
            why="The call begins in silence or in another voice",
            help="copy the id of the voice from the dashboard: a UUID such as 1f3396aa-24e3-4523-…",
            bad="""\
spec:
  <voice>: Salma
""",
            good="""\
spec:
  <voice>: 1f3396aa-24e3-4523-b4ef-7dd4adb8fab9
""",
            check=_voice,
            needs=declares(Role.VOICE),
        ),
    ),
)

"""Words that read well and sound wrong: what a caller hears directly, word for word.

That is the greeting, the pokes, the literal texts of a flow's nodes, and the params that fill their
placeholders. A prompt is read by a model, and may have Markdown, numbers and addresses; so may a
greeting that is a prompt.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from reconciler.lint import numbers
from reconciler.lint.frame import (
    Check,
    Finding,
    Place,
    Rule,
    RuleSet,
    Subject,
    blanked,
    declares,
    hears,
    says,
)
from reconciler.schema.kind import Role
from reconciler.text import characters, words
from reconciler.text.wording import shortened

LONGEST = 40
"""Words of a greeting: about 16 seconds in English, 20 in Arabic, before a caller can answer."""

_MARKDOWN = {
    "a heading": r"(?m)^ {0,3}#{1,6}[ \t]+\S[^\n]*",
    "bold": r"\*\*[^*\n]+\*\*|__[^_\n]+__",
    "emphasis": r"(?<![\w*])\*[^\s*](?:[^*\n]*[^\s*])?\*(?![\w*])",
    "a list item": r"(?m)^[ \t]*[-*+•][ \t]+\S[^\n]*",
    "a numbered list": r"(?m)^[ \t]*\d{1,2}[.)][ \t]+\S[^\n]*\n(?=[ \t]*\d{1,2}[.)][ \t]+\S)",
    "a link": r"\[[^\[\]\n]+\]\([^()\s]*\)",
    "code": r"`[^`\n]+`|```",
    "a quotation": r"(?m)^>[ \t]+\S[^\n]*",
    "a table": r"(?m)^\|[^\n]*\|[ \t]*$",
    "an HTML tag": r"</?(?:a|b|br|div|em|h[1-6]|i|li|ol|p|span|strong|u|ul)(?:\s[^<>]*)?/?>",
}
_MARK = r"[-#*_+•`\[>|<]|\d[.)]"
"""A sign that every kind of Markdown has."""
_MARKS = r"[-#*_+•`\[>|<\d]"

_ENDINGS = "com|net|org|info|edu|gov|sa|ae|qa|kw|bh|eg|jo|iq|lb|ma|tn|dz"
"""Top-level domains that are not words, so that a missing space does not make an address."""

_URL = (
    r"(?i:https?://|www\.)[^\s<>\"'،؛]+"
    r"|[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,}"
    rf"|(?<![\w@.-])[a-z0-9-]{{2,63}}(?:\.[a-z0-9-]{{2,63}})*\.(?:{_ENDINGS})(?![\w-])(?:/\S*)?"
)
"""A URL, an e-mail address, or a bare domain. `Booking.com` starts like a brand: it is spoken."""
_DOT = r"://|@|\.\S"
"""A sign that each of them has."""

_PICTURES = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_PICTURE = f"[{_PICTURES}]"
_EMOJI = f"(?:{_PICTURE}|[#*0-9]\ufe0f?\u20e3)(?:[\ufe0f\u200d\U0001f3fb-\U0001f3ff]|{_PICTURE})*"
_SHOWN = 40


def _firsts(what: str, patterns: dict[str, str], sign: str = "") -> Check:
    """The check that reports the first match of each pattern in each text that is heard.

    ``sign`` is part of all that a pattern finds: most texts have none.
    """

    def check(subject: Subject) -> Iterator[Finding]:
        for place, text in subject.heard:
            plain = blanked(text)
            if not re.search(sign, plain):
                continue
            for name, one in patterns.items():
                match = re.search(one, plain)
                if match:
                    said = f"{what}: {name}" if name else what
                    yield _finding(place, match, said)

    return check


def _finding(place: Place, match: re.Match[str], message: str) -> Finding:
    first = match.group().strip().partition("\n")[0]
    shown = shortened(first, _SHOWN)
    offset = match.start() + len(match.group()) - len(match.group().lstrip())
    return Finding(path=place, offset=offset, message=message, found=characters.named(shown))


def _bare_numbers(subject: Subject) -> Iterator[Finding]:
    for place, text in subject.heard:
        for one in numbers.odd(blanked(text)):
            message = f"{one.kind} in digits, which voices read in different ways"
            yield Finding(path=place, offset=one.offset, message=message, found=one.found)


def _long_greeting(subject: Subject) -> Iterator[Finding]:
    most = subject.limits.get("long-greeting", LONGEST)
    greeting = subject.place(Role.GREETING)
    for text in [text for place, text in subject.said if place == greeting]:
        count = len(text.split())
        if count > most:
            yield Finding(
                path=greeting,
                offset=None,
                message="the greeting is long, and the caller waits for its end",
                found=f"{count} words",
                allowed=f"at most {most} words",
            )


def _repeated_pokes(subject: Subject) -> Iterator[Finding]:
    """Pokes that repeat an earlier one, or the greeting."""
    if not _may_be_alike([text for _, text in subject.said]):
        return
    seen: dict[str, str] = {}
    for place, text in subject.said:
        same = _same(text)
        if not same:
            continue
        if same in seen and _is_poke(subject, place):
            yield Finding(path=place, message=f"a poke says the same as {seen[same]}")
        seen.setdefault(same, _called(place))


def _is_poke(subject: Subject, place: Place) -> bool:
    pokes = subject.place(Role.POKES)
    return bool(pokes) and place[: len(pokes)] == pokes


def _called(place: Place) -> str:
    """A text by its path in the request: `pokes.0`."""
    return f"`{'.'.join(map(str, place))}`"


def _same(text: str) -> str:
    """Equal for texts that sound alike: their letters, without diacritics, case and punctuation."""
    return unicodedata.normalize("NFD", characters.fold(text).casefold()).translate(_KEPT)


def _may_be_alike(texts: list[str]) -> bool:
    """Whether two of these texts may be the same: told from one byte for each character."""
    whole = _BETWEEN.join(texts)
    usual = words.encoded(whole)
    if usual is None or whole.count(_BETWEEN) >= len(texts):
        return True
    return len({*usual.translate(*_sounds()).split(_BETWEEN.encode())}) < len(texts)


@cache
def _sounds() -> tuple[bytes, bytes]:
    """How ``bytes.translate`` leaves what ``_same`` does of each of the usual characters."""
    sounds = [one if one == _BETWEEN else _same(one) for one in words.CHARACTERS]
    first = {sound: code for code, sound in reversed([*enumerate(sounds)])}
    return bytes(first[one] for one in sounds), bytes(n for n, one in enumerate(sounds) if not one)


_BETWEEN = "\0"
"""What stands between texts: no voice says it, and a text that has it is compared in full."""


class _Kept(dict[int, int | None]):
    """The compared characters of a text, for ``str.translate``; filled on demand."""

    def __missing__(self, code: int) -> int | None:
        """Return the character itself, or None for one that is left out."""
        one = chr(code)
        kept = one in "{}" or unicodedata.category(one)[0] in "LN "
        self[code] = code if kept else None
        return self[code]


_KEPT = _Kept()


SET = RuleSet(
    name="spoken",
    description="what a caller hears at once: greeting, pokes, literal texts of nodes, params",
    rules=(
        Rule(
            name="spoken-markdown",
            description="Words that a caller hears contain Markdown or HTML",
            why="The voice says «asterisk asterisk», or pauses at a sign",
            help="write it as it is spoken; emphasis and lists belong into the prompt",
            bad="""\
spec:
  <greeting>: Welcome to **Nour Clinic**. How can I help?
""",
            good="""\
spec:
  <greeting>: Welcome to Nour Clinic. How can I help?
""",
            check=_firsts("Markdown that would be spoken", _MARKDOWN, _MARK),
            needs=hears(_MARKS),
        ),
        Rule(
            name="spoken-url",
            description="Words that a caller hears contain a web or e-mail address",
            why="It is read letter by letter, too fast to write down",
            help="say it as people do («nour clinic dot com»), or offer to send it in a message",
            bad="""\
spec:
  <pokes>: ["You can also book at www.nourclinic.example/visits."]
""",
            good="""\
spec:
  <pokes>: ["You can also book on our web site. Shall I send you the address?"]
""",
            check=_firsts("an address that would be spoken", {"": _URL}, _DOT),
            needs=says(_DOT),
        ),
        Rule(
            name="spoken-emoji",
            description="Words that a caller hears contain an emoji, an arrow or another picture",
            why="A voice leaves it out or reads its name: «smiling face with open mouth»",
            help="delete it, and let the words carry the tone",
            bad="""\
spec:
  <greeting>: أهلاً بك في عيادة النور 😊 كيف أقدر أساعدك؟
""",
            good="""\
spec:
  <greeting>: أهلاً وسهلاً بك في عيادة النور! كيف أقدر أساعدك؟
""",
            check=_firsts("a picture that would be spoken", {"": _EMOJI}),
            needs=hears(f"[{_PICTURES}\u20e3]"),
        ),
        Rule(
            name="bare-number",
            description="Digits that a caller hears are a phone number, date, time, amount or code",
            why="One voice reads 920001234 digit by digit, another as nine hundred twenty million",
            help="write it as it is spoken: «nine two zero, zero zero one», «half past nine»",
            bad="""\
spec:
  <language>: ar
  <greeting>: عيادة النور ترحب بك. نعمل حتى الساعة ٩:٣٠ مساءً.
""",
            good="""\
spec:
  <language>: ar
  <greeting>: عيادة النور ترحب بك في فروعها الـ3. نعمل حتى التاسعة والنصف مساءً.
""",
            check=_bare_numbers,
            needs=hears(r"\d"),
        ),
        Rule(
            name="long-greeting",
            description="The greeting has more words than a caller waits for",
            why="Callers talk into it or hang up: forty words take some sixteen seconds",
            help="greet, say who speaks, ask one question; leave the rest until callers ask",
            bad="""\
spec:
  <greeting>: >-
    Thank you for calling Nour Clinic, where your health has been in good hands for many years.
    This call may be recorded to improve our service. You can ask me about visits, prices,
    doctors, opening hours and directions, or say agent at any time to talk to a colleague.
""",
            good="""\
spec:
  <greeting>: >-
    Thank you for calling Nour Clinic. This call may be recorded. How can I help you?
""",
            check=_long_greeting,
            needs=declares(Role.GREETING),
            limit=LONGEST,
            unit="words",
        ),
        Rule(
            name="repeated-poke",
            description="A poke says the same as another one, or as the greeting",
            why="A caller who is silent hears a machine that repeats itself",
            help="say something else each time: ask whether they hear you, then offer a way on",
            bad="""\
spec:
  <pokes>: ["ألو، الصوت واضح؟", "ألو! الصوتُ واضح"]
""",
            good="""\
spec:
  <pokes>: ["ألو، الصوت واضح؟", "إذا الوقت غير مناسب، نقدر نتصل في وقت ثاني."]
""",
            check=_repeated_pokes,
            needs=declares(Role.POKES),
        ),
    ),
)

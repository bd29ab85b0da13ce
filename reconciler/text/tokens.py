"""Texts that look like a key, a token or a password: their place and kind. Pure.

There are two sorts. Some shapes can only be a key: their publishers gave them a prefix so that
scanners find them. Others only look random, or follow a word such as `password`.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from reconciler.late import dataclass, pattern


@dataclass(frozen=True)
class Token:
    """A part of a text, characters ``start`` to ``end``, and what it looks like.

    ``sure``: it has the shape of a key. The text itself is never kept.
    """

    start: int
    end: int
    kind: str
    sure: bool


_WORD = "A-Za-z0-9_-"
_BEFORE = "(?<![A-Za-z0-9])"
_SHAPES = {
    "a private key": (
        r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]+-----)?"
    ),
    "a JSON web token": (rf"{_BEFORE}eyJ[{_WORD}]{{8,}}\.eyJ[{_WORD}]{{8,}}\.[{_WORD}]{{8,}}"),
    "a secret key": (
        rf"{_BEFORE}[sr]k_(?:live|test)_[A-Za-z0-9]{{8,}}"
        rf"|{_BEFORE}g?sk_(?=[A-Za-z]*[0-9])[A-Za-z0-9]{{20,}}"
        rf"|{_BEFORE}sk-(?=[{_WORD}]*[0-9])(?=[{_WORD}]*[A-Z])[{_WORD}]{{20,}}"
    ),
    "an AWS access key": rf"{_BEFORE}(?:AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Za-z0-9])",
    "a Google key": (
        rf"{_BEFORE}(?:AIza[{_WORD}]{{35}}|ya29\.[{_WORD}]{{10,}}|GOCSPX-[{_WORD}]{{20,}}"
        rf"|1//0[{_WORD}]{{20,}})"
    ),
    "a GitHub token": (
        rf"{_BEFORE}(?:gh[pousr]_[A-Za-z0-9]{{36,}}|github_pat_[A-Za-z0-9_]{{22,}})"
    ),
    "a GitLab token": rf"{_BEFORE}glpat-[{_WORD}]{{20,}}",
    "a Slack token": (
        rf"{_BEFORE}xox[abeprs]-[A-Za-z0-9-]{{10,}}"
        r"|hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}"
    ),
    "a SendGrid key": rf"{_BEFORE}SG\.[{_WORD}]{{16,64}}\.[{_WORD}]{{16,64}}",
    "a Hugging Face token": rf"{_BEFORE}hf_[A-Za-z0-9]{{30,}}",
    "a Telegram bot's token": rf"{_BEFORE}[0-9]{{8,10}}:AA[{_WORD}]{{33}}",
    "a Twilio key": rf"{_BEFORE}SK[0-9a-f]{{32}}(?![A-Za-z0-9])",
    "a header with a key": (
        rf"{_BEFORE}(?i:bearer|token|basic)[ \t]+(?=[^\s\d]*[0-9])[A-Za-z0-9._~+/=-]{{16,}}"
    ),
    "a password in an address": (
        rf"{_BEFORE}[A-Za-z][A-Za-z0-9+.-]{{1,20}}://[^\s/:@{{}}$]{{1,100}}:"
        r"(?P<password>[^\s/@{}$]{3,200})@"
    ),
}
"""By name.

From the publishers' own pages; Hamsa's samples start with `sk_live_`, and keys in use are UUIDs,
which is why the word before one counts.
"""

_GROUPS = {kind: f"kind{number}" for number, kind in enumerate(_SHAPES)}
_SURE = "|".join(f"(?P<{_GROUPS[kind]}>{shape})" for kind, shape in _SHAPES.items())
_NAMED = (
    r"(?i:password|passwd|secret|token|api[ _-]?key|access[ _-]?key|credentials?"
    r"|كلمة المرور|كلمة السر|الرقم السري|مفتاح)[ \t]*[\"']?[ \t]*(?:[:=]|هو|is)[ \t]*[\"']?"
    r"([A-Za-z0-9_+=-]{16,200})(?![A-Za-z0-9_+=/@-]|\.[A-Za-z0-9])"
)
"""A word for a secret, and the value after it."""

_PLACEHOLDER = pattern(
    r"\[.*\]|<.*>|\(.*\)|%.*%|([*x•.#_-])\1*"
    r"|(?:[\w.-]*[\W_])?(?:pass(?:word|wd|phrase|code)?|pwd|pw|secrets?|token|(?:api)?[_-]?key"
    r"|credentials?|كلمة[_-]?(?:المرور|السر))(?:[\W_]?(?:here|goes[\W_]?here|placeholder|هنا))?"
    r"|(?:change|replace|fill|set)[\W_]?(?:me|this|it|in|here)|changeit|your[\W_]\w*"
    r"|your(?:password|pass|secret|token|key)|example|placeholder|redacted|hidden|removed|masked|dummy|todo|tbd|xxx+",
    re.IGNORECASE,
)
"""Placeholders for a password: a word for it, brackets, stars, an instruction.

`your_password`, `db-password` and `changeme` are placeholders; `password1` and `s3cret` may be
real.
"""

_ALONE = r"(?<![A-Za-z0-9_+/=.,:-])[A-Za-z0-9_+/-]{32,200}={0,2}(?![A-Za-z0-9_+/=@-]|\.[A-Za-z0-9])"
_SHORTEST = 16
_LONG = f"[A-Za-z0-9_+/=.~-]{{{_SHORTEST}}}"
_LONG_OR_ADDRESS = f"{_LONG}|://"
"""A part that every line with a token has. Two alternatives are much slower than one."""
_NAME = "[A-Z][A-Z0-9_]*"
"""The name of an environment variable, which is the right thing to write there."""

_LEAST_BITS = 3.0
_LEAST_BITS_ALONE = 4.2
"""Bits per character: hexadecimal has at most 4, and identifiers are written in it."""


def found(text: str) -> tuple[Token, ...]:
    """Every key, token or password in a text, in order, without overlaps."""
    if len(text) < _SHORTEST and "://" not in text:
        return ()  # most texts of a flow: names and words
    return _all(text)


@lru_cache(maxsize=1024)
def _all(text: str) -> tuple[Token, ...]:
    """Cached for the texts of a file, which several rules read, and for shared prompts."""
    tokens: list[Token] = []
    for one in _found(text):
        if all(one.start >= other.end or one.end <= other.start for other in tokens):
            tokens.append(one)
    return tuple(sorted(tokens, key=lambda one: one.start))


def crossed_out(text: str) -> str:
    """A text of the same length with keys, tokens and passwords replaced by ``x``."""
    return _replaced(text, found(text), lambda one: "x" * (one.end - one.start))


def struck(text: str) -> str:
    """A text that is safe to print: everything with the shape of a key is replaced."""
    return _replaced(text, [one for one in found(text) if one.sure], lambda _: "(sensitive)")


def _replaced(text: str, tokens: Sequence[Token], by: Callable[[Token], str]) -> str:
    """Replace these tokens of a text, which are in order."""
    for one in reversed(tokens):
        text = f"{text[: one.start]}{by(one)}{text[one.end :]}"
    return text


def _found(text: str) -> Iterator[Token]:
    """Yield tokens, sure ones first. Lines without a long word are skipped: they have no key."""
    if "-----BEGIN" in text:
        for block in re.finditer(_SHAPES["a private key"], text):
            yield Token(block.start(), block.end(), "a private key", sure=True)
    for start, line in _lines(text):
        for shape in re.finditer(_SURE, line):
            if _PLACEHOLDER.fullmatch(shape["password"] or ""):
                continue
            kind = next(kind for kind, name in _GROUPS.items() if shape[name])
            yield Token(start + shape.start(), start + shape.end(), kind, sure=True)
        for named in re.finditer(_NAMED, line):
            if _is_random(named[1], _LEAST_BITS) and not re.fullmatch(_NAME, named[1]):
                yield _maybe(start + named.start(1), start + named.end(1))
        for alone in re.finditer(_ALONE, line):
            if _is_mixed(alone[0]) and _is_random(alone[0], _LEAST_BITS_ALONE):
                yield _maybe(start + alone.start(), start + alone.end())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that may have a token, each with its offset."""
    sign_of = re.compile(_LONG_OR_ADDRESS if "://" in text else _LONG)
    end = 0
    while sign := sign_of.search(text, end):
        start = text.rfind("\n", 0, sign.start()) + 1
        end = text.find("\n", sign.end())
        end = len(text) if end < 0 else end
        yield start, text[start:end]


def _maybe(start: int, end: int) -> Token:
    return Token(start, end, "a random token", sure=False)


def _is_random(token: str, least: float) -> bool:
    """Whether the characters of a token have the entropy of random ones."""
    if not (re.search("[0-9]", token) and re.search("[A-Za-z]", token)):
        return False
    counts = Counter(token).values()
    return -sum(n / len(token) * math.log2(n / len(token)) for n in counts) >= least


def _is_mixed(token: str) -> bool:
    """Whether a token mixes letter cases and digits, as words, paths, hashes and ids do not."""
    return all(re.search(kind, token) for kind in ("[a-z]", "[A-Z]", "[0-9]"))

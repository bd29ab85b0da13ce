"""Texts that look like a key, a token or a password: their place and kind. Pure.

There are two sorts. Some shapes can only be a key: their publishers gave them a prefix so that
scanners find them. Others only look random, or follow a word such as `password`.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import AnyStr

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
_ANYWHERE = (
    (
        "a private key",
        (
            r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:(?!-----END)[\s\S])*(?:-----END [A-Z ]+-----)?"
        ),
    ),
    ("a Slack token", r"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}"),
)
_SHAPES = (
    ("a JSON web token", rf"eyJ[{_WORD}]{{8,}}\.eyJ[{_WORD}]{{8,}}\.[{_WORD}]{{8,}}"),
    (
        "a secret key",
        (
            r"[sr]k_(?:live|test)_[A-Za-z0-9]{8,}"
            r"|g?sk_(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}"
            rf"|sk-(?=[{_WORD}]*[0-9])(?=[{_WORD}]*[A-Z])[{_WORD}]{{20,}}"
        ),
    ),
    ("an AWS access key", r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    (
        "a Google key",
        rf"AIza[{_WORD}]{{35}}|ya29\.[{_WORD}]{{10,}}|GOCSPX-[{_WORD}]{{20,}}|1//0[{_WORD}]{{20,}}",
    ),
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}"),
    ("a GitLab token", rf"glpat-[{_WORD}]{{20,}}"),
    ("a Slack token", r"xox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a SendGrid key", rf"SG\.[{_WORD}]{{16,64}}\.[{_WORD}]{{16,64}}"),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("a Telegram bot's token", rf"[0-9]{{8,10}}:AA[{_WORD}]{{33}}"),
    ("a Twilio key", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    (
        "a header with a key",
        r"(?i:bearer|token|basic)[ \t]+(?=[^\s\d]*[0-9])[A-Za-z0-9._~+/=-]{16,}",
    ),
    (
        "a password in an address",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@{}$]{1,100}:(?P<password>[^\s/@{}$]{3,200})@",
    ),
)
"""Names and shapes; those of the second table do not begin inside a word.

From the publishers' own pages; Hamsa's samples start with `sk_live_`, and keys in use are UUIDs,
which is why the word before one counts.
"""

_KINDS = {f"kind{number}": kind for number, (kind, _) in enumerate((*_ANYWHERE, *_SHAPES))}


def _sure() -> str:
    """One pattern of all shapes, with a group for each."""
    shapes = [shape for _, shape in (*_ANYWHERE, *_SHAPES)]
    named = [f"(?P<{group}>{shape})" for group, shape in zip(_KINDS, shapes, strict=True)]
    free, begun = named[: len(_ANYWHERE)], named[len(_ANYWHERE) :]
    return f"{'|'.join(free)}|(?<![A-Za-z0-9])(?:{'|'.join(begun)})"


_SURE, _BLOCK = _sure(), _ANYWHERE[0][1]
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
_BEGIN, _LONG, _ADDRESS = "-----BEGIN", b"x" * _SHORTEST, "://"
"""Besides blocks, every line with a token has one of the latter two; one is a run of ``_KEYS``."""
_KEYS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=.~-")
_DRAWN = bytes(ord("x" if chr(code) in _KEYS else " ") for code in range(256))
"""``x`` for each character of keys, a blank for every other.

Runs are found in bytes, one for each character, in a tenth of a regular expression's time.
"""
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


def among(texts: Sequence[str]) -> list[tuple[int, Token]]:
    """Every token in these texts, with the number of its text.

    They are looked at as one text, whose lines are theirs: most have none.
    """
    whole = "\n".join(texts)
    if _BEGIN not in whole and not any(_in_line(line) for _, line in _lines(whole, _signs(whole))):
        return []
    return [(number, one) for number, text in enumerate(texts) for one in found(text)]


@lru_cache(maxsize=1024)
def _all(text: str) -> tuple[Token, ...]:
    """Cached for texts in which several rules look, and for shared prompts."""
    signs = _signs(text)
    if not signs and _BEGIN not in text:
        return ()
    tokens: list[Token] = []
    for one in _found(text, signs):
        if all(one.start >= other.end or one.end <= other.start for other in tokens):
            tokens.append(one)
    return tuple(sorted(tokens, key=lambda one: one.start))


def crossed_out(text: str) -> str:
    """A text of the same length with keys, tokens and passwords replaced by ``x``."""
    return _replaced(text, found(text), lambda one: "x" * (one.end - one.start))


def struck(text: str) -> str:
    """A text that is safe to print: everything with the shape of a key is replaced."""
    there = found(text)
    if not there:
        return text
    return _replaced(text, [one for one in there if one.sure], lambda _: "(sensitive)")


def _replaced(text: str, tokens: Sequence[Token], by: Callable[[Token], str]) -> str:
    """Replace these tokens of a text, which are in order."""
    for one in reversed(tokens):
        text = f"{text[: one.start]}{by(one)}{text[one.end :]}"
    return text


def _found(text: str, signs: Iterable[int]) -> Iterator[Token]:
    """Yield tokens, sure ones first. Lines without a long word are skipped: they have no key."""
    if _BEGIN in text:
        for block in re.finditer(_BLOCK, text):
            yield Token(block.start(), block.end(), "a private key", sure=True)
    for start, line in _lines(text, signs):
        for one in _in_line(line):
            yield Token(start + one.start, start + one.end, one.kind, one.sure)


@lru_cache(maxsize=4096)
def _in_line(line: str) -> tuple[Token, ...]:
    """Cached: names of files are looked at twice, and many files have a line of a voice's id."""
    return tuple(_all_in_line(line))


def _all_in_line(line: str) -> Iterator[Token]:
    for shape in re.finditer(_SURE, line):
        if not _PLACEHOLDER.fullmatch(shape["password"] or ""):
            yield Token(shape.start(), shape.end(), _KINDS[shape.lastgroup or ""], sure=True)
    for named in re.finditer(_NAMED, line):
        if _is_random(named[1], _LEAST_BITS) and not re.fullmatch(_NAME, named[1]):
            yield _maybe(named.start(1), named.end(1))
    for alone in re.finditer(_ALONE, line):
        if _is_mixed(alone[0]) and _is_random(alone[0], _LEAST_BITS_ALONE):
            yield _maybe(alone.start(), alone.end())


def _lines(text: str, signs: Iterable[int]) -> Iterator[tuple[int, str]]:
    """The lines with these signs of a token, each with its offset."""
    end = 0
    for sign in signs:
        if sign < end:
            continue
        start = text.rfind("\n", 0, sign) + 1
        end = text.find("\n", sign)
        end = len(text) if end < 0 else end
        yield start, text[start:end]


def _signs(text: str) -> list[int]:
    """Where a text has long runs and addresses, in order."""
    drawn = text.encode("ascii", "replace").translate(_DRAWN)
    long = [*_places(drawn, _LONG)]
    return sorted((*long, *_places(text, _ADDRESS))) if "/" in text else long


def _places(text: AnyStr, part: AnyStr) -> Iterator[int]:
    """Every offset of a part, without overlaps."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


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

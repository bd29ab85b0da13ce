"""A server's text made safe to show: short, and without secrets in any encoding. Pure.

A hostile or merely verbose server repeats the key in a header, in a redirect or in an error page:
verbatim, in other case, percent-encoded, as HTML entities or in base64.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, unquote_plus

from reconciler.late import pattern

LEAST = 4
"""The least length of a secret: striking out shorter texts would mangle every word."""
HIDDEN = "(sensitive)"

_WORD = pattern(r"\S+")
_CODED = pattern(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_TOO_MUCH = 20_000
"""Characters of a foreign text that are searched; shown texts are a tenth of that at most."""


def told(text: str, secrets: Iterable[str], most: int) -> str:
    """A foreign text without secrets, of at most ``most`` characters."""
    clean = struck(text[:_TOO_MUCH], secrets)
    return clean if len(clean) <= most else f"{clean[:most]}…"


def struck(text: str, secrets: Iterable[str]) -> str:
    """A text with every secret replaced, in whatever encoding it occurs.

    >>> struck("no SK-12 nor c2stMTI= nor %73k-12", ["sk-12"])
    'no (sensitive) nor (sensitive) nor (sensitive)'
    """
    known = sorted({one for one in secrets if len(one) >= LEAST}, key=len, reverse=True)
    if not known:
        return text
    for secret in known:
        text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    lowered = [secret.lower() for secret in known]
    if any(_holds(form, lowered) for form in _forms(text)):
        text = _WORD.sub(lambda found: _word(found.group(), lowered), text)
        if any(_holds(form, lowered) for form in _forms(text)):  # across words
            return HIDDEN
    return text


def _word(word: str, secrets: list[str]) -> str:
    return HIDDEN if any(_holds(form, secrets) for form in _forms(word)) else word


def _holds(text: str, secrets: list[str]) -> bool:
    lowered = text.lower()
    return any(secret in lowered for secret in secrets)


def _forms(text: str) -> Iterator[str]:
    """Yield the text decoded by each of the usual encodings."""
    yield unquote(text)
    yield unquote_plus(unquote(text))
    yield html.unescape(text)
    yield "".join(letter for letter in text if letter.isprintable())
    for found in _CODED.finditer(unquote(text)):
        yield from _decoded(found.group())


def _decoded(token: str) -> Iterator[str]:
    """Decode a token as base64; it may start inside another one, so at each of four offsets."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    for offset in range(min(4, len(plain))):
        part = plain[offset:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            yield base64.b64decode(part + "=" * (-len(part) % 4)).decode("latin-1")
        except binascii.Error:
            continue

"""How values of people and of the API are written in a sentence, in any language. Pure.

Texts are harmless and at most ``LONGEST`` long, and only the host of an address is shown: the rest
may be a key.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from reconciler.jsonvalues import Json
from reconciler.late import dataclass, pattern
from reconciler.render.sanitize import one_line
from reconciler.text.plurals import Plural

LONGEST = 40
"""Characters of a value that are shown."""

_COUNTED = pattern(r"(-?[\d.]+) (\D+)")
_BLANKS = pattern(r"[ \t\r\n]+")
_TRAILING = " .,:;،؛"
_HOST = pattern(r"[\w.-]{1,253}")


@dataclass(frozen=True, kw_only=True)
class Writer:
    """What a language provides to write values.

    ``units`` are those of the field table (``ms``, ``s``, ``minutes``); ``days`` turns the API's
    names of days into ``on Monday and Friday``.
    """

    quotes: tuple[str, str]
    instead_of: str
    units: Mapping[str, Plural]
    days: Callable[[Sequence[str]], str]

    def instead(self, before: str) -> str:
        """The text after a value that replaces another; empty without one."""
        return f" {self.instead_of} {before}" if before else ""

    def quoted(self, text: str) -> str:
        """A text of people: short, on one line, harmless, quoted."""
        return f"{self.quotes[0]}{cut(text)}{self.quotes[1]}"

    def value(self, value: Json, unit: str = "") -> str:
        """A text or a number; empty for other values, which a sentence cannot contain."""
        match value:
            case str():
                return self.quoted(value)
            case bool():
                return ""
            case int() | float():
                count = int(value) if isinstance(value, float) and value.is_integer() else value
                return self.units[unit](count) if unit in self.units else f"{count} {unit}".rstrip()
        return ""


def without_unit(before: str, after: str) -> str:
    """A number without its unit, if the number next to it has the same unit.

    >>> without_unit("800 ms", "600 ms"), without_unit("1 minute", "5 minutes")
    ('800', '1 minute')
    """
    old, new = _COUNTED.fullmatch(before), _COUNTED.fullmatch(after)
    return old[1] if old and new and old[2] == new[2] else before


def cut(text: str) -> str:
    r"""The start of a text, cut between two words if possible, made visible.

    >>> cut("one\ntwo"), cut("Welcome to the clinic, how can I help you today?")
    ('one two', 'Welcome to the clinic, how can I help…')
    """
    whole = text.strip(" \t\r\n")
    flat = _BLANKS.sub(" ", whole[: 10 * LONGEST])
    if len(flat) <= LONGEST:
        return one_line(flat) + ("…" if len(whole) > 10 * LONGEST else "")
    head = flat[: LONGEST + 1].rpartition(" ")[0].rstrip(_TRAILING) or _letters(flat)
    return f"{one_line(head)}…"


def _letters(word: str) -> str:
    """The start of a long word; a diacritic is not separated from its letter."""
    end = LONGEST
    while end and unicodedata.combining(word[end]):
        end -= 1
    return word[:end]


def host(url: Json) -> str:
    """The host of a web address, without account, port, path and query; empty if not certain.

    >>> host("https://me:key@hooks.example.com:8443/in?token=x"), host("hooks.example.com/in")
    ('hooks.example.com', '')
    """
    if not isinstance(url, str) or "\\" in url:
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    name = parts.hostname or ""
    return name if parts.scheme in ("http", "https") and _HOST.fullmatch(name) else ""

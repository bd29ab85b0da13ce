"""Names for the ways in which an API stores a different value than it was sent. Pure.

==============================  ======================================  ==========================
sent                            stored                                  to write, to be equal
==============================  ======================================  ==========================
a text with a final newline     the same without it                     the text without it
line ends LF                    CRLF, or the other way round            what is stored, or nothing
blanks around it or its lines   the same without them                   the text without them
letters and their marks apart   one character for both (NFC)            what is stored
a number, true, false           the same as a text                      it in quotes
a text                          the number that it spells               it without quotes
an empty text, list or mapping  null, or nothing                        nothing: leave it out
a number                        the same, rounded                       the rounded one
a map without some of its keys  the same with these keys                the keys, or nothing
==============================  ======================================  ==========================
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

from reconciler import jsonvalues
from reconciler.jsonvalues import Json
from reconciler.late import dataclass


@dataclass(frozen=True)
class Reshaped:
    """The difference of a stored value from the sent one, and the value to write to be equal."""

    how: str
    write: str

    def __str__(self) -> str:
        return f"{self.how}: {self.write}"


@dataclass(frozen=True)
class _Rule:
    """A way in which servers change texts: it applies if ``plain`` makes both texts equal."""

    plain: Callable[[str], str]
    told: Reshaped


def _no_last_end(text: str) -> str:
    return re.sub(r"(?:\r?\n)+\Z", "", text)


_RULES = (
    _Rule(
        _no_last_end,
        Reshaped(
            "stored without its last line end",
            "write the text without it, `|-` in place of `|`",
        ),
    ),
    _Rule(
        lambda text: text.replace("\r\n", "\n"),
        Reshaped("stored with other line ends (CRLF or LF)", "write those, or leave it as it is"),
    ),
    _Rule(
        lambda text: re.sub(r"[ \t\xa0]+(?=\r?\n|\Z)", "", text),
        Reshaped(
            "stored without the blanks at the ends of its lines", "write the lines without them"
        ),
    ),
    _Rule(
        str.strip,
        Reshaped(
            "stored without the white space around it", "write the text without it, `|-` for `|`"
        ),
    ),
    _Rule(
        lambda text: unicodedata.normalize("NFC", text),
        Reshaped("stored with other character composition (NFC)", "write it as it is stored"),
    ),
    _Rule(
        str.casefold,
        Reshaped("stored in other capital or small letters", "write it as it is stored"),
    ),
)
_ANY_SPACE = _Rule(
    lambda text: " ".join(text.split()),
    Reshaped("stored with other white space", "write it as it is stored"),
)
OTHER = Reshaped("the API makes another value of it", "write what is stored")
_EMPTY = Reshaped("an empty value, kept as null", "leave it out of the file")
_NULL = Reshaped("null, kept as an empty value", "write the empty value")
_AS_TEXT = Reshaped("a number or true/false, stored as text", "write it in quotes")
_AS_VALUE = Reshaped("a text, stored as the value that it spells", "write it without quotes")
_ROUNDED = Reshaped("stored rounded", "write the rounded number")


def kept(sent: Json, stored: Json) -> Reshaped | None:
    """Keys that a stored map has although they were not sent, if nothing else differs.

    This happens on a server that merges maps. No request is known to remove keys there: the effect
    of a null is not documented.
    """
    found = tuple(_left(sent, stored, ""))
    if not found or None in found:
        return None
    names = ", ".join(f"`{name}`" for name in found)
    return Reshaped(
        f"the API keeps what was left out, {names}",
        "remove it in the dashboard, or write it into the file",
    )


def _left(sent: Json, stored: Json, at: str) -> Iterator[str | None]:
    """The extra keys of a stored map, dotted; None for any other difference."""
    match sent, stored:
        case Mapping(), Mapping():
            for name in {**sent, **stored}:
                path = f"{at}.{name}" if at else str(name)
                if name in sent:
                    yield from _left(sent[name], stored.get(name, jsonvalues.MISSING), path)
                else:
                    yield path
        case _ if not jsonvalues.equal(sent, stored):
            yield None


def merged(before: Json, sent: Json) -> Json:
    """The value that a server stores if it merges maps at every depth."""
    match before, sent:
        case Mapping(), Mapping():
            over = {name: merged(before.get(name), value) for name, value in sent.items()}
            return {**before, **over}
        case _:
            return sent


def reshaped(sent: Json, stored: Json) -> Reshaped | None:
    """The change of form of a stored value; None if it is another value."""
    found = list(dict.fromkeys(_differences(sent, stored)))
    if not found or None in found:
        return None
    named = [one for one in found if one]
    return Reshaped(
        "; ".join(dict.fromkeys(one.how for one in named)),
        "; ".join(dict.fromkeys(one.write for one in named)),
    )


def _differences(sent: Json, stored: Json) -> Iterator[Reshaped | None]:
    """The differences of form, leaf by leaf; None for any other difference."""
    if jsonvalues.equal(sent, stored):
        return
    match sent, stored:
        case Mapping(), Mapping():
            for name in {**sent, **stored}:
                yield from _differences(sent.get(name), stored.get(name))
        case list(), list() if len(sent) == len(stored):
            for old, new in zip(sent, stored, strict=True):
                yield from _differences(old, new)
        case _:
            yield _leaf(sent, stored)


def _leaf(sent: Json, stored: Json) -> Reshaped | None:
    match sent, stored:
        case (("" | []), None):
            return _EMPTY
        case None, ("" | []):
            return _NULL
        case Mapping(), None if not sent:
            return _EMPTY
        case str(), str():
            return _text(sent, stored)
        case ((bool() | int() | float()), str()):
            return _AS_TEXT if _spells(stored, sent) else None
        case str(), (bool() | int() | float()):
            return _AS_VALUE if _spells(sent, stored) else None
        case ((int() | float()), (int() | float())) if not isinstance(sent, bool):
            close = not isinstance(stored, bool) and math.isclose(sent, stored, rel_tol=1e-3)
            return _ROUNDED if close else None
    return None


def _text(sent: str, stored: str) -> Reshaped | None:
    """The fewest rules that make two texts equal; any white space is tried last."""
    sizes = range(1, len(_RULES) + 1)
    exact = (rules for size in sizes for rules in combinations(_RULES, size))
    loose = ((*rules, _ANY_SPACE) for size in (0, *sizes) for rules in combinations(_RULES, size))
    for rules in (*exact, *loose):
        if _plain(sent, rules) == _plain(stored, rules):
            told = [rule.told for rule in rules]
            how, write = (dict.fromkeys(getattr(one, n) for one in told) for n in ("how", "write"))
            return Reshaped(" and ".join(how), "; ".join(write))
    return None


def _plain(text: str, rules: tuple[_Rule, ...]) -> str:
    for rule in rules:
        text = rule.plain(text)
    return text


def _spells(text: str, value: Json) -> bool:
    """Whether a text spells this number or boolean."""
    if isinstance(value, bool):
        return text.strip().lower() == str(value).lower()
    try:
        return bool(float(text) == value)
    except ValueError:
        return False

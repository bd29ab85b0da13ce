"""Numbers in digits that voices read in different ways, in any system of digits. Pure.

Numbers that are read well everywhere are skipped: small numbers and years (`3 branches`, `24
hours`, `since 2019`), decimals, percentages, and `24/7`.
"""

import re
from collections.abc import Iterator

from reconciler.late import dataclass


@dataclass(frozen=True)
class Number:
    """A number in a text: its offset, its kind, and its text."""

    offset: int
    kind: str
    found: str


_CURRENCY = (
    r"[$€£¥₪₹]|SAR|AED|QAR|KWD|BHD|OMR|EGP|JOD|USD|EUR|SR|ر\.?\s?س|د\.?\s?إ|د\.?\s?ك"
    r"|ريال|ريالات|ريالاً|درهم|دراهم|درهماً|دينار|دنانير|ديناراً|جنيه|جنيهات|جنيهاً|دولار|دولارات"
    r"|riyals?|dirhams?|dinars?|dollars?|euros?|pounds?"
)
_AMOUNT = r"\d[\d,.٫٬]*"
_KINDS = {
    "a date": r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|(?!24/7|[٢][٤]/[٧])\d{1,2}/\d{1,2}",
    "a time": r"\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}[ \t]*[صم](?!\w)",
    "an amount": rf"(?i:(?:{_CURRENCY})[ \t]?{_AMOUNT}|{_AMOUNT}[ \t]?(?:{_CURRENCY})(?!\w))",
    "a phone number": r"\+\d(?:[ \t().-]{0,2}\d){5,14}|00\d(?:[ \t().-]{0,2}\d){6,14}"
    r"|\(?0\d{1,3}\)?[ \t-]\d(?:[ \t-]?\d){3,10}|\d{2,4}(?:[ \t-]\d{2,4}){2,4}|\d{3}-\d{4}"
    r"|\d{7,12}",
    "a code": r"0\d+",
    "a long number": r"\d{5,}",
}
"""The kind of a number by its form; the first match. ``\\d`` is a digit of any system."""

_NUMBER = "|".join(f"({kind})" for kind in _KINDS.values())
_ODD = rf"(?<![\w.,:/-])(?:{_NUMBER})(?![\w])(?![.,:/-]\d)"
_SHOWN = 40


def odd(text: str) -> Iterator[Number]:
    """Yield every number in a text that is read in different ways, in order.

    >>> [(one.kind, one.found) for one in odd("Open 3 days since 2019, call 920001234 by 9:30.")]
    [('a phone number', '920001234'), ('a time', '9:30')]
    """
    kinds = list(_KINDS)
    for match in re.finditer(_ODD, text):
        kind = kinds[(match.lastindex or 1) - 1]
        yield Number(match.start(), kind, match.group()[:_SHOWN])

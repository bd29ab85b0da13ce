"""Whether a text is only slightly different: few paragraphs, few words, no rule reversed. Pure.

The share of equal words is not enough: one *never* in each of forty rules leaves nine of ten words.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby

from reconciler.late import pattern
from reconciler.render.prose import prose
from reconciler.render.view import Passage, Spans
from reconciler.text.lines import words

_FEW_PARAGRAPHS = 5
_FEW_WORDS = 60

_TURNS = {
    "no": (
        "not never no none nobody nothing nor without cannot avoid refuse decline deny forbid "
        "forbidden prohibited prohibit disallow stop neither dont wont cant "
        "لا لن لم ليس ليست بدون دون بلا ممنوع يمنع تمنع يحظر محظور تجنب ارفض يرفض غير أبدا إياك"
    ),
    "must": (
        "must always shall should required require mandatory ensure "
        "يجب ينبغي دائما لابد عليك يلزم ضروري تأكد"
    ),
    "may": (
        "may might can could optional optionally sometimes allowed allow permitted "
        "يمكن يمكنك ربما أحيانا مسموح يسمح يجوز اختياري"
    ),
    "only": "only unless except فقط إلا سوى",
}
"""Words that decide the meaning of a rule, by kind, in English and Arabic without vowel marks."""
_SENTENCE = pattern(r"(?<=[.!?؟])\s+")
_ENDED = pattern(r"[.!?؟:…][\s»”\"')\]…]*$")
_PREFIXES = "وف"
"""*And* and *so* are prefixed to the next word."""


def is_slight(before: str, after: str) -> bool:
    """Whether two texts differ in a few words of a few paragraphs, and no rule is reversed.

    >>> is_slight("Always ask for the name.", "Never ask for the name.")
    False
    """
    passages = prose(before, after).passages
    touched = [one for one in passages if one.kind != "same"]
    size = sum(one.count for one in passages)
    number = sum(one.count for one in touched)
    if number > _FEW_PARAGRAPHS or (number > 1 and 2 * number > size):
        return False
    if sum(map(_new_words, touched)) > _FEW_WORDS:
        return False
    hunks = groupby(passages, key=lambda one: one.kind == "same")
    return not any(_turned(list(found)) for same, found in hunks if not same)


def _new_words(one: Passage) -> int:
    """The number of words of a passage that only one side has."""
    edited = bool(one.before and one.after)
    if one.kind == "moved" and not edited:
        return 0
    sides = (
        [span.text for span in side if span.marked or not edited]
        for side in (one.before, one.after)
    )
    return max(len(words(" ".join(side))) for side in sides)


def _turned(found: Sequence[Passage]) -> bool:
    """Whether the deciding words of a rule at one place differ, or moved within it.

    In edited passages, the words that only one side has count; in others, with both a removal and
    an addition, all of them.
    """
    edited = [one for one in found if one.before and one.after]
    if any(_hangs_on(one.before, one.after) != _hangs_on(one.after, one.before) for one in edited):
        return True
    gone = [_said(one.before) for one in found if one.kind == "removed"]
    come = [_said(one.after) for one in found if one.kind == "added"]
    return bool(gone and come) and _kinds(" ".join(gone)) != _kinds(" ".join(come))


def _hangs_on(spans: Spans, other: Spans) -> list[str]:
    """The kinds of the marked words. An added or removed sentence reverses no rule: it is one."""
    replaces = any(span.marked for span in other)
    found, above = [], "."
    for span in spans:
        if span.marked:
            first, *rest = _SENTENCE.split(span.text.strip())
            own = not replaces and _ENDED.search(above) and _ENDED.search(first)
            found += [] if own else _kinds(first)
            found += _kinds(rest[-1]) if rest and not _ENDED.search(rest[-1]) else []
        above = span.text
    return found


def _kinds(text: str) -> list[str]:
    """The kinds of rules that the words of a text make, in order."""
    return [kind for kind in map(_kind, words(text)) if kind]


def _said(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def _kind(word: str) -> str:
    plain = _plain(word)
    if plain.endswith("n't"):
        return "no"
    return _kinds_of_words().get(plain) or _kinds_of_words().get(plain.lstrip(_PREFIXES), "")


@cache
def _kinds_of_words() -> Mapping[str, str]:
    return {_plain(word): kind for kind, found in _TURNS.items() for word in found.split()}


def _plain(word: str) -> str:
    """A word without vowel marks and hamzas, and with a straight apostrophe."""
    letters = (c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return "".join(letters).replace("’", "'")

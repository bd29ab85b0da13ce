"""Invisible and lookalike characters: their names, and what a text sounds like. Pure.

There are three separate questions. What does a text *say* (``fold``)? Does a change alter that
(``cosmetic``), and what else does it alter (``differences``, ``named``)? And which characters would
surprise a reader (``odd``)? Nothing here changes what is sent.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from reconciler.late import dataclass
from reconciler.text.align import shared_ends, shared_start


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A surprising character. ``found`` is the raw text: show it with ``named``.

    ``rule`` is ``bidi-control``, ``invisible-character``, ``lookalike-letter``, ``mixed-digits`` or
    ``decomposed-text``; ``offset`` counts characters.
    """

    rule: str
    offset: int
    name: str
    found: str


class _Twin(NamedTuple):
    """A character that sounds like another one: that one, and the name of its kind."""

    heard: str
    kind: str


_ABBREVIATIONS = {
    unicodedata.lookup(short): short
    for short in (
        *("NBSP", "SHY", "CGJ", "ALM", "MVS", "ZWSP", "ZWNJ", "ZWJ", "LRM", "RLM", "LRE", "RLE"),
        *("PDF", "LRO", "RLO", "NNBSP", "MMSP", "WJ", "LRI", "RLI", "FSI", "PDI", "BOM"),
        *(f"VS{number}" for number in range(1, 257)),
    )
}
_FARSI = {"\u06cc": _Twin("\u064a", "Farsi yeh"), "\u06a9": _Twin("\u0643", "Farsi keheh")}
_ARABIC = {"\u064a": _Twin("\u064a", "Arabic yeh"), "\u0643": _Twin("\u0643", "Arabic kaf")}
_DIGITS = {
    chr(zero + value): _Twin(str(value), f"{system} digits")
    for system, zero in (("ASCII", 0x30), ("Arabic-Indic", 0x660), ("Farsi", 0x6F0))
    for value in range(10)
}
_TWINS = _DIGITS | _FARSI | _ARABIC
_REORDERS = ", which can show a text in another order than it is spoken"
# Ranges of code points, for use inside brackets of a regular expression.
_BIDI = "\u202a-\u202e\u2066-\u2069"
_SPACES = "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SILENT = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff"
_CODED = (
    "\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
"""Invisible to people but not to a language model: tags can spell out hidden instructions."""
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_FORMS = "\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdf9\ufe70-\ufefc"
"""Presentation forms, without the signs that people write on purpose (U+FDFA to U+FDFD)."""
_EMOJI = (
    "©®‼⁉™ℹ\u2190-\u21ff\u2300-\u2328\u232b-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "〰〽㊗㊙\U0001f000-\U0001fbff"
)
_SELECTABLE = f"#*0-9{_EMOJI}\u2200-\u22ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""What a variation selector may follow: emoji, keycaps, mathematical signs and ideographs."""

# Patterns as text: compiling these sets takes milliseconds, so `re` does it on first use.
_LOOSE_JOINER = f"\u200d(?:(?<![{_EMOJI}]\u200d)(?<![{_EMOJI}][\ufe0e\ufe0f]\u200d)|(?![{_EMOJI}]))"
_HIDDEN = (
    f"[{_SPACES}{_SILENT}{_CODED}]|[{_SELECTORS}](?<![{_SELECTABLE}][{_SELECTORS}])|{_LOOSE_JOINER}"
)
_UNSEEN = f"[{_BIDI}]|{_HIDDEN}"
_NOTED = f"{_UNSEEN}|[{_SELECTORS}{_FORMS}\u0640{''.join(_TWINS)}]"
_FOLDABLE = f"[{_BIDI}{_SPACES}{_SILENT}{_FORMS}\u0640\u06cc\u06a9٠-٩۰-۹]"
_TOUCHED = f"{_FOLDABLE[:-1]}\u200d\ufe0e\ufe0f]"
"""What folding may change; other texts are as they are heard if they are composed."""
_EMOJI_STYLE = f"[\ufe0e\ufe0f](?<=[#*0-9{_EMOJI}][\ufe0e\ufe0f])[\ufe0e\ufe0f]*"
_BLANKS = "[ \t-\r\x85]+"
_TRAILING = r"(?<! ) ++(?=\n|\Z)"
_UNSPOKEN = r"(?m)\{\{[^{}]*\}\}|^[ \t]*[0-9]{1,9}[.)](?=\s)"
"""Placeholders, and the numbers of list items, which Markdown requires in ASCII."""
_STRETCHING = "\u0640(?=[\u0620-\u0652\u0671-\u06d3])"
"""A tatweel before a letter or mark; at the end of an abbreviation («1445هـ») it is spelling."""
_MANY_MARKS = r"([^\w\s]{60,})"
_SUSPICIOUS = (
    f"[{_BIDI}{_SPACES}{_SILENT}{_CODED}{_SELECTORS}{_FORMS}{''.join(_FARSI)}\u0640\u200d]"
)
"""Where an odd character is possible: a text without any of these is not searched further."""
_USUAL = (
    "[\t-\r -~\xa1-\xac\xae-\u017f\u060c\u061b\u061f\u0621-\u063a\u0641-\u0652"
    "\u2010-\u2027\u2030-\u205e]*+"
)
"""The start of a text in which nothing can be odd: nothing suspicious, no digits but ASCII ones,
and no two characters of which there is a composed form. Most texts are only that."""
_DIGIT = f"[{''.join(_DIGITS)}]"
_LETTERS = f"[{_FORMS}{''.join(_FARSI)}]|{_STRETCHING}"


def fold(text: str) -> str:
    """A text as it sounds: equal for texts that differ only in hidden or lookalike characters.

    Joiners inside an emoji stay, since they choose the picture; so do marks that change a sound,
    and tags, which a language model reads.
    """
    heard = _heard(text)
    if heard.isprintable():  # then every blank is a space
        return " ".join(heard.split())
    return re.sub(_BLANKS, " ", heard).strip(" ")


def _without_blanks(text: str) -> str:
    if text.isprintable():  # as above
        return text.replace(" ", "")
    return re.sub(_BLANKS, "", text)


def cosmetic(before: str, after: str) -> bool:
    """Whether two different texts sound the same and spell their placeholders alike.

    A hidden character inside ``{{name}}`` is never cosmetic: the API would no longer fill it in.
    """
    if before == after:
        return False
    ours, theirs = _lines_apart(before, after)
    if fold(ours) != fold(theirs):
        return False
    return _placeholders(before) == _placeholders(after)


def _lines_apart(before: str, after: str) -> tuple[str, str]:
    """Both texts from the first line that differs to the last; no sound reaches beyond its line."""
    old, new = before.split("\n"), after.split("\n")
    head, tail = shared_ends(old, new)
    return "\n".join(old[head : len(old) - tail]), "\n".join(new[head : len(new) - tail])


def differences(before: str, after: str) -> tuple[str, ...]:
    """Describe odd characters that only one side has; empty if there are none.

    >>> differences("عيادة 3", "\u200fعيادة ٣")
    ('+1 right-to-left mark', 'Arabic-Indic digits for ASCII digits')
    """
    if before == after:
        return ()
    told = [] if before.isascii() and after.isascii() else list(_characters_apart(before, after))
    ours, theirs = _heard(before), _heard(after)
    if ours != theirs and _without_blanks(ours) == _without_blanks(theirs):
        told.append("white space")
    return tuple(told) or (("same characters, other places",) if ours == theirs else ())


def _characters_apart(before: str, after: str) -> Iterator[str]:
    """Which odd characters only one side has, and how its letters are composed."""
    old, new = Counter(re.findall(_NOTED, before)), Counter(re.findall(_NOTED, after))
    more, less = new - old, old - new
    yield from (*_counted("+", more, less), *_counted("−", less, more), *_exchanged(more, less))
    was, now = _pieces(before), _pieces(after)
    if was != now:
        yield "composed form" if now < was else "decomposed form"


def named(text: str, other: str = "") -> str:
    """A text with invisible characters as ``⟨RLM⟩``, and lookalikes followed by their names.

    Lookalikes are named, and trailing spaces shown, only if they are what differs from ``other``,
    the text on the other side of a change.

    >>> named("a\u200fb"), named("٣", "3"), named("٣", "٣")
    ('a⟨RLM⟩b', '٣⟨Arabic-Indic 3⟩', '٣')
    """
    if not other:
        return _with_unseen(text)
    notes = _notes(text, other)
    ours = _trailing(text)
    if ours and ours > _trailing(other) and fold(text) == fold(other):
        text = re.sub(_TRAILING, lambda found: "⟨space⟩" * len(found.group()), text)
    text = _with_unseen(text)
    return text.translate(notes) if notes else text


def _trailing(text: str) -> int:
    """The number of blanks at the ends of lines."""
    return sum(map(len, re.findall(_TRAILING, text)))


def _with_unseen(text: str) -> str:
    """A text with its invisible characters replaced by names; none of ASCII is invisible here."""
    if text.isascii():
        return text
    return re.sub(_UNSEEN, lambda found: f"⟨{abbreviation(found.group())}⟩", text)


def odd(text: str) -> list[Odd]:
    """List the surprising characters of a text, in order: each once per rule, at its first offset.

    Joiners and letters of Farsi and Urdu are expected in a text that has others of these languages.
    """
    return [] if is_usual(text) else _searched(text)


def is_usual(text: str) -> bool:
    """Whether a text has only characters of which none is ever odd."""
    if text.isascii():
        return True
    found = re.match(_USUAL, text)
    return found is not None and found.end() == len(text)


def _searched(text: str) -> list[Odd]:
    found = [*_mixed_digits(text), *_decomposed(text)]
    if re.search(_SUSPICIOUS, text):
        found = [
            *_firsts("bidi-control", f"[{_BIDI}]", text),
            *_firsts("invisible-character", _HIDDEN, text),
            *_firsts("lookalike-letter", _LETTERS, text),
            *found,
        ]
    usual = {"\u200c", *_FARSI} if found and re.search("[پچژگےٹڈ]", text) else set()
    return sorted((one for one in found if one.found not in usual), key=lambda one: one.offset)


def abbreviation(character: str) -> str:
    """The short name of an invisible character: ``RLO``, or ``U+2003`` if it has none."""
    return _ABBREVIATIONS.get(character, f"U+{ord(character):04X}")


def _heard(text: str) -> str:
    """``fold`` without changing white space.

    Loose joiners go first: they are judged by their original neighbours, not by those after
    folding.
    """
    if text.isascii():
        return text
    if not re.search(_TOUCHED, text) and unicodedata.is_normalized("NFC", text):
        return text
    plain = _plain(re.sub(_LOOSE_JOINER, "", text))
    return _composed(re.sub(_EMOJI_STYLE, "", plain))


def _plain(text: str) -> str:
    return re.sub(_FOLDABLE, lambda found: _folded(found.group()), text)


@cache
def _folded(one: str) -> str:
    """What a folded character sounds like: a blank, other letters, or nothing."""
    if one in _TWINS:
        return _TWINS[one].heard
    if re.match(f"[{_SPACES}]", one):
        return "\n" if one in "\u2028\u2029" else " "
    if re.match(f"[{_FORMS}]", one):
        letters = unicodedata.normalize("NFKC", one)
        return one if letters == one else _plain(letters)
    return ""


def _composed(text: str) -> str:
    """A text in NFC, except endless runs of marks: sorting 40,000 takes five seconds."""
    pieces = re.split(_MANY_MARKS, text)
    pieces[::2] = [unicodedata.normalize("NFC", piece) for piece in pieces[::2]]
    return "".join(pieces)


def _placeholders(text: str) -> list[str]:
    """The raw contents of double braces. A regular expression would take quadratic time."""
    parts = (part.partition("}}") for part in text.split("{{")[1:])
    return [name for name, closed, _ in parts if closed]


def _counted(sign: str, ours: Counter[str], theirs: Counter[str]) -> list[str]:
    """How many more of each kind one side has; a Farsi letter only if it replaces no Arabic one."""
    kinds: Counter[str] = Counter()
    for one in sorted(ours):
        if one not in _TWINS or (one in _FARSI and not theirs[_TWINS[one].heard]):
            kinds[_kind(one)] += ours[one]
    return [f"{sign}{number} {kind}" for kind, number in kinds.items()]


def _exchanged(more: Counter[str], less: Counter[str]) -> list[str]:
    """Which lookalikes replaced which, in the order of their code points."""
    pairs = (
        f"{_TWINS[new].kind} for {_TWINS[old].kind}"
        for new in sorted(more.keys() & _TWINS)
        for old in sorted(less.keys() & _TWINS)
        if _TWINS[new].heard == _TWINS[old].heard
    )
    return list(dict.fromkeys(pairs))


def _pieces(text: str) -> int:
    """How many characters are parts of letters that have a composed form."""
    if unicodedata.is_normalized("NFC", text):
        return 0
    composed = _composed(text)
    return 0 if composed == text else (Counter(text) - Counter(composed)).total()


def _kind(character: str) -> str:
    """The name of a character's kind."""
    if character in _TWINS:
        return _TWINS[character].kind
    if character == "\u0640":
        return "tatweel"
    if re.match(f"[{_SELECTORS}]", character):
        return "variation selector"
    if re.match(f"[{_FORMS}]", character):
        return "Arabic presentation form"
    if "\U000e0000" <= character <= "\U000e007f":
        return "tag character"
    return unicodedata.name(character, "").lower() or abbreviation(character)


def _notes(text: str, other: str) -> dict[int, str]:
    """Lookalikes that one side has more of, each followed by its name.

    Of two that sound alike, only if the other side has more of the other one; ASCII digits and
    Arabic letters are the normal case and get no name.
    """
    found = [] if text.isascii() else re.findall(_NOTED, text)
    if not found:
        return {}
    ours, theirs = Counter(found), Counter(re.findall(_NOTED, other))
    more, less = ours - theirs, theirs - ours
    replaced = {_TWINS[one].heard for one in less.keys() & _TWINS}
    notes = {}
    for one in more:
        twin = _TWINS.get(one)
        if twin and twin.heard != one and twin.heard in replaced:
            notes[ord(one)] = f"{one}⟨{twin.kind.replace('digits', twin.heard)}⟩"
        if re.match(f"[{_FORMS}\u0640]", one):
            notes[ord(one)] = f"{one}⟨{_kind(one)}⟩"
    return notes


def _firsts(rule: str, pattern: str, text: str) -> Iterator[Odd]:
    """The first of each character that the pattern finds."""
    seen = set()
    for found in re.finditer(pattern, text):
        one = found.group()
        if one not in seen:
            seen.add(one)
            name = _kind(one) + (_REORDERS if one in "\u202d\u202e" else "")
            yield Odd(rule=rule, offset=found.start(), name=name, found=one)


def _mixed_digits(text: str) -> Iterator[Odd]:
    """Yield where a second system of digits starts, and a third."""
    if not re.search("[٠-٩۰-۹]", text):
        return
    spoken = re.sub(_UNSPOKEN, lambda found: " " * len(found.group()), text)
    begun: dict[str, Odd] = {}
    for digit in _firsts("mixed-digits", _DIGIT, spoken):
        begun.setdefault(digit.name, digit)
    for kind in list(begun)[1:]:
        yield replace(begun[kind], name=f"{kind} beside {next(iter(begun))}")


def _decomposed(text: str) -> Iterator[Odd]:
    """Yield the first decomposed letter.

    Marks in another order do not count: people type shadda first.
    """
    words = re.finditer(r"\S+", text) if _pieces(text) else ()
    word = next((word for word in words if _pieces(word.group())), None)
    if word:
        start = word.start() + shared_start(word.group(), _composed(word.group()))
        found = re.findall(r"\S[^\w\s]{0,3}", text[start : start + 4])[0]
        yield Odd(rule="decomposed-text", offset=start, name="decomposed letter", found=found)

"""Keys for agents without one: readable, ASCII, and safe as a file's name. Pure."""

import re
import unicodedata
from collections.abc import Collection
from itertools import chain, count, pairwise

from reconciler.late import pattern

_LONGEST = 50
_LOOKED_AT = 1000
"""The number of characters of a name that are used."""

_RESERVED = {
    # Device names: not allowed as file names on Windows.
    *("con", "prn", "aux", "nul", "clock", "conin", "conout"),
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
    # Words that YAML or people reading a command line may take for something else.
    *("null", "none", "nil", "true", "false", "yes", "no", "on", "off", "y", "n"),
    *("all", "any", "nan", "inf"),
    # The folders next to the agent files.
    *("prompts", "shared"),
}
_NUMBER = pattern(r"[0-9][0-9e-]*")
"""Texts that YAML could read as a number or a date."""

_MARKS = pattern("[\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
"""Tatweel and diacritics: rare in names, and never complete."""


def _table(letters: str, sounds: str) -> dict[str, str]:
    return dict(zip(letters.split(), sounds.split(), strict=True))


_CONSONANTS = {
    **_table("ب ت ث ج ح خ د ذ ر ز س ش ص ض", "b t th j h kh d dh r z s sh s d"),
    **_table("ط ظ غ ف ق ك ل م ن ه پ چ ژ ڤ ک گ", "t z gh f q k l m n h p ch zh v k g"),
}
_VOWELS = _table("ا أ إ آ ٱ ى ة ع ئ ؤ", "a a i a a a a a i u")
_GLIDES = {"و": ("w", "u"), "ي": ("y", "i"), "ی": ("y", "i")}
"""At the start of a word and before a vowel, and elsewhere."""

_ARABIC = pattern(f"[ء{''.join((*_CONSONANTS, *_VOWELS, *_GLIDES))}]+")
"""Letters romanised here; those of other languages in Arabic script are left to anyascii."""


def key_for(name: str, agent_id: str, taken: Collection[str]) -> str:
    """A key for an agent of this name that is not in ``taken``, ignoring case.

    >>> key_for("عيادة النور", "48f7656f-098b", [])
    'ayada-alnur'
    >>> key_for("Front desk (Olaya)", "", ["Front-Desk-Olaya"])
    'front-desk-olaya-2'
    """
    return Keys(taken).free(name, agent_id)


class Keys:
    """Taken keys, ignoring case. Finding a free one takes constant time."""

    def __init__(self, taken: Collection[str]) -> None:
        self._held = {key.casefold() for key in taken}
        self._next: dict[str, int] = {}
        """The first number that may be free, by the key without one."""

    def take(self, key: str) -> None:
        """Mark a key as taken."""
        self._held.add(key.casefold())

    def free(self, name: str, agent_id: str, refused: Collection[str] = ()) -> str:
        """A key for an agent of this name that is neither taken nor refused; see ``key_for``."""
        wanted = _usable(_slug(name[:_LOOKED_AT]), _slug(agent_id[:_LOOKED_AT]))
        numbers = count(self._next.get(wanted, 1))
        free = (n for n in numbers if _numbered(wanted, n) not in self._held)
        first = self._next[wanted] = next(free)
        keys = (_numbered(wanted, n) for n in chain([first], free))
        return next(key for key in keys if key not in refused)


def _numbered(slug: str, number: int) -> str:
    return _cut(slug, f"-{number}") if number > 1 else slug


def _usable(slug: str, agent_id: str) -> str:
    if not slug:
        return f"agent-{agent_id[:8]}".strip("-")
    if _NUMBER.fullmatch(slug):
        return _cut(f"agent-{slug}")
    return f"{slug}-agent" if slug in _RESERVED else _cut(slug)


def _cut(slug: str, tail: str = "") -> str:
    """A slug and its tail within the length, cut at the end of a word if that is late enough."""
    most = _LONGEST - len(tail)
    if len(slug) <= most:
        return slug + tail
    whole, _, _ = slug[: most + 1].rpartition("-")
    return (whole if len(whole) > most // 2 else slug[:most]).strip("-") + tail


def _slug(text: str) -> str:
    """A text as words of a-z and 0-9 with hyphens; emoji only if there is nothing else.

    >>> _slug("🏥 Nour's Clinic"), _slug("🏥")
    ('nours-clinic', 'hospital')
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text))
    latin = [*map(_latin, _ARABIC.sub(_romanised, plain))]
    written = "".join(" " if _is_picture(one) else one for one in latin)
    return _words(written) or _words("".join(latin))


def _words(text: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", text.lower().replace("'", "")))


def _latin(character: str) -> str:
    from anyascii import anyascii  # noqa: PLC0415 - only an import of agents needs it

    return character if character.isascii() else anyascii(character)


def _is_picture(latin: str) -> bool:
    """Whether this is the name of an emoji: ``:hospital:``."""
    return len(latin) > 1 and latin.startswith(":")


def _romanised(found: re.Match[str]) -> str:
    """A word in Arabic letters as it could be pronounced.

    The article is kept apart from its noun.
    """
    word = found.group()
    article = word.startswith("ال") and len(word) > 3
    return ("al" if article else "") + _sounds(word[2:] if article else word)


def _sounds(word: str) -> str:
    """The sounds of a word, with an ``a`` where three consonants would meet or two start it.

    Short vowels are not written, so some of the guesses are wrong.
    """
    letters = [one for one in word if one in _CONSONANTS or one in _VOWELS or one in _GLIDES]
    said: list[tuple[str, bool]] = []
    for here, after in pairwise([*letters, ""]):
        sound, vowel = _sound(here, after, first=not said)
        if vowel and said and said[-1] == (sound, True):
            continue
        if not vowel and said and not said[-1][1] and (len(said) == 1 or not said[-2][1]):
            said.append(("a", True))
        said.append((sound, vowel))
    return "".join(sound for sound, _ in said)


def _sound(here: str, after: str, *, first: bool) -> tuple[str, bool]:
    """A letter's sound, and whether it is a vowel."""
    if here in _CONSONANTS:
        return _CONSONANTS[here], False
    if here in _VOWELS:
        return _VOWELS[here], True
    glide, vowel = _GLIDES[here]
    return (glide, False) if first or after in _VOWELS or after in _GLIDES else (vowel, True)

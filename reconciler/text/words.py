"""The words of long texts: how many there are, and how many are said again. Pure.

A word is what blanks separate and has a letter or digit in it, so that punctuation does not count.
A list of a prompt's words takes longer than most of its lint. So a text with the usual characters
of Arabic, English and French is looked at as bytes, one for each character, which are translated,
split and counted at once; others are taken apart.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache

ENDS = ".!?؟"
"""The signs that end a sentence; so does the end of a line."""

_USUAL = "cp1256"
"""An encoding of one byte for each of the usual characters."""
CHARACTERS = bytes(range(256)).decode(_USUAL)
"""The usual characters, in the order of their bytes."""


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return [w for w in text.split() if w[0].isalnum() or any(map(str.isalnum, w))]


def count(text: str) -> int:
    """The number of words of a text.

    >>> count("- no: 2 (two) words + 3"), count("✓ أربع كلمات فيها ✓")
    (5, 3)
    """
    usual = encoded(text)
    if usual is None:
        return len(words(text))
    drawn = usual.translate(*_drawn())
    return drawn.count(b" x") + drawn.startswith(b"x")


def repeated(text: str) -> int:
    """At least as many words as there are in sentences that repeat an earlier one.

    Sentences count as the same if they have the same letters and digits, whatever the words.
    """
    usual = encoded(text)
    if usual is None:
        return len(text)
    said = usual.translate(*_said())
    return sum(_repeats(said.split(b"\n"), said.translate(None, b" ").split(b"\n")))


def _repeats(sentences: list[bytes], letters: list[bytes]) -> Iterator[int]:
    """The number of words of each sentence whose letters were there before."""
    seen: set[bytes] = set()
    for sentence, same in zip(sentences, letters, strict=True):
        if same not in seen:
            seen.add(same)
        elif same:
            yield len(sentence.split())


@lru_cache(maxsize=8)  # several rules look at the texts of one agent
def encoded(text: str) -> bytes | None:
    """A text as one byte for each character; None if one of them is unusual."""
    try:
        return text.encode("ascii" if text.isascii() else _USUAL)
    except UnicodeEncodeError:
        return None


@cache
def _drawn() -> tuple[bytes, bytes]:
    """How ``bytes.translate`` leaves only an ``x`` for each letter or digit, and blanks."""
    table = bytes(ord(" " if one.isspace() else "x") for one in CHARACTERS)
    return table, _codes(_is_silent)


@cache
def _said() -> tuple[bytes, bytes]:
    """How ``bytes.translate`` leaves only letters, digits and blanks, a line for each sentence."""
    first: dict[str, int] = {}
    for code, one in enumerate(CHARACTERS):
        first.setdefault(one.casefold(), code)
    ends = {"\n", *ENDS}
    table = bytes(
        ord("\n" if one in ends else " ") if one in ends or one.isspace() else first[one.casefold()]
        for one in CHARACTERS
    )
    return table, _codes(lambda one: _is_silent(one) and one not in ends)


def _codes(which: Callable[[str], bool]) -> bytes:
    return bytes(code for code, one in enumerate(CHARACTERS) if which(one))


def _is_silent(one: str) -> bool:
    return not (one.isalnum() or one.isspace())

"""Find the values of secrets that this run knows in any text. Pure.

Values of fewer than eight characters are not searched for: they occur in words by chance, and no
key is that short. Values are found verbatim, percent-encoded, and in base64.
"""

import base64
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote

from reconciler.errors import Problem
from reconciler.text import tokens

SHORTEST = 8
_HIDDEN = "(sensitive)"


def held(text: str, known: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The first offset of each of these values in a text, with its name."""
    for name, value in known.items():
        places = [at for one in _spelled(value) if (at := text.find(one)) >= 0]
        if places:
            yield min(places), name


def of(names: Mapping[str, str]) -> dict[str, str]:
    """The values that are long enough to search for."""
    bare = {name: value.strip() for name, value in names.items()}
    return {name: value for name, value in bare.items() if len(value) >= SHORTEST}


def scrubbed(problem: Problem, known: Mapping[str, str]) -> Problem:
    """A problem without any known value, and without anything in the shape of a key."""
    if not (any(map(tokens.found, problem.texts)) or quoted(problem, known)):
        return problem  # nearly always
    return problem.with_texts(lambda text: tokens.struck(_struck(text, known)))


def spelled(known: Mapping[str, str]) -> tuple[str, ...]:
    """All texts to search for."""
    return tuple(one for value in known.values() for one in _spelled(value))


def quoted(problem: Problem, known: Mapping[str, str]) -> bool:
    """Whether a problem quotes a known value."""
    return any(one in text for one in spelled(known) for text in problem.texts)


def _struck(text: str, known: Mapping[str, str]) -> str:
    for value in known.values():
        for one in _spelled(value):
            text = text.replace(one, _HIDDEN)
    return text


@lru_cache(maxsize=256)
def _spelled(value: str) -> tuple[str, ...]:
    """The encodings of a value that texts may contain."""
    encoded = base64.b64encode(value.encode(errors="replace")).decode().rstrip("=")
    return tuple(dict.fromkeys((value, quote(value, safe=""), encoded)))

"""The values of secrets that this run knows, wherever a text holds one. Pure.

A value of fewer than eight characters is not looked for: it is in many words by chance, and no
key is that short. One is found as it is, percent-encoded, and in base64.
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
    """Where a text first holds each of these values, given by name."""
    for name, value in known.items():
        places = [at for one in _spelled(value) if (at := text.find(one)) >= 0]
        if places:
            yield min(places), name


def of(names: Mapping[str, str]) -> dict[str, str]:
    """Those of these values that are long enough to be looked for."""
    bare = {name: value.strip() for name, value in names.items()}
    return {name: value for name, value in bare.items() if len(value) >= SHORTEST}


def scrubbed(problem: Problem, known: Mapping[str, str]) -> Problem:
    """A problem in which no known value is quoted, and nothing that has the shape of a key."""
    return problem.with_texts(lambda text: tokens.struck(_struck(text, known)))


def spelled(known: Mapping[str, str]) -> tuple[str, ...]:
    """All that is looked for in texts."""
    return tuple(one for value in known.values() for one in _spelled(value))


def quoted(problem: Problem, known: Mapping[str, str]) -> bool:
    """Whether a problem quotes a known value."""
    looked_for = spelled(known)
    place = (problem.file, problem.field, *problem.agents)
    texts = (*place, problem.message, problem.found, problem.allowed, problem.hint)
    return any(one in text for one in looked_for for text in texts)


def _struck(text: str, known: Mapping[str, str]) -> str:
    for value in known.values():
        for one in _spelled(value):
            text = text.replace(one, _HIDDEN)
    return text


@lru_cache(maxsize=256)
def _spelled(value: str) -> tuple[str, ...]:
    """A value as texts may have it."""
    encoded = base64.b64encode(value.encode(errors="replace")).decode().rstrip("=")
    return tuple(dict.fromkeys((value, quote(value, safe=""), encoded)))

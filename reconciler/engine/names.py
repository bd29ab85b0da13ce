"""Agents' names as people see them: which look the same, and what in them cannot be seen. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.text import characters
from reconciler.text.wording import named

if TYPE_CHECKING:  # every command that prints a text comes here, also those without an agent
    from collections.abc import Iterable, Sequence

    from reconciler.model import Live


_MOST = 500
"""Characters of a name that are looked at: a longer one differs for everybody to see."""

_SAME = str.maketrans(
    {
        **dict(zip("АВЕЅІЈКМНОРСТУХаеосрхуіјѕԁһԛԝ", "ABESIJKMHOPCTYXaeocpxyijsdhqw", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True)),
        **dict.fromkeys("‘’‚‛ʼ´`", "'"),
        **dict.fromkeys("“”„‟«»", '"'),
    }
)
"""Letters of Cyrillic and Greek that look like Latin ones, and the kinds of quotation marks."""

_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u0640"
"""Letters and signs without ink of their own: fillers, a blank pattern, the Arabic stretcher."""


@lru_cache(maxsize=4096)
def look(name: str) -> str:
    """What a reader sees of a name: equal for names that look the same.

    Capitals, kinds and numbers of spaces, unseen characters, the composition of letters, kinds of
    dashes, quotation marks and digits do not count.

    >>> look("Caf\u00e9 ") == look("CAFE\u0301\u200f"), look("Desk 2") == look("Desk 3")
    (True, False)
    """
    text = unicodedata.normalize("NFKC", characters.fold(name[:_MOST]).translate(_SAME))
    seen = (_seen(one) for one in unicodedata.normalize("NFKC", text.casefold()))
    return " ".join("".join(seen).split()) + name[_MOST:]


def _seen(character: str) -> str:
    """A character as it is seen: nothing of one that nobody sees, one kind of dash and space."""
    kind = unicodedata.category(character)
    if kind in ("Cf", "Cs", "Co", "Cn") or character in _BLANK or _selects(character):
        return ""
    if kind == "Pd" or character == "\u2212":
        return "-"
    return " " if kind.startswith("Z") or kind == "Cc" else character


def _selects(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def shown(name: str) -> str:
    """A name in which everything is seen: unseen characters and spare spaces by their names.

    >>> shown("Caf\u00e9\u00a0"), shown(" Desk"), shown("Front desk")
    ('Café⟨NBSP⟩', '⟨space⟩Desk', 'Front desk')
    """
    text = re.sub("^ +| +$|(?<= ) +", lambda found: "⟨space⟩" * len(found.group()), name)
    return characters.named(text)


def differing(name: str, other: str) -> str:
    """In words, what of ``other`` differs from a name that looks the same."""
    if name == other:
        return "the same name"
    told = characters.differences(name, other)
    if told and told != ("same characters, other places",):
        return ", ".join(told)
    return "other capitals" if name.casefold() == other.casefold() else "other characters"


def told(agents: "Iterable[Live]") -> str:
    """Live agents by name and id, for a sentence."""
    return named([f"“{shown(agent.name)}” ({agent.id})" for agent in agents])


def alike(name: str, agents: "Sequence[Live]") -> "list[Live]":
    """The agents whose names look like this one."""
    wanted = look(name)
    return [agent for agent in agents if agent.name and look(agent.name) == wanted]

"""How people see agents' names: which look the same, and which characters are invisible. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.text import characters
from reconciler.text.wording import named

if TYPE_CHECKING:  # imported by every command that prints a text, even those without agents
    from collections.abc import Iterable, Sequence

    from reconciler.model import Live


_MOST = 500
"""Characters of a name that are compared: beyond these, any difference counts."""

_SAME = str.maketrans(
    {
        **dict(zip("АВЕЅІЈКМНОРСТУХаеосрхуіјѕԁһԛԝ", "ABESIJKMHOPCTYXaeocpxyijsdhqw", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True)),
        **dict.fromkeys("‘’‚‛ʼ´`", "'"),
        **dict.fromkeys("“”„‟«»", '"'),
    }
)
"""Cyrillic and Greek letters that look like Latin ones, and variants of quotation marks."""

_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u0640"
"""Characters without ink: fillers, the blank Braille pattern, the Arabic elongation (tatweel)."""


@lru_cache(maxsize=4096)
def look(name: str) -> str:
    """A form of a name that is equal for names that look the same.

    Ignores case, kinds and numbers of spaces, invisible characters, composition of letters, and
    kinds of dashes, quotation marks and digits.

    >>> look("Caf\u00e9 ") == look("CAFE\u0301\u200f"), look("Desk 2") == look("Desk 3")
    (True, False)
    """
    text = unicodedata.normalize("NFKC", characters.fold(name[:_MOST]).translate(_SAME))
    seen = (_seen(one) for one in unicodedata.normalize("NFKC", text.casefold()))
    return " ".join("".join(seen).split()) + name[_MOST:]


def _seen(character: str) -> str:
    """A character as it looks: empty if invisible, one kind of dash and space."""
    kind = unicodedata.category(character)
    if kind in ("Cf", "Cs", "Co", "Cn") or character in _BLANK or _selects(character):
        return ""
    if kind == "Pd" or character == "\u2212":
        return "-"
    return " " if kind.startswith("Z") or kind == "Cc" else character


def _selects(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def shown(name: str) -> str:
    """A name with invisible characters and extra spaces replaced by their names.

    >>> shown("Caf\u00e9\u00a0"), shown(" Desk"), shown("Front desk")
    ('Café⟨NBSP⟩', '⟨space⟩Desk', 'Front desk')
    """
    text = re.sub("^ +| +$|(?<= ) +", lambda found: "⟨space⟩" * len(found.group()), name)
    return characters.named(text)


def differing(name: str, other: str) -> str:
    """Describe how ``other`` differs from a name that looks the same."""
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

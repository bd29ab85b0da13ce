"""Items of the lists below the agents: what is the same of many agents is one line. Pure."""

from collections.abc import Iterable

from reconciler.render.labels import ENGLISH, Phrases
from reconciler.render.sanitize import label
from reconciler.render.view import Listed

_NAMED = 3
_LONG = 1000


def alike(pairs: Iterable[tuple[str, str]], say: Phrases = ENGLISH) -> tuple[Listed, ...]:
    """An item for each thing that is said, with the keys of all agents of which it is said.

    >>> alike([("a", "x"), ("b", ""), ("c", "y"), ("d", "x")])
    (Listed(who='a, d', field='', said='x'), Listed(who='c', field='', said='y'))
    """
    keys: dict[str, list[str]] = {}
    for key, said in pairs:
        if said:
            keys.setdefault(said, []).append(label(key))
    return tuple(Listed(who=_who(who, say), said=label(said, _LONG)) for said, who in keys.items())


def _who(keys: list[str], say: Phrases) -> str:
    """Some names, and how many more; a rest of one is named too."""
    if len(keys) <= _NAMED + 1:
        return say.joined(keys)
    return say.joined(keys[:_NAMED]) + say(" and {n} more", n=len(keys) - _NAMED)

"""The words that printers of text use for the same thing, foreign ones isolated. Pure."""

from collections.abc import Sequence

from reconciler.engine.wording import count
from reconciler.render.bidi import isolated
from reconciler.render.sheet import Listed, Passage, Shared

GROUP_TITLES = {
    "spoken": "spoken at once",
    "behaviour": "behaviour",
    "reach": "reach",
    "silent": "silent",
    "cosmetic": "cosmetic",
}
_NAMED = 4
FOLDS = ("same", "shared", "left")
"""Kinds of passages that show no words: see ``fold``."""


def fold(passage: Passage, following: str = "") -> str:
    """What a passage without words is: ``⋯ 12 unchanged: Role · Rules``.

    The heading that is ``following`` is told right below.
    """
    if passage.kind == "left":
        return f"… and {_more(passage)}"
    if passage.kind == "shared":
        return f"⋯ {passage.count} in {numbers((passage.shared,))}"
    names = passage.inside[:-1] if passage.inside[-1:] == (following,) else passage.inside
    inside = [isolated(name) for name in names]
    more = f" · +{len(inside) - _NAMED}" if len(inside) > _NAMED else ""
    under = f": {' · '.join(inside[:_NAMED])}{more}" if inside else ""
    return f"⋯ {passage.count} unchanged{under}"


def _more(passage: Passage) -> str:
    """How many are left out: ``214 more changed paragraphs``, ``3 more changed rows``."""
    plain = passage.count - passage.rows - passage.lines
    counts = {"paragraph": plain, "row": passage.rows, "line": passage.lines}
    found = [count(number, f"more changed {noun}") for noun, number in counts.items() if number]
    return " and ".join(found)


def moved(passage: Passage) -> str:
    """Where passages stood before: ``moved here from line 12, «Opening»``."""
    place = f", «{isolated(passage.moved_from)}»" if passage.moved_from else ""
    line = f" from line {passage.old_line}" if passage.old_line else ""
    more = f"; {passage.count - 1} more moved along" if passage.count > 1 else ""
    return f"moved here{line}{place}{more}"


def shared_by(one: Shared) -> str:
    """Who has a shared change: ``shared change 1, on 3 agents: a, b, c; otherwise on d``."""
    odd = f"; otherwise on {', '.join(one.odd)}" if one.odd else ""
    return f"shared change {one.number}, {one.spread}: {', '.join(one.agents)}{odd}"


def numbers(found: Sequence[int]) -> str:
    """Shared changes by number: ``shared change 1``, ``shared changes 1, 2``."""
    return f"shared change{'s' * (len(found) != 1)} {', '.join(map(str, found))}"


def listed(item: Listed) -> str:
    """An item of a list, on one line."""
    who = isolated(item.who)
    if item.field:
        return f"{who} {item.field}" + (f" ({isolated(item.said)})" if item.said else "")
    return f"{who}: {isolated(item.said)}" if item.said else who

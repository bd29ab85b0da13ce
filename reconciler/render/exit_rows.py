"""Changed exits of a flow's nodes in a row: as sentences, long conditions word by word. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.jsonvalues import MISSING, Json
from reconciler.kinds.flow import turns
from reconciler.kinds.flow.turns import Turn
from reconciler.model import ADDED, REMOVED, Change
from reconciler.render.conditions import is_long, listed, sentences
from reconciler.render.labels import Phrases
from reconciler.render.prose import prose
from reconciler.render.sanitize import one_line
from reconciler.render.view import Part

ORDER = turns.ORDER


def node(path: str) -> str:
    """The slug of the node that a field is in; empty for a field in none."""
    return one_line(turns.node_of(path) or "")


def shown(change: Change, say: Phrases, *, creating: bool = False) -> dict[str, Any]:
    """How to show a change of exits; empty if it is none, or cannot be told.

    Of a node that is new or taken out, the exits are listed; ``sign`` tells which.
    """
    if creating or change.item:
        value = change.before if change.item == REMOVED else change.after
        found = turns.at(change.path, MISSING, value) or ()
        sign = {ADDED: "+", REMOVED: "-"}.get(change.item, "+")
        more = {} if change.cause.is_conflict else {"sign": sign}
        return {"told": tuple(listed(one, say) for one in found), **more} if found else {}
    return between(change.path, change.before if change.readable else MISSING, change.after, say)


def between(path: str, before: Json, after: Json, say: Phrases) -> dict[str, Any]:
    """How to show the difference of two values at the path of exits; empty for anything else."""
    found = turns.at(path, before, after) or ()
    slug = turns.node_of(path) or ""
    told = tuple(text for one in found for text in sentences(slug, one, say))
    return {"told": told, "parts": tuple(_parts(found))} if told else {}


def _parts(found: Sequence[Turn]) -> Iterator[Part]:
    """The words of conditions that are too long for a sentence, after the target's name."""
    for one in found:
        if "when" in one.how and is_long(one) and one.before and one.after:
            words = prose(one.before.detail, one.after.detail)
            path = f"→ {one.after.to}" if one.after.to else "→"
            yield Part(one_line(path), one.before.detail, one.after.detail, words)

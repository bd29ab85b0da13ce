"""Show a change once that many agents share, such as a prompt fragment of forty agents. Pure.

Of a text, single passages are shared, of other fields whole rows; always with the same cause.
Conflicts, new agents and blocked ones are left out: they are reviewed one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from reconciler.late import changed, dataclass
from reconciler.render.common import Text, common, identity
from reconciler.render.labels import ENGLISH, Phrases
from reconciler.render.prose import folded, size
from reconciler.render.rows import grouped
from reconciler.render.sanitize import label
from reconciler.render.view import Block, Listed, Marks, Passage, Prose, Row, Shared

_AGENTS_FOR_ROWS = 3
"""Short rows are easier to read in place, unless there are many."""
_ROWS = ("~", "?")
"""Signs of rows that can be shared."""


class _Piece(NamedTuple):
    """What can be shared: a row without line numbers and headings, or one passage of its text.

    ``before`` and ``after`` are digests, empty for nothing.
    """

    path: str
    kind: str
    cause: str
    note: str
    before: str
    after: str


@dataclass(frozen=True)
class _Told:
    """A shared change: a field of some agents; for a text, the indexes of its passages."""

    path: str
    keys: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]


_Rows = Mapping[tuple[str, str], Row]
"""All rows that may be shared, by agent and path, in the order of the blocks."""


def told_once(
    blocks: Sequence[Block], *, whole: bool = False
) -> tuple[tuple[Block, ...], tuple[Shared, ...]]:
    """Separate what several blocks share: the rest of the blocks, and the shared changes.

    ``whole``: nothing is taken out, because these are a part of more blocks.
    """
    if whole:
        return tuple(blocks), ()
    rows = {
        (block.key, row.path): row
        for block in blocks
        if block.sign == "~"
        for row in block.rows
        if row.sign in _ROWS and not row.sides and row.sign != "!"
    }
    told = list(_told(rows))
    others = _by_side(rows)
    shared = [_shared(number, one, rows, others) for number, one in enumerate(told, 1)]
    mine: dict[str, dict[int, _Told]] = {}
    for number, one in enumerate(told, 1):
        for key in one.keys:
            mine.setdefault(key, {})[number] = one
    return tuple(_without(block, mine.get(block.key, {})) for block in blocks), tuple(shared)


def _told(rows: _Rows) -> Iterator[_Told]:
    """The shared changes, in the order of their first agents' fields."""
    order = {place: number for number, place in enumerate(rows)}
    found = [*_whole_rows(rows), *_passages(rows)]
    yield from sorted(found, key=lambda one: order[one.keys[0], one.path])


def _whole_rows(rows: _Rows) -> Iterator[_Told]:
    holders: dict[_Piece, list[str]] = {}
    for (key, path), row in rows.items():
        # A row without digests is a secret's, and not known to be equal.
        if not row.prose and any(row.marks):
            piece = _Piece(path, row.sign, row.cause, row.note, *row.marks)
            holders.setdefault(piece, []).append(key)
    for piece, keys in holders.items():
        if len(keys) >= _AGENTS_FOR_ROWS:
            yield _Told(piece.path, tuple(keys), {})


def _passages(rows: _Rows) -> Iterator[_Told]:
    texts = [
        Text(key, path, (row.cause, row.note), row.prose.passages)
        for (key, path), row in rows.items()
        if row.prose
    ]
    for one in common(texts):
        yield _Told(one.path, tuple(one.places), one.places)


_BySide = Mapping[tuple[str, str, str], Mapping[Marks, Sequence[str]]]
"""The agents of pieces by path and by text before or after, and then by both texts."""


def _by_side(rows: _Rows) -> _BySide:
    found: dict[tuple[str, str, str], dict[Marks, list[str]]] = {}
    for (key, _), row in rows.items():
        for piece in _pieces(row):
            both = piece.before, piece.after
            for side, mark in zip(("before", "after"), both, strict=True):
                if mark:
                    there = found.setdefault((piece.path, side, mark), {})
                    there.setdefault(both, []).append(key)
    return found


def _pieces(row: Row, places: Sequence[int] | None = None) -> Iterator[_Piece]:
    """A row as one piece, or a text as one per passage; only at these places if given."""
    if not row.prose:
        if any(row.marks):
            yield _Piece(row.path, row.sign, row.cause, row.note, *row.marks)
        return
    for place, one in enumerate(row.prose.passages):
        if one.kind != "same" and (places is None or place in places):
            yield _Piece(row.path, one.kind, row.cause, row.note, *one.marks)


def _shared(number: int, told: _Told, rows: _Rows, others: _BySide) -> Shared:
    row = first = rows[told.keys[0], told.path]
    pieces = set(_pieces(first, told.places.get(told.keys[0])))
    if first.prose:
        sides = [_at_places(rows[key, told.path], told.places[key]) for key in told.keys]
        passages = [_placed_alike(one, sides) for one in sides[0]]
        row = changed(first, prose=Prose(passages=tuple(passages), size=size(passages)))
    odd = _otherwise(pieces, others) - set(told.keys)
    return Shared(number=number, row=row, agents=told.keys, odd=tuple(sorted(odd)))


def _otherwise(pieces: AbstractSet[_Piece], others: _BySide) -> set[str]:
    """Agents that had the same there and get something else, or the reverse."""
    return {
        key
        for one in pieces
        for side, mark in (("before", one.before), ("after", one.after))
        for both, keys in others.get((one.path, side, mark), {}).items()
        if both != (one.before, one.after)
        for key in keys
    }


def _at_places(row: Row, places: Sequence[int]) -> list[Passage]:
    return [row.prose.passages[place] for place in places] if row.prose else []


def _placed_alike(one: Passage, sides: Sequence[Sequence[Passage]]) -> Passage:
    """A passage with only those parts of its place that all agents have in common."""
    same = [other for side in sides for other in side if identity(other) == identity(one)]
    heading = one.heading if len({other.heading for other in same}) == 1 else ""
    origin = one.moved_from if len({other.moved_from for other in same}) == 1 else ""
    return changed(one, heading=heading, moved_from=origin, old_line=0, new_line=0)


def _without(block: Block, mine: Mapping[int, _Told]) -> Block:
    """A block without the parts that are shown elsewhere, with references to them."""
    if block.sign != "~" or not mine:
        return block
    left = []
    for row in block.rows:
        found = {number: one for number, one in mine.items() if one.path == row.path}
        rest = _rest(row, block.key, found) if found else row
        left += [rest] if rest else []
    return changed(block, groups=grouped(left), shared=tuple(mine))


def _rest(row: Row, key: str, told: Mapping[int, _Told]) -> Row | None:
    """A row with references in place of passages that are shown elsewhere."""
    if not row.prose:
        return None
    numbers = {place: number for number, one in told.items() for place in one.places[key]}
    passages = [
        _reference(one, numbers[place]) if place in numbers else one
        for place, one in enumerate(row.prose.passages)
    ]
    left = tuple(folded(passages))
    if all(one.kind in ("same", "shared") for one in left) and not row.prose.space:
        return None
    return changed(row, prose=changed(row.prose, passages=left, shared=tuple(told)))


def _reference(one: Passage, number: int) -> Passage:
    return Passage(kind="shared", count=one.count, rows=one.rows, lines=one.lines, shared=number)


_NAMED = 3
_LONG = 1000


def alike(pairs: Iterable[tuple[str, str]], say: Phrases = ENGLISH) -> tuple[Listed, ...]:
    """One item per distinct text, with the keys of all its agents.

    >>> alike([("a", "x"), ("b", ""), ("c", "y"), ("d", "x")])
    (Listed(who='a, d', field='', said='x'), Listed(who='c', field='', said='y'))
    """
    keys: dict[str, list[str]] = {}
    for key, said in pairs:
        if said:
            keys.setdefault(said, []).append(label(key))
    return tuple(Listed(who=_who(who, say), said=label(said, _LONG)) for said, who in keys.items())


def _who(keys: list[str], say: Phrases) -> str:
    """Some names, and how many more; a single remaining one is named too."""
    if len(keys) <= _NAMED + 1:
        return say.joined(keys)
    return say.joined(keys[:_NAMED]) + say(" and {n} more", n=len(keys) - _NAMED)

"""The same change on many agents, told once: a prompt fragment that forty agents share. Pure.

Of a text single passages are shared, of other fields whole rows; always with the same cause.
Conflicts, new agents and blocked ones are left out: they are looked at one by one.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model import Cause
from reconciler.render.prose import folded, size
from reconciler.render.rows import grouped
from reconciler.render.sheet import Block, Passage, Prose, Row, Shared

_AGENTS_FOR_PROSE = 2
"""So many agents with one passage make it shared: two equal diffs are one too many to read."""
_AGENTS_FOR_ROWS = 3
"""Short rows are read faster in place, until they are many."""
_ROWS = ("~", "?")
"""Signs of rows that can be shared."""


@dataclass(frozen=True)
class _Piece:
    """What can be shared: all of a row or passage but line numbers and headings.

    ``before`` and ``after`` are marks, 0 for nothing. ``nth`` tells equal passages of one text
    apart.
    """

    path: str
    kind: str
    cause: str
    note: str
    before: int
    after: int
    nth: int = 0

    @property
    def is_passage(self) -> bool:
        """Whether it is one passage of a text, and no whole row."""
        return self.kind not in _ROWS


_Holders = Mapping[_Piece, tuple[str, ...]]
"""Each piece with the keys of its agents, in the order of the blocks."""


def told_once(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[Shared, ...]]:
    """The blocks without what several of them share, and that."""
    holders = _holders(blocks)
    groups = list(_groups(holders))
    numbers = {piece: number for number, pieces in enumerate(groups, 1) for piece in pieces}
    rows = {(block.key, row.path): row for block in blocks for row in block.rows}
    others = _by_side(holders)
    shared = [
        _shared(numbers[pieces[0]], frozenset(pieces), holders[pieces[0]], rows, others)
        for pieces in groups
    ]
    return tuple(_without(block, numbers) for block in blocks), tuple(shared)


def _holders(blocks: Sequence[Block]) -> _Holders:
    found: dict[_Piece, dict[str, None]] = {}
    for block in blocks:
        for row in block.rows if block.sign == "~" else ():
            for piece, _ in _pieces(row):
                found.setdefault(piece, {})[block.key] = None
    return {piece: tuple(keys) for piece, keys in found.items()}


def _pieces(row: Row) -> Iterator[tuple[_Piece, Passage | None]]:
    """What of a row can be shared; of a text with the passage that it is."""
    if row.sign not in _ROWS or row.sides or row.cause == Cause.CONFLICT:
        return
    if not row.prose:
        # A row without marks is a secret's: what it holds is not known to be the same.
        if any(row.marks):
            yield _Piece(row.path, row.sign, row.cause, row.note, *row.marks), None
        return
    seen: Counter[Hashable] = Counter()
    for one in row.prose.passages:
        if one.kind != "same":
            kind = f"{one.kind} {one.count}"
            piece = _Piece(row.path, kind, row.cause, row.note, *one.marks)
            yield replace(piece, nth=seen[piece]), one
            seen[piece] += 1


def _groups(holders: _Holders) -> Iterator[list[_Piece]]:
    """What is shared, the passages of one field on the same agents together."""
    found: dict[Hashable, list[_Piece]] = {}
    for piece, keys in holders.items():
        if len(keys) >= (_AGENTS_FOR_PROSE if piece.is_passage else _AGENTS_FOR_ROWS):
            same = (piece.path, keys, piece.cause, piece.note) if piece.is_passage else piece
            found.setdefault(same, []).append(piece)
    yield from found.values()


_BySide = Mapping[tuple[str, str, int], Sequence[tuple[_Piece, tuple[str, ...]]]]
"""Pieces and their agents by path and by what stood, or will stand, there."""


def _by_side(holders: _Holders) -> _BySide:
    found: dict[tuple[str, str, int], list[tuple[_Piece, tuple[str, ...]]]] = {}
    for piece, keys in holders.items():
        for side, mark in (("before", piece.before), ("after", piece.after)):
            if mark:
                found.setdefault((piece.path, side, mark), []).append((piece, keys))
    return found


def _otherwise(pieces: frozenset[_Piece], others: _BySide) -> set[str]:
    """Agents that had the same there and get something else, or the other way round."""
    return {
        key
        for one in pieces
        for side, mark in (("before", one.before), ("after", one.after))
        for piece, keys in others.get((one.path, side, mark), ())
        if (piece.before, piece.after) != (one.before, one.after)
        for key in keys
    }


def _shared(
    number: int,
    pieces: frozenset[_Piece],
    keys: tuple[str, ...],
    rows: Mapping[tuple[str, str], Row],
    others: _BySide,
) -> Shared:
    path = next(iter(pieces)).path
    first, *rest = (rows[key, path] for key in keys)
    row = replace(first, prose=_only(first, rest, pieces)) if first.prose else first
    odd = _otherwise(pieces, others) - set(keys)
    return Shared(number=number, row=row, agents=keys, odd=tuple(sorted(odd)))


def _only(first: Row, rest: Sequence[Row], pieces: frozenset[_Piece]) -> Prose:
    """The shared passages alone, with what all agents have in common of their places."""
    kept = {piece: one for piece, one in _pieces(first) if one and piece in pieces}
    for row in rest:
        for piece, one in _pieces(row):
            if one and piece in kept:
                kept[piece] = _placed_alike(kept[piece], one)
    passages = [replace(one, old_line=0, new_line=0) for one in kept.values()]
    return Prose(passages=tuple(passages), size=size(passages))


def _placed_alike(one: Passage, other: Passage) -> Passage:
    heading = one.heading if one.heading == other.heading else ""
    origin = one.moved_from if one.moved_from == other.moved_from else ""
    return replace(one, heading=heading, moved_from=origin)


def _without(block: Block, numbers: Mapping[_Piece, int]) -> Block:
    """A block without what is told elsewhere, and where that is."""
    if block.sign != "~":
        return block
    mine: dict[int, None] = {}
    left = []
    for row in block.rows:
        found = {numbers[piece]: None for piece, _ in _pieces(row) if piece in numbers}
        mine |= found
        rest = _rest(row, numbers, tuple(found)) if found else row
        left += [rest] if rest else []
    return replace(block, groups=grouped(left), shared=tuple(mine))


def _rest(row: Row, numbers: Mapping[_Piece, int], found: tuple[int, ...]) -> Row | None:
    if not row.prose:
        return None
    gone = {id(one) for piece, one in _pieces(row) if piece in numbers}
    left = [one for one in row.prose.passages if id(one) not in gone]
    if all(one.kind == "same" for one in left) and not row.prose.space:
        return None
    return replace(row, prose=replace(row.prose, passages=tuple(folded(left)), shared=found))

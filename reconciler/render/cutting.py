"""Cut a row of a sheet to its first changed passages, if there is no room for all. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from reconciler.render.prose import together
from reconciler.render.view import Group, Part, Passage, Prose, Row, Side

_Found = TypeVar("_Found", Row, Side, Part)


def changed(rows: Sequence[Row]) -> int:
    """The number of changed passages in some rows."""
    return sum(_is_change(one) for row in rows for prose in _texts(row) for one in prose.passages)


def first_rows(rows: Sequence[Row], most: int) -> list[Row]:
    """The rows with this many changed passages; each text says how many more it has."""
    found = []
    for row in rows:
        found.append(_first_of_row(row, most))
        most = max(0, most - changed([row]))
    return found


def first_groups(groups: Sequence[Group], most: int) -> tuple[Group, ...]:
    """The same for the rows of an agent."""
    rows = iter(first_rows([row for group in groups for row in group.rows], most))
    return tuple(replace(group, rows=tuple(next(rows) for _ in group.rows)) for group in groups)


def _texts(found: Row | Side | Part) -> Iterator[Prose]:
    yield from (found.prose,) if found.prose else ()
    if isinstance(found, Row):
        yield from (found.whole,) if found.whole else ()
    if not isinstance(found, Part):
        yield from (text for part in found.parts for text in _texts(part))
    if isinstance(found, Row):
        yield from (text for side in found.sides for text in _texts(side))


def _first_of_row(row: Row, most: int) -> Row:
    one, most = _first(row, most)
    if row.whole:
        one, most = replace(one, whole=_cut(row.whole, most)), most - _count(row.whole)
    parts, most = _first_of_each(one.parts, most)
    sides = []
    for side in one.sides:
        kept, most = _first(side, most)
        inner, most = _first_of_each(kept.parts, most)
        sides.append(replace(kept, parts=inner))
    return replace(one, parts=parts, sides=tuple(sides))


def _first_of_each(parts: Sequence[Part], most: int) -> tuple[tuple[Part, ...], int]:
    found = []
    for part in parts:
        one, most = _first(part, most)
        found.append(one)
    return tuple(found), most


def _first(found: _Found, most: int) -> tuple[_Found, int]:
    """Cut one text to this many changed passages; also returns how many are left for others."""
    if not found.prose:
        return found, most
    return replace(found, prose=_cut(found.prose, most)), most - _count(found.prose)


def _cut(prose: Prose, most: int) -> Prose:
    """The passages up to the last changed one that fits, and a note on the rest."""
    if _count(prose) <= most:
        return prose
    places = [place for place, one in enumerate(prose.passages) if _is_change(one)]
    end = places[max(0, most)]
    left = [prose.passages[place] for place in places[max(0, most) :]]
    all_left = together(left)
    rest = Passage(kind="left", count=all_left.count, rows=all_left.rows, lines=all_left.lines)
    return replace(prose, passages=(*prose.passages[:end], rest))


def _count(prose: Prose) -> int:
    return sum(map(_is_change, prose.passages))


def _is_change(one: Passage) -> bool:
    return one.kind not in ("same", "shared")

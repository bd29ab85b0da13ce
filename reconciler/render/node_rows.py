"""The rows of a node that is new or taken out: one, with everything that it has. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.engine.impact import GROUPS, group
from reconciler.kinds.flow import turns
from reconciler.model import Change
from reconciler.render.view import Block, Group, Part, Row
from reconciler.schema import digest
from reconciler.schema.paths import ORDER, own

_WHOLE = ("+", "-")
_EMPTY = ("null", "false", '""')


def joined(rows: Iterable[Row]) -> list[Row]:
    """The rows, with one for each new or removed node of a flow in place of the first of its own.

    The list of the nodes then no longer repeats which were added and removed.
    """
    found = [*rows]
    nodes: dict[tuple[str, str], list[Row]] = {}
    for one in found:
        if one.node and one.sign in _WHOLE:
            nodes.setdefault((one.sign, one.node), []).append(one)
    made: list[Row] = []
    for one in found:
        own_rows = nodes.get((one.sign, one.node), ())
        if not own_rows:
            made.append(one)
        elif one is own_rows[0]:
            made.append(_node(own_rows))
    told = {one.path for one in made if one.node and one.sign in _WHOLE}
    return [*_without_told(made, told)]


def shown(changes: Iterable[Change], *, creating: bool = False) -> list[Change]:
    """The changes that have a row of their own in ``joined``: one for each new or removed node.

    It is the one that a caller notices most.
    """
    found = [*changes]
    nodes: dict[str, Change] = {}
    for one in found:
        slug = _whole_node(one, creating=creating)
        if slug and (slug not in nodes or _strength(one) < _strength(nodes[slug])):
            nodes[slug] = one
    kept = (one for one in found if one.path != turns.ORDER or not _is_told(one, nodes))
    return [one for one in kept if nodes.get(_whole_node(one, creating=creating), one) is one]


def _strength(change: Change) -> int:
    return GROUPS.index(group(change))


def _whole_node(change: Change, *, creating: bool) -> str:
    """The slug of the node that is new or taken out with this change; empty for none."""
    if creating or (change.item and not change.cause.is_conflict):
        return turns.node_of(change.path) or ""
    return ""


def _is_told(order: Change, nodes: Mapping[str, Change]) -> bool:
    """Whether a change of the list of nodes says nothing that is not said of the nodes."""
    if not nodes:
        return False
    old, new = (
        {*side} if isinstance(side, list) else set() for side in (order.before, order.after)
    )
    return old ^ new <= {*nodes}


def briefly(block: Block) -> tuple[Group, ...]:
    """The rows of an agent, without nodes of a new flow: those are listed."""
    if not (block.flow and block.flow.new):
        return block.groups
    left = (replace(g, rows=tuple(row for row in g.rows if not row.node)) for g in block.groups)
    return tuple(one for one in left if one.rows)


def _node(rows: Sequence[Row]) -> Row:
    """The row of a node, from those of its fields."""
    first = rows[0]
    parts = [part for one in rows for part in _parts(one)]
    return Row(
        sign=first.sign,
        path=first.path.removesuffix(f".{own(first.path)}"),
        group=min((one.group for one in rows), key=GROUPS.index),
        cause=first.cause,
        note=first.note,
        parts=tuple(parts),
        told=tuple(text for one in rows for text in one.told),
        marks=(_digest(rows, 0), _digest(rows, 1)),
        node=first.node,
    )


def _digest(rows: Sequence[Row], side: int) -> str:
    return digest.content([one.marks[side] for one in rows])


def _parts(one: Row) -> Iterator[Part]:
    """The value of a field as a part of its node; of a removed one only if it said something."""
    name = own(one.path)
    if one.told:
        yield from one.parts
    elif one.after is not None:
        yield Part(name, None, one.after, one.whole)
    else:
        for part in one.parts:
            if part.before not in _EMPTY:
                yield replace(part, path=f"{name}{part.path}")


def _without_told(rows: Iterable[Row], told: set[str]) -> Iterator[Row]:
    for one in rows:
        if not one.path.endswith(ORDER):
            yield one
            continue
        listed = one.path.removesuffix(ORDER)
        left = tuple(part for part in one.parts if f"{listed}{part.path}" not in told)
        all_new = one.after is not None and any(path.startswith(f"{listed}[") for path in told)
        if left or not (one.parts or all_new):
            yield replace(one, parts=left)

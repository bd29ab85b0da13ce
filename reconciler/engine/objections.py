"""Why a write cannot be made without losing something else. Pure."""

from collections.abc import Collection, Iterable

from reconciler.engine import decoding, views
from reconciler.jsonvalues import MISSING, Fields, lookup
from reconciler.model import Applied, Change, Live, Write
from reconciler.schema import digest, paths, wire
from reconciler.schema.kind import Kind
from reconciler.schema.table import Field


def to_update(
    changes: tuple[Change, ...], written: Fields, live: Live, declared: Collection[str]
) -> str:
    """Why an update cannot be made without losing something else; empty if it can.

    ``declared`` is what the file names, ``written`` what of that can be compared.
    """
    foreign = live.kind.objection(live.type) or views.objection(live.kind, declared, live)
    if foreign:
        return foreign
    fixed = [
        change.path
        for change in changes
        if live.kind[change.path].fact.create_only and not change.item
    ]
    if fixed:
        return f"`{fixed[0]}` can be set only when the agent is created"
    for top in tops_of(live.kind, [change.path for change in changes]):
        strange = decoding.unknown_in(top, live, written)
        if strange:
            names = ", ".join(f"`{path}`" for path in strange)
            return f"`{top}` is sent whole, and this version does not know {names}, which is live"
        carried = wire.carried(live.kind, top, written, live.fields)
        lost = [path for path, row in carried if _would_be_lost(path, row, written, live)]
        if lost:
            names = ", ".join(f"`{path}`" for path in lost)
            return (
                f"`{top}` is sent whole, and {names} cannot be read back: "
                "declare them too, or they could be cleared"
            )
    return ""


def _would_be_lost(path: str, field: Field, written: Fields, live: Live) -> bool:
    """Whether sending a leaf's object without the leaf could clear a value that is not seen.

    ``field`` is its row.
    """
    if not field.grouped or path in written or path in live.fields:
        return False
    if path in live.secrets:
        return live.secrets[path]
    if field.fact.complete:
        return False
    if field.fact.until and field.fact.until < live.generation:
        return False
    if "[" in path:  # items of one list need not have the same fields
        if field.fact.shown or not live.kind.in_generation(field, live.generation):
            return False
        return paths.is_there(path, live.fields)
    group_readable = any(other.path in live.fields for other in live.kind.group(field.top))
    return live.kind.in_generation(field, live.generation) or not group_readable


def kept_secret(
    kind: Kind, changes: tuple[Change, ...], written: Fields, known: Applied | None
) -> str:
    """Why an unchanged sibling cannot be sent along: it held a secret when it was last applied."""
    tops = tops_of(kind, [change.path for change in changes])
    for path, kept in (known.digests if known else {}).items():
        field = kind.find(path)
        held = field and field.grouped and digest.is_keyed(kept) and bool(field.fact.shown)
        if (
            field
            and held
            and not field.fact.sensitive
            and field.top in tops
            and path not in written
            and paths.is_there(path, written)
        ):
            return f"`{path}` held a secret when it was last applied: declare it again"
    return ""


def incomplete(action: Write) -> str:
    """Required leaves that are missing from an object in the request; empty if none are."""
    body = action.request.body
    for rule in action.kind.together:
        tops = {paths.top(path) for path in rule.paths}
        told = rule.when is None or lookup(body, rule.when[0]) == rule.when[1]
        lacking = [p for p in rule.paths if lookup(body, p) in (MISSING, None)]
        if told and lacking and tops & body.keys():
            (top,) = tops
            given = f" with the {rule.when[0]} `{rule.when[1]}`" if rule.when else ""
            needed = ", ".join(f"`{path}`" for path in lacking) + given
            return f"`{top}` is sent whole, and needs {needed}: declare what is missing"
    return ""


def tops_of(kind: Kind, paths: Iterable[str]) -> list[str]:
    """The top-level keys of a request that these leaves are in."""
    return list(dict.fromkeys(kind[path].top for path in paths))

"""Keyed lists whose items a file does not identify."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from reconciler import jsonvalues
from reconciler.config.showing import shown
from reconciler.errors import Problem, listed, meant
from reconciler.jsonvalues import Fields, Json, Secret
from reconciler.schema import paths, wire
from reconciler.schema.kind import Kind
from reconciler.schema.table import Field
from reconciler.yamledit.document import Document, Path_


def problems(
    kind: Kind,
    lists: Iterable[Field],
    spec: Mapping[str, Json],
    locate: Callable[[Path_], tuple[Document, Path_]],
    at: Path_ = (),
) -> Iterator[Problem]:
    """Items of keyed lists without a key, or with a duplicate one, in nested lists too.

    ``at`` is the place of the mapping that has the ``lists``.
    """
    for field in lists:
        steps = (*at, *field.own.split("."))
        items = jsonvalues.lookup(spec, field.own)
        seen: list[Json] = []
        for number, key in enumerate(wire.keys_of(kind, field, items)):
            document, place = locate((*steps, number))
            by, item = field.fact.by, items[number]
            if isinstance(item, Mapping) and not paths.is_key(key):
                missing = key is jsonvalues.MISSING
                yield document.problem(
                    place if missing else (*place, by),
                    f"an item of `{steps[-1]}` has no `{by}`" if missing else f"`{by}` is no key",
                    found="" if missing else _told(key),
                    hint=f"give each item a `{by}` of its own: a text, not taken from a secret",
                )
            elif any(type(one) is type(key) and one == key for one in seen):
                first = document.line(locate((*steps, seen.index(key), by))[1])
                yield document.problem(
                    (*place, by),
                    f"two items of `{steps[-1]}` have the same {_both(field)}",
                    found=shown(key),
                    hint=f"give one of them another; the first is in line {first}",
                )
            seen.append(key)
            if isinstance(item, Mapping):
                inner = [row for row in kind.inside(field.path) if row.fact.by]
                yield from problems(kind, inner, item, locate, (*steps, number))


def _both(field: Field) -> str:
    """The fields that together identify items."""
    return " and ".join(f"`{name}`" for name in (field.fact.by, field.fact.per) if name)


def _told(key: Json) -> str:
    return "(sensitive)" if isinstance(key, Secret) else shown(key)


def absent(path: str, files: Iterable[Fields]) -> tuple[str, str] | None:
    """The message and hint for a path in an item that no file has; None if one has it.

    Only files that declare the list count. A whole item may be one of the dashboard: then only a
    name that looks like that of another is a mistake.
    """
    inside = paths.lists(path)
    if not inside:
        return None
    where, key = inside[0]
    orders = [one[where + paths.ORDER] for one in files if where + paths.ORDER in one]
    known = [str(one) for order in orders if isinstance(order, list) for one in order]
    near = meant(str(key), known)
    if not orders or str(key) in known or (path == paths.item(where, key) and not near):
        return None
    hint = near or f"items: {listed(known, str(key))}"
    return f"`{path}` is for an item of `{where}` that no file has", hint

"""A state entry converted to the agent's kind in another API generation. Pure.

Digests of values that may be shown depend only on the value and are moved to the new path. Keyed
digests include the path: they are recomputed from the file's value if that is still the applied
one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from reconciler.engine import diff
from reconciler.jsonvalues import Json
from reconciler.model import Applied
from reconciler.schema import digest
from reconciler.schema.digest import Moved
from reconciler.schema.kind import Kind

T = TypeVar("T")
Rename = Callable[[str], str]
"""From a path in one generation to the path in the other; empty if there is none."""


def carried(
    entry: Applied, kind: Kind, renamed: Rename, fields: Mapping[str, Json], place: str, salt: str
) -> Applied:
    """Convert an entry to ``kind``; ``fields`` are what the file declares, by the old paths.

    Undeclared fields are dropped: the other generation returns different ones.
    """

    def moved(found: Mapping[str, T]) -> dict[str, T]:
        return {new: one for path, one in found.items() if (new := renamed(path))}

    digests = moved(entry.digests)
    for path, known in entry.digests.items():
        if digest.is_keyed(known) and (new := renamed(path)):
            digests[new] = _keyed(entry, kind, path, new, fields, place, salt)
    return replace(
        entry,
        kind=kind,
        digests=digests,
        since=moved(entry.since),
        stored=moved(entry.stored),
        undeclared=None,
    )


def _keyed(
    entry: Applied,
    kind: Kind,
    path: str,
    new: str,
    fields: Mapping[str, Json],
    place: str,
    salt: str,
) -> str:
    """The keyed digest for a leaf's new path; an unknown one if its value has changed since."""
    if path not in fields:
        return digest.UNKNOWN_SECRET
    before = diff.kept(place, entry.kind[path], fields[path], salt)
    if digest.moved(entry.digests[path], before) in (Moved.NO, Moved.UNTOLD):
        return diff.kept(place, kind[new], fields[path], salt)
    return digest.UNKNOWN_SECRET

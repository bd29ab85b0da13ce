"""Keyed lists whose items both sides know: aligned, and compared. Pure.

The items of a list and their order are a leaf of their own (``slots[]``). A file that declares the
list declares its items: an item that it omits is removed, with all of its leaves. A leaf of an item
that only one side has is always a change; what was remembered decides the cause:

============  ====================  =======================  ====================
remembered    item exists           unchanged on that side   changed on that side
============  ====================  =======================  ====================
the leaf      live only             edit: files removed it   conflict
the leaf      in the files only     drift: live removed it   conflict
only the item live only             conflict: the leaf is new
only the item in the files only     edit: the leaf is new
not the item  live only             drift: live added it
not the item  in the files only     edit: files added it
not the list  either                untracked
============  ====================  =======================  ====================
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from reconciler.jsonvalues import Fields, Json
from reconciler.late import dataclass
from reconciler.model import Cause, Desired, Ignore, Live
from reconciler.schema import paths, wire
from reconciler.schema.kind import Kind


def aligned(desired: Desired, live: Live) -> tuple[Desired, Live]:
    """Bring keyed lists into one form on both sides, and keep ignored items as they are live.

    A list whose items one side does not know is compared as a whole.
    """
    if not desired.kind.keyed:
        return desired, live
    whole = [*_whole_in(live, desired.fields), *_whole_in(desired, live.fields)]
    if whole:
        desired = replace(desired, fields=collapsed(desired.kind, desired.fields, whole))
        live = seen_whole(live, whole)
    return _with_ignored(desired, live), live


def _whole_in(one: Desired | Live, other: Fields) -> Iterator[str]:
    """The lists that are whole on one side and split into items on the other."""
    for path in other:
        listed = path.removesuffix(paths.ORDER)
        shown = listed in one.fields or (isinstance(one, Live) and listed in one.secrets)
        if listed != path and shown:
            yield listed


def collapsed(kind: Kind, fields: Fields, lists: Collection[str]) -> dict[str, Json]:
    """The leaves with each of these keyed lists joined into one leaf."""
    found = dict(fields)
    for listed in lists:
        value = wire.whole(kind, listed, fields)
        if value is not None:
            left_out = paths.within(fields, listed)
            found = {path: one for path, one in found.items() if path not in left_out}
            found[listed] = value
    return found


def seen_whole(live: Live, lists: Collection[str]) -> Live:
    """A live agent with each of these keyed lists joined into one leaf, which may be a secret."""
    lists = [one for one in lists if one + paths.ORDER in live.fields]
    if not lists:
        return live
    fields, secrets = collapsed(live.kind, live.fields, lists), dict(live.secrets)
    for listed in lists:
        if live.kind[listed].fact.sensitive:
            secrets = {path: one for path, one in secrets.items() if not paths.covers(listed, path)}
            secrets[listed] = bool(fields.pop(listed))
    return replace(live, fields=fields, secrets=secrets)


def _with_ignored(desired: Desired, live: Live) -> Desired:
    """The desired lists with ignored items exactly as they are live.

    A new item is sent with its ignored leaves all the same.
    """
    if not desired.ignore:
        return desired
    fields, new = dict(desired.fields), []
    for path in [one for one in fields if one.endswith(paths.ORDER)]:
        there = live.fields.get(path)
        if not isinstance(there, list) or any(one.holds(path) for one in desired.ignore):
            continue
        listed = path.removesuffix(paths.ORDER)
        fields[path] = _order(fields[path], there, listed, desired.ignore)
        new += [paths.item(listed, key) for key in fields[path] if key not in there]
    return replace(
        desired,
        fields=pruned(fields),
        ignore=tuple(replace(one, but=tuple(new)) for one in desired.ignore),
    )


def _order(
    wanted: list[paths.Key], there: list[paths.Key], listed: str, ignore: Sequence[Ignore]
) -> list[paths.Key]:
    """The wanted keys; ignored ones as they are live, after the same item."""

    def left(key: paths.Key) -> bool:
        return any(one.holds(paths.item(listed, key)) for one in ignore)

    found = [key for key in wanted if key in there or not left(key)]
    for place, key in enumerate(there):
        if key not in found and left(key):
            before = [one for one in there[:place] if one in found]
            found.insert(found.index(before[-1]) + 1 if before else 0, key)
    return found


def pruned(fields: Fields) -> dict[str, Json]:
    """Drop the leaves of items that are not in their own lists."""
    return {p: value for p, value in fields.items() if "[" not in p or paths.is_there(p, fields)}


def removed(desired: Desired, live: Live) -> list[str]:
    """The live leaves of items that the files' declared lists do not have."""
    if not desired.kind.keyed:
        return []
    held = (path for path, one in live.secrets.items() if one)
    return [
        path
        for path in desired.kind.ordered((*live.fields, *held))
        if not paths.is_there(path, desired.fields)
    ]


@dataclass(frozen=True)
class Known:
    """The remembered digests of an agent, by path; ``whole``: of everything that was live."""

    digests: Mapping[str, str]
    whole: bool = False

    @cached_property
    def items(self) -> frozenset[str]:
        """The items that these leaves are in."""
        inside = {one for path in self.digests for one in paths.lists(path)}
        return frozenset(paths.item(*one) for one in inside)


def cause(path: str, known: Known, *, as_known: bool, added: bool, whole: bool = False) -> Cause:
    """Decide who added or removed a leaf that only one side has; see the module's docstring.

    ``as_known``: the leaf still matches its digest on the side that has it; ``added``: that side is
    the files; ``whole``: everything that was live is remembered.
    """
    if path in known.digests:
        own = Cause.DRIFT if added else Cause.EDIT
        return own if as_known else Cause.CONFLICT
    item = [paths.item(*one) for one in paths.lists(path)]
    lists = [listed + paths.ORDER for listed, _ in paths.lists(path)]
    if not any(one in known.digests for one in lists):
        return Cause.UNTRACKED
    is_known = item[-1] in known.items if item else True
    if is_known and item and whole and not added:
        return Cause.CONFLICT
    return Cause.EDIT if is_known or added else Cause.DRIFT


def merged(last: Sequence[Json], files: Sequence[Json], live: Sequence[Json]) -> list[Json]:
    """Merge the keys of a list that both sides changed: additions and removals of both.

    In the live order, or in the files' if they moved an item. A new key goes after the key that
    precedes it on its own side.
    """
    first, second = (files, live) if moves(last, files) else (live, files)
    others = {*last, *second}
    found = [key for key in first if key in second or key not in last]
    for place, key in enumerate(second):
        if key not in found and key not in last and key in others:
            before = [one for one in second[:place] if one in found]
            found.insert(found.index(before[-1]) + 1 if before else 0, key)
    return found


def moves(before: Sequence[Json], after: Sequence[Json]) -> list[Json]:
    """The keys that moved, as few as explain the new order."""
    common = [key for key in after if key in before]
    places = [before.index(key) for key in common]
    best: list[list[int]] = []
    for number, place in enumerate(places):
        runs = [run for run in best if places[run[-1]] < place]
        best.append([*max(runs, key=len, default=[]), number])
    kept = {common[number] for number in max(best, key=len, default=[])}
    return [key for key in common if key not in kept]

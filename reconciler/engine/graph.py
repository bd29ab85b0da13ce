"""References between objects: their values, and the order in which objects are written. Pure.

A reference (:class:`~reconciler.jsonvalues.Ref`) to a live object is replaced by its id. A
reference to an object that the same plan creates stays until that exists, and orders the two. Live
objects may refer to each other in a cycle; objects that are yet to be created may not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from reconciler.engine import diff
from reconciler.engine.identity import Match
from reconciler.errors import ConfigError, Problem, listed, meant
from reconciler.jsonvalues import Json, Ref, leaves, map_leaves
from reconciler.model import (
    Action,
    Address,
    Blocked,
    Create,
    Desired,
    Write,
    turned,
)
from reconciler.schema import wire

_A = TypeVar("_A", bound=Action)


def address(ref: Ref) -> str:
    """The address of a reference's target; for an agent it is the key."""
    return str(Address(ref.kind, ref.key))


def refs(value: Json) -> Iterator[Ref]:
    """The references inside a value."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, Ref))


def resolved(matches: Sequence[Match]) -> list[Match]:
    """Replace references to live objects by their ids.

    Raises ConfigError, with every mistake, if a reference has no file, or its target is not of the
    kind that the field expects.
    """
    if not any(item.desired.kind.refers for item in matches):
        return [*matches]
    targets = {item.desired.key: item for item in matches}
    problems = [one for item in matches for one in _wrong(item.desired, targets)]
    if problems:
        raise ConfigError(sorted(problems))
    ids = {key: item.live.id for key, item in targets.items() if item.live}
    return [replace(item, desired=_with_ids(item.desired, ids)) for item in matches]


def _wrong(desired: Desired, targets: Mapping[str, Match]) -> Iterator[Problem]:
    for path, value in desired.fields.items():
        wanted = desired.kind[path].fact.refers
        for ref in refs(value):
            here = Problem(file=desired.file, field=f"spec.{path}", found=address(ref), message="")
            if ref.kind != wanted:
                allowed = f"a {wanted}" if wanted else "a value"
                message = f"`{path}` cannot refer to a {ref.kind}"
                yield replace(here, message=message, allowed=allowed)
            elif address(ref) not in targets:
                known = [k for k, one in targets.items() if one.desired.kind.name == ref.kind]
                hint = meant(address(ref), known, f"there are: {listed(known)}" if known else "")
                yield replace(here, message=f"no file declares this {ref.kind}", hint=hint)


def _with_ids(desired: Desired, ids: Mapping[str, str]) -> Desired:
    fields = {path: _filled(value, ids) for path, value in desired.fields.items()}
    return replace(desired, fields=fields, source="")


def _filled(value: Json, ids: Mapping[str, str]) -> Json:
    """Replace the references whose ids are known."""
    if not any(True for _ in refs(value)):
        return value
    return map_leaves(
        value, lambda leaf: ids.get(address(leaf), leaf) if isinstance(leaf, Ref) else leaf
    )


def waits_for(action: Action) -> tuple[str, ...]:
    """The addresses of objects that must be created before this action can be written."""
    body = action.request.body if isinstance(action, Write) and action.kind.refers else {}
    return tuple(dict.fromkeys(map(address, refs(body))))


def settled(actions: Sequence[Action]) -> list[Action]:
    """Block the actions that refer to objects which this plan does not create.

    Raises ConfigError if objects to be created refer to each other in a cycle.
    """
    found = list(actions)
    while True:
        made = {action.key for action in found if isinstance(action, Create)}
        lost = {action.key: [k for k in waits_for(action) if k not in made] for action in found}
        if not any(lost.values()):
            break
        found = [_blocked(one, lost[one.key][0]) if lost[one.key] else one for one in found]
    layers(found)
    return found


def _blocked(action: Action, target: str) -> Action:
    reason = f"it refers to `{target}`, which is not live and which this plan does not create"
    return turned(action, Blocked, reason=reason)


def layers(actions: Sequence[_A]) -> list[list[_A]]:
    """Group actions in the order in which they can be written: each after what it refers to.

    Actions of one layer do not refer to each other. Raises ConfigError on a cycle.
    """
    waiting, found = list(actions), list[list[_A]]()
    while waiting:
        left = {action.key for action in waiting}
        bound = [bool(left.intersection(waits_for(one))) for one in waiting]
        if all(bound):
            raise ConfigError([_ring(waiting)])
        found.append([one for one, is_bound in zip(waiting, bound, strict=True) if not is_bound])
        waiting = [one for one, is_bound in zip(waiting, bound, strict=True) if is_bound]
    return found


def _ring(waiting: Sequence[Action]) -> Problem:
    """The problem for objects that refer to each other in a cycle."""
    left = {one.key: waits_for(one) for one in waiting}
    path = [waiting[0].key]
    while path[-1] not in path[:-1]:
        path.append(next(key for key in left[path[-1]] if key in left))
    ring = path[path.index(path[-1]) :]
    return Problem(
        file=ring[0],
        message="objects that are to be created refer to each other in a ring",
        found=" → ".join(ring),
        hint="create one of them without its reference first, and add that once it is live",
    )


def filled(action: Write, ids: Mapping[str, str], salt: str) -> Write:
    """Replace references by the ids of created objects.

    ``ids`` are by address. The digests of these leaves are computed from the ids.
    """
    if not waits_for(action):
        return action
    kind, place = action.kind, action.place or action.key
    body = {top: _filled(value, ids) for top, value in action.request.body.items()}
    held = [p for p, one in wire.flatten(kind, action.request.body).items() if any(refs(one))]
    now = wire.flatten(kind, body)
    own = {p: diff.kept(place, kind[p], now[p], salt) for p in held if p in action.digests}
    return replace(
        action,
        request=replace(action.request, body=body),
        wants={path: _filled(value, ids) for path, value in action.wants.items()},
        changes=tuple(replace(one, after=_filled(one.after, ids)) for one in action.changes),
        digests={**action.digests, **own},
    )

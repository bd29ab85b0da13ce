"""Saved plans: exactly what was reviewed, to be applied later. Written with mode 0600.

A plan file holds prompts and live values, never a secret: a request's secrets are kept by name,
apart from the body, and are read from the environment again when the plan is applied.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from reconciler import plain
from reconciler.errors import ReconcilerError
from reconciler.jsonvalues import Json, Ref, Secret
from reconciler.kinds import registry
from reconciler.model import Action, Change, Plan, Planned, Promotion, Request, Violation
from reconciler.state import files, former

FORMAT = "2.0"
"""Since 2.0 in the words of today: ``record``, ``untracked``, ``applied``, ``violations``."""


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What a plan file holds.

    ``made_with`` are the words of the command that saved it, such as ``plan -e live``: for people.
    Of what travels with the plan it keeps the promotion, and the violations of when it was made: to
    be shown, and decided anew.
    """

    planned: Planned
    made_with: tuple[str, ...] = ()


def dumps(saved: Saved, *, created_at: str, tool: str) -> str:
    """A plan as the text of a plan file. ``tool`` is the version that made it."""
    plan = saved.planned.plan
    content: dict[str, Any] = {
        "format_version": FORMAT,
        "tool_version": tool,
        "created_at": created_at,
        "plan": {**_flat(saved), "actions": [_action(action) for action in plan.actions]},
        "violations": [asdict(violation) for violation in saved.planned.violations],
    }
    content["checksum"] = _checksum(content)
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def save(path: Path, saved: Saved, *, created_at: str, tool: str) -> None:
    """Write a plan file that only its owner can read."""
    files.write(path, dumps(saved, created_at=created_at, tool=tool), mode=0o600)


def loads(text: str, name: str, secret: Callable[[str], str | None]) -> Saved:
    """What a plan file holds, its secrets looked up by name.

    Raises ReconcilerError where the text is no plan, was changed, or has a newer format.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow, and only here

    content = _content(text, name)
    try:
        if content["format_version"].startswith("1."):
            content = former.renamed(content)
        stored = content["plan"]
        written = list(map(dict, stored["actions"][:]))  # a slice is of a list alone
        names = [_pop_secrets(action) for action in written]
        refs = [_pop_refs(action) for action in written]
        stored["actions"] = [_with_kind(action) for action in written]
        promotion = TypeAdapter(Promotion | None).validate_python(stored.pop("promotion", None))
        made_with = TypeAdapter(tuple[str, ...]).validate_python(stored.pop("made_with", ()))
        refused = TypeAdapter(tuple[Violation, ...]).validate_python(content.get("violations", ()))
        plan = TypeAdapter(Plan).validate_python(stored)
        threes = zip(plan.actions, names, refs, strict=True)
        actions = tuple(
            _with_refs(_revived(action, kept, secret), found) for action, kept, found in threes
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ReconcilerError(f"{name} is not a plan file of this version") from error
    planned = Planned(plan=replace(plan, actions=actions), promotion=promotion, violations=refused)
    return Saved(planned=planned, made_with=made_with)


def _content(text: str, name: str) -> dict[str, Any]:
    """What a plan file holds, if it is as it was written."""
    try:
        content: dict[str, Any] = json.loads(text)
        version = content["format_version"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        hint = "make one with: reconciler plan --out FILE"
        raise ReconcilerError(f"{name} is not a plan file", hint=hint) from error
    if files.newer(version, FORMAT):
        message = f"{name} has format {version}, and this version reads up to {FORMAT}"
        raise ReconcilerError(message, hint="update reconciler")
    if content.pop("checksum", None) != _checksum(content):
        hint = "make a new one with: reconciler plan --out FILE"
        raise ReconcilerError(f"{name} was changed after it was written", hint=hint)
    return content


def load(path: Path, secret: Callable[[str], str | None]) -> Saved:
    """What a file holds; see :func:`loads`."""
    return loads(_text(path), path.name, secret)


def _text(path: Path) -> str:
    try:
        return plain.read(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ReconcilerError(f"{path.name} cannot be read: {reason.lower()}") from error


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _flat(saved: Saved) -> dict[str, Json]:
    plan, promotion = saved.planned.plan, saved.planned.promotion
    return {
        "environment": plan.environment,
        "url": plan.url,
        "salt": plan.salt,
        "agents": plan.agents,
        "promotion": asdict(promotion) if promotion else None,
        "known": plan.known,
        "orphans": list(plan.orphans),
        "made_with": list(saved.made_with),
    }


def _action(action: Action) -> dict[str, Json]:
    """An action as JSON; its request's secrets by name and place, beside the body."""
    bare = replace(action, request=None)
    stored = asdict(bare)
    kind = stored.pop("kind")
    stored |= {"kind": stored.pop("verb").value, "object": kind.name, "api": kind.api}
    secrets: list[Json] = []
    refs: list[Json] = []
    if action.kind.refers:
        afters = [_stripped(one.after, ("changes", i), [], refs) for i, one in _numbered(action)]
        for one, after in zip(stored["changes"], afters, strict=True):
            one["after"] = after
        stored["wants"] = _stripped(action.wants, ("wants",), [], refs)
    if action.request:
        body = _stripped(action.request.body, ("body",), secrets, refs)
        request = {"method": action.request.method, "path": action.request.path, "body": body}
        stored["request"] = request
    stored["secrets"] = [[place[1:], name] for place, name in secrets]
    return {**stored, "refs": refs} if refs else stored


def _numbered(action: Action) -> Iterator[tuple[int, Change]]:
    yield from enumerate(action.changes)


def _stripped(
    value: Json, path: tuple[str | int, ...], secrets: list[Json], refs: list[Json]
) -> Json:
    """A value with null for each secret and reference, and their places and names."""
    match value:
        case Ref():
            refs.append([list(path), [value.kind, value.key]])
            return None
        case Secret():
            secrets.append([list(path), value.name])
            return None
        case Mapping():
            return {n: _stripped(item, (*path, n), secrets, refs) for n, item in value.items()}
        case list():
            return [_stripped(item, (*path, i), secrets, refs) for i, item in enumerate(value)]
        case _:
            return value


def _with_kind(action: dict[str, Json]) -> dict[str, Json]:
    """A stored action with its kind in place of the names; ``kind`` is its verb there."""
    name, api = action.pop("object", "agent"), action.pop("api", "v1")
    return {**action, "verb": action["kind"], "kind": registry.kind(name, api)}


def _pop_secrets(action: dict[str, Json]) -> list[tuple[Sequence[str | int], str]]:
    return [(place, name) for place, name in action.pop("secrets")]


def _pop_refs(action: dict[str, Json]) -> list[tuple[Sequence[str | int], Ref]]:
    return [(place, Ref(kind, key)) for place, (kind, key) in action.pop("refs", ())]


def _with_refs(action: Action, refs: Sequence[tuple[Sequence[str | int], Ref]]) -> Action:
    """An action with its references where they were."""
    for (part, *place), ref in refs:
        if part == "changes":
            number, *inside = place
            change = action.changes[int(number)]
            after = _placed(change.after, inside, ref)
            changes = [*action.changes]
            changes[int(number)] = replace(change, after=after)
            action = replace(action, changes=tuple(changes))
        elif part == "wants":
            action = replace(action, wants=_placed(action.wants, place, ref))
        elif action.request:
            body = _placed(action.request.body, place, ref)
            action = replace(action, request=replace(action.request, body=body))
    return action


def _revived(
    action: Action,
    names: Sequence[tuple[Sequence[str | int], str]],
    secret: Callable[[str], str | None],
) -> Action:
    if not action.request:
        return action
    body: Json = dict(action.request.body)
    for place, name in names:
        body = _placed(body, place, Secret(name, secret(name)))
    request = Request(method=action.request.method, path=action.request.path, body=body)
    return replace(action, request=request)


def _placed(value: Json, place: Sequence[str | int], leaf: Json) -> Json:
    """A copy of a value with another leaf at a place."""
    if not place:
        return leaf
    step, *rest = place
    copy: Json = dict(value) if isinstance(value, Mapping) else list(value)
    copy[step] = _placed(copy[step], rest, leaf)
    return copy

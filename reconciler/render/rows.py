"""A plan as redacted rows, once; every printer walks these. Pure.

Whatever text of a file or of a live agent a person gets to see passes through here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.api.wire import MISSING
from reconciler.engine import diff
from reconciler.model import Action, Cause, Change, Json, Kind, Plan
from reconciler.render.safe import one_line
from reconciler.render.words import Fold, Line, text_diff

_LONG = 40
SENSITIVE = "(sensitive)"
SIGNS = {Kind.CREATE: "+", Kind.UPDATE: "~", Kind.BLOCKED: "!", Kind.ADOPT: "=", Kind.IN_SYNC: "="}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field of one agent. Of ``text``, ``parts`` and before/after at most one is filled.

    ``sign`` is ``+`` set, ``~`` changed, ``?`` cannot be read back, ``!`` conflict, ``·`` ignored.
    """

    sign: str
    path: str
    impact: str
    cause: str = ""
    before: str | None = None
    after: str | None = None
    text: tuple[Line | Fold, ...] = ()
    parts: tuple["Part", ...] = ()
    sides: tuple["Side", ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the values of a conflict, or what one side made of the last one."""

    label: str
    value: str | None = None
    text: tuple[Line | Fold, ...] = ()
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Part:
    """One difference inside a list or mapping; an absent side is None."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Block:
    """One agent of the plan."""

    sign: str
    kind: str
    key: str
    name: str
    id: str
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A whole plan, ready to print."""

    environment: str
    url: str
    blocks: tuple[Block, ...]
    ignored: tuple[str, ...]
    """Ignored fields that differ on agents that are otherwise in sync."""
    unmanaged: tuple[Block, ...]
    unrecorded: int
    summary: str
    changes: bool


def sheet(plan: Plan) -> Sheet:
    """The rows of a plan: agents with something to say, and counts of the others."""
    telling = [
        action
        for action in plan.of(Kind.CREATE, Kind.UPDATE, Kind.BLOCKED, Kind.ADOPT, Kind.IN_SYNC)
        if action.changes or action.reason
    ]
    ignored = [
        one_line(f"{action.key} {change.path}")
        for action in plan.actions
        if action not in telling
        for change in action.ignored
    ]
    return Sheet(
        environment=plan.environment,
        url=plan.url,
        blocks=tuple(map(block, telling)),
        ignored=tuple(ignored),
        unmanaged=tuple(map(block, plan.of(Kind.UNMANAGED))),
        unrecorded=len(plan.of(Kind.ADOPT)),
        summary=summary(plan),
        changes=bool(plan.writes),
    )


def summary(plan: Plan) -> str:
    """The plan's last line, with the numbers that matter."""
    in_sync = len(plan.of(Kind.IN_SYNC, Kind.ADOPT))
    unmanaged = len(plan.of(Kind.UNMANAGED))
    tail = f"{in_sync} in sync" + (f", {unmanaged} unmanaged" if unmanaged else "")
    blocked = len(plan.of(Kind.BLOCKED))
    if not plan.writes and not blocked:
        return f"No changes in {one_line(plan.environment)}: {tail}."
    updates = f"{len(plan.of(Kind.UPDATE))} to update{_causes(plan)}"
    counts = [f"{len(plan.of(Kind.CREATE))} to create", updates]
    counts += [f"{blocked} blocked"] if blocked else []
    return f"Plan for {one_line(plan.environment)}: {', '.join(counts)}; {tail}."


def _causes(plan: Plan) -> str:
    """Whose moves the fields to be written are: `` (2 edit, 1 drift)``."""
    counts = causes(plan)
    return f" ({', '.join(f'{n} {name}' for name, n in counts.items())})" if counts else ""


def causes(plan: Plan) -> dict[str, int]:
    """How many fields of the updates have which cause."""
    found = [change.cause for action in plan.of(Kind.UPDATE) for change in action.changes]
    return {cause.value: found.count(cause) for cause in Cause if cause in found}


def block(action: Action) -> Block:
    """One agent's rows."""
    creating = action.kind is Kind.CREATE
    rows = [row(change, creating=creating) for change in action.changes]
    rows += [row(change, ignored=True) for change in action.ignored]
    return Block(
        sign=SIGNS.get(action.kind, " "),
        kind=action.kind.value,
        key=one_line(action.key),
        name=one_line(action.name),
        id=one_line(action.id or ""),
        rows=tuple(rows),
        notes=tuple(map(one_line, action.notes)),
        reason=one_line(action.reason),
    )


_CAUSES = {
    Cause.DRIFT: "changed live since the last apply",
    Cause.CONFLICT: "changed here and live since the last apply",
}


def row(change: Change, *, creating: bool = False, ignored: bool = False) -> Row:
    """One field's row: values short enough for a line, a text diff, or the parts that differ."""
    sign = _sign(change, creating=creating, ignored=ignored)
    note = _note(change, creating=creating, ignored=ignored)
    cause = "" if creating else change.cause.value
    bare = Row(
        sign=sign, path=one_line(change.path), impact=change.impact.value, cause=cause, note=note
    )
    if ignored:
        return bare
    if change.sensitive:
        return replace(bare, after=SENSITIVE)
    if creating or not change.readable:
        return replace(bare, after=brief(change.after, change.unit))
    if change.cause is Cause.CONFLICT and change.last_known:
        return replace(bare, sides=_sides(change))
    return replace(bare, **between(change.before, change.after, change.unit))


def between(before: Json, after: Json, unit: str) -> dict[str, Any]:
    """How to show a difference: as a text diff, as parts, or as two short values."""
    if _long_text(before, after):
        return {"text": tuple(text_diff(before, after))}
    if _nested(before, after):
        return {"parts": tuple(_part(part) for part in diff.parts(before, after))}
    return {"before": brief(before, ""), "after": brief(after, unit)}


def _sides(change: Change) -> tuple[Side, ...]:
    """All three values of a conflict; long ones as what each side made of the last one."""
    shown = (
        between(change.last, change.before, change.unit),
        between(change.last, change.after, change.unit),
    )
    if all("before" in one for one in shown):
        return (
            Side(label="last applied", value=brief(change.last, change.unit)),
            Side(label="live now", value=brief(change.before, change.unit)),
            Side(label="the files", value=brief(change.after, change.unit)),
        )
    labels = "changed live since the last apply", "changed in the files since the last apply"
    return tuple(_side(label, one) for label, one in zip(labels, shown, strict=True))


def _side(label: str, shown: Mapping[str, Any]) -> Side:
    if "before" not in shown:
        return Side(label=label, **shown)
    return Side(label=label, value=f"{shown['before']} → {shown['after']}")


def _sign(change: Change, *, creating: bool, ignored: bool) -> str:
    if ignored:
        return "·"
    if creating:
        return "+"
    if change.cause is Cause.CONFLICT:
        return "!"
    return "~" if change.readable else "?"


def _note(change: Change, *, creating: bool, ignored: bool) -> str:
    if ignored:
        why = f" ({one_line(change.note)})" if change.note else ""
        return f"differs live; ignored{why}, so left to the dashboard"
    if creating:
        return ""
    if change.sensitive:
        sent = "sent once" if change.cause is Cause.UNKNOWN else "changed in the files"
        return f"a secret, not compared with live; {sent}"
    if not change.readable and change.cause is Cause.UNKNOWN:
        return "cannot be read back; sent once"
    if not change.readable:
        return "cannot be read back; changed in the files"
    if change.cause is Cause.CONFLICT and not change.last_known:
        return f"{_CAUSES[change.cause]}; what was applied is not kept here"
    return _CAUSES.get(change.cause, "")


def _long_text(before: Json, after: Json) -> bool:
    texts = isinstance(before, str) and isinstance(after, str)
    return texts and any(len(text) > _LONG or "\n" in text for text in (before, after))


def _nested(before: Json, after: Json) -> bool:
    return isinstance(before, dict | list) and type(before) is type(after)


def _part(part: diff.Part) -> Part:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in part.path)
    sides = (None if side is MISSING else _whole(side) for side in (part.before, part.after))
    before, after = sides
    return Part(one_line("".join(steps).removeprefix(".")), before, after)


def brief(value: Json, unit: str) -> str:
    """A value for one line; a long text by its size."""
    if isinstance(value, str) and (len(value) > 4 * _LONG or "\n" in value):
        lines, words = value.count("\n") + 1, len(value.split())
        return f"text of {words} word{'s' * (words != 1)} on {lines} line{'s' * (lines != 1)}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _whole(value) + (f" {unit}" if unit and value is not None else "")


def _whole(value: Json) -> str:
    """A value for one line, however long: of a part there is no other sight."""
    return one_line(json.dumps(value, ensure_ascii=False))

"""A change as a redacted row, made once for all printers. Pure.

Every text of a file or of a live agent that a person sees passes through here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.engine import diff, items
from reconciler.engine.impact import GROUPS, group
from reconciler.jsonvalues import MISSING, Json, Ref, leaves, map_leaves
from reconciler.late import changed
from reconciler.model import ADDED, REMOVED, Address, Cause, Change, Uncompared
from reconciler.render import exit_rows
from reconciler.render.labels import ENGLISH, Phrases
from reconciler.render.prose import prose
from reconciler.render.sanitize import one_line
from reconciler.render.view import Group, Marks, Part, Prose, Row, Side
from reconciler.schema import digest, paths
from reconciler.schema.paths import ORDER
from reconciler.text.characters import differences, named

_LONG = 40
_MOST = 2000
SENSITIVE = "(sensitive)"
NOT_COMPARED = "not set here: not compared"

_CAUSES = {
    Cause.DRIFT: "changed live since the last apply",
    Cause.CONFLICT: "changed here and live since the last apply",
    Cause.EDITED_SINCE: "somebody edited it since that apply",
}
_WANTED = {
    Cause.CONFLICT: ("the files", "changed in the files since the last apply"),
    Cause.EDITED_SINCE: ("before that apply", "brought back by the rollback"),
}
"""The value that a conflict would write, and its difference from the last applied one."""
_UNSEEN = {Cause.UNTRACKED: "sent once", Cause.ROLLBACK: "sent along with what is brought back"}
"""Why a value that cannot be compared is sent although no file changed it."""


def counted(changes: Iterable[Change]) -> dict[str, int]:
    """The number of changes in each group, including empty ones."""
    found = [group(change) for change in changes]
    return {name: found.count(name) for name in GROUPS}


def marks(before: Json, after: Json) -> Marks:
    """Digests that are equal only for equal values, even if they are shown the same."""
    return _mark(before), _mark(after)


def _mark(value: Json) -> str:
    return digest.source(value) if isinstance(value, str) else digest.content(value)


def grouped(rows: Iterable[Row]) -> tuple[Group, ...]:
    """Rows by what a caller notices, strongest first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return tuple(Group(name, tuple(found[name])) for name in GROUPS if name in found)


def row(
    change: Change, *, creating: bool = False, ignored: bool = False, say: Phrases = ENGLISH
) -> Row:
    """One field's row: values short enough for a line, a text diff, or the parts that differ."""
    change = changed(change, after=_known(change.after, say))
    bare = Row(
        sign=_sign(change, creating=creating, ignored=ignored),
        path=one_line(change.path),
        group=group(change),
        cause="" if creating else change.cause.value,
        note=_note(change, say, creating=creating, ignored=ignored),
        node=exit_rows.node(change.path),
    )
    if ignored:
        return bare
    if change.sensitive:
        return changed(bare, after=hidden(change.unset, say))
    found = {"marks": marks(change.before, change.after)}
    return changed(bare, **found | _values(change, say, creating=creating))


def _values(change: Change, say: Phrases, *, creating: bool) -> dict[str, Any]:
    """How to show the values of a field; perhaps with another sign."""
    if not (change.cause.is_conflict and change.applied_known):
        exits = exit_rows.shown(change, say, creating=creating)
        if exits:
            return exits
    if (change.item or change.path.endswith(ORDER)) and change.readable and not creating:
        return in_list(change, say)
    if creating or not change.readable:
        whole = _whole_text(change.after) if creating else None
        return {"after": brief(change.after, change.unit, say), "whole": whole}
    if change.cause.is_conflict and change.applied_known:
        return {"sides": _sides(change, say)}
    return between(change.before, change.after, change.unit, say)


KNOWN_AFTER = "(known after apply)"


def _known(value: Json, say: Phrases) -> Json:
    """A value to show: references to objects not created yet become *known after apply*."""
    if isinstance(value, Ref) or not any(isinstance(leaf, Ref) for leaf in leaves(value)):
        return value
    return map_leaves(value, lambda one: _later(one, say) if isinstance(one, Ref) else one)


def _later(ref: Ref, say: Phrases) -> str:
    return f"{Address(ref.kind, ref.key)} {say(KNOWN_AFTER)}"


def uncompared(found: Uncompared, *, sent: bool, say: Phrases = ENGLISH) -> Row:
    """The row of a field that was not compared, because its secrets are not set here.

    ``sent``: another field of its object changes, so that it is sent along.
    """
    names = _names(found.secrets)
    if sent:
        note = say("sent along with the rest of its object: apply needs {names}", names=names)
    else:
        note = say("apply compares it where {names} is set", names=names)
    return Row(
        sign="·",
        path=one_line(found.path),
        group=found.impact.value,
        after=hidden(found.secrets, say),
        note=note,
    )


def hidden(unset: Sequence[str], say: Phrases = ENGLISH) -> str:
    """The words in place of a secret, and whether it is set here."""
    return say.joined([say(SENSITIVE), say(NOT_COMPARED) if unset else ""])


def _names(secrets: Sequence[str]) -> str:
    return ", ".join(map(one_line, secrets))


def between(before: Json, after: Json, unit: str, say: Phrases = ENGLISH) -> dict[str, Any]:
    """How to show a difference: as a text diff, as parts, or as two short values."""
    if isinstance(before, str) and isinstance(after, str):
        if _is_long(before) or _is_long(after):
            return {"prose": prose(before, after)}
        odd = tuple(map(one_line, differences(before, after)))
        sides = (named(before, after), named(after, before)) if odd else (before, after)
        return {"before": brief(sides[0], "", say), "after": brief(sides[1], unit, say), "odd": odd}
    if isinstance(before, dict | list) and type(before) is type(after):
        return {"parts": parts(before, after)}
    return {"before": brief(before, "", say), "after": brief(after, unit, say)}


def parts(before: Json, after: Json) -> tuple[Part, ...]:
    """The differences inside two lists or mappings."""
    return tuple(_part(part) for part in diff.parts(before, after))


def in_list(change: Change, say: Phrases) -> dict[str, Any]:
    """How to show changes of a keyed list's items, or of a leaf added or removed with one.

    ``sign`` says which of the two; a conflict is marked as such all the same.
    """
    old, new = change.before, change.after
    conflict = {"sign": "!"} if change.cause.is_conflict else {}
    if change.item == REMOVED:
        gone = Part("", brief(old, change.unit, say), None, _text_gone(old))
        return {"sign": "-", "parts": (gone,), **conflict}
    if change.item == ADDED:
        whole = _whole_text(new)
        return {"sign": "+", "after": brief(new, change.unit, say), "whole": whole, **conflict}
    return {"parts": ordered(old, new, moves=change.path != exit_rows.ORDER)}


def _text_gone(value: Json) -> Prose | None:
    return prose(value, "") if isinstance(value, str) and _is_told_by_size(value) else None


def ordered(before: Json, after: Json, *, moves: bool = True) -> tuple[Part, ...]:
    """The items of a keyed list that are added, removed and moved, each with its predecessor.

    Without ``moves`` their order means nothing, such as that of a flow's nodes.
    """
    old, new = before or [], after or []
    if not isinstance(old, list) or not isinstance(new, list):
        return parts(before, after)
    gone = [Part(_item(key), _behind(key, old), None) for key in old if key not in new]
    come = [Part(_item(key), None, _behind(key, new)) for key in new if key not in old]
    others = items.moves(old, new) if moves else ()
    moved = [Part(_item(key), _behind(key, old), _behind(key, new)) for key in others]
    return (*gone, *come, *moved)


def _item(key: Json) -> str:
    return one_line(named(paths.item("", key)))


def _behind(key: Json, keys: list[Json]) -> str:
    place = keys.index(key)
    return f"behind {_item(keys[place - 1])}" if place else "first"


def _is_long(text: str) -> bool:
    return len(text) > _LONG or "\n" in text


def _sides(change: Change, say: Phrases) -> tuple[Side, ...]:
    """All three values of a conflict; long ones as each side's changes to the last applied one."""
    shown = tuple(
        exit_rows.between(change.path, change.applied, one, say)
        or between(change.applied, one, change.unit, say)
        for one in (change.before, change.after)
    )
    if all("before" in one for one in shown):
        return (
            Side(label=say("last applied"), value=brief(change.applied, change.unit, say)),
            Side(label=say("live now"), value=brief(change.before, change.unit, say)),
            Side(label=say(_WANTED[change.cause][0]), value=brief(change.after, change.unit, say)),
        )
    labels = say("changed live since the last apply"), say(_WANTED[change.cause][1])
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
    if change.cause.is_conflict:
        return "!"
    if change.item:
        return "+" if change.item == ADDED else "-"
    return "~" if change.readable else "?"


def _note(change: Change, say: Phrases, *, creating: bool, ignored: bool) -> str:
    if ignored:
        why = f" ({one_line(say.told(change.note))})" if change.note else ""
        return say("differs live; ignored{why}, so left to the dashboard", why=why)
    if change.unset:
        return say("apply sends it and needs {names}", names=_names(change.unset))
    if creating:
        return ""
    if change.item:
        return _whole_note(change, say)
    if change.sensitive and change.readable:
        return say("what is live may be a secret, and is not what the file says")
    if change.sensitive:
        return _because(say("a secret, not compared with live"), change, say)
    if not change.readable:
        return _because(say("cannot be read back"), change, say)
    because = say(_CAUSES[change.cause]) if change.cause in _CAUSES else ""
    lost = change.cause.is_conflict and not change.applied_known
    kept = say("the last applied value is not kept here") if lost else ""
    return say.semicolon.join(filter(None, (because, kept)))


def _whole_note(change: Change, say: Phrases) -> str:
    """That a leaf comes or goes with a whole node of a flow, or with an entry of another list."""
    taken = change.item == REMOVED
    if exit_rows.node(change.path):
        return say("node removed") if taken else say("new node")
    return say("its entry is removed") if taken else say("its entry is new")


def _because(what: str, change: Change, say: Phrases) -> str:
    """Why a value that cannot be compared is sent."""
    if change.secret_only:
        why = say("its value is not the one that was applied")
    else:
        why = say(_UNSEEN.get(change.cause, "changed in the files"))
    return f"{what}{say.semicolon}{why}"


def _part(part: diff.Part) -> Part:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in part.path)
    before, after = part.before, part.after
    told = None
    if isinstance(before, str) and isinstance(after, str):
        told = prose(before, after) if _is_long(before) and _is_long(after) else None
        odd = ", ".join(differences(before, after))
        before, after = named(before, after), named(after, before)
        after = f"{after} ({odd})" if odd and before == after else after
    old, new = (None if side is MISSING else _whole(side) for side in (before, after))
    return Part(one_line(named("".join(steps).removeprefix("."))), old, new, told)


def _whole_text(value: Json) -> Prose | None:
    """All of a text that is usually shown by its size: every paragraph is new."""
    return prose("", value) if isinstance(value, str) and _is_told_by_size(value) else None


def _is_told_by_size(text: str) -> bool:
    return len(text) > 4 * _LONG or "\n" in text


def brief(value: Json, unit: str, say: Phrases = ENGLISH) -> str:
    """A value for one line; a long text by its size."""
    if isinstance(value, Ref):
        return one_line(_later(value, say))
    if isinstance(value, str) and _is_told_by_size(value):
        lines, words = value.count("\n") + 1, len(value.split())
        told = {"words": say.count(words, "word"), "lines": say.count(lines, "line")}
        return say("text of {words} on {lines}", **told)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _whole(value) + (f" {say.told(unit)}" if unit and value is not None else "")


def _whole(value: Json) -> str:
    """A value for one line; only a huge one is cut, with a note."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= _MOST:
        return one_line(text)
    return f"{one_line(text[:_MOST])}⟨… {len(text) - _MOST:,} more characters⟩"

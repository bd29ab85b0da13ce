"""Byte-exact edits of hand-written YAML. Pure.

Only the characters of the changed value differ afterwards: comments, quotes, layout, anchors, line
ends and a byte order mark stay. Every edit is verified before it is returned: the new text is
parsed, and its data must be the old data with exactly that value changed.
"""

import json
from bisect import bisect_left
from collections import Counter
from datetime import date

from reconciler.jsonvalues import Json, equal
from reconciler.late import dataclass
from reconciler.yamledit.patches import Patch, own_keys
from reconciler.yamledit.places import Entry, Node, NotYamlError, Tree, data, tree
from reconciler.yamledit.styles import Dump, habits
from reconciler.yamledit.values import Edit, NotEditableError, Values

__all__ = ["NotEditableError", "changed"]

_UNSAFE = "its YAML style leaves no safe place for the new value"
_BOM = "\ufeff"


@dataclass(frozen=True)
class _Raw:
    """A decoded text, and the parser's version of it: no byte order mark, LF, final newline."""

    text: str

    @property
    def plain(self) -> str:
        """What the project's parser is given."""
        return self.text.removeprefix(_BOM).replace("\r\n", "\n")

    @property
    def whole(self) -> str:
        """The same with a final newline; edits are made on this."""
        return self.plain if self.plain.endswith("\n") else self.plain + "\n"

    def with_edits(self, edits: list[Edit]) -> str:
        """Apply edits of the whole text to the raw text, with the line ends around them."""
        places = self._places()
        parts, at = [], 0
        for edit in edits:
            start, end = places[edit.start], places[edit.end]
            parts += [self.text[at:start], edit.text.replace("\n", self._line_end(start))]
            at = max(at, end)
        return "".join(parts) + self.text[at:]

    def _places(self) -> list[int]:
        """The raw offset of each offset of the whole text."""
        text, at = self.text, len(self.text) - len(self.text.removeprefix(_BOM))
        places: list[int] = []
        while at < len(text):
            places.append(at)
            at += 2 if text.startswith("\r\n", at) else 1
        return [*places, len(text), len(text)]

    def _line_end(self, at: int) -> str:
        """The line end before an offset, or the first one of the text."""
        found = self.text.rfind("\n", 0, at)
        found = found if found >= 0 else self.text.find("\n")
        return "\r\n" if found > 0 and self.text[found - 1] == "\r" else "\n"


def changed(text: str, path: tuple[str | int, ...], value: Json) -> str:
    """Replace the value at ``path``; every byte elsewhere stays the same.

    The path names an existing value, or a new key of an existing mapping. Raises NotEditableError
    if the change would affect more than that, or cannot be verified.
    """
    raw = _Raw(text)
    _check(value)
    try:
        before = data(raw.plain)
    except NotYamlError as error:
        raise NotEditableError("the file is not YAML that can be read") from error
    try:
        places = tree(raw.whole)
    except NotYamlError as error:
        raise NotEditableError(_unplaced(raw.plain)) from error
    after = _with(before, path, value)
    if equal(before, after) and _exists(before, path):
        return text
    reason = ""
    for blocks in (True, False):
        patch = Patch(Values(places, Dump(places, habits(places), blocks)))
        edits = _trimmed(places, _edits(patch, before, path, value))
        found = [text for text in _finished(raw, edits) if _says(text, after)]
        reason = _lost(places, edits, found[0]) if found else _reason(places, edits)
        if found and not reason:
            return found[0]
    raise NotEditableError(reason)


def _unplaced(text: str) -> str:
    """Why a readable text's values cannot be located."""
    lines = text.split("\n")
    tab = next((number for number, line in enumerate(lines, 1) if "\t" in line), 0)
    more = f": a tab in line {tab}" if tab else ""
    return f"the file is written in a way that cannot be edited in place{more}"


def _check(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False, default=_day).encode()
    except UnicodeEncodeError as error:
        raise NotEditableError("the new text holds half a character, which no file can") from error
    except (TypeError, ValueError) as error:
        raise NotEditableError("the new value is none that JSON knows") from error


def _day(value: Json) -> str:
    """A date, which YAML reads as such; it stays as written."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


def _exists(value: Json, path: tuple[str | int, ...]) -> bool:
    *parents, last = path or ("",)
    for step in parents:
        value = value[step]
    return not path or not isinstance(value, dict) or last in value


def _with(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    """A copy of a value that differs at one path."""
    if not path:
        return new
    step, *rest = path
    if isinstance(value, dict) and isinstance(step, str) and (step in value or not rest):
        return {**value, step: _with(value.get(step), tuple(rest), new)}
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return [*value[:step], _with(value[step], tuple(rest), new), *value[step + 1 :]]
    raise NotEditableError(f"there is no `{step}` to change")


def _edits(patch: Patch, before: Json, path: tuple[str | int, ...], value: Json) -> list[Edit]:
    """The edits for a path, from the root down to the entry with the value."""
    node, inner, holder = patch.tree.root, before, None
    for i, step in enumerate(path):
        if node is None or node.kind == "alias":
            name = node.said if node else ""
            raise NotEditableError(f"it comes from the alias `*{name}`, which others share")
        entry = _entry(node, step)
        if entry is None and i < len(path) - 1:
            raise NotEditableError(f"`{step}` comes from a merge key (`<<`), which others share")
        if entry is None:
            value = {**inner, step: value}
            break
        node, inner, holder = entry.value, inner[step], (entry, node)
    if holder:
        return list(patch.change(*holder, inner, value))
    return (patch.collection(node, inner, value) if node else []) or _empty()


def _empty() -> list[Edit]:
    raise NotEditableError("the file would have to be rewritten")


def _entry(node: Node, step: str | int) -> Entry | None:
    if isinstance(step, int):
        return node.entries[step] if node.kind == "sequence" else None
    place = own_keys(node).get(step)
    return None if place is None else node.entries[place]


def _trimmed(places: Tree, edits: list[Edit]) -> list[Edit]:
    """Edits in the text's order, each without the parts at both ends that stay the same."""
    cores = (_core(places.text[edit.start : edit.end], edit) for edit in edits)
    return sorted(cores, key=lambda edit: (edit.start, edit.end))


def _core(old: str, edit: Edit) -> Edit:
    new, head, tail = edit.text, 0, 0
    most = min(len(old), len(new))
    while head < most and old[head] == new[head]:
        head += 1
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Edit(edit.start + head, edit.end - tail, new[head : len(new) - tail], edit.removes)


def _finished(raw: _Raw, edits: list[Edit]) -> list[str]:
    """The edited text; candidates without a final newline first if the old one had none."""
    text = raw.with_edits(edits)
    if raw.text.endswith("\n"):
        return [text]
    end = "\r\n" if "\r\n" in text else "\n"
    bare = text.removesuffix(end)
    return [bare, bare + end, bare + end + end]


def _says(text: str, expected: Json) -> bool:
    try:
        return equal(data(_Raw(text).plain), expected)
    except NotYamlError:
        return False


def _lost(places: Tree, edits: list[Edit], text: str) -> str:
    """What is wrong if a comment is gone, except at the line end of a removed entry."""
    starts = [edit.start for edit in edits]
    left: Counter[str] = Counter()
    for start, end in places.comments:
        near = edits[: bisect_left(starts, end)]
        gone = any(edit.removes and edit.start <= start < edit.end for edit in near)
        if not gone or places.leads(start):
            left[places.text[start:end].rstrip()] += 1
    try:
        now = tree(_Raw(text).whole)
    except NotYamlError:
        return _UNSAFE
    left.subtract(now.text[start:end].rstrip() for start, end in now.comments)
    lost = any(count > 0 for count in left.values())
    return "a comment inside the value would be lost" if lost else ""


def _reason(places: Tree, edits: list[Edit]) -> str:
    """Why the edits do not have the intended effect: a shared anchor, if there is one."""
    shared = {node.said for node in places.nodes if node.kind == "alias"}
    for node in places.nodes:
        near = any(edit.start <= node.end and edit.end >= node.outer for edit in edits)
        if near and node.anchor in shared:
            return f"the anchor `&{node.anchor}` lends its value to other places (`*{node.anchor}`)"
    return _UNSAFE

"""Move entries of a mapping to other places in it, with comments, quotes and layout. Pure.

A move changes an entry's place and key; its value keeps its characters, shifted to the new depth.
Entries without a new place become comments. The result is verified: it is parsed again, must equal
the same move made on data alone, and must have every comment from before.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeAlias

from reconciler.jsonvalues import Json, equal
from reconciler.late import dataclass
from reconciler.yamledit.places import Entry, Node, NotYamlError, Tree, data, tree

Steps: TypeAlias = tuple[str, ...]
_BOM = "\ufeff"


@dataclass(frozen=True)
class Moved:
    """An entry's new place: names from the mapping on, and new names of keys inside its value."""

    to: Steps
    inside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """The entries of this one's value move one by one."""


@dataclass(frozen=True)
class Dropped:
    """An entry becomes a comment below this note."""

    note: str


Rule: TypeAlias = Callable[[Steps], "Moved | Opened | Dropped | None"]
"""What to do with the entry at these names from the mapping on; None if it is not a field."""


class NotMovableError(Exception):
    """Entries cannot be moved; the message says why. ``line`` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def restructured(value: Mapping[str, Json], rule: Rule) -> dict[str, Json]:
    """A mapping's data with every entry at its new place, without dropped ones."""
    found: dict[str, Json] = {}
    _gather(found, value, rule, ())
    return found


def _gather(found: dict[str, Json], value: Mapping[str, Json], rule: Rule, above: Steps) -> None:
    for name, item in value.items():
        match rule((*above, name)):
            case Opened() if isinstance(item, dict):
                _gather(found, item, rule, (*above, name))
            case Moved(to, inside):
                place = found
                for step in to[:-1]:
                    place = place.setdefault(step, {})
                place[to[-1]] = _renamed(item, inside)


def _renamed(value: Json, inside: Mapping[str, str]) -> Json:
    if not isinstance(value, dict) or not inside:
        return value
    return {inside.get(name, name): item for name, item in value.items()}


def moved(text: str, places: Sequence[Steps], rule: Rule) -> str:
    """Move the entries of the mappings at these places.

    Raises NotMovableError if the text is written in a way that does not allow to prove that nothing
    is lost.
    """
    plain = text.removeprefix(_BOM).replace("\r\n", "\n")
    crlf = "\r\n" in text
    if crlf and text.count("\r\n") != text.count("\n"):
        raise NotMovableError(1, "the lines of the file end in two ways")
    whole = plain if plain.endswith("\n") else plain + "\n"
    try:
        before, known = data(plain), tree(whole)
    except NotYamlError as error:
        raise NotMovableError(1, "the file is written in a way that cannot be edited") from error
    wanted = before
    for place in places:
        wanted = _placed(wanted, place, rule)
    for last in (False, True):
        after = _rewritten(known, places, rule, last=last)
        for found in (after,) if plain.endswith("\n") else (after.removesuffix("\n"), after):
            if _says(found, wanted) and not _lost(known, found):
                ends = found.replace("\n", "\r\n") if crlf else found
                return (_BOM if text.startswith(_BOM) else "") + ends
    line = 1 + whole.count("\n", 0, _node(known, places[0])[1].start)
    raise NotMovableError(line, "its entries cannot be moved without a loss (anchors, or comments)")


def lines_of(text: str, place: Steps) -> list[str]:
    """The lines of an entry that contain a word, without surrounding white space."""
    whole = text.removeprefix(_BOM).replace("\r\n", "\n") + "\n"
    known = tree(whole)
    node = known.root
    start = 0
    for step in place:
        entry = next(
            one for one in (node.entries if node else ()) if one.key and one.key.said == step
        )
        node, start = entry.value, entry.start
    end = node.end if node else start
    lines = known.text[start:end].split("\n")
    return [line.strip() for line in lines if re.search(r"\w", line)]


def _placed(value: Json, place: Steps, rule: Rule) -> Json:
    if not place:
        return restructured(value, rule)
    return {**value, place[0]: _placed(value[place[0]], place[1:], rule)}


def _says(text: str, wanted: Json) -> bool:
    try:
        return equal(data(text), wanted)
    except NotYamlError:
        return False


def _lost(known: Tree, after: str) -> bool:
    """Whether a comment occurs less often than before."""
    notes = Counter(known.text[start:end].strip() for start, end in known.comments)
    return any(after.count(note) < count for note, count in notes.items())


def _node(known: Tree, place: Steps) -> tuple[Entry, Node]:
    """The entry at a place, and its value."""
    entry, node = None, known.root
    for step in place:
        if node is None or node.kind != "mapping":
            break
        found = [one for one in node.entries if one.key and one.key.said == step]
        if not found:
            break
        entry, node = found[0], found[0].value
    if entry is None or node is None or node.kind != "mapping" or node.style == "pair":
        line = 1 + known.text.count("\n", 0, node.outer) if node else 1
        raise NotMovableError(line, f"`{'.'.join(place)}` is no mapping that is written out here")
    return entry, node


# From the text to pieces.


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """An entry: the lines above it, its text from the key on, and the comment after it.

    ``column`` is that of its key, ``leads`` whether the key is first on its line, ``note`` what to
    write above it if it becomes a comment.
    """

    to: Steps
    above: tuple[str, ...]
    body: str
    trail: str = ""
    column: int
    leads: bool = True
    quote: str = ""
    note: str = ""


def _pieces(known: Tree, node: Node, rule: Rule, above: Steps = ()) -> Iterator[_Piece]:
    at = node.start + (node.style == "flow")
    for number, entry in enumerate(node.entries):
        key, line = entry.key, 1 + known.text.count("\n", 0, entry.start)
        if key is None or entry.explicit or key.said == "<<" or key.kind != "scalar":
            raise NotMovableError(line, "a merge key (`<<`) or a key with `?` cannot be moved")
        lead = _between(known, node, at, entry.start, first=number == 0)
        end, trail = _end(known, node, entry)
        path, verdict = (*above, key.said), rule((*above, key.said))
        first = _Piece(
            to=(),
            above=lead,
            body="",
            trail=trail,
            column=known.column(entry.start),
            leads=known.leads(entry.start),
            quote=key.style if key.style in ("'", '"') else "",
        )
        if isinstance(verdict, Opened):
            yield from _opened(known, entry, rule, path, first)
        elif isinstance(verdict, Moved):
            body = _body(known, entry, end, verdict)
            yield replace(first, to=verdict.to, body=body)
        elif isinstance(verdict, Dropped):
            yield replace(first, body=known.text[entry.start : end], note=verdict.note)
        else:
            raise NotMovableError(line, f"`{'.'.join(path)}` comes from elsewhere")
        at = end + len(trail)


def _opened(known: Tree, entry: Entry, rule: Rule, path: Steps, group: _Piece) -> Iterator[_Piece]:
    """The pieces of an entry whose value's entries move separately; the first gets its comments."""
    if entry.value.kind != "mapping" or entry.value.anchor:
        line = 1 + known.text.count("\n", 0, entry.start)
        raise NotMovableError(line, f"`{'.'.join(path)}` has to be written out here")
    own = known.text[entry.mark : entry.value.start].split("\n")
    beside = [line.strip() for line in own if line.strip().startswith("#")]
    flow = entry.value.flow
    pieces = list(_pieces(known, entry.value, rule, path))
    for number, piece in enumerate(pieces):
        one = replace(piece, column=group.column if flow else piece.column)
        if flow and group.leads:
            one = replace(one, leads=True)
        if number == 0:
            lead = (*group.above, *(" " * group.column + line for line in beside))
            lead = tuple(_shifted(line, one.column - group.column) for line in lead)
            one = replace(one, above=(*lead, *piece.above))
        if number == len(pieces) - 1:  # what follows the group follows its last entry
            one = replace(one, trail=group.trail if group.trail or not flow else one.trail)
        yield one


def _between(known: Tree, node: Node, at: int, start: int, *, first: bool) -> tuple[str, ...]:
    """The whole lines between two entries, unchanged."""
    gap = known.text[at:start]
    if node.style == "flow":
        lines = gap.split("\n") if first else gap.split("\n")[1:]
        return tuple(line for line in lines[:-1] if line.strip())
    return () if first else _lines(gap)


def _lines(gap: str) -> tuple[str, ...]:
    """The whole lines of a gap that starts at the end of a line and ends in an indentation."""
    return tuple(gap.split("\n")[1:-1])


def _end(known: Tree, node: Node, entry: Entry) -> tuple[int, str]:
    """The end of an entry's text, and what follows it on its last line, and below if deeper."""
    text, end = known.text, entry.end
    if node.style == "flow":
        rest = re.compile(r"[ \t]*,?([ \t]*(?:#[^\n]*)?)(?=\n)").match(text, end)
        note = rest.group(1) if rest and "#" in rest.group(1) else ""
        return end, f" {note.strip()}" if note and note[0] == "#" else note
    line_end = known.line_end(end)
    trail = text[end:line_end] if end < line_end else ""
    column = known.column(node.start)
    at = line_end
    deeper = re.compile(rf"(?:\n[ \t]*)*\n {{{column + 1},}}#[^\n]*")
    while found := deeper.match(text, at):
        at = found.end()
    return end, trail + text[line_end:at]


def _body(known: Tree, entry: Entry, end: int, verdict: Moved) -> str:
    """An entry's text with its new key, and with new keys inside its value."""
    edits = [_renaming(known, entry, verdict.to[-1])]
    if verdict.inside and entry.value.kind == "mapping":
        edits += [
            _renaming(known, one, verdict.inside[one.key.said])
            for one in entry.value.entries
            if one.key and one.key.said in verdict.inside
        ]
    text, at, parts = known.text, entry.start, []
    for start, stop, new in edits:
        parts += [text[at:start], new]
        at = stop
    return "".join(parts) + text[at:end]


def _renaming(known: Tree, entry: Entry, name: str) -> tuple[int, int, str]:
    key = entry.key
    assert key is not None  # noqa: S101 - the caller looked
    old = known.text[key.start : key.end]
    return key.start, key.end, old.replace(key.said, name, 1)


# From pieces to a text.


@dataclass
class _Group:
    """Pieces that move into the same mapping; ``name`` is empty for a piece that stays outside.

    A group of the root has one piece.
    """

    name: str
    pieces: list[_Piece]


def _groups(pieces: Sequence[_Piece], *, last: bool) -> list[_Group]:
    """The pieces by their new mapping, each group at the place of its first or last piece."""
    found: list[_Group] = []
    members: dict[str, list[_Piece]] = {}
    for piece in pieces:
        name = piece.to[0] if len(piece.to) > 1 else ""
        if name in members:
            members[name].append(piece)
            if last:
                found = [one for one in found if one.name != name]
                found.append(_Group(name, members[name]))
            continue
        group = _Group(name, [piece])
        if name:
            members[name] = group.pieces
        found.append(group)
    return found


def _rewritten(known: Tree, places: Sequence[Steps], rule: Rule, *, last: bool) -> str:
    edits: list[tuple[int, int, str]] = []
    for place in places:
        entry, node = _node(known, place)
        pieces = list(_pieces(known, node, rule))
        groups = _groups(pieces, last=last)
        root = next(e for e in known.root.entries if e.key and e.key.said == place[0])  # type: ignore[union-attr]
        if node.style == "flow":
            edits += _flow(known, node, groups, root)
        else:
            edits += _block(known, entry, node, groups)
    text = known.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _block(
    known: Tree, entry: Entry, node: Node, groups: list[_Group]
) -> Iterator[tuple[int, int, str]]:
    column = known.column(node.start)
    step = max(column - known.column(entry.start), 1)
    lines: list[str] = []
    for group in groups:
        if group.name:
            inner = [line for piece in group.pieces for line in _block_lines(piece, column + step)]
            blank = [line for line in _leading(inner) if not line.strip()]
            quote = group.pieces[0].quote
            lines += [*blank, f"{' ' * column}{quote}{group.name}{quote}:", *inner[len(blank) :]]
        else:
            lines += _block_lines(group.pieces[0], column)
    start = known.line_start(node.start)
    _, trail = _end(known, node, node.entries[-1])
    end = node.entries[-1].end + len(trail)
    if not any(piece.to for group in groups for piece in group.pieces):
        yield entry.mark, entry.mark, " {}"
    yield start, end, "\n".join(lines)


def _leading(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.strip():
            return
        yield line


def _block_lines(piece: _Piece, column: int) -> Iterator[str]:
    """A piece's lines at a column, or the comment that it becomes."""
    shift = column - piece.column
    for line in piece.above:
        yield _shifted(line, shift)
    body = " " * piece.column + piece.body + piece.trail
    lines = [_shifted(line, shift) for line in body.split("\n")]
    if piece.note:
        yield f"{' ' * column}# {piece.note}"
        lines = [f"{' ' * column}# {line[column:]}".rstrip() for line in lines]
    yield from lines


def _shifted(line: str, by: int) -> str:
    if not line or by == 0:
        return line
    if by > 0:
        return " " * by + line
    kept = len(line) - len(line.lstrip(" "))
    return line[min(-by, kept) :]


def _flow(
    known: Tree, node: Node, groups: list[_Group], root: Entry
) -> Iterator[tuple[int, int, str]]:
    """A mapping in braces; dropped entries become comments above the line of its top entry."""
    text = known.text
    kept = [group for group in groups if any(piece.to for piece in group.pieces)]
    gone = [p for group in groups for p in group.pieces if not p.to]
    blank = " " if text[node.start + 1] == " " else ""
    leading = [p.column for g in groups for p in g.pieces if p.leads]
    column = leading[0] if leading else known.column(node.start) + 2
    body = "".join(
        _flow_group(group, column, blank, comma=n < len(kept) - 1, first=n == 0)
        for n, group in enumerate(kept)
    )
    tail = text[node.entries[-1].end : node.end - 1]
    if "#" in tail:
        tail = tail[tail.rfind("\n") :]
    if _ends_in_comment(body) and "\n" not in tail:
        tail = "\n" + " " * max(column - 2, 0)
    yield node.start, node.end, "{" + body + (tail if body else "") + "}"
    if gone:
        at = known.line_start(root.start)
        pad = " " * (known.column(root.start) if known.leads(root.start) else 0)
        lines = [line for piece in gone for line in _remarks(piece, pad)]
        yield at, at, "".join(f"{line}\n" for line in lines)


def _ends_in_comment(body: str) -> bool:
    return "#" in body.rpartition("\n")[2] and bool(re.search(r"[ \t]#[^\"'\n]*$", body))


def _remarks(piece: _Piece, pad: str) -> Iterator[str]:
    yield f"{pad}# {piece.note}"
    yield from (f"{pad}{line.strip()}" for line in piece.above if line.strip())
    for line in (piece.body + piece.trail).split("\n"):
        yield f"{pad}# {_shifted(line, -piece.column)}".rstrip()


def _flow_group(group: _Group, column: int, blank: str, *, comma: bool, first: bool) -> str:
    if not group.name:
        return _flow_piece(group.pieces[0], column, blank, comma=comma, first=first)
    head, *_ = group.pieces
    deeper = column + 2
    inner = "".join(
        _flow_piece(piece, deeper, blank, comma=n < len(group.pieces) - 1, first=n == 0)
        for n, piece in enumerate(group.pieces)
    )
    start = "\n" + " " * column if head.leads else blank if first else " "
    end = "\n" + " " * column if head.leads or _ends_in_comment(inner) else blank
    name = f"{head.quote}{group.name}{head.quote}"
    return f"{start}{name}: {{{inner}{end}}}" + ("," if comma else "")


def _flow_piece(piece: _Piece, column: int, blank: str, *, comma: bool, first: bool) -> str:
    above = "".join(f"\n{' ' * column}{line.strip()}" for line in piece.above)
    beside = blank if first else " "
    start = f"{above}\n{' ' * column}" if piece.leads or above else beside
    shift = column - piece.column if piece.leads else 0
    head, *rest = piece.body.split("\n")
    body = "\n".join([head, *(_shifted(line, shift) for line in rest)])
    return f"{start}{body}{',' if comma else ''}{piece.trail}"

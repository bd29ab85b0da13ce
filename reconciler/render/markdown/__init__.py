"""A sheet as Markdown, for a pull request's comment, an issue or a job's summary.

Foreign text stands in code, where nothing of it acts: no link, image, mention or HTML. Where
it stands in a sentence, what GitHub would act on is taken apart.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from reconciler.engine.groups import GROUPS
from reconciler.errors import Problem
from reconciler.render.bidi import directed, isolated
from reconciler.render.cutting import changed, first_groups, first_rows
from reconciler.render.markdown.escaping import code, fenced, plain, said
from reconciler.render.phrases import FOLDS, GROUP_TITLES, fold, moved, numbers
from reconciler.render.safe import one_line
from reconciler.render.sheet import (
    Alert,
    Beside,
    Block,
    Group,
    Listed,
    Part,
    Passage,
    Prose,
    Row,
    Shared,
    Sheet,
    Side,
    Spans,
)

MOST = 60_000
"""Characters: a comment of GitHub's holds 65,536."""

_LISTED = 50
_ALERTS = 10
"""Of one head; each is two thousand characters at most."""
_FEW = 3
"""So many agents are shown open; more of them closed, to be opened one by one."""
_LAST = 99
_NOTE = 500
"""Characters kept free for the note on what is cut, and for line ends."""
_TROUBLED = ("!", "✗", "≠", "?")


@dataclass(frozen=True)
class _Piece:
    """A part of the page in full and in brief; parts of a lower ``rank`` are kept first.

    ``part`` writes it with so many of its ``changed`` passages, each text with how many are left.
    """

    rank: int
    full: str
    brief: str
    changed: int = 0
    part: Callable[[int], str] = str

    def within(self, room: int) -> str:
        """As much of it as there is room for: found by halving; empty where that is nothing."""
        fits, too_many = 0, self.changed
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if len(self.part(middle)) <= room:
                fits = middle
            else:
                too_many = middle
        return self.part(fits) if fits else ""


def markdown(sheet: Sheet, most: int = MOST, folder: str = "") -> str:
    """The sheet in at most so many characters; what is cut is said, the most telling is kept.

    ``folder`` is where the project is in its repository, such as ``voice/``; empty at the top.
    """
    head = "\n\n".join(filter(None, _head(sheet, folder)))
    pieces = [*map(_shared, sheet.shared), *_blocks(sheet), *_lists(sheet)]
    texts, note = _fitting(pieces, most - len(head) - _NOTE, sheet.kind)
    return "\n\n".join(filter(None, (head, note, *texts))) + "\n"


def _fitting(pieces: Sequence[_Piece], room: int, kind: str) -> tuple[list[str], str]:
    """The pieces that fit, the important ones in full; and what that leaves out."""
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].rank)
    shown: dict[int, str] = {}
    for form in ("brief", "full"):
        for i in order:
            text = getattr(pieces[i], form)
            if form == "full" and i not in shown:
                continue
            more = len(text) + 2 - (len(shown[i]) + 2 if i in shown else 0)
            if more <= room:
                shown[i] = text
                room -= more
    parts = set()
    for i in order:
        text = pieces[i].within(room + len(shown[i])) if i in shown else ""
        if text and shown[i] != pieces[i].full:
            room -= len(text) - len(shown[i])
            shown[i] = text
            parts.add(i)
    brief = sum(shown[i] != pieces[i].full and i not in parts for i in shown)
    lost = len(pieces) - len(shown)
    told = [f"{len(parts)} shown in part"] if parts else []
    told += [f"{brief} shown in brief"] if brief else []
    told += [f"{lost} left out"] if lost else []
    whole = {"plan": "reconciler plan", "drift": "reconciler drift"}.get(kind, "the job's log")
    note = f"_Too long for one comment: {', '.join(told)}. The whole: `{whole}`._" if told else ""
    return [shown[i] for i in sorted(shown)], note


def _head(sheet: Sheet, folder: str) -> Iterator[str]:
    if re.fullmatch(r"[A-Za-z0-9._+-]+", sheet.environment):
        digest = f"\n<!-- digest: {sheet.digest} -->" if sheet.digest else ""
        project = f":{quote(folder.strip('/'))}" if folder else ""  # nothing that ends a comment
        yield f"<!-- reconciler:{sheet.kind}:{sheet.environment}{project} -->{digest}"
    yield f"## {plain(sheet.title)}"
    yield f"**{plain(sheet.gist)}**"
    counts = [f"{n} {name}" for name in GROUPS if (n := sheet.impacts.get(name, 0))]
    yield f"What callers notice: {', '.join(counts)}." if counts and sheet.kind == "apply" else ""
    for name, alerts in sheet.alarms.items():
        yield _alarm(name, alerts)
    yield _beside(sheet.beside) if sheet.beside else ""
    broken = [(block, text) for block in sheet.blocks for text in block.breaking]
    if broken:
        yield "\n".join(
            [
                "> [!WARNING]",
                "> **Callers must pass other values**",
                *(f"> - {code(block.key)}: {said(text)}" for block, text in broken[:_LISTED]),
                *([f"> - and {len(broken) - _LISTED} more"] if len(broken) > _LISTED else []),
            ]
        )


def _beside(beside: Beside) -> str:
    """Several environments side by side; no more agents than a comment can hold."""
    rows = [(code(key), *map(code, cells)) for key, cells in beside.rows[: 4 * _LISTED]]
    head = ("agent", *map(plain, beside.columns))
    lines = [head, ("---",) * len(head), *rows]
    more = len(beside.rows) - len(rows)
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table}\n\nand {more} more agents" if more else table


def _alarm(head: str, alerts: Sequence[Alert]) -> str:
    """Alerts of one head as a callout: always in full, so that there may not be many."""
    lines = [f"> - {said(one.said)}. Hint: {said(one.hint)}" for one in alerts[:_ALERTS]]
    more = [f"> - and {len(alerts) - _ALERTS} more"] if len(alerts) > _ALERTS else []
    kind = "IMPORTANT" if alerts[0].waits else "CAUTION"
    return "\n".join([f"> [!{kind}]", f"> **{head}**", *lines, *more])


def _lists(sheet: Sheet) -> Iterator[_Piece]:
    """What stands below the agents; in brief only how much it is."""
    found = [(title, _list(map(_listed, items)), len(items)) for title, items in sheet.lists]
    if sheet.findings:
        count = len(sheet.findings)
        found.append(("Findings in the files", _list(map(_finding, sheet.findings)), count))
    rank = -1 if sheet.stopped else _LAST
    for title, inside, count in found:
        full = _details(f"{title} ({count})", inside, opened=sheet.stopped)
        yield _Piece(rank, full, f"{title}: {count}.")


def _list(lines: Iterable[str]) -> str:
    found = [f"- {line}" for line in lines]
    more = [f"- and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
    return "\n".join([*found[:_LISTED], *more])


def _listed(item: Listed) -> str:
    more = f"{item.field} {item.said}".strip()
    return code(item.who) + (f": {code(more)}" if more else "")


def _finding(problem: Problem) -> str:
    place = problem.file + (f":{problem.line}" if problem.line else "")
    rule = f" ({code(one_line(problem.rule))})" if problem.rule else ""
    hint = f" Hint: {said(one_line(problem.hint))}." if problem.hint else ""
    level = "warning" if problem.warning else "**error**"
    return f"{level}: {code(one_line(place))} {said(one_line(problem.message))}{rule}.{hint}"


def _details(title: str, inside: str, *, opened: bool = False) -> str:
    """A part that can be folded; its title is ours, never foreign text."""
    tag = "<details open>" if opened else "<details>"
    return f"{tag}<summary>{title}</summary>\n\n{inside}\n\n</details>"


def _shared(one: Shared) -> _Piece:
    agents = _names(one.agents)
    odd = f"\n\nOtherwise on {_names(one.odd)}." if one.odd else ""
    head = f"### Shared change {one.number}, {one.spread}\n\n{agents}"

    def part(most: int) -> str:
        rows = tuple(first_rows([one.row], most))
        return f"{head}\n\n{_group(Group(one.row.group, rows))}{odd}"

    total = changed([one.row])
    return _Piece(-1, part(total), f"{head}\n\n{_short(one.row)}{odd}", total, part)


def _names(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else ""
    return ", ".join(map(code, keys[:_LISTED])) + more


def _blocks(sheet: Sheet) -> Iterator[_Piece]:
    told = [block for block in sheet.blocks if not block.quiet and not block.covered]
    for block in told:
        rank = 0 if block.sign in _TROUBLED or block.breaking else _rank(block)
        yield _piece(block, rank, sheet.language, opened=len(told) <= _FEW)


def _piece(block: Block, rank: int, language: str, *, opened: bool) -> _Piece:
    head = "\n\n".join(filter(None, _block_head(block, language)))

    def part(most: int) -> str:
        fields = _fields(replace(block, groups=first_groups(block.groups, most)), opened=opened)
        return "\n\n".join(filter(None, (head, fields)))

    brief = "\n\n".join(filter(None, (head, _list(map(_short, block.rows)))))
    total = changed(block.rows)
    return _Piece(rank, part(total), brief, total, part)


def _rank(block: Block) -> int:
    """How much callers notice: 1 for what is spoken, one more for each group below."""
    noticed = [GROUPS.index(name) for name in _counted(block)]
    return min(noticed, default=len(GROUPS)) + 1


def _counted(block: Block) -> dict[str, int]:
    """How many fields of each group are written; those left to the dashboard are none."""
    counts = {group.name: sum(row.sign != "·" for row in group.rows) for group in block.groups}
    return {name: count for name, count in counts.items() if count}


def _block_head(block: Block, language: str) -> Iterator[str]:
    yield f"### {code(block.sign)} {code(block.key)} {code(block.name)}".rstrip()
    yield plain(", ".join((block.state, *block.facts)))
    yield directed(said(block.told), language)
    yield f"**{said(block.reason)}**" if block.reason else ""
    yield said(block.hint)
    yield _list(map(said, block.notes))
    yield f"See {numbers(block.elsewhere)}." if block.elsewhere else ""


def _fields(block: Block, *, opened: bool) -> str:
    if not block.groups:
        return ""
    told = (f"{count} {GROUP_TITLES[name]}" for name, count in _counted(block).items())
    counts = ", ".join(told) or "ignored fields"
    inside = "\n\n".join(map(_group, block.groups))
    return _details(counts, inside, opened=opened)


def _group(group: Group) -> str:
    rows = "\n".join(map(_row, group.rows))
    return f"**{GROUP_TITLES[group.name]}**\n\n{rows}"


def _short(row: Row) -> str:
    tags = ", ".join(filter(None, (row.group, row.cause)))
    return f"{code(row.sign)} {code(row.path)} ({tags})"


def _row(row: Row) -> str:
    tags = [row.cause, plain(row.note), plain(", ".join(row.odd))]
    told = f" ({'; '.join(filter(None, tags))})" if any(tags) else ""
    shared = f" (also {numbers(row.prose.shared)})" if row.prose and row.prose.shared else ""
    head = f"- {code(row.sign)} {code(row.path)}{shared}"
    if row.before is not None:
        return f"{head}: {code(row.before)} → {code(row.after or '')}{told}"
    if row.after is not None:
        whole = _whole(row.whole) if row.whole else ""
        return f"{head}: {code(row.after)}{told}{whole}"
    lines = [*_lines(row.prose, row.parts), *(line for side in row.sides for line in _side(side))]
    return "\n\n".join(filter(None, [f"{head}{told}", fenced(lines)]))


def _whole(prose: Prose) -> str:
    """All of a new text, folded, inside a list's item."""
    title = "  <details><summary>all of the text</summary>"
    return "\n\n".join(["", title, fenced([*_prose(prose)]), "  </details>\n"])


def _side(side: Side) -> list[str]:
    head = f"  {side.label}" + (f": {isolated(side.value)}" if side.value is not None else "")
    return [head, *_lines(side.prose, side.parts)]


def _lines(prose: Prose | None, parts: Sequence[Part]) -> list[str]:
    found = list(_prose(prose)) if prose else []
    for part in parts:
        found += [f"  {isolated(part.path)}:", *_prose(part.prose)] if part.prose else [_part(part)]
    return found


def _part(part: Part) -> str:
    path, before, after = (isolated(text or "") for text in (part.path, part.before, part.after))
    path = path or "(all)"
    if part.before is None:
        return f"+ {path}: {after}"
    return f"- {path}: {before}" if part.after is None else f"! {path}: {before} → {after}"


def _prose(prose: Prose) -> Iterator[str]:
    heading = ""
    for passage, below in prose.in_order:
        if passage.kind in FOLDS:
            yield f"  {fold(passage, below)}"
            continue
        if passage.heading and passage.heading != heading:
            heading = passage.heading
            yield f"@@ {isolated(heading)} @@"
        yield from _passage(passage)
        heading = passage.inside[-1] if passage.inside else heading
    if prose.space:
        yield f"  not shown: {prose.space}"


def _passage(passage: Passage) -> Iterator[str]:
    if passage.before:
        yield f"- {_words(passage.before)}"
    if passage.after:
        sign = "!" if passage.kind == "moved" and not passage.before else "+"
        yield f"{sign} {_words(passage.after)}"
    if passage.kind == "moved":
        yield f"  {moved(passage)}"
    if passage.odd:
        yield f"  {'cosmetic' if passage.cosmetic else 'characters'}: {', '.join(passage.odd)}"


def _words(spans: Spans) -> str:
    """A paragraph; changed words stand in brackets, for a block of code knows no other marks."""
    marked = len(spans) > 1
    return isolated(
        "".join(f"⟦{span.text}⟧" if span.marked and marked else span.text for span in spans)
    )

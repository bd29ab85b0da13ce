"""A sheet as Markdown, for a pull request's comment, an issue or a job's summary.

Foreign text is in code, where it has no effect: no link, image, mention or HTML. In sentences,
everything that GitHub would act on is escaped.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from html import escape
from typing import TypeVar
from urllib.parse import quote

from reconciler.engine.impact import GROUPS
from reconciler.errors import Problem
from reconciler.late import dataclass
from reconciler.render import labels, mermaid
from reconciler.render.bidi import apart, directed, isolated
from reconciler.render.cutting import changed, first_groups, first_rows
from reconciler.render.labels import FOLDS, Phrases, fold, moved, numbers
from reconciler.render.markdown.escaping import code, fenced, plain, said
from reconciler.render.node_rows import briefly
from reconciler.render.sanitize import one_line
from reconciler.render.view import (
    Alert,
    Beside,
    Block,
    FlowView,
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
"""Characters: a comment on GitHub may have 65,536."""

_LISTED = 50
_ALERTS = 10
"""Per heading; each is at most two thousand characters."""
_FEW = 3
"""Up to this many agents are shown expanded; more are collapsed."""
_FOLDED = 8
"""Fields in the title of a collapsed part."""
_LAST = 99
_NOTE = 500
"""Characters reserved for the note on omissions, and for newlines."""
_TROUBLED = ("!", "✗", "≠", "?")
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Piece:
    """A part of the page in full and in brief; parts of a lower ``rank`` are kept first.

    ``part`` writes it with this many of its ``changed`` passages, and each text with how many are
    left; with all of them if ``whole`` is empty.
    """

    rank: int
    whole: str
    brief: str
    changed: int = 0
    part: Callable[[int], str] = str

    @cached_property
    def full(self) -> str:
        """All of it; made only if it fits in brief."""
        return self.whole or self.part(self.changed)

    def within(self, room: int) -> str:
        """As much of the text as fits, found by bisection; empty if nothing fits."""
        fits, too_many = 0, self.changed
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if len(self.part(middle)) <= room:
                fits = middle
            else:
                too_many = middle
        return self.part(fits) if fits else ""


def markdown(sheet: Sheet, most: int = MOST, folder: str = "") -> str:
    """The sheet in at most so many characters; cuts are reported, the most important is kept.

    ``folder`` is the project's in its repository, such as ``voice/``; empty at the top.
    """
    say = labels.of(sheet.language)
    head = "\n\n".join(filter(None, _head(sheet, folder, say)))
    foot = _foot(sheet, say)
    shared = [_shared(one, say) for one in sheet.shared]
    pieces = [*shared, *_blocks(sheet, say), *_lists(sheet, say)]
    texts, note = _fitting(pieces, most - len(head) - len(foot) - _NOTE, sheet.kind, say)
    return "\n\n".join(filter(None, (head, note, *texts, foot))) + "\n"


def _foot(sheet: Sheet, say: Phrases) -> str:
    """The origin of the report, in one small line; empty if unknown."""
    told = [f"{name} {code(value)}" for name, value in labels.origin(sheet, say)]
    return f"<sub>{say.line(' · '.join(told))}</sub>" if told else ""


def _fitting(pieces: Sequence[_Piece], room: int, kind: str, say: Phrases) -> tuple[list[str], str]:
    """The pieces that fit, the important ones in full; and a note on the omitted ones."""
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].rank)
    shown: dict[int, str] = {}
    for form in ("brief", "full"):
        for i in order:
            if form == "full" and i not in shown:
                continue
            text = getattr(pieces[i], form)
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
    told = say.joined(
        [
            say("{n} shown in part", n=len(parts)) if parts else "",
            say("{n} shown in brief", n=brief) if brief else "",
            say("{n} left out", n=lost) if lost else "",
        ]
    )
    whole = {"plan": "`reconciler plan`", "drift": "`reconciler drift`"}.get(kind)
    where = whole or say("in the job's log")
    long = say("Too long for one comment: {what}. The whole: {where}.", what=told, where=where)
    note = f"_{say.line(long)}_" if told else ""
    return [shown[i] for i in sorted(shown)], note


def _head(sheet: Sheet, folder: str, say: Phrases) -> Iterator[str]:
    if re.fullmatch(r"[A-Za-z0-9._+-]+", sheet.environment):
        digest = (
            f"\n<!-- digest: {sheet.digest} -->" if sheet.digest and sheet.kind == "plan" else ""
        )
        project = f":{quote(folder.strip('/'))}" if folder else ""  # nothing here ends a comment
        yield f"<!-- reconciler:{sheet.kind}:{sheet.environment}{project} -->{digest}"
    yield f"## {plain(sheet.title)}"
    yield f"**{say.line(plain(sheet.gist))}**"
    counts = [say.told(f"{n} {name}") for name in GROUPS if (n := sheet.impacts.get(name, 0))]
    if counts and sheet.kind == "apply":
        yield say.line(say("What callers notice: {counts}.", counts=say.joined(counts)))
    yield _legend(sheet, say)
    for name, alerts in sheet.alarms.items():
        yield _alarm(name, alerts, say)
    yield _beside(sheet.beside, say) if sheet.beside else ""
    broken = [(block, text) for block in sheet.blocks for text in block.breaking]
    if broken:
        yield "\n".join(
            [
                "> [!WARNING]",
                f"> **{say('Callers must pass other values')}**",
                *(f"> - {code(block.key)}: {said(text)}" for block, text in broken[:_LISTED]),
                *([f"> - {_more(broken, say)}"] if len(broken) > _LISTED else []),
            ]
        )


def _more(items: Sequence[object], say: Phrases, most: int = _LISTED) -> str:
    return say("and {n} more", n=len(items) - most)


def _legend(sheet: Sheet, say: Phrases) -> str:
    """The meaning of the signs in differences."""
    if not sheet.legend:
        return ""
    before, after = map(say.line, sheet.legend)
    return f"{code('-')} {before} → {code('+')} {after}"


def _beside(beside: Beside, say: Phrases) -> str:
    """Several environments side by side, with as many agents as a comment can hold."""
    rows = [(code(key), *map(code, cells)) for key, cells in beside.rows[: 4 * _LISTED]]
    head = (beside.first or say("agent"), *map(plain, beside.columns))
    lines = [head, ("---",) * len(head), *rows]
    more = len(beside.rows) - len(rows)
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines) if rows else ""
    noun = "project" if beside.first else "agent"
    left = say("and {agents} more", agents=say.count(more, noun)) if more else ""
    quiet = ""
    if beside.quiet:
        title = labels.rest(beside, say)
        quiet = _details(title, _names(beside.quiet, say))
    return "\n\n".join(filter(None, (table, left, quiet)))


def _alarm(head: str, alerts: Sequence[Alert], say: Phrases) -> str:
    """Alerts under one heading as a callout, always in full, so that their number is limited."""
    lines = [f"> - {said(one.said)}.{_hint(one, say)}" for one in alerts[:_ALERTS]]
    more = [f"> - {_more(alerts, say, _ALERTS)}"] if len(alerts) > _ALERTS else []
    kind = "IMPORTANT" if alerts[0].pending else "CAUTION"
    return "\n".join([f"> [!{kind}]", f"> **{head}**", *lines, *more])


def _hint(one: Alert, say: Phrases) -> str:
    return f" {say('Hint')}: {said(one.hint)}" if one.hint else ""


def _lists(sheet: Sheet, say: Phrases) -> Iterator[_Piece]:
    """The lists below the agents; in brief only their lengths."""
    found = [(title, _list(items, _listed, say), len(items)) for title, items in sheet.lists]
    if sheet.findings:
        told = _list(sheet.findings, partial(_finding, say=say), say)
        found.append((say("Findings in the files"), told, len(sheet.findings)))
    rank = -1 if sheet.stopped else _LAST
    for title, inside, count in found:
        full = _details(f"{title} ({count})", inside, opened=sheet.stopped)
        yield _Piece(rank, full, f"{title}: {count}.")


def _list(items: Sequence[_T], written: Callable[[_T], str], say: Phrases) -> str:
    """The first items, and how many more there are, which are not written."""
    found = [f"- {written(one)}" for one in items[:_LISTED]]
    more = [f"- {_more(items, say)}"] if len(items) > _LISTED else []
    return "\n".join([*found, *more])


def _listed(item: Listed) -> str:
    more = f"{item.field} {item.said}".strip()
    return code(item.who) + (f": {code(more)}" if more else "")


def _finding(problem: Problem, say: Phrases) -> str:
    place = problem.file + (f":{problem.line}" if problem.line else "")
    rule = f" ({code(one_line(problem.rule))})" if problem.rule else ""
    hint = f" {say('Hint')}: {said(one_line(problem.hint))}." if problem.hint else ""
    level = say("warning") if problem.warning else f"**{say('error')}**"
    return f"{level}: {code(one_line(place))} {said(one_line(problem.message))}{rule}.{hint}"


def _details(title: str, inside: str, *, opened: bool = False) -> str:
    """A collapsible part; its title is our own HTML, never foreign text."""
    tag = "<details open>" if opened else "<details>"
    return f"{tag}<summary>{title}</summary>\n\n{inside}\n\n</details>"


def _shared(one: Shared, say: Phrases) -> _Piece:
    agents = _names(one.named, say)
    odd = say("Different on {names}.", names=_names(one.odd, say)) if one.odd else ""
    spread = labels.spread(one, say)
    title = say("Shared change {number}, {spread}", number=one.number, spread=spread)

    def part(most: int) -> str:
        rows = tuple(first_rows([one.row], most))
        return _joined(f"### {title}", agents, _group(Group(one.row.group, rows), say), odd)

    total = changed([one.row])
    brief = _joined(f"### {title}", agents, _short(one.row, say), odd)
    return _Piece(-1, "", brief, total, part)


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def _names(keys: Sequence[str], say: Phrases) -> str:
    more = f" {_more(keys, say)}" if len(keys) > _LISTED else ""
    return say.comma.join(map(code, keys[:_LISTED])) + more


def _blocks(sheet: Sheet, say: Phrases) -> Iterator[_Piece]:
    told = [block for block in sheet.blocks if not block.quiet and not block.covered]
    same = sum(block.everywhere for block in told)
    for place, block in enumerate(told):
        if same and place == len(told) - same:
            title = f"## {labels.everywhere(same, say)}"
            yield _Piece(0, title, title)
        rank = 0 if block.sign in _TROUBLED or block.breaking else _rank(block)
        opened = len(told) - same <= _FEW and not block.everywhere
        yield _piece(block, rank, say, opened=opened)


def _piece(block: Block, rank: int, say: Phrases, *, opened: bool) -> _Piece:
    block = replace(block, groups=briefly(block))
    head = _joined(*_block_head(block, say))
    chart = _charts(block.flow, say) if block.flow else ""

    def part(most: int) -> str:
        shown = replace(block, groups=first_groups(block.groups, most))
        return _joined(head, chart, _fields(shown, say, opened=opened))

    brief = _joined(head, _list(block.rows, partial(_short, say=say), say))
    total = changed(block.rows)
    return _Piece(rank, "", brief, total, part)


def _charts(flow: FlowView, say: Phrases) -> str:
    """The changed parts of a flow, drawn by whoever shows the page."""
    return _joined(*(f"```mermaid\n{one}\n```" for one in mermaid.changes(flow, say)))


def _rank(block: Block) -> int:
    """The rank of a change by impact: 1 for spoken changes, one more for each lower group."""
    noticed = [GROUPS.index(name) for name in _counted(block)]
    return min(noticed, default=len(GROUPS)) + 1


def _counted(block: Block) -> dict[str, int]:
    """The number of written fields in each group, without ignored ones."""
    counts = {group.name: sum(row.sign != "·" for row in group.rows) for group in block.groups}
    return {name: count for name, count in counts.items() if count}


def _block_head(block: Block, say: Phrases) -> Iterator[str]:
    yield f"### {code(block.sign)} {code(block.key)} {code(block.name)}".rstrip()
    yield say.line(plain(say.comma.join((block.state, *block.facts))))
    yield directed(said(block.told), say.language)
    yield f"**{said(block.reason)}**" if block.reason else ""
    yield said(block.hint)
    yield _list(block.notes, said, say)
    if block.flow:
        told = [_sentence(one, say) for one in block.flow.told]
        warned = [f"{code('!')} {_sentence(one, say)}" for one in block.flow.warned]
        yield _list([*warned, *told], str, say)
    if block.elsewhere:
        yield say.line(say("See {changes}.", changes=numbers(block.elsewhere, say)))


def _fields(block: Block, say: Phrases, *, opened: bool) -> str:
    """All fields of an agent in a collapsible part with their names as its title."""
    if not block.groups:
        return ""
    inside = "\n\n".join(_group(group, say) for group in block.groups)
    if block.flow and block.flow.listed:
        nodes = _list(block.flow.listed, partial(_sentence, say=say), say)
        inside = f"{inside}\n\n**{say('Flow')}**\n\n{nodes}"
    return _details(_called(block, say), inside, opened=opened)


def _called(block: Block, say: Phrases) -> str:
    """The fields of an agent by name, and how many of each group."""
    names = [f"<code>{escape(row.path)}</code>" for row in block.rows]
    more = f" {_more(names, say, _FOLDED)}" if len(names) > _FOLDED else ""
    told = (say.told(f"{count} {name}") for name, count in _counted(block).items())
    counts = say.joined(told) or say("left to the dashboard")
    return say.line(f"{say.comma.join(names[:_FOLDED])}{more} ({counts})")


def _group(group: Group, say: Phrases) -> str:
    rows = "\n".join(_row(row, say) for row in group.rows)
    return f"**{labels.title(group.name, say)}**\n\n{rows}"


def _short(row: Row, say: Phrases) -> str:
    tags = say.joined(map(say, filter(None, (row.group, row.cause))))
    return f"{code(row.sign)} {code(row.path)} ({tags})"


def _row(row: Row, say: Phrases) -> str:
    odd = say.joined(map(say.told, row.odd))
    tags = [*map(say, filter(None, [row.cause])), plain(row.note), plain(odd)]
    told = f" ({say.semicolon.join(filter(None, tags))})" if any(tags) else ""
    shared = ""
    if row.prose and row.prose.shared:
        shared = f" ({say('also {changes}', changes=numbers(row.prose.shared, say))})"
    head = f"- {code(row.sign)} {code(row.path)}{shared}"
    if row.before is not None:
        return f"{head}: {code(row.before)} → {code(row.after or '')}{told}"
    if row.after is not None:
        whole = _whole(row.path, row.whole, say) if row.whole else ""
        return f"{head}: {code(row.after)}{told}{whole}"
    sides = [line for side in row.sides for line in _side(side, say)]
    new = [(one.path, one.prose) for one in row.parts if one.prose and one.before is None]
    others = [one for one in row.parts if not (one.prose and one.before is None)]
    lines = [*_lines(row.prose, others, say), *sides]
    sentences = "\n".join(f"  - {_sentence(one, say)}" for one in row.told)
    head = "\n".join(filter(None, (f"{head}{told}", sentences)))
    texts = "".join(_whole(path, prose, say) for path, prose in new)
    return "\n\n".join(filter(None, [head, fenced(lines)])) + texts


def _sentence(told: str, say: Phrases) -> str:
    """A sentence of ours about a flow; what it quotes is code, and runs its own way."""
    return directed(said(told), say.language)


def _whole(path: str, prose: Prose, say: Phrases) -> str:
    """All of a new text, inside a list item, in a collapsible part titled by its field."""
    title = f"  <details><summary><code>{escape(path)}</code></summary>"
    return "\n\n".join(["", title, fenced([*_prose(prose, say)]), "  </details>\n"])


def _side(side: Side, say: Phrases) -> list[str]:
    value = f": {isolated(side.value)}" if side.value is not None else ""
    told = [f"  {directed(apart(one), say.language)}" for one in side.told]
    return [f"  {say.line(side.label)}{value}", *told, *_lines(side.prose, side.parts, say)]


def _lines(prose: Prose | None, parts: Sequence[Part], say: Phrases) -> list[str]:
    found = list(_prose(prose, say)) if prose else []
    for part in parts:
        if part.prose:
            found += [f"  {isolated(part.path)}:", *_prose(part.prose, say)]
        else:
            found.append(_part(part, say))
    return found


def _part(part: Part, say: Phrases) -> str:
    path, before, after = (isolated(text or "") for text in (part.path, part.before, part.after))
    path = path or say.line(say("(all)"))
    if part.before is None:
        return f"+ {path}: {after}"
    return f"- {path}: {before}" if part.after is None else f"! {path}: {before} → {after}"


def _prose(prose: Prose, say: Phrases) -> Iterator[str]:
    heading = ""
    for passage, below in prose.in_order:
        if passage.kind in FOLDS:
            yield f"  {fold(passage, below, say)}"
            continue
        if passage.heading and passage.heading != heading:
            heading = passage.heading
            yield f"@@ {isolated(heading)} @@"
        yield from _passage(passage, say)
        heading = passage.inside[-1] if passage.inside else heading
    if prose.space:
        yield f"  {say.line(say('not shown: {what}', what=say.counts(prose.space)))}"


def _passage(passage: Passage, say: Phrases) -> Iterator[str]:
    if passage.before:
        yield f"- {_words(passage.before)}"
    if passage.after:
        sign = "!" if passage.kind == "moved" and not passage.before else "+"
        yield f"{sign} {_words(passage.after)}"
    if passage.kind == "moved":
        yield f"  {moved(passage, say)}"
    if passage.odd:
        word = say("cosmetic") if passage.cosmetic else say("characters")
        yield f"  {say.line(f'{word}: {say.joined(map(say.told, passage.odd))}')}"


def _words(spans: Spans) -> str:
    """A paragraph; changed words are in brackets, because a code block knows no other marks."""
    marked = len(spans) > 1
    return isolated(
        "".join(f"⟦{span.text}⟧" if span.marked and marked else span.text for span in spans)
    )

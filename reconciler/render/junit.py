"""A plan, audit or apply as JUnit XML, so that a CI server lists agents like tests. Pure.

One suite for the environment, one case for each agent of the sheet:

======  ====  ===============================================
kind    sign  the case
======  ====  ===============================================
drift   ~     fails, as *drifted*
drift   !     fails, as *vanished*
plan    !     is an error: *blocked*
apply   ✗, ≠  fails, with its state: *failed*, *stale*, *diverged*; *not started* is skipped
apply   ?     is an error: *unknown*
any     else  passes; what is pending or was done is its output
======  ====  ===============================================

Then one for each alert: it fails, or is skipped if it is pending.

A run without a result has one case, which is an error. The text contains no time: the same sheet
gives the same text.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.errors import Problem
from reconciler.late import pattern
from reconciler.model import Status
from reconciler.render.sanitize import one_line
from reconciler.render.view import (
    Alert,
    Block,
    Listed,
    Part,
    Passage,
    Prose,
    Row,
    Sheet,
    Side,
    Spans,
)

_VERDICTS = {
    ("drift", "~"): ("failure", "drifted"),
    ("drift", "!"): ("failure", "vanished"),
    ("plan", "!"): ("error", "blocked"),
    ("apply", "✗"): ("failure", ""),
    ("apply", "≠"): ("failure", ""),
    ("apply", "?"): ("error", ""),
}
# XML 1.0 cannot represent these, not even escaped.
_NOT_XML = pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(sheet: Sheet) -> str:
    """The text of a JUnit file, with its declaration."""
    cases = [_stopped(sheet)] if sheet.stopped else [_case(sheet, one) for one in sheet.blocks]
    cases += [_alert(sheet, alert) for alert in sheet.alerts]
    name = _safe(" ".join(filter(None, ["reconciler", sheet.kind, sheet.environment])))
    about = {"name": name, **_counts(cases)}
    root = Element("testsuites", about)
    suite = SubElement(root, "testsuite", about)
    suite.extend(cases)
    SubElement(suite, "system-out").text = _text(_about(sheet))
    indent(root)
    written = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'


def _counts(cases: Sequence[Element]) -> dict[str, str]:
    found = Counter(result.tag for case in cases for result in case)
    return {
        "tests": str(len(cases)),
        "failures": str(found["failure"]),
        "errors": str(found["error"]),
        "skipped": str(found["skipped"]),
    }


def _stopped(sheet: Sheet) -> Element:
    """The only case of a run without a result, so that it does not look successful."""
    place = sheet.environment or "reconciler"
    case = Element("testcase", {"classname": _safe(place), "name": _safe(sheet.kind)})
    said = {"message": _safe(sheet.summary), "type": "stopped"}
    SubElement(case, "error", said).text = _text(map(_finding, sheet.findings))
    return case


def _alert(sheet: Sheet, alert: Alert) -> Element:
    """A violation, which fails; a pending one is skipped, because the plan is good."""
    case = Element("testcase", {"classname": _safe(sheet.environment), "name": _safe(alert.rule)})
    said = {"message": _safe(alert.said), "type": _safe(alert.head)}
    found = SubElement(case, "skipped" if alert.pending else "failure", said)
    found.text = _text([f"hint: {alert.hint}"] if alert.hint else [])
    return case


def _case(sheet: Sheet, block: Block) -> Element:
    case = Element("testcase", {"classname": _safe(sheet.environment), "name": _safe(block.key)})
    rows = [*block.rows, *(one.row for one in sheet.shared if one.number in block.shared)]
    lines = list(_block(block, rows))
    verdict = _verdict(sheet, block)
    if verdict:
        element, kind = verdict
        said = {
            "message": _safe(_message(block, rows)),
            "type": _safe(kind or block.status or block.state),
        }
        SubElement(case, element, said).text = _text(lines)
    elif len(lines) > 1:
        SubElement(case, "system-out").text = _text(lines)
    return case


def _verdict(sheet: Sheet, block: Block) -> tuple[str, str] | None:
    """The element for a case that does not pass, and its type; None if it passes."""
    if sheet.kind == "apply" and block.status == Status.NOT_STARTED:
        return "skipped", ""
    return _VERDICTS.get((sheet.kind, block.sign))


def _message(block: Block, rows: Sequence[Row]) -> str:
    why = block.reason or ", ".join(dict.fromkeys(row.path for row in rows))
    return f"{block.state}: {why}" if why else block.state


def _text(lines: Iterable[str]) -> str:
    """Lines that each start with a sign or a word of the tool, so that their content cannot act."""
    return "\n".join(map(_safe, lines))


def _safe(text: str) -> str:
    """One line that XML can represent; visible text is unchanged."""
    return _NOT_XML.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", one_line(text))


def _block(block: Block, rows: Iterable[Row]) -> Iterator[str]:
    """The description of an agent: a line with its state, and more if there is more."""
    about = "; ".join([block.state, *block.facts])
    yield "  ".join(filter(None, (f"{block.sign} {block.key}", block.name, about)))
    yield from (f"told: {one}" for one in (block.told,) if one)
    yield from (f"reason: {one}" for one in (block.reason,) if one)
    yield from (f"hint: {one}" for one in (block.hint,) if one)
    yield from (f"breaking: {one}" for one in block.breaking)
    yield from (f"note: {one}" for one in block.notes)
    for row in rows:
        yield from _row(row)


def _row(row: Row) -> Iterator[str]:
    about = ", ".join(filter(None, [row.group, row.cause]))
    note = f"  ({row.note})" if row.note else ""
    yield f"{row.sign} {row.path}  [{about}]{note}"
    yield from _sides(row.before, row.after)
    yield from (f"    unseen: {one}" for one in row.odd)
    yield from _prose(row.prose)
    yield from _prose(row.whole)
    yield from _parts(row.parts)
    for side in row.sides:
        yield from _side(side)


def _sides(before: str | None, after: str | None) -> Iterator[str]:
    """Each on a line of its own, so that right-to-left text cannot swap them."""
    if before is not None:
        yield f"    - {before}"
    if after is not None:
        yield f"    + {after}"


def _side(side: Side) -> Iterator[str]:
    yield f"    {side.label}: {side.value}" if side.value is not None else f"    {side.label}:"
    yield from _prose(side.prose)
    yield from _parts(side.parts)


def _parts(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        yield f"    at {part.path or 'the top'}:"
        yield from _sides(part.before, part.after)


def _prose(prose: Prose | None) -> Iterator[str]:
    if prose is None:
        return
    size = ", ".join(filter(None, [prose.size, prose.space]))
    yield from (f"    changed: {one}" for one in (size,) if one)
    for passage in prose.passages:
        yield from _passage(passage)


def _passage(passage: Passage) -> Iterator[str]:
    if passage.kind == "same":
        inside = f" ({', '.join(passage.inside)})" if passage.inside else ""
        yield f"    … {passage.count} unchanged{inside}"
        return
    if passage.kind == "shared":
        yield f"    … {passage.count} in shared change {passage.shared}"
        return
    yield _place(passage)
    yield from _sides(_joined(passage.before), _joined(passage.after))
    yield from (f"    unseen: {one}" for one in passage.odd)


def _place(passage: Passage) -> str:
    """The place of a passage: ``changed, line 4, below Opening hours``."""
    moved = passage.kind == "moved"
    came = _where(passage.old_line, passage.moved_from) if moved else ""
    stands = _where(passage.new_line or passage.old_line, passage.heading)
    said = [passage.kind, f"from {came}" if came else "", f"to {stands}" if came else stands]
    return f"    {', '.join(filter(None, said))}:"


def _where(line: int, heading: str) -> str:
    said = [f"line {line}" if line else "", f"below {heading}" if heading else ""]
    return " ".join(filter(None, said))


def _joined(spans: Spans) -> str | None:
    return "".join(span.text for span in spans) or None


def _about(sheet: Sheet) -> Iterator[str]:
    """The texts that are not about a single agent."""
    yield f"summary: {sheet.summary}"
    for title, items in sheet.lists:
        yield f"{title}:"
        yield from map(_listed, items)
    yield from map(_finding, sheet.findings)


def _listed(item: Listed) -> str:
    field = f" {item.field}" if item.field else ""
    return f"  - {item.who}{field}" + (f": {item.said}" if item.said else "")


def _finding(item: Problem) -> str:
    place = f"{item.file}:{item.line}" if item.line else item.file
    about = " ".join(filter(None, [place, item.field]))
    level = "warning" if item.warning else "error"
    said = ": ".join(filter(None, [level, about, item.message]))
    hint = f"; hint: {item.hint}" if item.hint else ""
    return said + (f" [{item.rule}]" if item.rule else "") + hint

"""Past applies and the authors of values, as rows of short texts and as JSON data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.engine.blame import Blamed, BlamedLine
from reconciler.engine.history import Apply, Written
from reconciler.model import Cause, Change, Stamp, Verb
from reconciler.render.node_rows import joined
from reconciler.render.rows import brief, row
from reconciler.render.sanitize import called, one_line, when
from reconciler.render.view import Ends, Row

_WIDE = 60


Authors = Mapping[str, str]
"""The author's name by commit; empty if this clone does not have it."""


def who(commit: str, authors: Authors) -> str:
    """A commit for people: its short id and its author."""
    if not commit:
        return "no commit"
    edited = "+" if commit.endswith("+") else ""
    return one_line(f"{commit[:7]}{edited} {authors.get(commit, '')}".rstrip())


def by(stamp: Stamp | None, authors: Authors) -> tuple[str, str]:
    """When and by whom something was applied."""
    return (when(stamp.at), who(stamp.commit, authors)) if stamp else ("never applied", "")


def applies(found: Sequence[Apply], authors: Authors) -> list[tuple[str, ...]]:
    """A row for each past apply: number, time, author, command, result."""
    return [
        (
            f"#{apply.number}",
            when(apply.at),
            who(apply.commit, authors),
            one_line(apply.what),
            _ended(apply),
        )
        for apply in found
    ]


def _ended(apply: Apply) -> str:
    states = [_status(one) for one in apply.agents]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def _status(one: Written) -> str:
    if one.status is None:
        return "not known"
    if one.verb is Verb.RECORD:
        return "pulled into the files"
    if one.status.value == "done":
        return "created" if one.verb is Verb.CREATE else "updated"
    return one.status.value


def agent(one: Written) -> tuple[str, list[Row]]:
    """One agent of a past apply: its head line, and a row for each field."""
    name = called(one.name, one.key)
    told = [one_line(one.key), name, _status(one), one_line(one.message)]
    creating = one.verb is Verb.CREATE
    changes = map(_taken, one.changes) if one.verb is Verb.RECORD else one.changes
    return "  ".join(filter(None, told)), joined(row(c, creating=creating) for c in changes)


def _taken(change: Change) -> Change:
    """The values that a pull took: from the file's to the live one, whoever changed it."""
    return replace(change, cause=Cause.DRIFT, applied_known=False)


def sides(apply: Apply) -> Ends:
    """The meaning of the two sides of each difference of a past apply."""
    if all(one.verb is Verb.RECORD for one in apply.agents):
        return "your file before", "taken from live"
    return "live before", "written"


def blamed(found: Sequence[Blamed], authors: Authors, updated_at: str) -> list[tuple[str, ...]]:
    """A row for each field: path, time, author, and a note."""
    return [
        (one_line(item.path), *by(item.since, authors), _state(item, updated_at)) for item in found
    ]


def _state(item: Blamed, updated_at: str) -> str:
    told = []
    if item.outside:
        told.append("edited outside since" + (f", at {when(updated_at)}" if updated_at else ""))
    if item.pending:
        told.append("the file has another value, not applied yet")
    if not item.readable:
        told.append("cannot be read back")
    elif not told:
        value = brief(item.live, "")
        told.append(value if len(value) <= _WIDE else f"{value[: _WIDE - 1]}…")
    return "; ".join(told)


def lines(found: Sequence[BlamedLine], authors: Authors) -> list[tuple[str, str, str]]:
    """A row for each line: time, author, text."""
    return [
        (*(by(line.since, authors) if line.since else ("edited outside", "")), one_line(line.text))
        for line in found
    ]

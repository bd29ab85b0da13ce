"""Which apply set each field of an agent, and each line of a prompt. Pure."""

from collections.abc import Sequence

from reconciler.engine import diff
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.model import Applied, Desired, Live, Stamp
from reconciler.schema import digest
from reconciler.text import align


@dataclass(frozen=True, kw_only=True)
class Blamed:
    """One declared or remembered field.

    ``since`` is the apply that set the current value, None if unknown. ``outside``: the live value
    was changed outside of this tool. ``pending``: the file has a value that is not applied yet.
    ``live`` is None if it cannot be read or is a secret.
    """

    path: str
    since: Stamp | None
    live: Json = None
    readable: bool = True
    outside: bool = False
    pending: bool = False


@dataclass(frozen=True)
class BlamedLine:
    """One line of a live text.

    ``since`` is None for a line that was edited outside of this tool.
    """

    text: str
    since: Stamp | None


def fields(desired: Desired | None, live: Live, known: Applied | None, salt: str) -> list[Blamed]:
    """Return every field that the file declares or the state remembers, in the table's order."""
    named = [*(desired.fields if desired else ()), *(known.digests if known else ())]
    ordered = live.kind.ordered([*dict.fromkeys(named)])
    return [_blamed(path, desired, live, known, salt) for path in ordered]


def _blamed(
    path: str,
    desired: Desired | None,
    live: Live,
    known: Applied | None,
    salt: str,
) -> Blamed:
    last = known.digests.get(path) if known else None
    declared = desired is not None and path in desired.fields
    secret = (
        declared and desired is not None and diff.sensitive(live.kind[path], desired.fields[path])
    )
    readable = path in live.fields and not secret and not diff.held_secret(live.kind[path], last)
    place = known.place if known else ""
    wanted = (
        diff.fingerprint(desired, live.kind[path], salt, place) if desired and declared else last
    )
    kept_at = place or (desired.key if desired else "")
    current = diff.kept(kept_at, live.kind[path], live.fields[path], salt) if readable else None
    made = diff.seen(live.kind[path], live.fields[path]) if readable else None
    as_applied = last in (None, current) or bool(known and known.stored.get(path) == made)
    return Blamed(
        path=path,
        since=known.stamp(path) if known and last else None,
        live=live.fields[path] if readable else None,
        readable=readable,
        outside=readable and not as_applied,
        pending=last is not None
        and wanted is not None
        and digest.moved(last, wanted) in (digest.Moved.YES, digest.Moved.SECRET),
    )


def lines(versions: Sequence[tuple[Stamp, str]], live: str) -> list[BlamedLine]:
    """Assign each line of the live text to the version that introduced it.

    Versions oldest first.
    """
    blamed: list[BlamedLine] = []
    for stamp, text in versions:
        blamed = _over(blamed, text, stamp)
    return _over(blamed, live, None)


def _over(before: Sequence[BlamedLine], text: str, stamp: Stamp | None) -> list[BlamedLine]:
    """Carry the stamps of unchanged lines over to a later text; new lines get this stamp."""
    new = text.split("\n")
    if not before:
        return [BlamedLine(line, stamp) for line in new]
    after: list[BlamedLine] = []
    for run in align.runs([line.text for line in before], new):
        if run.equal:
            after += before[run.old_start : run.old_end]
        else:
            after += [BlamedLine(line, stamp) for line in new[run.new_start : run.new_end]]
    return after

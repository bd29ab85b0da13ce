"""What of an agent is left to the dashboard, why, and until when."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from reconciler.config.strict import STRICT
from reconciler.errors import Problem, meant
from reconciler.model import Ignore
from reconciler.schema.kind import Kind
from reconciler.yamledit.reading import Document, Path_


class Entry(BaseModel):
    """A mapping of an agent file: strict types, no unknown keys."""

    model_config = STRICT


class IgnoreEntry(Entry):
    """A field that is left to the dashboard, and why."""

    field: str
    reason: str = ""
    until: Annotated[date | str | None, Field(description="the last day, YYYY-MM-DD")] = None


class Lifecycle(Entry):
    """What of an agent is left to others."""

    ignore: list[str | IgnoreEntry] = []


def ignores(lifecycle: Lifecycle, today: str) -> tuple[Ignore, ...]:
    """The fields that are ignored on this day (``YYYY-MM-DD``); on every day where it is empty."""
    entries = map(_ignore, lifecycle.ignore)
    return tuple(entry for entry in entries if entry.holds_on(today))


def _ignore(entry: str | IgnoreEntry) -> Ignore:
    if isinstance(entry, str):
        return Ignore(path=entry)
    return Ignore(path=entry.field, reason=entry.reason, until=str(entry.until or ""))


def is_date(place: Path_) -> bool:
    """Whether a date may stand at a place of an agent file: YAML reads one as such."""
    return place[:2] == ("lifecycle", "ignore") and place[-1] == "until"


def problems(lifecycle: Lifecycle, document: Document, kind: Kind, today: str) -> Iterator[Problem]:
    """Fields that do not exist, dates that are none, and ignores that have ended."""
    for index, written in enumerate(lifecycle.ignore):
        place: Path_ = ("lifecycle", "ignore", index)
        entry = _ignore(written)
        if entry.path not in kind.names:
            hint = meant(entry.path, kind.names)
            yield document.problem(place, f"`{entry.path}` is not a field", hint=hint)
        if entry.until and not is_day(entry.until):
            message = "`until` must be a day that exists"
            allowed = "a date such as 2026-03-20"
            yield document.problem((*place, "until"), message, found=entry.until, allowed=allowed)
        elif not entry.holds_on(today):
            message = f"`{entry.path}` is not ignored any more since {entry.until} has passed"
            hint = "take the entry out, or give it a later day"
            yield document.problem(place, message, hint=hint, warning=True)


def is_day(text: str) -> bool:
    """Whether a text is a day that exists, as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

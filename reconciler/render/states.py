"""The state itself, as rows of short texts. Pure."""

from collections.abc import Sequence

from reconciler.model import Address, EnvironmentState
from reconciler.render.sanitize import one_line, when

Row = tuple[str, ...]

_ADDED, _REMOVED, _CHANGED = "+", "-", "~"


def entries(page: EnvironmentState) -> list[Row]:
    """A row for each entry: address, generation of the API, id, when and at which commit."""
    return [
        (
            one_line(Address.parse(key).full),
            entry.kind.api,
            one_line(entry.id),
            when(entry.applied_at),
            one_line(entry.commit[:7] or "no commit"),
        )
        for key, entry in sorted(page.agents.items())
    ]


def difference(
    environment: str, added: Sequence[str], removed: Sequence[str], changed: Sequence[str]
) -> list[Row]:
    """A row for each entry of an environment that a new state adds, removes or changes."""
    marks = ((_ADDED, added), (_REMOVED, removed), (_CHANGED, changed))
    found = [(mark, key) for mark, keys in marks for key in keys]
    return [(f"{mark} {one_line(key)}", environment) for mark, key in sorted(found, key=_by_key)]


def _by_key(row: tuple[str, str]) -> str:
    return row[1]

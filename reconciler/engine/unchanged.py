"""What an earlier run compared and found in sync, as long as nothing of it has changed. Pure.

An agent is in sync because of four things: what its file declares, what the API answered, what the
state has of it, and this program. A result is kept under a digest of all four (see
``Desired.source`` and ``Live.source``), so that it is never used for anything else. Only results
that say nothing but that secrets are not set here are kept: an agent about which there is something
else to report is compared in each run. No value of an agent is kept, only its digests.
"""

import json
from dataclasses import field
from typing import Any, Protocol

from reconciler.engine.identity import Match
from reconciler.late import dataclass
from reconciler.model import Applied, Desired, EnvironmentState, InSync, Live, Uncompared
from reconciler.schema import digest
from reconciler.schema.table import Impact
from reconciler.schema.view import Names


class Memory(Protocol):
    """Keeps lines between runs, under keys without blanks; see ``config.memo``."""

    def get(self, key: str) -> bytes | None:
        """Return the line of a key."""

    def keep(self, key: str, entry: bytes) -> None:
        """Keep a line, new or old, for the next run."""


@dataclass(frozen=True)
class Unchanged:
    """The agents in sync that ``memory`` knows, for this page of the state."""

    page: EnvironmentState
    memory: Memory | None = None
    _found: dict[tuple[str, str], InSync | None] = field(default_factory=dict)
    """By the sources of both: reading what is live asks for them, and then the comparison."""

    def of(self, desired: Desired, live: Live) -> InSync | None:
        """The action for a file and its agent, if both and the state are as they were."""
        if self.memory is None or not desired.source or not live.source:
            return None
        both = desired.source, live.source
        if both not in self._found:
            key = self._key(desired, live)
            line = self.memory.get(key) if key else None
            self._found[both] = None if line is None else _parsed(line, desired, live)
            if line is not None:
                self.memory.keep(key, line)
        return self._found[both]

    def matched(self, item: Match) -> InSync | None:
        """The action for a matched file; one that was found by its name has more to tell."""
        if item.live is None or item.found_by == "name":
            return None
        return self.of(item.desired, item.live)

    def keep(self, desired: Desired, live: Live, action: InSync) -> None:
        """Keep a result for later runs, if it says nothing."""
        key = self._key(desired, live)
        if self.memory is None or not key or not _is_quiet(action):
            return
        line = _line(action)
        if _parsed(line, desired, live) == action:
            self.memory.keep(key, line)

    def _key(self, desired: Desired, live: Live) -> str:
        """The digest of everything that the result depends on; empty if it is not known."""
        place = self.page.key_of(desired.key, live.id)
        known = self.page.agents.get(place)
        if not (known and desired.source and live.source):
            return ""
        there = (live.source, live.kind.api, live.type)
        return digest.source(desired.source, *there, self.page.salt, place, _parts(known))


def _line(action: InSync) -> bytes:
    names = action.names
    kept = {
        "digests": action.digests,
        "known": action.known,
        "declared": action.declared,
        "timezone": action.timezone,
        "names": [names.by_id, sorted(names.verbatim)] if names else None,
        "uncompared": [[one.path, one.impact, one.secrets] for one in action.uncompared],
    }
    return json.dumps(kept, default=dict, separators=(",", ":")).encode()


def _parsed(line: bytes, desired: Desired, live: Live) -> InSync:
    kept: dict[str, Any] = json.loads(line.decode())
    by_id, verbatim = kept["names"] or (None, ())
    return InSync(
        kind=desired.kind,
        key=desired.key,
        name=live.name,
        id=live.id,
        digests=kept["digests"],
        known=kept["known"],
        updated_at=live.updated_at,
        timezone=kept["timezone"],
        names=None if by_id is None else Names(by_id=by_id, verbatim=frozenset(verbatim)),
        declared=tuple(kept["declared"]),
        uncompared=tuple(
            Uncompared(path=path, impact=Impact(impact), secrets=tuple(secrets))
            for path, impact, secrets in kept["uncompared"]
        ),
    )


def _parts(known: Applied) -> list[Any]:
    """What a comparison reads of an entry of the state: all but its times."""
    maps = (known.digests, known.stored, known.undeclared)
    frame = (known.kind.name, known.kind.api, known.id, known.place)
    return [*frame, *(None if one is None else dict(one) for one in maps)]


def _is_quiet(action: InSync) -> bool:
    """Whether there is nothing to tell about an agent in sync, but that secrets are not set here.

    That they are not is known by the file's source: it has none if a secret of the file is set.
    """
    return not any((action.notes, action.ignored, action.undeclared, action.otherwise))

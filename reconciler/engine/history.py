"""Past applies: the agents before each, and its planned changes. Pure."""

from dataclasses import field

from reconciler.jsonvalues import Fields
from reconciler.late import dataclass
from reconciler.model import Action, Applied, Change, Live, Status, Verb
from reconciler.schema import digest
from reconciler.schema.kind import Kind


@dataclass(frozen=True, kw_only=True)
class Written:
    """One agent of a past apply.

    ``before`` are the readable leaves before the write, without secrets; None for a create.
    ``status`` is None if the run ended before it was known. ``moved`` are leaves that changed
    without being sent.
    """

    key: str
    name: str
    verb: Verb
    kind: Kind
    id: str | None
    before: Fields | None
    changes: tuple[Change, ...]
    status: Status | None = None
    message: str = ""
    moved: tuple[str, ...] = ()
    stored: Fields = field(default_factory=dict)
    """Leaves that the API stored with a different value, by path."""

    @property
    def perhaps_written(self) -> bool:
        """Whether the live agent was, or may have been, changed."""
        sent = self.status in (Status.DONE, Status.DIVERGED, Status.UNKNOWN, None)
        return sent and self.verb is not Verb.RECORD


@dataclass(frozen=True, kw_only=True)
class Apply:
    """One past apply of an environment. ``number`` counts from 1; ``what`` is the command."""

    number: int
    environment: str
    at: str
    commit: str = ""
    what: str = "apply"
    agents: tuple[Written, ...] = ()

    @property
    def written(self) -> bool:
        """Whether a live agent was, or may have been, changed."""
        return any(agent.perhaps_written for agent in self.agents)


def keepable(live: Live, action: Action, known: Applied | None) -> Fields:
    """The live leaves that may be kept on disk: none that holds, or held, a secret."""
    hidden = {change.path for change in (*action.changes, *action.ignored) if change.sensitive}
    for digests in (action.digests, known.digests if known else {}):
        hidden |= {path for path, found in digests.items() if digest.is_keyed(found)}
    return {path: value for path, value in live.fields.items() if path not in hidden}

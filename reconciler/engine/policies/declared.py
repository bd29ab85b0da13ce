"""The limits that a project sets for an apply, and the facts of a run that policies use.

Pure data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase

from reconciler.engine.policies.ways import Way
from reconciler.kinds import registry
from reconciler.late import dataclass
from reconciler.model import Desired, Live
from reconciler.schema import paths
from reconciler.schema.kind import Kind

Limit = int | str
"""A count, or a percentage of the live agents such as ``30%``."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY = 24 * 60
"""Minutes of a day."""


def fits(keys: Sequence[str], glob: str) -> bool:
    """Whether a glob matches an agent, by its key or by its key before a rename."""
    return any(fnmatchcase(key, glob) for key in keys)


@dataclass(frozen=True)
class Moment:
    """A time of the week in some zone: index of the day in ``DAYS``, minutes since midnight."""

    day: int
    minute: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """When an apply may write: from minute ``start`` of each of these days until ``end``.

    If ``end`` is not after ``start``, it is on the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Protected:
    """A field, or a prefix of fields, that must not be written on agents whose key matches."""

    path: str
    agents: str = "*"

    def holds(self, kind: Kind, keys: Sequence[str], path: str) -> bool:
        """Whether a field of an agent is protected, by its name in any generation."""
        own = registry.own(kind, self.path)
        return fits(keys, self.agents) and any(paths.covers(one, path) for one in own)

    @property
    def written(self) -> str:
        """In the form of the project file."""
        return self.path if self.agents == "*" else f"{self.agents}:{self.path}"


@dataclass(frozen=True, kw_only=True)
class RequiredText:
    """A sentence that must stay in a field of some agents.

    Without a field, in any of their prose.
    """

    text: str
    field: str = ""
    agents: tuple[str, ...] = ("*",)

    def is_for(self, *keys: str) -> bool:
        """Whether an agent with these keys must keep the text."""
        return any(fits(keys, glob) for glob in self.agents)


@dataclass(frozen=True, kw_only=True)
class Policies:
    """What one apply may do in an environment; by default everything.

    ``timezone`` applies to agents that name no zone of their own. ``self_heal`` are the groups of
    changes whose drift the service undoes without an approval. ``forgotten`` allows agents in the
    state to be without files.
    """

    max_changes: Limit | None = None
    allow_create: bool = True
    protected_agents: tuple[str, ...] = ()
    protected_fields: tuple[Protected, ...] = ()
    timezone: str = ""
    windows: tuple[Window, ...] = ()
    approvals: tuple[str, ...] = ()
    self_heal: tuple[str, ...] = ()
    required_text: tuple[RequiredText, ...] = ()
    forgotten: bool = False


def _no_clock(_zone: str) -> Moment | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Sights:
    """What policies know besides the plan.

    ``clock`` returns the current time in a zone, None if there is no such zone; ``approved`` are
    the approved groups of changes; ``live`` are agents by id; ``files`` are the declared objects by
    key, unknown for a saved plan; ``way`` has the command lines of this run.
    """

    clock: Callable[[str], Moment | None] = _no_clock
    approved: frozenset[str] = frozenset()
    live: Mapping[str, Live] = field(default_factory=dict)
    files: Mapping[str, Desired] = field(default_factory=dict)
    way: Way = field(default_factory=Way)

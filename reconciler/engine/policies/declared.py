"""What a project lets an apply do, and what guards are told of the world. Pure data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from reconciler.engine.policies.ways import Way
from reconciler.kinds import registry
from reconciler.model import Desired, Live
from reconciler.schema import paths
from reconciler.schema.kind import Kind

Limit = int | str
"""A count, or a share of the live agents such as ``30%``."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY = 24 * 60
"""Minutes of a day."""


def fits(keys: Sequence[str], glob: str) -> bool:
    """Whether a rule is for an agent: by its key, or by the one of before it was renamed."""
    return any(fnmatchcase(key, glob) for key in keys)


@dataclass(frozen=True)
class Moment:
    """A time of the week in some zone: the place of a day in ``DAYS``, minutes from midnight."""

    day: int
    minute: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """When an apply may write: from a minute of each of these days until another one.

    Where ``end`` is not after ``start``, it is of the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Protected:
    """A field, or a prefix of some, that nobody writes on the agents of a key or glob."""

    path: str
    agents: str = "*"

    def holds(self, kind: Kind, keys: Sequence[str], path: str) -> bool:
        """Whether a field of an agent is protected, by its name in any generation."""
        own = registry.own(kind, self.path)
        return fits(keys, self.agents) and any(paths.covers(one, path) for one in own)

    @property
    def written(self) -> str:
        """As it stands in the project file."""
        return self.path if self.agents == "*" else f"{self.agents}:{self.path}"


@dataclass(frozen=True, kw_only=True)
class RequiredText:
    """A sentence that stays in a field of some agents; without a field in any of their prose."""

    text: str
    field: str = ""
    agents: tuple[str, ...] = ("*",)

    def is_for(self, *keys: str) -> bool:
        """Whether an agent of these keys must keep it."""
        return any(fits(keys, glob) for glob in self.agents)


@dataclass(frozen=True, kw_only=True)
class Policies:
    """What one apply may do in an environment; by default everything.

    ``timezone`` is where an agent lives that names no zone of its own. ``forgotten`` lets the
    state's agents be without files.
    """

    max_changes: Limit | None = None
    allow_create: bool = True
    protected_agents: tuple[str, ...] = ()
    protected_fields: tuple[Protected, ...] = ()
    timezone: str = ""
    windows: tuple[Window, ...] = ()
    approvals: tuple[str, ...] = ()
    required_text: tuple[RequiredText, ...] = ()
    forgotten: bool = False


def _no_clock(_zone: str) -> Moment | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Sights:
    """What guards are told beside the plan.

    ``clock`` gives the time that it is now in a zone, None where there is no such zone;
    ``approved`` are groups of changes that a person approved; ``live`` are agents by id, ``files``
    what the files declare by key, which of a saved plan is not known; ``way`` is how the commands
    of this run are written.
    """

    clock: Callable[[str], Moment | None] = _no_clock
    approved: frozenset[str] = frozenset()
    live: Mapping[str, Live] = field(default_factory=dict)
    files: Mapping[str, Desired] = field(default_factory=dict)
    way: Way = field(default_factory=Way)

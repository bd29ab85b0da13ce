"""A plan, and the data around it. Frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TypeVar

from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.late import dataclass
from reconciler.model.actions import Action, AnyAction, Create, Record, Update, Write
from reconciler.model.objects import Desired, EnvironmentState, Live

_A = TypeVar("_A", bound=AnyAction)


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A leaf that the files declare differently for another environment.

    ``only`` is ``here`` or ``there`` if they declare it for one of the two alone. ``hidden``: the
    values are, or contain, secrets; they are then None. ``ignored``: the leaf is ignored there, so
    its value there is unknown.
    """

    key: str
    path: str
    here: Json
    there: Json
    only: str = ""
    hidden: bool = False
    ignored: bool = False


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What a plan requires of the environment that it is promoted from.

    ``needs`` are the digests that the state must have of the source's leaves, by key and path;
    empty if any will do. ``apart`` are the differences between the two in the files.
    """

    source: str
    needs: Mapping[str, Mapping[str, str]]
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All actions, sorted by key; pure data that can be saved, shown and applied.

    It never changes after it is made. What else is known is next to it, in a :class:`Planned`.
    """

    environment: str
    url: str
    salt: str
    actions: tuple[Action, ...]
    agents: int
    """Live agents in the environment: the base of a percentage in ``max_changes``."""
    known: int = 0
    """Agents that the state has for this environment."""
    orphans: tuple[str, ...] = ()
    """Keys of the state without a file; empty if the plan is narrowed to some agents."""

    def of(self, *sorts: type[_A]) -> tuple[_A, ...]:
        """The actions of these classes, in the plan's order."""
        return tuple(action for action in self.actions if isinstance(action, sorts))

    @property
    def writes(self) -> tuple[Write, ...]:
        """The actions that send a request."""
        return tuple(action for action in self.actions if isinstance(action, Write))

    @property
    def pending(self) -> tuple[Action, ...]:
        """The work of an apply: the writes, and agents that are not yet in the state."""
        return self.of(Create, Update, Record)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Why a policy of the project rejects a plan, before anything is written.

    ``rule`` is its name in the project file, such as ``max_changes``. ``message`` has the numbers
    and the limit, ``hint`` how to fix it, ``agents`` the keys concerned. ``pending``: it ends at
    another hour, by an approval or by an apply elsewhere, without a new plan; ``until`` says which,
    such as ``Friday 20:00 in Asia/Riyadh``.
    """

    rule: str
    message: str
    hint: str
    agents: tuple[str, ...] = ()
    pending: bool = False
    until: str = ""

    @property
    def said(self) -> str:
        """The message if it is shown alone, without a title above it."""
        return f"refused until {self.until}: {self.message}" if self.until else self.message


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Files, state and API at one moment. ``wanted`` are the chosen keys, None for all.

    ``desired`` are all declared agents, ``live`` all that the API lists; for a saved plan, which
    reads no files, only what its policies need.
    """

    desired: Sequence[Desired] = ()
    wanted: frozenset[str] | None = None
    page: EnvironmentState = field(default_factory=lambda: EnvironmentState(salt=""))
    live: Sequence[Live] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Live]:
        """The live agents by id."""
        return {agent.id: agent for agent in self.live}

    @cached_property
    def files(self) -> Mapping[str, Desired]:
        """The declared agents by key."""
        return {item.key: item for item in self.desired}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan and what comes with it: an apply executes the plan alone.

    ``seen`` is what it was made from, ``promotion`` what the environment's source must have had.
    ``violations`` are those of the project's policies when it was made, ``warnings`` are about the
    files, ``untold`` about policies that could not be checked.
    """

    plan: Plan
    seen: Snapshot = field(default_factory=Snapshot)
    promotion: Promotion | None = None
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Problem, ...] = ()
    untold: tuple[Problem, ...] = ()

    @property
    def findings(self) -> tuple[Problem, ...]:
        """Every warning."""
        return (*self.warnings, *self.untold)

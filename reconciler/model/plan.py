"""A plan, and what travels next to it. Frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from reconciler.errors import Problem
from reconciler.jsonvalues import Json
from reconciler.model.actions import Action, AnyAction, Create, Record, Update, Write
from reconciler.model.objects import Desired, EnvironmentState, Live

_A = TypeVar("_A", bound=AnyAction)


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A leaf that the files set otherwise for another environment.

    ``only`` is ``here`` or ``there`` where they set it for one of the two alone. ``hidden``: the
    values are, or hold, secrets; they are None then. ``ignored``: it is left to the dashboard
    there, so that it is not known what that was given.
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
    """What a plan asks of the environment that its own is promoted from.

    ``needs`` are the digests that the state must have of the source's leaves, by key and path;
    empty where any will do. ``apart`` is where the files differ between the two.
    """

    source: str
    needs: Mapping[str, Mapping[str, str]]
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All actions, sorted by key; pure data that can be saved, shown and applied.

    It is final when it is made. What is known besides travels next to it, in a :class:`Planned`.
    """

    environment: str
    url: str
    salt: str
    actions: tuple[Action, ...]
    agents: int
    """How many live agents the environment holds: what a share in ``max_changes`` counts."""
    known: int = 0
    """How many agents the state knows in this environment."""
    orphans: tuple[str, ...] = ()
    """Their keys that no file claims any more; none where the plan is narrowed to some agents."""

    def of(self, *sorts: type[_A]) -> tuple[_A, ...]:
        """The actions of these sorts, in the plan's order."""
        return tuple(action for action in self.actions if isinstance(action, sorts))

    @property
    def writes(self) -> tuple[Write, ...]:
        """The actions that send a request."""
        return tuple(action for action in self.actions if isinstance(action, Write))

    @property
    def pending(self) -> tuple[Action, ...]:
        """What an apply has to do: the writes, and agents whose id is yet to be remembered."""
        return self.of(Create, Update, Record)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Why a rule of the project says no to a plan, before anything is written.

    ``rule`` is its name in the project file, such as ``max_changes``. ``message`` has the numbers
    and the limit, ``hint`` the way out, ``agents`` the keys that it is about. ``pending``: another
    hour, a person's word or an apply elsewhere lifts it, while the plan stays as it is; ``until``
    says which, such as ``Friday 20:00 in Asia/Riyadh``.
    """

    rule: str
    message: str
    hint: str
    agents: tuple[str, ...] = ()
    pending: bool = False
    until: str = ""

    @property
    def said(self) -> str:
        """The message where it stands alone, without a title over it."""
        return f"refused until {self.until}: {self.message}" if self.until else self.message


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What files, state and API said at one moment. ``wanted`` are the chosen keys, None for all.

    ``desired`` are all agents that have files, ``live`` all that the API lists; of a saved plan,
    which no file is read for, only what its rules ask for.
    """

    desired: Sequence[Desired] = ()
    wanted: frozenset[str] | None = None
    page: EnvironmentState = field(default_factory=lambda: EnvironmentState(salt=""))
    live: Sequence[Live] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Live]:
        """What is live, by id."""
        return {agent.id: agent for agent in self.live}

    @cached_property
    def files(self) -> Mapping[str, Desired]:
        """What the files say, by key."""
        return {item.key: item for item in self.desired}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan and what travels next to it: an apply carries out the plan alone.

    ``seen`` is what it was made of, ``promotion`` what the environment's source must have had.
    ``violations`` are what the project's rules had against it when it was made, ``warnings`` are
    about the files, ``untold`` about rules of which it is not known whether the plan keeps them.
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

"""Every way to stop: a class, an exit code and a remedy. No IO here, no imports of ours.

ReconcilerError               1    something is wrong and the message says what to do
├── ConfigError               1    mistakes in files, all of a run's at once
├── ApiError                  1    the API could not be reached or refused
├── RefusedError              4    live moved: stale plan, conflict
├── PolicyError               5    a policy said no
├── UsageError               64    the command line is off
└── InterruptedRunError     130    Ctrl-C; 143 for SIGTERM, 129 for SIGHUP
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One mistake of one person in one place.

    ``found`` and ``allowed`` are texts ready to print; a secret's value is never in them.
    ``warning`` problems are told and do not stop the run. ``rule`` names the lint rule that found
    it, if one did. ``agents`` are the keys of the agents that it was found in; none for what
    belongs to the whole project.
    """

    file: str
    line: int = 0
    field: str = ""
    message: str
    found: str = ""
    allowed: str = ""
    hint: str = ""
    warning: bool = False
    rule: str = ""
    agents: tuple[str, ...] = dataclasses.field(default=(), compare=False)

    def with_texts(self, change: Callable[[str], str]) -> "Problem":
        """The same with every text that is printed changed: what one hides, another may quote."""
        return replace(
            self,
            file=change(self.file),
            field=change(self.field),
            message=change(self.message),
            found=change(self.found),
            allowed=change(self.allowed),
            hint=change(self.hint),
            agents=tuple(map(change, self.agents)),
        )


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems sorted as they compare, without making two tuples for each comparison."""
    return sorted(problems, key=_ORDER)


_ORDER = attrgetter(*(one.name for one in dataclasses.fields(Problem) if one.compare))


def once(problems: Iterable[Problem]) -> list[Problem]:
    """Problems sorted, each once, with all the agents that it was found in."""
    agents: dict[Problem, set[str]] = {}
    for one in problems:
        agents.setdefault(one, set()).update(one.agents)
    return [_found_in(one, tuple(sorted(agents[one]))) for one in in_order(agents)]


def _found_in(problem: Problem, agents: tuple[str, ...]) -> Problem:
    return problem if problem.agents == agents else replace(problem, agents=agents)


class ReconcilerError(Exception):
    """A stop that a person can act on: ``message`` states the fact, ``hint`` the remedy."""

    exit_code: int = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(ReconcilerError):
    """One or more mistakes in the project's files; nothing was sent."""

    def __init__(self, problems: Sequence[Problem], message: str = "") -> None:
        self.problems = tuple(problems)
        count = sum(not problem.warning for problem in self.problems)
        super().__init__(message or f"{count} mistake{'s' * (count != 1)}; nothing was sent")


class ApiError(ReconcilerError):
    """A request failed. ``status`` is 0 where no answer came.

    ``ambiguous`` tells that the server may have done what was asked although no usable answer
    came back.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int = 0, ambiguous: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.ambiguous = ambiguous


class MovedError(ApiError):
    """A write may not be repeated: live has moved since its first try.

    Where it is ``ambiguous``, that first try may have been done.
    """


class RefusedError(ReconcilerError):
    """What was planned is not what is live any more."""

    exit_code = 4


class PolicyError(ReconcilerError):
    """Rules of the project, or of the command line, refuse a plan: ``problems`` says which."""

    exit_code = 5

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class UsageError(ReconcilerError):
    """The command line asks for something that does not exist, or a saved plan for secrets."""

    exit_code = 64

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class InterruptedRunError(ReconcilerError):
    """The person stopped the run, or a signal did; ``exit_code`` tells which."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def meant(wrong: str, known: Iterable[str], otherwise: str = "", likeness: float = 0.7) -> str:
    """The hint for a name that does not exist: the nearest one that does, or something else."""
    import difflib  # noqa: PLC0415 - only where something was mistyped

    close = difflib.get_close_matches(wrong, list(known), 1, likeness)
    return f"did you mean `{close[0]}`?" if close else otherwise


MOST, _LONGEST = 8, 60
"""Names that a hint lists: with more, only the nearest ones."""


def listed(names: Iterable[str], near: str = "", none: str = "none") -> str:
    """Names for a hint: all where they are few, else those that resemble ``near`` the most.

    Long names are cut, so that it stays a line or two.
    """
    known = list(names)
    if len(known) <= MOST:
        return ", ".join(map(_short, known)) or none
    import difflib  # noqa: PLC0415 - only where something was mistyped

    few = difflib.get_close_matches(near, known, MOST // 2, 0) if near else known[: MOST // 2]
    return f"{', '.join(map(_short, few))} and {len(known) - len(few):,} more"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def why(error: Exception) -> str:
    """What the system says of a failure, such as ``permission denied``; else the error's name."""
    return str(getattr(error, "strerror", None) or type(error).__name__).lower()

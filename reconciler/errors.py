"""All errors that stop a run: class, exit code and remedy. No IO, no imports of ours.

ReconcilerError               1    something is wrong and the message says what to do
├── ConfigError               1    mistakes in files, all of a run's at once
├── ApiError                  1    the API could not be reached or refused
├── RefusedError              4    the live agents have changed: stale plan, conflict
├── PolicyError               5    a policy rejects the plan
├── UsageError               64    the command line is wrong
└── InterruptedRunError     130    Ctrl-C; 143 for SIGTERM, 129 for SIGHUP
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Literal

from reconciler.late import changed, dataclass

Level = Literal["off", "warn", "error"]
"""How a finding is treated: not reported, reported, or an error that stops the run."""


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One mistake at one place.

    ``found`` and ``allowed`` are texts ready to print, never with a secret's value. ``warning``
    problems are reported and do not stop the run. ``rule`` names the lint rule that found it, if
    one did. ``agents`` are the keys of the agents in which it was found; empty for the whole
    project.
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

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts that are printed."""
        printed = (self.file, self.field, self.message, self.found, self.allowed, self.hint)
        return (*printed, *self.agents)

    def with_texts(self, change: Callable[[str], str]) -> "Problem":
        """The same with all printed texts changed: one may quote a secret that another hides."""
        new = tuple(map(change, self.texts))
        if new == self.texts:
            return self  # nearly always
        file, field, message, found, allowed, hint, *agents = new
        return changed(
            self,
            file=file,
            field=field,
            message=message,
            found=found,
            allowed=allowed,
            hint=hint,
            agents=tuple(agents),
        )


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems without making two tuples for each comparison."""
    return sorted(problems, key=_ORDER)


_ORDER = attrgetter(*(one.name for one in dataclasses.fields(Problem) if one.compare))


def once(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems and merge duplicates, with all the agents in which they were found."""
    agents: dict[Problem, set[str]] = {}
    for one in problems:
        agents.setdefault(one, set()).update(one.agents)
    return [_found_in(one, tuple(sorted(agents[one]))) for one in in_order(agents)]


def _found_in(problem: Problem, agents: tuple[str, ...]) -> Problem:
    return problem if problem.agents == agents else changed(problem, agents=agents)


class ReconcilerError(Exception):
    """An error that the user can act on: ``message`` states the fact, ``hint`` the remedy."""

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
    """A request failed. ``status`` is 0 if there was no response.

    ``ambiguous``: the server may have executed the request although there is no usable response.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int = 0, ambiguous: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.ambiguous = ambiguous


class MovedError(ApiError):
    """A write must not be repeated: the live agent has changed since the first try.

    If ``ambiguous``, the first try may have been executed.
    """


class RefusedError(ReconcilerError):
    """The live agents no longer match the plan."""

    exit_code = 4


class PolicyError(ReconcilerError):
    """Policies of the project, or of the command line, reject a plan: see ``problems``."""

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


class NoMatchError(UsageError):
    """The command line names agents by a pattern, and there is none."""


class InterruptedRunError(ReconcilerError):
    """The user or a signal stopped the run; ``exit_code`` says which."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def meant(wrong: str, known: Iterable[str], otherwise: str = "", likeness: float = 0.7) -> str:
    """The hint for a name that does not exist: the nearest existing one, or else ``otherwise``."""
    import difflib  # noqa: PLC0415 - only where something was mistyped

    names = list(known)
    same = [one for one in names if one.casefold() == wrong.casefold()]
    close = same or difflib.get_close_matches(wrong, names, 1, likeness)
    return f"did you mean `{close[0]}`?" if close else otherwise


MOST, _LONGEST = 8, 60
"""Names that a hint lists: if there are more, only the nearest ones."""


def listed(names: Iterable[str], near: str = "", none: str = "none") -> str:
    """Names for a hint: all if they are few, or else the most similar to ``near``.

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
    """The system's reason for a failure, such as ``permission denied``, or the error's name."""
    return str(getattr(error, "strerror", None) or type(error).__name__).lower()

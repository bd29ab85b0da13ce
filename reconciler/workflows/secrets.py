"""The secrets that an apply sends, and the error if some are not set. Reading needs none."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.config import load
from reconciler.engine.diff import unset
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError
from reconciler.model import Plan, Write
from reconciler.workflows.session import Session

_Needed = Mapping[str, Mapping[str, Sequence[str]]]
"""By key and top-level name of the request: names of secrets."""


def check(session: Session, plan: Plan, *, overwrite: bool, planfile: str = "") -> None:
    """Raise an error with every unset secret that the plan sends, if there is one.

    ``overwrite`` also writes agents that both sides changed. ``planfile`` is the file that the plan
    is from; empty for a new plan.
    """
    needed = _needed(plan, overwrite=overwrite)
    found = _problems(session, needed, planfile)
    if found and planfile:
        names = ", ".join(_names(needed))
        raise UsageError(
            f"{planfile} needs secrets that are not set: {names}",
            hint="export them",
            problems=found,
        )
    if found:
        raise ConfigError(found)


def names_in(plan: Plan) -> list[str]:
    """The sorted names of unset secrets that an apply of this plan sends."""
    return _names(_needed(plan))


def _names(needed: _Needed) -> list[str]:
    return sorted({name for tops in needed.values() for names in tops.values() for name in names})


def _problems(session: Session, needed: _Needed, planfile: str) -> list[Problem]:
    """The unset secrets, each at the place that names it."""
    if not needed:
        return []
    found = _in_files(session, needed)
    told = {one.message for one in found}
    return sorted(
        {*found, *(one for one in _elsewhere(needed, planfile) if one.message not in told)}
    )


def _needed(plan: Plan, *, overwrite: bool = False) -> _Needed:
    """The unset secrets of agents that are written, without those that apply refuses."""
    sent = (action for action in plan.writes if overwrite or not action.conflicts)
    return {action.key: tops for action in sent if (tops := _unset(action))}


def _unset(action: Write) -> dict[str, Sequence[str]]:
    body = action.request.body
    return {top: names for top, value in body.items() if (names := unset(value))}


def _in_files(session: Session, needed: _Needed) -> list[Problem]:
    """The places where files name them; empty if files are unreadable: a saved plan needs none."""
    try:
        return load.unset(session.project, session.environment, session.context.env, needed)
    except ReconcilerError:
        return []


def _elsewhere(needed: _Needed, planfile: str) -> Iterator[Problem]:
    """The same by the saved plan that has them, or by the agent's key."""
    for key, tops in needed.items():
        for top, names in tops.items():
            for name in names:
                yield Problem(
                    file=planfile or key,
                    field=f"{key}: {top}" if planfile else top,
                    message=f"the environment variable {name} is not set",
                    hint=f"set it before an apply that sends it: export {name}=…",
                )

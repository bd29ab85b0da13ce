"""The secrets that an apply sends, and the stop where some are not set. Reading needs none."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.cli.session import Session
from reconciler.config import load
from reconciler.engine.diff import unset
from reconciler.errors import ConfigError, Problem, ReconcilerError, UsageError
from reconciler.model import Action, Plan

_Needed = Mapping[str, Mapping[str, Sequence[str]]]
"""By key and top-level name of the request: names of secrets."""


def check(session: Session, plan: Plan) -> None:
    """Raise an error with every secret that the plan sends and that is not set, if there is one."""
    found = problems(session, plan)
    saved = getattr(session.arguments, "planfile", None)
    if found and saved:
        names = ", ".join(names_in(session, plan))
        raise UsageError(
            f"{saved} needs secrets that are not set: {names}", hint="export them", problems=found
        )
    if found:
        raise ConfigError(found)


def problems(session: Session, plan: Plan) -> list[Problem]:
    """The secrets that an apply of this plan sends and that are not set, each where it is named."""
    needed = _needed(session, plan)
    if not needed:
        return []
    found = _in_files(session, needed)
    told = {one.message for one in found}
    return sorted(
        {*found, *(one for one in _elsewhere(session, needed) if one.message not in told)}
    )


def names_in(session: Session, plan: Plan) -> list[str]:
    """Their names, sorted."""
    needed = _needed(session, plan)
    return sorted({name for tops in needed.values() for names in tops.values() for name in names})


def _needed(session: Session, plan: Plan) -> _Needed:
    """What is lacking of the agents that are written: not of those that apply refuses."""
    overwrite = getattr(session.arguments, "overwrite", False)
    sent = (action for action in plan.writes if overwrite or not action.conflicts)
    return {action.key: tops for action in sent if (tops := _unset(action))}


def _unset(action: Action) -> dict[str, Sequence[str]]:
    body = action.request.body if action.request else {}
    return {top: names for top, value in body.items() if (names := unset(value))}


def _in_files(session: Session, needed: _Needed) -> list[Problem]:
    """Where the files name them; nothing where they cannot be read, as a saved plan needs none."""
    try:
        return load.unset(session.project, session.environment, session.world.env, needed)
    except ReconcilerError:
        return []


def _elsewhere(session: Session, needed: _Needed) -> Iterator[Problem]:
    """The same by the saved plan that holds them, or by the agent's key."""
    saved = getattr(session.arguments, "planfile", None)
    for key, tops in needed.items():
        for top, names in tops.items():
            for name in names:
                yield Problem(
                    file=saved or key,
                    field=f"{key}: {top}" if saved else top,
                    message=f"the environment variable {name} is not set",
                    hint=f"set it before an apply that sends it: export {name}=…",
                )

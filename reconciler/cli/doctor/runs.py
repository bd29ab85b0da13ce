"""What would stop a plan and an apply now, found by the functions that they use.

Nothing is written: the reasons to stop an apply are collected without executing it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reconciler.cli import signals
from reconciler.cli.doctor.context import Context
from reconciler.config import load, reader
from reconciler.config.project import choose
from reconciler.engine.checkup import Check, fail, ok, skipped, warn
from reconciler.errors import ConfigError, ReconcilerError
from reconciler.model import (
    Blocked,
    Plan,
)
from reconciler.render.plans import summary
from reconciler.scaffold.starter_ci import named
from reconciler.text.wording import count
from reconciler.text.wording import named as listed
from reconciler.workflows import secrets as secrets_of
from reconciler.workflows.plan import PlanOptions
from reconciler.workflows.plan import plan as make_plan
from reconciler.workflows.session import Access, Session, open_project, open_session

_BOTH = ("plan", "apply")


def start(context: Context) -> Iterator[Check]:
    """Whether a command without `--env` has an environment."""
    if context.chosen or context.project is None or not context.has_file:
        return
    try:
        choose(context.project, context.world.env.get("RECONCILER_ENV"))
    except ReconcilerError as error:
        yield fail("environment", error.message, error.hint)


def files(context: Context, name: str, judge: Callable[..., Check]) -> list[Check]:
    """The parts of a plan that need no API: state, agents, variables, secrets.

    ``judge`` makes the check for what stops it.
    """
    try:
        session = _session(context, name, offline=True)
        session.agents()
    except ReconcilerError as error:
        return [_stopped(error, name, judge), _after_plan(name)]
    return [_secrets(session, name)]


def plan(context: Context, name: str) -> Iterator[Check]:
    """Whether a plan can be made, and whether its apply would stop."""
    try:
        planned = signals.run(make_plan(_session(context, name), PlanOptions()))
    except ReconcilerError as error:
        yield _stopped(error, name)
        yield _after_plan(name)
        return
    made, violations = planned.plan, planned.violations
    blocked = [action.key for action in made.of(Blocked)]
    firm = [one.said for one in violations if not one.pending]
    if blocked or firm:
        said = firm or [f"{listed(blocked)} cannot be written: {made.of(Blocked)[0].reason}"]
        yield fail("plan", "; ".join(said), f"reconciler plan -e {name}", environment=name)
    else:
        yield ok("plan", summary(made), environment=name)
    waits = [one.said for one in violations if one.pending]
    yield _apply(
        made, waits, name, "nothing else blocks it" if blocked or firm else "nothing blocks it"
    )


def _apply(made: Plan, waits: Sequence[str], name: str, fine: str) -> Check:
    """Other obstacles to an apply: unset secrets, edits on both sides, a window or an approval.

    ``fine`` is said if there is none.
    """
    lacking = secrets_of.names_in(made)
    moved = [action.key for action in made.writes if action.conflicts]
    if lacking:
        said = f"it sends secrets that are not set here: {', '.join(lacking)}"
        return fail("apply", said, f"set them: export {lacking[0]}=…", environment=name)
    if moved:
        said = f"files and dashboard both moved: {listed(moved)}"
        return fail("apply", said, f"reconciler plan -e {name} shows both", environment=name)
    if waits:
        return warn("apply", "; ".join(waits), f"reconciler plan -e {name}", environment=name)
    return ok("apply", fine, environment=name)


def _after_plan(name: str) -> Check:
    return skipped("apply", "a plan is needed first", environment=name)


def unread(name: str, why: str) -> Iterator[Check]:
    """Both checks, if the API cannot be reached."""
    yield from (skipped(one, why, environment=name) for one in _BOTH)


def _secrets(session: Session, name: str) -> Check:
    """Which secrets the environment's agents name, and which of them are set here."""
    if session.environment.sandbox is not None:
        return ok("secrets", "none needed: the sandbox has stand-ins", environment=name)
    found = secrets(session)
    lacking = [one for one, there in found.items() if not there]
    if not found:
        return ok("secrets", "no file names any", environment=name)
    if not lacking:
        return ok("secrets", f"{', '.join(found)}: set here", environment=name)
    have = [one for one in found if one not in lacking]
    said = f"not set here: {', '.join(lacking)}" + (f"; set: {', '.join(have)}" if have else "")
    note = "reading needs none of them; apply needs those that it sends"
    return ok("secrets", said, note, environment=name)


def secrets(session: Session) -> Mapping[str, bool]:
    """The secrets that the files name for this environment, and whether each is set."""
    place, env = session.environment, session.context.env
    written = [
        spec
        for file in load.files(session.project)[0]
        for spec in (file.entry.spec, file.entry.environments.get(place.name))
    ]
    names = dict.fromkeys(one for spec in written for one in named(spec))
    return {one: reader.secret(place, env, one) is not None for one in names}


def _stopped(error: ReconcilerError, name: str, judge: Callable[..., Check] = fail) -> Check:
    """Why a plan stops; for mistakes in files the first one, and their number."""
    if not isinstance(error, ConfigError):
        return judge("plan", error.message, error.hint, environment=name)
    first, *others = [one for one in error.problems if not one.warning]
    place = f"{first.file}:{first.line}" if first.line else first.file
    more = f", and {count(len(others), 'more mistake')}" if others else ""
    said = " ".join(filter(None, (place, first.field and f"{first.field}:", first.message)))
    hint = first.hint or "reconciler validate"
    return judge("plan", f"{said}{more}", hint, environment=name)


def _session(context: Context, name: str, *, offline: bool = False) -> Session:
    """The session of a plan for an environment."""
    world = context.world
    project = open_project(world, context.arguments.config)
    return open_session(world, project, name, Access(command="plan"), given={}, offline=offline)

"""`reconciler apply`: carry out a plan, read back, prove, remember.

Without a plan file a fresh plan is made, shown and asked about; a saved plan was reviewed when
it was made, and is applied exactly and without a question.
"""

import argparse
import asyncio

from reconciler.api import digest, wire
from reconciler.api.fields import Table
from reconciler.cli.carry import carry_out
from reconciler.cli.session import Session, open_project, open_session
from reconciler.cli.talk import show_plan, show_warnings
from reconciler.cli.world import World
from reconciler.config import load
from reconciler.engine.diff import holds_secret
from reconciler.errors import Problem, RefusedError, UsageError
from reconciler.model import Action, Plan, is_agent_id
from reconciler.store import planfile
from reconciler.store.lock import exclusive


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 done, 1 nothing done, 3 in part, 4 refused, 5 over a limit, 130 interrupted."""
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = _session(world, arguments)
        if arguments.planfile:
            return carry_out(session, _saved_plan(session), f"apply {arguments.planfile}")
        return carry_out(session, *_fresh_plan(session))


def _session(world: World, arguments: argparse.Namespace) -> Session:
    """The session; for a saved plan, in the environment that it was made for."""
    if not arguments.planfile:
        return open_session(world, arguments)
    if arguments.target or arguments.exclude:
        raise UsageError("a saved plan is applied whole: --target and --exclude go with `plan`")
    made_for = planfile.load(world.cwd / arguments.planfile, lambda _name: None).environment
    if arguments.env not in (None, made_for):
        raise UsageError(f"{arguments.planfile} was made for {made_for}, not for {arguments.env}")
    return open_session(world, arguments, made_for)


def _fresh_plan(session: Session) -> tuple[Plan, str, list[Problem]]:
    plan, warnings = asyncio.run(session.plan())
    show_warnings(session.world, session.arguments, warnings)
    show_plan(session.world, session.arguments, plan)
    return plan, "apply", warnings


def _saved_plan(session: Session) -> Plan:
    """The plan of the file, if this is still the place and the ledger that it was made for."""
    name = session.arguments.planfile
    unset: list[str] = []

    def secret(wanted: str) -> str | None:
        value = load.secret(session.environment, session.world.env, wanted)
        if value is None:
            unset.append(wanted)
        return value

    plan = planfile.load(session.world.cwd / name, secret)
    if plan.url != session.environment.url:
        message = f"{name} was made for {plan.url}, and {plan.environment} is now elsewhere"
        raise RefusedError(message, hint="plan again")
    page = session.ledger.environments.get(plan.environment)
    if page and page.salt != plan.salt:
        raise RefusedError(f"the ledger was replaced since {name} was made", hint="plan again")
    forged = [action.key for action in plan.writes if not _is_planned(session.table, action)]
    if forged:
        message = f"{name} holds requests that no plan makes: {', '.join(forged)}"
        raise RefusedError(message, hint="plan again")
    if unset:
        names = ", ".join(sorted(set(unset)))
        raise UsageError(f"{name} needs secrets that are not set: {names}", hint="export them")
    return plan


def _is_planned(table: Table, action: Action) -> bool:
    """Whether a saved request goes to its own agent, with secrets in secret fields alone."""
    request = action.request
    if not request:
        return False
    places = {("POST", table.route)}
    if action.id:
        places = {("PATCH", f"{table.route}/{action.id}")} if is_agent_id(action.id) else set()
    known = {path.partition(".")[0] for path in table.fields}
    leaves = ((path, wire.lookup(request.body, path)) for path in table.fields)
    return (
        (request.method, request.path) in places
        and known >= request.body.keys()
        and all(digest.is_keyed(action.digests.get(path)) for path, v in leaves if holds_secret(v))
    )

"""`reconciler apply`: carry out a plan, read back, prove, remember.

Without a plan file a fresh plan is made, shown and asked about; a saved plan was reviewed when
it was made, and is applied exactly and without a question.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from reconciler import jsonvalues
from reconciler.cli import guarding, signals
from reconciler.cli.carry import carry_out
from reconciler.cli.output import changed, show_plan, show_warnings
from reconciler.cli.session import Session, Sight, open_project, open_session
from reconciler.config import load
from reconciler.engine import verify
from reconciler.engine.diff import holds_secret
from reconciler.engine.plan_digest import plan_digest
from reconciler.errors import Problem, RefusedError, UsageError, listed
from reconciler.jsonvalues import Json
from reconciler.model import Action, Plan, is_agent_id
from reconciler.schema import digest
from reconciler.schema.kind import Kind
from reconciler.state import planfile
from reconciler.state.mutex import exclusive
from reconciler.workflows.context import World


def run(world: World, arguments: argparse.Namespace) -> int:
    """Exit 0 done, 1 nothing done, 3 in part, 4 refused, 5 against a rule, 130 interrupted."""
    with exclusive(open_project(world, arguments).root, arguments.lock_timeout):
        session = _session(world, arguments)
        if arguments.planfile:
            plan = _reviewed(arguments, _saved_plan(session))
            seen = signals.run(session.behind(plan))
            warnings = guarding.unread(session, plan, seen)
            show_warnings(world, arguments, warnings)
            return carry_out(session, plan, f"apply {arguments.planfile}", seen, warnings)
        return carry_out(session, *_fresh_plan(session))


def _session(world: World, arguments: argparse.Namespace) -> Session:
    """The session; for a saved plan, in the environment that it was made for."""
    if not arguments.planfile:
        return open_session(world, arguments)
    if arguments.target or arguments.exclude or arguments.var:
        raise UsageError(
            "a saved plan is applied whole: --target, --exclude and --var go with `plan`"
        )
    made_for = planfile.load(world.cwd / arguments.planfile, lambda _name: None).environment
    if arguments.env not in (None, made_for):
        raise UsageError(f"{arguments.planfile} was made for {made_for}, not for {arguments.env}")
    return open_session(world, arguments, made_for)


def _fresh_plan(session: Session) -> tuple[Plan, str, Sight, list[Problem]]:
    plan, seen = signals.run(session.planned())
    warnings = [*seen.warnings, *guarding.unread(session, plan, seen)]
    show_warnings(session.world, session.arguments, warnings, changed(plan))
    show_plan(session.world, session.arguments, plan)
    return _reviewed(session.arguments, plan), "apply", seen, warnings


def _reviewed(arguments: argparse.Namespace, plan: Plan) -> Plan:
    """The plan, if it is the one that was reviewed, or none had to be."""
    wanted, found = arguments.plan_digest, plan_digest(plan)
    if wanted is not None and wanted != found:
        raise RefusedError(
            f"this is not the plan that was reviewed: its digest is {found}, not {wanted}",
            hint="files, ledger or live agents moved since; review a new plan",
        )
    return plan


def _saved_plan(session: Session) -> Plan:
    """The plan of the file, if this is still the place and the ledger that it was made for."""
    name = session.arguments.planfile
    secret = partial(load.secret, session.environment, session.world.env)
    plan = planfile.load(session.world.cwd / name, secret)
    if plan.url != session.environment.url:
        message = f"{name} was made for {plan.url}, and {plan.environment} is now elsewhere"
        raise RefusedError(message, hint="plan again")
    page = session.ledger.environments.get(plan.environment)
    if page and page.salt != plan.salt:
        raise RefusedError(f"the ledger was replaced since {name} was made", hint="plan again")
    forged = [action.key for action in plan.writes if not _is_planned(action)]
    if forged:
        message = f"{name} holds requests that no plan makes: {listed(forged)}"
        raise RefusedError(message, hint="plan again")
    actions = tuple(verify.with_secrets(action, plan.salt) for action in plan.actions)
    return replace(plan, actions=actions)


def _is_planned(action: Action) -> bool:
    """Whether a saved request goes to its own agent, with secrets in secret fields alone."""
    request = action.request
    if not request:
        return False
    places = {("POST", action.kind.routes.collection)}
    if action.id:
        places = {("PATCH", action.kind.routes.one(action.id))} if is_agent_id(action.id) else set()
    leaves = ((path, jsonvalues.lookup(request.body, path)) for path in action.kind.fields)
    return (
        (request.method, request.path) in places
        and all(_is_field(action.kind, top, value) for top, value in request.body.items())
        and all(digest.is_keyed(action.digests.get(path)) for path, v in leaves if holds_secret(v))
    )


def _is_field(kind: Kind, top: str, value: Json) -> bool:
    """Whether a top-level key is a field, or an object of fields and of nothing else."""
    inner = {field.path.partition(".")[2] for field in kind if field.top == top}
    if inner <= {""}:
        return bool(inner)
    return isinstance(value, Mapping) and value.keys() <= inner
